package hydraulics

import (
	"math"
	"testing"
)

func culverts() map[string]Law {
	return map[string]Law{"culvert": must(NewCulvert(must(NewClosedRectangle(1.5, 2, 0.013)), 8, 0, 0, 20, 0.5))}
}

// TestInlet holds inlets against the equations of HDS 5, turned round by hand.
func TestInlet(t *testing.T) {
	c := must(NewCircular(1.2, 0.024))
	in := must(NewInlet(c, 4, 10, 0.01))
	k, m, cc, y := 0.0078, 2.0, 0.0379, 0.69
	ad := math.Pi * 0.36 * math.Sqrt(1.2*0.3048)
	q, _ := in.Limit(13)
	near(t, "drowned", cc*(q/ad)*(q/ad)+y-0.005, 2.5, 1e-12)
	q, _ = in.Limit(10.8)
	yc := must(CriticalDepth(c, q))
	near(t, "by its critical head", (yc+c.Area(yc)/c.Width(yc)/2)/1.2+k*math.Pow(q/ad, m)-0.005, 0.8/1.2, 1e-9)
	box := must(NewInlet(must(NewClosedRectangle(1.5, 2, 0.013)), 12, 0, 0))
	q, _ = box.Limit(1)
	near(t, "form 2", 0.51*math.Pow(q/(3*math.Sqrt(1.5*0.3048)), 0.667), 1/1.5, 1e-12)
	for code := 1; code <= len(inlets); code++ {
		in := must(NewInlet(c, code, 0, 0.005))
		before, slope := in.Limit(0.01)
		for level := 0.011; level < 4; level += 0.001 {
			q, by := in.Limit(level)
			if q < before || q-before > 1.1*max(by, slope)*0.001+1e-9 {
				t.Errorf("code %d jumps from %g to %g at %g", code, before, q, level)
				break
			}
			before, slope = q, by
		}
	}
	if len(inlets) != 57 {
		t.Errorf("%d inlets", len(inlets))
	}
}

// TestCulvert: full and drowned at both ends it loses (1 + entry)·v²/2g and the friction of its length.
func TestCulvert(t *testing.T) {
	s := must(NewClosedRectangle(1.5, 2, 0.013))
	c := must(NewCulvert(s, 8, 0, 0, 20, 0.5))
	q := flow(c, 3, 2.9, 1)
	v := q / 3
	near(t, "head lost", 1.5*v*v/(2*9.81)+20*math.Pow(q/s.Conveyance(1.5), 2), 0.1, 1e-12)
	short := must(NewCulvert(s, 8, 0, 0, 2, 0))
	limit, _ := short.inlet.Limit(9)
	near(t, "held by its inlet", flow(short, 9, -1, 1), limit, 1e-12)
}
