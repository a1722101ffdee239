package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"basin/access"
	"basin/api"
	"basin/auth"
	"basin/geo"
	"basin/hydro"
	"basin/layer"
	"basin/postgis"
	"basin/postgis/postgistest"
	"basin/source"
	"basin/tiles"
	"basin/twin"
)

// mapBench is a running server over things of all classes, with a credential for each clearance.
type mapBench struct {
	url    string
	db     *postgis.DB
	dir    string // where temporary files of exports are made
	tokens map[access.Class]string
	routes []access.Route
	plain  *http.Transport // asks for nothing that is compressed
}

// ofEach is how many stations of each class there are.
const ofEach = 12

func newMapBench(t testing.TB) mapBench {
	t.Helper()
	ctx, db, log := context.Background(), postgistest.New(t), slog.New(slog.DiscardHandler)
	err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		var things []twin.Thing
		for i, class := range access.Classes() {
			for j := range ofEach {
				things = append(things, twin.Thing{Kind: "station", Code: fmt.Sprintf("%s-%d", class, j), Class: class,
					Geometry: geo.Point(geo.Place{120.5 + 0.01*float64(j), 32 + 0.1*float64(i)})})
			}
		}
		things = append(things, twin.Thing{Kind: "road", Code: "R", Class: access.Public, Geometry: geo.Line([]geo.Place{{120.5, 32}, {120.6, 32}})})
		if _, err := twin.PutThings(ctx, tx, things); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `WITH s AS (INSERT INTO hydro.station (id, type, chainage_m) SELECT id, 'level', gid FROM twin.thing WHERE kind = 'station')
			INSERT INTO road.route (id, number, level, opened, ended) VALUES ('road:R', 'R', 'other', '2001-01-01', '2010-12-31')`); err != nil {
			return err
		}
		o := layer.OwnLayer{ID: "parks", Title: layer.Title{En: "Parks"}, Class: access.Internal,
			Columns: []layer.Column{{Name: "limit", Type: layer.TypeInteger}, {Name: "名称", Type: layer.TypeString}, {Name: "open", Type: layer.TypeBoolean},
				{Name: "seen", Type: layer.TypeTime}, {Name: "tags", Type: layer.TypeJSON}}}
		if err := layer.CreateOwn(ctx, tx, o); err != nil {
			return err
		}
		_, err := layer.PutOwn(ctx, tx, o, []layer.OwnFeature{{Geometry: geo.Point(geo.Place{120.5, 32}), Class: access.Internal,
			Values: map[string]any{"limit": 1, "名称": "园 & 林", "open": true, "seen": "2026-01-02T03:04:05.5Z", "tags": []any{"a"}}}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	users, layers := auth.New(db), layer.New(db)
	b := mapBench{db: db, dir: t.TempDir(), plain: &http.Transport{DisableCompression: true}, tokens: map[access.Class]string{access.Public: ""}}
	if b.tokens[access.Restricted], err = users.EnsureAdmin(ctx, ""); err != nil {
		t.Fatal(err)
	}
	admin, err := users.ByToken(ctx, b.tokens[access.Restricted])
	if err != nil {
		t.Fatal(err)
	}
	viewer, err := users.Issue(ctx, admin, auth.Grant{Role: access.Viewer}, "")
	if err != nil {
		t.Fatal(err)
	}
	b.tokens[access.Internal] = viewer.Token
	e := echo.New()
	made := tiles.New(db, log, layers, 64<<20)
	made.Tell(tiles.Live{Kinds: hydro.Watched(), Status: func(context.Context, string, access.Class) (map[int64]tiles.Status, error) { return nil, nil }}) // nothing reports here
	served := api.New(api.Config{DB: db, Feed: postgis.NewFeed(db, log), Auth: users, Layers: layers, Tiles: made, Log: log,
		Metrics: prometheus.NewRegistry(), Ready: func(context.Context) error { return nil }, Version: "test", Convert: source.Convert, Temporary: b.dir})
	served.Mount(e)
	b.routes = served.Routes()
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	t.Cleanup(b.plain.CloseIdleConnections)
	b.url = server.URL
	return b
}

// get asks as a reader of that clearance.
func (b mapBench) get(t *testing.T, at string, clearance access.Class, headers ...string) (*http.Response, []byte) {
	t.Helper()
	return b.ask(t, http.MethodGet, at, http.NoBody, clearance, headers...)
}

// ask asks in a method, with a body, as a reader of that clearance.
func (b mapBench) ask(t *testing.T, method, at string, body io.Reader, clearance access.Class, headers ...string) (*http.Response, []byte) {
	t.Helper()
	if !strings.HasPrefix(at, "http") {
		at = b.url + at
	}
	r, err := http.NewRequestWithContext(t.Context(), method, at, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if token := b.tokens[clearance]; token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := b.plain.RoundTrip(r)
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

// read asks and reads the answer, which must be good.
func read[T any](t *testing.T, b mapBench, at string, clearance access.Class) T {
	t.Helper()
	res, body := b.get(t, at, clearance)
	var out T
	if err := json.Unmarshal(body, &out); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %v %s", at, res.StatusCode, err, body)
	}
	return out
}

func href(links []api.Link, rel string) string {
	if i := slices.IndexFunc(links, func(l api.Link) bool { return l.Rel == rel }); i >= 0 {
		return links[i].Href
	}
	return ""
}

// TestOGCLinks follows every link from the landing page: each leads to what it says.
func TestOGCLinks(t *testing.T) {
	b := newMapBench(t)
	follow := func(links []api.Link) {
		for _, l := range links {
			res, body := b.get(t, l.Href, access.Internal)
			if got := strings.TrimSuffix(res.Header.Get("Content-Type"), "; charset=UTF-8"); res.StatusCode != http.StatusOK || got != l.Type {
				t.Errorf("%s %s: %d %q, want %q: %.200s", l.Rel, l.Href, res.StatusCode, got, l.Type, body)
			}
		}
	}
	landing := read[api.Landing](t, b, "/ogc", access.Internal)
	follow(landing.Links)
	all := read[api.Collections](t, b, href(landing.Links, "data"), access.Internal)
	follow(all.Links)
	if len(all.Collections) != 14 {
		t.Errorf("%d collections", len(all.Collections))
	}
	for _, c := range all.Collections {
		follow(c.Links)
		if one := read[api.Collection](t, b, href(c.Links, "self"), access.Internal); !cmp.Equal(one, c) {
			t.Error(cmp.Diff(one, c))
		}
	}
	if all := read[api.Collections](t, b, "/ogc/collections?f=json", access.Public); len(all.Collections) != 13 {
		t.Errorf("the public sees %d collections", len(all.Collections))
	}
}

// TestOGCItems pages through the features for each clearance, and asks by everything that the queryables name.
func TestOGCItems(t *testing.T) {
	b := newMapBench(t)
	for i, clearance := range access.Classes() {
		want := int64((i + 1) * ofEach)
		seen := map[int64]bool{}
		for at := "/ogc/collections/station/items?f=json&limit=5"; at != ""; {
			page := read[api.FeaturePage](t, b, at, clearance)
			if first := len(seen) == 0; first && (page.NumberMatched == nil || *page.NumberMatched != want) || page.NumberReturned != len(page.Features) {
				t.Errorf("%s: matched %v, returned %d of %d", clearance, page.NumberMatched, page.NumberReturned, len(page.Features))
			}
			for _, raw := range page.Features {
				var f api.FeatureItem
				if err := json.Unmarshal(raw, &f); err != nil || seen[f.ID] {
					t.Errorf("%d twice, or %v", f.ID, err)
				}
				seen[f.ID] = true
			}
			at = href(page.Links, "next")
		}
		if int64(len(seen)) != want {
			t.Errorf("%s: %d features", clearance, len(seen))
		}
		box := read[api.Collection](t, b, "/ogc/collections/station", clearance).Extent.Spatial.BBox[0]
		if diff := cmp.Diff([4]float64{120.5, 32, 120.61, 32 + 0.1*float64(i)}, box); diff != "" {
			t.Errorf("%s: %s", clearance, diff)
		}
	}
	for _, id := range []string{"station", "parks"} {
		page := read[api.FeaturePage](t, b, "/ogc/collections/"+id+"/items?limit=1", access.Internal)
		var f api.FeatureItem
		var values map[string]any
		if json.Unmarshal(page.Features[0], &f) != nil || json.Unmarshal(f.Properties, &values) != nil {
			t.Fatalf("%s", page.Features[0])
		}
		one := read[api.FeatureItem](t, b, fmt.Sprintf("/ogc/collections/%s/items/%d", id, f.ID), access.Internal)
		if href(one.Links, "collection") == "" || !bytes.Equal(one.Properties, f.Properties) {
			t.Errorf("%+v", one)
		}
		type schema struct{ Properties map[string]map[string]any }
		all := read[schema](t, b, "/ogc/collections/"+id+"/schema", access.Internal)
		for name := range values {
			if all.Properties[name] == nil {
				t.Errorf("%s: the schema lacks %s", id, name)
			}
		}
		asked := 0
		for name := range read[schema](t, b, "/ogc/collections/"+id+"/queryables", access.Internal).Properties {
			if v := values[name]; v != nil && reflect.TypeOf(v).Kind() != reflect.Slice { // lists are for filters only
				query := url.Values{name: {fmt.Sprint(v)}}.Encode()
				found := read[api.FeaturePage](t, b, "/ogc/collections/"+id+"/items?"+query, access.Internal)
				if found.NumberReturned == 0 {
					t.Errorf("%s: nothing by %s=%v", id, name, v)
				}
				asked++
			}
		}
		if asked < 5 {
			t.Errorf("%s: asked by %d properties", id, asked)
		}
	}
}

// TestOGCRefusals asks for what there is not and in ways that are not.
func TestOGCRefusals(t *testing.T) {
	b := newMapBench(t)
	for at, want := range map[string]int{
		"/ogc/collections/station/items?limit=1000000":                                                                      200,
		"/ogc/collections/station/items?bbox=120,31,121,33&datetime=2026-01-01/..":                                          200,
		"/ogc/collections/station/items?bbox-crs=http%3A%2F%2Fwww.opengis.net%2Fdef%2Fcrs%2FOGC%2F1.3%2FCRS84&bbox=1,2,3,4": 200,
		"/ogc/collections/road/items?datetime=2001-01-01T00:00:00Z":                                                         200,
		"/ogc/collections/station/items?limit=0":                                                                            400,
		"/ogc/collections/station/items?limit=-1":                                                                           400,
		"/ogc/collections/station/items?limit=many":                                                                         400,
		"/ogc/collections/station/items?bbox=1,2,3":                                                                         400,
		"/ogc/collections/station/items?bbox-crs=EPSG:2000":                                                                 400,
		"/ogc/collections/station/items?datetime=soon":                                                                      400,
		"/ogc/collections/station/items?datetime=2002-01-01/2001-01-01":                                                     400,
		"/ogc/collections/station/items?class=public":                                                                       400,
		"/ogc/collections/station/items?geom=x":                                                                             400,
		"/ogc/collections/station/items?chainage_m=x":                                                                       400,
		"/ogc/collections/station/items?type=level&type=tide":                                                               400,
		"/ogc/collections/station/items?type=a%00":                                                                          400,
		"/ogc/collections/station/items?type=%ff":                                                                           400,
		"/ogc/collections/station/items?f=html":                                                                             400,
		"/ogc/collections/station?x=1":                                                                                      400,
		"/ogc/collections/nope":                                                                                             404,
		"/ogc/collections/parks":                                                                                            404,
		"/ogc/collections/parks/items":                                                                                      404,
		"/ogc/collections/station/items/0":                                                                                  404,
		"/ogc/collections/station/items/x":                                                                                  404,
		"/tiles/river":                                                                                                      404,
		"/tiles/nope.json":                                                                                                  404,
		"/tiles/parks/9/427/207.mvt":                                                                                        404,
		"/tiles/river/9/427/207":                                                                                            404,
		"/tiles/river/9/427/x.mvt":                                                                                          400,
		"/tiles/river/9/512/0.mvt":                                                                                          400,
		"/tiles/river/23/0/0.mvt":                                                                                           400,
		"/tiles/river/9/0/0.mvt":                                                                                            204,
	} {
		res, body := b.get(t, at, access.Public)
		if res.StatusCode != want {
			t.Errorf("%s: %d, want %d: %.300s", at, res.StatusCode, want, body)
		}
	}
	for at, want := range map[string]int{"2005-06-01": 1, "2010-12-31T23:00:00Z": 1, "../2000-01-01": 0, "2011-01-01/..": 0, "/2001-01-01": 1,
		"2010-01-01T00:00:00%2B08:00/2020-01-01": 1} {
		if page := read[api.FeaturePage](t, b, "/ogc/collections/road/items?datetime="+at, access.Public); page.NumberReturned != want {
			t.Errorf("%s: %d", at, page.NumberReturned)
		}
	}
}
