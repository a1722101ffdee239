package hydraulics

import "math"

// PumpKind is what a pump's curve goes by; the numbers are SWMM's.
type PumpKind uint8

// The kinds.
const (
	ByVolume PumpKind = iota + 1 // of water in the node it draws from, in steps
	ByDepth                      // of it, in steps
	ByLift                       // between the levels; the setting passes part of it
	ByLevel                      // by the depth it draws from, straight between places
	BySpeed                      // like ByLift, but the setting is a speed: Q ~ s, H ~ s²
)

// Pump is a station of like units. A setting below zero turns a reversible one round: it takes in what it otherwise drives out, and never does both.
type Pump struct {
	kind       PumpKind
	bed        float64 // of the node that it draws from
	curve      *Table
	store      Curve // surface by depth, for volumes
	units      float64
	reversible bool
}

// PumpCurve is what a pump is made of: discharges of one unit by what its kind goes by.
type PumpCurve struct {
	Kind       PumpKind
	X, Flow    []float64
	Bed        float64 // of the node that it draws from, for depths and volumes
	Storage    Curve   // of it, for volumes
	Units      float64 // 0 for one
	Reversible bool
}

// NewPump makes the law of a pump. Steps are passed over a hundredth of their length, so that there is a level at which a pump neither starts nor stops.
func NewPump(p PumpCurve) (*Pump, error) {
	if p.Kind < ByVolume || p.Kind > BySpeed {
		return nil, badLaw("pump", "its curve is of no kind that is known")
	}
	if p.Kind == ByVolume && p.Storage == nil {
		return nil, badLaw("pump", "it goes by volume, but the node that it draws from is no store")
	}
	if p.Units == 0 {
		p.Units = 1
	}
	if !positive(p.Units) || math.IsNaN(p.Bed) || math.IsInf(p.Bed, 0) || p.Reversible && p.Kind != ByLift && p.Kind != BySpeed {
		return nil, badLaw("pump", "its bed must be a level, its units above zero; only a pump by its lift can turn round")
	}
	if err := rising(p.X, p.Flow); err != nil {
		return nil, err
	}
	x, y := p.X, p.Flow
	if p.Kind == ByVolume || p.Kind == ByDepth {
		x, y = ramps(x, y)
	}
	curve, err := NewTable(x, y, false)
	if err != nil {
		return nil, err
	}
	return &Pump{kind: p.Kind, bed: p.Bed, curve: curve, store: p.Storage, units: p.Units, reversible: p.Reversible}, nil
}

// ramps are steps, each ending at its place, as straight pieces: the next value is reached a hundredth of its length further on.
func ramps(x, y []float64) (places, values []float64) {
	for i := range x {
		places, values = append(places, x[i]), append(values, y[i])
		if i+1 < len(x) {
			places, values = append(places, x[i]+(x[i+1]-x[i])/100), append(values, y[i+1])
		}
	}
	return places, values
}

// Flow is the discharge with its derivatives.
func (p *Pump) Flow(up, down, setting float64) (q, byUp, byDown float64) {
	if setting < 0 {
		if !p.reversible {
			return 0, 0, 0
		}
		q, byDown, byUp = p.Flow(down, up, -setting)
		return -q, -byUp, -byDown
	}
	if setting == 0 {
		return 0, 0, 0
	}
	u, d := levels(up, down, p.bed)
	var x dual
	part := setting
	switch p.kind {
	case ByVolume:
		x = u.chain(p.store.Integral(max(u.v, 0)), p.store.At(max(u.v, 0)))
	case ByDepth, ByLevel:
		x = u
	case ByLift:
		x = lift(u, d)
	case BySpeed:
		x = lift(u, d).times(1 / (setting * setting))
	}
	out := x.chain(p.curve.At(x.v), p.curve.Slope(x.v)).times(part * p.units)
	if out.v <= 0 {
		return 0, 0, 0
	}
	return out.v, out.up, out.down
}

// lift is what a pump raises water by; nought where it runs down by itself.
func lift(up, down dual) dual {
	if down.v <= up.v {
		return dual{}
	}
	return down.sub(up)
}

// Hysteresis starts something at a level and stops it at another: a drain starts above where it stops, an intake below.
type Hysteresis struct{ Start, Stop float64 }

// Next says whether it runs at a level, given whether it ran before.
func (h Hysteresis) Next(runs bool, level float64) bool {
	above := h.Start >= h.Stop
	switch {
	case above && level >= h.Start, !above && level <= h.Start:
		return true
	case above && level <= h.Stop, !above && level >= h.Stop:
		return false
	}
	return runs
}

// Ramped is where a setting stands that has been on its way to another for some seconds, ramp being what it takes from shut to open; 0 for at once.
func Ramped(from, to, seconds, ramp float64) float64 {
	if ramp <= 0 || math.Abs(to-from) <= seconds/ramp {
		return to
	}
	return from + math.Copysign(seconds/ramp, to-from)
}
