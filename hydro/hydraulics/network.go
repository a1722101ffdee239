// Package hydraulics computes unsteady one-dimensional flow in looped, tidal networks of channels, conduits, gates and pumps. It is pure: no database, no clock,
// no randomness. Lengths are metres, levels metres above the one datum of a network, discharges m³/s, times seconds since the start of a run.
package hydraulics

import "time"

// Gravity is the acceleration of free fall, m/s².
const Gravity = 9.81

// Place is where something of a network stands in what it was read from, for messages.
type Place struct {
	Name string // of the object, as its source names it
	Line int    // in the file; 0 where there is none
}

// Network is what a run computes. Objects refer to others by index.
type Network struct {
	Datum      string // of all levels; empty where the source names none
	Start      time.Time
	Nodes      []Node
	Reaches    []Reach
	Structures []Structure
	Rules      []Rule
	Assumed    []string // what is assumed rather than surveyed, told with every result
	Limit      Limit    // of flow in reaches that may run dry
	Damping    Damping  // of inertia there
}

// Limit caps the flow of a reach that may run dry at the normal flow of its upper end where something says that it is supercritical, as EPA SWMM does.
type Limit uint8

// The limits: by the slope of the water being less than that of the bed, by the Froude number, or by either.
const (
	NoLimit Limit = iota
	BySlope
	ByFroude
	BySlopeOrFroude
)

// Damping says how much of inertia a reach that may run dry has, as EPA SWMM has it.
type Damping uint8

// The dampings: less inertia the nearer flow is to critical, all of it always, none.
const (
	NearCritical Damping = iota
	NoDamping
	NoInertia
)

// Node is a junction of reaches and structures, a store of water, or an edge of the network where the level is given.
type Node struct {
	Place
	Bed     float64 // the lowest level
	Crest   float64 // above it water leaves the network (counted as flooding); +Inf for never
	Ponding float64 // m² on which what leaves stands above the crest and comes back from; 0 for none
	Storage Curve   // surface area (m²) by depth above Bed; nil for what the reaches give
	Area    float64 // m² of the node itself where it has no Storage: a manhole's
	Level   Series  // the level outside, at an edge; nil inside
	Free    Outfall // how the level at an edge follows from the flow, where Level is nil or lower
	Flap    bool    // an edge lets nothing in
	Rating  Curve   // discharge out (m³/s) by level, at an edge
	Inflows []Series
	Start   float64 // level at the start; NaN for one that follows from the others
	Gauge   Series  // the level observed, towards which the node is nudged; NaN where there is none
	Within  float64 // seconds in which nudging would close the gap

	Evaporates Series  // from the surface of Storage, m/s; nil for none
	Seeps      float64 // into the ground below the surface of Storage, m/s
}

// Outfall says how the level at an edge follows from the flow.
type Outfall uint8

// The outfalls.
const (
	Inside   Outfall = iota // no edge
	Critical                // the lesser of critical and normal depth of the reach that ends there
	Normal                  // the normal depth of it
)

// Reach is a channel or a conduit from one node to another. Flow is positive that way.
type Reach struct {
	Place
	From, To int
	Points   []Point // along it, two at least, from From to To
	Entry    float64 // loss coefficient of v²/2g where water enters at From
	Exit     float64 // where it leaves at To
	Mean     float64 // of the middle
	Flap     bool    // lets nothing back
	Dry      bool    // may run dry, be steep or flow full: computed by the staggered scheme
	MaxFlow  float64 // 0 for no limit
	Flow     float64 // at the start
	Lateral  Series  // inflow per metre, m²/s

	Evaporates Series    // from its surface, m/s; nil for none
	Seeps      float64   // into the ground below its surface, m/s
	Inlet      *Inlet    // of a culvert at From: what enters there at most; nil for no limit
	Main       ForceMain // friction when full; the zero value for Manning's, as the sections have it
}

// ForceMain says how a round pipe resists when it flows full under pressure: by Hazen and Williams, v = 0.849·C·R^0.63·S^0.54, or by Darcy and Weisbach. Until it is full its sections say
// how, by an equivalent n.
type ForceMain struct {
	C      float64 // 0 for Darcy and Weisbach
	Height float64 // of the roughness, m; 0 for Hazen and Williams
}

// Point is a cross-section of a reach.
type Point struct {
	Chainage float64 // from the reach's first point
	Bed      float64 // level of its lowest place
	Section  Section
}

// Section is the shape of a cross-section, with its roughness. Depths are above its lowest place.
type Section interface {
	Area(y float64) float64       // m²
	Width(y float64) float64      // of the surface, m: the derivative of Area
	Perimeter(y float64) float64  // wetted, m
	Conveyance(y float64) float64 // m³/s: the discharge at a slope of one (Manning)
	Full() float64                // the depth at which it is full; +Inf where it is open
}

// Curve is a function of one variable.
type Curve interface {
	At(x float64) float64
	Slope(x float64) float64    // its derivative
	Integral(x float64) float64 // from 0 to x
}

// Series is a value over time, in seconds since the start.
type Series interface{ At(t float64) float64 }

// Structure is a gate, a weir, an orifice, an outlet or a pump between two nodes. Flow is positive from From to To.
type Structure struct {
	Place
	From, To int
	Law      Law
	Flap     bool        // lets nothing back
	Setting  float64     // at the start: opening of a gate from 0 to 1, speed of a pump
	Ramp     float64     // seconds from shut to open; 0 for at once
	Schedule Series      // of the setting; nil where rules or nobody move it
	Runs     *Hysteresis // starts and stops a pump by the level of From; nil where nothing does
}

// Law says how much passes a structure.
type Law interface {
	// Flow is the discharge (m³/s) at levels up (of From) and down (of To) and a setting, with its derivatives by both levels.
	Flow(up, down, setting float64) (q, byUp, byDown float64)
}

// HeadLaw is a Law that can be asked the other way round: which difference of levels drives a discharge. The solver takes the discharge of such a structure as its unknown, for the
// tangent of Flow is vertical where levels meet.
type HeadLaw interface {
	Law
	// Head is the difference of levels (up − down) that drives q at the levels of the last guess, with its derivative by q.
	Head(q, up, down, setting float64) (head, byQ float64)
	// Balance is the head there is less the head that q takes, with its derivatives, for a Newton step in all three.
	Balance(q, up, down, setting float64) (left, byQ, byUp, byDown float64)
}

// Rule moves structures.
type Rule struct {
	Place
	If       Condition
	Then     []Action
	Else     []Action
	Priority float64 // of rules that move the same structure the one with the greatest is heard, and of these the first
}

// Condition is a comparison, or several joined.
type Condition struct {
	All, Any []Condition // joined by and, by or; both nil for a comparison
	Of       Quantity
	Object   int     // index of the node, reach or structure
	Given    Series  // compared instead of a quantity, where Of is Given
	Less     bool    // or greater
	Equal    bool    // or that too
	Exact    bool    // equal instead, or different where Less is set; times within half a step
	Value    float64 // what it is compared with
	Than     *Operand
}

// Operand is what a condition compares with instead of a value.
type Operand struct {
	Of     Quantity
	Object int
	Given  Series
}

// Quantity is what a condition looks at. What there is none of is NaN, and fulfils no condition.
type Quantity uint8

// The quantities.
const (
	NodeDepth Quantity = iota
	NodeLevel
	NodeInflow // from outside the network
	ReachFlow
	ReachDepth
	StructureFlow
	StructureSetting
	SinceStart // seconds
	TimeOfDay  // seconds since midnight
	NodeVolume
	ReachVelocity
	StructureOpen // seconds since it was opened; NaN while it is shut
	StructureShut // seconds since it was shut; NaN while it is open
	StepLength    // of the run, seconds
	Date          // midnight of the day, seconds since 1970
	DayOfWeek     // 1 for Sunday
	DayOfYear     // 1 for the first
	Month         // 1 for January
	Given         // a series that the condition has
)

// Action sets a structure.
type Action struct {
	Structure int
	Setting   float64
	By        Curve  // the setting by what the rule's conditions looked at last, instead
	Over      Series // the setting over time, instead
}
