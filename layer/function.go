package layer

import (
	"context"
	"math"
	"strconv"
	"strings"

	"basin/access"
	"basin/cql2"
)

// Function is a function that a filter may call besides the operators of the standard.
type Function struct {
	Name    string
	Doc     string
	Args    []Argument
	Returns string // boolean, number or geometry
	Example Example

	compile func(k *compiler, x *cql2.Call, args []term) (term, error)
}

// Example is a filter that finds something in the shipped region.
type Example struct{ Layer, Filter string }

// Argument is an argument of a function.
type Argument struct {
	Title string
	Doc   string
	Type  string // geometry, number or string

	literal bool // whether it must stand there as a literal
}

// Network knows which way the water goes.
type Network interface {
	// Trace finds the things (stations, works, reaches, nodes) up- or downstream of a thing, of those that a reader of that clearance may see. The second
	// result says whether some reach on the way has no stated direction of flow, and was gone both ways. Where there is no such thing on the network the
	// fault is of the kind NotFound.
	Trace(ctx context.Context, thing string, upstream bool, clearance access.Class) ([]string, bool, error)
}

// Limits of arguments, in metres.
const (
	maxDistance = 20_100_000 // half around the Earth
	maxBuffer   = 100_000
)

// Functions lists the functions.
func Functions() []Function {
	geom := Argument{Title: "geometry", Doc: "a geometry: geom, a literal, feature(…) or buffer(…)", Type: "geometry"}
	other := Argument{Title: "other", Doc: "another geometry", Type: "geometry"}
	metres := Argument{Title: "metres", Doc: "a distance along the surface of the Earth, as a literal number", Type: "number", literal: true}
	thing := Argument{Title: "thing", Doc: "identifier of a station, work, reach or node, for instance 'station:60117200'", Type: "string", literal: true}
	return []Function{
		{"dwithin", "Whether two geometries are no further apart than that many metres.", []Argument{geom, other, metres}, "boolean",
			Example{"work", "dwithin(geom, POINT(120.755 32.035), 20000)"}, dwithin},
		{"distance", "Metres between two geometries.", []Argument{geom, other}, "number",
			Example{"station", "distance(geom, POINT(120.755 32.035)) < 20000"}, measure("ST_Distance(%a::geography, %b::geography)")},
		{"length", "Length of a line in metres; 0 for others.", []Argument{geom}, "number",
			Example{"road", "length(geom) > 5000"}, measure("ST_Length(%a::geography)")},
		{"area", "Area of a polygon in square metres; 0 for others.", []Argument{geom}, "number",
			Example{"building", "area(geom) > 100"}, measure("ST_Area(%a::geography)")},
		{"overlap_area", "Square metres that two polygons have in common.", []Argument{geom, other}, "number",
			Example{"area", "overlap_area(geom, BBOX(120.7,31.9,121,32.1)) > 1000000"}, measure("CASE WHEN %a && %b THEN ST_Area(ST_CollectionExtract(ST_Intersection(%a, %b), 3)::geography) ELSE 0 END")},
		{"buffer", "What is within that many metres of a geometry, as a polygon; at most 100 km.", []Argument{geom, metres}, "geometry",
			Example{"station", "s_intersects(geom, buffer(POINT(120.755 32.035), 20000))"}, buffer},
		{"feature", "The geometry of a feature of any layer that you may see.", []Argument{
			{Title: "layer", Doc: "identifier of a layer", Type: "string", literal: true},
			{Title: "id", Doc: "the feature's property id, for instance 'area:320613'", Type: "string", literal: true}}, "geometry",
			Example{"river", "s_intersects(geom, feature('area', 'area:320613'))"}, featureOf},
		{"upstream_of", "Whether a thing is upstream of another along the network of reaches and works. Water flows as the reaches state; where they do not, both ways are " +
			"gone, and the answer says so.", []Argument{thing}, "boolean",
			Example{"work", "upstream_of('station:60117200')"}, trace(true)},
		{"downstream_of", "Whether a thing is downstream of another along the network; see upstream_of.", []Argument{thing}, "boolean",
			Example{"station", "downstream_of('station:60117200')"}, trace(false)},
	}
}

// call compiles a call of a function, whose name is taken in any case.
func (k *compiler) call(x *cql2.Call) (term, error) {
	for _, f := range Functions() {
		if !strings.EqualFold(f.Name, x.Name) {
			continue
		}
		if len(x.Args) != len(f.Args) {
			return term{}, cql2.Wrong(x.Place, f.Usage())
		}
		args := make([]term, len(x.Args))
		for i, arg := range x.Args {
			if f.Args[i].literal {
				continue
			}
			t, err := k.term(arg)
			if err != nil {
				return t, err
			}
			want := map[string]kind{"geometry": aGeometry, "number": aNumber, "string": aText}[f.Args[i].Type]
			if t.kind != want {
				return t, cql2.Wrong(t.at, "expected "+want.String()+" as "+f.Usage()+", but this is "+t.String())
			}
			args[i] = t
		}
		return f.compile(k, x, args)
	}
	return term{}, cql2.Wrong(x.Place, "there is no function "+clip(x.Name)+": /ogc/functions lists them")
}

// Usage says how the function is called.
func (f Function) Usage() string {
	names := make([]string, len(f.Args))
	for i, a := range f.Args {
		names[i] = a.Title
	}
	return f.Name + "(" + strings.Join(names, ", ") + ")"
}

// measure makes the compilation of a measure of geometries, of which sql is a template.
func measure(sql string) func(*compiler, *cql2.Call, []term) (term, error) {
	return func(_ *compiler, x *cql2.Call, args []term) (term, error) {
		names := []string{"%a", "(" + args[0].sql + ")"}
		if len(args) > 1 {
			names = append(names, "%b", "("+args[1].sql+")")
		}
		return term{kind: aNumber, sql: "(" + strings.NewReplacer(names...).Replace(sql) + ")", at: x.Place, risky: true}, nil
	}
}

// metresOf is the number that must stand as an argument.
func metresOf(x cql2.Expr, least, most float64) (float64, error) {
	n, ok := x.(*cql2.Number)
	if !ok || n.Value < least || n.Value > most || math.IsNaN(n.Value) {
		return 0, cql2.Wrong(x.Where(), "expected a number of metres from "+strconv.FormatFloat(least, 'f', -1, 64)+" to "+strconv.FormatFloat(most, 'f', -1, 64))
	}
	return n.Value, nil
}

// dwithin compiles a distance. An index finds the features in a box that reaches at least so far.
func dwithin(k *compiler, x *cql2.Call, args []term) (term, error) {
	m, err := metresOf(x.Args[2], 0, maxDistance)
	if err != nil {
		return term{}, err
	}
	metres := k.c.arg(m) + "::float8"
	out := term{kind: aBoolean, at: x.Place, risky: true,
		sql: "ST_DWithin((" + args[0].sql + ")::geography, (" + args[1].sql + ")::geography, " + metres + ")"}
	centre := args[1]
	if centre.plain {
		centre = args[0]
	}
	if (args[0].plain || args[1].plain) && centre.constant {
		out.index = []string{"l.geom && " + around(centre.sql, metres)}
	}
	return out, nil
}

// around is SQL for a box that holds all within a distance of a geometry, in degrees. Near a pole, or where it crosses the antimeridian, it goes all around.
func around(g, metres string) string {
	return strings.NewReplacer("{g}", "("+g+")", "{m}", "("+metres+")").Replace(`ST_Expand({g}, CASE
		WHEN greatest(abs(ST_YMin({g})), abs(ST_YMax({g}))) + {m} / 110000 >= 89 THEN 360
		WHEN greatest(abs(ST_XMin({g})), abs(ST_XMax({g}))) + {m} / (110000 * cos(radians(greatest(abs(ST_YMin({g})), abs(ST_YMax({g}))) + {m} / 110000))) > 180 THEN 360
		ELSE {m} / (110000 * cos(radians(greatest(abs(ST_YMin({g})), abs(ST_YMax({g}))) + {m} / 110000))) END, {m} / 110000)`)
}

func buffer(k *compiler, x *cql2.Call, args []term) (term, error) {
	m, err := metresOf(x.Args[1], -maxBuffer, maxBuffer)
	if err != nil {
		return term{}, err
	}
	return term{kind: aGeometry, at: x.Place, risky: true, constant: args[0].constant,
		sql: "ST_Buffer((" + args[0].sql + ")::geography, " + k.c.arg(m) + "::float8)::geometry"}, nil
}

// words are the arguments of a call that must stand as texts.
func words(x *cql2.Call) ([]string, error) {
	out := make([]string, len(x.Args))
	for i, arg := range x.Args {
		s, ok := arg.(*cql2.Text)
		if !ok {
			return nil, cql2.Wrong(arg.Where(), "expected a text in quotes")
		}
		out[i] = s.Value
	}
	return out, nil
}

// lookup counts that something is looked up.
func (k *compiler) lookup(at cql2.Place) error {
	if k.lookups++; k.lookups > maxLookups {
		return cql2.Wrong(at, "the filter names too many features of other layers")
	}
	return nil
}

func featureOf(k *compiler, x *cql2.Call, _ []term) (term, error) {
	names, err := words(x)
	if err != nil {
		return term{}, err
	}
	if err := k.lookup(x.Place); err != nil {
		return term{}, err
	}
	found, err := k.feature(names[0], names[1], x.Place)
	return term{kind: aGeometry, at: x.Place, constant: true, sql: "ST_GeomFromEWKB(" + k.c.arg(found) + "::bytea)"}, err
}

// trace makes the compilation of a walk along the network.
func trace(upstream bool) func(*compiler, *cql2.Call, []term) (term, error) {
	return func(k *compiler, x *cql2.Call, _ []term) (term, error) {
		names, err := words(x)
		if err != nil {
			return term{}, err
		}
		if err := k.lookup(x.Place); err != nil {
			return term{}, err
		}
		ids, err := k.trace(names[0], upstream, x.Place)
		return term{kind: aBoolean, at: x.Place, sql: "(l.id = ANY(" + k.c.arg(ids) + "::text[]))"}, err
	}
}
