package layer_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/fault"
	"basin/geo"
	"basin/layer"
	"basin/postgis"
	"basin/postgis/postgistest"
)

// load makes a user's layer and loads it.
func load(ctx context.Context, db *postgis.DB, o layer.OwnLayer, features []layer.OwnFeature) (c layer.Changes, err error) {
	err = pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if err := layer.CreateOwn(ctx, tx, o); err != nil {
			return err
		}
		c, err = layer.PutOwn(ctx, tx, o, features)
		return err
	})
	return c, err
}

// TestOwnLayer loads a layer, loads it again, and loads another version of it.
func TestOwnLayer(t *testing.T) {
	ctx := context.Background()
	db := postgistest.New(t)
	s := layer.New(db)
	long := strings.Repeat("长", 40)
	o := layer.OwnLayer{ID: "parks", Title: layer.Title{Zh: "公园", En: "Parks"}, Class: access.Public, GeometryType: "mixed", Columns: []layer.Column{
		{Name: "name", Type: layer.TypeString, Comment: "It's the \\name"}, {Name: "class", Type: layer.TypeString}, {Name: "area m²", Type: layer.TypeNumber},
		{Name: "trees", Type: layer.TypeInteger}, {Name: "open", Type: layer.TypeBoolean}, {Name: "since", Type: layer.TypeDate},
		{Name: "seen", Type: layer.TypeTime}, {Name: "tags", Type: layer.TypeJSON}, {Name: `"; DROP TABLE layer.layer; --`, Type: layer.TypeString},
		{Name: long, Type: layer.TypeInteger},
	}}
	square := geo.Polygon([]geo.Place{{120, 32}, {120, 32.1}, {120.1, 32.1}, {120.1, 32}}) // clockwise; GeoJSON wants the other way
	features := []layer.OwnFeature{
		{Index: 0, Code: "a", Geometry: square, Class: access.Public, Values: map[string]any{"name": "A", "class": "big", "area m²": 2.5, "trees": 3.0, "open": true,
			"since": "2001-02-03", "seen": "2026-01-02T03:04:05Z", "tags": map[string]any{"x": []any{1.0}}, long: 7, `"; DROP TABLE layer.layer; --`: "no\x00"}},
		{Index: 1, Geometry: geo.Point(geo.Place{121, -89.5}), Class: access.Restricted, Values: map[string]any{"area m²": math.NaN()}},
		{Index: 2, Class: access.Public},
	}
	steps := []struct {
		name string
		do   func()
		want layer.Changes
	}{
		{"new", func() {}, layer.Changes{Added: 3}},
		{"the same", func() {}, layer.Changes{Same: 3}},
		{"another value", func() { features[0].Values["trees"] = 4 }, layer.Changes{Same: 2, Changed: 1}},
		{"another place", func() { features[2].Geometry = square }, layer.Changes{Same: 2, Changed: 1}},
		{"one more column", func() {
			o.Columns = append(o.Columns, layer.Column{Name: "owner", Type: layer.TypeString})
			features[2].Values = map[string]any{"owner": "city"}
		}, layer.Changes{Same: 2, Changed: 1}},
		{"one less", func() { features = features[:2] }, layer.Changes{Same: 2, Removed: 1}},
	}
	for _, step := range steps {
		step.do()
		before := events(t, db)
		got, err := load(ctx, db, o, features)
		if err != nil || got != step.want {
			t.Fatalf("%s: %+v, %v", step.name, got, err)
		}
		if told := events(t, db) > before; told != (step.name != "the same") {
			t.Errorf("%s: told %v", step.name, told)
		}
	}
	l, err := s.Get(ctx, "parks", access.Public)
	if err != nil || !l.Own {
		t.Fatalf("%+v, %v", l, err)
	}
	if c, _ := l.Column("name"); c.Comment != `It's the \name` {
		t.Errorf("%+v", c)
	}
	got, _ := items(t, s, layer.Query{Layer: "parks"}, access.Public)
	if len(got) != 1 {
		t.Fatalf("the public sees %d", len(got))
	}
	if g := string(got[0].Geometry); g != `{"type":"Polygon","coordinates":[[[120,32],[120.1,32],[120.1,32.1],[120,32.1],[120,32]]]}` {
		t.Error(g)
	}
	want := map[string]any{"id": "parks:a", "code": "a", "source_index": 0.0, "geometry_status": "unknown", "accuracy_m": nil, "source": "", "dataset": nil,
		"name": "A", "class_": "big", "area m²": 2.5, "trees": 4.0, "open": true, "since": "2001-02-03", "seen": "2026-01-02T03:04:05+00:00",
		"tags": map[string]any{"x": []any{1.0}}, `"; DROP TABLE layer.layer; --`: "no", layer.ColumnName(long): 7.0, "owner": nil}
	if diff := cmp.Diff(want, got[0].Properties); diff != "" {
		t.Error(diff)
	}
	q := layer.Query{Layer: "parks", Filters: map[string]string{`"; DROP TABLE layer.layer; --`: "no", "open": "true"}}
	if got, _ := items(t, s, q, access.Public); len(got) != 1 {
		t.Errorf("asked by its property: %d", len(got))
	}
	if got, _ := items(t, s, layer.Query{Layer: "parks"}, access.Restricted); len(got) != 2 {
		t.Errorf("the operator sees %d", len(got))
	}
}

// events counts what the feed says of the layer.
func events(t *testing.T, db *postgis.DB) (n int) {
	t.Helper()
	if err := db.QueryRow(context.Background(), `SELECT count(*) FROM feed.event WHERE topic = 'tiles' AND key = 'parks'`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestOwnLayerRefused tries what cannot be.
func TestOwnLayerRefused(t *testing.T) {
	ctx := context.Background()
	db := postgistest.New(t)
	point := geo.Point(geo.Place{1, 2})
	day := []layer.Column{{Name: "d", Type: layer.TypeDate}}
	number := []layer.Column{{Name: "n", Type: layer.TypeInteger}}
	for _, step := range []struct {
		o        layer.OwnLayer
		features []layer.OwnFeature
		code     string
	}{
		{layer.OwnLayer{ID: "river"}, nil, "layer-not-own"},
		{layer.OwnLayer{ID: "Parks"}, nil, "bad-layer-id"},
		{layer.OwnLayer{ID: strings.Repeat("a", 64)}, nil, "bad-layer-id"},
		{layer.OwnLayer{ID: "area_label"}, nil, "layer-id-taken"},
		{layer.OwnLayer{ID: "x_status"}, nil, "layer-id-taken"},
		{layer.OwnLayer{ID: "x", MinZoom: new(9), MaxZoom: new(8)}, nil, "bad-zoom-range"},
		{layer.OwnLayer{ID: "x", MaxZoom: new(23)}, nil, "bad-zoom-range"},
		{layer.OwnLayer{ID: "x", Columns: number, TileAttributes: []string{"n", "m"}}, nil, "unknown-tile-attribute"},
		{layer.OwnLayer{ID: layer.All}, nil, "reserved-layer-id"},
		{layer.OwnLayer{ID: "x", Columns: []layer.Column{{Name: "n", Type: "geometry"}}}, nil, "bad-column"},
		{layer.OwnLayer{ID: "x"}, []layer.OwnFeature{{Geometry: point}, {Geometry: point}}, "duplicate-feature"},
		{layer.OwnLayer{ID: "x", Columns: number}, []layer.OwnFeature{{Values: map[string]any{"n": "many"}}}, "bad-value"},
		{layer.OwnLayer{ID: "x", Columns: day}, []layer.OwnFeature{{Values: map[string]any{"d": "soon"}}}, "not-storable"},
	} {
		_, err := load(ctx, db, step.o, step.features)
		if f := fault.Of(err); f == nil || f.Code != step.code {
			t.Errorf("%s: %v", step.code, err)
		}
	}
	if layers, err := layer.New(db).List(ctx, access.Restricted); err != nil || len(layers) != 13 {
		t.Errorf("%d layers, %v", len(layers), err)
	}
}

// TestTileSettings says which columns and zoom levels tiles have, once and again: what is not said stays.
func TestTileSettings(t *testing.T) {
	ctx, db := context.Background(), postgistest.New(t)
	o := layer.OwnLayer{ID: "plots", Columns: []layer.Column{{Name: "name", Type: layer.TypeString}, {Name: "code", Type: layer.TypeString}, {Name: "use", Type: layer.TypeString}}}
	for i, step := range []struct {
		min, max   *int
		attributes []string
		want       string
	}{
		{nil, nil, nil, "0 16 []"},
		{new(5), nil, []string{"name", "code"}, "5 16 [name code_]"},
		{nil, new(12), nil, "5 12 [name code_]"},
		{new(14), nil, []string{"id", "use"}, "14 14 [id use]"},
		{nil, new(3), []string{}, "3 3 []"},
	} {
		o.MinZoom, o.MaxZoom, o.TileAttributes = step.min, step.max, step.attributes
		if _, err := load(ctx, db, o, nil); err != nil {
			t.Fatal(err)
		}
		l, err := layer.New(db).Get(ctx, "plots", access.Restricted)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(l.MinZoom, l.MaxZoom, l.TileAttributes); got != step.want || l.InTiles("use") != (i == 0 || i > 2) {
			t.Errorf("step %d: %s, want %s", i, got, step.want)
		}
	}
}
