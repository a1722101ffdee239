package ingest

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
)

// WriteArrivalCSV writes arrivals as CSV with a header, with a byte order mark where that is asked for: without one Excel takes Chinese for something else.
// Rates are shares of one, empty where there are none.
func WriteArrivalCSV(w io.Writer, list ArrivalList, bom bool) error {
	if bom {
		if _, err := io.WriteString(w, "\ufeff"); err != nil {
			return err
		}
	}
	c := csv.NewWriter(w)
	if err := c.Write([]string{"month", list.By, "vendors", "stations", "readings", "expected", "arrived", "timely", "days", "line_days", "arrival_rate", "timely_rate",
		"line_rate"}); err != nil {
		return err
	}
	whole := func(n int64) string { return strconv.FormatInt(n, 10) }
	share := func(rate *float64) string {
		if rate == nil {
			return ""
		}
		return strconv.FormatFloat(*rate, 'f', 4, 64)
	}
	for _, a := range list.Arrivals {
		name, stations := a.Station+a.Channel, a.Stations
		if a.Vendor != nil {
			name = *a.Vendor
		}
		if list.By == ByStation {
			stations = 1
		}
		readings := ""
		if list.By == ByChannel {
			readings = whole(a.Readings)
		}
		if err := c.Write([]string{list.Month, inert(name), inert(strings.Join(a.Vendors, "; ")), whole(stations), readings, whole(a.Expected), whole(a.Arrived), whole(a.Timely),
			whole(a.Days), whole(a.LineDays), share(a.ArrivalRate), share(a.TimelyRate), share(a.LineRate)}); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// inert is text that a spreadsheet takes for text, never for a formula.
func inert(text string) string {
	if strings.IndexAny(text, "=+-@\t\r") == 0 {
		return "'" + text
	}
	return text
}
