package main

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// long says whether the trials are to take as long as they are meant to: make fault.
func long() bool { return os.Getenv("BASIN_KILLS") != "" }

// scenario is a row of the table of what was done to the server and what came of it.
type scenario struct {
	name   string
	trials int
	verdict
	counted bool            // acknowledged readings were counted
	back    []time.Duration // from the end of the trouble to the first acknowledgement
	note    string
}

// scenarios are the rows in the order of the tests. Tests that deal out trouble do not run at the same time.
var scenarios []scenario

// faultTable gathers what blows of several kinds did under one load.
type faultTable struct {
	kinds []string
	back  map[string][]time.Duration // from the blow to the first acknowledgement after it
}

func (f *faultTable) blow(kind string, back time.Duration) {
	if f.back == nil {
		f.back = map[string][]time.Duration{}
	}
	if !slices.Contains(f.kinds, kind) {
		f.kinds = append(f.kinds, kind)
	}
	f.back[kind] = append(f.back[kind], back)
}

// keep puts the blows into the table; what was acknowledged is counted in the row of the last kind, for the kinds share a load.
func (f *faultTable) keep(v verdict) {
	for i, kind := range f.kinds {
		row := scenario{name: kind, trials: len(f.back[kind]), back: f.back[kind], note: "counted in the next row"}
		if i == len(f.kinds)-1 {
			row.verdict, row.counted, row.note = v, true, "from the blow"
		}
		scenarios = append(scenarios, row)
	}
}

// reportFault puts a row into the table.
func reportFault(t *testing.T, row scenario) {
	t.Helper()
	t.Logf("%s: acknowledged %d, lost %d, doubled %d, first acknowledgement after %v; %s", row.name, row.acknowledged, row.lost, row.twice, row.back, row.note)
	scenarios = append(scenarios, row)
}

// tabled prints the table after the tests where they took their full length.
type tabled struct{ *testing.M }

// Run runs the tests.
func (m tabled) Run() int {
	code := m.M.Run()
	if long() && len(scenarios) > 0 {
		printScenarios()
	}
	return code
}

func printScenarios() {
	fmt.Fprintf(os.Stdout, "\n%-28s %6s %12s %6s %8s %26s  %s\n", "scenario", "trials", "acknowledged", "lost", "doubled", "first ack., s (median max)", "note")
	for _, row := range scenarios {
		acknowledged, lost, twice, back := "", "", "", ""
		if row.counted {
			acknowledged, lost, twice = fmt.Sprint(row.acknowledged), fmt.Sprint(row.lost), fmt.Sprint(row.twice)
		}
		if all := slices.Sorted(slices.Values(row.back)); len(all) > 0 {
			back = fmt.Sprintf("%.1f %.1f", all[len(all)/2].Seconds(), all[len(all)-1].Seconds())
		}
		fmt.Fprintf(os.Stdout, "%-28s %6d %12s %6s %8s %26s  %s\n", row.name, row.trials, acknowledged, lost, twice, back, row.note)
	}
}

// load is what senders post while trouble is made.
type load struct {
	*served
	credential string
	senders    []*sender
	progress   *atomic.Int64
	stop       chan struct{}
	running    sync.WaitGroup
	mu         sync.Mutex
	answers    map[int]int   // answers that acknowledge nothing, by status; 0 for none at all
	longest    time.Duration // the longest wait for one of them
}

// load starts senders, of which pairs share a datastream. Every answer that acknowledges nothing must say that, and when to come back.
func (s *served) load(token string, senders int) *load {
	l := &load{served: s, credential: token, progress: &atomic.Int64{}, stop: make(chan struct{}), answers: map[int]int{}}
	stations := []string{"NT-S07", "NT-S08", "NT-S09", "NT-S08"}
	for i := range senders {
		x := &sender{datastream: stations[i%len(stations)] + ".level", sent: map[time.Time]string{}, acknowledged: map[time.Time]string{}, seen: l.see}
		l.senders = append(l.senders, x)
		l.running.Go(func() { x.run(s.address, token, i, l.stop, l.progress) })
	}
	return l
}

// see counts an answer that acknowledges nothing.
func (l *load) see(answer *http.Response, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.longest = max(l.longest, took)
	if answer == nil {
		l.answers[0]++
		return
	}
	l.answers[answer.StatusCode]++
	if answer.Header.Get("Retry-After") == "" || answer.Header.Get("Content-Type") != "application/problem+json" {
		l.Errorf("answer %d without Retry-After or not a problem: %v", answer.StatusCode, answer.Header)
	}
}

// flows waits until readings are acknowledged again, and says how long that took.
func (l *load) flows(more int64) time.Duration {
	l.Helper()
	from, begun := l.progress.Load(), time.Now()
	until(l.T, "readings to be acknowledged", func() bool { return l.progress.Load() >= from+more })
	return time.Since(begun)
}

// refused is how many answers were 503; any other is an error, for the server itself never went away.
func (l *load) refused() (n int, longest time.Duration) {
	l.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for status, count := range l.answers {
		if status != http.StatusServiceUnavailable {
			l.Errorf("%d answers %d", count, status)
		}
	}
	return l.answers[http.StatusServiceUnavailable], l.longest
}

// finish ends the load.
func (l *load) finish() {
	close(l.stop)
	l.running.Wait()
}

// end ends the load and verifies what is stored.
func (l *load) end() verdict {
	l.Helper()
	l.finish()
	return l.verify(l.credential, l.senders)
}
