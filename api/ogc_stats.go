package api

import (
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

// statsParams are the parameters of statistics.
func statsParams() []access.Param {
	return append([]access.Param{paramCollection(),
		{Name: "group_by", In: "query", Type: "string", Doc: "a layer: features are counted by the features of it that they meet, and measured as far as they lie within; all together when absent"},
		{Name: "property", In: "query", Type: "string", Doc: "a property that is a number, of which sum, least and greatest value are wanted"}}, askParams()...)
}

func (s *Server) ogcStats(c echo.Context, a Ask) error {
	l, q, err := s.asked(c, a)
	if err != nil {
		return err
	}
	out := Stats{Layer: l.ID, GroupBy: a.Text("group_by"), Property: a.Text("property"), Groups: []StatsGroup{}}
	var groups []layer.Group
	if a.within == nil {
		groups, out.Notes, err = s.Layers.Stats(c.Request().Context(), q, out.GroupBy, out.Property, a.Who.Clearance())
	} else {
		groups, out.Notes, err = s.statsWithin(c, q, a)
	}
	if err != nil {
		return err
	}
	for _, g := range groups {
		out.Groups = append(out.Groups, statsGroup(g))
	}
	return c.JSON(http.StatusOK, out)
}

// statsWithin are statistics within the area that the body names.
func (s *Server) statsWithin(c echo.Context, q layer.Query, a Ask) ([]layer.Group, []string, error) {
	if a.Text("group_by") != "" {
		return nil, nil, badParam("within", "does not go with group_by")
	}
	area, err := layer.ParsePlace(a.within)
	if err != nil {
		return nil, nil, err
	}
	group, notes, err := s.Layers.StatsWithin(c.Request().Context(), q, area, a.Text("property"), a.Who.Clearance())
	return []layer.Group{group}, notes, err
}

func statsGroup(g layer.Group) StatsGroup {
	group := StatsGroup{ID: g.ID, Count: g.Count, LengthM: g.LengthM, AreaM2: g.AreaM2, Sum: g.Sum, Min: g.Min, Max: g.Max}
	if g.Zh+g.En != "" {
		group.Name = &StatsName{g.Zh, g.En}
	}
	return group
}
