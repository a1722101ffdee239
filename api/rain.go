package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/twin"
)

// rainEndpoints serve what fell.
func (s *Server) rainEndpoints() []Endpoint {
	return []Endpoint{{access.Route{Method: http.MethodGet, Path: "/twin/things/{id}/rain", Tag: "twin",
		Summary: "What fell at a thing, worked out from one of its series of rain, with its gaps", Roles: access.Everyone(), Response: twin.Rainfall{},
		Params: []access.Param{paramID(), paramTime("from", "start, not included; a day before to when absent"), paramTime("to", "end, included; now when absent"),
			{Name: "every", In: "query", Type: "duration", Enum: []string{"PT1H", "P1D"},
				Doc: "by the hour, or by the hydrological day; absent: the increments themselves"}}}, s.rain}}
}

func (s *Server) rain(c echo.Context, a Ask) error {
	ctx := c.Request().Context()
	v, err := s.find(ctx, a.Text("id"), a.Who.Clearance())
	if err != nil {
		return err
	}
	region, err := s.regionFor(ctx, a.Who.Clearance())
	if err != nil {
		return err
	}
	q := twin.RainOf{Thing: v.ID, From: a.Time("from"), To: a.Time("to"), Every: a.Duration("every"),
		Day: twin.Day{Start: region.DayBegins(), Zone: region.Zone()}}
	if q.To.IsZero() {
		q.To = time.Now()
	}
	if q.From.IsZero() {
		q.From = q.To.Add(-24 * time.Hour)
	}
	r, err := twin.Rain(ctx, s.DB, q, a.Who.Clearance())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, r)
}
