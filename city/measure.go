package city

import (
	"math"

	"basin/source"
	"basin/twin"
)

// storeyMetres is what a storey counts where only the number of storeys is known; such heights are marked assumed.
const storeyMetres = 3.0

// Measure fills in the base and height of an object from its models, where it does not state them itself. They are in metres above the vertical datum of the
// file, which the field datum names.
func Measure(f twin.Fields, object *source.CityObject) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, m := range object.Models {
		for _, polygon := range m.Polygons {
			for _, ring := range polygon {
				for _, v := range ring {
					low, high = math.Min(low, v[2]), math.Max(high, v[2])
				}
			}
		}
	}
	f["type"] = object.Type
	if measured, err := f.Number("measured_height"); err == nil && measured != nil && f.Text("height_m") == "" {
		f["height_m"], f["height_status"] = *measured, "measured"
	}
	if low > high {
		return
	}
	if f.Text("base_m") == "" {
		f["base_m"] = low
	}
	if f.Text("height_m") == "" && high > low { // a footprint alone tells of no height
		f["height_m"], f["height_status"] = high-low, "measured"
	}
}

// Complete fills in the height of a building that states none from its storeys.
func Complete(f twin.Fields) {
	if f.Text("height_m") != "" {
		if f.Text("height_status") == "" {
			f["height_status"] = "stated"
		}
		return
	}
	if n, err := f.Integer("storeys_above"); err == nil && n != nil {
		f["height_m"], f["height_status"] = float64(*n)*storeyMetres, "assumed"
	}
}
