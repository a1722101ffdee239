package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/fault"
	"basin/hydro"
)

// Forecasts is a page of forecasts, the last first.
type Forecasts struct {
	Forecasts []hydro.Run `json:"forecasts"`
	Next      string      `json:"next,omitempty"`
}

// ForecastAsked asks for a forecast.
type ForecastAsked struct {
	Title string `json:"title,omitempty"`
}

// ForecastSeries are series of a run, with what stands behind them.
type ForecastSeries struct {
	Run     int64              `json:"run"`
	From    time.Time          `json:"from"`
	Assumed []hydro.Assumption `json:"assumed"`
	Series  []hydro.Series     `json:"series"`
}

// ForecastAt is what a forecast says of the water at an instant, by thing.
type ForecastAt struct {
	Run    int64                       `json:"run"`
	Time   time.Time                   `json:"time"`
	Things map[string]hydro.AheadState `json:"things"`
}

// Rainfalls are forecasts of rain.
type Rainfalls struct {
	Rainfall []hydro.Rainfall `json:"rainfall"`
}

// Skills say how forecasts fared.
type Skills struct {
	Skill []hydro.Skill `json:"skill"`
}

// mostRainfalls is how many forecasts of rain one request may bring.
const mostRainfalls = 200

// forecastEndpoints serve what the water will do.
func (s *Server) forecastEndpoints() []Endpoint {
	run := access.Param{Name: "id", In: "path", Type: "string", Doc: "number of a forecast, or latest"}
	get := func(path, summary string, response any, example string, handle func(echo.Context, Ask) error, params ...access.Param) Endpoint {
		return Endpoint{access.Route{Method: http.MethodGet, Path: path, Tag: "hydro", Summary: summary, Roles: access.Everyone(), Params: params,
			Response: response, Example: example}, handle}
	}
	post := func(path, summary string, roles []access.Role, request, response any, handle func(echo.Context, Ask) error) Endpoint {
		return Endpoint{access.Route{Method: http.MethodPost, Path: path, Tag: "hydro", Summary: summary, Roles: roles, Request: request, Response: response}, handle}
	}
	return []Endpoint{
		get("/hydro/forecasts", "Forecasts, the last first, without their inputs and what they assume", Forecasts{}, "/hydro/forecasts?limit=5", s.forecasts, paramLimit(1000), paramAfter()),
		post("/hydro/forecasts", "Make a forecast now", []access.Role{access.Operator, access.System}, ForecastAsked{}, hydro.Run{}, s.forecastNow),
		get("/hydro/forecasts/{id}", "A forecast with its balance, what it assumes and its hash", hydro.Run{}, "", s.forecast, run),
		get("/hydro/forecasts/{id}/series", "What a forecast says of a thing, with its spread", ForecastSeries{}, "", s.forecastSeries, run,
			paramRunThing(), paramQuantity()),
		get("/hydro/forecasts/{id}/at", "Levels and status of stations, reaches and rivers at an instant of a forecast", ForecastAt{}, "", s.forecastAt, run,
			paramRunTime()),
		get("/hydro/skill", "How forecasts of levels fared against what was observed, by station and lead", Skills{}, "/hydro/skill", s.skill,
			access.Param{Name: "thing", In: "query", Type: "string", Doc: "identifier of a station; all when absent"},
			paramTime("since", "only of levels from then on; 30 days back when absent")),
		post("/hydro/rainfall", "Hand over forecasts of rain, for an area each or for all", []access.Role{access.Operator, access.Gateway, access.System}, Rainfalls{}, Rainfalls{}, s.putRainfall),
	}
}

func paramRunThing() access.Param {
	return access.Param{Name: "thing", In: "query", Type: "string", Require: true, Doc: "identifier of a station, reach or work"}
}

func paramQuantity() access.Param {
	return access.Param{Name: "quantity", In: "query", Type: "string", Enum: []string{"level", "discharge", "opening", "running", "outer_level"}, Doc: "all when absent"}
}

func paramRunTime() access.Param {
	return paramTime("time", "from the beginning of the run, meant when absent, to its horizon")
}

// runs is a page of runs of a kind.
func (s *Server) runs(c echo.Context, a Ask, kind string) ([]hydro.Run, int64, error) {
	runs, next, err := hydro.NewRuns(s.DB).List(c.Request().Context(), kind, int64(a.Int("after", 0)), a.Int("limit", 100), a.Who.Clearance())
	for i := range runs {
		runs[i].AskedBy, runs[i].Inputs, runs[i].Assumed = askerFor(a, runs[i].AskedBy), nil, nil
	}
	return runs, next, err
}

func (s *Server) forecasts(c echo.Context, a Ask) error {
	runs, next, err := s.runs(c, a, "forecast")
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, Forecasts{Forecasts: runs, Next: nextPage(c, next)})
}

func (s *Server) forecastNow(c echo.Context, a Ask) error {
	var asked ForecastAsked
	if err := readJSON(c, &asked); err != nil {
		return err
	}
	if len(asked.Title) > 200 {
		return fault.New(fault.Invalid, "bad-field", "field {field}: {value} is not right", "field", "title", "value", short(asked.Title))
	}
	made, err := s.Forecasts.Make(c.Request().Context(), time.Now(), asked.Title, a.Who.Name)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, made)
}

func (s *Server) forecast(c echo.Context, a Ask) error { return s.oneRun(c, a, "forecast") }

func (s *Server) oneRun(c echo.Context, a Ask, kind string) error {
	run, err := s.findRun(c, a, kind)
	if err != nil {
		return err
	}
	run.AskedBy = askerFor(a, run.AskedBy)
	return c.JSON(http.StatusOK, run)
}

// askerFor is who asked for a run; the public is told no names.
func askerFor(a Ask, name string) string {
	if a.Who.Clearance() == access.Public {
		return ""
	}
	return name
}

// findRun is the run of a kind that a request names, if the reader may see it.
func (s *Server) findRun(c echo.Context, a Ask, kind string) (hydro.Run, error) {
	return hydro.NewRuns(s.DB).Find(c.Request().Context(), kind, a.Text("id"), a.Who.Clearance())
}

func (s *Server) forecastSeries(c echo.Context, a Ask) error { return s.runSeries(c, a, "forecast") }

func (s *Server) runSeries(c echo.Context, a Ask, kind string) error {
	ctx := c.Request().Context()
	run, err := s.findRun(c, a, kind)
	if err != nil {
		return err
	}
	v, err := s.find(ctx, a.Text("thing"), a.Who.Clearance())
	if err != nil {
		return err
	}
	series, err := hydro.NewRuns(s.DB).Series(ctx, run.ID, []string{v.ID}, a.Text("quantity"), a.Who.Clearance())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, ForecastSeries{Run: run.ID, From: run.From, Assumed: run.Assumed, Series: series})
}

func (s *Server) forecastAt(c echo.Context, a Ask) error { return s.runAt(c, a, "forecast") }

func (s *Server) runAt(c echo.Context, a Ask, kind string) error {
	ctx := c.Request().Context()
	run, err := s.findRun(c, a, kind)
	if err != nil {
		return err
	}
	at := a.Time("time").UTC()
	if a.Time("time").IsZero() {
		at = run.From
	}
	if at.Before(run.From) || at.After(run.Until) {
		return badParam("time", "must be from "+run.From.Format(time.RFC3339)+" to "+run.Until.Format(time.RFC3339))
	}
	region, err := s.regionFor(ctx, a.Who.Clearance())
	if err != nil {
		return err
	}
	things, err := hydro.NewRuns(s.DB).At(ctx, run.ID, at, region.Zone(), a.Who.Clearance())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, ForecastAt{Run: run.ID, Time: at, Things: things})
}

func (s *Server) skill(c echo.Context, a Ask) error {
	since := a.Time("since")
	if since.IsZero() {
		since = time.Now().AddDate(0, 0, -30)
	}
	skill, err := hydro.NewRuns(s.DB).Skill(c.Request().Context(), a.Text("thing"), since, a.Who.Clearance())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, Skills{Skill: skill})
}

func (s *Server) putRainfall(c echo.Context, _ Ask) error {
	var given Rainfalls
	if err := readJSON(c, &given); err != nil {
		return err
	}
	if len(given.Rainfall) == 0 || len(given.Rainfall) > mostRainfalls {
		return fault.New(fault.Invalid, "bad-rainfall", "{field} {why}", "field", "rainfall", "why", "must hold 1 to 200 forecasts")
	}
	if err := hydro.NewRuns(s.DB).PutRainfall(c.Request().Context(), given.Rainfall); err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, given)
}
