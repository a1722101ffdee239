package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// served is basin serve as a process, with a data directory of its own.
type served struct {
	*testing.T
	binary, data, address string
	cmd                   *exec.Cmd
	output                string   // name of the file that takes what it prints
	told                  tail     // the end of its log
	more                  []string // further flags
	mounted               bool     // the data directory is a file system of its own
	ended                 chan error
}

// tail keeps the last of what is written into it.
type tail struct {
	mu   sync.Mutex
	last []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = append(t.last, b...)
	t.last = t.last[max(0, len(t.last)-4000):]
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.last)
}

// newServed builds the program and makes its data directory.
func newServed(t *testing.T) *served {
	t.Helper()
	s := &served{T: t, binary: filepath.Join(t.TempDir(), "basin")}
	if out, err := exec.Command("go", "build", "-o", s.binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v: %s", err, out)
	}
	var err error
	if s.data, err = os.MkdirTemp("/tmp", "basin-crash-"); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(s.data, 0o755); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.cmd != nil {
			_ = s.cmd.Process.Kill()
			<-s.ended
		}
		until(t, "the database to end", func() bool { return len(s.processes()) == 0 })
		if socket := s.socket(); socket != "" {
			_ = os.RemoveAll(socket)
		}
		if s.mounted {
			until(t, "the file system to be let go", func() bool { return syscall.Unmount(s.data, 0) == nil })
		}
		_ = os.RemoveAll(s.data)
	})
	return s
}

// until waits for something that must come about.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// start starts the server and waits until it is ready.
func (s *served) start() {
	s.Helper()
	s.output, s.ended = filepath.Join(s.data, "output"), make(chan error, 1)
	output, err := os.Create(s.output)
	if err != nil {
		s.Fatal(err)
	}
	defer output.Close()
	s.cmd = exec.Command(s.binary, "serve", "--listen", s.address, "--region", "regions/nantong")
	s.cmd.Args = append(s.cmd.Args, s.more...)
	s.cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "BASIN_") }), "BASIN_DATA="+s.data)
	s.cmd.Stdout, s.cmd.Stderr = output, &s.told
	if err := s.cmd.Start(); err != nil {
		s.Fatal(err)
	}
	go func(cmd *exec.Cmd, ended chan error) { ended <- cmd.Wait() }(s.cmd, s.ended)
	until(s.T, "the server to be ready", func() bool {
		select {
		case err := <-s.ended:
			s.cmd = nil
			s.Fatalf("the server ended: %v\n%s", err, s.told.String())
		default:
		}
		answer, err := http.Get("http://" + s.address + "/readyz")
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
}

// said is what the server printed since it was started.
func (s *served) said() string {
	s.Helper()
	text, err := os.ReadFile(s.output)
	if err != nil {
		s.Fatal(err)
	}
	return string(text)
}

// signal sends the server a signal and waits until it has ended.
func (s *served) signal(sig syscall.Signal) error {
	s.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.Fatal(err)
	}
	select {
	case err := <-s.ended:
		s.cmd = nil
		return err
	case <-time.After(time.Minute):
		s.Fatalf("signal %v did not end the server", sig)
		return nil
	}
}

// postmaster is what the database says of itself: its process and the directory of its socket.
func (s *served) postmaster() (pid int, socket string) {
	text, _ := os.ReadFile(filepath.Join(s.data, "postgres", "postmaster.pid"))
	lines := strings.Split(string(text), "\n")
	if len(lines) < 5 {
		return 0, ""
	}
	pid, _ = strconv.Atoi(strings.TrimSpace(lines[0]))
	return pid, strings.TrimSpace(lines[4])
}

func (s *served) socket() string {
	_, socket := s.postmaster()
	return socket
}

// processes are the processes whose command line names the data directory, and their children.
func (s *served) processes() (found []string) {
	all, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range all {
		line, _ := os.ReadFile(path)
		if strings.Contains(string(line), s.data) && strings.Contains(string(line), "postgres") {
			found = append(found, filepath.Dir(path))
		}
	}
	return found
}

// token is the administrator's.
func (s *served) token() string {
	s.Helper()
	path := filepath.Join(s.data, "admin-token")
	text, err := os.ReadFile(path)
	if err != nil {
		s.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		s.Errorf("the administrator's token: %v %v", info.Mode(), err)
	}
	return strings.TrimSpace(string(text))
}

// counts is the answer to posted readings.
type counts struct {
	Accepted, Duplicates, Corrections int
	Rejected                          []json.RawMessage
}

// post posts readings and says whether they were acknowledged.
func post(address, token string, readings []sample) (counts, bool) {
	return postSeen(address, token, readings, nil)
}

// postSeen posts readings, says whether they were acknowledged, and shows every answer that is none; nil stands for no answer at all.
func postSeen(address, token string, readings []sample, seen func(answer *http.Response, took time.Duration)) (c counts, ok bool) {
	begun := time.Now()
	body, _ := json.Marshal(map[string]any{"readings": readings})
	ctx, cancel := context.WithTimeout(context.Background(), maxPatience)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/ingest/readings", bytes.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		if seen != nil {
			seen(nil, time.Since(begun))
		}
		return c, false
	}
	defer answer.Body.Close()
	if seen != nil && answer.StatusCode != http.StatusOK {
		seen(answer, time.Since(begun))
	}
	text, err := io.ReadAll(answer.Body)
	return c, err == nil && answer.StatusCode == http.StatusOK && json.Unmarshal(text, &c) == nil
}

// maxPatience is longer than the server lets anybody wait.
const maxPatience = 95 * time.Second

// sender posts unique readings of one datastream until it is stopped.
type sender struct {
	datastream   string
	sent         map[time.Time]string // everything that ever went out
	acknowledged map[time.Time]string
	total        counts
	uncounted    bool // the acknowledgement does not say what became of readings
	seen         func(answer *http.Response, took time.Duration)
}

// began is the time of the first reading: long enough ago that none is in the future.
var began = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// run posts batches, each until it is acknowledged or the sender is stopped.
func (s *sender) run(address, token string, offset int, stop <-chan struct{}, progress *atomic.Int64) {
	for n := 0; ; {
		var batch []sample
		for range 1 + rand.IntN(20) {
			at := began.Add(time.Duration(offset+n*10) * time.Second)
			batch = append(batch, sample{s.datastream, at, json.Number(fmt.Sprintf("%d.%04d", n%7, (n*37)%10000))})
			n++
		}
		for _, r := range batch {
			s.sent[r.Time] = string(r.Value)
		}
		for {
			c, ok := postSeen(address, token, batch, s.seen)
			if ok {
				s.total.Accepted, s.total.Duplicates = s.total.Accepted+c.Accepted, s.total.Duplicates+c.Duplicates
				s.total.Corrections, s.total.Rejected = s.total.Corrections+c.Corrections, append(s.total.Rejected, c.Rejected...)
				for _, r := range batch {
					s.acknowledged[r.Time] = string(r.Value)
				}
				progress.Add(int64(len(batch)))
				break
			}
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
		select {
		case <-stop:
			return
		default:
		}
	}
}

func TestCrashes(t *testing.T) {
	s, field := newServed(t), freeAddress(t)
	w := newWays(s, field)
	s.start()
	if !strings.Contains(s.said(), "Loading region") {
		t.Errorf("the first start loads no region: %s", s.said())
	}
	token := s.token()
	l := s.load(token, 4)
	w.publish(l, "NT-S05")
	for i, station := range []string{"NT-S04", "NT-S06", "NT-S10"} {
		w.report(l, field, station, i)
	}
	progress := l.progress
	flows := func() {
		from := progress.Load()
		until(t, "readings to be acknowledged", func() bool { return progress.Load() >= from+200 })
		time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond) // so that the blow falls anywhere
	}
	table := &faultTable{}
	for n := range kills(t) {
		flows()
		blow, from := time.Now(), progress.Load()
		what := "killed server"
		switch n % 5 {
		default:
			if n%5 == 2 {
				what = "killed both"
				pid, _ := s.postmaster()
				if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
					t.Fatalf("postmaster %d: %v", pid, err)
				}
			}
			if err := s.signal(syscall.SIGKILL); err == nil {
				t.Error("the server ended by itself")
			}
			from = progress.Load()
			s.start()
			if strings.Contains(s.said(), "Loading region") {
				t.Errorf("the region is loaded again: %s", s.said())
			}
			if again := s.token(); again != token {
				t.Error("the administrator's token changed")
			}
		case 3:
			what = "killed database"
			pid, _ := s.postmaster()
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatalf("postmaster %d: %v", pid, err)
			}
			until(t, "another postmaster", func() bool { other, _ := s.postmaster(); return other != 0 && other != pid })
			from = progress.Load()
		case 4:
			what = "cut the broker's line"
			w.cut()
		}
		until(t, "an acknowledgement", func() bool { return progress.Load() > from })
		table.blow(what, time.Since(blow))
	}
	flows()
	l.finish()
	w.settled(t, l, "NT-S05")
	table.keep(l.verify(token, l.senders))

	_, socket := s.postmaster()
	if len(s.processes()) == 0 || !exists(socket) {
		t.Fatalf("nothing to end: %v %q", s.processes(), socket)
	}
	if err := s.signal(syscall.SIGTERM); err != nil {
		t.Errorf("SIGTERM: %v", err)
	}
	if left := s.processes(); len(left) > 0 {
		t.Errorf("processes left: %v", left)
	}
	if exists(socket) {
		t.Errorf("%s is left", socket)
	}
	s.start()
	if strings.Contains(s.said(), "Loading region") || s.token() != token {
		t.Errorf("after an orderly end: %s", s.said())
	}
	s.verify(token, l.senders)
}
