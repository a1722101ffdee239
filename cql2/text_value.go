package cql2

import (
	"slices"
	"strings"
)

// reserved are the words that no bare name may be.
var reserved = []string{"AND", "OR", "NOT", "LIKE", "BETWEEN", "IN", "IS", "NULL", "TRUE", "FALSE", "DIV"}

// primary reads a literal, a name, a call, an array, or an expression in parentheses.
func (p *parser) primary() (Expr, error) {
	t := p.peek()
	if err := p.node(t.at); err != nil {
		return nil, err
	}
	switch t.kind {
	case digits:
		return p.number(false)
	case text:
		p.at++
		return &Text{Value: t.val, Place: t.at}, nil
	case quoted:
		p.at++
		return &Property{Name: t.val, Place: t.at}, nil
	case word:
		return p.word()
	case sign:
		if t.val == "(" {
			list, err := p.array()
			if err != nil {
				return nil, err
			}
			if len(list.Items) == 1 {
				return list.Items[0], nil
			}
			return list, nil
		}
	}
	return nil, p.expected(t, "a value, a name or a condition")
}

// array reads a list in parentheses.
func (p *parser) array() (*Array, error) {
	out := &Array{Items: []Expr{}, Place: p.peek().at}
	items, err := p.list(p.expr)
	out.Items = append(out.Items, items...)
	return out, err
}

// list reads what stands between parentheses, separated by commas.
func (p *parser) list(each func() (Expr, error)) ([]Expr, error) {
	if err := p.need("("); err != nil {
		return nil, err
	}
	if p.is(")") {
		return nil, nil
	}
	var out []Expr
	for {
		x, err := each()
		if err != nil {
			return nil, err
		}
		out = append(out, x)
		if p.is(",") {
			continue
		}
		if p.is(")") {
			return out, nil
		}
		return nil, p.expected(p.peek(), "a comma or )")
	}
}

// word reads what begins with a bare word.
func (p *parser) word() (Expr, error) {
	t, next := p.take(), p.peek()
	upper := strings.ToUpper(t.val)
	calls := next.kind == sign && next.val == "("
	z := next.kind == word && strings.EqualFold(next.val, "z") && p.ahead(1).val == "("
	switch {
	case upper == "TRUE" || upper == "FALSE":
		return &Bool{Value: upper == "TRUE", Place: t.at}, nil
	case slices.Contains(reserved, upper):
		p.at--
		return nil, p.expected(t, "a value, a name or a condition")
	case shapes[upper] != "" && (calls || z):
		shape, err := p.shape(shapes[upper])
		if err != nil {
			return nil, err
		}
		return makeGeometry(t.at, shape)
	case shapes[upper] != "" && next.kind == word && strings.EqualFold(next.val, "empty"):
		return nil, Wrong(t.at, "the geometry is empty")
	case !calls:
		return &Property{Name: t.val, Place: t.at}, nil
	}
	switch upper {
	case "BBOX":
		return p.bbox(t.at)
	case "DATE", "TIMESTAMP":
		return p.instant(t.at, upper)
	case "INTERVAL":
		return p.interval(t.at)
	}
	if name, ok := standard[strings.ToLower(t.val)]; ok {
		return p.standard(t.at, name)
	}
	args, err := p.list(p.expr)
	return &Call{Name: t.val, Args: args, Place: t.at}, err
}

// standard reads the operands of an operator of the standard that is written as a function.
func (p *parser) standard(at Place, name string) (Expr, error) {
	each := p.expr
	if strings.HasPrefix(name, "a_") {
		each = func() (Expr, error) { // a single value in parentheses is a list of one here
			if p.peek().val != "(" || p.peek().kind != sign {
				return p.expr()
			}
			return p.array()
		}
	}
	args, err := p.list(each)
	if err != nil {
		return nil, err
	}
	if want := arity[name][0]; len(args) != want {
		return nil, Wrong(at, wants(name))
	}
	return &Op{Name: name, Args: args, Place: at}, nil
}

// instant reads what stands after DATE or TIMESTAMP.
func (p *parser) instant(at Place, which string) (Expr, error) {
	if err := p.need("("); err != nil {
		return nil, err
	}
	t := p.take()
	if t.kind != text {
		return nil, p.expected(t, "a text in quotes")
	}
	x, ok := moment(t.val, at)
	if _, isDate := x.(*Date); !ok || isDate != (which == "DATE") {
		return nil, Wrong(t.at, badMoment(which == "DATE"))
	}
	return x, p.need(")")
}

func badMoment(day bool) string {
	if day {
		return "expected a day like 2026-07-18"
	}
	return "expected a time like 2026-07-18T08:00:00Z"
}

// interval reads what stands after INTERVAL.
func (p *parser) interval(at Place) (Expr, error) {
	sides, err := p.list(func() (Expr, error) {
		if err := p.enter(p.peek().at); err != nil {
			return nil, err
		}
		defer p.leave()
		return p.primary()
	})
	if err != nil {
		return nil, err
	}
	if len(sides) != 2 {
		return nil, Wrong(at, "an interval has a beginning and an end")
	}
	return interval(at, sides)
}

// interval makes an interval of its two sides.
func interval(at Place, sides []Expr) (Expr, error) {
	for i, side := range sides {
		switch x := side.(type) {
		case *Text:
			if x.Value == ".." {
				sides[i] = nil
				continue
			}
			m, ok := moment(x.Value, x.Place)
			if !ok {
				return nil, Wrong(x.Place, "expected a day, a time, a property or '..' for open")
			}
			sides[i] = m
		case *Date, *Timestamp, *Property, *Call:
		default:
			return nil, Wrong(side.Where(), "expected a day, a time, a property or '..' for open")
		}
	}
	return &Interval{From: sides[0], To: sides[1], Place: at}, nil
}

// coordinate reads a number with its sign.
func (p *parser) coordinate() (float64, error) {
	minus := p.is("-")
	if !minus {
		p.is("+")
	}
	t := p.peek()
	if t.kind != digits {
		return 0, p.expected(t, "a number")
	}
	p.at++
	val := t.val
	if minus {
		val = "-" + val
	}
	n, ok := parseNumber(val, t.at)
	if !ok {
		return 0, Wrong(t.at, "the number is too large")
	}
	return n.Value, nil
}

// bbox reads what stands after BBOX.
func (p *parser) bbox(at Place) (Expr, error) {
	var bounds []float64
	_, err := p.list(func() (Expr, error) {
		x, err := p.coordinate()
		if bounds = append(bounds, x); len(bounds) > 6 {
			return nil, Wrong(at, "a box has four or six numbers")
		}
		return nil, err
	})
	if err != nil {
		return nil, err
	}
	return makeBBox(at, bounds)
}

func makeBBox(at Place, bounds []float64) (Expr, error) {
	if len(bounds) != 4 && len(bounds) != 6 {
		return nil, Wrong(at, "a box has four or six numbers")
	}
	return &BBox{Bounds: bounds, Place: at}, nil
}

// makeGeometry refuses a geometry of which some positions have heights and others have none.
func makeGeometry(at Place, shape Shape) (Expr, error) {
	mixed, z := false, shape.HasZ()
	shape.Each(func(p *Position) { mixed = mixed || p.HasZ != z })
	if mixed {
		return nil, Wrong(at, "some positions have a height and others have none")
	}
	return &Geometry{Shape: shape, Place: at}, nil
}

// shape reads a geometry whose word has been read.
func (p *parser) shape(of string) (Shape, error) {
	if z := p.peek(); z.kind == word {
		p.at++
	}
	out := Shape{Type: of}
	at := p.peek().at
	_, err := p.list(func() (Expr, error) {
		switch {
		case of == "GeometryCollection":
			return nil, p.member(&out)
		case part(of) != "":
			inner, err := p.shape(part(of))
			out.Parts = append(out.Parts, inner)
			return nil, err
		}
		return nil, p.position(&out)
	})
	if err != nil {
		return out, err
	}
	if why := out.check(); why != "" {
		return out, Wrong(at, why)
	}
	if of == "Point" && len(out.Points) != 1 {
		return out, Wrong(at, "a point has one position")
	}
	return out, nil
}

// member reads a geometry of a collection.
func (p *parser) member(of *Shape) error {
	t := p.take()
	name := shapes[strings.ToUpper(t.val)]
	if t.kind != word || name == "" || name == "GeometryCollection" {
		return p.expected(t, "a geometry that is no collection")
	}
	inner, err := p.shape(name)
	of.Parts = append(of.Parts, inner)
	return err
}

// position reads a position, in parentheses of its own or, in a MultiPoint, without.
func (p *parser) position(of *Shape) error {
	at := p.peek().at
	if err := p.vertex(at); err != nil {
		return err
	}
	wrapped := of.Type == "MultiPoint" && p.is("(")
	var out Position
	var err error
	if out.X, err = p.coordinate(); err != nil {
		return err
	}
	if out.Y, err = p.coordinate(); err != nil {
		return err
	}
	if t := p.peek(); t.val != "," && t.val != ")" {
		if out.Z, err = p.coordinate(); err != nil {
			return err
		}
		out.HasZ = true
	}
	of.Points = append(of.Points, out)
	if wrapped {
		return p.need(")")
	}
	return nil
}
