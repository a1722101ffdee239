package api

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"basin/fault"
	"basin/twin"
)

func (s *Server) history(c echo.Context, a Ask) error {
	ctx := c.Request().Context()
	code, err := s.series(ctx, a)
	if err != nil {
		return err
	}
	to := a.Time("to")
	if to.IsZero() {
		to = time.Now()
	}
	from := a.Time("from")
	if from.IsZero() {
		from = to.Add(-24 * time.Hour)
	}
	h, err := twin.ReadHistory(ctx, s.DB, twin.HistoryOf{Datastream: code, From: from, To: to, Every: a.Duration("every"), Limit: a.Int("limit", 0)}, a.Who.Clearance())
	if err != nil {
		return err
	}
	if !h.NextFrom.IsZero() {
		h.Next = withQuery(c, "from", h.NextFrom.Format(time.RFC3339Nano))
	}
	return c.JSON(http.StatusOK, h)
}

// series finds the one datastream of a thing that a request means.
func (s *Server) series(ctx context.Context, a Ask) (string, error) {
	v, err := s.find(ctx, a.Text("id"), a.Who.Clearance())
	if err != nil {
		return "", err
	}
	views := []twin.View{v}
	if err := twin.Complete(ctx, s.DB, views, a.Who.Clearance()); err != nil {
		return "", err
	}
	property, role, datastream := a.Text("property"), a.Text("role"), a.Text("datastream")
	if property == "" && datastream == "" {
		return "", badParam("property", "is missing")
	}
	var found []string
	for _, d := range views[0].Datastreams {
		if (datastream == "" || d.ID == datastream) && (property == "" || d.Property == property) && (role == "" || d.Role == role) {
			found = append(found, d.ID)
		}
	}
	switch len(found) {
	case 0:
		return "", fault.New(fault.NotFound, "no-such-series", "{thing} has no such datastream", "thing", v.ID)
	case 1:
		return found[0], nil
	}
	return "", fault.New(fault.Invalid, "several-series", "{thing} has several such datastreams: name one with datastream or role", "thing", v.ID)
}
