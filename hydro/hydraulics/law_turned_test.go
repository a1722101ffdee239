package hydraulics

import (
	"math"
	"testing"
)

// TestTurned: a law asked the other way round balances its own flow, with the derivatives that the flow has.
func TestTurned(t *testing.T) {
	for _, name := range []string{"transverse", "v-notch", "trapezoidal", "side orifice", "round orifice", "flap", "outlet by head", "culvert", "sluice", "gate"} {
		law := laws()[name]
		turned := Turned{law}
		for up := 0.31; up < 3; up += 0.213 {
			for down := -0.29; down < 3; down += 0.171 {
				q, byUp, byDown := law.Flow(up, down, 0.9)
				left, lQ, lUp, lDown := turned.Balance(q, up, down, 0.9)
				if math.Abs(byUp)+math.Abs(byDown) == 0 {
					continue
				}
				near(t, name+": balance", left, 0, 1e-6)
				near(t, name+": by up", -lUp/lQ, byUp, 1e-3*(1+math.Abs(byUp)))
				near(t, name+": by down", -lDown/lQ, byDown, 1e-3*(1+math.Abs(byDown)))
				head, byQ := turned.Head(q, up, down, 0.9)
				near(t, name+": head", head, up-down, 1e-6)
				near(t, name+": head by q", byQ, -lQ, 1e-12)
			}
		}
	}
}
