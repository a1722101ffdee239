package road_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"basin/geo"
	"basin/road"
	"basin/twin"
)

func ExampleProper() {
	fmt.Println(road.Proper("X101320682"), road.Level("X101320682"))
	fmt.Println(road.Proper("G40"), road.Level("G40"))
	fmt.Println(road.Proper("A9"), road.Level("A9"))
	// Output:
	// true county
	// true national
	// false other
}

// row is a way with nodes.
func row(code string, nodes ...int) twin.Row {
	var places []geo.Place
	var names []any
	for _, n := range nodes {
		places = append(places, geo.Place{120 + float64(n)/1000, 32})
		names = append(names, fmt.Sprint(n))
	}
	return twin.Row{Thing: twin.Thing{Code: code, Geometry: geo.Line(places)}, Fields: twin.Fields{"nodes": names}}
}

// TestSegments: ways are cut at the nodes that others use, inside and at their ends, and nowhere else.
func TestSegments(t *testing.T) {
	got := map[string][2]string{}
	length := 0.0
	for _, s := range road.Segments([]twin.Row{row("a", 1, 2, 3, 4, 5), row("b", 3, 30, 31), row("c", 5, 6)}) {
		got[s.Code] = [2]string{s.Fields.Text("from_node"), s.Fields.Text("to_node")}
		if n, err := s.Fields.Number("length_m"); err == nil && n != nil {
			length += *n
		}
	}
	want := map[string][2]string{"a-1": {"1", "3"}, "a-2": {"3", "5"}, "b": {"3", "31"}, "c": {"5", "6"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if whole := geo.Length([]geo.Place{{120.001, 32}, {120.006, 32}}) + geo.Length([]geo.Place{{120.003, 32}, {120.031, 32}}); math.Abs(length-whole) > 0.01 {
		t.Errorf("segments are %v m long together; the ways %v", length, whole)
	}
}

// TestRoutes: segments of one number make one route; of several numbers the first counts; a number against the rule keeps the class of its road.
func TestRoutes(t *testing.T) {
	segments := []twin.Row{row("a", 1, 2), row("b", 2, 3), row("c", 3, 4), row("d", 4, 5)}
	for i, ref := range []string{"X101320682; S1", "X101320682", "B 85", ""} {
		segments[i].Fields["route_number"], segments[i].Fields["road_class"] = ref, "national"
	}
	levels := map[string]string{}
	for _, r := range road.Routes(segments) {
		levels[r.Code] = r.Fields.Text("level")
		if lines := geo.Lines(r.Geometry); (r.Code == "X101320682") != (len(lines) == 2) {
			t.Errorf("%s has %d lines", r.Code, len(lines))
		}
	}
	if diff := cmp.Diff(map[string]string{"X101320682": "county", "B85": "national"}, levels); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if segments[0].Fields.Text("route") != "X101320682" || segments[3].Fields.Text("route") != "" {
		t.Errorf("segments belong to %q and %q", segments[0].Fields["route"], segments[3].Fields["route"])
	}
}

// shape is everything that a network says of its segments.
func shape(n road.Network) string {
	text := ""
	for _, s := range n.Segments {
		text += fmt.Sprintln(s.Code, s.Fields, geo.Lines(s.Geometry))
	}
	return text
}

// TestSynthesize: the same seed makes the same network, another seed another one, every number is proper and every road lies on its ground.
func TestSynthesize(t *testing.T) {
	plot := road.Plot{Code: "320682", Name: "如皋", Ground: geo.Polygon([]geo.Place{{120.3, 32.1}, {120.8, 32.1}, {120.8, 32.5}, {120.3, 32.5}})}
	network := func(seed uint64) road.Network {
		return road.Synthesize(seed, []road.Plot{plot}, nil, nil, twin.Thing{})
	}
	one, again, other := network(1), network(1), network(2)
	if shape(one) != shape(again) {
		t.Error("the same seed made another network")
	}
	if shape(one) == shape(other) {
		t.Error("another seed made the same network")
	}
	for _, r := range one.Routes {
		if !road.Proper(r.Code) {
			t.Errorf("%s is no proper number", r.Code)
		}
		geo.Each(r.Geometry, func(x, y float64) {
			if !geo.Contains(plot.Ground, geo.Place{x, y}) {
				t.Errorf("%s leaves its ground at %v, %v", r.Code, x, y)
			}
		})
	}
	if len(one.Routes) < 15 || len(one.Segments) < len(one.Routes) {
		t.Errorf("%d routes, %d segments", len(one.Routes), len(one.Segments))
	}
}
