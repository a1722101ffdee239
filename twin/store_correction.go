package twin

import (
	"context"
	_ "embed"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/fault"
	"basin/postgis"
)

//go:embed correction_count.sql
var correctionCountSQL string

//go:embed correction_apply.sql
var correctionApplySQL string

//go:embed correction_undo.sql
var correctionUndoSQL string

//go:embed correction_follow.sql
var correctionFollowSQL string

// patience is how long one statement of a correction may take: less than a client waits, so that what is not answered was not done.
const patience = "SET LOCAL statement_timeout = '70s'"

// series is what a correction must know of a datastream.
type series struct {
	id               int64
	code, thing      string
	unit             string
	scale            int
	hardMin, hardMax *float64
}

// Correct shifts all readings of a period within tx: all of them or none. The new values are an operator's, and the old ones are kept.
func Correct(ctx context.Context, tx pgx.Tx, c Correction, by access.Principal) (Corrected, error) {
	s := series{code: c.Datastream}
	err := tx.QueryRow(ctx, `SELECT d.id, d.thing, p.unit, p.scale, p.minimum, p.maximum
		FROM twin.datastream d JOIN twin.property p ON p.id = d.property WHERE d.code = $1 AND d.class <= $2::text::auth.class`,
		c.Datastream, string(by.Clearance())).Scan(&s.id, &s.thing, &s.unit, &s.scale, &s.hardMin, &s.hardMax)
	if err != nil {
		return Corrected{}, unknownStream(err, c.Datastream)
	}
	shift, err := c.check(s.scale)
	if err != nil {
		return Corrected{}, err
	}
	if _, err := tx.Exec(ctx, patience); err != nil {
		return Corrected{}, postgis.Fault(err)
	}
	out := Corrected{Unit: s.unit}
	var first, last, low, high *int64
	var issued time.Time
	err = tx.QueryRow(ctx, correctionCountSQL, s.id, c.From, c.To, maxCorrected+1).Scan(&out.Readings, &first, &last, &low, &high, &issued)
	switch {
	case err != nil:
		return Corrected{}, postgis.Fault(err)
	case out.Readings > maxCorrected:
		return Corrected{}, errTooManyCorrected()
	case out.Readings > 0:
		out.Before, out.After = s.summary(*first, *last, *low, *high, 0), s.summary(*first, *last, *low, *high, shift)
		if err := s.possible(*out.After); err != nil {
			return Corrected{}, err
		}
	case !c.Preview:
		return Corrected{}, fault.New(fault.NotFound, "nothing-to-correct", "{datastream} has no readings in this time", "datastream", clip(c.Datastream, 100))
	}
	if c.Preview {
		return out, nil
	}
	done, err := tx.Exec(ctx, correctionApplySQL, s.id, c.From, c.To, shift, issued)
	if err != nil {
		return Corrected{}, postgis.Fault(err)
	}
	if out.Readings = done.RowsAffected(); out.Readings > maxCorrected { // some came since they were counted
		return Corrected{}, errTooManyCorrected()
	}
	if err := s.follow(ctx, tx, c.From, c.To, issued); err != nil {
		return Corrected{}, err
	}
	err = tx.QueryRow(ctx, `INSERT INTO twin.correction (datastream, id, "from", "to", shift, readings, reason, principal, name, issued)
		VALUES ($1, gen_random_uuid(), $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id::text`,
		s.id, c.From, c.To, shift, out.Readings, c.Reason, by.ID, by.Name, issued).Scan(&out.ID)
	return out, postgis.Fault(err)
}

// summary is a series shifted.
func (s series) summary(first, last, low, high, shift int64) *Summary {
	at := func(v int64) float64 { return Unscaled(v+shift, s.scale) }
	return &Summary{First: at(first), Last: at(last), Min: at(low), Max: at(high)}
}

// possible refuses values that the property cannot have.
func (s series) possible(after Summary) error {
	for _, v := range []float64{after.Min, after.Max} {
		if (s.hardMin != nil && v < *s.hardMin) || (s.hardMax != nil && v > *s.hardMax) {
			return fault.New(fault.Invalid, "impossible-value", "{datastream}: {value} {unit} is physically impossible",
				"datastream", s.code, "value", strconv.FormatFloat(v, 'f', -1, 64), "unit", s.unit)
		}
	}
	return nil
}

// follow makes the rollups and the present state follow values that were issued at a time.
func (s series) follow(ctx context.Context, tx pgx.Tx, from, to, issued time.Time) error {
	if _, err := tx.Exec(ctx, correctionFollowSQL, s.id, from, to, issued); err != nil {
		return postgis.Fault(err)
	}
	return postgis.Publish(ctx, tx, postgis.Event{Topic: TopicState, Key: s.thing})
}

// UndoCorrection restores within tx what the readings of a correction would show without it, as values of an operator. Readings that were given other
// values since stay as they are.
func UndoCorrection(ctx context.Context, tx pgx.Tx, id string, by access.Principal) (Corrected, error) {
	unknown := fault.New(fault.NotFound, "unknown-correction", "there is no correction {id}", "id", clip(id, 60))
	var s series
	var from, to, issued time.Time
	var readings int64
	var undone *time.Time
	err := tx.QueryRow(ctx, `SELECT c.datastream, d.code, d.thing, c."from", c."to", c.issued, c.readings, c.undone
		FROM twin.correction c JOIN twin.datastream d ON d.id = c.datastream WHERE c.id::text = $1 AND d.class <= $2::text::auth.class FOR UPDATE OF c`,
		id, string(by.Clearance())).Scan(&s.id, &s.code, &s.thing, &from, &to, &issued, &readings, &undone)
	if err != nil {
		if fault.KindOf(postgis.Fault(err)) == fault.NotFound {
			return Corrected{}, unknown
		}
		return Corrected{}, postgis.Fault(err)
	}
	if undone != nil {
		return Corrected{}, fault.New(fault.Conflict, "undone-already", "correction {id} was undone already", "id", id)
	}
	if _, err := tx.Exec(ctx, patience); err != nil {
		return Corrected{}, postgis.Fault(err)
	}
	var now time.Time
	err = tx.QueryRow(ctx, `SELECT greatest(max(issued) + interval '1 microsecond', now()) FROM twin.reading
		WHERE datastream = $1 AND time >= $2 AND time < $3 AND operator`, s.id, from, to).Scan(&now)
	if err != nil {
		return Corrected{}, postgis.Fault(err)
	}
	done, err := tx.Exec(ctx, correctionUndoSQL, s.id, from, to, issued, now)
	if err != nil {
		return Corrected{}, postgis.Fault(err)
	}
	out := Corrected{ID: id, Readings: done.RowsAffected(), Left: readings - done.RowsAffected()}
	if out.Readings == 0 {
		return Corrected{}, fault.New(fault.Conflict, "corrected-since", "the readings of correction {id} have other values by now: undo later corrections first", "id", id)
	}
	if err := s.follow(ctx, tx, from, to, now); err != nil {
		return Corrected{}, err
	}
	_, err = tx.Exec(ctx, `UPDATE twin.correction SET undone = now(), undone_by = $3, undone_name = $4 WHERE datastream = $1 AND id::text = $2`,
		s.id, id, by.ID, by.Name)
	return out, postgis.Fault(err)
}
