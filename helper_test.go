package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"basin/postgis"
	"basin/postgis/postgistest"
	"basin/source"
)

// shared is a file of the shared data; without them the test is skipped, but not where CI promises them.
func shared(t testing.TB, name string) string {
	t.Helper()
	for _, dir := range []string{"../shared/data", "shared/data"} {
		if path := filepath.Join(dir, name); exists(path) {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("../shared/data/%s is absent", name)
	}
	t.Skip("../shared is absent")
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// put writes a file for a test.
func put(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// bench is a database and the command line that works on it.
type bench struct {
	*testing.T
	db *postgis.DB
}

func newBench(t *testing.T) *bench {
	t.Helper()
	return &bench{t, postgistest.New(t)}
}

// outcome is what a verb left: its exit code, what it printed, and of a load the summaries and findings.
type outcome struct {
	code      int
	out, err  string
	summaries []Summary
	findings  []source.Finding
}

// basin runs a verb as the command line does.
func (b *bench) basin(args ...string) outcome {
	b.Helper()
	var stdout, stderr bytes.Buffer
	args = append([]string{"--database-url", b.db.Config().ConnString(), "--data", b.TempDir()}, args...)
	o := outcome{code: run(context.Background(), args, strings.NewReader(""), &stdout, &stderr)}
	o.out, o.err = stdout.String(), stderr.String()
	for line := range strings.Lines(o.out) {
		var l struct {
			Summary
			Finding *source.Finding
			Reading *string `json:"progress"`
		}
		if json.Unmarshal([]byte(line), &l) != nil || l.Reading != nil {
			continue
		}
		if l.Finding != nil {
			o.findings = append(o.findings, *l.Finding)
		} else if l.File != "" {
			o.summaries = append(o.summaries, l.Summary)
		}
	}
	return o
}

// load loads, which must succeed, and answers the one summary.
func (b *bench) load(args ...string) (Summary, []source.Finding) {
	b.Helper()
	o := b.basin(append([]string{"load"}, args...)...)
	if o.code != 0 || len(o.summaries) != 1 {
		b.Fatalf("basin load %v: exit %d, %d summaries\n%s", args, o.code, len(o.summaries), o.err)
	}
	s := o.summaries[0]
	if s.Findings != len(o.findings) {
		b.Errorf("basin load %v: the summary counts %d findings, %d were reported", args, s.Findings, len(o.findings))
	}
	for _, f := range o.findings {
		if f.Code == "" || strings.Contains(f.Reason, "internal") || f.File == "" {
			b.Errorf("basin load %v: finding %+v", args, f)
		}
	}
	return s, o.findings
}

// loadTwice loads, then loads again, which must change nothing.
func (b *bench) loadTwice(args ...string) (Summary, []source.Finding) {
	b.Helper()
	first, findings := b.load(args...)
	before := b.picture()
	second, again := b.load(args...)
	if second.Added != 0 || second.Changed != 0 || second.Removed != 0 || second.Same != first.Added+first.Changed+first.Same || len(again) != len(findings) {
		b.Errorf("loaded again: %+v and %d findings, at first %+v and %d", second, len(again), first, len(findings))
	}
	b.unchanged(before)
	return first, findings
}

// unchanged checks that the database is as it was in a picture.
func (b *bench) unchanged(before []string) {
	b.Helper()
	for i, line := range b.picture() {
		if line != before[i] {
			b.Errorf("changed: before %s, after %s", before[i], line)
		}
	}
}

// picture is a digest of everything that a load writes, gids and times of change included.
func (b *bench) picture() []string {
	b.Helper()
	var parts []string
	for _, table := range []string{"twin.thing", "twin.relation", "twin.datastream", "twin.threshold", "area.area", "hydro.river", "hydro.node", "hydro.reach",
		"hydro.section", "hydro.section_point", "hydro.work", "hydro.gate", "hydro.pump_unit", "hydro.dike", "hydro.dike_crest", "hydro.station",
		"road.route", "road.segment", "road.calibration", "road.bridge", "city.object", "city.model"} {
		parts = append(parts, table+" "+b.text("SELECT count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '') FROM "+table+" t"))
	}
	return parts
}

// count, number and text ask the database for one value.
func (b *bench) count(sql string, args ...any) int { return one[int](b, sql, args...) }

func (b *bench) number(sql string, args ...any) float64 { return one[float64](b, sql, args...) }

func (b *bench) text(sql string, args ...any) string { return one[string](b, sql, args...) }

func one[T any](b *bench, sql string, args ...any) (v T) {
	b.Helper()
	if err := b.db.QueryRow(context.Background(), sql, args...).Scan(&v); err != nil {
		b.Fatalf("%s: %v", sql, err)
	}
	return v
}

// rows are the rows of a question.
func rows[T any](b *bench, sql string, args ...any) []T {
	b.Helper()
	var out []T
	raw := one[[]byte](b, "SELECT coalesce(json_agg(q), '[]') FROM ("+sql+") q", args...)
	if err := json.Unmarshal(raw, &out); err != nil {
		b.Fatalf("%s: %v", sql, err)
	}
	return out
}

// equal compares two counts of the same thing.
func (b *bench) equal(what string, got, want int) {
	b.Helper()
	if got != want {
		b.Errorf("%s: %d, want %d", what, got, want)
	}
}

// near compares two sums; part is the share by which they may differ.
func (b *bench) near(what string, got, want, part float64) {
	b.Helper()
	if want == 0 || got < want*(1-part) || got > want*(1+part) {
		b.Errorf("%s: %g, want %g", what, got, want)
	}
}

// fromGDAL are the features of a layer as GDAL reads them, one GeoJSON feature per line.
func (b *bench) fromGDAL(args ...string) []feature {
	b.Helper()
	cmd := exec.Command("ogr2ogr", append([]string{"-f", "GeoJSONSeq", "/vsistdout/"}, args...)...)
	cmd.Stderr = io.Discard
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("ogr2ogr %v: %v", args, err)
	}
	var found []feature
	for line := range bytes.Lines(out) {
		var f feature
		if err := json.Unmarshal(bytes.TrimLeft(line, "\x1e"), &f); err != nil {
			b.Fatalf("ogr2ogr %v: %v", args, err)
		}
		found = append(found, f)
	}
	return found
}

// feature is a GeoJSON feature as it is.
type feature struct {
	ID         any             `json:"id"`
	Properties map[string]any  `json:"properties"`
	Geometry   json.RawMessage `json:"geometry"`
}

// collection reads a GeoJSON file.
func collection(t *testing.T, text []byte) []feature {
	t.Helper()
	var c struct{ Features []feature }
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	return c.Features
}
