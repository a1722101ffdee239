package alert

import (
	"context"
	_ "embed"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/fault"
	"basin/postgis"
)

//go:embed rule_find.sql
var ruleFindSQL string

// Rules lists the rules that a reader of that clearance may see, with what they cannot judge.
func Rules(ctx context.Context, db *postgis.DB, clearance access.Class) ([]Rule, error) {
	return findRules(ctx, db, nil, true, clearance)
}

func findRules(ctx context.Context, db querier, id *string, unable bool, clearance access.Class) ([]Rule, error) {
	rows, err := db.Query(ctx, ruleFindSQL, string(clearance), id, unable)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	rules, err := pgx.CollectRows(rows, pgx.RowToStructByName[Rule])
	return rules, postgis.Fault(err)
}

// FindRule is a rule without what it cannot judge; a fault where the reader may not know of one of that id.
func FindRule(ctx context.Context, tx pgx.Tx, id string, clearance access.Class) (Rule, error) {
	rules, err := findRules(ctx, tx, &id, false, clearance)
	if err == nil && len(rules) == 0 {
		err = fault.New(fault.NotFound, "unknown-rule", "there is no rule {rule}", "rule", clip(id))
	}
	if err != nil {
		return Rule{}, err
	}
	return rules[0], nil
}

// AddRule makes a rule within tx. What it is about must be there for a reader of that clearance.
func AddRule(ctx context.Context, tx pgx.Tx, r Rule, clearance access.Class) error {
	if err := r.fits(ctx, tx, clearance); err != nil {
		return err
	}
	var n int
	var taken bool
	if err := tx.QueryRow(ctx, `SELECT count(*), coalesce(bool_or(id = $1), false) FROM alert.rule`, r.ID).Scan(&n, &taken); err != nil {
		return postgis.Fault(err)
	}
	switch {
	case taken:
		return fault.New(fault.Conflict, "rule-taken", "there is a rule {rule} already", "rule", r.ID)
	case n >= maxRules:
		return fault.New(fault.Conflict, "too-many-rules", "there are {limit} rules already: remove some", "limit", maxRules)
	}
	return r.put(ctx, tx)
}

// ChangeRule puts r in the place of the rule of its id within tx, and returns what it was.
func ChangeRule(ctx context.Context, tx pgx.Tx, r Rule, clearance access.Class) (before Rule, err error) {
	if before, err = FindRule(ctx, tx, r.ID, clearance); err != nil {
		return before, err
	}
	if err := r.fits(ctx, tx, clearance); err != nil {
		return before, err
	}
	return before, r.put(ctx, tx)
}

// RemoveRule removes a rule within tx, and returns what it was. Its warnings are cleared within a minute.
func RemoveRule(ctx context.Context, tx pgx.Tx, id string, clearance access.Class) (before Rule, err error) {
	if before, err = FindRule(ctx, tx, id, clearance); err != nil {
		return before, err
	}
	_, err = tx.Exec(ctx, `DELETE FROM alert.rule WHERE id = $1`, id)
	return before, postgis.Fault(err)
}

// fits refuses a rule that makes no sense, or not here.
func (r Rule) fits(ctx context.Context, tx pgx.Tx, clearance access.Class) error {
	if err := r.check(); err != nil {
		return err
	}
	var thing, property bool
	if err := tx.QueryRow(ctx, `SELECT $1 = '' OR EXISTS (SELECT FROM twin.thing WHERE id = $1 AND class <= $3::text::auth.class),
		$2 = '' OR EXISTS (SELECT FROM twin.property WHERE id = $2)`, r.Thing, r.Property, string(clearance)).Scan(&thing, &property); err != nil {
		return postgis.Fault(err)
	}
	if !thing {
		return fault.New(fault.NotFound, "unknown-thing", "there is no {thing}", "thing", clip(r.Thing))
	}
	if !property {
		return fault.New(fault.NotFound, "unknown-property", "there is no property {property}", "property", clip(r.Property))
	}
	for _, s := range r.Steps {
		var known bool
		if err := tx.QueryRow(ctx, `SELECT $1 = '' OR EXISTS (SELECT FROM twin.datum WHERE id = $1)`, s.Datum).Scan(&known); err != nil {
			return postgis.Fault(err)
		}
		if !known {
			return fault.New(fault.NotFound, "unknown-datum", "there is no datum {datum}", "datum", clip(s.Datum))
		}
	}
	return nil
}

//go:embed rule_put.sql
var rulePutSQL string

// put writes a rule and its steps.
func (r Rule) put(ctx context.Context, tx pgx.Tx) error {
	batch := &pgx.Batch{}
	batch.Queue(rulePutSQL, r.ID, r.Kind, r.Thing, r.ThingKind, r.Property, r.Role, r.HoldS, r.Hysteresis, r.ReleaseS, r.AheadH, r.Enabled,
		r.Title.Zh, r.Title.En, r.Advice.Zh, r.Advice.En)
	batch.Queue(`DELETE FROM alert.step WHERE rule = $1`, r.ID)
	batch.Queue(`DELETE FROM alert.unable WHERE rule = $1`, r.ID)
	for _, s := range r.Steps {
		batch.Queue(`INSERT INTO alert.step (rule, severity, threshold, value, datum) VALUES ($1, $2::text::alert.severity, nullif($3, ''), $4, nullif($5, ''))`,
			r.ID, string(s.Severity), s.Threshold, s.Value, s.Datum)
	}
	return postgis.Fault(tx.SendBatch(ctx, batch).Close())
}
