// Package ingest takes readings in: one file per protocol, which decodes and authenticates. What becomes of a reading is package twin's business.
package ingest

import (
	"bufio"
	"context"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/fault"
	"basin/twin"
)

// HTTP takes readings over HTTP. An answer of 200 means that everything it counts is committed.
type HTTP struct {
	writer *twin.Writer
	large  chan struct{} // holds one for each large body in memory
}

// NewHTTP makes the HTTP way in.
func NewHTTP(w *twin.Writer) *HTTP { return &HTTP{w, make(chan struct{}, maxLarge)} }

// Body is what a gateway sends.
type Body struct {
	Readings []Reading `json:"readings"`
}

// Reading is one observed value as a gateway sends it.
type Reading struct {
	Datastream string  `json:"datastream"`
	Time       string  `json:"time"`             // RFC 3339, with its zone
	Value      float64 `json:"value"`            // in the unit of the datastream; kept as the decimal number that was sent
	Issued     string  `json:"issued,omitempty"` // when the source stated it; orders corrections
}

// Route says who may post readings, and what they look like.
func (h *HTTP) Route() access.Route {
	return access.Route{Method: http.MethodPost, Path: "/ingest/readings", Tag: "ingest",
		Summary: "Store readings; 200 means committed. Faults of single readings are listed as rejected. JSON or NDJSON, gzip or zstd",
		Roles:   []access.Role{access.Gateway, access.Operator, access.System}, Request: Body{}, Response: twin.Result{}}
}

// Handle stores the readings of a request on behalf of a principal.
func (h *HTTP) Handle(c echo.Context, by access.Principal) error {
	r := c.Request()
	encoding := r.Header.Get("Content-Encoding")
	sent := bufio.NewReader(http.MaxBytesReader(c.Response(), r.Body, maxBody))
	wide := wideWindow(sent, encoding)
	window := uint64(smallBody)
	if wide {
		window = maxWindow
	}
	body, err := plain(io.NopCloser(sent), encoding, window)
	if err != nil {
		return err
	}
	defer body.Close()
	g := &gate{Reader: body, ctx: r.Context(), large: h.large, wide: wide}
	defer g.leave() // only here: the readings of a large body are large as well
	d, err := decode(g, r.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), takeTime)
	defer cancel()
	result, err := h.writer.Append(ctx, by, d.readings)
	if err != nil {
		return err
	}
	d.complete(&result)
	return c.JSON(http.StatusOK, result)
}

// tooLarge is the answer to a body over its limit.
func tooLarge() error { return fault.New(fault.Invalid, "too-large", "the body is too large") }
