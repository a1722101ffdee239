package hydraulics

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"basin/fault"
)

// badTide says what is wrong with the constants of a tide.
func badTide(name, why string) error {
	return fault.New(fault.Invalid, "bad-tide", "tide, {name}: {why}", "name", name, "why", why)
}

// Harmonic is a constant of a tide: amplitude and phase lag of a constituent at a place.
type Harmonic struct {
	Name      string
	Amplitude float64 // m
	Lag       float64 // g, degrees
	Damped    float64 // what friction takes of the node's change of the amplitude, 0 by theory; of a constituent that has none, of M2's
}

// Tide is a level predicted from constituents: η = Z₀ + Σ f·H·cos(V + u − g), V and the changes f and u by the moon's node being computed at each time. It is a Series.
type Tide struct {
	Mean  float64 // Z₀
	Surge Series  // on top of it, nil for none
	hours float64 // from 1900 to the start, in the zone of the lags
	terms []term
}

// term is a constituent made ready.
type term struct {
	argument  [5]float64
	phase     float64 // less the lag
	xi, nu    float64
	nodes     [nodes]int8 // how often each kind of change comes in
	signs     [nodes]int8 // and with which sign its phase
	amplitude float64
	damped    float64
	still     bool // the node does not change it
}

// NewTide makes a tide ready from the constants of a place. Zone is the offset from UTC of the clock that their lags go by.
func NewTide(mean float64, constants []Harmonic, start time.Time, zone time.Duration) (*Tide, error) {
	t := &Tide{Mean: mean, hours: since1900(start, zone)}
	for i, c := range constants {
		if math.IsNaN(c.Amplitude+c.Lag+c.Damped) || math.IsInf(c.Amplitude+c.Lag+c.Damped, 0) || c.Amplitude < 0 {
			return nil, badTide(c.Name, "its amplitude must be zero or more, its lag a number")
		}
		if slices.ContainsFunc(constants[:i], func(o Harmonic) bool { return o.Name == c.Name }) {
			return nil, badTide(c.Name, "it is named twice")
		}
		one, err := newTerm(c.Name)
		if err != nil {
			return nil, err
		}
		one.amplitude, one.damped = c.Amplitude, c.Damped
		one.phase -= c.Lag * math.Pi / 180
		t.terms = append(t.terms, one)
	}
	return t, nil
}

// newTerm makes a constituent ready, of the sky or of shallow water.
func newTerm(name string) (term, error) {
	var t term
	if w, ok := waves[name]; ok {
		t.join(w, 1)
	} else {
		of, ok := compounds[name]
		if !ok {
			return t, badTide(name, "there is no such constituent")
		}
		for of != "" {
			sign := 1
			switch of[0] {
			case '-':
				sign, of = -1, of[1:]
			case '+':
				of = of[1:]
			}
			part := of
			if end := strings.IndexAny(of, "+-"); end > 0 {
				part = of[:end]
			}
			of = of[len(part):]
			if count := part[0]; count >= '1' && count <= '9' {
				sign, part = sign*int(count-'0'), part[1:]
			}
			t.join(waves[part], sign)
		}
	}
	t.still = t.nodes == [nodes]int8{}
	return t, nil
}

// join adds a wave to a term some times.
func (t *term) join(w wave, count int) {
	n := float64(count)
	for i, a := range w.argument {
		t.argument[i] += n * a
	}
	t.phase += n * w.phase * math.Pi / 180
	t.xi, t.nu = t.xi+n*w.xi, t.nu+n*w.nu
	if w.node != nodeNone {
		t.nodes[w.node] += int8(max(count, -count))
		t.signs[w.node] += int8(count)
	}
}

// since1900 is the time since the first hour of 1900 on the clock of a zone.
func since1900(at time.Time, zone time.Duration) float64 {
	return at.Add(zone).Sub(time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)).Hours()
}

// sky is where sun and moon stand, and what the moon's node does to the constituents.
type sky struct {
	argument [5]float64
	xi, nu   float64
	f        [nodes]float64 // change of the amplitude
	u        [nodes]float64 // of the phase, beside ξ and ν
}

// skyAt computes the sky at hours since 1900 (Schureman, pages 162 and 156 ff).
func skyAt(hours float64) sky {
	c := (hours + 12) / (24 * 36525) // centuries since noon of 31 December 1899
	s := sky{argument: [5]float64{
		math.Pi + math.Mod(hours, 24)*math.Pi/12,
		4.7200089 + c*(8399.7092745+c*0.0000346),
		4.8816280 + c*(628.3319500+c*0.0000052),
		5.8351526 + c*(71.0180412-c*0.0001801),
		4.9082295 + c*(0.0300053+c*0.0000079),
	}}
	s.node(4.5236016-c*(33.7571463-c*0.0000363), s.argument[3], c)
	return s
}

// node computes the changes at a longitude of the moon's node and of its perigee.
func (s *sky) node(n, perigee, centuries float64) {
	const (
		omega = (23 + 27.0/60 + 8.26/3600) * math.Pi / 180 // obliquity of the ecliptic
		incl  = (5 + 8.0/60 + 43.3546/3600) * math.Pi / 180
		// The solar factor: masses of moon and sun over that of the earth, parallaxes of both.
		solar = 82.53 / 81.53 * 327932 * 81.53 * (0.00004261 * 0.00004261 * 0.00004261) / (0.01657 * 0.01657 * 0.01657)
		lunar = 0.5 + 0.75*0.054900489*0.054900489
	)
	sin, cos := math.Sin, math.Cos
	half := math.Tan(n / 2)
	a := math.Atan2(cos((omega-incl)/2)*half, cos((omega+incl)/2))
	b := math.Atan2(sin((omega-incl)/2)*half, sin((omega+incl)/2))
	i := math.Acos(cos(incl)*cos(omega) - sin(incl)*sin(omega)*cos(n)) // of the moon's orbit to the equator
	s.xi, s.nu = math.Remainder(n-a-b, 2*math.Pi), a-b
	eccentric := 0.01675104 - 0.0000418*centuries
	sun := (0.5 + 0.75*eccentric*eccentric) * solar
	k1, k2 := sun*sin(2*omega)/lunar, sun*sin(omega)*sin(omega)/lunar

	sq := func(x float64) float64 { return x * x }
	si, ci2, si2 := sin(i), sq(cos(i/2)), sq(sin(i/2))
	mean := 1 - 1.5*sq(sin(incl))
	tilt := sq(sq(cos(incl / 2)))
	so, co2, so2 := sin(omega), sq(cos(omega/2)), sq(sin(omega/2))
	s.f = [nodes]float64{
		nodeNone: 1,
		nodeMm:   (2.0/3 - si*si) / ((2.0/3 - so*so) * mean),
		nodeMf:   si * si / (so * so * tilt),
		nodeO1:   si * ci2 / (so * co2 * tilt),
		nodeJ1:   sin(2*i) / (sin(2*omega) * mean),
		nodeOO1:  si * si2 / (so * so2 * tilt),
		nodeM2:   ci2 * ci2 / (co2 * co2 * tilt),
		nodeEta:  si * si / (so * so * mean),
		nodeK1:   math.Sqrt(sq(sin(2*i))+2*k1*sin(2*i)*cos(s.nu)+k1*k1) / (sin(2*omega)*mean + k1),
		nodeK2:   math.Sqrt(sq(si*si)+2*k2*si*si*cos(2*s.nu)+k2*k2) / (so*so*mean + k2),
		nodeM1C:  (1 - 10*si2 + 15*si2*si2) * ci2 / ((1 - 10*so2 + 15*so2*so2) * co2),
	}
	p := 2 * (perigee - s.xi)
	ratio, slope := cos(i)/ci2, si2/ci2
	s.f[nodeM1] = s.f[nodeO1] * math.Sqrt(0.25+1.5*ratio*cos(p)+2.25*ratio*ratio)
	s.f[nodeL2] = s.f[nodeM2] * math.Sqrt(1-12*slope*cos(p)+36*slope*slope)
	s.f[nodeM3] = math.Pow(s.f[nodeM2], 1.5)
	s.u[nodeM1] = -math.Atan2(sin(p), 3*ratio+cos(p))
	s.u[nodeL2] = -math.Atan2(sin(p), 1/(6*slope)-cos(p))
	s.u[nodeK1] = -math.Atan2(sin(2*i)*sin(s.nu), sin(2*i)*cos(s.nu)+k1)
	s.u[nodeK2] = -math.Atan2(si*si*sin(2*s.nu), si*si*cos(2*s.nu)+k2)
}

// of is the change of a term's amplitude and its argument.
func (s *sky) of(t *term) (f, argument float64) {
	argument = t.phase + t.xi*s.xi + t.nu*s.nu
	for i, a := range t.argument {
		argument += a * s.argument[i]
	}
	f = 1.0
	for k := nodeMm; k < nodes; k++ {
		for range t.nodes[k] {
			f *= s.f[k]
		}
		argument += float64(t.signs[k]) * s.u[k]
	}
	if t.still {
		return 1 - t.damped*(s.f[nodeM2]-1), argument
	}
	return 1 + (1-t.damped)*(f-1), argument
}

// At is the level at a time.
func (t *Tide) At(seconds float64) float64 {
	s := skyAt(t.hours + seconds/3600)
	level := t.under(&s)
	if t.Surge != nil {
		level += t.Surge.At(seconds)
	}
	return level
}

// under is the tide that a sky makes.
func (t *Tide) under(s *sky) float64 {
	level := t.Mean
	for i := range t.terms {
		f, argument := s.of(&t.terms[i])
		level += f * t.terms[i].amplitude * math.Cos(argument)
	}
	return level
}

// Speed is how fast a constituent goes, degrees an hour.
func Speed(name string) (float64, error) {
	t, err := newTerm(name)
	if err != nil {
		return 0, err
	}
	const century = 24 * 36525
	speeds := [5]float64{math.Pi / 12, 8399.7092745 / century, 628.3319500 / century, 71.0180412 / century, 0.0300053 / century}
	sum := 0.0
	for i, a := range t.argument {
		sum += a * speeds[i]
	}
	return sum * 180 / math.Pi, nil
}

// Turn is a high or a low water.
type Turn struct {
	At    float64 // seconds since the start
	Level float64
	High  bool
}

// Turns finds high and low waters of a level between two times. What rises or falls by less than least between two turns is no turn.
func Turns(level Series, from, to, least float64) []Turn {
	const step = 600
	var out []Turn
	last, rising := math.NaN(), 0
	best := Turn{At: from, Level: level.At(from)}
	for at := from; at <= to; at += step {
		now := level.At(at)
		switch {
		case rising >= 0 && now > best.Level || rising <= 0 && now < best.Level:
			if rising == 0 {
				if math.IsNaN(last) {
					last = best.Level
				}
				if math.Abs(now-last) < least {
					continue
				}
				rising = cmp.Compare(now, last)
			}
			best = Turn{At: at, Level: now, High: rising > 0}
		case rising != 0 && math.Abs(now-best.Level) >= least:
			out = append(out, sharpen(level, best, step))
			rising = -rising
			best = Turn{At: at, Level: now, High: rising > 0}
		}
	}
	return out
}

// sharpen finds a turn within a step either side, to the second.
func sharpen(level Series, t Turn, step float64) Turn {
	sign := -1.0
	if t.High {
		sign = 1
	}
	low, high := t.At-step, t.At+step
	for high-low > 1 {
		a, b := low+(high-low)/3, high-(high-low)/3
		if sign*level.At(a) < sign*level.At(b) {
			low = a
		} else {
			high = b
		}
	}
	t.At = (low + high) / 2
	t.Level = level.At(t.At)
	return t
}
