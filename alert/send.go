package alert

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"basin/access"
	"basin/fault"
	"basin/postgis"
)

// SenderConfig is what a Sender works with.
type SenderConfig struct {
	Zone         func(ctx context.Context) (*time.Location, error) // the region's; UTC for nil
	SMTP         *SMTP                                             // how mail is sent; nil for no mail
	AllowPrivate bool                                              // whether webhooks may be at private addresses
}

// Sender sends what is queued. Several servers may send from one database.
type Sender struct {
	SenderConfig
	db  *postgis.DB
	log *slog.Logger
}

// NewSender makes a Sender; it sends nothing until Run runs.
func NewSender(db *postgis.DB, log *slog.Logger, cfg SenderConfig) *Sender {
	return &Sender{cfg, db, log}
}

const (
	senders    = 4                // messages under way at a time
	sendLimit  = 20 * time.Second // for one try
	leaseTime  = time.Minute      // after which a message that a server took and never spoke of again is tried anew
	firstWait  = 10 * time.Second // after the first failure; twice as long after each other
	longest    = time.Hour        // at most
	giveUp     = 24 * time.Hour   // after which a message is given up
	sendPause  = 5 * time.Second  // between two looks for what is due
	maxFailure = 300              // bytes of why it failed that are kept
)

// Run sends until ctx ends.
func (s *Sender) Run(ctx context.Context, feed *postgis.Feed) error {
	wake, cancel := feed.Subscribe()
	defer cancel()
	var swept time.Time
	for failing := false; ; {
		if time.Since(swept) > time.Hour {
			swept = time.Now()
			if err := forget(ctx, s.db); err != nil && ctx.Err() == nil {
				s.log.Warn("old deliveries could not be removed", "error", err)
			}
		}
		err := s.Send(ctx)
		if err != nil && ctx.Err() == nil && !failing { // said once, however long it takes
			s.log.Warn("warnings could not be sent; tried again", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
		case <-time.After(sendPause):
		}
	}
}

// Send sends what is due now. The error is one of the database; that a message did not arrive stands with it.
func (s *Sender) Send(ctx context.Context) error {
	errs := make([]error, senders)
	var all sync.WaitGroup
	for i := range senders {
		all.Go(func() {
			for errs[i] == nil {
				d, err := take(ctx, s.db)
				if d == nil {
					errs[i] = err
					return
				}
				errs[i] = s.try(ctx, d)
			}
		})
	}
	all.Wait()
	at := slices.IndexFunc(errs, func(err error) bool { return err != nil })
	if at < 0 {
		return nil
	}
	return errs[at]
}

// try sends a message once.
func (s *Sender) try(ctx context.Context, d *delivery) error {
	limit, cancel := context.WithTimeout(ctx, sendLimit)
	err := s.deliver(limit, d)
	cancel()
	switch {
	case err == nil:
		return taken(ctx, s.db, d.ID)
	case errors.Is(err, errHidden):
		return unqueue(ctx, s.db, d.ID)
	}
	if ctx.Err() != nil {
		return ctx.Err() //nolint:wrapcheck // the server stops
	}
	if fault.KindOf(err) == fault.Unavailable {
		return err // the database: the message itself was not tried
	}
	why := err.Error()
	lost, failed := refused(ctx, s.db, d.ID, why[:min(len(why), maxFailure)], backOff(d.Tries))
	if lost {
		s.log.Error("a warning was given up", "delivery", d.ID, "channel", d.Channel, "alert", d.Alert, "tries", d.Tries, "error", err)
	}
	return failed
}

// backOff is how long to wait after so many tries: twice as long each time, give or take a quarter, so that many do not come back at once.
func backOff(tries int) time.Duration {
	wait := min(firstWait<<min(max(tries-1, 0), 20), longest)
	return wait*3/4 + rand.N(wait/2)
}

// message is what is sent.
type message struct {
	Delivery int64     `json:"delivery"` // the same at each try
	Event    string    `json:"event"`    // raised, escalated or cleared
	Time     time.Time `json:"time"`
	Text     string    `json:"text"`
	Alert    Alert     `json:"alert"`

	headline string
}

// errHidden says that a warning is no longer for its channel.
var errHidden = errors.New("the warning is no longer for this channel")

// deliver sends a message by its channel. A warning that has become more secret than the channel is not sent.
func (s *Sender) deliver(ctx context.Context, d *delivery) error {
	zone := time.UTC
	if s.Zone != nil {
		z, err := s.Zone(ctx)
		if err != nil {
			return err
		}
		zone = z
	}
	a, err := Get(ctx, s.db, d.Alert, zone, access.Class(d.Class))
	if f := fault.Of(err); f != nil && f.Code == "unknown-alert" {
		return errHidden
	}
	if err != nil {
		return err
	}
	m := message{Delivery: d.ID, Alert: a}
	for _, e := range a.History {
		if e.ID == d.Event {
			m.Event, m.Time = e.Kind, e.Time
		}
	}
	m.Alert.AcknowledgedBy, m.Alert.Note, m.Alert.History = "", "", nil // what people here wrote stays here
	m.headline, m.Text = a.tell(m.Event, d.Language, zone)
	if d.Kind == Mail {
		if s.SMTP == nil {
			return fmt.Errorf("mail is not configured: --smtp-url")
		}
		return s.SMTP.send(ctx, d.Address, m, d.Language)
	}
	return s.post(ctx, d, m)
}

// overWords mark a message that a warning is over, and zoneWords say what its times are.
var (
	overWords = Text{"（已解除）", " (over)"}
	zoneWords = Text{"时区：", "Time zone: "}
)

// tell words what happened to a warning: a headline, and all of it.
func (a Alert) tell(event, language string, zone *time.Location) (headline, text string) {
	headline = a.Headline(language)
	if event == Cleared {
		headline += overWords.In(language)
	}
	text = headline + "\n" + a.Words.In(language)
	if advice := a.Advice.In(language); advice != "" && event != Cleared {
		text += "\n" + advice
	}
	return headline, text + "\n" + zoneWords.In(language) + zone.String()
}
