package ingest

import (
	"maps"
	"strconv"
	"strings"
	"time"

	"basin/fault"
)

// SL323Row is a row of a table of SL 323, as far as readings of one station at one time say it.
type SL323Row struct {
	Table    string
	Time     time.Time         // TM
	Key      string            // EXKEY, which tells gates apart; empty in other tables
	Cells    map[string]string // by column; an empty one is null
	Readings int
}

// RelayRows writes readings of one station, which are in the order of their time, as rows of SL 323. Side is the role of the level that its tables call the
// upper one: upper, inner or outer. It says how many readings no table can say, and why the last of them.
func RelayRows(s RelayStation, readings []RelayReading, side string) (rows []SL323Row, passed int, why error) {
	places := map[string]int{}
	for _, r := range readings {
		row, err := r.sl323(s, side)
		if err != nil {
			passed, why = passed+1, err
			continue
		}
		key := row.Table + row.Time.UTC().String() + row.Key
		at, known := places[key]
		if !known {
			places[key], rows = len(rows), append(rows, row)
			continue
		}
		maps.Copy(rows[at].Cells, row.Cells)
		rows[at].Readings++
	}
	return rows, passed, why
}

// The lengths of time (INTV) of amounts of rain.
const (
	sl323Hour        = "1.00"
	sl323FiveMinutes = "0.05"
)

// sl323Gates is how many gates EXKEY, one letter or digit, tells apart.
const sl323Gates = 35

// sl323 is the row that says a reading.
func (r RelayReading) sl323(s RelayStation, side string) (SL323Row, error) {
	row := SL323Row{Time: r.Time, Readings: 1, Cells: map[string]string{}}
	value := r.decimal()
	put := func(table, column string) { row.Table, row.Cells[column] = table, value }
	upper, sided := r.upper(side)
	switch {
	case r.Property == "level" && r.Role == "" && s.Type == "tide":
		put("ST_TIDE_R", "TDZ")
	case r.Property == "level" && r.Role == "":
		put("ST_RIVER_R", "Z")
	case r.Property == "level" && !sided:
		return row, fault.New(fault.Invalid, "relay-no-side", "nobody says whether {what} is upper or lower: --upper", "what", r.means())
	case r.Property == "level" && s.Type == "pump" && upper:
		put("ST_PUMP_R", "PPUPZ")
	case r.Property == "level" && s.Type == "pump":
		put("ST_PUMP_R", "PPDWZ")
	case r.Property == "level" && upper:
		put("ST_WAS_R", "UPZ")
	case r.Property == "level":
		put("ST_WAS_R", "DWZ")
	case r.Number > sl323Gates:
		return row, r.noTable()
	case r.Property == "gate_opening":
		put("ST_GATE_R", "GTOPHGT")
		row.gate(r.Number)
	case r.Property == "discharge" && r.Number > 0:
		put("ST_GATE_R", "GTQ")
		row.gate(r.Number)
	case r.Property == "discharge" && s.Type == "pump":
		put("ST_PUMP_R", "PMPQ")
		row.pumped(r.Value)
	case r.Property == "discharge" && strings.HasPrefix(s.Thing, "work:"):
		put("ST_WAS_R", "TGTQ")
	case r.Property == "discharge":
		put("ST_RIVER_R", "Q")
	case r.Property == "pump_running" && r.Number == 0:
		put("ST_PUMP_R", "OMCN")
	case r.Property == "rainfall_daily":
		put("ST_PPTN_R", "DYP")
	case r.Property == "rainfall_hour":
		put("ST_PPTN_R", "DRP")
		row.Cells["INTV"] = sl323Hour
	case r.Property == "rainfall_5min" && s.Hourly && r.Time.Minute() == 0: // a row holds one amount, and that of the hour stands there
		return row, r.noTable()
	case r.Property == "rainfall_5min":
		put("ST_PPTN_R", "DRP")
		row.Cells["INTV"] = sl323FiveMinutes
	default:
		return row, r.noTable()
	}
	if r.Time.Nanosecond() != 0 {
		return row, r.noTable()
	}
	return row, nil
}

// upper says whether a level is that of the upper side, and whether it is of a side that is known.
func (r RelayReading) upper(side string) (upper, known bool) {
	switch r.Role {
	case "upper", "lower":
		return r.Role == "upper", true
	case "inner", "outer":
		return r.Role == side, side == "inner" || side == "outer"
	}
	return false, false
}

func (r RelayReading) noTable() error {
	return fault.New(fault.Invalid, "relay-no-table", "no table says {what} at {time}", "what", r.means(), "time", r.Time.Format(time.RFC3339Nano))
}

// gate is the key of a gate; the whole work has 0.
func (row *SL323Row) gate(number int) {
	row.Key = strings.ToUpper(strconv.FormatInt(int64(number), sl323Gates+1))
	row.Cells["EQPNO"] = ""
	if number > 0 {
		row.Cells["EQPNO"] = strconv.Itoa(number)
	}
}

// pumped is the way of what a pump moves: 2 is out, which is positive here, 1 is in.
func (row *SL323Row) pumped(value int64) {
	row.Cells["PMPQ"], row.Cells["PDCHCD"] = strings.TrimPrefix(row.Cells["PMPQ"], "-"), ""
	switch {
	case value > 0:
		row.Cells["PDCHCD"] = "2"
	case value < 0:
		row.Cells["PDCHCD"] = "1"
	}
}

// decimal is the value with all its decimals.
func (r RelayReading) decimal() string {
	digits := strings.TrimPrefix(strconv.FormatInt(r.Value, 10), "-")
	text := string(pointed(strings.Repeat("0", max(0, r.Scale+1-len(digits)))+digits, r.Scale))
	if r.Value < 0 {
		return "-" + text
	}
	return text
}
