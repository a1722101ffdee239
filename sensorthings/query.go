package sensorthings

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Query is what a request asks of a set of entities or of one entity.
type Query struct {
	Filter    Expr // nil for none
	Orders    []Order
	Top       int // negative where not given
	Skip      int
	Token     *ID // $skiptoken, the entity after which a page begins; nil where not given
	Count     bool
	Select    []Path // nil for everything
	Expand    []Expand
	DataArray bool     // $resultFormat=dataArray
	Texts     []string // the options of an expansion as they were written, but $skip: for the address of its next page
}

// Order is a term of $orderby.
type Order struct {
	By   Expr
	Desc bool
}

// Expand is an entity or a set of entities to be answered within another.
type Expand struct {
	Name string
	At   int
	Query
}

// Limits of a query.
const (
	MaxTop    = 1000
	maxSkip   = 1 << 40
	maxOrders = 10
	maxExpand = 30 // in all levels
)

// ParseQuery reads the query of a URL. Options are separated by & alone: a semicolon is part of an option.
func ParseQuery(raw string) (Query, error) {
	q := Query{Top: -1}
	seen := map[string]bool{}
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, given, _ := strings.Cut(pair, "=")
		option, err := url.QueryUnescape(name)
		if err != nil {
			return q, bad("query", 0, "a name is not properly escaped")
		}
		if !slices.Contains(options, option) {
			return q, bad(clip(option), 0, "there is no such option")
		}
		if seen[option] {
			return q, bad(option, 0, "it is given more than once")
		}
		seen[option] = true
		value, err := url.QueryUnescape(given)
		if err != nil {
			return q, bad(option, 0, "it is not properly escaped")
		}
		p, err := newParser(option, value)
		if err != nil {
			return q, err
		}
		if err := p.value(&q, option, true, new(int)); err != nil {
			return q, err
		}
		if t := p.peek(); t.kind != end {
			return q, p.wrong(t, "this does not belong here")
		}
	}
	return q, nil
}

// options are those that a request may have. $resultFormat is only for sets of observations, and $skiptoken for the addresses of next pages.
var options = []string{"$filter", "$orderby", "$top", "$skip", "$skiptoken", "$count", "$select", "$expand", "$resultFormat"}

// clip shortens what a client sent before it is sent back.
func clip(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return strings.ToValidUTF8(s, "�")
}

// value reads the value of one option.
func (p *parser) value(q *Query, option string, outer bool, expanded *int) (err error) {
	switch option {
	case "$filter":
		q.Filter, err = p.expr()
	case "$orderby":
		q.Orders, err = p.orders()
	case "$top":
		q.Top, err = p.natural(MaxTop, true)
	case "$skip":
		q.Skip, err = p.natural(maxSkip, false)
	case "$skiptoken":
		t := p.take()
		id, ok := ParseID(p.src[t.at:p.peek().at])
		if !outer || !ok {
			return p.wrong(t, "it is none of those that an answer gave")
		}
		q.Token = &id
	case "$count":
		t := p.take()
		if t.kind != word || (t.val != "true" && t.val != "false") {
			return p.wrong(t, "it must be true or false")
		}
		q.Count = t.val == "true"
	case "$select":
		q.Select, err = p.names()
	case "$expand":
		q.Expand, err = p.expands(expanded)
	case "$resultFormat":
		t := p.take()
		if t.kind != word || !outer || (t.val != "dataArray" && t.val != "default") {
			return p.wrong(t, "it must be dataArray")
		}
		q.DataArray = t.val == "dataArray"
	default:
		return p.wrong(p.peek(), "there is no such option")
	}
	return err
}

// natural reads a whole number that is not negative. What is above the limit is cut to it, or refused.
func (p *parser) natural(limit int, cut bool) (int, error) {
	t := p.take()
	n, err := strconv.ParseUint(t.val, 10, 63)
	if t.kind != digits || err != nil {
		return 0, p.wrong(t, "it must be a whole number that is not negative")
	}
	if n > uint64(limit) {
		if !cut {
			return 0, p.wrong(t, "the number is too large")
		}
		return limit, nil
	}
	return int(n), nil
}

func (p *parser) orders() ([]Order, error) {
	var out []Order
	for {
		if len(out) == maxOrders {
			return nil, p.wrong(p.peek(), "it has too many parts")
		}
		by, err := p.expr()
		if err != nil {
			return nil, err
		}
		o := Order{By: by}
		if t, ok := p.operator("asc", "desc"); ok {
			o.Desc = t.val == "desc"
		}
		out = append(out, o)
		if !p.is(",") {
			return out, nil
		}
	}
}

func (p *parser) names() ([]Path, error) {
	var out []Path
	for {
		t := p.take()
		if t.kind == sign && t.val == "*" {
			t.kind = word
		}
		if t.kind != word {
			return nil, p.wrong(t, "a name is expected here")
		}
		if err := p.count(); err != nil {
			return nil, err
		}
		path, err := p.path(t)
		if err != nil {
			return nil, err
		}
		out = append(out, *path)
		if !p.is(",") {
			return out, nil
		}
	}
}

// expands reads what is to be expanded, separated by commas.
func (p *parser) expands(expanded *int) ([]Expand, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	var out []Expand
	for {
		t := p.take()
		if t.kind != word {
			return nil, p.wrong(t, "a name is expected here")
		}
		path, err := p.path(t)
		if err != nil {
			return nil, err
		}
		last := Query{Top: -1}
		if p.is("(") {
			if err := p.inner(&last, expanded); err != nil {
				return nil, err
			}
		}
		if *expanded += len(path.Names); *expanded > maxExpand {
			return nil, p.wrong(t, "it expands too much")
		}
		if out, err = p.merge(out, path.Names, t.at, last); err != nil {
			return nil, err
		}
		if !p.is(",") {
			return out, nil
		}
	}
}

// merge adds an expansion, whose options belong to the last of its names. Datastreams and Datastreams/Thing together are one expansion of Datastreams.
func (p *parser) merge(into []Expand, names []string, at int, last Query) ([]Expand, error) {
	i := slices.IndexFunc(into, func(e Expand) bool { return e.Name == names[0] })
	if i < 0 {
		into, i = append(into, Expand{Name: names[0], At: at, Query: Query{Top: -1}}), len(into)
		if len(names) == 1 {
			into[i].Query = last
		}
	} else if len(names) == 1 {
		return nil, bad(p.option, at, "this is expanded already")
	}
	if len(names) == 1 {
		return into, nil
	}
	inner, err := p.merge(into[i].Expand, names[1:], at, last)
	into[i].Expand = inner
	return into, err
}

// inner reads the options of an expansion, whose parenthesis has been taken.
func (p *parser) inner(q *Query, expanded *int) error {
	seen := map[string]bool{}
	for {
		t := p.take()
		if t.kind != word || !slices.Contains(options, t.val) || seen[t.val] {
			return p.wrong(t, "an option is expected here, once")
		}
		seen[t.val] = true
		if err := p.need("="); err != nil {
			return err
		}
		from := p.peek().at
		if err := p.value(q, t.val, false, expanded); err != nil {
			return err
		}
		to := p.peek().at
		if t.val != "$skip" {
			q.Texts = append(q.Texts, t.val+"="+strings.TrimSpace(p.src[from:to]))
		}
		if p.is(")") {
			return nil
		}
		if err := p.need(";"); err != nil {
			return err
		}
		if p.is(")") {
			return nil
		}
	}
}
