package layer

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"basin/access"
	"basin/fault"
)

// Query says which features of a layer are meant. What is left out does not limit.
type Query struct {
	Layer    string
	BBox     *[4]float64 // west, south, east, north; west greater than east crosses the antimeridian
	BBoxCRS  CRS         // of the box, whose first number is an easting all the same
	DateTime *Interval
	Filters  map[string]string // property: the value that it must have, as text
	Filter   *Filter
	IDs      []int64     // gids
	Nearest  *[2]float64 // only the Limit features nearest to this longitude and latitude, nearest first
	Sort     []Sort      // their order, which gid ends; not of the nearest
	After    string      // where to go on, as the Next of a page says; empty for the beginning
	Limit    int         // at most so many; 0 means 100

	// What is given of each feature.
	Properties   []string // nil for all
	SkipGeometry bool
	CRS          CRS // in which geometries are given
}

// Interval is a time, or a time from one to another, both included. A side that is nil is open.
type Interval struct{ From, To *time.Time }

// condition collects the parts of a WHERE clause with their parameters.
type condition struct {
	parts []string
	args  []any
}

// arg adds a parameter and returns its name in SQL.
func (c *condition) arg(v any) string {
	c.args = append(c.args, v)
	return "$" + strconv.Itoa(len(c.args))
}

func (c *condition) andf(format string, names ...any) {
	c.parts = append(c.parts, fmt.Sprintf(format, names...))
}

func (c *condition) sql() string { return strings.Join(c.parts, " AND ") }

// where turns a query into SQL over the layer's relation as l. What the reader may not see is left out first of all.
func (q Query) where(l Layer, clearance access.Class) (*condition, error) {
	c := &condition{}
	c.andf("l.class <= %s::text::auth.class", c.arg(string(clearance)))
	if b := q.BBox; b != nil {
		if b[0] <= b[2] || !q.BBoxCRS.Geographic() {
			c.andf("%s", c.meets(q.BBoxCRS, *b))
		} else {
			c.andf("(%s OR %s)", c.meets(q.BBoxCRS, [4]float64{b[0], b[1], 180, b[3]}), c.meets(q.BBoxCRS, [4]float64{-180, b[1], b[2], b[3]}))
		}
	}
	if q.DateTime != nil && l.Time != nil {
		c.during(*l.Time, *q.DateTime)
	}
	for _, name := range slices.Sorted(maps.Keys(q.Filters)) {
		column, ok := l.Column(name)
		if !ok || !column.Queryable() {
			return nil, fault.New(fault.Invalid, "unknown-parameter", "there is no parameter {parameter} here", "parameter", name)
		}
		v, cast, err := column.parse(q.Filters[name])
		if err != nil {
			return nil, err
		}
		c.andf("l.%s = %s::%s", quoted(name), c.arg(v), cast)
	}
	if q.IDs != nil {
		c.andf("l.gid = ANY(%s::bigint[])", c.arg(q.IDs))
	}
	return c, nil
}

// meets is the condition that a feature meets a box.
func (c *condition) meets(crs CRS, b [4]float64) string {
	return "ST_Intersects(l.geom, " + c.box(crs, b) + ")"
}

// box is SQL for a box, easting first, as it is stored. It is an envelope of its diagonal, so that one without width or height works too. The sides of one
// that is to be projected are cut into pieces, for they become curves.
func (c *condition) box(crs CRS, b [4]float64) string {
	sql := fmt.Sprintf("ST_Envelope(ST_SetSRID(ST_MakeLine(ST_MakePoint(%s::float8, %s::float8), ST_MakePoint(%s::float8, %s::float8)), %d))",
		c.arg(b[0]), c.arg(b[1]), c.arg(b[2]), c.arg(b[3]), crs.geodetic())
	if step := max(b[2]-b[0], b[3]-b[1]) / 32; step > 0 && !crs.Geographic() {
		sql = fmt.Sprintf("ST_Segmentize(%s, %s::float8)", sql, c.arg(step))
	}
	return crs.toStored(sql)
}

// during is the condition that a feature was there at some time of the interval. A day lasts until the next begins, in UTC.
func (c *condition) during(t Time, i Interval) {
	from, to := "l."+quoted(t.From), "l."+quoted(t.To)
	if i.To != nil {
		c.andf("(%[1]s IS NULL OR %[1]s <= %[2]s::timestamptz)", from, c.arg(*i.To))
	}
	if i.From == nil {
		return
	}
	switch at := c.arg(*i.From); {
	case t.Exclusive:
		c.andf("(%[1]s IS NULL OR %[1]s > %[2]s::timestamptz)", to, at)
	case t.ToIsDate:
		c.andf("(%[1]s IS NULL OR %[1]s + 1 > %[2]s::timestamptz)", to, at)
	default:
		c.andf("(%[1]s IS NULL OR %[1]s >= %[2]s::timestamptz)", to, at)
	}
}

// parse reads the text of a value that the column must have, and names the type in SQL to compare it as.
func (c Column) parse(given string) (value any, cast string, err error) {
	switch c.Type {
	case TypeInteger:
		value, err = strconv.ParseInt(given, 10, 64)
		cast = "bigint"
	case TypeNumber:
		value, err = strconv.ParseFloat(given, 64)
		cast = "float8"
	case TypeBoolean:
		value, err = strconv.ParseBool(given)
		cast = "boolean"
	case TypeDate:
		value, err = time.Parse(time.DateOnly, given)
		cast = "date"
	case TypeTime:
		value, err = time.Parse(time.RFC3339, strings.Replace(given, " ", "+", 1)) // an unescaped + arrives as a space
		cast = "timestamptz"
	default:
		return given, "text", nil
	}
	if err != nil {
		return nil, "", fault.New(fault.Invalid, "bad-parameter", "parameter {parameter} {why}", "parameter", c.Name, "why", "is not of the type "+c.Type)
	}
	return value, cast, nil
}
