package ingest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"
	"github.com/google/go-cmp/cmp"

	"basin/access"
	"basin/ingest"
	"basin/migrations"
	"basin/postgis"
	"basin/twin"
)

// TestMQTTAcknowledgesAfterCommit: a client that stops before the commit has acknowledged nothing, so the next one gets everything; a client that stops
// after it leaves nothing behind.
func TestMQTTAcknowledgesAfterCommit(t *testing.T) {
	b, s := newBroker(t), newBrokerSite(t, nil, "g")
	before, stop := s.listen(b, s.writer) // nobody runs this writer: what it is given is never committed
	p := b.publisher("p")
	for i := range 100 {
		p.send("g", body(i))
	}
	until(t, "the writer has been asked", func() bool { return s.writer.Queued() > 0 })
	until(t, "the broker has written the messages down", func() bool { return b.saved("S1.level") })
	stop()
	if n := s.stored(); n != 0 || before.Counts() != (ingest.MQTTCounts{}) {
		t.Fatalf("%d readings stored, %+v; want none", n, before.Counts())
	}

	w := twin.NewWriter(s.db, s.logger())
	s.run(w.Run)
	after, stop := s.listen(b, w)
	until(t, "100 messages stored", func() bool { return after.Counts().Accepted == 100 })
	if got, want := w.Counts().Accepted, int64(100); got != want || s.stored() != 100 {
		t.Errorf("%d readings accepted, %d stored; want %d", got, s.stored(), want)
	}
	// The broker forgets a message when it has our acknowledgement.
	until(t, "the broker forgets", func() bool { return !b.saved("S1.level") })
	stop()

	last, _ := s.listen(b, w)
	p.send("g", body(100))
	until(t, "the next message", func() bool { return last.Counts().Accepted == 1 })
	if c := w.Counts(); c.Accepted != 101 || c.Duplicates != 0 {
		t.Errorf("%+v; want 101 accepted and no duplicates: what was acknowledged comes no more", c)
	}
}

// TestMQTTBrokerKilled: what the broker has written down when it is killed reaches us when it is back.
func TestMQTTBrokerKilled(t *testing.T) {
	b, s := newBroker(t), newBrokerSite(t, nil, "g")
	m, stop := s.listen(b, s.writer)
	p := b.publisher("p")
	for i := range 50 {
		p.send("g", body(i))
	}
	// Some of these messages are at our client, unacknowledged, when the broker dies.
	until(t, "the writer has been asked", func() bool { return s.writer.Queued() > 0 })
	last := start.Add(49 * time.Second).Format(time.RFC3339) // stands in the last body
	until(t, "the broker has written the last message down", func() bool { return b.saved(last) })
	b.stop(syscall.SIGKILL)
	until(t, "the loss is seen", func() bool { return !m.Connected() })
	stop()
	b.start()
	s.run(s.writer.Run)
	after, _ := s.listen(b, s.writer)
	until(t, "everything stored", func() bool { return after.Counts().Accepted == 50 })
	if n := s.stored(); n != 50 {
		t.Errorf("%d readings stored; want 50", n)
	}
}

// TestMQTTReconnects: a broker that ends and comes back is found again, and the same client goes on.
func TestMQTTReconnects(t *testing.T) {
	b, s := newBroker(t), newBrokerSite(t, nil, "g")
	s.run(s.writer.Run)
	m, _ := s.listen(b, s.writer)
	for round := range 3 {
		b.publisher("p"+strconv.Itoa(round)).send("g", body(round))
		until(t, "stored", func() bool { return s.stored() == round+1 })
		b.stop([]syscall.Signal{syscall.SIGTERM, syscall.SIGKILL, syscall.SIGTERM}[round])
		until(t, "the loss is seen", func() bool { return !m.Connected() })
		b.start()
		until(t, "connected again", m.Connected)
	}
	b.publisher("p").send("g", body(3))
	until(t, "stored", func() bool { return s.stored() == 4 })
}

// TestMQTTDatabaseAway: while the database is away nothing is acknowledged, nothing is lost, and afterwards everything is stored once.
func TestMQTTDatabaseAway(t *testing.T) {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "basin-mqtt-") // the user postgres must be able to enter it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { postgis.RemoveCluster(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	db, err := postgis.Open(ctx, postgis.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if err := postgis.Migrate(ctx, db, migrations.Files); err != nil {
		t.Fatal(err)
	}
	b, s := newBroker(t), newBrokerSite(t, db, "g", "h")
	s.run(s.writer.Run)
	m, _ := s.listen(b, s.writer)
	p := b.publisher("p")
	p.send("g", body(0))
	until(t, "the first is stored", func() bool { return s.stored() == 1 })

	file, err := os.ReadFile(filepath.Join(dir, "postgres", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.Fields(string(file))[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	until(t, "the database is away", func() bool { return db.Ping(ctx) != nil })
	const n = 300 // more than the broker sends ahead
	for i := 1; i <= n; i++ {
		p.send([]string{"g", "h"}[i%2], body(i))
	}
	until(t, "it is tried again", func() bool { return m.Counts().Retried > 10 })
	if got := m.Counts().Accepted; got != 1 {
		t.Errorf("%d messages acknowledged while the database was away; want the one before", got)
	}
	s.run(func(ctx context.Context) error { return db.Keep(ctx, s.logger()) }) // starts the database again
	until(t, "everything is stored", func() bool { return m.Counts().Accepted == n+1 })
	if c := s.writer.Counts(); s.stored() != n+1 || c.Duplicates+c.Corrections != 0 {
		t.Errorf("%d readings stored, %+v; want %d, each once", s.stored(), c, n+1)
	}
}

// TestMQTTManyGateways: twenty gateways at once, each with two hundred messages.
func TestMQTTManyGateways(t *testing.T) {
	const gateways, each = 20, 200
	b, s := newBroker(t), newBrokerSite(t, nil)
	s.run(s.writer.Run)
	m, _ := s.listen(b, s.writer)
	var all sync.WaitGroup
	for g := range gateways {
		name := fmt.Sprintf("gateway-%d", g)
		s.gateway(name)
		p := b.publisher(name)
		all.Go(func() {
			for i := range each {
				p.send(name, body(g*each+i))
			}
		})
	}
	all.Wait()
	until(t, "everything is stored", func() bool { return m.Counts().Accepted == gateways*each })
	if c := s.writer.Counts(); s.stored() != gateways*each || c.Accepted != gateways*each || c.Duplicates+c.Corrections+c.Rejected != 0 {
		t.Errorf("%d readings stored, %+v; want %d, each once", s.stored(), c, gateways*each)
	}
	t.Logf("%d messages in %d commits", gateways*each, s.writer.Counts().Commits)
}

// TestMQTTShared: two clients share the work.
func TestMQTTShared(t *testing.T) {
	b, s := newBroker(t), newBrokerSite(t, nil, "g")
	s.run(s.writer.Run)
	var both [2]*ingest.MQTT
	for i := range both {
		both[i] = s.client(ingest.MQTTConfig{URL: "mqtt://" + b.address, ClientID: "basin-" + strconv.Itoa(i)}, s.writer)
		s.run(both[i].Run)
		until(t, "subscribed", both[i].Connected)
	}
	p := b.publisher("p")
	for i := range 200 {
		p.send("g", body(i))
	}
	done := func() [2]int64 { return [2]int64{both[0].Counts().Accepted, both[1].Counts().Accepted} }
	until(t, "everything is stored", func() bool { return done()[0]+done()[1] == 200 })
	if got := done(); got[0] == 0 || got[1] == 0 {
		t.Errorf("the clients took %v messages; want both to work", got)
	}
	if c := s.writer.Counts(); c.Accepted != 200 || c.Duplicates != 0 {
		t.Errorf("%+v; want 200 accepted, each once", c)
	}
}

// frame is what is kept of a message.
type frame struct {
	Gateway, Verdict, Reason string
	Readings                 int
}

// TestMQTTRefusals: what can never be stored blocks nothing, and is kept.
func TestMQTTRefusals(t *testing.T) {
	b, s := newBroker(t), newBrokerSite(t, nil, "g", "off")
	revoked := s.gateway("revoked")
	ctx := context.Background()
	if err := s.store.Revoke(ctx, access.Principal{ID: "t", Role: access.System}, revoked, "test"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Exec(ctx, `UPDATE auth.principal SET disabled = now() WHERE name = 'off'`); err != nil {
		t.Fatal(err)
	}
	s.run(s.writer.Run)
	m, _ := s.listen(b, s.writer)
	p := b.publisher("p")
	secret := strings.Repeat("not JSON ", 1000)
	p.send("g", []byte(secret))
	p.send("nobody", body(1))
	p.send("off", body(2))
	p.send("revoked", body(3))
	p.send("g", bytes.Replace(body(4), []byte("S1.level"), []byte("S2.level"), 1))
	broken := bytes.Replace(body(5), []byte(`"value":`), []byte(`"value":"x\u0000","was":`), 1)
	p.send("g", append(append(bytes.TrimSuffix(body(5), []byte("]}")), ','), bytes.TrimPrefix(broken, []byte(`{"readings":[`))...))
	p.send("g", []byte{})
	p.send("g", []byte("\x00\xff"))
	p.send("g", body(6), paho.PublishProperties{ContentType: "text/plain"})
	p.send("g", body(7), paho.PublishProperties{User: paho.UserProperties{{Key: "content-encoding", Value: "gzip"}}})
	p.send("g", body(8))
	until(t, "all are answered", func() bool { c := m.Counts(); return c.Accepted+c.Partial+c.Refused == 11 })
	if got, want := m.Counts(), (ingest.MQTTCounts{Accepted: 1, Partial: 1, Refused: 9}); got != want {
		t.Errorf("%+v; want %+v", got, want)
	}
	if n := s.stored(); n != 2 {
		t.Errorf("%d readings stored; want 2", n)
	}

	rows, err := s.db.Query(ctx, `SELECT address, verdict, reason, readings FROM ingest.frame WHERE channel = 'mqtt' AND protocol = 'mqtt' ORDER BY address, id`)
	if err != nil {
		t.Fatal(err)
	}
	var got []frame
	for rows.Next() {
		var f frame
		if err := rows.Scan(&f.Gateway, &f.Verdict, &f.Reason, &f.Readings); err != nil {
			t.Fatal(err)
		}
		got = append(got, f)
	}
	want := []frame{
		{"g", "refused", "the body is not JSON at byte 0: invalid character 'o' in literal null (expecting 'u')", 0},
		{"g", "refused", "no datastream S2.level", 1},
		{"g", "accepted", `"x\u0000" is not a number`, 2},
		{"g", "refused", "the body is not JSON at byte 0: EOF", 0},
		{"g", "refused", "the body is not JSON at byte 0: invalid character '\\x00' looking for beginning of value", 0},
		{"g", "refused", "the content type text/plain is not known: application/json or application/x-ndjson", 0},
		{"g", "refused", "the body cannot be read: gzip: invalid header", 0},
		{"nobody", "refused", "there is no gateway named nobody", 0},
		{"off", "refused", "the gateway off is switched off, or its token is revoked or expired", 0},
		{"revoked", "refused", "the gateway revoked is switched off, or its token is revoked or expired", 0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("frames (-want +got):\n%s", diff)
	}
	if n := s.count(`SELECT max(length(bytes)) FROM ingest.frame`); n != 4096 {
		t.Errorf("%d bytes are kept of a payload of %d; want 4096", n, len(secret))
	}
	if s.logged("not JSON not JSON") {
		t.Error("a payload was logged")
	}
}

// TestMQTTKinds: bodies as POST /ingest/readings takes them.
func TestMQTTKinds(t *testing.T) {
	b, s := newBroker(t), newBrokerSite(t, nil, "g")
	s.run(s.writer.Run)
	m, _ := s.listen(b, s.writer)
	p := b.publisher("p")
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(body(0))
	_ = z.Close()
	p.send("g", packed.Bytes(), paho.PublishProperties{User: paho.UserProperties{{Key: "Content-Encoding", Value: "gzip"}}})
	var lines bytes.Buffer
	for i := 1; i <= 3; i++ {
		lines.Write(append(bytes.TrimSuffix(bytes.TrimPrefix(body(i), []byte(`{"readings":[`)), []byte("]}")), '\n'))
	}
	p.send("g", lines.Bytes(), paho.PublishProperties{ContentType: "application/x-ndjson"})
	until(t, "both are stored", func() bool { return m.Counts().Accepted == 2 })
	if n := s.stored(); n != 4 {
		t.Errorf("%d readings stored; want 4", n)
	}
}

// TestMQTTMosquittoPub publishes with Mosquitto's own client, with a password, to a broker that refuses the nameless.
func TestMQTTMosquittoPub(t *testing.T) {
	b := newBroker(t)
	b.stop(syscall.SIGTERM)
	b.write("passwd", "basin:b-secret\ng:g-secret\n")
	if out, err := exec.Command("mosquitto_passwd", "-U", b.path("passwd")).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	b.write("acl", "user basin\ntopic read basin/v1/#\nuser g\npattern write basin/v1/%u/readings\n")
	conf, err := os.ReadFile(b.path("mosquitto.conf"))
	if err != nil {
		t.Fatal(err)
	}
	b.write("mosquitto.conf", strings.Replace(string(conf), "allow_anonymous true",
		"allow_anonymous false\npassword_file "+b.path("passwd")+"\nacl_file "+b.path("acl"), 1))
	b.start()

	s := newBrokerSite(t, nil, "g", "h")
	s.run(s.writer.Run)
	stranger := s.client(ingest.MQTTConfig{URL: "mqtt://" + b.address, ClientID: "stranger", User: "basin", Password: "wrong-secret"}, s.writer)
	s.run(stranger.Run)
	until(t, "the stranger is refused", func() bool { return s.logged("cannot be reached") })
	m := s.client(ingest.MQTTConfig{URL: "mqtt://" + b.address, User: "basin", Password: "b-secret"}, s.writer)
	s.run(m.Run)
	until(t, "subscribed", m.Connected)

	host, port, _ := strings.Cut(b.address, ":")
	for i, g := range []string{"h", "g"} { // the access list keeps g from speaking for h
		cmd := exec.Command("mosquitto_pub", "-V", "5", "-h", host, "-p", port, "-u", "g", "-P", "g-secret", "-q", "1", "-t", "basin/v1/"+g+"/readings", "-s")
		cmd.Stdin = bytes.NewReader(body(i))
		if out, err := cmd.CombinedOutput(); err != nil && g == "g" {
			t.Fatalf("%v %s", err, out)
		}
	}
	until(t, "stored", func() bool { return m.Counts().Accepted == 1 })
	if got, want := s.count(`SELECT count(*) FROM twin.reading WHERE time = $1`, start.Add(1e9)), 1; got != want || s.stored() != want {
		t.Errorf("%d of %d readings are that of g; want %d", got, s.stored(), want)
	}
	if stranger.Connected() || s.logged("secret") {
		t.Error("the stranger is connected, or a password was logged")
	}
}

// TestMQTTSecure: over TLS a broker is believed whose certificate the authority named has signed, and no other.
func TestMQTTSecure(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"ours", "other"} {
		out, err := exec.Command("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN="+name,
			"-addext", "subjectAltName=IP:127.0.0.1", "-keyout", filepath.Join(dir, name+".key"), "-out", filepath.Join(dir, name+".pem")).CombinedOutput()
		if err != nil {
			t.Fatalf("%v %s", err, out)
		}
	}
	b := newBroker(t, "allow_anonymous true", "certfile "+filepath.Join(dir, "ours.pem"), "keyfile "+filepath.Join(dir, "ours.key"))
	s := newBrokerSite(t, nil, "g")
	wrong := s.client(ingest.MQTTConfig{URL: "mqtts://" + b.address, CA: filepath.Join(dir, "other.pem"), ClientID: "wrong"}, s.writer)
	s.run(wrong.Run)
	until(t, "the certificate is refused", func() bool { return s.logged("certificate signed by unknown authority") })
	right := s.client(ingest.MQTTConfig{URL: "mqtts://" + b.address, CA: filepath.Join(dir, "ours.pem")}, s.writer)
	s.run(right.Run)
	until(t, "subscribed", right.Connected)
	if wrong.Connected() {
		t.Error("the broker was believed without its authority")
	}
}

// TestMQTTAddress: addresses that name no broker, or hold a password, are refused before anything is tried.
func TestMQTTAddress(t *testing.T) {
	cases := map[string]bool{"mqtt://broker": true, "mqtts://broker:9999": true,
		"tcp://[::1]:1883": true, "ssl://broker/": true, "broker:1883": false, "http://broker": false,
		"mqtt://": false, "mqtt://u:secret@broker": false, "": false, "mqtt://broker/topic": false}
	for address, good := range cases {
		_, err := ingest.NewMQTT(ingest.MQTTConfig{URL: address}, nil, nil, nil, nil)
		if (err == nil) != good || (err != nil && strings.Contains(err.Error(), "secret")) {
			t.Errorf("%q: %v; want it taken: %v", address, err, good)
		}
	}
	if _, err := ingest.NewMQTT(ingest.MQTTConfig{URL: "mqtts://broker", CA: "mqtt_test.go"}, nil, nil, nil, nil); err == nil {
		t.Error("a file without certificates was taken")
	}
}
