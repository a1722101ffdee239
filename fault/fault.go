// Package fault names the kinds of error that basin tells apart, so that every way out (HTTP, command line, protocol)
// can answer each kind in its own manner.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what sort of thing went wrong. The zero Kind is a fault of basin's own.
type Kind uint8

// The kinds. An error that carries none of them is Internal.
const (
	Internal    Kind = iota // a bug or an unforeseen state: the details stay in the log
	Invalid                 // the input is wrong: sending it again cannot help
	NotFound                // the thing named does not exist, or the asker may not know that it does
	Conflict                // the input is right by itself but contradicts what is stored
	Denied                  // the asker may not do this
	Unavailable             // something basin needs is away: try again later
)

// Error is a fault of a kind. Code is stable and meant for programs; Text is English for people, with {name} standing for
// the parameter of that name; a translation of Text uses the same names.
type Error struct {
	Kind   Kind
	Code   string
	Text   string
	Params []Param
	Err    error // the cause, if any; never shown to a client
}

// Param is a named part of the message.
type Param struct {
	Name  string
	Value any
}

// New makes an Error. The pairs are parameter names and values in turn: New(Invalid, "unknown-layer", "no layer {layer}", "layer", id).
func New(kind Kind, code, text string, pairs ...any) *Error {
	e := &Error{Kind: kind, Code: code, Text: text}
	for i := 0; i+1 < len(pairs); i += 2 {
		e.Params = append(e.Params, Param{Name: fmt.Sprint(pairs[i]), Value: pairs[i+1]})
	}
	return e
}

// Because returns a copy of e with its cause.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.Err = cause
	return &c
}

// Fill puts the parameters into a text that uses their names in braces.
func (e *Error) Fill(text string) string {
	for _, p := range e.Params {
		text = strings.ReplaceAll(text, "{"+p.Name+"}", fmt.Sprint(p.Value))
	}
	return text
}

// Error is the English text with its cause.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Fill(e.Text) + ": " + e.Err.Error()
	}
	return e.Fill(e.Text)
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// Of finds the first Error in err's chain; nil when there is none.
func Of(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return nil
}

// KindOf is the kind of err: Internal when its chain holds no Error.
func KindOf(err error) Kind {
	if e := Of(err); e != nil {
		return e.Kind
	}
	return Internal
}
