package tiles_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/twpayne/go-geom/encoding/geojson"

	"basin/access"
	"basin/layer"
	"basin/postgis"
	"basin/postgis/postgistest"
	"basin/source"
	"basin/tiles"
)

// features reads a GeoJSON file of the shared data; without them the test is skipped, but not where CI promises them.
func features(t testing.TB, name string) []json.RawMessage {
	t.Helper()
	path := filepath.Join("..", "..", "shared", "data", name)
	f, err := os.Open(path)
	if err != nil && os.Getenv("CI") != "true" {
		t.Skipf("%s is absent", path)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	var whole struct{ Features []json.RawMessage }
	if err := json.NewDecoder(in).Decode(&whole); err != nil {
		t.Fatal(err)
	}
	return whole.Features
}

// own makes a layer of GeoJSON features: geometry, name and kind, and some made-up attributes of other types.
func own(t testing.TB, db *postgis.DB, id, sort string, features []json.RawMessage) layer.Layer {
	t.Helper()
	ctx := context.Background()
	texts := make([]string, len(features))
	for i, f := range features {
		texts[i] = string(f)
	}
	err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, fmt.Sprintf(`CREATE TABLE own.%[1]s (gid bigint PRIMARY KEY, id text, class auth.class, name text, kind text, height double precision, storeys integer,
			tall boolean, changed timestamptz DEFAULT now(), geom geometry(Geometry, 4326), geom_3857 geometry(Geometry, 3857) GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED)`, id)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, fmt.Sprintf(`INSERT INTO own.%[1]s (gid, id, class, name, kind, height, storeys, tall, geom)
			SELECT n, 'f' || n, (ARRAY['public', 'internal', 'restricted'])[1 + n %% 3]::auth.class, f::jsonb #>> '{properties,name}', f::jsonb #>> '{properties,building}',
				CASE WHEN n %% 5 > 0 THEN n * 0.37 END, CASE WHEN n %% 7 > 0 THEN n %% 40 - 3 END, n %% 2 = 0, ST_SetSRID(ST_GeomFromGeoJSON(f::jsonb ->> 'geometry'), 4326)
			FROM unnest($1::text[]) WITH ORDINALITY AS u (f, n)`, id), texts); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, fmt.Sprintf("CREATE INDEX ON own.%s USING gist (geom_3857)", id)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO layer.layer (id, relation_schema, relation_name, title_zh, title_en, geometry_type, own) VALUES ($1, 'own', $1, $1, $1, $2, true)`, id, sort)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(ctx, "ANALYZE own."+id); err != nil {
		t.Fatal(err)
	}
	l, err := layer.New(db).Get(ctx, id, access.Restricted)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// seen is a feature in a tile of either maker, by the tile and its gid.
type seen struct {
	z, x, y int
	gid     uint64
	wkt     string
}

// outlines are the outlines in a city model, as GeoJSON features.
func outlines(t testing.TB, name string) (features []json.RawMessage) {
	t.Helper()
	path := filepath.Join("..", "..", "shared", "data", name)
	if _, err := os.Stat(path); err != nil && os.Getenv("CI") != "true" {
		t.Skipf("%s is absent", path)
	}
	if err := source.Read(context.Background(), path, source.Options{}, func(f source.Feature) error {
		geometry, err := geojson.Marshal(f.Geometry)
		if err != nil {
			return err
		}
		whole, err := json.Marshal(map[string]any{"type": "Feature", "properties": map[string]string{"name": f.ID, "building": f.Layer}, "geometry": json.RawMessage(geometry)})
		features = append(features, whole)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return features
}

// TestParity holds tiles made from memory against those of ST_AsMVT and against the features themselves, on 1,400 tiles: the same features with the same attributes,
// geometry within a unit of the grid of where it is, polygons valid, each label at the same place inside its polygon. At low zoom levels, where the two simplify in
// ways of their own, they leave out the same features.
func TestParity(t *testing.T) {
	db := postgistest.New(t)
	store := tiles.New(db, slog.New(slog.DiscardHandler), layer.New(db), 512<<20)
	file := func(name string) func() []json.RawMessage {
		return func() []json.RawMessage { return features(t, name) }
	}
	for _, data := range []struct {
		id, sort string
		features func() []json.RawMessage
		from     int // zoom level
	}{
		{"buildings", "polygon", file("city3d/osm_north-bayreuth_buildings.geojson.gz"), 13}, {"water", "polygon", file("hydro/osm_hangzhou_water.geojson.gz"), 13},
		{"mixed", "mixed", file("hydro/osm_north-bayreuth_water.geojson"), 13}, {"roads", "line", file("roads/osm_north-bayreuth_highways.geojson"), 13},
		{"delft", "mixed", func() []json.RawMessage { return outlines(t, "city3d/delft.city.json") }, 13},
		{"city", "polygon", func() []json.RawMessage { return city(4_000) }, 15}, {"rivers", "line", func() []json.RawMessage { return waters(6_000) }, 13},
	} {
		t.Run(data.id, func(t *testing.T) {
			l := own(t, db, data.id, data.sort, data.features())
			compare(t, db, store, l, 160, data.from, 16).check(t, db)
			compare(t, db, store, l, 40, data.from-6, 12).checkLow(t, db)
		})
	}
}

// parity is what two makers made of a layer.
type parity struct {
	layer              string
	both, lone, labels []seen // features in tiles of both and of one of them, and labels
}

// compare makes random tiles of some zoom levels where a layer has features. What both makers have must have the same attributes.
func compare(t testing.TB, db *postgis.DB, store *tiles.Store, l layer.Layer, n, from, to int) parity {
	t.Helper()
	ctx := context.Background()
	m, err := store.Read(ctx, l)
	if err != nil {
		t.Fatal(err)
	}
	box, err := layer.New(db).Extent(ctx, l.ID, access.Restricted)
	if err != nil || box == nil {
		t.Fatal(box, err)
	}
	p, r, full := parity{layer: l.ID}, rand.New(rand.NewPCG(1, 2)), 0
	for range n {
		z := from + r.IntN(to-from+1)
		x, y := at(z, box[0]+r.Float64()*(box[2]-box[0]), box[1]+r.Float64()*(box[3]-box[1]))
		clearance := access.Classes()[r.IntN(3)]
		reference, err := store.Reference(ctx, l, z, x, y, clearance)
		if err != nil {
			t.Fatal(err)
		}
		both, lone := match(t, decode(t, reference)[l.ID], decode(t, m.Tile(z, x, y, clearance))[l.ID])
		if len(both) > 0 {
			full++
		}
		for _, f := range both {
			p.both = append(p.both, seen{z, x, y, f[1].id, f[1].wkt})
		}
		for _, f := range lone {
			p.lone = append(p.lone, seen{z, x, y, f.id, f.wkt})
		}
		if reference, err = store.ReferenceLabels(ctx, l, z, x, y, clearance); err != nil {
			t.Fatal(err)
		}
		name := tiles.Labels(l.ID)
		if both, lone = match(t, decode(t, reference)[name], decode(t, m.Labels(z, x, y, clearance))[name]); len(lone) > 0 {
			t.Errorf("%d/%d/%d: labels in one tile and not in the other: %v", z, x, y, lone)
		}
		for _, f := range both {
			if d := apart(t, f[0].wkt, f[1].wkt); d > 1 {
				t.Errorf("%d/%d/%d: the label of %d stands %f apart", z, x, y, f[0].id, d)
			}
			p.labels = append(p.labels, seen{z, x, y, f[1].id, f[1].wkt})
		}
	}
	t.Logf("zoom %d to %d: %d tiles of %d have features, %d in all, and %d labels; about %d KiB in memory", from, to, full, n, len(p.both), len(p.labels), m.Bytes()>>10)
	return p
}

// match finds the features that two tiles have, which must have the same attributes, and those that only one has.
func match(t testing.TB, want, got []feature) (both [][2]feature, lone []feature) {
	t.Helper()
	theirs := map[uint64]feature{}
	for _, f := range want {
		theirs[f.id] = f
	}
	for _, f := range got {
		w, there := theirs[f.id]
		delete(theirs, f.id)
		if !there {
			lone = append(lone, f)
			continue
		}
		if !maps.Equal(w.attributes, f.attributes) || w.kind != f.kind {
			t.Errorf("feature %d: %d for %d, %s", f.id, f.kind, w.kind, cmp.Diff(w.attributes, f.attributes))
		}
		both = append(both, [2]feature{w, f})
	}
	return both, slices.AppendSeq(lone, maps.Values(theirs))
}

// apart is how far two points are from each other, the greater of east and north.
func apart(t testing.TB, a, b string) float64 {
	t.Helper()
	var at [2][2]float64
	for i, wkt := range []string{a, b} {
		if _, err := fmt.Sscanf(wkt, "MULTIPOINT((%f %f))", &at[i][0], &at[i][1]); err != nil {
			t.Fatalf("%s: %v", wkt, err)
		}
	}
	return max(math.Abs(at[0][0]-at[1][0]), math.Abs(at[0][1]-at[1][1]))
}

// exact is a query's beginning that puts features on the grid of their tiles as they are.
const exact = `WITH o AS (SELECT u.*, wkt::geometry AS g, ST_MakeEnvelope(0, -4096, 4096, 0) AS box,
		ST_Affine(ST_SetSRID(l.geom_3857, 0), s, 0, 0, s, s * 20037508.342789244 - x * 4096, y * 4096 - s * 20037508.342789244) AS exact
	FROM seen u JOIN own.%[1]s l ON l.gid = u.gid CROSS JOIN LATERAL (SELECT 4096 * 2.0 ^ z / (2 * 20037508.342789244) AS s) AS scale) `

// check compares tiles of high zoom levels with the features, of very many with some. What a source covers twice is a matter of opinion, and what is narrower than the
// grid may be in one tile and not in the other.
func (p parity) check(t testing.TB, db *postgis.DB) {
	t.Helper()
	some := slices.DeleteFunc(slices.Clone(p.both), func(s seen) bool { return len(p.both) > 12_000 && s.gid%uint64(len(p.both)/6_000) > 0 })
	ask(t, db, some, "lies elsewhere, or is not valid", fmt.Sprintf(exact+`SELECT z, x, y, gid, wkt FROM o WHERE CASE WHEN NOT ST_IsValid(g) THEN true
		WHEN NOT ST_IsValid(exact) THEN false
		ELSE NOT ST_IsEmpty(ST_Difference(ST_Intersection(g, box), ST_Buffer(exact, 1.05)))
			OR ST_Dimension(exact) < 2 AND NOT ST_IsEmpty(ST_Difference(ST_Intersection(exact, box), ST_Buffer(g, 1.05)))
			OR ST_Dimension(exact) = 2 AND NOT ST_IsEmpty(ST_Difference(ST_Intersection(ST_Buffer(exact, -0.75), box), ST_Buffer(g, 0.3))) END`, p.layer))
	ask(t, db, p.lone, "is in one tile and not in the other", fmt.Sprintf(exact+`SELECT z, x, y, gid, wkt FROM o WHERE ST_IsValid(exact) AND ST_Intersects(g, box)
		AND (ST_Dimension(exact) < 2 OR NOT ST_IsEmpty(ST_Intersection(ST_Buffer(exact, -0.75), box)))`, p.layer))
	ask(t, db, p.labels, "is a label outside of its polygon", fmt.Sprintf(exact+`SELECT z, x, y, gid, wkt FROM o WHERE NOT ST_DWithin(g, exact, 0.75)`, p.layer))
}

// checkLow finds features that only one maker has at low zoom levels though they are more than a pixel, four units, across. ST_AsMVTGeom has none of lines that come
// back to where they began by the same way, and of polygons that share borders memory has what the borders leave.
func (p parity) checkLow(t testing.TB, db *postgis.DB) {
	t.Helper()
	ask(t, db, p.lone, "is left out of one tile and not of the other", fmt.Sprintf(exact+`SELECT z, x, y, gid, wkt FROM o
		WHERE NOT ST_IsEmpty(ST_Buffer(ST_Intersection(ST_MakeValid(exact), box), -2))
				AND NOT EXISTS (SELECT FROM own.%[1]s a JOIN own.%[1]s b ON a.geom_3857 && b.geom_3857 AND ST_Intersects(a.geom_3857, b.geom_3857) WHERE a.gid = o.gid AND b.gid <> o.gid)
			OR ST_Length(ST_Intersection(exact, box)) > 8 AND NOT ST_IsClosed(exact)`, p.layer))
}

// ask lets PostGIS look for what is wrong with features: a query over seen finds them.
func ask(t testing.TB, db *postgis.DB, all []seen, what, query string) {
	t.Helper()
	var z, x, y []int
	var gid []int64
	var wkt []string
	for _, s := range all {
		z, x, y, gid, wkt = append(z, s.z), append(x, s.x), append(y, s.y), append(gid, int64(s.gid)), append(wkt, s.wkt)
	}
	rows, err := db.Query(context.Background(), "WITH seen AS (SELECT * FROM unnest($1::integer[], $2::integer[], $3::integer[], $4::bigint[], $5::text[]) AS u (z, x, y, gid, wkt)) "+
		strings.Replace(query, "WITH o", ", o", 1), z, x, y, gid, wkt)
	if err != nil {
		t.Fatal(err)
	}
	var s seen
	n := 0
	if _, err := pgx.ForEachRow(rows, []any{&s.z, &s.x, &s.y, &s.gid, &s.wkt}, func() error {
		if n++; n <= 5 {
			t.Errorf("%d/%d/%d: feature %d %s: %s", s.z, s.x, s.y, s.gid, what, s.wkt)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if n > 0 {
		t.Errorf("%d of %d: %s", n, len(all), what)
	}
}
