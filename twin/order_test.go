package twin_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/fault"
	"basin/geo"
	"basin/postgis"
	"basin/postgis/postgistest"
	"basin/twin"
)

// sent is a version of a reading as somebody sends it.
type sent struct {
	twin.Reading
	operator bool
}

// version is a version as it is held; of one whose time of issue was not stated that time is not compared.
type version struct {
	stream, at, value string
	operator          bool
	issued            string // empty where it was not stated
}

// crowd is a database with stations in cells of which some have the same parent, their datastreams in two classes and two datums, and the running writers
// of two servers.
func crowd(t *testing.T) (*postgis.DB, []*twin.Writer, []string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	db := postgistest.New(t)
	var codes []string
	err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		for i := range 8 {
			at := geo.Place{120.8 + float64(i/2)*0.004, 32}
			code := fmt.Sprintf("S%d", i)
			if _, err := twin.PutThings(ctx, tx, []twin.Thing{{Kind: "station", Code: code, Geometry: geo.Point(at), Class: access.Public}}); err != nil {
				return err
			}
			d := twin.Datastream{Thing: "station:" + code, Property: "level", Datum: []string{"wusong", "unknown"}[i/4%2],
				Class: []access.Class{access.Public, access.Internal}[i%3%2], Longitude: at[0], Latitude: at[1]}
			if err := twin.PutDatastreams(ctx, tx, []twin.Datastream{d}); err != nil {
				return err
			}
			codes = append(codes, code+".level")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	writers := make([]*twin.Writer, 2)
	var running sync.WaitGroup
	for i := range writers {
		writers[i] = twin.NewWriter(db, slog.New(slog.DiscardHandler))
		running.Go(func() { _ = writers[i].Run(ctx) })
	}
	t.Cleanup(func() { cancel(); running.Wait() })
	return db, writers, codes
}

// versions are random versions for random keys. Of each key at most one content goes without a time of issue, for of two such the one that came last is
// the newer one.
func versions(r *rand.Rand, codes []string) []sent {
	day := time.Now().UTC().Truncate(24 * time.Hour).Add(-48 * time.Hour)
	var out []sent
	for range 40 {
		key := twin.Reading{Datastream: codes[r.IntN(len(codes))], Time: day.Add(time.Duration(r.IntN(40)) * 30 * time.Minute)}
		if slices.ContainsFunc(out, func(s sent) bool { return s.Datastream == key.Datastream && s.Time.Equal(key.Time) }) {
			continue
		}
		silent := sent{key, r.IntN(2) == 0}
		silent.Value = twin.Decimal(fmt.Sprint(r.IntN(4)))
		for range 1 + r.IntN(6) {
			v := sent{key, r.IntN(4) == 0}
			v.Value, v.Issued = twin.Decimal(fmt.Sprint(r.IntN(4))), day.Add(time.Duration(r.IntN(4))*time.Minute)
			if r.IntN(4) == 0 {
				v = silent
			}
			for range 1 + r.IntN(2) {
				out = append(out, v)
			}
		}
	}
	return out
}

// wanted are the versions that win and those that do not, worked out from the whole set at once.
func wanted(all []sent) (winners, losers []version) {
	keys := map[string]map[version]bool{}
	for _, s := range all {
		v := version{stream: s.Datastream, at: s.Time.Format(time.RFC3339), value: string(s.Value), operator: s.operator}
		if !s.Issued.IsZero() {
			v.issued = s.Issued.Format(time.RFC3339)
		}
		k := v.stream + v.at
		if keys[k] == nil {
			keys[k] = map[version]bool{}
		}
		keys[k][v] = true
	}
	for _, held := range keys {
		for v := range held {
			for o := range held {
				if v.issued == "" && o.issued != "" && o.value == v.value && o.operator == v.operator {
					delete(held, v)
				}
			}
		}
		rank := func(a, b version) int {
			late := func(v version) string { return cmp.Or(v.issued, "9999") } // received now, and issued long ago otherwise
			if a.operator != b.operator {
				return map[bool]int{true: 1, false: -1}[a.operator]
			}
			return cmp.Or(strings.Compare(late(a), late(b)), strings.Compare(a.value, b.value))
		}
		sorted := slices.SortedFunc(maps.Keys(held), rank)
		winners, losers = append(winners, sorted[len(sorted)-1]), append(losers, sorted[:len(sorted)-1]...)
	}
	return ordered(winners), ordered(losers)
}

func ordered(v []version) []version {
	slices.SortFunc(v, func(a, b version) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return v
}

// held reads the versions of a table.
func held(t *testing.T, db *postgis.DB, table string) []version {
	t.Helper()
	rows, err := db.Query(context.Background(), `SELECT d.code, to_char(r.time, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), (r.value / 10000)::text, r.operator,
		CASE WHEN r.issued <> r.received THEN to_char(r.issued, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') ELSE '' END
		FROM twin.`+table+` r JOIN twin.datastream d ON d.id = r.datastream`)
	if err != nil {
		t.Fatal(err)
	}
	var out []version
	var v version
	if _, err := pgx.ForEachRow(rows, []any{&v.stream, &v.at, &v.value, &v.operator, &v.issued}, func() error { out = append(out, v); return nil }); err != nil {
		t.Fatal(err)
	}
	return ordered(out)
}

// sendAll sends versions in a random order and random batches to the writers, several senders at a time. One who is told to try again does so.
func sendAll(t *testing.T, r *rand.Rand, writers []*twin.Writer, all []sent) {
	t.Helper()
	all = slices.Clone(all)
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	waiting := make(chan error)
	for len(all) > 0 {
		senders := 0
		for range 1 + r.IntN(4) {
			n := min(len(all), r.IntN(20))
			batches := map[access.Role][]twin.Reading{}
			for _, s := range all[:n] {
				role := access.System
				if s.operator {
					role = access.Operator
				}
				batches[role] = append(batches[role], s.Reading)
			}
			all = all[n:]
			for role, readings := range batches {
				senders++
				w := writers[r.IntN(len(writers))]
				go func() {
					got, err := w.Append(context.Background(), access.Principal{ID: "x", Role: role}, readings)
					for fault.KindOf(err) == fault.Unavailable {
						got, err = w.Append(context.Background(), access.Principal{ID: "x", Role: role}, readings)
					}
					if err == nil && len(got.Rejected) > 0 {
						err = fmt.Errorf("rejected: %v", got.Rejected)
					}
					waiting <- err
				}()
			}
		}
		for range senders {
			if err := <-waiting; err != nil {
				t.Fatal(err)
			}
		}
	}
}

// content is a version without its time of issue.
func (v version) content() version {
	v.issued = ""
	return v
}

// checkHeld holds what lost against what was sent: every content is held, nothing is held that was not sent, no content of a person's is left out, and
// nothing is held twice.
func checkHeld(t *testing.T, trial uint64, losers, winners, superseded []version) {
	t.Helper()
	sent, contents, seen := map[version]bool{}, map[version]bool{}, map[version]bool{}
	for _, v := range slices.Concat(losers, winners) {
		sent[v], contents[v.content()] = true, true
	}
	for _, v := range winners {
		seen[v] = true
		delete(contents, v.content())
	}
	for _, v := range superseded {
		if !sent[v] || seen[v] {
			t.Fatalf("trial %d: %+v is held, and was not sent or is held twice", trial, v)
		}
		seen[v] = true
		delete(contents, v.content())
	}
	for v := range contents {
		t.Fatalf("trial %d: %+v was sent and is not held", trial, v)
	}
	for _, v := range losers {
		if v.operator && !seen[v] {
			t.Fatalf("trial %d: %+v of a person is not held", trial, v)
		}
	}
}

// computeAll computes rollups until nothing is dirty.
func computeAll(t *testing.T, r *twin.Rollups) {
	t.Helper()
	for {
		n, err := r.Once(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// rollup is a rollup that is compared; the text holds the values.
type rollup struct{ key, values string }

func rollupsBy(t *testing.T, db *postgis.DB, sql string) []rollup {
	t.Helper()
	rows, err := db.Query(context.Background(), sql)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r rollup, err error) { return r, row.Scan(&r.key, &r.values) })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// kept and fromRaw are the rollups that are kept, and the same computed in one go from the readings; %[1]s is the bucket.
const (
	kept = `SELECT concat_ws(' ', cell, %[1]s, property, datum, class), concat_ws(' ', count, min, max, sum, last, last_time)
		FROM twin.%[2]s ORDER BY 1`
	fromRaw = `SELECT concat_ws(' ', d.cell, %[1]s, d.property, coalesce(d.datum, ''), d.class),
		concat_ws(' ', count(*), min(r.value), max(r.value), sum(r.value), (array_agg(r.value ORDER BY r.time DESC, r.value DESC))[1], max(r.time))
		FROM twin.reading r JOIN twin.datastream d ON d.id = r.datastream GROUP BY d.cell, %[1]s, d.property, coalesce(d.datum, ''), d.class ORDER BY 1`
)

// TestOrderDoesNotMatter sends random sets of versions in several orders: what wins, which contents are held, the latest readings and the rollups are the
// same, and are those worked out from the whole set at once.
func TestOrderDoesNotMatter(t *testing.T) {
	db, writers, codes := crowd(t)
	for trial := range uint64(12) {
		r := rand.New(rand.NewPCG(11, trial))
		all := versions(r, codes)
		winners, losers := wanted(all)
		for range 3 {
			if _, err := db.Exec(context.Background(), `TRUNCATE twin.reading, twin.superseded, twin.latest, twin.cell_hour, twin.cell_dirty, twin.cell_day,
				twin.cell_day_dirty`); err != nil {
				t.Fatal(err)
			}
			sendAll(t, r, writers, all)
			if d := diff.Diff(winners, held(t, db, "reading"), diff.AllowUnexported(version{})); d != "" {
				t.Fatalf("trial %d, readings (-want +got):\n%s", trial, d)
			}
			checkHeld(t, trial, losers, winners, held(t, db, "superseded"))
			last := map[string]version{}
			for _, v := range winners {
				if last[v.stream].at < v.at {
					last[v.stream] = v
				}
			}
			if d := diff.Diff(ordered(slices.Collect(maps.Values(last))), held(t, db, "latest"), diff.AllowUnexported(version{})); d != "" {
				t.Fatalf("trial %d, latest (-want +got):\n%s", trial, d)
			}
			computeAll(t, rollups(db))
			checkRollups(t, db, "(%s AT TIME ZONE 'Asia/Shanghai' - interval '8 hours')::date + 1")
		}
		checkParents(t, db, trial)
	}
}

// checkRollups holds the rollups of hours and days against the readings; day is the day of a time as SQL says it.
func checkRollups(t *testing.T, db *postgis.DB, day string) {
	t.Helper()
	for table, buckets := range map[string][2]string{
		"cell_hour": {"bucket", "date_trunc('hour', r.time)"},
		"cell_day":  {"day", fmt.Sprintf(day, "r.time")},
	} {
		want := rollupsBy(t, db, fmt.Sprintf(fromRaw, buckets[1]))
		got := rollupsBy(t, db, fmt.Sprintf(kept, buckets[0], table))
		if len(want) == 0 {
			t.Fatal("there are no readings")
		}
		if d := diff.Diff(want, got, diff.AllowUnexported(rollup{})); d != "" {
			t.Fatalf("%s (-want +got):\n%s", table, d)
		}
	}
}

// checkParents holds every parent cell against the sum of its children.
func checkParents(t *testing.T, db *postgis.DB, trial uint64) {
	t.Helper()
	for _, days := range []bool{false, true} {
		of := func(res int) []twin.Cell {
			cells, _, err := twin.Cells(context.Background(), db, twin.CellsOf{Property: "level", Resolution: res, Days: days, From: time.Now().Add(-96 * time.Hour),
				To: time.Now()}, access.Restricted)
			if err != nil || len(cells) == 0 {
				t.Fatalf("trial %d: %d cells, %v", trial, len(cells), err)
			}
			return cells
		}
		children := of(9)
		for _, res := range []int{8, 7} {
			sums := map[string]twin.Cell{}
			for _, c := range children {
				parent, err := geo.Parent(geo.Cell(c.H3), res)
				if err != nil {
					t.Fatal(err)
				}
				key := fmt.Sprint(int64(parent), c.Bucket, c.Datum)
				s, known := sums[key]
				if !known {
					s = c
				} else {
					s.Count, s.Sum, s.Min, s.Max = s.Count+c.Count, s.Sum+c.Sum, min(s.Min, c.Min), max(s.Max, c.Max)
					if c.LastTime.After(s.LastTime) || (c.LastTime.Equal(s.LastTime) && c.Last > s.Last) {
						s.Last, s.LastTime = c.Last, c.LastTime
					}
				}
				s.H3 = int64(parent)
				sums[key] = s
			}
			parents := of(res)
			for _, p := range parents {
				if d := diff.Diff(sums[fmt.Sprint(p.H3, p.Bucket, p.Datum)], p); d != "" {
					t.Errorf("trial %d, resolution %d (-want +got):\n%s", trial, res, d)
				}
			}
			if len(parents) != len(sums) || len(parents) == len(children) {
				t.Errorf("trial %d: %d parents of %d children, want %d", trial, len(parents), len(children), len(sums))
			}
		}
	}
}

// TestDayStartMoves: when the region's day starts at another time, every day is computed again; a day is named by the date on which it ends.
func TestDayStartMoves(t *testing.T) {
	ctx := context.Background()
	db, writers, codes := crowd(t)
	sendAll(t, rand.New(rand.NewPCG(1, 2)), writers, versions(rand.New(rand.NewPCG(1, 2)), codes))
	computeAll(t, rollups(db))
	moved := twin.NewRollups(db, slog.New(slog.DiscardHandler), func(context.Context) (twin.Day, error) {
		return twin.Day{Start: 45 * time.Minute, Zone: time.FixedZone("Asia/Kolkata", 5*3600+1800)}, nil
	})
	computeAll(t, moved)
	checkRollups(t, db, "(%s AT TIME ZONE 'Asia/Kolkata' - interval '45 minutes')::date + 1")
	if _, err := db.Exec(ctx, `TRUNCATE twin.reading, twin.superseded, twin.latest, twin.cell_hour, twin.cell_day`); err != nil {
		t.Fatal(err)
	}
	shanghai := time.FixedZone("Asia/Shanghai", 8*3600)
	for _, at := range []time.Time{time.Date(2026, 7, 18, 7, 59, 59, 0, shanghai), time.Date(2026, 7, 18, 8, 0, 0, 0, shanghai), time.Date(2026, 7, 19, 7, 0, 0, 0, shanghai)} {
		if _, err := writers[0].Append(ctx, access.Principal{Role: access.System}, []twin.Reading{{Datastream: codes[0], Time: at, Value: "2"}}); err != nil {
			t.Fatal(err)
		}
	}
	computeAll(t, rollups(db))
	cells, _, err := twin.Cells(ctx, db, twin.CellsOf{Property: "level", Resolution: 9, Days: true, From: time.Date(2026, 7, 18, 8, 0, 0, 0, shanghai),
		To: time.Date(2026, 7, 19, 8, 0, 0, 0, shanghai)}, access.Restricted)
	if err != nil || len(cells) != 1 || cells[0].Day != "2026-07-19" || cells[0].Count != 2 || !cells[0].Bucket.Equal(time.Date(2026, 7, 18, 8, 0, 0, 0, shanghai)) {
		t.Errorf("%+v, %v", cells, err)
	}
}
