// Package api serves people and programs over HTTP: one file per noun. Every operation is an endpoint with its access.Route, from which
// permission, parameters and OpenAPI follow.
package api

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/prometheus/client_golang/prometheus"

	"basin/access"
	"basin/auth"
	"basin/fault"
	"basin/format"
	"basin/hydro"
	"basin/layer"
	"basin/postgis"
	"basin/tiles"
)

// Config is what a Server works with.
type Config struct {
	DB        *postgis.DB
	Feed      *postgis.Feed
	Auth      *auth.Store
	Layers    *layer.Store
	Tiles     *tiles.Store
	Writer    Appender // stores the observations of SensorThings
	Forecasts *hydro.Forecasts
	Scenarios *hydro.Scenarios
	Log       *slog.Logger
	Metrics   *prometheus.Registry
	Client    fs.FS                           // the built browser client; nil where there is none
	Ready     func(ctx context.Context) error // why the server cannot work right now; nil when it can
	Convert   format.Convert                  // runs ogr2ogr for exports; nil where there is none
	Temporary string                          // where temporary files of exports are made; empty for the machine's own place
	Version   string
}

// Server answers requests. Make one with New and Mount it.
type Server struct {
	Config
	endpoints []Endpoint
	events    *events
	hands     atomic.Int64  // counts the requests in hand at the same time
	logins    chan struct{} // bounds the sign-ins that hash a password at the same time
	exports   chan struct{} // bounds the exports under way at the same time
	searches  chan struct{} // bounds the large questions in hand at the same time
	pictures  pictures
	measures  measures
	regions   regions
}

// Endpoint is one operation: what it demands, and what it does.
type Endpoint struct {
	access.Route
	Handle func(c echo.Context, a Ask) error
}

// New makes a Server with all operations of this package and those of others, which are served by the same rules.
func New(cfg Config, others ...Endpoint) *Server {
	s := &Server{Config: cfg, logins: make(chan struct{}, 2), exports: make(chan struct{}, maxExports), searches: make(chan struct{}, maxSearches),
		pictures: newPictures()}
	s.events = newEvents(s)
	s.endpoints = append(s.endpoints, s.systemEndpoints()...)
	s.endpoints = append(s.endpoints, s.authEndpoints()...)
	s.endpoints = append(s.endpoints, s.twinEndpoints()...)
	s.endpoints = append(s.endpoints, s.eventEndpoints()...)
	s.endpoints = append(s.endpoints, s.cellEndpoints()...)
	s.endpoints = append(s.endpoints, s.adminEndpoints()...)
	s.endpoints = append(s.endpoints, s.datastreamEndpoints()...)
	s.endpoints = append(s.endpoints, s.rainEndpoints()...)
	s.endpoints = append(s.endpoints, s.correctionEndpoints()...)
	s.endpoints = append(s.endpoints, s.forecastEndpoints()...)
	s.endpoints = append(s.endpoints, s.scenarioEndpoints()...)
	s.endpoints = append(s.endpoints, s.alertEndpoints()...)
	s.endpoints = append(s.endpoints, s.ogcEndpoints()...)
	s.endpoints = append(s.endpoints, s.searchEndpoints()...)
	s.endpoints = append(s.endpoints, s.exportEndpoints()...)
	s.endpoints = append(s.endpoints, s.editEndpoints()...)
	s.endpoints = append(s.endpoints, s.wfsEndpoints()...)
	s.endpoints = append(s.endpoints, s.wmtsEndpoints()...)
	s.endpoints = append(s.endpoints, s.tileEndpoints()...)
	s.endpoints = append(s.endpoints, s.staEndpoints()...)
	s.endpoints = append(s.endpoints, others...)
	return s
}

// Run follows the change feed for the event streams until ctx ends.
func (s *Server) Run(ctx context.Context) error { return s.events.run(ctx) }

// Routes lists what every operation demands.
func (s *Server) Routes() []access.Route {
	routes := make([]access.Route, len(s.endpoints))
	for i, e := range s.endpoints {
		routes[i] = e.Route
	}
	return routes
}

// Mount makes e serve every operation.
func (s *Server) Mount(e *echo.Echo) {
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = echo.ExtractIPDirect()
	e.HTTPErrorHandler = s.problem
	gzip := middleware.GzipWithConfig(middleware.GzipConfig{Skipper: packed, MinLength: 1024})
	chain := s.protect(s.logged(s.bounded(gzip(s.identify(func(c echo.Context) error { return c.Handler()(c) })))))
	e.Use(func(echo.HandlerFunc) echo.HandlerFunc { return chain }) // made once; of several, echo would make a chain for every request
	e.Pre(middleware.RemoveTrailingSlash())
	for _, ep := range s.endpoints {
		e.Add(ep.Method, echoPath(ep.Path), s.serve(ep))
		if ep.Method == http.MethodGet && ep.Media != streamMedia { // a HEAD of a stream would never end
			e.Add(http.MethodHead, echoPath(ep.Path), s.serve(ep))
		}
	}
	e.HEAD("/*", s.client)
	e.GET("/*", s.client)
}

// packed says which answers are not to be compressed on their way out: event streams, tiles and pictures, which are compressed already, and acknowledgements, which
// are short: a compressor made ready for each would cost more than all else that is done for a reading.
func packed(c echo.Context) bool {
	path := c.Request().URL.Path
	return path == "/twin/events" || strings.HasPrefix(path, "/ingest/") || ofTile(path) || packedExport(c.Request()) ||
		path == "/wmts" && strings.Contains(strings.ToLower(c.Request().URL.RawQuery), "request=gettile")
}

// ofTile says whether a path is that of a tile, of a picture, or of the description of some: what a map asks for by the hundred.
func ofTile(path string) bool {
	return strings.HasPrefix(path, "/tiles/") || strings.Contains(path, "/tiles/WebMercatorQuad/") || strings.HasPrefix(path, "/wmts/") && strings.HasSuffix(path, ".png")
}

// echoPath turns {name} into echo's :name.
func echoPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}

// serve wraps an endpoint's handler: who asks may do so, and the parameters are what the route says.
func (s *Server) serve(ep Endpoint) echo.HandlerFunc {
	return func(c echo.Context) error {
		p := principal(c)
		if err := s.permit(c, ep.Route, p); err != nil {
			return err
		}
		ask, err := parse(c, ep.Route, p)
		if err != nil {
			return err
		}
		return ep.Handle(c, ask)
	}
}

// protect sets the headers that keep a browser from doing more than it should with what basin serves.
func (s *Server) protect(next echo.HandlerFunc) echo.HandlerFunc {
	const policy = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; " +
		"connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("X-Content-Type-Options", "nosniff")
		if ofTile(c.Request().URL.Path) { // no browser shows one as a page
			h.Set("Vary", "Authorization, Cookie, Accept-Language, Accept-Encoding")
			return next(c)
		}
		h.Set("Content-Security-Policy", policy)
		h.Set("Referrer-Policy", "same-origin")
		h.Add("Vary", "Authorization, Cookie, Accept-Language")
		return next(c)
	}
}

// Limits of the HTTP server itself. Event streams lift the limit on writing for themselves.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 60 * time.Second
	writeTimeout      = 90 * time.Second
	idleTimeout       = 120 * time.Second
	maxHeader         = 64 << 10
	answerLimit       = 80 * time.Second // after which nobody waits for the database any more; within writeTimeout, so that the sender is told
	maxInHand         = 4000             // requests
	drainBytes        = 64 << 20         // of a body that is too large are taken and thrown away, so that its sender hears the answer
	drainTime         = 5 * time.Second
)

// bounded gives up a request after a while, and turns requests away while too many are in hand, so that they do not pile up before a database that stands
// still. Event streams have bounds of their own; whether the server is alive is always told.
func (s *Server) bounded(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.URL.Path == "/twin/events" || r.URL.Path == "/healthz" {
			return next(c)
		}
		defer s.hands.Add(-1)
		if s.hands.Add(1) > maxInHand {
			return fault.New(fault.Unavailable, "busy", "too many senders are waiting: try again in a moment")
		}
		if ofTile(r.URL.Path) { // making one is bounded by itself
			return next(c)
		}
		c.Set(keyWhole, r.Context())
		ctx, cancel := context.WithTimeout(r.Context(), answerLimit)
		defer cancel()
		c.SetRequest(r.WithContext(ctx))
		err := next(c)
		if f := fault.Of(err); f != nil && f.Code == "too-large" {
			_ = http.NewResponseController(c.Response()).SetReadDeadline(time.Now().Add(drainTime))
			_, _ = io.CopyN(io.Discard, r.Body, drainBytes) // who is still sending would not hear why
		}
		return err
	}
}

// HTTPServer is an http.Server with basin's limits.
func HTTPServer(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader}
}
