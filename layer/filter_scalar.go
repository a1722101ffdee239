package layer

import (
	"strings"

	"basin/cql2"
)

// compared compiles a comparison. Values of different types are refused, but for days and instants.
func (k *compiler) compared(at cql2.Place, op string, left, right cql2.Expr) (term, error) {
	a, err := k.term(left)
	if err != nil {
		return a, err
	}
	b, err := k.term(right)
	if err != nil {
		return b, err
	}
	return compare(at, op, a, b)
}

// compare is compared for values that have been compiled.
func compare(at cql2.Place, op string, a, b term) (term, error) {
	out := term{kind: aBoolean, at: at, risky: a.risky || b.risky}
	switch {
	case a.kind == aDate && b.kind == anInstant:
		out.sql, out.risky = ofDay(mirrored(op), b.sql, a.sql), true
		return out, nil
	case a.kind == anInstant && b.kind == aDate:
		out.sql, out.risky = ofDay(op, a.sql, b.sql), true
		return out, nil
	case a.kind != b.kind:
		return out, cql2.Wrong(at, "it compares "+a.String()+" with "+b.String())
	case a.kind == aGeometry || a.kind == anInterval || a.kind == aList:
		return out, cql2.Wrong(at, map[kind]string{aGeometry: "geometries are compared by s_equals and the like", anInterval: "intervals are compared by t_equals and the like",
			aList: "lists are compared by a_equals and the like"}[a.kind])
	}
	collate := ""
	if a.kind == aText && op != "=" && op != "<>" {
		collate = ` COLLATE "C"` // by code points, whatever the database's language
	}
	out.sql = "(" + a.sql + collate + " " + op + " " + b.sql + collate + ")"
	return out, nil
}

// mirrored is the comparison with its sides exchanged.
func mirrored(op string) string {
	if with, ok := map[string]string{"<": ">", ">": "<", "<=": ">=", ">=": "<="}[op]; ok {
		return with
	}
	return op
}

// begins and ends are the bounds of a day, in UTC: its first instant, and that of the next day.
func begins(day string) string { return "((" + day + ")::timestamp AT TIME ZONE 'UTC')" }
func ends(day string) string   { return "(((" + day + ") + 1)::timestamp AT TIME ZONE 'UTC')" }

// ofDay compares an instant with a day: it equals the day at any time of it.
func ofDay(op, at, day string) string {
	from, until := begins(day), ends(day)
	switch op {
	case "<", ">=":
		return "(" + at + " " + op + " " + from + ")"
	case ">":
		return "(" + at + " >= " + until + ")"
	case "<=":
		return "(" + at + " < " + until + ")"
	case "<>":
		return "(NOT (" + at + " >= " + from + " AND " + at + " < " + until + "))"
	}
	return "(" + at + " >= " + from + " AND " + at + " < " + until + ")"
}

// in compiles a list of values of which one must be the value.
func (k *compiler) in(x *cql2.Op) (term, error) {
	a, err := k.term(x.Args[0])
	if err != nil {
		return a, err
	}
	items, ok := x.Args[1].(*cql2.Array)
	if !ok {
		return a, cql2.Wrong(x.Args[1].Where(), "expected a list")
	}
	out := term{kind: aBoolean, at: x.Place, risky: a.risky}
	if sql, ok := k.anyText(a, items.Items); ok {
		out.sql = sql
		return out, nil
	}
	if len(a.sql)*len(items.Items) > maxCondition {
		return out, errTooLong(x.Place)
	}
	parts := make([]string, len(items.Items))
	for i, item := range items.Items {
		b, err := k.term(item)
		if err != nil {
			return b, err
		}
		t, err := compare(b.at, "=", a, b)
		if err != nil {
			return t, err
		}
		parts[i], out.risky = t.sql, out.risky || t.risky
	}
	out.sql = anyOf(parts)
	return out, nil
}

// anyText compiles a list of nothing but texts, or nothing but whole numbers, as one parameter.
func (k *compiler) anyText(a term, items []cql2.Expr) (string, bool) {
	texts, numbers := []string{}, []int64{}
	for _, item := range items {
		switch v := item.(type) {
		case *cql2.Text:
			texts = append(texts, v.Value)
		case *cql2.Number:
			if v.Exact {
				numbers = append(numbers, v.Integer)
			}
		}
	}
	switch {
	case a.kind == aText && len(texts) == len(items):
		return "(" + a.sql + " = ANY(" + k.c.arg(texts) + "::text[]))", true
	case a.kind == aNumber && len(numbers) == len(items):
		return "(" + a.sql + " = ANY(" + k.c.arg(numbers) + "::bigint[]))", true
	}
	return "", false
}

// folded compiles casei and accenti. Case is folded as Unicode has it, ß and SS alike; accents are the marks that a letter can be decomposed into.
func (k *compiler) folded(x *cql2.Op) (term, error) {
	t, err := k.text(x.Args[0])
	if err != nil {
		return t, err
	}
	t.at = x.Place
	if x.Name == "casei" {
		t.sql = `(upper(lower(` + t.sql + ` COLLATE "und-x-icu")) COLLATE "C")`
	} else {
		t.sql = `normalize(regexp_replace(normalize(` + t.sql + `, NFD), '[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]', '', 'g'), NFC)`
	}
	return t, nil
}

// text compiles what must be a text.
func (k *compiler) text(x cql2.Expr) (term, error) {
	t, err := k.term(x)
	if err == nil && t.kind != aText {
		err = cql2.Wrong(t.at, "expected a text, but this is "+t.String())
	}
	return t, err
}

// like compiles a comparison with a pattern: % stands for any characters, _ for one, and a backslash takes their meaning from them.
func (k *compiler) like(x *cql2.Op) (term, error) {
	a, err := k.text(x.Args[0])
	if err != nil {
		return a, err
	}
	pattern := x.Args[1]
	for {
		op, ok := pattern.(*cql2.Op)
		if !ok {
			break
		}
		pattern = op.Args[0]
	}
	if s, ok := pattern.(*cql2.Text); ok && (len(s.Value)-len(strings.TrimRight(s.Value, `\`)))%2 == 1 {
		return a, cql2.Wrong(s.Place, "the pattern ends in a backslash that has nothing to act on")
	}
	b, err := k.text(x.Args[1])
	return term{kind: aBoolean, sql: "(" + a.sql + " LIKE " + b.sql + ")", at: x.Place, risky: a.risky || b.risky}, err
}

// arithmetic compiles arithmetic, in double precision. Where it would divide by zero the result is null.
func (k *compiler) arithmetic(x *cql2.Op) (term, error) {
	a, err := k.number(x.Args[0])
	if err != nil {
		return a, err
	}
	b, err := k.number(x.Args[1])
	if err != nil {
		return b, err
	}
	l, r := "("+a.sql+")::float8", "("+b.sql+")::float8"
	out := term{kind: aNumber, at: x.Place, risky: true, constant: a.constant && b.constant}
	switch x.Name {
	case "/":
		out.sql = "(" + l + " / NULLIF(" + r + ", 0))"
	case "div":
		out.sql = "trunc(" + l + " / NULLIF(" + r + ", 0))"
	case "%":
		out.sql = "(" + l + " - (" + r + ") * trunc(" + l + " / NULLIF(" + r + ", 0)))"
	default:
		out.sql = "(" + l + " " + x.Name + " " + r + ")"
	}
	return out, nil
}

// number compiles what must be a number.
func (k *compiler) number(x cql2.Expr) (term, error) {
	t, err := k.term(x)
	if err == nil && t.kind != aNumber {
		err = cql2.Wrong(t.at, "expected a number, but this is "+t.String())
	}
	return t, err
}
