package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/api"
	"basin/auth"
	"basin/geo"
	"basin/layer"
	"basin/postgis"
)

// editBench is a server with a layer of plots and somebody of each role that matters.
type editBench struct {
	mapBench
	roles map[access.Role]string
}

const square = `{"type":"Polygon","coordinates":[[[120,32],[120.1,32],[120.1,32.1],[120,32.1],[120,32]]]}`

func newEditBench(t *testing.T) editBench {
	t.Helper()
	b := editBench{mapBench: newMapBench(t), roles: map[access.Role]string{access.Anonymous: ""}}
	users := auth.New(b.db)
	admin, err := users.ByToken(t.Context(), b.tokens[access.Restricted])
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range []access.Role{access.Planner, access.Viewer, access.Operator, access.System} {
		issued, err := users.Issue(t.Context(), access.Principal{ID: admin.ID, Role: access.Security}, auth.Grant{Role: role}, "test")
		if err != nil {
			t.Fatal(err)
		}
		b.roles[role] = issued.Token
	}
	o := layer.OwnLayer{ID: "plots", Title: layer.Title{En: "Plots"}, Class: access.Internal, GeometryType: "polygon", Columns: []layer.Column{
		{Name: "name", Type: layer.TypeString}, {Name: "n", Type: layer.TypeInteger}, {Name: "size", Type: layer.TypeNumber}, {Name: "open", Type: layer.TypeBoolean},
		{Name: "day", Type: layer.TypeDate}, {Name: "seen", Type: layer.TypeTime}, {Name: "tags", Type: layer.TypeJSON}}}
	if err := pgx.BeginFunc(t.Context(), b.db, func(tx pgx.Tx) error {
		if err := layer.CreateOwn(t.Context(), tx, o); err != nil {
			return err
		}
		ring := []geo.Place{{120, 32}, {120.1, 32}, {120.1, 32.1}}
		_, err := layer.PutOwn(t.Context(), tx, o, []layer.OwnFeature{
			{Index: 0, Code: "a", Class: access.Internal, Geometry: geo.Polygon(ring), Values: map[string]any{"name": "甲", "n": json.Number("9007199254740993"), "tags": map[string]any{"x": 1.0, "y": 2.0}}},
			{Index: 1, Code: "b", Class: access.Restricted, Geometry: geo.Polygon(ring), Values: map[string]any{"name": "secret"}}})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return b
}

// reply is what an edit was answered with.
type reply struct {
	*http.Response
	body    []byte
	feature api.FeatureItem
	values  map[string]any
	code    string // of the problem
}

// send sends a request in a role.
func (b editBench) send(t *testing.T, role access.Role, method, path, body string, headers ...string) reply {
	t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = b.url + "/ogc/collections/" + path
	}
	r, err := http.NewRequestWithContext(context.Background(), method, path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token := b.roles[role]; token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	switch method {
	case http.MethodPost, http.MethodPut:
		r.Header.Set("Content-Type", "application/geo+json")
	case http.MethodPatch:
		r.Header.Set("Content-Type", "application/merge-patch+json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	out := reply{Response: res}
	if out.body, err = io.ReadAll(res.Body); err != nil {
		t.Fatal(err)
	}
	var p api.Problem
	if res.StatusCode >= http.StatusBadRequest {
		_ = json.Unmarshal(out.body, &p)
		out.code = strings.TrimPrefix(p.Type, "urn:basin:problem:")
	} else if json.Unmarshal(out.body, &out.feature) == nil {
		d := json.NewDecoder(bytes.NewReader(out.feature.Properties))
		d.UseNumber()
		_ = d.Decode(&out.values)
	}
	return out
}

// want fails unless a request is answered so.
func (r reply) want(t *testing.T, what string, status int) reply {
	t.Helper()
	if r.StatusCode != status {
		t.Fatalf("%s: %d, want %d: %s", what, r.StatusCode, status, r.body)
	}
	return r
}

// TestEditAsQGIS sends what QGIS sends when editing is switched on and a feature is drawn, changed, moved and deleted.
func TestEditAsQGIS(t *testing.T) {
	b := newEditBench(t)
	feed := postgis.NewFeed(b.db, nil)
	head, err := feed.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := b.send(t, access.Planner, http.MethodOptions, "plots/items", "").want(t, "options", http.StatusNoContent).Header.Get("Allow"); got != "GET, HEAD, OPTIONS, POST" {
		t.Error(got)
	}
	for _, fid := range []string{"1", "unknown_id"} {
		if got := b.send(t, access.Planner, http.MethodOptions, "plots/items/"+fid, "").Header.Get("Allow"); got != "GET, HEAD, OPTIONS, PUT, PATCH, DELETE" {
			t.Error(got)
		}
	}
	for at, role := range map[string]access.Role{"plots/items": access.Viewer, "station/items": access.System, "station/items/1": access.System} {
		if got := b.send(t, role, http.MethodOptions, at, "").Header.Get("Allow"); got != "GET, HEAD, OPTIONS" {
			t.Errorf("%s: %s", at, got)
		}
	}
	made := b.send(t, access.Planner, http.MethodPost, "plots/items", `{"geometry":`+square+`,"properties":{"accuracy_m":null,"code":null,"dataset":null,"day":"2026-07-18",
		"geometry_status":null,"id":null,"n":9007199254740993,"name":"新","open":true,"seen":"2026-07-18T08:00:00+08:00","size":0.1,"source":null,"source_index":null,"tags":["a",{"b":1}]},
		"type":"Feature"}`).want(t, "create", http.StatusCreated)
	at := made.Header.Get("Location")
	if i := strings.LastIndex(at, "/items/"); i < 0 || at[i+7:] != fmt.Sprint(made.feature.ID) {
		t.Errorf("Location %s of %d", at, made.feature.ID)
	}
	read := b.send(t, access.Planner, http.MethodGet, at, "").want(t, "read", http.StatusOK)
	if read.Header.Get("ETag") == "" || read.Header.Get("ETag") != made.Header.Get("ETag") || !bytes.Equal(read.feature.Properties, made.feature.Properties) {
		t.Errorf("%v\n%v", read.Header, made.Header)
	}
	if v := read.values; v["name"] != "新" || v["n"] != json.Number("9007199254740993") || v["size"] != json.Number("0.1") || v["seen"] != "2026-07-18T00:00:00+00:00" ||
		fmt.Sprint(v["tags"]) != "[a map[b:1]]" || v["geometry_status"] != "unknown" || v["id"] != fmt.Sprintf("plots:edit-%d", made.feature.ID) {
		t.Errorf("%v", v)
	}
	moved := b.send(t, access.Planner, http.MethodPatch, at, `{"geometry":`+strings.ReplaceAll(square, "120.1", "120.2")+`}`).want(t, "move", http.StatusOK)
	if !strings.Contains(string(moved.feature.Geometry), "120.2") || moved.values["name"] != "新" || moved.Header.Get("ETag") == made.Header.Get("ETag") {
		t.Errorf("%s", moved.body)
	}
	changed := b.send(t, access.Planner, http.MethodPatch, at, `{"properties":{"name":null,"size":2,"tags":{"k":1}}}`).want(t, "change", http.StatusOK)
	if v := changed.values; v["name"] != nil || v["size"] != json.Number("2") || v["n"] != json.Number("9007199254740993") || !bytes.Equal(changed.feature.Geometry, moved.feature.Geometry) {
		t.Errorf("%s", changed.body)
	}
	merged := b.send(t, access.Planner, http.MethodPatch, at, `{"properties":{"tags":{"l":2,"k":null}}}`).want(t, "merge", http.StatusOK)
	if fmt.Sprint(merged.values["tags"]) != "map[l:2]" {
		t.Errorf("%s", merged.body)
	}
	replaced := b.send(t, access.Planner, http.MethodPut, at, fmt.Sprintf(`{"type":"Feature","id":%d,"geometry":null,"properties":{"name":"whole","code":"edit-%d"}}`, made.feature.ID, made.feature.ID)).
		want(t, "replace", http.StatusOK)
	if v := replaced.values; v["name"] != "whole" || v["n"] != nil || v["code"] != fmt.Sprintf("edit-%d", made.feature.ID) || string(replaced.feature.Geometry) != "null" {
		t.Errorf("%s", replaced.body)
	}
	b.send(t, access.Planner, http.MethodDelete, at, "").want(t, "delete", http.StatusNoContent)
	b.send(t, access.Planner, http.MethodGet, at, "").want(t, "read what is deleted", http.StatusNotFound)
	b.send(t, access.Planner, http.MethodDelete, at, "").want(t, "delete again", http.StatusNotFound)

	events, _, err := feed.Since(t.Context(), head, 100)
	if err != nil || len(events) != 6 || events[0].Topic != layer.TopicTiles || events[0].Key != "plots" {
		t.Errorf("the feed tells %v, %v", events, err)
	}
	var audited string
	if err := b.db.QueryRow(t.Context(), `SELECT string_agg(action || ' ' || object || ' ' || role, ', ' ORDER BY id) FROM auth.audit WHERE action LIKE 'feature.%'`).Scan(&audited); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, op := range []string{"create", "update", "update", "update", "replace", "delete"} {
		want = append(want, fmt.Sprintf("feature.%s plots/%d planner", op, made.feature.ID))
	}
	if audited != strings.Join(want, ", ") {
		t.Error(audited)
	}
}

// TestEditRefusals sends what cannot be taken, and looks that nothing came of it.
func TestEditRefusals(t *testing.T) {
	b := newEditBench(t)
	f := func(geometry, properties string) string {
		return `{"type":"Feature","geometry":` + geometry + `,"properties":` + properties + `}`
	}
	before := b.send(t, access.System, http.MethodGet, "plots/items", "").body
	for _, step := range []struct {
		role               access.Role
		method, path, body string
		headers            []string
		status             int
		code               string
	}{
		{access.Anonymous, "POST", "plots/items", f("null", "{}"), nil, 401, "sign-in-needed"},
		{access.Viewer, "POST", "plots/items", f("null", "{}"), nil, 403, "role-not-allowed"},
		{access.Operator, "DELETE", "plots/items/1", "", nil, 403, "role-not-allowed"},
		{access.Planner, "POST", "station/items", f("null", "{}"), nil, 405, "layer-read-only"},
		{access.System, "PATCH", "station/items/1", "{}", nil, 405, "layer-read-only"},
		{access.System, "DELETE", "station/items/1", "", nil, 405, "layer-read-only"},
		{access.Planner, "POST", "nope/items", f("null", "{}"), nil, 404, "unknown-layer"},
		{access.Planner, "PUT", "plots/items/99", f("null", "{}"), nil, 404, "unknown-feature"},
		{access.Planner, "PATCH", "plots/items/x", "{}", nil, 404, "unknown-feature"},
		{access.Planner, "PATCH", "plots/items/2", `{"properties":{"name":"x"}}`, nil, 404, "unknown-feature"},
		{access.Planner, "DELETE", "plots/items/2", "", nil, 404, "unknown-feature"},
		{access.Planner, "POST", "plots/items", f("null", "{}"), []string{"Content-Type", "text/plain"}, 415, "unsupported-media-type"},
		{access.Planner, "PATCH", "plots/items/1", "{}", []string{"Content-Type", "application/geo+json"}, 415, "unsupported-media-type"},
		{access.Planner, "POST", "plots/items", f("null", "{}"), []string{"Content-Crs", "<http://www.opengis.net/def/crs/EPSG/0/4214>"}, 400, "crs-not-served"},
		{access.Planner, "PATCH", "plots/items/1?crs=EPSG:4214", "{}", nil, 400, "crs-not-served"},
		{access.Planner, "POST", "plots/items", "", nil, 400, "bad-feature"},
		{access.Planner, "POST", "plots/items", "[1]", nil, 400, "bad-feature"},
		{access.Planner, "POST", "plots/items", f("null", "{}") + "x", nil, 400, "bad-feature"},
		{access.Planner, "POST", "plots/items", `{"type":"Feature","properties":{}}`, nil, 400, "bad-feature"},
		{access.Planner, "POST", "plots/items", `{"type":"FeatureCollection","features":[]}`, nil, 400, "bad-feature"},
		{access.Planner, "POST", "plots/items", f("null", "3"), nil, 400, "bad-feature"},
		{access.Planner, "PUT", "plots/items/1", `{"type":"Feature","id":2,"geometry":null,"properties":{}}`, nil, 400, "bad-feature"},
		{access.Planner, "POST", "plots/items", f("null", `{"what":1}`), nil, 400, "unknown-column"},
		{access.Planner, "POST", "plots/items", f("null", `{"class":"public"}`), nil, 400, "unknown-column"},
		{access.Planner, "POST", "plots/items", f("null", `{"n":1.5}`), nil, 400, "bad-value"},
		{access.Planner, "POST", "plots/items", f("null", `{"n":"1"}`), nil, 400, "bad-value"},
		{access.Planner, "POST", "plots/items", f("null", `{"n":9223372036854775808}`), nil, 400, "bad-value"},
		{access.Planner, "POST", "plots/items", f("null", `{"size":1e999}`), nil, 400, "bad-value"},
		{access.Planner, "POST", "plots/items", f("null", `{"name":1}`), nil, 400, "bad-value"},
		{access.Planner, "POST", "plots/items", f("null", `{"open":"yes"}`), nil, 400, "bad-value"},
		{access.Planner, "POST", "plots/items", f("null", `{"day":"18.7.2026"}`), nil, 400, "bad-value"},
		{access.Planner, "POST", "plots/items", f("null", `{"seen":"2026-07-18T08:00:00"}`), nil, 400, "bad-value"},
		{access.Planner, "POST", "plots/items", f("null", `{"name":"a\u0000b"}`), nil, 400, "not-storable"},
		{access.Planner, "POST", "plots/items", f("null", `{"geometry_status":"guessed"}`), nil, 400, "not-storable"},
		{access.Planner, "PATCH", "plots/items/1", `{"properties":{"id":"plots:z"}}`, nil, 400, "assigned-property"},
		{access.Planner, "PATCH", "plots/items/1", `{"properties":3}`, nil, 400, "bad-feature"},
		{access.Planner, "PATCH", "plots/items/1", `3`, nil, 400, "bad-feature"},
		{access.Planner, "POST", "plots/items", f(`{"type":"Point","coordinates":[120,32]}`, "{}"), nil, 400, "wrong-geometry-type"},
		{access.Planner, "POST", "plots/items", f(`{"type":"Polygon","coordinates":[[[120,32],[121,33],[121,32],[120,33],[120,32]]]}`, "{}"), nil, 400, "geometry-invalid"},
		{access.Planner, "POST", "plots/items", f(`{"type":"Polygon","coordinates":[]}`, "{}"), nil, 400, ""},
		{access.Planner, "POST", "plots/items", f(`{"type":"Polygon","coordinates":[[[500000,32],[500001,32],[500001,33],[500000,32]]]}`, "{}"), nil, 400, "geometry-outside"},
		{access.Planner, "POST", "plots/items", f(`{"type":"Polygon","coordinates":[[[120,32],[121,32]]]}`, "{}"), nil, 400, ""},
		{access.Planner, "POST", "plots/items", f(`{"type":"Sphere"}`, "{}"), nil, 400, "bad-geometry"},
		{access.Planner, "POST", "plots/items", f(`{"type":"Polygon","coordinates":`+strings.Repeat("[", 5000)+`}`, "{}"), nil, 400, ""},
		{access.Planner, "POST", "plots/items", f("null", `{"name":"`+strings.Repeat("x", 5<<20)+`"}`), nil, 413, "too-large"},
		{access.Planner, "POST", "plots/items?class=restricted", f("null", "{}"), nil, 403, "class-above-you"},
		{access.Planner, "POST", "plots/items?class=public", f("null", "{}"), nil, 403, "class-lowered"},
		{access.Planner, "PATCH", "plots/items/1?class=public", "{}", nil, 403, "class-lowered"},
		{access.Planner, "PATCH", "plots/items/1?class=secret", "{}", nil, 400, "bad-parameter"},
		{access.Planner, "PATCH", "plots/items/1", "{}", []string{"If-Match", `"other"`}, 412, "changed-since"},
		{access.Planner, "DELETE", "plots/items/1", "", []string{"If-Match", `W/"other"`}, 412, "changed-since"},
		{access.Planner, "DELETE", "plots", "", nil, 403, "role-not-allowed"},
		{access.System, "DELETE", "station", "", nil, 405, "layer-read-only"},
		{access.System, "DELETE", "nope", "", nil, 404, "unknown-layer"},
		{access.Planner, "POST", "plots/items/1/history/1/restore", "", nil, 404, "unknown-change"},
		{access.Viewer, "GET", "plots/items/1/history", "", nil, 403, "role-not-allowed"},
	} {
		r := b.send(t, step.role, step.method, step.path, step.body, step.headers...)
		if r.StatusCode != step.status || (step.code != "" && r.code != step.code) || r.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s %s %.100s: %d %s, want %d %s: %.300s", step.role, step.method, step.path, step.body, r.StatusCode, r.code, step.status, step.code, r.body)
		}
		if r.StatusCode == http.StatusMethodNotAllowed && !strings.HasPrefix(r.Header.Get("Allow"), "GET, HEAD") {
			t.Errorf("%s %s: Allow %s", step.method, step.path, r.Header.Get("Allow"))
		}
	}
	after := b.send(t, access.System, http.MethodGet, "plots/items", "").body
	i, j := bytes.Index(before, []byte(`"features"`)), bytes.Index(after, []byte(`"features"`))
	if !bytes.Equal(before[i:], after[j:]) {
		t.Errorf("%s\nbecame\n%s", before, after)
	}
	var kept int
	if err := b.db.QueryRow(t.Context(), `SELECT count(*) FROM layer.history`).Scan(&kept); err != nil || kept != 0 {
		t.Errorf("%d changes are kept, %v", kept, err)
	}
}

// TestEditClass: a class is raised by planners up to what they see, lowered by system alone, and never lowered by a restore.
func TestEditClass(t *testing.T) {
	b := newEditBench(t)
	class := func() (c string) {
		if err := b.db.QueryRow(t.Context(), `SELECT class::text FROM own.plots WHERE gid = 1`).Scan(&c); err != nil {
			t.Fatal(err)
		}
		return c
	}
	b.send(t, access.System, http.MethodPatch, "plots/items/1?class=public", `{}`).want(t, "lower", http.StatusOK)
	b.send(t, access.Planner, http.MethodPatch, "plots/items/1?class=internal", `{}`).want(t, "raise", http.StatusOK)
	b.send(t, access.Planner, http.MethodPost, "plots/items/1/history/2/restore", ``).want(t, "restore what was public", http.StatusOK)
	if c := class(); c != "internal" {
		t.Errorf("a restore made it %s", c)
	}
	b.send(t, access.System, http.MethodPatch, "plots/items/1?class=restricted", `{}`).want(t, "hide", http.StatusOK)
	for _, r := range []reply{b.send(t, access.Planner, http.MethodGet, "plots/items/1", ""), b.send(t, access.Planner, http.MethodPost, "plots/items/1/history/1/restore", ""),
		b.send(t, access.Planner, http.MethodPut, "plots/items/1", `{"type":"Feature","geometry":null,"properties":{}}`)} {
		r.want(t, "what is hidden", http.StatusNotFound)
	}
	if r := b.send(t, access.Planner, http.MethodGet, "plots/items/1/history", "").want(t, "history", http.StatusOK); !strings.Contains(string(r.body), `"changes":[]`) {
		t.Errorf("%s", r.body)
	}
	b.send(t, access.System, http.MethodDelete, "plots/items/1", "").want(t, "delete", http.StatusNoContent)
	if r := b.send(t, access.Planner, http.MethodGet, "plots/items/1/history", ""); !strings.Contains(string(r.body), `"changes":[]`) {
		t.Errorf("%s", r.body)
	}
	b.send(t, access.Planner, http.MethodPost, "plots/items/1/history/1/restore", "").want(t, "bring back what was hidden", http.StatusNotFound)
}

// TestEditHistory undoes changes, brings back what was deleted, and what a load changed.
func TestEditHistory(t *testing.T) {
	b := newEditBench(t)
	first := b.send(t, access.Planner, http.MethodGet, "plots/items/1", "").want(t, "read", http.StatusOK)
	for i := range 3 {
		b.send(t, access.Planner, http.MethodPatch, "plots/items/1", fmt.Sprintf(`{"properties":{"name":"name %d"}}`, i)).want(t, "change", http.StatusOK)
	}
	b.send(t, access.Planner, http.MethodDelete, "plots/items/1", "").want(t, "delete", http.StatusNoContent)
	list := func(query string) api.FeatureHistory {
		var h api.FeatureHistory
		r := b.send(t, access.Planner, http.MethodGet, "plots/items/1/history"+query, "").want(t, "history", http.StatusOK)
		if err := json.Unmarshal(r.body, &h); err != nil {
			t.Fatal(err)
		}
		return h
	}
	h := list("")
	if len(h.Changes) != 4 || h.Changes[0].Operation != "delete" || h.Changes[3].Version != 1 || h.Changes[3].By == "" || !strings.Contains(string(*h.Changes[3].Before), "甲") {
		t.Fatalf("%+v", h)
	}
	if page := list("?limit=3"); len(page.Changes) != 3 || !strings.HasSuffix(page.Next, "before=2&limit=3") {
		t.Errorf("%+v", page)
	}
	back := b.send(t, access.Planner, http.MethodPost, "plots/items/1/history/4/restore", "").want(t, "bring back", http.StatusOK)
	if back.values["name"] != "name 2" || back.feature.ID != 1 {
		t.Errorf("%s", back.body)
	}
	undone := b.send(t, access.Planner, http.MethodPost, "plots/items/1/history/1/restore", "", "If-Match", back.Header.Get("ETag")).want(t, "undo", http.StatusOK)
	if !bytes.Equal(undone.feature.Properties, first.feature.Properties) || !bytes.Equal(undone.feature.Geometry, first.feature.Geometry) {
		t.Errorf("%s is not %s", undone.body, first.body)
	}
	if h := list(""); len(h.Changes) != 6 || h.Changes[0].Operation != "restore" || h.Changes[1].Before != nil {
		t.Errorf("%+v", h)
	}
	b.send(t, access.Planner, http.MethodPost, "plots/items/1/history/5/restore", "").want(t, "undo the bringing back", http.StatusConflict)
	b.send(t, access.Planner, http.MethodPost, "plots/items/1/history/6/restore", "", "If-Match", back.Header.Get("ETag")+"x").want(t, "restore another's", http.StatusPreconditionFailed)

	o := layer.OwnLayer{ID: "plots", Title: layer.Title{En: "Plots"}, Class: access.Internal, GeometryType: "polygon", Columns: []layer.Column{{Name: "name", Type: layer.TypeString}}}
	if err := pgx.BeginFunc(t.Context(), b.db, func(tx pgx.Tx) error {
		if err := layer.CreateOwn(t.Context(), tx, o); err != nil {
			return err
		}
		_, err := layer.PutOwn(t.Context(), tx, o, []layer.OwnFeature{{Index: 0, Code: "other", Class: access.Internal}})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	h = list("")
	if h.Changes[0].Operation != "load" || h.Changes[0].By != "load" || !strings.Contains(string(*h.Changes[0].Before), "甲") {
		t.Errorf("%+v", h.Changes[0])
	}
	b.send(t, access.Planner, http.MethodPost, fmt.Sprintf("plots/items/1/history/%d/restore", h.Changes[0].Version), "").want(t, "bring back what a load removed", http.StatusOK)
}

// TestEditTogether has many edit the same version at once: one of them wins, and the others are told.
func TestEditTogether(t *testing.T) {
	b := newEditBench(t)
	tag := b.send(t, access.Planner, http.MethodGet, "plots/items/1", "").Header.Get("ETag")
	var mu sync.Mutex
	seen := map[int]int{}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			r := b.send(t, access.Planner, http.MethodPatch, "plots/items/1", fmt.Sprintf(`{"properties":{"name":"by %d"}}`, i), "If-Match", tag)
			mu.Lock()
			defer mu.Unlock()
			seen[r.StatusCode]++
		})
	}
	all.Wait()
	if seen[http.StatusOK] != 1 || seen[http.StatusPreconditionFailed] != 7 {
		t.Errorf("%v", seen)
	}
	if r := b.send(t, access.Planner, http.MethodGet, "plots/items/1", "", "If-None-Match", tag); r.StatusCode != http.StatusOK {
		t.Errorf("%d", r.StatusCode)
	}
	tag = b.send(t, access.Planner, http.MethodGet, "plots/items/1", "").Header.Get("ETag")
	b.send(t, access.Planner, http.MethodGet, "plots/items/1", "", "If-None-Match", tag).want(t, "the same", http.StatusNotModified)
	for range 8 { // without a precondition the last one wins, and every change has its number
		all.Go(func() {
			b.send(t, access.Planner, http.MethodPatch, "plots/items/1", `{"properties":{"n":1}}`)
		})
	}
	all.Wait()
	var n, highest int
	if err := b.db.QueryRow(t.Context(), `SELECT count(*), max(version) FROM layer.history WHERE gid = 1`).Scan(&n, &highest); err != nil || n != 9 || highest != 9 {
		t.Errorf("%d changes up to %d, %v", n, highest, err)
	}
}

// TestDropLayer deletes a layer with all that belongs to it.
func TestDropLayer(t *testing.T) {
	b := newEditBench(t)
	b.send(t, access.Planner, http.MethodPatch, "plots/items/1", `{"properties":{"n":1}}`).want(t, "change", http.StatusOK)
	b.send(t, access.System, http.MethodDelete, "plots", "").want(t, "delete", http.StatusNoContent)
	b.send(t, access.System, http.MethodGet, "plots", "").want(t, "read", http.StatusNotFound)
	b.send(t, access.System, http.MethodPost, "plots/items", `{"type":"Feature","geometry":null,"properties":{}}`).want(t, "add", http.StatusNotFound)
	var left int
	if err := b.db.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM layer.history) + (SELECT count(*) FROM layer.layer WHERE id = 'plots')
		+ (to_regclass('own.plots') IS NOT NULL)::int`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d are left, %v", left, err)
	}
	var audited bool
	if err := b.db.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM auth.audit WHERE action = 'layer.delete' AND object = 'plots')`).Scan(&audited); err != nil || !audited {
		t.Errorf("%v %v", audited, err)
	}
}

// TestEditable says who may edit which layer, and what its features take.
func TestEditable(t *testing.T) {
	b := newEditBench(t)
	for role, want := range map[access.Role]bool{access.Planner: true, access.System: true, access.Viewer: false} {
		var all api.Collections
		if err := json.Unmarshal(b.send(t, role, http.MethodGet, b.url+"/ogc/collections", "").body, &all); err != nil {
			t.Fatal(err)
		}
		for _, one := range all.Collections {
			if one.Editable != (want && (one.ID == "plots" || one.ID == "parks")) {
				t.Errorf("%s may edit %s: %t", role, one.ID, one.Editable)
			}
		}
	}
	var schema struct{ Properties map[string]map[string]any }
	if err := json.Unmarshal(b.send(t, access.Planner, http.MethodGet, "plots/schema", "").body, &schema); err != nil {
		t.Fatal(err)
	}
	if p := schema.Properties; p["geometry"]["format"] != "geometry-polygon-or-multipolygon" || p["accuracy_m"]["minimum"] != 0.0 || p["code"]["readOnly"] != true {
		t.Errorf("%v", p)
	}
	statuses, _ := schema.Properties["geometry_status"]["enum"].([]any)
	if len(statuses) != len(layer.GeometryStatuses()) {
		t.Errorf("%v", statuses)
	}
	for _, status := range statuses {
		b.send(t, access.Planner, http.MethodPatch, "plots/items/1", fmt.Sprintf(`{"properties":{"geometry_status":%q}}`, status)).want(t, fmt.Sprint(status), http.StatusOK)
	}
	b.send(t, access.Planner, http.MethodPatch, "plots/items/1", `{"properties":{"geometry_status":"guessed"}}`).want(t, "a status that is none", http.StatusBadRequest)
	var past api.FeatureHistory
	if err := json.Unmarshal(b.send(t, access.Planner, http.MethodGet, "plots/items/1/history", "").body, &past); err != nil || len(past.Changes) == 0 ||
		!strings.HasPrefix(past.Changes[0].ByName, "planner-") {
		t.Errorf("%+v, %v", past, err)
	}
}

// TestStatsWithin measures what lies within a drawn area, of what the reader may see.
func TestStatsWithin(t *testing.T) {
	b := newEditBench(t)
	ask := func(role access.Role, query, geometry string) reply {
		return b.send(t, role, http.MethodPost, "plots/stats"+query, `{"within":`+geometry+`}`, "Content-Type", "application/json")
	}
	half := strings.ReplaceAll(square, "120.1", "120.05") // the plots are triangles: a quarter of each lies within
	whole := ask(access.System, "", square).want(t, "whole", http.StatusOK)
	for role, want := range map[access.Role]string{access.Planner: "1", access.System: "2"} {
		var all, part api.Stats
		if err := json.Unmarshal(ask(role, "", square).body, &all); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(ask(role, "?property=n", half).body, &part); err != nil {
			t.Fatal(err)
		}
		a, p := all.Groups[0], part.Groups[0]
		if fmt.Sprint(a.Count) != want || p.Count != a.Count || p.AreaM2 < a.AreaM2*0.24 || p.AreaM2 > a.AreaM2*0.26 || p.Sum == nil {
			t.Errorf("%s: %+v, a half %+v", role, a, p)
		}
	}
	if r := ask(access.Planner, "?filter=name%3D%27nobody%27", square).want(t, "filtered", http.StatusOK); !strings.Contains(string(r.body), `"count":0`) {
		t.Errorf("%s", r.body)
	}
	if r := ask(access.Planner, "?filter=name%3D%27%E7%94%B2%27", square).want(t, "filtered", http.StatusOK); !strings.Contains(string(r.body), `"count":1`) {
		t.Errorf("%s, of %s", r.body, whole.body)
	}
	long := strings.Repeat("[120,32],", 250_000)
	for geometry, want := range map[string]string{
		`{"type":"Point","coordinates":[120,32]}`: "bad-geometry", `null`: "bad-geometry", `{"type":"Polygon","coordinates":[]}`: "bad-geometry",
		`{"type":"Polygon","coordinates":[[[120,32],[120.1,32.1],[120.1,32],[120,32.1],[120,32]]]}`: "geometry-invalid",
		`{"type":"Polygon","coordinates":[[[120,32],[190,32],[190,33],[120,32]]]}`:                  "geometry-outside",
		`{"type":"Polygon","coordinates":[[` + long + `[120,32]]]}`:                                 "too-large",
	} {
		if r := ask(access.Planner, "", geometry); r.code != want {
			t.Errorf("%.80s: %d %s, want %s", geometry, r.StatusCode, r.body, want)
		}
	}
}
