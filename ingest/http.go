// Package ingest takes readings in: one file per protocol, which decodes and authenticates. What becomes of a reading is package twin's business.
package ingest

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/fault"
	"basin/twin"
)

// HTTP takes readings over HTTP. An answer of 200 means that everything it counts is committed.
type HTTP struct {
	writer *twin.Writer
}

// NewHTTP makes the HTTP way in.
func NewHTTP(w *twin.Writer) *HTTP { return &HTTP{writer: w} }

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
	body, err := plain(http.MaxBytesReader(c.Response(), r.Body, maxBody), r.Header.Get("Content-Encoding"))
	if err != nil {
		return err
	}
	defer body.Close()
	d, err := decode(body, r.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	result, err := h.writer.Append(r.Context(), by, d.readings)
	if err != nil {
		return err
	}
	d.complete(&result)
	return c.JSON(http.StatusOK, result)
}

// tooLarge is the answer to a body over its limit.
func tooLarge() error { return fault.New(fault.Invalid, "too-large", "the body is too large") }
