package layer

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/fault"
	"basin/postgis"
	"basin/postgis/postgistest"
)

// newSorted is a layer with a column of each type, whose values come several times and are null for every fifth feature.
func newSorted(t *testing.T) (*postgis.DB, *Store) {
	t.Helper()
	db := postgistest.New(t)
	if err := pgx.BeginFunc(t.Context(), db, func(tx pgx.Tx) error {
		if err := CreateOwn(t.Context(), tx, OwnLayer{ID: "sorted", Class: access.Public, Columns: []Column{{Name: "text", Type: TypeString}, {Name: "whole", Type: TypeInteger},
			{Name: "real", Type: TypeNumber}, {Name: "flag", Type: TypeBoolean}, {Name: "day", Type: TypeDate}, {Name: "moment", Type: TypeTime}, {Name: "list", Type: TypeJSON}}}); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `INSERT INTO own.sorted (id, code, source_index, class, geom, text, whole, real, flag, day, moment)
			SELECT 's:' || i, i::text, i, CASE WHEN i % 7 = 0 THEN 'restricted' ELSE 'public' END::auth.class, ST_SetSRID(ST_MakePoint(i % 10, i / 10), 4326),
				CASE WHEN i % 5 > 0 THEN (ARRAY['b', 'a', '江', '', 'it''s "one" \'])[1 + i % 4] || repeat('x', 100 * (i % 2)) || i % 3 END,
				CASE WHEN i % 5 > 0 THEN (i % 4) * 9007199254740993 END, CASE WHEN i % 5 > 0 THEN (ARRAY[0.1, 'NaN', '-Infinity', 1e-300])[1 + i % 4]::float8 / 3 END,
				CASE WHEN i % 5 > 0 THEN i % 2 = 0 END, CASE WHEN i % 5 > 0 THEN (ARRAY['infinity', '0044-03-15 BC', '2026-07-18'])[1 + i % 3]::date END,
				CASE WHEN i % 5 > 0 THEN '2026-07-18 00:00:00.000001+00'::timestamptz + make_interval(secs => i % 3) END
			FROM generate_series(1, 60) i`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return db, New(db)
}

// TestOrder walks through pages in every order and holds them against the order of all at once. A feature that goes between two pages makes no other come twice or not at all.
func TestOrder(t *testing.T) {
	db, s := newSorted(t)
	ids := func(q Query) (out []int64, next string) {
		page, err := s.Items(t.Context(), q, access.Public)
		if err != nil {
			t.Fatalf("%v: %v", q.Sort, err)
		}
		for _, raw := range page.Features {
			var f struct{ ID int64 }
			if err := json.Unmarshal(raw, &f); err != nil {
				t.Fatal(err)
			}
			out = append(out, f.ID)
		}
		return out, page.Next
	}
	for by, sql := range map[string]string{"text": "left(text, 100)", "-text": "left(text, 100) DESC", "whole": "whole", "-real": "real DESC", "real": "real", "flag": "flag", "-day": "day DESC",
		"day": "day", "moment": "moment", "-flag,text,-moment": "flag DESC NULLS LAST, left(text, 100) NULLS LAST, moment DESC", "code": "code"} {
		q := Query{Layer: "sorted", Limit: 7}
		for name := range strings.SplitSeq(by, ",") {
			property, falls := strings.CutPrefix(name, "-")
			q.Sort = append(q.Sort, Sort{property, falls})
		}
		rows, err := db.Query(t.Context(), "SELECT gid FROM own.sorted WHERE class = 'public' ORDER BY "+sql+" NULLS LAST, gid")
		if err != nil {
			t.Fatal(err)
		}
		want, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			t.Fatal(err)
		}
		got, next := ids(q)
		for next != "" {
			q.After = next
			var more []int64
			more, next = ids(q)
			got = append(got, more...)
		}
		if !slices.Equal(got, want) {
			t.Errorf("by %s: %v, want %v", by, got, want)
		}
	}
	q := Query{Layer: "sorted", Limit: 10, Sort: []Sort{{"text", true}}}
	first, next := ids(q)
	if _, err := db.Exec(t.Context(), "DELETE FROM own.sorted WHERE gid = $1", first[9]); err != nil {
		t.Fatal(err)
	}
	q.After, q.Limit = next, 100
	rest, _ := ids(q)
	if all := slices.Concat(first, rest); len(all) != 52 || len(slices.Compact(slices.Sorted(slices.Values(all)))) != 52 {
		t.Errorf("%d features after one was deleted: %v", len(all), all)
	}
}

// TestOrderRefused asks for orders that there are not, and to go on where no page said so.
func TestOrderRefused(t *testing.T) {
	_, s := newSorted(t)
	place := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	by := []Sort{{"whole", false}}
	for _, q := range []Query{
		{Sort: []Sort{{"list", false}}}, {Sort: []Sort{{"class", false}}}, {Sort: []Sort{{`whole" DESC; --`, false}}}, {Sort: []Sort{{"", false}}}, {Sort: []Sort{{"whole", false}, {"whole", true}}},
		{Sort: []Sort{{"text", false}, {"whole", false}, {"real", false}, {"flag", false}, {"day", false}, {"moment", false}}},
		{Properties: []string{"text", "class"}}, {Properties: []string{"geom"}},
		{After: "x"}, {After: "-1"}, {After: place(`{"g":1,"k":["1"]}`)}, {Sort: by, After: "7"}, {Sort: by, After: place(`{"g":1,"k":[]}`)}, {Sort: by, After: place(`{"g":1,"k":["1","2"]}`)},
		{Sort: by, After: place(`{"g":1,"k":["x"]}`)}, {Sort: by, After: place(`{"g":1,"k":["1 OR true"]}`)}, {Sort: by, After: place(`{"g":1,"k":["1\u0000"]}`)}, {Sort: by, After: place(`{"g":"1"`)},
	} {
		q.Layer = "sorted"
		_, err := s.Items(t.Context(), q, access.Public)
		if f := fault.Of(err); f == nil || f.Kind != fault.Invalid {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

// TestShown gives some properties of features, in the order of the layer, and no geometry.
func TestShown(t *testing.T) {
	_, s := newSorted(t)
	page, err := s.Items(t.Context(), Query{Layer: "sorted", Limit: 1, Properties: []string{"whole", "text"}, SkipGeometry: true}, access.Public)
	if err != nil || len(page.Features) != 1 || string(page.Features[0]) != `{"type":"Feature","id":1,"geometry":null,"properties":{"text":"a`+strings.Repeat("x", 100)+`1","whole":9007199254740993}}` {
		t.Errorf("%s, %v", page.Features, err)
	}
}
