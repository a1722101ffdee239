package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/cql2"
	"basin/fault"
	"basin/layer"
)

// FeaturePage is a page of features, as GeoJSON with what OGC API adds.
type FeaturePage struct {
	Type           string            `json:"type"` // FeatureCollection
	TimeStamp      time.Time         `json:"timeStamp"`
	NumberMatched  *int64            `json:"numberMatched,omitempty"` // on the first page, unless counting takes too long
	NumberReturned int               `json:"numberReturned"`
	Links          []Link            `json:"links"`
	Notes          []string          `json:"notes,omitempty"`  // what to know of how they were found
	Filter         string            `json:"filter,omitempty"` // how the filter was understood, in the text form of CQL2; absent where there is none, or where it cannot be written so
	Features       []json.RawMessage `json:"features"`         // last
}

// FeatureItem is a feature, as GeoJSON with links.
type FeatureItem struct {
	Type       string          `json:"type"` // Feature
	ID         int64           `json:"id"`
	Geometry   json.RawMessage `json:"geometry"`
	Properties json.RawMessage `json:"properties"`
	Links      []Link          `json:"links"`
}

// itemsParams are the parameters of a page of features.
func (s *Server) itemsParams() []access.Param {
	return append([]access.Param{paramCollection(), paramCRS()}, append(askParams(),
		access.Param{Name: "sortby", In: "query", Type: "list",
			Doc: "properties by which features come in order, a minus before those that fall; the sortables of the layer list them. What is null comes last; text counts as far as its first hundred characters; gid ends every order"},
		access.Param{Name: "properties", In: "query", Type: "list", Doc: "the properties that are given of each feature; all when absent"},
		access.Param{Name: "skipGeometry", In: "query", Type: "boolean", Doc: "whether geometries are left out"},
		access.Param{Name: "limit", In: "query", Type: "integer", Min: 1, Max: 1 << 31, Doc: "how many at most; in pages 100 when absent, and more than 10000 is taken for 10000; in files all when absent"},
		access.Param{Name: "after", In: "query", Type: "string", Doc: "where the list goes on, as the link to the next page has it"},
		paramItemsFormat(), paramBOM(),
		access.Param{Name: "nearest", In: "query", Type: "place",
			Doc: "a longitude and a latitude: the features nearest to that place, each with distance_m, metres along the surface of the Earth; nearest first, on one page, without after and sortby"},
		access.Param{Name: "k", In: "query", Type: "integer", Min: 1, Max: layer.MaxNearest, Doc: "how many nearest features; 10 when absent"},
		access.Param{Name: "*", In: "query", Type: "string", Doc: "a property and the value that it must have; the queryables of the layer list them"})...)
}

// askParams are the parameters that say which features of a layer are meant.
func askParams() []access.Param {
	return []access.Param{
		{Name: "bbox", In: "query", Type: "box", Doc: "four numbers: the least coordinates, then the greatest; west may be greater than east"},
		{Name: "bbox-crs", In: "query", Type: "string", Doc: "address of the reference system of the box; CRS84 when absent"},
		{Name: "datetime", In: "query", Type: "interval",
			Doc: "a time or day, or two joined by a slash of which one may be two dots; features without time are always there"},
		{Name: "filter", In: "query", Type: "filter", Doc: filterDoc()},
		{Name: "filter-lang", In: "query", Type: "string", Enum: []string{langText, langJSON}, Doc: "form of the filter; cql2-text when absent"},
		{Name: "filter-crs", In: "query", Type: "string", Doc: "address of the reference system of geometries in the filter; CRS84 when absent"},
	}
}

// filterDoc documents filters, with the functions that they may call.
func filterDoc() string {
	parts := []string{"a condition in CQL2, the query language of OGC, at most 64 KiB, for instance name_en LIKE '%River'. Functions besides those of the standard:"}
	for _, f := range layer.Functions() {
		parts = append(parts, f.Usage()+": "+f.Doc+" For instance, of "+f.Example.Layer+", "+f.Example.Filter+".")
	}
	return strings.Join(parts, " ")
}

func paramCRS() access.Param {
	return access.Param{Name: "crs", In: "query", Type: "string", Doc: "address of the reference system of the answer, one that the collection lists; CRS84 when absent"}
}

// filterable says whether features can be asked for by a column: its name must not be that of another parameter.
func (s *Server) filterable(c layer.Column) bool {
	taken := func(p access.Param) bool { return p.In == "query" && p.Name == c.Name }
	return c.Queryable() && !slices.ContainsFunc(s.itemsParams(), taken)
}

// filters are the parameters that name properties of the layer.
func (s *Server) filters(l layer.Layer, a Ask) (map[string]string, error) {
	out := map[string]string{}
	for name, given := range a.Extra {
		column, ok := l.Column(name)
		switch {
		case !ok || !s.filterable(column):
			return nil, fault.New(fault.Invalid, "unknown-parameter", "there is no parameter {parameter} here", "parameter", short(name))
		case len(given) != 1:
			return nil, badParam(name, "is given more than once")
		case len(given[0]) > maxParam:
			return nil, badParam(name, "is too long")
		case strings.ContainsRune(given[0], 0):
			return nil, badParam(name, "contains a zero byte")
		}
		out[name] = given[0]
	}
	return out, nil
}

func (s *Server) ogcItems(c echo.Context, a Ask) error {
	l, q, err := s.askedItems(c, a)
	if err != nil {
		return err
	}
	if f, ok := exported(c.Request(), a.Text("f")); ok {
		return s.export(c, a, l, q, f)
	}
	ctx, clearance := c.Request().Context(), a.Who.Clearance()
	c.Response().Header().Add("Vary", "Accept")
	found, err := s.Layers.Items(ctx, q, clearance)
	if err != nil {
		return err
	}
	n := int64(len(found.Features))
	page := FeaturePage{Type: "FeatureCollection", TimeStamp: time.Now().UTC(), NumberReturned: len(found.Features), Notes: found.Notes, Links: []Link{
		self(c, mediaGeoJSON), {Href: collectionURL(c, l.ID), Rel: "collection", Type: echo.MIMEApplicationJSON}}}
	switch {
	case q.Nearest != nil: // the nearest of how many is not counted
	case q.After == "" && found.Next == "":
		page.NumberMatched = &n
	case q.After == "":
		if page.NumberMatched, err = s.Layers.Count(ctx, q, clearance); err != nil {
			return err
		}
	}
	if found.Next != "" {
		query := c.QueryParams()
		query.Set("after", found.Next)
		next := Link{Href: origin(c) + c.Request().URL.Path + "?" + query.Encode(), Rel: "next", Type: mediaGeoJSON}
		if a.posted {
			next.Method = http.MethodPost
		}
		page.Links = append(page.Links, next)
	}
	if q.Filter != nil && !a.posted { // what comes in a body may be long
		if text, err := cql2.String(q.Filter.Expr); err == nil {
			page.Filter = text
		}
	}
	sayCRS(c, q.CRS)
	return sendPage(c, page, found.Features)
}

// sendPage sends a page with features as the database made them: to marshal them would mean to look at each of their bytes again.
func sendPage(c echo.Context, page FeaturePage, features []json.RawMessage) error {
	head, err := json.Marshal(page)
	if err != nil {
		return err
	}
	size := len(head)
	for _, f := range features {
		size += len(f) + 1
	}
	body := append(make([]byte, 0, size), bytes.TrimSuffix(head, []byte("null}"))...) // features are the last member
	body = append(body, '[')
	for i, f := range features {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, f...)
	}
	return c.Blob(http.StatusOK, mediaGeoJSON, append(body, "]}"...))
}

func (s *Server) ogcItem(c echo.Context, a Ask) error {
	id, fid := a.Text("id"), a.Text("fid")
	if _, err := s.Layers.Get(c.Request().Context(), id, a.Who.Clearance()); err != nil {
		return err
	}
	gid, err := strconv.ParseInt(fid, 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, "unknown-feature", "there is no feature {feature} in layer {layer}", "feature", short(fid), "layer", id)
	}
	if known, err := s.tagged(c, id, gid, a.Who.Clearance()); err != nil || known {
		if known {
			return c.NoContent(http.StatusNotModified)
		}
		return err
	}
	crs, err := layer.FindCRS(a.Text("crs"))
	if err != nil {
		return err
	}
	raw, err := s.Layers.Item(c.Request().Context(), id, gid, crs, a.Who.Clearance())
	if err != nil {
		return err
	}
	sayCRS(c, crs)
	return sendItem(c, http.StatusOK, raw, self(c, mediaGeoJSON), Link{Href: collectionURL(c, id), Rel: "collection", Type: echo.MIMEApplicationJSON})
}

// sendItem sends a feature as the database made it, with links.
func sendItem(c echo.Context, status int, feature json.RawMessage, links ...Link) error {
	text, err := json.Marshal(links)
	if err != nil {
		return err
	}
	body := append(bytes.TrimSuffix(feature, []byte("}")), `,"links":`...)
	return c.Blob(status, mediaGeoJSON, append(append(body, text...), '}'))
}

// sendJSON answers with JSON of another media type than the plain one.
func sendJSON(c echo.Context, media string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, media, body)
}

// interval reads a time, a day, or two of them joined by a slash; a side that is empty or two dots is open. Days are those of UTC.
func interval(given string) (*layer.Interval, error) {
	if given == "" {
		return nil, nil //nolint:nilnil // no interval limits nothing
	}
	from, to, two := strings.Cut(given, "/")
	if !two {
		to = from
	}
	open := func(s string) bool { return two && (s == "" || s == "..") }
	var out layer.Interval
	if !open(from) {
		start, _, ok := moment(from)
		if !ok {
			return nil, badInterval()
		}
		out.From = &start
	}
	if !open(to) {
		_, end, ok := moment(to)
		if !ok {
			return nil, badInterval()
		}
		out.To = &end
	}
	if out.From != nil && out.To != nil && out.From.After(*out.To) {
		return nil, badParam("datetime", "ends before it begins")
	}
	return &out, nil
}

func badInterval() error {
	return badParam("datetime", "is not a time or an interval as in RFC 3339, for instance 2026-07-18T08:00:00Z or 2026-07-01/..")
}

// moment reads a time, which begins and ends at once, or a day.
func moment(s string) (start, end time.Time, ok bool) {
	s = strings.Replace(s, " ", "+", 1) // an unescaped + arrives as a space
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, t, true
	}
	t, err := time.Parse(time.DateOnly, s)
	return t, t.Add(24*time.Hour - time.Microsecond), err == nil
}
