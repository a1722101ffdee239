package cql2

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// parser walks over the tokens of a filter.
type parser struct {
	budget
	lexer  lexer
	tokens []token // cut so far
	at     int
}

// Parse reads a filter in the text form within the default limits.
func Parse(s string) (Expr, error) { return ParseWithin(s, Default()) }

// ParseWithin reads a filter in the text form.
func ParseWithin(s string, limits Limits) (Expr, error) {
	p := &parser{budget: budget{limits: limits}}
	if err := p.tooLong(len(s)); err != nil {
		return nil, err
	}
	p.lexer = lexer{src: s, line: 1, column: 1}
	out, err := p.expr()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != end {
		return nil, p.expected(t, "an operator or the end")
	}
	return out, nil
}

func (p *parser) peek() token { return p.ahead(0) }

// ahead is the token after n others.
func (p *parser) ahead(n int) token {
	for len(p.tokens) <= p.at+n {
		p.tokens = append(p.tokens, p.lexer.next())
	}
	return p.tokens[p.at+n]
}

func (p *parser) take() token {
	t := p.peek()
	if t.kind != end {
		p.at++
	}
	return t
}

// expected says what should stand where t stands.
func (p *parser) expected(t token, what string) error {
	if t.kind == broken {
		return t.err
	}
	found := "it ends there"
	if t.kind != end {
		if found = t.val; len(found) > 40 {
			found = strings.ToValidUTF8(found[:40], "") + "…"
		}
		found = "found " + strconv.Quote(found)
	}
	return Wrong(t.at, "expected "+what+", but "+found)
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
	return p.expected(p.peek(), s)
}

// keyword says whether the next token is one of those words, in any case, and takes it if so.
func (p *parser) keyword(words ...string) (string, bool) {
	if t := p.peek(); t.kind == word {
		for _, w := range words {
			if strings.EqualFold(t.val, w) {
				p.at++
				return w, true
			}
		}
	}
	return "", false
}

// op makes an operator and counts it.
func (p *parser) op(at Place, name string, args ...Expr) (Expr, error) {
	if err := p.node(at); err != nil {
		return nil, err
	}
	return &Op{Name: name, Args: args, Place: at}, nil
}

// expr reads a whole expression: conditions joined by OR.
func (p *parser) expr() (Expr, error) {
	if err := p.enter(p.peek().at); err != nil {
		return nil, err
	}
	defer p.leave()
	return p.joined("or", func() (Expr, error) { return p.joined("and", p.factor) })
}

// joined reads what is joined by a word.
func (p *parser) joined(by string, each func() (Expr, error)) (Expr, error) {
	first, err := each()
	if err != nil {
		return nil, err
	}
	items := []Expr{first}
	at := p.peek().at
	for {
		if _, ok := p.keyword(by); !ok {
			break
		}
		more, err := each()
		if err != nil {
			return nil, err
		}
		items = append(items, more)
	}
	if len(items) == 1 {
		return first, nil
	}
	return p.op(at, by, items...)
}

// factor reads a condition, which NOT may stand before.
func (p *parser) factor() (Expr, error) {
	at := p.peek().at
	if _, ok := p.keyword("not"); !ok {
		return p.comparison()
	}
	if err := p.enter(at); err != nil {
		return nil, err
	}
	defer p.leave()
	x, err := p.factor()
	if err != nil {
		return nil, err
	}
	return p.op(at, "not", x)
}

// comparison reads a value, and what it is compared with.
func (p *parser) comparison() (Expr, error) {
	left, err := p.sum()
	if err != nil {
		return nil, err
	}
	t := p.peek()
	if t.kind == sign && slices.Contains([]string{"=", "<>", "<", ">", "<=", ">="}, t.val) {
		p.at++
		right, err := p.sum()
		if err != nil {
			return nil, err
		}
		return p.op(t.at, t.val, left, right)
	}
	if _, ok := p.keyword("is"); ok {
		_, not := p.keyword("not")
		if _, ok := p.keyword("null"); !ok {
			return nil, p.expected(p.peek(), "NULL")
		}
		return p.negated(not, t.at, "isNull", left)
	}
	_, not := p.keyword("not")
	which, ok := p.keyword("like", "between", "in")
	if !ok {
		if not {
			return nil, p.expected(p.peek(), "LIKE, BETWEEN or IN")
		}
		return left, nil
	}
	args, err := p.operands(which)
	if err != nil {
		return nil, err
	}
	return p.negated(not, t.at, which, append([]Expr{left}, args...)...)
}

// operands reads what stands after LIKE, BETWEEN or IN.
func (p *parser) operands(which string) ([]Expr, error) {
	at := p.peek().at
	switch which {
	case "like":
		pattern, err := p.sum()
		if err != nil {
			return nil, err
		}
		if !isPattern(pattern) {
			return nil, Wrong(at, "expected a pattern: a text, or a text in CASEI or ACCENTI")
		}
		return []Expr{pattern}, nil
	case "between":
		low, err := p.sum()
		if err != nil {
			return nil, err
		}
		if _, ok := p.keyword("and"); !ok {
			return nil, p.expected(p.peek(), "AND")
		}
		high, err := p.sum()
		return []Expr{low, high}, err
	}
	list, err := p.array()
	if err != nil {
		return nil, err
	}
	if len(list.Items) == 0 {
		return nil, Wrong(at, "the list is empty")
	}
	return []Expr{list}, nil
}

// isPattern says whether x is a pattern of LIKE.
func isPattern(x Expr) bool {
	for {
		op, ok := x.(*Op)
		if !ok || (op.Name != "casei" && op.Name != "accenti") || len(op.Args) != 1 {
			_, ok := x.(*Text)
			return ok
		}
		x = op.Args[0]
	}
}

// negated makes an operator, with NOT before it if so.
func (p *parser) negated(not bool, at Place, name string, args ...Expr) (Expr, error) {
	out, err := p.op(at, name, args...)
	if err != nil || !not {
		return out, err
	}
	return p.op(at, "not", out)
}

func (p *parser) sum() (Expr, error) {
	return p.chain(func() (Expr, error) { return p.chain(p.power, "*", "/", "%", "div") }, "+", "-")
}

// chain reads what is joined by operators that bind from the left. Each makes the tree a level deeper.
func (p *parser) chain(each func() (Expr, error), operators ...string) (Expr, error) {
	left, err := each()
	if err != nil {
		return nil, err
	}
	levels := 0
	defer func() { p.depth -= levels }()
	for {
		t := p.peek()
		if (t.kind != sign && t.kind != word) || !slices.Contains(operators, strings.ToLower(t.val)) {
			return left, nil
		}
		p.at++
		levels++
		if err := p.enter(t.at); err != nil {
			return nil, err
		}
		right, err := each()
		if err != nil {
			return nil, err
		}
		if left, err = p.op(t.at, strings.ToLower(t.val), left, right); err != nil {
			return nil, err
		}
	}
}

func (p *parser) power() (Expr, error) {
	base, err := p.signed()
	if err != nil {
		return nil, err
	}
	t := p.peek()
	if !p.is("^") {
		return base, nil
	}
	exponent, err := p.signed()
	if err != nil {
		return nil, err
	}
	return p.op(t.at, "^", base, exponent)
}

// signed reads an operand, which a sign may stand before.
func (p *parser) signed() (Expr, error) {
	t := p.peek()
	minus := p.is("-")
	if !minus && !p.is("+") {
		return p.primary()
	}
	if next := p.peek(); next.kind == digits {
		return p.number(minus)
	}
	if !minus {
		return nil, p.expected(p.peek(), "a number")
	}
	if err := p.enter(t.at); err != nil {
		return nil, err
	}
	defer p.leave()
	x, err := p.primary()
	if err != nil {
		return nil, err
	}
	return p.op(t.at, "*", &Number{Value: -1, Integer: -1, Exact: true, Place: t.at}, x)
}

// number reads a number whose sign has been read.
func (p *parser) number(minus bool) (Expr, error) {
	t := p.take()
	val := t.val
	if minus {
		val = "-" + val
	}
	n, ok := parseNumber(val, t.at)
	if !ok {
		return nil, Wrong(t.at, "the number is too large")
	}
	return n, p.node(t.at)
}

// parseNumber reads a number; one without a fraction is exact.
func parseNumber(s string, at Place) (*Number, bool) {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
		return nil, false
	}
	out := &Number{Value: x, Place: at}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		out.Integer, out.Exact = n, true
	} else if x == math.Trunc(x) && math.Abs(x) < 1<<53 {
		out.Integer, out.Exact = int64(x), true
	}
	return out, true
}
