package api

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/catalog"
	"basin/fault"
	"basin/hydro"
	"basin/twin"
)

// Things is a page of the register.
type Things struct {
	Things []twin.View `json:"things"`
	Next   string      `json:"next,omitempty"` // where the list goes on; absent at its end
}

// StateFeature is a thing's state on the map.
type StateFeature struct {
	Type       string          `json:"type"` // Feature
	ID         int64           `json:"id"`   // the thing's gid, as in tiles
	Geometry   json.RawMessage `json:"geometry"`
	Properties hydro.State     `json:"properties"`
}

// StateFeatures is a collection of states, as GeoJSON.
type StateFeatures struct {
	Type     string         `json:"type"` // FeatureCollection
	Features []StateFeature `json:"features"`
	Next     string         `json:"next,omitempty"`
}

// Parameters that several operations take.
func paramID() access.Param {
	return access.Param{Name: "id", In: "path", Type: "string", Doc: "identifier of a thing, kind:code, for instance river:NT-JG"}
}

func paramBBox() access.Param {
	return access.Param{Name: "bbox", In: "query", Type: "bbox", Doc: "west,south,east,north in degrees; west greater than east crosses the antimeridian"}
}

func paramAfter() access.Param {
	return access.Param{Name: "after", In: "query", Type: "integer", Min: 0, Max: 1 << 53, Doc: "where a list goes on, as its next says"}
}

func paramLimit(most float64) access.Param {
	return access.Param{Name: "limit", In: "query", Type: "integer", Min: 1, Max: most, Doc: "how many at most"}
}

func paramTime(name, doc string) access.Param {
	return access.Param{Name: name, In: "query", Type: "time", Doc: doc}
}

func paramKind(kinds []string) access.Param {
	return access.Param{Name: "kind", In: "query", Type: "list", Enum: kinds, Doc: "kinds of things, joined by commas"}
}

// statuses of the level, for filters.
var levelNames = []string{"unknown", "no_threshold", "normal", "low", "rising", "warning", "guaranteed", "record"}

// twinEndpoints serve what there is and what is observed.
func (s *Server) twinEndpoints() []Endpoint {
	get := func(path, summary string, response any, example string, handle func(echo.Context, Ask) error, params ...access.Param) Endpoint {
		return Endpoint{access.Route{Method: http.MethodGet, Path: path, Tag: "twin", Summary: summary, Roles: access.Everyone(), Params: params,
			Response: response, Example: example}, handle}
	}
	at, known := paramTime("at", "instant of the phenomenon; now when absent"), paramTime("known_at", "with only what had been received by then")
	states := get("/twin/state", "States of many things at once, as GeoJSON", StateFeatures{}, "/twin/state?kind=station", s.states, paramBBox(),
		paramKind(hydro.Watched()), access.Param{Name: "status", In: "query", Type: "list", Enum: levelNames, Doc: "levels of status, joined by commas"},
		at, paramLimit(10000), paramAfter())
	states.Media = "application/geo+json"
	return []Endpoint{
		get("/twin/region", "The region this twin is of", catalog.Region{}, "/twin/region", s.region),
		get("/twin/things", "Things: rivers, reaches, works, stations, roads, buildings, …", Things{}, "/twin/things?kind=station&limit=3", s.things,
			access.Param{Name: "kind", In: "query", Type: "list", Doc: "kinds of things, joined by commas"},
			access.Param{Name: "code", In: "query", Type: "string", Doc: "code, unique within its kind"}, paramBBox(), paramLimit(1000), paramAfter()),
		get("/twin/things/{id}", "A thing with its datastreams, thresholds and relations", twin.View{}, "/twin/things/river:NT-YZ", s.thing, paramID()),
		get("/twin/things/{id}/state", "The state of a thing now or at a past instant", hydro.State{}, "/twin/things/river:NT-YZ/state", s.state, paramID(), at, known),
		get("/twin/things/{id}/history", "A series of a thing, with its gaps", twin.History{},
			"/twin/things/station:60117200/history?property=level&from=2026-07-18T00:00:00Z&to=2026-07-19T00:00:00Z", s.history, paramID(),
			access.Param{Name: "property", In: "query", Type: "string", Doc: "for instance level; needed unless datastream is given"},
			access.Param{Name: "role", In: "query", Type: "string", Enum: []string{"inner", "outer", "upper", "lower"}, Doc: "side, where the thing has two"},
			access.Param{Name: "datastream", In: "query", Type: "string", Doc: "code of the datastream"},
			paramTime("from", "start; a day before to when absent"), paramTime("to", "end, not included; now when absent"),
			access.Param{Name: "every", In: "query", Type: "duration", Doc: "length of buckets as in ISO 8601, for instance PT10M; absent: the readings themselves"},
			paramLimit(10000)),
		states,
	}
}

// regions remembers the region for a moment, by clearance.
type regions struct {
	mu    sync.Mutex
	known map[access.Class]catalog.Region
	since time.Time
}

// regionAge is how long a change of the region may take to show.
const regionAge = 5 * time.Second

// regionFor is the region as a reader of that clearance sees it.
func (s *Server) regionFor(ctx context.Context, clearance access.Class) (catalog.Region, error) {
	s.regions.mu.Lock()
	defer s.regions.mu.Unlock()
	if time.Since(s.regions.since) > regionAge {
		s.regions.known, s.regions.since = map[access.Class]catalog.Region{}, time.Now()
	}
	if r, ok := s.regions.known[clearance]; ok {
		return r, nil
	}
	r, err := catalog.FindRegion(ctx, s.DB, clearance)
	if err == nil {
		s.regions.known[clearance] = r
	}
	return r, err
}

func (s *Server) region(c echo.Context, a Ask) error {
	r, err := s.regionFor(c.Request().Context(), a.Who.Clearance())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, r)
}

func (s *Server) things(c echo.Context, a Ask) error {
	ctx := c.Request().Context()
	views, next, err := twin.Find(ctx, s.DB, twin.Which{Kinds: a.List("kind"), Code: a.Text("code"), BBox: a.BBox("bbox"), Limit: a.Int("limit", 100),
		After: int64(a.Int("after", 0))}, a.Who.Clearance())
	if err != nil {
		return err
	}
	if err := s.complete(ctx, views, a.Who.Clearance()); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, Things{Things: views, Next: nextPage(c, next)})
}

// nextPage is the address of the page after this one; empty at the end of the list.
func nextPage(c echo.Context, after int64) string {
	if after == 0 {
		return ""
	}
	return withQuery(c, "after", strconv.FormatInt(after, 10))
}

// withQuery is the address of this request with one parameter set.
func withQuery(c echo.Context, name, value string) string {
	q := url.Values{}
	maps.Copy(q, c.QueryParams())
	q.Set(name, value)
	return baseURL(c) + c.Request().URL.EscapedPath() + "?" + q.Encode()
}

// baseURL is how the client reached this server.
func baseURL(c echo.Context) string { return c.Scheme() + "://" + c.Request().Host }

// find is the thing of that identifier, if the reader may see it.
func (s *Server) find(ctx context.Context, id string, clearance access.Class) (twin.View, error) {
	views, _, err := twin.Find(ctx, s.DB, twin.Which{IDs: []string{id}, Limit: 1}, clearance)
	if err == nil && len(views) == 0 {
		err = fault.New(fault.NotFound, "unknown-thing", "there is no {thing}", "thing", short(id))
	}
	if err != nil {
		return twin.View{}, err
	}
	return views[0], nil
}

func (s *Server) thing(c echo.Context, a Ask) error {
	ctx := c.Request().Context()
	v, err := s.find(ctx, a.Text("id"), a.Who.Clearance())
	if err != nil {
		return err
	}
	views := []twin.View{v}
	if err := s.complete(ctx, views, a.Who.Clearance()); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, views[0])
}

// complete adds to things what hangs on them and what they consist of.
func (s *Server) complete(ctx context.Context, views []twin.View, clearance access.Class) error {
	if err := twin.Complete(ctx, s.DB, views, clearance); err != nil {
		return err
	}
	return s.tell(ctx, views, clearance)
}

// asked is the instant a request is about.
func asked(a Ask) twin.Asked {
	at := a.Time("at")
	if at.IsZero() {
		at = time.Now()
	}
	return twin.Asked{At: at, KnownAt: a.Time("known_at")}
}

func (s *Server) state(c echo.Context, a Ask) error {
	ctx := c.Request().Context()
	region, err := s.regionFor(ctx, a.Who.Clearance())
	if err != nil {
		return err
	}
	found, _, err := hydro.States(ctx, s.DB, twin.Which{IDs: []string{a.Text("id")}, Limit: 1}, asked(a), region.Zone(), a.Who.Clearance())
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fault.New(fault.NotFound, "unknown-thing", "there is no {thing}", "thing", short(a.Text("id")))
	}
	if err := hydro.Begin(ctx, s.DB, &found[0]); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, found[0])
}

func (s *Server) states(c echo.Context, a Ask) error {
	ctx := c.Request().Context()
	region, err := s.regionFor(ctx, a.Who.Clearance())
	if err != nil {
		return err
	}
	which := twin.Which{Kinds: a.List("kind"), BBox: a.BBox("bbox"), Limit: a.Int("limit", 5000), After: int64(a.Int("after", 0))}
	if which.Kinds == nil {
		which.Kinds = hydro.Watched()
	}
	found, next, err := hydro.States(ctx, s.DB, which, asked(a), region.Zone(), a.Who.Clearance())
	if err != nil {
		return err
	}
	out := StateFeatures{Type: "FeatureCollection", Features: []StateFeature{}, Next: nextPage(c, next)}
	wanted := a.List("status")
	for _, st := range found {
		if wanted == nil || slices.Contains(wanted, string(st.Status.Level)) {
			out.Features = append(out.Features, StateFeature{"Feature", st.GID, st.Geometry, st})
		}
	}
	c.Response().Header().Set(echo.HeaderContentType, "application/geo+json")
	return c.JSON(http.StatusOK, out)
}
