package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/fault"
	"basin/layer"
	"basin/picture"
)

// Words of WMTS.
const (
	wmtsVersion = "1.0.0"
	wmtsStyle   = "default" // there is no other
	mediaPNG    = "image/png"
)

// wmtsEndpoints serve pictures of the layers by WMTS 1.0.0, by parameters and by paths, for programs that draw no vector tiles.
func (s *Server) wmtsEndpoints() []Endpoint {
	path := func(name, doc string) access.Param {
		return access.Param{Name: name, In: "path", Type: "string", Doc: doc}
	}
	get := func(path, summary, media, example string, params ...access.Param) access.Route {
		return access.Route{Method: http.MethodGet, Path: path, Tag: "layer", Summary: summary, Roles: access.Everyone(), Media: media, Params: params, Example: example}
	}
	sets := path("set", "tile matrix set")
	for _, set := range picture.Sets() {
		sets.Enum = append(sets.Enum, set.ID)
	}
	return []Endpoint{
		{get("/wmts", "WMTS 1.0.0: GetCapabilities, GetTile and GetFeatureInfo", mediaXML, "/wmts?service=WMTS&request=GetCapabilities",
			access.Param{Name: "*", In: "query", Type: "string", Doc: "service, request, version, layer, style, format, tileMatrixSet, tileMatrix, tileRow, tileCol, i, j, infoFormat"}),
			s.wmts},
		{get("/wmts/1.0.0/WMTSCapabilities.xml", "WMTS 1.0.0: what there is", mediaXML, "/wmts/1.0.0/WMTSCapabilities.xml"), s.wmtsCapabilities},
		{get("/wmts/{layer}/{style}/{set}/{z}/{y}/{x}", "WMTS 1.0.0: a picture of a layer, or of all of them under the name "+layer.All+", as PNG", mediaPNG,
			"/wmts/"+layer.All+"/default/WebMercatorQuad/9/207/427.png",
			path("layer", "identifier of a layer, or "+layer.All), path("style", "default"), sets, path("z", "tile matrix"), path("y", "row"), path("x", "column, and .png")),
			s.wmtsPath},
	}
}

func (s *Server) wmts(c echo.Context, a Ask) error {
	return owsAnswer(c, a, wmtsVersion, "Layer", func(ask owsAsk) error {
		service, err := ask.must("Service")
		switch {
		case err != nil:
			return err
		case !strings.EqualFold(service, "WMTS"):
			return owsError{"InvalidParameterValue", "Service", "this is a WMTS"}
		}
		request, err := ask.must("Request")
		if err != nil {
			return err
		}
		if strings.EqualFold(request, "GetCapabilities") {
			if v := ask["acceptversions"]; v != "" && !slices.Contains(strings.Split(v, ","), wmtsVersion) {
				return owsError{"VersionNegotiationFailed", "AcceptVersions", "only version 1.0.0 is spoken here"}
			}
			return s.wmtsCapabilities(c, a)
		}
		if v := ask["version"]; v != "" && v != wmtsVersion {
			return owsError{"InvalidParameterValue", "Version", "only version 1.0.0 is spoken here"}
		}
		switch strings.ToLower(request) {
		case "gettile":
			return s.wmtsTile(c, a, ask)
		case "getfeatureinfo":
			return s.wmtsInfo(c, a, ask)
		}
		return owsError{"OperationNotSupported", "Request", "GetCapabilities, GetTile and GetFeatureInfo are what there is"}
	})
}

// wmtsPath answers a request for a picture whose parameters stand in its path.
func (s *Server) wmtsPath(c echo.Context, a Ask) error {
	column, ok := strings.CutSuffix(a.Text("x"), ".png")
	if !ok {
		return fault.New(fault.NotFound, "no-such-path", "there is nothing at this path")
	}
	return owsRefuse(c, wmtsVersion, "Layer", s.wmtsTile(c, a, owsAsk{"layer": a.Text("layer"), "style": a.Text("style"), "format": mediaPNG, "tilematrixset": a.Text("set"),
		"tilematrix": a.Text("z"), "tilerow": a.Text("y"), "tilecol": column}))
}

// wmtsAsked is which picture a request asks for.
type wmtsAsked struct {
	layers []layer.Layer
	set    picture.Set
	name   string // of the picture in its set
	frame  picture.Frame
}

// wmtsAsked reads which picture is asked for.
func (s *Server) wmtsAsked(ctx context.Context, a Ask, ask owsAsk) (wmtsAsked, error) {
	asked, id, err := wmtsRead(ask)
	if err != nil {
		return asked, err
	}
	if id == layer.All {
		asked.layers, err = s.Layers.List(ctx, a.Who.Clearance())
		return asked, err
	}
	l, err := s.Layers.Get(ctx, id, a.Who.Clearance())
	asked.layers = []layer.Layer{l}
	return asked, err
}

// wmtsRead reads which picture is asked for, and of which layer; what there is of layers it does not know.
func wmtsRead(ask owsAsk) (asked wmtsAsked, id string, err error) {
	given := map[string]string{}
	for _, name := range []string{"Layer", "Style", "Format", "TileMatrixSet", "TileMatrix", "TileRow", "TileCol"} {
		if given[name], err = ask.must(name); err != nil {
			return asked, "", err
		}
	}
	sets := picture.Sets()
	i := slices.IndexFunc(sets, func(set picture.Set) bool { return set.ID == given["TileMatrixSet"] })
	switch {
	case given["Style"] != wmtsStyle:
		return asked, "", owsError{"InvalidParameterValue", "Style", "the only style is " + wmtsStyle}
	case given["Format"] != mediaPNG:
		return asked, "", owsError{"InvalidParameterValue", "Format", "pictures are had as " + mediaPNG}
	case i < 0:
		return asked, "", owsError{"InvalidParameterValue", "TileMatrixSet", "there is no such set: the capabilities list them"}
	}
	asked.set = sets[i]
	level, err := strconv.Atoi(given["TileMatrix"])
	if err != nil || level < asked.set.First || level > asked.set.Last {
		return asked, "", owsError{"InvalidParameterValue", "TileMatrix", "there is no such level: the capabilities list them"}
	}
	columns, rows := asked.set.Grid(level)
	row, err := numberBelow(given, "TileRow", rows, "TileOutOfRange")
	if err != nil {
		return asked, "", err
	}
	column, err := numberBelow(given, "TileCol", columns, "TileOutOfRange")
	if err != nil {
		return asked, "", err
	}
	asked.name = strings.Join([]string{asked.set.ID, strconv.Itoa(level), strconv.Itoa(row), strconv.Itoa(column)}, "/")
	asked.frame = asked.set.Frame(level, column, row)
	return asked, given["Layer"], nil
}

// numberBelow reads a number from 0 that must be less than another.
func numberBelow(given map[string]string, name string, most int, code string) (int, error) {
	n, err := strconv.Atoi(given[name])
	if err != nil {
		return 0, owsError{"InvalidParameterValue", name, name + " is not a whole number"}
	}
	if n < 0 || n >= most {
		return 0, owsError{code, name, name + " must be from 0 to " + strconv.Itoa(most-1)}
	}
	return n, nil
}

// drawn are the layers that are drawn at the scale of the picture, one over the other.
func (asked wmtsAsked) drawn() []layer.Layer {
	return slices.DeleteFunc(stacked(asked.layers), func(l layer.Layer) bool { return l.MinZoom > asked.frame.Zoom() })
}
