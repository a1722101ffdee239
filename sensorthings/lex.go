package sensorthings

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"basin/fault"
)

// Limits of one query option. They bound the time that a hostile one can cost.
const (
	maxOption = 32 << 10 // bytes
	maxTokens = 4000
	maxNodes  = 500 // of the trees of one option
	maxDepth  = 40  // of parentheses and of expansions within expansions
)

// kind is what a token is.
type kind uint8

const (
	end      kind = iota
	word          // a name or an operator that is a word: name, eq, geo.distance, @iot.id, $top
	text          // 'it''s', without its quotes
	quoted        // geography'POINT(1 2)' or duration'P1D': val is the text, pre the word before it
	digits        // 12, -1.5, 1e3
	instant       // 2026-07-18T08:00:00Z, or a day
	interval      // two instants joined by a slash
	sign          // one of ( ) , / ; = * -
)

// token is a piece of an option with its place in it, in bytes from 0.
type token struct {
	kind kind
	val  string
	pre  string
	at   int
}

var (
	numberForm = regexp.MustCompile(`^-?\d+(\.\d+)?([eE][+-]?\d+)?`)
	// A plus that was not escaped arrives as a space.
	instantForm = regexp.MustCompile(`^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+\- ]\d\d:\d\d)?)?`)
)

// bad says what is wrong with an option, and where: the place counts bytes from 1.
func bad(option string, at int, why string) error {
	return fault.New(fault.Invalid, "bad-query", "{option} is wrong at position {at}: {why}", "option", option, "at", at+1, "why", why)
}

// lex cuts an option into tokens.
func lex(option, s string) ([]token, error) {
	if len(s) > maxOption {
		return nil, bad(option, maxOption, "it is too long")
	}
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return nil, bad(option, 0, "it is not text in UTF-8")
	}
	var tokens []token
	for i := 0; i < len(s); {
		if s[i] == ' ' || s[i] == '\t' {
			i++
			continue
		}
		if len(tokens) == maxTokens {
			return nil, bad(option, i, "it has too many parts")
		}
		t, n, why := next(s[i:])
		if why != "" {
			return nil, bad(option, i, why)
		}
		t.at = i
		tokens, i = append(tokens, t), i+n
	}
	return append(tokens, token{kind: end, at: len(s)}), nil
}

// next is the first token of s, which does not begin with a space, and its length in s.
func next(s string) (token, int, string) {
	c, size := utf8.DecodeRuneInString(s)
	switch {
	case c == '\'':
		return quotation(s)
	case c >= '0' && c <= '9', c == '-' && len(s) > 1 && s[1] >= '0' && s[1] <= '9':
		if first := instantForm.FindString(s); first != "" {
			if second := afterSlash(s[len(first):]); second != "" {
				return token{kind: interval, val: first + "/" + second}, len(first) + 1 + len(second), ""
			}
			return token{kind: instant, val: first}, len(first), ""
		}
		n := numberForm.FindString(s)
		return token{kind: digits, val: n}, len(n), ""
	case beginsName(c):
		n := 0
		for n < len(s) {
			r, width := utf8.DecodeRuneInString(s[n:])
			if !beginsName(r) && !unicode.IsDigit(r) && r != '.' && (r != '-' || n == 0) {
				break
			}
			n += width
		}
		if n < len(s) && s[n] == '\'' {
			t, more, why := quotation(s[n:])
			return token{kind: quoted, val: t.val, pre: s[:n]}, n + more, why
		}
		return token{kind: word, val: s[:n]}, n, ""
	case strings.ContainsRune("(),/;=*-", c):
		return token{kind: sign, val: s[:size]}, size, ""
	}
	return token{}, 0, "this does not belong here: " + s[:size]
}

// afterSlash is the instant that follows a slash; empty where none does.
func afterSlash(s string) string {
	if rest, ok := strings.CutPrefix(s, "/"); ok {
		return instantForm.FindString(rest)
	}
	return ""
}

func beginsName(c rune) bool { return c == '_' || c == '@' || c == '$' || unicode.IsLetter(c) }

// quotation reads a text in single quotes, in which a quote is written twice.
func quotation(s string) (token, int, string) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return token{kind: text, val: b.String()}, i + 1, ""
	}
	return token{}, 0, "a quote that nothing closes"
}
