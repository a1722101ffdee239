package source

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// scanner cuts JSON into its values without decoding them, so that a value that is wrong inside does not hide those after it.
type scanner struct {
	r      *bufio.Reader
	offset int64 // of the next byte
}

func newScanner(r io.Reader) *scanner {
	b, ok := r.(*bufio.Reader)
	if !ok {
		b = bufio.NewReaderSize(r, 256<<10)
	}
	s := &scanner{r: b}
	if mark, _ := b.Peek(3); string(mark) == "\xef\xbb\xbf" {
		_, _ = b.Discard(3)
		s.offset = 3
	}
	return s
}

// errTooLong is a value beyond its limit. It has been read over: the values after it can be had.
var errTooLong = errors.New("it is too long")

// syntaxError is a place in JSON beyond which nothing can be had.
type syntaxError struct {
	offset int64
	why    string
}

func (e *syntaxError) Error() string { return fmt.Sprintf("%s at byte %d", e.why, e.offset) }

func (s *scanner) fail(why string) error { return &syntaxError{s.offset, why} }

// next is the next byte; the end of the file is a fault of syntax.
func (s *scanner) next() (byte, error) {
	c, err := s.r.ReadByte()
	if errors.Is(err, io.EOF) {
		return 0, s.fail("the file ends too early")
	}
	if err != nil {
		return 0, fmt.Errorf("read: %w", err)
	}
	s.offset++
	return c, nil
}

func (s *scanner) back() {
	_ = s.r.UnreadByte()
	s.offset--
}

// mark is the next byte that is not space.
func (s *scanner) mark() (byte, error) {
	for {
		c, err := s.next()
		if err != nil || c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return c, err
		}
	}
}

// value reads one value. With limit 0 it is read over and nothing is returned; beyond a limit above 0 the result is errTooLong. When the
// file ends within it, what there is comes with the error.
func (s *scanner) value(limit int) ([]byte, error) {
	c, err := s.mark()
	if err != nil {
		return nil, err
	}
	var out []byte
	long := false
	keep := func(c byte) {
		if limit > 0 && !long {
			if out = append(out, c); len(out) > limit {
				out, long = nil, true
			}
		}
	}
	var open []byte
	quoted, escaped := false, false
	for {
		if !quoted && len(open) == 0 && (c == ',' || c == ']' || c == '}') { // the end of a number or a word
			s.back()
			break
		}
		keep(c)
		switch {
		case quoted:
			if c == '"' && !escaped {
				quoted = false
			}
			escaped = c == '\\' && !escaped
		case c == '"':
			quoted = true
		case c == '{' || c == '[':
			if open = append(open, c+2); len(open) > maxNesting { // in ASCII the closing bracket is two further
				return out, s.fail("brackets are nested too deeply")
			}
		case c == '}' || c == ']':
			if open[len(open)-1] != c {
				return out, s.fail(fmt.Sprintf("%q closes what it did not open", c))
			}
			open = open[:len(open)-1]
		}
		if !quoted && len(open) == 0 && (c == '"' || c == '}' || c == ']') {
			break
		}
		if c, err = s.next(); err != nil {
			return out, err
		}
	}
	if long {
		return nil, errTooLong
	}
	return out, nil
}

// skip reads over one value.
func (s *scanner) skip() error {
	_, err := s.value(0)
	return err
}

// object calls fn with the name of each member; fn must read the value.
func (s *scanner) object(fn func(name string) error) error {
	return s.list('{', '}', func(int) error {
		raw, err := s.value(1 << 20)
		if err != nil {
			return err
		}
		var name string
		if json.Unmarshal(raw, &name) != nil {
			return s.fail("a member has no name")
		}
		if c, err := s.mark(); err != nil {
			return err
		} else if c != ':' {
			return s.fail("a colon is missing")
		}
		return fn(name)
	})
}

// array calls fn for each element; fn must read it.
func (s *scanner) array(fn func(index int) error) error { return s.list('[', ']', fn) }

func (s *scanner) list(first, last byte, fn func(index int) error) error {
	c, err := s.mark()
	if err != nil {
		return err
	}
	if c != first {
		return s.fail(fmt.Sprintf("%q is missing", first))
	}
	for i := 0; ; i++ {
		if c, err = s.mark(); err != nil {
			return err
		}
		if c == last && i == 0 {
			return nil
		}
		s.back()
		if err := fn(i); err != nil {
			return err
		}
		if c, err = s.mark(); err != nil {
			return err
		}
		if c == last {
			return nil
		}
		if c != ',' {
			return s.fail("a comma is missing")
		}
	}
}

// outline is what the outermost object of a JSON file says of it, wherever it says so.
type outline struct {
	kind     string          // its type
	features bool            // it has features
	crs      json.RawMessage // the old crs member of GeoJSON
	offset   int64           // how far it could be read
}

// outlineOf reads the outermost object.
func outlineOf(s *scanner) (outline, error) {
	var o outline
	err := s.object(func(name string) error {
		switch name {
		case "type":
			raw, err := s.value(1 << 10)
			_ = json.Unmarshal(raw, &o.kind)
			return err
		case "crs":
			raw, err := s.value(64 << 10)
			o.crs = raw
			return err
		case "features":
			o.features = true
		}
		return s.skip()
	})
	o.offset = s.offset
	return o, err
}
