package main

import (
	"compress/gzip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"basin/source"
)

// osmWays are the ways of a file as an independent reader finds them: tags, and the line as WKT, empty for fewer than two places.
type osmWay struct {
	tags   map[string]string
	wkt    string
	closed bool
}

// scanOSM reads the nodes and ways of OpenStreetMap XML.
func scanOSM(t *testing.T, path string) (ways []osmWay, points []map[string]string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	places := map[string]string{}
	d := xml.NewDecoder(z)
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return ways, points
		}
		if err != nil {
			t.Fatal(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok || (start.Name.Local != "node" && start.Name.Local != "way") {
			continue
		}
		var e struct {
			ID   string `xml:"id,attr"`
			Lat  string `xml:"lat,attr"`
			Lon  string `xml:"lon,attr"`
			Refs []struct {
				Ref string `xml:"ref,attr"`
			} `xml:"nd"`
			Tags []struct {
				K string `xml:"k,attr"`
				V string `xml:"v,attr"`
			} `xml:"tag"`
		}
		if err := d.DecodeElement(&e, &start); err != nil {
			t.Fatal(err)
		}
		tags := map[string]string{}
		for _, tag := range e.Tags {
			tags[tag.K] = tag.V
		}
		if start.Name.Local == "node" {
			places[e.ID] = e.Lon + " " + e.Lat
			points = append(points, tags)
			continue
		}
		var line []string
		for _, r := range e.Refs {
			if p := places[r.Ref]; p != "" {
				line = append(line, p)
			}
		}
		w := osmWay{tags: tags, closed: len(e.Refs) > 3 && e.Refs[0] == e.Refs[len(e.Refs)-1]}
		if len(line) > 1 {
			w.wkt = "LINESTRING(" + strings.Join(line, ",") + ")"
		}
		ways = append(ways, w)
	}
}

// driveable are the highways that become road segments.
var driveable = strings.Fields(`motorway motorway_link trunk trunk_link primary primary_link secondary secondary_link tertiary tertiary_link
	unclassified residential living_street service track road pedestrian busway`)

// waterways are those that become rivers.
var waterways = strings.Fields("river canal stream ditch drain tidal_channel")

// metres is the length of lines on the ellipsoid.
func (b *bench) metres(wkt []string) float64 {
	return b.number("SELECT coalesce(sum(ST_Length(ST_GeomFromText(w, 4326)::geography)), 0) FROM unnest($1::text[]) w", wkt)
}

// wholeNetwork checks that segments and reaches hold the length of what they were cut from, and that roads hang together.
func (b *bench) wholeNetwork(roads, rivers []string) {
	b.Helper()
	b.near("length of segments", b.number("SELECT sum(ST_Length(geom::geography)) FROM twin.thing WHERE kind = 'segment'"), b.metres(roads), 0.001)
	b.near("stated length of segments", b.number("SELECT sum(length_m) FROM road.segment"), b.metres(roads), 0.001)
	b.near("length of rivers", b.number("SELECT sum(ST_Length(geom::geography)) FROM twin.thing WHERE kind = 'river'"), b.metres(rivers), 0.0001)
	b.near("length of reaches", b.number("SELECT sum(ST_Length(geom::geography)) FROM twin.thing WHERE kind = 'reach'")+b.gaps(), b.metres(rivers), 0.001)
	b.soundNetwork()
	type segment struct{ From_node, To_node string }
	group := map[string]string{}
	var find func(string) string
	find = func(n string) string {
		if group[n] == "" || group[n] == n {
			return n
		}
		group[n] = find(group[n])
		return group[n]
	}
	all := rows[segment](b, "SELECT from_node, to_node FROM road.segment")
	for _, s := range all {
		group[find(s.From_node)] = find(s.To_node)
	}
	sizes := map[string]int{}
	for _, s := range all {
		sizes[find(s.From_node)]++
	}
	largest := 0
	for _, n := range sizes {
		largest = max(largest, n)
	}
	if share := float64(largest) / float64(len(all)); share <= 0.8 {
		b.Errorf("the largest connected part holds %.3f of %d segments", share, len(all))
	}
	b.equal("segments whose node is missing", b.count("SELECT count(*) FROM road.segment WHERE from_node = '' OR to_node = ''"), 0)
}

// gaps is how much of rivers lies within works, between inner and outer nodes.
func (b *bench) gaps() float64 {
	return b.number(`SELECT coalesce(sum(ST_Distance(i.geom::geography, o.geom::geography)), 0) FROM (SELECT DISTINCT inner_node, outer_node FROM hydro.work) w
		JOIN twin.thing i ON i.id = w.inner_node JOIN twin.thing o ON o.id = w.outer_node`)
}

// routes are the numbers of routes that references of ways mean.
func routesOf(refs []string) []string {
	var out []string
	for _, ref := range refs {
		first, _, _ := strings.Cut(ref, ";")
		if number := strings.ReplaceAll(first, " ", ""); number != "" {
			out = append(out, number)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestLoadOSMXML(t *testing.T) {
	path := shared(t, "roads/north-bayreuth.osm.gz")
	b := newBench(t)
	sum, findings := b.loadTwice(path)
	ways, points := scanOSM(t, path)
	var roads, rivers, refs []string
	bridges, buildings, unreadable := 0, 0, 0
	stated := map[string]int{}
	for _, w := range ways {
		area := w.closed && w.tags["area"] == "yes"
		switch {
		case w.wkt == "":
			unreadable++
		case slices.Contains(driveable, w.tags["highway"]) && !area:
			roads, refs = append(roads, w.wkt), append(refs, w.tags["ref"])
		case slices.Contains(waterways, w.tags["waterway"]) && !area:
			rivers = append(rivers, w.wkt)
		case w.closed && w.tags["building"] != "" && w.tags["building"] != "no":
			buildings++
			for _, tag := range []string{"height", "building:levels"} {
				if w.tags[tag] != "" {
					stated[tag]++
				}
			}
		}
		h := w.tags["highway"]
		onBridge := h != "" && w.tags["bridge"] != "" && w.tags["bridge"] != "no"
		if onBridge && w.wkt != "" && !area && !slices.Contains(strings.Fields("proposed construction platform steps"), h) {
			bridges++
		}
	}
	works := 0
	for _, tags := range points {
		if slices.Contains(strings.Fields("weir dam lock_gate sluice_gate"), tags["waterway"]) {
			works++
		}
	}
	if len(roads) < 1000 || len(rivers) < 50 || buildings < 1000 {
		t.Fatalf("the independent reader found %d roads, %d rivers, %d buildings", len(roads), len(rivers), buildings)
	}
	b.wholeNetwork(roads, rivers)
	b.equal("rivers", b.count("SELECT count(*) FROM hydro.river"), len(rivers))
	b.equal("bridges", b.count("SELECT count(*) FROM road.bridge"), bridges)
	b.equal("works", b.count("SELECT count(*) FROM hydro.work"), works)
	b.equal("buildings of ways", b.count("SELECT count(*) FROM twin.thing WHERE kind = 'building' AND code LIKE 'way/%'"), buildings)
	routes := b.text(`SELECT coalesce(string_agg(code, ' ' ORDER BY code COLLATE "C"), '') FROM twin.thing WHERE kind = 'road'`)
	if want := strings.Join(routesOf(refs), " "); routes != want {
		t.Errorf("routes %s, want %s", routes, want)
	}
	b.near("length of routes", b.number("SELECT sum(ST_Length(geom::geography)) FROM twin.thing WHERE kind = 'road'"),
		b.number("SELECT sum(ST_Length(t.geom::geography)) FROM road.segment s JOIN twin.thing t USING (id) WHERE s.route IS NOT NULL"), 0.0001)
	const ofWays = `SELECT count(*) FROM city.object o JOIN twin.thing t USING (id) WHERE t.code LIKE 'way/%' AND t.kind = 'building' AND `
	b.equal("heights", b.count(ofWays+"height_status = 'stated'"), stated["height"]-countFindings(findings, "building", "height_m"))
	b.equal("storeys", b.count(ofWays+"storeys_above IS NOT NULL"), stated["building:levels"]-countFindings(findings, "building", "storeys_above"))
	b.equal("heights out of nowhere", b.count(`SELECT count(*) FROM city.object WHERE type = 'Building' AND
		((height_m IS NOT NULL) <> (height_status IS NOT NULL) OR (height_status = 'assumed' AND storeys_above IS NULL))`), 0)
	if sum.Read == 0 || sum.Skipped >= sum.Read {
		t.Errorf("summary %+v", sum)
	}
	for _, f := range findings {
		if f.Code != "bad-element" && f.Code != "bad-field" {
			t.Errorf("finding %+v", f)
		}
	}
}

// countFindings counts the findings about a field.
func countFindings(findings []source.Finding, kind, field string) (n int) {
	for _, f := range findings {
		if f.Layer == kind && strings.Contains(f.Reason, field) {
			n++
		}
	}
	return n
}

func TestLoadOSMPBF(t *testing.T) {
	path := shared(t, "roads/andorra.osm.pbf")
	b := newBench(t)
	b.loadTwice(path)
	var roads, rivers []string
	for _, f := range b.fromGDAL("-oo", "CONFIG_FILE="+osmConfig(t), path, "lines") {
		highway, waterway := fmt.Sprint(f.Properties["highway"]), fmt.Sprint(f.Properties["waterway"])
		wkt := b.text("SELECT ST_AsText(ST_GeomFromGeoJSON($1), 9)", string(f.Geometry))
		if slices.Contains(driveable, highway) {
			roads = append(roads, wkt)
		}
		if slices.Contains(waterways, waterway) {
			rivers = append(rivers, wkt)
		}
	}
	b.equal("rivers", b.count("SELECT count(*) FROM hydro.river"), len(rivers))
	b.equal("ways that became segments", b.count("SELECT count(DISTINCT regexp_replace(code, '-[0-9]+$', '')) FROM twin.thing WHERE kind = 'segment'"), len(roads))
	b.wholeNetwork(roads, rivers)
	if n := b.count("SELECT count(*) FROM road.route"); n < 5 {
		t.Errorf("%d routes", n)
	}
}

// osmConfig is GDAL's configuration that makes every way a line.
func osmConfig(t *testing.T) string {
	t.Helper()
	return put(t, "osmconf.ini", "closed_ways_are_polygons=building\nattribute_name_laundering=no\n[lines]\nosm_id=yes\nattributes=highway,waterway,area\n"+
		"[points]\nosm_id=yes\n[multilinestrings]\nosm_id=yes\n[multipolygons]\nosm_id=yes\nosm_way_id=yes\n[other_relations]\nosm_id=yes\n")
}
