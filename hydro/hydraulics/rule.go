package hydraulics

import (
	"math"
	"time"
)

// sight is what rules look at: a quantity of an object now. Times of day and the like it is not asked for.
type sight interface {
	quantity(q Quantity, object int) float64
}

// decision is what rules are decided with.
type decision struct {
	sight sight
	start time.Time
	now   float64
	last  float64 // what was looked at last
}

// decide evaluates the rules and writes the settings of the structures that they move into targets (NaN elsewhere). Of rules that move the same structure the one with the greatest
// priority is heard, of these the first; within a rule it is the last action.
func (n *Network) decide(s sight, now float64, targets []float64) {
	rank := make([]float64, len(targets))
	for i := range targets {
		targets[i] = math.NaN()
	}
	d := decision{sight: s, start: n.Start, now: now}
	for i := range n.Rules {
		rule := &n.Rules[i]
		actions := rule.Else
		if d.holds(&rule.If) {
			actions = rule.Then
		}
		for k := len(actions) - 1; k >= 0; k-- {
			a := &actions[k]
			if to := a.Structure; math.IsNaN(targets[to]) || rule.Priority > rank[to] {
				targets[to], rank[to] = a.setting(&d), rule.Priority
			}
		}
	}
}

// setting is where an action moves its structure.
func (a *Action) setting(d *decision) float64 {
	switch {
	case a.By != nil:
		return a.By.At(d.last)
	case a.Over != nil:
		return a.Over.At(d.now)
	}
	return a.Setting
}

// holds says whether a condition is fulfilled. What decides it already is not looked at any further.
func (d *decision) holds(c *Condition) bool {
	switch {
	case c.All != nil:
		for i := range c.All {
			if !d.holds(&c.All[i]) {
				return false
			}
		}
		return true
	case c.Any != nil:
		for i := range c.Any {
			if d.holds(&c.Any[i]) {
				return true
			}
		}
		return false
	}
	return d.compares(c)
}

func (d *decision) compares(c *Condition) bool {
	left, right := d.value(Operand{c.Of, c.Object, c.Given}), c.Value
	if c.Than != nil {
		right = d.value(*c.Than)
	}
	if math.IsNaN(left) || math.IsNaN(right) {
		return false
	}
	d.last = left
	switch {
	case c.Exact:
		return d.same(c.Of, left, right) != c.Less
	case left == right:
		return c.Equal
	}
	return left < right == c.Less
}

// same says whether two values are equal: times that pass between two steps are so at the nearest of them.
func (d *decision) same(q Quantity, left, right float64) bool {
	switch q {
	case SinceStart, TimeOfDay, StructureOpen, StructureShut:
		half := d.sight.quantity(StepLength, 0) / 2
		return left == right || left >= right-half && left < right+half
	}
	return left == right
}

// value is a quantity now.
func (d *decision) value(o Operand) float64 {
	at := d.start.Add(time.Duration(d.now * float64(time.Second)))
	midnight := at.Truncate(24 * time.Hour)
	switch o.Of {
	case SinceStart:
		return d.now
	case TimeOfDay:
		return at.Sub(midnight).Seconds()
	case Date:
		return float64(midnight.Unix())
	case DayOfWeek:
		return float64(at.Weekday()) + 1
	case DayOfYear:
		return float64(at.YearDay())
	case Month:
		return float64(at.Month())
	case Given:
		return o.Given.At(d.now)
	}
	return d.sight.quantity(o.Of, o.Object)
}
