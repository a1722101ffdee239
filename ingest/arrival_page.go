package ingest

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"
)

// Region is what must be known of the region to tell of it.
type Region struct {
	Zone     *time.Location
	Titles   map[string]string // by language, zh and en
	Language string            // zh or en: what its people read first
}

//go:embed arrival.html
var arrivalHTML string

// arrivalTemplate is the printed page; what is put in is escaped.
var arrivalTemplate = template.Must(template.New("arrival").Funcs(template.FuncMap{"percent": percentOf}).Parse(arrivalHTML))

// percentOf is a rate for people; a dash where there is none.
func percentOf(rate *float64) string {
	if rate == nil {
		return "–"
	}
	return fmt.Sprintf("%.1f%%", *rate*100)
}

// arrivalPage is what the printed page shows.
type arrivalPage struct {
	List   ArrivalList
	Lang   string
	Region string
	Vendor string // whose it is alone; empty for all
	Rows   []arrivalRow
	zone   *time.Location
}

// arrivalRow is a line of it.
type arrivalRow struct {
	Arrival
	Name, Vendors string
	Total         bool
}

// Word is a word in the language of the page.
func (p arrivalPage) Word(name string) string { return arrivalWords[p.Lang][name] }

// Time is a time in the zone of the page.
func (p arrivalPage) Time(t time.Time) string { return t.In(p.zone).Format("2006-01-02 15:04") }

// Stations and Channels say what the page is by.
func (p arrivalPage) Stations() bool { return p.List.By == ByStation }

// Channels says whether the page is by channel.
func (p arrivalPage) Channels() bool { return p.List.By == ByChannel }

// Head names the first column.
func (p arrivalPage) Head() string { return p.List.By + "-head" }

// Definitions are the rates that the page explains.
func (p arrivalPage) Definitions() []string {
	return []string{"arrival-rate", "timely-rate", "line-rate"}
}

// Notes are what else must be known to read it.
func (p arrivalPage) Notes() []string {
	switch p.List.By {
	case ByVendor:
		return []string{"shared"}
	case ByChannel:
		return []string{"channels"}
	}
	return nil
}

// WriteArrivalPage writes a page to be printed, in zh or en. Vendor names whose stations alone it tells of; empty for those of all.
func WriteArrivalPage(w io.Writer, list ArrivalList, region Region, lang, vendor string) error {
	p := arrivalPage{List: list, Lang: lang, Region: region.Titles[lang], Vendor: vendor, zone: region.Zone}
	named := func(vendor string) string {
		if vendor == "" {
			return p.Word("unnamed")
		}
		return vendor
	}
	var sum Arrival
	for _, a := range list.Arrivals {
		row := arrivalRow{Arrival: a, Name: a.Station + a.Channel}
		if a.Vendor != nil {
			row.Name = named(*a.Vendor)
		}
		for i, v := range a.Vendors {
			if i > 0 {
				row.Vendors += ", "
			}
			row.Vendors += named(v)
		}
		sum.add(a)
		p.Rows = append(p.Rows, row)
	}
	if p.Stations() && len(p.Rows) > 1 {
		sum.rate()
		p.Rows = append(p.Rows, arrivalRow{Arrival: sum, Name: p.Word("total"), Total: true})
	}
	var page strings.Builder // whole or not at all
	if err := arrivalTemplate.Execute(&page, p); err != nil {
		return err
	}
	_, err := io.WriteString(w, page.String())
	return err
}
