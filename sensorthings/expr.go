// Package sensorthings reads the query language of OGC SensorThings API 1.1: resource paths and the options $filter, $orderby, $expand and the like. It
// knows neither entities nor a database; what the names mean is for whoever asks.
package sensorthings

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Expr is a part of a filter or of an order: *Literal, *Path, *Call, *Binary or *Logic.
type Expr interface {
	// Place is where it stands in its option, in bytes from 0.
	Place() int
}

// Type is what a literal is.
type Type uint8

// The types of literals.
const (
	Null Type = iota
	Bool
	Integer
	Number
	Text
	Time
	Interval
	Duration
	Geography
)

// Literal is a value as it stands in an option. Only the field of its type is set; an integer has both Integer and Number.
type Literal struct {
	Type     Type
	Bool     bool
	Integer  int64
	Number   float64
	Text     string // of a duration: as in ISO 8601; of a geography: checked WKT in longitude and latitude
	From, To time.Time
	At       int
}

// Path is a name, qualified by those of what leads there: Datastream/Thing/name.
type Path struct {
	Names []string
	At    int
}

// Call is a function with its arguments.
type Call struct {
	Name string // in lower case
	Args []Expr
	At   int
}

// Binary is a comparison (eq ne gt ge lt le) or arithmetic (add sub mul div mod).
type Binary struct {
	Op          string
	Left, Right Expr
	At          int
}

// Logic joins conditions by and, by or; not has one.
type Logic struct {
	Op    string
	Items []Expr
	At    int
}

// Place is where it stands.
func (l *Literal) Place() int { return l.At }

// Place is where it stands.
func (p *Path) Place() int { return p.At }

// Place is where it stands.
func (c *Call) Place() int { return c.At }

// Place is where its operator stands.
func (b *Binary) Place() int { return b.At }

// Place is where its operator stands.
func (l *Logic) Place() int { return l.At }

// parser walks over the tokens of one option.
type parser struct {
	option string
	src    string
	tokens []token
	at     int
	nodes  int
	depth  int
}

func newParser(option, s string) (*parser, error) {
	tokens, err := lex(option, s)
	if err != nil {
		return nil, err
	}
	return &parser{option: option, src: s, tokens: tokens}, nil
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) take() token {
	t := p.tokens[p.at]
	if t.kind != end {
		p.at++
	}
	return t
}

// is says whether the next token is that sign, and takes it if so.
func (p *parser) is(s string) bool {
	if t := p.peek(); t.kind == sign && t.val == s {
		p.at++
		return true
	}
	return false
}

func (p *parser) need(s string) error {
	if p.is(s) {
		return nil
	}
	return p.wrong(p.peek(), s+" is expected here")
}

func (p *parser) wrong(t token, why string) error { return bad(p.option, t.at, why) }

// enter counts a level of nesting and a node, and refuses what has too many.
func (p *parser) enter() error {
	if p.depth++; p.depth > maxDepth {
		return p.wrong(p.peek(), "it is nested too deeply")
	}
	return p.count()
}

func (p *parser) leave() { p.depth-- }

func (p *parser) count() error {
	if p.nodes++; p.nodes > maxNodes {
		return p.wrong(p.peek(), "it has too many parts")
	}
	return nil
}

// operator says whether the next token is one of those words, and takes it if so.
func (p *parser) operator(words ...string) (token, bool) {
	t := p.peek()
	if t.kind == word {
		for _, w := range words {
			if strings.EqualFold(t.val, w) {
				p.at++
				t.val = w
				return t, true
			}
		}
	}
	return t, false
}

// expr reads an expression: conditions joined by or.
func (p *parser) expr() (Expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	return p.joined("or", func() (Expr, error) { return p.joined("and", p.condition) })
}

// joined reads what is joined by a word.
func (p *parser) joined(by string, each func() (Expr, error)) (Expr, error) {
	first, err := each()
	if err != nil {
		return nil, err
	}
	var out *Logic
	for {
		t, ok := p.operator(by)
		if !ok {
			break
		}
		if err := p.count(); err != nil {
			return nil, err
		}
		if out == nil {
			out = &Logic{Op: by, Items: []Expr{first}, At: t.at}
		}
		more, err := each()
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, more)
	}
	if out == nil {
		return first, nil
	}
	return out, nil
}

// condition reads a comparison, which not may stand before.
func (p *parser) condition() (Expr, error) {
	if t, ok := p.operator("not"); ok {
		if err := p.enter(); err != nil {
			return nil, err
		}
		defer p.leave()
		x, err := p.condition()
		if err != nil {
			return nil, err
		}
		return &Logic{Op: "not", Items: []Expr{x}, At: t.at}, nil
	}
	left, err := p.sum()
	if err != nil {
		return nil, err
	}
	t, ok := p.operator("eq", "ne", "gt", "ge", "lt", "le")
	if !ok {
		return left, nil
	}
	if err := p.count(); err != nil {
		return nil, err
	}
	right, err := p.sum()
	if err != nil {
		return nil, err
	}
	return &Binary{Op: t.val, Left: left, Right: right, At: t.at}, nil
}

func (p *parser) sum() (Expr, error) {
	return p.chain(func() (Expr, error) { return p.chain(p.primary, "mul", "div", "mod") }, "add", "sub")
}

// chain reads what is joined by operators that bind from the left.
func (p *parser) chain(each func() (Expr, error), operators ...string) (Expr, error) {
	left, err := each()
	if err != nil {
		return nil, err
	}
	for {
		t, ok := p.operator(operators...)
		if !ok {
			return left, nil
		}
		if err := p.count(); err != nil {
			return nil, err
		}
		right, err := each()
		if err != nil {
			return nil, err
		}
		left = &Binary{Op: t.val, Left: left, Right: right, At: t.at}
	}
}

// primary reads a literal, a path, a call, or an expression in parentheses.
func (p *parser) primary() (Expr, error) {
	if err := p.count(); err != nil {
		return nil, err
	}
	t := p.take()
	switch t.kind {
	case sign:
		switch t.val {
		case "(":
			x, err := p.expr()
			if err != nil {
				return nil, err
			}
			return x, p.need(")")
		case "-":
			if err := p.enter(); err != nil {
				return nil, err
			}
			defer p.leave()
			x, err := p.primary()
			if err != nil {
				return nil, err
			}
			return &Binary{Op: "sub", Left: &Literal{Type: Integer, At: t.at}, Right: x, At: t.at}, nil
		}
	case word:
		if p.is("(") {
			return p.call(t)
		}
		switch strings.ToLower(t.val) {
		case "null":
			return &Literal{Type: Null, At: t.at}, nil
		case "true", "false":
			return &Literal{Type: Bool, Bool: strings.EqualFold(t.val, "true"), At: t.at}, nil
		}
		return p.path(t)
	case text, quoted, digits, instant, interval:
		return p.literal(t)
	}
	return nil, p.wrong(t, "a value or a name is expected here")
}

// call reads the arguments of a function, whose name and parenthesis have been taken.
func (p *parser) call(name token) (Expr, error) {
	c := &Call{Name: strings.ToLower(name.val), At: name.at}
	if p.is(")") {
		return c, nil
	}
	for {
		x, err := p.expr()
		if err != nil {
			return nil, err
		}
		c.Args = append(c.Args, x)
		if !p.is(",") {
			return c, p.need(")")
		}
	}
}

// path reads the rest of a path, whose first name has been taken.
func (p *parser) path(first token) (*Path, error) {
	out := &Path{Names: []string{first.val}, At: first.at}
	for p.is("/") {
		t := p.take()
		if t.kind != word {
			return nil, p.wrong(t, "a name is expected here")
		}
		if out.Names = append(out.Names, t.val); len(out.Names) > 10 {
			return nil, p.wrong(t, "the path is too long")
		}
	}
	return out, nil
}

// literal turns a token into a value.
func (p *parser) literal(t token) (Expr, error) {
	out := &Literal{At: t.at}
	switch t.kind {
	case text:
		out.Type, out.Text = Text, t.val
	case digits:
		x, err := strconv.ParseFloat(t.val, 64)
		if err != nil || math.IsInf(x, 0) {
			return nil, p.wrong(t, "the number is too large")
		}
		out.Type, out.Number = Number, x
		if n, err := strconv.ParseInt(t.val, 10, 64); err == nil {
			out.Type, out.Integer = Integer, n
		}
	case instant:
		at, ok := ParseTime(t.val)
		if !ok {
			return nil, p.wrong(t, "there is no such time")
		}
		out.Type, out.From = Time, at
	case interval:
		a, b, _ := strings.Cut(t.val, "/")
		from, ok1 := ParseTime(a)
		to, ok2 := ParseTime(b)
		if !ok1 || !ok2 || to.Before(from) {
			return nil, p.wrong(t, "there is no such interval")
		}
		out.Type, out.From, out.To = Interval, from, to
	case quoted:
		return p.prefixed(t)
	}
	return out, nil
}

// prefixed turns a text with a word before it into a value.
func (p *parser) prefixed(t token) (Expr, error) {
	switch strings.ToLower(t.pre) {
	case "geography", "geometry":
		wkt, why := checkWKT(t.val)
		if why != "" {
			return nil, p.wrong(t, why)
		}
		return &Literal{Type: Geography, Text: wkt, At: t.at}, nil
	case "duration":
		if !durationForm.MatchString(t.val) || strings.HasSuffix(t.val, "P") || strings.HasSuffix(t.val, "T") {
			return nil, p.wrong(t, "that is no duration as in ISO 8601, for instance PT10M")
		}
		return &Literal{Type: Duration, Text: t.val, At: t.at}, nil
	case "datetime", "datetimeoffset", "date":
		at, ok := ParseTime(t.val)
		if !ok {
			return nil, p.wrong(t, "there is no such time")
		}
		return &Literal{Type: Time, From: at, At: t.at}, nil
	}
	return nil, p.wrong(t, "nothing is written as "+t.pre+"'…'")
}
