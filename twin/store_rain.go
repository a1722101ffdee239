package twin

import (
	"cmp"
	"context"
	_ "embed"
	"slices"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/fault"
	"basin/postgis"
)

//go:embed rain_read.sql
var rainReadSQL string

// maxDrops bounds the readings of one series that one answer is worked out from.
const maxDrops = 500_000

// Rain works out what fell at a thing, for a reader of that clearance, from the one of its series that covers the most of the time; of several alike the
// finest. Two series are never added up.
func Rain(ctx context.Context, db *postgis.DB, q RainOf, clearance access.Class) (Rainfall, error) {
	if err := q.check(); err != nil {
		return Rainfall{}, err
	}
	rows, err := db.Query(ctx, `SELECT d.id, d.code, d.property, p.unit, p.scale, d.interval_s, d.stale_after_s AS stale_s
		FROM twin.datastream d JOIN twin.property p ON p.id = d.property
		WHERE d.thing = $1 AND d.property = ANY($2) AND d.class <= $3::text::auth.class`, q.Thing, rainSeries, string(clearance))
	if err != nil {
		return Rainfall{}, postgis.Fault(err)
	}
	gauges, err := pgx.CollectRows(rows, pgx.RowToStructByName[gauge])
	if err != nil {
		return Rainfall{}, postgis.Fault(err)
	}
	if len(gauges) == 0 {
		return Rainfall{}, fault.New(fault.NotFound, "no-rain-series", "{thing} has no series of rain", "thing", clip(q.Thing, 100))
	}
	slices.SortFunc(gauges, func(a, b gauge) int {
		return cmp.Or(cmp.Compare(slices.Index(rainSeries, a.Property), slices.Index(rainSeries, b.Property)), cmp.Compare(a.Code, b.Code))
	})
	var best Rainfall
	for i, g := range gauges {
		drops, err := readDrops(ctx, db, g, q)
		if err != nil {
			return Rainfall{}, err
		}
		if r := q.answer(g, g.increments(drops, q.Day)); i == 0 || r.Coverage > best.Coverage {
			best = r
		}
	}
	if len(best.Amounts) > maxPoints && q.Every == 0 {
		return Rainfall{}, fault.New(fault.Invalid, "too-many-points", "more than {limit} increments: name every or make the time shorter", "limit", maxPoints)
	}
	return best, nil
}

func readDrops(ctx context.Context, db *postgis.DB, g gauge, q RainOf) ([]drop, error) {
	rows, err := db.Query(ctx, rainReadSQL, g.ID, q.From, q.To, maxDrops+1)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	var drops []drop
	var d drop
	_, err = pgx.ForEachRow(rows, []any{&d.Time, &d.Value}, func() error {
		drops = append(drops, d)
		return nil
	})
	if len(drops) > maxDrops {
		return nil, fault.New(fault.Invalid, "too-many-readings", "more than {limit} readings lie in this time: ask for a shorter one", "limit", maxDrops)
	}
	return drops, postgis.Fault(err)
}
