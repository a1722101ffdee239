package hydro

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

//go:embed run_insert.sql
var runInsertSQL string

//go:embed run_list.sql
var runListSQL string

//go:embed run_series_find.sql
var runSeriesFindSQL string

//go:embed run_skill.sql
var runSkillSQL string

//go:embed run_skill_find.sql
var runSkillFindSQL string

//go:embed run_ahead.sql
var runAheadSQL string

// kept is the state that the last forecast left.
type kept struct {
	Origin, From time.Time
	Fingerprint  string
	Snapshot     []byte
}

// Due makes a forecast if the last one was begun so long ago, and no other server is at it; nil otherwise.
func (f *Forecasts) Due(ctx context.Context, now time.Time, every time.Duration) (*Run, error) {
	return f.make(ctx, now, "", "", every)
}

// Make makes a forecast now. It is a conflict where one is under way.
func (f *Forecasts) Make(ctx context.Context, now time.Time, title, askedBy string) (*Run, error) {
	return f.make(ctx, now, title, askedBy, 0)
}

// make makes a forecast in one transaction, whose lock keeps others from doing so and which leaves nothing when it is cancelled.
func (f *Forecasts) make(ctx context.Context, now time.Time, title, askedBy string, every time.Duration) (made *Run, err error) {
	err = f.db.Do(ctx, func(tx postgis.Tx) error {
		var mine, recent bool
		if err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock(hashtext('hydro.forecast'))`).Scan(&mine); err != nil {
			return err //nolint:wrapcheck // given its kind by Do
		}
		if !mine {
			if every > 0 {
				return nil
			}
			return fault.New(fault.Conflict, "forecast-under-way", "a forecast is being made: ask for the latest in a moment")
		}
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM hydro.run WHERE kind = 'forecast' AND begun > $1::timestamptz - $2::interval AND begun <= $1)`,
			now, every).Scan(&recent); err != nil || recent && every > 0 {
			return err //nolint:wrapcheck // given its kind by Do
		}
		last, err := findKept(ctx, tx)
		if err != nil {
			return err
		}
		c, err := f.compute(ctx, now, last)
		c.run.Title, c.run.AskedBy, c.run.Begun, c.run.State = title, askedBy, now.UTC(), "done"
		if err != nil {
			if c.run.Error = failure(ctx, err); c.run.Error == nil {
				return err
			}
			c.run.State = "failed"
		}
		made = &c.run
		return putRun(ctx, tx, c)
	})
	return made, err
}

// findKept reads the state that the last forecast left, if there is one. One that failed leaves none, so that the next does not fail by the same state.
func findKept(ctx context.Context, tx pgx.Tx) (k kept, err error) {
	rows, err := tx.Query(ctx, `SELECT origin, from_time AS "from", fingerprint, snapshot FROM hydro.run
		WHERE id = (SELECT max(id) FROM hydro.run WHERE kind = 'forecast') AND snapshot IS NOT NULL`)
	if err != nil {
		return k, err //nolint:wrapcheck // given its kind by Do
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[kept])
	if len(found) == 1 {
		k = found[0]
	}
	return k, err //nolint:wrapcheck // given its kind by Do
}

// putRun writes a run with its series. The states of forecasts before it go, but for bases of scenarios.
func putRun(ctx context.Context, tx pgx.Tx, c *computed) error {
	r := &c.run
	if r.Class == "" {
		r.Class = string(access.Internal)
	}
	if r.Datum == "" {
		r.Datum = "unknown"
	}
	if r.Inputs == nil {
		r.Inputs = &Inputs{}
	}
	if r.Assumed == nil {
		r.Assumed = []Assumption{}
	}
	var origin *time.Time
	if r.State == "failed" {
		c.snapshot, c.series = nil, nil
	} else {
		origin = &c.origin
		if _, err := tx.Exec(ctx, `UPDATE hydro.run r SET snapshot = NULL WHERE kind = 'forecast' AND snapshot IS NOT NULL
			AND NOT EXISTS (SELECT FROM hydro.run s WHERE s.base = r.id)`); err != nil {
			return err //nolint:wrapcheck // given its kind by Do
		}
	}
	if err := tx.QueryRow(ctx, runInsertSQL, r.Kind, r.Title, r.AskedBy, r.Class, r.Begun, r.State, r.From, r.Until, r.StepS, r.Datum, r.Inputs, r.Assumed, r.Balance, r.Hash,
		r.Error, origin, c.fingerprint, c.snapshot).Scan(&r.ID); err != nil {
		return err //nolint:wrapcheck // given its kind by Do
	}
	return putSeries(ctx, tx, r.ID, c.series)
}

// Leads are the hours ahead at which forecasts are scored.
func Leads() []int { return []int{1, 3, 6, 12, 24, 48} }

// How long things are kept: the series of forecasts, and for how long back forecasts are scored.
const (
	keepSeries = 30 * 24 * time.Hour
	scoreBack  = 54 * time.Hour
)

// Keep scores forecasts whose time has come and drops the series of old ones and of old scenarios.
func (f *Forecasts) Keep(ctx context.Context, now time.Time) error {
	if _, err := f.db.Exec(ctx, runSkillSQL, now, scoreBack, Leads(), int(implausible)); err != nil {
		return postgis.Fault(err)
	}
	_, err := f.db.Exec(ctx, `DELETE FROM hydro.run_series s USING hydro.run r WHERE r.id = s.run AND r.kind IN ('forecast', 'scenario') AND r.from_time < $1`, now.Add(-keepSeries))
	return postgis.Fault(err)
}

// Runs are the runs that are stored.
type Runs struct{ db *postgis.DB }

// NewRuns makes a reader of runs.
func NewRuns(db *postgis.DB) *Runs { return &Runs{db} }

// List lists runs of a kind, the last first: those before a run, 0 for all. The number returned is that before which the list goes on, 0 at its end.
func (r *Runs) List(ctx context.Context, kind string, before int64, limit int, clearance access.Class) ([]Run, int64, error) {
	runs, err := collect[Run](ctx, r.db, runListSQL, string(clearance), kind, before, int64(0), "", limit+1)
	if err != nil || len(runs) <= limit {
		return runs, 0, err
	}
	return runs[:limit], runs[limit-1].ID, nil
}

// Find finds a run of a kind (empty for any) by its number, or the latest that is done by the word latest.
func (r *Runs) Find(ctx context.Context, kind, which string, clearance access.Class) (Run, error) {
	id, state := int64(0), "done"
	if which != "latest" {
		n, err := strconv.ParseInt(which, 10, 64)
		if err != nil || n < 1 {
			return Run{}, fault.New(fault.NotFound, "unknown-run", "there is no run {run}", "run", which[:min(len(which), 30)])
		}
		id, state = n, ""
	}
	runs, err := collect[Run](ctx, r.db, runListSQL, string(clearance), kind, int64(0), id, state, 1)
	if err == nil && len(runs) == 0 {
		err = fault.New(fault.NotFound, "unknown-run", "there is no run {run}", "run", which)
	}
	if err != nil {
		return Run{}, err
	}
	return runs[0], nil
}

// Series are those of a run, of one thing or of all, of one quantity or of all.
func (r *Runs) Series(ctx context.Context, run int64, things []string, quantity string, clearance access.Class) ([]Series, error) {
	rows, err := r.db.Query(ctx, runSeriesFindSQL, run, string(clearance), things, quantity)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByName[Series])
	return out, postgis.Fault(err)
}

// Ahead is what a forecast says of a quantity of a thing from now on.
type Ahead struct {
	Run               string
	Datum, Unit       string
	Class             access.Class // of the most secret thing that had a part in it
	Times             []time.Time
	Values, Low, High []float64
}

// trusted is how old a forecast may be that is still taken for one.
const trusted = 2 * time.Hour

// Ahead is what the latest forecast says of a quantity of a thing from now until a time; nothing where there is none, or where it is too old.
func (r *Runs) Ahead(ctx context.Context, thing, quantity string, until time.Time) (Ahead, error) {
	var s Series
	var out Ahead
	now := time.Now()
	err := postgis.Fault(r.db.QueryRow(ctx, runAheadSQL, thing, quantity, now.Add(-trusted)).Scan(&out.Run, &out.Datum, &out.Unit, &out.Class, &s.First, &s.IntervalS, &s.Values, &s.Low, &s.High))
	if fault.KindOf(err) == fault.NotFound {
		return Ahead{}, nil
	}
	for i := range s.Values {
		if at := s.First.Add(time.Duration(i*s.IntervalS) * time.Second).UTC(); !at.Before(now) && !at.After(until) {
			out.Times, out.Values = append(out.Times, at), append(out.Values, float64(s.Values[i]))
			out.Low, out.High = append(out.Low, float64(s.Low[i])), append(out.High, float64(s.High[i]))
		}
	}
	return out, err
}

// Skill is how forecasts fared since a time, of one station or of all.
func (r *Runs) Skill(ctx context.Context, thing string, since time.Time, clearance access.Class) ([]Skill, error) {
	return collect[Skill](ctx, r.db, runSkillFindSQL, string(clearance), thing, since)
}

// PutRainfall stores forecasts of rain. One that is there already is replaced: the same area, source and time of issue.
func (r *Runs) PutRainfall(ctx context.Context, all []Rainfall) error {
	now := time.Now()
	return r.db.Do(ctx, func(tx postgis.Tx) error {
		for i := range all {
			one := &all[i]
			if err := one.check(now); err != nil {
				return err
			}
			if one.Class == "" {
				one.Class = string(access.Public)
			}
			if one.Area != "" {
				var there bool
				if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM twin.thing WHERE kind = 'area' AND code = $1)`, one.Area).Scan(&there); err != nil {
					return err //nolint:wrapcheck // given its kind by Do
				}
				if !there {
					return fault.New(fault.Invalid, "unknown-area", "there is no area {area}", "area", one.Area[:min(len(one.Area), 30)])
				}
			}
			if err := tx.QueryRow(ctx, `INSERT INTO hydro.rainfall (area, issued, source, class, first, interval_s, mm) VALUES ($1, $2, $3, $4::text::auth.class, $5, $6, $7)
				ON CONFLICT (area, issued, source) DO UPDATE SET class = excluded.class, first = excluded.first, interval_s = excluded.interval_s, mm = excluded.mm,
					received = clock_timestamp() RETURNING id, received`,
				one.Area, one.Issued, one.Source, one.Class, one.First, one.IntervalS, one.MM).Scan(&one.ID, &one.Received); err != nil {
				return err //nolint:wrapcheck // given its kind by Do
			}
		}
		return nil
	})
}
