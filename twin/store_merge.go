package twin

import (
	"context"
	_ "embed"
	"time"

	"github.com/jackc/pgx/v5"
)

//go:embed version_find.sql
var versionFindSQL string

//go:embed reading_replace.sql
var readingReplaceSQL string

//go:embed superseded_insert.sql
var supersededInsertSQL string

// held is everything stored under one key.
type held struct {
	current    version
	superseded []version
	moved      bool // current is to be written
}

// mergeContested handles rows whose key holds something already: each is weighed against what is held, and both are kept.
func mergeContested(ctx context.Context, tx pgx.Tx, rows []placed, results []Result, touched *touched) error {
	if len(rows) == 0 {
		return nil
	}
	keys, err := findHeld(ctx, tx, rows)
	if err != nil {
		return err
	}
	var replace, lost columns
	for _, r := range rows {
		h := keys[r.key()]
		switch merge(h.current, h.superseded, r.version, r.stated) {
		case duplicate:
			results[r.request].Duplicates++
		case reissued:
			results[r.request].Duplicates++
			h.current.Issued, h.moved = r.Issued, true
		case correction, added:
			results[r.request].Corrections++
			loser := r.version
			if r.beats(h.current) {
				loser, h.current, h.moved = h.current, r.version, true
				touched.add(r.row, r.version)
			}
			h.superseded = append(h.superseded, loser)
			lost.add(r.stream.ID, r.time, loser)
		}
	}
	for k, h := range keys {
		if h.moved {
			replace.add(k.stream, k.time, h.current)
		}
	}
	if len(lost.stream) > 0 {
		if _, err := tx.Exec(ctx, supersededInsertSQL, lost.stream, lost.time, lost.value, lost.operator, lost.issued, lost.received, lost.flags); err != nil {
			return err
		}
	}
	if len(replace.stream) > 0 {
		_, err = tx.Exec(ctx, readingReplaceSQL, replace.stream, replace.time, replace.value, replace.operator, replace.issued, replace.received, replace.flags)
	}
	return err
}

// findHeld reads and locks what is stored under the keys of the rows.
func findHeld(ctx context.Context, tx pgx.Tx, rows []placed) (map[key]*held, error) {
	var streams []int64
	var times []time.Time
	keys := map[key]*held{}
	for _, r := range rows {
		if keys[r.key()] == nil {
			keys[r.key()] = &held{}
			streams, times = append(streams, r.stream.ID), append(times, r.time)
		}
	}
	if _, err := tx.Exec(ctx, `SELECT FROM unnest($1::bigint[], $2::timestamptz[]) AS k (datastream, time)
		JOIN twin.reading r USING (datastream, time) ORDER BY datastream, time FOR UPDATE OF r`, streams, times); err != nil {
		return nil, err
	}
	got, err := tx.Query(ctx, versionFindSQL, streams, times)
	if err != nil {
		return nil, err
	}
	var (
		k       key
		v       version
		current bool
	)
	_, err = pgx.ForEachRow(got, []any{&k.stream, &k.time, &v.Value, &v.Operator, &v.Issued, &v.Received, (*int16)(&v.Flags), &current}, func() error {
		h := keys[key{k.stream, k.time.UTC()}]
		if current {
			h.current = v
		} else {
			h.superseded = append(h.superseded, v)
		}
		return nil
	})
	return keys, err
}
