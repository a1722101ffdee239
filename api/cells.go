package api

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/geo"
	"basin/twin"
)

// Cells are rollups of one property.
type Cells struct {
	Property string `json:"property"`
	Res      int    `json:"res"`
	Cells    []Cell `json:"cells"`
}

// Cell is the rollup of one hour or one hydrological day in one H3 cell. Levels above different datums are never merged.
type Cell struct {
	H3       string    `json:"h3"`
	Bucket   time.Time `json:"bucket"`        // start of the hour or day
	Day      string    `json:"day,omitempty"` // date on which the hydrological day ends; absent for hours
	Datum    string    `json:"datum,omitempty"`
	Count    int64     `json:"count"`
	Min      float64   `json:"min"`
	Max      float64   `json:"max"`
	Sum      float64   `json:"sum"`
	Last     float64   `json:"last"`
	LastTime time.Time `json:"last_time"`
}

// cellFeature is a Cell on the map.
type cellFeature struct {
	Type       string `json:"type"`
	ID         string `json:"id"`
	Geometry   any    `json:"geometry"`
	Properties Cell   `json:"properties"`
}

// cellEndpoints serve H3 rollups.
func (s *Server) cellEndpoints() []Endpoint {
	return []Endpoint{{access.Route{Method: http.MethodGet, Path: "/cells/{property}", Tag: "cells",
		Summary: "Rollups of a property by hour or hydrological day in H3 cells",
		Roles:   access.Everyone(), Response: Cells{}, Example: "/cells/level?res=8",
		Params: []access.Param{{Name: "property", In: "path", Type: "string", Doc: "for instance level or rainfall"},
			{Name: "res", In: "query", Type: "integer", Min: 7, Max: 9, Doc: "resolution of the cells; 9 when absent"}, paramBBox(),
			{Name: "bucket", In: "query", Type: "string", Enum: []string{"hour", "day"},
				Doc: "day: hydrological days, named by the date on which they end; hour when absent"},
			paramTime("from", "start; a day before to when absent, for days a month"), paramTime("to", "end, not included; now when absent"),
			{Name: "f", In: "query", Type: "string", Enum: []string{"json", "geojson"}, Doc: "geojson draws the cells"}}}, s.cells}}
}

func (s *Server) cells(c echo.Context, a Ask) error {
	to := a.Time("to")
	if to.IsZero() {
		to = time.Now()
	}
	from := a.Time("from")
	if from.IsZero() {
		from = to.Add(-24 * time.Hour)
		if a.Text("bucket") == "day" {
			from = to.AddDate(0, -1, 0)
		}
	}
	q := twin.CellsOf{Days: a.Text("bucket") == "day", Property: a.Text("property"), Resolution: a.Int("res", geo.CellResolution),
		From: from, To: to, BBox: a.BBox("bbox")}
	found, scale, err := twin.Cells(c.Request().Context(), s.DB, q, a.Who.Clearance())
	if err != nil {
		return err
	}
	out := Cells{Property: q.Property, Res: q.Resolution, Cells: make([]Cell, len(found))}
	for i, f := range found {
		out.Cells[i] = Cell{geo.Cell(f.H3).String(), f.Bucket.UTC(), f.Day, f.Datum, f.Count, twin.Unscaled(f.Min, scale), twin.Unscaled(f.Max, scale),
			twin.Unscaled(f.Sum, scale), twin.Unscaled(f.Last, scale), f.LastTime.UTC()}
	}
	if a.Text("f") != "geojson" {
		return c.JSON(http.StatusOK, out)
	}
	features := make([]cellFeature, len(found))
	for i, f := range found {
		ring, err := geo.CellOutline(geo.Cell(f.H3))
		if err != nil {
			return err
		}
		features[i] = cellFeature{"Feature", out.Cells[i].H3, map[string]any{"type": "Polygon", "coordinates": [][]geo.Place{ring}}, out.Cells[i]}
	}
	body, err := json.Marshal(map[string]any{"type": "FeatureCollection", "features": features})
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "application/geo+json", body)
}
