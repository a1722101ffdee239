package main

import (
	"fmt"
	"strings"
	"testing"
)

// region loads the shipped region.
func (b *bench) region() (Summary, int) {
	b.Helper()
	sum, findings := b.loadTwice("regions/nantong")
	for _, f := range findings {
		b.Errorf("finding %+v", f)
	}
	return sum, len(findings)
}

func TestShippedRegion(t *testing.T) {
	b := newBench(t)
	b.region()
	for kind, n := range map[string]int{"area": 7, "river": 19, "work": 23, "station": 16} {
		b.equal(kind, b.count("SELECT count(*) FROM twin.thing WHERE kind = $1", kind), n)
		b.equal(kind+" without provenance", b.count(`SELECT count(*) FROM twin.thing
			WHERE kind = $1 AND (source = '' OR geometry_status IN ('unknown', 'synthetic') OR accuracy_m IS NULL OR dataset <> 'nantong')`, kind), 0)
	}
	b.equal("things that are not public", b.count("SELECT count(*) FROM twin.thing WHERE class <> 'public'"), 0)
	b.soundNetwork()
	b.equal("works on a river without nodes", b.count("SELECT count(*) FROM hydro.work WHERE river IS NOT NULL AND inner_node IS NULL"), 0)
	on := b.count("SELECT count(*) FROM hydro.work WHERE river IS NOT NULL")
	places := b.count("SELECT count(DISTINCT inner_node) FROM hydro.work") // works at one place share their nodes
	b.equal("nodes of works", b.count("SELECT count(*) FROM hydro.node WHERE type IN ('inner', 'outer')"), 2*places)
	b.equal("works on two rivers at one place", b.count("SELECT count(*) FROM (SELECT inner_node FROM hydro.work WHERE inner_node IS NOT NULL GROUP BY 1 HAVING count(DISTINCT river) > 1) x"), 0)
	if on < 15 {
		t.Errorf("%d of 23 works are on a river", on)
	}

	// Every crossing of two rivers is a junction, unless it lies so near an end or another that they are one.
	b.equal("crossings without a node", b.count(`SELECT count(*) FROM twin.thing a JOIN twin.thing z ON a.gid < z.gid AND a.kind = 'river' AND z.kind = 'river'
		CROSS JOIN LATERAL ST_Dump(ST_Intersection(a.geom, z.geom)) x
		WHERE ST_Dimension(x.geom) = 0 AND NOT EXISTS (SELECT FROM twin.thing n WHERE n.kind = 'node' AND ST_DWithin(n.geom::geography, x.geom::geography, 1.5))`), 0)
	b.near("length of reaches and works", b.number("SELECT sum(ST_Length(geom::geography)) FROM twin.thing WHERE kind = 'reach'")+b.gaps(),
		b.number("SELECT sum(ST_Length(geom::geography)) FROM twin.thing WHERE kind = 'river'"), 0.0001)
	b.equal("areas that are no county", b.count(`SELECT count(*) FROM twin.thing
		WHERE kind IN ('work', 'building') AND area IS NOT NULL AND area NOT LIKE '3206__'`), 0)
	b.equal("buildings without a county", b.count(`SELECT count(*) FROM twin.thing t WHERE kind = 'building' AND area IS NULL
		AND EXISTS (SELECT FROM twin.thing a WHERE a.kind = 'area' AND ST_Contains(a.geom, t.geom))`), 0)
	b.equal("stations without a datastream", b.count(`SELECT count(*) FROM hydro.station s WHERE NOT EXISTS (SELECT FROM twin.datastream d WHERE d.thing = s.id)`), 0)
	b.equal("levels without a datum", b.count("SELECT count(*) FROM twin.datastream WHERE property = 'level' AND datum IS NULL"), 0)
}

// picture without what the order of other loads decides: the numbers that the database gives out and the times of change.
func (b *bench) content() string {
	b.Helper()
	return b.text(`SELECT string_agg(t.id || ' ' || md5(to_jsonb(t)::text), E'\n' ORDER BY t.id) FROM (SELECT id, name_zh, name_en, class, geometry_status,
		accuracy_m, source, dataset, area, properties, ST_AsEWKT(geom) AS geom FROM twin.thing) t`) +
		b.text(`SELECT md5(string_agg(to_jsonb(s)::text, '' ORDER BY s.id)) FROM road.segment s`) +
		b.text(`SELECT md5(string_agg(to_jsonb(s)::text, '' ORDER BY s.section, s.number)) FROM hydro.section_point s`) +
		b.text(`SELECT md5(string_agg(to_jsonb(o)::text, '' ORDER BY o.id)) FROM city.object o`)
}

func TestSynthesis(t *testing.T) {
	b, other := newBench(t), newBench(t)
	b.region()
	b.equal("layers without a feature", len(b.emptyLayers()), 0)
	for _, empty := range b.emptyLayers() {
		t.Errorf("layer %s is empty", empty)
	}
	for _, kind := range []string{"road", "segment", "bridge", "building", "cityobject", "section", "dike"} {
		b.equal(kind+" that is not marked synthetic", b.count(`SELECT count(*) FROM twin.thing WHERE kind = $1
			AND (geometry_status <> 'synthetic' OR source NOT LIKE 'synthetic%' OR dataset <> 'nantong-synthetic')`, kind), 0)
	}
	b.equal("real things that are marked synthetic", b.count(`SELECT count(*) FROM twin.thing
		WHERE kind IN ('area', 'river', 'work', 'station') AND geometry_status = 'synthetic'`), 0)
	b.equal("buildings", b.count("SELECT count(*) FROM twin.thing WHERE kind = 'building'"), 4000)
	b.equal("heights that are not marked synthetic", b.count(`SELECT count(*) FROM city.object
		WHERE height_m IS NOT NULL AND height_status IS DISTINCT FROM 'synthetic'`), 0)
	before := b.picture()
	if o := b.basin("synth", "--seed", "42", "--buildings", "4000"); o.code != 0 || len(o.summaries) != 1 || o.summaries[0].Added+o.summaries[0].Changed != 0 {
		t.Errorf("made up again: exit %d, %+v %s", o.code, o.summaries, o.err)
	}
	b.unchanged(before)
	other.load("regions/nantong")
	if here, there := b.content(), other.content(); here != there {
		t.Error("the same seed makes other things in another database")
		for i, line := range strings.Split(here, "\n") {
			if theirs := strings.Split(there, "\n"); i < len(theirs) && theirs[i] != line {
				t.Fatalf("the first that differs: %s, there %s", line[:min(len(line), 80)], theirs[i][:min(len(theirs[i]), 80)])
			}
		}
	}
	if o := other.basin("synth", "--seed", "7"); o.code != 0 || other.content() == b.content() {
		t.Errorf("another seed makes the same things: exit %d %s", o.code, o.err)
	}
}

// emptyLayers are the layers of ours without a feature.
func (b *bench) emptyLayers() []string {
	b.Helper()
	var out []string
	type layer struct{ ID, Schema, Name string }
	for _, l := range rows[layer](b, `SELECT id, relation_schema AS schema, relation_name AS name FROM layer.layer`) {
		if b.count(fmt.Sprintf("SELECT count(*) FROM %s.%s", l.Schema, l.Name)) == 0 {
			out = append(out, l.ID)
		}
	}
	return out
}

// Rivers whose ends lie near others, works that crowd: what a network must stand.
func TestNetworkOfPoorData(t *testing.T) {
	line := func(places string) string { return `{"type":"LineString","coordinates":[` + places + `]}` }
	b := newBench(t)
	rivers := put(t, "rivers.geojson", geojson(
		aFeature(`"code":"main"`, line(`[121,32],[121.02,32]`)),
		aFeature(`"code":"tributary"`, line(`[121.01,32.01],[121.01,32.000003]`)), // ends 0.3 m short
		aFeature(`"code":"next"`, line(`[121.0200005,32.000002],[121.03,32.001]`)),
		aFeature(`"code":"tiny"`, line(`[121.5,32],[121.500004,32]`)), // 0.4 m: no reach
		aFeature(`"code":"short"`, line(`[121.6,32],[121.6001,32]`)))) // 9.4 m
	var works []string
	for i := range 12 { // twelve within ten metres
		works = append(works, aFeature(fmt.Sprintf(`"code":"crowd-%d","type":"sluice","river":"main"`, i), aPoint(121.005+float64(i)*1e-5, 32.00001)))
	}
	works = append(works, aFeature(`"code":"corner","type":"sluice","river":"tributary"`, aPoint(121.01, 32)),
		aFeature(`"code":"small","type":"weir","river":"short"`, aPoint(121.60005, 32)),
		aFeature(`"code":"none","type":"weir","river":"tiny"`, aPoint(121.5, 32)))
	mapping := put(t, "mapping.yaml", "layers:\n  - file: rivers.geojson\n    to: river\n  - file: works.geojson\n    to: work\n")
	b.load(rivers, "--mapping", mapping, "--dataset", "poor")
	b.loadTwice(put(t, "works.geojson", geojson(works...)), "--mapping", mapping, "--dataset", "poor")
	b.soundNetwork()
	b.equal("works with nodes", b.count("SELECT count(*) FROM hydro.work WHERE inner_node IS NOT NULL"), 14)
	b.equal("reaches of the tributary that meet the main river", b.count(`SELECT count(*) FROM hydro.reach t JOIN hydro.reach m ON t.to_node IN (m.from_node, m.to_node)
		WHERE t.river = 'river:tributary' AND m.river = 'river:main'`), 2)
	b.equal("reaches of the next that meet the main river", b.count(`SELECT count(*) FROM hydro.reach n JOIN hydro.reach m ON n.from_node = m.to_node
		WHERE n.river = 'river:next' AND m.river = 'river:main'`), 1)
	b.equal("reaches of the tiny river", b.count("SELECT count(*) FROM hydro.reach WHERE river = 'river:tiny'"), 0)
}

// What a thing is on follows the network: nothing is left of where it was before.
func TestRelationsFollowTheNetwork(t *testing.T) {
	line := func(places string) string { return `{"type":"LineString","coordinates":[` + places + `]}` }
	b := newBench(t)
	load := func(kind string, features ...string) {
		t.Helper()
		b.load(put(t, kind+"s.geojson", geojson(features...)), "--to", kind, "--dataset", "one")
	}
	sound := func(when string) {
		t.Helper()
		b.equal(when+": relations of stations", b.count("SELECT count(*) FROM twin.relation WHERE source LIKE 'station:%' AND type = 'on'"), 2)
		b.equal(when+": relations that the station does not have", b.count(`SELECT count(*) FROM twin.relation r JOIN hydro.station s ON s.id = r.source
			WHERE r.type = 'on' AND r.target NOT IN (s.river, s.reach)`), 0)
		b.equal(when+": relations that the work does not have", b.count(`SELECT count(*) FROM twin.relation r JOIN hydro.work w ON w.id = r.source
			WHERE r.target NOT IN (w.river, w.inner_node, w.outer_node)`), 0)
		b.soundNetwork()
	}
	load("river", aFeature(`"code":"A"`, line(`[121,32],[121.02,32]`)), aFeature(`"code":"B"`, line(`[121,32.1],[121.02,32.1]`)))
	load("station", aFeature(`"code":"S","type":"level","river":"A"`, aPoint(121.015, 32)))
	sound("at first")
	load("work", aFeature(`"code":"W","type":"sluice","river":"A"`, aPoint(121.005, 32))) // the reach that was the first is now two
	sound("with a work")
	load("work", aFeature(`"code":"W","type":"sluice","river":"B"`, aPoint(121.005, 32.1)))
	sound("with the work elsewhere")
	b.equal("works on B", b.count("SELECT count(*) FROM hydro.work WHERE river = 'river:B' AND inner_node IS NOT NULL"), 1)
	load("station", aFeature(`"code":"S","type":"level","river":"B"`, aPoint(121.015, 32.1)))
	sound("with the station elsewhere")
	b.equal("stations on B", b.count("SELECT count(*) FROM hydro.station WHERE river = 'river:B' AND reach LIKE 'reach:B%'"), 1)
}
