package postgis

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"basin/fault"
)

// Fault gives an error of the database its kind. What is one already, or is none of the database's, comes back as it is; nil stays nil.
func Fault(err error) error {
	if err == nil || fault.Of(err) != nil {
		return err
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.New(fault.NotFound, "not-found", "there is no such thing").Because(err)
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return fromState(pg, err)
	}
	var connect *pgconn.ConnectError
	var network *net.OpError
	if errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) || strings.Contains(err.Error(), "conn closed") ||
		strings.Contains(err.Error(), "unexpected EOF") {
		return errAway(err)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fault.New(fault.Unavailable, "query-timeout", "the question took too long: ask for less").Because(err)
	}
	return err
}

func errAway(err error) error {
	return fault.New(fault.Unavailable, "database-away", "the database is away: try again in a moment").Because(err)
}

// fromState maps SQLSTATE to a fault.
func fromState(pg *pgconn.PgError, err error) error {
	switch {
	case pg.Code == "53400": // temp_file_limit
		return fault.New(fault.Unavailable, "query-too-large", "the question needs too much room on the disk: ask for less").Because(err)
	case strings.HasPrefix(pg.Code, "08"), strings.HasPrefix(pg.Code, "57P"), strings.HasPrefix(pg.Code, "53"), pg.Code == "58030":
		return errAway(err)
	case pg.Code == "57014":
		return fault.New(fault.Unavailable, "query-timeout", "the question took too long: ask for less").Because(err)
	case pg.Code == "40001", pg.Code == "40P01", pg.Code == "55P03":
		return fault.New(fault.Unavailable, "contended", "others were changing the same things: try again").Because(err)
	case pg.Code == "23505", pg.Code == "23P01":
		return fault.New(fault.Conflict, "exists-already", "something of that kind exists already ({constraint})", "constraint", pg.ConstraintName).Because(err)
	case pg.Code == "23503":
		return fault.New(fault.Invalid, "unknown-reference", "this refers to something that is not there: {why}", "why", pg.Detail).Because(err)
	case strings.HasPrefix(pg.Code, "22"), strings.HasPrefix(pg.Code, "23"):
		return fault.New(fault.Invalid, "not-storable", "this cannot be stored: {why}", "why", pg.Message).Because(err)
	}
	return err
}
