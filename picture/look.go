// Package picture draws vector tiles: how layers look, how the world is cut into pictures, and the pictures themselves.
package picture

import (
	"image/color"
	"slices"
	"strconv"
)

// Look is how the features of a layer are drawn, on a map and in a picture alike: polygons filled, lines drawn, points as discs.
type Look struct {
	Colour   string // of features; of a layer with status, of those of which nothing is known
	ByStatus bool   // whether levels of status have colours of their own
	Known    bool   // whether only what something is known of is drawn
	Water    bool   // whether lines lie in a band of water
}

// Level is a level of status and its colour.
type Level struct{ Name, Colour string }

// Levels are the colours of levels of a status, as the page has them, from the least to the most severe; they stay apart for colour-blind readers.
var Levels = []Level{{"no_threshold", "#51606f"}, {"normal", "#0072b2"}, {"low", "#8a6100"}, {"rising", "#1a9e96"}, {"warning", "#e69f00"}, {"guaranteed", "#d1440c"},
	{"record", "#a0116b"}}

// Colours of what is not of one layer.
const (
	ownColour = "#8e44ad"
	unknown   = "#8c8c8c"
	Outline   = "#8a8578" // of polygons
	Halo      = "#ffffff" // around points
	Water     = "#a9cdea"
)

// Measures in points of a screen. MapLibre counts zoom levels by tiles of 512 points.
var (
	LineWidth = Ramp{6, 0.8, 16, 3}
	BandWidth = Ramp{6, 2.4, 16, 12} // of water
	Radius    = Ramp{6, 2, 16, 6}
	Dash      = [2]float64{3, 2} // a dash and the gap after it, in widths of the line
)

// What else looks have in common.
const (
	FillOpacity  = 0.6
	PaleOpacity  = 0.35 // of the whole line below its dashes
	OutlineWidth = 1
	HaloWidth    = 1
)

// Ramp is a measure that grows from one zoom level to another, and is the same before and after.
type Ramp struct{ FromZoom, From, ToZoom, To float64 }

// At is the measure at a zoom level.
func (r Ramp) At(zoom float64) float64 {
	t := max(0, min(1, (zoom-r.FromZoom)/(r.ToZoom-r.FromZoom)))
	return r.From + t*(r.To-r.From)
}

// Uncertain are the statuses of geometry that is no survey: its lines are dashed, over themselves in pale.
var Uncertain = []string{"schematic", "synthetic", "assumed"}

// What the attributes are called that decide how a feature is drawn.
const (
	StatusLevel    = "status_level"
	GeometryStatus = "geometry_status"
)

// colours of the shipped layers; users' layers have ownColour.
var colours = map[string]string{"area": "#e9e4d8", "cityobject": "#cfd3c8", "building": "#c9bfb3", "segment": "#b9a98a", "road": "#d08a3c", "bridge": "#8c5a2b",
	"section": "#7a6fb0", "dike": "#6b8e5a", "node": "#4a6fa5"}

// Of is the look of a layer; byStatus says whether its features come with their status.
func Of(layer string, byStatus bool) Look {
	if byStatus {
		return Look{Colour: unknown, ByStatus: true, Known: layer == "reach", Water: layer == "river"} // a reach that nothing is known of must not hide what is known of its river
	}
	if colour := colours[layer]; colour != "" {
		return Look{Colour: colour}
	}
	return Look{Colour: ownColour}
}

// rank is the place of a feature's level of status among Levels, counted from 1; 0 where it has none.
func (l Look) rank(f *feature) int {
	if !l.ByStatus {
		return 0
	}
	return 1 + slices.IndexFunc(Levels, func(level Level) bool { return level.Name == f.level })
}

// colour is the colour of features of a rank.
func (l Look) colour(rank int) string {
	if rank == 0 {
		return l.Colour
	}
	return Levels[rank-1].Colour
}

// ink is a colour as #rrggbb with an opacity.
func ink(hex string, opacity float64) color.NRGBA {
	rgb, _ := strconv.ParseUint(hex[1:], 16, 32) // all stand in this file
	return color.NRGBA{uint8(rgb >> 16), uint8(rgb >> 8), uint8(rgb), uint8(opacity*255 + 0.5)}
}
