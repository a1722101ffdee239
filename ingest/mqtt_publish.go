package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/paho"

	"basin/postgis"
)

// MQTTPublisher publishes committed observations to the site's broker, as OGC 18-088 (14.3) has a service do: to v1.1/Datastreams(N)/Observations and to
// v1.1/Observations, with QoS 1, what a visitor gets from …/Observations(id). A broker knows none of basin's classes, so only observations of public datastreams
// of public things go out. The topics are none that basin takes readings from: those begin with basin/v1/.
//
// The change feed wakes it. It goes by the order of transactions, as the relay does, and keeps how far it is in ingest.published: after a broker's or its own
// absence it goes on from there, with the last publishMost observations at most; older ones are passed over and counted. Of several basins on one database one
// publishes, the one that holds an advisory lock; another takes over when its connection ends. What the broker did not acknowledge is published again: a
// message may come twice. The order of each datastream is kept.
type MQTTPublisher struct {
	db     *postgis.DB
	feed   *postgis.Feed
	render Render
	log    *slog.Logger
	client autopaho.ClientConfig
	stats  struct{ published, dropped, refused atomic.Int64 }
}

// Render writes observations, each a datastream and a time, as SensorThings answers them to visitors; nil for one that they may not see or that is gone.
type Render func(ctx context.Context, streams []int64, times []time.Time) ([][]byte, error)

const (
	publishMost  = 10_000 // observations that wait at most
	publishChunk = 256    // observations rendered at a time
	publishLanes = 16     // messages under way; each datastream keeps to one lane
	publishPause = 200 * time.Millisecond
	publishSave  = time.Second
	publishAgain = 5 * time.Second // before somebody else's turn is asked for again
)

// NewMQTTPublisher makes the publisher; Run runs it.
func NewMQTTPublisher(cfg MQTTConfig, db *postgis.DB, feed *postgis.Feed, render Render, log *slog.Logger) (*MQTTPublisher, error) {
	address, err := brokerURL(cfg.URL)
	if err != nil {
		return nil, err
	}
	secure, err := brokerTLS(cfg.CA)
	if err != nil {
		return nil, err
	}
	p := &MQTTPublisher{db: db, feed: feed, render: render, log: log}
	p.client = autopaho.ClientConfig{
		ServerUrls: []*url.URL{address}, TlsCfg: secure, AttemptConnection: dial, KeepAlive: brokerKeepAlive, CleanStartOnInitialConnection: true,
		ReconnectBackoff: autopaho.NewExponentialBackoff(200*time.Millisecond, 30*time.Second, time.Second, 1.5),
		ConnectUsername:  cfg.User, ConnectPassword: []byte(cfg.Password),
		OnConnectError: func(err error) { log.Debug("the MQTT broker cannot be reached to publish", "error", err) }, // the way in says so aloud
		ClientConfig:   paho.ClientConfig{ClientID: cfg.ClientID + "-publish"},
	}
	return p, nil
}

// Published is how many observations were published since the start.
func (p *MQTTPublisher) Published() int64 { return p.stats.published.Load() }

// Dropped is how many were passed over because too many waited.
func (p *MQTTPublisher) Dropped() int64 { return p.stats.dropped.Load() }

// Refused is how many the broker refused.
func (p *MQTTPublisher) Refused() int64 { return p.stats.refused.Load() }

// Run publishes until ctx ends.
func (p *MQTTPublisher) Run(ctx context.Context) error {
	c, err := autopaho.NewConnection(ctx, p.client)
	if err != nil {
		return fmt.Errorf("MQTT: %w", err)
	}
	for pause, failed := firstPause, false; ctx.Err() == nil; {
		if c.AwaitConnection(ctx) != nil {
			break
		}
		turn, err := takeTurn(ctx, p.db)
		if err == nil && turn == nil {
			wait(ctx, publishAgain)
			continue
		}
		if err == nil {
			if failed {
				p.log.Info("observations are published to the MQTT broker again")
			}
			pause, failed = firstPause, false
			err = p.follow(ctx, c, turn)
			turn.end(ctx)
		}
		if ctx.Err() == nil && !failed {
			p.log.Warn("observations cannot be published to the MQTT broker; tried again", "error", err)
			failed = true
		}
		wait(ctx, pause)
		pause = min(2*pause, longestPause)
	}
	<-c.Done()
	return nil
}

// follow publishes what is committed until something fails.
func (p *MQTTPublisher) follow(ctx context.Context, c *autopaho.ConnectionManager, turn *publishTurn) error {
	wake, cancel := p.feed.Subscribe()
	defer cancel()
	var saved time.Time
	for {
		began := time.Now()
		err := p.round(ctx, c, turn)
		if err != nil || time.Since(saved) > publishSave {
			if lost := turn.save(ctx); lost != nil && err == nil {
				err = lost
			}
			saved = time.Now()
		}
		if err != nil || ctx.Err() != nil {
			return err
		}
		wait(ctx, max(publishPause, time.Since(began))) // at most half of its time it asks the database
		select {
		case <-ctx.Done():
		case <-wake:
		case <-time.After(publishAgain): // in case nobody runs the feed
		}
	}
}

// round publishes what was committed since the last one.
func (p *MQTTPublisher) round(ctx context.Context, c *autopaho.ConnectionManager, turn *publishTurn) error {
	found, older, next, err := turn.find(ctx, publishMost)
	if err != nil {
		return err
	}
	if older > 0 {
		p.stats.dropped.Add(older)
		p.log.Warn("too many observations waited to be published: the oldest are passed over", "passed", older, "published", len(found))
		turn.mark = found[0].XID
	}
	for from := 0; from < len(found); from += publishChunk {
		chunk := found[from:min(from+publishChunk, len(found))]
		turn.mark = max(turn.mark, chunk[0].XID) // all before are published
		if err := p.publish(ctx, c, chunk); err != nil {
			return err
		}
	}
	*turn = next
	return nil
}

// publish renders and publishes observations, and returns once the broker has answered for all of them.
func (p *MQTTPublisher) publish(ctx context.Context, c *autopaho.ConnectionManager, chunk []observed) error {
	streams, times := make([]int64, len(chunk)), make([]time.Time, len(chunk))
	for i, o := range chunk {
		streams[i], times[i] = o.Datastream, o.Time
	}
	bodies, err := p.render(ctx, streams, times)
	if err != nil {
		return err
	}
	var lanes [publishLanes][]int
	for i := range chunk {
		if bodies[i] != nil {
			lane := streams[i] % publishLanes
			lanes[lane] = append(lanes[lane], i)
		}
	}
	var work sync.WaitGroup
	errs := make([]error, publishLanes)
	for lane, places := range lanes {
		work.Go(func() {
			for _, i := range places {
				if errs[lane] = p.send(ctx, c, streams[i], bodies[i]); errs[lane] != nil {
					return
				}
			}
		})
	}
	work.Wait()
	return errors.Join(errs...)
}

// send publishes one observation to both of its topics. What the broker refuses is counted: to try again would not help.
func (p *MQTTPublisher) send(ctx context.Context, c *autopaho.ConnectionManager, stream int64, body []byte) error {
	refused := false
	for _, topic := range []string{sensorThingsRoot + "Datastreams(" + strconv.FormatInt(stream, 10) + ")/Observations", sensorThingsRoot + "Observations"} {
		answer, err := c.Publish(ctx, &paho.Publish{QoS: 1, Topic: topic, Payload: body, Properties: &paho.PublishProperties{ContentType: "application/json"}})
		switch {
		case err != nil && answer != nil && answer.ReasonCode >= refusedSubscription:
			if p.stats.refused.Load() == 0 && !refused {
				p.log.Warn("the MQTT broker refuses an observation: may basin write v1.1/#?", "topic", topic, "error", err)
			}
			refused = true
		case err != nil:
			return err
		}
	}
	if refused {
		p.stats.refused.Add(1)
	} else {
		p.stats.published.Add(1)
	}
	return nil
}
