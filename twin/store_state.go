package twin

import (
	"context"
	_ "embed"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/postgis"
)

//go:embed value_now.sql
var valueNowSQL string

//go:embed value_at.sql
var valueAtSQL string

// Values returns what each datastream of the things shows at an instant, for a reader of that clearance. Datastreams without a
// reading by then have no value.
func Values(ctx context.Context, db *postgis.DB, things []string, asked Asked, clearance access.Class) ([]Value, error) {
	query, args := valueNowSQL, []any{things, asked.At, string(clearance)}
	if !asked.KnownAt.IsZero() || time.Since(asked.At) > time.Minute {
		known := asked.KnownAt
		if known.IsZero() {
			known = time.Now()
		}
		query, args = valueAtSQL, append(args, known)
	}
	rows, err := db.Query(ctx, query, args...)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	values := []Value{}
	var (
		v                       Value
		scale, staleS           int
		number, flags           *int16
		value, earlier          *int64
		at, received, earlierAt *time.Time
	)
	_, err = pgx.ForEachRow(rows, []any{&v.Datastream, &v.Thing, &v.Property, &v.Unit, &scale, &v.Datum, &v.Role, &number, &staleS,
		&value, &at, &received, &flags, &earlier, &earlierAt}, func() error {
		out := v
		out.Quality = []string{}
		if number != nil {
			out.Number = int(*number)
		}
		if value != nil {
			x := Unscaled(*value, scale)
			out.Value, out.Time, out.Received, out.Flags = &x, at.UTC(), received.UTC(), Flag(*flags)
			out.Quality, out.AgeS = out.Flags.Words(), int64(asked.At.Sub(*at).Seconds())
			out.Stale = asked.At.Sub(*at) > time.Duration(staleS)*time.Second
		}
		if earlier != nil {
			x := Unscaled(*earlier, scale)
			out.Earlier, out.EarlierAt = &x, earlierAt.UTC()
		}
		values = append(values, out)
		return nil
	})
	return values, postgis.Fault(err)
}

// Thresholds returns the thresholds of the things' datastreams, for a reader of that clearance, whether in force or not.
func Thresholds(ctx context.Context, db *postgis.DB, things []string, clearance access.Class) ([]ThresholdView, error) {
	rows, err := db.Query(ctx, `SELECT d.code AS datastream, d.thing, h.type, h.value, coalesce(h.datum, '') AS datum,
			lower(h.valid)::timestamptz AS valid_from, upper(h.valid)::timestamptz AS valid_to, h.season_from, h.season_to, h.source
		FROM twin.threshold h JOIN twin.datastream d ON d.id = h.datastream
		WHERE d.thing = ANY($1) AND d.class <= $2::text::auth.class ORDER BY d.code, h.type, h.valid`, things, string(clearance))
	if err != nil {
		return nil, postgis.Fault(err)
	}
	thresholds, err := pgx.CollectRows(rows, pgx.RowToStructByName[ThresholdView])
	return thresholds, postgis.Fault(err)
}

// DatumOffsets returns the offsets stated for the things themselves and for the areas that they lie in, by thing; those of the thing itself come
// first.
func DatumOffsets(ctx context.Context, db *postgis.DB, things []string) (map[string][]DatumOffset, error) {
	rows, err := db.Query(ctx, `SELECT t.id AS thing, o.from_datum AS "from", o.to_datum AS "to", o.offset_m,
			lower(o.valid)::timestamptz AS valid_from, upper(o.valid)::timestamptz AS valid_to
		FROM twin.thing t JOIN twin.datum_offset o ON o.thing = t.id OR o.thing = 'area:' || t.area
		WHERE t.id = ANY($1) ORDER BY t.id, o.thing <> t.id, o.id`, things)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	offsets, err := pgx.CollectRows(rows, pgx.RowToStructByName[DatumOffset])
	byThing := map[string][]DatumOffset{}
	for _, o := range offsets {
		byThing[o.Thing] = append(byThing[o.Thing], o)
	}
	return byThing, postgis.Fault(err)
}
