package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/cql2"
	"basin/fault"
)

// Search is a question in a body, for filters that are too long for an address, such as those with a drawn polygon. Its members are the parameters of the same question by GET,
// by their names; those that are not listed here may be given too. A parameter in the address goes before the body's.
type Search struct {
	Filter     json.RawMessage `json:"filter,omitempty"`     // an object is CQL2 in JSON, a text CQL2 as text
	FilterCRS  string          `json:"filter-crs,omitempty"` // of the filter's geometries
	BBox       []float64       `json:"bbox,omitempty"`
	DateTime   string          `json:"datetime,omitempty"`
	Limit      int             `json:"limit,omitempty"`
	SortBy     []string        `json:"sortby,omitempty"`
	Properties []string        `json:"properties,omitempty"`
	GroupBy    string          `json:"group_by,omitempty"` // of statistics
	Property   string          `json:"property,omitempty"` // of statistics
	Within     json.RawMessage `json:"within,omitempty"`   // of statistics: a polygon or several, as GeoJSON: what meets it is counted, and measured as far as it lies within
}

// Limits of questions in a body.
const (
	maxSearchBody = 2 << 20
	largeSearch   = 64 << 10 // bytes; beyond, few are in hand at a time
	maxSearches   = 8
)

// searchLimits bound a filter in a body.
func searchLimits() cql2.Limits {
	limits := cql2.Default()
	limits.Bytes = maxSearchBody
	return limits
}

// searchEndpoints take questions in bodies.
func (s *Server) searchEndpoints() []Endpoint {
	post := func(path, summary, at, body string, response any, media string, handle func(echo.Context, Ask) error, params []access.Param) Endpoint {
		r := access.Route{Method: http.MethodPost, Path: path, Tag: "layer", Summary: summary, Roles: access.Everyone(), Params: params, Request: Search{}, Response: response,
			Media: media, Example: at, Body: body}
		return Endpoint{r, func(c echo.Context, a Ask) error { return s.search(c, r, a, handle) }}
	}
	const polygon = `{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Polygon","coordinates":[[[120.6,31.9],[121,31.9],[121,32.2],[120.6,32.2],[120.6,31.9]]]}]}`
	return []Endpoint{
		post("/ogc/collections/{id}/search", "Features of a layer, asked for in a body: filters of up to 2 MiB and 100,000 vertices", "/ogc/collections/station/search",
			`{"filter":`+polygon+`,"sortby":["-code"],"limit":2}`, FeaturePage{}, mediaGeoJSON, s.ogcItems, s.itemsParams()),
		post("/ogc/collections/{id}/stats", "Features of a layer counted and measured, asked for in a body: filters of up to 2 MiB and 100,000 vertices, or those within a drawn area", "/ogc/collections/river/stats",
			`{"filter":`+polygon+`,"property":"attested_length_km"}`, Stats{}, "", s.ogcStats, statsParams()),
	}
}

// search answers a question whose parameters stand in the body.
func (s *Server) search(c echo.Context, r access.Route, a Ask, handle func(echo.Context, Ask) error) error {
	if n := c.Request().ContentLength; n < 0 || n > largeSearch {
		select {
		case s.searches <- struct{}{}:
			defer func() { <-s.searches }()
		case <-c.Request().Context().Done():
			return fault.New(fault.Unavailable, "busy", "too many senders are waiting: try again in a moment")
		}
	}
	query, within, err := searchParams(c)
	if err != nil {
		return err
	}
	maps.Copy(query, c.QueryParams())
	if a, err = parseQuery(c, query, r, a.Who); err != nil {
		return err
	}
	a.posted, a.within = true, within
	return handle(c, a)
}

// searchParams reads the parameters in a body, and the area within which is counted.
func searchParams(c echo.Context) (query url.Values, within []byte, err error) {
	if err := acceptJSON(c); err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxSearchBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, nil, errTooLarge()
	}
	if err != nil {
		return nil, nil, fault.New(fault.Invalid, "broken-body", "the body cannot be read: {why}", "why", err.Error())
	}
	var members map[string]json.RawMessage
	if err := decodeWhole(json.NewDecoder(bytes.NewReader(body)), &members); err != nil {
		return nil, nil, err
	}
	query = url.Values{}
	within = members["within"]
	delete(members, "within")
	for name, raw := range members {
		text, ok := paramText(raw)
		if name == "filter" && raw[0] == '{' {
			text, ok = string(raw), true
			if members["filter-lang"] == nil {
				query.Set("filter-lang", langJSON)
			}
		}
		if !ok {
			return nil, nil, badParam(name, "must be a text, a number, true, false or a list of such")
		}
		query.Set(name, text)
	}
	return query, within, nil
}

// paramText is a value of JSON as a parameter says it; lists are joined by commas.
func paramText(raw json.RawMessage) (string, bool) {
	switch raw[0] {
	case '"':
		var text string
		err := json.Unmarshal(raw, &text)
		return text, err == nil
	case '[':
		var items []json.RawMessage
		if json.Unmarshal(raw, &items) != nil {
			return "", false
		}
		texts := make([]string, len(items))
		for i, item := range items {
			text, ok := paramText(item)
			if !ok || item[0] == '[' || strings.Contains(text, ",") {
				return "", false
			}
			texts[i] = text
		}
		return strings.Join(texts, ","), true
	case '{', 'n':
		return "", false
	}
	return string(raw), true
}
