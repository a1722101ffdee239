package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/fault"
	"basin/sensorthings"
)

// staPath is where SensorThings is served.
const staPath = "/sensorthings/v1.1"

// staConformance are the classes of SensorThings 1.1 that hold. The class create-update-delete is not among them: nothing is changed or deleted here.
var staConformance = []string{
	"http://www.opengis.net/spec/iot_sensing/1.1/req/datamodel",
	"http://www.opengis.net/spec/iot_sensing/1.1/req/resource-path/resource-path-to-entities",
	"http://www.opengis.net/spec/iot_sensing/1.1/req/request-data",
	"http://www.opengis.net/spec/iot_sensing/1.1/req/data-array/data-array",
}

// StaRoot is the root document of SensorThings.
type StaRoot struct {
	Value    []StaSet    `json:"value"`
	Settings StaSettings `json:"serverSettings"`
}

// StaSet is where a set of entities is.
type StaSet struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// StaSettings say what the service can do.
type StaSettings struct {
	Conformance []string `json:"conformance"`
}

// staEndpoints serve OGC SensorThings API 1.1, reading and creating.
func (s *Server) staEndpoints() []Endpoint {
	model := newSTA()
	open := access.Param{Name: "*", In: "query", Type: "string",
		Doc: "options of SensorThings: $filter, $orderby, $top, $skip, $skiptoken, $count, $select, $expand, $resultFormat"}
	get := func(path, summary, example string, response any, media string) Endpoint {
		return Endpoint{access.Route{Method: http.MethodGet, Path: path, Tag: "sensorthings", Summary: summary, Roles: access.Everyone(),
			Params: []access.Param{open}, Response: response, Media: media, Example: example}, func(c echo.Context, a Ask) error { return s.staGet(c, a, model) }}
	}
	writers := []access.Role{access.Gateway, access.Operator, access.System}
	post := Endpoint{access.Route{Method: http.MethodPost, Path: staPath + "/*", Tag: "sensorthings", Roles: writers,
		Summary:  "Create observations; 201 means committed. The system role also creates stations as Things with Locations and Datastreams",
		Response: nil, Media: echo.MIMEApplicationJSON}, func(c echo.Context, a Ask) error { return s.staPost(c, a, model) }}
	return []Endpoint{
		get(staPath, "OGC SensorThings API 1.1: its sets of entities and what it can do", staPath, StaRoot{}, ""),
		get(staPath+"/*", "Entities of SensorThings: Things, Locations, Datastreams, Observations, …", staPath+"/Things?$top=2&$expand=Datastreams", nil,
			echo.MIMEApplicationJSON),
		post,
	}
}

func (s *Server) staGet(c echo.Context, a Ask, model *sta) error {
	base := origin(c) + staPath
	segments, err := sensorthings.ParsePath(strings.TrimPrefix(c.Request().URL.EscapedPath(), staPath))
	if err != nil {
		return err
	}
	q, err := sensorthings.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return err
	}
	if len(segments) == 0 {
		out := StaRoot{Settings: StaSettings{Conformance: staConformance}}
		for _, e := range model.list {
			out.Value = append(out.Value, StaSet{e.set, base + "/" + e.set})
		}
		return c.JSON(http.StatusOK, out)
	}
	var answer staAnswer
	err = s.reading(c.Request().Context(), func(db staDB) (err error) {
		r := &staReader{db: db, model: model, who: a.Who.Clearance(), left: staMaxRows}
		answer, err = r.answer(c.Request().Context(), segments, q, base, nextLink(origin(c), c.Request().URL))
		return err
	})
	switch {
	case err != nil:
		return err
	case answer.body == nil:
		return c.NoContent(http.StatusNoContent)
	}
	return c.Blob(http.StatusOK, answer.media, answer.body)
}

// staAnswer is the answer to a request; without a body where there is no value.
type staAnswer struct {
	media string
	body  []byte
}

// errNoPath is the answer to a path that leads nowhere.
func errNoPath() error {
	return fault.New(fault.NotFound, "no-such-path", "there is nothing at this path")
}

// answer walks a path and answers what it ends with.
func (r *staReader) answer(ctx context.Context, path []sensorthings.Segment, q sensorthings.Query, base string, next func(page string) string) (staAnswer, error) {
	var (
		e    *staEntity
		row  *staRow // the entity that the path has come to; nil at its start and after a set
		link *staLink
		set  bool
	)
	for i, segment := range path {
		last := path[i+1:]
		if set { // a set that is not at the end of the path
			if segment.Name == "$ref" && segment.ID == nil && len(last) == 0 {
				return r.set(ctx, e, link, row, q, base, next, true)
			}
			return staAnswer{}, errNoPath()
		}
		if row != nil {
			if _, ok := e.link(segment.Name); !ok {
				return r.property(ctx, e, row, path[i:], base)
			}
		}
		to, by, err := r.step(e, row, segment)
		if err != nil {
			return staAnswer{}, err
		}
		many := by == nil || by.many
		if segment.ID != nil && !many {
			return staAnswer{}, errNoPath()
		}
		if segment.ID == nil && many {
			e, link, set = to, by, true
			continue
		}
		if len(last) == 0 {
			return r.single(ctx, to, by, row, segment.ID, q, base)
		}
		l := &staLevel{e: to, q: sensorthings.Query{Top: -1}, link: by, id: segment.ID}
		if row, err = r.one(ctx, l, row, segment); err != nil {
			return staAnswer{}, err
		}
		e = to
	}
	return r.set(ctx, e, link, row, q, base, next, false)
}

// step finds what a segment leads to: a set of the root, or what an entity is linked with.
func (r *staReader) step(e *staEntity, row *staRow, segment sensorthings.Segment) (*staEntity, *staLink, error) {
	if row == nil {
		if to := r.model.of[segment.Name]; to != nil && to.set == segment.Name {
			return to, nil, nil
		}
		return nil, nil, errNoPath()
	}
	link, ok := e.link(segment.Name)
	if !ok {
		return nil, nil, errNoPath()
	}
	return r.model.of[link.to], &link, nil
}

// from is the key at which a link starts.
func from(link *staLink, row *staRow) []int64 {
	if link == nil {
		return nil
	}
	return []int64{row.key(link.key)}
}

// one reads the only entity of a level.
func (r *staReader) one(ctx context.Context, l *staLevel, row *staRow, segment sensorthings.Segment) (*staRow, error) {
	keys := from(l.link, row)
	if err := r.load(ctx, l, keys); err != nil {
		return nil, err
	}
	for _, rows := range l.rows {
		for _, found := range rows {
			return found, nil
		}
	}
	if segment.ID == nil {
		return nil, fault.New(fault.NotFound, "not-found", "there is no such thing")
	}
	return nil, unknownEntity(l.e, *segment.ID)
}

// single answers one entity.
func (r *staReader) single(ctx context.Context, e *staEntity, link *staLink, row *staRow, id *sensorthings.ID, q sensorthings.Query,
	base string,
) (staAnswer, error) {
	if q.Filter != nil || q.Orders != nil || q.Top >= 0 || q.Skip > 0 || q.Token != nil || q.Count || q.DataArray {
		return staAnswer{}, fault.New(fault.Invalid, "not-a-set", "an entity takes only $select and $expand; the other options are for sets")
	}
	l, err := r.level(e, q)
	if err != nil {
		return staAnswer{}, err
	}
	l.link, l.id = link, id
	found, err := r.one(ctx, l, row, sensorthings.Segment{ID: id})
	if err != nil {
		return staAnswer{}, err
	}
	w := &staWriter{base: base}
	err = w.entity(l, found)
	return staAnswer{echo.MIMEApplicationJSON, w.out}, err
}

// set answers a set of entities.
func (r *staReader) set(ctx context.Context, e *staEntity, link *staLink, row *staRow, q sensorthings.Query, base string, next func(page string) string,
	refs bool,
) (staAnswer, error) {
	if q.DataArray && (e.typ != "Observation" || refs || len(q.Expand) > 0) {
		return staAnswer{}, fault.New(fault.Invalid, "bad-query", "{option} is wrong at position {at}: {why}", "option", "$resultFormat", "at", 1,
			"why", "only observations are answered as arrays, and without $expand")
	}
	l, err := r.level(e, q)
	if err != nil {
		return staAnswer{}, err
	}
	l.link = link
	keys := from(link, row)
	if err := r.load(ctx, l, keys); err != nil {
		return staAnswer{}, err
	}
	var key int64
	if len(keys) > 0 {
		key = keys[0]
	}
	w := &staWriter{base: base}
	err = w.set(l, key, next(l.nextPage(key)), refs, q.DataArray)
	return staAnswer{echo.MIMEApplicationJSON, w.out}, err
}

// property answers a property of an entity, or with $value what it holds and nothing around it.
func (r *staReader) property(ctx context.Context, e *staEntity, row *staRow, path []sensorthings.Segment, base string) (staAnswer, error) {
	p, ok := e.property(path[0].Name)
	if path[0].Name == "$ref" && len(path) == 1 {
		w := &staWriter{base: base}
		_ = w.object(func(member func(string)) error {
			member("@iot.selfLink")
			w.text(w.address(e, row))
			return nil
		})
		return staAnswer{echo.MIMEApplicationJSON, w.out}, nil
	}
	if !ok {
		return staAnswer{}, errNoPath()
	}
	l := &staLevel{e: e, q: sensorthings.Query{Top: -1}, columns: []staProperty{p}}
	l.id = &sensorthings.ID{Number: row.key(e.own)}
	_ = json.Unmarshal(row.id, &l.id.Text) // an observation's; others' are numbers
	found, err := r.one(ctx, l, nil, path[0])
	if err != nil {
		return staAnswer{}, err
	}
	value, name := found.values[0], p.name
	if path[0].Name == "@iot.id" {
		name = "@iot.id"
	}
	for i, segment := range path {
		switch {
		case segment.ID != nil:
			return staAnswer{}, errNoPath()
		case i == 0:
		case segment.Name == "$value" && i == len(path)-1:
			return rawValue(value), nil
		default:
			var inside map[string]json.RawMessage
			if json.Unmarshal(value, &inside) != nil || inside[segment.Name] == nil {
				return staAnswer{}, errNoPath()
			}
			name, value = segment.Name, inside[segment.Name]
		}
	}
	if value == nil {
		return staAnswer{}, nil
	}
	body, err := json.Marshal(map[string]json.RawMessage{name: value})
	return staAnswer{echo.MIMEApplicationJSON, body}, err
}

// rawValue is a value by itself: a text without its quotes, anything else as JSON.
func rawValue(value json.RawMessage) staAnswer {
	var s string
	switch {
	case value == nil:
		return staAnswer{}
	case json.Unmarshal(value, &s) == nil:
		return staAnswer{echo.MIMETextPlainCharsetUTF8, []byte(s)}
	case strings.HasPrefix(string(value), "{"), strings.HasPrefix(string(value), "["):
		return staAnswer{echo.MIMEApplicationJSON, value}
	}
	return staAnswer{echo.MIMETextPlainCharsetUTF8, value}
}
