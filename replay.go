package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"basin/fault"
)

// ReplayCmd plays a series.
type ReplayCmd struct {
	File     string            `arg:"" help:"A CSV file with a header."`
	Map      map[string]string `required:"" placeholder:"COLUMN=DATASTREAM" help:"Which column holds the values of which datastream; may be given again, or with ; between."`
	Time     string            `default:"time" placeholder:"COLUMN" help:"Column of the time: RFC 3339, or seconds since 1970 (${default})."`
	To       string            `default:"http://127.0.0.1:8080" placeholder:"URL" help:"The server (${default})."`
	Token    string            `env:"BASIN_TOKEN" placeholder:"TOKEN" help:"A gateway's token; the administrator's file under the data directory when absent."`
	Speed    float64           `default:"0" help:"How many times faster than it happened; 0 for as fast as the server takes it."`
	Batch    int               `default:"500" help:"Readings in one request at full speed."`
	Shift    time.Duration     `placeholder:"DURATION" help:"Add this to every time, for instance 43800h."`
	UntilNow bool              `help:"Shift the series so that it ends now."`
	JSON     bool              `name:"json" help:"Print JSON."`
}

// Help shows examples.
func (c *ReplayCmd) Help() string {
	return `A server that is away or busy is asked again until it answers; what it has already is a duplicate, so nothing is lost or doubled.

Example:
  basin replay hankou.csv --time date --map level=HK.level --map outflow=HK.discharge --until-now`
}

// Played counts what became of a replay.
type Played struct {
	Rows        int `json:"rows"`
	Sent        int `json:"sent"`  // readings
	Empty       int `json:"empty"` // cells without a value
	Accepted    int `json:"accepted"`
	Duplicates  int `json:"duplicates"`
	Corrections int `json:"corrections"`
	Rejected    int `json:"rejected"`
	Retries     int `json:"retries"`
}

// sample is a reading as it goes over the wire.
type sample struct {
	Datastream string      `json:"datastream"`
	Time       time.Time   `json:"time"`
	Value      json.Number `json:"value"`
}

// Run plays the series.
func (c *ReplayCmd) Run(ctx context.Context, env *Env) error {
	token, err := c.token(env)
	if err != nil {
		return err
	}
	g := &gateway{url: strings.TrimRight(c.To, "/") + "/ingest/readings", token: token, played: &Played{}, out: env.Stdout}
	if c.JSON {
		g.out = env.Stderr
	}
	samples, err := c.read(g)
	if err != nil {
		return err
	}
	played := g.played
	for start := 0; start < len(samples); {
		end := min(start+max(1, c.Batch), len(samples))
		if c.Speed > 0 { // one moment after the other, as it happened
			end = start + 1
			for end < len(samples) && samples[end].Time.Equal(samples[start].Time) {
				end++
			}
		}
		if err := g.send(ctx, samples[start:end]); err != nil {
			return err
		}
		if c.Speed > 0 && end < len(samples) {
			pause := time.Duration(float64(samples[end].Time.Sub(samples[start].Time)) / c.Speed)
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(max(0, pause)):
			}
		}
		start = end
	}
	if c.JSON {
		return json.NewEncoder(env.Stdout).Encode(played)
	}
	fmt.Fprintf(env.Stdout, "%d rows, %d readings sent: %d accepted, %d duplicates, %d corrections, %d rejected, %d retries\n",
		played.Rows, played.Sent, played.Accepted, played.Duplicates, played.Corrections, played.Rejected, played.Retries)
	return nil
}

// token is the credential to use.
func (c *ReplayCmd) token(env *Env) (string, error) {
	if c.Token != "" {
		return c.Token, nil
	}
	text, err := os.ReadFile(filepath.Join(env.Data, "admin-token"))
	if err != nil {
		return "", wrongUse("name a token with --token or BASIN_TOKEN: basin token create --role gateway --station CODE")
	}
	return strings.TrimSpace(string(text)), nil
}

// read reads the file's readings, in the order of the file. A cell that is no number is rejected here as the server would.
func (c *ReplayCmd) read(g *gateway) ([]sample, error) {
	f, err := os.Open(c.File)
	if err != nil {
		return nil, fault.New(fault.NotFound, "no-file", "there is no file {file}", "file", c.File)
	}
	defer f.Close()
	buffered := bufio.NewReader(f)
	r := csv.NewReader(buffered)
	r.Comma, r.ReuseRecord, r.FieldsPerRecord = separator(buffered), true, -1
	header, err := r.Read()
	if err != nil {
		return nil, fault.New(fault.Invalid, "bad-csv", "{file} is not CSV with a header: {why}", "file", c.File, "why", err.Error())
	}
	header = slices.Clone(header)
	column := func(name string) (int, error) {
		if i := slices.Index(header, name); i >= 0 {
			return i, nil
		}
		return 0, fault.New(fault.Invalid, "no-column", "{file} has no column {column}; it has {columns}", "file", c.File, "column", name, "columns", strings.Join(header, ", "))
	}
	at, err := column(c.Time)
	if err != nil {
		return nil, err
	}
	values := map[int]string{}
	for name, datastream := range c.Map {
		i, err := column(name)
		if err != nil {
			return nil, err
		}
		values[i] = datastream
	}
	var samples []sample
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fault.New(fault.Invalid, "bad-csv", "{file} is not CSV with a header: {why}", "file", c.File, "why", err.Error())
		}
		g.played.Rows++
		line, _ := r.FieldPos(0)
		if at >= len(row) {
			return nil, fault.New(fault.Invalid, "bad-row", "{file}, line {line}: the time is missing", "file", c.File, "line", line)
		}
		t, err := moment(row[at])
		if err != nil {
			return nil, fault.New(fault.Invalid, "bad-row", "{file}, line {line}: {value} is not a time", "file", c.File, "line", line, "value", row[at])
		}
		for i, datastream := range values {
			if i >= len(row) || strings.TrimSpace(row[i]) == "" {
				g.played.Empty++
				continue
			}
			value, ok := decimal(strings.TrimSpace(row[i]))
			if !ok {
				g.played.Sent++
				g.reject(fmt.Sprintf("%s, line %d: %q is not a number", c.File, line, row[i]))
				continue
			}
			samples = append(samples, sample{datastream, t.Add(c.Shift), value})
		}
	}
	if c.UntilNow && len(samples) > 0 {
		last := slices.MaxFunc(samples, func(a, b sample) int { return a.Time.Compare(b.Time) }).Time
		shift := time.Until(last).Truncate(time.Second)
		for i := range samples {
			samples[i].Time = samples[i].Time.Add(-shift)
		}
	}
	if c.Speed > 0 {
		slices.SortStableFunc(samples, func(a, b sample) int { return a.Time.Compare(b.Time) })
	}
	return samples, nil
}

// decimal is a number as JSON writes it.
func decimal(text string) (json.Number, bool) {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return "", false
	}
	if json.Valid([]byte(text)) {
		return json.Number(text), true
	}
	return json.Number(strconv.FormatFloat(x, 'f', -1, 64)), true
}

// separator is what divides the header's columns: a comma, semicolon, tab or space, whichever occurs most.
func separator(r *bufio.Reader) rune {
	head, _ := r.Peek(4096)
	line, _, _ := bytes.Cut(head, []byte("\n"))
	best := ','
	for _, c := range []rune{';', '\t', ' '} {
		if bytes.Count(line, []byte(string(c))) > bytes.Count(line, []byte(string(best))) {
			best = c
		}
	}
	return best
}

// moment reads a time.
func moment(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if s, err := strconv.ParseFloat(text, 64); err == nil {
		return time.Unix(int64(s), 0).UTC(), nil
	}
	return time.Parse(time.RFC3339, text)
}

// gateway posts readings until the server says that it has them.
type gateway struct {
	url, token string
	played     *Played
	out        io.Writer
}

// patience is how long a server may be away.
const patience = 5 * time.Minute

// send posts readings and counts what became of them.
func (g *gateway) send(ctx context.Context, samples []sample) error {
	body, err := json.Marshal(map[string]any{"readings": samples})
	if err != nil {
		return fmt.Errorf("readings: %w", err)
	}
	g.played.Sent += len(samples)
	until := time.Now().Add(patience)
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		again, err := g.post(ctx, body)
		if !again || err == nil {
			return err
		}
		if time.Now().After(until) || ctx.Err() != nil {
			return cmp.Or(ctx.Err(), err)
		}
		g.played.Retries++
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// post posts once and says whether trying again may help.
func (g *gateway) post(ctx context.Context, body []byte) (again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, g.url, bytes.NewReader(body))
	if err != nil {
		return false, wrongUse("--to {url} is not an address", "url", g.url)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+g.token)
	client := http.Client{Timeout: time.Minute}
	answer, err := client.Do(req)
	if err != nil {
		return true, fmt.Errorf("the server does not answer: %w", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 32<<20))
	if err != nil {
		return true, fmt.Errorf("the server's answer broke off: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		busy := answer.StatusCode >= 500 || answer.StatusCode == http.StatusTooManyRequests
		return busy, fault.New(fault.Invalid, "refused", "the server answered {status}: {answer}", "status", answer.StatusCode, "answer", string(text[:min(len(text), 500)]))
	}
	var result struct {
		Accepted, Duplicates, Corrections int
		Rejected                          []struct {
			Index  int
			Reason string
		}
	}
	if err := json.Unmarshal(text, &result); err != nil {
		return false, fmt.Errorf("the server's answer: %w", err)
	}
	g.played.Accepted += result.Accepted
	g.played.Duplicates += result.Duplicates
	g.played.Corrections += result.Corrections
	for _, r := range result.Rejected {
		g.reject(r.Reason)
	}
	return false, nil
}

// reject counts a rejected reading, and tells of the first of them why.
func (g *gateway) reject(reason string) {
	if g.played.Rejected++; g.played.Rejected <= 20 {
		fmt.Fprintf(g.out, "rejected: %s\n", reason)
	}
}
