package cql2

import (
	"strings"
	"unicode/utf8"
)

// kind is what a token is.
type kind uint8

const (
	end    kind = iota
	word        // a name or a keyword, bare
	quoted      // a name in double quotes
	text        // in single quotes
	digits      // a number without sign
	sign        // anything else
	broken      // what is none
)

// token is a piece of a filter.
type token struct {
	kind kind
	val  string // what it says, without quotes and escapes
	at   Place
	err  error // what is wrong with one that is broken
}

// lexer cuts text into tokens.
type lexer struct {
	src          string
	pos          int
	line, column int
}

// peek is the next character; 0 at the end.
func (l *lexer) peek() rune {
	if l.pos >= len(l.src) {
		return 0
	}
	r, _ := utf8.DecodeRuneInString(l.src[l.pos:])
	return r
}

// skip passes over the next character.
func (l *lexer) skip() {
	r, n := utf8.DecodeRuneInString(l.src[l.pos:])
	l.pos += n
	if l.column++; r == '\n' {
		l.line, l.column = l.line+1, 1
	}
}

func (l *lexer) place() Place { return Place{Line: l.line, Column: l.column} }

// next cuts off the next token; at the end it is an end, again and again.
func (l *lexer) next() token {
	t, err := l.cut()
	if err != nil {
		t.kind, t.err = broken, err
	}
	return t
}

func (l *lexer) cut() (token, error) {
	for l.pos < len(l.src) && isSpace(l.peek()) {
		l.skip()
	}
	t := token{at: l.place()}
	if l.pos >= len(l.src) {
		return t, nil
	}
	start := l.pos
	switch r := l.peek(); {
	case r == utf8.RuneError || r == 0:
		return t, Wrong(t.at, "it is not text in UTF-8, or holds a zero byte")
	case r == '\'' || r == '"':
		return l.quote(t, r)
	case r >= '0' && r <= '9' || r == '.':
		return l.number(t)
	case nameStart(r):
		for l.pos < len(l.src) && namePart(l.peek()) {
			l.skip()
		}
		t.kind, t.val = word, l.src[start:l.pos]
	case strings.ContainsRune("()+-*/%^,=<>", r):
		l.skip()
		if next := l.peek(); r == '<' && (next == '>' || next == '=') || r == '>' && next == '=' {
			l.skip()
		}
		t.kind, t.val = sign, l.src[start:l.pos]
	default:
		return t, Wrong(t.at, "the character "+string(r)+" has no meaning here")
	}
	return t, nil
}

// quote reads a text or a quoted name. A quote within is written twice; in a text it may have a backslash before it instead.
func (l *lexer) quote(t token, q rune) (token, error) {
	t.kind = text
	if q == '"' {
		t.kind = quoted
	}
	var b strings.Builder
	for l.skip(); l.pos < len(l.src); {
		at, r := l.place(), l.peek()
		start := l.pos
		l.skip()
		switch {
		case r == 0 || l.src[start:l.pos] != string(r):
			return t, Wrong(at, "it is not text in UTF-8, or holds a zero byte")
		case r == '\\' && q == '\'' && l.peek() == q:
			b.WriteRune(q)
			l.skip()
		case r != q:
			b.WriteRune(r)
		case l.peek() == q:
			b.WriteRune(q)
			l.skip()
		default:
			t.val = b.String()
			if t.kind == quoted && t.val == "" {
				return t, Wrong(t.at, "a name is empty")
			}
			return t, nil
		}
	}
	return t, Wrong(t.at, "the quotation that begins here does not end")
}

// number reads a number without sign.
func (l *lexer) number(t token) (token, error) {
	start := l.pos
	run := func() int {
		from := l.pos
		for r := l.peek(); r >= '0' && r <= '9'; r = l.peek() {
			l.skip()
		}
		return l.pos - from
	}
	n := run()
	if l.peek() == '.' {
		l.skip()
		n += run()
	}
	bad := n == 0
	if r := l.peek(); r == 'e' || r == 'E' {
		l.skip()
		if r := l.peek(); r == '+' || r == '-' {
			l.skip()
		}
		bad = bad || run() == 0
	}
	if bad || namePart(l.peek()) {
		return t, Wrong(t.at, "that is no number")
	}
	t.kind, t.val = digits, l.src[start:l.pos]
	return t, nil
}

// ranges of characters, both ends included.
type ranges [][2]rune

func (s ranges) has(r rune) bool {
	for _, pair := range s {
		if r >= pair[0] && r <= pair[1] {
			return true
		}
	}
	return false
}

// The characters of names and of space, as the grammar of the standard lists them.
var (
	starts = ranges{{':', ':'}, {'_', '_'}, {'A', 'Z'}, {'a', 'z'}, {0xC0, 0xD6}, {0xD8, 0xF6}, {0xF8, 0x2FF}, {0x370, 0x37D}, {0x37F, 0x167F},
		{0x1681, 0x1FFE}, {0x200C, 0x200D}, {0x2070, 0x218F}, {0x2C00, 0x2FEF}, {0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFC}, {0x10000, 0xEFFFF}}
	parts  = ranges{{'.', '.'}, {'0', '9'}, {0x300, 0x36F}, {0x203F, 0x2040}}
	spaces = ranges{{0x9, 0xD}, {' ', ' '}, {0x85, 0x85}, {0xA0, 0xA0}, {0x1680, 0x1680}, {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F},
		{0x205F, 0x205F}, {0x3000, 0x3000}}
)

func nameStart(r rune) bool { return starts.has(r) }

func namePart(r rune) bool { return starts.has(r) || parts.has(r) }

func isSpace(r rune) bool { return spaces.has(r) }
