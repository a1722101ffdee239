package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/api"
	"basin/auth"
	"basin/hydro"
	"basin/postgis"
	"basin/postgis/postgistest"
	"basin/twin"
)

// site is the whole server at work on the shipped region, with a token for each role.
type site struct {
	*server
	url    string
	tokens map[access.Role]string // none for anonymous
}

// The person who signs in with a password.
const person, password = "duty officer", "correct horse battery"

// newSite starts a site. It stops with the test.
func newSite(t *testing.T) *site {
	t.Helper()
	ctx, db := context.Background(), postgistest.New(t)
	env := &Env{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard}
	if _, err := loadRegion(ctx, db, "regions/nantong", newReporter(env, true)); err != nil {
		t.Fatal(err)
	}
	store := auth.New(db)
	b := &site{tokens: map[access.Role]string{}}
	security := access.Principal{ID: "test", Name: "test", Role: access.Security}
	for _, role := range access.Roles()[1:] {
		g := auth.Grant{Role: role}
		if role == access.Gateway {
			g.Stations = []string{"60117200"}
		}
		if role == access.Vendor {
			g.Vendor = "ACME"
		}
		issued, err := store.Issue(ctx, security, g, "test")
		if err != nil {
			t.Fatal(err)
		}
		b.tokens[role] = issued.Token
	}
	if _, err := store.CreateUser(ctx, security, auth.User{Name: person, Role: access.Operator, Password: password}, "test"); err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.server, b.url = newServer(db, store, slog.New(slog.DiscardHandler), 0, 512), "http://"+listener.Addr().String()
	running, stop := context.WithCancel(ctx)
	done := make(chan error)
	go func() { done <- b.run(running, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	until(t, "the layers to be in memory", func() bool { return b.tiles.Ready() == nil })
	return b
}

// observe gives a station a datastream of a property that it does not have in the region.
func (b *site) observe(t *testing.T, property string) {
	t.Helper()
	if err := b.db.Do(context.Background(), func(tx postgis.Tx) error {
		return twin.PutDatastreams(context.Background(), tx, []twin.Datastream{{Thing: "station:60117200", Property: property, Class: access.Public,
			Interval: time.Hour, Longitude: 120.8, Latitude: 32}})
	}); err != nil {
		t.Fatal(err)
	}
}

// answer is what a request was answered with.
type answer struct {
	status int
	media  string
	body   []byte // empty for event streams
}

// problem says whether the answer is an error as RFC 9457 has it, with its own status and type.
func (a answer) problem() bool {
	var p api.Problem
	return a.media == "application/problem+json" && json.Unmarshal(a.body, &p) == nil && p.Status == a.status &&
		strings.HasPrefix(p.Type, "urn:basin:problem:") && p.Detail != ""
}

// ask sends a request in a role. An event stream is left after its headers.
func (b *site) ask(t *testing.T, role access.Role, method, path string, body io.Reader, header map[string]string) answer {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, b.url+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if token := b.tokens[role]; token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	media, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil && resp.StatusCode != http.StatusNoContent && resp.StatusCode != http.StatusNotModified {
		t.Errorf("%s %s: %v", method, path, err)
	}
	a := answer{status: resp.StatusCode, media: media}
	if media != "text/event-stream" {
		if a.body, err = io.ReadAll(resp.Body); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// given are the paths of routes that have no example, and the bodies of those that take one.
func (b *site) given() map[string]struct{ path, body string } {
	return map[string]struct{ path, body string }{
		"GET /twin/events":                                                 {"/twin/events", ""},
		"GET /ogc/collections/{id}/items/{fid}":                            {"/ogc/collections/river/items/" + b.first("river"), ""},
		"OPTIONS /ogc/collections/{id}/items":                              {"/ogc/collections/river/items", ""},
		"OPTIONS /ogc/collections/{id}/items/{fid}":                        {"/ogc/collections/river/items/1", ""},
		"POST /ogc/collections/{id}/items":                                 {"/ogc/collections/nothing/items", "{}"},
		"PUT /ogc/collections/{id}/items/{fid}":                            {"/ogc/collections/nothing/items/1", "{}"},
		"PATCH /ogc/collections/{id}/items/{fid}":                          {"/ogc/collections/nothing/items/1", "{}"},
		"DELETE /ogc/collections/{id}/items/{fid}":                         {"/ogc/collections/nothing/items/1", ""},
		"DELETE /ogc/collections/{id}":                                     {"/ogc/collections/nothing", ""},
		"GET /ogc/collections/{id}/items/{fid}/history":                    {"/ogc/collections/river/items/1/history", ""},
		"POST /ogc/collections/{id}/items/{fid}/history/{version}/restore": {"/ogc/collections/nothing/items/1/history/1/restore", ""},
		"POST /auth/session":                                               {"/auth/session", fmt.Sprintf(`{"token":%q}`, b.tokens[access.Viewer])},
		"DELETE /auth/session":                                             {"/auth/session", ""},
		"POST /auth/login":                                                 {"/auth/login", fmt.Sprintf(`{"name":%q,"password":%q}`, person, password)},
		"POST /auth/tokens":                                                {"/auth/tokens", `{"role":"viewer"}`},
		"DELETE /auth/tokens/{id}":                                         {"/auth/tokens/nobody's", ""},
		"POST /admin/users":                                                {"/admin/users", `{"name":"someone else","role":"viewer","password":"another long one"}`},
		"POST /ingest/readings":                                            {"/ingest/readings", `{"readings":[{"datastream":"60117200.level","time":"2026-07-18T00:00:00Z","value":2.5}]}`},
		"POST /ingest/rtus":                                                {"/ingest/rtus", `{"stations":[{"protocol":"sl651","address":"0012345678","station":"60117200","elements":{"39":"level"}}]}`},
		"DELETE /ingest/rtus/{protocol}/{address}":                         {"/ingest/rtus/sl651/nobody", ""},
		"POST /ingest/rtus/{protocol}/{address}/query":                     {"/ingest/rtus/sl651/nobody/query", "{}"},
		"POST /sensorthings/v1.1/*": {"/sensorthings/v1.1/Observations", `{"Datastream":{"@iot.id":` + b.stream("60117200.level") +
			`},"phenomenonTime":"2026-07-18T00:00:00Z","result":2.5}`},
		"GET /twin/things/{id}/rain":        {"/twin/things/station:60117200/rain?every=PT1H", ""},
		"POST /admin/corrections/{id}/undo": {"/admin/corrections/none/undo", ""},
		"POST /admin/corrections": {"/admin/corrections", `{"datastream":"60117200.level","from":"2026-07-18T00:00:00Z","to":"2026-07-19T00:00:00Z",` +
			`"shift":-0.12,"reason":"moved","preview":true}`},
		"POST /hydro/forecasts":             {"/hydro/forecasts", `{"title":"at noon"}`},
		"GET /hydro/forecasts/{id}":         {"/hydro/forecasts/latest", ""},
		"GET /hydro/forecasts/{id}/series":  {"/hydro/forecasts/latest/series?thing=station:60117200", ""},
		"GET /hydro/forecasts/{id}/at":      {"/hydro/forecasts/latest/at", ""},
		"POST /hydro/scenarios":             {"/hydro/scenarios", `{"title":"a gate fails","changes":[{"work":"work:NT-W10","fails":"shut"}]}`},
		"GET /hydro/scenarios/{id}":         {"/hydro/scenarios/" + b.scenario(), ""},
		"DELETE /hydro/scenarios/{id}":      {"/hydro/scenarios/1000", ""},
		"GET /hydro/scenarios/{id}/series":  {"/hydro/scenarios/" + b.scenario() + "/series?thing=station:60117200", ""},
		"GET /hydro/scenarios/{id}/at":      {"/hydro/scenarios/" + b.scenario() + "/at", ""},
		"GET /hydro/scenarios/{id}/compare": {"/hydro/scenarios/" + b.scenario() + "/compare", ""},
		"POST /hydro/rainfall":              {"/hydro/rainfall", `{"rainfall":[{"issued":"2026-07-18T00:00:00Z","source":"trial","first":"2026-07-18T00:00:00Z","interval_s":3600,"mm":[1,2]}]}`},
		"GET /alerts/{id}":                  {"/alerts/" + b.warning(), ""},
		"POST /alerts/{id}/ack":             {"/alerts/" + b.warning() + "/ack", `{"note":"seen"}`},
		"POST /alerts/rules":                {"/alerts/rules", aRule},
		"PUT /alerts/rules/{id}":            {"/alerts/rules/rain", aRule},
		"DELETE /alerts/rules/{id}":         {"/alerts/rules/nothing", ""},
		"POST /alerts/channels":             {"/alerts/channels", `{"kind":"mail","address":"duty@example.org"}`},
		"DELETE /alerts/channels/{id}":      {"/alerts/channels/1000", ""},
		"PATCH /admin/datastreams/{code}":   {"/admin/datastreams/60117200.level", `{"maximum":8.5,"stuck_after_s":null}`},
	}
}

// aRule is a rule of warnings.
const aRule = `{"id":"rain","kind":"above","thing_kind":"station","property":"rainfall","steps":[{"severity":"blue","value":50}],"enabled":true,` +
	`"title":{"zh":"暴雨","en":"Heavy rain"}}`

// warning is the number of a public warning, by the watch itself: its station stood above its warning level for a while.
func (b *site) warning() string {
	var id string
	ctx, find := context.Background(), `SELECT id::text FROM alert.alert WHERE thing = 'station:NT-S05' AND rule = 'level-high'`
	if b.db.QueryRow(ctx, find).Scan(&id) == nil {
		return id
	}
	var readings []twin.Reading
	for _, ago := range []time.Duration{20 * time.Minute, 0} {
		readings = append(readings, twin.Reading{Datastream: "NT-S05.level", Time: time.Now().Add(-ago), Value: "3.21"})
	}
	if _, err := b.writer.Append(ctx, access.Principal{ID: "test", Role: access.System}, readings); err != nil {
		return err.Error()
	}
	if err := b.watch.All(ctx, time.Now()); err != nil {
		return err.Error()
	}
	if err := b.db.QueryRow(ctx, find).Scan(&id); err != nil {
		return err.Error()
	}
	return id
}

// scenario is the number of a scenario that is done, as soon as there is a forecast to begin from.
func (b *site) scenario() string {
	var id string
	ctx, find := context.Background(), `SELECT id::text FROM hydro.run WHERE kind = 'scenario' AND state = 'done' AND title = 'done'`
	if b.db.QueryRow(ctx, find).Scan(&id) == nil {
		return id
	}
	_, err := b.scenarios.Ask(ctx, access.Principal{ID: "test", Role: access.System}, hydro.ScenarioAsked{Title: "done", Hours: 1})
	for err == nil && b.db.QueryRow(ctx, find).Scan(&id) != nil {
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil {
		return "latest"
	}
	return id
}

// stream is the number of a datastream.
func (b *site) stream(code string) string {
	var id string
	if err := b.db.QueryRow(context.Background(), `SELECT id::text FROM twin.datastream WHERE code = $1`, code).Scan(&id); err != nil {
		return err.Error()
	}
	return id
}

// first is the gid of a thing of that kind.
func (b *site) first(kind string) string {
	var gid string
	if err := b.db.QueryRow(context.Background(), `SELECT min(gid)::text FROM twin.thing WHERE kind = $1`, kind).Scan(&gid); err != nil {
		return err.Error()
	}
	return gid
}

// request is the path and the body with which a route is tried; an empty path where nobody knows one.
func (b *site) request(r access.Route) (path, body string) {
	g := b.given()[r.Method+" "+r.Path]
	if g.path == "" {
		return r.Example, r.Body
	}
	return g.path, g.body
}

const matrixFile = "testdata/matrix.txt"

// readMatrix reads who may do what: a line for each route with a word for each role of the first line.
func readMatrix(t *testing.T) map[string]map[access.Role]bool {
	t.Helper()
	text, err := os.ReadFile(matrixFile)
	if err != nil {
		t.Fatal(err)
	}
	var roles []string
	matrix := map[string]map[access.Role]bool{}
	for i, line := range strings.Split(strings.TrimRight(string(text), "\n"), "\n") {
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || words[0] == "#":
			continue
		case roles == nil:
			roles = words[2:]
			continue
		case len(words) != 2+len(roles):
			t.Fatalf("%s, line %d: %d words", matrixFile, i+1, len(words))
		}
		route, row := words[0]+" "+words[1], map[access.Role]bool{}
		if matrix[route] != nil {
			t.Errorf("%s, line %d: %s is there twice", matrixFile, i+1, route)
		}
		for j, role := range roles {
			if word := words[2+j]; word != "yes" && word != "-" {
				t.Errorf("%s, line %d: %s is neither yes nor -", matrixFile, i+1, word)
			}
			row[access.Role(role)] = words[2+j] == "yes"
		}
		matrix[route] = row
	}
	var all []string
	for _, role := range access.Roles() {
		all = append(all, string(role))
	}
	if diff := cmp.Diff(all, roles); diff != "" {
		t.Fatalf("the roles of %s: %s", matrixFile, diff)
	}
	return matrix
}

// TestMatrix tries every route in every role, and finds routes without a row and rows without a route.
func TestMatrix(t *testing.T) {
	b, matrix := newSite(t), readMatrix(t)
	b.observe(t, "rainfall_hour")
	known := map[string]bool{}
	for _, r := range b.api.Routes() {
		name := r.Method + " " + r.Path
		known[name] = true
		row, ok := matrix[name]
		if !ok {
			t.Errorf("%s has no row in %s", name, matrixFile)
			continue
		}
		path, body := b.request(r)
		if path == "" {
			t.Errorf("%s has neither an example nor a path in this test", name)
			continue
		}
		for _, role := range access.Roles() {
			var sent io.Reader
			if body != "" {
				sent = strings.NewReader(body)
			}
			a := b.ask(t, role, r.Method, path, sent, nil)
			denied := http.StatusForbidden
			if role == access.Anonymous {
				denied = http.StatusUnauthorized
			}
			switch {
			case a.status >= http.StatusInternalServerError:
				t.Errorf("%s as %s: %d %s", name, role, a.status, a.body)
			case !row[role] && a.status != denied:
				t.Errorf("%s as %s: %d instead of %d", name, role, a.status, denied)
			case row[role] && r.Method == http.MethodGet && a.status != http.StatusOK:
				t.Errorf("%s as %s: %d %s", path, role, a.status, a.body)
			case row[role] && a.status >= 300 && a.status != http.StatusNotFound && a.status != http.StatusConflict:
				t.Errorf("%s as %s: %d %s", name, role, a.status, a.body)
			}
			if a.status >= 400 && !a.problem() {
				t.Errorf("%s as %s: %d is no problem but %s", name, role, a.status, a.media)
			}
		}
	}
	for name := range matrix {
		if !known[name] {
			t.Errorf("%s has a row in %s, but there is no such route", name, matrixFile)
		}
	}
	if e, ok := b.http.Handler.(*echo.Echo); !ok {
		t.Errorf("the server's routes cannot be listed: %T", b.http.Handler)
	} else {
		for _, r := range e.Routes() {
			method := r.Method
			if method == http.MethodHead { // a HEAD goes with every GET, by the same rules
				method = http.MethodGet
			}
			name := method + " " + regexp.MustCompile(`:(\w+)`).ReplaceAllString(r.Path, "{$1}")
			if !known[name] && name != "GET /*" && r.Method != echo.RouteNotFound { // the files of the browser client
				t.Errorf("%s is served but not described", name)
			}
		}
	}
	for name := range b.given() {
		if !known[name] {
			t.Errorf("this test knows a path of %s, but there is no such route", name)
		}
	}
}

// TestUnknownParameters tries a parameter that no route has.
func TestUnknownParameters(t *testing.T) {
	b := newSite(t)
	for _, r := range b.api.Routes() {
		if r.Method != http.MethodGet || slices.ContainsFunc(r.Params, func(p access.Param) bool { return p.Name == "*" }) {
			continue
		}
		path, _ := b.request(r)
		join := "?"
		if strings.Contains(path, "?") {
			join = "&"
		}
		if a := b.ask(t, r.Roles[len(r.Roles)-1], r.Method, path+join+"nonsense=1", nil, nil); a.status != http.StatusBadRequest || !a.problem() {
			t.Errorf("%s with a parameter nonsense: %d %s", path, a.status, a.media)
		}
	}
}

// pack compresses text.
func pack(t *testing.T, encoding string, text []byte) string {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&b)
	if encoding == "zstd" {
		z, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		w = z
	}
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestBadBodies sends what nobody should send.
func TestBadBodies(t *testing.T) {
	b := newSite(t)
	const good = `{"readings":[{"datastream":"60117200.level","time":"2026-07-18T00:00:00Z","value":2.5}]}`
	long := `{"datastream":"60117200.level","time":"2026-07-18T00:00:00Z","value":2.5}` + strings.Repeat(" ", 1000) + ","
	huge := `{"readings":[` + strings.Repeat(long, 17<<10) + `{}]}`
	zeros, spaces := make([]byte, 100<<20), bytes.Repeat([]byte(" "), 100<<20)
	bomb := slices.Concat([]byte(`{"readings":[`), spaces, []byte(`]}`))
	ingest := "/ingest/readings"
	for _, step := range []struct {
		name, path, body, media, encoding string
		want                              int
	}{
		{"good", ingest, good, "application/json", "", 200},
		{"good, packed by gzip", ingest, pack(t, "gzip", []byte(good)), "application/json", "gzip", 200},
		{"good, packed by zstd", ingest, pack(t, "zstd", []byte(good)), "application/json", "zstd", 200},
		{"17 MiB", ingest, huge, "application/json", "", 413},
		{"17 MiB of spaces", ingest, strings.Repeat(" ", 17<<20), "application/json", "", 413},
		{"gzip bomb of zeros", ingest, pack(t, "gzip", zeros), "application/json", "gzip", 400},
		{"zstd bomb of zeros", ingest, pack(t, "zstd", zeros), "application/json", "zstd", 400},
		{"gzip bomb of JSON", ingest, pack(t, "gzip", bomb), "application/json", "gzip", 413},
		{"zstd bomb of JSON", ingest, pack(t, "zstd", bomb), "application/json", "zstd", 413},
		{"gzip bomb of lines", ingest, pack(t, "gzip", bytes.Repeat([]byte("\n"), 100<<20)), "application/x-ndjson", "gzip", 413},
		{"gzip bomb of one line", ingest, pack(t, "gzip", spaces), "application/x-ndjson", "gzip", 400},
		{"gzip that is none", ingest, good, "application/json", "gzip", 400},
		{"zstd that is none", ingest, good, "application/json", "zstd", 400},
		{"gzip cut short", ingest, pack(t, "gzip", []byte(good))[:40], "application/json", "gzip", 400},
		{"half of it", ingest, good[:40], "application/json", "", 400},
		{"100,001 readings", ingest, `{"readings":[` + strings.Repeat("{},", 100_000) + `{}]}`, "application/json", "", 400},
		{"empty", ingest, "", "application/json", "", 400},
		{"a list", ingest, "[]", "application/json", "", 400},
		{"something after it", ingest, good + "x", "application/json", "", 400},
		{"deeply nested", ingest, `{"readings":` + strings.Repeat("[", 1<<20), "application/json", "", 400},
		{"a form", ingest, good, "application/x-www-form-urlencoded", "", 415},
		{"text", ingest, good, "text/plain", "", 415},
		{"no media type at all", ingest, good, "nonsense;;", "", 415},
		{"brotli", ingest, good, "application/json", "br", 415},
		{"two codings", ingest, good, "application/json", "gzip, gzip", 415},
		{"a token of 2 MiB", "/auth/session", `{"token":"` + strings.Repeat("x", 2<<20) + `"}`, "application/json", "", 413},
		{"half of a token", "/auth/session", `{"token":`, "application/json", "", 400},
		{"a token and more", "/auth/session", `{"token":"","more":1}`, "application/json", "", 400},
		{"a token in a form", "/auth/session", `{"token":""}`, "text/plain", "", 415},
		{"a packed token", "/auth/session", pack(t, "gzip", []byte(`{"token":""}`)), "application/json", "gzip", 415},
	} {
		header := map[string]string{"Content-Type": step.media, "Content-Encoding": step.encoding}
		a := b.ask(t, access.Gateway, http.MethodPost, step.path, strings.NewReader(step.body), header)
		if a.status != step.want || (step.want >= 400) != a.problem() {
			t.Errorf("%s: %d %s %.200s, not %d", step.name, a.status, a.media, a.body, step.want)
		}
	}
	var held int
	if err := b.db.QueryRow(context.Background(), `SELECT count(*) FROM twin.reading`).Scan(&held); err != nil || held != 1 {
		t.Errorf("%d readings are held, %v", held, err)
	}
}
