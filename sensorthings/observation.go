package sensorthings

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"basin/fault"
)

// Observation is an observation as a client sends it. Members that it does not have are passed over; numbers keep the form in which they were sent.
type Observation struct {
	PhenomenonTime *string         `json:"phenomenonTime"`
	ResultTime     *string         `json:"resultTime"`
	Result         json.RawMessage `json:"result"`
	Datastream     *Ref            `json:"Datastream"`
	ValidTime      json.RawMessage `json:"validTime"`
	ResultQuality  json.RawMessage `json:"resultQuality"`
	Parameters     json.RawMessage `json:"parameters"`
}

// Ref names an entity in a body.
type Ref struct {
	ID *json.Number `json:"@iot.id"`
}

// Number is the number that a reference names.
func (r *Ref) Number() (int64, bool) {
	if r == nil || r.ID == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(r.ID.String(), 10, 64)
	return n, err == nil
}

// Measurement is what an observation says: a number at an instant.
type Measurement struct {
	Time   time.Time // of the phenomenon, in whole microseconds; zero where the observation does not say
	Issued time.Time // of the result; zero where it does not say
	Result string    // a number as in JSON
}

// BadObservation says what is wrong with an observation.
func BadObservation(why string) error {
	return fault.New(fault.Invalid, "bad-observation", "the observation cannot be stored: {why}", "why", why)
}

// Measurement reads an observation. What cannot be kept is refused rather than lost: a result that is no number, a time that is an interval, a quality or
// parameters of the client's own.
func (o Observation) Measurement() (m Measurement, err error) {
	for _, member := range []struct {
		name string
		raw  json.RawMessage
	}{{"validTime", o.ValidTime}, {"resultQuality", o.ResultQuality}, {"parameters", o.Parameters}} {
		if s := strings.ReplaceAll(string(member.raw), " ", ""); s != "" && s != "null" && s != "{}" && s != "[]" && s != `""` {
			return m, BadObservation(member.name + " cannot be kept: leave it out")
		}
	}
	var number json.Number
	if err := json.Unmarshal(o.Result, &number); err != nil || number == "" || o.Result[0] == '"' {
		return m, BadObservation("result must be a number")
	}
	m.Result = number.String()
	if o.PhenomenonTime != nil {
		first, second, ranged := strings.Cut(*o.PhenomenonTime, "/")
		at, ok := ParseTime(first)
		if !ok || (ranged && first != second) {
			return m, BadObservation("phenomenonTime must be an instant as in ISO 8601")
		}
		m.Time = at
	}
	if o.ResultTime != nil {
		at, ok := ParseTime(*o.ResultTime)
		if !ok {
			return m, BadObservation("resultTime must be an instant as in ISO 8601")
		}
		m.Issued = at
	}
	return m, nil
}

// OfDatastream is the number of the datastream that an observation belongs to: the path's where that names one, else the body's. The two must not differ.
func (o Observation) OfDatastream(path *int64) (int64, error) {
	n, ok := o.Datastream.Number()
	switch {
	case path != nil && ok && n != *path:
		return 0, BadObservation("the path and the body name different datastreams")
	case path != nil:
		return *path, nil
	case !ok:
		return 0, BadObservation("Datastream must name a datastream by its @iot.id, a whole number")
	}
	return n, nil
}

// ObservationPath says whether observations are created at a path, Observations or Datastreams(N)/Observations, and in the latter case below which datastream.
func ObservationPath(path []Segment) (stream *int64, ok bool) {
	switch {
	case len(path) == 1 && path[0].Name == "Observations" && path[0].ID == nil:
		return nil, true
	case len(path) == 2 && path[0].Name == "Datastreams" && path[0].ID != nil && path[0].ID.Text == "" && path[1].Name == "Observations" && path[1].ID == nil:
		return &path[0].ID.Number, true
	}
	return nil, false
}
