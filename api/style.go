package api

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/hydro"
	"basin/layer"
	"basin/picture"
	"basin/tiles"
)

// Style is a MapLibre style.
type Style struct {
	Version int                    `json:"version"`
	Name    string                 `json:"name"`
	Sources map[string]StyleSource `json:"sources"`
	Layers  []StyleLayer           `json:"layers"`
}

// StyleSource is where the tiles of a style come from.
type StyleSource struct {
	Type string `json:"type"`
	URL  string `json:"url"` // of the TileJSON
}

// StyleLayer is how something is drawn.
type StyleLayer struct {
	ID          string         `json:"id"`
	Type        string         `json:"type"`
	Source      string         `json:"source,omitempty"`
	SourceLayer string         `json:"source-layer,omitempty"`
	MinZoom     int            `json:"minzoom,omitempty"`
	Filter      []any          `json:"filter,omitempty"`
	Layout      map[string]any `json:"layout,omitempty"`
	Paint       map[string]any `json:"paint"`
}

// style answers with a style of every layer that the reader may know of. Layers whose tiles end at the same zoom level share a source, so that a client
// stretches each beyond its own last level.
func (s *Server) style(c echo.Context, a Ask) error {
	layers, err := s.Layers.List(c.Request().Context(), a.Who.Clearance())
	if err != nil {
		return err
	}
	out := Style{Version: 8, Name: "basin", Sources: map[string]StyleSource{},
		Layers: []StyleLayer{{ID: "background", Type: "background", Paint: map[string]any{"background-color": "#f7f7f4"}}}}
	sources, labels := map[string][]string{}, []StyleLayer{}
	for _, l := range stacked(layers) {
		source := "basin-" + strconv.Itoa(l.MaxZoom)
		sourceLayer, err := s.inTiles(c.Request().Context(), l, a.Who.Clearance())
		if err != nil {
			return err
		}
		sources[source] = append(sources[source], sourceLayer)
		out.Layers = append(out.Layers, drawn(l, source, sourceLayer)...)
		labelled, err := s.Tiles.Makes(c.Request().Context(), tiles.Labels(l.ID), a.Who.Clearance())
		if err != nil {
			return err
		}
		if labelled {
			sources[source] = append(sources[source], tiles.Labels(l.ID))
			labels = append(labels, label(l, source))
		}
	}
	out.Layers = append(out.Layers, labels...)
	for source, ids := range sources {
		out.Sources[source] = StyleSource{Type: "vector", URL: origin(c) + "/tiles/" + strings.Join(ids, ",") + ".json"}
	}
	c.Response().Header().Set(echo.HeaderCacheControl, "private, no-cache")
	return c.JSON(http.StatusOK, out)
}

// stacked are layers as they lie on a map, one over the other: as they are listed, but points over all else, so that a bridge is not below its river.
func stacked(layers []layer.Layer) []layer.Layer {
	points := func(l layer.Layer) bool { return l.GeometryType == "point" }
	return slices.Concat(slices.DeleteFunc(slices.Clone(layers), points), slices.DeleteFunc(slices.Clone(layers), func(l layer.Layer) bool { return !points(l) }))
}

// label is how the names of a layer's polygons are drawn.
func label(l layer.Layer, source string) StyleLayer {
	return StyleLayer{ID: tiles.Labels(l.ID), Type: "symbol", Source: source, SourceLayer: tiles.Labels(l.ID), MinZoom: l.MinZoom,
		Layout: map[string]any{"text-field": []any{"coalesce", []any{"get", "name_zh"}, []any{"get", "name_en"}, []any{"get", "name"}, ""}, "text-size": 12, "text-max-width": 12},
		Paint:  map[string]any{"text-color": "#22303c", "text-halo-color": "#ffffff", "text-halo-width": 1.4}}
}

// inTiles is the layer's name in tiles that are to be drawn: with status, where it has one.
func (s *Server) inTiles(ctx context.Context, l layer.Layer, clearance access.Class) (string, error) {
	marked, err := s.Tiles.Makes(ctx, tiles.WithStatus(l.ID), clearance)
	if marked {
		return tiles.WithStatus(l.ID), nil
	}
	return l.ID, err
}

// lookOf is how a layer is drawn.
func lookOf(l layer.Layer) picture.Look {
	return picture.Of(l.ID, slices.Contains(hydro.Watched(), l.ID))
}

// drawn is how a layer of a source is drawn: one that may hold several sorts of geometry, once for each.
func drawn(l layer.Layer, source, sourceLayer string) []StyleLayer {
	look := lookOf(l)
	colour := colourOf(look)
	fill := map[string]any{"fill-color": colour, "fill-opacity": picture.FillOpacity, "fill-outline-color": picture.Outline}
	line := map[string]any{"line-color": colour, "line-width": ramp(picture.LineWidth), "line-opacity": opacityOf(look, 1)}
	dashed, pale := maps.Clone(line), maps.Clone(line)
	dashed["line-dasharray"], pale["line-opacity"] = picture.Dash, opacityOf(look, picture.PaleOpacity)
	circle := map[string]any{"circle-color": colour, "circle-stroke-color": picture.Halo, "circle-stroke-width": picture.HaloWidth, "circle-radius": ramp(picture.Radius)}
	layerOf := func(id, kind, geometry string, paint map[string]any, more ...any) StyleLayer {
		filter := []any{"in", []any{"geometry-type"}, []any{"literal", []string{geometry, "Multi" + geometry}}}
		if len(more) > 0 {
			filter = append([]any{"all", filter}, more...)
		}
		return StyleLayer{ID: sourceLayer + id, Type: kind, Source: source, SourceLayer: sourceLayer, MinZoom: l.MinZoom, Paint: paint, Filter: filter}
	}
	uncertain := []any{"in", []any{"coalesce", []any{"get", picture.GeometryStatus}, ""}, []any{"literal", picture.Uncertain}}
	sorts := map[string][]StyleLayer{
		"polygon": {layerOf("-fill", "fill", "Polygon", fill)},
		"line": {layerOf("-pale", "line", "LineString", pale, uncertain), layerOf("-dashed", "line", "LineString", dashed, uncertain),
			layerOf("-line", "line", "LineString", line, []any{"!", uncertain})},
		"point": {layerOf("-circle", "circle", "Point", circle)},
	}
	if look.Water {
		band := map[string]any{"line-color": picture.Water, "line-width": ramp(picture.BandWidth)}
		sorts["line"] = slices.Insert(sorts["line"], 0, layerOf("-water", "line", "LineString", band))
	}
	if one := sorts[l.GeometryType]; one != nil {
		return one
	}
	return slices.Concat(sorts["polygon"], sorts["line"], sorts["point"])
}

// colourOf is the colour of a look; of one by status that of the status.
func colourOf(look picture.Look) any {
	if !look.ByStatus {
		return look.Colour
	}
	match := []any{"match", []any{"get", picture.StatusLevel}}
	for _, level := range picture.Levels {
		match = append(match, level.Name, level.Colour)
	}
	return append(match, look.Colour)
}

// opacityOf is the opacity of lines of a look: 0 for those that it does not show.
func opacityOf(look picture.Look, shown float64) any {
	if !look.Known {
		return shown
	}
	return []any{"match", []any{"get", picture.StatusLevel}, "unknown", 0, shown}
}

// ramp is a measure that grows with the zoom level.
func ramp(r picture.Ramp) []any {
	return []any{"interpolate", []any{"linear"}, []any{"zoom"}, r.FromZoom, r.From, r.ToZoom, r.To}
}
