package api

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/hydro"
)

// Scenarios is a page of scenarios, the last first.
type Scenarios struct {
	Scenarios []hydro.Run `json:"scenarios"`
	Next      string      `json:"next,omitempty"`
}

// scenarioEndpoints serve what the water would do.
func (s *Server) scenarioEndpoints() []Endpoint {
	id := access.Param{Name: "id", In: "path", Type: "string", Doc: "number of a scenario, or latest"}
	readers := []access.Role{access.Viewer, access.Planner, access.Operator, access.System, access.Security, access.Audit} // what might be is internal at least
	may := []access.Role{access.Planner, access.Operator, access.System}
	of := func(method, path, summary string, roles []access.Role, request, response any, handle func(echo.Context, Ask) error, params ...access.Param) Endpoint {
		return Endpoint{access.Route{Method: method, Path: path, Tag: "hydro", Summary: summary, Roles: roles, Params: params, Request: request, Response: response}, handle}
	}
	list := of(http.MethodGet, "/hydro/scenarios", "Scenarios, the last first", readers, nil, Scenarios{}, s.scenarios, paramLimit(1000), paramAfter())
	list.Example = "/hydro/scenarios?limit=5"
	return []Endpoint{
		list,
		of(http.MethodPost, "/hydro/scenarios", "Ask for a scenario: a forecast with other gates, pumps, rain, surge or inflow; it waits for its turn", may, hydro.ScenarioAsked{}, hydro.Run{}, s.askScenario),
		of(http.MethodGet, "/hydro/scenarios/{id}", "A scenario: how far it is, then its balance, what it assumes and its hash", readers, nil, hydro.Run{}, s.scenario, id),
		of(http.MethodDelete, "/hydro/scenarios/{id}", "Cancel a scenario or remove it; planners their own", may, nil, nil, s.removeScenario, id),
		of(http.MethodGet, "/hydro/scenarios/{id}/series", "What a scenario computed of a thing", readers, nil, ForecastSeries{}, s.scenarioSeries, id, paramRunThing(), paramQuantity()),
		of(http.MethodGet, "/hydro/scenarios/{id}/at", "Levels and status of stations, reaches and rivers at an instant of a scenario", readers, nil, ForecastAt{}, s.scenarioAt, id, paramRunTime()),
		of(http.MethodGet, "/hydro/scenarios/{id}/compare", "A scenario beside another run: peaks of levels, volumes by tide, machine-hours, who floods", readers, nil, hydro.Comparison{},
			s.compareScenario, id, access.Param{Name: "with", In: "query", Type: "integer", Min: 1, Max: 1 << 53, Doc: "number of a scenario or a forecast; its base when absent"},
			access.Param{Name: "f", In: "query", Type: "string", Enum: []string{"json", "csv"}, Doc: "format of the answer"}),
	}
}

func (s *Server) scenarios(c echo.Context, a Ask) error {
	runs, next, err := s.runs(c, a, "scenario")
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, Scenarios{Scenarios: runs, Next: nextPage(c, next)})
}

func (s *Server) askScenario(c echo.Context, a Ask) error {
	ctx := c.Request().Context()
	var asked hydro.ScenarioAsked
	if err := readJSON(c, &asked); err != nil {
		return err
	}
	run, err := s.Scenarios.Ask(ctx, a.Who, asked)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, "/hydro/scenarios/"+strconv.FormatInt(run.ID, 10))
	return c.JSON(http.StatusCreated, run)
}

func (s *Server) scenario(c echo.Context, a Ask) error { return s.oneRun(c, a, "scenario") }

func (s *Server) scenarioSeries(c echo.Context, a Ask) error { return s.runSeries(c, a, "scenario") }

func (s *Server) scenarioAt(c echo.Context, a Ask) error { return s.runAt(c, a, "scenario") }

func (s *Server) removeScenario(c echo.Context, a Ask) error {
	ctx := c.Request().Context()
	run, err := s.Scenarios.Remove(ctx, a.Who, a.Text("id"))
	if err != nil {
		return err
	}
	if err := s.Auth.Audit(ctx, a.Who, "scenario.delete", strconv.FormatInt(run.ID, 10), "done", map[string]any{"title": run.Title, "asked_by": run.AskedBy}, requestID(c)); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
