package swmm

import (
	"math"
	"strconv"
	"strings"
	"time"
)

var months = []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}

// date reads month/day/year, the month by number or name.
func date(s string) (time.Time, bool) {
	p := strings.FieldsFunc(s, func(r rune) bool { return r == '/' || r == '-' })
	if len(p) != 3 {
		return time.Time{}, false
	}
	month, err := strconv.Atoi(p[0])
	if err != nil {
		month = match(p[0], months...) + 1
	}
	dayOf, err1 := strconv.Atoi(p[1])
	year, err2 := strconv.Atoi(p[2])
	if err1 != nil || err2 != nil || year < 1 || year > 9999 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), dayOf, 0, 0, 0, 0, time.UTC)
	return t, t.Year() == year && int(t.Month()) == month && t.Day() == dayOf
}

// clock reads hours, as a decimal or as hours:minutes:seconds, in seconds. There may be more than a day of them.
func clock(s string) (seconds float64, ok bool) {
	if v, ok := number(s); ok {
		return math.Round(v*hour*1000) / 1000, math.Abs(v) < 1e8
	}
	unit := 3600.0
	for i, p := range strings.Split(s, ":") {
		v, err := strconv.ParseUint(p, 10, 32)
		if err != nil || i > 2 {
			return 0, false
		}
		seconds += float64(v) * unit
		unit /= 60
	}
	return seconds, true
}

// date is a field that is one.
func (r *row) date(i int) time.Time {
	if !r.need(i + 1) {
		return time.Time{}
	}
	t, ok := date(r.words[i])
	if !ok {
		r.fail("swmm-bad-time", "field {field} is {value}, not a date or a time", "field", i+1, "value", r.words[i])
	}
	return t
}

// clock is a field that is a time of day or a span of time, in seconds.
func (r *row) clock(i int) float64 {
	if !r.need(i + 1) {
		return 0
	}
	s, ok := clock(r.words[i])
	if !ok {
		r.fail("swmm-bad-time", "field {field} is {value}, not a date or a time", "field", i+1, "value", r.words[i])
	}
	return s
}

// after is a date with seconds added.
func after(t time.Time, seconds float64) time.Time {
	whole := math.Floor(seconds)
	return t.AddDate(0, 0, int(whole)/day).Add(time.Duration(int(whole)%day)*time.Second + time.Duration((seconds-whole)*1e9))
}

// since is how many seconds lie between two times, which may be ages apart.
func since(start, t time.Time) float64 {
	return float64(t.Unix()-start.Unix()) + float64(t.Nanosecond()-start.Nanosecond())*1e-9
}
