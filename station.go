package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"basin/access"
	"basin/auth"
	"basin/fault"
	"basin/ingest"
)

// StationCmd is about field stations.
type StationCmd struct {
	Add     StationAddCmd     `cmd:"" help:"Register field stations, from a CSV file or one by flags."`
	List    StationListCmd    `cmd:"" help:"List the field stations that are registered."`
	Disable StationDisableCmd `cmd:"" help:"Refuse the frames of a field station from now on."`
	Pending StationPendingCmd `cmd:"" help:"List the addresses that send frames but are not registered."`
	Watch   StationWatchCmd   `cmd:"" help:"Show the frames of a station as they come, until Ctrl-C."`
	Test    StationTestCmd    `cmd:"" help:"Say what is wrong with a station, and the command that mends it."`
	Arrival StationArrivalCmd `cmd:"" help:"Say how the readings of a month arrived."`
	Query   StationQueryCmd   `cmd:"" help:"Ask a station for its present readings, through the running server."`
}

// StationAddCmd registers field stations.
type StationAddCmd struct {
	CSV      string            `name:"csv" placeholder:"FILE" help:"A CSV file with the columns address, protocol, station, and where wanted vendor, password, zone, elements, quirks."`
	Protocol string            `help:"Name of the protocol: sl651, szy206, hj212."`
	Address  string            `help:"Address as the protocol writes it, in upper-case hexadecimal where it is bytes."`
	Station  string            `help:"Code of the station or work that it observes."`
	Vendor   string            `help:"Who made or maintains it."`
	Password string            `env:"BASIN_STATION_PASSWORD" help:"That its frames must carry; - for none, and what is held when absent."`
	Zone     string            `placeholder:"+08:00" help:"Offset of its clock, where it is not the protocol's."`
	Element  map[string]string `placeholder:"ELEMENT=PROPERTY[.ROLE]" help:"What an element means there, where it is not the standard; may be given again."`
	Quirk    []string          `help:"Name of a known departure from the standard; may be given again."`
}

// Help shows examples.
func (c *StationAddCmd) Help() string {
	return "Examples:\n  basin station add --csv stations.csv\n" +
		"  basin station add --protocol sl651 --address 0012345678 --station 60117200 --element 39=level.inner"
}

// Run registers them: all of a file, or none.
func (c *StationAddCmd) Run(ctx context.Context, env *Env) error {
	stations := []ingest.Station{{Protocol: c.Protocol, Address: c.Address, Station: c.Station, Vendor: c.Vendor, Password: c.Password,
		Profile: ingest.Profile{Zone: c.Zone, Elements: c.Element, Quirks: c.Quirk}}}
	if c.CSV != "" {
		f, err := os.Open(c.CSV)
		if err != nil {
			return fault.New(fault.NotFound, "no-file", "there is no file {file}", "file", c.CSV)
		}
		defer f.Close()
		if stations, err = ingest.ReadStations(f); err != nil {
			return fmt.Errorf("%s: %w", c.CSV, err)
		}
	} else if c.Protocol == "" || c.Address == "" || c.Station == "" {
		return wrongUse("name a file with --csv, or one field station with --protocol, --address and --station")
	}
	db, err := env.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := ingest.NewRegister(db).Put(ctx, stations...); err != nil {
		return err
	}
	trail := auth.New(db)
	for _, s := range stations {
		if err := trail.Audit(ctx, local(), "rtu.register", s.Protocol+":"+s.Address, "done", map[string]any{"station": s.Station}, "command-line"); err != nil {
			return err
		}
	}
	fmt.Fprintf(env.Stdout, "%d registered\n", len(stations))
	return nil
}

// StationListCmd lists field stations.
type StationListCmd struct {
	Station string `arg:"" optional:"" help:"Code of a station or work; all when absent."`
	JSON    bool   `name:"json" help:"Print JSON, one field station a line."`
}

// Run lists them.
func (c *StationListCmd) Run(ctx context.Context, env *Env) error {
	db, err := env.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	found, err := ingest.NewRegister(db).List(ctx, c.Station, access.Restricted)
	if err != nil {
		return err
	}
	return table(env.Stdout, c.JSON, "station\tprotocol\taddress\tvendor\tpassword\tstate\tlast frame", found, func(r ingest.Registered) string {
		state, secured := "in use", "none"
		if r.Disabled != nil {
			state = "disabled"
		}
		if r.Secured {
			secured = "set"
		}
		return strings.Join([]string{r.Station, r.Protocol, r.Address, r.Vendor, secured, state, stamp(r.Last)}, "\t")
	})
}

// StationDisableCmd disables a field station.
type StationDisableCmd struct {
	Protocol string `arg:"" help:"Name of the protocol."`
	Address  string `arg:"" help:"Address of the field station."`
}

// Run disables it.
func (c *StationDisableCmd) Run(ctx context.Context, env *Env) error {
	db, err := env.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := ingest.NewRegister(db).Disable(ctx, c.Protocol, c.Address); err != nil {
		return err
	}
	return auth.New(db).Audit(ctx, local(), "rtu.disable", c.Protocol+":"+c.Address, "done", nil, "command-line")
}

// StationPendingCmd lists addresses that are not registered.
type StationPendingCmd struct {
	JSON bool `name:"json" help:"Print JSON, one address a line."`
}

// Run lists them.
func (c *StationPendingCmd) Run(ctx context.Context, env *Env) error {
	db, err := env.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	found, err := ingest.NewRegister(db).Pending(ctx)
	if err != nil {
		return err
	}
	if err := table(env.Stdout, c.JSON, "protocol\taddress\tframes\tfirst\tlast\tpeer", found, func(p ingest.Pending) string {
		return fmt.Sprintf("%s\t%s\t%d\t%s\t%s\t%s", p.Protocol, p.Address, p.Frames, stamp(&p.First), stamp(&p.Last), p.Peer)
	}); err != nil || c.JSON || len(found) == 0 {
		return err
	}
	fmt.Fprintf(env.Stdout, "Register one: basin station add --protocol %s --address %s --station CODE\n", found[0].Protocol, found[0].Address)
	return nil
}

// stamp is a time for people; - where there is none.
func stamp(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.In(time.FixedZone("", 8*3600)).Format("2006-01-02 15:04:05+08:00")
}

// table prints rows: in columns under a header, or each as a line of JSON.
func table[T any](out io.Writer, asJSON bool, header string, rows []T, line func(T) string) error {
	if asJSON {
		for _, r := range rows {
			if err := json.NewEncoder(out).Encode(r); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, header)
	for _, r := range rows {
		fmt.Fprintln(w, line(r))
	}
	return w.Flush()
}

// StationQueryCmd asks a station for its readings.
type StationQueryCmd struct {
	Station  string `arg:"" help:"Code of the station or work."`
	Password string `env:"BASIN_STATION_PASSWORD" help:"Password of the field station, where it has one."`
	Centre   int    `placeholder:"NUMBER" help:"Address of this centre, where the protocol has one; 1 when absent."`
	To       string `default:"http://127.0.0.1:8080" placeholder:"URL" help:"The server (${default})."`
	Token    string `env:"BASIN_TOKEN" placeholder:"TOKEN" help:"An operator's token; the administrator's file under the data directory when absent."`
}

// Help says what happens.
func (c *StationQueryCmd) Help() string {
	return "The station must have a line open to the server. Its answer arrives as a frame: basin station watch CODE shows it.\n\n" +
		"Example:\n  basin station query 60117200"
}

// Run asks every field station that observes it.
func (c *StationQueryCmd) Run(ctx context.Context, env *Env) error {
	token, err := (&ReplayCmd{Token: c.Token}).token(env)
	if err != nil {
		return err
	}
	server := strings.TrimRight(c.To, "/")
	var list ingest.StationList
	if err := call(ctx, http.MethodGet, server+"/ingest/rtus?station="+url.QueryEscape(c.Station), token, nil, &list); err != nil {
		return err
	}
	if len(list.Stations) == 0 {
		return fault.New(fault.NotFound, "unknown-station", "no field station is registered for {station}", "station", c.Station)
	}
	q := ingest.Question{Password: c.Password, Centre: c.Centre}
	for _, s := range list.Stations {
		if err := call(ctx, http.MethodPost, server+"/ingest/rtus/"+url.PathEscape(s.Protocol)+"/"+url.PathEscape(s.Address)+"/query", token, q, nil); err != nil {
			return err
		}
		fmt.Fprintf(env.Stdout, "asked %s %s\n", s.Protocol, s.Address)
	}
	return nil
}
