package api

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/fault"
	"basin/tiles"
)

// tileEndpoints serve vector tiles and what a client needs to draw them.
func (s *Server) tileEndpoints() []Endpoint {
	layers := access.Param{Name: "layers", In: "path", Type: "string", Doc: "identifiers of layers, joined by commas"}
	row := func(name, doc string) access.Param {
		return access.Param{Name: name, In: "path", Type: "string", Doc: doc}
	}
	zoom := access.Param{Name: "z", In: "path", Type: "integer", Min: 0, Max: tiles.MaxZoom, Doc: "zoom level"}
	x := access.Param{Name: "x", In: "path", Type: "integer", Min: 0, Max: 1<<tiles.MaxZoom - 1, Doc: "column"}
	get := func(path, summary, example string, params ...access.Param) access.Route {
		return access.Route{Method: http.MethodGet, Path: path, Tag: "layer", Summary: summary, Roles: access.Everyone(), Params: params, Example: example}
	}
	describe := get("/tiles/{layers}", "Description of vector tiles, TileJSON 3.0.0", "/tiles/river,station.json", layers)
	describe.Params[0].Doc += ", and .json"
	describe.Response = tiles.TileJSON{}
	tile := get("/tiles/{layers}/{z}/{x}/{y}", "A vector tile of layers, MVT", "/tiles/river,station/9/427/207.mvt", layers, zoom, x, row("y", "row, and .mvt"))
	tile.Media = mediaMVT
	quad := get("/ogc/collections/{id}/tiles/WebMercatorQuad/{z}/{y}/{x}", "A vector tile of a layer, MVT, addressed as in OGC API Tiles",
		"/ogc/collections/river/tiles/WebMercatorQuad/9/207/427", paramCollection(), zoom, row("y", "row"), x)
	quad.Media = mediaMVT
	style := get("/styles/basin.json", "A plain MapLibre style of all layers", "/styles/basin.json")
	style.Media = echo.MIMEApplicationJSON
	return []Endpoint{{describe, s.tileJSON}, {tile, s.tile}, {quad, s.tile}, {style, s.style}}
}

// list is the layers named in a path.
func list(joined string) []string { return strings.Split(joined, ",") }

func (s *Server) tileJSON(c echo.Context, a Ask) error {
	names, ok := strings.CutSuffix(a.Text("layers"), ".json")
	if !ok {
		return fault.New(fault.NotFound, "no-such-path", "there is nothing at this path")
	}
	out, err := s.Tiles.Describe(c.Request().Context(), list(names), origin(c), a.Who.Clearance())
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderCacheControl, "private, no-cache")
	return c.JSON(http.StatusOK, out)
}

// tile answers with a tile of the layers named layers, or of the collection named id. A client may keep it, but asks each time whether it still holds.
func (s *Server) tile(c echo.Context, a Ask) error {
	names, row := a.Text("layers"), a.Text("y")
	if names == "" {
		names = a.Text("id")
	} else {
		var ok bool
		if row, ok = strings.CutSuffix(row, ".mvt"); !ok {
			return fault.New(fault.NotFound, "no-such-path", "there is nothing at this path")
		}
	}
	y, err := strconv.Atoi(row)
	if err != nil {
		return badParam("y", "is not a whole number")
	}
	data, etag, err := s.Tiles.Tile(c.Request().Context(), list(names), a.Int("z", 0), a.Int("x", 0), y, a.Who.Clearance())
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderCacheControl, "private, no-cache")
	h.Add(echo.HeaderVary, echo.HeaderAcceptEncoding)
	h.Set("ETag", `W/"`+etag+`"`) // weak: the same tile compressed or not
	switch {
	case matches(c.Request().Header.Get("If-None-Match"), etag):
		return c.NoContent(http.StatusNotModified)
	case len(data) == 0:
		return c.NoContent(http.StatusNoContent)
	case accepts(c.Request().Header.Get(echo.HeaderAcceptEncoding), "gzip"):
		h.Set(echo.HeaderContentEncoding, "gzip")
		return c.Blob(http.StatusOK, mediaMVT, data)
	}
	raw, err := tiles.Unpack(data)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, mediaMVT, raw)
}

// matches says whether the header If-None-Match names a tag.
func matches(header, etag string) bool {
	for given := range strings.SplitSeq(header, ",") {
		given = strings.TrimPrefix(strings.TrimSpace(given), "W/")
		if given == "*" || given == `"`+etag+`"` {
			return true
		}
	}
	return false
}

// accepts says whether the header Accept-Encoding allows a coding.
func accepts(header, coding string) bool {
	for given := range strings.SplitSeq(strings.ToLower(header), ",") {
		name, weight, _ := strings.Cut(given, ";")
		if name = strings.TrimSpace(name); name != coding && name != "*" {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(weight), "q="), 64)
		return err != nil || q > 0
	}
	return false
}
