package swmm

import (
	"math"

	"basin/hydro/hydraulics"
)

// shape is what a row of [XSECTIONS] makes of a conduit.
type shape struct {
	section hydraulics.Section
	full    float64 // the depth at which SWMM takes it for full, m
	filled  float64 // by how much sediment raises its bed, m
	open    bool
	culvert int
	main    hydraulics.ForceMain
}

var shapeWords = []string{
	"DUMMY", "CIRCULAR", "FILLED_CIRCULAR", "RECT_CLOSED", "RECT_OPEN", "TRAPEZOIDAL", "TRIANGULAR", "PARABOLIC", "POWER", "RECT_TRIANGULAR", "RECT_ROUND", "MODBASKETHANDLE",
	"HORIZ_ELLIPSE", "VERT_ELLIPSE", "ARCH", "EGG", "HORSESHOE", "GOTHIC", "CATENARY", "SEMIELLIPTICAL", "BASKETHANDLE", "SEMICIRCULAR", "IRREGULAR", "CUSTOM", "FORCE_MAIN", "STREET",
}

// shapeOf is the shape of a conduit with a roughness and a slope.
func (b *build) shapeOf(l *link, n, slope float64) (s shape) {
	r := l.shape
	kind := r.word(1, 0, shapeWords...)
	if kind < 0 || !r.need(3) {
		return s
	}
	word := shapeWords[kind]
	switch word {
	case "DUMMY":
		r.refuse("DUMMY")
	case "IRREGULAR":
		if k := r.find(2, b.transectNames); k >= 0 {
			s.section, s.full, s.open = b.transects[k].section, b.transects[k].full, true
		}
	case "STREET":
		if k := r.find(2, b.streetNames); k >= 0 {
			s.section, s.full, s.open = b.streets[k].section, b.streets[k].full, true
		}
	default:
		if !(n > 0) {
			l.row.fail("swmm-not-positive", "field {field} must be above zero", "field", 5)
			return s
		}
		if !r.need(6) {
			return s
		}
		s = b.measured(r, word, n, slope)
		barrels := r.within(6, 1, 1, 1000)
		s.culvert = int(r.within(7, 0, 0, 1000))
		if barrels = math.Floor(barrels); barrels > 1 && r.err == nil {
			s.section = several{s.section, barrels}
		}
	}
	if s.open && r.err == nil {
		s.section = topped(s.section, s.full)
	}
	return s
}

// measured is a shape by its four measures.
func (b *build) measured(r *row, word string, n, slope float64) (s shape) {
	length := b.unit.Length()
	height := r.above(2) * length
	if word == "CUSTOM" {
		return b.custom(r, height, n)
	}
	g2, g3, g4 := r.least(3), r.least(4), r.least(5)
	if r.err != nil {
		return s
	}
	s.full = height
	var err error
	switch word {
	case "CIRCULAR":
		s.section, err = hydraulics.NewCircular(height, n)
	case "FORCE_MAIN":
		s.main = b.forceMain(g2)
		s.section, err = hydraulics.NewCircular(height, equivalent(s.main, height, slope))
	case "FILLED_CIRCULAR":
		s.filled = g2 * length
		s.full -= s.filled
		s.section, err = hydraulics.NewFilledCircular(height, s.filled, n)
	case "HORIZ_ELLIPSE", "VERT_ELLIPSE", "ARCH":
		return b.piped(r, word, height, g2*length, g3, n)
	case "RECT_OPEN", "TRAPEZOIDAL", "TRIANGULAR", "PARABOLIC", "POWER":
		s.open = true
		s.section, err = channel(word, height, g2*length, g3, g4, n)
	default:
		s.section, err = closed(word, height, g2*length, g3*length, n)
	}
	r.blame(err)
	return s
}

// forceMain is the friction of a force main by its second measure: Hazen and Williams's C or a height of roughness.
func (b *build) forceMain(v float64) hydraulics.ForceMain {
	if b.model.Options.ForceMain == "D-W" {
		return hydraulics.ForceMain{Height: v * b.unit.rain()}
	}
	return hydraulics.ForceMain{C: v}
}

// equivalent is Manning's n that lets a force main pass as much when it is full, its flow being rough.
func equivalent(m hydraulics.ForceMain, diameter, slope float64) float64 {
	d := diameter / foot
	if m.C > 0 {
		return 1.067 / m.C * math.Pow(d/slope, 0.04)
	}
	if m.Height > 0 {
		f := 0.25 / math.Pow(math.Log10(m.Height/(3.7*diameter)), 2)
		return math.Sqrt(f/185) * math.Pow(d, 1.0/6)
	}
	return 0
}

// channel is an open shape.
func channel(word string, height, width, g3, g4, n float64) (hydraulics.Section, error) {
	switch word {
	case "RECT_OPEN":
		if g3 > 0 {
			return newTrough(width, 2-math.Floor(g3), n)
		}
		return hydraulics.NewRectangle(width, n)
	case "TRAPEZOIDAL":
		return hydraulics.NewTrapezoid(width, g3, g4, n)
	case "TRIANGULAR":
		return hydraulics.NewTriangle(height, width, n)
	case "POWER":
		return hydraulics.NewPower(height, width, g3, n)
	}
	return hydraulics.NewParabola(height, width, n)
}

// closed is a closed shape.
func closed(word string, height, width, third, n float64) (hydraulics.Section, error) {
	switch word {
	case "RECT_CLOSED":
		return hydraulics.NewClosedRectangle(height, width, n)
	case "RECT_TRIANGULAR":
		return hydraulics.NewRectTriangular(height, width, third, n)
	case "RECT_ROUND":
		return hydraulics.NewRectRound(height, width, third, n)
	case "MODBASKETHANDLE":
		return hydraulics.NewModifiedBasket(height, width, third, n)
	case "EGG":
		return hydraulics.NewEgg(height, n)
	case "HORSESHOE":
		return hydraulics.NewHorseshoe(height, n)
	case "GOTHIC":
		return hydraulics.NewGothic(height, n)
	case "CATENARY":
		return hydraulics.NewCatenary(height, n)
	case "SEMIELLIPTICAL":
		return hydraulics.NewSemiElliptical(height, n)
	case "BASKETHANDLE":
		return hydraulics.NewBasketHandle(height, n)
	}
	return hydraulics.NewSemiCircular(height, n)
}

// custom is a closed shape by a curve of widths.
func (b *build) custom(r *row, height, n float64) (s shape) {
	c := b.curve(r, 3, shapeCurve)
	if c == nil || r.err != nil {
		return s
	}
	depths, widths := c.x, c.y
	if depths[0] > 0 {
		depths, widths = append([]float64{0}, depths...), append([]float64{0}, widths...)
	}
	section, err := hydraulics.NewCustom(height, depths, widths, n)
	r.blame(err)
	return shape{section: section, full: height}
}

// piped is an ellipse or an arch by its measures or by the code of a standard pipe, which stands in the third or, without a width, in the first.
func (b *build) piped(r *row, word string, height, width, code, n float64) (s shape) {
	if width == 0 {
		code = r.number(2, 0)
	}
	if code >= 1 {
		sizes := ellipses
		if word == "ARCH" {
			sizes = arches
		}
		k := int(code) - 1
		if k >= len(sizes) {
			r.fail("swmm-no-size", "there is no standard pipe {code}", "code", code)
			return s
		}
		const inch = foot / 12
		height, width = sizes[k].low*inch, sizes[k].wide*inch
		if word == "VERT_ELLIPSE" {
			height, width = width, height
		}
	}
	s.full = height
	var err error
	if word == "ARCH" {
		s.section, err = hydraulics.NewArch(height, width, n)
	} else {
		s.section, err = hydraulics.NewEllipse(height, width, n)
	}
	r.blame(err)
	return s
}

// trough is a rectangle of whose walls some are not there for the water.
type trough struct{ width, walls, n float64 }

func newTrough(width, walls, n float64) (hydraulics.Section, error) {
	if walls < 0 {
		walls = 0
	}
	_, err := hydraulics.NewRectangle(width, n)
	return trough{width, walls, n}, err
}

// Area is that of the water at a depth.
func (s trough) Area(y float64) float64 { return s.width * max(y, 0) }

// Width is that of the surface.
func (s trough) Width(float64) float64 { return s.width }

// Perimeter is what water wets.
func (s trough) Perimeter(y float64) float64 { return s.width + s.walls*max(y, 0) }

// Conveyance is the discharge at a slope of one.
func (s trough) Conveyance(y float64) float64 {
	a := s.Area(y)
	return a * math.Pow(a/s.Perimeter(y), 2.0/3) / s.n
}

// Full is never reached.
func (s trough) Full() float64 { return math.Inf(1) }

// several are like sections side by side: the barrels of a conduit.
type several struct {
	hydraulics.Section

	count float64
}

// Area is that of all.
func (s several) Area(y float64) float64 { return s.count * s.Section.Area(y) }

// Width is that of all.
func (s several) Width(y float64) float64 { return s.count * s.Section.Width(y) }

// Perimeter is that of all.
func (s several) Perimeter(y float64) float64 { return s.count * s.Section.Perimeter(y) }

// Conveyance is that of all.
func (s several) Conveyance(y float64) float64 { return s.count * s.Section.Conveyance(y) }

// brimful is an open section above whose stated depth water stands between walls and carries no more: so SWMM has it.
type brimful struct {
	hydraulics.Section

	full, area, width, wet, carries float64
}

// topped ends a section at a depth; a ledge just there is none of it.
func topped(s hydraulics.Section, full float64) hydraulics.Section {
	full *= 1 - 1e-9
	return brimful{s, full, s.Area(full), s.Width(full), s.Perimeter(full), s.Conveyance(full)}
}

// Area is that of the water at a depth.
func (s brimful) Area(y float64) float64 {
	if y > s.full {
		return s.area + s.width*(y-s.full)
	}
	return s.Section.Area(y)
}

// Width is that of the surface.
func (s brimful) Width(y float64) float64 {
	if y > s.full {
		return s.width
	}
	return s.Section.Width(y)
}

// Perimeter is what water wets.
func (s brimful) Perimeter(y float64) float64 {
	if y > s.full {
		return s.wet
	}
	return s.Section.Perimeter(y)
}

// Conveyance is the discharge at a slope of one.
func (s brimful) Conveyance(y float64) float64 {
	if y > s.full {
		return s.carries
	}
	return s.Section.Conveyance(y)
}
