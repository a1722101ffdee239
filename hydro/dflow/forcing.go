package dflow

import (
	"fmt"
	"math"
	"strings"
	"time"

	"basin/hydro/hydraulics"
)

// forcingKey names a forcing of a file: of what, and which quantity.
type forcingKey struct{ file, name, quantity string }

// forcing finds the series of an object in a file.
func (r *reader) forcing(by *block, key, file, quantity string) (*block, error) {
	if !r.forced[file] {
		blocks, there, err := r.blocks(file)
		if err != nil {
			return nil, err
		}
		if !there {
			return nil, by.bad(key, "the file "+file+" is missing")
		}
		r.forced[file] = true
		for _, b := range blocks {
			if b.name != "forcing" {
				continue
			}
			for _, q := range b.all("quantity") {
				k := forcingKey{file, strings.ToLower(b.id()), strings.ToLower(q)}
				if k.quantity != "time" && r.forcings[k] != nil {
					return nil, b.bad("name", "its "+q+" stands there twice")
				}
				r.forcings[k] = b
			}
		}
	}
	if b := r.forcings[forcingKey{file, strings.ToLower(by.id()), quantity}]; b != nil {
		return b, nil
	}
	return nil, by.bad(key, "the file "+file+" holds no "+quantity+" of it")
}

// column is where a quantity stands in the rows of a forcing.
func (b *block) column(quantity string) int {
	quantities := b.all("quantity")
	for i, q := range quantities {
		if strings.EqualFold(q, quantity) && len(quantities) == b.columns {
			return i
		}
	}
	_ = b.bad("quantity", "its rows do not have a column of "+quantity+" each")
	return -1
}

// values are those of a column.
func (b *block) values(column int) []float64 {
	out := make([]float64, 0, len(b.rows)/max(b.columns, 1))
	for i := column; i >= 0 && i < len(b.rows); i += b.columns {
		out = append(out, b.rows[i])
	}
	return out
}

// series is a quantity over time.
func (r *reader) series(b *block, quantity string) (hydraulics.Series, error) {
	values := b.values(b.column(quantity))
	if b.err != nil {
		return nil, b.err
	}
	var s hydraulics.Series
	var err error
	switch function := b.word("function", ""); function {
	case "constant":
		if len(values) != 1 {
			return nil, b.bad("function", "a constant of several rows")
		}
		s = hydraulics.Constant(values[0])
	case "timeseries":
		s, err = r.over(b, values)
	default:
		return nil, b.bad("function", "a forcing by "+function+" is not supported: constant and timeseries are, and qhtable of a boundary")
	}
	if factor, plus := b.numberOr("factor", 1), b.numberOr("offset", 0); factor != 1 || plus != 0 {
		s = hydraulics.Scaled{Of: s, By: factor, Plus: plus * factor}
	}
	if b.err != nil {
		return nil, b.err
	}
	return s, b.because(err)
}

// over is a series of times and values.
func (r *reader) over(b *block, values []float64) (hydraulics.Series, error) {
	times, err := r.times(b)
	if err != nil {
		return nil, err
	}
	switch how := strings.ReplaceAll(b.word("timeinterpolation", "linear"), "-", ""); how {
	case "linear":
		return hydraulics.NewLinear(times, values, true)
	case "blockfrom":
		return hydraulics.NewStepped(times, values, math.Inf(1))
	case "blockto":
		if len(times) < 2 {
			return nil, b.bad("timeinterpolation", "a series of blocks needs two times")
		}
		return hydraulics.NewStepped(times[:len(times)-1], values[1:], math.Inf(1))
	default:
		return nil, b.bad("timeinterpolation", "the interpolation "+how+" is not supported: linear, blockFrom and blockTo are")
	}
}

// times are those of a series, in seconds since the start of the run: "minutes since 2000-01-01 00:00:00 +01:00".
func (r *reader) times(b *block) ([]float64, error) {
	column := b.column("time")
	if b.err != nil {
		return nil, b.err
	}
	units := b.all("unit")
	if column >= len(units) {
		return nil, b.bad("unit", "its times have no unit")
	}
	unit, since, _ := strings.Cut(strings.ToLower(units[column]), " since ")
	seconds := map[string]float64{"second": 1, "minute": 60, "hour": 3600, "day": 86400}[strings.TrimSuffix(strings.TrimSpace(unit), "s")]
	begin, ok := parseTime(since, "2006-01-02 15:04:05 -07:00", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02")
	if seconds == 0 || !ok {
		return nil, b.bad("unit", "the unit "+units[column]+" is not like minutes since 2000-01-01 00:00:00")
	}
	shift := begin.Sub(r.model.Network.Start).Seconds()
	times := b.values(column)
	for i := range times {
		times[i] = times[i]*seconds + shift
	}
	return times, nil
}

// parseTime reads a time in one of several forms.
func parseTime(text string, forms ...string) (time.Time, bool) {
	for _, form := range forms {
		if t, err := time.Parse(form, strings.TrimSpace(text)); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// external reads boundaries and laterals.
func (r *reader) external() error {
	for _, name := range list(r.mdu("external forcing", "extforcefilenew")) {
		blocks, there, err := r.blocks(name)
		if err != nil {
			return err
		}
		if !there {
			return r.main.missing("external forcing", "extforcefilenew")
		}
		for _, b := range blocks {
			switch b.name {
			case "general":
			case "boundary":
				err = r.boundary(b)
			case "lateral":
				err = r.lateral(b)
			default:
				err = bad(b.file, b.line, b.id(), "["+b.name+"] is not supported: boundaries and laterals are")
			}
			if err != nil {
				return err
			}
		}
	}
	if len(r.realtime) > 0 {
		r.assume("These laterals bring nothing, for another program would say how much while the model runs (REALTIME): " + strings.Join(r.realtime, ", ") + ".")
	}
	return nil
}

// boundary gives a node at an end its level, its discharge or its rating.
func (r *reader) boundary(b *block) error {
	if b.text("nodeid") == "" && b.text("locationfile") != "" {
		return b.bad("locationfile", "a boundary along a line is not supported: at a node it is")
	}
	node, known := r.node[b.needed("nodeid")]
	if b.err == nil && !known {
		_ = b.bad("nodeid", "the node is unknown")
	}
	file := b.needed("forcingfile")
	if b.err != nil {
		return b.err
	}
	if len(r.touching[node]) != 1 {
		return b.bad("nodeid", "a boundary must lie at an end of one branch")
	}
	n := &r.model.Network.Nodes[node]
	if n.Level != nil || n.Rating != nil || len(n.Inflows) > 0 {
		return b.bad("nodeid", "the node has a boundary already")
	}
	switch quantity := b.word("quantity", ""); quantity {
	case "waterlevelbnd", "dischargebnd":
		f, err := r.forcing(b, "forcingfile", file, quantity)
		if err != nil {
			return err
		}
		s, err := r.series(f, quantity)
		if err != nil {
			return err
		}
		if n.Line = b.line; quantity == "waterlevelbnd" {
			n.Level = s
		} else {
			n.Inflows = append(n.Inflows, s)
		}
		return nil
	case "qhbnd":
		return r.rating(b, n, file)
	default:
		return b.bad("quantity", "a boundary of "+quantity+" is not supported: waterlevelbnd, dischargebnd and qhbnd are")
	}
}

// rating gives a node at an end the discharge that leaves it by its level.
func (r *reader) rating(b *block, n *hydraulics.Node, file string) error {
	const levels, flows = "qhbnd waterlevel", "qhbnd discharge"
	f, err := r.forcing(b, "forcingfile", file, levels)
	if err != nil {
		return err
	}
	if f.word("function", "") != "qhtable" {
		return f.bad("function", "a qhbnd needs a qhtable")
	}
	x, y := f.values(f.column(levels)), f.values(f.column(flows))
	if f.err != nil {
		return f.err
	}
	table, err := hydraulics.NewTable(x, y, false)
	if err != nil {
		return f.because(err)
	}
	n.Line, n.Rating = b.line, table
	return nil
}

// lateral brings water to the node of the mesh that is nearest.
func (r *reader) lateral(b *block) error {
	if b.word("locationtype", "1d") == "2d" {
		r.ignore(fmt.Sprintf("%s, line %d: the lateral %s goes to the two-dimensional part: it is ignored.", b.file, b.line, b.id()))
		return nil
	}
	discharge := b.needed("discharge")
	if strings.EqualFold(discharge, "realtime") {
		r.realtime = append(r.realtime, b.id())
		discharge = "0"
	}
	var s hydraulics.Series
	v, err := number(discharge)
	if err == nil {
		s = hydraulics.Constant(v)
	} else {
		f, err := r.forcing(b, "discharge", discharge, "lateral_discharge")
		if err != nil {
			return err
		}
		if s, err = r.series(f, "lateral_discharge"); err != nil {
			return err
		}
	}
	if b.err != nil {
		return b.err
	}
	if id := b.text("nodeid"); id != "" {
		node, known := r.node[id]
		if !known {
			return b.bad("nodeid", "the node "+id+" is unknown")
		}
		r.model.Network.Nodes[node].Inflows = append(r.model.Network.Nodes[node].Inflows, s)
		return nil
	}
	br, chainage, err := r.onBranch(b)
	if err != nil {
		return err
	}
	br.cuts = append(br.cuts, cut{at: br.nearest(chainage), inflow: s, point: -1})
	return nil
}
