package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/paulmach/osm"
	"github.com/paulmach/osm/osmxml"

	"basin/fault"
	"basin/geo"
)

// osmLayers are the layers of an OpenStreetMap file.
const (
	osmPoints = "points"
	osmLines  = "lines"
	osmAreas  = "areas"
)

// osmWay is a way that has tags or is part of a relation.
type osmWay struct {
	id    osm.WayID
	tags  osm.Tags
	nodes []osm.NodeID
}

// osmReader holds what is kept between the passes over a file: relations that are areas, ways that are wanted, places of their nodes.
type osmReader struct {
	job       *job
	pbf       bool
	relations []*osm.Relation
	member    map[osm.WayID]bool
	ways      []osmWay
	byID      map[osm.WayID]int
	ids       []osm.NodeID // of the nodes of the ways, sorted
	places    [][2]int32   // of the nodes, in 10⁻⁷ degrees, the precision of OpenStreetMap
	index     map[string]int
}

// nowhere is the place of a node that the file does not hold.
const nowhere = -1 << 31

// osm reads an OpenStreetMap file in three passes: relations, ways, nodes. A way costs some ten bytes and a node 16 in memory.
func (j *job) osm(pbf bool) error {
	switch j.opts.Layer {
	case "", osmPoints, osmLines, osmAreas:
	default:
		return j.noLayer()
	}
	if j.forced && (!j.crs.Geographic() || j.crs.Shift != "" || j.crs.Grid != nil) && j.opts.CRS != "" {
		return j.invalid("crs-fixed", "{file} is OpenStreetMap data, which is always in EPSG:4326")
	}
	r := &osmReader{job: j, pbf: pbf, member: map[osm.WayID]bool{}, byID: map[osm.WayID]int{}, index: map[string]int{}}
	if err := r.pass(false, func(o osm.Object) error {
		if v, ok := o.(*osm.Relation); ok && areaRelation(v) {
			r.relations = append(r.relations, v)
			for _, m := range v.Members {
				if m.Type == osm.TypeWay {
					r.member[osm.WayID(m.Ref)] = true
				}
			}
		}
		return nil
	}, osm.TypeRelation); err != nil {
		return err
	}
	if err := r.pass(false, func(o osm.Object) error {
		if v, ok := o.(*osm.Way); ok && (len(v.Tags) > 0 || r.member[v.ID]) {
			nodes := make([]osm.NodeID, len(v.Nodes))
			for i, n := range v.Nodes {
				nodes[i] = n.ID
			}
			r.byID[v.ID] = len(r.ways)
			r.ways = append(r.ways, osmWay{v.ID, v.Tags, nodes})
			r.ids = append(r.ids, nodes...)
		}
		return nil
	}, osm.TypeWay); err != nil {
		return err
	}
	slices.Sort(r.ids)
	r.ids = slices.Clip(slices.Compact(r.ids))
	r.places = make([][2]int32, len(r.ids))
	for i := range r.places {
		r.places[i][0] = nowhere
	}
	if err := r.pass(true, func(o osm.Object) error {
		if v, ok := o.(*osm.Node); ok {
			return r.node(v)
		}
		return nil
	}, osm.TypeNode); err != nil {
		return err
	}
	for _, w := range r.ways {
		if len(w.tags) > 0 {
			if err := r.way(w); err != nil {
				return err
			}
		}
	}
	for _, v := range r.relations {
		if err := r.relation(v); err != nil {
			return err
		}
	}
	return nil
}

// pass goes through the file once.
func (r *osmReader) pass(report bool, fn func(osm.Object) error, want osm.Type) error {
	f, err := r.job.open(report)
	if err != nil {
		return err
	}
	defer f.Close()
	ctx, cancel := context.WithCancel(r.job.ctx)
	defer cancel()
	bad := func(err error) error {
		if r.job.ctx.Err() != nil {
			return r.job.ctx.Err()
		}
		return r.job.invalid("bad-osm", "{file} cannot be read as OpenStreetMap data: {why}", "why", short(err.Error()))
	}
	if r.pbf {
		var own error // of fn
		if err := readPBF(ctx, f, want, func(o osm.Object) error {
			own = fn(o)
			return own
		}); err != nil && own == nil {
			return bad(err)
		}
		return own
	}
	s := osmxml.New(ctx, f)
	defer s.Close() //nolint:errcheck // read only
	for s.Scan() {
		if err := fn(s.Object()); err != nil {
			return err
		}
	}
	if err := s.Err(); err != nil && !errors.Is(err, io.EOF) {
		return bad(err)
	}
	return nil
}

// node keeps the place of a node that a way needs, and gives on one with tags.
func (r *osmReader) node(v *osm.Node) error {
	inRange := v.Lon >= -180 && v.Lon <= 180 && v.Lat >= -90 && v.Lat <= 90
	if i, ok := slices.BinarySearch(r.ids, v.ID); ok && inRange {
		r.places[i] = [2]int32{fixed(v.Lon), fixed(v.Lat)}
	}
	if len(v.Tags) == 0 {
		return nil
	}
	if !inRange {
		r.bad(osmPoints, fmt.Sprintf("node/%d", v.ID), "it lies outside the range of longitude and latitude")
		return nil
	}
	return r.give(osmPoints, fmt.Sprintf("node/%d", v.ID), v.Tags, geo.Point(geo.Place{v.Lon, v.Lat}), nil)
}

func fixed(degrees float64) int32 {
	if degrees < 0 {
		return int32(degrees*1e7 - 0.5)
	}
	return int32(degrees*1e7 + 0.5)
}

// line is the places of those nodes that the file holds, and their ids.
func (r *osmReader) line(nodes []osm.NodeID) (places []geo.Place, held []osm.NodeID) {
	for _, id := range nodes {
		if i, ok := slices.BinarySearch(r.ids, id); ok && r.places[i][0] != nowhere {
			places = append(places, geo.Place{float64(r.places[i][0]) / 1e7, float64(r.places[i][1]) / 1e7})
			held = append(held, id)
		}
	}
	return places, held
}

// way gives on a way as a line or an area.
func (r *osmReader) way(w osmWay) error {
	id := fmt.Sprintf("way/%d", w.id)
	places, held := r.line(w.nodes)
	layer := osmLines
	if areaWay(w) {
		layer = osmAreas
	}
	if len(places) < 2 {
		r.bad(layer, id, fmt.Sprintf("the file holds %d of its %d nodes", len(places), len(w.nodes)))
		return nil
	}
	if layer == osmAreas && len(places) == len(w.nodes) {
		return r.give(osmAreas, id, w.tags, geo.Polygon(places), nil)
	}
	return r.give(osmLines, id, w.tags, geo.Line(places), held)
}

// areaWay says whether a closed way bounds an area.
func areaWay(w osmWay) bool {
	n := len(w.nodes)
	if n < 4 || w.nodes[0] != w.nodes[n-1] {
		return false
	}
	switch {
	case w.tags.Find("area") == "yes":
		return true
	case w.tags.Find("area") == "no", w.tags.Find("highway") != "", w.tags.Find("barrier") != "":
		return false
	case w.tags.Find("water") != "":
		return true
	}
	nodes := make(osm.WayNodes, n)
	for i, id := range w.nodes {
		nodes[i].ID = id
	}
	return (&osm.Way{Nodes: nodes, Tags: w.tags}).Polygon() // the rules that editors share
}

func areaRelation(v *osm.Relation) bool {
	t := v.Tags.Find("type")
	return (t == "multipolygon" || t == "boundary") && len(v.Tags) > 1
}

// relation gives on an area that several ways bound.
func (r *osmReader) relation(v *osm.Relation) error {
	id := fmt.Sprintf("relation/%d", v.ID)
	var outer, inner [][]geo.Place
	ways, absent := 0, 0
	for _, m := range v.Members {
		if m.Type != osm.TypeWay {
			continue
		}
		ways++
		i, ok := r.byID[osm.WayID(m.Ref)]
		if !ok {
			absent++
			continue
		}
		places, _ := r.line(r.ways[i].nodes)
		switch {
		case len(places) < 2:
			absent++
		case m.Role == "inner":
			inner = append(inner, places)
		default:
			outer = append(outer, places)
		}
	}
	rings, open := joinRings(outer)
	holes, _ := joinRings(inner)
	if ways == 0 {
		r.bad(osmAreas, id, "none of its members is a way")
		return nil
	}
	if len(rings) == 0 {
		r.bad(osmAreas, id, fmt.Sprintf("its outer ways do not close: %d pieces are open and %d ways are not in the file", open, absent))
		return nil
	}
	g, err := nest(rings, holes)
	if err != nil {
		r.bad(osmAreas, id, err.Error())
		return nil
	}
	if open > 0 {
		r.bad(osmAreas, id, fmt.Sprintf("only a part of it closes: %d pieces are open and %d ways are not in the file", open, absent))
	}
	return r.give(osmAreas, id, v.Tags, g, nil)
}

// bad reports an element; it takes no place in its layer.
func (r *osmReader) bad(layer, id, why string) {
	if r.job.wants(layer) {
		r.job.find(layer, r.index[layer], "bad-element", fault.New(fault.Invalid, "bad-element", "{id}: {why}", "id", id, "why", why))
	}
}

// give calls the function of the job.
func (r *osmReader) give(layer, id string, tags osm.Tags, g geo.Geometry, nodes []osm.NodeID) error {
	if err := r.job.ctx.Err(); err != nil {
		return err
	}
	properties := make(map[string]any, len(tags)+1)
	for _, t := range tags {
		properties[t.Key] = t.Value
	}
	if nodes != nil {
		list := make([]any, len(nodes))
		for i, n := range nodes {
			list[i] = strconv.FormatInt(int64(n), 10)
		}
		properties["_nodes"] = list
	}
	f := Feature{File: r.job.path, Layer: layer, Index: r.index[layer], ID: id, Properties: properties, Geometry: g}
	r.index[layer]++
	if !r.job.wants(layer) {
		return nil
	}
	return r.job.fn(f)
}
