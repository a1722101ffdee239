package api

import (
	"bytes"
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/fault"
	"basin/postgis"
	"basin/twin"
)

// datastreamEndpoints let the administrator of the system change what readings are judged by.
func (s *Server) datastreamEndpoints() []Endpoint {
	return []Endpoint{{access.Route{Method: http.MethodPatch, Path: "/admin/datastreams/{code}", Tag: "admin",
		Summary: "Change the limits of a datastream: what is absent stays, null takes a limit away", Roles: []access.Role{access.System},
		Params:  []access.Param{{Name: "code", In: "path", Type: "string", Doc: "code of the datastream, for instance 60117200.level"}},
		Request: twin.Limits{}, Response: twin.Limits{}}, s.changeLimits}}
}

func (s *Server) changeLimits(c echo.Context, a Ask) error {
	ctx := c.Request().Context()
	var given json.RawMessage
	if err := readJSON(c, &given); err != nil {
		return err
	}
	var after twin.Limits
	err := s.DB.Do(ctx, func(tx postgis.Tx) error {
		before, now, err := twin.ChangeLimits(ctx, tx, a.Text("code"), func(l *twin.Limits) error {
			d := json.NewDecoder(bytes.NewReader(given))
			d.DisallowUnknownFields()
			if err := d.Decode(l); err != nil {
				return fault.New(fault.Invalid, "bad-json", "the body is not the JSON that is expected here: {why}", "why", short(err.Error()))
			}
			return nil
		})
		if err != nil {
			return err
		}
		after = now
		return s.Auth.AuditIn(ctx, tx, a.Who, "datastream.limits", a.Text("code"), map[string]any{"before": before, "after": now}, requestID(c))
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, after)
}
