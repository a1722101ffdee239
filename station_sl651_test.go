package main

import (
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"basin/ingest"
)

// serveField is a server that listens for field stations of SL 651, and where.
func (b *bench) serveField() (r *running, tcp, udp string) {
	b.Helper()
	doors := map[string]string{}
	r = b.serve(func(s *server) {
		for _, text := range []string{"sl651=127.0.0.1:0", "sl651/udp=127.0.0.1:0"} {
			door, err := ingest.ParseDoor(text)
			if err != nil {
				b.Fatal(err)
			}
			at, err := s.field.Open(b.Context(), door)
			if err != nil {
				b.Fatal(err)
			}
			doors[door.Network] = at.String()
		}
	})
	return r, doors["tcp"], doors["udp"]
}

// TestStationsOfSL651: stations report by TCP, in packets and by UDP; everything that is confirmed is held, once.
func TestStationsOfSL651(t *testing.T) {
	const stations, reports = 20, 10
	b := newBench(t)
	var features []string
	csv := "protocol,address,station,password\n"
	for i := range stations {
		features = append(features, aFeature(fmt.Sprintf(`"code":"S%d","type":"level","datum":"wusong"`, i), aPoint(120.8, 32)))
		csv += fmt.Sprintf("sl651,%010d,S%d,A5C3\n", 32060001+i, i)
	}
	b.load(put(t, "stations.geojson", geojson(features...)), "--to", "station")
	if o := b.basin("station", "add", "--csv", put(t, "stations.csv", csv)); o.code != 0 {
		t.Fatal(o.err)
	}
	_, tcp, udp := b.serveField()
	play := func(to string, args ...string) Simulated {
		t.Helper()
		args = append([]string{"rtu", "--to", to, "--station", "0032060001", "--connections", fmt.Sprint(stations), "--count", fmt.Sprint(reports), "--speed", "0",
			"--element", "39=3.2..4.8", "--element", "38=12.1..12.9"}, args...)
		o := b.basin(args...)
		var s Simulated
		if err := json.Unmarshal([]byte(o.out), &s); err != nil {
			t.Fatalf("%v: %v: %s %s", args, err, o.out, o.err)
		}
		return s
	}
	for name, step := range map[string]struct {
		to   string
		args []string
	}{
		"TCP":     {tcp, []string{"--password", "A5C3"}},
		"packets": {tcp, []string{"--password", "A5C3", "--multi"}},
		"UDP":     {udp, []string{"--password", "A5C3", "--udp"}},
	} {
		if s := play(step.to, step.args...); s.Confirmed != stations*reports || s.Unconfirmed != 0 {
			t.Errorf("%s: %+v", name, s)
		}
		for _, property := range []string{"level", "voltage"} {
			lacking := b.count(`SELECT count(*) FROM twin.datastream d WHERE property = $1
				AND (SELECT count(*) FROM twin.reading r WHERE r.datastream = d.id) < $2`, property, reports)
			made := b.count(`SELECT count(*) FROM twin.datastream WHERE property = $1`, property)
			if lacking != 0 || made != stations {
				t.Errorf("%s: %d of %d datastreams of %s lack readings", name, lacking, made, property)
			}
		}
	}
	before := b.count(`SELECT count(*) FROM twin.reading`)
	if s := play(tcp, "--password", "FFFF", "--wait", "200ms"); s.Confirmed != 0 || b.count(`SELECT count(*) FROM twin.reading`) != before {
		t.Errorf("with a wrong password: %+v", s)
	}
	if n := b.count(`SELECT count(*) FROM ingest.frame WHERE position('\xa5c3'::bytea in bytes) > 0 AND substr(bytes, 9, 2) = '\xa5c3'`); n != 0 {
		t.Errorf("%d frames hold the password", n)
	}
	if o := b.basin("station", "test", "S3"); !strings.Contains(o.out, "datastream S3.voltage: last reading of") || !strings.Contains(o.out, "refused: the password is wrong") {
		t.Errorf("%s", o.out)
	}
}

// TestQueryBySL651: basin station query makes the server ask down the station's open line.
func TestQueryBySL651(t *testing.T) {
	b := newBench(t)
	b.load(put(t, "station.geojson", geojson(aFeature(`"code":"S1","type":"level","datum":"wusong"`, aPoint(120.8, 32)))), "--to", "station")
	if o := b.basin("station", "add", "--protocol", "sl651", "--address", "0032060001", "--station", "S1", "--password", "A5C3"); o.code != 0 {
		t.Fatal(o.err)
	}
	r, tcp, _ := b.serveField()
	conn, err := net.Dial("tcp", tcp)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	hear := func() ingest.SL651Frame {
		t.Helper()
		if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		buffer := make([]byte, 4096)
		for held := 0; ; {
			n, err := conn.Read(buffer[held:])
			if err != nil {
				t.Fatal(err)
			}
			held += n
			if f, err := ingest.ParseSL651(buffer[:held]); err == nil {
				return f
			}
		}
	}
	at := time.Now().In(time.FixedZone("", 8*3600)).Truncate(time.Minute)
	report, err := ingest.EncodeSL651(ingest.SL651Message{Serial: 1, Sent: at, SL651Frame: ingest.SL651Frame{Centre: 1, Address: "0032060001", Password: "A5C3",
		Function: 0x32, End: 0x03}, Items: []ingest.SL651Item{{ID: "F1", Def: 0xF1, Address: "0032060001", Class: 0x48}, {ID: "F0", Def: 0xF0, Time: at},
		ingest.ElementSL651("39", "3.25")}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(report); err != nil {
		t.Fatal(err)
	}
	if f := hear(); !f.Down || f.Function != 0x32 || b.count(`SELECT count(*) FROM twin.reading`) != 1 {
		t.Fatalf("the report is answered by %+v", f)
	}
	if o := b.basin("station", "query", "S1", "--to", "http://"+r.address, "--token", r.token); o.code != 1 || !strings.Contains(o.err, "the password is not the one") {
		t.Errorf("without the password: %d %s %s", o.code, o.out, o.err)
	}
	o := b.basin("station", "query", "S1", "--to", "http://"+r.address, "--token", r.token, "--password", "A5C3")
	if o.code != 0 || !strings.Contains(o.out, "asked sl651 0032060001") {
		t.Fatalf("%d %s %s", o.code, o.out, o.err)
	}
	if f := hear(); !f.Down || f.Function != 0x37 || f.Address != "0032060001" || f.Password != "A5C3" {
		t.Errorf("asked %+v", f)
	}
}

// TestWorkBySL651: a sluice reports gates, pumps and wind, and all of it is held without a word in its profile.
func TestWorkBySL651(t *testing.T) {
	b := newBench(t)
	b.load(put(t, "work.geojson", geojson(aFeature(`"code":"W1","type":"sluice"`, aPoint(120.8, 32)))), "--to", "work")
	if o := b.basin("station", "add", "--protocol", "sl651", "--address", "0032060001", "--station", "W1", "--password", "A5C3"); o.code != 0 {
		t.Fatal(o.err)
	}
	_, tcp, _ := b.serveField()
	at := time.Now().Add(-time.Hour).Truncate(time.Minute).In(time.FixedZone("", 8*3600))
	frame, err := ingest.EncodeSL651(ingest.SL651Message{Serial: 1, Sent: at, SL651Frame: ingest.SL651Frame{Centre: 1, Address: "0032060001", Password: "A5C3",
		Function: 0x32, End: 0x03}, Items: []ingest.SL651Item{{ID: "F1", Def: 0xF1, Address: "0032060001", Class: 'Z'}, {ID: "F0", Def: 0xF0, Time: at},
		ingest.ElementSL651("0A", "1"), ingest.ElementSL651("09", "1.50"), ingest.ElementSL651("0A", "2"), ingest.ElementSL651("09", "0.75"),
		ingest.ElementSL651("19", "3"), ingest.ElementSL651("35", "12.5")}})
	if err != nil {
		t.Fatal(err)
	}
	line, err := net.Dial("tcp", tcp)
	if err != nil {
		t.Fatal(err)
	}
	defer line.Close()
	if _, err := line.Write(frame); err != nil {
		t.Fatal(err)
	}
	_ = line.SetReadDeadline(time.Now().Add(10 * time.Second))
	if n, err := line.Read(make([]byte, 64)); err != nil || n == 0 {
		t.Fatalf("no confirmation: %v", err)
	}
	for code, value := range map[string]int{"W1.gate_opening.1": 15000, "W1.gate_opening.2": 7500, "W1.pump_running": 3, "W1.wind_speed": 12500} {
		if n := b.count(`SELECT count(*) FROM twin.reading r JOIN twin.datastream d ON d.id = r.datastream WHERE d.code = $1 AND r.value = $2 AND r.time = $3`, code, value, at); n != 1 {
			t.Errorf("%d readings of %s", n, code)
		}
	}
	if o := b.basin("rtu", "--to", tcp, "--password", "A5C3", "--element", "0A=7", "--element", "09=0.5..1.5"); o.code != 0 {
		t.Error(o.err)
	}
	if n := b.count(`SELECT count(*) FROM twin.reading r JOIN twin.datastream d ON d.id = r.datastream WHERE d.code = 'W1.gate_opening.7'`); n != 1 {
		t.Errorf("%d readings of the gate that basin rtu plays", n)
	}
}
