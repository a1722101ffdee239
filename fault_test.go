package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestFaultStandstill stops the database, which keeps its connections and answers nothing, while senders post; then it goes on.
func TestFaultStandstill(t *testing.T) {
	s := newServed(t)
	s.start()
	token, still, trials := s.token(), time.Second, 1
	if long() {
		still, trials = 30*time.Second, 2
	}
	l, row := s.load(token, 8), scenario{name: fmt.Sprintf("database stands still %v", still), trials: trials, counted: true}
	waiting := 0
	for range trials {
		l.flows(200)
		first, _ := s.postmaster()
		signalAll(t, []int{first}, syscall.SIGSTOP) // no other process is started from here on
		pids := s.family()
		signalAll(t, pids, syscall.SIGSTOP)
		resume := sync.OnceFunc(func() { signalAll(t, pids, syscall.SIGCONT) })
		t.Cleanup(resume)
		time.Sleep(100 * time.Millisecond) // what was answered before has arrived by then
		from := l.progress.Load()
		if code := s.status("/readyz"); code != http.StatusServiceUnavailable {
			t.Errorf("/readyz is %d while the database stands still", code)
		}
		if code := s.status("/healthz"); code != http.StatusOK {
			t.Errorf("/healthz is %d while the database stands still", code)
		}
		time.Sleep(still)
		if n := l.progress.Load() - from; n != 0 {
			t.Errorf("%d readings were acknowledged while the database stood still", n)
		}
		resume()
		row.back = append(row.back, l.flows(1))
		waiting = max(waiting, s.gauge("basin_reading_requests_waiting"))
	}
	if waiting > 256 {
		t.Errorf("%d requests were queued", waiting)
	}
	l.flows(200)
	row.verdict = l.end()
	refused, longest := l.refused()
	row.note = fmt.Sprintf("503 %d times, the longest after %.0f s; %d requests queued after it", refused, longest.Seconds(), waiting)
	reportFault(t, row)
}

// TestFaultFullDisk fills the file system of the database while senders post, and makes room again.
func TestFaultFullDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a small file system")
	}
	s := newServed(t)
	if err := syscall.Mount("tmpfs", s.data, "tmpfs", 0, "size=400m,mode=755"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("mount: %v", err)
		}
		t.Skipf("a small file system cannot be mounted: %v", err)
	}
	s.mounted = true
	s.start()
	trials := 1
	if long() {
		trials = 3
	}
	l, row := s.load(s.token(), 8), scenario{name: "disk full", trials: trials, counted: true}
	killed := 0
	for n := range trials {
		l.flows(200)
		pid, _ := s.postmaster()
		before, _ := l.refused()
		ballast := fill(t, s.data)
		until(t, "the disk to be felt", func() bool {
			more(t, ballast) // what the database gave back
			n, _ := l.refused()
			return n > before+20
		})
		if n%2 == 0 { // it may or may not find the room to start again
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatalf("postmaster %d: %v", pid, err)
			}
			killed++
			for begun := time.Now(); time.Since(begun) < 2*time.Second; time.Sleep(20 * time.Millisecond) {
				more(t, ballast)
			}
		}
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		row.back = append(row.back, l.flows(1))
	}
	l.flows(200)
	row.verdict = l.end()
	refused, _ := l.refused()
	row.note = fmt.Sprintf("503 %d times; PostgreSQL killed %d times while there was no room", refused, killed)
	reportFault(t, row)
}

// fill takes all the room of a file system.
func fill(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "ballast")
	more(t, path)
	return path
}

// more makes a file longer until there is no room.
func more(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 1<<20); err == nil; {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}

// TestFaultSlowSockets holds many connections whose requests never come to an end. They take nothing from a sender who does as he should.
func TestFaultSlowSockets(t *testing.T) {
	sockets, rounds := 200, 100
	if long() {
		sockets, rounds = 2000, 1000
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	s := newServed(t)
	field := freeAddress(t)
	s.more = []string{"--field", "sl651=" + field}
	s.start()
	token := s.token()
	before := s.paced(token, rounds, 0)
	head := "POST /ingest/readings HTTP/1.1\r\nHost: basin\r\nAuthorization: Bearer " + token + "\r\nContent-Type: application/json\r\n"
	var slow []net.Conn
	for i := range sockets {
		address, text := s.address, "GET /twin/things HTTP/1.1\r\nHost: ba" // half a header
		switch i % 3 {
		case 1:
			text = head + "Content-Length: 1000\r\n\r\n{\"readings\":[" // half a body
		case 2:
			address, text = field, "\x7e\x7e\x01" // half a frame
		}
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatalf("socket %d: %v", i, err)
		}
		t.Cleanup(func() { _ = c.Close() })
		if _, err := c.Write([]byte(text)); err != nil {
			t.Fatalf("socket %d: %v", i, err)
		}
		slow = append(slow, c)
	}
	during := s.paced(token, rounds, rounds)
	note := fmt.Sprintf("%d sockets; p99 of a good sender %.1f ms before, %.1f ms during: ratio %.2f", sockets, ms(before), ms(during), ms(during)/ms(before))
	if long() { // the server ends them: headers have 10 s, bodies 60 s. A field station has 10 minutes for a frame, which is not waited for
		begun := time.Now()
		for i, c := range slow {
			if i%3 == 2 {
				continue
			}
			_ = c.SetReadDeadline(begun.Add(2 * time.Minute))
			for buffer, err := make([]byte, 1024), error(nil); err == nil; {
				if _, err = c.Read(buffer); errors.Is(err, os.ErrDeadlineExceeded) {
					t.Fatalf("socket %d is still open", i)
				}
			}
		}
		note += fmt.Sprintf("; those of HTTP ended by the server within %.0f s", time.Since(begun).Seconds())
	}
	reportFault(t, scenario{name: "slow sockets", trials: 1, verdict: verdict{acknowledged: 2 * rounds}, counted: true, note: note})
}

func ms(d time.Duration) float64 { return d.Seconds() * 1000 }

// paced posts readings one by one on connections of their own, each of which must be acknowledged, and says how long all but one in a hundred took.
func (s *served) paced(token string, rounds, from int) time.Duration {
	s.Helper()
	var took []time.Duration
	for i := range rounds {
		http.DefaultClient.CloseIdleConnections()
		begun := time.Now()
		at := began.Add(time.Duration(from+i) * time.Second)
		if c, ok := post(s.address, token, []sample{{"NT-S07.level", at, json.Number("1.25")}}); !ok || c.Accepted != 1 {
			s.Fatalf("reading %d was not acknowledged: %v %+v", from+i, ok, c)
		}
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	return took[len(took)*99/100]
}

// TestFaultBombs posts bodies that are small as sent and vast when their compression is undone, all at the same time.
func TestFaultBombs(t *testing.T) {
	const size, most = 80 << 20, 512 << 20
	count := 40
	if long() {
		count = 200
	}
	s := newServed(t)
	s.start()
	token := s.token()
	if c, ok := post(s.address, token, []sample{{"NT-S07.level", began, json.Number("1.25")}}); !ok || c.Accepted != 1 {
		t.Fatalf("a reading: %v %+v", ok, c)
	}
	reading := `{"datastream":"nothing","time":"2026-03-01T00:00:00Z","value":1}`
	kinds := []struct{ media, encoding, text string }{
		{"application/json", "gzip", `{"readings":[` + strings.Repeat(" ", size)},
		{"application/json", "zstd", `{"readings":["` + strings.Repeat("x", size)},
		{"application/x-ndjson", "gzip", strings.Repeat("\n", size)},
		{"application/x-ndjson", "zstd", strings.Repeat(reading+strings.Repeat(" ", 1000)+"\n", size/1000)},
	}
	packed := make([]string, len(kinds))
	for i, k := range kinds {
		packed[i] = pack(t, k.encoding, []byte(k.text))
	}
	before := s.memory("VmRSS")
	statuses, mu := map[int]int{}, sync.Mutex{}
	var all sync.WaitGroup
	for i := range count {
		k := i % len(kinds)
		all.Go(func() {
			r, _ := http.NewRequest(http.MethodPost, "http://"+s.address+"/ingest/readings", bytes.NewReader([]byte(packed[k])))
			r.Header = http.Header{"Content-Type": {kinds[k].media}, "Content-Encoding": {kinds[k].encoding}, "Authorization": {"Bearer " + token}}
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Errorf("bomb %d: %v", i, err)
				return
			}
			_ = answer.Body.Close()
			mu.Lock()
			statuses[answer.StatusCode]++
			mu.Unlock()
		})
	}
	all.Wait()
	after, peak := s.memory("VmRSS"), s.memory("VmHWM")
	if statuses[http.StatusRequestEntityTooLarge]+statuses[http.StatusServiceUnavailable] != count || statuses[http.StatusRequestEntityTooLarge] < count/2 {
		t.Errorf("answers: %v", statuses)
	}
	if peak > most {
		t.Errorf("the server took %d MiB", peak>>20)
	}
	if c, ok := post(s.address, token, []sample{{"NT-S07.level", began, json.Number("1.25")}}); !ok || c.Duplicates != 1 {
		t.Errorf("the reading again: %v %+v", ok, c)
	}
	note := fmt.Sprintf("%d bombs: 413 %d times, 503 %d times; server %d MiB before, %d after, %d at most", count, statuses[413], statuses[503],
		before>>20, after>>20, peak>>20)
	reportFault(t, scenario{name: "compressed bombs", trials: count, verdict: verdict{acknowledged: 1}, counted: true, note: note})
}

// TestFaultStranger posts, as a gateway, readings of another's station: they are refused, and one row of the audit trail tells of it.
func TestFaultStranger(t *testing.T) {
	s := newServed(t)
	s.start()
	token, requests := s.token(), 20
	stranger := s.gateway(token, "stranger", "NT-S07")
	refused := 0
	for i := range requests {
		at := began.Add(time.Duration(i) * time.Second)
		c, ok := post(s.address, stranger, []sample{{"NT-S08.level", at, "1.5"}, {"NT-S07.level", at, "1.5"}, {"NT-S08.level", at, "1.6"}})
		if !ok || c.Accepted != 1 || len(c.Rejected) != 2 {
			t.Fatalf("request %d: %v %+v", i, ok, c)
		}
		for _, r := range c.Rejected {
			if !strings.Contains(string(r), `"not-your-station"`) {
				t.Errorf("rejected as %s", r)
			}
			refused++
		}
	}
	if held := stored(t, s.address, token, "station:NT-S08"); len(held) != 0 {
		t.Errorf("%d readings of another's station are held", len(held))
	}
	const refusals = "SELECT count(*) FROM auth.audit WHERE action = 'readings.refuse'"
	rows := s.count(refusals + ` AND outcome = 'refused' AND object = 'NT-S08.level' AND detail = '{"readings": 2}'`)
	if all := s.count(refusals); rows < 1 || rows != all || rows >= requests {
		t.Errorf("%d rows of the audit trail of %d tell of %d requests", rows, all, requests)
	}
	note := strconv.Itoa(refused) + " readings refused as not-your-station, rows in the audit trail: " + strconv.Itoa(rows)
	reportFault(t, scenario{name: "another's station", trials: requests, verdict: verdict{acknowledged: requests}, counted: true, note: note})
}
