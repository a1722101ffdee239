package twin

import (
	"strconv"
	"time"

	"basin/access"
)

// Datastream is one property of one thing, as one source observes it. Table twin.datastream.
type Datastream struct {
	Code      string // made from thing, property, role and number when empty; see DatastreamCode
	Thing     string // id of the thing
	Property  string // a row of twin.property: level, discharge, rainfall, gate_opening, …
	Role      string // inner, outer, upper, lower; empty where there are no sides
	Number    int    // of the gate or pump unit; 0 for the whole
	Datum     string // vertical datum, a must for levels: "unknown" where the owner cannot say
	Class     access.Class
	Interval  time.Duration // reporting interval; 0 where not agreed
	Stale     time.Duration // without a reading for so long it is stale; 0 means two hours
	Minimum   *float64      // plausible bounds in units, and the plausible change per hour; nil for none
	Maximum   *float64
	RatePerH  *float64
	Longitude float64 // where the thing stands, for its H3 cell
	Latitude  float64
}

// Threshold is a level or limit that means something. Table twin.threshold.
type Threshold struct {
	Datastream string // code
	Type       string // warning, guaranteed, record, record-low, control-high, control-low, flood-season, drought, navigable-low, pump-start, pump-stop, chloride
	Value      float64
	Datum      string    // of the value, a must for levels
	From, To   time.Time // days on which it is in force, To excluded; zero for open
	SeasonFrom int       // month*100+day; 0 for all year
	SeasonTo   int
	Source     string
}

// DatastreamCode makes the readable identifier of a datastream: the code of the thing, the property, and the role and
// number where there are any, joined by dots.
func DatastreamCode(thingCode, property, role string, number int) string {
	code := thingCode + "." + property
	if role != "" {
		code += "." + role
	}
	if number > 0 {
		code += "." + strconv.Itoa(number)
	}
	return code
}
