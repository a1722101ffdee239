package api

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"basin/hydro"
	"basin/layer"
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

// colours of the shipped layers; users' layers have ownColour.
var colours = map[string]string{"area": "#e9e4d8", "cityobject": "#cfd3c8", "building": "#c9bfb3", "segment": "#b9a98a", "road": "#d08a3c", "bridge": "#8c5a2b",
	"section": "#7a6fb0", "dike": "#6b8e5a", "node": "#4a6fa5"}

const ownColour = "#8e44ad"

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
	for _, l := range layers {
		source := "basin-" + strconv.Itoa(l.MaxZoom)
		marked, err := s.Tiles.Makes(c.Request().Context(), tiles.WithStatus(l.ID), a.Who.Clearance())
		if err != nil {
			return err
		}
		labelled, err := s.Tiles.Makes(c.Request().Context(), tiles.Labels(l.ID), a.Who.Clearance())
		if err != nil {
			return err
		}
		if labelled {
			sources[source] = append(sources[source], tiles.Labels(l.ID))
			labels = append(labels, label(l, source))
		}
		if marked {
			l.ID = tiles.WithStatus(l.ID)
		}
		sources[source] = append(sources[source], l.ID)
		out.Layers = append(out.Layers, drawn(l, source)...)
	}
	out.Layers = append(out.Layers, labels...)
	for source, ids := range sources {
		out.Sources[source] = StyleSource{Type: "vector", URL: origin(c) + "/tiles/" + strings.Join(ids, ",") + ".json"}
	}
	c.Response().Header().Set(echo.HeaderCacheControl, "private, no-cache")
	return c.JSON(http.StatusOK, out)
}

// levelColours are the colours of levels of a status, as the page has them; they stay apart for colour-blind readers.
var levelColours = []any{"no_threshold", "#51606f", "normal", "#0072b2", "low", "#8a6100", "rising", "#1a9e96", "warning", "#e69f00", "guaranteed", "#d1440c",
	"record", "#a0116b"}

// colourOf is the colour of a layer; of one with status that of the status.
func colourOf(id string) any {
	if slices.ContainsFunc(hydro.Watched(), func(kind string) bool { return id == tiles.WithStatus(kind) }) {
		return slices.Concat([]any{"match", []any{"get", "status_level"}}, levelColours, []any{"#8c8c8c"})
	}
	if colour := colours[id]; colour != "" {
		return colour
	}
	return ownColour
}

// label is how the names of a layer's polygons are drawn.
func label(l layer.Layer, source string) StyleLayer {
	return StyleLayer{ID: tiles.Labels(l.ID), Type: "symbol", Source: source, SourceLayer: tiles.Labels(l.ID), MinZoom: l.MinZoom,
		Layout: map[string]any{"text-field": []any{"coalesce", []any{"get", "name_zh"}, []any{"get", "name_en"}, []any{"get", "name"}, ""}, "text-size": 12, "text-max-width": 12},
		Paint:  map[string]any{"text-color": "#22303c", "text-halo-color": "#ffffff", "text-halo-width": 1.4}}
}

// drawn is how a layer is drawn: one that may hold several sorts of geometry, once for each.
func drawn(l layer.Layer, source string) []StyleLayer {
	colour := colourOf(l.ID)
	fill := map[string]any{"fill-color": colour, "fill-opacity": 0.6, "fill-outline-color": "#8a8578"}
	line := map[string]any{"line-color": colour, "line-width": []any{"interpolate", []any{"linear"}, []any{"zoom"}, 6, 0.8, 16, 3}}
	if l.ID == tiles.WithStatus("reach") { // one that nothing is known of must not hide what is known of its river
		line["line-opacity"] = []any{"match", []any{"get", "status_level"}, "unknown", 0, 1}
	}
	circle := map[string]any{"circle-color": colour, "circle-stroke-color": "#ffffff", "circle-stroke-width": 1,
		"circle-radius": []any{"interpolate", []any{"linear"}, []any{"zoom"}, 6, 2, 16, 6}}
	layerOf := func(id, kind, geometry string, paint map[string]any) StyleLayer {
		return StyleLayer{ID: id, Type: kind, Source: source, SourceLayer: l.ID, MinZoom: l.MinZoom, Paint: paint,
			Filter: []any{"in", []any{"geometry-type"}, []any{"literal", []string{geometry, "Multi" + geometry}}}}
	}
	switch l.GeometryType {
	case "polygon":
		return []StyleLayer{layerOf(l.ID, "fill", "Polygon", fill)}
	case "line":
		return []StyleLayer{layerOf(l.ID, "line", "LineString", line)}
	case "point":
		return []StyleLayer{layerOf(l.ID, "circle", "Point", circle)}
	}
	return []StyleLayer{layerOf(l.ID+"-fill", "fill", "Polygon", fill), layerOf(l.ID+"-line", "line", "LineString", line),
		layerOf(l.ID+"-circle", "circle", "Point", circle)}
}
