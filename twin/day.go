package twin

import "time"

// Day is the hydrological day of a region: it starts at a local time, and is named by the date on which it ends.
type Day struct {
	Start time.Duration // after local midnight, less than 24 hours
	Zone  *time.Location
}

// Ends is the date of the day that t lies in: the one on which it ends, at midnight UTC. The instant at which a day starts belongs to it.
func (d Day) Ends(t time.Time) time.Time {
	local := t.In(d.Zone)
	date := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
	if !t.Before(d.at(date)) {
		date = date.AddDate(0, 0, 1)
	}
	return date
}

// Bounds are the instants at which the day of that date starts and ends.
func (d Day) Bounds(date time.Time) (from, to time.Time) {
	return d.at(date.AddDate(0, 0, -1)), d.at(date)
}

// at is the instant at which a day starts on a date.
func (d Day) at(date time.Time) time.Time {
	return time.Date(date.Year(), date.Month(), date.Day(), 0, 0, 0, int(d.Start), d.Zone)
}

// clock is the start as SQL reads it.
func (d Day) clock() string { return time.Time{}.Add(d.Start).Format("15:04:05.999999") }
