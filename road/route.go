package road

import (
	"maps"
	"slices"
	"strings"

	"basin/geo"
	"basin/twin"
)

// Routes makes a route of all segments that carry the same number (field route_number; several numbers are separated by semicolons, and the first one
// owns the segment), and ties the segments to it.
func Routes(segments []twin.Row) []twin.Row {
	lines := map[string][][]geo.Place{}
	like := map[string]twin.Row{}
	for i, s := range segments {
		number, _, _ := strings.Cut(s.Fields.Text("route_number"), ";")
		number = strings.ReplaceAll(strings.TrimSpace(number), " ", "")
		if number == "" {
			continue
		}
		segments[i].Fields["route"] = number
		lines[number] = append(lines[number], geo.Lines(s.Geometry)...)
		if _, known := like[number]; !known {
			like[number] = s
		}
	}
	out := make([]twin.Row, 0, len(lines))
	for _, number := range slices.Sorted(maps.Keys(lines)) {
		s := like[number]
		level := Level(number)
		if !Proper(number) {
			level = s.Fields.Text("road_class")
		}
		r := s
		r.Kind, r.Code, r.Geometry, r.Name, r.Properties = "road", number, geo.MultiLine(lines[number]), twin.Name{}, nil
		r.Fields = twin.Fields{"number": number, "level": level}
		if level == "" {
			delete(r.Fields, "level")
		}
		out = append(out, r)
	}
	return out
}
