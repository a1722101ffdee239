package cql2_test

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"basin/cql2"
)

// shared is a directory of the shared vectors; without them the test is skipped, but not where CI promises them.
func shared(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range []string{"../../shared/vectors/cql2", "../shared/vectors/cql2"} {
		if path := filepath.Join(dir, name); exists(path) {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("the shared vector %s is absent", name)
	}
	t.Skip("the shared vectors are absent")
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// asJSON writes an expression as JSON and reads it again as plain values.
func asJSON(t *testing.T, x cql2.Expr) any {
	t.Helper()
	raw, err := cql2.JSON(x)
	if err != nil {
		t.Fatal(err)
	}
	return plain(t, raw)
}

func plain(t *testing.T, raw []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return v
}

// roundTrip writes an expression in both forms, reads them, and wants the same.
func roundTrip(t *testing.T, name string, x cql2.Expr) {
	t.Helper()
	want := asJSON(t, x)
	text, err := cql2.String(x)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	again, err := cql2.Parse(text)
	if err != nil {
		t.Fatalf("%s: %s: %v", name, text, err)
	}
	if diff := cmp.Diff(want, asJSON(t, again)); diff != "" {
		t.Errorf("%s: %s: %s", name, text, diff)
	}
	raw, _ := cql2.JSON(x)
	if again, err = cql2.ParseJSON(raw); err != nil {
		t.Fatalf("%s: %s: %v", name, raw, err)
	}
	if diff := cmp.Diff(want, asJSON(t, again)); diff != "" {
		t.Errorf("%s: %s: %s", name, raw, diff)
	}
}

// TestExamples reads the examples of the standard in both forms: they say the same, and survive being written and read again.
func TestExamples(t *testing.T) {
	dir := shared(t, "cql2-rs/examples")
	names, err := filepath.Glob(filepath.Join(dir, "text", "*.txt"))
	if err != nil || len(names) < 100 {
		t.Fatalf("%d examples, %v", len(names), err)
	}
	for _, name := range names {
		base := strings.TrimSuffix(filepath.Base(name), ".txt")
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		x, err := cql2.Parse(string(text))
		if err != nil {
			t.Errorf("%s: %s: %v", base, text, err)
			continue
		}
		roundTrip(t, base, x)
		base, _, _ = strings.Cut(base, "-alt")
		raw, err := os.ReadFile(filepath.Join(dir, "json", base+".json"))
		if err != nil {
			t.Fatal(err)
		}
		y, err := cql2.ParseJSON(raw)
		if err != nil {
			t.Errorf("%s: %v", base, err)
			continue
		}
		roundTrip(t, base, y)
		if diff := cmp.Diff(asJSON(t, y), asJSON(t, x)); diff != "" {
			t.Errorf("%s: text and JSON differ: %s", base, diff)
		}
	}
}

// predicates are the predicates of the abstract tests.
func predicates(t *testing.T) []string {
	t.Helper()
	f, err := os.Open(shared(t, "ats_expected_counts.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(bufio.NewReader(f))
	r.Comma = '\t'
	rows, err := r.ReadAll()
	if err != nil || len(rows) != 275 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	var out []string
	for _, row := range rows[1:] {
		out = append(out, row[3])
	}
	return out
}

// TestPredicates reads the predicates of the abstract tests.
func TestPredicates(t *testing.T) {
	for _, text := range predicates(t) {
		x, err := cql2.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		roundTrip(t, text, x)
	}
}
