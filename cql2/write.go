package cql2

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"basin/fault"
)

// instantForm is how instants are written.
const instantForm = "2006-01-02T15:04:05.999999999Z"

// JSON writes an expression in the JSON form.
func JSON(x Expr) ([]byte, error) {
	raw, err := json.Marshal(jsonOf(x))
	if err != nil {
		return nil, fmt.Errorf("write the filter: %w", err)
	}
	return raw, nil
}

// member makes an object of one member.
func member(name string, v any) map[string]any { return map[string]any{name: v} }

// jsonOf is the expression as values that JSON holds.
func jsonOf(x Expr) any {
	all := func(items []Expr) []any {
		out := make([]any, len(items))
		for i, item := range items {
			out[i] = jsonOf(item)
		}
		return out
	}
	side := func(x Expr) any {
		switch x := x.(type) {
		case nil:
			return ".."
		case *Date:
			return x.Day.Format(time.DateOnly)
		case *Timestamp:
			return x.At.Format(instantForm)
		}
		return jsonOf(x)
	}
	switch x := x.(type) {
	case *Op:
		return map[string]any{"op": x.Name, "args": all(x.Args)}
	case *Call:
		return map[string]any{"op": x.Name, "args": all(x.Args)}
	case *Property:
		return member("property", x.Name)
	case *Bool:
		return x.Value
	case *Number:
		return json.Number(x.text())
	case *Text:
		return x.Value
	case *Date:
		return member("date", x.Day.Format(time.DateOnly))
	case *Timestamp:
		return member("timestamp", x.At.Format(instantForm))
	case *Interval:
		return member("interval", []any{side(x.From), side(x.To)})
	case *Array:
		return all(x.Items)
	case *BBox:
		numbers := make([]jsonNumber, len(x.Bounds))
		for i, b := range x.Bounds {
			numbers[i] = jsonNumber(b)
		}
		return member("bbox", numbers)
	case *Geometry:
		return geoJSON(x.Shape)
	}
	return nil
}

func geoJSON(s Shape) any {
	if s.Type != "GeometryCollection" {
		return map[string]any{"type": s.Type, "coordinates": s.coordinates()}
	}
	members := make([]any, len(s.Parts))
	for i, part := range s.Parts {
		members[i] = geoJSON(part)
	}
	return map[string]any{"type": s.Type, "geometries": members}
}

func (n *Number) text() string {
	if n.Exact {
		return strconv.FormatInt(n.Integer, 10)
	}
	return number(n.Value)
}

// String writes an expression in the text form. A text that ends in a backslash cannot be written so, nor a list of one as
// argument of a function: the standard has no way to.
func String(x Expr) (string, error) {
	w := &writer{}
	w.expr(x)
	return w.out.String(), w.err
}

// writer writes the text form.
type writer struct {
	out strings.Builder
	err error
}

func (w *writer) put(s string) { w.out.WriteString(s) }

// list writes expressions with a sign between them.
func (w *writer) list(items []Expr, between string, write func(Expr)) {
	for i, item := range items {
		if i > 0 {
			w.put(between)
		}
		write(item)
	}
}

// inner writes an operand, in parentheses where it would be torn apart otherwise.
func (w *writer) inner(x Expr) {
	if op, ok := x.(*Op); ok && standard[strings.ToLower(op.Name)] == "" {
		w.put("(")
		w.expr(x)
		w.put(")")
		return
	}
	w.expr(x)
}

func (w *writer) expr(x Expr) {
	switch x := x.(type) {
	case *Op:
		w.op(x)
	case *Call:
		w.put(x.Name + "(")
		w.list(x.Args, ",", w.expr)
		w.put(")")
	case *Property:
		w.put(name(x.Name))
	case *Bool:
		w.put(strings.ToUpper(strconv.FormatBool(x.Value)))
	case *Number:
		w.put(x.text())
	case *Text:
		w.quote(x.Value)
	case *Date:
		w.put("DATE('" + x.Day.Format(time.DateOnly) + "')")
	case *Timestamp:
		w.put("TIMESTAMP('" + x.At.Format(instantForm) + "')")
	case *Interval:
		w.put("INTERVAL(")
		w.side(x.From)
		w.put(",")
		w.side(x.To)
		w.put(")")
	case *Array:
		if len(x.Items) == 1 {
			w.err = unwritable("a list of one, where parentheses mean no list,")
		}
		w.array(x)
	case *BBox:
		numbers := make([]string, len(x.Bounds))
		for i, b := range x.Bounds {
			numbers[i] = number(b)
		}
		w.put("BBOX(" + strings.Join(numbers, ",") + ")")
	case *Geometry:
		w.put(x.Shape.WKT())
	}
}

// array writes a list where nothing else can be meant.
func (w *writer) array(x *Array) {
	w.put("(")
	w.list(x.Items, ",", w.expr)
	w.put(")")
}

func (w *writer) side(x Expr) {
	switch x := x.(type) {
	case nil:
		w.put("'..'")
	case *Date:
		w.put("'" + x.Day.Format(time.DateOnly) + "'")
	case *Timestamp:
		w.put("'" + x.At.Format(instantForm) + "'")
	default:
		w.expr(x)
	}
}

func (w *writer) op(x *Op) {
	switch x.Name {
	case "not":
		w.put("NOT ")
		w.inner(x.Args[0])
	case "isNull":
		w.inner(x.Args[0])
		w.put(" IS NULL")
	case "like", "in":
		w.inner(x.Args[0])
		w.put(" " + strings.ToUpper(x.Name) + " ")
		w.operand(x.Args[1])
	case "between":
		w.inner(x.Args[0])
		w.put(" BETWEEN ")
		w.inner(x.Args[1])
		w.put(" AND ")
		w.inner(x.Args[2])
	default:
		if standard[strings.ToLower(x.Name)] == "" {
			w.list(x.Args, " "+strings.ToUpper(x.Name)+" ", w.inner)
			return
		}
		w.put(strings.ToUpper(x.Name) + "(")
		w.list(x.Args, ",", func(arg Expr) {
			if strings.HasPrefix(x.Name, "a_") {
				w.operand(arg)
				return
			}
			w.expr(arg)
		})
		w.put(")")
	}
}

// operand writes an operand that may be a list of any length.
func (w *writer) operand(x Expr) {
	if list, ok := x.(*Array); ok {
		w.array(list)
		return
	}
	w.expr(x)
}

// unwritable is the fault that the text form has no way to say something.
func unwritable(what string) error {
	return fault.New(fault.Invalid, "filter-unwritable", "{what} cannot be written in the text form of CQL2", "what", what)
}

// quote writes a text in quotes.
func (w *writer) quote(s string) {
	if strings.HasSuffix(s, `\`) {
		w.err = unwritable("a text that ends in a backslash")
	}
	w.put("'")
	for i, r := range s {
		switch {
		case r != '\'':
			w.put(string(r))
		case i > 0 && s[i-1] == '\\':
			w.put(`\'`)
		default:
			w.put("''")
		}
	}
	w.put("'")
}

// bare says whether a name can stand without quotes.
func bare(s string) bool {
	for i, r := range s {
		if !namePart(r) || i == 0 && !nameStart(r) {
			return false
		}
	}
	return s != "" && !slices.Contains(reserved, strings.ToUpper(s))
}

// name writes the name of a property.
func name(s string) string {
	if bare(s) {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}
