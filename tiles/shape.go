package tiles

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
)

// The sorts of geometry, numbered as MVT does.
const (
	points   = 1
	lines    = 2
	polygons = 3
)

// shape is the geometry of a feature in units of the world: web mercator, 2^32 units wide, x to the east and y to the south from the middle. A unit is a
// centimetre at the equator, and a sixteenth of the grid of a tile of zoom level 16. Coordinates beyond the world's edge stand on it.
type shape struct {
	sort   uint8   // points, lines or polygons; 0 for none
	box    bounds  // around it
	coords []int32 // x and y in turn
	ends   []int32 // where each line or ring ends in coords; of points there is one end
	levels []uint8 // of lines and polygons: the first zoom level at which each place counts; always for those that go wherever geometry is simplified; nil where it never is
	outer  []bool  // of polygons: whether the ring is the outer one of a polygon, whose holes follow it; outer rings go clockwise on a map, holes the other way

	minZ  uint8 // the first zoom level at which it is to be seen
	label place // of polygons: where the label stands
}

// bounds are a box in units of the world, its edges included.
type bounds struct{ minX, minY, maxX, maxY int32 }

func (b bounds) meets(o bounds) bool {
	return b.minX <= o.maxX && o.minX <= b.maxX && b.minY <= o.maxY && o.minY <= b.maxY
}

// around is the box around two.
func (b bounds) around(o bounds) bounds {
	return bounds{min(b.minX, o.minX), min(b.minY, o.minY), max(b.maxX, o.maxX), max(b.maxY, o.maxY)}
}

// nowhere is the box around nothing.
var nowhere = bounds{math.MaxInt32, math.MaxInt32, math.MinInt32, math.MinInt32}

// worldUnit is how many units of the world a metre of web mercator is.
const worldUnit = (1 << 32) / earth

// unit is a coordinate of web mercator in units of the world.
func unit(metres float64) int32 {
	return int32(max(math.MinInt32, min(math.MaxInt32, math.Round(metres*worldUnit))))
}

// errWKB says that a geometry from the database cannot be read.
var errWKB = errors.New("a geometry from the database is no WKB")

// maxNested bounds collections in collections.
const maxNested = 8

// parseWKB reads a geometry in web mercator as ST_AsBinary(…, 'NDR') writes it, in two dimensions. Of a collection of several sorts the greatest dimension counts,
// as ST_AsMVTGeom has it. Rings that have no area are left out, and turned as shape has them.
func parseWKB(b []byte) (shape, error) {
	r := wkb{rest: b}
	r.geometry(0)
	if r.bad || len(r.rest) > 0 {
		return shape{}, errWKB
	}
	return r.shape(), nil
}

// wkb reads WKB. Parts of each sort are gathered apart.
type wkb struct {
	rest   []byte
	bad    bool
	parts  [4]shape
	rings  []run64 // of the polygon that is being read
	survey survey
}

func (r *wkb) number() uint32 {
	if len(r.rest) < 4 {
		r.bad, r.rest = true, nil
		return 0
	}
	n := binary.LittleEndian.Uint32(r.rest)
	r.rest = r.rest[4:]
	return n
}

// count reads how many there are of something that takes at least so many bytes.
func (r *wkb) count(size int) int {
	n := int(r.number())
	if n > len(r.rest)/size {
		r.bad, r.rest = true, nil
		return 0
	}
	return n
}

func (r *wkb) geometry(depth int) {
	if len(r.rest) < 5 || r.rest[0] != 1 || depth > maxNested {
		r.bad, r.rest = true, nil
		return
	}
	r.rest = r.rest[1:]
	switch r.number() {
	case 1:
		r.places(&r.parts[points], 1)
	case 2:
		s := &r.parts[lines]
		from := len(s.coords)
		n := r.count(16)
		r.survey.line(run64(r.rest[:16*n]))
		r.places(s, n)
		if len(s.coords) > from {
			s.ends = append(s.ends, int32(len(s.coords)))
		}
	case 3:
		s, whole := &r.parts[polygons], true
		r.rings = r.rings[:0]
		for ring := range r.count(4) {
			from := len(s.coords)
			n := r.count(16)
			r.rings = append(r.rings, run64(r.rest[:16*n]))
			r.places(s, n)
			if !whole { // a polygon whose outer ring has no area has no holes either
				s.coords = s.coords[:from]
				continue
			}
			whole = s.turn(from, ring == 0) || ring > 0
		}
		if len(r.rings) > 0 {
			r.survey.polygon(r.rings)
		}
	case 4, 5, 6, 7:
		for range r.count(5) {
			r.geometry(depth + 1)
		}
	default:
		r.bad, r.rest = true, nil
	}
}

// places reads so many places; one that is not a number is left out.
func (r *wkb) places(s *shape, n int) {
	if len(r.rest) < 16*n {
		r.bad, r.rest = true, nil
		return
	}
	s.coords = slices.Grow(s.coords, 2*n)
	for i := range n {
		x, y := math.Float64frombits(binary.LittleEndian.Uint64(r.rest[16*i:])), math.Float64frombits(binary.LittleEndian.Uint64(r.rest[16*i+8:]))
		if x != x || y != y { // an empty point
			continue
		}
		s.coords = append(s.coords, unit(x), unit(-y))
	}
	r.rest = r.rest[16*n:]
}

// turn closes the ring that begins at from, or takes it away where it has no area, and says whether it is there. Its last place, which is the first again, is left
// out.
func (s *shape) turn(from int, outer bool) bool {
	c := s.coords[from:]
	if n := len(c); n >= 4 && c[0] == c[n-2] && c[1] == c[n-1] {
		c = c[:n-2]
	}
	area := 0.0
	for i, n := 0, len(c); i < n; i += 2 {
		j := (i + 2) % n
		area += float64(c[i])*float64(c[j+1]) - float64(c[j])*float64(c[i+1])
	}
	if len(c) < 6 || area == 0 {
		s.coords = s.coords[:from]
		return false
	}
	if (area > 0) != outer {
		for i, j := 0, len(c)-2; i < j; i, j = i+2, j-2 {
			c[i], c[i+1], c[j], c[j+1] = c[j], c[j+1], c[i], c[i+1]
		}
	}
	s.coords = s.coords[:from+len(c)]
	s.ends, s.outer = append(s.ends, int32(len(s.coords))), append(s.outer, outer)
	return true
}

// shape is what was read.
func (r *wkb) shape() shape {
	for sort := uint8(polygons); sort >= points; sort-- {
		s := r.parts[sort]
		if len(s.coords) == 0 {
			continue
		}
		s.sort, s.box = sort, nowhere
		if sort == points {
			s.ends = []int32{int32(len(s.coords))}
		}
		for i := 0; i < len(s.coords); i += 2 {
			s.box = s.box.around(bounds{s.coords[i], s.coords[i+1], s.coords[i], s.coords[i+1]})
		}
		s.minZ, s.label = r.survey.result(sort)
		return s
	}
	return shape{box: nowhere}
}
