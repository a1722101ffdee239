package api

import (
	"math"
	"strings"

	"github.com/labstack/echo/v4"

	"basin/cql2"
	"basin/layer"
)

// The forms of a filter.
const (
	langText = "cql2-text"
	langJSON = "cql2-json"
)

// asked finds the layer in the path, and says which of its features the parameters mean.
func (s *Server) asked(c echo.Context, a Ask) (layer.Layer, layer.Query, error) {
	l, err := s.Layers.Get(c.Request().Context(), a.Text("id"), a.Who.Clearance())
	if err != nil {
		return l, layer.Query{}, err
	}
	q, err := s.which(l, a)
	return l, q, err
}

// which says which features of a layer the parameters mean.
func (s *Server) which(l layer.Layer, a Ask) (layer.Query, error) {
	q := layer.Query{Layer: l.ID}
	var err error
	if q.BBoxCRS, err = layer.FindCRS(a.Text("bbox-crs")); err != nil {
		return q, err
	}
	if q.BBox, err = askedBox(a.BBox("bbox"), q.BBoxCRS); err != nil {
		return q, err
	}
	if q.DateTime, err = interval(a.Text("datetime")); err != nil {
		return q, err
	}
	if q.Filter, err = askedFilter(a); err != nil {
		return q, err
	}
	q.Filters, err = s.filters(l, a)
	return q, err
}

// askedItems is asked with what else the parameters say of a page or a file: its order, its length and what is given of each feature.
func (s *Server) askedItems(c echo.Context, a Ask) (layer.Layer, layer.Query, error) {
	l, q, err := s.asked(c, a)
	if err != nil {
		return l, q, err
	}
	if q.CRS, err = layer.FindCRS(a.Text("crs")); err != nil {
		return l, q, err
	}
	q.After, q.Limit, q.Nearest = a.Text("after"), a.Int("limit", 0), a.Place("nearest")
	q.Properties, q.SkipGeometry = a.List("properties"), a.Bool("skipGeometry")
	for _, name := range a.List("sortby") {
		name = strings.TrimSpace(name) // an unescaped + arrives as a space
		property, falls := strings.CutPrefix(name, "-")
		q.Sort = append(q.Sort, layer.Sort{Property: strings.TrimPrefix(property, "+"), Descending: falls})
	}
	switch {
	case a.within != nil:
		return l, q, badParam("within", "goes with statistics")
	case q.Nearest == nil && a.Int("k", 0) > 0:
		return l, q, badParam("k", "goes with nearest")
	case q.Nearest == nil:
		return l, q, nil
	case q.After != "":
		return l, q, badParam("after", "does not go with nearest")
	case len(q.Sort) > 0:
		return l, q, badParam("sortby", "does not go with nearest")
	}
	q.Limit = min(a.Int("k", 10), a.Int("limit", layer.MaxNearest))
	return l, q, nil
}

// askedBox puts the easting of a box first, and refuses what is no box in its system.
func askedBox(b *[4]float64, crs layer.CRS) (*[4]float64, error) {
	if b == nil {
		return nil, nil
	}
	out := *b
	if crs.Swapped {
		out = [4]float64{b[1], b[0], b[3], b[2]}
	}
	if out[1] > out[3] || (out[0] > out[2] && !crs.Geographic()) {
		return nil, badParam("bbox", "has its south north of its north")
	}
	if crs.Geographic() && (math.Abs(out[0]) > 180 || math.Abs(out[1]) > 90 || math.Abs(out[2]) > 180 || math.Abs(out[3]) > 90) {
		return nil, badParam("bbox", "must be four numbers in degrees, in the order of its reference system")
	}
	return &out, nil
}

// askedFilter reads the filter; nil where there is none.
func askedFilter(a Ask) (*layer.Filter, error) {
	given := a.Text("filter")
	if given == "" {
		return nil, nil
	}
	crs, err := layer.FindCRS(a.Text("filter-crs"))
	if err != nil {
		return nil, err
	}
	limits := cql2.Default()
	if a.posted {
		limits = searchLimits()
	}
	var x cql2.Expr
	if a.Text("filter-lang") == langJSON {
		x, err = cql2.ParseJSONWithin([]byte(given), limits)
	} else {
		x, err = cql2.ParseWithin(given, limits)
	}
	if err != nil {
		return nil, err
	}
	return &layer.Filter{Expr: x, CRS: crs}, nil
}

// sayCRS tells the system of the coordinates, as part 2 of OGC API Features has it.
func sayCRS(c echo.Context, crs layer.CRS) {
	c.Response().Header().Set("Content-Crs", "<"+crs.URI()+">")
}
