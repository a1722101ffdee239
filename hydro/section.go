package hydro

import (
	"cmp"
	"math"
	"slices"

	"basin/geo"
	"basin/twin"
)

// Sections gathers rows that are single measured points into cross-sections: points with the same field section make one, ordered by their field number,
// else by offset_m. A section's line joins its points.
func Sections(points []twin.Row) []twin.Row {
	groups := map[string][]twin.Row{}
	var order []string
	for _, p := range points {
		code := p.Fields.Text("section")
		if groups[code] == nil {
			order = append(order, code)
		}
		groups[code] = append(groups[code], p)
	}
	out := make([]twin.Row, 0, len(order))
	for _, code := range order {
		out = append(out, gather(code, groups[code]))
	}
	return out
}

// gather makes one section of its points.
func gather(code string, points []twin.Row) twin.Row {
	rank := func(r twin.Row) float64 {
		for _, name := range []string{"number", "offset_m"} {
			if x, err := r.Fields.Number(name); err == nil && x != nil {
				return *x
			}
		}
		return float64(r.Index)
	}
	slices.SortStableFunc(points, func(a, b twin.Row) int { return cmp.Compare(rank(a), rank(b)) })
	s := points[0]
	s.Code, s.Fields = code, twin.Fields{"datum": points[0].Fields["datum"], "river": points[0].Fields["river"]}
	var line []geo.Place
	var profile []any
	along := 0.0
	for i, p := range points {
		at, ok := geo.At(p.Geometry)
		if !ok {
			continue
		}
		if n := len(line); n > 0 {
			along += geo.Distance(line[n-1], at)
		}
		line = append(line, at)
		point := map[string]any{"number": i, "offset_m": along, "elevation_m": p.Fields["elevation_m"], "roughness": p.Fields["roughness"]}
		if h := geo.Heights(p.Geometry); p.Fields.Text("elevation_m") == "" && len(h) > 0 && !math.IsNaN(h[0]) {
			point["elevation_m"] = h[0]
		}
		profile = append(profile, point)
	}
	s.Geometry = nil
	if len(line) > 1 {
		s.Geometry = geo.Line(line)
	} else if len(line) == 1 {
		s.Geometry = geo.Point(line[0])
	}
	s.Fields["points"] = profile
	return s
}
