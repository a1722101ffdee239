package hydraulics

import (
	"math"
	"testing"
	"time"
)

// seen are quantities that rules look at.
type seen map[Operand]float64

func (s seen) quantity(q Quantity, object int) float64 {
	if v, ok := s[Operand{Of: q, Object: object}]; ok {
		return v
	}
	return math.NaN()
}

// always and never are conditions that do not depend on anything.
func always() Condition { return Condition{Of: SinceStart, Less: false, Equal: true, Value: 0} }
func never() Condition  { return Condition{Of: SinceStart, Less: true, Value: 0} }

func TestRuleConditions(t *testing.T) {
	look := seen{{Of: NodeDepth, Object: 1}: 2, {Of: NodeDepth, Object: 2}: 3, {Of: StructureSetting}: 0.5, {Of: StepLength}: 60, {Of: StructureOpen}: 130}
	depth := func(c Condition) Condition {
		c.Of, c.Object = NodeDepth, 1
		return c
	}
	for name, c := range map[string]struct {
		If   Condition
		want bool
	}{
		"greater":                  {depth(Condition{Value: 1.9}), true},
		"not greater than itself":  {depth(Condition{Value: 2}), false},
		"greater or equal":         {depth(Condition{Equal: true, Value: 2}), true},
		"less":                     {depth(Condition{Less: true, Value: 2.1}), true},
		"not less than itself":     {depth(Condition{Less: true, Value: 2}), false},
		"less or equal":            {depth(Condition{Less: true, Equal: true, Value: 2}), true},
		"equal":                    {depth(Condition{Exact: true, Value: 2}), true},
		"not equal":                {depth(Condition{Exact: true, Value: 2.5}), false},
		"different":                {depth(Condition{Exact: true, Less: true, Value: 2.5}), true},
		"not different":            {depth(Condition{Exact: true, Less: true, Value: 2}), false},
		"less than another":        {depth(Condition{Less: true, Than: &Operand{Of: NodeDepth, Object: 2}}), true},
		"greater than another":     {depth(Condition{Than: &Operand{Of: NodeDepth, Object: 2}}), false},
		"nothing is greater":       {Condition{Of: NodeDepth, Object: 9, Value: -1}, false},
		"nothing is different":     {Condition{Of: NodeDepth, Object: 9, Exact: true, Less: true, Value: 7}, false},
		"greater than nothing":     {depth(Condition{Than: &Operand{Of: NodeDepth, Object: 9}}), false},
		"a series":                 {Condition{Of: Given, Given: Constant(4), Value: 3}, true},
		"a time near the step":     {Condition{Of: StructureOpen, Exact: true, Value: 120}, true},
		"a time at the step's end": {Condition{Of: StructureOpen, Exact: true, Value: 100}, false},
		"a time far from the step": {Condition{Of: StructureOpen, Exact: true, Value: 200}, false},
		"and":                      {Condition{All: []Condition{always(), never()}}, false},
		"or":                       {Condition{Any: []Condition{never(), always()}}, true},
		"or before and":            {Condition{All: []Condition{{Any: []Condition{always(), never()}}, always()}}, true},
		"nothing but or":           {Condition{All: []Condition{{Any: []Condition{never(), never()}}, always()}}, false},
		"since the start":          {Condition{Of: SinceStart, Equal: true, Value: 5400}, true},
		"time of day":              {Condition{Of: TimeOfDay, Exact: true, Value: 1800}, true}, // half past midnight
		"date":                     {Condition{Of: Date, Exact: true, Value: float64(time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC).Unix())}, true},
		"a Friday":                 {Condition{Of: DayOfWeek, Exact: true, Value: 6}, true},
		"March":                    {Condition{Of: Month, Exact: true, Value: 3}, true},
		"day 61 of a leap year":    {Condition{Of: DayOfYear, Exact: true, Value: 61}, true},
	} {
		n := Network{Start: time.Date(2024, 2, 29, 23, 0, 0, 0, time.UTC), Rules: []Rule{{If: c.If, Then: []Action{{Setting: 1}}, Else: []Action{{Setting: 0}}}}}
		targets := []float64{7}
		n.decide(look, 5400, targets)
		if got := targets[0] == 1; got != c.want {
			t.Errorf("%s: %v, not %v", name, got, c.want)
		}
	}
}

func TestRuleActions(t *testing.T) {
	over, err := NewLinear([]float64{0, 100}, []float64{0, 1}, true)
	if err != nil {
		t.Fatal(err)
	}
	by := must(NewTable([]float64{0, 4}, []float64{0, 1}, false))
	n := Network{Rules: []Rule{
		{If: always(), Then: []Action{{Structure: 0, Setting: 0.1}}, Priority: 1},
		{If: always(), Then: []Action{{Structure: 0, Setting: 0.2}}, Priority: 2},
		{If: always(), Then: []Action{{Structure: 0, Setting: 0.3}}, Priority: 2},
		{If: never(), Then: []Action{{Structure: 0, Setting: 0.4}}, Priority: 9},
		{If: never(), Then: []Action{{Structure: 1, Setting: 0.5}}, Else: []Action{{Structure: 1, Setting: 0.6}}},
		{If: always(), Then: []Action{{Structure: 2, Over: over}}},
		{If: Condition{All: []Condition{always(), {Of: NodeDepth, Value: -1}}}, Then: []Action{{Structure: 3, By: by}}},
		{If: always(), Then: []Action{{Structure: 4, Setting: 0.7}, {Structure: 4, Setting: 0.8}}},
	}}
	targets := make([]float64, 6)
	n.decide(seen{{Of: NodeDepth}: 3}, 25, targets)
	for i, want := range []float64{0.2, 0.6, 0.25, 0.75, 0.8} {
		near(t, "structure", targets[i], want, 1e-12)
	}
	if !math.IsNaN(targets[5]) {
		t.Errorf("a structure that no rule moves goes to %g", targets[5])
	}
}
