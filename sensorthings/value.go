package sensorthings

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// durationForm is a duration as in ISO 8601 whose parts are small enough to be added to any time.
var durationForm = regexp.MustCompile(`^-?P(\d{1,4}Y)?(\d{1,4}M)?(\d{1,4}W)?(\d{1,5}D)?(T(\d{1,6}H)?(\d{1,6}M)?(\d{1,8}(\.\d{1,6})?S)?)?$`)

// ParseTime reads an instant as in ISO 8601: a day, or a day and a time; without a zone it is in UTC. A space in the place of a plus is taken for one. It is after
// the first moment of the year 1, which stands for none, and before the year 10000, which nothing can write.
func ParseTime(s string) (time.Time, bool) {
	if len(s) > 10 && len(s) < 40 {
		s = s[:10] + strings.Replace(s[10:], " ", "+", 1)
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(form, s); err == nil {
			t = t.UTC().Truncate(time.Microsecond)
			return t, t.Year() > 0 && t.Year() < 10000 && !t.IsZero()
		}
	}
	return time.Time{}, false
}

// shapes says, for each geometry of WKT, how many levels of parentheses it has around its positions.
var shapes = map[string]int{"POINT": 1, "LINESTRING": 1, "POLYGON": 2, "MULTIPOINT": 1, "MULTILINESTRING": 2, "MULTIPOLYGON": 3}

// maxPositions bounds a geometry in a query.
const maxPositions = 2000

// wkt reads a geometry.
type wkt struct {
	rest  string
	out   strings.Builder
	count int
}

// checkWKT writes a geometry in WKT anew, in two dimensions, or says what is wrong with it. Positions are longitude and latitude.
func checkWKT(s string) (string, string) {
	s = strings.ToUpper(strings.TrimSpace(s))
	s = strings.TrimPrefix(s, "SRID=4326;")
	open := strings.IndexByte(s, '(')
	if open < 0 {
		return "", "that is no geometry, for instance geography'POINT(120.8 32)'"
	}
	name := strings.Fields(s[:open])
	if len(name) == 2 && name[1] == "Z" {
		name = name[:1]
	}
	if len(name) != 1 || shapes[name[0]] == 0 {
		return "", "there is no such geometry: points, lines and polygons are known, and several of each"
	}
	w := &wkt{rest: s[open:]}
	w.out.WriteString(name[0])
	if why := w.list(name[0], shapes[name[0]]); why != "" {
		return "", why
	}
	if strings.TrimSpace(w.rest) != "" {
		return "", "something follows the geometry"
	}
	return w.out.String(), ""
}

// sign takes a sign, if it is next.
func (w *wkt) sign(s string) bool {
	rest, ok := strings.CutPrefix(strings.TrimLeft(w.rest, " \t"), s)
	if ok {
		w.rest = rest
		w.out.WriteString(s)
	}
	return ok
}

// list reads a list in parentheses, with so many levels of them.
func (w *wkt) list(name string, levels int) string {
	if !w.sign("(") {
		return "a parenthesis of the geometry is missing"
	}
	var all [][2]float64
	for {
		if levels > 1 {
			if why := w.list(name, levels-1); why != "" {
				return why
			}
		} else {
			wrapped := name == "MULTIPOINT" && w.sign("(")
			at, why := w.position()
			if why != "" {
				return why
			}
			if wrapped && !w.sign(")") {
				return "a parenthesis of the geometry is missing"
			}
			all = append(all, at)
		}
		if w.sign(",") {
			continue
		}
		if !w.sign(")") {
			return "a parenthesis of the geometry is missing"
		}
		if levels > 1 {
			return ""
		}
		return enough(name, all)
	}
}

// enough says what is wrong with the positions of a point, line or ring.
func enough(name string, all [][2]float64) string {
	switch {
	case name == "POINT" && len(all) != 1:
		return "a point has one position"
	case strings.HasSuffix(name, "LINESTRING") && len(all) < 2:
		return "a line has two positions or more"
	case strings.HasSuffix(name, "POLYGON") && (len(all) < 4 || all[0] != all[len(all)-1]):
		return "a ring has four positions or more and ends where it begins"
	}
	return ""
}

// position reads longitude, latitude and perhaps a height, which is dropped.
func (w *wkt) position() ([2]float64, string) {
	stop := strings.IndexAny(w.rest, ",()")
	if stop < 0 {
		return [2]float64{}, "a parenthesis of the geometry is missing"
	}
	fields := strings.Fields(w.rest[:stop])
	w.rest = w.rest[stop:]
	if w.count++; w.count > maxPositions {
		return [2]float64{}, "the geometry has too many positions"
	}
	if len(fields) < 2 || len(fields) > 3 {
		return [2]float64{}, "a position of the geometry is not longitude and latitude"
	}
	var at [2]float64
	for i := range at {
		x, err := strconv.ParseFloat(fields[i], 64)
		if err != nil || math.IsNaN(x) || math.Abs(x) > []float64{360, 90}[i] {
			return at, "a position of the geometry is not longitude and latitude"
		}
		at[i] = x
	}
	w.out.WriteString(strconv.FormatFloat(at[0], 'f', -1, 64) + " " + strconv.FormatFloat(at[1], 'f', -1, 64))
	return at, ""
}
