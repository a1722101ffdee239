package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/alert"
	"basin/postgis"
)

// Alerts is a page of warnings.
type Alerts struct {
	Alerts []alert.Alert `json:"alerts"`
	Next   string        `json:"next,omitempty"` // where the list goes on; absent at its end
}

// Acknowledgement is what somebody says who has seen a warning.
type Acknowledgement struct {
	Note string `json:"note"`
}

const (
	mediaCAP  = "application/cap+xml"
	mediaAtom = "application/atom+xml"
	maxFeed   = 500 // warnings
)

// alertEndpoints serve warnings.
func (s *Server) alertEndpoints() []Endpoint {
	severities := make([]string, 0, len(alert.Severities()))
	for _, one := range alert.Severities() {
		severities = append(severities, string(one))
	}
	id := access.Param{Name: "id", In: "path", Type: "string", Doc: "number of the warning"}
	whole := id
	whole.Doc += "; followed by .cap for its newest message of the Common Alerting Protocol 1.2"
	return append([]Endpoint{
		{access.Route{Method: http.MethodGet, Path: "/alerts", Tag: "alert", Summary: "Warnings: those that are not over first, the worst and then the newest first", Roles: access.Everyone(),
			Params: []access.Param{
				{Name: "state", In: "query", Type: "list", Enum: []string{alert.Raised, alert.Acknowledged, alert.Cleared}, Doc: "states, joined by commas; all when absent"},
				{Name: "severity", In: "query", Type: "string", Enum: severities, Doc: "this severity or worse"},
				{Name: "thing", In: "query", Type: "string", Doc: "about this thing"},
				paramTime("from", "raised from this time on"), paramTime("to", "raised before this time"), paramLimit(1000), paramAfter()},
			Response: Alerts{}, Example: "/alerts?state=raised,acknowledged&severity=yellow"}, s.alerts},
		{access.Route{Method: http.MethodGet, Path: "/alerts.cap", Tag: "alert", Summary: "Warnings that are not over as an Atom feed of messages of the Common Alerting Protocol 1.2",
			Roles: access.Everyone(), Media: mediaAtom, Example: "/alerts.cap"}, s.alertFeed},
		{access.Route{Method: http.MethodGet, Path: "/alerts/{id}", Tag: "alert", Summary: "A warning with its history, or as a message of the Common Alerting Protocol 1.2",
			Roles: access.Everyone(), Params: []access.Param{whole}, Response: alert.Alert{}}, s.alert},
		{access.Route{Method: http.MethodPost, Path: "/alerts/{id}/ack", Tag: "alert", Summary: "Acknowledge a warning", Roles: []access.Role{access.Operator},
			Params: []access.Param{id}, Request: Acknowledgement{}, Response: alert.Alert{}}, s.acknowledge},
	}, s.ruleEndpoints()...)
}

// forReader leaves out what only people who are signed in may read: who acknowledged what, and what they wrote.
func forReader(who access.Principal, a alert.Alert) alert.Alert {
	if slices.Contains(access.People(), who.Role) {
		return a
	}
	a.AcknowledgedBy, a.Note = "", ""
	a.History = slices.Clone(a.History)
	for i := range a.History {
		if a.History[i].By != "" {
			a.History[i].By, a.History[i].Note = "", ""
		}
	}
	return a
}

func (s *Server) alerts(c echo.Context, a Ask) error {
	ctx, who := c.Request().Context(), a.Who
	region, err := s.regionFor(ctx, who.Clearance())
	if err != nil {
		return err
	}
	which := alert.Which{States: a.List("state"), Severity: alert.Severity(a.Text("severity")), Thing: a.Text("thing"), From: a.Time("from"), To: a.Time("to"),
		Limit: a.Int("limit", 100), After: min(a.Int("after", 0), 1<<31-1)}
	found, more, err := alert.Find(ctx, s.DB, which, region.Zone(), who.Clearance())
	if err != nil {
		return err
	}
	out := Alerts{Alerts: make([]alert.Alert, len(found))}
	for i := range found {
		out.Alerts[i] = forReader(who, found[i])
	}
	if more {
		out.Next = nextPage(c, int64(which.After+len(found)))
	}
	return c.JSON(http.StatusOK, out)
}

// alertID reads the number of a warning.
func alertID(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return 0, badParam("id", "is not the number of a warning")
	}
	return id, nil
}

func (s *Server) alert(c echo.Context, a Ask) error {
	ctx := c.Request().Context()
	text, capped := strings.CutSuffix(a.Text("id"), ".cap")
	id, err := alertID(text)
	if err != nil {
		return err
	}
	sender, zone, err := s.capSender(ctx, c, a.Who.Clearance())
	if err != nil {
		return err
	}
	found, err := alert.Get(ctx, s.DB, id, zone, a.Who.Clearance())
	if err != nil {
		return err
	}
	if !capped {
		return c.JSON(http.StatusOK, forReader(a.Who, found))
	}
	body, err := sender.CAP(found, zone)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, mediaCAP, body)
}

// capSender is who sends messages, and the zone of their times.
func (s *Server) capSender(ctx context.Context, c echo.Context, clearance access.Class) (alert.CAPSender, *time.Location, error) {
	region, err := s.regionFor(ctx, clearance)
	return alert.CAPSender{ID: region.ID, Name: alert.Text(region.Title), URL: baseURL(c)}, region.Zone(), err
}

func (s *Server) alertFeed(c echo.Context, a Ask) error {
	ctx := c.Request().Context()
	sender, zone, err := s.capSender(ctx, c, a.Who.Clearance())
	if err != nil {
		return err
	}
	found, _, err := alert.Find(ctx, s.DB, alert.Which{States: []string{alert.Raised, alert.Acknowledged}, Limit: maxFeed}, zone, a.Who.Clearance())
	if err != nil {
		return err
	}
	language := "en"
	if chinese(c) {
		language = "zh"
	}
	body, err := sender.Feed(found, language, time.Now())
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, mediaAtom, body)
}

func (s *Server) acknowledge(c echo.Context, a Ask) error {
	ctx := c.Request().Context()
	id, err := alertID(a.Text("id"))
	if err != nil {
		return err
	}
	var said Acknowledgement
	if err := readJSON(c, &said); err != nil {
		return err
	}
	err = s.DB.Do(ctx, func(tx postgis.Tx) error {
		if err := alert.Acknowledge(ctx, tx, id, a.Who, strings.TrimSpace(said.Note)); err != nil {
			return err
		}
		return s.Auth.AuditIn(ctx, tx, a.Who, "alert.acknowledge", a.Text("id"), nil, requestID(c))
	})
	if err != nil {
		return err
	}
	return s.alert(c, a)
}

// heardAlerts are the warnings that events of the feed tell of, for readers of a clearance, oldest change first.
func (s *Server) heardAlerts(ctx context.Context, happened []postgis.Event, zone *time.Location, clearance access.Class) ([]alert.Alert, error) {
	var ids []int64
	for _, e := range happened {
		if id, err := strconv.ParseInt(e.Key, 10, 64); e.Topic == alert.TopicAlert && err == nil && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	found, _, err := alert.Find(ctx, s.DB, alert.Which{IDs: ids}, zone, clearance)
	slices.SortFunc(found, func(a, b alert.Alert) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	return found, err
}
