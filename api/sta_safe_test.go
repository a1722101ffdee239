package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"basin/access"
)

// TestSTAClasses looks for what a reader may not know of by every way that a question has.
func TestSTAClasses(t *testing.T) {
	b := newSTABench(t)
	for role, want := range map[access.Role]struct{ things, streams, observations int }{
		access.Anonymous: {6, 9, 270}, access.Gateway: {6, 9, 270}, access.Viewer: {10, 14, 420}, access.Audit: {10, 14, 420}, access.Operator: {15, 21, 630},
	} {
		for set, n := range map[string]int{"Things": want.things, "Locations": want.things, "HistoricalLocations": want.things, "Sensors": want.things,
			"FeaturesOfInterest": want.things, "Datastreams": want.streams, "Observations": want.observations} {
			s := b.set(t, role, "/"+set+"?$count=true&$top=1000")
			if *s.Count != n || len(s.Value) != n {
				t.Errorf("%s as %s: %d counted, %d shown, want %d", set, role, *s.Count, len(s.Value), n)
			}
		}
	}
	mixed, hidden := b.thing(t, "station:mixed"), b.thing(t, "station:hidden")
	rain := b.stream(t, "mixed.rainfall")
	for at, want := range map[string]int{
		"/Things?$filter=Datastreams/properties/class eq 'restricted'":                                                         0,
		"/Things?$filter=Datastreams/Observations/result gt 70":                                                                0,
		"/Things?$filter=Datastreams/class eq 'x' or true":                                                                     -1,
		"/Things?$filter=not (Datastreams/Observations/result lt 70)":                                                          0,
		"/Datastreams?$filter=Thing/properties/class ne 'public'":                                                              0,
		"/Datastreams?$filter=Thing/Datastreams/properties/class ne 'public'":                                                  0,
		"/Datastreams?$filter=ObservedProperty/Datastreams/Thing/name eq 'Station restricted-1'":                               0,
		"/ObservedProperties?$filter=Datastreams/Observations/result gt 70":                                                    0,
		"/ObservedProperties?$filter=Datastreams/Thing/name eq 'Station hidden'":                                               0,
		"/Observations?$filter=result gt 6":                                                                                    0,
		"/Observations?$filter=Datastream/Thing/Datastreams/Observations/result gt 70":                                         0,
		"/Locations?$filter=Things/Datastreams/properties/class ne 'public'":                                                   0,
		fmt.Sprintf("/Things(%d)/Datastreams", mixed):                                                                          1,
		fmt.Sprintf("/FeaturesOfInterest(%d)/Observations?$filter=result gt 70", mixed):                                        0,
		fmt.Sprintf("/Things?$filter=id eq %d", hidden):                                                                        0,
		fmt.Sprintf("/Datastreams?$filter=id eq %d or Thing/Datastreams/id eq %d", rain, rain):                                 0,
		fmt.Sprintf("/Observations?$filter=id eq '%d:%d'", rain, staStart.UnixMicro()):                                         0,
		fmt.Sprintf("/Observations?$filter=Datastream/id eq %d", rain):                                                         0,
		"/Locations?$filter=geo.intersects(location, geography'POLYGON((121.15 31,121.25 31,121.25 33,121.15 33,121.15 31))')": 0,
	} {
		res, body := b.send(t, access.Anonymous, http.MethodGet, staURL(at), "")
		if want < 0 {
			if res.StatusCode != http.StatusBadRequest {
				t.Errorf("%s: %d", at, res.StatusCode)
			}
			continue
		}
		if s := b.set(t, access.Anonymous, at); len(s.Value) != want {
			t.Errorf("%s: %d entities, want %d: %.300s", at, len(s.Value), want, body)
		}
	}
	for _, at := range []string{
		"/ObservedProperties?$expand=Datastreams($count=true;$top=1000;$expand=Observations($count=true;$top=1000),Thing)",
		"/Things?$expand=Datastreams($expand=ObservedProperty($expand=Datastreams($expand=Thing,Observations($orderby=result desc)))),Locations,Historical" +
			"Locations($expand=Thing)",
		"/Locations?$expand=Things($expand=Datastreams($expand=Sensor($expand=Datastreams)))",
		"/Observations?$top=10&$orderby=result desc&$expand=FeatureOfInterest($expand=Observations($orderby=result desc)),Datastream($expand=Thing($expand" +
			"=Datastreams))",
		"/Datastreams?$orderby=Thing/properties/class desc&$expand=Observations($top=1;$orderby=result desc)",
		fmt.Sprintf("/Things(%d)?$expand=Datastreams($count=true;$expand=Observations)", mixed),
		fmt.Sprintf("/Things(%d)/Datastreams?$count=true", mixed),
	} {
		res, body := b.send(t, access.Anonymous, http.MethodGet, staURL(at), "")
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", at, res.StatusCode, body)
		}
		for _, secret := range []string{"restricted", "internal", "hidden", `"result":77`, `"result":88`, fmt.Sprintf("Datastreams(%d)", rain)} {
			if strings.Contains(string(body), secret) {
				t.Errorf("%s: tells of %s", at, secret)
			}
		}
	}
	if e := b.one(t, access.Anonymous, "/Things?$filter=name eq 'Station mixed'&$expand=Datastreams($count=true)"); e["Datastreams@iot.count"] != 1.0 {
		t.Errorf("the count of what is within tells of more: %v", e["Datastreams@iot.count"])
	}
}

// TestSTAInjection puts SQL wherever a client may write. What it holds must be taken for a value, or refused.
func TestSTAInjection(t *testing.T) {
	b := newSTABench(t)
	before := b.number(t, "SELECT count(*) FROM twin.reading")
	evil := []string{`'; DROP TABLE twin.reading CASCADE; --`, `'' OR 1=1 --`, `x') OR true --`, `$1`, `{0}`, `%s`, `@`, `\'; SELECT pg_sleep(10); --`,
		`"; --`, `1; SELECT 1`, `a'||(SELECT version())||'`,
		`$$x$$`, `E'\x27'`, `/* */`, "a\u2019 or 1=1", `?`}
	for _, text := range evil {
		quoted := "'" + strings.ReplaceAll(text, "'", "''") + "'"
		for _, at := range []string{"/Things?$filter=name eq " + quoted, "/Things?$filter=contains(name," + quoted + ")",
			"/Things?$filter=properties/code eq " + quoted,
			"/Observations?$filter=id eq " + quoted, "/Things?$filter=concat(name," + quoted + ") eq 'x'",
			"/Datastreams?$expand=Observations($filter=id eq " + quoted + ")&$top=0"} {
			if s := b.set(t, access.Anonymous, at); len(s.Value) != 0 {
				t.Errorf("%s: %d entities", at, len(s.Value))
			}
		}
		for _, at := range []string{"/Things?$filter=", "/Things?$orderby=", "/Things?$select=", "/Things?$expand=", "/Things?$top=", "/Things?$skip=",
			"/Things?$count=", "/Things?$filter=properties/",
			"/Things?$orderby=properties/", "/Observations?$resultFormat=",
			"/Things?$filter=geo.intersects(Locations/location,geography" + quoted + ") or name eq ", "/Things?$filter=now() gt duration" + quoted + " or name eq "} {
			res, body := b.send(t, access.Anonymous, http.MethodGet, staURL(at)+url.QueryEscape(text), "")
			if res.StatusCode != http.StatusBadRequest && (res.StatusCode != http.StatusOK || !strings.Contains(string(body), `"value":`)) {
				t.Errorf("%s%s: %d %s", at, text, res.StatusCode, body)
			}
		}
		for _, at := range []string{"/", "/Things(", "/Things(1)/", "/Observations('"} {
			res, body := b.send(t, access.Anonymous, http.MethodGet, at+url.PathEscape(text)+map[bool]string{true: "')"}[strings.HasSuffix(at, "'")], "")
			if res.StatusCode != http.StatusBadRequest && res.StatusCode != http.StatusNotFound {
				t.Errorf("%s%s: %d %s", at, text, res.StatusCode, body)
			}
		}
	}
	if after := b.number(t, "SELECT count(*) FROM twin.reading"); after != before {
		t.Errorf("%d readings, before %d", after, before)
	}
}

// TestSTATooMuch asks for what would cost too much.
func TestSTATooMuch(t *testing.T) {
	b := newSTABench(t)
	deep := func(open, middle, shut string, n int) string {
		return strings.Repeat(open, n) + middle + strings.Repeat(shut, n)
	}
	for name, at := range map[string]string{
		"10,000 parentheses":        "/Things?$filter=" + deep("(", "true", ")", 10_000),
		"100 parentheses":           "/Things?$filter=" + deep("(", "true", ")", 100),
		"open parentheses":          "/Things?$filter=" + strings.Repeat("(", 15_000),
		"10,000 not":                "/Things?$filter=" + strings.Repeat("not ", 4_000) + "true",
		"10,000 minus":              "/Things?$filter=" + strings.Repeat("- ", 6_000) + "1 eq 1",
		"10,000 functions":          "/Things?$filter=" + deep("tolower(", "name", ")", 2_000) + " eq 'x'",
		"10,000 conditions":         "/Things?$filter=true" + strings.Repeat(" or true", 3_000),
		"10,000 sums":               "/Things?$filter=1" + strings.Repeat(" add 1", 4_000) + " eq 1",
		"10,000 expansions":         "/Things?$expand=" + strings.Repeat("Datastreams/Thing/", 600) + "Datastreams",
		"expansions in expansions":  "/Things?$expand=" + deep("Datastreams($expand=Thing($expand=", "Locations", "))", 400),
		"expansions side by side":   "/Things?$expand=Locations" + strings.Repeat(",Datastreams/Thing", 40),
		"a path without an end":     "/Things" + strings.Repeat("(1)/Datastreams(1)/Thing/Datastreams", 30),
		"a filter of many searches": "/Things?$filter=true" + strings.Repeat(" and Datastreams/Observations/result gt 1", 20),
		"a long text":               "/Things?$filter=name eq '" + strings.Repeat("x", 40_000) + "'",
		"a long list":               "/Things?$select=name" + strings.Repeat(",name", 5_000),
		"a long order":              "/Things?$orderby=name" + strings.Repeat(",name", 20),
		"a geometry without an end": "/Locations?$filter=st_within(location,geography'LINESTRING(1 1" + strings.Repeat(",1 2", 5_000) + "')",
	} {
		res, body := b.send(t, access.Anonymous, http.MethodGet, staURL(at), "")
		if res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d %.200s", name, res.StatusCode, body)
		}
	}
	// Functions of functions, as deep as they may be, make a statement of a size in proportion.
	for _, f := range []string{"round", "floor", "ceiling"} {
		b.set(t, access.Anonymous, "/Observations?$top=1&$filter="+deep(f+"(", "result", ")", 30)+" ge 0")
	}
	b.set(t, access.Anonymous, "/Things?$top=1&$filter=endswith("+deep("trim(", "name", ")", 30)+",'x') or true")
	// More than one answer holds: sets within entities are cut short and say where they go on.
	s := b.set(t, access.Operator, "/Observations?$top=630&$expand=Datastream($expand=Observations($top=1000;$select=result))&$select=id")
	if len(s.Value) != 630 {
		t.Errorf("%d entities", len(s.Value))
	}
}
