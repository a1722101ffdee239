package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"basin/ingest"
	"basin/twin"
)

// ways are the ways in beside HTTP: the line of a broker that can be cut, and field stations.
type ways struct {
	*served
	broker string // where gateways publish
	mu     sync.Mutex
	wires  map[net.Conn]bool // between basin and the broker
}

// newWays starts a broker with a line to it, and makes the server listen for field stations and on that line.
func newWays(s *served, field string) *ways {
	s.Helper()
	dir, w := s.TempDir(), &ways{served: s, broker: freeAddress(s.T), wires: map[net.Conn]bool{}}
	_, port, _ := net.SplitHostPort(w.broker)
	conf := "listener " + port + " 127.0.0.1\nuser root\nallow_anonymous true\nmax_queued_messages 0\n"
	if err := os.WriteFile(filepath.Join(dir, "mosquitto.conf"), []byte(conf), 0o600); err != nil {
		s.Fatal(err)
	}
	broker := exec.Command("mosquitto", "-c", filepath.Join(dir, "mosquitto.conf"))
	if err := broker.Start(); err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = broker.Process.Signal(syscall.SIGTERM); _ = broker.Wait() })
	line, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = line.Close(); w.cut() })
	go w.carry(line)
	s.more = []string{"--field", "sl651=" + field, "--mqtt", "mqtt://" + line.Addr().String()}
	return w
}

// carry carries what basin and the broker send each other.
func (w *ways) carry(line net.Listener) {
	for {
		from, err := line.Accept()
		if err != nil {
			return
		}
		to, err := net.Dial("tcp", w.broker)
		if err != nil {
			_ = from.Close()
			continue
		}
		w.mu.Lock()
		w.wires[from], w.wires[to] = true, true
		w.mu.Unlock()
		for _, pair := range [][2]net.Conn{{from, to}, {to, from}} {
			go func() {
				_, _ = io.Copy(pair[0], pair[1])
				_, _ = pair[0].Close(), pair[1].Close()
			}()
		}
	}
}

// cut cuts the line between basin and the broker, whatever is on its way.
func (w *ways) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for wire := range w.wires {
		_ = wire.Close()
	}
	clear(w.wires)
}

// publish lets a gateway publish readings of a station, one in each message, until the load ends. What the broker acknowledged must be stored in the end.
func (w *ways) publish(l *load, station string) {
	w.Helper()
	w.gateway(l.credential, "publisher", station)
	until(w.T, "basin to be connected to the broker", func() bool { return strings.Contains(w.asked("/metrics"), "basin_mqtt_connected 1\n") })
	host, port, _ := net.SplitHostPort(w.broker)
	cmd := exec.Command("mosquitto_pub", "-V", "5", "-h", host, "-p", port, "-q", "1", "-t", "basin/v1/publisher/readings", "-l")
	pipe, err := cmd.StdinPipe()
	if err != nil {
		w.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		w.Fatal(err)
	}
	x := &sender{datastream: station + ".level", sent: map[time.Time]string{}, acknowledged: map[time.Time]string{}, uncounted: true}
	l.senders = append(l.senders, x)
	l.running.Go(func() {
		for n := 0; ; n++ {
			at, value := began.Add(time.Duration(n)*time.Second), fmt.Sprintf("%d.%03d", n%7, n%1000)
			x.sent[at] = value
			if _, err := fmt.Fprintf(pipe, `{"readings":[{"datastream":%q,"time":%q,"value":%s}]}`+"\n", x.datastream, at.Format(time.RFC3339), value); err != nil {
				w.Errorf("the publisher ended: %v", err)
				return
			}
			select {
			case <-l.stop:
				_ = pipe.Close()
				if err := cmd.Wait(); err != nil {
					w.Errorf("the broker did not acknowledge everything: %v", err)
				}
				x.acknowledged = x.sent
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	})
}

// report lets a field station report, each frame until it is confirmed, until the load ends.
func (w *ways) report(l *load, field, station string, number int) {
	w.Helper()
	address := fmt.Sprintf("%010d", 32060000+number)
	body, _ := json.Marshal(map[string]any{"stations": []ingest.Station{{Protocol: "sl651", Address: address, Station: station, Password: "A5C3"}}})
	r, _ := http.NewRequest(http.MethodPost, "http://"+w.address+"/ingest/rtus", bytes.NewReader(body))
	r.Header = http.Header{"Authorization": {"Bearer " + l.credential}, "Content-Type": {"application/json"}}
	answer, err := http.DefaultClient.Do(r)
	if err != nil || answer.StatusCode != http.StatusOK {
		w.Fatal(answer, err)
	}
	_ = answer.Body.Close()
	x := &sender{datastream: station + ".level", sent: map[time.Time]string{}, acknowledged: map[time.Time]string{}, uncounted: true}
	l.senders = append(l.senders, x)
	line := &rtuLine{cmd: &RtuCmd{To: field, Wait: time.Second}, network: "tcp"}
	l.running.Go(func() {
		defer line.goodbye()
		for n := 0; ; n++ {
			at, value := began.Add(time.Duration(n)*time.Minute).In(time.FixedZone("+08:00", 8*3600)), fmt.Sprintf("%d.%03d", n%7, n%1000)
			item := ingest.ElementSL651("39")
			item.Values = []twin.Decimal{twin.Decimal(value)}
			frame, err := ingest.EncodeSL651(ingest.SL651Message{Serial: 1 + n%65535, Sent: at,
				SL651Frame: ingest.SL651Frame{Centre: 1, Address: address, Password: "A5C3", Function: 0x32, End: 0x03},
				Items:      []ingest.SL651Item{{ID: "F1", Def: 0xF1, Address: address, Class: 'H'}, {ID: "F0", Def: 0xF0, Time: at}, item}})
			if err != nil {
				w.Error(err)
				return
			}
			x.sent[at.UTC()] = value
			for confirmed := line.confirmed; line.confirmed == confirmed; {
				select {
				case <-l.stop:
					return
				default:
					line.report(context.Background(), [][]byte{frame})
				}
			}
			x.acknowledged[at.UTC()] = value
			l.progress.Add(1)
		}
	})
}

// settled waits until everything that was sent is held: what the broker acknowledged waits there until basin has taken it. It gives up when nothing more comes.
func (w *ways) settled(t *testing.T, l *load, station string) {
	t.Helper()
	want := 0
	for _, x := range l.senders {
		if x.datastream == station+".level" {
			want = len(x.acknowledged)
		}
	}
	held := 0
	for since := time.Now(); held < want; time.Sleep(100 * time.Millisecond) {
		n := w.count("SELECT count(*) FROM twin.reading r JOIN twin.datastream d ON d.id = r.datastream WHERE d.code = '" + station + ".level'")
		if n > held {
			held, since = n, time.Now()
		}
		if time.Since(since) > time.Minute {
			t.Fatalf("%d of %d readings that the broker acknowledged are stored, and no more come", held, want)
		}
	}
}
