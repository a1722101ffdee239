package tiles_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
)

// city is a made-up city of so many buildings, each with four to ten corners, on streets thirty metres apart.
func city(n int) (features []json.RawMessage) {
	r := rand.New(rand.NewPCG(5, 6))
	side := int(math.Sqrt(float64(n)))
	for i := range n {
		lon, lat := 120.7+float64(i%side)*0.0003, 31.9+float64(i/side)*0.00027
		corners := 4 + 2*r.IntN(4)
		var ring []string
		for k := range corners {
			a := 2 * math.Pi * (float64(k) + 0.5*r.Float64()) / float64(corners)
			ring = append(ring, fmt.Sprintf("[%.7f,%.7f]", lon+0.00011*math.Cos(a), lat+0.0001*math.Sin(a)))
		}
		ring = append(ring, ring[0])
		features = append(features, made(fmt.Sprint("Building ", i), []string{"house", "shop", "school", "office"}[i%4], "Polygon", "["+strings.Join(ring, ",")+"]"))
	}
	return features
}

// waters are so many made-up watercourses: most of them ditches of some hundred metres, some rivers of many kilometres, each with six to eighty bends.
func waters(n int) (features []json.RawMessage) {
	r := rand.New(rand.NewPCG(7, 8))
	for i := range n {
		lon, lat, heading := 120.2+r.Float64()*1.2, 31.6+r.Float64()*0.8, 2*math.Pi*r.Float64()
		bends, step := 6+r.IntN(20), 0.0002+0.0003*r.Float64()
		if i%20 == 0 {
			bends, step = 80, 0.001
		}
		line := []string{fmt.Sprintf("[%.7f,%.7f]", lon, lat)}
		for range bends {
			heading += r.Float64() - 0.5
			lon, lat = lon+step*math.Cos(heading), lat+step*math.Sin(heading)
			line = append(line, fmt.Sprintf("[%.7f,%.7f]", lon, lat))
		}
		features = append(features, made(fmt.Sprint("Water ", i), []string{"ditch", "canal", "river"}[i%3], "LineString", strings.Join(line, ",")))
	}
	return features
}

// made is a feature of GeoJSON.
func made(name, kind, sort, coordinates string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"type":"Feature","properties":{"name":"%s","building":"%s"},"geometry":{"type":"%s","coordinates":[%s]}}`, name, kind, sort, coordinates))
}
