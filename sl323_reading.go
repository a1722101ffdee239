package main

import (
	"cmp"
	"context"
	"regexp"
	"strings"
	"time"

	"basin/access"
	"basin/fault"
	"basin/geo"
	"basin/postgis"
	"basin/source"
	"basin/twin"
)

// Readings are what became of the readings of a load.
type Readings struct {
	Read        int `json:"read"`
	Accepted    int `json:"accepted"`
	Duplicates  int `json:"duplicates"`
	Corrections int `json:"corrections"`
	Rejected    int `json:"rejected"`
}

// sl323Batch is how many rows are stored at a time.
const sl323Batch = 2000

// sl323Row is what a row of a table says of a station at a time.
type sl323Row struct {
	line   int
	code   string
	time   time.Time
	issued time.Time // zero where the table does not say
	values []measured
}

// measured is a value in the unit of its property.
type measured struct {
	property, role string
	number         int
	value          twin.Decimal
}

// loadReadings stores the readings of a table.
func (s *sl323Load) loadReadings(ctx context.Context) error {
	if s.sum.Readings == nil {
		s.sum.Readings = &Readings{}
	}
	var rows []sl323Row
	if err := s.read(ctx, []string{"TM"}, func(r source.TableRow, code string) error {
		t, err := s.moment(r)
		if err != nil {
			s.sum.Readings.Rejected++
			s.find(r.Line, err)
			return nil
		}
		if row := (sl323Row{r.Line, code, t, s.issued(r), s.values(r, code)}); len(row.values) > 0 {
			s.sum.Readings.Read += len(row.values)
			rows = append(rows, row)
		}
		if len(rows) < sl323Batch {
			return nil
		}
		full := rows
		rows = rows[:0]
		return s.store(ctx, full)
	}); err != nil {
		return err
	}
	return s.store(ctx, rows)
}

// sl323Times are the forms that databases and exports of them write TM in.
var sl323Times = []string{"2006-1-2 15:4:5", "2006/1/2 15:4:5", "2006-1-2 15:4", "2006/1/2 15:4", "2006-1-2T15:4:5", "20060102150405", "200601021504",
	"2006-1-2 15:4:5-07", "2006-1-2 15:4:5 -07:00"}

// instant is a time in text. Without a zone it is in that of the region.
func (s *sl323Load) instant(text string) (time.Time, bool) {
	if t, err := time.Parse(time.RFC3339, strings.Replace(text, " ", "T", 1)); err == nil {
		return t, true
	}
	for _, form := range sl323Times {
		if t, err := time.ParseInLocation(form, text, s.zone); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// moment is TM.
func (s *sl323Load) moment(r source.TableRow) (time.Time, *fault.Error) {
	if t, ok := s.instant(r.Get("TM")); ok {
		return t, nil
	}
	return time.Time{}, fault.New(fault.Invalid, "bad-time", "{value} is not a time, for instance 2026-07-18 08:00:00", "value", r.Get("TM"))
}

// issued is MODITIME, which some editions have: when the row was changed last. Where there is none, or it is ahead of the clock, so that the value could never
// be corrected, it is when the row was noticed to have changed; zero where it was not, and the time of receipt counts.
func (s *sl323Load) issued(r source.TableRow) time.Time {
	if t, ok := s.instant(r.Get("MODITIME")); ok && !t.After(time.Now()) {
		return t
	}
	return s.changed[r.Line]
}

// plainNumber are numbers as databases write them; Oracle leaves the 0 before the point out.
var plainNumber = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$`)

// cell is a number in a row; false where there is none.
func (s *sl323Load) cell(r source.TableRow, column string) (twin.Decimal, bool) {
	text := r.Get(column)
	if text == "" {
		return "", false
	}
	if !plainNumber.MatchString(text) {
		s.find(r.Line, fault.New(fault.Invalid, "not-a-number", "{column} is {value}, which is not a number", "column", column, "value", text))
		if s.sum.Readings != nil {
			s.sum.Readings.Rejected++
		}
		return "", false
	}
	text = strings.TrimPrefix(text, "+")
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	if strings.HasPrefix(text, ".") {
		text = "0" + text
	}
	mantissa, exponent := text, ""
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa, exponent = text[:i], text[i:]
	}
	return twin.Decimal(sign + strings.TrimSuffix(mantissa, ".") + exponent), true
}

// sides are the roles of the levels that the tables call upper (闸上, 站上) and lower (闸下, 站下). At the sea and the Yangtze the upper one usually is the inner
// one, which nobody but the owner can say.
func (s *sl323Load) sides(code string) (upper, lower string) {
	switch cmp.Or(s.upper[code], s.upper["*"]) {
	case "inner":
		return "inner", "outer"
	case "outer":
		return "outer", "inner"
	}
	return "upper", "lower"
}

// values are the readings in a row of the table.
func (s *sl323Load) values(r source.TableRow, code string) []measured {
	var out []measured
	upper, lower := s.sides(code)
	add := func(column, property, role string, number int) {
		if v, ok := s.cell(r, column); ok {
			out = append(out, measured{property, role, number, v})
		}
	}
	switch s.table {
	case tableRivers:
		add("Z", "level", "", 0)
		add("Q", "discharge", "", 0)
	case tableTides:
		add("TDZ", "level", "", 0)
	case tableWorks:
		add("UPZ", "level", upper, 0)
		add("DWZ", "level", lower, 0)
		add("TGTQ", "discharge", "", 0)
	case tableGates:
		number := sl323Number(r)
		add("GTOPHGT", "gate_opening", "", number)
		add("GTQ", "discharge", "", number)
	case tablePumps:
		add("PPUPZ", "level", upper, 0)
		add("PPDWZ", "level", lower, 0)
		add("OMCN", "pump_running", "", 0)
		out = append(out, s.pumped(r)...)
	case tableRain:
		out = s.rain(r)
	}
	return out
}

// sl323Number is the number of the gate that a row of ST_GATE_R is of: EQPNO, else EXKEY, which tells rows of one time apart; 0 where neither is a number.
func sl323Number(r source.TableRow) int {
	for _, column := range []string{"EQPNO", "EXKEY"} {
		if n, err := (twin.Fields{"n": r.Get(column)}).Integer("n"); err == nil && n != nil && *n > 0 && *n < 1<<15 {
			return *n
		}
	}
	return 0
}

// pumped is PMPQ: outwards positive, inwards negative, as PDCHCD says (1 in, 2 out). One without a direction is a finding.
func (s *sl323Load) pumped(r source.TableRow) []measured {
	v, ok := s.cell(r, "PMPQ")
	if !ok {
		return nil
	}
	m := measured{property: "discharge", value: v}
	zero := strings.Trim(strings.ToLower(string(v)), "-0.") == ""
	switch way := strings.TrimSuffix(strings.TrimLeft(r.Get("PDCHCD"), "0"), ".0"); {
	case zero || way == "2":
	case way == "1" && strings.HasPrefix(string(v), "-"):
		m.value = v[1:]
	case way == "1":
		m.value = "-" + v
	default:
		s.sum.Readings.Rejected++
		s.find(r.Line, fault.New(fault.Invalid, "direction-missing", "PDCHCD is {value}, which is neither 1 (in) nor 2 (out): PMPQ is not stored",
			"value", r.Get("PDCHCD")))
		return nil
	}
	return []measured{m}
}

// sl323Spans are the lengths (INTV, in hours, or in hours and minutes as 0.05), times 100, for which amounts of rain have a property. Amounts of other lengths
// overlap with these and are not kept.
var sl323Spans = map[int64]string{100: "rainfall_hour", 5: "rainfall_5min", 8: "rainfall_5min", 2400: "rainfall_daily"}

// rain are DRP, the amount in the time INTV until TM, and DYP, the amount of the day that ends at TM.
func (s *sl323Load) rain(r source.TableRow) []measured {
	var out []measured
	daily, given := s.cell(r, "DYP")
	if given {
		out = append(out, measured{property: "rainfall_daily", value: daily})
	}
	v, ok := s.cell(r, "DRP")
	if !ok {
		return out
	}
	span := r.Get("INTV")
	if strings.HasPrefix(span, ".") {
		span = "0" + span
	}
	property := ""
	if hours, err := twin.Decimal(span).Scaled(2); err == nil {
		property = sl323Spans[hours]
	}
	switch {
	case property == "":
		s.sum.Readings.Rejected++
		s.find(r.Line, fault.New(fault.Invalid, "interval-not-kept", "INTV is {value}; amounts of 5 minutes (0.05), 1 hour and 24 hours are kept",
			"value", r.Get("INTV")))
	case property != "rainfall_daily" || !given:
		out = append(out, measured{property: property, value: v})
	}
	return out
}

// owner is the thing that a row of the table is of; nil where there is none.
func (s *sl323Load) owner(code string) *twin.View {
	order := []string{twin.ID("station", code), twin.ID("work", code)}
	switch s.table {
	case tableWorks, tableGates, tablePumps:
		order[0], order[1] = order[1], order[0]
	case tableRain:
		order = append([]string{twin.ID("station", code+"-PP")}, order...)
	}
	for _, id := range order {
		if v := s.things[id]; v != nil {
			return v
		}
	}
	return nil
}

// store stores the readings of rows and reports those that cannot be.
func (s *sl323Load) store(ctx context.Context, rows []sl323Row) error {
	if s.db == nil || len(rows) == 0 {
		return nil
	}
	codes := make([]string, len(rows))
	for i, r := range rows {
		codes[i] = r.code
	}
	if err := s.learn(ctx, codes); err != nil {
		return err
	}
	var readings []twin.Reading
	var lines []int
	var fresh []twin.Datastream
	for _, r := range rows {
		v := s.owner(r.code)
		if v == nil {
			s.sum.Readings.Rejected += len(r.values)
			s.bad[r.line] = true
			if !s.strange[r.code] {
				s.strange[r.code] = true
				s.find(r.line, fault.New(fault.NotFound, "unknown-station", "no station or work {code} is known; its other rows are not stored either", "code", r.code))
			}
			continue
		}
		for _, m := range r.values {
			code := twin.DatastreamCode(v.Code, m.property, m.role, m.number)
			if !s.streams[code] {
				d, err := lackingStream(v, m)
				if err != nil {
					s.sum.Readings.Rejected++
					s.find(r.line, err)
					continue
				}
				d.Code, s.streams[code] = code, true
				fresh = append(fresh, d)
			}
			readings, lines = append(readings, twin.Reading{Datastream: code, Time: r.time, Value: m.value, Issued: r.issued}), append(lines, r.line)
		}
	}
	if err := s.db.Do(ctx, func(tx postgis.Tx) error { return twin.PutDatastreams(ctx, tx, fresh) }); err != nil {
		return err
	}
	result, err := s.writer.Append(ctx, access.Principal{Name: "load", Role: access.System}, readings)
	if err != nil {
		return err
	}
	for _, r := range result.Rejected {
		s.report(lines[r.Index], r.Code, r.Reason)
	}
	t := s.sum.Readings
	t.Accepted, t.Duplicates = t.Accepted+result.Accepted, t.Duplicates+result.Duplicates
	t.Corrections, t.Rejected = t.Corrections+result.Corrections, t.Rejected+len(result.Rejected)
	return nil
}

// lackingStream is a datastream that a table has readings for and its thing lacks. A thing without a place can have none.
func lackingStream(v *twin.View, m measured) (twin.Datastream, *fault.Error) {
	d := twin.Datastream{Thing: v.ID, Property: m.property, Role: m.role, Number: m.number, Class: access.Class(v.Class)}
	g, err := geo.ParseGeoJSON(v.Geometry)
	at, ok := geo.Place{}, false
	if err == nil {
		at, ok = geo.At(g)
	}
	if !ok {
		return d, fault.New(fault.Invalid, "place-missing", "station {code} has no place", "code", v.Code)
	}
	d.Longitude, d.Latitude = at[0], at[1]
	if m.property == "level" {
		d.Datum = datumOfLevels(v)
	}
	return d, nil
}
