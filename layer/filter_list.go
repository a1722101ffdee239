package layer

import (
	"strings"

	"basin/cql2"
)

// array compiles a list, as JSON.
func (k *compiler) array(x *cql2.Array) (term, error) {
	out := term{kind: aList, at: x.Place, constant: true}
	if len(x.Items) > maxItems {
		return out, cql2.Wrong(x.Place, "the list is too long")
	}
	parts, size := make([]string, len(x.Items)), 0
	for i, item := range x.Items {
		t, err := k.term(item)
		if err != nil {
			return t, err
		}
		if size += len(t.sql); size > maxExpression {
			return t, errTooLong(x.Place)
		}
		if t.kind == aGeometry || t.kind == anInterval {
			return t, cql2.Wrong(t.at, "a list does not hold "+t.String())
		}
		parts[i], out.risky, out.constant = "to_jsonb("+t.sql+")", out.risky || t.risky, out.constant && t.constant
		if t.kind == anInstant { // as JSON has it
			parts[i] = `to_jsonb(to_char(` + t.sql + ` AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))`
		}
	}
	out.sql = "jsonb_build_array(" + strings.Join(parts, ", ") + ")"
	return out, nil
}

// maxItems bounds a list: PostgreSQL takes so many arguments of a function.
const maxItems = 100

// arrays compiles the comparison of two lists. They are taken as sets: neither order nor repetition matters.
func (k *compiler) arrays(x *cql2.Op) (term, error) {
	out := term{kind: aBoolean, at: x.Place}
	var sets [2]string
	for i, arg := range x.Args {
		t, err := k.term(arg)
		if err != nil {
			return t, err
		}
		if t.kind != aList {
			return t, cql2.Wrong(t.at, "expected a list, but this is "+t.String())
		}
		out.risky = out.risky || t.risky
		sets[i] = "(CASE WHEN jsonb_typeof(" + t.sql + ") = 'array' THEN " + t.sql + " END)"
	}
	within := func(a, b string) string {
		return "NOT EXISTS (SELECT FROM jsonb_array_elements(" + a + ") x (v) WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(" + b + ") y (v) WHERE x.v = y.v))"
	}
	a, b := sets[0], sets[1]
	sql := map[string]string{
		"a_contains":    within(b, a),
		"a_containedBy": within(a, b),
		"a_equals":      within(a, b) + " AND " + within(b, a),
		"a_overlaps":    "EXISTS (SELECT FROM jsonb_array_elements(" + a + ") x (v) JOIN jsonb_array_elements(" + b + ") y (v) ON x.v = y.v)",
	}[x.Name]
	out.sql = "CASE WHEN " + a + " IS NOT NULL AND " + b + " IS NOT NULL THEN " + sql + " END" // a list that is not known is no empty one
	out.sql = "(" + out.sql + ")"
	return out, nil
}
