package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"basin/access"
	"basin/twin"
)

// heldReading is a reading as two centres compare it.
type heldReading struct {
	Code  string
	Time  time.Time
	Value int64
}

// TestRelay: one basin relays to another. The relay is killed and started again in between; all readings arrive, and each is held once.
func TestRelay(t *testing.T) {
	const stations = 3
	binary := filepath.Join(t.TempDir(), "basin")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v: %s", err, out)
	}
	var features []string
	csv := "protocol,address,station,elements\n"
	for i := range stations {
		features = append(features, aFeature(fmt.Sprintf(`"code":"S%d","type":"level","datum":"wusong"`, i), aPoint(120.8, 32)))
		csv += fmt.Sprintf("sl651,%010d,S%d,\n", 32060001+i, i)
	}
	from, to := newBench(t), newBench(t)
	for _, b := range []*bench{from, to} {
		b.load(put(t, "stations.geojson", geojson(features...)), "--to", "station")
		if o := b.basin("station", "add", "--csv", put(t, "stations.csv", csv)); o.code != 0 {
			t.Fatal(o.err)
		}
	}
	if o := to.basin("station", "disable", "sl651", "0032060003"); o.code != 0 { // not taken there at first
		t.Fatal(o.err)
	}
	here, _, _ := from.serveField()
	_, there, _ := to.serveField()
	start := time.Now().UTC().Truncate(time.Hour).Add(-48 * time.Hour)
	add := func(first, count int) {
		t.Helper()
		var readings []twin.Reading
		for i := range stations {
			for n := range count {
				readings = append(readings, twin.Reading{Datastream: fmt.Sprintf("S%d.level", i), Time: start.Add(time.Duration(first+n) * time.Minute),
					Value: twin.Decimal(fmt.Sprintf("%d.%04d", n%9-4, (n*37+i)%10000))})
			}
		}
		by := access.Principal{ID: "g", Role: access.Gateway, Stations: []string{"S0", "S1", "S2"}}
		r, err := here.server.writer.Append(t.Context(), by, readings)
		if err != nil || len(r.Rejected) > 0 || r.Accepted != len(readings) {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	relay := func() (kill func()) {
		t.Helper()
		cmd := exec.Command(binary, "relay", "--database-url", from.db.Config().ConnString(), "--data", t.TempDir(), "--to", there, "--centre", "province",
			"--since", start.Format(time.RFC3339), "--wait", "2s", "--class", "internal")
		log, err := os.Create(filepath.Join(t.TempDir(), "log"))
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stderr = log
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		done := false
		kill = func() {
			if !done {
				done = true
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
				_ = log.Close()
				if text, err := os.ReadFile(log.Name()); err == nil {
					t.Logf("relay: %s", text)
				}
			}
		}
		t.Cleanup(kill)
		return kill
	}
	held := func(b *bench, codes string) []heldReading {
		return rows[heldReading](b, `SELECT d.code, r.time, r.value FROM twin.reading r JOIN twin.datastream d ON d.id = r.datastream
			WHERE d.code ~ $1 ORDER BY d.code, r.time`, codes)
	}
	arrived := func(codes string) func() bool {
		return func() bool { return len(held(to, codes)) >= len(held(from, codes)) }
	}
	add(0, 400)
	kill := relay()
	until(t, "some readings to arrive", func() bool { return to.count(`SELECT count(*) FROM twin.reading`) >= 50 })
	kill()
	if n := to.count(`SELECT count(*) FROM twin.reading`); n >= 2*400 {
		t.Logf("the relay was killed after it was done: %d", n)
	}
	add(400, 100)
	kill = relay()
	until(t, "all readings to arrive", arrived("S[01]"))
	add(-200, 100) // late
	if _, err := here.server.writer.Append(t.Context(), access.Principal{ID: "g", Role: access.Gateway, Stations: []string{"S0"}}, []twin.Reading{
		{Datastream: "S0.level", Time: start.Add(3030 * time.Second), Value: "7.7"}}); err != nil { // with seconds
		t.Fatal(err)
	}
	until(t, "late readings to arrive", arrived("S[01]"))
	if o := from.basin("relay", "status"); !strings.Contains(o.out, "no confirmation came") || !strings.Contains(o.out, "province  S2") {
		t.Errorf("%s %s", o.out, o.err)
	}
	if o := to.basin("station", "add", "--csv", put(t, "stations.csv", csv)); o.code != 0 {
		t.Fatal(o.err)
	}
	until(t, "the station that was not taken to arrive", arrived("."))
	until(t, "the relay to note it", func() bool {
		return from.count(`SELECT count(*) FROM ingest.relay WHERE failed IS NULL AND confirmed > 0`) == stations
	})
	kill()
	if !slices.EqualFunc(held(from, "."), held(to, "."), func(a, b heldReading) bool { return a.Code == b.Code && a.Time.Equal(b.Time) && a.Value == b.Value }) {
		t.Errorf("%d readings here and %d there differ", len(held(from, ".")), len(held(to, ".")))
	}
	// What was sent again after the kill bears a later time of issue, which is kept; no other value may have come.
	to.equal("other values there", to.count(`SELECT count(*) FROM twin.superseded s JOIN twin.reading r USING (datastream, time) WHERE s.value <> r.value`), 0)
	from.equal("passed over", from.count(`SELECT sum(passed)::integer FROM ingest.relay`), 0)
	for _, args := range [][]string{{"relay", "--to", there}, {"relay", "--to", there, "--centre", "x", "--password", "1"}} {
		if o := from.basin(args...); o.code != 2 {
			t.Errorf("%v: exit %d", args, o.code)
		}
	}
}
