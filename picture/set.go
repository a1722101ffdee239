package picture

import (
	"math"
)

// Set says how the world is cut into pictures at each level: what WMTS calls a TileMatrixSet. At a level the world is as many pictures wide as in web mercator.
type Set struct {
	ID         string
	Zh, En     string // what it is called
	CRS        string // URN of the reference system
	WellKnown  string // URN of the scales; empty where they have none
	Size       int    // pixels of a picture's sides
	First      int    // level
	Last       int
	ratio      float64 // pixels to a point of a screen
	geographic bool    // whether rows are of equal degrees rather than of web mercator
}

const earth = 2 * math.Pi * 6378137 // metres around the equator

// Sets are the sets that pictures are made for.
func Sets() []Set {
	const mercator = "urn:ogc:def:crs:EPSG::3857"
	return []Set{
		{ID: "WebMercatorQuad", Zh: "球面墨卡托", En: "Web mercator", CRS: mercator, WellKnown: "urn:ogc:def:wkss:OGC:1.0:GoogleMapsCompatible", Size: 256, Last: 20, ratio: 1},
		{ID: "WebMercatorQuad512", Zh: "球面墨卡托，高分辨率屏幕", En: "Web mercator, for dense screens", CRS: mercator, Size: 512, Last: 20, ratio: 2},
		{ID: "CGCS2000Quad", Zh: "CGCS2000 经纬度", En: "CGCS2000, longitude and latitude", CRS: "urn:ogc:def:crs:EPSG::4490", Size: 256, First: 1, Last: 20, ratio: 1, geographic: true},
	}
}

// Grid is how many pictures a level has.
func (s Set) Grid(level int) (columns, rows int) {
	if s.geographic {
		return 1 << level, 1 << level / 2
	}
	return 1 << level, 1 << level
}

// Scale is the scale denominator of a level, for the pixels of 0.28 mm of OGC.
func (s Set) Scale(level int) float64 {
	return earth / float64(int(1)<<level*s.Size) / 0.00028
}

// Bounds are the lower left and the upper right corner of the world, in the order of axes of the reference system.
func (s Set) Bounds() (lower, upper [2]float64) {
	if s.geographic {
		return [2]float64{-90, -180}, [2]float64{90, 180}
	}
	return [2]float64{-earth / 2, -earth / 2}, [2]float64{earth / 2, earth / 2}
}

// Corner is the upper left corner of the world.
func (s Set) Corner() [2]float64 {
	lower, upper := s.Bounds()
	if s.geographic { // latitude comes first
		return [2]float64{upper[0], lower[1]}
	}
	return [2]float64{lower[0], upper[1]}
}

// Frame is the piece of the world that a picture shows. The world is 1 wide and 1 high in web mercator, from its north-west.
type Frame struct {
	west, east, north, south float64
	set                      Set
	level                    int
	latitude, span           float64 // of a geographic one: of its upper side, and how many degrees it is high
}

// Frame is that of one picture, which must be in the grid.
func (s Set) Frame(level, column, row int) Frame {
	side := 1 / float64(int(1)<<level)
	f := Frame{set: s, level: level, west: float64(column) * side, east: float64(column+1) * side, north: float64(row) * side, south: float64(row+1) * side}
	if s.geographic {
		f.span = 360 * side
		f.latitude = 90 - float64(row)*f.span
		f.north, f.south = northing(f.latitude), northing(f.latitude-f.span)
	}
	return f
}

// northing is where a latitude lies in the world, within it.
func northing(latitude float64) float64 {
	const limit = 85.0511287798066
	a := max(-limit, min(limit, latitude)) * math.Pi / 180
	return max(0, min(1, (1-math.Asinh(math.Tan(a))/math.Pi)/2))
}

// latitude is northing turned round.
func latitude(y float64) float64 { return math.Atan(math.Sinh(math.Pi*(1-2*y))) * 180 / math.Pi }

// place is where a place of the world lies in the picture, in pixels.
func (f Frame) place(x, y float64) (column, row float64) {
	size := float64(f.set.Size)
	column = (x - f.west) / (f.east - f.west) * size
	if f.set.geographic {
		return column, (f.latitude - latitude(y)) / f.span * size
	}
	return column, (y - f.north) / (f.south - f.north) * size
}

// Around is the box of so many points around a pixel: west, south, east, north.
func (f Frame) Around(column, row int, points float64) [4]float64 {
	size, reach := float64(f.set.Size), points*f.set.ratio
	degrees := func(column, row float64) (lon, lat float64) {
		lon = max(-180, min(180, (f.west+column/size*(f.east-f.west))*360-180))
		if f.set.geographic {
			return lon, max(-90, min(90, f.latitude-row/size*f.span))
		}
		return lon, latitude(f.north + row/size*(f.south-f.north))
	}
	x, y := float64(column)+0.5, float64(row)+0.5
	west, north := degrees(x-reach, y-reach)
	east, south := degrees(x+reach, y+reach)
	return [4]float64{west, south, east, north}
}

// Zoom is the zoom level of MapLibre at which a map has the picture's scale: one less than the level, for MapLibre's tiles are 512 points wide.
func (f Frame) Zoom() int { return max(0, f.level-1) }

// Tile names a vector tile.
type Tile struct{ Z, X, Y int }

// Tiles are the vector tiles of which the picture is made, for a layer that has none beyond a zoom level.
func (f Frame) Tiles(maxZoom int) (out []Tile) {
	z := min(f.Zoom(), maxZoom)
	n := float64(int(1) << z)
	last := 1<<z - 1
	for y := int(f.north * n); y <= min(last, int(math.Ceil(f.south*n))-1); y++ {
		out = append(out, Tile{z, int(f.west * n), y})
	}
	return out
}
