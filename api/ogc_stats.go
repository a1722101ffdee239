package api

import (
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/layer"
)

// Stats counts and measures features of a layer.
type Stats struct {
	Layer    string       `json:"layer"`
	GroupBy  string       `json:"group_by,omitempty"`
	Property string       `json:"property,omitempty"`
	Notes    []string     `json:"notes,omitempty"` // what to know of how they were found
	Groups   []StatsGroup `json:"groups"`
}

// StatsGroup is what features come to, all together, or within a feature of another layer or a drawn area. Lengths and areas are geodesic.
type StatsGroup struct {
	ID      string     `json:"id,omitempty"` // of the other layer's feature
	Name    *StatsName `json:"name,omitempty"`
	Count   int64      `json:"count"`    // of features that meet it
	LengthM float64    `json:"length_m"` // of lines, within it
	AreaM2  float64    `json:"area_m2"`  // of polygons, within it
	Sum     *float64   `json:"sum"`      // of the property of those counted
	Min     *float64   `json:"min"`
	Max     *float64   `json:"max"`
}

// StatsName is a name for people.
type StatsName struct {
	Zh string `json:"zh,omitempty"`
	En string `json:"en,omitempty"`
}

// statsParams are the parameters of statistics, and more.
func statsParams(more ...access.Param) []access.Param {
	return append(append([]access.Param{paramCollection(),
		{Name: "property", In: "query", Type: "string", Doc: "a property that is a number, of which sum, least and greatest value are wanted"}}, more...), askParams()...)
}

func paramGroupBy() access.Param {
	return access.Param{Name: "group_by", In: "query", Type: "string",
		Doc: "a layer: features are counted by the features of it that they meet, and measured as far as they lie within; all together when absent"}
}

func (s *Server) ogcStats(c echo.Context, a Ask) error {
	ctx, clearance := c.Request().Context(), a.Who.Clearance()
	l, err := s.Layers.Get(ctx, a.Text("id"), clearance)
	if err != nil {
		return err
	}
	q, err := s.asked(l, a)
	if err != nil {
		return err
	}
	out := Stats{Layer: l.ID, GroupBy: a.Text("group_by"), Property: a.Text("property"), Groups: []StatsGroup{}}
	groups, notes, err := s.Layers.Stats(ctx, q, out.GroupBy, out.Property, clearance)
	if err != nil {
		return err
	}
	out.Notes = notes
	for _, g := range groups {
		out.Groups = append(out.Groups, statsGroup(g))
	}
	return c.JSON(http.StatusOK, out)
}

func statsGroup(g layer.Group) StatsGroup {
	group := StatsGroup{ID: g.ID, Count: g.Count, LengthM: g.LengthM, AreaM2: g.AreaM2, Sum: g.Sum, Min: g.Min, Max: g.Max}
	if g.Zh+g.En != "" {
		group.Name = &StatsName{g.Zh, g.En}
	}
	return group
}

// StatsArea is an area that somebody drew. It comes in a body, for it may be longer than an address can be.
type StatsArea struct {
	Geometry json.RawMessage `json:"geometry"` // a polygon or several, as GeoJSON has them
}

func (s *Server) ogcStatsWithin(c echo.Context, a Ask) error {
	ctx, clearance := c.Request().Context(), a.Who.Clearance()
	l, err := s.Layers.Get(ctx, a.Text("id"), clearance)
	if err != nil {
		return err
	}
	q, err := s.asked(l, a)
	if err != nil {
		return err
	}
	var drawn StatsArea
	if err := readJSON(c, &drawn); err != nil {
		return err
	}
	area, err := layer.ParsePlace(drawn.Geometry)
	if err != nil {
		return err
	}
	group, notes, err := s.Layers.StatsWithin(ctx, q, area, a.Text("property"), clearance)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, Stats{Layer: l.ID, Property: a.Text("property"), Notes: notes, Groups: []StatsGroup{statsGroup(group)}})
}
