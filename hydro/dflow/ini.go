package dflow

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"basin/fault"
	"basin/hydro/hydraulics"
)

// The bounds of a file.
const (
	maxFile  = 64 << 20
	maxLines = 1_000_000
)

// block is a part of one of D-Flow FM's files: a name in brackets, keys with values, and in files of forcing a table of numbers below them.
type block struct {
	file, name string // both as written; the name in lower case
	line       int
	keys       []entry
	rows       []float64 // row by row
	columns    int
	err        error // the first fault of what was asked of it
}

// entry is a key, in lower case, with its value.
type entry struct {
	key, value string
	line       int
}

// bad says what is wrong in a file, and where.
func bad(file string, line int, name, why string) error {
	return fault.New(fault.Invalid, "bad-dflow", "{file}, line {line}: {name}: {why}", "file", file, "line", line, "name", name, "why", why)
}

// readBlocks reads a file of a model.
func readBlocks(path string) ([]*block, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fault.New(fault.NotFound, "no-file", "there is no file {file}", "file", path)
	}
	defer file.Close()
	return parseBlocks(filepath.Base(path), file)
}

// parseBlocks reads blocks. Comments begin with #; lines that begin with * are comments as well.
func parseBlocks(file string, r io.Reader) ([]*block, error) {
	limited := &io.LimitedReader{R: r, N: maxFile + 1}
	scan := bufio.NewScanner(limited)
	scan.Buffer(make([]byte, 64<<10), maxFile+1)
	var blocks []*block
	line := 0
	for scan.Scan() {
		if line++; line > maxLines || limited.N == 0 {
			return nil, bad(file, line, "the file", fmt.Sprintf("it has more than %d MiB or %d lines", maxFile>>20, maxLines))
		}
		text, _, _ := strings.Cut(scan.Text(), "#")
		text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
		if text == "" || text[0] == '*' {
			continue
		}
		if text[0] == '[' {
			name, rest, closed := strings.Cut(text[1:], "]")
			if !closed || strings.TrimSpace(rest) != "" {
				return nil, bad(file, line, text, "a name in brackets does not end")
			}
			blocks = append(blocks, &block{file: file, name: strings.ToLower(strings.TrimSpace(name)), line: line})
			continue
		}
		if len(blocks) == 0 {
			return nil, bad(file, line, text, "it stands before the first [block]")
		}
		if err := blocks[len(blocks)-1].take(text, line); err != nil {
			return nil, err
		}
	}
	if err := scan.Err(); err != nil {
		return nil, bad(file, line+1, "the file", err.Error())
	}
	return blocks, nil
}

// take adds a key or a row of numbers.
func (b *block) take(text string, line int) error {
	if key, value, is := strings.Cut(text, "="); is {
		b.keys = append(b.keys, entry{strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value), line})
		return nil
	}
	cells := strings.Fields(text)
	if b.columns == 0 {
		b.columns = len(cells)
	}
	if len(cells) != b.columns {
		return bad(b.file, line, b.id(), fmt.Sprintf("a row of %d columns among rows of %d", len(cells), b.columns))
	}
	for _, cell := range cells {
		v, err := number(cell)
		if err != nil {
			return bad(b.file, line, b.id(), err.Error())
		}
		b.rows = append(b.rows, v)
	}
	return nil
}

// number reads a number, which may have been written by Fortran: 1.d-3.
func number(text string) (float64, error) {
	v, err := strconv.ParseFloat(strings.NewReplacer("d", "e", "D", "e").Replace(text), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%q is no number", text)
	}
	return v, nil
}

// id is the name of what a block describes.
func (b *block) id() string {
	for _, key := range []string{"id", "name", "nodeid", "frictionid"} {
		if v := b.text(key); v != "" {
			return v
		}
	}
	return "[" + b.name + "]"
}

// place is where it stands.
func (b *block) place() hydraulics.Place { return hydraulics.Place{Name: b.id(), Line: b.line} }

// find is the entry of a key.
func (b *block) find(key string) (entry, bool) {
	for _, e := range b.keys {
		if e.key == key {
			return e, true
		}
	}
	return entry{line: b.line}, false
}

// all are the values of a key that stands several times.
func (b *block) all(key string) []string {
	var out []string
	for _, e := range b.keys {
		if e.key == key {
			out = append(out, e.value)
		}
	}
	return out
}

// text is the value of a key; "" where there is none.
func (b *block) text(key string) string {
	e, _ := b.find(key)
	return e.value
}

// word is the value of a key in lower case, or what it is where there is none.
func (b *block) word(key, otherwise string) string {
	if v := b.text(key); v != "" {
		return strings.ToLower(v)
	}
	return otherwise
}

// bad says what is wrong with the value of a key, and remembers it.
func (b *block) bad(key, why string) error {
	e, _ := b.find(key)
	err := bad(b.file, e.line, b.id(), why)
	if b.err == nil {
		b.err = err
	}
	return err
}

// because is an error of something made of a block, with its place.
func (b *block) because(err error) error {
	if err == nil {
		return nil
	}
	why := err.Error()
	if f := fault.Of(err); f != nil {
		if f.Code == "bad-dflow" {
			return err
		}
		why = f.Fill(f.Text)
	}
	return bad(b.file, b.line, b.id(), why)
}

// needed is the value of a key that must be there.
func (b *block) needed(key string) string {
	v := b.text(key)
	if v == "" {
		_ = b.bad(key, key+" is missing")
	}
	return v
}

// number is the number of a key that must be there.
func (b *block) number(key string) float64 {
	if b.text(key) == "" {
		_ = b.bad(key, key+" is missing")
		return 0
	}
	return b.numberOr(key, 0)
}

// numberOr is the number of a key, or what it is where there is none.
func (b *block) numberOr(key string, otherwise float64) float64 {
	text := b.text(key)
	if text == "" {
		return otherwise
	}
	v, err := number(text)
	if err != nil {
		_ = b.bad(key, key+" "+err.Error())
	}
	return v
}

// numbers are those of a key that must be there, as many as count says.
func (b *block) numbers(key string, count int) []float64 {
	cells := strings.Fields(b.needed(key))
	if len(cells) != count {
		_ = b.bad(key, fmt.Sprintf("%s holds %d numbers, not %d", key, len(cells), count))
		return nil
	}
	out := make([]float64, count)
	for i, cell := range cells {
		v, err := number(cell)
		if err != nil {
			_ = b.bad(key, key+": "+err.Error())
		}
		out[i] = v
	}
	return out
}

// list are the parts of a value between semicolons.
func list(value string) []string {
	var out []string
	for part := range strings.SplitSeq(value, ";") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// yes says whether a value means yes, or what it is where there is none.
func (b *block) yes(key string, otherwise bool) bool {
	switch b.word(key, "") {
	case "":
		return otherwise
	case "1", "yes", "true", "t", "y":
		return true
	case "0", "no", "false", "f", "n":
		return false
	}
	_ = b.bad(key, key+" is neither yes nor no")
	return otherwise
}
