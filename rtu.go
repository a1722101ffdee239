package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"basin/fault"
	"basin/ingest"
	"basin/twin"
)

// RtuCmd plays field stations.
type RtuCmd struct {
	To          string            `default:"127.0.0.1:6510" placeholder:"HOST:PORT" help:"The centre (${default})."`
	UDP         bool              `name:"udp" help:"By UDP instead of TCP."`
	Station     []string          `default:"0032060001" placeholder:"ADDRESS" help:"Addresses of ten digits; where there are more connections they count on."`
	Centre      uint8             `default:"1" help:"Address of the centre (${default})."`
	Password    string            `default:"0000" placeholder:"HEX" help:"Two bytes in hexadecimal (${default})."`
	Function    string            `enum:"30,32,33,34" default:"32" help:"30 test, 32 timed, 33 on an event, 34 hourly (${default})."`
	Every       time.Duration     `default:"5m" help:"Time between reports of a station (${default})."`
	Count       int               `default:"1" help:"Reports of each station; 0 for no end."`
	Speed       float64           `default:"1" help:"How many times faster than --every; 0 for as fast as the centre confirms. The times then end now."`
	Connections int               `default:"1" help:"How many stay open at once; stations are dealt out to them."`
	Element     map[string]string `placeholder:"ID=LOW..HIGH" help:"What swings with the tide; 39=3.2..4.8;38=12.1..12.9 when absent."`
	Mode        string            `enum:"m1,m2" default:"m2" help:"m1 asks for no confirmation, m2 waits for it and sends twice more (${default})."`
	Multi       bool              `help:"Cut each report into packets (M3)."`
	Wait        time.Duration     `default:"10s" help:"How long to wait for a confirmation (${default})."`
	Seed        uint64            `default:"1" help:"The same seed makes the same noise."`
	Print       bool              `help:"Write one frame in hexadecimal and send nothing."`
}

// Help shows examples.
func (c *RtuCmd) Help() string {
	return `Reports by SL 651-2014 in HEX/BCD, and prints what became of it as JSON. A report that nobody confirms makes it fail.

Examples:
  basin rtu --to 127.0.0.1:6510 --station 0032060001 --password A5C3 --element 39=3.2..4.8
  basin rtu --station 0032060001 --element 0A=2 --element 09=0..1.5
  basin rtu --station 0032060001 --connections 2000 --count 288 --speed 0 --multi
  basin rtu --print | xxd -r -p | nc -q1 127.0.0.1 6510`
}

// Simulated counts what became of the reports.
type Simulated struct {
	Stations    int     `json:"stations"`
	Sent        int     `json:"sent"` // reports, each once
	Confirmed   int     `json:"confirmed"`
	Resent      int     `json:"resent"` // whole reports and single packets
	Unconfirmed int     `json:"unconfirmed"`
	P50         float64 `json:"p50_ms"` // from the first sending to the confirmation
	P99         float64 `json:"p99_ms"`
	Seconds     float64 `json:"seconds"`
}

// swing is an element and between what it swings.
type swing struct {
	id        string
	low, high float64
}

// rtuPacket is how many bytes of a body go into one packet.
const rtuPacket = 24

// Run sends reports.
func (c *RtuCmd) Run(ctx context.Context, env *Env) error {
	swings, err := c.swings()
	if err != nil {
		return err
	}
	stations, err := c.stations()
	if err != nil {
		return err
	}
	if c.Speed != 1 && c.Count == 0 || c.Count < 0 || c.Every <= 0 || c.Speed < 0 {
		return wrongUse("--every must be more than nothing, and another speed than 1 needs a count")
	}
	start := time.Now()
	first := start.Truncate(time.Minute)
	if c.Speed != 1 {
		first = first.Add(-time.Duration(c.Count-1) * c.Every)
	}
	first = first.In(time.FixedZone("+08:00", 8*3600))
	report := func(station string, n int) ([][]byte, error) {
		return c.frames(station, swings, first.Add(time.Duration(n)*c.Every), n)
	}
	frames, err := report(stations[0], 0)
	if err != nil {
		return err
	}
	if c.Print {
		for _, f := range frames {
			fmt.Fprintln(env.Stdout, strings.ToUpper(hex.EncodeToString(f)))
		}
		return nil
	}
	lines := make([]*rtuLine, max(1, min(c.Connections, len(stations))))
	var all sync.WaitGroup
	for i := range lines {
		lines[i] = &rtuLine{cmd: c, network: "tcp"}
		if c.UDP {
			lines[i].network = "udp"
		}
		all.Go(func() { lines[i].run(ctx, i, stations, start, report) })
	}
	all.Wait()
	sum, took := Simulated{Stations: len(stations), Seconds: time.Since(start).Seconds()}, []time.Duration(nil)
	for _, l := range lines {
		sum.Sent, sum.Confirmed, sum.Resent, sum.Unconfirmed = sum.Sent+l.sent, sum.Confirmed+l.confirmed, sum.Resent+l.resent, sum.Unconfirmed+l.unconfirmed
		took, err = append(took, l.took...), cmp.Or(err, l.err)
	}
	if slices.Sort(took); len(took) > 0 {
		sum.P50, sum.P99 = milliseconds(took[len(took)/2]), milliseconds(took[len(took)*99/100])
	}
	if out := json.NewEncoder(env.Stdout).Encode(sum); out != nil {
		return fmt.Errorf("summary: %w", out)
	}
	if sum.Unconfirmed > 0 {
		failed := fault.New(fault.Unavailable, "unconfirmed", "{count} reports were not confirmed", "count", sum.Unconfirmed)
		return failed.Because(err)
	}
	return nil
}

func milliseconds(d time.Duration) float64 { return math.Round(d.Seconds()*1e5) / 100 }

// swings are the elements in the order of their identifiers.
func (c *RtuCmd) swings() ([]swing, error) {
	elements := c.Element
	if len(elements) == 0 {
		elements = map[string]string{"39": "3.2..4.8", "38": "12.1..12.9"}
	}
	var out []swing
	for _, id := range slices.Sorted(maps.Keys(elements)) {
		a, b, _ := strings.Cut(elements[id], "..")
		low, err := strconv.ParseFloat(a, 64)
		high, errHigh := strconv.ParseFloat(cmp.Or(b, a), 64)
		code, errID := hex.DecodeString(id)
		if err != nil || errHigh != nil || errID != nil || len(code) != 1 || code[0] >= 0xF0 || low > high {
			return nil, wrongUse("--element {id}={range} is not like 39=3.2..4.8", "id", id, "range", elements[id])
		}
		out = append(out, swing{strings.ToUpper(id), low, high})
	}
	slices.SortStableFunc(out, func(a, b swing) int { // the number of a gate (0A) stands before what it is the number of
		return cmp.Compare(strings.TrimPrefix(a.id, "0A"), strings.TrimPrefix(b.id, "0A"))
	})
	return out, nil
}

// stations are the addresses, as many as there are connections at least.
func (c *RtuCmd) stations() ([]string, error) {
	out := slices.Clone(c.Station)
	for _, s := range out {
		if b, err := hex.DecodeString(s); err != nil || len(b) != 5 {
			return nil, wrongUse("the address {station} has not ten digits", "station", s)
		}
	}
	last, err := strconv.ParseInt(out[len(out)-1], 10, 64)
	for len(out) < c.Connections {
		if last++; err != nil || last > 9_999_999_999 {
			return nil, wrongUse("addresses cannot count on from {station}", "station", c.Station[len(c.Station)-1])
		}
		out = append(out, fmt.Sprintf("%010d", last))
	}
	return out, nil
}

// frames is the report of a station at a time: one frame, or its packets.
func (c *RtuCmd) frames(station string, swings []swing, at time.Time, n int) ([][]byte, error) {
	function, err := strconv.ParseUint(c.Function, 16, 8)
	if err != nil {
		return nil, wrongUse("{function} is no function", "function", c.Function)
	}
	seed, _ := strconv.ParseUint(station, 16, 64)
	noise := rand.New(rand.NewPCG(c.Seed^seed, uint64(at.Unix())))
	m := ingest.SL651Message{Serial: 1 + n%65535, Sent: at,
		SL651Frame: ingest.SL651Frame{Centre: c.Centre, Address: strings.ToUpper(station), Password: c.Password, Function: byte(function), End: 0x03},
		Items:      []ingest.SL651Item{{ID: "F1", Def: 0xF1, Address: station, Class: 'H'}, {ID: "F0", Def: 0xF0, Time: at}}}
	const tide = 44714 // seconds of the principal lunar tide
	phase := 2 * math.Pi * (math.Mod(float64(at.Unix()), tide)/tide + float64(seed%97)/97)
	for _, s := range swings {
		middle, half := (s.low+s.high)/2, (s.high-s.low)/2
		v := middle + half*(0.95*math.Sin(phase)+0.05*(2*noise.Float64()-1))
		item := ingest.ElementSL651(s.id)
		item.Values = []twin.Decimal{twin.Decimal(strconv.FormatFloat(v, 'f', int(item.Def&7), 64))}
		m.Items = append(m.Items, item)
	}
	if c.Multi {
		return ingest.PacketsSL651(m, rtuPacket)
	}
	frame, err := ingest.EncodeSL651(m)
	return [][]byte{frame}, err
}

// due is when the report of a number is sent.
func (c *RtuCmd) due(start time.Time, n int) time.Time {
	if c.Speed == 0 {
		return start
	}
	return start.Add(time.Duration(float64(n) * float64(c.Every) / c.Speed))
}

// bytesOf joins frames to what is written at once; by UDP each frame is a datagram.
func bytesOf(frames [][]byte, apart bool) [][]byte {
	if apart {
		return frames
	}
	return [][]byte{bytes.Join(frames, nil)}
}
