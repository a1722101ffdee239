package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"basin/access"
	"basin/fault"
	"basin/ingest"
)

// StationWatchCmd shows frames as they come.
type StationWatchCmd struct {
	Station string `arg:"" help:"Code of the station or work."`
	Last    int    `default:"5" help:"How many frames that came already are shown first (${default})."`
	Once    bool   `help:"Show those, and end."`
	JSON    bool   `name:"json" help:"Print JSON, one frame a line."`
	URL     string `name:"url" placeholder:"URL" help:"Ask the server there, for instance http://basin:8080, instead of the database: for a vendor, or from another machine."`
	Token   string `env:"BASIN_TOKEN" placeholder:"TOKEN" help:"With --url: the token of a vendor, a gateway, an operator or an administrator; the administrator's file under the data directory when absent."`
}

// Help shows examples.
func (c *StationWatchCmd) Help() string {
	return "Examples:\n  basin station watch 60117200\n  BASIN_TOKEN=… basin station watch 60117200 --url http://basin:8080"
}

// frameSource gives frames above one id and below another (0 for no bound), the newest first, at most maxWatched.
type frameSource func(ctx context.Context, after, before int64, limit int) ([]ingest.Frame, error)

const (
	maxWatched   = 1000
	watchEvery   = 500 * time.Millisecond // new frames are looked for, in the database
	watchServer  = 2 * time.Second        // the same, at a server
	watchSettled = 15 * time.Second       // frames are numbered before they are committed: one may come up after a later one, but not after so long
)

// Run shows frames until ctx ends.
func (c *StationWatchCmd) Run(ctx context.Context, env *Env) error {
	if c.Last < 0 || c.Last > maxWatched {
		return wrongUse("--last is a number from 0 to {limit}", "limit", maxWatched)
	}
	var source frameSource
	every := watchEvery
	if c.URL != "" {
		token, err := (&ReplayCmd{Token: c.Token}).token(env)
		if err != nil {
			return err
		}
		source, every = c.server(token), watchServer
	} else {
		db, err := env.open(ctx)
		if err != nil {
			return err
		}
		defer db.Close()
		source = func(ctx context.Context, after, before int64, limit int) ([]ingest.Frame, error) {
			return ingest.Frames(ctx, db, ingest.FramesOf{Thing: c.Station, After: after, Before: before, Limit: limit, Clearance: access.Restricted})
		}
	}
	w := watch{source: source, out: env.Stdout, json: c.JSON, shown: map[int64]time.Time{}}
	if err := w.begin(ctx, c.Last); err != nil && ctx.Err() == nil {
		return err
	}
	for away := false; !c.Once; {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(every):
		}
		err := w.follow(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			away = false
		case c.URL == "" || fault.KindOf(err) == fault.Invalid || fault.KindOf(err) == fault.Denied:
			return err
		case !away: // a server that is away is asked again
			away = true
			fmt.Fprintf(env.Stderr, "basin: %v; asked again until it answers\n", err)
		}
	}
	return nil
}

// server is the source of frames at a running server.
func (c *StationWatchCmd) server(token string) frameSource {
	return func(ctx context.Context, after, before int64, limit int) ([]ingest.Frame, error) {
		query := url.Values{"thing": {c.Station}, "limit": {strconv.Itoa(limit)}, "after": {strconv.FormatInt(after, 10)}}
		if before > 0 {
			query.Set("before", strconv.FormatInt(before, 10))
		}
		var list ingest.FrameList
		err := call(ctx, http.MethodGet, strings.TrimRight(c.URL, "/")+"/ingest/frames?"+query.Encode(), token, nil, &list)
		return list.Frames, err
	}
}

// watch shows frames of a source, each once.
type watch struct {
	source  frameSource
	out     io.Writer
	json    bool
	shown   map[int64]time.Time // frames above settled that were shown, and when they were received
	settled int64               // no frame up to this id comes up any more
}

// begin shows the last frames that came already.
func (w *watch) begin(ctx context.Context, last int) error {
	found, err := w.source(ctx, 0, 0, max(last, 1))
	if err != nil {
		return err
	}
	for i, f := range slices.Backward(found) {
		if i >= last { // of none that came already the last one is known all the same, to begin after it
			w.shown[f.ID] = f.Received
			continue
		}
		if err := w.show(f); err != nil {
			return err
		}
	}
	w.settle()
	if len(found) > 0 { // what came before these is not shown, even where it is unsettled
		w.settled = max(w.settled, found[len(found)-1].ID-1)
	}
	return nil
}

// follow shows what came since.
func (w *watch) follow(ctx context.Context) error {
	var fresh []ingest.Frame
	for before := int64(0); ; {
		page, err := w.source(ctx, w.settled, before, maxWatched)
		if err != nil {
			return err
		}
		for _, f := range page {
			if _, known := w.shown[f.ID]; !known {
				fresh = append(fresh, f)
			}
		}
		if len(page) < maxWatched {
			break
		}
		before = page[len(page)-1].ID
	}
	for _, f := range slices.Backward(fresh) {
		if err := w.show(f); err != nil {
			return err
		}
	}
	w.settle()
	return nil
}

// show prints a frame.
func (w *watch) show(f ingest.Frame) error {
	w.shown[f.ID] = f.Received
	return printFrame(w.out, f, w.json)
}

// settle forgets frames that came so much before the newest that nothing comes up before them any more.
func (w *watch) settle() {
	var newest time.Time
	for _, received := range w.shown {
		if received.After(newest) {
			newest = received
		}
	}
	for id, received := range w.shown {
		if newest.Sub(received) > watchSettled {
			w.settled = max(w.settled, id)
		}
	}
	for id := range w.shown {
		if id <= w.settled {
			delete(w.shown, id)
		}
	}
}

// printFrame prints a frame.
func printFrame(out io.Writer, f ingest.Frame, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(out).Encode(f)
	}
	fmt.Fprintf(out, "%s  %-10s  %s/%s %s  function %s, %d readings\n", stamp(&f.Received), f.Verdict, f.Protocol, f.Channel, f.Address, f.Function, f.Readings)
	if f.Reason != "" {
		fmt.Fprintf(out, "    why      %s\n", f.Reason)
	}
	if len(f.Decoded) > 0 {
		fmt.Fprintf(out, "    decoded  %s\n", f.Decoded)
	}
	_, err := fmt.Fprintf(out, "    bytes    %s\n", f.Bytes)
	return err
}
