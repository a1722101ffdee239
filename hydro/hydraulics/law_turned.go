package hydraulics

import "math"

// Turned asks a law that only knows its flow the other way round, so that the discharge of a drowned weir or orifice can be an unknown too. The law must pass more the higher the water
// above and less the higher the water below, and nothing between equal levels.
type Turned struct{ Law }

// deepest is how far below the levels a level is looked for, m.
const deepest = 100

// Balance is the head there is less the head that q takes: by the level below where the law is drowned, by the level above where it is free.
func (l Turned) Balance(q, up, down, setting float64) (left, byQ, byUp, byDown float64) {
	if setting == 0 {
		return -q, -1, 0, 0
	}
	if q < 0 || q == 0 && down > up {
		back := Turned{reversed(l)}
		left, byQ, byDown, byUp = back.Balance(-q, down, up, setting)
		return -left, byQ, -byUp, -byDown
	}
	if at, ok := l.solve(up-deepest, up, func(at float64) float64 { return q - flowOf(l.Law, up, at, setting) }); ok {
		_, slopeUp, slopeDown := l.Flow(up, at, setting)
		if slopeDown < 0 {
			return at - down, 1 / slopeDown, -slopeUp / slopeDown, -1
		}
	}
	at, _ := l.solve(down, max(up, down)+deepest, func(at float64) float64 { return flowOf(l.Law, at, down, setting) - q })
	_, slopeUp, slopeDown := l.Flow(at, down, setting)
	if slopeUp <= 0 { // it passes q at no level
		return -q, -1, 0, 0
	}
	return up - at, -1 / slopeUp, 1, slopeDown / slopeUp
}

// Head is the difference of levels that drives q, with its derivative by q.
func (l Turned) Head(q, up, down, setting float64) (head, byQ float64) {
	left, by, _, _ := l.Balance(q, up, down, setting)
	return up - down - left, -by
}

// solve finds where a rising function passes nought between two places; ok is false where it does not.
func (l Turned) solve(low, high float64, f func(float64) float64) (at float64, ok bool) {
	if f(low) > 0 || f(high) < 0 {
		return high, false
	}
	for range 100 {
		at = (low + high) / 2
		if at <= low || at >= high || high-low < 1e-12 {
			break
		}
		if f(at) < 0 {
			low = at
		} else {
			high = at
		}
	}
	return at, true
}

// reversed is a law with its ends changed over.
type reversed struct{ Law }

// Flow is the discharge with its derivatives.
func (r reversed) Flow(up, down, setting float64) (q, byUp, byDown float64) {
	q, byDown, byUp = r.Law.Flow(down, up, setting)
	return -q, -byUp, -byDown
}

func flowOf(law Law, up, down, setting float64) float64 {
	q, _, _ := law.Flow(up, down, setting)
	if math.IsNaN(q) {
		return 0
	}
	return q
}
