package cql2

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ParseJSON reads a filter in the JSON form within the default limits.
func ParseJSON(raw []byte) (Expr, error) { return ParseJSONWithin(raw, Default()) }

// ParseJSONWithin reads a filter in the JSON form.
func ParseJSONWithin(raw []byte, limits Limits) (Expr, error) {
	r := &reader{budget: budget{limits: limits}}
	if err := r.tooLong(len(raw)); err != nil {
		return nil, err
	}
	if !utf8.Valid(raw) {
		return nil, Wrong(Place{Line: 1, Column: 1}, "it is not text in UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		return nil, badJSON(raw, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, Wrong(place(raw, int(decoder.InputOffset())), "expected the end of the JSON")
	}
	return r.expr(v, "")
}

// badJSON says where JSON is broken.
func badJSON(raw []byte, err error) error {
	if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		return Wrong(place(raw, int(s.Offset)-1), "expected JSON: "+s.Error())
	}
	return Wrong(place(raw, len(raw)), "expected JSON, but it ends there")
}

// place is the line and the column of a byte.
func place(raw []byte, offset int) Place {
	before := raw[:max(0, min(offset, len(raw)))]
	return Place{Line: 1 + bytes.Count(before, []byte("\n")), Column: 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])}
}

// reader makes expressions of decoded JSON.
type reader struct{ budget }

// under is the pointer to a member of what p points to.
func under(p, name string) string {
	return p + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

func nth(p string, i int) string { return p + "/" + strconv.Itoa(i) }

// expr reads any expression.
func (r *reader) expr(v any, at string) (Expr, error) {
	here := Place{Pointer: at}
	if at == "" {
		here.Pointer = "/"
	}
	if err := r.enter(here); err != nil {
		return nil, err
	}
	defer r.leave()
	if err := r.node(here); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case bool:
		return &Bool{Value: v, Place: here}, nil
	case json.Number:
		n, ok := parseNumber(v.String(), here)
		if !ok {
			return nil, Wrong(here, "the number is too large")
		}
		return n, nil
	case string:
		if strings.ContainsRune(v, 0) {
			return nil, Wrong(here, "it holds a zero byte")
		}
		return &Text{Value: v, Place: here}, nil
	case []any:
		items, err := r.exprs(v, at)
		return &Array{Items: items, Place: here}, err
	case map[string]any:
		return r.object(v, at, here)
	}
	return nil, Wrong(here, "expected an expression, but found null")
}

func (r *reader) exprs(items []any, at string) ([]Expr, error) {
	out := make([]Expr, len(items))
	for i, item := range items {
		var err error
		if out[i], err = r.expr(item, nth(at, i)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// object reads an expression that is an object, by the member that says which it is.
func (r *reader) object(v map[string]any, at string, here Place) (Expr, error) {
	for _, which := range []string{"op", "property", "date", "timestamp", "type"} {
		given, ok := v[which]
		if !ok {
			continue
		}
		s, ok := given.(string)
		if !ok || strings.ContainsRune(s, 0) {
			return nil, Wrong(Place{Pointer: under(at, which)}, "expected a text")
		}
		switch which {
		case "op":
			return r.operator(s, v["args"], at, here)
		case "property":
			if s == "" {
				return nil, Wrong(here, "a name is empty")
			}
			return &Property{Name: s, Place: here}, nil
		case "type":
			return r.geometry(s, v, at, here)
		}
		x, ok := moment(s, here)
		if _, isDate := x.(*Date); !ok || isDate != (which == "date") {
			return nil, Wrong(Place{Pointer: under(at, which)}, badMoment(which == "date"))
		}
		return x, nil
	}
	if sides, ok := v["interval"].([]any); ok {
		if len(sides) != 2 {
			return nil, Wrong(here, "an interval has a beginning and an end")
		}
		read, err := r.exprs(sides, under(at, "interval"))
		if err != nil {
			return nil, err
		}
		return interval(here, read)
	}
	if bounds, ok := v["bbox"].([]any); ok {
		numbers := make([]float64, 0, 6)
		for i, b := range bounds[:min(len(bounds), 7)] {
			x, err := coordinate(b, nth(under(at, "bbox"), i))
			if err != nil {
				return nil, err
			}
			numbers = append(numbers, x)
		}
		return makeBBox(here, numbers)
	}
	return nil, Wrong(here, "expected an object with op, property, date, timestamp, interval, bbox or type")
}

// operator reads an operator or a call.
func (r *reader) operator(name string, args any, at string, here Place) (Expr, error) {
	given, ok := args.([]any)
	if !ok {
		return nil, Wrong(here, "expected args to be a list")
	}
	read, err := r.exprs(given, under(at, "args"))
	if err != nil {
		return nil, err
	}
	known, ok := operator(name)
	if !ok {
		if name == "" || !callable(name) {
			return nil, Wrong(Place{Pointer: under(at, "op")}, "expected the name of an operator or a function")
		}
		return &Call{Name: name, Args: read, Place: here}, nil
	}
	if n := arity[known]; len(read) < n[0] || n[1] > 0 && len(read) > n[1] {
		return nil, Wrong(here, wants(known))
	}
	switch known {
	case "like":
		if !isPattern(read[1]) {
			return nil, Wrong(read[1].Where(), "expected a pattern: a text, or a text in casei or accenti")
		}
	case "in":
		if list, ok := read[1].(*Array); !ok || len(list.Items) == 0 {
			return nil, Wrong(read[1].Where(), "expected a list that is not empty")
		}
	}
	return &Op{Name: known, Args: read, Place: here}, nil
}

// callable says whether a function can be written so as text: a name that means nothing else before a parenthesis.
func callable(name string) bool {
	switch upper := strings.ToUpper(name); {
	case !bare(name), upper == "BBOX", upper == "DATE", upper == "TIMESTAMP", upper == "INTERVAL", shapes[upper] != "":
		return false
	}
	return true
}

func coordinate(v any, at string) (float64, error) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, Wrong(Place{Pointer: at}, "expected a number")
	}
	x, ok := parseNumber(n.String(), Place{Pointer: at})
	if !ok {
		return 0, Wrong(Place{Pointer: at}, "the number is too large")
	}
	return x.Value, nil
}

// geometry reads GeoJSON.
func (r *reader) geometry(of string, v map[string]any, at string, here Place) (Expr, error) {
	shape, err := r.shape(of, v, at)
	if err != nil {
		return nil, err
	}
	return makeGeometry(here, shape)
}

func (r *reader) shape(of string, v map[string]any, at string) (Shape, error) {
	if of != "GeometryCollection" {
		if shapes[strings.ToUpper(of)] != of {
			return Shape{}, Wrong(Place{Pointer: under(at, "type")}, "expected a type of geometry as in GeoJSON")
		}
		return r.coordinates(of, v["coordinates"], under(at, "coordinates"))
	}
	out := Shape{Type: of}
	members, _ := v["geometries"].([]any)
	for i, m := range members {
		p := nth(under(at, "geometries"), i)
		object, ok := m.(map[string]any)
		name, _ := object["type"].(string)
		if !ok || name == "GeometryCollection" {
			return out, Wrong(Place{Pointer: p}, "expected a geometry that is no collection")
		}
		inner, err := r.shape(name, object, p)
		if err != nil {
			return out, err
		}
		out.Parts = append(out.Parts, inner)
	}
	if why := out.check(); why != "" {
		return out, Wrong(Place{Pointer: at}, why)
	}
	return out, nil
}

// coordinates reads coordinates as the type of geometry nests them.
func (r *reader) coordinates(of string, v any, at string) (Shape, error) {
	out := Shape{Type: of}
	list, ok := v.([]any)
	if !ok {
		return out, Wrong(Place{Pointer: at}, "expected a list of coordinates")
	}
	if of == "Point" {
		p, err := r.position(list, at)
		out.Points = []Position{p}
		return out, err
	}
	for i, item := range list {
		if inner := part(of); inner != "" {
			s, err := r.coordinates(inner, item, nth(at, i))
			if err != nil {
				return out, err
			}
			out.Parts = append(out.Parts, s)
			continue
		}
		numbers, ok := item.([]any)
		if !ok {
			return out, Wrong(Place{Pointer: nth(at, i)}, "expected a position")
		}
		p, err := r.position(numbers, nth(at, i))
		if err != nil {
			return out, err
		}
		out.Points = append(out.Points, p)
	}
	if why := out.check(); why != "" {
		return out, Wrong(Place{Pointer: at}, why)
	}
	return out, nil
}

func (r *reader) position(numbers []any, at string) (Position, error) {
	if err := r.vertex(Place{Pointer: at}); err != nil {
		return Position{}, err
	}
	if len(numbers) != 2 && len(numbers) != 3 {
		return Position{}, Wrong(Place{Pointer: at}, "a position has two or three numbers")
	}
	var out Position
	for i, to := range []*float64{&out.X, &out.Y, &out.Z}[:len(numbers)] {
		var err error
		if *to, err = coordinate(numbers[i], nth(at, i)); err != nil {
			return out, err
		}
	}
	out.HasZ = len(numbers) == 3
	return out, nil
}
