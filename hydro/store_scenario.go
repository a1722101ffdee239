package hydro

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/fault"
	"basin/postgis"
)

//go:embed scenario_claim.sql
var scenarioClaimSQL string

//go:embed scenario_finish.sql
var scenarioFinishSQL string

// mostWaiting is how many scenarios of one principal may wait; mostScenarios how many he may keep.
const (
	mostWaiting   = 4
	mostScenarios = 200
)

// baseRun is what a scenario takes from its base.
type baseRun struct {
	ID          int64
	State       string
	From        time.Time
	Origin      *time.Time
	Fingerprint string
	Snapshot    []byte
	Inputs      Inputs
}

// job is a scenario to be run.
type job struct {
	ID    int64
	Until time.Time
	asked ScenarioAsked
	from  int64 // its base
}

// Ask checks what is asked for and lets it wait for its turn.
func (s *Scenarios) Ask(ctx context.Context, who access.Principal, asked ScenarioAsked) (Run, error) {
	if err := asked.check(); err != nil {
		return Run{}, err
	}
	if asked.Base == "" {
		asked.Base = "latest"
	}
	if asked.Hours == 0 {
		asked.Hours = usualHours
	}
	if asked.Changes == nil {
		asked.Changes = []ScenarioChange{}
	}
	runs := NewRuns(s.db)
	found, err := runs.Find(ctx, "forecast", asked.Base, who.Clearance())
	if err != nil {
		return Run{}, err
	}
	if found.State != "done" {
		return Run{}, fault.New(fault.Conflict, "base-not-done", "run {run} did not come to its end: nothing can begin from it", "run", found.ID)
	}
	base, err := s.findBase(ctx, found.ID)
	if err != nil {
		return Run{}, err
	}
	select {
	case s.desk <- struct{}{}:
		defer func() { <-s.desk }()
	case <-ctx.Done():
		return Run{}, ctx.Err()
	}
	until := base.From.Add(time.Duration(asked.Hours) * time.Hour)
	m, _, _, err := s.f.scenarioModel(ctx, &base, until, &asked)
	if err != nil {
		return Run{}, err
	}
	if err := asked.change(m, who.Clearance()); err != nil {
		return Run{}, err
	}
	id, err := s.queue(ctx, who, &asked, &base, until, scenarioClass(m))
	if err != nil {
		return Run{}, err
	}
	select {
	case s.wake <- struct{}{}:
	default: // somebody is being woken
	}
	return runs.Find(ctx, "scenario", fmt.Sprint(id), access.Restricted)
}

// findBase reads what a scenario takes from its base.
func (s *Scenarios) findBase(ctx context.Context, id int64) (baseRun, error) {
	all, err := collect[baseRun](ctx, s.db, `SELECT id, state, from_time AS "from", origin, fingerprint, snapshot, inputs FROM hydro.run WHERE id = $1`, id)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.Invalid, "base-gone", "the run that it was to begin from is gone")
	}
	if err != nil {
		return baseRun{}, err
	}
	return all[0], nil
}

// queue writes a scenario that waits, as far as its asker has not too many. The base is locked, so that it keeps its state.
func (s *Scenarios) queue(ctx context.Context, who access.Principal, asked *ScenarioAsked, base *baseRun, until time.Time, class access.Class) (id int64, err error) {
	err = s.db.Do(ctx, func(tx postgis.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('hydro.scenario ' || $1))`, who.ID); err != nil {
			return err //nolint:wrapcheck // given its kind by Do
		}
		var waiting, all int
		if err := tx.QueryRow(ctx, `SELECT count(*) FILTER (WHERE state = 'waiting'), count(*) FROM hydro.run WHERE kind = 'scenario' AND asker = $1`, who.ID).Scan(&waiting, &all); err != nil {
			return err //nolint:wrapcheck // given its kind by Do
		}
		if waiting >= mostWaiting {
			return fault.New(fault.Conflict, "scenarios-waiting", "{limit} of your scenarios are waiting already: wait for one to begin, or cancel one", "limit", mostWaiting)
		}
		if all >= mostScenarios {
			return fault.New(fault.Conflict, "scenarios-kept", "you keep {limit} scenarios already: remove some", "limit", mostScenarios)
		}
		if _, err := tx.Exec(ctx, `SELECT FROM hydro.run WHERE id = $1 FOR SHARE`, base.ID); err != nil {
			return err //nolint:wrapcheck // given its kind by Do
		}
		return tx.QueryRow(ctx, `INSERT INTO hydro.run (kind, base, title, asked_by, asker, class, state, from_time, until_time, step_s, changes)
			VALUES ('scenario', $1, $2, $3, $4, $5::text::auth.class, 'waiting', $6, $7, $8, $9) RETURNING id`,
			base.ID, asked.Title, who.Name, who.ID, string(class), base.From, until, int(s.f.options.Step.Seconds()), asked.Changes).Scan(&id) //nolint:wrapcheck // given its kind by Do
	})
	return id, err
}

// claim takes the scenario whose turn it is; nil where none waits. Those whose server fell silent are lost.
func (s *Scenarios) claim(ctx context.Context) (*job, error) {
	lost := Failure{Code: "run-lost", Text: "the server stopped while it ran: ask for it again"}
	if _, err := s.db.Exec(ctx, `UPDATE hydro.run SET state = 'failed', ended = clock_timestamp(), error = $1
		WHERE state = 'running' AND kind = 'scenario' AND beat < clock_timestamp() - $2::interval`, lost, lostAfter); err != nil {
		return nil, postgis.Fault(err)
	}
	j := &job{}
	err := postgis.Fault(s.db.QueryRow(ctx, scenarioClaimSQL).Scan(&j.ID, &j.Until, &j.from, &j.asked.Changes))
	if fault.KindOf(err) == fault.NotFound {
		return nil, nil //nolint:nilnil // there is none
	}
	return j, err
}

// told notes how far a run is; false where nobody wants it any more.
func (s *Scenarios) told(ctx context.Context, id int64, part float64) (wanted bool, err error) {
	tag, err := s.db.Exec(ctx, `UPDATE hydro.run SET part = $2, beat = clock_timestamp() WHERE id = $1 AND state = 'running'`, id, part)
	return tag.RowsAffected() == 1, postgis.Fault(err)
}

// finish writes what a run computed, unless it was cancelled.
func (s *Scenarios) finish(ctx context.Context, id int64, c *computed) error {
	r := &c.run
	return s.db.Do(ctx, func(tx postgis.Tx) error {
		tag, err := tx.Exec(ctx, scenarioFinishSQL, id, r.Class, r.Datum, r.Inputs, r.Assumed, r.Balance, r.Hash)
		if err != nil || tag.RowsAffected() == 0 {
			return err //nolint:wrapcheck // given its kind by Do
		}
		return putSeries(ctx, tx, id, c.series)
	})
}

// fail writes why a run failed, unless it was cancelled.
func (s *Scenarios) fail(ctx context.Context, id int64, why *Failure) error {
	_, err := s.db.Exec(ctx, `UPDATE hydro.run SET state = 'failed', ended = clock_timestamp(), error = $2 WHERE id = $1 AND state = 'running'`, id, why)
	return postgis.Fault(err)
}

// again lets a run wait again that the end of its server broke off.
func (s *Scenarios) again(ctx context.Context, id int64) error {
	_, err := s.db.Exec(ctx, `UPDATE hydro.run SET state = 'waiting', part = 0, beat = NULL WHERE id = $1 AND state = 'running'`, id)
	return postgis.Fault(err)
}

// Remove cancels a scenario or removes one that is done, and leaves nothing of it. Who may not remove those of others removes his own.
func (s *Scenarios) Remove(ctx context.Context, who access.Principal, which string) (Run, error) {
	run, err := NewRuns(s.db).Find(ctx, "scenario", which, who.Clearance())
	if err != nil {
		return run, err
	}
	tag, err := s.db.Exec(ctx, `DELETE FROM hydro.run WHERE id = $1 AND kind = 'scenario' AND (asker = $2 OR $3)`, run.ID, who.ID, who.Role != access.Planner)
	if err == nil && tag.RowsAffected() == 0 {
		return run, fault.New(fault.Denied, "not-yours", "scenario {run} is another's", "run", run.ID)
	}
	return run, postgis.Fault(err)
}

// putSeries writes the series of a run.
func putSeries(ctx context.Context, tx pgx.Tx, run int64, all []Series) error {
	batch := &pgx.Batch{}
	for _, s := range all {
		batch.Queue(`INSERT INTO hydro.run_series (run, thing, quantity, unit, datum, class, first, interval_s, "values", low, high)
			VALUES ($1, $2, $3, $4, nullif($5, ''), $6::text::auth.class, $7, $8, $9, $10, $11)`,
			run, s.Thing, s.Quantity, s.Unit, s.Datum, s.class, s.First, s.IntervalS, s.Values, s.Low, s.High)
	}
	return tx.SendBatch(ctx, batch).Close() //nolint:wrapcheck // given its kind by Do
}
