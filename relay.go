package main

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"basin/auth"
	"basin/fault"
	"basin/ingest"
)

// RelayCmd relays readings to another centre.
type RelayCmd struct {
	Run    RelayRunCmd    `cmd:"" default:"withargs" help:"Relay readings to another centre by SL 651, until Ctrl-C."`
	Status RelayStatusCmd `cmd:"" help:"Say how far the readings of each field station were relayed, and what is wrong."`
}

// Help says what happens.
func (c *RelayCmd) Help() string {
	return `A field station of SL 651 that is registered here reports to the other centre under its address, with the elements that its profile names: register
it there under the same address, zone and elements. Each frame waits for the confirmation; what is not confirmed is sent again, also after a crash, so a
reading may come twice but never not at all. A station that the other centre does not confirm is tried again later
and holds up no other. Readings of all classes go.

Readings of a gate or pump unit, of a property that no element says, and of fractions of a second are passed over and counted. A time with seconds stands
as the time of sending, without a time of observation; should the other centre be a basin, a correction of such a reading is taken only where it is greater.

Examples:
  basin relay --to 10.1.2.3:5020 --centre province
  basin relay --to 10.1.2.3:5020 --centre province --station 60117200 --station 60117300 --since 2026-07-01T00:00:00+08:00
  basin relay status`
}

// Help says the same of the command when it is named.
func (c *RelayRunCmd) Help() string { return (*RelayCmd)(nil).Help() }

// RelayRunCmd relays readings.
type RelayRunCmd struct {
	To       string        `required:"" placeholder:"HOST:PORT" help:"Where the other centre listens for field stations of SL 651, by TCP."`
	Centre   string        `required:"" placeholder:"NAME" help:"Name of the other centre: how far its readings are is remembered by it."`
	Station  []string      `placeholder:"CODE" help:"Codes of stations or works; may be given again. All with a field station of SL 651 when absent."`
	Since    time.Time     `placeholder:"TIME" help:"For stations new to that centre: relay what was received since; now when absent."`
	Number   uint8         `default:"1" placeholder:"NUMBER" help:"Address of the other centre in its frames (${default})."`
	Password string        `env:"BASIN_RELAY_PASSWORD" default:"0000" placeholder:"HEX" help:"That the other centre asks for, two bytes in hexadecimal (${default})."`
	Wait     time.Duration `default:"10s" help:"How long to wait for a confirmation (${default})."`
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
	const header = "centre\tstation\taddress\tconfirmed\tpassed over\tlast confirmed\tfails since\treason"
	return table(env.Stdout, c.JSON, header, found, func(s ingest.RelayState) string {
		return fmt.Sprintf("%s\t%s\t%s\t%d\t%d\t%s\t%s\t%s", s.Centre, s.Station, s.Address, s.Confirmed, s.Passed, stamp(s.LastConfirmed),
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
	line     *rtuLine
	serial   int
	progress map[string]*relayed
}

// relayed is how far a field station is.
type relayed struct {
	mark  int64
	since time.Time
	saved time.Time
	wait  time.Duration // before it is tried again; 0 while it is confirmed
	retry time.Time
}

// Run relays until ctx ends.
func (c *RelayRunCmd) Run(ctx context.Context, env *Env) error {
	if b, err := hex.DecodeString(c.Password); err != nil || len(b) != 2 {
		return wrongUse("--password is not two bytes in hexadecimal")
	}
	if c.Centre == "" || len(c.Centre) > 64 || c.Wait <= 0 {
		return wrongUse("--centre is a name of at most 64 bytes, and --wait more than nothing")
	}
	if c.Since.IsZero() {
		c.Since = time.Now()
	}
	db, err := env.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	r := &relay{cmd: c, store: ingest.NewRelayStore(db, c.Centre), log: env.log(), progress: map[string]*relayed{}, serial: int(time.Now().Unix() % 65535),
		line: &rtuLine{cmd: &RtuCmd{To: c.To, Wait: c.Wait}, network: "tcp"}}
	defer r.line.goodbye()
	detail := map[string]any{"to": c.To, "stations": c.Station}
	if err := auth.New(db).Audit(ctx, local(), "relay.start", c.Centre, "done", detail, "command-line"); err != nil {
		return err
	}
	inner, stop := context.WithCancel(ctx)
	defer stop()
	kept := make(chan error, 1)
	go func() { kept <- db.Keep(inner, r.log) }()
	for wait := time.Duration(0); ctx.Err() == nil; {
		if err := r.round(ctx); err != nil && ctx.Err() == nil {
			wait = min(max(2*wait, relayRetry), time.Minute)
			r.log.Warn("readings could not be relayed; tried again", "centre", c.Centre, "after", wait.String(), "error", err)
		} else {
			wait = 0
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

// page relays readings of several field stations and moves the mark of each once all of its own are confirmed. It returns those whose mark moved.
func (r *relay) page(ctx context.Context, group []ingest.RelayStation, readings map[string][]ingest.RelayReading, next int64, since time.Time,
	last bool) (moved []ingest.RelayStation, err error) {
	for _, s := range group {
		p, mine := r.progress[s.Address], readings[s.Address]
		frames, passed, why := ingest.RelayFrames(s, mine)
		confirmed, err := r.send(ctx, frames)
		if err != nil {
			if down := fault.Of(err); ctx.Err() != nil || down != nil && down.Code == "centre-away" {
				return nil, err
			}
			p.wait = min(max(2*p.wait, relayRetry), relayRetryMax)
			p.retry = time.Now().Add(p.wait)
			r.log.Warn("a field station is not confirmed; tried again", "centre", r.cmd.Centre, "address", s.Address, "after", p.wait.String(), "error", err)
			if err := r.store.Failed(ctx, s.Address, err); err != nil {
				return nil, err
			}
			continue
		}
		if s.Mark = next; last && since.After(s.Since) {
			s.Since = since
		}
		if len(mine) > 0 || p.wait > 0 || time.Since(p.saved) > relaySave {
			if err := r.store.Confirmed(ctx, s, confirmed, passed, why); err != nil {
				return nil, err
			}
			p.saved = time.Now()
		}
		p.mark, p.since, p.wait = s.Mark, s.Since, 0
		moved = append(moved, s)
	}
	return moved, nil
}

// send sends frames, each after the one before it was confirmed, and counts the readings in them.
func (r *relay) send(ctx context.Context, frames []ingest.RelayFrame) (confirmed int, err error) {
	for _, f := range frames {
		r.serial = r.serial%65535 + 1
		m := f.Message
		m.Serial, m.Centre, m.Password = r.serial, r.cmd.Number, strings.ToUpper(r.cmd.Password)
		if m.Sent.IsZero() {
			m.Sent = time.Now().In(m.Items[1].Time.Location())
		}
		b, err := ingest.EncodeSL651(m)
		if err != nil {
			return confirmed, err
		}
		if err := r.report(ctx, [][]byte{b}); err != nil {
			return confirmed, err
		}
		confirmed += f.Readings
	}
	return confirmed, nil
}

// report sends a frame and waits for its confirmation. Where the line breaks meanwhile it is dialled anew, twice.
func (r *relay) report(ctx context.Context, packets [][]byte) error {
	var last error
	for range 3 {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		dialled := r.line.conn == nil
		err := r.line.write(ctx, packets)
		if err == nil {
			err = r.line.confirmation(ctx, packets)
		} else if dialled {
			return fault.New(fault.Unavailable, "centre-away", "the centre at {address} does not answer", "address", r.cmd.To).Because(err)
		}
		if err == nil || r.line.conn != nil {
			return err
		}
		last = cmp.Or(err, last)
	}
	return last
}
