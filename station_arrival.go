package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"basin/access"
	"basin/catalog"
	"basin/ingest"
)

// StationArrivalCmd says how readings arrived.
type StationArrivalCmd struct {
	Station string `arg:"" optional:"" help:"Code of a station or work; all when absent."`
	Month   string `placeholder:"2026-11" help:"The month; the present one when absent."`
	By      string `default:"station" enum:"station,vendor,channel" help:"What to tell it by: station, vendor or channel (${default})."`
	JSON    bool   `name:"json" help:"Print JSON, one station, vendor or channel a line."`
	HTML    string `name:"html" placeholder:"FILE" help:"Write a page to be printed instead; - for standard output."`
	CSV     string `name:"csv" placeholder:"FILE" help:"Write CSV instead; - for standard output."`
	BOM     bool   `name:"bom" help:"Begin CSV with a byte order mark, for Excel."`
	Lang    string `default:"" enum:",zh,en" help:"Language of the page: zh or en; that of the region when absent."`
}

// Help says what the rates are.
func (c *StationArrivalCmd) Help() string {
	return `到报率 arrival: intervals with a reading that no person entered, of those expected by the agreed interval of each datastream.
及时率 timely: of these, the ones of which a reading was received within ten minutes of its time.
畅通率 line: days on which a frame that was not refused or a reading came, of the days since the station was registered.
By channel they are counted from the frames that are kept (serve --frame-days).

Examples:
  basin station arrival --month 2026-11
  basin station arrival --month 2026-11 --by vendor --html arrival.html`
}

// told is what field stations must know of a region.
func told(r catalog.Region) ingest.Region {
	return ingest.Region{Zone: r.Zone(), Titles: map[string]string{"zh": r.Title.Zh, "en": r.Title.En}, Language: r.Language}
}

// Run says it.
func (c *StationArrivalCmd) Run(ctx context.Context, env *Env) error {
	db, err := env.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	r, err := catalog.NameRegion(ctx, db)
	if err != nil {
		return err
	}
	region := told(r)
	from, to, err := ingest.Month(c.Month, region.Zone)
	if err != nil {
		return err
	}
	list, err := ingest.Arrivals(ctx, db, ingest.ArrivalsOf{From: from, To: to, By: c.By, Thing: c.Station, Clearance: access.Restricted})
	if err != nil {
		return err
	}
	lang := c.Lang
	if lang == "" && region.Language == "en" {
		lang = "en"
	} else if lang == "" {
		lang = "zh"
	}
	switch {
	case c.HTML != "":
		return writeTo(env, c.HTML, func(w io.Writer) error { return ingest.WriteArrivalPage(w, list, region, lang, "") })
	case c.CSV != "":
		return writeTo(env, c.CSV, func(w io.Writer) error { return ingest.WriteArrivalCSV(w, list, c.BOM) })
	}
	return table(env.Stdout, c.JSON, c.By+"\texpected\tarrived\tarrival\ttimely\tline\tdays", list.Arrivals, func(a ingest.Arrival) string {
		name := a.Station + a.Channel
		if a.Vendor != nil {
			name = *a.Vendor
		}
		if name == "" {
			name = "-"
		}
		return strings.Join([]string{name, fmt.Sprint(a.Expected), fmt.Sprint(a.Arrived), percent(a.ArrivalRate), percent(a.TimelyRate), percent(a.LineRate),
			fmt.Sprintf("%d/%d", a.LineDays, a.Days)}, "\t")
	})
}

// writeTo writes a file, or to standard output for -.
func writeTo(env *Env, name string, write func(io.Writer) error) error {
	if name == "-" {
		return write(env.Stdout)
	}
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	err = write(f)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// percent is a rate for people; - where there is none.
func percent(rate *float64) string {
	if rate == nil {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", *rate*100)
}
