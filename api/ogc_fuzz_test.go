package api_test

import (
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"

	"basin/access"
)

// FuzzOGC gives two parameters of any route of the OGC side whatever comes: the answer is never an error of the server's own, and takes bounded memory. Of paths and parameters
// that are not fuzzed there are good ones.
func FuzzOGC(f *testing.F) {
	b := newMapBench(f)
	var routes []access.Route
	for _, r := range b.routes {
		if r.Method == http.MethodGet && strings.HasPrefix(r.Path, "/ogc") && !strings.Contains(r.Path, "/tiles/") {
			routes = append(routes, r)
		}
	}
	at := func(path string) uint8 {
		return uint8(slices.IndexFunc(routes, func(r access.Route) bool { return r.Path == path }))
	}
	const items, stats = "/ogc/collections/{id}/items", "/ogc/collections/{id}/stats"
	param := func(path, name string) uint8 {
		return uint8(slices.IndexFunc(routes[at(path)].Params, func(p access.Param) bool { return p.Name == name }))
	}
	for _, seed := range [][4]string{
		{"filter", "type = 'level' AND s_intersects(geom, POLYGON((120 31, 121 31, 121 33, 120 31)))", "filter-lang", "cql2-text"},
		{"filter", `{"op":"like","args":[{"property":"code"},"%-1"]}`, "filter-lang", "cql2-json"}, {"filter", "nearest(geom, 1) < 1e308 * 10", "", ""},
		{"filter", "dwithin(geom, POINT(120 32), 1e9)", "filter-crs", "EPSG:4549"}, {"filter", "chainage_m ^ 1000 > 2 OR s_within(buffer(geom, 1e7), geom)", "", ""},
		{"bbox", "120,31,121,33", "bbox-crs", "EPSG:3857"}, {"bbox", "1e300,1e300,1e301,1e301", "bbox-crs", "EPSG:4549"}, {"bbox", "179,-90,-179,90", "crs", "EPSG:4326"},
		{"crs", "http://www.opengis.net/def/crs/EPSG/0/4491", "f", "csv"}, {"datetime", "../2026-07-18", "sortby", "-type,+code"}, {"after", "eyJnIjoxLCJrIjpbIngiXX0", "sortby", "type"},
		{"nearest", "120,90", "k", "1000"}, {"nearest", "-180,-90", "f", "geojson"}, {"properties", "code,id", "skipGeometry", "true"}, {"limit", "2147483648", "f", "xlsx"}, {"after", "9223372036854775807", "", ""},
		{"*", "level", "f", "parquet"}, {"f", "json", "id", "parks"}, {"datetime", "0000-01-01/9999-12-31T23:59:59Z", "limit", "1"},
	} {
		f.Add(at(items), param(items, seed[0]), param(items, seed[2]), seed[1], seed[3])
	}
	f.Add(at(stats), param(stats, "group_by"), param(stats, "property"), "area", "chainage_m")
	for i := range routes {
		f.Add(uint8(i), uint8(0), uint8(1), "station", "é\x00%zz'\"")
	}
	f.Fuzz(func(t *testing.T, route, first, second uint8, x, y string) {
		r := routes[int(route)%len(routes)]
		path, query := r.Path, url.Values{}
		for i, p := range r.Params {
			given := map[string]string{"id": "station", "fid": "1", "version": "1"}[p.Name]
			chosen := true
			switch i {
			case int(first) % len(r.Params):
				given = x
			case int(second) % len(r.Params):
				given = y
			default:
				chosen = false
			}
			name := p.Name
			if name == "*" {
				name = "code"
			}
			if p.In == "path" {
				if given == "" || given == "." || given == ".." {
					given = "x"
				}
				path = strings.Replace(path, "{"+name+"}", url.PathEscape(given), 1)
			} else if chosen {
				query.Set(name, given)
			}
		}
		if len(query.Encode()) > 60<<10 { // more than a header holds
			return
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		res, body := b.get(t, path+"?"+query.Encode(), access.Restricted)
		runtime.ReadMemStats(&after)
		if res.StatusCode >= http.StatusInternalServerError {
			t.Errorf("%s?%s: %d %s", path, query.Encode(), res.StatusCode, body)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 256<<20 {
			t.Errorf("%s?%s took %d MiB", path, query.Encode(), took>>20)
		}
	})
}
