package hydraulics

import (
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"sync"
	"testing"
)

// reachedFile is where the table of what the tests reached is written; make reached writes REACHED.md.
var reachedFile = flag.String("reached", "", "write the table of what the tests reached into this file")

// reached are the rows of the table.
var reached struct {
	mu   sync.Mutex
	rows []string
}

// within fails where a value is further from what it must be than it may be, and says what was reached.
func within(t testing.TB, what string, got, want, by float64) {
	t.Helper()
	reached.mu.Lock()
	reached.rows = append(reached.rows, fmt.Sprintf("| %s | %s | %.6g | %.6g ± %.2g |", t.Name(), what, got, want, by))
	reached.mu.Unlock()
	if !(math.Abs(got-want) <= by) {
		t.Errorf("%s: %.10g, want %.10g ± %g", what, got, want, by)
	} else {
		t.Logf("%s: %.10g for %.10g", what, got, want)
	}
}

// TestMain writes the table where one is wanted.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if *reachedFile != "" && code == 0 {
		text := "# What the solver reaches\n\nWritten by `make reached`. The tests are those of `hydro/hydraulics/*_test.go`, which say what each of them is.\n\n| test | what | reached | must be |\n|---|---|---|---|\n" +
			strings.Join(reached.rows, "\n") + "\n"
		if err := os.WriteFile(*reachedFile, []byte(text), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}
