package twin

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/fault"
	"basin/geo"
	"basin/postgis"
)

//go:embed datastream_put.sql
var datastreamPutSQL string

// PutDatastreams makes datastreams within tx, or changes those that differ. A level without a datum is refused.
func PutDatastreams(ctx context.Context, tx pgx.Tx, streams []Datastream) error {
	batch := &pgx.Batch{}
	for _, d := range streams {
		if d.Property == "level" && d.Datum == "" {
			return fault.New(fault.Invalid, "datum-missing", "{datastream}: a level needs a datum", "datastream", d.Thing+" "+d.Property)
		}
		if d.Code == "" {
			_, code, _ := strings.Cut(d.Thing, ":")
			d.Code = DatastreamCode(code, d.Property, d.Role, d.Number)
		}
		if d.Class == "" {
			d.Class = access.Internal
		}
		if d.Stale == 0 {
			d.Stale = 2 * time.Hour
		}
		cell, err := geo.CellAt(d.Longitude, d.Latitude)
		if err != nil {
			return fmt.Errorf("%s: %w", d.Code, err)
		}
		batch.Queue(datastreamPutSQL, d.Code, d.Thing, d.Property, text(d.Role), positive(d.Number), text(d.Datum), string(d.Class),
			positive(int(d.Interval.Seconds())), int(d.Stale.Seconds()), d.Minimum, d.Maximum, d.RatePerH, int64(cell))
	}
	return postgis.Fault(tx.SendBatch(ctx, batch).Close())
}

//go:embed threshold_put.sql
var thresholdPutSQL string

// PutThresholds sets thresholds within tx; one of the same datastream, type, validity and season is replaced.
func PutThresholds(ctx context.Context, tx pgx.Tx, thresholds []Threshold) error {
	batch := &pgx.Batch{}
	for _, t := range thresholds {
		batch.Queue(thresholdPutSQL, t.Datastream, t.Type, t.Value, text(t.Datum), day(t.From), day(t.To),
			positive(t.SeasonFrom), positive(t.SeasonTo), t.Source)
	}
	return postgis.Fault(tx.SendBatch(ctx, batch).Close())
}

// positive is nil for zero, which means "none" in datastreams and thresholds.
func positive(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}

// day is nil for the zero time, which means "open".
func day(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// PutDatum makes a vertical datum within tx, unless there is one of that id.
func PutDatum(ctx context.Context, tx pgx.Tx, id, zh, en string) error {
	_, err := tx.Exec(ctx, `INSERT INTO twin.datum (id, title_zh, title_en) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, id, zh, en)
	return postgis.Fault(err)
}

// StreamCodes are the codes of datastreams by number: those that a reader may see, and those of the stations that a gateway may post for.
func StreamCodes(ctx context.Context, db *postgis.DB, ids []int64, by access.Principal) (map[int64]string, error) {
	rows, err := db.Query(ctx, `SELECT d.id, d.code FROM twin.datastream d JOIN twin.thing t ON t.id = d.thing
		WHERE d.id = ANY($1) AND d.retired IS NULL AND (t.code = ANY($3) OR d.class <= $2::text::auth.class AND t.class <= $2::text::auth.class)`,
		ids, string(by.Clearance()), by.Stations)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	out := map[int64]string{}
	var id int64
	var code string
	_, err = pgx.ForEachRow(rows, []any{&id, &code}, func() error {
		out[id] = code
		return nil
	})
	return out, postgis.Fault(err)
}
