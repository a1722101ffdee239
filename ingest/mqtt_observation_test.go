package ingest_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/geo"
	"basin/ingest"
	"basin/twin"
)

// mosquittoPub publishes with Mosquitto's own client.
func (b *broker) mosquittoPub(topic, body string, more ...string) {
	b.Helper()
	host, port, _ := strings.Cut(b.address, ":")
	args := append([]string{"-V", "5", "-h", host, "-p", port, "-q", "1", "-t", topic, "-m", body}, more...)
	if out, err := exec.Command("mosquitto_pub", args...).CombinedOutput(); err != nil {
		b.Fatalf("%v %s", err, out)
	}
}

// another adds a station whose gateway is none of the test's, and returns the numbers of S1's datastream and of its own.
func (s *brokerSite) another(class access.Class) (own, other int) {
	s.Helper()
	ctx := context.Background()
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		if _, err := twin.PutThings(ctx, tx, []twin.Thing{{Kind: "station", Code: "S2", Name: twin.Name{Zh: "另"}, Geometry: geo.Point(geo.Place{120.9, 32}),
			Class: class}}); err != nil {
			return err
		}
		return twin.PutDatastreams(ctx, tx, []twin.Datastream{{Thing: "station:S2", Property: "level", Datum: "wusong", Class: class, Longitude: 120.9, Latitude: 32}})
	})
	if err != nil {
		s.Fatal(err)
	}
	return s.count(`SELECT id FROM twin.datastream WHERE code = 'S1.level'`), s.count(`SELECT id FROM twin.datastream WHERE code = 'S2.level'`)
}

// TestMQTTObservations: observations of SensorThings are stored under both topics, once, for the gateway's own stations, beside readings of the other form.
func TestMQTTObservations(t *testing.T) {
	b, s := newBroker(t), newBrokerSite(t, nil, "g")
	own, public := s.another(access.Public)
	s.run(s.writer.Run)
	m, _ := s.listen(b, s.writer)
	at := func(i int) string { return start.Add(time.Duration(i) * time.Second).Format(time.RFC3339) }
	set, below := "basin/v1/g/v1.1/Observations", fmt.Sprintf("basin/v1/g/v1.1/Datastreams(%d)/Observations", own)
	one := fmt.Sprintf(`{"result":1.25,"phenomenonTime":%q,"resultTime":%q,"Datastream":{"@iot.id":%d}}`, at(1), at(2), own)
	b.mosquittoPub(set, one)
	b.mosquittoPub(below, fmt.Sprintf(`{"result":2.5e0,"phenomenonTime":"%s/%s"}`, at(2), at(2)))
	b.mosquittoPub("basin/v1/g/readings", string(body(3)))
	b.mosquittoPub(set, one) // what comes twice is held once
	until(t, "all four are stored", func() bool { return m.Counts().Accepted == 4 })
	if n := s.stored(); n != 3 {
		t.Errorf("%d readings stored; want 3", n)
	}
	for sql, want := range map[string]int{
		`SELECT count(*) FROM twin.reading WHERE time = $1 AND value = 12500 AND issued = $1::timestamptz + interval '1 s'`: 1,
		`SELECT count(*) FROM twin.reading WHERE time = $1::timestamptz + interval '1 s' AND value = 25000`:                 1,
	} {
		if n := s.count(sql, start.Add(time.Second)); n != want {
			t.Errorf("%s: %d, want %d", sql, n, want)
		}
	}
	b.mosquittoPub(set, fmt.Sprintf(`{"result":1,"phenomenonTime":%q,"Datastream":{"@iot.id":%d}}`, at(4), public))
	for topic, bodies := range map[string][]string{
		set: {`{"result":1}`, `{"result":"1","phenomenonTime":"` + at(4) + `","Datastream":{"@iot.id":` + fmt.Sprint(own) + `}}`, `[`, `{} {}`,
			fmt.Sprintf(`{"result":1,"Datastream":{"@iot.id":%d}}`, own), `{"result":1,"phenomenonTime":"` + at(4) + `","Datastream":{"@iot.id":987654}}`,
			`{"result":1,"x":"` + strings.Repeat("x", 70_000) + `"}`},
		below: {fmt.Sprintf(`{"result":1,"phenomenonTime":%q,"Datastream":{"@iot.id":%d}}`, at(4), public),
			fmt.Sprintf(`{"result":99999,"phenomenonTime":%q}`, at(4)), `{"result":1,"phenomenonTime":"` + at(4) + `","parameters":{"a":1}}`},
		fmt.Sprintf("basin/v1/g/v1.1/Things(%d)/Observations", own): {`{"result":1}`},
		"basin/v1/g/v1.1/Datastreams('a')/Observations":             {`{"result":1}`},
		"basin/v1/nobody/v1.1/Observations":                         {one},
	} {
		for _, text := range bodies {
			b.publisher("p").publish(topic, text)
		}
	}
	until(t, "all are answered", func() bool { return m.Counts().Refused == 14 })
	if n := s.stored(); n != 3 {
		t.Errorf("%d readings stored; want 3", n)
	}
	rows, err := s.db.Query(context.Background(), `SELECT function || ' ' || reason FROM ingest.frame WHERE protocol = 'mqtt' ORDER BY (function || ' ' || reason) COLLATE "C"`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	const none = "Observations nothing is created at this topic: publish to basin/v1/GATEWAY/v1.1/Observations or …/v1.1/Datastreams(N)/Observations"
	cannot := func(why string) string { return "Observations the observation cannot be stored: " + why }
	want := []string{
		"Observations S1.level: 99999 m is physically impossible", "Observations S2.level is not yours to post for", none, none,
		"Observations the body is not JSON at byte 0: unexpected EOF", "Observations the body is not JSON at byte 4: there is something after the end of the JSON value",
		"Observations the body is too large",
		cannot("Datastream must name a datastream by its @iot.id, a whole number"), cannot("parameters cannot be kept: leave it out"),
		cannot("phenomenonTime is missing: a message may wait at the broker, so the time of its receipt cannot stand for it"), cannot("result must be a number"),
		cannot("the path and the body name different datastreams"),
		"Observations there is no Datastream 987654", "Observations there is no gateway named nobody",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("frames (-want +got):\n%s", diff)
	}
}

// publish publishes to any topic and waits for the broker's acknowledgement.
func (p publisher) publish(topic, text string) {
	p.Helper()
	if _, err := p.Publish(context.Background(), &paho.Publish{QoS: 1, Topic: topic, Payload: []byte(text)}); err != nil {
		p.Fatal(err)
	}
}

// TestMQTTObservationsInOrder: what a gateway sends stays in order, whichever of its topics it takes: of two values for one time the later one stands.
func TestMQTTObservationsInOrder(t *testing.T) {
	b, s := newBroker(t), newBrokerSite(t, nil, "g")
	own, _ := s.another(access.Public)
	_, stop := s.listen(b, s.writer) // the writer does not run: messages wait and come again
	p := b.publisher("p")
	const n = 60
	for i := range n {
		at := start.Add(time.Duration(i/3) * time.Second).Format(time.RFC3339)
		switch i % 3 {
		case 0:
			p.publish("basin/v1/g/readings", fmt.Sprintf(`{"readings":[{"datastream":"S1.level","time":%q,"value":%d}]}`, at, 3))
		case 1:
			p.publish("basin/v1/g/v1.1/Observations", fmt.Sprintf(`{"phenomenonTime":%q,"result":%d,"Datastream":{"@iot.id":%d}}`, at, 2, own))
		case 2:
			p.publish(fmt.Sprintf("basin/v1/g/v1.1/Datastreams(%d)/Observations", own), fmt.Sprintf(`{"phenomenonTime":%q,"result":%d}`, at, 1))
		}
	}
	until(t, "the writer has been asked", func() bool { return s.writer.Queued() > 0 })
	stop()
	w := twin.NewWriter(s.db, s.logger())
	s.run(w.Run)
	m, _ := s.listen(b, w)
	until(t, "everything is stored", func() bool { return m.Counts().Accepted == n })
	if got := s.count(`SELECT count(*) FROM twin.reading WHERE value = 10000`); got != n/3 || s.stored() != n/3 {
		t.Errorf("%d of %d readings have the value that came last; want %d", got, s.stored(), n/3)
	}
}

// restrict starts the broker with the access list that was written, and with its own bound of what waits: without one, Mosquitto 2.0.11 hangs up on whom it
// refuses a message.
func (b *broker) restrict() {
	b.Helper()
	conf, err := os.ReadFile(b.path("mosquitto.conf"))
	if err != nil {
		b.Fatal(err)
	}
	b.write("mosquitto.conf", strings.Replace(string(conf), "max_queued_messages 0\n", "", 1)+"acl_file "+b.path("acl")+"\n")
	b.start()
}

// TestMQTTOldAccessList: a broker whose access list lets basin read readings only goes on working.
func TestMQTTOldAccessList(t *testing.T) {
	b := newBroker(t)
	b.stop(syscall.SIGTERM)
	b.write("acl", "topic read basin/v1/+/readings\ntopic write basin/v1/#\n")
	b.restrict()
	s := newBrokerSite(t, nil, "g")
	s.run(s.writer.Run)
	m := s.client(ingest.MQTTConfig{URL: "mqtt://" + b.address}, s.writer)
	s.run(m.Run)
	until(t, "subscribed", m.Connected)
	b.publisher("p").send("g", body(0))
	until(t, "stored", func() bool { return s.stored() == 1 })
}
