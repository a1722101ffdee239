package ingest

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/paho"

	"basin/access"
	"basin/fault"
	"basin/postgis"
	"basin/twin"
)

// MQTT takes readings from the site's broker: basin is one of its clients (MQTT 5), and one of several where several basins run.
//
// A gateway publishes to basin/v1/{gateway}/readings, with QoS 1, what it would post to /ingest/readings; or observations of SensorThings, each by itself, as
// ingest/mqtt_observation.go says. {gateway} is the name of its principal. Basin trusts the broker in this: the broker authenticates gateways, and its access
// list must tie each user to the topics of its own name. Whoever may publish there speaks for that gateway, and may post for the stations bound to it and for
// no others.
//
// The broker gets its acknowledgement of a message after the readings are committed. While the database is away messages stay unacknowledged: basin holds
// at most inFlight of them and tries them again, in the order of each gateway; the broker keeps the rest. A message that can never be stored is
// acknowledged, counted, logged and kept among the frames, so that it stands in nobody's way; so is what was rejected of others.
type MQTT struct {
	cfg      MQTTConfig
	client   autopaho.ClientConfig
	writer   *twin.Writer
	db       *postgis.DB
	gateways Gateways
	log      *slog.Logger
	lanes    [lanes]chan message
	attempt  atomic.Int64 // number of the present connection
	resumed  atomic.Int64 // number of the last connection whose session went on: what came before is sent again
	up       atomic.Bool
	stats    mqttStats
}

// MQTTConfig says where the broker is, and who basin is there.
type MQTTConfig struct {
	URL            string // mqtt://HOST:PORT, or mqtts://HOST:PORT over TLS
	User, Password string // empty for none
	CA             string // file of the authority that signed the broker's certificate; empty for those that the machine trusts
	ClientID       string // the same at every start, and another for every basin at this broker: the broker keeps messages for it
}

// Gateways finds a gateway by its name. An error of kind Unavailable means: try again later; another, that it may not post.
type Gateways func(ctx context.Context, name string) (access.Principal, error)

const (
	inFlight        = 64                     // messages that the broker sends ahead of their acknowledgements
	lanes           = 8                      // what may be stored at the same time; each gateway keeps to one
	maxPacket       = 4 << 20                // bytes; the broker drops what is larger
	sessionExpiry   = 7 * 24 * 3600          // seconds for which the broker keeps messages while basin is away
	brokerKeepAlive = 30                     // seconds
	ackEvery        = 5 * time.Millisecond   // acknowledgements are sent together
	firstPause      = 100 * time.Millisecond // before a message is tried again; doubled each time
	longestPause    = 5 * time.Second
)

// subscriptions are what basin asks the broker for. The first it cannot do without.
var subscriptions = []string{"$share/basin/basin/v1/+/readings", "$share/basin/basin/v1/+/v1.1/Observations", "$share/basin/basin/v1/+/v1.1/+/Observations"}

// mqttStats count messages since the start.
type mqttStats struct{ accepted, partial, refused, dropped, retried atomic.Int64 }

// MQTTCounts are what became of messages since the start. Partial are those of which readings were rejected, Dropped those of QoS 0 that came while there
// was no room, Retried the times that a message had to be tried again.
type MQTTCounts struct{ Accepted, Partial, Refused, Dropped, Retried int64 }

// message is one message of the broker's.
type message struct {
	attempt  int64
	client   *paho.Client
	publish  *paho.Publish
	gateway  string
	resource string // below the gateway: readings, or a path of SensorThings from v1.1 on
	kind     string // of the content
	encoding string
}

// NewMQTT makes the MQTT way in; Run opens it.
func NewMQTT(cfg MQTTConfig, w *twin.Writer, db *postgis.DB, gateways Gateways, log *slog.Logger) (*MQTT, error) {
	m := &MQTT{cfg: cfg, writer: w, db: db, gateways: gateways, log: log}
	for i := range m.lanes {
		m.lanes[i] = make(chan message, inFlight)
	}
	address, err := brokerURL(cfg.URL)
	if err != nil {
		return nil, err
	}
	secure, err := brokerTLS(cfg.CA)
	if err != nil {
		return nil, err
	}
	m.client = autopaho.ClientConfig{
		ServerUrls: []*url.URL{address}, TlsCfg: secure, AttemptConnection: dial, KeepAlive: brokerKeepAlive, SessionExpiryInterval: sessionExpiry,
		ReconnectBackoff: autopaho.NewExponentialBackoff(200*time.Millisecond, 30*time.Second, time.Second, 1.5),
		ConnectUsername:  cfg.User, ConnectPassword: []byte(cfg.Password),
		ConnectPacketBuilder: m.connect,
		OnConnectError:       func(err error) { log.Warn("the MQTT broker cannot be reached; tried again", "error", err) },
		ClientConfig: paho.ClientConfig{ClientID: cfg.ClientID, EnableManualAcknowledgment: true, SendAcksInterval: ackEvery,
			OnServerDisconnect: func(d *paho.Disconnect) { log.Warn("the MQTT broker ended the connection", "reason", d.ReasonCode) },
			OnClientError:      func(err error) { log.Warn("the connection to the MQTT broker broke", "error", err) }},
	}
	return m, nil
}

// Counts says what became of messages since the start.
func (m *MQTT) Counts() MQTTCounts {
	s := &m.stats
	return MQTTCounts{s.accepted.Load(), s.partial.Load(), s.refused.Load(), s.dropped.Load(), s.retried.Load()}
}

// Connected says whether basin is connected to the broker and subscribed.
func (m *MQTT) Connected() bool { return m.up.Load() }

// Run takes messages until ctx ends. What is not acknowledged by then the broker sends again at the next start.
func (m *MQTT) Run(ctx context.Context) error {
	var work sync.WaitGroup
	defer work.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, lane := range m.lanes {
		work.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case msg := <-lane:
					m.take(ctx, msg)
				}
			}
		})
	}
	cfg := m.client
	cfg.OnPublishReceived = []func(paho.PublishReceived) (bool, error){func(p paho.PublishReceived) (bool, error) {
		m.queue(ctx, p)
		return true, nil
	}}
	cfg.OnConnectionUp = func(c *autopaho.ConnectionManager, ack *paho.Connack) {
		attempt := m.attempt.Load()
		if ack.SessionPresent {
			m.resumed.Store(attempt)
		}
		work.Go(func() { m.subscribe(ctx, c, attempt) })
	}
	cfg.OnConnectionDown = func() bool {
		m.up.Store(false)
		return true
	}
	c, err := autopaho.NewConnection(ctx, cfg)
	if err != nil {
		return fmt.Errorf("MQTT: %w", err)
	}
	<-c.Done()
	m.up.Store(false)
	return nil
}

// connect begins a connection: it gets a number before any of its messages can come.
func (m *MQTT) connect(p *paho.Connect, _ *url.URL) (*paho.Connect, error) {
	m.attempt.Add(1)
	receive, packet := uint16(inFlight), uint32(maxPacket)
	p.Properties.ReceiveMaximum, p.Properties.MaximumPacketSize = &receive, &packet
	return p, nil
}

// subscribe asks for the messages, again and again until the broker agrees or the connection has ended. A session that went on is asked too: it may be
// that its subscriptions were never made. A broker whose access list knows only readings is told of, and readings are taken.
func (m *MQTT) subscribe(ctx context.Context, c *autopaho.ConnectionManager, attempt int64) {
	ask := &paho.Subscribe{}
	for _, topic := range subscriptions {
		ask.Subscriptions = append(ask.Subscriptions, paho.SubscribeOptions{Topic: topic, QoS: 1})
	}
	for pause := firstPause; m.attempt.Load() == attempt; pause = min(2*pause, longestPause) {
		answer, err := c.Subscribe(ctx, ask)
		if err == nil || answer != nil && len(answer.Reasons) == len(subscriptions) && answer.Reasons[0] < refusedSubscription {
			m.up.Store(m.attempt.Load() == attempt)
			m.log.Info("taking readings from the MQTT broker", "broker", m.client.ServerUrls[0].Host)
			if err != nil {
				m.log.Warn("the MQTT broker does not let basin subscribe to observations of SensorThings: none are taken", "subscriptions", subscriptions[1:])
			}
			return
		}
		if ctx.Err() != nil {
			return
		}
		m.log.Warn("the MQTT broker does not let basin subscribe; tried again", "subscription", subscriptions[0], "error", err)
		wait(ctx, pause)
	}
}

// refusedSubscription is the least code with which a broker refuses a subscription.
const refusedSubscription = 0x80

// queue hands a message to the lane of its gateway. The broker sends no more of QoS 1 than there is room for; of QoS 0, which promises nothing, what finds
// no room is dropped.
func (m *MQTT) queue(ctx context.Context, p paho.PublishReceived) {
	name, resource, _ := strings.Cut(strings.TrimPrefix(p.Packet.Topic, "basin/v1/"), "/")
	msg := message{attempt: m.attempt.Load(), client: p.Client, publish: p.Packet, gateway: name, resource: resource}
	if props := p.Packet.Properties; props != nil {
		msg.kind = props.ContentType
		for _, u := range props.User {
			if strings.EqualFold(u.Key, "content-encoding") {
				msg.encoding = u.Value
			}
		}
	}
	h := fnv.New32a()
	_, _ = io.WriteString(h, name)
	lane := m.lanes[h.Sum32()%lanes]
	if p.Packet.QoS == 0 {
		select {
		case lane <- msg:
		default:
			m.stats.dropped.Add(1)
		}
		return
	}
	select {
	case lane <- msg:
	case <-ctx.Done():
	}
}

// take stores the readings of a message, however long that takes, and then acknowledges it.
func (m *MQTT) take(ctx context.Context, msg message) {
	n := note{gateway: msg.gateway, topic: msg.publish.Topic, payload: msg.publish.Payload, function: "readings"}
	if msg.resource != n.function {
		n.function = "Observations"
	}
	var refusal error
	if !m.insist(ctx, msg, func() error {
		var err error
		n.result, n.readings, err = m.store(ctx, msg)
		refusal = nil
		if permanent(err) {
			refusal, err = err, nil
		}
		return err
	}) {
		return
	}
	switch rejected := n.result.Rejected; {
	case refusal != nil:
		n.reason = refusal.Error()
		m.log.Warn("an MQTT message can never be stored", "topic", msg.publish.Topic, "bytes", len(n.payload), "error", refusal)
	case len(rejected) > 0:
		n.reason = rejected[0].Reason
		m.log.Warn("readings of an MQTT message were rejected", "topic", msg.publish.Topic, "readings", n.readings, "rejected", len(rejected), "first", n.reason)
	}
	if n.reason != "" && !m.insist(ctx, msg, func() error {
		err := n.keep(ctx, m.db)
		if permanent(err) {
			m.log.Error("what was rejected of an MQTT message could not be kept", "topic", msg.publish.Topic, "error", err)
			err = nil
		}
		return err
	}) {
		return
	}
	switch {
	case n.reason == "":
		m.stats.accepted.Add(1)
	case refusal != nil || n.readings == len(n.result.Rejected):
		m.stats.refused.Add(1)
	default:
		m.stats.partial.Add(1)
	}
	_ = msg.client.Ack(msg.publish) // where its connection has ended, the broker sends the message again, and it is a duplicate
}

// store decodes a message and stores its readings on behalf of its gateway; it says how many there were.
func (m *MQTT) store(ctx context.Context, msg message) (twin.Result, int, error) {
	by, err := m.gateways(ctx, msg.gateway)
	if err != nil {
		return twin.Result{}, 0, err
	}
	body, err := plain(io.NopCloser(bytes.NewReader(msg.publish.Payload)), msg.encoding, maxWindow)
	if err != nil {
		return twin.Result{}, 0, err
	}
	defer body.Close()
	if msg.resource != "readings" {
		return m.observation(ctx, by, msg, body)
	}
	d, err := decode(body, msg.kind)
	if err != nil {
		return twin.Result{}, 0, err
	}
	result, err := m.writer.Append(ctx, by, d.readings)
	if err != nil {
		return twin.Result{}, d.count, err
	}
	d.complete(&result)
	return result, d.count, nil
}

// permanent says whether it is no use to try again. A fault of basin's own is none: nothing that came may be lost by it.
func permanent(err error) bool {
	switch fault.KindOf(err) {
	case fault.Internal, fault.Unavailable:
		return false
	}
	return err != nil
}

// insist does something with a message until it succeeds. It gives up when ctx ends or when the broker has sent the message again.
func (m *MQTT) insist(ctx context.Context, msg message, do func() error) bool {
	for pause := firstPause; msg.publish.QoS == 0 || msg.attempt >= m.resumed.Load(); pause = min(2*pause, longestPause) {
		err := do()
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		m.stats.retried.Add(1)
		m.log.Warn("an MQTT message could not be stored yet; tried again", "topic", msg.publish.Topic, "error", err)
		wait(ctx, pause)
	}
	return false
}

// wait waits, no longer than ctx.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
