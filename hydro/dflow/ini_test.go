package dflow

import (
	"fmt"
	"strings"
	"testing"
)

func TestBlocks(t *testing.T) {
	blocks, err := parseBlocks("a.ini", strings.NewReader("\ufeff# a comment\n[General]\n* another\n\tFileVersion = 1.01 # of the format\r\n\n[ Definition ]\nid = one\nlevels = 1 2.5d-1 -3\n"+
		"name =\nclosed = No\n[Definition]\nid=two\nname = x = y\n[Forcing]\nquantity = time\nquantity = level\n0 1\n 60\t1.5\n"))
	if err != nil || len(blocks) != 4 {
		t.Fatalf("%d blocks, %v", len(blocks), err)
	}
	one, two, table := blocks[1], blocks[2], blocks[3]
	if one.name != "definition" || one.line != 6 || one.id() != "one" || two.text("name") != "x = y" || blocks[0].text("fileversion") != "1.01" {
		t.Errorf("%+v %+v", one, two)
	}
	if got := fmt.Sprint(one.numbers("levels", 3), one.yes("closed", true), one.yes("open", true), one.numberOr("name", 7), one.err); got != "[1 0.25 -3] false true 7 <nil>" {
		t.Error(got)
	}
	if got := fmt.Sprint(table.all("quantity"), table.rows, table.columns); got != "[time level] [0 1 60 1.5] 2" {
		t.Error(got)
	}
	if got := fmt.Sprint(list(" a; ;b;")); got != "[a b]" {
		t.Error(got)
	}
}

func TestBlocksThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		"id = one":                             "line 1: id = one: it stands before the first [block]",
		"[General\n":                           "line 1: [General: a name in brackets does not end",
		"[a] b":                                "line 1: [a] b: a name in brackets does not end",
		"[a]\nid = x\nwords":                   `line 3: x: "words" is no number`,
		"[a]\n1 2\n1 2 3":                      "line 3: [a]: a row of 3 columns among rows of 2",
		"[a]\n1 nan":                           `line 2: [a]: "nan" is no number`,
		"[a]\n1 1e999":                         `line 2: [a]: "1e999" is no number`,
		strings.Repeat("\n", maxLines):         "",
		strings.Repeat("\n", maxLines+1):       fmt.Sprintf("line %d: the file: it has more than", maxLines+1),
		"[a]\n" + strings.Repeat("x", maxFile): "the file: it has more than 64 MiB",
	} {
		if _, err := parseBlocks("a.ini", strings.NewReader(text)); err == nil != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, not %s", text, err, want)
		}
	}
	for key, want := range map[string]string{
		"number":  "a.ini, line 2: it: number \"1.2.3\" is no number",
		"missing": "a.ini, line 1: it: missing is missing",
	} {
		blocks, err := parseBlocks("a.ini", strings.NewReader("[a]\nnumber = 1.2.3\nid = it"))
		if err != nil {
			t.Fatal(err)
		}
		if blocks[0].number(key); blocks[0].err == nil || blocks[0].err.Error() != want {
			t.Errorf("%v, not %s", blocks[0].err, want)
		}
	}
}

// FuzzBlocks: whatever comes, reading ends, and what was read can be asked for everything.
func FuzzBlocks(f *testing.F) {
	f.Add("[Definition]\nid = a\nyzCount = 3\nyCoordinates = 0 1 2\n[Forcing]\nquantity = time\n0 1\n", "yzcount")
	f.Add("[a", "b")
	f.Add("[a]\n=\n1 1.d3 # x\n", "")
	f.Fuzz(func(t *testing.T, text, key string) {
		blocks, err := parseBlocks("a.ini", strings.NewReader(text))
		if err != nil {
			return
		}
		for _, b := range blocks {
			if b.columns > 0 && len(b.rows)%b.columns != 0 {
				t.Errorf("%d numbers in rows of %d", len(b.rows), b.columns)
			}
			key = strings.ToLower(key)
			if v := b.numbers(key, 3); len(v) != 3 && b.err == nil {
				t.Errorf("%d numbers and no error", len(v))
			}
			_, _, _, _ = b.id(), b.number(key), b.yes(key, true), list(b.text(key))
			b.values(b.column(key))
		}
	})
}
