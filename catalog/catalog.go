// Package catalog keeps what is known of the data itself: the region a database holds, and its datasets with their provenance.
package catalog

import (
	"time"

	"basin/access"
)

// Region is the city or basin that a database holds. Table catalog.region.
type Region struct {
	ID        string      `json:"id"`
	Title     Title       `json:"title"`
	Language  string      `json:"language"`  // zh or en: what its people read first
	Timezone  string      `json:"timezone"`  // IANA name, for instance Asia/Shanghai
	DayStart  string      `json:"day_start"` // of the hydrological day, local, for instance 08:00
	BBox      *[4]float64 `json:"bbox"`      // west, south, east, north of what the reader may see; null while there is nothing
	Synthetic bool        `json:"synthetic"` // whether some of it is synthetic
}

// Title is a title in both languages.
type Title struct {
	Zh string `json:"zh"`
	En string `json:"en"`
}

// Zone is the region's time zone; UTC where its name is not known on this machine.
func (r Region) Zone() *time.Location {
	zone, err := time.LoadLocation(r.Timezone)
	if err != nil || r.Timezone == "" {
		return time.UTC
	}
	return zone
}

// DayBegins is how long after local midnight the hydrological day starts; eight hours where its text cannot be read.
func (r Region) DayBegins() time.Duration {
	t, err := time.Parse("15:04", r.DayStart)
	if err != nil {
		return 8 * time.Hour
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
}

// Dataset is a file or package that was loaded. Table catalog.dataset.
type Dataset struct {
	ID      string
	Title   Title
	Source  string
	Licence string
	Class   access.Class
	CRS     string
	File    string
	SHA256  []byte
}
