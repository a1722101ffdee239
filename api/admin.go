package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/auth"
)

// AuditTrail is a page of the audit trail, the newest entry first.
type AuditTrail struct {
	Entries []auth.Entry `json:"entries"`
}

// Created names what was made.
type Created struct {
	ID string `json:"id"`
}

// adminEndpoints serve the administrators.
func (s *Server) adminEndpoints() []Endpoint {
	return []Endpoint{
		{access.Route{Method: http.MethodGet, Path: "/admin/audit", Tag: "admin", Summary: "The audit trail, the newest entry first", Roles: []access.Role{access.Audit},
			Params:   []access.Param{paramLimit(1000), {Name: "before", In: "query", Type: "integer", Min: 0, Max: 1 << 53, Doc: "only entries with a lower id"}},
			Response: AuditTrail{}, Example: "/admin/audit?limit=10"}, s.audit},
		{access.Route{Method: http.MethodPost, Path: "/admin/users", Tag: "admin", Summary: "Make a person who signs in with a name and a password",
			Roles: administrators(), Request: auth.User{}, Response: Created{}}, s.createUser},
	}
}

func (s *Server) audit(c echo.Context, a Ask) error {
	entries, err := s.Auth.Trail(c.Request().Context(), int64(a.Int("before", 0)), a.Int("limit", 100))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, AuditTrail{entries})
}

func (s *Server) createUser(c echo.Context, a Ask) error {
	var u auth.User
	if err := readJSON(c, &u); err != nil {
		return err
	}
	id, err := s.Auth.CreateUser(c.Request().Context(), a.Who, u, requestID(c))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, Created{id})
}
