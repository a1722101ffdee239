package ingest

import (
	"slices"
	"strings"
	"time"

	"basin/access"
	"basin/fault"
)

// Arrival says how readings arrived in a month: those of a station, of the stations of a vendor, or of those that came by a channel.
type Arrival struct {
	Thing       string   `json:"thing,omitempty"`        // by station: its id
	Station     string   `json:"station,omitempty"`      // by station: its code
	Vendors     []string `json:"vendors,omitempty"`      // by station: of its field stations; empty text where none is named
	Vendor      *string  `json:"vendor,omitempty"`       // by vendor: its name; empty text for field stations of which none is named
	Channel     string   `json:"channel,omitempty"`      // by channel: tcp, udp
	Stations    int64    `json:"stations,omitempty"`     // by vendor and channel: how many
	Readings    int64    `json:"readings,omitempty"`     // by channel: how many different ones came by it
	Expected    int64    `json:"expected"`               // readings, by the agreed intervals of datastreams; 0 where none is agreed
	Arrived     int64    `json:"arrived"`                // of these
	Timely      int64    `json:"timely"`                 // of these, within ten minutes of their time
	Days        int64    `json:"days"`                   // of the month since it was registered, today included; of several stations their sum
	LineDays    int64    `json:"line_days"`              // of these, on which anything came
	ArrivalRate *float64 `json:"arrival_rate,omitempty"` // 到报率: arrived of expected; absent where nothing was expected
	TimelyRate  *float64 `json:"timely_rate,omitempty"`  // 及时率: timely of arrived; absent where nothing arrived
	LineRate    *float64 `json:"line_rate,omitempty"`    // 畅通率: days with a line of days; absent where there were none
}

// rate fills in the rates.
func (a *Arrival) rate() {
	share := func(of, all int64) *float64 {
		if all <= 0 {
			return nil
		}
		r := min(1, float64(of)/float64(all))
		return &r
	}
	a.ArrivalRate, a.TimelyRate, a.LineRate = share(a.Arrived, a.Expected), share(a.Timely, a.Arrived), share(a.LineDays, a.Days)
}

// add sums up what is counted.
func (a *Arrival) add(o Arrival) {
	a.Expected, a.Arrived, a.Timely = a.Expected+o.Expected, a.Arrived+o.Arrived, a.Timely+o.Timely
	a.Days, a.LineDays, a.Readings = a.Days+o.Days, a.LineDays+o.LineDays, a.Readings+o.Readings
}

// What arrivals can be told by.
const (
	ByStation = "station"
	ByVendor  = "vendor"
	ByChannel = "channel"
)

// ArrivalsOf asks how readings arrived from one time to another. Days are those of the zone of From.
type ArrivalsOf struct {
	From, To  time.Time
	By        string // ByStation where it is empty
	Thing     string // id or code of a station or work; empty for all
	Clearance access.Class
	Vendor    *string // only what the field stations of this vendor observe; nil for all
}

// ArrivalList says how the readings of a month arrived.
type ArrivalList struct {
	Month     string     `json:"month"`
	By        string     `json:"by"`
	Zone      string     `json:"zone"` // IANA name of the time zone of months and days
	Generated time.Time  `json:"generated"`
	Since     *time.Time `json:"since,omitempty"` // by channel: nothing is counted before, because no frames are kept
	Arrivals  []Arrival  `json:"arrivals"`
}

// Month reads a month of a zone, for instance 2026-11, and gives its first moment and that of the next month; empty is the present one.
func Month(text string, zone *time.Location) (from, to time.Time, err error) {
	if text == "" {
		text = time.Now().In(zone).Format("2006-01")
	}
	from, err = time.ParseInLocation("2006-01", text, zone)
	if err != nil {
		return from, to, fault.New(fault.Invalid, "bad-month", "{month} is not a month as in 2026-11", "month", clip(text))
	}
	return from, from.AddDate(0, 1, 0), nil
}

// byVendor sums up the arrivals of stations by the vendors of their field stations. A station with field stations of two vendors counts for both.
func byVendor(stations []Arrival) []Arrival {
	sums := map[string]*Arrival{}
	for _, s := range stations {
		for _, name := range s.Vendors {
			if sums[name] == nil {
				sums[name] = &Arrival{Vendor: &name}
			}
			sums[name].Stations++
			sums[name].add(s)
		}
	}
	out := make([]Arrival, 0, len(sums))
	for _, a := range sums {
		a.rate()
		out = append(out, *a)
	}
	slices.SortFunc(out, func(a, b Arrival) int { return strings.Compare(*a.Vendor, *b.Vendor) })
	return out
}
