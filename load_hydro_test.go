package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

// soundNetwork checks what must hold of any network: reaches end where their nodes are and are no shorter than a metre, and works divide their river.
func (b *bench) soundNetwork() {
	b.Helper()
	b.equal("reaches that do not end at their nodes", b.count(`SELECT count(*) FROM hydro.reach r JOIN twin.thing t USING (id)
		JOIN twin.thing a ON a.id = r.from_node JOIN twin.thing z ON z.id = r.to_node
		WHERE ST_Distance(ST_StartPoint(t.geom)::geography, a.geom::geography) > 0.001 OR ST_Distance(ST_EndPoint(t.geom)::geography, z.geom::geography) > 0.001`), 0)
	b.equal("reaches shorter than a metre", b.count(`SELECT count(*) FROM hydro.reach r JOIN twin.thing t USING (id)
		WHERE to_chainage_m - from_chainage_m < 0.999 OR ST_Length(t.geom::geography) < 0.99`), 0)
	b.equal("nodes at which nothing ends", b.count(`SELECT count(*) FROM hydro.node n WHERE NOT EXISTS (SELECT FROM hydro.reach r WHERE n.id IN (r.from_node, r.to_node))`), 0)
	b.equal("two nodes at one place", b.count(`SELECT count(*) FROM twin.thing a JOIN twin.thing z ON a.gid < z.gid AND ST_DWithin(a.geom, z.geom, 1e-6)
		WHERE a.kind = 'node' AND z.kind = 'node' AND a.dataset = z.dataset`), 0)
	b.equal("works with one side only", b.count("SELECT count(*) FROM hydro.work WHERE (inner_node IS NULL) <> (outer_node IS NULL)"), 0)
	b.equal("works on a river without nodes", b.count(`SELECT count(*) FROM hydro.work WHERE inner_node IS NULL AND chainage_m IS NOT NULL`), 0)
	b.equal("works whose sides are one reach", b.count(`SELECT count(*) FROM hydro.work w WHERE w.inner_node IS NOT NULL AND (
		w.inner_node = w.outer_node
		OR EXISTS (SELECT FROM hydro.reach r WHERE w.inner_node IN (r.from_node, r.to_node) AND w.outer_node IN (r.from_node, r.to_node))
		OR NOT EXISTS (SELECT FROM hydro.reach r WHERE w.inner_node IN (r.from_node, r.to_node) AND r.river = w.river)
		OR NOT EXISTS (SELECT FROM hydro.reach r WHERE w.outer_node IN (r.from_node, r.to_node) AND r.river = w.river))`), 0)
	b.equal("works far from their nodes", b.count(`SELECT count(*) FROM hydro.work w JOIN twin.thing i ON i.id = w.inner_node JOIN twin.thing o ON o.id = w.outer_node
		WHERE ST_Distance(i.geom::geography, o.geom::geography) > 10.01`), 0)
	b.equal("inner and outer nodes without a work", b.count(`SELECT count(*) FROM hydro.node n WHERE type IN ('inner', 'outer')
		AND NOT EXISTS (SELECT FROM hydro.work w WHERE n.id IN (w.inner_node, w.outer_node))`), 0)
	b.equal("reaches that overlap", b.count(`SELECT count(*) FROM hydro.reach a JOIN hydro.reach z ON a.river = z.river AND a.id < z.id
		WHERE a.from_chainage_m < z.to_chainage_m - 0.001 AND z.from_chainage_m < a.to_chainage_m - 0.001`), 0)
}

func TestLoadHyDAMO(t *testing.T) {
	path := shared(t, "hydro/hydamo_Example_model.gpkg")
	b := newBench(t)
	_, findings := b.loadTwice(path)
	layer := func(name string) []feature { return b.fromGDAL("-dim", "XY", path, name) }
	rivers, weirs, culverts, stations, pumps := layer("hydroobject"), layer("stuw"), layer("duikersifonhevel"), layer("gemaal"), layer("pomp")
	points, openings := layer("profielpunt"), layer("kunstwerkopening")
	work := func(kind string) int { return b.count("SELECT count(*) FROM hydro.work WHERE type = $1", kind) }
	b.equal("rivers", b.count("SELECT count(*) FROM hydro.river"), len(rivers))
	b.equal("rivers in the file", len(rivers), 61)
	b.equal("weirs", work("weir"), len(weirs))
	b.equal("culverts", work("culvert"), len(culverts))
	b.equal("pumping stations", work("pump"), len(stations))
	b.equal("pump units", b.count("SELECT count(*) FROM hydro.pump_unit"), len(pumps))
	b.equal("pump units in the file", len(pumps), 3)
	capacity := 0.0
	for _, p := range pumps {
		capacity += p.Properties["maximalecapaciteit"].(float64) / 60
	}
	b.near("capacity of pumps", b.number("SELECT sum(capacity_m3s) FROM hydro.pump_unit"), capacity, 1e-9)
	b.equal("section points", b.count("SELECT count(*) FROM hydro.section_point"), len(points))
	sections, lowest := map[string]bool{}, 0.0
	for i, p := range points {
		sections[fmt.Sprint(p.Properties["profiellijnID"])] = true
		if h := p.Properties["hoogte"].(float64); i == 0 || h < lowest {
			lowest = h
		}
	}
	b.equal("sections", b.count("SELECT count(*) FROM hydro.section"), len(sections))
	b.near("lowest point", b.number("SELECT min(elevation_m) FROM hydro.section_point"), lowest, 1e-9)
	b.equal("sections above another datum", b.count("SELECT count(*) FROM hydro.section WHERE datum IS DISTINCT FROM 'nap'"), 0)
	known := map[string]bool{}
	for _, w := range weirs {
		known[fmt.Sprint(w.Properties["globalid"])] = true
	}
	gates, strays := 0, 0
	for _, o := range openings {
		switch id := fmt.Sprint(o.Properties["stuwid"]); {
		case o.Properties["stuwid"] == nil:
		case known[id]:
			gates++
		default:
			strays++
		}
	}
	b.equal("gates", b.count("SELECT count(*) FROM hydro.gate"), gates)
	for _, f := range findings {
		if f.Code == "unknown-work" {
			strays--
		} else if f.Layer != "profiellijn" {
			t.Errorf("finding %+v", f)
		}
	}
	b.equal("openings of unknown weirs that were not reported", strays, 0)
	var lines []string
	for _, r := range rivers {
		lines = append(lines, b.text("SELECT ST_AsText(ST_GeomFromGeoJSON($1), 9)", string(r.Geometry)))
	}
	b.near("length of reaches and works", b.number("SELECT sum(ST_Length(geom::geography)) FROM twin.thing WHERE kind = 'reach'")+b.gaps(), b.metres(lines), 0.001)
	b.soundNetwork()
	near := b.count(`SELECT count(*) FROM twin.thing w JOIN hydro.work h USING (id) WHERE h.type <> 'siphon' AND EXISTS (SELECT FROM twin.thing r WHERE r.kind = 'river'
		AND ST_DWithin(r.geom::geography, ST_Centroid(w.geom)::geography, 19))`)
	b.equal("works near a river that are on none", b.count(`SELECT count(*) FROM twin.thing w JOIN hydro.work h USING (id) WHERE h.inner_node IS NULL
		AND EXISTS (SELECT FROM twin.thing r WHERE r.kind = 'river' AND ST_DWithin(r.geom::geography, ST_Centroid(w.geom)::geography, 19))`), 0)
	if on := b.count("SELECT count(*) FROM hydro.work WHERE inner_node IS NOT NULL"); on < near || on < 100 {
		t.Errorf("%d works are on a river, %d are near one", on, near)
	}
	b.equal("sections near a river that are on none", b.count(`SELECT count(*) FROM twin.thing s JOIN hydro.section x USING (id) WHERE x.reach IS NULL
		AND EXISTS (SELECT FROM twin.thing r WHERE r.kind = 'river' AND ST_DWithin(r.geom::geography, ST_LineInterpolatePoint(s.geom, 0.5)::geography, 99))`), 0)
	if n := b.count("SELECT count(*) FROM hydro.section WHERE reach IS NOT NULL"); n < 300 {
		t.Errorf("%d sections are on a reach", n)
	}
	b.equal("sections whose chainage lies off their reach", b.count(`SELECT count(*) FROM hydro.section x JOIN hydro.reach r ON r.id = x.reach
		WHERE x.river <> r.river OR x.chainage_m < r.from_chainage_m - 6 OR x.chainage_m > r.to_chainage_m + 6`), 0)
}

func TestLoadOwnLayers(t *testing.T) {
	b := newBench(t)
	for name, file := range map[string]string{"hangzhou": "hydro/osm_hangzhou_water.geojson.gz", "places": "hydro/yangtze_lower_places_zym.geojson"} {
		path := shared(t, file)
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(path, ".gz") {
			z, err := gzip.NewReader(bytes.NewReader(raw))
			if err != nil {
				t.Fatal(err)
			}
			if raw, err = io.ReadAll(z); err != nil {
				t.Fatal(err)
			}
		}
		features := collection(t, raw)
		first, findings := b.load(path, "--as", name, "--class", "public")
		second, _ := b.load(path, "--as", name, "--class", "public")
		b.equal(name+": features and findings", first.Added+len(findings), len(features))
		b.equal(name+": rows", b.count("SELECT count(*) FROM own."+name), first.Added)
		b.equal(name+": the second time the same", second.Same, first.Added)
		b.equal(name+": the second time added or changed", second.Added+second.Changed+second.Removed, 0)
		b.equal(name+": layers", b.count("SELECT count(*) FROM layer.layer WHERE id = $1 AND own AND class = 'public'", name), 1)
		named := 0
		for _, f := range features {
			if v, ok := f.Properties["name"].(string); ok && v != "" {
				named++
			}
		}
		b.equal(name+": names", b.count("SELECT count(*) FROM own."+name+" WHERE name <> ''"), named)
	}
}
