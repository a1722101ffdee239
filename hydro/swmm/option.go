package swmm

import (
	"math"
	"time"

	"basin/fault"
)

// Options are those of [OPTIONS] that matter to a run, in SI. What a file leaves out is as SWMM has it.
type Options struct {
	FlowUnits   FlowUnits
	Start       time.Time // of the run
	ReportStart time.Time
	End         time.Time
	ReportStep  float64 // seconds, as all steps
	RoutingStep float64
	MinimumStep float64 // of routing, where it varies
	Courant     float64 // by which the step of routing varies; 0 for a step that does not
	RuleStep    float64 // between evaluations of rules; 0 for each step of routing
	WetStep     float64 // of runoff while it rains or runs off
	DryStep     float64 // of runoff otherwise

	Routing       string  // STEADY, KINWAVE or DYNWAVE; "" for none
	NormalFlow    string  // NORMAL_FLOW_LIMITED: NONE, SLOPE, FROUDE or BOTH
	Inertia       string  // INERTIAL_DAMPING: NONE, PARTIAL or FULL
	Surcharge     string  // SURCHARGE_METHOD: EXTRAN or SLOT
	ForceMain     string  // H-W or D-W
	Lengthening   float64 // LENGTHENING_STEP, seconds
	MinSurface    float64 // MIN_SURFAREA, m²
	MinSlope      float64
	MaxTrials     int
	HeadTolerance float64 // m
	Ponding       bool
	SkipSteady    bool
	SystemFlow    float64 // SYS_FLOW_TOL, as a part
	LateralFlow   float64 // LAT_FLOW_TOL, as a part

	infiltration      int
	byElevation       bool // offsets of links
	ignoreRain        bool
	ignoreSnow        bool
	ignoreGroundwater bool
	ignoreRDII        bool
}

// Duration is how long a run takes, in seconds.
func (o *Options) Duration() float64 { return since(o.Start, o.End) }

// How long a run may be, in days and in steps of runoff.
const (
	longest   = 366 * 200
	mostSteps = 10_000_000
)

var (
	routingWords      = []string{"NF", "KW", "EKW", "DW", "NONE", "STEADY", "KINWAVE", "XKINWAVE", "DYNWAVE"}
	infiltrationWords = []string{"HORTON", "MODIFIED_HORTON", "GREEN_AMPT", "MODIFIED_GREEN_AMPT", "CURVE_NUMBER"}
)

// options reads [OPTIONS].
func options(rows []row) (Options, error) {
	start := time.Date(2004, 1, 1, 0, 0, 0, 0, time.UTC)
	o := Options{
		ReportStep: 900, RoutingStep: 20, MinimumStep: 0.5, Courant: 0.75, WetStep: 300, DryStep: 3600,
		Routing: "DYNWAVE", NormalFlow: "BOTH", Inertia: "PARTIAL", Surcharge: "EXTRAN", ForceMain: "H-W", SystemFlow: 0.05, LateralFlow: 0.05,
	}
	d := dates{start: start, end: start}
	for i := range rows {
		r := &rows[i]
		if len(r.words) > 1 && !d.read(r) && !o.word(r) && !o.measure(r) { // what has no value stays as it is
			o.flag(r)
		}
		if r.err != nil {
			return o, r.err
		}
	}
	d.settle(&o)
	o.settle()
	if o.Duration() <= 0 || o.Duration() > longest*day {
		return o, fault.New(fault.Invalid, "swmm-bad-span", "the run from {start} to {end} must take time, {days} days at most", "start", o.Start, "end", o.End, "days", longest)
	}
	return o, nil
}

// settle puts defaults where a file says 0, and gives measures their unit.
func (o *Options) settle() {
	length := o.FlowUnits.Length()
	if o.MinSurface == 0 {
		o.MinSurface = 12.566 * foot * foot
	} else {
		o.MinSurface *= length * length
	}
	if o.HeadTolerance == 0 {
		o.HeadTolerance = 0.005 * foot
	} else {
		o.HeadTolerance *= length
	}
	if o.MaxTrials == 0 {
		o.MaxTrials = 8
	}
}

// dates are the days and the times of day that make the times of a run.
type dates struct {
	start, end, report             time.Time
	startTime, endTime, reportTime float64
	reports                        bool // at a day of its own
}

func (d *dates) read(r *row) bool {
	switch fold(r.name()) {
	case "START_DATE":
		d.start = r.date(1)
	case "END_DATE":
		d.end = r.date(1)
	case "REPORT_START_DATE":
		d.report, d.reports = r.date(1), true
	case "START_TIME":
		d.startTime = r.clock(1)
	case "END_TIME":
		d.endTime = r.clock(1)
	case "REPORT_START_TIME":
		d.reportTime = r.clock(1)
	default:
		return false
	}
	return true
}

func (d *dates) settle(o *Options) {
	o.Start, o.End, o.ReportStart = after(d.start, d.startTime), after(d.end, d.endTime), after(d.report, d.reportTime)
	if !d.reports || o.ReportStart.Before(o.Start) {
		o.ReportStart = o.Start
	}
}

// word reads options that are one of some words.
func (o *Options) word(r *row) bool {
	choose := func(words ...string) string { return words[max(r.word(1, 0, words...), 0)] }
	switch fold(r.name()) {
	case "FLOW_UNITS":
		o.FlowUnits = FlowUnits(max(r.word(1, 0, flowWords...), 0))
	case "INFILTRATION":
		o.infiltration = max(r.word(1, 0, infiltrationWords...), 0)
	case "FLOW_ROUTING", "ROUTING_MODEL":
		o.Routing = [...]string{"", "KINWAVE", "KINWAVE", "DYNWAVE", "", "STEADY", "KINWAVE", "KINWAVE", "DYNWAVE"}[max(r.word(1, 0, routingWords...), 0)]
	case "NORMAL_FLOW_LIMITED":
		o.NormalFlow = choose("SLOPE", "FROUDE", "BOTH", "NONE")
	case "INERTIAL_DAMPING":
		o.Inertia = choose("NONE", "PARTIAL", "FULL")
	case "SURCHARGE_METHOD":
		o.Surcharge = choose("EXTRAN", "SLOT")
	case "FORCE_MAIN_EQUATION":
		o.ForceMain = choose("H-W", "D-W")
	case "LINK_OFFSETS":
		o.byElevation = choose("DEPTH", "ELEVATION") == "ELEVATION"
	default:
		return false
	}
	return true
}

// measure reads options that are numbers.
func (o *Options) measure(r *row) bool {
	step := func(to *float64) {
		if *to = r.clock(1); *to <= 0 {
			r.fail("swmm-not-positive", "field {field} must be above zero", "field", 2)
		}
	}
	switch fold(r.name()) {
	case "REPORT_STEP":
		step(&o.ReportStep)
	case "WET_STEP":
		step(&o.WetStep)
	case "DRY_STEP":
		step(&o.DryStep)
	case "RULE_STEP":
		o.RuleStep = r.clock(1)
	case "ROUTING_STEP":
		if o.RoutingStep = seconds(r); o.RoutingStep <= 0 {
			r.fail("swmm-not-positive", "field {field} must be above zero", "field", 2)
		}
	case "LENGTHENING_STEP":
		o.Lengthening = max(seconds(r), 0)
	case "MINIMUM_STEP":
		o.MinimumStep = r.least(1)
	case "VARIABLE_STEP":
		o.Courant = r.within(1, 0, 0, 2)
	case "MIN_SURFAREA":
		o.MinSurface = r.least(1)
	case "MIN_SLOPE":
		o.MinSlope = r.within(1, 0, 0, 99.999) / 100
	case "MAX_TRIALS":
		o.MaxTrials = int(r.within(1, 0, 0, 1e6))
	case "HEAD_TOLERANCE":
		o.HeadTolerance = r.least(1)
	case "SYS_FLOW_TOL":
		o.SystemFlow = r.least(1) / 100
	case "LAT_FLOW_TOL":
		o.LateralFlow = r.least(1) / 100
	default:
		return false
	}
	return true
}

// seconds is a step that is a number of seconds or a time.
func seconds(r *row) float64 {
	if v, ok := number(r.words[1]); ok {
		return v
	}
	return math.Round(r.clock(1))
}

// flag reads options that are turned on or off, and knows those that have no influence on water.
func (o *Options) flag(r *row) {
	switch fold(r.name()) {
	case "ALLOW_PONDING":
		o.Ponding = r.yes(1)
	case "SKIP_STEADY_STATE":
		o.SkipSteady = r.yes(1)
	case "IGNORE_RAINFALL":
		o.ignoreRain = r.yes(1)
	case "IGNORE_SNOWMELT":
		o.ignoreSnow = r.yes(1)
	case "IGNORE_GROUNDWATER":
		o.ignoreGroundwater = r.yes(1)
	case "IGNORE_RDII":
		o.ignoreRDII = r.yes(1)
	case "IGNORE_ROUTING":
		if r.yes(1) {
			o.Routing = ""
		}
	case "IGNORE_QUALITY", "SWEEP_START", "SWEEP_END", "DRY_DAYS", "SLOPE_WEIGHTING", "COMPATIBILITY", "TEMPDIR", "THREADS":
	default:
		r.fail("swmm-unknown-option", "there is no such option")
	}
}
