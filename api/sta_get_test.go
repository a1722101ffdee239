package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"basin/access"
)

// staCase is a request, written down as people read it, and its outcome.
type staCase struct {
	at     string
	status int
	count  int    // of the entities of a set; -1 where it is none
	has    string // what the answer contains
}

// TestSTARequests asks as an anonymous visitor, who may see six things with nine datastreams and 270 observations.
func TestSTARequests(t *testing.T) {
	b := newSTABench(t)
	level, thing := b.stream(t, "public-1.level"), b.thing(t, "station:public-1")
	secret, secretThing := b.stream(t, "restricted-1.level"), b.thing(t, "station:restricted-1")
	obs := fmt.Sprintf("Observations('%d:%d')", level, staStart.UnixMicro())
	names := strings.NewReplacer("{ds}", fmt.Sprint(level), "{thing}", fmt.Sprint(thing), "{secret}", fmt.Sprint(secret), "{secretThing}",
		fmt.Sprint(secretThing), "{obs}", obs)
	for _, c := range []staCase{
		// The root, sets, entities, and how they lead to each other.
		{"", 200, -1, `"serverSettings":{"conformance":["http://www.opengis.net/spec/iot_sensing/1.1/req/datamodel"`},
		{"/", 200, -1, `/sensorthings/v1.1/HistoricalLocations"`},
		{"/Things", 200, 6, `"Datastreams@iot.navigationLink":"`},
		{"/Things({thing})", 200, -1, `"name":"Station public-1"`},
		{"/Things({thing})/Datastreams", 200, 1, `"code":"public-1.level"`},
		{"/Things({thing})/Locations", 200, 1, `"coordinates":[120.6,32]`},
		{"/Things({thing})/HistoricalLocations", 200, 1, `"time":"20`},
		{"/Things({thing})/Datastreams({ds})/Observations", 200, 30, ""},
		{"/Locations({thing})/Things", 200, 1, ""},
		{"/HistoricalLocations({thing})/Thing/Locations", 200, 1, ""},
		{"/Datastreams({ds})?$select=resultTime", 200, -1, `{"resultTime":"2026-07-19T00:00:00Z/2026-07-19T00:00:00Z"`},
		{"/Datastreams({ds})", 200, -1, `"phenomenonTime":"2026-07-18T00:00:00Z/2026-07-18T04:50:00Z"`},
		{"/Datastreams({ds})/Thing", 200, -1, `"name":"Station public-1"`},
		{"/Datastreams({ds})/Thing/Locations", 200, 1, ""},
		{"/Datastreams({ds})/Sensor", 200, -1, `"encodingType":"text/plain"`},
		{"/Datastreams({ds})/ObservedProperty", 200, -1, `"definition":"urn:basin:property:level"`},
		{"/Datastreams({ds})/ObservedProperty/Datastreams", 200, 7, ""},
		{"/Sensors({thing})/Datastreams", 200, 1, ""},
		{"/{obs}", 200, -1, `"result":1,`},
		{"/{obs}/Datastream", 200, -1, `"unitOfMeasurement":{"name":"metre","symbol":"m"`},
		{"/{obs}/Datastream/Thing", 200, -1, `station:public-1`},
		{"/{obs}/FeatureOfInterest", 200, -1, `"feature":{"type":"Point"`},
		{"/FeaturesOfInterest({thing})/Observations", 200, 30, ""},
		{"/Things({thing})/name", 200, -1, `{"name":"Station public-1"}`},
		{"/Things({thing})/name/$value", 200, -1, `Station public-1`},
		{"/Things({thing})/properties/owner", 200, -1, `{"owner":"bureau public-1"}`},
		{"/Things({thing})/properties/owner/$value", 200, -1, `bureau public-1`},
		{"/{obs}/result/$value", 200, -1, `1`},
		{"/{obs}/@iot.id", 200, -1, `{"@iot.id":"`},
		{"/Datastreams({ds})/unitOfMeasurement", 200, -1, `{"unitOfMeasurement":{`},
		{"/Things/$ref", 200, 6, `{"@iot.selfLink":"`},
		{"/Things({thing})/Datastreams/$ref", 200, 1, `/Datastreams({ds})"}]`},
		{"/Things({thing})/$ref", 200, -1, `{"@iot.selfLink":"`},
		// Filters.
		{"/Things?$filter=name eq 'Station public-1'", 200, 1, ""},
		{"/Things?$filter=name ne 'Station public-1'", 200, 5, ""},
		{"/Things?$filter=id eq {thing}", 200, 1, ""},
		{"/Things?$filter=@iot.id eq {thing} or id eq {thing}", 200, 1, ""},
		{"/Things?$filter=startswith(name,'Station public') and not endswith(name,'-0')", 200, 3, ""},
		{"/Things?$filter=substringof('mix',name)", 200, 1, ""},
		{"/Things?$filter=contains(toupper(name),'MIX')", 200, 1, ""},
		{"/Things?$filter=length(trim(name)) eq 13", 200, 1, ""},
		{"/Things?$filter=indexof(name,'public') eq 8 and substring(name,8) eq 'public-2'", 200, 1, ""},
		{"/Things?$filter=concat(tolower(name),'!') eq 'station mixed!'", 200, 1, ""},
		{"/Things?$filter=properties/kind eq 'work'", 200, 1, ""},
		{"/Things?$filter=properties/rank ge 3 and properties/key eq true", 200, 6, ""},
		{"/Things?$filter=properties/nothing eq null", 200, 6, ""},
		{"/Things?$filter=properties/code eq 'W''1'", 200, 1, ""},
		{"/Things?$filter=Datastreams/properties/role eq 'inner'", 200, 1, ""},
		{"/Things?$filter=Datastreams/ObservedProperty/name eq 'Rainfall'", 200, 1, "public-3"},
		{"/Things?$filter=Datastreams/Observations/result gt 5.2", 200, 1, "mixed"},
		{"/Things?$filter=geo.intersects(Locations/location, geography'POLYGON((120.55 31.9, 120.75 31.9, 120.75 32.1, 120.55 32.1, 120.55 31.9))')", 200, 2, ""},
		{"/Things?$filter=st_within(HistoricalLocations/Location/location, geography'POLYGON((120.55 31.9, 120.75 31.9, 120.75 32.1, 120.55 32.1, 120.55 31.9))')",
			200, 2, ""},
		{"/Locations?$filter=geo.distance(location, geography'POINT(120.5 32)') lt 0.15", 200, 2, ""},
		{"/Locations?$filter=st_equals(location, geography'SRID=4326;POINT Z (120.5 32 7)')", 200, 1, ""},
		{"/Locations?$filter=st_disjoint(location, geography'POINT(120.5 32)')", 200, 5, ""},
		{"/Locations?$filter=st_intersects(location, geography'LINESTRING(120.5 32,120.8 32)')", 200, 4, ""},
		{"/FeaturesOfInterest?$filter=st_within(feature, geography'MULTIPOLYGON(((120.9 31,121.05 31,121.05 33,120.9 33,120.9 31)))')", 200, 1, ""},
		{"/Datastreams?$filter=geo.length(observedArea) eq 0 and st_relate(observedArea, geography'POINT(1 1)', 'FF*FF****')", 200, 9, ""},
		{"/Datastreams?$filter=Thing/name eq 'Station public-1' or ObservedProperty/name eq 'Rainfall'", 200, 2, ""},
		{"/Datastreams?$filter=unitOfMeasurement/symbol eq 'mm'", 200, 1, ""},
		{"/Datastreams?$filter=phenomenonTime gt 2026-07-17T00:00:00Z and phenomenonTime lt 2026-07-18T05:00:00Z", 200, 9, ""},
		{"/Datastreams?$filter=phenomenonTime eq 2026-07-18T01:00:00Z", 200, 9, ""},
		{"/Datastreams?$filter=resultTime ge 2026-07-20T00:00:00Z", 200, 0, ""},
		{"/Datastreams?$filter=2026-07-18/2026-07-18T05:00:00Z gt phenomenonTime", 200, 0, ""},
		{"/Datastreams?$filter=phenomenonTime eq 2026-07-18T00:00:00Z/2026-07-18T04:50:00Z", 200, 9, ""},
		{"/Observations?$filter=Datastream/id eq {ds} and result gt 1.1 and result le 1.15", 200, 5, ""},
		{"/Observations?$filter=Datastream/ObservedProperty/name eq 'Rainfall'", 200, 30, ""},
		{"/Observations?$filter=Datastream/Thing/name eq 'Station mixed' and round(result) eq 5", 200, 30, ""},
		{"/Datastreams({ds})/Observations?$filter=phenomenonTime ge 2026-07-18T01:00:00Z and phenomenonTime lt 2026-07-18T02:00:00Z", 200, 6, ""},
		{"/Datastreams({ds})/Observations?$filter=phenomenonTime ge 2026-07-18T09:00:00+08:00 and phenomenonTime lt '2026-07-18T10:00:00+08:00'", 200, 6, ""},
		{"/Datastreams({ds})/Observations?$filter=phenomenonTime gt 2026-07-18T04:50:00Z sub duration'PT1H'", 200, 6, ""},
		{"/Datastreams({ds})/Observations?$filter=phenomenonTime gt now() sub duration'P1D' and now() lt maxdatetime()", 200, 0, ""},
		{"/Datastreams({ds})/Observations?$filter=year(phenomenonTime) eq 2026 and month(phenomenonTime) eq 7 and day(phenomenonTime) eq 18 and hour(pheno" +
			"menonTime) eq 2", 200, 6, ""},
		{"/Datastreams({ds})/Observations?$filter=minute(phenomenonTime) eq 10 and second(phenomenonTime) eq 0", 200, 5, ""},
		{"/Datastreams({ds})/Observations?$filter=date(phenomenonTime) eq 2026-07-18", 200, 30, ""},
		{"/Datastreams({ds})/Observations?$filter=(result sub 1) mul 100 mod 2 eq 0", 200, -2, ""},
		{"/Datastreams({ds})/Observations?$filter=result add 1 eq 2.05 or result div 2 eq 0.5", 200, 2, ""},
		{"/Datastreams({ds})/Observations?$filter=floor(result) eq 1 and ceiling(result) eq 2", 200, 29, ""},
		{"/Datastreams({ds})/Observations?$filter=-result lt -(1.25)", 200, 4, ""},
		{"/Observations?$filter=id eq '{ds}:1784332800000000'", 200, 1, ""},
		{"/Datastreams({ds})/Observations?$filter=time(phenomenonTime) lt duration'PT1H' and time(phenomenonTime) ne time(resultTime)", 200, 5, ""},
		{"/Datastreams({ds})/Observations?$filter=date(resultTime) eq 2026-07-19 and date(resultTime) ne date(phenomenonTime)", 200, 30, ""},
		{"/Datastreams({ds})/Observations?$filter=fractionalseconds(phenomenonTime) eq 0 and totaloffsetminutes(phenomenonTime) eq 0", 200, 30, ""},
		{"/Datastreams({ds})/Observations?$filter=year(resultTime) eq year(now()) or now() gt phenomenonTime", 200, 30, ""},
		{"/Datastreams({ds})/Observations?$filter=phenomenonTime lt 2026-07-18T01:00:00Z/2026-07-18T02:00:00Z", 200, 6, ""},
		{"/Datastreams({ds})/Observations?$filter=phenomenonTime eq 2026-07-18T01:00:00Z/2026-07-18T02:00:00Z", 200, 7, ""},
		{"/Things?$filter=substring(name,8,6) eq 'public' and substring(name,0,0) eq ''", 200, 4, ""},
		{"/Things?$filter=startswith(@iot.id,'{thing}')", 200, 1, ""},
		{"/Locations?$filter=st_crosses(location, geography'LINESTRING(120 31,122 33)') or st_touches(location, geography'POINT(120.5 32)') or " +
			"st_overlaps(location, geography'POINT(120.5 32)') or st_contains(location, geography'POINT(120.5 32)')", 200, 1, ""},
		{"/HistoricalLocations({thing})?$expand=Things($select=name)", 200, -1, `"Thing":{"name":"Station public-1"}`},
		{"/Things?$skiptoken={thing}", 200, 4, ""},
		{"/Datastreams({ds})/Observations?$skiptoken='{ds}:1784332800000000'&$orderby=phenomenonTime desc", 200, 0, ""},
		{"/Observations?$filter=resultQuality eq null", 200, 0, ""},
		{"/Observations?$filter=parameters/operator eq true", 200, 0, ""},
		{"/Things?$filter=true", 200, 6, ""},
		{"/Things?$filter=null eq null", 200, 6, ""},
		// Orders, selections, pages, expansions, forms of answer.
		{"/Things?$orderby=properties/code desc,name asc&$top=1", 200, 1, "public-3"},
		{"/Things?$orderby=length(name),name desc&$top=1", 200, 1, "Station W'1"},
		{"/Datastreams?$orderby=Thing/name desc,ObservedProperty/name,id desc&$select=name&$top=1", 200, 1, `{"name":"Station public-3: Rainfall"}`},
		{"/Observations?$orderby=result desc&$top=1&$select=result", 200, 1, `{"result":5.29}`},
		{"/Observations?$orderby=id desc&$top=1", 200, 1, ""},
		{"/Things?$select=id,name&$top=1", 200, 1, `{"@iot.id":1,"name":"Station public-0"}`},
		{"/Things?$select=name,Datastreams&$top=1", 200, 1, `{"name":"Station public-0","Datastreams@iot.navigationLink":"`},
		{"/Things?$select=*&$top=1", 200, 1, `"properties":`},
		{"/Things?$count=true&$top=2", 200, 2, `"@iot.count":6`},
		{"/Things?$count=false&$top=2", 200, 2, ""},
		{"/Things?$top=100000", 200, 6, ""},
		{"/Things?$skip=5", 200, 1, ""},
		{"/Things?$expand=Locations,Datastreams/ObservedProperty", 200, 6, `"ObservedProperty":{"@iot.id":`},
		{"/Things({thing})?$expand=Datastreams($select=name;$count=true;$expand=Observations($top=2;$orderby=phenomenonTime desc;$select=result))", 200, -1,
			`"Datastreams@iot.count":1,"Datastreams":[{"name":"Station public-1: Water level","Observations":[{"result":1.29},{"result":1.28}],"Observations@` +
				`iot.nextLink":"`},
		{"/Datastreams({ds})?$expand=Observations($filter=result gt 1.28;$count=true),Thing($select=name),Sensor,ObservedProperty($select=name)", 200, -1,
			`"Observations@iot.count":1`},
		{"/Observations?$top=1&$expand=Datastream($expand=Thing($expand=Locations)),FeatureOfInterest", 200, 1, `"Locations":[{`},
		{"/Observations?$top=2&$resultFormat=dataArray&$select=phenomenonTime,result", 200, 1,
			`"components":["phenomenonTime","result"],"dataArray@iot.count":2,"dataArray":[["2026-07-18T00:00:00Z",0],["2026-07-18T00:10:00Z",0.01]]`},
		// What there is not.
		{"/Nothing", 404, -1, ""},
		{"/Things(999999)", 404, -1, "unknown-entity"},
		{"/Things('a')", 404, -1, ""},
		{"/Things({secretThing})", 404, -1, "unknown-entity"},
		{"/Things({thing})/Datastreams({secret})", 404, -1, ""},
		{"/Datastreams({secret})", 404, -1, ""},
		{"/Datastreams({secret})/Observations", 404, -1, ""},
		{"/Observations('{secret}:1784332800000000')", 404, -1, ""},
		{"/Observations('nonsense')", 404, -1, ""},
		{"/Observations(5)", 404, -1, ""},
		{"/Things({thing})/nothing", 404, -1, ""},
		{"/Things({thing})/name/$value/more", 404, -1, ""},
		{"/Things/Datastreams", 404, -1, ""},
		{"/{obs}/Datastream(5)", 404, -1, ""},
		// What is wrong.
		{"/Things(1", 400, -1, "bad-path"},
		{"/Things(1;2)", 400, -1, "bad-path"},
		{"/Things?$filter=", 400, -1, "position 1"},
		{"/Things?$filter=name eq", 400, -1, "position 8"},
		{"/Things?$filter=name eq 'x", 400, -1, "position 9"},
		{"/Things?$filter=nonsense eq 1", 400, -1, "a Thing has no property nonsense"},
		{"/Things?$filter=name gt 5", 400, -1, "cannot be compared"},
		{"/Things?$filter=name", 400, -1, "this is a text, not a condition"},
		{"/Things?$filter=Datastreams eq 1", 400, -1, "names no property"},
		{"/Things?$filter=sleep(5)", 400, -1, "there is no function sleep"},
		{"/Things?$filter=length(name,name) eq 1", 400, -1, "takes 1 arguments"},
		{"/Things?$filter=(name eq 'x'", 400, -1, ") is expected here"},
		{"/Things?$filter=name eq 'x') or (1 eq 1", 400, -1, "does not belong here"},
		{"/Locations?$filter=geo.intersects(location, geography'POLYGON((1 2))')", 400, -1, "a ring has four positions"},
		{"/Locations?$filter=geo.intersects(location, geography'CIRCLE(1 2)')", 400, -1, "no such geometry"},
		{"/Locations?$filter=geo.distance(location, geography'POINT(1 200)') lt 1", 400, -1, "not longitude and latitude"},
		{"/Datastreams({ds})/Observations?$filter=result div 0 eq 1", 400, -1, "cannot-compute"},
		{"/Datastreams({ds})/Observations?$filter=phenomenonTime add duration'P9999Y' gt now() and phenomenonTime add duration'P9999Y' add duration'P9999Y" +
			"' add duration'P9999Y' " +
			"add duration'P9999Y' add duration'P9999Y' add duration'P9999Y' add duration'P9999Y' add duration'P9999Y' add duration'P9999Y' add duration'P9999Y' " +
			"add duration'P9999Y' add duration'P9999Y' add duration'P9999Y' add duration'P9999Y' add duration'P9999Y' add duration'P9999Y' add duration'P9999Y' " +
			"add duration'P9999Y' add duration'P9999Y' add duration'P9999Y' add duration'P9999Y' add duration'P9999Y' add duration'P9999Y' add duration'P9999Y' " +
			"add duration'P9999Y' add duration'P9999Y' add duration'P9999Y' add duration'P9999Y' add duration'P9999Y' add duration'P9999Y' add duration'P9999" +
			"Y' gt now()", 400, -1, ""},
		{"/Things?$filter=name eq 'x'&$filter=name eq 'y'", 400, -1, "more than once"},
		{"/Things?$nonsense=1", 400, -1, "no such option"},
		{"/Things?f=json", 400, -1, "no such option"},
		{"/Things?$top=-1", 400, -1, "not negative"},
		{"/Things?$top=a", 400, -1, ""},
		{"/Things?$skip=99999999999999", 400, -1, "too large"},
		{"/Things?$count=maybe", 400, -1, ""},
		{"/Things?$skiptoken='a'", 400, -1, "none of those that an answer gave"},
		{"/Things?$skiptoken=name", 400, -1, "none of those that an answer gave"},
		{"/Things?$skiptoken=1&$orderby=name", 400, -1, "none of those that an answer gave"},
		{"/Observations?$skiptoken=1", 400, -1, "none of those that an answer gave"},
		{"/Observations?$skiptoken='1:a'", 400, -1, "none of those that an answer gave"},
		{"/Things?$expand=Datastreams($skiptoken=1)", 400, -1, "none of those that an answer gave"},
		{"/Things({thing})?$skiptoken=1", 400, -1, "not-a-set"},
		{"/Things?$orderby=Datastreams/name", 400, -1, "give no order"},
		{"/Things?$orderby=1", 400, -1, ""},
		{"/Locations?$orderby=location", 400, -1, ""},
		{"/Things?$orderby=name sideways", 400, -1, ""},
		{"/Things?$select=nonsense", 400, -1, ""},
		{"/Things?$expand=Observations", 400, -1, "a Thing leads to no Observations"},
		{"/Things?$expand=Datastreams($top=x)", 400, -1, ""},
		{"/Things?$expand=Datastreams(top=1)", 400, -1, ""},
		{"/Things?$expand=Datastreams,Datastreams", 400, -1, "expanded already"},
		{"/Things?$resultFormat=dataArray", 400, -1, ""},
		{"/Things({thing})?$filter=id eq 1", 400, -1, "not-a-set"},
	} {
		at := names.Replace(c.at)
		res, body := b.send(t, access.Anonymous, http.MethodGet, staURL(at), "")
		if res.StatusCode != c.status || !strings.Contains(string(body), names.Replace(c.has)) {
			t.Errorf("%s: %d, want %d and %s: %.600s", at, res.StatusCode, c.status, c.has, body)
			continue
		}
		if c.status >= 400 && res.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: an error of the type %s", at, res.Header.Get("Content-Type"))
		}
		if c.count >= 0 {
			if s := b.set(t, access.Anonymous, at); len(s.Value) != c.count {
				t.Errorf("%s: %d entities, want %d", at, len(s.Value), c.count)
			}
		}
	}
}

// TestSTAClients sends the requests of other programs as they send them: as the sources of QGIS's provider (3.36 to 4), of the two plugins for Grafana and of
// FROST-Client write them.
func TestSTAClients(t *testing.T) {
	b := newSTABench(t)
	ds, thing := b.stream(t, "public-1.level"), b.thing(t, "station:public-1")
	for _, c := range []struct {
		from, at string
		count    int
	}{
		{"QGIS", "/Things?$top=0&$count=true", 0},
		{"QGIS", "/Locations?$top=0&$count=true&$filter=location/type%20eq%20'Polygon'%20or%20location/geometry/type%20eq%20'Polygon'", 0},
		{"QGIS", "/Locations?$top=100&$count=false", 6},
		{"QGIS", "/Locations?$top=100&$count=false&$filter=geo.intersects(location,%20geography'Polygon%20((120.55%2031.9,%20120.75%2031.9,%20120.75%2032." +
			"1,%20120.55%2032.1,%20120.55%2031.9))')", 2},
		{"QGIS", "/Things?$top=200&$count=false&$expand=Locations($filter=geo.intersects(location,%20geography'Polygon((120%2031,122%2031,122%2033,120%203" +
			"3,120%2031))'))", 6},
		{"QGIS", "/Locations?$top=100&$count=false&$expand=Things($expand=Datastreams($expand=Observations($top=10)))&$filter=location/type%20eq%20'Point'" +
			"%20or%20location/geometry/type%20eq%20'Point'", 6},
		{"QGIS 3.38", "/Locations?$top=0&$count=true&$filter=(location/type%20eq%20'Point'%20or%20location/geometry/type%20eq%20'Point')%20and%20(geo." +
			"intersects(location,%20geography'Polygon%20((120.55%2031.9,%20120.75%2031.9,%20120.75%2032.1,%20120.55%2032.1,%20120.55%2031.9))'))", 0},
		{"QGIS 3.38", "/FeaturesOfInterest?$top=200&$count=false&$filter=(feature/type%20eq%20'Point'%20or%20feature/geometry/type%20eq%20'Point')%20and%20(geo." +
			"intersects(feature,%20geography'Polygon%20((120.55%2031.9,%20120.75%2031.9,%20120.75%2032.1,%20120.55%2032.1,%20120.55%2031.9))'))", 2},
		{"QGIS 3.40", "/Locations?$top=200&$count=false&$expand=Things($expand=Datastreams($top=10;$expand=Observations($orderby=phenomenonTime%20desc;$top=5;" +
			"$filter=result%20gt%200)))", 6},
		{"QGIS 3.40", "/Observations?$top=200&$count=false&$expand=Datastream($expand=Thing($expand=Locations))&$filter=phenomenonTime%20ge%202026-07-18T04:50:00Z", 9},
		{"QGIS 3.40", "/HistoricalLocations?$top=200&$count=false&$expand=Thing($expand=Datastreams($top=10;$expand=ObservedProperty))", 6},
		{"Grafana, linksmart", fmt.Sprintf("/Things(%d)/Datastreams", thing), 1},
		{"Grafana, linksmart", fmt.Sprintf("/Things(%d)/HistoricalLocations?$filter=time%%20gt%%202026-01-01T00:00:00.000Z%%20and%%20time%%20lt%%202126-01-01T00:00:00.000Z"+
			"&$expand=Locations", thing), 1},
		{"Grafana, linksmart", fmt.Sprintf("/Locations(%d)/HistoricalLocations?$filter=time%%20gt%%202026-01-01T00:00:00.000Z%%20and%%20time%%20lt%%202126-01-01T00:00:00.000Z"+
			"&$expand=Things", thing), 1},
		{"Grafana, FROST", "/Datastreams?$filter=startswith(name,'Station')%20and%20startswith(@iot.id,'" + fmt.Sprint(ds) + "')%20and%20startswith(" +
			"unitOfMeasurement/symbol,'m')&$count=true&$top=10", 1},
		{"Grafana, FROST", "/Things?$count=true&$skip=4&$top=10", 2},
		{"Grafana, FROST", fmt.Sprintf("/Datastreams(%d)/Observations?$select=result,phenomenonTime&$filter=phenomenonTime%%20ge%%202026-07-18T00:00:00.000Z%%20and%%20"+
			"phenomenonTime%%20le%%202026-07-18T02:00:00.000Z&$top=1000", ds), 13},
		{"Grafana, FROST", fmt.Sprintf("/Datastreams(%d)/Observations?&$filter=phenomenonTime%%20ge%%202026-07-18T00:00:00.000Z&$top=1000", ds), 30},
		{"Grafana", fmt.Sprintf("/Things(%d)/Datastreams?$top=100", thing), 1},
		{"Grafana", fmt.Sprintf("/Datastreams(%d)/Observations?$filter=phenomenonTime%%20gt%%202026-07-18T00:00:00.000Z%%20and%%20phenomenonTime%%20lt%%20"+
			"2026-07-18T02:00:00.000Z"+
			"&$select=phenomenonTime,result&$orderby=phenomenonTime%%20desc&$top=1000", ds), 11},
		{"FROST-Client", "/Datastreams?%24filter=Thing%2Fid+eq+" + fmt.Sprint(thing) + "&%24expand=Observations(%24top%3D1%3B%24orderby%3DphenomenonTime+desc)", 1},
		{"FROST-Client", fmt.Sprintf("/Datastreams(%d)/Observations?$orderby=phenomenonTime+asc&$count=true&$top=10", ds), 10},
		{"FROST-Client", "/Things?%24top=1", 1},
		{"FROST-Client", "/Things?%24select=name%2Cid%2Cdescription&%24orderby=description&%24skip=5&%24top=10", 1},
		{"FROST-Client", "/Things?%24expand=Locations%28%24select%3Dname%2CencodingType%2Clocation%29", 6},
		{"a browser", fmt.Sprintf("/Things(%d)/Datastreams?$expand=Observations($top=1;$orderby=phenomenonTime%%20desc)", thing), 1},
		{"curl", fmt.Sprintf("/Datastreams(%d)/Observations?$filter=phenomenonTime%%20ge%%202026-07-18T09:00:00+08:00", ds), 24},
	} {
		res, body := b.send(t, access.Anonymous, http.MethodGet, b.url+"/sensorthings/v1.1"+c.at, "")
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: %s: %d %.300s", c.from, c.at, res.StatusCode, body)
			continue
		}
		if s := b.set(t, access.Anonymous, b.url+"/sensorthings/v1.1"+c.at); len(s.Value) != c.count {
			t.Errorf("%s: %s: %d entities, want %d: %.300s", c.from, c.at, len(s.Value), c.count, body)
		}
	}
	if s := b.set(t, access.Anonymous, "/Things?$top=0&$count=true"); s.Count == nil || *s.Count != 6 || s.Next != "" {
		t.Errorf("an empty page: %+v", s)
	}
}

// TestSTAPaging follows the pages of sets, and of sets within entities, which must bring each entity once.
func TestSTAPaging(t *testing.T) {
	b := newSTABench(t)
	follow := func(first staSet) []string {
		var ids []string
		for s := first; ; s = b.set(t, access.Operator, s.Next) {
			for _, e := range s.Value {
				ids = append(ids, fmt.Sprint(e["@iot.id"]))
			}
			if s.Next == "" {
				return ids
			}
		}
	}
	for at, want := range map[string]int{
		"/Things?$top=4": 15, "/Things": 15, "/Locations?$top=1": 15, "/Datastreams?$top=5&$orderby=Thing/name desc": 21, "/Observations?$top=97": 630,
		"/Observations": 630,
		"/Observations?$top=50&$orderby=phenomenonTime desc": 630, "/Observations?$top=11&$orderby=phenomenonTime&$filter=result ge 0": 630,
		"/Observations?$top=100&$skip=30": 600, "/Observations?$top=40&$orderby=result": 630,
		"/Datastreams?$filter=ObservedProperty/name eq 'Water level'&$top=3": 16, "/ObservedProperties?$top=2": int(b.number(t,
			"SELECT count(*) FROM twin.property")),
	} {
		ids := follow(b.set(t, access.Operator, at))
		slices.Sort(ids)
		if got := len(slices.Compact(slices.Clone(ids))); len(ids) != want || got != want {
			t.Errorf("%s: %d entities, %d of them different, want %d", at, len(ids), got, want)
		}
	}
	things := b.set(t, access.Operator, "/Things?$expand=Datastreams($top=1;$expand=Observations($top=7;$orderby=phenomenonTime desc;$filter=result ge 0))")
	total := 0
	for _, thing := range things.Value {
		of := func(e staEntity, name string) staSet {
			var s staSet
			for _, x := range e[name].([]any) {
				s.Value = append(s.Value, x.(map[string]any))
			}
			s.Next, _ = e[name+"@iot.nextLink"].(string)
			return s
		}
		for s := of(thing, "Datastreams"); ; s = b.set(t, access.Operator, s.Next) {
			for _, d := range s.Value {
				ids := follow(of(d, "Observations"))
				sorted := slices.Clone(ids)
				slices.Sort(sorted)
				slices.Reverse(sorted)
				if !slices.Equal(ids, sorted) || len(ids) != staReadings {
					t.Errorf("%v: %d observations, or not in order", d["name"], len(ids))
				}
				total++
			}
			if s.Next == "" {
				break
			}
		}
	}
	if total != 21 {
		t.Errorf("%d datastreams were found page by page within things, want 21", total)
	}
}

// TestSTAPagesStandStill stores observations while pages are turned: nothing that was there comes twice or is missed, whether the first or the last comes first.
func TestSTAPagesStandStill(t *testing.T) {
	b := newSTABench(t)
	ds := b.stream(t, "public-1.level")
	add := func(minutes int) {
		t.Helper()
		res, body := b.send(t, access.System, http.MethodPost, fmt.Sprintf("/Datastreams(%d)/Observations", ds), fmt.Sprintf(`{"phenomenonTime":%q,"result":1}`,
			staStart.Add(time.Duration(minutes)*time.Minute).Format(time.RFC3339)))
		if res.StatusCode != http.StatusCreated {
			t.Fatalf("%d %s", res.StatusCode, body)
		}
	}
	added := 1
	for _, at := range []string{"/Datastreams({ds})/Observations?$top=7", "/Datastreams({ds})/Observations?$top=7&$orderby=phenomenonTime desc",
		"/Datastreams({ds})/Observations?$top=7&$orderby=phenomenonTime asc&$count=true", "/Observations?$top=7&$filter=Datastream/id eq {ds}",
		"/Observations?$top=7&$filter=Datastream/id eq {ds}&$orderby=phenomenonTime desc", "/Datastreams({ds})?$expand=Observations($top=7;$orderby=phenomenonTime desc)"} {
		at = strings.ReplaceAll(at, "{ds}", fmt.Sprint(ds))
		before := map[string]bool{}
		for _, e := range b.set(t, access.Anonymous, fmt.Sprintf("/Datastreams(%d)/Observations?$top=1000", ds)).Value {
			before[fmt.Sprint(e["@iot.id"])] = true
		}
		var page staSet
		if strings.Contains(at, "$expand") {
			_, body := b.send(t, access.Anonymous, http.MethodGet, staURL(at), "")
			var within struct {
				Value []staEntity `json:"Observations"`
				Next  string      `json:"Observations@iot.nextLink"`
			}
			if err := json.Unmarshal(body, &within); err != nil {
				t.Fatal(err)
			}
			page = staSet{Value: within.Value, Next: within.Next}
		} else {
			page = b.set(t, access.Anonymous, at)
		}
		seen, twice := map[string]bool{}, 0
		for {
			for _, e := range page.Value {
				id := fmt.Sprint(e["@iot.id"])
				if seen[id] {
					twice++
				}
				seen[id] = true
				delete(before, id)
			}
			if page.Next == "" {
				break
			}
			add(-added)                        // before all others
			add(staReadings*10 + 1000 + added) // after all others
			added++
			page = b.set(t, access.Anonymous, page.Next)
		}
		if twice > 0 || len(before) > 0 {
			t.Errorf("%s: %d came twice, %d were missed", at, twice, len(before))
		}
	}
}
