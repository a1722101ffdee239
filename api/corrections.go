package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/postgis"
	"basin/twin"
)

// correctionEndpoints let people correct the readings of a period.
func (s *Server) correctionEndpoints() []Endpoint {
	roles := []access.Role{access.Operator, access.System}
	return []Endpoint{
		{access.Route{Method: http.MethodPost, Path: "/admin/corrections", Tag: "admin", Roles: roles, Request: twin.Correction{}, Response: twin.Corrected{},
			Summary: "Shift all readings of a datastream between two times, or say what would come of it"}, s.correct},
		{access.Route{Method: http.MethodPost, Path: "/admin/corrections/{id}/undo", Tag: "admin", Roles: roles, Response: twin.Corrected{},
			Summary: "Undo a correction; readings that were given other values since stay",
			Params:  []access.Param{{Name: "id", In: "path", Type: "string", Doc: "identifier that the correction was answered with"}}}, s.undoCorrection},
	}
}

func (s *Server) correct(c echo.Context, a Ask) error {
	ctx := c.Request().Context()
	var asked twin.Correction
	if err := readJSON(c, &asked); err != nil {
		return err
	}
	var done twin.Corrected
	err := s.DB.Do(ctx, func(tx postgis.Tx) (err error) {
		if done, err = twin.Correct(ctx, tx, asked, a.Who); err != nil || asked.Preview {
			return err
		}
		return s.Auth.AuditIn(ctx, tx, a.Who, "readings.correct", asked.Datastream, map[string]any{"correction": done.ID, "from": asked.From, "to": asked.To,
			"shift": asked.Shift, "reason": asked.Reason, "readings": done.Readings}, requestID(c))
	})
	switch {
	case err != nil:
		return err
	case asked.Preview:
		return c.JSON(http.StatusOK, done)
	}
	return c.JSON(http.StatusCreated, done)
}

func (s *Server) undoCorrection(c echo.Context, a Ask) error {
	ctx := c.Request().Context()
	var done twin.Corrected
	err := s.DB.Do(ctx, func(tx postgis.Tx) (err error) {
		if done, err = twin.UndoCorrection(ctx, tx, a.Text("id"), a.Who); err != nil {
			return err
		}
		return s.Auth.AuditIn(ctx, tx, a.Who, "readings.undo", a.Text("id"), map[string]any{"readings": done.Readings, "left": done.Left}, requestID(c))
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, done)
}
