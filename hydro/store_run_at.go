package hydro

import (
	"context"
	_ "embed"
	"time"

	"basin/access"
	"basin/twin"
)

//go:embed run_at.sql
var runAtSQL string

// AheadState is what a forecast says of a thing at an instant. Rivers have a status alone, for they have no one level.
type AheadState struct {
	GID    int64    `json:"gid"`
	Kind   string   `json:"kind"`
	Level  *float64 `json:"level,omitempty"` // m
	Low    *float64 `json:"low,omitempty"`
	High   *float64 `json:"high,omitempty"`
	Datum  string   `json:"datum,omitempty"`
	Status Level    `json:"status"`
}

// computedLevel is the level of a thing in a run at an instant.
type computedLevel struct {
	Thing            string
	GID              int64
	Kind             string
	Datum, Unit      string
	Value, Low, High float64
	Datastream       string
}

// At is what a run says of stations, reaches and rivers at an instant, by thing. What is judged are the levels of stations; those of reaches and rivers follow from them as at present.
func (r *Runs) At(ctx context.Context, run int64, at time.Time, zone *time.Location, clearance access.Class) (map[string]AheadState, error) {
	found, err := collect[computedLevel](ctx, r.db, runAtSQL, run, string(clearance), at)
	if err != nil {
		return nil, err
	}
	out := map[string]AheadState{}
	var values []twin.Value
	var stations []string
	for _, l := range found {
		out[l.Thing] = AheadState{GID: l.GID, Kind: l.Kind, Level: &l.Value, Low: &l.Low, High: &l.High, Datum: l.Datum, Status: LevelUnknown}
		if l.Kind == "station" {
			stations = append(stations, l.Thing)
			values = append(values, twin.Value{Datastream: l.Datastream, Thing: l.Thing, Property: "level", Value: &l.Value, Unit: l.Unit, Datum: l.Datum, Time: at})
		}
	}
	rivers, _, err := twin.Find(ctx, r.db, twin.Which{Kinds: []string{"river"}, Limit: mostRivers}, clearance)
	if err != nil {
		return nil, err
	}
	for _, v := range rivers {
		out[v.ID] = AheadState{GID: v.GID, Kind: v.Kind, Status: LevelUnknown}
	}
	things := make([]string, 0, len(out))
	for thing := range out {
		things = append(things, thing)
	}
	inputs, err := findInputs(ctx, r.db, things, clearance)
	if err != nil {
		return nil, err
	}
	thresholds, err := twin.Thresholds(ctx, r.db, stations, clearance)
	if err != nil {
		return nil, err
	}
	offsets, err := twin.DatumOffsets(ctx, r.db, stations)
	if err != nil {
		return nil, err
	}
	e := newEvidence(inputs, values, thresholds, offsets, at.In(zone))
	for thing, s := range out {
		if status, judged := e.derive(thing); len(judged) > 0 {
			s.Status = status.Level
		} else if s.Level != nil {
			s.Status = LevelNoThreshold
		}
		out[thing] = s
	}
	return out, nil
}

// mostRivers bounds the rivers of one answer.
const mostRivers = 10000
