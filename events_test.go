package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"basin/access"
	"basin/auth"
	"basin/hydro"
	"basin/postgis"
	"basin/twin"
)

// send posts one reading of the present, which must be accepted.
func (r *running) send(datastream string, value float64) {
	r.Helper()
	c, ok := post(r.address, r.token, []sample{{datastream, time.Now().UTC(), json.Number(fmt.Sprintf("%.3f", value))}})
	if !ok || c.Accepted != 1 {
		r.Fatalf("%s: %v %+v", datastream, ok, c)
	}
}

// serveRegion serves the shipped region.
func serveRegion(t *testing.T) *running {
	t.Helper()
	b := newBench(t)
	b.load("regions/nantong")
	return b.serve()
}

// value is the value of a datastream in a state.
func value(s hydro.State, datastream string) float64 {
	for _, v := range s.Values {
		if v.Datastream == datastream && v.Value != nil {
			return *v.Value
		}
	}
	return -1e9
}

func TestEventsOfStationAndRiver(t *testing.T) {
	r := serveRegion(t)
	l := r.listen("", "", "")
	r.send("NT-S05.level", 3.21) // its warning level is 3.0
	heard := l.states()
	for _, thing := range []string{"station:NT-S05", "river:NT-TY"} {
		s, ok := heard[thing]
		if !ok || s.Status.Level != hydro.LevelWarning || s.Status.Data != hydro.DataFresh || value(s, "NT-S05.level") != 3.21 {
			t.Errorf("%s: heard %v, %+v", thing, ok, s)
		}
	}
	var reach bool
	for thing, s := range heard {
		reach = reach || (strings.HasPrefix(thing, "reach:NT-TY") && s.Status.Level == hydro.LevelWarning)
		if strings.HasPrefix(thing, "river:") && thing != "river:NT-TY" {
			t.Errorf("%s is told of without cause", thing)
		}
	}
	if !reach {
		t.Error("no reach of the river is told of")
	}

	// What happens between two connections is told on the second.
	left := l.at()
	l.close()
	sent := map[string]float64{"NT-S06": 1.5, "NT-S07": 1.25, "NT-S12": 2.125}
	for station, v := range sent {
		r.send(station+".level", v)
	}
	for name, again := range map[string]*listening{"Last-Event-ID": r.listen("", "", left), "since": r.listen("?since="+left, "", "")} {
		resumed := again.states()
		for station, v := range sent {
			if s, ok := resumed["station:"+station]; !ok || value(s, station+".level") != v {
				t.Errorf("%s: %s: heard %v, %+v", name, station, ok, s)
			}
		}
	}
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.address+"/twin/events?since=nonsense", nil)
	answer, err := http.DefaultClient.Do(req)
	if err != nil || answer.StatusCode != http.StatusBadRequest {
		t.Errorf("since=nonsense: %v %v", answer.StatusCode, err)
	}
	_ = answer.Body.Close()
}

func TestEventsFollowCommits(t *testing.T) {
	r := serveRegion(t)
	l := r.listen("?kind=station", "", "")
	stations := []string{"NT-S05", "NT-S06", "NT-S07", "NT-S08", "NT-S09", "NT-S10", "NT-S11", "NT-S12"}
	elder, err := r.db.Begin(t.Context()) // its number is drawn before all others, and it ends after them
	if err != nil {
		t.Fatal(err)
	}
	if err := postgis.Publish(t.Context(), elder, postgis.Event{Topic: twin.TopicState, Key: "station:NT-S14"}); err != nil {
		t.Fatal(err)
	}
	const rounds = 25
	var senders sync.WaitGroup
	for i, station := range stations {
		senders.Go(func() {
			for n := range rounds {
				c, ok := post(r.address, r.token, []sample{{station + ".level", time.Now().UTC(), json.Number(fmt.Sprintf("%d.%03d", i, n))}})
				if !ok || c.Accepted != 1 {
					t.Errorf("%s: %v %+v", station, ok, c)
				}
			}
		})
	}
	senders.Wait()
	if err := elder.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	final := l.states()
	if _, ok := final["station:NT-S14"]; !ok {
		t.Error("the change that began first and was committed last is not told")
	}
	for i, station := range stations {
		if got, want := value(final["station:"+station], station+".level"), float64(i)+float64(rounds-1)/1000; got != want {
			t.Errorf("%s: the last state heard is %v, want %v", station, got, want)
		}
	}
	var at postgis.Position
	for _, e := range l.all() {
		p, err := postgis.ParsePosition(e.id)
		if err != nil || p.Before(at) {
			t.Errorf("id %q comes after %v: %v", e.id, at, err)
		}
		at = p
	}
	if at != l.end() {
		t.Errorf("the stream ends at %v, the feed at %v", at, l.end())
	}
}

func TestEventsAfterPrune(t *testing.T) {
	r := serveRegion(t)
	l := r.listen("", "", "")
	r.send("NT-S05.level", 1)
	old := "1-1"
	l.all()
	present := l.at()
	if err := r.server.feed.Prune(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	l.close()
	count := func(l *listening, name string) (n int) {
		for _, e := range l.all() {
			if e.name == name {
				n++
			}
		}
		return n
	}
	late := r.listen("", "", old)
	until(t, "a reset", func() bool { return count(late, "reset") == 1 })
	r.send("NT-S06.level", 1.75)
	if s := late.states()["station:NT-S06"]; value(s, "NT-S06.level") != 1.75 {
		t.Errorf("after the reset: %+v", s)
	}
	current := r.listen("", "", present)
	if s := current.states()["station:NT-S06"]; value(s, "NT-S06.level") != 1.75 || count(current, "reset") != 0 {
		t.Errorf("from the place up to which the feed was forgotten: %+v, %d resets", s, count(current, "reset"))
	}
}

func TestEventFilters(t *testing.T) {
	r := serveRegion(t)
	type place struct{ X, Y float64 }
	at := rows[place](r.bench, "SELECT ST_X(geom) AS x, ST_Y(geom) AS y FROM twin.thing WHERE id = 'station:NT-S06'")[0]
	box := fmt.Sprintf("bbox=%f,%f,%f,%f", at.X-0.001, at.Y-0.001, at.X+0.001, at.Y+0.001)
	stations, rivers, here := r.listen("?kind=station", "", ""), r.listen("?kind=river,reach", "", ""), r.listen("?kind=station&"+box, "", "")
	everything := r.listen("?"+box, "", "")
	r.send("NT-S05.level", 1)
	r.send("NT-S06.level", 1)
	kinds := func(l *listening) string {
		seen := map[string]bool{}
		for thing := range l.states() {
			kind, _, _ := strings.Cut(thing, ":")
			seen[kind] = true
		}
		var out []string
		for k := range seen {
			out = append(out, k)
		}
		slices.Sort(out)
		return strings.Join(out, " ")
	}
	if k := kinds(stations); k != "station" || len(stations.states()) != 2 {
		t.Errorf("kind=station: %s, %d things", k, len(stations.states()))
	}
	if k := kinds(rivers); k != "reach river" {
		t.Errorf("kind=river,reach: %s", k)
	}
	if _, ok := here.states()["station:NT-S06"]; !ok || len(here.states()) != 1 {
		t.Errorf("%s: %v", box, here.states())
	}
	if _, ok := everything.states()["station:NT-S05"]; ok || kinds(everything) == "" {
		t.Errorf("%s: %s", box, kinds(everything))
	}
}

func TestEventsEndWithTheToken(t *testing.T) {
	r := serveRegion(t)
	viewer := r.grant(auth.Grant{Role: access.Viewer, Name: "viewer"})
	other := r.grant(auth.Grant{Role: access.Viewer, Name: "other viewer"})
	l, stays := r.listen("", viewer.Token, ""), r.listen("", other.Token, "")
	if err := auth.New(r.db).Revoke(t.Context(), local(), viewer.ID, "test"); err != nil {
		t.Fatal(err)
	}
	<-l.ended
	r.send("NT-S05.level", 1)
	if _, ok := stays.states()["station:NT-S05"]; !ok {
		t.Error("another's stream ended as well")
	}
}

func TestEventsOfSecrets(t *testing.T) {
	r := serveRegion(t)
	for class, code := range map[string]string{"internal": "INNER", "restricted": "SECRET"} {
		r.load(put(t, "stations.geojson", geojson(aFeature(fmt.Sprintf(`"code":%q,"type":"level","river":"NT-TY","datum":"wusong","warning_level_m":2`, code),
			aPoint(120.7, 32.3)))), "--to", "station", "--class", class, "--dataset", code)
	}
	viewer := r.grant(auth.Grant{Role: access.Viewer, Name: "viewer"})
	gateway := r.grant(auth.Grant{Role: access.Gateway, Name: "gateway", Stations: []string{"SECRET"}})
	nobody, known, cleared := r.listen("", "", ""), r.listen("", viewer.Token, ""), r.listen("", r.token, "")
	posting := r.listen("", gateway.Token, "")
	r.send("SECRET.level", 9.87)
	r.send("INNER.level", 7.65)
	for name, c := range map[string]struct {
		of      *listening
		allowed []string
	}{
		"nobody": {nobody, nil}, "gateway": {posting, nil}, "viewer": {known, []string{"INNER"}}, "system": {cleared, []string{"INNER", "SECRET"}},
	} {
		heard := c.of.states()
		for _, code := range []string{"INNER", "SECRET"} {
			s, ok := heard["station:"+code]
			if ok != slices.Contains(c.allowed, code) {
				t.Errorf("%s hears of %s: %+v", name, code, s)
			}
		}
		for _, e := range c.of.all() {
			for code, number := range map[string]string{"INNER": ":7.65", "SECRET": ":9.87"} { // the fraction of a second may hold the digits
				if !slices.Contains(c.allowed, code) && (strings.Contains(e.data, code) || strings.Contains(e.data, number)) {
					t.Errorf("%s hears %s", name, e.data)
				}
			}
		}
		river := heard["river:NT-TY"]
		if want := len(c.allowed) > 0; (river.Status.Level == hydro.LevelWarning) != want {
			t.Errorf("%s hears that the river is at %s", name, river.Status.Level)
		}
	}
}

func TestEventsOfTiles(t *testing.T) {
	r := serveRegion(t)
	l := r.listen("", "", "")
	told := func() map[string]bool {
		out := map[string]bool{}
		for _, e := range l.all() {
			if e.name == "tiles" {
				var tiles struct {
					Layer string
					Cover []string
				}
				if err := json.Unmarshal([]byte(e.data), &tiles); err != nil || len(tiles.Cover) == 0 {
					t.Errorf("%s: %v", e.data, err)
				}
				out[tiles.Layer] = true
			}
		}
		return out
	}
	works := put(t, "works.geojson", geojson(aFeature(`"code":"W1","type":"sluice"`, aPoint(121, 32))))
	r.load(works, "--to", "work", "--class", "public")
	if got := told(); !got["work"] || got["road"] {
		t.Errorf("after works were loaded: %v", got)
	}
	r.load(works, "--as", "plots", "--class", "public")
	r.load(works, "--as", "hidden", "--class", "restricted")
	if got := told(); !got["plots"] || got["hidden"] {
		t.Errorf("after layers were loaded: %v", got)
	}
}
