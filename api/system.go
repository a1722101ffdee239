package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"basin/access"
	"basin/fault"
)

// Health says that the server is alive or ready.
type Health struct {
	Status  string `json:"status"` // ok
	Version string `json:"version"`
}

// systemEndpoints serve whoever runs the server.
func (s *Server) systemEndpoints() []Endpoint {
	s.measure()
	metrics := echo.WrapHandler(promhttp.HandlerFor(s.Metrics, promhttp.HandlerOpts{DisableCompression: true})) // the server compresses it
	return []Endpoint{
		{access.Route{Method: http.MethodGet, Path: "/healthz", Tag: "system", Summary: "Whether the server is alive", Roles: access.Everyone(),
			Response: Health{}, Example: "/healthz"}, s.healthz},
		{access.Route{Method: http.MethodGet, Path: "/readyz", Tag: "system", Summary: "Whether the database is reachable and migrated and the layers are loaded",
			Roles: access.Everyone(), Response: Health{}, Example: "/readyz"}, s.readyz},
		{access.Route{Method: http.MethodGet, Path: "/metrics", Tag: "system", Summary: "Measurements for Prometheus", Roles: []access.Role{access.System, access.Operator},
			Media: "text/plain", Example: "/metrics"}, func(c echo.Context, _ Ask) error { return metrics(c) }},
		{access.Route{Method: http.MethodGet, Path: "/openapi.json", Tag: "system", Summary: "This description, OpenAPI 3.1", Roles: access.Everyone(),
			Media: "application/vnd.oai.openapi+json;version=3.1", Example: "/openapi.json"}, s.openapi},
		{access.Route{Method: http.MethodGet, Path: "/docs", Tag: "system", Summary: "This description, to read", Roles: access.Everyone(), Media: "text/html",
			Example: "/docs"}, s.docs},
	}
}

func (s *Server) healthz(c echo.Context, _ Ask) error {
	return c.JSON(http.StatusOK, Health{Status: "ok", Version: s.Version})
}

func (s *Server) readyz(c echo.Context, _ Ask) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), 3*time.Second)
	defer cancel()
	if err := s.Ready(ctx); err != nil {
		if fault.KindOf(err) == fault.Unavailable {
			return err
		}
		return fault.New(fault.Unavailable, "not-ready", "not ready").Because(err)
	}
	return c.JSON(http.StatusOK, Health{Status: "ok", Version: s.Version})
}

// measures are what the server tells of itself.
type measures struct {
	requests *prometheus.HistogramVec
}

// measure registers the measurements.
func (s *Server) measure() {
	s.measures = measures{requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "basin_http_request_seconds",
		Help: "Time to answer, by method, route and status.", Buckets: prometheus.ExponentialBuckets(0.001, 3, 9)}, []string{"method", "route", "status"})}
	s.Metrics.MustRegister(s.measures.requests)
}

// observe counts an answered request under its route, never its path, of which there is no end.
func (s *Server) observe(c echo.Context, status int, took time.Duration) {
	s.measures.requests.WithLabelValues(c.Request().Method, c.Path(), strconv.Itoa(status)).Observe(took.Seconds())
}
