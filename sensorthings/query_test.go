package sensorthings

import (
	"fmt"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"basin/fault"
)

// show writes an expression with all its parentheses.
func show(x Expr) string {
	switch x := x.(type) {
	case *Literal:
		switch x.Type {
		case Null:
			return "null"
		case Bool:
			return fmt.Sprint(x.Bool)
		case Integer:
			return fmt.Sprint(x.Integer)
		case Number:
			return fmt.Sprint(x.Number)
		case Time:
			return x.From.Format("2006-01-02T15:04:05.999999999Z07:00")
		case Interval:
			return x.From.Format("2006-01-02") + "/" + x.To.Format("2006-01-02")
		}
		return fmt.Sprintf("%q", x.Text)
	case *Path:
		return strings.Join(x.Names, "/")
	case *Call:
		var args []string
		for _, a := range x.Args {
			args = append(args, show(a))
		}
		return x.Name + "(" + strings.Join(args, ",") + ")"
	case *Binary:
		return "(" + show(x.Left) + " " + x.Op + " " + show(x.Right) + ")"
	case *Logic:
		var items []string
		for _, i := range x.Items {
			items = append(items, show(i))
		}
		if x.Op == "not" {
			return "not" + items[0]
		}
		return "(" + strings.Join(items, " "+x.Op+" ") + ")"
	}
	return fmt.Sprintf("%T", x)
}

// TestFilter reads filters and writes them with all their parentheses.
func TestFilter(t *testing.T) {
	for given, want := range map[string]string{
		"a eq 1":                                                  "(a eq 1)",
		"a eq 1 or b eq 2 and c eq 3":                             "((a eq 1) or ((b eq 2) and (c eq 3)))",
		"not a eq 1 and b":                                        "(not(a eq 1) and b)",
		"1 add 2 mul 3 sub 4 eq 5":                                "(((1 add (2 mul 3)) sub 4) eq 5)",
		"(1 add 2) mul 3 eq -9":                                   "(((1 add 2) mul 3) eq -9)",
		"-a lt 1.5e3":                                             "((0 sub a) lt 1500)",
		"Datastream/Thing/name eq 'it''s'":                        `(Datastream/Thing/name eq "it's")`,
		"@iot.id eq 9223372036854775807":                          "(@iot.id eq 9223372036854775807)",
		"id eq 99999999999999999999":                              "(id eq 1e+20)",
		"t ge 2026-07-18T08:00:00.5%2B08:00":                      "(t ge 2026-07-18T00:00:00.5Z)",
		"t ge 2026-07-18T08:00:00+08:00":                          "(t ge 2026-07-18T00:00:00Z)",
		"t ge 2026-07-18 and t lt 2026-07-19T00Z":                 "", // an hour alone is no time
		"t eq 2026-07-18/2026-07-19":                              "(t eq 2026-07-18/2026-07-19)",
		"geo.distance(location, geography'Point(120.5 32)') lt 1": `(geo.distance(location,"POINT(120.5 32)") lt 1)`,
		"st_within(x,geography'MULTIPOINT((1 2),(3 4))')":         `st_within(x,"MULTIPOINT((1 2),(3 4))")`,
		"t sub duration'PT1H' gt now()":                           `((t sub "PT1H") gt now())`,
		"NULL eq TRUE":                                            "(null eq true)",
		"duration'P' eq 1":                                        "",
		"blob'x' eq 1":                                            "",
		"a eq":                                                    "",
		"a b":                                                     "",
		"eq":                                                      "eq",
		"a eq 1 eq 2":                                             "",
		"a in (1,2)":                                              "",
		"2026-13-01 eq a":                                         "",
		"a/ eq 1":                                                 "",
		"a eq 1;b eq 2":                                           "",
		"a eq \"x\"":                                              "",
		"1e999 eq a":                                              "",
		"geography'POINT(1 2' eq a":                               "",
		"geography'POLYGON((0 0,1 0,1 1,0 1))' eq a":              "",
	} {
		q, err := ParseQuery("$filter=" + strings.ReplaceAll(given, ";", "%3B"))
		switch {
		case err == nil && want == "":
			t.Errorf("%s: taken for %s", given, show(q.Filter))
		case err == nil && show(q.Filter) != want:
			t.Errorf("%s: %s, want %s", given, show(q.Filter), want)
		case err != nil && want != "":
			t.Errorf("%s: %v", given, err)
		case err != nil && fault.KindOf(err) != fault.Invalid:
			t.Errorf("%s: %v is no fault of the client", given, err)
		}
	}
}

// TestExpand reads expansions within expansions, with the options of each.
func TestExpand(t *testing.T) {
	q, err := ParseQuery("$expand=Datastreams($select=name,id;$top=5;$skip=2;$expand=Observations($filter=result gt 1;$orderby=phenomenonTime desc,id;$" +
		"count=true)),Locations/Things&$top=7")
	if err != nil {
		t.Fatal(err)
	}
	d := q.Expand[0]
	if q.Top != 7 || len(q.Expand) != 2 || d.Name != "Datastreams" || d.Top != 5 || d.Skip != 2 || len(d.Select) != 2 || q.Expand[1].Expand[0].Name != "Things" {
		t.Errorf("%+v", q)
	}
	o := d.Expand[0]
	if show(o.Filter) != "(result gt 1)" || len(o.Orders) != 2 || !o.Orders[0].Desc || !o.Count || o.Top != -1 {
		t.Errorf("%+v", o)
	}
	if got := strings.Join(d.Texts, ";"); got != "$select=name,id;$top=5;$expand=Observations($filter=result gt 1;$orderby=phenomenonTime desc,id;$count=true)" {
		t.Errorf("texts: %s", got)
	}
}

// TestPath reads resource paths.
func TestPath(t *testing.T) {
	for given, want := range map[string]string{
		"/Things(1)/Datastreams/": "Things(1 ) Datastreams", "/Observations('1:2')": "Observations(0 1:2)",
		"/Observations(%271:2%27)/Datastream": "Observations(0 1:2) Datastream",
		"":                                    "", "/Things(-5)": "Things(-5 )",
		"/Things(1": "!", "/Things(a)": "!", "/Things('a)": "!", "/Things('')": "!", "/%zz": "!", "/a%00": "!",
		strings.Repeat("/a", 100): "!", "/" + strings.Repeat("a", 3000): "!",
	} {
		path, err := ParsePath(given)
		var parts []string
		for _, s := range path {
			part := s.Name
			if s.ID != nil {
				part += fmt.Sprintf("(%d %s)", s.ID.Number, s.ID.Text)
			}
			parts = append(parts, part)
		}
		if got := strings.Join(parts, " "); (err != nil) != (want == "!") || (err == nil && got != want) {
			t.Errorf("%s: %s %v, want %s", given, got, err, want)
		}
	}
}

// FuzzParseQuery reads whatever comes: it neither fails nor takes what is no text, and its complaints are the client's.
func FuzzParseQuery(f *testing.F) {
	for _, seed := range []string{"$filter=a eq 'b' and not (c/d lt -1.5 add 2)",
		"$expand=A($top=1;$orderby=x desc;$expand=B/C($filter=y eq 2026-01-01T00:00:00Z))",
		"$filter=geo.intersects(l,geography'POLYGON((1 2,3 4,5 6,1 2))')", "$select=a,b/c,*&$count=true&$skip=3&$top=0", "$filter=((((",
		"$filter=duration'P1D' gt 2026-01-01/2026-01-02"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := ParseQuery(raw)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid || !utf8.ValidString(err.Error()) {
				t.Errorf("%q: %v", raw, err)
			}
			return
		}
		if q.Filter != nil {
			_ = show(q.Filter)
		}
		if q.Top > MaxTop || q.Skip < 0 {
			t.Errorf("%q: %+v", raw, q)
		}
	})
}

// FuzzParsePath reads whatever comes as a path; one that is understood is understood the same when it is written again.
func FuzzParsePath(f *testing.F) {
	for _, seed := range []string{"/Things(1)/Datastreams", "/Observations('1:2')/$ref", "/%27(", "//"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		path, err := ParsePath(raw)
		if err != nil && fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q: %v", raw, err)
		}
		if len(path) > maxSegments {
			t.Errorf("%q: %d segments", raw, len(path))
		}
		if err != nil {
			return
		}
		var parts []string
		for _, s := range path {
			part := url.PathEscape(s.Name)
			switch {
			case s.ID != nil && s.ID.Text != "":
				part += "(" + url.PathEscape("'"+strings.ReplaceAll(s.ID.Text, "'", "''")+"'") + ")"
			case s.ID != nil:
				part += "(" + strconv.FormatInt(s.ID.Number, 10) + ")"
			}
			parts = append(parts, part)
		}
		again, err := ParsePath("/" + strings.Join(parts, "/"))
		if err != nil && !strings.Contains(err.Error(), "too long") || err == nil && !reflect.DeepEqual(path, again) {
			t.Errorf("%q: %+v, written again %+v, %v", raw, path, again, err)
		}
	})
}
