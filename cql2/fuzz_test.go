package cql2_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"basin/cql2"
	"basin/fault"
)

// again writes what was read in both forms and reads it: it must say the same, unless the form cannot say it, or nests it deeper than is read.
func again(t *testing.T, x cql2.Expr) {
	t.Helper()
	want := asJSON(t, x)
	limits := cql2.Default()
	limits.Bytes, limits.Depth, limits.Nodes = 1<<24, 1000, 1<<20
	raw, _ := cql2.JSON(x)
	y, err := cql2.ParseJSONWithin(raw, limits)
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	if diff := cmp.Diff(want, asJSON(t, y)); diff != "" {
		t.Fatalf("%s: %s", raw, diff)
	}
	text, err := cql2.String(x)
	if err != nil {
		if f := fault.Of(err); f == nil || f.Code != "filter-unwritable" {
			t.Fatal(err)
		}
		return
	}
	if y, err = cql2.ParseWithin(text, limits); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if diff := cmp.Diff(want, asJSON(t, y)); diff != "" {
		t.Fatalf("%q: %s", text, diff)
	}
}

// refused holds that a refusal is a fault of the input.
func refused(t *testing.T, err error) {
	t.Helper()
	if f := fault.Of(err); f == nil || f.Kind != fault.Invalid || strings.Contains(err.Error(), "%!") {
		t.Fatal(err)
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{`a=1 OR b<>'x' AND NOT c IS NULL`, `casei(a) LIKE casei('%b\'c')`, `x NOT BETWEEN -1 AND 2*y^3`, `a_contains(t,('x',DATE('2026-01-01')))`,
		`s_intersects(g,GEOMETRYCOLLECTION(POINT(1 2),POLYGON((0 0,1 0,1 1,0 0))))`, `t_after(INTERVAL(a,'..'),TIMESTAMP('2026-01-01T00:00:00.5Z'))`,
		`f(BBOX(1,2,3,4),"a""b",(1,2)) IN (1E30,TRUE)`, `s_within(g,MULTIPOINT((1 2 3),(3 4 5)))`, `-a div (b % 2) >= +1.5`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		x, err := cql2.Parse(s)
		if err != nil {
			refused(t, err)
			return
		}
		again(t, x)
	})
}

func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"op":"and","args":[{"op":"=","args":[{"property":"a"},1.5]},{"op":"isNull","args":[{"property":"b"}]}]}`,
		`{"op":"s_intersects","args":[{"property":"g"},{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2,3]}]}]}`,
		`{"op":"t_during","args":[{"interval":["..","2026-01-01"]},{"interval":[{"property":"a"},{"timestamp":"2026-01-01T00:00:00Z"}]}]}`,
		`{"op":"in","args":[{"op":"casei","args":["x"]},["a",{"bbox":[1,2,3,4]},[],[1]]]}`, `{"op":"f","args":[]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		x, err := cql2.ParseJSON(raw)
		if err != nil {
			refused(t, err)
			return
		}
		again(t, x)
	})
}
