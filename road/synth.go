package road

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"basin/geo"
	"basin/twin"
)

// Plot is ground on which synthetic things are put.
type Plot struct {
	Code   string // of the administrative area
	Name   string
	Ground geo.Geometry
}

// Standard of a synthetic road by the letter of its number.
type standard struct {
	letter, grade, surface string
	count                  int
	longest, width         float64 // metres
	lanes                  int
}

// standards are what rural roads of each level commonly are (JTG 2111-2019: third class, fourth class, and fourth class of one lane).
var standards = []standard{
	{"X", "三级", "asphalt", 4, 24000, 7.0, 2},
	{"Y", "四级", "concrete", 7, 9000, 6.0, 2},
	{"C", "四级", "concrete", 14, 3500, 4.5, 1},
}

// Network is a road network as rows.
type Network struct{ Routes, Segments, Bridges []twin.Row }

// route is a synthetic road while it is made.
type route struct {
	number string
	plot   Plot
	std    standard
	line   []geo.Place
	cuts   []float64
}

// Synthesize makes a road network on plots from a seed: routes with proper numbers and stakes, segments cut where roads cross, bridges where they cross
// rivers. The same seed makes the same network.
func Synthesize(seed uint64, plots []Plot, rivers [][]geo.Place, riverCodes []string, like twin.Thing) Network {
	rng := rand.New(rand.NewPCG(seed, 1))
	var routes []*route
	for _, p := range plots {
		for _, std := range standards {
			for i := range std.count {
				line := walk(rng, p.Ground, std.longest)
				if geo.Length(line) < std.longest/8 {
					continue
				}
				routes = append(routes, &route{number: fmt.Sprintf("%s%03d%s", std.letter, i+1, p.Code), plot: p, std: std, line: line})
			}
		}
	}
	lines := make([][]geo.Place, len(routes))
	for i, r := range routes {
		lines[i] = r.line
		r.cuts = []float64{0, geo.Length(r.line)}
	}
	for _, x := range geo.Crossings(lines) {
		routes[x.A].cuts, routes[x.B].cuts = append(routes[x.A].cuts, x.AlongA), append(routes[x.B].cuts, x.AlongB)
	}
	var n Network
	for _, r := range routes {
		n.add(r, like)
	}
	for k, x := range geo.Crossings(slices.Concat(lines, rivers)) {
		if x.A >= len(lines) || x.B < len(lines) {
			continue
		}
		r := routes[x.A]
		b := like
		b.Kind, b.Code, b.Geometry = "bridge", fmt.Sprintf("SYN-B%04d", k+1), geo.Point(x.At)
		b.Name = twin.Name{Zh: fmt.Sprintf("合成桥 %s", r.number), En: fmt.Sprintf("Synthetic bridge %s", r.number)}
		n.Bridges = append(n.Bridges, twin.Row{Thing: b, Fields: twin.Fields{"type": "bridge", "route": r.number, "stake_m": x.AlongA, "length_m": 40.0 + float64(rng.IntN(60)),
			"technical_class": 1 + rng.IntN(4), "load_limit_t": float64([]int{10, 20, 30, 55}[rng.IntN(4)]), "river": riverCodes[x.B-len(lines)]}})
	}
	return n
}

// walk goes from a place inside in both directions, straying a little, until it leaves the ground or is long enough.
func walk(rng *rand.Rand, ground geo.Geometry, longest float64) []geo.Place {
	box := geo.Bounds(ground)
	var start geo.Place
	for range 200 {
		start = geo.Place{box[0] + rng.Float64()*(box[2]-box[0]), box[1] + rng.Float64()*(box[3]-box[1])}
		if geo.Contains(ground, start) {
			break
		}
	}
	bearing := rng.Float64() * 360
	const step = 250.0
	half := func(bearing float64) []geo.Place {
		var out []geo.Place
		at := start
		for d := step; d <= longest/2; d += step {
			bearing += rng.NormFloat64() * 4
			at = geo.Offset(at, bearing, step)
			if !geo.Contains(ground, at) {
				break
			}
			out = append(out, at)
		}
		return out
	}
	back, ahead := half(bearing+180), half(bearing)
	slices.Reverse(back)
	return slices.Concat(back, []geo.Place{start}, ahead)
}

// add turns a route into rows.
func (n *Network) add(r *route, like twin.Thing) {
	length := geo.Length(r.line)
	t := like
	t.Kind, t.Code, t.Geometry, t.Area = "road", r.number, geo.Line(r.line), r.plot.Code
	t.Name = twin.Name{Zh: fmt.Sprintf("%s合成路 %s", r.plot.Name, r.number), En: "Synthetic road " + r.number}
	var stakes []any
	for along := 0.0; along < length; along += 1000 {
		stakes = append(stakes, map[string]any{"stake_m": along, "along_m": along, "from": "2020-01-01"})
	}
	n.Routes = append(n.Routes, twin.Row{Thing: t, Fields: twin.Fields{"number": r.number, "level": Level(r.number), "stakes": stakes}})
	slices.SortFunc(r.cuts, cmp.Compare[float64])
	k := 0
	for i := 1; i < len(r.cuts); i++ {
		from, to := r.cuts[i-1], r.cuts[i]
		if to-from < 1 {
			r.cuts[i] = from
			continue
		}
		k++
		line := geo.Cut(r.line, from, to)
		s := like
		s.Kind, s.Code, s.Geometry, s.Name, s.Area = "segment", fmt.Sprintf("%s-%02d", r.number, k), geo.Line(line), t.Name, r.plot.Code
		n.Segments = append(n.Segments, twin.Row{Thing: s, Fields: twin.Fields{"route": r.number, "from_stake_m": from, "to_stake_m": to,
			"from_node": nodeAt(line[0]), "to_node": nodeAt(line[len(line)-1]), "length_m": geo.Length(line), "grade": r.std.grade, "surface": r.std.surface,
			"width_m": r.std.width, "lanes": r.std.lanes}})
	}
}
