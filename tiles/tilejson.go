package tiles

import (
	"context"
	"fmt"
	"strings"

	"basin/access"
	"basin/layer"
)

// TileJSON describes tiles to a client: TileJSON 3.0.0.
type TileJSON struct {
	TileJSON     string        `json:"tilejson"`
	Name         string        `json:"name"`
	Description  string        `json:"description"`
	Attribution  string        `json:"attribution,omitempty"`
	Scheme       string        `json:"scheme"`
	Tiles        []string      `json:"tiles"`
	MinZoom      int           `json:"minzoom"`
	MaxZoom      int           `json:"maxzoom"`
	Bounds       [4]float64    `json:"bounds"`
	VectorLayers []VectorLayer `json:"vector_layers"`
}

// VectorLayer is a layer in tiles: fields are its attributes with what they mean.
type VectorLayer struct {
	ID          string            `json:"id"`
	Description string            `json:"description"`
	MinZoom     int               `json:"minzoom"`
	MaxZoom     int               `json:"maxzoom"`
	Fields      map[string]string `json:"fields"`
}

// rule says what tiles leave out.
func rule() string {
	return fmt.Sprintf("Up to zoom level %d lines and polygons are simplified to a pixel, which is 1/%d of the side of a tile, and left out are lines whose box is smaller than a pixel "+
		"each way and polygons smaller than a square pixel, but for layers of things with a status. Points are never left out.", simplifyUpTo, pixels)
}

// world are the bounds of what has none, and the limits of web mercator.
var world = [4]float64{-180, -85.0511287798, 180, 85.0511287798}

// Describe describes the tiles of layers. Base is the address before /tiles. Tiles are made for the zoom levels of all the layers; one whose own levels
// end earlier is not in those beyond.
func (s *Store) Describe(ctx context.Context, ids []string, base string, clearance access.Class) (TileJSON, error) {
	layers, err := s.find(ctx, ids, clearance)
	if err != nil {
		return TileJSON{}, err
	}
	t := TileJSON{TileJSON: "3.0.0", Description: rule(), Scheme: "xyz", MinZoom: MaxZoom, Bounds: world}
	var names, titles, attributions []string
	var bounds *[4]float64
	for _, l := range layers {
		names, titles = append(names, l.ID), append(titles, l.Title.En)
		if l.Attribution != "" && !strings.Contains(strings.Join(attributions, "\n"), l.Attribution) {
			attributions = append(attributions, l.Attribution)
		}
		t.MinZoom, t.MaxZoom = min(t.MinZoom, l.MinZoom), max(t.MaxZoom, l.MaxZoom)
		fields := map[string]string{}
		for _, c := range attributes(l.Layer) {
			fields[c.Name] = field(c)
		}
		t.VectorLayers = append(t.VectorLayers, VectorLayer{ID: l.ID, Description: l.Title.En, MinZoom: l.MinZoom, MaxZoom: l.MaxZoom, Fields: fields})
		box, err := s.layers.Extent(ctx, l.plain, clearance)
		if err != nil {
			return TileJSON{}, err //nolint:wrapcheck // a fault of its kind already
		}
		bounds = union(bounds, box)
	}
	if bounds != nil {
		t.Bounds = [4]float64{max(bounds[0], world[0]), max(bounds[1], world[1]), min(bounds[2], world[2]), min(bounds[3], world[3])}
	}
	t.Name, t.Attribution = strings.Join(titles, ", "), strings.Join(attributions, "; ")
	t.Tiles = []string{base + "/tiles/" + strings.Join(names, ",") + "/{z}/{x}/{y}.mvt"}
	return t, nil
}

// field says what an attribute means.
func field(c layer.Column) string {
	kind := map[string]string{layer.TypeInteger: "Number", layer.TypeNumber: "Number", layer.TypeBoolean: "Boolean"}[c.Type]
	if kind == "" {
		kind = "String"
	}
	if c.Comment == "" {
		return kind
	}
	return kind + ": " + c.Comment
}

// union is the box around two; either may be nil.
func union(a, b *[4]float64) *[4]float64 {
	if a == nil {
		return b
	}
	if b == nil {
		return a
	}
	return &[4]float64{min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])}
}
