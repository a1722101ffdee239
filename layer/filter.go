package layer

import (
	"context"
	"fmt"
	"strings"

	"basin/access"
	"basin/cql2"
)

// Filter is a condition on the features of a layer, in the Common Query Language of OGC.
type Filter struct {
	Expr cql2.Expr
	CRS  CRS // of the geometries in it
}

// kind is the type of a value in a filter.
type kind uint8

const (
	aBoolean kind = iota
	aNumber
	aText
	aDate
	anInstant
	anInterval
	aGeometry
	aList
)

// String names the type for people.
func (k kind) String() string {
	return [...]string{"a boolean", "a number", "a text", "a date", "a timestamp", "an interval", "a geometry", "a list"}[k]
}

// term is a part of a filter in SQL over the layer's relation as l.
type term struct {
	kind
	sql      string
	at       cql2.Place
	index    []string // of a condition: one of these holds wherever it holds, and an index finds them. None where nothing is known
	risky    bool     // whether its computation may fail for some feature
	constant bool     // whether it is the same for all features
	plain    bool     // whether it is the layer's own geometry
	pieces   []string // of a geometry in two places far apart: SQL of each
	mixed    bool     // of a geometry: whether it is a collection
	from, to side     // of an interval
}

// side is a beginning or an end in time.
type side struct {
	sql  string
	kind kind // date or instant
	open bool
}

// compiler makes SQL of a filter. What the reader may not see takes no part: not even by a computation that fails.
type compiler struct {
	ctx       context.Context
	s         *Store
	l         Layer
	clearance access.Class
	crs       CRS
	c         *condition
	literals  []literal
	notes     []string
	lookups   int
}

// literal is a geometry whose validity is to be looked at.
type literal struct {
	wkt string
	at  cql2.Place
}

// maxLookups bounds how often a filter may name features of other layers, or of the network, for each is looked up.
const maxLookups = 20

// filter adds the filter of a query to its condition. The notes say what the reader of the answer should know.
func (s *Store) filter(ctx context.Context, c *condition, l Layer, f *Filter, clearance access.Class) ([]string, error) {
	if f == nil {
		return nil, nil
	}
	k := &compiler{ctx: ctx, s: s, l: l, clearance: clearance, crs: f.CRS, c: c}
	terms := []cql2.Expr{f.Expr}
	if op, ok := f.Expr.(*cql2.Op); ok && op.Name == "and" {
		terms = op.Args
	}
	for _, x := range terms {
		t, err := k.condition(x)
		if err != nil {
			return nil, err
		}
		if len(t.index) > 0 {
			c.andf("%s", anyOf(t.index))
		}
		if t.risky { // a failure must not tell of a feature that the reader may not see: it is not computed for such
			t.sql = fmt.Sprintf("CASE WHEN l.class <= %s::text::auth.class THEN %s ELSE false END", c.arg(string(clearance)), t.sql)
		}
		c.andf("%s", t.sql)
	}
	return k.notes, k.valid()
}

// anyOf joins conditions of which one must hold.
func anyOf(parts []string) string { return "(" + strings.Join(parts, " OR ") + ")" }

// condition compiles what must be true or false.
func (k *compiler) condition(x cql2.Expr) (term, error) {
	t, err := k.term(x)
	if err != nil {
		return t, err
	}
	if t.kind != aBoolean {
		return t, cql2.Wrong(t.at, "expected a condition, but this is "+t.String())
	}
	return t, nil
}

// Bounds of the SQL of a condition, and of anything else: some operators name their operands more than once.
const (
	maxCondition  = 1 << 20
	maxExpression = 100_000
)

// term compiles any part.
func (k *compiler) term(x cql2.Expr) (term, error) {
	t, err := k.part(x)
	limit := maxExpression
	if t.kind == aBoolean {
		limit = maxCondition
	}
	if err == nil && len(t.sql) > limit {
		err = errTooLong(x.Where())
	}
	return t, err
}

func errTooLong(at cql2.Place) error { return cql2.Wrong(at, "what is computed here is too long") }

// part is term without the bounds.
func (k *compiler) part(x cql2.Expr) (term, error) {
	at := x.Where()
	constant := func(as kind, cast string, v any) (term, error) {
		return term{kind: as, sql: k.c.arg(v) + "::" + cast, at: at, constant: true}, nil
	}
	switch x := x.(type) {
	case *cql2.Op:
		return k.op(x)
	case *cql2.Call:
		return k.call(x)
	case *cql2.Property:
		return k.property(x)
	case *cql2.Bool:
		return constant(aBoolean, "boolean", x.Value)
	case *cql2.Number:
		if x.Exact {
			return constant(aNumber, "bigint", x.Integer)
		}
		return constant(aNumber, "float8", x.Value)
	case *cql2.Text:
		return constant(aText, "text", x.Value)
	case *cql2.Date:
		return constant(aDate, "date", x.Day)
	case *cql2.Timestamp:
		return constant(anInstant, "timestamptz", x.At)
	case *cql2.Interval:
		return k.interval(x)
	case *cql2.Geometry:
		return k.geometry(x)
	case *cql2.BBox:
		return k.bbox(x)
	case *cql2.Array:
		return k.array(x)
	}
	return term{}, cql2.Wrong(at, "this has no meaning here")
}

// property compiles the name of a property: a column of the layer, or its geometry as geom or geometry.
func (k *compiler) property(x *cql2.Property) (term, error) {
	column, ok := k.l.Column(x.Name)
	if !ok && (x.Name == "geom" || x.Name == "geometry") {
		return term{kind: aGeometry, sql: "l.geom", at: x.Place, plain: true}, nil
	}
	if !ok {
		return term{}, errNoProperty(x, k.l)
	}
	sql := "l." + quoted(column.Name)
	switch column.Type {
	case TypeInteger, TypeNumber:
		return term{kind: aNumber, sql: sql, at: x.Place}, nil
	case TypeBoolean:
		return term{kind: aBoolean, sql: sql, at: x.Place}, nil
	case TypeDate:
		return term{kind: aDate, sql: sql, at: x.Place}, nil
	case TypeTime:
		return term{kind: anInstant, sql: sql + "::timestamptz", at: x.Place}, nil
	case TypeJSON:
		return term{kind: aList, sql: "to_jsonb(" + sql + ")", at: x.Place}, nil
	}
	return term{kind: aText, sql: sql + "::text", at: x.Place}, nil
}

// op compiles an operator.
func (k *compiler) op(x *cql2.Op) (term, error) {
	switch x.Name {
	case "and", "or", "not":
		return k.logic(x)
	case "isNull":
		t, err := k.term(x.Args[0])
		if err == nil && t.kind == anInterval {
			err = cql2.Wrong(t.at, "an interval is never null: ask for its beginning or its end")
		}
		return term{kind: aBoolean, sql: "((" + t.sql + ") IS NULL)", at: x.Place, risky: t.risky}, err
	case "like":
		return k.like(x)
	case "between":
		low, err := k.compared(x.Place, ">=", x.Args[0], x.Args[1])
		if err != nil {
			return term{}, err
		}
		high, err := k.compared(x.Place, "<=", x.Args[0], x.Args[2])
		return term{kind: aBoolean, sql: "(" + low.sql + " AND " + high.sql + ")", at: x.Place, risky: low.risky || high.risky}, err
	case "in":
		return k.in(x)
	case "casei", "accenti":
		return k.folded(x)
	case "+", "-", "*", "/", "^", "%", "div":
		return k.arithmetic(x)
	case "=", "<>", "<", ">", "<=", ">=":
		return k.compared(x.Place, x.Name, x.Args[0], x.Args[1])
	}
	switch x.Name[:2] {
	case "s_":
		return k.spatial(x)
	case "t_":
		return k.temporal(x)
	}
	return k.arrays(x)
}

// logic compiles and, or and not. What an index finds of its parts is carried on.
func (k *compiler) logic(x *cql2.Op) (term, error) {
	out := term{kind: aBoolean, at: x.Place}
	parts := make([]string, len(x.Args))
	indexed := x.Name == "or"
	for i, arg := range x.Args {
		t, err := k.condition(arg)
		if err != nil {
			return t, err
		}
		parts[i], out.risky = t.sql, out.risky || t.risky
		switch x.Name {
		case "or":
			out.index = append(out.index, t.index...)
			indexed = indexed && len(t.index) > 0
		case "and":
			if len(t.index) > 0 && out.index == nil {
				out.index, indexed = t.index, true
			}
		}
	}
	if !indexed {
		out.index = nil
	}
	if x.Name == "not" {
		out.sql = "(NOT " + parts[0] + ")"
	} else {
		out.sql = "(" + strings.Join(parts, " "+strings.ToUpper(x.Name)+" ") + ")"
	}
	return out, nil
}
