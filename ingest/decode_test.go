package ingest

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"basin/fault"
	"basin/twin"
)

var update = flag.Bool("update", false, "write what the decoder says into testdata")

// outcome is what a decoder makes of bytes, as testdata holds it.
type outcome struct {
	Readings []twin.Reading   `json:"readings,omitempty"`
	Index    []int            `json:"index,omitempty"`
	Rejected []twin.Rejection `json:"rejected,omitempty"`
	Error    string           `json:"error,omitempty"`
}

// TestDecode decodes testdata/http/CASE/body.json or body.ndjson and compares the outcome with want.json beside it.
func TestDecode(t *testing.T) {
	cases, err := filepath.Glob("testdata/http/*/body.*")
	if err != nil || len(cases) < 10 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, path := range cases {
		t.Run(filepath.Base(filepath.Dir(path)), func(t *testing.T) {
			body, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			media := "application/json"
			if strings.HasSuffix(path, ".ndjson") {
				media = "application/x-ndjson"
			}
			d, err := decode(bytes.NewReader(body), media)
			got := outcome{}
			if err != nil {
				got.Error = err.Error()
			} else {
				got = outcome{d.readings, d.index, d.rejected, ""}
			}
			file := filepath.Join(filepath.Dir(path), "want.json")
			if *update {
				text, _ := json.MarshalIndent(got, "", "  ")
				if err := os.WriteFile(file, append(text, '\n'), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want outcome
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// FuzzDecode: whatever comes, in whatever pieces, every reading of the body is either taken or rejected, at a place of its own.
func FuzzDecode(f *testing.F) {
	cases, _ := filepath.Glob("testdata/http/*/body.*")
	for _, path := range cases {
		body, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, strings.HasSuffix(path, ".ndjson"))
	}
	f.Fuzz(func(t *testing.T, body []byte, lines bool) {
		media := "application/json"
		if lines {
			media = "application/x-ndjson"
		}
		d, err := decode(bytes.NewReader(body), media)
		parts, again := decode(iotest.OneByteReader(bytes.NewReader(body)), media)
		if (err == nil) != (again == nil) || err == nil && (len(d.readings) != len(parts.readings) || !slices.Equal(d.rejected, parts.rejected) ||
			!slices.Equal(d.index, parts.index)) {
			t.Errorf("%q: %+v %v, a byte at a time %+v %v", body, d, err, parts, again)
		}
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Errorf("%q: %v is no fault of the body", body, err)
			}
			return
		}
		if len(d.readings)+len(d.rejected) != d.count || len(d.index) != len(d.readings) {
			t.Errorf("%d readings, %d places, %d rejected of %d", len(d.readings), len(d.index), len(d.rejected), d.count)
		}
	})
}
