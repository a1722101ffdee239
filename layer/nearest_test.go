package layer

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/cql2"
	"basin/fault"
	"basin/postgis"
	"basin/postgis/postgistest"
)

// newScattered is a layer with points and lines all over the Earth, of all classes.
func newScattered(t *testing.T) (*postgis.DB, *Store) {
	t.Helper()
	ctx, db := context.Background(), postgistest.New(t)
	if err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		for _, id := range []string{"scattered", "fields"} {
			if err := CreateOwn(ctx, tx, OwnLayer{ID: id, Class: access.Public, Columns: []Column{{Name: "n", Type: TypeInteger}, {Name: "name_zh", Type: TypeString}}}); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `SELECT setseed(0.5)`); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO own.scattered (id, code, source_index, class, geom, n)
			SELECT 's:' || i, i::text, i, (ARRAY['public', 'internal', 'restricted'])[1 + i % 3]::auth.class,
				CASE WHEN i % 2 = 0 THEN ST_SetSRID(ST_MakePoint(x, y), 4326)
				ELSE ST_SetSRID(ST_MakeLine(ST_MakePoint(x, y), ST_MakePoint(greatest(x - 1, -180), y / 2)), 4326) END, i
			FROM (SELECT i, random() * 360 - 180 AS x, random() * 160 - 80 AS y FROM generate_series(1, 3000) i) r`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO own.fields (id, code, source_index, class, geom, n, name_zh)
			SELECT 'f:' || i, i::text, i, CASE WHEN i < 4 THEN 'public' ELSE 'restricted' END::auth.class, ST_MakeEnvelope(i, 0, i + 1, 1, 4326), i, '田' || i
			FROM generate_series(0, 4) i`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return db, New(db)
}

// TestNearest holds what the index finds against measuring all.
func TestNearest(t *testing.T) {
	ctx := context.Background()
	db, s := newScattered(t)
	for _, place := range [][2]float64{{120, 32}, {179.99, 10}, {-180, -40}, {0, 79}, {30, 89.9}, {10, -90}} {
		for _, clearance := range access.Classes() {
			for _, filter := range []string{"", "n < 300"} {
				q := Query{Layer: "scattered", Nearest: &place, Limit: 7}
				if filter != "" {
					x, err := cql2.Parse(filter)
					if err != nil {
						t.Fatal(err)
					}
					q.Filter = &Filter{Expr: x}
				}
				page, err := s.Items(ctx, q, clearance)
				if err != nil || len(page.Features) != 7 || page.Next != "" {
					t.Fatalf("%v: %d features, %v", place, len(page.Features), err)
				}
				rows, err := db.Query(ctx, `SELECT ST_Distance(geom::geography, ST_SetSRID(ST_MakePoint($1, $2), 4326)::geography) AS d FROM own.scattered
					WHERE class <= $3::text::auth.class AND ($4 = '' OR n < 300) ORDER BY d LIMIT 7`, place[0], place[1], string(clearance), filter)
				if err != nil {
					t.Fatal(err)
				}
				want, err := pgx.CollectRows(rows, pgx.RowTo[float64])
				if err != nil {
					t.Fatal(err)
				}
				for i, raw := range page.Features {
					var f struct {
						DistanceM float64 `json:"distance_m"`
					}
					if err := json.Unmarshal(raw, &f); err != nil || math.Abs(f.DistanceM-want[i]) > 0.002 {
						t.Errorf("%v as %s, %q: the %d. is %f m away, want %f: %v", place, clearance, filter, i+1, f.DistanceM, want[i], err)
					}
				}
			}
		}
	}
	if page, err := s.Items(ctx, Query{Layer: "fields", Nearest: &[2]float64{2.5, 0.5}, Limit: 100}, access.Public); err != nil || len(page.Features) != 4 {
		t.Errorf("all: %d features, %v", len(page.Features), err)
	}
}

// TestStats counts and measures by another layer; neither hidden features nor hidden groups are counted.
func TestStats(t *testing.T) {
	ctx := context.Background()
	db, s := newScattered(t)
	if _, err := db.Exec(ctx, `INSERT INTO own.scattered (id, code, source_index, class, geom, n)
		SELECT 'x:' || c, 'x' || c, 0, c::auth.class, ST_GeomFromText('LINESTRING(0.5 0.5, 2.5 0.5)', 4326), 100000
		FROM unnest(ARRAY['public', 'restricted']) c`); err != nil {
		t.Fatal(err)
	}
	x, err := cql2.Parse("n = 100000")
	if err != nil {
		t.Fatal(err)
	}
	q := Query{Layer: "scattered", Filter: &Filter{Expr: x}}
	say := func(groups []Group) string {
		var out []string
		for _, g := range groups {
			out = append(out, fmt.Sprintf("%s %s %d %.0f %.0f", g.ID, g.Zh, g.Count, g.LengthM/1000, *g.Sum))
		}
		return strings.Join(out, "; ")
	}
	for clearance, want := range map[access.Class][2]string{
		access.Public:     {"f:0 田0 1 56 100000; f:1 田1 1 111 100000; f:2 田2 1 56 100000", "  1 223 100000"},
		access.Restricted: {"f:0 田0 2 111 200000; f:1 田1 2 223 200000; f:2 田2 2 111 200000", "  2 445 200000"},
	} {
		for i, by := range []string{"fields", ""} {
			groups, _, err := s.Stats(ctx, q, by, "n", clearance)
			if err != nil || say(groups) != want[i] {
				t.Errorf("by %q as %s: %s, want %s: %v", by, clearance, say(groups), want[i], err)
			}
		}
	}
	for name, ask := range map[string][2]string{"no-number": {"", "name_zh"}, "unknown-layer": {"nowhere", ""}} {
		if _, _, err := s.Stats(ctx, q, ask[0], ask[1], access.Public); fault.Of(err) == nil || fault.Of(err).Code != name {
			t.Errorf("%v: %v", ask, err)
		}
	}
	area, err := ParsePlace([]byte(`{"type":"Polygon","coordinates":[[[0.5,0],[1.5,0],[1.5,1],[0.5,1],[0.5,0]]]}`))
	if err != nil {
		t.Fatal(err)
	}
	for clearance, want := range map[access.Class]string{access.Public: "  1 111 100000", access.Restricted: "  2 223 200000"} {
		if g, _, err := s.StatsWithin(ctx, q, area, "n", clearance); err != nil || say([]Group{g}) != want {
			t.Errorf("within, as %s: %+v, want %s: %v", clearance, g, want, err)
		}
	}
	if groups, _, err := s.Stats(ctx, Query{Layer: "fields"}, "fields", "", access.Public); err != nil || len(groups) != 4 || groups[1].Count != 3 || math.Abs(groups[1].AreaM2-12308778361) > 1e6 {
		t.Errorf("%+v, %v", groups, err)
	}
}
