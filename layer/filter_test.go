package layer

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/cql2"
	"basin/fault"
	"basin/geo"
	"basin/postgis/postgistest"
)

// evil are texts that do harm where they get into a statement.
var evil = []string{`'; DROP TABLE twin.thing; --`, `"; DROP TABLE twin.thing; --`, `/* x */`, `$1`, `$$x$$`, `\'; SELECT 1`, "a\nb", `%s%d{where}{limit}`, `河"河'`,
	`E'\x41'`, "\u202eevil", `x') OR ('1'='1`, strings.Repeat(`"`, 200)}

// statement is the SQL that a filter becomes, over a layer with such a column.
func statement(t *testing.T, s *Store, l Layer, x cql2.Expr) (string, error) {
	t.Helper()
	q := Query{Layer: l.ID, Filter: &Filter{Expr: x}}
	c, _, err := s.condition(context.Background(), l, q, access.Public)
	if err != nil {
		return "", err
	}
	return c.sql(), nil
}

// TestHostileFilters: no name and no value of the asker's gets into a statement. Unknown names are refused, and values stay values.
func TestHostileFilters(t *testing.T) {
	ctx, db := context.Background(), postgistest.New(t)
	s := New(db)
	o := OwnLayer{ID: "things", Class: access.Public, Columns: []Column{{Name: "name", Type: TypeString}, {Name: "tags", Type: TypeJSON}, {Name: evil[0], Type: TypeString}}}
	if err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if err := CreateOwn(ctx, tx, o); err != nil {
			return err
		}
		_, err := PutOwn(ctx, tx, o, []OwnFeature{{Class: access.Public, Geometry: geo.Point(geo.Place{120, 32}), Values: map[string]any{"name": evil[0], "tags": []any{evil[0]}}}})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	l, err := s.Get(ctx, "things", access.Public)
	if err != nil {
		t.Fatal(err)
	}
	op := func(name string, args ...cql2.Expr) cql2.Expr { return &cql2.Op{Name: name, Args: args} }
	name, tags := &cql2.Property{Name: "name"}, &cql2.Property{Name: "tags"}
	for _, e := range evil {
		v := &cql2.Text{Value: e}
		for what, x := range map[string]cql2.Expr{
			"equal": op("=", name, v), "less": op("<", name, v), "like": op("like", name, v), "in": op("in", name, &cql2.Array{Items: []cql2.Expr{v, v}}),
			"mixed": op("in", name, &cql2.Array{Items: []cql2.Expr{v, op("casei", v)}}), "folded": op("=", op("accenti", op("casei", name)), op("casei", v)),
			"list": op("a_contains", tags, &cql2.Array{Items: []cql2.Expr{v}}), "between": op("between", v, v, name),
		} {
			sql, err := statement(t, s, l, x)
			if err != nil {
				if what == "like" && strings.Contains(err.Error(), "backslash") {
					continue
				}
				t.Errorf("%s %q: %v", what, e, err)
				continue
			}
			if strings.Contains(sql, e) && e != `$1` || strings.Contains(sql, "DROP") {
				t.Errorf("%s %q is in %s", what, e, sql)
			}
			if _, err := s.Count(ctx, Query{Layer: "things", Filter: &Filter{Expr: x}}, access.Public); err != nil {
				t.Errorf("%s %q: %v", what, e, err)
			}
		}
		for what, x := range map[string]cql2.Expr{
			"property": op("=", &cql2.Property{Name: e + "x"}, v), "null": op("isNull", &cql2.Property{Name: e + "x"}),
			"function": op("=", &cql2.Call{Name: e, Args: []cql2.Expr{name}}, v), "layer": op("s_within", &cql2.Property{Name: "geom"},
				&cql2.Call{Name: "feature", Args: []cql2.Expr{v, v}}),
			"thing": &cql2.Call{Name: "upstream_of", Args: []cql2.Expr{v}},
		} {
			if sql, err := statement(t, s, l, x); fault.KindOf(err) != fault.Invalid {
				t.Errorf("%s %q: %s, %v", what, e, sql, err)
			}
		}
	}
	// the name of a column that the layer has is quoted by the database's rules
	x := op("isNull", &cql2.Property{Name: evil[0]})
	if sql, err := statement(t, s, l, x); err != nil || !strings.Contains(sql, `l."'; DROP TABLE twin.thing; --"`) {
		t.Errorf("%s, %v", sql, err)
	}
	n, err := s.Count(ctx, Query{Layer: "things", Filter: &Filter{Expr: op("=", name, &cql2.Text{Value: evil[0]})}}, access.Public)
	if err != nil || n == nil || *n != 1 {
		t.Errorf("%v, %v", n, err)
	}
	var things bool
	if err := db.QueryRow(ctx, `SELECT to_regclass('twin.thing') IS NOT NULL`).Scan(&things); err != nil || !things {
		t.Error("the table is gone", err)
	}
}

// TestHiddenFilters: a computation that fails for a feature of a higher class tells nothing of it, and features of other layers that are hidden are not
// there.
func TestHiddenFilters(t *testing.T) {
	ctx, db := context.Background(), postgistest.New(t)
	s := New(db)
	if err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		for _, id := range []string{"open_things", "secret_things"} {
			o := OwnLayer{ID: id, Class: access.Public, Columns: []Column{{Name: "n", Type: TypeNumber}}}
			if id == "secret_things" {
				o.Class = access.Restricted
			}
			if err := CreateOwn(ctx, tx, o); err != nil {
				return err
			}
			var features []OwnFeature
			for i, class := range access.Classes() {
				features = append(features, OwnFeature{Code: string(class), Class: class, Geometry: geo.Point(geo.Place{120 + float64(i), 32}), Values: map[string]any{"n": 1000 * i}})
			}
			if _, err := PutOwn(ctx, tx, o, features); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	ask := func(filter string, clearance access.Class) string {
		x, err := cql2.Parse(filter)
		if err != nil {
			t.Fatal(err)
		}
		n, err := s.Count(ctx, Query{Layer: "open_things", Filter: &Filter{Expr: x}}, clearance)
		if err != nil {
			return fault.Of(err).Code
		}
		return fmt.Sprint(*n)
	}
	for filter, want := range map[string][3]string{
		`10 ^ n > 0`:           {"1", "filter-failed", "filter-failed"},
		`NOT (10 ^ n < 0)`:     {"1", "filter-failed", "filter-failed"},
		`n >= 0 AND 10^n >= 0`: {"1", "filter-failed", "filter-failed"},
		`s_intersects(geom, feature('open_things', 'open_things:internal'))`:     {"filter-feature-unknown", "1", "1"},
		`s_intersects(geom, feature('secret_things', 'secret_things:public'))`:   {"filter-feature-unknown", "filter-feature-unknown", "1"},
		`distance(geom, feature('open_things', 'open_things:restricted')) < 1e6`: {"filter-feature-unknown", "filter-feature-unknown", "3"},
	} {
		for i, clearance := range access.Classes() {
			if got := ask(filter, clearance); got != want[i] {
				t.Errorf("%s as %s: %s, want %s", filter, clearance, got, want[i])
			}
		}
	}
}

// TestFilterUsesIndex: what an index can find of a relation in space is asked of it.
func TestFilterUsesIndex(t *testing.T) {
	ctx, db := context.Background(), postgistest.New(t)
	s := New(db)
	o := OwnLayer{ID: "many", Class: access.Public, Columns: []Column{{Name: "n", Type: TypeInteger}}}
	if err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if err := CreateOwn(ctx, tx, o); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO own.many (id, code, source_index, class, geom, n)
			SELECT 'many:' || i, i::text, i, 'public', ST_SetSRID(ST_MakePoint(100 + i % 200 * 0.1, 20 + i / 200 * 0.1), 4326), i FROM generate_series(0, 19999) i`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(ctx, `ANALYZE own.many`); err != nil {
		t.Fatal(err)
	}
	for _, filter := range []string{`s_intersects(geom, BBOX(110,25,110.2,25.2))`, `n > 5 AND s_within(geom, POLYGON((110 25,110.2 25,110.2 25.2,110 25)))`,
		`s_intersects(geom, BBOX(110,25,110.2,25.2)) OR s_intersects(geom, BBOX(119.8,25,-179,25.2))`, `dwithin(geom, POINT(110 25), 1000)`,
		`s_intersects(geom, buffer(POINT(110 25), 1000))`, `s_intersects(geom, feature('many', 'many:10100'))`} {
		x, err := cql2.Parse(filter)
		if err != nil {
			t.Fatal(err)
		}
		l, err := s.Get(ctx, "many", access.Public)
		if err != nil {
			t.Fatal(err)
		}
		c, _, err := s.condition(ctx, l, Query{Layer: "many", Filter: &Filter{Expr: x}}, access.Public)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := db.Query(ctx, "EXPLAIN SELECT count(*) FROM "+l.From()+" l WHERE "+c.sql(), planned(c.args)...)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if plan := strings.Join(lines, "\n"); err != nil || !strings.Contains(plan, "many_geom_idx") {
			t.Errorf("%s: %v\n%s", filter, err, plan)
		}
	}
}

// TestSlowFilters: a question that takes too long ends as one that took too long.
func TestSlowFilters(t *testing.T) {
	ctx := context.Background()
	db, s := newScattered(t)
	tx, err := db.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(ctx)
	if _, err := s.Get(ctx, "scattered", access.Public); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(ctx, `LOCK TABLE own.scattered`); err != nil {
		t.Fatal(err)
	}
	x, err := cql2.Parse("n = 1")
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	_, err = s.Items(short, Query{Layer: "scattered", Filter: &Filter{Expr: x}}, access.Public)
	if f := fault.Of(err); f == nil || f.Kind != fault.Unavailable || f.Code != "query-timeout" {
		t.Error(err)
	}
}
