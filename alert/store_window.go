package alert

import (
	"context"
	_ "embed"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/postgis"
)

// window is what a datastream showed for some time until now. Readings that are flagged as faulty count only as such.
type window struct {
	low, high float64
	flagged   int
	full      bool // whether its beginning is known: a reading stood there that can be trusted
}

type windowKey struct {
	datastream string
	seconds    int
}

// windows are those that rules ask for. One that is not there yet is empty and noted, to be loaded for a second go.
type windows struct {
	have map[windowKey]window
	want map[windowKey]bool
}

func (w *windows) get(datastream string, seconds int) window {
	key := windowKey{datastream, seconds}
	got, ok := w.have[key]
	if !ok {
		w.want[key] = true
	}
	return got
}

//go:embed window_find.sql
var windowFindSQL string

// load loads what is wanted.
func (w *windows) load(ctx context.Context, db *postgis.DB, now time.Time) error {
	var keys []windowKey
	var codes []string
	var since []time.Time
	for key := range w.want {
		keys, codes, since = append(keys, key), append(codes, key.datastream), append(since, now.Add(-time.Duration(key.seconds)*time.Second))
		w.have[key] = window{}
	}
	clear(w.want)
	rows, err := db.Query(ctx, windowFindSQL, codes, since, now, int16(faulty))
	if err != nil {
		return postgis.Fault(err)
	}
	var n, flagged int
	var low, high *float64
	var full bool
	_, err = pgx.ForEachRow(rows, []any{&n, &low, &high, &flagged, &full}, func() error {
		got := window{flagged: flagged, full: full && low != nil}
		if low != nil {
			got.low, got.high = *low, *high
		}
		w.have[keys[n-1]] = got
		return nil
	})
	return postgis.Fault(err)
}
