package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// quietBuffer is a buffer that a verb writes while a test reads.
type quietBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (q *quietBuffer) Write(p []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.b.Write(p)
}

func (q *quietBuffer) String() string {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.b.String()
}

// runningVerb is a verb that runs until it is stopped.
type runningVerb struct {
	out, log quietBuffer
	stop     func() int // its exit code
}

// starts has a verb run, which the end of the test stops.
func (b *bench) starts(args ...string) *runningVerb {
	b.Helper()
	r := &runningVerb{}
	ctx, cancel := context.WithCancel(context.Background())
	code := make(chan int, 1)
	args = append([]string{"--database-url", b.db.Config().ConnString(), "--data", b.TempDir()}, args...)
	go func() { code <- run(ctx, args, strings.NewReader(""), &r.out, &r.log) }()
	r.stop = sync.OnceValue(func() int { cancel(); return <-code })
	b.Cleanup(func() { r.stop() })
	return r
}

// river is a table of SL 323 that grows while it is followed.
type river struct {
	*testing.T
	db   otherDB
	here *bench
	more bool // it has MODITIME
}

// times of the table, in the zone of the region.
var followed = time.Now().In(time.FixedZone("", 8*3600)).Truncate(time.Hour).Add(-48 * time.Hour)

func atMinute(n int) string {
	return followed.Add(time.Duration(n) * time.Minute).Format("2006-01-02 15:04:05")
}

func (r *river) put(minute int, z string) {
	r.Helper()
	names, cells := "STCD, TM, Z", fmt.Sprintf("'R1', '%s', %s", atMinute(minute), z)
	if r.more {
		names, cells = names+", MODITIME", cells+", '"+time.Now().In(followed.Location()).Format("2006-01-02 15:04:05.000")+"'"
	}
	r.db.exec("DELETE FROM ST_RIVER_R WHERE TM = '"+atMinute(minute)+"' AND STCD = 'R1'", "INSERT INTO ST_RIVER_R ("+names+") VALUES ("+cells+")")
}

// comes waits until a reading is held with that value.
func (r *river) comes(minute int, z float64) {
	r.Helper()
	until(r.T, fmt.Sprintf("minute %d to be %v", minute, z), func() bool { return r.held(minute, z) })
}

func (r *river) held(minute int, z float64) bool {
	return r.here.count(`SELECT count(*) FROM twin.reading r JOIN twin.datastream d ON d.id = r.datastream
		WHERE d.code = 'R1.level' AND r.time = $1 AND r.value = $2::numeric * 10000`, followed.Add(time.Duration(minute)*time.Minute), z) == 1
}

// TestFollowSL323 follows a database that grows, corrects, is late, goes away and comes back, and goes on after a restart of its own.
func TestFollowSL323(t *testing.T) {
	for _, kind := range []string{"postgres", "mysql", "mysql with MODITIME"} {
		t.Run(kind, func(t *testing.T) { followOne(t, kind) })
	}
}

func followOne(t *testing.T, kind string) {
	r := &river{T: t, here: newRegion(t), more: strings.Contains(kind, "MODITIME")}
	var maria *mariaDB
	if kind == "postgres" {
		r.db = newOtherPostgres(t)
	} else {
		maria = newMariaDB(t)
		r.db = maria
		t.Setenv("BASIN_SL323_PASSWORD", mariaPassword)
	}
	columns, clock := "STCD CHAR(8), TM timestamp NULL, Z DECIMAL(7,3)", "timestamp(3)"
	if maria != nil {
		columns, clock = "STCD CHAR(8), TM DATETIME(3), Z DECIMAL(7,3)", "DATETIME(3)"
	}
	if r.more {
		columns += ", MODITIME " + clock + " NULL"
	}
	r.db.exec("CREATE TABLE ST_RIVER_R ("+columns+")", "CREATE TABLE ST_STBPRP_B (STCD CHAR(8), STTP CHAR(2), LGTD FLOAT, LTTD FLOAT)",
		"INSERT INTO ST_STBPRP_B VALUES ('R1', 'ZZ', 121, 32)")
	for n := range 10 {
		r.put(n, "1.5")
	}
	r.db.exec("INSERT INTO ST_RIVER_R (STCD, TM, Z) VALUES ('R1', '2099-01-01 00:00:00', 1), ('R2', '" + atMinute(1) + "', 1)")
	args := []string{"load", "--sl323", r.db.url(), "--follow", "--every", "100ms", "--overlap", "1h"}
	one := r.here.starts(args...)
	r.comes(9, 1.5)
	r.put(100, "2.25") // new
	r.comes(100, 2.25)
	r.put(50, "2.5") // late, within the overlap
	r.comes(50, 2.5)
	r.put(100, "2.75") // corrected
	r.comes(100, 2.75)
	r.put(100, "2.25") // put back
	r.comes(100, 2.25)
	r.put(100, "2.75") // and again
	r.comes(100, 2.75)
	r.db.exec("INSERT INTO ST_STBPRP_B VALUES ('R2', 'ZZ', 121, 32)") // a station of which rows came already
	if !r.more {
		r.db.exec("INSERT INTO ST_RIVER_R (STCD, TM, Z) VALUES ('R2', '" + atMinute(99) + "', 1)")
		until(t, "readings of the new station", func() bool { return r.here.count(`SELECT count(*) FROM twin.datastream WHERE code = 'R2.level'`) == 1 })
	}
	if n := strings.Count(one.out.String(), "time-in-future"); n != 1 {
		t.Errorf("a bad row was told %d times: %s", n, one.out.String())
	}
	if maria != nil {
		maria.kill()
		until(t, "the absence to be noticed", func() bool { return strings.Contains(one.log.String(), "tried again") })
		time.Sleep(3 * time.Second) // several attempts
		if n := strings.Count(one.log.String(), "\n"); n != 1 {
			t.Errorf("%d lines for one absence: %s", n, one.log.String())
		}
		maria.start()
	} else {
		r.db.exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%st_river_r%'")
	}
	r.put(110, "3.125")
	r.comes(110, 3.125)
	if code := one.stop(); code != 0 {
		t.Errorf("exit %d: %s", code, one.log.String())
	}
	r.put(120, "3.25") // while nobody follows
	r.put(1, "9")      // before the overlap: seen only where MODITIME tells
	two := r.here.starts(args...)
	r.comes(120, 3.25)
	r.put(121, "3.5")
	r.comes(121, 3.5)
	if r.held(1, 9) != r.more {
		t.Errorf("a row before the overlap: seen %v", !r.more)
	}
	two.stop()
	if code := r.here.count(`SELECT count(*) FROM twin.superseded s JOIN twin.datastream d ON d.id = s.datastream WHERE d.code = 'R1.level' AND s.value = 15000`); code > 1 {
		t.Errorf("%d versions of what never changed", code)
	}
	for _, text := range []string{one.out.String(), one.log.String(), two.out.String(), two.log.String(), r.here.text(`SELECT string_agg(a::text, '') FROM auth.audit a`),
		r.here.text(`SELECT string_agg(f::text, '') FROM ingest.followed f`)} {
		if strings.Contains(text, mariaPassword) || strings.Contains(text, "s3cret") {
			t.Errorf("the password was told: %s", text)
		}
	}
	if got := r.here.text(`SELECT string_agg(relation || ' ' || (mark < now()), ',') FROM ingest.followed`); got != "ST_RIVER_R true" {
		t.Errorf("marks: %s", got)
	}
}

// TestFollowSL323Large: a table that is read while basin is stopped goes on from its mark, and holds what was there in the end.
func TestFollowSL323Large(t *testing.T) {
	b := newRegion(t)
	pg := newOtherPostgres(t)
	const rows = 60_000
	pg.exec(`CREATE TABLE st_stbprp_b AS SELECT 'a' AS stcd, 'TT' AS sttp, 121 AS lgtd, 32 AS lttd`,
		fmt.Sprintf(`CREATE TABLE st_tide_r AS SELECT 'a' AS stcd, timestamp '2025-03-01' + n * interval '1 minute' AS tm, (n %% 97)::numeric / 32 AS tdz FROM generate_series(1, %d) n`, rows))
	args := []string{"load", pg.url(), "--follow", "--overlap", "10m"}
	one := b.starts(args...)
	until(t, "a page", func() bool { return b.count(`SELECT count(*) FROM ingest.followed`) > 0 })
	one.stop()
	held, mark := b.count(`SELECT count(*) FROM twin.reading`), b.count(`SELECT (extract(epoch FROM mark - '2025-03-01 00:00+08') / 60)::integer FROM ingest.followed`)
	if held >= rows || mark > held || mark == 0 {
		t.Logf("stopped after %d of %d, marked %d", held, rows, mark)
	}
	if mark > held {
		t.Errorf("the mark is at %d, %d are held", mark, held)
	}
	two := b.starts(args...)
	until(t, "all", func() bool { return b.count(`SELECT count(*) FROM twin.reading`) == rows })
	two.stop()
	if again := b.count(`SELECT rows::integer FROM ingest.followed`); again > rows+2*sl323Page {
		t.Errorf("%d rows were read of %d", again, rows)
	}
}

// TestSL323Seen: rows are told by what they say, and only so many are remembered.
func TestSL323Seen(t *testing.T) {
	s := newSL323Seen()
	var got []string
	for _, z := range []string{"1", "1", "2", "1"} {
		cells := []string{"a", z}
		l := s.look(rowOf(cells), cells)
		got = append(got, fmt.Sprintf("%v/%v", l.same, l.changed))
		s.keep(l, 1, true)
	}
	if want := []string{"false/false", "true/false", "false/true", "false/true"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	s.again()
	if l := s.look(rowOf([]string{"a", "1"}), []string{"a", "1"}); l.same || l.changed {
		t.Errorf("%+v", l)
	}
	s.forget(2)
	if len(s.rows) != 0 {
		t.Errorf("%d rows are remembered", len(s.rows))
	}
	for n := range uint64(sl323SeenMost + 10) {
		s.keep(sl323Look{key: n}, 3, true)
	}
	if len(s.rows) > sl323SeenMost {
		t.Errorf("%d rows are remembered", len(s.rows))
	}
}
