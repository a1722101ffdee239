package main

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"basin/access"
	"basin/auth"
	"basin/bureau"
	"basin/fault"
	"basin/ingest"
)

// RelayCmd relays readings to another centre.
type RelayCmd struct {
	Run    RelayRunCmd    `cmd:"" default:"withargs" help:"Relay readings to another centre by SL 651 or SL 323, until Ctrl-C."`
	Status RelayStatusCmd `cmd:"" help:"Say how far the readings of each station were relayed, and what is wrong."`
}

// Help says what happens.
func (c *RelayCmd) Help() string {
	return `Only readings of public datastreams of public stations go; --class raises that. What is above the class is left out for good: raised later, it goes from then on.
What is not confirmed is sent again, also after a crash, so a reading may come twice but never not at all. A station that the other centre does not take
is tried again later and holds up no other. What no frame or table can say is passed over and counted.

To HOST:PORT by SL 651: a field station that is registered here reports under its address, with the elements that its profile names: register it there
under the same address, zone and elements. Each frame waits for the confirmation. Readings of a gate or pump unit, of a property that no element
says, and of fractions of a second are passed over. A time with seconds stands as the time of sending, without a time of observation; should the
other centre be a basin, a correction of such a reading is taken only where it is greater.

To a database, postgres://USER@HOST/DATABASE, mysql://… (MariaDB too) or sqlserver://… (untested), by SL 323: every station and work with readings is
written into ST_RIVER_R, ST_TIDE_R, ST_WAS_R, ST_GATE_R, ST_PUMP_R and ST_PPTN_R, under its STCD or else its code. A row that is there is changed in
the columns that readings say. The tables must be there with the keys of the standard; --create-tables makes those that lack. The password stands
in BASIN_SL323_PASSWORD or in the address. A database that this basin itself follows is none to relay to.

Examples:
  basin relay --to 10.1.2.3:5020 --centre province --class internal
  basin relay --to postgres://writer@10.1.2.3/rwdb --centre city --class internal --upper '*=inner'
  basin relay --to 10.1.2.3:5020 --centre province --station 60117200 --station 60117300 --since 2026-07-01T00:00:00+08:00
  basin relay status`
}

// Help says the same of the command when it is named.
func (c *RelayRunCmd) Help() string { return (*RelayCmd)(nil).Help() }

// RelayRunCmd relays readings.
type RelayRunCmd struct {
	To       string        `required:"" placeholder:"HOST:PORT" help:"Where the other centre listens for field stations of SL 651, by TCP; or the address of its database of SL 323."`
	Centre   string        `required:"" placeholder:"NAME" help:"Name of the other centre: how far its readings are is remembered by it."`
	Station  []string      `placeholder:"CODE" help:"Codes of stations or works; may be given again. All when absent."`
	Class    string        `enum:"public,internal,restricted" default:"public" placeholder:"CLASS" help:"Relay readings up to this class: public, internal or restricted (${default})."`
	Since    time.Time     `placeholder:"TIME" help:"For stations new to that centre: relay what was received since; now when absent."`
	Number   uint8         `default:"1" placeholder:"NUMBER" help:"Address of the other centre in its frames (${default})."`
	Password string        `env:"BASIN_RELAY_PASSWORD" default:"0000" placeholder:"HEX" help:"That the other centre asks for, two bytes in hexadecimal (${default})."`
	Wait     time.Duration `default:"10s" help:"How long to wait for a confirmation (${default})."`

	Schema       string            `placeholder:"NAME" help:"In a database: the schema where its tables are; the one that it looks in by itself when absent."`
	CreateTables bool              `help:"In a database: make the tables that lack."`
	Upper        map[string]string `placeholder:"CODE=SIDE" help:"In a database: the side of this work (* for all) that 闸上 and 站上 are: upper, inner or outer (upper)."`
	Database     string            `name:"sl323-password" env:"BASIN_SL323_PASSWORD" hidden:"" help:"Password of a database, where its address has none."`
}

// RelayStatusCmd says how the relays stand.
type RelayStatusCmd struct {
	Centre string `arg:"" optional:"" help:"Name of a centre; all when absent."`
	JSON   bool   `name:"json" help:"Print JSON, one field station a line."`
}

// Help shows examples.
func (c *RelayStatusCmd) Help() string {
	return "Examples:\n  basin relay status\n  basin relay status province --json"
}

// Run says it.
func (c *RelayStatusCmd) Run(ctx context.Context, env *Env) error {
	db, err := env.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	found, err := ingest.RelayStates(ctx, db, c.Centre)
	if err != nil {
		return err
	}
	const header = "centre\tstation\tprotocol\taddress\tconfirmed\tpassed over\tlast confirmed\tfails since\treason"
	return table(env.Stdout, c.JSON, header, found, func(s ingest.RelayState) string {
		return fmt.Sprintf("%s\t%s\t%s\t%s\t%d\t%d\t%s\t%s\t%s", s.Centre, s.Station, s.Protocol, s.Address, s.Confirmed, s.Passed, stamp(s.LastConfirmed),
			stamp(s.Failed), s.Reason)
	})
}

// The relay's pauses.
const (
	relayPause    = time.Second     // between rounds, so that what is sent again is told by its time of sending
	relayRetry    = 2 * time.Second // the first after a failure; each next one is twice as long
	relayRetryMax = 5 * time.Minute
	relaySave     = time.Minute // after which a mark is written though there was nothing to relay
)

// relay is a relay that runs.
type relay struct {
	cmd      *RelayRunCmd
	store    *ingest.RelayStore
	log      *slog.Logger
	out      outlet
	progress map[string]*relayed
}

// outlet is a way to the other centre.
type outlet interface {
	// ready fails while nothing can be sent at all.
	ready(ctx context.Context) error
	// send sends the readings of a station and returns once they are confirmed. Where it could send none of any other station either, lost says so.
	send(ctx context.Context, s ingest.RelayStation, readings []ingest.RelayReading) (sent, error)
	// together sends the readings of several stations, all or none of them; false where it cannot.
	together(ctx context.Context, group []ingest.RelayStation, readings map[string][]ingest.RelayReading) (map[string]sent, bool, error)
	// lost says whether an error means that the other centre cannot be reached.
	lost(err error) bool
	// to is where the other centre is, without a password.
	to() string
	close()
}

// sent is what became of the readings of a station.
type sent struct {
	confirmed, passed int
	why               error // the last was passed over
}

// relayed is how far a station is.
type relayed struct {
	mark  int64
	since time.Time
	saved time.Time
	wait  time.Duration // before it is tried again; 0 while it is confirmed
	retry time.Time
}

// check checks what was typed.
func (c *RelayRunCmd) check() error {
	if !bureau.IsAddress(c.To) && (c.Schema != "" || c.CreateTables || len(c.Upper) > 0) {
		return wrongUse("--schema, --create-tables and --upper go with the address of a database")
	}
	return checkSides(c.Upper)
}

// Run relays until ctx ends.
func (c *RelayRunCmd) Run(ctx context.Context, env *Env) error {
	if c.Centre == "" || len(c.Centre) > 64 || c.Wait <= 0 {
		return wrongUse("--centre is a name of at most 64 bytes, and --wait more than nothing")
	}
	if c.Since.IsZero() {
		c.Since = time.Now()
	}
	if err := c.check(); err != nil {
		return err
	}
	db, err := env.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	r := &relay{cmd: c, log: env.log(), progress: map[string]*relayed{}}
	protocol := ingest.RelayBySL651
	if bureau.IsAddress(c.To) {
		protocol = ingest.RelayBySL323
		r.out, err = c.outletSL323(ctx, db)
	} else {
		r.out, err = c.outletSL651()
	}
	if err != nil {
		return err
	}
	defer r.out.close()
	r.store = ingest.NewRelayStore(db, c.Centre, protocol, access.Class(c.Class))
	if err := r.out.ready(ctx); err != nil && fault.KindOf(err) != fault.Unavailable {
		return err
	}
	switch withheld, err := r.store.Withheld(ctx, c.Station); {
	case err != nil:
		return err
	case withheld > 0:
		r.log.Warn("datastreams above the class are not relayed", "centre", c.Centre, "class", c.Class, "datastreams", withheld)
	}
	detail := map[string]any{"to": r.out.to(), "stations": c.Station, "class": c.Class}
	if err := auth.New(db).Audit(ctx, local(), "relay.start", c.Centre, "done", detail, "command-line"); err != nil {
		return err
	}
	inner, stop := context.WithCancel(ctx)
	defer stop()
	kept := make(chan error, 1)
	go func() { kept <- db.Keep(inner, r.log) }()
	failing := ""
	for wait := time.Duration(0); ctx.Err() == nil; {
		if err := r.round(ctx); err != nil && ctx.Err() == nil {
			wait = min(max(2*wait, relayRetry), time.Minute)
			if code := codeOf(err); code != failing { // not a line for each attempt
				failing = code
				r.log.Warn("readings could not be relayed; tried again", "centre", c.Centre, "after", wait.String(), "error", err)
				if r.out.lost(err) {
					_ = r.store.Away(ctx, err) // the log has it
				}
			}
		} else {
			if failing != "" && ctx.Err() == nil {
				r.log.Info("readings can be relayed again", "centre", c.Centre)
				for _, p := range r.progress { // the next round notes it of each station
					p.saved = time.Time{}
				}
			}
			wait, failing = 0, ""
		}
		select {
		case err := <-kept:
			if ctx.Err() == nil && err != nil {
				return err
			}
			kept = nil
		default:
			pause(ctx, max(wait, relayPause))
		}
	}
	return nil
}

// round relays what has been stored until now. It fails when the other centre cannot be reached or the database is away.
func (r *relay) round(ctx context.Context) error {
	if err := r.out.ready(ctx); err != nil {
		return err
	}
	stations, err := r.store.Stations(ctx, r.cmd.Station, r.cmd.Since)
	if err != nil {
		return err
	}
	horizon, since, err := r.store.Horizon(ctx)
	if err != nil {
		return err
	}
	groups := map[int64][]ingest.RelayStation{}
	for _, s := range stations {
		p := r.progress[s.Address]
		if p == nil {
			p = &relayed{mark: s.Mark, since: s.Since}
			r.progress[s.Address] = p
		}
		if s.Mark, s.Since = p.mark, p.since; time.Now().After(p.retry) {
			groups[s.Mark] = append(groups[s.Mark], s)
		}
	}
	for _, mark := range slices.Backward(slices.Sorted(maps.Keys(groups))) { // what is furthest behind comes last
		for group := groups[mark]; len(group) > 0; {
			readings, next, err := r.store.Next(ctx, group, horizon)
			if err != nil {
				return err
			}
			if group, err = r.page(ctx, group, readings, next, since, next == horizon); err != nil {
				return err
			}
			if next == horizon {
				break
			}
		}
	}
	return nil
}

// page relays readings of several stations and moves the mark of each once all of its own are confirmed. It returns those whose mark moved.
func (r *relay) page(ctx context.Context, group []ingest.RelayStation, readings map[string][]ingest.RelayReading, next int64, since time.Time,
	last bool) (moved []ingest.RelayStation, err error) {
	all, together, err := r.out.together(ctx, group, readings)
	if err != nil && (ctx.Err() != nil || r.out.lost(err)) {
		return nil, err
	}
	together = together && err == nil // else one by one
	for _, s := range group {
		p, mine := r.progress[s.Address], readings[s.Address]
		done, err := all[s.Address], error(nil)
		if !together && len(mine) > 0 {
			done, err = r.out.send(ctx, s, mine)
		}
		if err != nil {
			if ctx.Err() != nil || r.out.lost(err) {
				return nil, err
			}
			p.wait = min(max(2*p.wait, relayRetry), relayRetryMax)
			p.retry = time.Now().Add(p.wait)
			r.log.Warn("a station is not confirmed; tried again", "centre", r.cmd.Centre, "address", s.Address, "after", p.wait.String(), "error", err)
			if err := r.store.Failed(ctx, s.Address, err); err != nil {
				return nil, err
			}
			continue
		}
		if s.Mark = next; last && since.After(s.Since) {
			s.Since = since
		}
		if len(mine) > 0 || p.wait > 0 || time.Since(p.saved) > relaySave {
			if err := r.store.Confirmed(ctx, s, done.confirmed, done.passed, done.why); err != nil {
				return nil, err
			}
			p.saved = time.Now()
		}
		p.mark, p.since, p.wait = s.Mark, s.Since, 0
		moved = append(moved, s)
	}
	return moved, nil
}
