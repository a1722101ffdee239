package main

import (
	"os"
	"strings"
	"testing"

	"basin/format"
)

// TestFormatsInREADME holds what each format loses against what both documents say.
func TestFormatsInREADME(t *testing.T) {
	read := func(name string) string {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	en, zh := read("README.md"), read("README.zh-CN.md")
	row := func(text, name string) string {
		_, after, _ := strings.Cut(text, "\n| `"+name+"` | ")
		line, _, _ := strings.Cut(after, "\n")
		return line
	}
	for _, f := range format.Formats() {
		for _, l := range f.Losses {
			if !strings.Contains(row(en, f.Name), l.En) || !strings.Contains(row(zh, f.Name), l.Zh) {
				t.Errorf("%s: the documents do not say: %s %s", f.Name, l.En, l.Zh)
			}
		}
	}
}
