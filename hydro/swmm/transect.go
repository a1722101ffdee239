package swmm

import (
	"math"
	"slices"

	"basin/hydro/hydraulics"
)

// transect is a surveyed section.
type transect struct {
	section hydraulics.Section
	full    float64 // from its lowest to its highest place, m
}

// survey is what the rows of a transect say, in the units of the file.
type survey struct {
	row                *row
	left, right, main  float64 // roughness
	bankLeft, bankEnd  float64
	longer, wider, add float64 // modifiers: of the channel's length and of the stations, and what is added to elevations
	stations, levels   []float64
}

// mostStations is how many places SWMM takes a transect to have.
const mostStations = 1500

// readTransects reads [TRANSECTS], in the format of HEC-2: NC roughness, X1 name, banks and modifiers, GR elevations and stations.
func (b *build) readTransects() error {
	var s survey // the roughness stays for those that follow
	finish := func() error {
		if s.row != nil {
			b.transects = append(b.transects, b.transect(&s))
			return s.row.err
		}
		return nil
	}
	for i := range b.rows["TRANSECTS"] {
		r := &b.rows["TRANSECTS"][i]
		switch r.word(0, 0, "NC", "X1", "GR") {
		case 0:
			if err := finish(); err != nil {
				return err
			}
			s.row = nil
			s.manning(r)
		case 1:
			if err := finish(); err != nil {
				return err
			}
			s.begin(r, b.transectNames)
		case 2:
			s.places(r)
		}
		if r.err != nil {
			return r.err
		}
	}
	return finish()
}

// manning reads: NC, left, right, channel. What is 0 stays as it was.
func (s *survey) manning(r *row) {
	if !r.need(4) {
		return
	}
	for i, n := range [...]*float64{&s.left, &s.right, &s.main} {
		if v := r.least(i + 1); v > 0 {
			*n = v
		}
	}
	if s.left == 0 {
		s.left = s.main
	}
	if s.right == 0 {
		s.right = s.main
	}
}

// begin reads: X1, name, count, banks, 0, 0, modifiers of length, of stations and of elevations.
func (s *survey) begin(r *row, names index) {
	if !r.need(10) {
		return
	}
	if r.about = r.words[1]; names.add(r) < 0 {
		return
	}
	n := survey{row: r, left: s.left, right: s.right, main: s.main, bankLeft: r.number(3, 0), bankEnd: r.number(4, 0), longer: r.least(7), wider: r.least(8), add: r.number(9, 0)}
	if n.longer == 0 {
		n.longer = 1
	}
	if n.wider == 0 {
		n.wider = 1
	}
	*s = n
}

// places reads: GR, elevation, station, elevation, station …
func (s *survey) places(r *row) {
	if s.row != nil {
		r.about = s.row.about
	} else {
		r.fail("swmm-stray-stations", "it follows no X1")
		return
	}
	if len(r.words)%2 == 0 {
		r.need(len(r.words) + 1)
	}
	for i := 1; i+1 < len(r.words); i += 2 {
		s.levels, s.stations = append(s.levels, r.number(i, 0)), append(s.stations, r.number(i+1, 0))
	}
	if len(s.stations) >= mostStations {
		r.fail("swmm-too-many-stations", "it has more than {limit} stations", "limit", mostStations)
	}
}

// transect makes the section: panels left, channel and right, the roughness of the channel by its length. Its sides rise to its highest place.
func (b *build) transect(s *survey) (t transect) {
	if !(s.main > 0) {
		s.row.fail("swmm-no-roughness", "no NC gives it a roughness")
		return t
	}
	length := b.unit.Length()
	x, z := times(s.stations, s.wider*length), make([]float64, len(s.levels))
	for i, level := range s.levels {
		z[i] = (level + s.add) * length
	}
	if len(z) < 2 || slices.Min(z) == slices.Max(z) {
		s.row.fail("swmm-flat-transect", "it needs two stations at least, at different elevations")
		return t
	}
	main := s.main * math.Sqrt(s.longer)
	left, right := s.bankLeft*s.wider*length, s.bankEnd*s.wider*length
	if left > right {
		s.row.fail("swmm-banks", "its left bank lies right of its right bank")
		return t
	}
	first, last := x[0], x[len(x)-1]
	panels := []hydraulics.Bank{
		{Station: min(max(left, first), last), N: s.left}, {Station: min(max(right, first), last), N: main}, {N: s.right},
	}
	if left <= first || s.left == main {
		panels = panels[1:]
	}
	if right >= last || s.right == main {
		panels = panels[:len(panels)-1]
	}
	section, err := hydraulics.NewIrregular(x, z, panels...)
	s.row.blame(err)
	return transect{section, slices.Max(z) - slices.Min(z)}
}

// readStreets reads [STREETS]: name, width from curb to crown, height of the curb, slope in per cent, roughness, depth and width of the gutter, sides, and behind the curb a width, a slope and
// a roughness.
func (b *build) readStreets() error {
	for i := range b.rows["STREETS"] {
		r := &b.rows["STREETS"][i]
		if r.need(5) && b.streetNames.add(r) >= 0 {
			b.streets = append(b.streets, b.street(r))
		}
		if r.err != nil {
			return r.err
		}
	}
	return nil
}

func (b *build) street(r *row) (t transect) {
	length := b.unit.Length()
	wide, curb, slope, n := r.above(1)*length, r.above(2)*length, r.above(3)/100, r.above(4)
	depth, gutter, sides := r.least(5)*length, r.least(6)*length, r.within(7, 2, 1, 2)
	back, backSlope, backN := r.least(8)*length, r.least(9)/100, r.least(10)
	if back > 0 && !(backN > 0) {
		r.fail("swmm-not-positive", "field {field} must be above zero", "field", 11)
	}
	if gutter > wide {
		r.fail("swmm-out-of-range", "field {field} is {value}, not {low} to {high}", "field", 7, "value", r.words[6], "low", 0, "high", r.words[1])
	}
	if r.err != nil {
		return t
	}
	low := depth + slope*gutter
	crown, top := low+slope*(wide-gutter), curb+depth
	full := max(backSlope*back+top, crown)
	x, z := []float64{0, back, back, back + gutter, back + wide}, []float64{full, top, 0, low, crown}
	panels := []hydraulics.Bank{{N: n}}
	if back > 0 {
		panels = []hydraulics.Bank{{Station: back, N: backN}, {N: n}}
	}
	if sides == 1 {
		x, z = append(x, back+wide), append(z, full)
	} else {
		end := back + 2*wide
		x, z = append(x, end-gutter, end, end, end+back), append(z, low, 0, top, full)
		if back > 0 {
			panels = []hydraulics.Bank{{Station: back, N: backN}, {Station: end, N: n}, {N: backN}}
		}
	}
	section, err := hydraulics.NewIrregular(x, z, panels...)
	r.blame(err)
	return transect{section, full}
}
