package format_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"basin/fault"
	"basin/format"
	"basin/layer"
	"basin/source"
)

// plots is a layer of points with long texts.
func plots() layer.Layer {
	return layer.Layer{ID: "plots", GeometryType: "point", Columns: []layer.Column{{Name: "text", Type: layer.TypeString}, {Name: "n", Type: layer.TypeInteger}}}
}

// rows hands over so many rows with a text; without end for -1.
func rows(n int, text string) format.Rows {
	quoted, _ := json.Marshal(text)
	return func(ctx context.Context, each func(layer.Row) error) error {
		for i := 0; i != n; i++ {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := each(layer.Row{GID: int64(i + 1), Kind: "POINT", Geometry: []byte(`{"type":"Point","coordinates":[120.5,32]}`),
				Attributes: fmt.Appendf(nil, `{"text":%s,"n":%d}`, quoted, i)}); err != nil {
				return err
			}
		}
		return nil
	}
}

// TestBounds: a format refuses more than it holds, and more bytes than it may have, and leaves nothing.
func TestBounds(t *testing.T) {
	for _, name := range []string{"gpkg", "fgb", "shp", "xlsx"} {
		f, _ := format.Find(name)
		for _, step := range []struct {
			rows  format.Rows
			bytes int64
			code  string
		}{{rows(-1, strings.Repeat("x", 2000)), 1 << 20, "export-too-large"}, {rows(-1, "x"), 0, "too-many-features"}} {
			if step.code == "too-many-features" {
				f.MaxRows = 1000
			}
			dir := t.TempDir()
			var out bytes.Buffer
			err := f.Write(t.Context(), &out, plots(), step.rows, format.Options{Dir: dir, MaxBytes: step.bytes, Convert: source.Convert})
			if got := fault.Of(err); got == nil || got.Code != step.code {
				t.Errorf("%s: %v, want %s", name, err, step.code)
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 || out.Len() > 0 {
				t.Errorf("%s: %v and %d bytes are left", name, left, out.Len())
			}
		}
	}
}

// TestEnds: a writing ends with its context, whoever is at work, and without GDAL it says what is missing.
func TestEnds(t *testing.T) {
	f, _ := format.Find("gpkg")
	ctx, cancel := context.WithCancel(t.Context())
	hanging := func(ctx context.Context, _ string, _ ...string) error {
		cancel()
		<-ctx.Done()
		return context.Cause(ctx)
	}
	dir := t.TempDir()
	err := f.Write(ctx, &bytes.Buffer{}, plots(), rows(1, "x"), format.Options{Dir: dir, Convert: hanging})
	if left, _ := os.ReadDir(dir); !errors.Is(err, context.Canceled) || len(left) > 0 {
		t.Errorf("%v, %v", err, left)
	}
	err = f.Write(t.Context(), &bytes.Buffer{}, plots(), rows(1, "x"), format.Options{Dir: dir})
	if got := fault.Of(err); got == nil || got.Code != "no-gdal" {
		t.Error(err)
	}
}

// TestShapefileText: text is cut between letters.
func TestShapefileText(t *testing.T) {
	f, _ := format.Find("shp")
	var out bytes.Buffer
	if err := f.Write(t.Context(), &out, plots(), rows(1, "a"+strings.Repeat("江", 300)), format.Options{Dir: t.TempDir(), Convert: source.Convert}); err != nil {
		t.Fatal(err)
	}
	if _, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len())); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "plots.zip")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.CommandContext(t.Context(), "ogr2ogr", "-f", "GeoJSONSeq", "/vsistdout/", "/vsizip/"+path, "-lco", "RS=NO").Output()
	var got struct{ Properties struct{ Text string } }
	if err != nil || !utf8.Valid(text) || json.Unmarshal(text, &got) != nil {
		t.Fatalf("%v: %q", err, text)
	}
	if n := len(got.Properties.Text); n > 254 || n < 250 || !strings.HasPrefix("a"+strings.Repeat("江", 300), got.Properties.Text) {
		t.Errorf("%d bytes: %q", n, got.Properties.Text)
	}
}
