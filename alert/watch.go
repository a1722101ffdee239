package alert

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"basin/fault"
	"basin/postgis"
	"basin/twin"
)

// Config is what a Watch works with. What is nil is not there, and rules that need it say so.
type Config struct {
	Zone      func(ctx context.Context) (*time.Location, error)                                        // the region's, for thresholds that hold on some days only; UTC for nil
	Tidal     func(ctx context.Context, things []string) (map[string]bool, error)                      // which of the things are tidal; for nil any may be
	Tide      func(ctx context.Context, thing, datum string, at ...time.Time) ([]float64, bool, error) // the predicted level above a datum at instants, and whether there is one
	Forecasts Forecasts
}

// Watch raises and clears warnings as readings come and time goes by.
type Watch struct {
	Config
	db  *postgis.DB
	log *slog.Logger
}

// New makes a Watch; it does nothing until Run runs.
func New(db *postgis.DB, log *slog.Logger, cfg Config) *Watch { return &Watch{cfg, db, log} }

const (
	watchPause = time.Second // the least time between two looks at what changed: under load one look tells of many changes
	watchShare = 9           // a pause is so many times as long as the look before it: under load judging takes a tenth of the time, whatever there is to judge
	watchAll   = time.Minute // everything is looked at so often, for durations, silence and forecasts
	watchBatch = 1000        // feed entries read at a time
	watchMost  = 10_000      // things taken from the feed at a time
	watchPage  = 500         // things judged at a time
)

// Run follows the change feed until ctx ends. While the database is away it waits. Several servers may watch one database.
func (w *Watch) Run(ctx context.Context, feed *postgis.Feed) error {
	wake, cancel := feed.Subscribe()
	defer cancel()
	var at postgis.Position
	var last time.Time
	for known, failing := false, false; ; {
		begun := time.Now()
		err := w.look(ctx, feed, &at, &known, &last)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			known = false
			if !failing { // said once, however long it takes
				w.log.Warn("warnings could not be judged; tried again", "error", err)
			}
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(min(max(watchPause, watchShare*time.Since(begun)), watchAll/2)):
		}
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
		case <-time.After(watchAll/4 - watchPause): // in case nobody runs the feed
		}
	}
}

// look judges what changed since the last look, or everything once a minute and whenever it is not known what changed.
func (w *Watch) look(ctx context.Context, feed *postgis.Feed, at *postgis.Position, known *bool, last *time.Time) error {
	if !*known || time.Since(*last) >= watchAll {
		head, err := feed.Head(ctx)
		if err != nil {
			return err //nolint:wrapcheck // a fault of its kind already
		}
		now := time.Now()
		if err := w.All(ctx, now); err != nil {
			return err
		}
		*at, *known, *last = head, true, now
		return nil
	}
	things, next, err := changed(ctx, feed, *at)
	if f := fault.Of(err); f != nil && f.Code == "feed-gone" {
		*known = false
		return nil
	}
	if err != nil {
		return err
	}
	if err := w.Changed(ctx, things, time.Now()); err != nil {
		return err
	}
	*at = next
	return nil
}

// changed are the things whose readings changed since a place of the feed, each once, and the place where that ends.
func changed(ctx context.Context, feed *postgis.Feed, at postgis.Position) ([]string, postgis.Position, error) {
	seen := map[string]bool{}
	for len(seen) < watchMost {
		events, next, err := feed.Since(ctx, at, watchBatch)
		if err != nil {
			return nil, at, err //nolint:wrapcheck // a fault of its kind already
		}
		for _, e := range events {
			if e.Topic == twin.TopicState {
				seen[e.Key] = true
			}
		}
		if at = next; len(events) < watchBatch {
			break
		}
	}
	return slices.Sorted(maps.Keys(seen)), at, nil
}

// Changed judges things whose readings changed, as of an instant.
func (w *Watch) Changed(ctx context.Context, things []string, now time.Time) error {
	if len(things) == 0 {
		return nil
	}
	_, err := w.evaluate(ctx, things, now, false)
	return err
}

// All judges everything as of an instant, forecasts included, and clears warnings of which no rule speaks any more.
func (w *Watch) All(ctx context.Context, now time.Time) error {
	open, err := openAlerts(ctx, w.db, nil)
	if err != nil {
		return err
	}
	spoken, err := w.evaluate(ctx, nil, now, true)
	if err != nil {
		return err
	}
	var gone []int64
	for key, a := range open {
		if !spoken[key] {
			gone = append(gone, a.ID)
		}
	}
	return w.drop(ctx, gone, now)
}

// pair is a rule and a thing that it is about.
type pair struct{ Thing, Rule string }

// evaluate judges things, all for nil, and says of which pairs rules speak.
func (w *Watch) evaluate(ctx context.Context, things []string, now time.Time, ahead bool) (map[pair]bool, error) {
	pairs, err := scope(ctx, w.db, things, ahead)
	if err != nil || len(pairs) == 0 {
		return nil, err
	}
	zone := time.UTC
	if w.Zone != nil {
		if zone, err = w.Zone(ctx); err != nil {
			return nil, err
		}
	}
	rules, err := rulesByID(ctx, w.db)
	if err != nil {
		return nil, err
	}
	spoken := map[pair]bool{}
	for len(pairs) > 0 {
		var page []string
		n := 0
		for ; n < len(pairs); n++ {
			if len(page) == 0 || page[len(page)-1] != pairs[n].Thing {
				if len(page) == watchPage {
					break
				}
				page = append(page, pairs[n].Thing)
			}
			spoken[pairs[n]] = true
		}
		if err := w.page(ctx, page, pairs[:n], rules, now.In(zone)); err != nil {
			return nil, err
		}
		pairs = pairs[n:]
	}
	return spoken, nil
}

// page judges some things. One watcher at a time does so, and reads what it judges by after it has begun: none goes by older readings than another before it.
func (w *Watch) page(ctx context.Context, things []string, pairs []pair, rules map[string]Rule, now time.Time) error {
	return w.db.Do(ctx, func(tx postgis.Tx) error {
		if err := takeTurn(ctx, tx); err != nil {
			return err
		}
		subjects, err := w.subjects(ctx, things, now)
		if err != nil {
			return err
		}
		open, err := openAlerts(ctx, tx, things)
		if err != nil {
			return err
		}
		verdicts, err := w.judge(ctx, pairs, rules, subjects, open, now)
		if err != nil {
			return err
		}
		return apply(ctx, tx, things, pairs, rules, open, verdicts, now)
	})
}

// judge judges each pair: what windows of readings are needed shows in a first go.
func (w *Watch) judge(ctx context.Context, pairs []pair, rules map[string]Rule, subjects map[string]*subject, open map[pair]opened, now time.Time) ([]verdict, error) {
	held := &windows{have: map[windowKey]window{}, want: map[windowKey]bool{}}
	verdicts := make([]verdict, len(pairs))
	var broken error
	for again := true; again; {
		for i, p := range pairs {
			s := subjects[p.Thing]
			s.windows, s.open = held, open[p].ID != 0
			r, known := rules[p.Rule]
			if !known { // made since the pairs were found
				continue
			}
			if err := w.complete(ctx, r, s, now); err != nil {
				broken = err
			}
			verdicts[i] = r.judge(s)
		}
		if again = len(held.want) > 0; again {
			if err := held.load(ctx, w.db, now); err != nil {
				return nil, err
			}
		}
	}
	if broken != nil { // what is observed is judged all the same
		w.log.Warn("forecasts or tides could not be read", "error", broken)
	}
	return verdicts, ctx.Err() //nolint:wrapcheck // the server stops
}

// complete fetches what only some rules need: forecasts and predicted tides. What cannot be read is as if it were not there.
func (w *Watch) complete(ctx context.Context, r Rule, s *subject, now time.Time) error {
	switch {
	case r.AheadH > 0 && w.Forecasts != nil:
		f, err := w.Forecasts.Ahead(ctx, s.thing, r.Property, now.Add(time.Duration(r.AheadH)*time.Hour))
		if err != nil {
			s.forecast = Forecast{}
			return err //nolint:wrapcheck // a fault of its kind already
		}
		s.forecast = f
	case r.AheadH > 0:
		s.forecast = Forecast{}
	case r.Kind == Rise && s.tidal && w.Tide != nil:
		for _, v := range s.values {
			if v.Property != r.Property || v.Earlier == nil {
				continue
			}
			levels, ok, err := w.Tide(ctx, s.thing, v.Datum, v.EarlierAt, v.Time)
			if err != nil {
				return err
			}
			if ok && len(levels) == 2 {
				s.tides[v.Datastream] = tide{levels[1] - levels[0]}
			}
		}
	}
	return nil
}

// subjects reads what rules look at in things.
func (w *Watch) subjects(ctx context.Context, things []string, now time.Time) (map[string]*subject, error) {
	values, err := twin.Values(ctx, w.db, things, twin.Asked{At: now}, watcher)
	if err != nil {
		return nil, err //nolint:wrapcheck // a fault of its kind already
	}
	thresholds, err := twin.Thresholds(ctx, w.db, things, watcher)
	if err != nil {
		return nil, err //nolint:wrapcheck // a fault of its kind already
	}
	offsets, err := twin.DatumOffsets(ctx, w.db, things)
	if err != nil {
		return nil, err //nolint:wrapcheck // a fault of its kind already
	}
	var tidal map[string]bool
	if w.Tidal != nil {
		if tidal, err = w.Tidal(ctx, things); err != nil {
			return nil, err
		}
	}
	out := map[string]*subject{}
	for _, id := range things {
		out[id] = &subject{thing: id, offsets: offsets[id], now: now, tidal: w.Tidal == nil || tidal[id], tides: map[string]tide{}}
	}
	for _, v := range values {
		out[v.Thing].values = append(out[v.Thing].values, v)
	}
	for _, h := range thresholds {
		out[h.Thing].thresholds = append(out[h.Thing].thresholds, h)
	}
	return out, nil
}
