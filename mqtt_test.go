package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// brokers are the processes of the private broker.
func (s *served) brokers() (found []string) {
	all, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range all {
		line, _ := os.ReadFile(path)
		if strings.Contains(string(line), filepath.Join(s.data, "mqtt")) {
			found = append(found, filepath.Dir(path))
		}
	}
	return found
}

// asked is what the server answers to the administrator.
func (s *served) asked(path string) string {
	s.Helper()
	r, _ := http.NewRequest(http.MethodGet, "http://"+s.address+path, nil)
	r.Header.Set("Authorization", "Bearer "+s.token())
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.Fatal(err)
	}
	return string(text)
}

// TestPrivateBroker runs the server with a broker of its own: one user may publish readings, what it publishes is stored, and the broker ends with the server
// however that ends.
func TestPrivateBroker(t *testing.T) {
	s := newServed(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	s.more = []string{"--mqtt", "auto:" + port}
	l.Close()
	s.start()
	if said := s.said(); !strings.Contains(said, "An MQTT broker is at mqtt://127.0.0.1:"+port+",") {
		t.Errorf("the server said %s", said)
	}
	if out, err := exec.Command(s.binary, "token", "create", "--role", "gateway", "--station", "NT-S05", "--name", "haian",
		"--data", s.data).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	secret := func() string {
		path := filepath.Join(s.data, "mqtt-password")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", path, info.Mode(), err)
		}
		return strings.TrimSpace(string(text))
	}
	first := secret()
	publish := func(password, topic string, value float64) error {
		cmd := exec.Command("mosquitto_pub", "-V", "5", "-h", "127.0.0.1", "-p", port, "-u", "gateway", "-P", password, "-q", "1", "-t", topic, "-s")
		cmd.Stdin = bytes.NewReader(fmt.Appendf(nil, `{"readings":[{"datastream":"NT-S05.level","time":"%s","value":%g}]}`,
			time.Now().UTC().Format(time.RFC3339Nano), value))
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	}
	accepted := func(n int) func() bool {
		return func() bool {
			return strings.Contains(s.asked("/metrics"), fmt.Sprintf("basin_mqtt_messages_total{outcome=\"accepted\"} %d\n", n))
		}
	}
	until(t, "basin to be connected", func() bool { return strings.Contains(s.asked("/metrics"), "basin_mqtt_connected 1\n") })
	if err := publish("wrong", "basin/v1/haian/readings", 1); err == nil {
		t.Error("a wrong password was accepted")
	}
	if err := publish(first, "basin/v1/haian/readings", 2.5); err != nil {
		t.Fatal(err)
	}
	until(t, "the reading to be stored", accepted(1))

	if err := s.signal(syscall.SIGKILL); err == nil {
		t.Error("the server survived")
	}
	until(t, "the broker to end", func() bool { return len(s.brokers()) == 0 })
	s.start()
	if secret() != first {
		t.Error("the gateway's password has changed")
	}
	until(t, "basin to be connected", func() bool { return strings.Contains(s.asked("/metrics"), "basin_mqtt_connected 1\n") })
	if err := publish(first, "basin/v1/haian/readings", 2.6); err != nil {
		t.Fatal(err)
	}
	until(t, "the reading to be stored", accepted(1))
	if err := s.signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if left := s.brokers(); len(left) > 0 {
		t.Errorf("the broker goes on: %v", left)
	}
}

// TestNoBroker: where the port is taken, a line says so and the server goes on.
func TestNoBroker(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	s := newServed(t)
	s.more = []string{"--mqtt", "auto:" + port}
	s.start()
	if said := s.said(); !strings.Contains(said, "No MQTT: another program listens on 127.0.0.1:"+port) {
		t.Errorf("the server said %s", said)
	}
	if err := s.signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
}

// TestPublishedAsAsked: Mosquitto's subscriber hears of an observation that a gateway sent by SensorThings exactly what a visitor is answered by HTTP.
func TestPublishedAsAsked(t *testing.T) {
	s := newServed(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	s.more = []string{"--mqtt", "auto:" + port, "--mqtt-publish", "http://" + s.address + "/"}
	l.Close()
	s.start()
	if said := s.said(); !strings.Contains(said, "Observations of public datastreams are published there") {
		t.Errorf("the server said %s", said)
	}
	if out, err := exec.Command(s.binary, "token", "create", "--role", "gateway", "--station", "NT-S05", "--name", "haian", "--data", s.data).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	until(t, "basin to be connected", func() bool { return strings.Contains(s.asked("/metrics"), "basin_mqtt_connected 1\n") })
	password, err := os.ReadFile(filepath.Join(s.data, "mqtt-password"))
	if err != nil {
		t.Fatal(err)
	}
	client := func(program string, args ...string) *exec.Cmd {
		return exec.Command(program, append([]string{"-V", "5", "-h", "127.0.0.1", "-p", port, "-u", "gateway", "-P", strings.TrimSpace(string(password)), "-q", "1"}, args...)...)
	}
	var stream struct {
		Value []struct {
			ID int `json:"@iot.id"`
		}
	}
	if err := json.Unmarshal([]byte(s.asked("/sensorthings/v1.1/Datastreams?$filter=properties/code%20eq%20'NT-S05.level'")), &stream); err != nil || len(stream.Value) != 1 {
		t.Fatal(err, stream)
	}
	n := stream.Value[0].ID
	if out, err := client("mosquitto_sub", "-c", "-i", "hearer", "-x", "3600", "-t", fmt.Sprintf("v1.1/Datastreams(%d)/Observations", n), "-E").CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	at := time.Now().UTC().Add(-time.Hour).Truncate(time.Microsecond)
	body := fmt.Sprintf(`{"phenomenonTime":%q,"resultTime":%q,"result":2.75,"Datastream":{"@iot.id":%d}}`, at.Format(time.RFC3339Nano), at.Format(time.RFC3339Nano), n)
	if out, err := client("mosquitto_pub", "-t", "basin/v1/haian/v1.1/Observations", "-m", body).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	heard, err := client("mosquitto_sub", "-c", "-i", "hearer", "-x", "3600", "-t", fmt.Sprintf("v1.1/Datastreams(%d)/Observations", n), "-C", "1", "-W", "60").CombinedOutput()
	if err != nil {
		t.Fatalf("%v %s", err, heard)
	}
	want := s.asked(fmt.Sprintf("/sensorthings/v1.1/Observations('%d:%d')", n, at.UnixMicro()))
	if got := strings.TrimSuffix(string(heard), "\n"); got != want || !strings.Contains(want, `"result":2.75`) {
		t.Errorf("heard\n%s\nasked\n%s", got, want)
	}
	until(t, "it to be counted", func() bool {
		return strings.Contains(s.asked("/metrics"), "basin_mqtt_observations_total{outcome=\"published\"} 1\n")
	})
}

// TestPublicOrigin: what is no address of a server, or holds a password, is refused before anything is tried.
func TestPublicOrigin(t *testing.T) {
	for text, want := range map[string]string{"": "", "https://basin.example": "https://basin.example", "http://10.0.0.1:8080/": "http://10.0.0.1:8080",
		"basin.example": "!", "ftp://basin.example": "!", "https://u:p@basin.example": "!", "https://basin.example/a": "!", "https://basin.example?a": "!", "https://": "!"} {
		got, err := publicOrigin(text)
		if (err != nil) != (want == "!") || err == nil && got != want {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
}
