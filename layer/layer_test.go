package layer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/fault"
	"basin/geo"
	"basin/layer"
	"basin/postgis"
	"basin/postgis/postgistest"
	"basin/twin"
)

// perClass is how many stations of each class the bench has. They lie apart, so that an extent betrays them.
const perClass = 7

// bench is a database with stations of all classes in a row to the east, some areas and some roads.
func bench(t *testing.T) (*postgis.DB, *layer.Store) {
	t.Helper()
	ctx := context.Background()
	db := postgistest.New(t)
	err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		var things []twin.Thing
		for i, class := range access.Classes() {
			for j := range perClass {
				things = append(things, twin.Thing{Kind: "station", Code: fmt.Sprintf("S%d-%d", i, j), Name: twin.Name{Zh: "站", En: string(class)}, Class: class,
					Geometry: geo.Point(geo.Place{100 + 10*float64(i) + 0.1*float64(j), 30 + float64(i)})})
			}
		}
		for i := range 2 {
			things = append(things, twin.Thing{Kind: "road", Code: fmt.Sprintf("R%d", i), Class: access.Public,
				Geometry: geo.Line([]geo.Place{{179, float64(i)}, {179.5, float64(i)}})})
		}
		things = append(things, twin.Thing{Kind: "road", Code: "W", Class: access.Public, Geometry: geo.Line([]geo.Place{{-179, 0}, {-178, 1}})},
			twin.Thing{Kind: "road", Code: "nowhere", Class: access.Public})
		if _, err := twin.PutThings(ctx, tx, things); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO hydro.station (id, type, chainage_m)
			SELECT id, CASE WHEN code LIKE '%-0' THEN 'tide' ELSE 'level' END, gid + 0.5 FROM twin.thing WHERE kind = 'station'`)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO road.route (id, number, level, chief, opened, ended)
			SELECT id, code, 'other', '1', CASE code WHEN 'R0' THEN date '2001-01-01' WHEN 'R1' THEN date '2011-01-01' END,
				CASE code WHEN 'R0' THEN date '2010-12-31' END FROM twin.thing WHERE kind = 'road'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return db, layer.New(db)
}

// feature is what the tests look at in a feature.
type feature struct {
	Type       string
	ID         int64
	Geometry   json.RawMessage
	Properties map[string]any
}

func items(t *testing.T, s *layer.Store, q layer.Query, clearance access.Class) ([]feature, string) {
	t.Helper()
	page, err := s.Items(context.Background(), q, clearance)
	if err != nil {
		t.Fatal(err)
	}
	features := make([]feature, len(page.Features))
	for i := range page.Features {
		if err := json.Unmarshal(page.Features[i], &features[i]); err != nil {
			t.Fatal(err)
		}
	}
	return features, page.Next
}

func codes(features []feature) []string {
	out := make([]string, len(features))
	for i, f := range features {
		out[i], _ = f.Properties["code"].(string)
	}
	slices.Sort(out)
	return out
}

// TestClassesNeverLeak looks at features, counts and extents through the eyes of each clearance.
func TestClassesNeverLeak(t *testing.T) {
	ctx := context.Background()
	_, s := bench(t)
	for i, clearance := range access.Classes() {
		q := layer.Query{Layer: "station", Limit: 1000}
		got, next := items(t, s, q, clearance)
		if len(got) != (i+1)*perClass || next != "" {
			t.Errorf("%s sees %d stations, next %q", clearance, len(got), next)
		}
		for _, f := range got {
			if !clearance.Allows(access.Class(f.Properties["name_en"].(string))) {
				t.Errorf("%s sees %v", clearance, f.Properties)
			}
			if _, shown := f.Properties["class"]; shown {
				t.Errorf("the class is shown")
			}
			if _, err := s.Item(ctx, "station", f.ID, layer.CRS{}, access.Public); (err == nil) != (f.Properties["name_en"] == "public") {
				t.Errorf("item %d for the public: %v", f.ID, err)
			}
		}
		if n, err := s.Count(ctx, q, clearance); err != nil || n == nil || *n != int64(len(got)) {
			t.Errorf("%s counts %v, %v", clearance, n, err)
		}
		e, err := s.Extent(ctx, "station", clearance)
		if want := (&[4]float64{100, 30, 100.6 + 10*float64(i), 30 + float64(i)}); err != nil || !cmp.Equal(e, want) {
			t.Errorf("%s sees the extent %v, want %v, %v", clearance, e, want, err)
		}
	}
}

// TestPagesCoverOnce walks through pages of every size.
func TestPagesCoverOnce(t *testing.T) {
	_, s := bench(t)
	for _, size := range []int{1, 4, perClass, perClass + 1} {
		seen := map[int64]int{}
		q := layer.Query{Layer: "station", Limit: size}
		for {
			page, next := items(t, s, q, access.Public)
			for _, f := range page {
				seen[f.ID]++
			}
			if next == "" {
				break
			}
			if len(page) != size {
				t.Errorf("a page of %d has %d", size, len(page))
			}
			q.After = next
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("pages of %d: %d comes %d times", size, id, n)
			}
		}
		if len(seen) != perClass {
			t.Errorf("pages of %d: %d features", size, len(seen))
		}
	}
}

// TestQueries asks by box, time and property.
func TestQueries(t *testing.T) {
	_, s := bench(t)
	day := func(s string) *time.Time {
		at, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return &at
	}
	steps := []struct {
		name string
		q    layer.Query
		want []string
	}{
		{"box", layer.Query{Layer: "station", BBox: &[4]float64{100.05, 29, 100.35, 31}}, []string{"S0-1", "S0-2", "S0-3"}},
		{"box that is a place", layer.Query{Layer: "station", BBox: &[4]float64{100, 30, 100, 30}}, []string{"S0-0"}},
		{"box that is a line", layer.Query{Layer: "station", BBox: &[4]float64{100, 30, 100.1, 30}}, []string{"S0-0", "S0-1"}},
		{"box over the antimeridian", layer.Query{Layer: "road", BBox: &[4]float64{179.2, -1, -178.5, 0.9}}, []string{"R0", "W"}},
		{"box of a line's envelope only", layer.Query{Layer: "road", BBox: &[4]float64{-178.3, 0.1, -178.1, 0.3}}, []string{}},
		{"a day", layer.Query{Layer: "road", DateTime: &layer.Interval{From: day("2005-06-01"), To: day("2005-06-01")}}, []string{"R0", "W", "nowhere"}},
		{"the last day", layer.Query{Layer: "road", DateTime: &layer.Interval{From: day("2010-12-31"), To: day("2010-12-31")}}, []string{"R0", "W", "nowhere"}},
		{"from", layer.Query{Layer: "road", DateTime: &layer.Interval{From: day("2011-01-01")}}, []string{"R1", "W", "nowhere"}},
		{"to", layer.Query{Layer: "road", DateTime: &layer.Interval{To: day("2000-01-01")}}, []string{"W", "nowhere"}},
		{"a layer without time", layer.Query{Layer: "station", DateTime: &layer.Interval{To: day("2000-01-01")}, Limit: 1}, []string{"S0-0"}},
		{"text", layer.Query{Layer: "station", Filters: map[string]string{"type": "tide"}}, []string{"S0-0"}},
		{"number and text", layer.Query{Layer: "station", Filters: map[string]string{"chainage_m": "1.50", "type": "tide"}}, []string{"S0-0"}},
		{"not SQL", layer.Query{Layer: "station", Filters: map[string]string{"type": "' OR true --"}}, []string{}},
		{"date", layer.Query{Layer: "road", Filters: map[string]string{"opened": "2001-01-01"}}, []string{"R0"}},
	}
	for _, step := range steps {
		got, _ := items(t, s, step.q, access.Public)
		if diff := cmp.Diff(step.want, codes(got)); diff != "" {
			t.Errorf("%s: %s", step.name, diff)
		}
		if n, err := s.Count(context.Background(), step.q, access.Public); err != nil || n == nil || (*n != int64(len(step.want)) && step.q.Limit == 0) {
			t.Errorf("%s: count %v, %v", step.name, n, err)
		}
	}
	refused := map[string]layer.Query{
		"bad-parameter":     {Layer: "station", Filters: map[string]string{"chainage_m": "far"}},
		"unknown-parameter": {Layer: "station", Filters: map[string]string{"class": "public"}},
		"unknown-layer":     {Layer: "feed.event"},
	}
	for code, q := range refused {
		_, err := s.Items(context.Background(), q, access.Public)
		if f := fault.Of(err); f == nil || f.Code != code {
			t.Errorf("%s: %v", code, err)
		}
	}
}

// TestRegister looks at the shipped layers: each has its columns with comments, and answers.
func TestRegister(t *testing.T) {
	ctx := context.Background()
	_, s := bench(t)
	layers, err := s.List(ctx, access.Public)
	if err != nil || len(layers) != 13 {
		t.Fatal(len(layers), err)
	}
	without := 0
	for _, l := range layers {
		items(t, s, layer.Query{Layer: l.ID}, access.Restricted)
		for _, c := range l.Columns {
			if c.Comment == "" {
				without++
			}
		}
	}
	if without > 12 {
		t.Errorf("%d columns have no comment", without)
	}
	l, err := s.Get(ctx, "station", access.Public)
	if err != nil {
		t.Fatal(err)
	}
	if c, _ := l.Column("type"); c.Type != layer.TypeString || c.Comment == "" {
		t.Errorf("%+v", c)
	}
	if c, _ := l.Column("chainage_m"); c.Type != layer.TypeNumber {
		t.Errorf("%+v", c)
	}
	for _, hidden := range []string{"geom", "geom_3857", "class", "changed", "gid"} {
		if _, ok := l.Column(hidden); ok {
			t.Errorf("%s is shown", hidden)
		}
	}
}
