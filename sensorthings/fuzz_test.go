package sensorthings

import (
	"encoding/json"
	"math"
	"math/big"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"basin/fault"
)

// written writes an expression as a client would.
func written(x Expr) string {
	switch x := x.(type) {
	case *Literal:
		switch x.Type {
		case Null:
			return "null"
		case Bool:
			return strconv.FormatBool(x.Bool)
		case Integer:
			return strconv.FormatInt(x.Integer, 10)
		case Number:
			return strconv.FormatFloat(x.Number, 'e', -1, 64)
		case Time:
			return x.From.Format(time.RFC3339Nano)
		case Interval:
			return x.From.Format(time.RFC3339Nano) + "/" + x.To.Format(time.RFC3339Nano)
		case Duration:
			return "duration'" + x.Text + "'"
		case Geography:
			return "geography'" + x.Text + "'"
		case Text:
			return "'" + strings.ReplaceAll(x.Text, "'", "''") + "'"
		}
	case *Path:
		return strings.Join(x.Names, "/")
	case *Call:
		args := make([]string, len(x.Args))
		for i, a := range x.Args {
			args[i] = written(a)
		}
		return x.Name + "(" + strings.Join(args, ",") + ")"
	case *Binary:
		return "(" + written(x.Left) + " " + x.Op + " " + written(x.Right) + ")"
	case *Logic:
		items := make([]string, len(x.Items))
		for i, item := range x.Items {
			items[i] = written(item)
		}
		if x.Op == "not" {
			return "(not " + items[0] + ")"
		}
		return "(" + strings.Join(items, " "+x.Op+" ") + ")"
	}
	return "?"
}

// FuzzFilter: a filter that is understood, written out with all its parentheses, is understood the same.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{"a eq 'b''c' and not (c/d lt -1.5 add 2)", "geo.intersects(l,geography'POLYGON((1 2,3 4,5 6,1 2))')", "-a mod 2 eq 1e300",
		"t gt 2026-01-01/2026-01-02T00:00:00.5%2B08:00", "t sub duration'P1D' lt now() or null eq true"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, filter string) {
		q, err := ParseQuery("$filter=" + url.QueryEscape(filter))
		if err != nil {
			return
		}
		text := written(q.Filter)
		again, err := ParseQuery("$filter=" + url.QueryEscape(text))
		if err != nil { // the parentheses may be too many
			if !strings.Contains(err.Error(), "too deeply") && !strings.Contains(err.Error(), "too many parts") && !strings.Contains(err.Error(), "too long") {
				t.Errorf("%q reads %q: %v", filter, text, err)
			}
			return
		}
		if got := written(again.Filter); got != text {
			t.Errorf("%q reads %q, then %q", filter, text, got)
		}
	})
}

// FuzzObservation: what an observation is taken to say, said plainly, is taken to say the same.
func FuzzObservation(f *testing.F) {
	f.Add([]byte(`{"result":1.5e-3,"phenomenonTime":"2026-07-18T08:00:00+08:00/2026-07-18T08:00:00+08:00","resultTime":"2026-07-18","Datastream":{"@iot.id":"3"}}`))
	f.Add([]byte(`{"result":-0,"validTime":null,"parameters":{ },"Datastream":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var o Observation
		if json.Unmarshal(body, &o) != nil {
			return
		}
		m, err := o.Measurement()
		n, wrong := o.OfDatastream(nil)
		if (err != nil && fault.KindOf(err) != fault.Invalid) || (wrong != nil && fault.KindOf(wrong) != fault.Invalid) {
			t.Errorf("%q: %v, %v", body, err, wrong)
		}
		if err != nil || wrong != nil {
			return
		}
		if len(m.Result) > len(body) || m.Time.Truncate(time.Microsecond) != m.Time {
			t.Errorf("%q: %+v", body, m)
		}
		if _, ok := new(big.Float).SetString(m.Result); !ok {
			t.Errorf("%q: the result %q is no number", body, m.Result)
		}
		plain := map[string]any{"result": json.Number(m.Result), "Datastream": map[string]any{"@iot.id": n}}
		for name, at := range map[string]time.Time{"phenomenonTime": m.Time, "resultTime": m.Issued} {
			if !at.IsZero() {
				plain[name] = at.Format(time.RFC3339Nano)
			}
		}
		text, err := json.Marshal(plain)
		if err != nil {
			t.Fatal(err)
		}
		var again Observation
		if err := json.Unmarshal(text, &again); err != nil {
			t.Fatal(err)
		}
		if got, err := again.Measurement(); err != nil || got != m {
			t.Errorf("%q says %+v, then %+v, %v", body, m, got, err)
		}
	})
}

// FuzzWKT: a geometry that is taken is written with numbers that are some, and is taken the same again.
func FuzzWKT(f *testing.F) {
	f.Add("MULTIPOLYGON Z (((1 2 3,3 4 5,5 6 7,1 2 3)))")
	f.Add("srid=4326; multipoint((1 2), 3 -4)")
	f.Fuzz(func(t *testing.T, s string) {
		out, why := checkWKT(s)
		if why != "" {
			return
		}
		again, why := checkWKT(out)
		if why != "" || again != out {
			t.Errorf("%q is %q, then %q %s", s, out, again, why)
		}
		for _, word := range strings.FieldsFunc(out, func(r rune) bool { return strings.ContainsRune("(), ", r) })[1:] {
			if x, err := strconv.ParseFloat(word, 64); err != nil || math.IsNaN(x) || math.Abs(x) > 360 {
				t.Errorf("%q is %q", s, out)
			}
		}
	})
}
