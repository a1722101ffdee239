package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"basin/access"
)

// TestSTACreate creates observations in all ways and in several roles.
func TestSTACreate(t *testing.T) {
	b := newSTABench(t)
	public, restricted := b.stream(t, "public-0.level"), b.stream(t, "restricted-0.level")
	body := func(stream int64, rest string) string {
		return fmt.Sprintf(`{"Datastream":{"@iot.id":%d},%s}`, stream, rest)
	}
	const good = `"phenomenonTime":"2026-07-20T08:00:00+08:00","result":3.25,"resultTime":"2026-07-20T00:01:00Z"`
	many := fmt.Sprintf("/Datastreams(%d)/Observations", public)
	for _, c := range []struct {
		name   string
		role   access.Role
		at     string
		body   string
		status int
		has    string
	}{
		{"good", access.System, "/Observations", body(public, good), 201, fmt.Sprintf(`'%d:1784505600000000'`, public)},
		{"the same again", access.System, "/Observations", body(public, good), 201, fmt.Sprintf(`"@iot.id":"%d:1784505600000000"`, public)},
		{"a correction by a person", access.Operator, "/Observations", body(public, `"phenomenonTime":"2026-07-20T00:00:00Z","result":3.5`), 201, ""},
		{"below its datastream", access.Operator, many,
			`{"phenomenonTime":"2026-07-20T01:00:00Z/2026-07-20T01:00:00Z","result":3,"resultTime":null,"parameters":{}}`, 201, ""},
		{"without a time", access.Operator, many, `{"result":1e0}`, 201, ""},
		{"a gateway for its own station", access.Gateway, "/Observations", body(restricted, good), 201, ""},
		{"a gateway for another station", access.Gateway, "/Observations", body(public, good), 403, "not-your-station"},
		{"a gateway for a secret station", access.Gateway, "/Observations", body(b.stream(t, "restricted-1.level"), good), 400, "unknown-entity"},
		{"nobody", access.Anonymous, "/Observations", body(public, good), 401, ""},
		{"a viewer", access.Viewer, "/Observations", body(public, good), 403, ""},
		{"an unknown datastream", access.System, "/Observations", body(987654, good), 400, "unknown-entity"},
		{"below an unknown datastream", access.System, "/Datastreams(987654)/Observations", `{"result":1}`, 404, "unknown-entity"},
		{"two datastreams", access.System, many, body(restricted, good), 400, "different datastreams"},
		{"no datastream", access.System, "/Observations", `{"result":1}`, 400, "Datastream must name"},
		{"no result", access.System, "/Observations", body(public, `"phenomenonTime":"2026-07-20T00:00:00Z"`), 400, "result must be a number"},
		{"a text", access.System, "/Observations", body(public, `"result":"3"`), 400, "result must be a number"},
		{"no number", access.System, "/Observations", body(public, `"result":null`), 400, "result must be a number"},
		{"an impossible value", access.System, "/Observations", body(public, `"result":99999`), 400, "physically impossible"},
		{"an immense value", access.System, "/Observations", body(public, `"result":1e300`), 400, "too large"},
		{"an interval", access.System, "/Observations", body(public, `"phenomenonTime":"2026-07-20T00:00:00Z/2026-07-21T00:00:00Z","result":1}`), 400, ""},
		{"no time that is one", access.System, "/Observations", body(public, `"phenomenonTime":"yesterday","result":1`), 400, "phenomenonTime must be"},
		{"the future", access.System, "/Observations", body(public, `"phenomenonTime":"2099-01-01T00:00:00Z","result":1`), 400, "ahead of the clock"},
		{"parameters", access.System, "/Observations", body(public, `"result":1,"parameters":{"a":1}`), 400, "cannot be kept"},
		{"no JSON", access.System, "/Observations", `{`, 400, "bad-json"},
		{"something after it", access.System, "/Observations", body(public, good) + "x", 400, "bad-json"},
		{"a parameter", access.System, "/Observations?x=1", body(public, good), 400, "unknown-parameter"},
		{"a set that is not created", access.System, "/Sensors", `{}`, 405, "not-created-here"},
		{"no set", access.System, "/Nothing", `{}`, 404, ""},
	} {
		res, answer := b.send(t, c.role, http.MethodPost, c.at, c.body)
		if res.StatusCode != c.status || !strings.Contains(string(answer), c.has) {
			t.Errorf("%s: %d, want %d and %s: %s", c.name, res.StatusCode, c.status, c.has, answer)
		}
		if c.status == http.StatusCreated {
			role := access.Operator
			if res, body := b.send(t, role, http.MethodGet, res.Header.Get("Location"), ""); res.StatusCode != http.StatusOK {
				t.Errorf("%s: what was created is not there: %d %s", c.name, res.StatusCode, body)
			}
		}
	}
	for _, method := range []string{http.MethodPatch, http.MethodPut, http.MethodDelete} {
		if res, body := b.send(t, access.System, method, fmt.Sprintf("/Datastreams(%d)", public), `{}`); res.StatusCode != http.StatusMethodNotAllowed ||
			!strings.Contains(string(body), "read-and-create") {
			t.Errorf("%s: %d %s", method, res.StatusCode, body)
		}
	}
}

// TestSTACreated looks at what was created from the other side: /twin.
func TestSTACreated(t *testing.T) {
	b := newSTABench(t)
	ds := b.stream(t, "public-0.level")
	at := time.Now().UTC().Truncate(time.Second)
	res, body := b.send(t, access.System, http.MethodPost, "/Observations",
		fmt.Sprintf(`{"Datastream":{"@iot.id":%d},"phenomenonTime":%q,"result":4.321}`, ds, at.Format(time.RFC3339)))
	if res.StatusCode != http.StatusCreated {
		t.Fatalf("%d %s", res.StatusCode, body)
	}
	res, body = b.send(t, access.Anonymous, http.MethodGet, b.url+"/twin/things/station:public-0/state", "")
	if res.StatusCode != http.StatusOK || !strings.Contains(string(body), "4.321") {
		t.Errorf("the state does not have it: %d %s", res.StatusCode, body)
	}
}

// TestSTADataArray creates observations as rows of values, good and bad ones.
func TestSTADataArray(t *testing.T) {
	b := newSTABench(t)
	one, two := b.stream(t, "public-0.level"), b.stream(t, "public-3.rainfall")
	text := fmt.Sprintf(`[{"Datastream":{"@iot.id":%d},"components":["phenomenonTime","result","FeatureOfInterest/id"],
		"dataArray@iot.count":5,"dataArray":[["2026-07-21T00:00:00Z",1.5,1],["2026-07-21T00:10:00Z",99999,1],["2026-07-21T00:20:00Z",1.7,1],
		["2026-07-21T00:30:00Z",1.7],["nonsense",1.7,1]]},
		{"Datastream":{"@iot.id":%d},"components":["result","phenomenonTime","resultTime"],"dataArray":[[2,"2026-07-21T00:00:00Z",null]]},
		{"Datastream":{"@iot.id":987654},"components":["result"],"dataArray":[[2]]}]`, one, two)
	res, body := b.send(t, access.System, http.MethodPost, "/CreateObservations", text)
	var answers []string
	if err := json.Unmarshal(body, &answers); err != nil || res.StatusCode != http.StatusCreated || len(answers) != 7 {
		t.Fatalf("%d %v %s", res.StatusCode, err, body)
	}
	for i, good := range []bool{true, false, true, false, false, true, false} {
		if (answers[i] == "error") == good {
			t.Errorf("row %d: %s", i, answers[i])
		} else if good {
			if res, body := b.send(t, access.Anonymous, http.MethodGet, answers[i], ""); res.StatusCode != http.StatusOK {
				t.Errorf("row %d: %d %s", i, res.StatusCode, body)
			}
		}
	}
	for _, bad := range []string{
		`{}`, `[{"components":["result"],"dataArray":[]}]`,
		`[{"Datastream":{"@iot.id":1},"components":["phenomenonTime"],"dataArray":[]}]`, `[`, `[1]`,
	} {
		if res, body := b.send(t, access.System, http.MethodPost, "/CreateObservations", bad); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d %s", bad, res.StatusCode, body)
		}
	}
}

// TestSTAThing makes stations with their places and datastreams, and refuses what cannot be kept.
func TestSTAThing(t *testing.T) {
	b := newSTABench(t)
	rain := b.one(t, access.System, "/ObservedProperties?$filter=properties/id eq 'rainfall'")["@iot.id"]
	thing := func(properties, location, streams string) string {
		return fmt.Sprintf(`{"name":"新站","description":"by the sluice","properties":%s,
			"Locations":[{"name":"here","description":"","encodingType":"application/geo+json","location":%s}],
			"Datastreams":[%s]}`, properties, location, streams)
	}
	stream := func(property, unit, properties string) string {
		return fmt.Sprintf(`{"name":"x","description":"x","observationType":"http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
			"unitOfMeasurement":%s,"ObservedProperty":%s,"Sensor":{"name":"s","description":"s","encodingType":"text/plain","metadata":"m"},
			"properties":%s}`, unit, property, properties)
	}
	const (
		metre = `{"name":"metre","symbol":"m","definition":"http://unitsofmeasure.org/ucum#m"}`
		point = `{"type":"Point","coordinates":[120.9,32.1]}`
		code  = `{"code":"NEW","class":"public","owner":"me"}`
		datum = `{"datum":"wusong"}`
	)
	level := stream(`{"name":"Water level"}`, metre, datum)
	for _, c := range []struct {
		name, body string
		role       access.Role
		status     int
		has        string
	}{
		{"good", thing(code, point, level+","+stream(fmt.Sprintf(`{"@iot.id":%v}`, int64(rain.(float64))), `{"name":null}`, `{"class":"restricted"}`)+","+
			stream(`{"definition":"urn:basin:property:gate_opening"}`, "null", `{"number":2,"role":"inner"}`)), access.System, 201,
			"Things("},
		{"again", thing(code, point, level), access.System, 409, "station-exists"},
		{"without a code", thing(`{}`, `{"type":"Feature","geometry":`+point+`}`, level), access.System, 201, ""},
		{"an operator", thing(code, point, level), access.Operator, 403, ""},
		{"a gateway", thing(code, point, level), access.Gateway, 403, ""},
		{"a level without a datum", thing(`{}`, point, stream(`{"name":"level"}`, metre, `{}`)), access.System, 400, "needs a datum"},
		{"an unknown datum", thing(`{}`, point, stream(`{"name":"level"}`, metre, `{"datum":"moon"}`)), access.System, 400, ""},
		{"an unknown property", thing(`{}`, point, stream(`{"name":"humour"}`, metre, `{}`)), access.System, 400, "no such ObservedProperty"},
		{"another unit", thing(`{}`, point, stream(`{"name":"level"}`, `{"name":"centimetre","symbol":"cm"}`, datum)), access.System, 400, "kept in m"},
		{"a datum of rain", thing(`{}`, point, stream(`{"name":"rainfall"}`, "null", datum)), access.System, 400, "has no datum"},
		{"the same twice", thing(`{}`, point, level+","+level), access.System, 400, "twice"},
		{"no place", `{"name":"x","Datastreams":[` + level + `]}`, access.System, 400, "one Location"},
		{"no geometry", thing(`{}`, `null`, level), access.System, 400, ""},
		{"metres for degrees", thing(`{}`, `{"type":"Point","coordinates":[40500000,3550000]}`, level), access.System, 400, ""},
		{"no datastreams", thing(`{}`, point, ``), access.System, 400, "Datastreams"},
		{"no name", `{"Locations":[{"location":` + point + `}]}`, access.System, 400, "name is missing"},
		{"an unknown class", thing(`{"class":"open"}`, point, level), access.System, 400, "properties.class"},
		{"an unknown side", thing(`{}`, point, stream(`{"name":"level"}`, metre, `{"datum":"wusong","role":"left"}`)), access.System, 400, ""},
		{"half a number", thing(`{}`, point, stream(`{"name":"gate_opening"}`, metre, `{"number":1.5}`)), access.System, 400, "properties.number"},
	} {
		res, answer := b.send(t, c.role, http.MethodPost, "/Things", c.body)
		if res.StatusCode != c.status || !strings.Contains(string(answer), c.has) {
			t.Errorf("%s: %d, want %d and %s: %s", c.name, res.StatusCode, c.status, c.has, answer)
		}
	}
	found := b.one(t, access.Anonymous, "/Things?$filter=properties/code eq 'NEW'&$expand=Locations,Datastreams")
	if n := len(found["Datastreams"].([]any)); n != 2 || found["properties"].(map[string]any)["owner"] != "me" {
		t.Errorf("a visitor sees of the new station %d datastreams: %v", n, found)
	}
	if n := b.number(t, `SELECT count(*) FROM twin.datastream WHERE thing = 'station:NEW'`); n != 3 {
		t.Errorf("the new station has %d datastreams", n)
	}
	res, answer := b.send(t, access.System, http.MethodPost, fmt.Sprintf("/Datastreams(%d)/Observations", b.stream(t, "NEW.level")), `{"result":2}`)
	if res.StatusCode != http.StatusCreated {
		t.Errorf("the new station cannot report: %d %s", res.StatusCode, answer)
	}
}
