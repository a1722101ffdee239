package swmm

import "math"

// FlowUnits is the unit of discharge of a model, which says whether its other measures are metric.
type FlowUnits uint8

// The units.
const (
	CFS FlowUnits = iota // ft³/s, with feet, inches and acres
	GPM                  // US gallons a minute
	MGD                  // millions of US gallons a day
	CMS                  // m³/s, with metres, millimetres and hectares
	LPS                  // litres a second
	MLD                  // megalitres a day
)

const (
	foot   = 0.3048
	gallon = 231 * 0.0254 * 0.0254 * 0.0254
	hour   = 3600
	day    = 86400
)

var flowWords = []string{"CFS", "GPM", "MGD", "CMS", "LPS", "MLD"}

// String is the name of the unit.
func (u FlowUnits) String() string { return flowWords[u] }

// Metric says whether lengths are metres.
func (u FlowUnits) Metric() bool { return u >= CMS }

// Discharge is one unit of discharge in m³/s: divide by it for output.
func (u FlowUnits) Discharge() float64 {
	return [...]float64{foot * foot * foot, gallon / 60, 1e6 * gallon / day, 1, 1e-3, 1e3 / day}[u]
}

// Length is one unit of length in metres; its square and cube are those of surfaces and volumes.
func (u FlowUnits) Length() float64 {
	if u.Metric() {
		return 1
	}
	return foot
}

// rain is one unit of a depth of rain in metres.
func (u FlowUnits) rain() float64 {
	if u.Metric() {
		return 1e-3
	}
	return foot / 12
}

// land is one unit of land in m².
func (u FlowUnits) land() float64 {
	if u.Metric() {
		return 1e4
	}
	return 43560 * foot * foot
}

// weir is one unit of a weir's coefficient, of √length a second, in √m a second.
func (u FlowUnits) weir() float64 { return math.Sqrt(u.Length()) }
