package hydro

import (
	"context"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"basin/access"
	"basin/fault"
	"basin/postgis"
)

// Scenarios runs scenarios in the background. The database is their queue, so that those that wait outlast a restart and several servers share them.
type Scenarios struct {
	db    *postgis.DB
	f     *Forecasts
	wake  chan struct{}
	desk  chan struct{} // bounds those that are checked at the same time
	slots int
}

// NewScenarios makes a runner of scenarios of the forecasts that f makes: one at a time for each core but one.
func NewScenarios(f *Forecasts) *Scenarios {
	slots := max(1, runtime.GOMAXPROCS(0)-1)
	return &Scenarios{db: f.db, f: f, wake: make(chan struct{}, 1), desk: make(chan struct{}, slots), slots: slots}
}

// How a scenario is looked after: how often its server says that it is at it, and by which part done besides, after which silence it is lost, and how long it may take.
const (
	beatEvery   = time.Second
	beatPart    = 0.1
	lostAfter   = 30 * time.Second
	longestRun  = 10 * time.Minute
	lookAgain   = 2 * time.Second
	inTrouble   = 15 * time.Second // until the next look while the database is away
	stopTimeout = 5 * time.Second
)

// Run runs what waits until ctx ends. What is under way then waits again.
func (s *Scenarios) Run(ctx context.Context) error {
	g, inner := errgroup.WithContext(ctx)
	for range s.slots {
		g.Go(func() error {
			for inner.Err() == nil {
				select {
				case <-inner.Done():
				case <-s.wake:
				case <-time.After(s.next(inner)):
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// next runs the scenario whose turn it is, and says how long to wait for the one after it.
func (s *Scenarios) next(ctx context.Context) time.Duration {
	job, err := s.claim(ctx)
	switch {
	case ctx.Err() != nil:
		return 0
	case err != nil:
		s.f.log.Warn("scenarios are not run for now", "error", err)
		return inTrouble
	case job == nil:
		return lookAgain
	}
	running, cancel := context.WithTimeout(ctx, longestRun)
	defer cancel()
	part := make(chan float64, 1)
	beating := make(chan struct{})
	go func() {
		defer close(beating)
		s.beat(running, cancel, job.ID, part)
	}()
	err = s.compute(running, job, func(done float64) {
		select {
		case part <- done:
		default: // the next one is told
		}
	})
	stopped := running.Err()
	cancel()
	<-beating
	after, end := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer end()
	switch {
	case err == nil:
	case ctx.Err() != nil:
		err = s.again(after, job.ID)
	default:
		err = s.fail(after, job.ID, s.why(job.ID, err, stopped))
	}
	if err != nil {
		s.f.log.Warn("how a scenario ended is not written", "run", job.ID, "error", err)
	}
	return 0
}

// compute computes a scenario and stores it.
func (s *Scenarios) compute(ctx context.Context, j *job, say func(part float64)) error {
	base, err := s.findBase(ctx, j.from)
	if err != nil {
		return err
	}
	out, err := s.f.scenario(ctx, j, &base, say)
	if err != nil {
		return err
	}
	return s.finish(ctx, j.ID, out)
}

// why is what a scenario that failed leaves to read.
func (s *Scenarios) why(id int64, err, stopped error) *Failure {
	if e := fault.Of(err); e != nil && e.Kind == fault.Invalid {
		return &Failure{Code: e.Code, Text: e.Error()}
	}
	if stopped == context.DeadlineExceeded { //nolint:errorlint // a context's own
		return &Failure{Code: "run-too-long", Text: "the run took longer than " + longestRun.String()}
	}
	s.f.log.Warn("a scenario broke off", "run", id, "error", err)
	return &Failure{Code: "run-broke-off", Text: "the run broke off: the log of the server says why"}
}

// beat tells how far a run is, and cancels it where it is no longer wanted.
func (s *Scenarios) beat(ctx context.Context, cancel func(), id int64, part <-chan float64) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	done, last := 0.0, 0.0
	for {
		select {
		case <-ctx.Done():
			return
		case done = <-part:
			if done < last+beatPart {
				continue
			}
		case <-tick.C:
		}
		if wanted, err := s.told(ctx, id, done); err == nil && !wanted {
			cancel()
			return
		}
		last = done
	}
}

// scenario computes a scenario.
func (f *Forecasts) scenario(ctx context.Context, j *job, base *baseRun, say func(part float64)) (*computed, error) {
	m, inputs, state, err := f.scenarioModel(ctx, base, j.Until, &j.asked)
	if err != nil {
		return nil, err
	}
	if state == nil {
		s, err := f.solver(m, Same(), nil)
		if err != nil {
			return nil, err
		}
		if err := s.Run(ctx, m.Clock.at(m.Clock.Now)); err != nil {
			return nil, err //nolint:wrapcheck // says where and when
		}
		state = s.Snapshot()
	}
	if err := j.asked.change(m, access.Restricted); err != nil {
		return nil, err
	}
	s, err := f.solver(m, Same(), state)
	if err != nil {
		return nil, err
	}
	before := s.Balance()
	track1, err := f.follow(ctx, m, Same(), s, say)
	if err != nil {
		return nil, err
	}
	out := &computed{run: Run{Class: string(scenarioClass(m)), Datum: m.Datum, Hash: s.Hash(), Balance: since(before, s.Balance()), Inputs: inputs, Assumed: m.said.list}}
	if e := out.run.Balance.Error; !(e <= massError) {
		return nil, errLeaks(e)
	}
	work := s.Work()
	inputs.Steps, inputs.Rejected, inputs.Iterations, inputs.Unsteady = work.Steps, work.Rejected, work.Iterations, m.unsteady(s)
	out.series = m.series(f.options, []track{track1})
	for i := range out.series {
		out.series[i].class = out.run.Class
	}
	return out, nil
}

// scenarioClass is the class of a scenario: what might be is not for the public, who could take it for a forecast.
func scenarioClass(m *Model) access.Class {
	if m.Class == access.Public {
		return access.Internal
	}
	return m.Class
}

// scenarioModel makes the model of a base with what a scenario changes of rain and surge, and the state that it begins from: nil where the base kept none, or its network has changed. Then it
// begins as long before as a forecast without a state does.
func (f *Forecasts) scenarioModel(ctx context.Context, base *baseRun, until time.Time, asked *ScenarioAsked) (*Model, *Inputs, []byte, error) {
	from, err := readMaterial(ctx, f.db, base.From)
	if err != nil {
		return nil, nil, nil, err
	}
	day, err := f.day(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	begin := base.From.Add(-f.options.SpinUp)
	clocks := []Clock{{Origin: begin, From: begin, Now: base.From, Until: until}}
	if base.Snapshot != nil && base.Origin != nil {
		clocks = []Clock{{Origin: *base.Origin, From: base.Inputs.SpunUpFrom, Now: base.From, Until: until}, clocks[0]}
	}
	for i, clock := range clocks {
		m, inputs, err := f.model(ctx, from, clock, day, func(d *drivers) error { return asked.drive(d, from.areas) })
		if err != nil {
			return nil, nil, nil, err
		}
		warm := len(clocks) == 2 && i == 0
		if warm && m.Fingerprint() != base.Fingerprint {
			continue
		}
		if asked.rainsElse() {
			m.said.drop("rain-dry")
		}
		if inputs.Warm = warm; warm {
			return m, inputs, base.Snapshot, nil
		}
		return m, inputs, nil, nil
	}
	panic("hydro: the last clock always counts")
}

// errLeaks says that a run lost water.
func errLeaks(part float64) error {
	return fault.New(fault.Invalid, "run-leaks", "the run does not account for {part} of its water", "part", part)
}
