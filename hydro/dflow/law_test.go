package dflow

import (
	"math"
	"testing"

	"basin/hydro/hydraulics"
)

// must is a value that has no error.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func passes(p passage, up, down float64) float64 {
	q, _, _ := law{p}.Flow(up, down, 1)
	return q
}

// channel is a wide one.
var channel = side{bed: 0, section: must(hydraulics.NewRectangle(10, 0.03))}

func pipe(out float64) barrel {
	return barrel{section: must(hydraulics.NewCircular(1, 1.0/70)), beds: [2]float64{1, out}, sides: [2]side{channel, channel}, length: 20, entry: 0.6, exit: 1}
}

// weirShaped is a universal weir with a level crest.
func weirShaped(width float64) ridge {
	return ridge{crest: 1, coefficient: 1, pieces: []strip{{width: width}}}
}

func TestLaws(t *testing.T) {
	free, root := math.Pow(2.0/3, 1.5)*math.Sqrt(hydraulics.Gravity), math.Sqrt(2*hydraulics.Gravity)
	gate := must(hydraulics.NewGate(1, 3, 1))
	o := opening{crest: 1, height: 0.5, width: 3, coefficient: 1, most: [2]float64{math.Inf(1), 0.4}}
	nearly(t, "an orifice that is a weir", passes(o, 1.6, 0), 3*free*math.Pow(0.6, 1.5), 1e-9)
	for _, down := range []float64{0, 1.3, 1.45, 1.59} {
		q, _, _ := gate.Flow(1.6, down, 1)
		nearly(t, "an orifice is a sluice", passes(opening{1, math.Inf(1), 3, 1, o.most}, 1.6, down), q, 1e-9)
		nearly(t, "a level ridge is a sluice", passes(weirShaped(3), 1.6, down), q, 1e-9)
	}
	nearly(t, "an orifice", passes(o, 3, 0), 3*0.5*root*math.Sqrt(1.5), 1e-9)
	nearly(t, "an orifice that is drowned", passes(o, 3, 2.6), 3*0.5*root*math.Sqrt(0.4), 1e-9)
	nearly(t, "no more than it may let back", passes(o, 0, 3), -0.4, 0)
	// A triangle 1 m high and 2 m wide: critical depth is 0.8 of the head.
	v := ridge{crest: 1, coefficient: 0.9, pieces: []strip{{width: 2, high: 1}}}
	nearly(t, "a sloping ridge", passes(v, 2, 0), 0.9*0.64*root*math.Sqrt(0.2), 1e-9)
	// Far under water it is as its mean height.
	nearly(t, "a sloping ridge far below", passes(v, 9, 8.9), 0.9*2*7.4*root*math.Sqrt(0.1), 1e-9)

	p := pipe(0.9)
	full := math.Pi / 4
	k := p.section.Conveyance(1)
	wide := 1 - full/25
	losses := 0.6 + 2*hydraulics.Gravity*20*full*full/(k*k) + wide*wide
	nearly(t, "a drowned pipe", passes(p, 3, 2.5), full*root*math.Sqrt(0.5/losses), 1e-9)
	// Free: at the exit what comes runs critically.
	q := passes(p, 1.8, 0)
	yc := must(hydraulics.CriticalDepth(p.section, q))
	area, k := p.section.Area(0.8), p.section.Conveyance(0.8)
	nearly(t, "a free pipe", q, area*root*math.Sqrt((0.9-yc)/max(1, 0.6+2*hydraulics.Gravity*20*area*area/(k*k))), 1e-6)
	nearly(t, "an empty pipe", passes(p, 0.99, 0), 0, 0)

	b := arch{section: must(hydraulics.NewRectangle(4, 1.0/70)), bed: 0.5, sides: p.sides, length: 5, entry: 1, exit: 1}
	area, k = 4*1.5, b.section.Conveyance(1.5)
	wide = 1 - area/19
	nearly(t, "a bridge", passes(b, 2, 1.9), area*root*math.Sqrt(0.1/(1+2*hydraulics.Gravity*5*area*area/(k*k)+wide*wide)), 1e-9)
}

// TestDerivatives: laws are the same both ways where they are built so, do not jump, and have the derivatives that they say.
func TestDerivatives(t *testing.T) {
	for name, p := range map[string]passage{
		"opening": opening{crest: 1, height: 0.5, width: 3, coefficient: 1, most: [2]float64{math.Inf(1), math.Inf(1)}},
		"ridge":   ridge{crest: 1, coefficient: 0.9, pieces: []strip{{width: 2, high: 1}, {width: 1}}},
		"pipe":    pipe(1),
		"bridge":  arch{section: must(hydraulics.NewRectangle(4, 1.0/70)), bed: 0.5, sides: [2]side{channel, channel}, length: 5, entry: 1, exit: 1},
	} {
		l := law{p}
		for up := 0.81; up < 3; up += 0.0713 {
			for down := 0.79; down < 3; down += 0.0071 {
				q, byUp, byDown := l.Flow(up, down, 1)
				back, _, _ := l.Flow(down, up, 1)
				nearly(t, name+": back", back, -q, 1e-12)
				next, _, _ := l.Flow(up, down+1e-6, 1)
				nearly(t, name+": a hair further", next, q, 3e-3)
				const d = 1e-4
				up2, _, _ := l.Flow(up+d, down, 1)
				up1, _, _ := l.Flow(up-d, down, 1)
				if byUp < -1e-9 || byDown > 1e-9 {
					t.Errorf("%s at %v over %v: rises by %v, falls by %v", name, up, down, byUp, byDown)
				}
				if math.Abs(up-down) > 0.05 && math.Abs(up2-2*q+up1) < 1e-5 { // no corner there
					nearly(t, name+": by the level above", byUp, (up2-up1)/2/d, 0.02*(1+math.Abs(byUp)))
				}
			}
		}
	}
	p := pipe(1)
	q, byUp, byDown := returned{law{p}}.Flow(2, 2.4, 1)
	same, byDown2, byUp2 := law{p}.Flow(2.4, 2, 1)
	if q != -same || byUp != -byUp2 || byDown != -byDown2 {
		t.Errorf("returned: %v %v %v", q, byUp, byDown)
	}
	if q, _, _ := (law{p}).Flow(2, 1, 0.5); q != 0.5*passes(p, 2, 1) {
		t.Errorf("half of it: %v", q)
	}
}
