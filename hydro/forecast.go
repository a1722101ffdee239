package hydro

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"basin/fault"
	"basin/hydro/hydraulics"
	"basin/postgis"
	"basin/twin"
)

// ForecastOptions say how forecasts are made.
type ForecastOptions struct {
	Horizon  time.Duration
	SpinUp   time.Duration // before now, where there is no state to go on from
	Within   time.Duration // in which nudging would close a gap between the model and a gauge
	Interval time.Duration // between the values of series
	Step     time.Duration // of the solver at most
	Members  int           // of the ensemble besides the forecast itself
}

// DefaultForecast is a forecast of two days.
func DefaultForecast() ForecastOptions {
	return ForecastOptions{Horizon: 48 * time.Hour, SpinUp: 24 * time.Hour, Within: 30 * time.Minute, Interval: 15 * time.Minute,
		Step: 5 * time.Minute, Members: 8}
}

// stateAge is how old a state may be that a forecast goes on from.
const stateAge = 24 * time.Hour

// massError is the part of what came in that may be unexplained in a run that counts.
const massError = 1e-8

// Forecasts makes forecasts and keeps them.
type Forecasts struct {
	db      *postgis.DB
	log     *slog.Logger
	day     func(context.Context) (twin.Day, error)
	options ForecastOptions
}

// NewForecasts makes a maker of forecasts. day says when hydrological days begin.
func NewForecasts(db *postgis.DB, log *slog.Logger, options ForecastOptions, day func(context.Context) (twin.Day, error)) *Forecasts {
	return &Forecasts{db: db, log: log, day: day, options: options}
}

// Run makes a forecast every so often until ctx ends, the first a minute after it begins. Of several servers one makes each.
func (f *Forecasts) Run(ctx context.Context, every time.Duration) error {
	tick := time.NewTicker(min(time.Minute, every))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		made, err := f.Due(ctx, time.Now(), every)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && fault.KindOf(err) != fault.NotFound:
			f.log.Warn("there is no forecast this time", "error", err)
		case made != nil && made.State == "failed":
			f.log.Warn("a forecast failed", "run", made.ID, "error", made.Error)
		}
		if made != nil {
			if err := f.Keep(ctx, time.Now()); err != nil && ctx.Err() == nil {
				f.log.Warn("old forecasts were not scored or thinned out", "error", err)
			}
		}
	}
}

// computed is what a forecast is before it is stored.
type computed struct {
	run         Run
	series      []Series
	snapshot    []byte
	origin      time.Time
	fingerprint string
}

// compute makes a forecast from now on.
func (f *Forecasts) compute(ctx context.Context, now time.Time, last kept) (*computed, error) {
	now = now.Truncate(f.options.Step).UTC()
	out := &computed{run: Run{Kind: "forecast", From: now, Until: now.Add(f.options.Horizon), StepS: int(f.options.Step.Seconds())}}
	from, err := readMaterial(ctx, f.db, now)
	if err != nil {
		return out, err
	}
	day, err := f.day(ctx)
	if err != nil {
		return out, err
	}
	clock := Clock{Origin: now.Add(-f.options.SpinUp), From: now.Add(-f.options.SpinUp), Now: now, Until: out.run.Until}
	cold := clock
	if last.Snapshot != nil && !last.From.After(now) && now.Sub(last.From) <= stateAge {
		clock.Origin, clock.From = last.Origin, last.From
	}
	m, inputs, err := f.model(ctx, from, clock, day, nil)
	if err == nil && clock != cold && m.Fingerprint() != last.Fingerprint {
		clock, last.Snapshot = cold, nil
		m, inputs, err = f.model(ctx, from, clock, day, nil)
	}
	if err != nil {
		return out, err
	}
	if clock == cold {
		last.Snapshot = nil
	}
	inputs.Warm = last.Snapshot != nil
	out.origin, out.fingerprint = clock.Origin, m.Fingerprint()
	out.run.Class, out.run.Datum, out.run.Assumed, out.run.Inputs = string(m.Class), m.Datum, m.Assumed, inputs
	return out, f.ensemble(ctx, m, last.Snapshot, out)
}

// model reads what drives the water, lets drive change it, and makes the model.
func (f *Forecasts) model(ctx context.Context, from material, c Clock, day twin.Day, drive func(*drivers) error) (*Model, *Inputs, error) {
	d, issues, err := readDrivers(ctx, f.db, from, c, day)
	if err != nil {
		return nil, nil, err
	}
	if drive != nil {
		if err := drive(&d); err != nil {
			return nil, nil, err
		}
	}
	d.within = f.options.Within.Seconds()
	m, err := newModel(from, d)
	if err != nil {
		return nil, nil, err
	}
	for _, g := range from.gauges {
		m.secret(g.Class)
	}
	in := &Inputs{SpunUpFrom: c.From, Nodes: len(m.nodes), Reaches: len(m.reaches), Works: len(m.works), NudgeS: f.options.Within.Seconds()}
	for i := range m.nodes {
		if m.nodes[i].gauge != nil {
			in.Gauges = append(in.Gauges, m.nodes[i].thing)
		}
	}
	for _, i := range issues {
		m.secret(i.Class)
		in.Rainfall = append(in.Rainfall, i.ID)
	}
	if len(issues) == 0 {
		m.said.add("rain-dry", "", "")
		m.Assumed = m.said.list
	}
	return m, in, nil
}

// ensemble runs the model to now, then the forecast and its members side by side.
func (f *Forecasts) ensemble(ctx context.Context, m *Model, state []byte, out *computed) error {
	now := m.Clock.at(m.Clock.Now)
	control, err := f.solver(m, Same(), state)
	if err != nil {
		return err
	}
	before := control.Balance()
	if state == nil {
		before = hydraulics.Balance{End: before.Start}
	}
	if err := control.Run(ctx, now); err != nil {
		return err
	}
	out.snapshot = control.Snapshot()
	changes := members(f.options.Members)
	tracks := make([]track, 1+len(changes))
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	g.Go(func() error {
		var err error
		tracks[0], err = f.follow(inner, m, Same(), control, nil)
		return err
	})
	for i, c := range changes {
		g.Go(func() error {
			s, err := f.solver(m, c, out.snapshot)
			if err != nil {
				return err
			}
			tracks[i+1], err = f.follow(inner, m, c, s, nil)
			if fault.KindOf(err) == fault.Invalid { // it did not come to an end; the others may
				return nil
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	out.run.Hash, out.run.Balance = control.Hash(), since(before, control.Balance())
	work := control.Work()
	out.run.Inputs.Steps, out.run.Inputs.Rejected, out.run.Inputs.Iterations = work.Steps, work.Rejected, work.Iterations
	out.run.Inputs.Unsteady = m.unsteady(control)
	if e := out.run.Balance.Error; !(e <= massError) {
		return errLeaks(e)
	}
	out.series = m.series(f.options, tracks)
	for _, t := range tracks[1:] {
		if t != nil {
			out.run.Inputs.Members++
		}
	}
	if lost := len(changes) - out.run.Inputs.Members; lost > 0 {
		m.said.add("steady-members", fmt.Sprint(lost), "")
	}
	out.run.Assumed = m.said.list
	return nil
}

// solver makes a solver for a member, in a state where there is one.
func (f *Forecasts) solver(m *Model, c Change, state []byte) (*hydraulics.Solver, error) {
	n, err := m.Network(c)
	if err != nil {
		return nil, err
	}
	s, err := hydraulics.NewSolver(n, hydraulics.Options{Step: f.options.Step.Seconds()})
	if err != nil || state == nil {
		return s, err
	}
	return s, s.Resume(state)
}

// members are the changes of an ensemble of so many: rain, surge and roughness drawn once and for all, so that two servers draw the same.
func members(n int) []Change {
	rng := rand.New(rand.NewPCG(4, 4))
	out := make([]Change, n)
	for i := range out {
		out[i] = Change{Rain: math.Exp(0.4 * rng.NormFloat64()), Surge: 0.15 * rng.NormFloat64(), Roughness: math.Exp(0.15 * rng.NormFloat64())}
	}
	return out
}

// since is the balance of a run after another, whose sums it went on with.
func since(before, now hydraulics.Balance) *hydraulics.Balance {
	b := hydraulics.Balance{Start: before.End, End: now.End, In: now.In - before.In, Out: now.Out - before.Out, Inflow: now.Inflow - before.Inflow,
		Lateral: now.Lateral - before.Lateral, Flooded: now.Flooded - before.Flooded, Nudged: now.Nudged - before.Nudged}
	b.Left = b.End - b.Start - (b.In - b.Out + b.Inflow + b.Lateral - b.Flooded + b.Nudged)
	b.Error = math.Abs(b.Left) / max(b.In+max(b.Inflow, 0)+max(b.Lateral, 0)+max(b.Nudged, 0), b.Start*1e-3, 1e-9)
	return &b
}

// failure is what a run that failed leaves: none for one that was cancelled.
func failure(ctx context.Context, err error) *Failure {
	if ctx.Err() != nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	e := fault.Of(err)
	if e == nil || e.Kind != fault.Invalid {
		return nil
	}
	return &Failure{Code: e.Code, Text: e.Error()}
}
