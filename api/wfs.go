package api

import (
	"context"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/layer"
)

// wfsEndpoints serve the layers by WFS 2.0, read only and by parameters alone, for programs that speak nothing newer.
func (s *Server) wfsEndpoints() []Endpoint {
	return []Endpoint{{access.Route{Method: http.MethodGet, Path: "/wfs", Tag: "layer", Summary: "WFS 2.0.0: GetCapabilities, DescribeFeatureType and GetFeature",
		Roles: access.Everyone(), Media: mediaXML, Example: "/wfs?service=WFS&request=GetCapabilities",
		Params: []access.Param{{Name: "*", In: "query", Type: "string", Doc: "service, request, version, typeNames, bbox, count, startIndex, srsName, outputFormat, resultType, resourceId"}}}, s.wfs}}
}

// Words of WFS.
const (
	mediaGML  = "application/gml+xml; version=3.2"
	wfsPrefix = "basin"
	wfsURN    = "urn:basin:wfs"
	urn4326   = "urn:ogc:def:crs:EPSG::4326"
	urn3857   = "urn:ogc:def:crs:EPSG::3857"
)

func (s *Server) wfs(c echo.Context, a Ask) error {
	return owsAnswer(c, a, "2.0.0", "typeNames", func(ask owsAsk) error { return s.wfsAnswer(c, a, ask) })
}

func (s *Server) wfsAnswer(c echo.Context, a Ask, ask owsAsk) error {
	if service := ask["service"]; service != "" && !strings.EqualFold(service, "WFS") {
		return owsError{"InvalidParameterValue", "service", "this is a WFS"}
	}
	if v := ask["version"]; v != "" && !strings.HasPrefix(v, "2.0") && !strings.EqualFold(ask["request"], "GetCapabilities") {
		return owsError{"InvalidParameterValue", "version", "only version 2.0.0 is spoken here"}
	}
	switch strings.ToLower(ask["request"]) {
	case "getcapabilities":
		return s.wfsCapabilities(c, a)
	case "describefeaturetype":
		return s.wfsDescribe(c, a, ask)
	case "getfeature":
		return s.wfsFeatures(c, a, ask)
	case "":
		return owsError{"MissingParameterValue", "request", "what is asked for?"}
	}
	return owsError{"OperationNotSupported", "request", "GetCapabilities, DescribeFeatureType and GetFeature are what there is"}
}

// types are the layers that a request names; none where it names none.
func (s *Server) wfsTypes(ctx context.Context, a Ask, ask owsAsk) ([]layer.Layer, error) {
	names := ask["typenames"]
	if names == "" {
		names = ask["typename"]
	}
	var out []layer.Layer
	for name := range strings.SplitSeq(strings.Trim(names, "()"), ",") {
		if name = strings.TrimPrefix(strings.TrimSpace(name), wfsPrefix+":"); name == "" {
			continue
		}
		l, err := s.Layers.Get(ctx, name, a.Who.Clearance())
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

// system is the form of geometry for a name of a reference system, and whether its latitude comes first.
func system(name string) (form layer.Form, latitudeFirst, ok bool) {
	switch name {
	case "", urn4326, "http://www.opengis.net/def/crs/EPSG/0/4326":
		return layer.AsGML, true, true
	case "EPSG:4326", "CRS:84", layer.CRS84, "urn:ogc:def:crs:OGC:1.3:CRS84":
		return layer.AsGML, false, true
	case urn3857, "EPSG:3857", "http://www.opengis.net/def/crs/EPSG/0/3857":
		return layer.AsGMLMercator, false, true
	}
	return 0, false, false
}

// box reads bbox: four numbers and the reference system that they are in.
func (ask owsAsk) box() (*[4]float64, error) {
	if ask["bbox"] == "" {
		return nil, nil //nolint:nilnil // no box limits nothing
	}
	bad := owsError{"InvalidParameterValue", "bbox", "bbox is four numbers and a reference system: EPSG:4326 or EPSG:3857"}
	parts := strings.Split(ask["bbox"], ",")
	name := ""
	if len(parts) == 5 {
		name, parts = parts[4], parts[:4]
	}
	form, swapped, ok := system(name)
	if len(parts) != 4 || !ok {
		return nil, bad
	}
	var b [4]float64
	for i, part := range parts {
		x, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, bad
		}
		b[i] = x
	}
	if form == layer.AsGMLMercator {
		const half = 20037508.342789244
		for i := range b {
			b[i] = b[i] / half * 180
			if i%2 == 1 {
				b[i] = math.Atan(math.Sinh(b[i]*math.Pi/180)) * 180 / math.Pi
			}
		}
	}
	if swapped {
		b = [4]float64{b[1], b[0], b[3], b[2]}
	}
	b = [4]float64{max(b[0], -180), max(b[1], -90), min(b[2], 180), min(b[3], 90)}
	if b[1] > b[3] {
		return nil, bad
	}
	return &b, nil
}

// ids reads resourceId: layer.gid, several joined by commas. All must be of the layer.
func (ask owsAsk) ids() (string, []int64, error) {
	given := ask["resourceid"]
	if given == "" {
		given = ask["featureid"]
	}
	if given == "" {
		return "", nil, nil
	}
	of, ids := "", []int64{}
	for one := range strings.SplitSeq(given, ",") {
		name, number, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(one), wfsPrefix+":"), ".")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil || (of != "" && of != name) || len(ids) >= 1000 {
			return "", nil, owsError{"InvalidParameterValue", "resourceId", "resourceId is layer.number, of one layer"}
		}
		of, ids = name, append(ids, n)
	}
	return of, slices.Compact(ids), nil
}
