package api

import (
	"math"

	"github.com/labstack/echo/v4"

	"basin/cql2"
	"basin/layer"
)

// The forms of a filter.
const (
	langText = "cql2-text"
	langJSON = "cql2-json"
)

// asked says which features of a layer the parameters mean.
func (s *Server) asked(l layer.Layer, a Ask) (layer.Query, error) {
	q := layer.Query{Layer: l.ID}
	var err error
	if q.CRS, err = layer.FindCRS(a.Text("crs")); err != nil {
		return q, err
	}
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
	var x cql2.Expr
	if a.Text("filter-lang") == langJSON {
		x, err = cql2.ParseJSON([]byte(given))
	} else {
		x, err = cql2.Parse(given)
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
