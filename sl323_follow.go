package main

import (
	"context"
	"time"

	"basin/auth"
	"basin/bureau"
	"basin/fault"
	"basin/ingest"
	"basin/postgis"
	"basin/source"
)

// The pauses of following while something is away.
const (
	followRetry    = time.Second // the first after a failure; each next one is twice as long
	followRetryMax = 5 * time.Minute
)

// follow reads the tables of a database, and again and again what is new in them, until ctx ends. While that database or basin's own is away it is tried
// again; what is wrong at the very beginning ends it.
func (c *LoadCmd) follow(ctx context.Context, db *postgis.DB, a bureau.Address, out *reporter) error {
	d, stop, err := c.openSL323(ctx, db, a, out)
	if err != nil {
		return err
	}
	defer stop()
	if d.marks, err = ingest.Marks(ctx, db, d.source); err != nil {
		return err
	}
	if err := auth.New(db).Audit(ctx, local(), "sl323.follow", d.source, "done", map[string]any{"every": c.Every.String(), "overlap": c.Overlap.String()}, "command-line"); err != nil {
		return err
	}
	d.s.l.report = once(d.s.l)
	log := out.env.log()
	inner, end := context.WithCancel(ctx)
	defer end()
	kept := make(chan error, 1)
	go func() { kept <- db.Keep(inner, log) }()
	begun, failing, back := false, "", time.Duration(0)
	for ctx.Err() == nil {
		var wait time.Duration
		start := time.Now()
		sum, err := d.read(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			if failing != "" {
				log.Info("the tables can be read again", "source", d.source)
			}
			if news(sum) || !begun {
				sum.File, sum.Seconds = d.source, float64(time.Since(start).Milliseconds())/1000
				out.summary(sum)
			}
			begun, failing, back, wait = true, "", 0, max(0, c.Every-time.Since(start))
		case !begun && fault.KindOf(err) != fault.Unavailable:
			return err
		default:
			back = min(max(2*back, followRetry), followRetryMax)
			wait = back
			if code := codeOf(err); code != failing { // not a line for each attempt
				failing = code
				log.Warn("the tables cannot be read; tried again", "source", d.source, "after", wait.String(), "error", err)
			}
		}
		select {
		case err := <-kept:
			if ctx.Err() == nil && err != nil {
				return err
			}
			kept = nil
		default:
			pause(ctx, wait)
		}
	}
	return nil
}

// codeOf is the code of a fault; of other errors it is what all of them have.
func codeOf(err error) string {
	if f := fault.Of(err); f != nil {
		return f.Code
	}
	return "internal"
}

// news says whether a round changed anything or found anything new.
func news(s Summary) bool {
	return s.Added+s.Changed+s.Findings > 0 || s.Readings != nil && s.Readings.Accepted+s.Readings.Corrections > 0
}

// maxTold bounds how many findings are remembered; beyond it they are told anew.
const maxTold = 10_000

// once reports each finding of a loader once, and counts it once: what is wrong with a row is so in every round.
func once(l *loader) func(source.Finding) {
	report, told := l.report, map[string]bool{}
	return func(f source.Finding) {
		key := f.Layer + "\x1f" + f.Code + "\x1f" + f.Reason
		if told[key] {
			return
		}
		if len(told) >= maxTold {
			clear(told)
		}
		told[key] = true
		report(f)
	}
}
