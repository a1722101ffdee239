package twin

import (
	"context"
	_ "embed"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

//go:embed version_find.sql
var versionFindSQL string

//go:embed reading_replace.sql
var readingReplaceSQL string

//go:embed superseded_insert.sql
var supersededInsertSQL string

//go:embed superseded_delete.sql
var supersededDeleteSQL string

// held is everything stored under one key.
type held struct {
	row     row       // one that came for it
	before  []version // as it was found, the present version first
	after   []version
	changed bool
}

// mergeContested handles rows whose key holds something already: each is weighed against what is held, and both are kept.
func mergeContested(ctx context.Context, tx session, rows []*placed, results []Result, touched *touched) error {
	if len(rows) == 0 {
		return nil
	}
	keys, order, err := findHeld(ctx, tx, rows)
	if err != nil {
		return err
	}
	for _, r := range rows {
		h := keys[r.key()]
		after, changed, o := settle(h.after, r.version, r.stated)
		h.after, h.changed = after, h.changed || changed
		if o == duplicate {
			results[r.request].Duplicates++
		} else {
			results[r.request].Corrections++
		}
	}
	var replace, lost, gone columns
	for _, k := range order {
		if h := keys[k]; h.changed {
			h.write(k, &replace, &lost, &gone, touched)
		}
	}
	batch := &pgx.Batch{}
	for _, q := range []struct {
		sql string
		c   columns
	}{{supersededDeleteSQL, gone}, {supersededInsertSQL, lost}, {readingReplaceSQL, replace}} {
		if len(q.c.stream) > 0 {
			batch.Queue(q.sql, q.c.arrays()...)
		}
	}
	if batch.Len() == 0 {
		return nil
	}
	return tx.SendBatch(ctx, batch).Close()
}

// write notes what must be written so that the key holds what came out.
func (h *held) write(k key, replace, lost, gone *columns, touched *touched) {
	winner := best(h.after)
	if !h.after[winner].is(h.before[0]) {
		replace.add(k.stream, k.time, h.after[winner])
		touched.add(h.row, h.after[winner])
	}
	for i, v := range h.after {
		if i != winner && !slices.ContainsFunc(h.before[1:], v.is) {
			lost.add(k.stream, k.time, v)
		}
	}
	for _, v := range h.before[1:] {
		if i := slices.IndexFunc(h.after, v.is); i < 0 || i == winner {
			gone.add(k.stream, k.time, v)
		}
	}
}

// findHeld reads and locks what is stored under the keys of the rows, and says in which order they came.
func findHeld(ctx context.Context, tx session, rows []*placed) (map[key]*held, []key, error) {
	var streams []int64
	var times []time.Time
	var order []key
	keys := map[key]*held{}
	for _, r := range rows {
		if k := r.key(); keys[k] == nil {
			keys[k] = &held{row: r.row}
			streams, times, order = append(streams, r.stream.ID), append(times, r.time), append(order, k)
		}
	}
	if _, err := tx.Exec(ctx, `SELECT FROM unnest($1::bigint[], $2::timestamptz[]) AS k (datastream, time)
		JOIN twin.reading r USING (datastream, time) ORDER BY datastream, time FOR UPDATE OF r`, streams, times); err != nil {
		return nil, nil, err
	}
	got, err := tx.Query(ctx, versionFindSQL, streams, times)
	if err != nil {
		return nil, nil, err
	}
	var (
		k       key
		v       version
		current bool
	)
	_, err = pgx.ForEachRow(got, []any{&k.stream, &k.time, &v.Value, &v.Operator, &v.Issued, &v.Received, (*int16)(&v.Flags), &current}, func() error {
		h := keys[key{k.stream, k.time.UTC()}]
		h.before = append(h.before, v)
		if current {
			last := len(h.before) - 1
			h.before[0], h.before[last] = h.before[last], h.before[0]
		}
		return nil
	})
	for _, h := range keys {
		h.after = slices.Clone(h.before)
	}
	return keys, order, err
}
