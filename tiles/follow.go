package tiles

import (
	"context"
	"slices"
	"sync"
	"time"

	"basin/fault"
	"basin/postgis"
)

// followBatch is how many events are read at once, and followPause the least time between two looks: under load one look tells of many changes.
const (
	followBatch = 1000
	followPause = 50 * time.Millisecond
)

// Run follows the change feed until ctx ends, and forgets the tiles of layers that changed. While the database is away it waits.
func (s *Store) Run(ctx context.Context, feed *postgis.Feed) error {
	wake, cancel := feed.Subscribe()
	defer cancel()
	inner, stop := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() { s.watch(inner) })
	defer func() { stop(); watching.Wait() }()
	at, known := postgis.Position{}, false
	for {
		err := s.follow(ctx, feed, &at, &known)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			s.InvalidateAll() // nothing is known of what changes now
			if fault.KindOf(err) != fault.Unavailable {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(followPause):
		}
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
		case <-time.After(5 * time.Second): // in case nobody runs the feed
		}
	}
}

// follow reads the feed from at to its end. Where the position is not known, or no longer kept, it begins at the end with no tiles.
func (s *Store) follow(ctx context.Context, feed *postgis.Feed, at *postgis.Position, known *bool) error {
	for {
		if !*known {
			head, err := feed.Head(ctx)
			if err != nil {
				return err //nolint:wrapcheck // a fault of its kind already
			}
			if err := s.loadAll(ctx); err != nil {
				return err
			}
			*at, *known = head, true
			s.InvalidateAll()
		}
		events, next, err := feed.Since(ctx, *at, followBatch)
		if f := fault.Of(err); f != nil && f.Code == "feed-gone" {
			*known = false
			continue
		}
		if err != nil {
			return err //nolint:wrapcheck // a fault of its kind already
		}
		if slices.ContainsFunc(events, func(e postgis.Event) bool { return e.Topic == topicState }) {
			s.note()
		}
		for id, m := range Changes(events) {
			if err := s.renew(ctx, id, m); err != nil {
				*known = false // what is in memory is not what it should be
				return err
			}
		}
		*at = next
		if len(events) < followBatch {
			return nil
		}
	}
}
