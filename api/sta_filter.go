package api

import (
	"fmt"
	"strconv"
	"strings"

	"basin/fault"
	"basin/sensorthings"
)

// staCompiler turns expressions into SQL. Names come from the table of entities; whatever a client wrote is a parameter.
type staCompiler struct {
	model  *sta
	option string // for complaints
	args   []any  // the first is the reader's clearance
	uses   int    // of entities beyond the one asked for
	atom   *staAtom
}

// staAtom is a condition that cannot be taken apart, with the entities that it looks for besides: it holds where any of them fulfils it.
type staAtom struct {
	wraps []string // each is the beginning of an EXISTS
	used  map[string]string
}

// staTerm is an expression in SQL. A literal has none until somebody says what type it is to be.
type staTerm struct {
	typ   staType
	sql   string
	until string // of a period: its end
	lit   *sensorthings.Literal
	key   string // of an observation's id: the aliases of its row
	at    int
}

// maxUses bounds the entities that the conditions of one query look for.
const maxUses = 8

// bad says what is wrong with an expression.
func (c *staCompiler) bad(at int, why string) error {
	return fault.New(fault.Invalid, "bad-query", "{option} is wrong at position {at}: {why}", "option", c.option, "at", at+1, "why", why)
}

// arg makes a parameter of that SQL type.
func (c *staCompiler) arg(v any, typ string) string {
	c.args = append(c.args, v)
	return "$" + strconv.Itoa(len(c.args)) + "::" + typ
}

// condition compiles an expression that must be true or false. use are the aliases of the entity's rows.
func (c *staCompiler) condition(x sensorthings.Expr, e *staEntity, use string) (string, error) {
	if l, ok := x.(*sensorthings.Logic); ok {
		parts := make([]string, len(l.Items))
		for i, item := range l.Items {
			var err error
			if parts[i], err = c.condition(item, e, use); err != nil {
				return "", err
			}
		}
		if l.Op == "not" {
			return "(NOT coalesce(" + parts[0] + ", false))", nil
		}
		return "(" + strings.Join(parts, " "+strings.ToUpper(l.Op)+" ") + ")", nil
	}
	outer := c.atom
	c.atom = &staAtom{used: map[string]string{}}
	defer func() { c.atom = outer }()
	t, err := c.term(x, e, use)
	if err != nil {
		return "", err
	}
	sql, err := c.as(t, staBool)
	if err != nil {
		return "", err
	}
	return strings.Join(c.atom.wraps, "") + sql + strings.Repeat(")", len(c.atom.wraps)), nil
}

// term compiles an expression.
func (c *staCompiler) term(x sensorthings.Expr, e *staEntity, use string) (staTerm, error) {
	switch x := x.(type) {
	case *sensorthings.Literal:
		return staTerm{typ: literalType(x), lit: x, at: x.At}, nil
	case *sensorthings.Path:
		return c.path(x, e, use)
	case *sensorthings.Logic:
		sql, err := c.condition(x, e, use)
		return staTerm{typ: staBool, sql: sql, at: x.At}, err
	case *sensorthings.Call:
		return c.call(x, e, use)
	case *sensorthings.Binary:
		left, err := c.term(x.Left, e, use)
		if err != nil {
			return staTerm{}, err
		}
		right, err := c.term(x.Right, e, use)
		if err != nil {
			return staTerm{}, err
		}
		if op, ok := comparisons[x.Op]; ok {
			sql, err := c.compare(op, left, right, x.At)
			return staTerm{typ: staBool, sql: sql, at: x.At}, err
		}
		return c.arithmetic(x.Op, left, right, x.At)
	}
	return staTerm{}, c.bad(x.Place(), "this does not belong here")
}

// comparisons are the operators that compare, in SQL.
var comparisons = map[string]string{"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}

// literalType is the type that a literal has by itself.
func literalType(l *sensorthings.Literal) staType {
	return map[sensorthings.Type]staType{sensorthings.Null: staNull, sensorthings.Bool: staBool, sensorthings.Integer: staInt, sensorthings.Number: staNum,
		sensorthings.Text: staText, sensorthings.Time: staTime, sensorthings.Interval: staPeriod, sensorthings.Duration: staDuration,
		sensorthings.Geography: staGeom}[l.Type]
}

// path compiles a path: links to what leads to the property, and its name.
func (c *staCompiler) path(p *sensorthings.Path, e *staEntity, use string) (staTerm, error) {
	for i, name := range p.Names {
		link, ok := c.model.leads(e, name)
		if !ok {
			return c.named(p, i, e, use)
		}
		from, to := e, c.model.of[link.to]
		e = to
		if !sameRow(from, to, link) {
			var err error
			if use, err = c.look(from, to, link, use, use+"/"+strings.Join(p.Names[:i+1], "/"), p.At); err != nil {
				return staTerm{}, err
			}
		}
	}
	return staTerm{}, c.bad(p.At, "this names no property but entities")
}

// sameRow says whether what a link leads to stands in the row that it comes from.
func sameRow(from, to *staEntity, link staLink) bool {
	if link.many {
		return from.own == staThing && to.own == staThing
	}
	return true
}

// look adds the entities that a link leads to, and answers their aliases.
func (c *staCompiler) look(from, to *staEntity, link staLink, use, walked string, at int) (string, error) {
	if c.atom == nil {
		return "", c.bad(at, "there may be several of these, so they give no order")
	}
	if known, ok := c.atom.used[walked]; ok {
		return known, nil
	}
	if c.uses++; c.uses > maxUses {
		return "", c.bad(at, "it looks for too much")
	}
	more := strconv.Itoa(c.uses)
	table, where := to.rows(more)
	c.atom.wraps = append(c.atom.wraps, fmt.Sprintf("EXISTS (SELECT FROM %s WHERE %s AND %s = %s AND ", table, where, within(to.keys[link.key], more),
		within(from.keys[link.key], use)))
	c.atom.used[walked] = more
	return more, nil
}

// named compiles the property that a path ends with; of JSON, what is inside.
func (c *staCompiler) named(p *sensorthings.Path, i int, e *staEntity, use string) (staTerm, error) {
	prop, ok := e.property(p.Names[i])
	if !ok {
		return staTerm{}, c.bad(p.At, fmt.Sprintf("a %s has no property %s", e.typ, short(p.Names[i])))
	}
	t := staTerm{typ: prop.typ, sql: "(" + within(prop.sql, use) + ")", at: p.At}
	if prop.until != "" {
		t.until = "(" + within(prop.until, use) + ")"
	}
	if e.typ == "Observation" && prop.name == "id" {
		t.key = use
		if use == "" {
			t.key = "@"
		}
	}
	rest := p.Names[i+1:]
	if len(rest) == 0 {
		return t, nil
	}
	if prop.typ == staGeom { // as in GeoJSON: location/type
		t.sql, t.typ = "ST_AsGeoJSON("+t.sql+", 7)::jsonb", staJSON
	}
	if t.typ != staJSON {
		return t, c.bad(p.At, "the property "+prop.name+" has no parts")
	}
	t.sql = "(" + t.sql + " #> " + c.arg(rest, "text[]") + ")"
	return t, nil
}

// typeNames are how complaints call the types.
var typeNames = map[staType]string{staNull: "null", staBool: "a condition", staInt: "a whole number", staNum: "a number", staText: "a text", staTime: "a time",
	staPeriod: "an interval", staDuration: "a duration", staGeom: "a geometry", staJSON: "JSON"}

// as is a term as SQL of the type that is wanted.
func (c *staCompiler) as(t staTerm, want staType) (string, error) {
	if t.lit != nil {
		return c.literal(t, want)
	}
	switch {
	case t.typ == want:
		return t.sql, nil
	case t.typ == staInt && want == staNum:
		return t.sql + "::float8", nil
	case t.typ == staInt && want == staText:
		return "(" + t.sql + ")::text", nil
	case t.typ == staJSON && want == staText:
		return "(" + t.sql + " #>> '{}')", nil
	case t.typ == staJSON && (want == staNum || want == staBool):
		name, cast := "number", "float8"
		if want == staBool {
			name, cast = "boolean", "boolean"
		}
		return fmt.Sprintf("CASE WHEN jsonb_typeof(%s) = '%s' THEN (%s #>> '{}')::%s END", t.sql, name, t.sql, cast), nil
	}
	return "", c.bad(t.at, fmt.Sprintf("this is %s, not %s", typeNames[t.typ], typeNames[want]))
}

// literal makes a parameter of a literal.
func (c *staCompiler) literal(t staTerm, want staType) (string, error) {
	l := t.lit
	switch {
	case want == staBool && l.Type == sensorthings.Bool:
		return c.arg(l.Bool, "boolean"), nil
	case want == staInt && l.Type == sensorthings.Integer:
		return c.arg(l.Integer, "bigint"), nil
	case want == staNum && (l.Type == sensorthings.Integer || l.Type == sensorthings.Number):
		return c.arg(l.Number, "float8"), nil
	case want == staText && l.Type == sensorthings.Text:
		return c.arg(l.Text, "text"), nil
	case want == staTime && l.Type == sensorthings.Time:
		return c.arg(l.From, "timestamptz"), nil
	case want == staTime && l.Type == sensorthings.Text:
		if at, ok := sensorthings.ParseTime(l.Text); ok {
			return c.arg(at, "timestamptz"), nil
		}
	case want == staDuration && l.Type == sensorthings.Duration:
		return c.arg(l.Text, "text") + "::interval", nil
	case want == staGeom && l.Type == sensorthings.Geography:
		return "ST_MakeValid(ST_GeomFromText(" + c.arg(l.Text, "text") + ", 4326))", nil
	case l.Type == sensorthings.Null:
		return "NULL", nil
	}
	return "", c.bad(t.at, fmt.Sprintf("this is %s, not %s", typeNames[t.typ], typeNames[want]))
}
