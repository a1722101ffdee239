package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"

	"basin/access"
	"basin/api"
	"basin/cql2"
	"basin/fault"
	"basin/layer"
)

// vector is a file of the shared vectors of CQL2.
func vector(t *testing.T, name string) string {
	t.Helper()
	return shared(t, "../vectors/cql2/"+name)
}

// newEarth is a database with the data of the abstract tests of CQL2 as layers of one's own.
func newEarth(t *testing.T) (*bench, *layer.Store) {
	t.Helper()
	file := vector(t, "data/ne110m4cql2.gpkg")
	b := newBench(t)
	for _, name := range []string{"ne_110m_admin_0_countries", "ne_110m_populated_places_simple", "ne_110m_rivers_lake_centerlines"} {
		b.load(file, "--layer", name, "--as", name)
	}
	return b, layer.New(b.db)
}

// counted is how many features of a layer fulfil a filter.
func counted(s *layer.Store, id string, x cql2.Expr, crs layer.CRS) (int64, error) {
	n, err := s.Count(context.Background(), layer.Query{Layer: id, Filter: &layer.Filter{Expr: x, CRS: crs}}, access.Restricted)
	if err != nil || n == nil {
		return -1, err
	}
	return *n, nil
}

// mistaken are the predicates whose published counts the data contradict, with what the data hold: three names begin with Ch (Chișinău, Chicago, Chengdu),
// and one with Chis.
var mistaken = map[string]int64{"ACCENTI(name) LIKE accenti('Ch%')": 3, "ACCENTI(CASEI(name)) LIKE accenti(casei('Chiș%'))": 1,
	"ACCENTI(CASEI(name)) LIKE accenti(casei('cHis%'))": 1}

// TestCQL2Counts holds every predicate of the abstract tests of CQL2 against the count that it must give, in the text form and in JSON.
func TestCQL2Counts(t *testing.T) {
	f, err := os.Open(vector(t, "ats_expected_counts.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma = '\t'
	rows, err := r.ReadAll()
	if err != nil || len(rows) != 275 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	_, s := newEarth(t)
	for _, row := range rows[1:] {
		id, predicate := row[2], row[3]
		want, err := strconv.ParseInt(row[4], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if held, ok := mistaken[predicate]; ok {
			want = held
		}
		x, err := cql2.Parse(predicate)
		if err != nil {
			t.Errorf("%s: %v", predicate, err)
			continue
		}
		if got, err := counted(s, id, x, layer.CRS{}); got != want || err != nil {
			t.Errorf("%s: %s: %d, want %d: %v", row[0], predicate, got, want, err)
		}
		raw, err := cql2.JSON(x)
		if err != nil {
			t.Fatal(err)
		}
		if y, err := cql2.ParseJSON(raw); err != nil {
			t.Errorf("%s: %v", raw, err)
		} else if got, err := counted(s, id, y, layer.CRS{}); got != want || err != nil {
			t.Errorf("%s: %s: %d, want %d: %v", row[0], raw, got, want, err)
		}
	}
}

// TestCQL2Systems asks the same in other reference systems, each in its own order of axes.
func TestCQL2Systems(t *testing.T) {
	_, s := newEarth(t)
	for text, want := range map[string]struct {
		system string
		count  int64
	}{
		`s_intersects(geom, BBOX(0,40,10,50))`:                                               {"", 8},
		`s_intersects(geom, BBOX(40,0,50,10))`:                                               {"EPSG:4326", 8},
		`s_intersects(geom, POLYGON((40 0,40 10,50 10,50 0,40 0)))`:                          {"EPSG:4490", 8},
		`s_intersects(geom, BBOX(-90,150,90,-150))`:                                          {"EPSG:4326", 10},
		`s_intersects(geom, BBOX(0,4865942.28,1113194.9,6446275.84))`:                        {"EPSG:3857", 8},
		`s_intersects(geom, POINT(3541000 500000))`:                                          {"EPSG:4549", 1},
		`s_disjoint(geom, BBOX(3500000, 450000, 3550000, 550000))`:                           {"EPSG:4549", 176},
		`dwithin(geom, POINT(120 32), 1000) and not dwithin(geom, POINT(-179.9 10), 100000)`: {"", 1},
	} {
		crs, err := layer.FindCRS(want.system)
		if err != nil {
			t.Fatal(err)
		}
		x, err := cql2.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := counted(s, "ne_110m_admin_0_countries", x, crs); got != want.count || err != nil {
			t.Errorf("%s in %q: %d, want %d: %v", text, want.system, got, want.count, err)
		}
	}
}

// TestCQL2Refusals: what cannot be asked is refused as the asker's fault, with the reason.
func TestCQL2Refusals(t *testing.T) {
	_, s := newEarth(t)
	for text, want := range map[string]string{
		`nothing = 1`:                          `has no property "nothing" (line 1, column 1)`,
		`class = 'public'`:                     "has no property",
		`name = 1`:                             "compares a text with a number",
		`pop_max = 'many'`:                     "compares a number with a text",
		`pop_max + name > 1`:                   "line 1, column 11: expected a number, but this is a text",
		`pop_max`:                              "expected a condition, but this is a number",
		`geom = 1`:                             "compares a geometry with a number",
		`geom = geom`:                          "s_equals",
		`name LIKE '%\'`:                       "does not end",
		`casei(pop_max) = 'x'`:                 "expected a text",
		`t_after(name, DATE('2026-01-01'))`:    "expected a date, a timestamp or an interval",
		`t_after(start, INTERVAL(name, '..'))`: "expected a date",
		`s_within(name, POINT(1 2))`:           "expected a geometry, but this is a text",
		`s_within(geom, POINT(1 92))`:          "a latitude is beyond 90: the longitude comes first",
		`s_within(geom, BBOX(1,3,2,2))`:        "greater than the greatest",
		`s_intersects(geom, POLYGON((0 0,1 1,1 0,0 1,0 0)))`: "line 1, column 20: the geometry is not valid: Self-intersection",
		`s_touches(geom, GEOMETRYCOLLECTION(POINT(1 2)))`:    "a collection of geometries",
		`a_contains(name, ('x'))`:                            "expected a list, but this is a text",
		`avg(pop_max) > 1`:                                   "there is no function avg",
		`dwithin(geom, POINT(1 2))`:                          "dwithin(geometry, other, metres)",
		`dwithin(geom, POINT(1 2), pop_max)`:                 "expected a number of metres",
		`s_intersects(geom, buffer(POINT(1 2), 1E9))`:        "from -100000 to 100000",
		`s_intersects(geom, feature('nowhere', 'x'))`:        "there is none with a place",
		`upstream_of('station:x')`:                           "none on the network",
		`10^(pop_max + 400) > 1`:                             "cannot be computed",
		`(0-1)^0.5 = pop_max`:                                "cannot be computed",
		strings.Repeat(`(`, 60) + `pop_max=1` + strings.Repeat(`) BETWEEN TRUE AND FALSE`, 60): "too long",
	} {
		x, err := cql2.Parse(text)
		if err == nil {
			_, err = counted(s, "ne_110m_populated_places_simple", x, layer.CRS{})
		}
		if f := fault.Of(err); f == nil || f.Kind != fault.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// TestCQL2Meaning asks what the abstract tests leave open.
func TestCQL2Meaning(t *testing.T) {
	b := newBench(t)
	b.load(put(t, "things.geojson", `{"type":"FeatureCollection","features":[
		{"type":"Feature","geometry":{"type":"Point","coordinates":[120,32]},"properties":{"n":7,"tags":["a","b"],"name":"Straße","seen":"2026-07-18T23:30:00Z","day":"2026-07-18","end":null,"a\"b;--":"x"}},
		{"type":"Feature","geometry":{"type":"Point","coordinates":[121,32]},"properties":{"n":0,"tags":[],"name":"100%","seen":"2026-07-19T00:00:00Z","day":"2026-07-19","end":"2026-07-20","a\"b;--":"'; DROP"}},
		{"type":"Feature","geometry":null,"properties":{"n":-7,"tags":null,"name":null,"seen":null,"day":null,"end":null,"a\"b;--":null}}]}`), "--as", "things")
	s := layer.New(b.db)
	for text, want := range map[string]int64{
		`casei(name) = casei('STRASSE')`: 1,
		`casei(name) LIKE casei('%ss%')`: 1,
		`name LIKE '100\%'`:              1,
		`accenti(name) = 'Straße'`:       1,
		`n % 4 = 3`:                      1,
		`n % 4 = 0-3`:                    1,
		`n div 2 = 3 OR n div 2 = -3`:    2,
		`1 / n > 0`:                      1,
		`n / 2 = 3.5`:                    1,
		`n ^ 2 = 49`:                     2,
		`seen = DATE('2026-07-18')`:      1,
		`seen > DATE('2026-07-18')`:      1,
		`seen <= DATE('2026-07-18')`:     1,
		`DATE('2026-07-19') <= seen`:     1,
		`seen <> DATE('2026-07-18')`:     1,
		`seen IN (DATE('2026-07-18'), TIMESTAMP('2026-07-19T00:00:00Z'))`:    2,
		`seen = TIMESTAMP('2026-07-19T07:30:00+08:00')`:                      1,
		`day BETWEEN DATE('2026-07-01') AND DATE('2026-07-18')`:              1,
		`t_intersects(seen, day)`:                                            2,
		`t_after(INTERVAL(seen, '..'), INTERVAL('..', '2026-07-18'))`:        1,
		`t_intersects(INTERVAL(day, end), DATE('2026-07-20'))`:               1,
		`t_meets(INTERVAL('2026-07-01', '2026-07-18'), INTERVAL(day, '..'))`: 1,
		`a_contains(tags, ('a'))`:                                            1,
		`a_contains(tags, ())`:                                               2,
		`a_containedby(tags, ('a','b','c'))`:                                 2,
		`a_equals(tags, ('b','a','a'))`:                                      1,
		`a_equals((), tags)`:                                                 1,
		`a_overlaps(tags, ('b', 5, TRUE))`:                                   1,
		`NOT a_overlaps(tags, ('b'))`:                                        1,
		`tags IS NULL`:                                                       1,
		`geom IS NULL`:                                                       1,
		`"a""b;--" = '''; DROP'`:                                             1,
		`TRUE`:                                                               3,
		`FALSE OR n > 0`:                                                     1,
		`(n > 0) = TRUE`:                                                     1,
		`n IN (7, 0.5)`:                                                      1,
		`s_intersects(geometry, BBOX(120,32,120,32))`:                        1,
		`distance(geom, POINT(120 32)) < 1`:                                  1,
		`distance(geom, POINT(120 32)) BETWEEN 94000 AND 95000`:              1,
		`dwithin(POINT(120 32), geom, 94500)`:                                2,
		`dwithin(geom, POINT(120 32), 94400)`:                                1,
		`s_intersects(geom, buffer(POINT(121 32), 10))`:                      1,
		`s_intersects(geom, feature('things', 'things:1'))`:                  1,
		`s_intersects(geom, feature('things', 'things:0')) OR s_intersects(geom, BBOX(120.5,31,121.5,33))`: 2,
		`DWithin(geom, POINT(-60 -32), 20000000)`:                                                          1,
	} {
		x, err := cql2.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, err := counted(s, "things", x, layer.CRS{}); got != want || err != nil {
			t.Errorf("%s: %d, want %d: %v", text, got, want, err)
		}
		page, err := s.Items(context.Background(), layer.Query{Layer: "things", Filter: &layer.Filter{Expr: x}}, access.Restricted)
		if err != nil || int64(len(page.Features)) != want || !json.Valid([]byte("["+join(page.Features)+"]")) {
			t.Errorf("%s: %d features, want %d: %v", text, len(page.Features), want, err)
		}
	}
}

func join(parts []json.RawMessage) string {
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = string(p)
	}
	return strings.Join(out, ",")
}

// TestFilterExamples runs the example of each function, as the description gives it, on the shipped region.
func TestFilterExamples(t *testing.T) {
	b := newSite(t)
	var list api.FilterFunctions
	if err := json.Unmarshal(b.ask(t, access.Anonymous, http.MethodGet, "/ogc/functions", nil, nil).body, &list); err != nil || len(list.Functions) == 0 {
		t.Fatal(err)
	}
	for _, f := range list.Functions {
		var page api.FeaturePage
		a := b.ask(t, access.Anonymous, http.MethodGet, f.Example, nil, nil)
		if err := json.Unmarshal(a.body, &page); err != nil || a.status != http.StatusOK || page.NumberReturned == 0 {
			t.Errorf("%s: %d %.300s", f.Example, a.status, a.body)
		}
		if said := len(page.Notes) == 1; said != strings.HasSuffix(f.Name, "stream_of") { // no reach of the region states a direction
			t.Errorf("%s: notes %q", f.Example, page.Notes)
		}
	}
	if _, err := b.db.Exec(context.Background(), `UPDATE twin.thing SET class = 'restricted' WHERE id IN ('station:60117200', 'work:NT-W01')`); err != nil {
		t.Fatal(err)
	}
	for role, want := range map[access.Role][2]int{access.Anonymous: {http.StatusBadRequest, 22}, access.Operator: {http.StatusOK, 23}} {
		if a := b.ask(t, role, http.MethodGet, "/ogc/collections/work/items?filter=upstream_of(%27station:60117200%27)", nil, nil); a.status != want[0] {
			t.Errorf("upstream of a hidden station as %s: %d", role, a.status)
		}
		var page api.FeaturePage
		a := b.ask(t, role, http.MethodGet, "/ogc/collections/work/items?filter=NOT%20upstream_of(%27station:NT-S05%27)%20OR%20upstream_of(%27station:NT-S05%27)", nil, nil)
		if err := json.Unmarshal(a.body, &page); err != nil || page.NumberReturned != want[1] {
			t.Errorf("works as %s: %d %.300s", role, page.NumberReturned, a.body)
		}
	}
	long := "/ogc/collections/river/items?filter=" + url.QueryEscape("name_en IN ('"+strings.Repeat("x", 40_000)+"')")
	if a := b.ask(t, access.Anonymous, http.MethodGet, long, nil, nil); a.status != http.StatusOK {
		t.Errorf("a filter of 40 KB: %d %.300s", a.status, a.body)
	}
	deep := "/ogc/collections/river/items?filter=" + strings.Repeat("(", 60_000)
	if a := b.ask(t, access.Anonymous, http.MethodGet, deep, nil, nil); a.status != http.StatusBadRequest {
		t.Errorf("deep nesting: %d", a.status)
	}
}
