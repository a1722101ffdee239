package alert

import (
	"context"
	_ "embed"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/fault"
	"basin/postgis"
)

// Which selects warnings. Empty fields select all.
type Which struct {
	IDs      []int64
	States   []string
	Severity Severity // or worse
	Thing    string
	From, To time.Time // raised from until before
	Limit    int       // at most; 0 means 1000
	After    int       // leaves out the first so many
}

//go:embed alert_find.sql
var alertFindSQL string

// Find lists warnings for a reader of that clearance, those that are not over first, the worst and then the newest first, with their evidence in words; times in
// them are of zone. It says whether there are more.
func Find(ctx context.Context, db *postgis.DB, which Which, zone *time.Location, clearance access.Class) ([]Alert, bool, error) {
	limit := which.Limit
	if limit <= 0 {
		limit = 1000
	}
	rows, err := db.Query(ctx, alertFindSQL, string(clearance), which.IDs, which.States, orNull(string(which.Severity)), orNull(which.Thing), orNull(which.From), orNull(which.To),
		limit+1, which.After)
	if err != nil {
		return nil, false, postgis.Fault(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByNameLax[Alert])
	if err != nil {
		return nil, false, postgis.Fault(err)
	}
	for i := range found {
		found[i].Words = words(found[i].Evidence, zone)
	}
	if len(found) > limit {
		return found[:limit], true, nil
	}
	return found, false, nil
}

// orNull is nil for the zero value.
func orNull[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// Get is one warning with its history.
func Get(ctx context.Context, db *postgis.DB, id int64, zone *time.Location, clearance access.Class) (Alert, error) {
	found, _, err := Find(ctx, db, Which{IDs: []int64{id}, Limit: 1}, zone, clearance)
	if err == nil && len(found) == 0 {
		err = unknownAlert(id)
	}
	if err != nil {
		return Alert{}, err
	}
	rows, err := db.Query(ctx, `SELECT e.id, e.time, e.kind, e.severity::text AS severity, e.by, e.note, e.evidence FROM alert.event e WHERE e.alert = $1 ORDER BY e.id`, id)
	if err != nil {
		return Alert{}, postgis.Fault(err)
	}
	found[0].History, err = pgx.CollectRows(rows, pgx.RowToStructByName[Event])
	return found[0], postgis.Fault(err)
}

func unknownAlert(id int64) error {
	return fault.New(fault.NotFound, "unknown-alert", "there is no warning {alert}", "alert", id)
}

// maxNote is the greatest length of a note, in bytes.
const maxNote = 2000

// Acknowledge takes note within tx that somebody has seen a warning.
func Acknowledge(ctx context.Context, tx pgx.Tx, id int64, by access.Principal, note string) error {
	if len(note) > maxNote {
		return fault.New(fault.Invalid, "note-too-long", "the note is longer than {limit} bytes", "limit", maxNote)
	}
	var state string
	err := tx.QueryRow(ctx, `SELECT a.state FROM alert.alert a JOIN twin.thing t ON t.id = a.thing
		WHERE a.id = $1 AND a.class <= $2::text::auth.class AND t.class <= $2::text::auth.class FOR UPDATE OF a`, id, string(by.Clearance())).Scan(&state)
	switch {
	case fault.KindOf(postgis.Fault(err)) == fault.NotFound:
		return unknownAlert(id)
	case err != nil:
		return postgis.Fault(err)
	case state == Acknowledged:
		return fault.New(fault.Conflict, "acknowledged-already", "the warning {alert} is acknowledged already", "alert", id)
	case state == Cleared:
		return fault.New(fault.Conflict, "alert-cleared", "the warning {alert} is over", "alert", id)
	}
	now := time.Now()
	if _, err := tx.Exec(ctx, `UPDATE alert.alert SET state = 'acknowledged', acknowledged = $2, acknowledged_by = $3, note = nullif($4, '') WHERE id = $1`,
		id, now, by.Name, note); err != nil {
		return postgis.Fault(err)
	}
	return tell(ctx, tx, id, Acknowledged, by.Name, note, nil, now)
}
