package alert

import (
	"context"
	_ "embed"
	"encoding/json"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/postgis"
)

// watcher is the clearance with which is watched: everything is. Whoever hears of a warning is cleared for it.
const watcher = access.Restricted

// takeTurn makes the transaction the only one that judges.
func takeTurn(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('alert.watch'))`)
	return postgis.Fault(err)
}

//go:embed scope_find.sql
var scopeFindSQL string

// scope says which rules are about which things, by thing; among some things only, or all for nil.
func scope(ctx context.Context, db *postgis.DB, things []string, ahead bool) ([]pair, error) {
	rows, err := db.Query(ctx, scopeFindSQL, things, ahead)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	pairs, err := pgx.CollectRows(rows, pgx.RowToStructByName[pair])
	return pairs, postgis.Fault(err)
}

// rulesByID reads all rules.
func rulesByID(ctx context.Context, db *postgis.DB) (map[string]Rule, error) {
	all, err := findRules(ctx, db, nil, false, watcher)
	out := make(map[string]Rule, len(all))
	for _, r := range all {
		out[r.ID] = r
	}
	return out, err
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// opened is a warning that is not over.
type opened struct {
	ID       int64
	Severity Severity
}

// openAlerts are the warnings that are not over: of some things, or all for nil.
func openAlerts(ctx context.Context, db querier, things []string) (map[pair]opened, error) {
	rows, err := db.Query(ctx, `SELECT thing, rule, id, severity::text FROM alert.alert WHERE state <> 'cleared' AND ($1::text[] IS NULL OR thing = ANY($1))`, things)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	out := map[pair]opened{}
	var p pair
	var o opened
	_, err = pgx.ForEachRow(rows, []any{&p.Thing, &p.Rule, &o.ID, &o.Severity}, func() error {
		out[p] = o
		return nil
	})
	return out, postgis.Fault(err)
}

var (
	//go:embed alert_add.sql
	alertAddSQL string
	//go:embed alert_escalate.sql
	alertEscalateSQL string
	//go:embed event_add.sql
	eventAddSQL string
)

// apply raises, escalates and clears what the verdicts on pairs say, within tx.
func apply(ctx context.Context, tx pgx.Tx, things []string, pairs []pair, rules map[string]Rule, open map[pair]opened, verdicts []verdict, now time.Time) error {
	for i, p := range pairs {
		v, o := verdicts[i], open[p]
		var err error
		switch {
		case v.step != nil && o.ID == 0:
			err = change(ctx, tx, alertAddSQL, Raised, v, now, p.Rule, p.Thing, string(v.step.Severity), asJSON(v.evidence), v.evidence.Datastream, string(v.class), now)
		case v.step != nil && v.step.Severity.rank() > o.Severity.rank():
			err = change(ctx, tx, alertEscalateSQL, Escalated, v, now, o.ID, string(v.step.Severity), asJSON(v.evidence), v.evidence.Datastream, string(v.class), now)
		case v.calm && o.ID != 0:
			err = clearAlert(ctx, tx, o.ID, "", now)
		}
		if err != nil {
			return err
		}
	}
	return putUnable(ctx, tx, things, pairs, rules, verdicts, now)
}

// change runs a statement that raises or escalates a warning, and tells of it; where it changes nothing somebody else was faster.
func change(ctx context.Context, tx pgx.Tx, sql, kind string, v verdict, now time.Time, args ...any) error {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return postgis.Fault(err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil || len(ids) == 0 {
		return postgis.Fault(err)
	}
	return tell(ctx, tx, ids[0], kind, "", "", asJSON(v.evidence), now)
}

// clearAlert ends a warning.
func clearAlert(ctx context.Context, tx pgx.Tx, id int64, note string, now time.Time) error {
	tag, err := tx.Exec(ctx, `UPDATE alert.alert SET state = 'cleared', cleared = $2 WHERE id = $1 AND state <> 'cleared'`, id, now)
	if err != nil || tag.RowsAffected() == 0 {
		return postgis.Fault(err)
	}
	return tell(ctx, tx, id, Cleared, "", note, nil, now)
}

// tell adds to the history of a warning, queues what is to be sent, and publishes to the feed.
func tell(ctx context.Context, tx pgx.Tx, id int64, kind, by, note string, evidence *string, now time.Time) error {
	if _, err := tx.Exec(ctx, eventAddSQL, id, kind, now, by, note, evidence); err != nil {
		return postgis.Fault(err)
	}
	return postgis.Publish(ctx, tx, postgis.Event{Topic: TopicAlert, Key: strconv.FormatInt(id, 10)}) //nolint:wrapcheck // a fault of its kind already
}

func asJSON(e Evidence) *string {
	b, _ := json.Marshal(e)
	s := string(b)
	return &s
}

// drop clears warnings of which no rule speaks any more.
func (w *Watch) drop(ctx context.Context, ids []int64, now time.Time) error {
	if len(ids) == 0 {
		return nil
	}
	return w.db.Do(ctx, func(tx postgis.Tx) error {
		if err := takeTurn(ctx, tx); err != nil {
			return err
		}
		for _, id := range ids {
			if err := clearAlert(ctx, tx, id, "rule-changed", now); err != nil {
				return err
			}
		}
		return nil
	})
}

// putUnable notes what rules cannot judge, and takes back what they can judge again. Only what is not there yet is written.
func putUnable(ctx context.Context, tx pgx.Tx, things []string, pairs []pair, rules map[string]Rule, verdicts []verdict, now time.Time) error {
	rows, err := tx.Query(ctx, `SELECT rule, thing, code, datastream FROM alert.unable WHERE thing = ANY($1)`, things)
	if err != nil {
		return postgis.Fault(err)
	}
	held := map[pair]Unable{}
	var rule string
	var u Unable
	if _, err := pgx.ForEachRow(rows, []any{&rule, &u.Thing, &u.Code, &u.Datastream}, func() error {
		held[pair{u.Thing, rule}] = u
		return nil
	}); err != nil {
		return postgis.Fault(err)
	}
	batch := &pgx.Batch{}
	for i, p := range pairs {
		before, was := held[p]
		after := verdicts[i].unable
		_, known := rules[p.Rule]
		switch {
		case !known:
		case after == nil && was:
			batch.Queue(`DELETE FROM alert.unable WHERE rule = $1 AND thing = $2`, p.Rule, p.Thing)
		case after != nil && *after != before:
			batch.Queue(`INSERT INTO alert.unable (rule, thing, code, datastream, since) SELECT r.id, $2, $3, $4, $5 FROM alert.rule r WHERE r.id = $1
				ON CONFLICT (rule, thing) DO UPDATE SET code = excluded.code, datastream = excluded.datastream, since = excluded.since`,
				p.Rule, p.Thing, after.Code, after.Datastream, now)
		}
	}
	return postgis.Fault(tx.SendBatch(ctx, batch).Close())
}
