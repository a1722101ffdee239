package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"basin/fault"
	"basin/ingest"
)

// StationTestCmd says what is wrong with a station.
type StationTestCmd struct {
	Station string `arg:"" help:"Code of the station or work."`
	JSON    bool   `name:"json" help:"Print JSON, one finding a line."`
}

// Help says what is looked at.
func (c *StationTestCmd) Help() string {
	return "Looks at the registration, the datastreams, the last frames and the last readings. Exit code 1 when something is wrong.\n\n" +
		"Example:\n  basin station test 60117200"
}

// finding is one thing that a test of a station looked at.
type finding struct {
	OK   bool   `json:"ok"`
	What string `json:"what"`
	Mend string `json:"mend,omitempty"` // the command, or what else to do
}

// Run looks at everything.
func (c *StationTestCmd) Run(ctx context.Context, env *Env) error {
	db, err := env.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	r, err := ingest.Examine(ctx, db, c.Station)
	if err != nil {
		return err
	}
	found := c.judge(r, time.Now())
	wrong := 0
	for _, f := range found {
		if !f.OK {
			wrong++
		}
	}
	if err := report(env.Stdout, c.JSON, found); err != nil {
		return err
	}
	if wrong > 0 {
		return fault.New(fault.Unavailable, "something-wrong", "{count} things are wrong with {station}", "count", wrong, "station", c.Station)
	}
	return nil
}

// report prints findings.
func report(out io.Writer, asJSON bool, found []finding) error {
	if asJSON {
		return table(out, true, "", found, nil)
	}
	for _, f := range found {
		word := "ok     "
		if !f.OK {
			word = "wrong  "
		}
		fmt.Fprintf(out, "%s  %s\n", word, f.What)
		if f.Mend != "" {
			fmt.Fprintf(out, "         mend: %s\n", f.Mend)
		}
	}
	return nil
}

// judge says in words what there is to say of a station.
func (c *StationTestCmd) judge(r ingest.Examined, now time.Time) []finding {
	var out []finding
	ok := func(text string, args ...any) { out = append(out, finding{OK: true, What: fmt.Sprintf(text, args...)}) }
	wrong := func(mend, text string, args ...any) {
		out = append(out, finding{What: fmt.Sprintf(text, args...), Mend: mend})
	}
	if len(r.Things) == 0 {
		wrong("basin load FILE --to station, or basin station list for the codes that there are", "there is no station or work %s", c.Station)
		return out
	}
	ok("it is known: %s", r.Things[0])
	if len(r.Registered) == 0 {
		wrong(fmt.Sprintf("basin station add --protocol sl651 --address ADDRESS --station %s; basin station pending lists the addresses that wait", c.Station),
			"no field station is registered for it: frames cannot be told to be its own")
	}
	for _, s := range r.Registered {
		if s.Disabled != nil {
			wrong(fmt.Sprintf("basin station add --protocol %s --address %s --station %s", s.Protocol, s.Address, c.Station),
				"%s %s is disabled since %s: its frames are refused", s.Protocol, s.Address, stamp(s.Disabled))
			continue
		}
		ok("%s %s is registered", s.Protocol, s.Address)
		c.judgeFrame(s, r, ok, wrong)
	}
	if len(r.Streams) == 0 {
		wrong("name type and datum of the station in its file, then basin load FILE --to station",
			"it has no datastream yet; the first one of levels must be made with its datum")
	}
	for _, d := range r.Streams {
		switch {
		case d.Retired:
			wrong("load the station's file again, or leave it", "datastream %s has stopped for good: readings are not taken", d.Code)
		case d.Last == nil:
			wrong(fmt.Sprintf("basin station watch %s shows what the frames say; --element names what an element means", c.Station),
				"datastream %s has no reading yet", d.Code)
		case now.Sub(*d.Last) > d.Stale:
			wrong("look at the power and the signal of the station", "datastream %s is stale: its last reading is of %s", d.Code, stamp(d.Last))
		default:
			ok("datastream %s: last reading of %s", d.Code, stamp(d.Last))
		}
	}
	return out
}

// judgeFrame says what there is to say of the last frame of a field station.
func (c *StationTestCmd) judgeFrame(s ingest.Registered, r ingest.Examined, ok func(string, ...any), wrong func(string, string, ...any)) {
	for _, f := range r.Frames {
		if f.Protocol != s.Protocol || f.Address != s.Address {
			continue
		}
		mend := ""
		switch {
		case f.Verdict == "refused" && strings.Contains(f.Reason, "password"):
			mend = fmt.Sprintf("basin station add --protocol %s --address %s --station %s --password PASSWORD", s.Protocol, s.Address, c.Station)
		case f.Verdict == "refused" || f.Reason != "" || strings.Contains(string(f.Decoded), `"skipped"`):
			mend = fmt.Sprintf("basin station watch %s --once shows the frame; --element names what an element means", c.Station)
		}
		if mend == "" {
			ok("its last frame of %s: %s, %d readings", stamp(&f.Received), f.Verdict, f.Readings)
			return
		}
		why := f.Reason
		if why == "" {
			why = "some of what it says was left out"
		}
		wrong(mend, "its last frame of %s: %s: %s", stamp(&f.Received), f.Verdict, why)
		return
	}
	wrong("point the station at this server (basin serve --field "+s.Protocol+"=:PORT), and compare its address with basin station pending",
		"no frame of it is kept")
}
