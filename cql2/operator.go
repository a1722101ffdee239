package cql2

import (
	"fmt"
	"strings"
)

// arity says how many operands each operator has: at least, and at most (0 for no limit).
var arity = map[string][2]int{"and": {2, 0}, "or": {2, 0}, "not": {1, 1}, "=": {2, 2}, "<>": {2, 2}, "<": {2, 2}, ">": {2, 2}, "<=": {2, 2}, ">=": {2, 2},
	"like": {2, 2}, "between": {3, 3}, "in": {2, 2}, "isNull": {1, 1}, "casei": {1, 1}, "accenti": {1, 1},
	"s_contains": {2, 2}, "s_crosses": {2, 2}, "s_disjoint": {2, 2}, "s_equals": {2, 2}, "s_intersects": {2, 2}, "s_overlaps": {2, 2}, "s_touches": {2, 2},
	"s_within": {2, 2}, "t_after": {2, 2}, "t_before": {2, 2}, "t_contains": {2, 2}, "t_disjoint": {2, 2}, "t_during": {2, 2}, "t_equals": {2, 2},
	"t_finishedBy": {2, 2}, "t_finishes": {2, 2}, "t_intersects": {2, 2}, "t_meets": {2, 2}, "t_metBy": {2, 2}, "t_overlappedBy": {2, 2},
	"t_overlaps": {2, 2}, "t_startedBy": {2, 2}, "t_starts": {2, 2}, "a_containedBy": {2, 2}, "a_contains": {2, 2}, "a_equals": {2, 2}, "a_overlaps": {2, 2},
	"+": {2, 2}, "-": {2, 2}, "*": {2, 2}, "/": {2, 2}, "^": {2, 2}, "%": {2, 2}, "div": {2, 2}}

// standard are the operators that text writes as functions, by their names in small letters.
var standard = functions()

func functions() map[string]string {
	out := map[string]string{"casei": "casei", "accenti": "accenti"}
	for name := range arity {
		if strings.Contains(name, "_") {
			out[strings.ToLower(name)] = name
		}
	}
	return out
}

// operator finds an operator by its name in JSON, in any case.
func operator(name string) (string, bool) {
	if _, ok := arity[name]; ok {
		return name, true
	}
	for known := range arity {
		if strings.EqualFold(known, name) {
			return known, true
		}
	}
	return "", false
}

// wants says how many operands an operator has.
func wants(name string) string {
	n := arity[name]
	switch {
	case n[1] == 0:
		return fmt.Sprintf("%s has at least %d operands", name, n[0])
	case n[0] == 1:
		return name + " has one operand"
	}
	return fmt.Sprintf("%s has %d operands", name, n[0])
}
