package sensorthings

import (
	"net/url"
	"strconv"
	"strings"

	"basin/fault"
)

// Segment is a step of a resource path: a set, an entity of a set, an entity or a property.
type Segment struct {
	Name string
	ID   *ID // nil for a set or a property
}

// ID identifies an entity: by a number, or by a text where Text is not empty.
type ID struct {
	Number int64
	Text   string
}

// Limits of a path.
const (
	maxPath     = 2000 // bytes
	maxSegments = 12
)

// badPath says what is wrong with a resource path.
func badPath(segment, why string) error {
	return fault.New(fault.Invalid, "bad-path", "the path is wrong at {segment}: {why}", "segment", clip(segment), "why", why)
}

// ParsePath reads a resource path as it stands in a URL, escaped: Things(1)/Datastreams.
func ParsePath(escaped string) ([]Segment, error) {
	if len(escaped) > maxPath {
		return nil, badPath(escaped, "it is too long")
	}
	var out []Segment
	for part := range strings.SplitSeq(strings.Trim(escaped, "/"), "/") {
		if part == "" {
			continue
		}
		given, err := url.PathUnescape(part)
		if err != nil || strings.ContainsRune(given, 0) {
			return nil, badPath(part, "it is not properly escaped")
		}
		if len(out) == maxSegments {
			return nil, badPath(given, "it is too long")
		}
		s, err := segment(given)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func segment(given string) (Segment, error) {
	name, rest, has := strings.Cut(given, "(")
	if !has {
		return Segment{Name: given}, nil
	}
	inside, ok := strings.CutSuffix(rest, ")")
	if !ok {
		return Segment{}, badPath(given, "a parenthesis is missing")
	}
	id, ok := ParseID(inside)
	if !ok {
		return Segment{}, badPath(given, "an identifier is a whole number, or a text in single quotes")
	}
	return Segment{Name: name, ID: &id}, nil
}

// ParseID reads an identifier as it stands in parentheses: 12 or 'a text'.
func ParseID(s string) (ID, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return ID{Number: n}, true
	}
	if strings.HasPrefix(s, "'") {
		t, n, why := quotation(s)
		return ID{Text: t.val}, why == "" && n == len(s) && t.val != ""
	}
	return ID{}, false
}
