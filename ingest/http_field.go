package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/fault"
)

// Operation is one operation on field stations over HTTP.
type Operation struct {
	access.Route
	Handle func(c echo.Context, by access.Principal) error
}

// Audit writes a row of the audit trail.
type Audit func(ctx context.Context, by access.Principal, action, object, outcome string, detail map[string]any, request string) error

// FieldHTTP serves what people ask of field stations.
type FieldHTTP struct {
	desk     *Desk
	listener *Listener
	audit    Audit
	region   func(ctx context.Context) (Region, error)
}

// NewFieldHTTP makes the operations on field stations. Months and days are counted by the zone of the region.
func NewFieldHTTP(desk *Desk, listener *Listener, audit Audit, region func(ctx context.Context) (Region, error)) *FieldHTTP {
	return &FieldHTTP{desk, listener, audit, region}
}

// Answers of the operations.
type (
	// StationList lists field stations.
	StationList struct {
		Stations []Registered `json:"stations"`
	}
	// StationBody is what registers field stations.
	StationBody struct {
		Stations []Station `json:"stations"`
	}
	// PendingList lists addresses that are not registered.
	PendingList struct {
		Pending []Pending `json:"pending"`
	}
	// FrameList is a page of frames, the newest first.
	FrameList struct {
		Frames []Frame `json:"frames"`
	}
	// Done counts what was done.
	Done struct {
		Count int `json:"count"`
	}
)

// Operations lists the operations.
func (h *FieldHTTP) Operations() []Operation {
	query := func(name, typ, doc string) access.Param {
		return access.Param{Name: name, In: "query", Type: typ, Doc: doc}
	}
	path := func(name, doc string) access.Param {
		return access.Param{Name: name, In: "path", Type: "string", Doc: doc}
	}
	rtu := []access.Param{path("protocol", "name of the protocol"), path("address", "address of the field station")}
	station := query("station", "string", "code or id of a station or work")
	limit, before := query("limit", "integer", "at most so many, 100 unless said"), query("before", "integer", "only frames with a lower id")
	after := query("after", "integer", "only frames with a higher id")
	limit.Min, limit.Max, before.Max, after.Max = 1, 1000, 1<<53, 1<<53
	const tag = "ingest"
	return append(h.arrivalOperations(), []Operation{
		{access.Route{Method: http.MethodGet, Path: "/ingest/rtus", Tag: tag, Summary: "The field stations that are registered. A vendor sees its own",
			Roles: []access.Role{access.Operator, access.Vendor, access.System, access.Audit}, Params: []access.Param{station}, Response: StationList{},
			Example: "/ingest/rtus"}, h.list},
		{access.Route{Method: http.MethodPost, Path: "/ingest/rtus", Tag: tag, Summary: "Register field stations, or change them; all or none",
			Roles: []access.Role{access.System}, Request: StationBody{}, Response: Done{}}, h.register},
		{access.Route{Method: http.MethodDelete, Path: "/ingest/rtus/{protocol}/{address}", Tag: tag,
			Summary: "Refuse the frames of a field station from now on. Registering it again takes them again",
			Roles:   []access.Role{access.System}, Params: rtu}, h.disable},
		{access.Route{Method: http.MethodPost, Path: "/ingest/rtus/{protocol}/{address}/query", Tag: tag,
			Summary: "Ask a field station for its present readings, over the line that it has open; the answer arrives as a frame",
			Roles:   []access.Role{access.Operator, access.System}, Params: rtu, Request: Question{}, Response: Done{}}, h.query},
		{access.Route{Method: http.MethodGet, Path: "/ingest/pending", Tag: tag, Summary: "Addresses that send frames but are not registered",
			Roles: []access.Role{access.Operator, access.System}, Response: PendingList{}, Example: "/ingest/pending"}, h.pending},
		{access.Route{Method: http.MethodGet, Path: "/ingest/frames", Tag: tag,
			Summary:  "Frames that came, the newest first. A gateway sees those of its own stations, a vendor what its own field stations sent",
			Roles:    []access.Role{access.Operator, access.Gateway, access.Vendor, access.System, access.Audit},
			Params:   []access.Param{query("thing", "string", "id or code of a station or work"), query("address", "string", "address of the sender"), before, after, limit},
			Response: FrameList{}, Example: "/ingest/frames?limit=10"}, h.frames},
	}...)
}

func (h *FieldHTTP) list(c echo.Context, by access.Principal) error {
	ctx, station := c.Request().Context(), c.QueryParam("station")
	var found []Registered
	var err error
	if by.Role == access.Vendor {
		found, err = h.desk.ListOf(ctx, by.Vendor, station)
	} else {
		found, err = h.desk.List(ctx, station, by.Clearance())
	}
	if err != nil {
		return err
	}
	for i, r := range found {
		found[i].Line = h.listener.Line(r.Protocol, r.Address)
	}
	return c.JSON(http.StatusOK, StationList{found})
}

func (h *FieldHTTP) register(c echo.Context, by access.Principal) error {
	var body StationBody
	if err := readBody(c, &body); err != nil {
		return err
	}
	ctx := c.Request().Context()
	if err := h.desk.Put(ctx, body.Stations...); err != nil {
		return err
	}
	for _, s := range body.Stations {
		if err := h.audit(ctx, by, "rtu.register", s.Protocol+":"+s.Address, "done", map[string]any{"station": s.Station}, requestID(c)); err != nil {
			return err
		}
	}
	return c.JSON(http.StatusOK, Done{len(body.Stations)})
}

func (h *FieldHTTP) disable(c echo.Context, by access.Principal) error {
	protocol, address, err := rtuOf(c)
	if err != nil {
		return err
	}
	if err := h.desk.Disable(c.Request().Context(), protocol, address); err != nil {
		return err
	}
	if err := h.audit(c.Request().Context(), by, "rtu.disable", protocol+":"+address, "done", nil, requestID(c)); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (h *FieldHTTP) query(c echo.Context, by access.Principal) error {
	protocol, address, err := rtuOf(c)
	if err != nil {
		return err
	}
	var q Question
	if err := readBody(c, &q); err != nil {
		return err
	}
	if err := h.listener.Query(c.Request().Context(), protocol, address, q); err != nil {
		return err
	}
	if err := h.audit(c.Request().Context(), by, "rtu.query", protocol+":"+address, "done", nil, requestID(c)); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, Done{1})
}

func (h *FieldHTTP) pending(c echo.Context, _ access.Principal) error {
	found, err := h.desk.Pending(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, PendingList{found})
}

func (h *FieldHTTP) frames(c echo.Context, by access.Principal) error {
	of := FramesOf{Thing: c.QueryParam("thing"), Address: c.QueryParam("address"), Clearance: by.Clearance()}
	of.Before, _ = strconv.ParseInt(c.QueryParam("before"), 10, 64) // checked against the route already
	of.After, _ = strconv.ParseInt(c.QueryParam("after"), 10, 64)
	of.Limit, _ = strconv.Atoi(c.QueryParam("limit"))
	if by.Role == access.Gateway { // what it sent itself it may see
		of.Clearance, of.Stations = access.Restricted, append([]string{}, by.Stations...)
	}
	var found []Frame
	var err error
	if by.Role == access.Vendor {
		found, err = FramesOfVendor(c.Request().Context(), h.desk.db, by.Vendor, of)
	} else {
		found, err = Frames(c.Request().Context(), h.desk.db, of)
	}
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, FrameList{found})
}

// rtuOf are the protocol and the address in the path.
func rtuOf(c echo.Context) (protocol, address string, err error) {
	if protocol, err = url.PathUnescape(c.Param("protocol")); err == nil {
		address, err = url.PathUnescape(c.Param("address"))
	}
	if err != nil {
		return "", "", badField("address", c.Param("address"))
	}
	return protocol, address, nil
}

// requestID is the identifier that the answer carries.
func requestID(c echo.Context) string { return c.Response().Header().Get(echo.HeaderXRequestID) }

// maxStationBody is the greatest length of a body that registers field stations.
const maxStationBody = 4 << 20

// readBody reads a JSON body. Fields that v does not have are refused, and so is what a form on another site's page could send.
func readBody(c echo.Context, v any) error {
	given := c.Request().Header.Get(echo.HeaderContentType)
	if media, _, err := mime.ParseMediaType(given); given != "" && (err != nil || media != echo.MIMEApplicationJSON) {
		return fault.New(fault.Invalid, "unsupported-media-type", "the body must be of the type application/json, not {type}", "type", clip(given))
	}
	d := json.NewDecoder(http.MaxBytesReader(c.Response(), c.Request().Body, maxStationBody))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil {
		if _, extra := d.Token(); !errors.Is(extra, io.EOF) {
			err = errors.New("there is something after the end of the JSON value")
		}
	}
	var large *http.MaxBytesError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &large):
		return tooLarge()
	}
	return fault.New(fault.Invalid, "bad-json", "the body is not the JSON that is expected here: {why}", "why", clip(err.Error()))
}
