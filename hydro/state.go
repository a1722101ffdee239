package hydro

import (
	"context"
	"encoding/json"
	"time"

	"basin/access"
	"basin/geo"
	"basin/postgis"
	"basin/twin"
)

// State is what a thing is at an instant: its status and the values behind it.
type State struct {
	Thing  string       `json:"thing"`
	GID    int64        `json:"gid"`
	Kind   string       `json:"kind"`
	Code   string       `json:"code"`
	Name   twin.Label   `json:"name"`
	At     time.Time    `json:"at"`
	Status Status       `json:"status"`
	Values []twin.Value `json:"values"`

	Geometry json.RawMessage `json:"-"` // GeoJSON
}

// Watched are the kinds of things that have a status.
func Watched() []string { return []string{"station", "work", "reach", "river"} }

// input says that the status of Thing derives from the datastreams of Input.
type input struct {
	Thing string
	Input string
	Role  string // only levels of this role count; empty for all
	Tidal bool   // whether Input is a tidal station
}

// States derives the states of the things selected at an instant, for a reader of that clearance: what he may not see has no part in them. Days,
// on which thresholds depend, are those of zone. The number returned is the gid after which the list goes on, 0 at its end.
func States(ctx context.Context, db *postgis.DB, which twin.Which, asked twin.Asked, zone *time.Location, clearance access.Class) ([]State, int64, error) {
	things, next, err := twin.Find(ctx, db, which, clearance)
	if err != nil || len(things) == 0 {
		return []State{}, next, err
	}
	ids := make([]string, len(things))
	for i, t := range things {
		ids[i] = t.ID
	}
	inputs, err := findInputs(ctx, db, ids, clearance)
	if err != nil {
		return nil, 0, err
	}
	sources := unique(inputs)
	values, err := twin.Values(ctx, db, sources, asked, clearance)
	if err != nil {
		return nil, 0, err
	}
	thresholds, err := twin.Thresholds(ctx, db, sources, clearance)
	if err != nil {
		return nil, 0, err
	}
	offsets, err := twin.DatumOffsets(ctx, db, sources)
	if err != nil {
		return nil, 0, err
	}
	e := newEvidence(inputs, values, thresholds, offsets, asked.At.In(zone))
	states := make([]State, len(things))
	for i, t := range things {
		states[i] = State{Thing: t.ID, GID: t.GID, Kind: t.Kind, Code: t.Code, Name: t.Name, At: asked.At.UTC(), Geometry: t.Geometry}
		states[i].Status, states[i].Values = e.derive(t.ID)
	}
	return states, next, nil
}

// evidence is everything that statuses are derived from, by what it belongs to.
type evidence struct {
	inputs     map[string][]input      // by the thing whose status is derived
	values     map[string][]twin.Value // by the thing that observes
	thresholds map[string][]twin.ThresholdView
	offsets    map[string][]twin.DatumOffset
	day        time.Time
}

func newEvidence(inputs []input, values []twin.Value, thresholds []twin.ThresholdView, offsets map[string][]twin.DatumOffset, day time.Time) evidence {
	e := evidence{map[string][]input{}, map[string][]twin.Value{}, map[string][]twin.ThresholdView{}, offsets, day}
	for _, in := range inputs {
		e.inputs[in.Thing] = append(e.inputs[in.Thing], in)
	}
	for _, v := range values {
		e.values[v.Thing] = append(e.values[v.Thing], v)
	}
	for _, h := range thresholds {
		e.thresholds[h.Datastream] = append(e.thresholds[h.Datastream], h)
	}
	return e
}

// derive puts together the status of one thing and the values that went in. Only what can be judged takes part: levels, and whatever has
// thresholds.
func (e evidence) derive(thing string) (Status, []twin.Value) {
	var parts []Status
	values := []twin.Value{}
	for _, in := range e.inputs[thing] {
		for _, v := range e.values[in.Input] {
			if in.Role != "" && v.Role != "" && v.Role != in.Role {
				continue
			}
			values = append(values, v)
			thresholds := e.thresholds[v.Datastream]
			if v.Property != "level" && len(thresholds) == 0 {
				continue
			}
			parts = append(parts, judge(v, thresholds, e.offsets[v.Thing], e.day, in.Tidal))
		}
	}
	return worst(parts), values
}

// unique lists the things that inputs observe, each once.
func unique(inputs []input) []string {
	seen, out := map[string]bool{}, []string{}
	for _, in := range inputs {
		if !seen[in.Input] {
			seen[in.Input] = true
			out = append(out, in.Input)
		}
	}
	return out
}

// Meets says whether the thing's own box meets a box: west, south, east, north; west greater than east crosses the antimeridian.
func (s State) Meets(box [4]float64) bool {
	g, err := geo.ParseGeoJSON(s.Geometry)
	if err != nil || g == nil {
		return false
	}
	b := geo.Bounds(g)
	if b[1] > box[3] || b[3] < box[1] {
		return false
	}
	if box[0] <= box[2] {
		return b[0] <= box[2] && b[2] >= box[0]
	}
	return b[2] >= box[0] || b[0] <= box[2]
}
