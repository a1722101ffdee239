package twin

import (
	"context"
	_ "embed"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/postgis"
)

//go:embed view_find.sql
var viewFindSQL string

// Find lists the things selected, by gid, that a reader of that clearance may see, without what hangs on them (see Complete). The number
// returned is the gid after which the list goes on, 0 at its end.
func Find(ctx context.Context, db *postgis.DB, which Which, clearance access.Class) ([]View, int64, error) {
	limit := which.Limit
	if limit <= 0 {
		limit = 1000
	}
	var west, south, east, north *float64
	if b := which.BBox; b != nil {
		west, south, east, north = &b[0], &b[1], &b[2], &b[3]
	}
	rows, err := db.Query(ctx, viewFindSQL, which.IDs, which.Kinds, text(which.Code), west, south, east, north, which.After, limit+1, string(clearance))
	if err != nil {
		return nil, 0, postgis.Fault(err)
	}
	views := []View{}
	var v View
	_, err = pgx.ForEachRow(rows, []any{&v.ID, &v.GID, &v.Kind, &v.Code, &v.Name.Zh, &v.Name.En, &v.Name.Pinyin, &v.Name.Former, &v.Area, &v.Class,
		&v.GeometryStatus, &v.AccuracyM, &v.Source, &v.Dataset, &v.Geometry, &v.Properties}, func() error {
		out := v
		out.Datastreams, out.Thresholds, out.Relations = []DatastreamView{}, []ThresholdView{}, []RelationView{}
		views = append(views, out)
		return nil
	})
	if err != nil {
		return nil, 0, postgis.Fault(err)
	}
	if len(views) > limit {
		return views[:limit], views[limit-1].GID, nil
	}
	return views, 0, nil
}

//go:embed relation_find.sql
var relationFindSQL string

// Complete adds to views what hangs on them: datastreams, thresholds and relations.
func Complete(ctx context.Context, db *postgis.DB, views []View, clearance access.Class) error {
	ids := make([]string, len(views))
	at := map[string]*View{}
	for i := range views {
		ids[i], at[views[i].ID] = views[i].ID, &views[i]
	}
	rows, err := db.Query(ctx, `SELECT d.thing, d.code, d.property, p.unit, coalesce(d.datum, ''), coalesce(d.role, ''), d.number, d.interval_s, d.class::text
		FROM twin.datastream d JOIN twin.property p ON p.id = d.property
		WHERE d.thing = ANY($1) AND d.class <= $2::text::auth.class AND d.retired IS NULL ORDER BY d.thing, d.property <> 'level', d.property, d.role, d.number`, ids, string(clearance))
	if err != nil {
		return postgis.Fault(err)
	}
	var thing string
	var d DatastreamView
	if _, err = pgx.ForEachRow(rows, []any{&thing, &d.ID, &d.Property, &d.Unit, &d.Datum, &d.Role, &d.Number, &d.IntervalS, &d.Class}, func() error {
		at[thing].Datastreams = append(at[thing].Datastreams, d)
		return nil
	}); err != nil {
		return postgis.Fault(err)
	}
	thresholds, err := Thresholds(ctx, db, ids, clearance)
	if err != nil {
		return err
	}
	for _, h := range thresholds {
		at[h.Thing].Thresholds = append(at[h.Thing].Thresholds, h)
	}
	if rows, err = db.Query(ctx, relationFindSQL, ids, string(clearance)); err != nil {
		return postgis.Fault(err)
	}
	var r RelationView
	_, err = pgx.ForEachRow(rows, []any{&thing, &r.Type, &r.Inverse, &r.Target, &r.Kind, &r.Name.Zh, &r.Name.En}, func() error {
		at[thing].Relations = append(at[thing].Relations, r)
		return nil
	})
	return postgis.Fault(err)
}

// CountReal counts the things of a kind that are not synthetic.
func CountReal(ctx context.Context, db *postgis.DB, kind string) (int64, error) {
	var n int64
	err := db.QueryRow(ctx, `SELECT count(*) FROM twin.thing WHERE kind = $1 AND geometry_status <> 'synthetic'`, kind).Scan(&n)
	return n, postgis.Fault(err)
}
