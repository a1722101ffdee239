package city

import (
	"fmt"
	"math/rand/v2"

	"basin/geo"
	"basin/twin"
)

// Synthesize makes buildings beside roads, and ponds, from a seed. Storeys and occupants are as in villages and towns; the same seed makes the same ones.
func Synthesize(seed uint64, count int, roads [][]geo.Place, like twin.Thing) (buildings, ponds []twin.Row) {
	if len(roads) == 0 {
		return nil, nil
	}
	rng := rand.New(rand.NewPCG(seed, 2))
	for i := range count {
		road := roads[rng.IntN(len(roads))]
		along := rng.Float64() * geo.Length(road)
		at, ahead := geo.Along(road, along), geo.Along(road, along+5)
		if at == ahead {
			continue
		}
		bearing := geo.Bearing(at, ahead)
		side := 90.0
		if rng.IntN(2) == 0 {
			side = -90
		}
		centre := geo.Offset(at, bearing+side, 18+rng.Float64()*70)
		storeys := 1 + rng.IntN(4)
		if rng.IntN(20) == 0 {
			storeys = 6 + rng.IntN(12)
		}
		t := like
		t.Kind, t.Code, t.Geometry = "building", fmt.Sprintf("SYN-%05d", i+1), rectangle(centre, bearing, 9+rng.Float64()*16, 8+rng.Float64()*8)
		t.Name = twin.Name{Zh: fmt.Sprintf("合成建筑 %d", i+1), En: fmt.Sprintf("Synthetic building %d", i+1)}
		buildings = append(buildings, twin.Row{Thing: t, Fields: twin.Fields{"type": "Building", "height_m": float64(storeys)*storeyMetres + 1, "height_status": "synthetic",
			"storeys_above": storeys, "storeys_below": 0, "occupancy": storeys * (2 + rng.IntN(4)), "use": "residential", "cim_level": 2}})
	}
	for i := range count / 50 {
		road := roads[rng.IntN(len(roads))]
		centre := geo.Offset(geo.Along(road, rng.Float64()*geo.Length(road)), rng.Float64()*360, 300+rng.Float64()*400)
		t := like
		t.Kind, t.Code = "cityobject", fmt.Sprintf("SYN-P%04d", i+1)
		t.Geometry = rectangle(centre, rng.Float64()*90, 40+rng.Float64()*80, 30+rng.Float64()*50)
		t.Name = twin.Name{Zh: fmt.Sprintf("合成水塘 %d", i+1), En: fmt.Sprintf("Synthetic pond %d", i+1)}
		ponds = append(ponds, twin.Row{Thing: t, Fields: twin.Fields{"type": "WaterBody", "cim_level": 2}})
	}
	return buildings, ponds
}

// rectangle is a rectangle round a centre with its length, in metres, along a bearing.
func rectangle(centre geo.Place, bearing, length, width float64) geo.Geometry {
	front, back := geo.Offset(centre, bearing, length/2), geo.Offset(centre, bearing+180, length/2)
	return geo.Polygon([]geo.Place{geo.Offset(front, bearing-90, width/2), geo.Offset(back, bearing-90, width/2),
		geo.Offset(back, bearing+90, width/2), geo.Offset(front, bearing+90, width/2)})
}
