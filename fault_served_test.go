package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// family is the database server and all processes that it started.
func (s *served) family() []int {
	s.Helper()
	parent, _ := s.postmaster()
	pids := []int{parent}
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range all {
		text, _ := os.ReadFile(path)
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			pids = append(pids, pid)
		}
	}
	return pids
}

// signalAll sends a signal to processes, of which some may have ended.
func signalAll(t *testing.T, pids []int, sig syscall.Signal) {
	t.Helper()
	for i, pid := range pids {
		if err := syscall.Kill(pid, sig); err != nil && i == 0 {
			t.Errorf("postmaster %d: %v", pid, err)
		}
	}
}

// status is the status of the answer to a stranger.
func (s *served) status(path string) int {
	s.Helper()
	answer, err := http.Get("http://" + s.address + path)
	if err != nil {
		s.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

// gauge is a measurement of the server.
func (s *served) gauge(name string) int {
	s.Helper()
	found := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindStringSubmatch(s.asked("/metrics"))
	if found == nil {
		s.Fatalf("no measurement %s", name)
	}
	x, err := strconv.ParseFloat(found[1], 64)
	if err != nil {
		s.Fatal(err)
	}
	return int(x)
}

// memory is a quantity of the server's memory, in bytes.
func (s *served) memory(name string) int {
	s.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		s.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^` + name + `:\s+(\d+) kB$`).FindSubmatch(text)
	if found == nil {
		s.Fatalf("no %s in %s", name, text)
	}
	n, _ := strconv.Atoi(string(found[1]))
	return n << 10
}

// freeAddress is an address on which nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// gateway is the token of a new gateway of that name for a station.
func (s *served) gateway(token, name, station string) string {
	s.Helper()
	body := `{"role":"gateway","name":"` + name + `","stations":["` + station + `"]}`
	r, _ := http.NewRequest(http.MethodPost, "http://"+s.address+"/auth/tokens", strings.NewReader(body))
	r.Header = http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer answer.Body.Close()
	var issued struct{ Token string }
	if err := json.NewDecoder(answer.Body).Decode(&issued); err != nil || answer.StatusCode != http.StatusCreated {
		s.Fatalf("token: %d %v", answer.StatusCode, err)
	}
	return issued.Token
}

// count asks the server's database for a number.
func (s *served) count(sql string) (n int) {
	s.Helper()
	ctx := context.Background()
	db, err := pgx.Connect(ctx, "host="+s.socket()+" user=basin dbname=basin sslmode=disable")
	if err != nil {
		s.Fatal(err)
	}
	defer db.Close(ctx)
	if err := db.QueryRow(ctx, sql).Scan(&n); err != nil {
		s.Fatal(err)
	}
	return n
}
