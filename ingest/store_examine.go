package ingest

import (
	"context"
	_ "embed"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/postgis"
)

// Examined is what is known of a station and of what it sends.
type Examined struct {
	Things     []string // ids of the stations and works of that code
	Registered []Registered
	Streams    []ExaminedStream
	Frames     []Frame // the last ones, the newest first
}

// ExaminedStream is a datastream of the station.
type ExaminedStream struct {
	Code     string
	Property string
	Retired  bool
	Stale    time.Duration // without a reading for so long it is stale
	Last     *time.Time    // of its last reading; nil for none
}

// maxExamined is how many frames are looked at.
const maxExamined = 50

//go:embed examine_streams.sql
var examineStreamsSQL string

// Examine gathers what is known of the station or work of that code or id.
func Examine(ctx context.Context, db *postgis.DB, station string) (Examined, error) {
	var out Examined
	rows, err := db.Query(ctx, `SELECT id FROM twin.thing WHERE kind IN ('station', 'work') AND (code = $1 OR id = $1) ORDER BY kind`, station)
	if err != nil {
		return out, postgis.Fault(err)
	}
	if out.Things, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil || len(out.Things) == 0 {
		return out, postgis.Fault(err)
	}
	if out.Registered, err = NewRegister(db).List(ctx, station, access.Restricted); err != nil {
		return out, err
	}
	if rows, err = db.Query(ctx, examineStreamsSQL, out.Things); err != nil {
		return out, postgis.Fault(err)
	}
	out.Streams, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (ExaminedStream, error) {
		var s ExaminedStream
		var seconds int
		err := row.Scan(&s.Code, &s.Property, &s.Retired, &seconds, &s.Last)
		s.Stale = time.Duration(seconds) * time.Second
		return s, err
	})
	if err != nil {
		return out, postgis.Fault(err)
	}
	out.Frames, err = Frames(ctx, db, FramesOf{Thing: station, Limit: maxExamined, Clearance: access.Restricted})
	return out, err
}
