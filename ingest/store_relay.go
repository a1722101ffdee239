package ingest

import (
	"context"
	_ "embed"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/postgis"
)

// RelayStore holds how far readings have been relayed to a centre.
type RelayStore struct {
	db       *postgis.DB
	centre   string
	protocol string
	class    access.Class
}

// The ways of relaying.
const (
	RelayBySL651 = "sl651" // frames of field stations
	RelayBySL323 = "sl323" // rows of tables
)

// NewRelayStore makes the store for a centre of that name and a way of relaying to it. Nothing above the class is ever handed out.
func NewRelayStore(db *postgis.DB, centre, protocol string, class access.Class) *RelayStore {
	return &RelayStore{db, centre, protocol, class}
}

// relayMargin is by how much a reading may have been received before its transaction began.
const relayMargin = time.Hour

//go:embed relay_list.sql
var relayListSQL string

//go:embed relay_things.sql
var relayThingsSQL string

// Stations are the field stations in use, or by SL 323 the stations and works with readings, of the given codes or all for none. One that was never relayed to the centre begins with what was
// received since a time.
func (s *RelayStore) Stations(ctx context.Context, codes []string, since time.Time) ([]RelayStation, error) {
	if len(codes) == 0 {
		codes = nil
	}
	question := relayListSQL
	if s.protocol == RelayBySL323 {
		question = relayThingsSQL
	}
	rows, err := s.db.Query(ctx, question, s.centre, codes, since, string(s.class))
	if err != nil {
		return nil, postgis.Fault(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByName[RelayStation])
	return out, postgis.Fault(err)
}

// Withheld is how many datastreams of stations and works, of the given codes or of all for none, are above the class.
func (s *RelayStore) Withheld(ctx context.Context, codes []string) (n int, err error) {
	if len(codes) == 0 {
		codes = nil
	}
	err = s.db.QueryRow(ctx, `SELECT count(*) FROM twin.datastream d JOIN twin.thing t ON t.id = d.thing
		WHERE greatest(d.class, t.class) > $1::text::auth.class AND t.kind IN ('station', 'work') AND ($2::text[] IS NULL OR t.code = ANY($2))
			AND ($3 OR EXISTS (SELECT FROM ingest.rtu r WHERE r.thing = t.id AND r.protocol = 'sl651' AND r.disabled IS NULL))`,
		string(s.class), codes, s.protocol == RelayBySL323).Scan(&n)
	return n, postgis.Fault(err)
}

// Horizon is the transaction below which all are over, and where a station that is done with all of these continues: with readings received since then.
func (s *RelayStore) Horizon(ctx context.Context) (xid int64, since time.Time, err error) {
	err = s.db.QueryRow(ctx, `SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, now()`).Scan(&xid, &since)
	return xid, since.Add(-relayMargin), postgis.Fault(err)
}

// relayPage is of how many readings at least whole transactions are read at once.
const relayPage = 5000

//go:embed relay_find.sql
var relayFindSQL string

// Next are the next readings of stations whose mark is the same, by address and time, and the mark that they lead to: the horizon where there are no more.
func (s *RelayStore) Next(ctx context.Context, stations []RelayStation, horizon int64) (map[string][]RelayReading, int64, error) {
	var addresses, things []string
	mark, since := stations[0].Mark, stations[0].Since
	for _, r := range stations {
		addresses, things = append(addresses, r.Address), append(things, r.Thing)
		if r.Since.Before(since) {
			since = r.Since
		}
	}
	if mark > horizon { // the database was put back from a copy: its transactions count anew
		mark = 0
	}
	rows, err := s.db.Query(ctx, relayFindSQL, addresses, things, mark, horizon, since, relayPage, string(s.class))
	if err != nil {
		return nil, 0, postgis.Fault(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[RelayReading])
	if err != nil {
		return nil, 0, postgis.Fault(err)
	}
	out, last := map[string][]RelayReading{}, int64(0)
	for _, r := range found {
		out[r.Address], last = append(out[r.Address], r), max(last, r.XID)
	}
	if len(found) > relayPage {
		return out, last + 1, nil
	}
	return out, horizon, nil
}

// Confirmed notes that so many readings of a field station were confirmed and so many passed over, and moves its mark.
func (s *RelayStore) Confirmed(ctx context.Context, r RelayStation, confirmed, passed int, why error) error {
	reason := ""
	if why != nil {
		reason = plainText(why.Error(), maxReason)
	}
	_, err := s.db.Exec(ctx, `UPDATE ingest.relay SET mark = $3, since = $4, confirmed = confirmed + $5, passed = passed + $6, failed = NULL, reason = $7,
		last_confirmed = CASE WHEN $5 > 0 THEN now() ELSE last_confirmed END WHERE centre = $1 AND address = $2 AND protocol = $8`,
		s.centre, r.Address, r.Mark, r.Since, confirmed, passed, reason, s.protocol)
	return postgis.Fault(err)
}

// Failed notes why the readings of a field station are not confirmed; its mark stays.
func (s *RelayStore) Failed(ctx context.Context, address string, why error) error {
	_, err := s.db.Exec(ctx, `UPDATE ingest.relay SET failed = coalesce(failed, now()), reason = $3 WHERE centre = $1 AND address = $2 AND protocol = $4`,
		s.centre, address, plainText(why.Error(), maxReason), s.protocol)
	return postgis.Fault(err)
}

// Away notes why the readings of no station are confirmed.
func (s *RelayStore) Away(ctx context.Context, why error) error {
	_, err := s.db.Exec(ctx, `UPDATE ingest.relay SET failed = coalesce(failed, now()), reason = $3 WHERE centre = $1 AND protocol = $2`,
		s.centre, s.protocol, plainText(why.Error(), maxReason))
	return postgis.Fault(err)
}

// RelayTotal says how the relay to a centre stands: readings that it confirmed and that were passed over, and field stations that it confirms nothing of.
type RelayTotal struct {
	Centre                     string
	Confirmed, Passed, Failing int64
}

// RelayTotals says how the relays stand, of so many centres at most.
func RelayTotals(ctx context.Context, db *postgis.DB, limit int) ([]RelayTotal, error) {
	rows, err := db.Query(ctx, `SELECT centre, sum(confirmed)::bigint AS confirmed, sum(passed)::bigint AS passed, count(failed) AS failing
		FROM ingest.relay GROUP BY centre ORDER BY centre LIMIT $1`, limit)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByName[RelayTotal])
	return out, postgis.Fault(err)
}

// RelayStates says how the relays to all centres stand, or to the one of that name.
func RelayStates(ctx context.Context, db *postgis.DB, centre string) ([]RelayState, error) {
	rows, err := db.Query(ctx, `SELECT l.centre, l.protocol, l.address, coalesce(t.code, '') AS station, l.confirmed, l.passed, l.last_confirmed, l.failed, l.reason
		FROM ingest.relay l LEFT JOIN ingest.rtu r ON l.protocol = 'sl651' AND r.protocol = 'sl651' AND r.address = l.address
		LEFT JOIN twin.thing t ON t.id = CASE WHEN l.protocol = 'sl323' THEN l.address ELSE r.thing END
		WHERE $1 = '' OR l.centre = $1 ORDER BY l.centre, l.protocol, l.address`, centre)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByName[RelayState])
	return out, postgis.Fault(err)
}
