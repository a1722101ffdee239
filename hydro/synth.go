package hydro

import (
	"fmt"
	"math/rand/v2"

	"basin/geo"
	"basin/twin"
)

// bed is the shape of a synthetic cross-section by the rank of its river: widths in metres, elevations in metres.
type bed struct{ top, bottom, bank, floor float64 }

var beds = map[string]bed{
	"basin-mainstream": {1800, 1200, 5, -18}, "regional-backbone": {90, 45, 4.5, -3}, "important": {60, 25, 4.2, -2}, "": {40, 15, 4, -1},
}

// RiverLine is a river's line on which synthetic things are put.
type RiverLine struct {
	Code, Rank, Name string
	Tidal            bool
	Line             []geo.Place
}

// spacing is the distance between synthetic cross-sections, in metres.
const spacing = 5000.0

// Synthesize makes cross-sections of rivers and dikes along tidal water from a seed. Elevations are above the given datum; a tidal river gets no
// cross-sections, for its line is only its bank.
func Synthesize(seed uint64, rivers []RiverLine, datum string, like twin.Thing) (sections, dikes []twin.Row) {
	rng := rand.New(rand.NewPCG(seed, 3))
	for _, r := range rivers {
		length := geo.Length(r.Line)
		if r.Tidal {
			dikes = append(dikes, dike(rng, r, datum, like))
			continue
		}
		b, ok := beds[r.Rank]
		if !ok {
			b = beds[""]
		}
		k := 0
		for along := spacing / 2; along < length; along += spacing {
			k++
			at := geo.Along(r.Line, along)
			across := geo.Bearing(at, geo.Along(r.Line, along+20)) + 90
			t := like
			t.Kind, t.Code = "section", fmt.Sprintf("SYN-%s-%02d", r.Code, k)
			t.Name = twin.Name{Zh: fmt.Sprintf("%s合成断面 %d", r.Name, k), En: fmt.Sprintf("Synthetic section %s %d", r.Code, k)}
			t.Geometry = geo.Line([]geo.Place{geo.Offset(at, across+180, b.top/2), at, geo.Offset(at, across, b.top/2)})
			floor := b.floor + rng.NormFloat64()*0.2
			var points []any
			for i, p := range [][2]float64{{0, b.bank}, {(b.top - b.bottom) / 2, floor}, {b.top / 2, floor - 0.3}, {(b.top + b.bottom) / 2, floor}, {b.top, b.bank}} {
				points = append(points, map[string]any{"number": i, "offset_m": p[0], "elevation_m": p[1], "roughness": 0.025})
			}
			sections = append(sections, twin.Row{Thing: t, Fields: twin.Fields{"river": r.Code, "chainage_m": along, "datum": datum, "points": points}})
		}
	}
	return sections, dikes
}

// dike runs beside tidal water.
func dike(rng *rand.Rand, r RiverLine, datum string, like twin.Thing) twin.Row {
	var line []geo.Place
	var crests []any
	length := geo.Length(r.Line)
	for along := 0.0; along <= length; along += 1000 {
		at := geo.Along(r.Line, along)
		next := geo.Along(r.Line, along+50)
		if next == at {
			break
		}
		line = append(line, geo.Offset(at, geo.Bearing(at, next)-90, 250))
		if int(along)%5000 == 0 {
			crests = append(crests, map[string]any{"chainage_m": along, "crest_m": 7.5 + rng.Float64(), "datum": datum})
		}
	}
	t := like
	t.Kind, t.Code, t.Geometry = "dike", "SYN-D-"+r.Code, geo.Line(line)
	t.Name = twin.Name{Zh: r.Name + "合成堤防", En: "Synthetic dike " + r.Code}
	return twin.Row{Thing: t, Fields: twin.Fields{"river": r.Code, "crests": crests}}
}
