package bureau

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"

	"basin/fault"
)

// trouble is what kind of error a database gave.
type trouble uint8

const (
	broken  trouble = iota // anything else: asking again cannot help
	away                   // it does not answer, or not now
	refused                // it does not let this user in, or not to that
	absent                 // there is no such database
)

// fault gives an error of the database its kind. Its text shows neither the password nor the address as it was given. nil stays nil, and what is a fault or
// the end of the context comes back as it is.
func (a Address) fault(ctx context.Context, err error) error {
	if err == nil || fault.Of(err) != nil {
		return err
	}
	if ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	is, why, known := a.kind.judge(err)
	if !known {
		is, why = general(err)
	}
	why = a.masked(why)
	switch is {
	case away:
		return fault.New(fault.Unavailable, "bureau-away", "the database {address} does not answer: {why}", "address", a.String(), "why", why)
	case refused:
		return fault.New(fault.Denied, "bureau-refused", "the database {address} refuses the user {user}: {why}", "address", a.String(), "user", a.user, "why", why)
	case absent:
		return fault.New(fault.NotFound, "bureau-absent", "{address}: {why}", "address", a.String(), "why", why)
	case broken:
	}
	return fault.New(fault.Invalid, "bureau-failed", "the database {address} says: {why}", "address", a.String(), "why", why)
}

// general judges errors that are none of a database's.
func general(err error) (trouble, string) {
	network, dialled := errors.AsType[*net.OpError](err)
	switch {
	case dialled:
		return away, network.Op + ": " + network.Err.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return away, "it took too long"
	case errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		strings.Contains(err.Error(), "conn closed"), strings.Contains(err.Error(), "failed to connect"), strings.Contains(err.Error(), "no such host"):
		return away, "the connection broke"
	}
	if n, ok := errors.AsType[net.Error](err); ok {
		return away, n.Error()
	}
	return broken, err.Error()
}

// masked takes the password out of a text, in each form that it may have there, and what a log could be spoilt with.
func (a Address) masked(text string) string {
	for _, secret := range []string{a.url.String(), a.password, url.QueryEscape(a.password), url.PathEscape(a.password)} {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "****")
		}
	}
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > 300 {
		text = strings.ToValidUTF8(text[:300], "") + "…"
	}
	return text
}
