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
	coding := preferred(c.Request().Header.Get(echo.HeaderAcceptEncoding))
	data, etag, err := s.Tiles.Packed(c.Request().Context(), list(names), a.Int("z", 0), a.Int("x", 0), y, a.Who.Clearance(), coding)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderCacheControl, "private, no-cache")
	h.Set("Etag", `W/"`+etag+`"`) // weak: the same tile compressed or not; as net/http spells it, who else would spell it anew each time
	switch {
	case matches(c.Request().Header.Get("If-None-Match"), etag):
		return c.NoContent(http.StatusNotModified)
	case len(data) == 0:
		return c.NoContent(http.StatusNoContent)
	case coding != tiles.Identity:
		h.Set(echo.HeaderContentEncoding, string(coding))
	}
	h.Set(echo.HeaderContentLength, strconv.Itoa(len(data))) // else a long tile would go in chunks
	return c.Blob(http.StatusOK, mediaMVT, data)
}

// matches says whether the header If-None-Match names a tag.
func matches(header, etag string) bool {
	if header == "" {
		return false
	}
	for given := range strings.SplitSeq(header, ",") {
		given = strings.TrimPrefix(strings.TrimSpace(given), "W/")
		if given == "*" || given == `"`+etag+`"` {
			return true
		}
	}
	return false
}

// preferred is the coding of tiles that the header Accept-Encoding likes best; of those that it likes as much, the one that takes the least.
func preferred(header string) tiles.Coding {
	codings := [...]tiles.Coding{tiles.Zstd, tiles.Gzip, tiles.Identity}
	likes := [...]float64{-1, -1, -1} // not named
	rest := 0.0
	for given := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(given, ";")
		q, name := quality(weight), strings.TrimSpace(name)
		if name == "*" {
			rest = q
		}
		for i, coding := range codings {
			if strings.EqualFold(name, string(coding)) {
				likes[i] = q
			}
		}
	}
	best, most := tiles.Identity, 0.0
	for i, like := range likes {
		if like < 0 {
			like = rest
		}
		if like > most {
			best, most = codings[i], like
		}
	}
	return best
}

// quality reads q=0.5; 1 where there is none.
func quality(weight string) float64 {
	name, value, _ := strings.Cut(weight, "=")
	if !strings.EqualFold(strings.TrimSpace(name), "q") {
		return 1
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return 0
	}
	return q
}
