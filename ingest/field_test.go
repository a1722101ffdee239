package ingest_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"basin/access"
	"basin/geo"
	"basin/ingest"
	"basin/postgis"
	"basin/postgis/postgistest"
	"basin/twin"
)

// field is a listener for tiny frames on a real database with two stations and a work.
type field struct {
	*testing.T
	db       *postgis.DB
	writer   *twin.Writer
	desk     *ingest.Desk
	listener *ingest.Listener
	tcp, udp string
	warnings atomic.Int64 // lines of the log that are warnings
}

// Write counts the warnings of a log.
func (s *field) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("level=WARN")) {
		s.warnings.Add(1)
	}
	return len(line), nil
}

// newField starts one; it ends with the test.
func newField(t *testing.T, limits ingest.Limits) *field {
	t.Helper()
	s := &field{T: t, db: postgistest.New(t)}
	s.equip()
	ctx, cancel := context.WithCancel(context.Background())
	log := slog.New(slog.NewTextHandler(s, nil))
	s.writer = twin.NewWriter(s.db, log)
	s.desk = ingest.NewDesk(s.db, s.writer, log, 0)
	s.listener = ingest.NewListener(s.desk, log, limits, tiny{})
	for network, at := range map[string]*string{"tcp": &s.tcp, "udp": &s.udp} {
		addr, err := s.listener.Open(ctx, ingest.Door{Protocol: "tiny", Network: network, Address: "127.0.0.1:0"})
		if err != nil {
			t.Fatal(err)
		}
		*at = addr.String()
	}
	ended := make(chan error, 3)
	go func() { ended <- s.writer.Run(ctx) }()
	go func() { ended <- s.desk.Run(ctx) }()
	go func() { ended <- s.listener.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		for range 3 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	})
	return s
}

// equip makes the things: station S1 with a level, S2 with nothing, and work W1 with a level on each side.
func (s *field) equip() {
	s.Helper()
	ctx, at := context.Background(), geo.Place{120.8, 32}
	err := s.db.Do(ctx, func(tx postgis.Tx) error {
		if err := twin.MakePartitions(ctx, s.db, time.Now(), 2); err != nil {
			return err
		}
		if _, err := twin.PutThings(ctx, tx, []twin.Thing{{Kind: "station", Code: "S1", Geometry: geo.Point(at), Class: access.Public},
			{Kind: "station", Code: "S2", Geometry: geo.Point(at), Class: access.Restricted}, {Kind: "work", Code: "W1", Geometry: geo.Point(at)},
			{Kind: "station", Code: "S3"}}); err != nil {
			return err
		}
		level := twin.Datastream{Thing: "station:S1", Property: "level", Datum: "wusong", Interval: time.Hour, Longitude: at[0], Latitude: at[1]}
		inner := twin.Datastream{Thing: "work:W1", Property: "level", Role: "inner", Datum: "wusong", Longitude: at[0], Latitude: at[1]}
		outer := inner
		outer.Role = "outer"
		return twin.PutDatastreams(ctx, tx, []twin.Datastream{level, inner, outer})
	})
	if err != nil {
		s.Fatal(err)
	}
}

// register registers field stations.
func (s *field) register(stations ...ingest.Station) {
	s.Helper()
	for i := range stations {
		stations[i].Protocol = "tiny"
	}
	if err := s.desk.Put(context.Background(), stations...); err != nil {
		s.Fatal(err)
	}
}

// caller is a field station with a connection.
type caller struct {
	*testing.T
	net.Conn
}

// dial opens a connection.
func (s *field) dial(network string) caller {
	s.Helper()
	at := s.tcp
	if network == "udp" {
		at = s.udp
	}
	conn, err := net.Dial(network, at)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = conn.Close() })
	return caller{s.T, conn}
}

// send sends a frame.
func (c caller) send(f said) {
	c.Helper()
	if _, err := c.Write(packed(f)); err != nil {
		c.Fatal(err)
	}
}

// hear waits for what the centre says.
func (c caller) hear() told {
	c.Helper()
	answer, err := c.listen()
	if err != nil {
		c.Fatalf("the centre says nothing: %v", err)
	}
	return answer
}

// patience is how long a test waits for what must come.
const patience = time.Minute

func (c caller) listen() (answer told, err error) {
	if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return answer, err
	}
	if c.LocalAddr().Network() == "udp" {
		b := make([]byte, maxTiny)
		n, err := c.Read(b)
		if err != nil || n < 4 {
			return answer, fmt.Errorf("%d bytes: %w", n, err)
		}
		return answer, json.Unmarshal(b[4:n], &answer)
	}
	var head [4]byte
	if _, err := io.ReadFull(c, head[:]); err != nil {
		return answer, err
	}
	text := make([]byte, binary.BigEndian.Uint32(head[:]))
	if _, err := io.ReadFull(c, text); err != nil {
		return answer, err
	}
	return answer, json.Unmarshal(text, &answer)
}

// ask sends a frame and waits for the answer to it.
func (c caller) ask(f said) bool {
	c.Helper()
	c.send(f)
	answer := c.hear()
	if answer.Serial != f.Serial {
		c.Fatalf("the answer is to %d, not %d", answer.Serial, f.Serial)
	}
	return answer.Accepted
}

// logged waits until the frames that were taken are written.
func (s *field) logged() {
	s.Helper()
	s.until("frames to be written", func() bool { return s.desk.Counts().Waiting == 0 })
}

// count asks the database for a number, after the frames that were taken are written.
func (s *field) count(sql string, args ...any) (n int) {
	s.Helper()
	s.logged()
	if err := s.db.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		s.Fatalf("%s: %v", sql, err)
	}
	return n
}

// readings counts the readings of a datastream.
func (s *field) readings(code string) int {
	s.Helper()
	return s.count(`SELECT count(*) FROM twin.reading r JOIN twin.datastream d ON d.id = r.datastream WHERE d.code = $1`, code)
}

// frames are the frames that are logged, the newest first.
func (s *field) frames() []ingest.Frame {
	s.Helper()
	s.logged()
	found, err := ingest.Frames(context.Background(), s.db, ingest.FramesOf{Limit: 1000, Clearance: access.Restricted})
	if err != nil {
		s.Fatal(err)
	}
	return found
}

// until waits for something that must come about.
func (s *field) until(what string, done func() bool) {
	s.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.Fatalf("waited in vain for %s", what)
		}
	}
}

// level is a frame with one level of an address.
func level(address string, serial int, at time.Time, value string) said {
	return said{Address: address, Serial: serial, Sent: at, Values: []observed{{Property: "level", Time: at, Value: value}}}
}

// anHourAgo is a time in the past, on the second.
func anHourAgo() time.Time { return time.Now().UTC().Truncate(time.Second).Add(-time.Hour) }
