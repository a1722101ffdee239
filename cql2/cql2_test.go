package cql2_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"basin/cql2"
	"basin/fault"
)

// TestMeaning holds text against what it must mean.
func TestMeaning(t *testing.T) {
	for text, want := range map[string]string{
		`a=1 OR b=2 AND NOT c=3`: `{"op":"or","args":[{"op":"=","args":[{"property":"a"},1]},{"op":"and","args":[{"op":"=","args":[{"property":"b"},2]},
			{"op":"not","args":[{"op":"=","args":[{"property":"c"},3]}]}]}]}`,
		`a-1*2^3 > -b`: `{"op":">","args":[{"op":"-","args":[{"property":"a"},{"op":"*","args":[1,{"op":"^","args":[2,3]}]}]},
			{"op":"*","args":[-1,{"property":"b"}]}]}`,
		`a = 7 div 2`:                                `{"op":"=","args":[{"property":"a"},{"op":"div","args":[7,2]}]}`,
		`名称 LIKE '%河\%'`:                             `{"op":"like","args":[{"property":"名称"},"%河\\%"]}`,
		`"a ""b""" = 'it''s \'so\''`:                 `{"op":"=","args":[{"property":"a \"b\""},"it's 'so'"]}`,
		`a_contains(t, ('x'))`:                       `{"op":"a_contains","args":[{"property":"t"},["x"]]}`,
		`A_EQUALS((), t)`:                            `{"op":"a_equals","args":[[],{"property":"t"}]}`,
		`t_metby(d, INTERVAL('..',e))`:               `{"op":"t_metBy","args":[{"property":"d"},{"interval":["..",{"property":"e"}]}]}`,
		`d > TIMESTAMP('2026-07-18T08:00:00+08:00')`: `{"op":">","args":[{"property":"d"},{"timestamp":"2026-07-18T00:00:00Z"}]}`,
		`point IS NULL and date is not null`: `{"op":"and","args":[{"op":"isNull","args":[{"property":"point"}]},
			{"op":"not","args":[{"op":"isNull","args":[{"property":"date"}]}]}]}`,
		`f() = g((1,2),(a=b))`:        `{"op":"=","args":[{"op":"f","args":[]},{"op":"g","args":[[1,2],{"op":"=","args":[{"property":"a"},{"property":"b"}]}]}]}`,
		`s_within(g, Point Z(1 2 3))`: `{"op":"s_within","args":[{"property":"g"},{"type":"Point","coordinates":[1,2,3]}]}`,
		`x = 9007199254740993`:        `{"op":"=","args":[{"property":"x"},9007199254740993]}`,
		`x IN (1E3, .5, 1.)`:          `{"op":"in","args":[{"property":"x"},[1000,0.5,1]]}`,
	} {
		x, err := cql2.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(plain(t, []byte(want)), asJSON(t, x)); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
		roundTrip(t, text, x)
	}
	x, _ := cql2.Parse(`x = 9007199254740993`)
	if raw, _ := cql2.JSON(x); !strings.Contains(string(raw), "9007199254740993") {
		t.Errorf("a great whole number became %s", raw)
	}
}

// TestRefusals: each names the place and what was expected.
func TestRefusals(t *testing.T) {
	for text, want := range map[string]string{
		``:                                "line 1, column 1: expected a value",
		`a = `:                            "line 1, column 5: expected a value, a name or a condition, but it ends there",
		"a = 1\n AND b ! 2":               "line 2, column 8: the character ! has no meaning",
		`a = 1 b`:                         `line 1, column 7: expected an operator or the end, but found "b"`,
		`a = 'x`:                          "line 1, column 5: the quotation that begins here does not end",
		`河 = 'x' AND`:                     "line 1, column 12: expected a value",
		`a = 1 = 2`:                       "line 1, column 7: expected an operator",
		`a IS 5`:                          "line 1, column 6: expected NULL",
		`a NOT 5`:                         "line 1, column 7: expected LIKE, BETWEEN or IN",
		`a LIKE b`:                        "line 1, column 8: expected a pattern",
		`a BETWEEN 1 OR 2`:                "line 1, column 13: expected AND",
		`a IN ()`:                         "line 1, column 6: the list is empty",
		`a = 1e999`:                       "line 1, column 5: the number is too large",
		`a = 12abc`:                       "line 1, column 5: that is no number",
		`and = 1`:                         "line 1, column 1: expected a value",
		`d = DATE('2026-02-30')`:          "line 1, column 10: expected a day like",
		`d = TIMESTAMP('2026-02-01')`:     "line 1, column 15: expected a time like",
		`t_after(d, INTERVAL('x','..'))`:  "line 1, column 21: expected a day, a time, a property or '..'",
		`t_after(d)`:                      "line 1, column 1: t_after has 2 operands",
		`s_within(g, POLYGON((0 0,1 1)))`: "line 1, column 20: a ring of a polygon has at least four",
		`s_within(g, POLYGON((0 0,1 1,1 0,0 1)))`: "ends where it begins",
		`s_within(g, LINESTRING(0 0,1 1 1))`:      "some positions have a height",
		`s_within(g, POINT EMPTY)`:                "the geometry is empty",
		`s_within(g, BBOX(1,2,3))`:                "a box has four or six numbers",
		`s_within(g, POINT(1))`:                   `line 1, column 20: expected a number, but found ")"`,
		`a = "" `:                                 "a name is empty",
		"a = '\x00'":                              "zero byte",
		"a = '\xff'":                              "UTF-8",
		`2^3^4 = 1`:                               `line 1, column 4: expected an operator or the end, but found "^"`,
	} {
		_, err := cql2.Parse(text)
		if f := fault.Of(err); f == nil || f.Kind != fault.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	for text, want := range map[string]string{
		``:                          "line 1, column 1: expected JSON, but it ends there",
		`{"op":"=","args":[1,2]} x`: "expected the end",
		"{\n \"op\" 5}":             "line 2, column 7: expected JSON",
		`null`:                      "found null",
		`{"op":"=","args":[1]}`:     "/: = has 2 operands",
		`{"op":"and","args":[true,{"op":"=","args":[{"property":7},2]}]}`:                    "/args/1/args/0/property: expected a text",
		`{"op":"in","args":[1,2]}`:                                                           "/args/1: expected a list",
		`{"op":"like","args":["a",2]}`:                                                       "/args/1: expected a pattern",
		`{"op":"s_within","args":[{"property":"g"},{"type":"Point","coordinates":["a",1]}]}`: "/args/1/coordinates/0: expected a number",
		`{"op":"a b","args":[]}`:                                                             "/op: expected the name",
		`{"op":"point","args":[]}`:                                                           "/op: expected the name",
		`{"date":"soon"}`:                                                                    "/date: expected a day",
		`{"what":1}`:                                                                         "/: expected an object with op",
		`{"property":""}`:                                                                    "a name is empty",
		`"\u0000"`:                                                                           "zero byte",
	} {
		_, err := cql2.ParseJSON([]byte(text))
		if f := fault.Of(err); f == nil || f.Kind != fault.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// TestLimits: what is too much is refused.
func TestLimits(t *testing.T) {
	wide := cql2.Default()
	wide.Bytes = 64 << 20
	many := func(n int) string {
		var b strings.Builder
		b.WriteString("s_within(g, POLYGON((0 0")
		for i := range n - 2 {
			fmt.Fprintf(&b, ",%d %d", i, i%7)
		}
		return b.String() + ",0 0)))"
	}
	for name, c := range map[string]struct{ text, want string }{
		"parentheses":  {strings.Repeat("(", 100_000) + "1" + strings.Repeat(")", 100_000), "nested more than 100"},
		"open":         {strings.Repeat("(", 100_000), "nested more than 100"},
		"not":          {strings.Repeat("NOT ", 100_000) + "a", "nested more than 100"},
		"minus":        {"a = " + strings.Repeat("- ", 100_000) + "a", "expected a value"},
		"plus":         {"a = 1" + strings.Repeat("+1", 100_000), "nested more than 100"},
		"calls":        {strings.Repeat("f(", 100_000), "nested more than 100"},
		"casei":        {strings.Repeat("casei(", 100_000), "nested more than 100"},
		"interval":     {strings.Repeat("interval(", 100_000), "nested more than 100"},
		"or":           {"a" + strings.Repeat(" OR a", 100_000), "more than 10000 parts"},
		"list":         {"a IN (1" + strings.Repeat(",1", 100_000) + ")", "more than 10000 parts"},
		"vertices":     {many(1_000_000), "more than 100000 vertices"},
		"just so many": {many(100_000), ""},
	} {
		_, err := cql2.ParseWithin(c.text, wide)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		if c.want == "" {
			continue
		}
		if _, err := cql2.Parse(c.text); err == nil {
			t.Errorf("%s was read", name)
		}
	}
	for name, c := range map[string]struct{ text, want string }{
		"lists":   {strings.Repeat("[", 100_000), "expected JSON"},
		"closed":  {strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "nested more than 100"},
		"objects": {strings.Repeat(`{"op":"not","args":[`, 100_000), "expected JSON"},
		"nots":    {strings.Repeat(`{"op":"not","args":[`, 101) + "true" + strings.Repeat("]}", 101), "nested more than 100"},
		"long":    {`"` + strings.Repeat("x", 64<<10) + `"`, ""},
	} {
		_, err := cql2.ParseJSONWithin([]byte(c.text), wide)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := cql2.Parse("a = '" + strings.Repeat("x", 64<<10) + "'"); fault.Of(err).Code != "filter-too-large" {
		t.Error(err)
	}
}

// TestDepthIsSoon measures what the deepest nesting within the limit of bytes costs.
func TestDepthIsSoon(t *testing.T) {
	text := strings.Repeat("(", 64<<10)
	start := time.Now()
	for range 5 {
		if _, err := cql2.Parse(text); err == nil {
			t.Fatal("it was read")
		}
	}
	if took := time.Since(start) / 5; took > 50*time.Millisecond {
		t.Errorf("refusing took %s", took)
	}
}

// TestUnwritable: what the text form has no way to say is said so.
func TestUnwritable(t *testing.T) {
	for _, raw := range []string{`{"op":"=","args":[{"property":"a"},"x\\"]}`, `{"op":"f","args":[[1]]}`} {
		x, err := cql2.ParseJSON([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		if text, err := cql2.String(x); fault.Of(err) == nil || fault.Of(err).Code != "filter-unwritable" {
			t.Errorf("%s: %q, %v", raw, text, err)
		}
	}
}
