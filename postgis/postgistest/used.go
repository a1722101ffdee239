package postgistest

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"basin/postgis"
)

// Used is the time that this process and the backends of a database have used processors. It is for comparing two ways to the same result; Linux counts backends in
// hundredths of a second.
func Used(t testing.TB, db *postgis.DB) time.Duration {
	t.Helper()
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		t.Fatal(err)
	}
	var pids []int
	if err := db.QueryRow(t.Context(), "SELECT array_agg(pid) FROM pg_stat_activity WHERE datname = current_database()").Scan(&pids); err != nil {
		t.Fatal(err)
	}
	used := time.Duration(own.Utime.Nano() + own.Stime.Nano())
	for _, pid := range pids {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue // a backend that has ended
		}
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		for _, ticks := range fields[11:13] { // in user mode and in the kernel
			n, err := strconv.Atoi(ticks)
			if err != nil {
				t.Fatal(err)
			}
			used += time.Duration(n) * time.Second / 100
		}
	}
	return used
}
