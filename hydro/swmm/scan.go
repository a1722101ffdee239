package swmm

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"basin/fault"
)

// What a file may hold.
const (
	mostBytes   = 64 << 20
	mostLines   = 2_000_000
	mostObjects = 1_000_000
)

// row is a line of a section: its words, and what was found wrong with them first.
type row struct {
	section string
	line    int
	words   []string
	about   string // the object, where the first word does not name it
	err     error
}

// name is that of the object the row is about.
func (r *row) name() string {
	if r.about != "" || len(r.words) == 0 {
		return r.about
	}
	return r.words[0]
}

// fail notes a fault of the row, as fault.New does. The text goes on after the place, which is given as {line}, {section} and {name}.
func (r *row) fail(code, text string, pairs ...any) {
	if r.err != nil {
		return
	}
	e := fault.Error{Kind: fault.Invalid, Code: code, Text: "line {line}, [{section}] {name}: " + text}
	e.Params = []fault.Param{{Name: "line", Value: r.line}, {Name: "section", Value: r.section}, {Name: "name", Value: r.name()}}
	for i := 0; i+1 < len(pairs); i += 2 {
		e.Params = append(e.Params, fault.Param{Name: fmt.Sprint(pairs[i]), Value: pairs[i+1]})
	}
	r.err = &e
}

// blame says that an object cannot be made of what the row says.
func (r *row) blame(err error) {
	if err != nil {
		r.fail("swmm-bad-object", "{why}", "why", err)
	}
}

// refuse says that something is not supported, in the words of the file.
func (r *row) refuse(what string) {
	r.fail("swmm-unsupported", "{what} is not supported", "what", what)
}

// need says how many fields there must be.
func (r *row) need(n int) bool {
	if len(r.words) < n {
		r.fail("swmm-too-few-fields", "{count} fields, {need} are needed", "count", len(r.words), "need", n)
		return false
	}
	return true
}

// has says whether a field is there and says something.
func (r *row) has(i int) bool { return i < len(r.words) && r.words[i] != "" && r.words[i] != "*" }

// number is a field, or what it is where there is none.
func (r *row) number(i int, absent float64) float64 {
	if i >= len(r.words) {
		return absent
	}
	v, ok := number(r.words[i])
	if !ok {
		r.fail("swmm-bad-number", "field {field} is {value}, not a number", "field", i+1, "value", r.words[i])
	}
	return v
}

// within is a number between limits, both allowed.
func (r *row) within(i int, absent, low, high float64) float64 {
	v := r.number(i, absent)
	if v < low || v > high {
		r.fail("swmm-out-of-range", "field {field} is {value}, not {low} to {high}", "field", i+1, "value", r.words[i], "low", low, "high", high)
	}
	return v
}

// least is a number that is not below zero; nought where there is none.
func (r *row) least(i int) float64 {
	v := r.number(i, 0)
	if v < 0 {
		r.fail("swmm-negative", "field {field} is {value}, below zero", "field", i+1, "value", r.words[i])
	}
	return v
}

// above is a number above zero.
func (r *row) above(i int) float64 {
	v := r.number(i, 0)
	if !(v > 0) {
		r.fail("swmm-not-positive", "field {field} must be above zero", "field", i+1)
	}
	return v
}

// word is which of some words a field begins with; absent where there is none.
func (r *row) word(i, absent int, words ...string) int {
	if i >= len(r.words) {
		return absent
	}
	k := match(r.words[i], words...)
	if k < 0 {
		r.fail("swmm-bad-word", "field {field} is {value}, not one of {words}", "field", i+1, "value", r.words[i], "words", strings.Join(words, ", "))
	}
	return k
}

// yes is whether a field says so.
func (r *row) yes(i int) bool { return r.word(i, 0, "NO", "YES") == 1 }

// find is the index of what a field names.
func (r *row) find(i int, names index) int {
	if i >= len(r.words) {
		r.need(i + 1)
		return -1
	}
	k, ok := names.of[fold(r.words[i])]
	if !ok {
		r.fail("swmm-unknown-name", "there is no {value} in {sections}", "value", r.words[i], "sections", names.sections)
		return -1
	}
	return k
}

// index finds objects by name, whatever the case.
type index struct {
	sections string // where they come from
	of       map[string]int
}

func newIndex(sections string) index { return index{sections, map[string]int{}} }

// add gives the next number to a row's object. A name stands for one object.
func (x index) add(r *row) int {
	key := fold(r.name())
	if _, twice := x.of[key]; twice {
		r.fail("swmm-name-twice", "the name stands in {sections} twice", "sections", x.sections)
		return -1
	}
	k := len(x.of)
	x.of[key] = k
	return k
}

// fold is a name or a word in the case that is compared; other alphabets than the Latin one stay as they are.
func fold(s string) string {
	for i := range len(s) {
		if 'a' <= s[i] && s[i] <= 'z' {
			b := []byte(s)
			for k := i; k < len(b); k++ {
				if 'a' <= b[k] && b[k] <= 'z' {
					b[k] -= 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// match is the first of some words that a text begins with, as SWMM compares words; −1 for none.
func match(text string, words ...string) int {
	text = fold(text)
	for i, w := range words {
		if strings.HasPrefix(text, w) {
			return i
		}
	}
	return -1
}

// most is the greatest number that a file may say: products of a few stay finite.
const most = 1e15

// number is a finite decimal.
func number(s string) (float64, bool) {
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil && !math.IsNaN(v) && math.Abs(v) <= most
}

// scan divides a file into the rows of its sections. Comments begin at a semicolon; words in quotes may hold blanks, or nothing.
func scan(in io.Reader) (map[string][]row, error) {
	text, err := io.ReadAll(io.LimitReader(in, mostBytes+1))
	if err != nil {
		return nil, err
	}
	if len(text) > mostBytes {
		return nil, fault.New(fault.Invalid, "swmm-too-large", "the file is larger than {limit} MiB", "limit", mostBytes>>20)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	rows := map[string][]row{}
	section, line, keeps := "", 0, false
	for l := range strings.Lines(string(text)) {
		if line++; line > mostLines {
			return nil, fault.New(fault.Invalid, "swmm-too-many-lines", "the file has more than {limit} lines", "limit", mostLines)
		}
		l, _, _ = strings.Cut(l, ";")
		l = strings.Trim(l, " \t\r\n")
		switch {
		case l == "":
		case l[0] == '[':
			s, ok := sectionOf(l)
			if !ok {
				return nil, fault.New(fault.Invalid, "swmm-unknown-section", "line {line}: there is no section {section}", "line", line, "section", l)
			}
			section, keeps = s.name, s.use != drawn
		case section == "":
			return nil, fault.New(fault.Invalid, "swmm-no-section", "line {line} stands before the first section", "line", line)
		case section == "TITLE":
			rows[section] = append(rows[section], row{section: section, line: line, words: []string{l}})
		case keeps:
			rows[section] = append(rows[section], row{section: section, line: line, words: split(l)})
		case len(rows[section]) == 0: // the first line tells that there are some
			rows[section] = append(rows[section], row{section: section, line: line})
		}
	}
	return rows, nil
}

// split cuts a line into words.
func split(l string) (words []string) {
	for l = strings.TrimLeft(l, " \t\r"); l != ""; l = strings.TrimLeft(l, " \t\r") {
		var w string
		if l[0] == '"' {
			w, l, _ = strings.Cut(l[1:], `"`)
		} else if i := strings.IndexAny(l, " \t\r"); i >= 0 {
			w, l = l[:i], l[i:]
		} else {
			w, l = l, ""
		}
		words = append(words, w)
	}
	return words
}
