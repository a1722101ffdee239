package tiles_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/layer"
	"basin/postgis"
	"basin/postgis/postgistest"
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

// TestParity holds tiles made from memory against those of ST_AsMVT and against the features themselves: the same features with the same attributes, geometry
// within a unit of the grid of where it is, polygons valid.
func TestParity(t *testing.T) {
	ctx, db := context.Background(), postgistest.New(t)
	store := tiles.New(db, slog.New(slog.DiscardHandler), layer.New(db), 512<<20)
	for _, data := range []struct{ id, sort, file string }{
		{"buildings", "polygon", "city3d/osm_north-bayreuth_buildings.geojson.gz"}, {"water", "polygon", "hydro/osm_hangzhou_water.geojson.gz"},
		{"mixed", "mixed", "hydro/osm_north-bayreuth_water.geojson"}, {"roads", "line", "roads/osm_north-bayreuth_highways.geojson"},
	} {
		t.Run(data.id, func(t *testing.T) {
			l := own(t, db, data.id, data.sort, features(t, data.file))
			m, err := store.Read(ctx, l)
			if err != nil {
				t.Fatal(err)
			}
			box, err := layer.New(db).Extent(ctx, data.id, access.Restricted)
			if err != nil || box == nil {
				t.Fatal(box, err)
			}
			r, full := rand.New(rand.NewPCG(1, 2)), 0
			var both, lone []seen
			for range 300 {
				z := 13 + r.IntN(4)
				x, y := at(z, box[0]+r.Float64()*(box[2]-box[0]), box[1]+r.Float64()*(box[3]-box[1]))
				clearance := access.Classes()[r.IntN(3)]
				reference, err := store.Reference(ctx, l, z, x, y, clearance)
				if err != nil {
					t.Fatal(err)
				}
				want, got := decode(t, reference)[data.id], decode(t, m.Tile(z, x, y, clearance))[data.id]
				if len(want) > 0 {
					full++
				}
				theirs := map[uint64]feature{}
				for _, f := range want {
					theirs[f.id] = f
				}
				for _, f := range got {
					w, there := theirs[f.id]
					delete(theirs, f.id)
					if !there {
						lone = append(lone, seen{z, x, y, f.id, f.wkt})
						continue
					}
					if d := cmp.Diff(w.attributes, f.attributes); d != "" || w.kind != f.kind {
						t.Errorf("%d/%d/%d: feature %d: %d for %d, %s", z, x, y, f.id, f.kind, w.kind, d)
					}
					both = append(both, seen{z, x, y, f.id, f.wkt})
				}
				for id, f := range theirs {
					lone = append(lone, seen{z, x, y, id, f.wkt})
				}
			}
			t.Logf("%d tiles of 300 have features, %d in all; about %d KiB in memory", full, len(both), m.Bytes()>>10)
			ask(t, db, both, "lies elsewhere, or is not valid", fmt.Sprintf(`WITH o AS (SELECT u.*, wkt::geometry AS g, ST_MakeEnvelope(0, -4096, 4096, 0) AS box,
					ST_Affine(ST_SetSRID(l.geom_3857, 0), s, 0, 0, s, s * 20037508.342789244 - x * 4096, y * 4096 - s * 20037508.342789244) AS exact
				FROM seen u JOIN own.%s l ON l.gid = u.gid CROSS JOIN LATERAL (SELECT 4096 * 2.0 ^ z / (2 * 20037508.342789244) AS s) AS scale)
				SELECT z, x, y, gid, wkt FROM o WHERE NOT ST_IsValid(g)
					OR NOT ST_IsEmpty(ST_Difference(ST_Intersection(g, box), ST_Buffer(exact, 1.05)))
					OR NOT ST_IsEmpty(ST_Difference(ST_Intersection(ST_MakeValid(exact), box), ST_Buffer(g, 1.05)))`, data.id))
			// A sliver in the margin, which nobody sees, may be there or not.
			ask(t, db, lone, "is in one tile and not in the other", `SELECT z, x, y, gid, wkt FROM seen WHERE ST_Intersects(wkt::geometry, ST_MakeEnvelope(0, -4096, 4096, 0))`)
		})
	}
}

// ask lets PostGIS look for what is wrong with features: a query over seen finds them.
func ask(t *testing.T, db *postgis.DB, all []seen, what, query string) {
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
