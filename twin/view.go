package twin

import (
	"encoding/json"
)

// View is a thing as it is read back.
type View struct {
	ID             string           `json:"id"`
	GID            int64            `json:"gid"`
	Kind           string           `json:"kind"`
	Code           string           `json:"code"`
	Name           Label            `json:"name"`
	Area           string           `json:"area,omitempty"`
	Class          string           `json:"class"`
	GeometryStatus string           `json:"geometry_status"`
	AccuracyM      *float64         `json:"accuracy_m"`
	Source         string           `json:"source"`
	Dataset        string           `json:"dataset,omitempty"`
	Geometry       json.RawMessage  `json:"geometry"`
	Properties     json.RawMessage  `json:"properties"`
	Datastreams    []DatastreamView `json:"datastreams"`
	Thresholds     []ThresholdView  `json:"thresholds"`
	Relations      []RelationView   `json:"relations"`
}

// Label is a thing's name, for reading.
type Label struct {
	Zh     string   `json:"zh,omitempty"`
	En     string   `json:"en,omitempty"`
	Pinyin string   `json:"pinyin,omitempty"`
	Former []string `json:"former,omitempty"`
}

// DatastreamView is a datastream as it is read back.
type DatastreamView struct {
	ID        string `json:"id"`
	Property  string `json:"property"`
	Unit      string `json:"unit"`
	Datum     string `json:"datum,omitempty"`
	Role      string `json:"role,omitempty"`
	Number    *int   `json:"number,omitempty"`
	IntervalS *int   `json:"interval_s,omitempty"`
	Class     string `json:"class"`
}

// RelationView is a relation seen from a thing: with Inverse it is the target's that points at the thing.
type RelationView struct {
	Type    string `json:"type"`
	Target  string `json:"target"`
	Kind    string `json:"kind"`
	Name    Label  `json:"name"`
	Inverse bool   `json:"inverse,omitempty"`
}

// Which selects things of the register. Empty fields select everything.
type Which struct {
	IDs   []string
	Kinds []string
	Code  string
	BBox  *[4]float64 // west, south, east, north; west greater than east crosses the antimeridian
	After int64       // gid after which the list goes on
	Limit int         // at most; 0 means 1000
}
