package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/fault"
	"basin/sensorthings"
	"basin/twin"
)

// Appender stores readings and answers once they are committed: twin.Writer.
type Appender interface {
	Append(ctx context.Context, by access.Principal, readings []twin.Reading) (twin.Result, error)
}

// maxStaBody is the greatest length of a body that is posted to SensorThings.
const maxStaBody = 16 << 20

// staArray is a group of observations as rows of values.
type staArray struct {
	Datastream *sensorthings.Ref   `json:"Datastream"`
	Components []string            `json:"components"`
	Rows       [][]json.RawMessage `json:"dataArray"`
}

func (s *Server) staPost(c echo.Context, a Ask, model *sta) error {
	path, err := sensorthings.ParsePath(strings.TrimPrefix(c.Request().URL.EscapedPath(), staPath))
	if err != nil {
		return err
	}
	if c.Request().URL.RawQuery != "" {
		return fault.New(fault.Invalid, "unknown-parameter", "there is no parameter {parameter} here", "parameter", short(c.Request().URL.RawQuery))
	}
	names := make([]string, len(path))
	for i, segment := range path {
		if names[i] = segment.Name; segment.ID != nil {
			names[i] += "()"
		}
	}
	if stream, ok := sensorthings.ObservationPath(path); ok {
		return s.createObservation(c, a.Who, stream)
	}
	switch strings.Join(names, "/") {
	case "CreateObservations":
		return s.createObservations(c, a.Who)
	case "Things":
		return s.createThing(c, a.Who)
	}
	if model.of[path0(path)] == nil {
		return errNoPath()
	}
	return fault.New(fault.Invalid, "not-created-here",
		"nothing is created at this path: post to Observations, Datastreams(…)/Observations, CreateObservations or Things")
}

// path0 is the first name of a path; empty where there is none.
func path0(path []sensorthings.Segment) string {
	if len(path) == 0 {
		return ""
	}
	return path[0].Name
}

// readSTA reads a body of JSON, whose numbers keep the form in which they were sent where v wants them so. Members that v does not have are passed over.
func readSTA(c echo.Context, v any) error {
	if err := acceptJSON(c); err != nil {
		return err
	}
	return decodeWhole(json.NewDecoder(http.MaxBytesReader(c.Response(), c.Request().Body, maxStaBody)), v)
}

// readingOf turns an observation into a reading of a datastream. One that does not say when it was observed was observed now.
func readingOf(o sensorthings.Observation, code string) (twin.Reading, error) {
	m, err := o.Measurement()
	if m.Time.IsZero() {
		m.Time = time.Now().Truncate(time.Microsecond)
	}
	return twin.Reading{Datastream: code, Time: m.Time, Value: twin.Decimal(m.Result), Issued: m.Issued}, err
}

// createObservation stores one observation. Its datastream is named in the path or in the body.
func (s *Server) createObservation(c echo.Context, by access.Principal, stream *int64) error {
	var o sensorthings.Observation
	if err := readSTA(c, &o); err != nil {
		return err
	}
	n, err := o.OfDatastream(stream)
	if err != nil {
		return err
	}
	codes, err := twin.StreamCodes(c.Request().Context(), s.DB, []int64{n}, by)
	if err != nil {
		return err
	}
	if codes[n] == "" {
		kind := fault.Invalid
		if stream != nil {
			kind = fault.NotFound
		}
		return fault.New(kind, "unknown-entity", "there is no {entity} {id}", "entity", "Datastream", "id", n)
	}
	r, err := readingOf(o, codes[n])
	if err != nil {
		return err
	}
	result, err := s.Writer.Append(c.Request().Context(), by, []twin.Reading{r})
	if err != nil {
		return err
	}
	if len(result.Rejected) > 0 {
		if result.Rejected[0].Code == "not-your-station" {
			return fault.New(fault.Denied, "not-your-station", "{datastream} is not yours to post for", "datastream", codes[n])
		}
		return sensorthings.BadObservation(result.Rejected[0].Reason)
	}
	id := observationID(n, r.Time)
	at := origin(c) + staPath + "/Observations('" + id + "')"
	c.Response().Header().Set(echo.HeaderLocation, at)
	return c.JSON(http.StatusCreated, map[string]string{"@iot.id": id, "@iot.selfLink": at})
}

// createObservations stores observations that come as rows of values, and answers for each where it is, or that it could not be stored.
func (s *Server) createObservations(c echo.Context, by access.Principal) error {
	var groups []staArray
	if err := readSTA(c, &groups); err != nil {
		return err
	}
	var streams []int64
	for i, g := range groups {
		n, ok := g.Datastream.Number()
		if !ok {
			return sensorthings.BadObservation(fmt.Sprintf("the Datastream of group %d must be named by its @iot.id, a whole number", i+1))
		}
		if !slices.Contains(g.Components, "result") {
			return sensorthings.BadObservation(fmt.Sprintf("the components of group %d lack result", i+1))
		}
		if !slices.Contains(streams, n) && len(streams) < maxGroups {
			streams = append(streams, n)
		}
	}
	codes, err := twin.StreamCodes(c.Request().Context(), s.DB, streams, by)
	if err != nil {
		return err
	}
	answers := []string{}
	var readings []twin.Reading
	var place []int // of each reading, among the answers
	for _, g := range groups {
		n, _ := g.Datastream.Number()
		for _, row := range g.Rows {
			answers = append(answers, "error")
			o, err := g.observation(row)
			if err != nil || codes[n] == "" {
				continue
			}
			r, err := readingOf(o, codes[n])
			if err != nil {
				continue
			}
			readings, place = append(readings, r), append(place, len(answers)-1)
			answers[len(answers)-1] = origin(c) + staPath + "/Observations('" + observationID(n, r.Time) + "')"
		}
	}
	if len(readings) > 0 {
		result, err := s.Writer.Append(c.Request().Context(), by, readings)
		if err != nil {
			return err
		}
		for _, rejected := range result.Rejected {
			answers[place[rejected.Index]] = "error"
		}
	}
	return c.JSON(http.StatusCreated, answers)
}

// maxGroups bounds the datastreams of one body of rows.
const maxGroups = 1000

// observation is a row as an observation. Components that are not kept are passed over: what a feature of interest is, follows from the datastream.
func (g staArray) observation(row []json.RawMessage) (o sensorthings.Observation, err error) {
	if len(row) != len(g.Components) {
		return o, errors.New("as many values as components are needed")
	}
	for i, name := range g.Components {
		switch name {
		case "result":
			o.Result = row[i]
		case "phenomenonTime":
			err = errors.Join(err, json.Unmarshal(row[i], &o.PhenomenonTime))
		case "resultTime":
			err = errors.Join(err, json.Unmarshal(row[i], &o.ResultTime))
		case "validTime":
			o.ValidTime = row[i]
		case "resultQuality":
			o.ResultQuality = row[i]
		case "parameters":
			o.Parameters = row[i]
		case "FeatureOfInterest/id", "FeatureOfInterest/@iot.id":
		default:
			return o, errors.New("there is no component " + short(name))
		}
	}
	return o, err
}
