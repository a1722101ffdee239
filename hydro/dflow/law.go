package dflow

import (
	"math"

	"basin/hydro/hydraulics"
)

// passage is what passes a structure from the higher level to the lower one, m³/s; back says that this is against its branch.
type passage interface {
	pass(high, low float64, back bool) float64
}

// law is a hydraulics.Law by a passage. Its derivatives are differences, taken away from the place where the levels meet.
type law struct{ passage }

// step is by how much levels differ for a derivative, m.
const step = 1e-6

// Flow is the discharge with its derivatives. The setting lets part of it through.
func (l law) Flow(up, down, setting float64) (q, byUp, byDown float64) {
	if setting <= 0 {
		return 0, 0, 0
	}
	high, low, sign, back := up, down, setting, false
	if down > up {
		high, low, sign, back = down, up, -setting, true
	}
	q = l.pass(high, low, back)
	byHigh, byLow := (l.pass(high+step, low, back)-q)/step, (q-l.pass(high, low-step, back))/step
	if back {
		return sign * q, sign * byLow, sign * byHigh
	}
	return sign * q, sign * byHigh, sign * byLow
}

// lowHead is the head below which flow goes to nought by a parabola instead of a root, m.
const lowHead = 1e-3

// speed is that of water under a head.
func speed(head float64) float64 {
	switch {
	case head <= 0:
		return 0
	case head < lowHead:
		t := head / lowHead
		return math.Sqrt(2*hydraulics.Gravity*lowHead) * t * (1.5 - t/2)
	}
	return math.Sqrt(2 * hydraulics.Gravity * head)
}

// opening is a weir or an orifice as D-Flow FM has them (its general structure): a broad-crested weir, until the water over the crest reaches the lower edge of a gate.
type opening struct {
	crest, height, width, coefficient float64
	most                              [2]float64 // m³/s along its branch and back
}

func (o opening) pass(high, low float64, back bool) float64 {
	head := high - o.crest
	if head <= 0 {
		return 0
	}
	depth := max(low-o.crest, min(head*2/3, o.height))
	q := o.coefficient * o.width * min(depth, o.height) * speed(head-depth)
	if back {
		return min(q, o.most[1])
	}
	return min(q, o.most[0])
}

// ridge is a universal weir: a broad crest in pieces, each level or sloping.
type ridge struct {
	crest, coefficient float64
	pieces             []strip // heights above the crest
}

func (r ridge) pass(high, low float64, _ bool) float64 {
	q := 0.0
	for _, p := range r.pieces {
		foot, rise := r.crest+p.low, p.high-p.low
		head := high - foot
		if head <= 0 {
			continue
		}
		critical := 2.0 / 3
		switch {
		case rise <= 1e-5:
		case head < 1.25*rise:
			critical = 0.8 // a triangle's
		default:
			critical += rise / head / 6
		}
		depth := max(low-foot, critical*head)
		area := p.width * (depth - rise/2)
		if depth < rise {
			area = p.width * depth * depth / 2 / rise
		}
		q += area * speed(head-depth)
	}
	return r.coefficient * q
}

// side is the channel at an end of a structure.
type side struct {
	bed     float64
	section hydraulics.Section
}

// exit is the loss where water of an area widens into a channel, without the coefficient.
func (s side) exit(area, level float64) float64 {
	part := 1.0
	if wide := s.section.Area(level - s.bed); wide > 0 {
		part = max(1-area/wide, 0)
	}
	return part * part
}

// drag is the loss along a length of a section, of v²/2g.
func drag(length, area, conveyance float64) float64 {
	return 2 * hydraulics.Gravity * length * area * area / (conveyance * conveyance)
}

// through is the flow of an area under a head with losses, of which there are always some.
func through(area, losses, head float64) float64 {
	return area * speed(head) / math.Sqrt(max(losses, 1))
}

// barrel is a culvert as D-Flow FM has it: losses at the entrance, along the wall and, where it is drowned, at the exit; where it is not, the water falls through critical depth.
type barrel struct {
	section     hydraulics.Section
	beds        [2]float64 // at the beginning and at the end, along the branch
	sides       [2]side
	length      float64
	entry, exit float64
}

// drowning is the part of the head over which the loss at the exit sets in; D-Flow FM lets it jump.
const drowning = 0.1

func (b barrel) pass(high, low float64, back bool) float64 {
	in, out, below := b.beds[0], b.beds[1], b.sides[1]
	if back {
		in, out, below = out, in, b.sides[0]
	}
	if high <= max(in, out) {
		return 0
	}
	area, k := b.section.Area(high-in), b.section.Conveyance(high-in)
	if area <= 0 || k <= 0 {
		return 0
	}
	losses := b.entry + drag(b.length, area, k)
	falls := out + b.critical(high-out, area, losses)
	if low > falls {
		part := min((low-falls)/(drowning*(high-in)), 1)
		losses += part * part * (3 - 2*part) * b.exit * below.exit(area, low)
	}
	return through(area, losses, high-max(low, falls))
}

// critical is the depth at the exit where what comes through under a head runs as fast as a wave.
func (b barrel) critical(head, area, losses float64) float64 {
	excess := func(y float64) float64 {
		a, w := b.section.Area(y), b.section.Width(y)
		if w <= 0 {
			return math.Inf(1)
		}
		return a*math.Sqrt(hydraulics.Gravity*a/w) - through(area, losses, head-y)
	}
	shallow, deep := 0.0, min(head, b.section.Full())
	for deep-shallow > 1e-9*head {
		if mid := (shallow + deep) / 2; excess(mid) < 0 {
			shallow = mid
		} else {
			deep = mid
		}
	}
	return (shallow + deep) / 2
}

// arch is a bridge with a section of its own: losses at the entrance, along the wall and at the exit.
type arch struct {
	section     hydraulics.Section
	bed         float64
	sides       [2]side
	length      float64
	entry, exit float64
}

func (a arch) pass(high, low float64, back bool) float64 {
	above, below := a.sides[0], a.sides[1]
	if back {
		above, below = below, above
	}
	area, k := a.section.Area(high-a.bed), a.section.Conveyance(high-a.bed)
	if high <= a.bed || area <= 0 || k <= 0 {
		return 0
	}
	losses := a.entry + drag(a.length, area, k)
	area = min(area, above.section.Area(high-above.bed))
	return through(area, losses+a.exit*below.exit(area, low), high-low)
}

// returned is a law with its ends changed over, for a structure that lets water only back.
type returned struct{ hydraulics.Law }

// Flow is the discharge with its derivatives.
func (r returned) Flow(up, down, setting float64) (q, byUp, byDown float64) {
	q, byDown, byUp = r.Law.Flow(down, up, setting)
	return -q, -byUp, -byDown
}
