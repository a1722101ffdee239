package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"basin/fault"
)

// Problem is an error as a client sees it: RFC 9457. Type is stable; Params are the values in Detail, for programs that word it themselves.
type Problem struct {
	Type    string         `json:"type"`
	Title   string         `json:"title"`
	Status  int            `json:"status"`
	Detail  string         `json:"detail"`
	Params  map[string]any `json:"params,omitempty"`
	Request string         `json:"request,omitempty"`
}

// statuses maps the kinds of fault to HTTP.
var statuses = map[fault.Kind]int{
	fault.Internal: http.StatusInternalServerError, fault.Invalid: http.StatusBadRequest, fault.NotFound: http.StatusNotFound,
	fault.Conflict: http.StatusConflict, fault.Denied: http.StatusForbidden, fault.Unavailable: http.StatusServiceUnavailable,
}

// special maps the codes whose status is more particular than that of their kind.
var special = map[string]int{
	"bad-credential": http.StatusUnauthorized, "sign-in-needed": http.StatusUnauthorized, "too-large": http.StatusRequestEntityTooLarge,
	"unsupported-media-type": http.StatusUnsupportedMediaType, "method-not-allowed": http.StatusMethodNotAllowed, "read-and-create": http.StatusMethodNotAllowed, "not-created-here": http.StatusMethodNotAllowed,
	"layer-read-only": http.StatusMethodNotAllowed, "changed-since": http.StatusPreconditionFailed,
	"too-many-requests": http.StatusTooManyRequests,
}

// retryAfter is how long, in seconds, a client is asked to wait when something is unavailable.
const retryAfter = "5"

// problem answers a request with its error. What is not a fault of a kind is logged and shown without its details.
func (s *Server) problem(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	f := fault.Of(err)
	var he *echo.HTTPError
	if f == nil && errors.As(err, &he) {
		f = fromEcho(he, c)
	}
	if f == nil {
		f = fault.New(fault.Internal, "internal", "something went wrong here; the log has the details under request {request}", "request", requestID(c))
	}
	status := statuses[f.Kind]
	if code, ok := special[f.Code]; ok {
		status = code
	}
	if status >= http.StatusInternalServerError {
		s.Log.Error("request failed", "request", requestID(c), "path", c.Request().URL.Path, "error", err)
	}
	h := c.Response().Header()
	switch status {
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		h.Set("Retry-After", retryAfter)
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="basin"`)
	}
	p := Problem{Type: "urn:basin:problem:" + f.Code, Title: http.StatusText(status), Status: status, Detail: f.Fill(f.Text), Request: requestID(c)}
	if chinese(c) {
		if text, ok := zh[f.Code]; ok {
			p.Detail = inChinese(f).Fill(text)
		}
	}
	if len(f.Params) > 0 {
		p.Params = map[string]any{}
		for _, param := range f.Params {
			p.Params[param.Name] = param.Value
		}
	}
	body, _ := json.Marshal(p)
	if c.Request().Method == http.MethodHead {
		_ = c.NoContent(status)
		return
	}
	_ = c.Blob(status, "application/problem+json", body)
}

// fromEcho turns the framework's own errors into faults.
func fromEcho(he *echo.HTTPError, c echo.Context) *fault.Error {
	switch he.Code {
	case http.StatusNotFound:
		return fault.New(fault.NotFound, "no-such-path", "there is nothing at this path")
	case http.StatusMethodNotAllowed:
		if strings.HasPrefix(c.Request().URL.Path, staPath+"/") {
			return fault.New(fault.Invalid, "read-and-create", "SensorThings is read and created here: nothing is changed or deleted")
		}
		return fault.New(fault.Invalid, "method-not-allowed", "this path does not take that method")
	case http.StatusRequestEntityTooLarge:
		return errTooLarge()
	}
	return nil
}

// chinese says whether the client prefers Chinese. English is the default for programs; the browser client always says what it wants.
func chinese(c echo.Context) bool {
	accept := strings.ToLower(c.Request().Header.Get("Accept-Language"))
	zhAt, enAt := strings.Index(accept, "zh"), strings.Index(accept, "en")
	return zhAt >= 0 && (enAt < 0 || zhAt < enAt)
}
