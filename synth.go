package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"basin/access"
	"basin/catalog"
	"basin/city"
	"basin/fault"
	"basin/geo"
	"basin/hydro"
	"basin/postgis"
	"basin/road"
	"basin/twin"
)

// SynthConfig says what to make up.
type SynthConfig struct {
	Seed      uint64 `yaml:"seed" help:"The same seed makes the same things." default:"42"`
	Buildings int    `yaml:"buildings" help:"How many buildings." default:"4000"`
	Datum     string `yaml:"datum" help:"Vertical datum of synthetic elevations." default:"1985-national"`
}

// SynthCmd fills what a region lacks.
type SynthCmd struct {
	SynthConfig
	JSON bool `name:"json" help:"Report as JSON lines also on a terminal."`
}

// Help shows examples.
func (c *SynthCmd) Help() string {
	return `Makes roads with proper numbers and stakes, bridges, buildings, ponds, cross-sections and dikes where the region has none of its own.
Every one is marked geometry_status: synthetic.

Example:
  basin synth --seed 42 --buildings 10000`
}

// Run makes things up.
func (c *SynthCmd) Run(ctx context.Context, env *Env) error {
	db, err := env.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	region, err := catalog.FindRegion(ctx, db, access.Restricted)
	if err != nil {
		return err
	}
	if region.ID == "" {
		return fault.New(fault.NotFound, "no-region", "the database holds no region: basin load regions/nantong")
	}
	start := time.Now()
	out := newReporter(env, c.JSON)
	sum, err := synthesize(ctx, db, catalog.Dataset{ID: region.ID, Title: region.Title, Class: access.Public}, c.SynthConfig, out)
	if err != nil {
		return err
	}
	sum.File, sum.Seconds = "synthetic, seed "+fmt.Sprint(c.Seed), time.Since(start).Seconds()
	out.summary(sum)
	return nil
}

// synthesize makes up what a region lacks, as a dataset of its own.
func synthesize(ctx context.Context, db *postgis.DB, of catalog.Dataset, c SynthConfig, out *reporter) (Summary, error) {
	c.Datum = cmp.Or(c.Datum, "1985-national")
	d := catalog.Dataset{ID: of.ID + "-synthetic", Title: catalog.Title{Zh: of.Title.Zh + "(合成)", En: of.Title.En + " (synthetic)"},
		Source: fmt.Sprintf("synthetic, seed %d", c.Seed), Licence: of.Licence, Class: of.Class}
	l := newLoader(db, d, &Mapping{}, out.finding)
	like := twin.Thing{Class: of.Class, Provenance: twin.Provenance{Status: "synthetic", Source: d.Source, Dataset: d.ID}}
	plots, err := findPlots(ctx, db)
	if err != nil {
		return Summary{}, err
	}
	rivers, err := findRivers(ctx, db)
	if err != nil {
		return Summary{}, err
	}
	lines, codes := make([][]geo.Place, len(rivers)), make([]string, len(rivers))
	for i, r := range rivers {
		lines[i], codes[i] = r.Line, r.Code
	}
	n := road.Synthesize(c.Seed, plots, lines, codes, like)
	roads := make([][]geo.Place, len(n.Segments))
	for i, s := range n.Segments {
		roads[i] = geo.Lines(s.Geometry)[0]
	}
	sections, dikes := hydro.Synthesize(c.Seed, rivers, c.Datum, like)
	buildings, ponds := city.Synthesize(c.Seed, c.Buildings, roads, like)
	made := map[string][]twin.Row{"road": n.Routes, "segment": n.Segments, "bridge": n.Bridges, "section": sections, "dike": dikes, "building": buildings, "cityobject": ponds}
	for kind, rows := range made {
		lacking, err := lacks(ctx, db, kind)
		if err != nil {
			return Summary{}, err
		}
		if lacking {
			l.rows[kind] = rows
		}
	}
	if rows := l.rows["segment"]; len(l.rows["road"]) == 0 && len(rows) > 0 {
		for i := range rows {
			delete(rows[i].Fields, "route")
		}
	}
	return l.finishAs(ctx, out)
}

// lacks says whether there is nothing of a kind but what is synthetic.
func lacks(ctx context.Context, db *postgis.DB, kind string) (bool, error) {
	n, err := twin.CountReal(ctx, db, kind)
	return n == 0, err
}

// findPlots are the counties, or whatever administrative areas there are.
func findPlots(ctx context.Context, db *postgis.DB) ([]road.Plot, error) {
	var out []road.Plot
	err := eachThing(ctx, db, "area", func(v twin.View, g geo.Geometry) {
		if len(v.Code) == 6 && geo.Outline(g) != nil {
			out = append(out, road.Plot{Code: v.Code, Name: v.Name.Zh, Ground: g})
		}
	})
	return out, err
}

// findRivers are the lines of the rivers.
func findRivers(ctx context.Context, db *postgis.DB) ([]hydro.RiverLine, error) {
	ranks, err := hydro.Ranks(ctx, db)
	if err != nil {
		return nil, err
	}
	var out []hydro.RiverLine
	err = eachThing(ctx, db, "river", func(v twin.View, g geo.Geometry) {
		for _, line := range geo.Lines(g) {
			out = append(out, hydro.RiverLine{Code: v.Code, Rank: ranks[v.ID].Rank, Tidal: ranks[v.ID].Tidal, Name: v.Name.Zh, Line: line})
		}
	})
	return out, err
}

// eachThing calls fn with every thing of a kind.
func eachThing(ctx context.Context, db *postgis.DB, kind string, fn func(twin.View, geo.Geometry)) error {
	for after := int64(0); ; {
		views, next, err := twin.Find(ctx, db, twin.Which{Kinds: []string{kind}, After: after}, access.Restricted)
		if err != nil {
			return err
		}
		for _, v := range views {
			g, err := geo.ParseGeoJSON(v.Geometry)
			if err != nil {
				return err
			}
			if g != nil {
				fn(v, g)
			}
		}
		if next == 0 {
			return nil
		}
		after = next
	}
}
