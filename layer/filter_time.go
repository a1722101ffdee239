package layer

import (
	"strings"

	"basin/cql2"
)

// interval compiles an interval. Its sides are days or instants; one that is open reaches for ever.
func (k *compiler) interval(x *cql2.Interval) (term, error) {
	out := term{kind: anInterval, at: x.Place}
	for _, s := range []struct {
		x  cql2.Expr
		to *side
	}{{x.From, &out.from}, {x.To, &out.to}} {
		if s.x == nil {
			s.to.open = true
			continue
		}
		t, err := k.term(s.x)
		if err != nil {
			return t, err
		}
		if t.kind != aDate && t.kind != anInstant {
			return t, cql2.Wrong(t.at, "expected a date or a timestamp, but this is "+t.String())
		}
		*s.to = side{sql: t.sql, kind: t.kind}
	}
	return out, nil
}

// relations are the relations of two intervals in time, by the beginning (a, c) and end (b, d) of each, both included.
var relations = map[string]string{
	"t_after":        "{a} > {d}",
	"t_before":       "{b} < {c}",
	"t_contains":     "{a} < {c} AND {b} > {d}",
	"t_disjoint":     "({a} > {d} OR {b} < {c})",
	"t_during":       "{a} > {c} AND {b} < {d}",
	"t_equals":       "{a} = {c} AND {b} = {d}",
	"t_finishedBy":   "{a} < {c} AND {b} = {d}",
	"t_finishes":     "{a} > {c} AND {b} = {d}",
	"t_intersects":   "{a} <= {d} AND {b} >= {c}",
	"t_meets":        "{b} = {c}",
	"t_metBy":        "{a} = {d}",
	"t_overlappedBy": "{a} > {c} AND {a} < {d} AND {b} > {d}",
	"t_overlaps":     "{a} < {c} AND {b} > {c} AND {b} < {d}",
	"t_startedBy":    "{a} = {c} AND {b} > {d}",
	"t_starts":       "{a} = {c} AND {b} < {d}",
}

// temporal compiles a relation in time. A day or an instant is an interval that begins and ends at once. If all sides are days they are compared as days;
// else a day begins at its first microsecond in UTC and ends at its last.
func (k *compiler) temporal(x *cql2.Op) (term, error) {
	var sides [2][2]side
	days := true
	for i, arg := range x.Args {
		t, err := k.term(arg)
		if err != nil {
			return t, err
		}
		switch t.kind {
		case anInterval:
			sides[i] = [2]side{t.from, t.to}
		case aDate, anInstant:
			sides[i] = [2]side{{sql: t.sql, kind: t.kind}, {sql: t.sql, kind: t.kind}}
		default:
			return t, cql2.Wrong(t.at, "expected a date, a timestamp or an interval, but this is "+t.String())
		}
		for _, s := range sides[i] {
			days = days && (s.open || s.kind == aDate)
		}
	}
	names, idle := make([]string, 0, 8), ""
	for i, letters := range []string{"ab", "cd"} {
		for j, s := range sides[i] {
			name, sql := "{"+letters[j:j+1]+"}", s.moment(j == 1, days)
			if names = append(names, name, sql); !strings.Contains(relations[x.Name], name) {
				idle += " AND (" + sql + " IS NULL OR TRUE)" // it does not matter, but its parameters must stand somewhere
			}
		}
	}
	return term{kind: aBoolean, sql: "(" + strings.NewReplacer(names...).Replace(relations[x.Name]) + idle + ")", at: x.Place, risky: !days}, nil
}

// moment is a side in SQL, as a day or as an instant.
func (s side) moment(end, days bool) string {
	as := "timestamptz"
	if days {
		as = "date"
	}
	switch {
	case s.open && end:
		return "'infinity'::" + as
	case s.open:
		return "'-infinity'::" + as
	case days || s.kind == anInstant:
		return "(" + s.sql + ")"
	case end:
		return "(" + ends(s.sql) + " - interval '1 microsecond')"
	}
	return begins(s.sql)
}
