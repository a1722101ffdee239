package twin

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"basin/fault"
)

// Row is a thing on its way in: what all nouns share, and the fields of its noun by the names of their columns.
type Row struct {
	Thing
	Fields Fields
	File   string // where it was read, for reports
	Index  int    // its place there, from 0
}

// Fields are values as a file has them: text, numbers, booleans, lists, nothing.
type Fields map[string]any

// Text is a field as text; empty where there is none.
func (f Fields) Text(name string) string {
	switch v := f[name].(type) {
	case string:
		return strings.TrimSpace(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case int:
		return strconv.Itoa(v)
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	}
	return ""
}

// badField says which field of which value cannot be used.
func badField(name string, value any, want string) error {
	text, _ := json.Marshal(value)
	return fault.New(fault.Invalid, "bad-field", "{field} is {value}, which is not {want}", "field", name, "value", clip(string(text), 60), "want", want)
}

// Number is a field as a number; nil where there is none. A unit after the number is refused, except m.
func (f Fields) Number(name string) (*float64, error) {
	text := strings.TrimSuffix(strings.TrimSpace(f.Text(name)), " m")
	if text == "" {
		return nil, nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return nil, badField(name, f[name], "a number")
	}
	return &x, nil
}

// Integer is a field as a whole number; nil where there is none.
func (f Fields) Integer(name string) (*int, error) {
	x, err := f.Number(name)
	if x == nil || err != nil {
		return nil, err
	}
	if *x != math.Trunc(*x) || math.Abs(*x) > 1<<31 {
		return nil, badField(name, f[name], "a whole number")
	}
	n := int(*x)
	return &n, nil
}

// Bool is a field as true or false; false where there is none.
func (f Fields) Bool(name string) (bool, error) {
	switch strings.ToLower(f.Text(name)) {
	case "", "false", "0", "no", "n", "否":
		return false, nil
	case "true", "1", "yes", "y", "是":
		return true, nil
	}
	return false, badField(name, f[name], "true or false")
}

// Date is a field as a day; nil where there is none.
func (f Fields) Date(name string) (*time.Time, error) {
	text := f.Text(name)
	if text == "" {
		return nil, nil
	}
	for _, form := range []string{time.DateOnly, "2006/01/02", "20060102", time.RFC3339, "2006-01-02T15:04:05"} {
		if t, err := time.Parse(form, text); err == nil {
			return &t, nil
		}
	}
	return nil, badField(name, f[name], "a day, for instance 2026-07-18")
}

// Noun is the table of one kind of thing, with the columns that are its own.
type Noun struct {
	Kind    string
	Table   string // with its schema: hydro.river
	Columns []Column
	After   After // what else a load of such things makes; nil for nothing
}

// Column is a column of a noun and how it is read from the field of the same name.
type Column struct {
	Name string
	Read func(f Fields, name string) (any, error)
	Keep bool // a load that has nothing for it leaves it as it is, for basin itself derives it
}

// Text makes a column of text. A column without a value is null, here and in those below.
func Text(name string) Column {
	return Column{Name: name, Read: func(f Fields, name string) (any, error) { return text(f.Text(name)), nil }}
}

// Number makes a column of a number.
func Number(name string) Column {
	return Column{Name: name, Read: func(f Fields, name string) (any, error) { return f.Number(name) }}
}

// Integer makes a column of a whole number.
func Integer(name string) Column {
	return Column{Name: name, Read: func(f Fields, name string) (any, error) { return f.Integer(name) }}
}

// Bool makes a column of true or false.
func Bool(name string) Column {
	return Column{Name: name, Read: func(f Fields, name string) (any, error) { return f.Bool(name) }}
}

// Date makes a column of a day.
func Date(name string) Column {
	return Column{Name: name, Read: func(f Fields, name string) (any, error) { return f.Date(name) }}
}

// Refer makes a column that names another thing: the field holds its code or its whole identifier.
func Refer(name, kind string) Column {
	return Column{Name: name, Keep: true, Read: func(f Fields, name string) (any, error) { return text(Referred(f.Text(name), kind)), nil }}
}

// Referred is the identifier meant by a code or an identifier; empty for neither.
func Referred(code, kind string) string {
	if code == "" || strings.HasPrefix(code, kind+":") {
		return code
	}
	return ID(kind, code)
}

// Or makes a column whose value is given where the field has none.
func (c Column) Or(value any) Column {
	read := c.Read
	c.Read = func(f Fields, name string) (any, error) {
		if f.Text(name) == "" {
			return value, nil
		}
		return read(f, name)
	}
	return c
}

// Derived marks a column that basin derives where a load has nothing for it.
func (c Column) Derived() Column {
	c.Keep = true
	return c
}

// Days makes a column of a range of days, from the fields valid_from and valid_to; the latter is not included, and either may be open.
func Days(name string) Column {
	return Column{Name: name, Read: func(f Fields, _ string) (any, error) {
		from, err := f.Date("valid_from")
		if err != nil {
			return nil, err
		}
		to, err := f.Date("valid_to")
		if err != nil {
			return nil, err
		}
		bound := func(t *time.Time) string {
			if t == nil {
				return ""
			}
			return t.Format(time.DateOnly)
		}
		return "[" + bound(from) + "," + bound(to) + ")", nil
	}}
}
