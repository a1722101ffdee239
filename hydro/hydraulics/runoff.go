package hydraulics

import (
	"math"

	"basin/fault"
)

// Polder is land behind gates and pumps, by use. What runs off gathers in its open water and leaves by its outlet, as much as that can take. Depths are metres.
type Polder struct {
	Water    float64 // m² of open water: rain less evaporation
	Paddy    Paddy
	Dry      Dry
	Built    Built
	Capacity float64 // of the outlet, m³/s
}

// Paddy is rice land: h₂ = h₁ + P − αE − f within limits.
type Paddy struct {
	Area  float64 // m²
	Alpha float64 // evapotranspiration of rice over that of open water
	Seeps float64 // f, m/s
	Low   float64 // depth below which it is irrigated
	Fit   float64 // depth to which it is
	High  float64 // depth above which it drains
}

// Dry is land that yields nothing until its soil is full.
type Dry struct {
	Area     float64 // m²
	Capacity float64 // what the soil holds, m
	Beta     float64 // evaporation of a full soil over that of open water; it falls with what the soil holds
}

// Built is built-up land: φP after its hollows are full, the rest seeps.
type Built struct {
	Area    float64 // m²
	Phi     float64
	Hollows float64 // m
}

// PolderState is the water in a polder.
type PolderState struct {
	Store   float64 // m³ in its waters above (below, if negative) the level that the outlet keeps
	Paddy   float64 // depth, m
	Soil    float64 // m
	Hollows float64 // m
}

// PolderFlows are the volumes of a step, m³.
type PolderFlows struct {
	Rain, Evaporated, Seeped float64
	Runoff                   float64 // into the waters of the polder, from land
	Irrigated                float64 // from there
	Out                      float64 // by the outlet
}

// Check says what is wrong with a polder.
func (p *Polder) Check() error {
	bad := func(why string) error {
		return fault.New(fault.Invalid, "bad-polder", "polder: {why}", "why", why)
	}
	for _, v := range []float64{
		p.Water, p.Capacity, p.Paddy.Area, p.Paddy.Alpha, p.Paddy.Seeps, p.Paddy.Low, p.Dry.Area, p.Dry.Capacity, p.Dry.Beta, p.Built.Area, p.Built.Phi, p.Built.Hollows,
	} {
		if !(v >= 0) || math.IsInf(v, 1) {
			return bad("its areas, depths and rates must be zero or more")
		}
	}
	switch {
	case !(p.Paddy.Low <= p.Paddy.Fit && p.Paddy.Fit <= p.Paddy.High):
		return bad("the depths of its paddies must rise from that of irrigation to that of drainage")
	case p.Built.Phi > 1:
		return bad("its built-up land yields more than rain")
	}
	return nil
}

// Held is all the water in a polder, m³.
func (p *Polder) Held(s PolderState) float64 {
	return s.Store + s.Paddy*p.Paddy.Area + s.Soil*p.Dry.Area + s.Hollows*p.Built.Area
}

// Step moves a polder on by some seconds with a depth of rain and of evaporation from open water.
func (p *Polder) Step(s PolderState, rain, evaporation, seconds float64) (PolderState, PolderFlows) {
	all := p.Water + p.Paddy.Area + p.Dry.Area + p.Built.Area
	flows := PolderFlows{Rain: rain * all, Evaporated: evaporation * p.Water}
	s.Store += (rain - evaporation) * p.Water
	p.paddy(&s, &flows, rain, evaporation, seconds)
	p.dry(&s, &flows, rain, evaporation)
	p.built(&s, &flows, rain, evaporation)
	s.Store += flows.Runoff - flows.Irrigated
	flows.Out = min(p.Capacity*seconds, max(s.Store, 0))
	s.Store -= flows.Out
	return s, flows
}

// takes is what two wants take of what there is: all they want, or their shares of it.
func takes(there, a, b float64) (float64, float64) {
	if want := a + b; want > there {
		return there * a / want, there * b / want
	}
	return a, b
}

func (p *Polder) paddy(s *PolderState, flows *PolderFlows, rain, evaporation, seconds float64) {
	land := &p.Paddy
	depth := s.Paddy + rain
	evaporated, seeped := takes(depth, land.Alpha*evaporation, land.Seeps*seconds)
	depth -= evaporated + seeped
	flows.Evaporated += evaporated * land.Area
	flows.Seeped += seeped * land.Area
	switch {
	case depth > land.High:
		flows.Runoff += (depth - land.High) * land.Area
		depth = land.High
	case depth < land.Low:
		flows.Irrigated += (land.Fit - depth) * land.Area
		depth = land.Fit
	}
	s.Paddy = depth
}

func (p *Polder) dry(s *PolderState, flows *PolderFlows, rain, evaporation float64) {
	land := &p.Dry
	soil := s.Soil + rain
	part := 1.0
	if land.Capacity > 0 {
		part = min(soil/land.Capacity, 1)
	}
	evaporated, _ := takes(soil, land.Beta*evaporation*part, 0)
	soil -= evaporated
	flows.Evaporated += evaporated * land.Area
	if soil > land.Capacity {
		flows.Runoff += (soil - land.Capacity) * land.Area
		soil = land.Capacity
	}
	s.Soil = soil
}

func (p *Polder) built(s *PolderState, flows *PolderFlows, rain, evaporation float64) {
	land := &p.Built
	flows.Seeped += (1 - land.Phi) * rain * land.Area
	hollows := s.Hollows + land.Phi*rain
	evaporated, _ := takes(hollows, evaporation, 0)
	hollows -= evaporated
	flows.Evaporated += evaporated * land.Area
	if hollows > land.Hollows {
		flows.Runoff += (hollows - land.Hollows) * land.Area
		hollows = land.Hollows
	}
	s.Hollows = hollows
}

// mostSteps is how many steps a run of a polder may have.
const mostSteps = 1_000_000

// Outflow runs a polder through rates of rain and evaporation (m/s) and gives what leaves it (m³/s), the state at the end and all that flowed.
func (p *Polder) Outflow(s PolderState, rain, evaporation Series, step float64, steps int) (*Stepped, PolderState, PolderFlows, error) {
	var sum PolderFlows
	if err := p.Check(); err != nil {
		return nil, s, sum, err
	}
	if !positive(step) || steps < 1 || steps > mostSteps {
		return nil, s, sum, fault.New(fault.Invalid, "bad-polder", "polder: {why}", "why", "its steps must be 1 to a million and take time")
	}
	times, out := make([]float64, steps), make([]float64, steps)
	for i := range steps {
		var f PolderFlows
		times[i] = float64(i) * step
		s, f = p.Step(s, rain.At(times[i])*step, evaporation.At(times[i])*step, step)
		out[i] = f.Out / step
		sum = PolderFlows{
			Rain: sum.Rain + f.Rain, Evaporated: sum.Evaporated + f.Evaporated, Seeped: sum.Seeped + f.Seeped,
			Runoff: sum.Runoff + f.Runoff, Irrigated: sum.Irrigated + f.Irrigated, Out: sum.Out + f.Out,
		}
	}
	series, err := NewStepped(times, out, step)
	return series, s, sum, err
}
