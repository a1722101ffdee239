package api

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/alert"
	"basin/postgis"
)

// AlertRules lists rules.
type AlertRules struct {
	Rules []alert.Rule `json:"rules"`
}

// AlertChannels lists channels.
type AlertChannels struct {
	Channels []alert.Channel `json:"channels"`
}

// ruleEndpoints serve the rules of warnings, and where warnings are sent.
func (s *Server) ruleEndpoints() []Endpoint {
	rules := []access.Role{access.Planner, access.Operator, access.System}
	system := []access.Role{access.System}
	id := access.Param{Name: "id", In: "path", Type: "string", Doc: "identifier of the rule"}
	channel := access.Param{Name: "id", In: "path", Type: "integer", Min: 1, Max: 1 << 53, Doc: "number of the channel"}
	return []Endpoint{
		{access.Route{Method: http.MethodGet, Path: "/alerts/rules", Tag: "alert", Summary: "The rules by which is warned, and what they cannot judge now", Roles: access.People(),
			Response: AlertRules{}, Example: "/alerts/rules"}, s.alertRules},
		{access.Route{Method: http.MethodPost, Path: "/alerts/rules", Tag: "alert", Summary: "Make a rule", Roles: rules, Request: alert.Rule{}, Response: alert.Rule{}}, s.addRule},
		{access.Route{Method: http.MethodPut, Path: "/alerts/rules/{id}", Tag: "alert", Summary: "Put a rule in the place of the one that is there", Roles: rules,
			Params: []access.Param{id}, Request: alert.Rule{}, Response: alert.Rule{}}, s.changeRule},
		{access.Route{Method: http.MethodDelete, Path: "/alerts/rules/{id}", Tag: "alert", Summary: "Remove a rule; its warnings are cleared", Roles: rules, Params: []access.Param{id}},
			s.removeRule},
		{access.Route{Method: http.MethodGet, Path: "/alerts/channels", Tag: "alert", Summary: "Where warnings are sent, and how far that is", Roles: system,
			Response: AlertChannels{}, Example: "/alerts/channels"}, s.alertChannels},
		{access.Route{Method: http.MethodPost, Path: "/alerts/channels", Tag: "alert", Summary: "Send warnings to a webhook, whose secret is answered once, or to an address of mail", Roles: system,
			Request: alert.ChannelRequest{}, Response: alert.ChannelMade{}}, s.addChannel},
		{access.Route{Method: http.MethodDelete, Path: "/alerts/channels/{id}", Tag: "alert", Summary: "Send no more warnings there", Roles: system, Params: []access.Param{channel}},
			s.removeChannel},
	}
}

func (s *Server) alertRules(c echo.Context, a Ask) error {
	found, err := alert.Rules(c.Request().Context(), s.DB, a.Who.Clearance())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, AlertRules{found})
}

// askedRule reads a rule; what it cannot judge is nothing that anybody may say.
func askedRule(c echo.Context) (alert.Rule, error) {
	var r alert.Rule
	err := readJSON(c, &r)
	r.Unable = []alert.Unable{}
	return r, err
}

func (s *Server) addRule(c echo.Context, a Ask) error {
	ctx := c.Request().Context()
	r, err := askedRule(c)
	if err != nil {
		return err
	}
	err = s.DB.Do(ctx, func(tx postgis.Tx) error {
		if err := alert.AddRule(ctx, tx, r, a.Who.Clearance()); err != nil {
			return err
		}
		return s.Auth.AuditIn(ctx, tx, a.Who, "alert.rule.create", r.ID, map[string]any{"after": r}, requestID(c))
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, r)
}

func (s *Server) changeRule(c echo.Context, a Ask) error {
	ctx := c.Request().Context()
	r, err := askedRule(c)
	if err != nil {
		return err
	}
	if r.ID != a.Text("id") {
		return badParam("id", "is not the id of the rule in the body")
	}
	err = s.DB.Do(ctx, func(tx postgis.Tx) error {
		before, err := alert.ChangeRule(ctx, tx, r, a.Who.Clearance())
		if err != nil {
			return err
		}
		return s.Auth.AuditIn(ctx, tx, a.Who, "alert.rule.change", r.ID, map[string]any{"before": before, "after": r}, requestID(c))
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, r)
}

func (s *Server) removeRule(c echo.Context, a Ask) error {
	ctx, id := c.Request().Context(), a.Text("id")
	err := s.DB.Do(ctx, func(tx postgis.Tx) error {
		before, err := alert.RemoveRule(ctx, tx, id, a.Who.Clearance())
		if err != nil {
			return err
		}
		return s.Auth.AuditIn(ctx, tx, a.Who, "alert.rule.delete", id, map[string]any{"before": before}, requestID(c))
	})
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) alertChannels(c echo.Context, _ Ask) error {
	found, err := alert.Channels(c.Request().Context(), s.DB)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, AlertChannels{found})
}

func (s *Server) addChannel(c echo.Context, a Ask) error {
	ctx := c.Request().Context()
	var asked alert.ChannelRequest
	if err := readJSON(c, &asked); err != nil {
		return err
	}
	var made alert.ChannelMade
	err := s.DB.Do(ctx, func(tx postgis.Tx) (err error) {
		if made, err = alert.AddChannel(ctx, tx, asked); err != nil {
			return err
		}
		where := asked.Address
		if u, err := url.Parse(asked.Address); err == nil && asked.Kind == alert.Webhook {
			where = u.Host // the rest may be a secret
		}
		return s.Auth.AuditIn(ctx, tx, a.Who, "alert.channel.create", strconv.FormatInt(made.ID, 10), map[string]any{"kind": asked.Kind, "where": where, "class": asked.Class}, requestID(c))
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, made)
}

func (s *Server) removeChannel(c echo.Context, a Ask) error {
	ctx, id := c.Request().Context(), int64(a.Int("id", 0))
	err := s.DB.Do(ctx, func(tx postgis.Tx) error {
		if err := alert.RemoveChannel(ctx, tx, id); err != nil {
			return err
		}
		return s.Auth.AuditIn(ctx, tx, a.Who, "alert.channel.delete", strconv.FormatInt(id, 10), nil, requestID(c))
	})
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
