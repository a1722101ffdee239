package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/fault"
	"basin/postgis"
	"basin/twin"
)

// correctionEndpoints let people correct the readings of a period.
func (s *Server) correctionEndpoints() []Endpoint {
	roles := []access.Role{access.Operator, access.System}
	query := func(name, kind, doc string) access.Param {
		return access.Param{Name: name, In: "query", Type: kind, Doc: doc}
	}
	return []Endpoint{
		{access.Route{Method: http.MethodGet, Path: "/admin/corrections", Tag: "admin", Roles: append(roles, access.Audit), Response: CorrectionList{},
			Summary: "Corrections of periods, undone ones too, the last made first",
			Params: []access.Param{query("datastream", "string", "code of a datastream; all when absent"),
				query("from", "time", "only of periods that reach beyond this time"), query("to", "time", "only of periods that begin before this time"),
				paramLimit(1000), query("after", "string", "page after the one that named this")},
			Example: "/admin/corrections?limit=10"}, s.corrections},
		{access.Route{Method: http.MethodPost, Path: "/admin/corrections", Tag: "admin", Roles: roles, Request: twin.Correction{}, Response: twin.Corrected{},
			Summary: "Shift all readings of a datastream between two times, or say what would come of it"}, s.correct},
		{access.Route{Method: http.MethodPost, Path: "/admin/corrections/{id}/undo", Tag: "admin", Roles: roles, Response: twin.Corrected{},
			Summary: "Undo a correction; readings that were given other values since stay",
			Params:  []access.Param{{Name: "id", In: "path", Type: "string", Doc: "identifier that the correction was answered with"}}}, s.undoCorrection},
	}
}

// CorrectionList is a page of corrections.
type CorrectionList struct {
	Corrections []twin.CorrectionMade `json:"corrections"`
	Next        string                `json:"next,omitempty"` // address of the next page; absent for none
}

func (s *Server) corrections(c echo.Context, a Ask) error {
	of := twin.CorrectionsOf{Datastream: a.Text("datastream"), From: a.Time("from"), To: a.Time("to"), Limit: a.Int("limit", 100), After: a.Text("after")}
	if !of.From.IsZero() && !of.To.IsZero() && !of.From.Before(of.To) {
		return fault.New(fault.Invalid, "empty-interval", "from is not before to")
	}
	found, next, err := twin.Corrections(c.Request().Context(), s.DB, of, a.Who.Clearance())
	if err != nil {
		return err
	}
	list := CorrectionList{Corrections: found}
	if next != "" {
		list.Next = withQuery(c, "after", next)
	}
	return c.JSON(http.StatusOK, list)
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
