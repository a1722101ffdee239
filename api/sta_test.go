package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"basin/access"
	"basin/api"
	"basin/auth"
	"basin/geo"
	"basin/layer"
	"basin/postgis"
	"basin/postgis/postgistest"
	"basin/tiles"
	"basin/twin"
)

// staBench is a running server over things of all classes with readings, and a credential for each role.
type staBench struct {
	url    string
	db     *postgis.DB
	tokens map[access.Role]string
}

// The readings of a datastream: so many, this long apart, from that time.
const (
	staReadings = 30
	staStep     = 10 * time.Minute
)

var staStart = time.Date(2026, 7, 18, 0, 0, 0, 0, time.UTC)

// newSTABench makes, of each class, four stations with water levels, the last of them with rainfall besides; a work with two levels and a gate opening; a
// public station with a secret rainfall; a public station all of whose datastreams are secret; and a river, of which nothing is observed. The level of
// station i at reading j is class·10 + i + j/100.
func newSTABench(t *testing.T) *staBench {
	t.Helper()
	ctx, db, log := context.Background(), postgistest.New(t), slog.New(slog.DiscardHandler)
	var things []twin.Thing
	var streams []twin.Datastream
	var readings []twin.Reading
	observe := func(thing twin.Thing, property, role string, number int, class access.Class, base float64) {
		d := twin.Datastream{Thing: thing.ID(), Property: property, Role: role, Number: number, Class: class, Longitude: 120.8, Latitude: 32}
		if property == "level" {
			d.Datum = "wusong"
		}
		d.Code = twin.DatastreamCode(thing.Code, property, role, number)
		streams = append(streams, d)
		for j := range staReadings {
			readings = append(readings, twin.Reading{Datastream: d.Code, Time: staStart.Add(time.Duration(j) * staStep), Issued: staStart.Add(24 * time.Hour),
				Value: twin.Decimal(fmt.Sprintf("%.2f", base+float64(j)/100))})
		}
	}
	thing := func(kind, code string, class access.Class, lon, lat float64) twin.Thing {
		x := twin.Thing{Kind: kind, Code: code, Class: class, Name: twin.Name{Zh: "站" + code, En: "Station " + code}, Geometry: geo.Point(geo.Place{lon, lat}),
			Properties: map[string]any{"owner": "bureau " + code, "rank": 3, "key": true}}
		things = append(things, x)
		return x
	}
	for c, class := range access.Classes() {
		for i := range 4 {
			x := thing("station", fmt.Sprintf("%s-%d", class, i), class, 120.5+0.1*float64(i), 32+0.1*float64(c))
			observe(x, "level", "", 0, class, float64(10*c+i))
			if i == 3 {
				observe(x, "rainfall", "", 0, class, float64(c))
			}
		}
	}
	work := thing("work", "W'1", access.Public, 121, 32)
	observe(work, "level", "inner", 0, access.Public, 2)
	observe(work, "level", "outer", 0, access.Public, 1)
	observe(work, "gate_opening", "", 2, access.Public, 0.5)
	mixed := thing("station", "mixed", access.Public, 121.1, 32)
	observe(mixed, "level", "", 0, access.Public, 5)
	observe(mixed, "rainfall", "", 0, access.Restricted, 77)
	hidden := thing("station", "hidden", access.Public, 121.2, 32)
	observe(hidden, "level", "", 0, access.Restricted, 88)
	thing("river", "R", access.Public, 121, 32)
	err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if _, err := twin.PutThings(ctx, tx, things); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO hydro.station (id, type) SELECT id, 'level' FROM twin.thing WHERE kind = 'station'`); err != nil {
			return err
		}
		return twin.PutDatastreams(ctx, tx, streams)
	})
	if err != nil {
		t.Fatal(err)
	}
	writer := twin.NewWriter(db, log)
	running, stop := context.WithCancel(ctx)
	done := make(chan error)
	go func() { done <- writer.Run(running) }()
	t.Cleanup(func() { stop(); <-done })
	if result, err := writer.Append(ctx, access.Principal{Role: access.System}, readings); err != nil || result.Accepted != len(readings) {
		t.Fatal(result, err)
	}
	users, layers := auth.New(db), layer.New(db)
	b := &staBench{db: db, tokens: map[access.Role]string{}}
	security := access.Principal{ID: "test", Name: "test", Role: access.Security}
	for _, role := range access.Roles()[1:] {
		g := auth.Grant{Role: role}
		if role == access.Gateway {
			g.Stations = []string{"restricted-0"}
		}
		if role == access.Vendor {
			g.Vendor = "ACME"
		}
		issued, err := users.Issue(ctx, security, g, "test")
		if err != nil {
			t.Fatal(err)
		}
		b.tokens[role] = issued.Token
	}
	e := echo.New()
	api.New(api.Config{DB: db, Feed: postgis.NewFeed(db, log), Auth: users, Layers: layers, Tiles: tiles.New(db, log, layers, 64<<20), Writer: writer,
		Log:     slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelError})),
		Metrics: prometheus.NewRegistry(), Ready: func(context.Context) error { return nil }, Version: "test"}).Mount(e)
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

// testLog makes errors of the server errors of the test.
type testLog struct{ t *testing.T }

func (l testLog) Write(line []byte) (int, error) {
	l.t.Errorf("the server logged: %s", line)
	return len(line), nil
}

// send sends a request in a role.
func (b *staBench) send(t *testing.T, role access.Role, method, at, body string) (*http.Response, []byte) {
	t.Helper()
	if !strings.HasPrefix(at, "http") {
		at = b.url + "/sensorthings/v1.1" + at
	}
	r, err := http.NewRequestWithContext(t.Context(), method, at, strings.NewReader(body))
	if err != nil {
		t.Fatalf("%s: %v", at, err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token := b.tokens[role]; token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, answer
}

// staURL escapes what a program would escape in the address of a request that is written down as people read it.
func staURL(at string) string {
	path, query, has := strings.Cut(at, "?")
	if !has {
		return at
	}
	var pairs []string
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		pairs = append(pairs, name+"="+strings.ReplaceAll(url.QueryEscape(value), "+", "%20"))
	}
	return path + "?" + strings.Join(pairs, "&")
}

// staEntity is whatever an entity holds.
type staEntity map[string]any

// staSet is an answer to a question for a set.
type staSet struct {
	Count *int        `json:"@iot.count"`
	Next  string      `json:"@iot.nextLink"`
	Value []staEntity `json:"value"`
}

// set asks for a set, whose request is written down as people read it.
func (b *staBench) set(t *testing.T, role access.Role, at string) staSet {
	t.Helper()
	if !strings.HasPrefix(at, "http") {
		at = staURL(at)
	}
	res, body := b.send(t, role, http.MethodGet, at, "")
	var out staSet
	if err := json.Unmarshal(body, &out); err != nil || res.StatusCode != http.StatusOK || out.Value == nil {
		t.Fatalf("%s: %d %v %.500s", at, res.StatusCode, err, body)
	}
	return out
}

// one asks for a set that must have one entity.
func (b *staBench) one(t *testing.T, role access.Role, at string) staEntity {
	t.Helper()
	s := b.set(t, role, at)
	if len(s.Value) != 1 {
		t.Fatalf("%s: %d entities", at, len(s.Value))
	}
	return s.Value[0]
}

// number asks the database for a number.
func (b *staBench) number(t *testing.T, sql string, args ...any) (n int64) {
	t.Helper()
	if err := b.db.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func (b *staBench) stream(t *testing.T, code string) int64 {
	t.Helper()
	return b.number(t, "SELECT id FROM twin.datastream WHERE code = $1", code)
}

func (b *staBench) thing(t *testing.T, id string) int64 {
	t.Helper()
	return b.number(t, "SELECT gid FROM twin.thing WHERE id = $1", id)
}
