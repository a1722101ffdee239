package swmm

import (
	"math"
	"strings"

	"basin/hydro/hydraulics"
)

// controls reads [CONTROLS].
type controls struct {
	*build

	names index
	named map[string]operand // of VARIABLE
	rule  *hydraulics.Rule
	state string // the keyword before
	unit  float64
	mixed bool // its conditions look at quantities of different units
}

// operand is what a premise looks at, with the unit of its value in SI.
type operand struct {
	hydraulics.Operand

	unit   float64
	object string
	what   string
}

var ruleWords = []string{"RULE", "IF", "AND", "OR", "THEN", "ELSE", "PRIORITY", "VARIABLE", "EXPRESSION"}

func (b *build) readControls() error {
	c := controls{build: b, names: newIndex("[CONTROLS]"), named: map[string]operand{}, state: "PRIORITY"}
	rows := b.rows["CONTROLS"]
	for i := range rows {
		r := &rows[i]
		if c.rule != nil {
			r.about = c.rule.Name
		}
		if k := r.word(0, 0, ruleWords...); k >= 0 && r.need(2) {
			c.clause(r, ruleWords[k])
		}
		if r.err != nil {
			return r.err
		}
	}
	b.model.Network.Rules = append(b.model.Network.Rules, b.starts...)
	return nil
}

// follows are the keywords that may stand before one.
var follows = map[string]string{"IF": "RULE", "OR": "IF", "THEN": "IF", "ELSE": "THEN", "AND": "IF THEN ELSE", "PRIORITY": "THEN ELSE"}

func (c *controls) clause(r *row, word string) {
	if before, ok := follows[word]; ok && !strings.Contains(before, c.state) {
		r.fail("swmm-rule-order", "{word} cannot stand after {before}", "word", word, "before", c.state)
		return
	}
	switch word {
	case "RULE":
		c.begin(r)
	case "IF", "OR":
		c.premise(r, word)
	case "AND":
		if c.state == "IF" {
			c.premise(r, word)
		} else {
			c.action(r)
		}
		word = c.state
	case "THEN", "ELSE":
		c.state = word
		c.action(r)
	case "PRIORITY":
		c.rule.Priority = r.number(1, 0)
	case "VARIABLE":
		c.variable(r)
		return
	case "EXPRESSION":
		r.refuse("EXPRESSION")
		return
	}
	if word != "OR" {
		c.state = word
	}
}

func (c *controls) begin(r *row) {
	if r.about = r.words[1]; c.names.add(r) < 0 {
		return
	}
	n := &c.model.Network
	n.Rules = append(n.Rules, hydraulics.Rule{Place: r.place()})
	c.rule = &n.Rules[len(n.Rules)-1]
	c.unit, c.mixed = 0, false
}

// variable reads: VARIABLE name = object name attribute.
func (c *controls) variable(r *row) {
	if !r.need(5) || r.words[2] != "=" {
		r.fail("swmm-bad-word", "field {field} is {value}, not one of {words}", "field", 3, "value", r.words[min(2, len(r.words)-1)], "words", "=")
		return
	}
	o, _ := c.operand(r, 3)
	c.named[fold(r.words[1])] = o
}

// premise adds a condition: those joined by OR make one, those joined by AND must all hold.
func (c *controls) premise(r *row, word string) {
	left, at := c.operand(r, 1)
	if r.err != nil || !r.need(at+2) {
		return
	}
	one := hydraulics.Condition{Of: left.Of, Object: left.Object, Given: left.Given}
	switch r.words[at] {
	case "=":
		one.Exact = true
	case "<>":
		one.Exact, one.Less = true, true
	case "<", "<=":
		one.Less, one.Equal = true, len(r.words[at]) == 2
	case ">", ">=":
		one.Equal = len(r.words[at]) == 2
	default:
		r.fail("swmm-bad-word", "field {field} is {value}, not one of {words}", "field", at+1, "value", r.words[at], "words", "=, <>, <, <=, >, >=")
		return
	}
	c.right(r, at+1, &one, left)
	if c.unit != 0 && c.unit != left.unit {
		c.mixed = true
	}
	c.unit = left.unit
	all := &c.rule.If.All
	if word == "OR" {
		either := &(*all)[len(*all)-1].Any
		*either = append(*either, one)
		return
	}
	*all = append(*all, hydraulics.Condition{Any: []hydraulics.Condition{one}})
}

var objectWords = []string{"GAGE", "NODE", "LINK", "CONDUIT", "PUMP", "ORIFICE", "WEIR", "OUTLET", "SIMULATION"}

// right puts into a condition what it compares with: a value, or a quantity of an object.
func (c *controls) right(r *row, at int, one *hydraulics.Condition, left operand) {
	if _, ok := c.named[fold(r.words[at])]; ok || match(r.words[at], objectWords...) >= 0 && len(r.words) > at+1 {
		o, _ := c.operand(r, at)
		one.Than = &o.Operand
		return
	}
	text := r.words[at]
	switch left.what {
	case "STATUS":
		on := r.word(at, 0, "OFF", "ON", "CLOSED", "OPEN")
		one.Value = float64(on % 2)
	case "TIME", "CLOCKTIME", "TIMEOPEN", "TIMECLOSED":
		one.Value = r.clock(at)
	case "DATE":
		one.Value = float64(r.date(at).Unix())
	case "DAYOFYEAR":
		if day, ok := date(text + "/1947"); ok {
			one.Value = float64(day.YearDay())
			return
		}
		one.Value = r.within(at, 0, 1, 366)
	case "DAY":
		one.Value = r.within(at, 0, 1, 7)
	case "MONTH":
		one.Value = r.within(at, 0, 1, 12)
	default:
		one.Value = r.number(at, 0) * left.unit
	}
}

var attributeWords = []string{
	"DEPTH", "MAXDEPTH", "HEAD", "VOLUME", "INFLOW", "FLOW", "FULLFLOW", "FULLDEPTH", "STATUS", "SETTING", "LENGTH", "SLOPE", "VELOCITY", "TIMEOPEN", "TIMECLOSED",
	"TIME", "DATE", "CLOCKTIME", "DAYOFYEAR", "DAY", "MONTH",
}

// operand reads a variable, or an object with a name and an attribute, and says where the next field is.
func (c *controls) operand(r *row, at int) (o operand, next int) {
	if !r.need(at + 1) {
		return o, at
	}
	if v, ok := c.named[fold(r.words[at])]; ok {
		return v, at + 1
	}
	k := r.word(at, 0, objectWords...)
	if k < 0 {
		return o, at
	}
	o.object, o.unit = objectWords[k], 1
	if next = at + 1; o.object != "SIMULATION" {
		next++
	}
	if !r.need(next + 1) {
		return o, next
	}
	switch o.object {
	case "GAGE":
		r.refuse("GAGE")
		return o, next
	case "SIMULATION":
	case "NODE":
		o.Object = r.find(at+1, c.nodeNames)
	default:
		o.Object = r.find(at+1, c.linkNames)
	}
	a := r.word(next, 0, attributeWords...)
	if r.err != nil {
		return o, next
	}
	o.what = attributeWords[a]
	switch o.object {
	case "SIMULATION":
		c.ofTime(r, next, &o)
	case "NODE":
		c.ofNode(r, next, &o)
	default:
		c.ofLink(r, next, &o)
	}
	return o, next + 1
}

// wrongAttribute says that an object has no such attribute.
func (r *row) wrongAttribute(at int, o *operand) {
	r.fail("swmm-no-attribute", "{object} has no {attribute}", "object", o.object, "attribute", r.words[at])
}

func (c *controls) ofTime(r *row, at int, o *operand) {
	of, ok := map[string]hydraulics.Quantity{
		"TIME": hydraulics.SinceStart, "DATE": hydraulics.Date, "CLOCKTIME": hydraulics.TimeOfDay, "DAYOFYEAR": hydraulics.DayOfYear, "DAY": hydraulics.DayOfWeek, "MONTH": hydraulics.Month,
	}[o.what]
	if o.Of = of; !ok {
		r.wrongAttribute(at, o)
	}
	if o.what == "TIME" || o.what == "CLOCKTIME" {
		o.unit = day // as curves have it
	}
}

func (c *controls) ofNode(r *row, at int, o *operand) {
	length := c.build.unit.Length()
	switch o.what {
	case "DEPTH":
		o.Of, o.unit = hydraulics.NodeDepth, length
	case "HEAD":
		o.Of, o.unit = hydraulics.NodeLevel, length
	case "VOLUME":
		o.Of, o.unit = hydraulics.NodeVolume, length*length*length
	case "INFLOW":
		o.Of, o.unit = hydraulics.NodeInflow, c.build.unit.Discharge()
	case "MAXDEPTH":
		o.Of, o.unit, o.Given = hydraulics.Given, length, hydraulics.Constant(c.nodes[o.Object].full)
	default:
		r.wrongAttribute(at, o)
	}
}

func (c *controls) ofLink(r *row, at int, o *operand) {
	l := &c.links[o.Object]
	length := c.build.unit.Length()
	o.Object = l.index
	if o.what == "FLOW" {
		o.unit = c.build.unit.Discharge()
		if o.Of = hydraulics.StructureFlow; l.kind == conduit {
			o.Of = hydraulics.ReachFlow
		}
		return
	}
	if l.kind != conduit {
		of, ok := map[string]hydraulics.Quantity{
			"SETTING": hydraulics.StructureSetting, "STATUS": hydraulics.StructureSetting, "TIMEOPEN": hydraulics.StructureOpen, "TIMECLOSED": hydraulics.StructureShut,
		}[o.what]
		if o.Of = of; !ok || o.what == "STATUS" && l.kind != pump {
			r.wrongAttribute(at, o)
		}
		if o.what == "TIMEOPEN" || o.what == "TIMECLOSED" {
			o.unit = hour // as curves have it
		}
		return
	}
	reach := &c.model.Network.Reaches[l.index]
	first, last := reach.Points[0], reach.Points[len(reach.Points)-1]
	section, slope := first.Section, c.slope(last.Chainage, first.Bed, last.Bed)
	given := func(v, unit float64) { o.Of, o.unit, o.Given = hydraulics.Given, unit, hydraulics.Constant(v) }
	switch o.what {
	case "DEPTH":
		o.Of, o.unit = hydraulics.ReachDepth, length
	case "VELOCITY":
		o.Of, o.unit = hydraulics.ReachVelocity, length
	case "STATUS":
		given(1, 1) // none is ever closed
	case "LENGTH":
		given(last.Chainage, length)
	case "SLOPE":
		if last.Bed > first.Bed {
			slope = -slope
		}
		given(slope, 1)
	case "FULLDEPTH":
		given(l.full, length)
	case "FULLFLOW":
		given(section.Conveyance(l.full)*math.Sqrt(slope), c.build.unit.Discharge())
	default:
		r.wrongAttribute(at, o)
	}
}

// action reads: THEN object name attribute = value, or CURVE, TIMESERIES or PID with what they need.
func (c *controls) action(r *row) {
	if !r.need(6) {
		return
	}
	k := r.word(1, 0, objectWords[3:8]...)
	at := r.find(2, c.linkNames)
	if r.err != nil {
		return
	}
	l := &c.links[at]
	if l.kind != k {
		r.fail("swmm-no-attribute", "{object} has no {attribute}", "object", r.words[2], "attribute", r.words[1])
		return
	}
	if l.kind == conduit {
		r.refuse("CONDUIT " + r.words[2] + " STATUS")
		return
	}
	a := hydraulics.Action{Structure: l.index}
	switch what := r.word(3, 0, "STATUS", "SETTING"); {
	case what == 0 && l.kind == pump:
		a.Setting = float64(r.word(5, 0, "OFF", "ON"))
	case what == 1:
		c.setting(r, l, &a)
	default:
		r.fail("swmm-no-attribute", "{object} has no {attribute}", "object", r.words[2], "attribute", r.words[3])
	}
	if r.err != nil {
		return
	}
	if c.state == "ELSE" {
		c.rule.Else = append(c.rule.Else, a)
	} else {
		c.rule.Then = append(c.rule.Then, a)
	}
}

func (c *controls) setting(r *row, l *link, a *hydraulics.Action) {
	switch match(r.words[5], "CURVE", "TIMESERIES", "PID") {
	case 0:
		if curve := c.curve(r, 6, controlCurve); curve != nil {
			if c.mixed {
				r.fail("swmm-mixed-units", "its curve needs conditions on quantities of one unit")
			}
			t, err := curve.table(c.unit, 1)
			r.blame(err)
			a.By = t
		}
	case 1:
		if s := c.timeSeries(r, 6); s != nil {
			t, err := s.linear(1, true)
			r.blame(err)
			a.Over = t
		}
	case 2:
		r.refuse("PID")
	default:
		a.Setting = r.least(5)
		if l.kind != pump && a.Setting > 1 {
			r.within(5, 0, 0, 1)
		}
	}
}
