package ingest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"basin/access"
)

// arrivalOperations tell how readings arrived.
func (h *FieldHTTP) arrivalOperations() []Operation {
	query := func(name, typ, doc string, enum ...string) access.Param {
		return access.Param{Name: name, In: "query", Type: typ, Doc: doc, Enum: enum}
	}
	month := query("month", "string", "for instance 2026-11; the present one unless said")
	station := query("station", "string", "code or id of a station or work")
	by := query("by", "string", "what to tell it by; station unless said", ByStation, ByVendor, ByChannel)
	roles := append(access.People(), access.Vendor)
	return []Operation{
		{access.Route{Method: http.MethodGet, Path: "/ingest/arrival", Tag: "ingest",
			Summary: "How the readings of field stations arrived in a month. A vendor sees those of its own stations", Roles: roles,
			Params: []access.Param{month, by, station, query("format", "string", "json unless said", "json", "csv"),
				query("bom", "boolean", "begin CSV with a byte order mark, for Excel")},
			Response: ArrivalList{}, Example: "/ingest/arrival?month=2026-11"}, h.arrival},
		{access.Route{Method: http.MethodGet, Path: "/ingest/arrival.html", Tag: "ingest", Summary: "The same as a page to be printed", Roles: roles,
			Params: []access.Param{month, by, station, query("lang", "string", "language; by Accept-Language unless said", "zh", "en")},
			Media:  echo.MIMETextHTML, Example: "/ingest/arrival.html?month=2026-11&by=vendor"}, h.arrivalPage},
	}
}

// arrivals are what a request asks for, as far as whoever asks may know, and the region.
func (h *FieldHTTP) arrivals(c echo.Context, by access.Principal) (ArrivalList, Region, error) {
	ctx := c.Request().Context()
	region, err := h.region(ctx)
	if err != nil {
		return ArrivalList{}, region, err
	}
	from, to, err := Month(c.QueryParam("month"), region.Zone)
	if err != nil {
		return ArrivalList{}, region, err
	}
	of := ArrivalsOf{From: from, To: to, By: c.QueryParam("by"), Thing: c.QueryParam("station"), Clearance: by.Clearance()}
	if by.Role == access.Vendor { // what it observes itself it may know
		of.Clearance, of.Vendor = access.Restricted, &by.Vendor
	}
	list, err := Arrivals(ctx, h.desk.db, of)
	return list, region, err
}

func (h *FieldHTTP) arrival(c echo.Context, by access.Principal) error {
	list, _, err := h.arrivals(c, by)
	if err != nil {
		return err
	}
	if c.QueryParam("format") != "csv" {
		return c.JSON(http.StatusOK, list)
	}
	bom, _ := strconv.ParseBool(c.QueryParam("bom")) // checked against the route already
	head := c.Response().Header()
	head.Set(echo.HeaderContentType, "text/csv; charset=utf-8; header=present")
	head.Set(echo.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="arrival-%s-%s.csv"`, list.Month, list.By))
	return WriteArrivalCSV(c.Response(), list, bom)
}

func (h *FieldHTTP) arrivalPage(c echo.Context, by access.Principal) error {
	list, region, err := h.arrivals(c, by)
	if err != nil {
		return err
	}
	lang := c.QueryParam("lang")
	if lang == "" {
		lang = preferred(c.Request().Header.Get("Accept-Language"), region.Language)
	}
	head := c.Response().Header()
	head.Set(echo.HeaderContentType, "text/html; charset=utf-8")
	head.Set(echo.HeaderCacheControl, "private, no-store")
	return WriteArrivalPage(c.Response(), list, region, lang, by.Vendor)
}

// preferred is the language, zh or en, that is named first; what is given instead where neither is.
func preferred(accept, instead string) string {
	accept = strings.ToLower(accept)
	zh, en := strings.Index(accept, "zh"), strings.Index(accept, "en")
	switch {
	case zh >= 0 && (en < 0 || zh < en):
		return "zh"
	case en >= 0:
		return "en"
	case instead == "en":
		return "en"
	}
	return "zh"
}
