package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"basin/access"
	"basin/hydro/dflow"
	"basin/hydro/hydraulics"
	"basin/hydro/swmm"
)

// SimulateCmd runs a hydraulic model from a file.
type SimulateCmd struct {
	Model string        `arg:"" type:"existingfile" help:"A model: an EPA SWMM input file (.inp), or a D-Flow FM model (.mdu), of which the one-dimensional part is run."`
	Out   string        `required:"" placeholder:"FILE" help:"Where the results go, as CSV."`
	Step  time.Duration `placeholder:"TIME" help:"The greatest step of the computation; what suits the model when absent. It is shortened by itself where needed."`
	Lasts time.Duration `placeholder:"TIME" help:"How long the run is; as the model says when absent."`
	Every time.Duration `placeholder:"TIME" help:"How often results are written; as the model says when absent."`
}

// Help says what comes out.
func (c *SimulateCmd) Help() string {
	return `Runs a model without a database. The CSV has a line for each node, reach and structure at each time: time, kind, name, level, depth, flow and, at nodes, what flows in
and over the crest, in the units of the model. What the model assumes, what of it has no influence, the mass balance with all its terms and a hash that names the result are printed.
What is not supported is refused, by its name and line. Where the run does not go on it says where and when, and leaves no file.

Examples:
  basin simulate model.inp --out results.csv
  basin simulate model.inp --out results.csv --step 5s --every 1m
  basin simulate moergestels_broek.mdu --out results.csv --lasts 48h`
}

// simulated is a model that is run, whatever file it came from.
type simulated struct {
	network  *hydraulics.Network
	solver   *hydraulics.Solver
	lasts    float64 // s
	begins   float64 // of the results
	every    float64
	length   float64 // one of the model's units in metres
	flow     float64 // one of the model's units in m³/s
	units    [2]string
	mentions []string // what to know of it
}

// Run runs it.
func (c *SimulateCmd) Run(ctx context.Context, env *Env) error {
	m, err := c.read(ctx)
	if err != nil {
		return err
	}
	if c.Every > 0 {
		m.every = c.Every.Seconds()
	}
	if c.Lasts > 0 {
		m.lasts = c.Lasts.Seconds()
	}
	if m.every <= 0 || m.lasts-m.begins < m.every {
		return wrongUse(fmt.Sprintf("results every %g s of a run of %g s are none: give --lasts and --every", m.every, m.lasts))
	}
	if err := m.write(ctx, c.Out, c.progress(env)); err != nil {
		return err
	}
	m.report(env)
	return nil
}

// read reads the model by what its file is called.
func (c *SimulateCmd) read(ctx context.Context) (*simulated, error) {
	switch strings.ToLower(filepath.Ext(c.Model)) {
	case ".inp":
		return c.readSWMM(ctx)
	case ".mdu":
		return c.readDFlow(ctx)
	}
	return nil, wrongUse(c.Model + " is neither an .inp nor an .mdu file")
}

func (c *SimulateCmd) readSWMM(ctx context.Context) (*simulated, error) {
	f, err := os.Open(c.Model)
	if err != nil {
		return nil, fmt.Errorf("open the model: %w", err)
	}
	defer f.Close()
	model, err := swmm.Read(bufio.NewReader(f))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Model, err)
	}
	if _, err := model.Runoff(ctx, nil); err != nil {
		return nil, err
	}
	solver, err := model.Solver(c.Step.Seconds())
	if err != nil {
		return nil, err
	}
	o, unit := &model.Options, model.Options.FlowUnits
	m := &simulated{
		network: &model.Network, solver: solver, lasts: o.Duration(), begins: o.ReportStart.Sub(o.Start).Seconds(), every: o.ReportStep,
		length: unit.Length(), flow: unit.Discharge(), units: [2]string{"ft", unit.String()}, mentions: model.Network.Assumed,
	}
	if unit.Metric() {
		m.units[0] = "m"
	}
	if o.Inertia != "" {
		m.mentions = append(slices.Clone(m.mentions), "NORMAL_FLOW_LIMITED "+o.NormalFlow+", INERTIAL_DAMPING "+o.Inertia)
	}
	for _, p := range model.Ignored {
		m.mentions = append(m.mentions, fmt.Sprintf("without influence, line %d: %s", p.Line, p.Name))
	}
	return m, nil
}

func (c *SimulateCmd) readDFlow(ctx context.Context) (*simulated, error) {
	model, err := dflow.Read(ctx, c.Model)
	if err != nil {
		return nil, err
	}
	solver, err := hydraulics.NewSolver(&model.Network, hydraulics.Options{Step: c.Step.Seconds()})
	if err != nil {
		return nil, err
	}
	m := &simulated{network: &model.Network, solver: solver, lasts: model.Duration, every: 900, length: 1, flow: 1, units: [2]string{"m", "CMS"}, mentions: model.Network.Assumed}
	for _, what := range model.Ignored {
		m.mentions = append(slices.Clone(m.mentions), "without influence: "+what)
	}
	return m, nil
}

// progress tells how far a run is, once a second at most.
func (c *SimulateCmd) progress(env *Env) func(part float64) {
	last := time.Now()
	return func(part float64) {
		if time.Since(last) > time.Second {
			last = time.Now()
			fmt.Fprintf(env.Stderr, "%3.0f %%\n", 100*part)
		}
	}
}

// write runs the model and writes the results; a run that ends early leaves no file.
func (m *simulated) write(ctx context.Context, name string, progress func(part float64)) error {
	_, err := writeWhole(name, access.Public, func(part *os.File) error {
		out := bufio.NewWriterSize(part, 1<<20)
		fmt.Fprintf(out, "time,kind,name,level (%[1]s),depth (%[1]s),flow (%[2]s),inflow (%[2]s),flooding (%[2]s)\n", m.units[0], m.units[1])
		for i := 1; ; i++ {
			at := m.begins + float64(i)*m.every
			if at > m.lasts+1e-6 {
				return out.Flush()
			}
			if err := m.solver.Run(ctx, at); err != nil {
				return err
			}
			m.lines(out, at)
			progress(at / m.lasts)
		}
	})
	return err
}

// lines writes the results at a time.
func (m *simulated) lines(out *bufio.Writer, at float64) {
	s, n := m.solver, m.network
	when := fmt.Sprintf("%g", at)
	if !n.Start.IsZero() {
		when = n.Start.Add(time.Duration(math.Round(at*1000)) * time.Millisecond).Format("2006-01-02T15:04:05")
	}
	for i := range n.Nodes {
		node, level := &n.Nodes[i], s.Level(i)
		flooding := 0.0
		if s.Flooded(i) {
			flooding = s.Outflow(i)
		}
		fmt.Fprintf(out, "%s,node,%s,%.5g,%.5g,,%.5g,%.5g\n", when, quoted(node.Name), level/m.length, (level-node.Bed)/m.length, s.Inflow(i)/m.flow, flooding/m.flow)
	}
	for i := range n.Reaches {
		fmt.Fprintf(out, "%s,reach,%s,,%.5g,%.5g,,\n", when, quoted(n.Reaches[i].Name), s.Depth(i)/m.length, s.Flow(i)/m.flow)
	}
	for i := range n.Structures {
		fmt.Fprintf(out, "%s,structure,%s,,,%.5g,,\n", when, quoted(n.Structures[i].Name), s.Through(i)/m.flow)
	}
}

// quoted is a name as a field of CSV.
func quoted(name string) string {
	if strings.ContainsAny(name, ",\"\r\n") {
		return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	}
	return name
}

// mostUnsteady is how many of the nodes are named whose levels turned most often.
const mostUnsteady = 10

// report prints what to know of a run.
func (m *simulated) report(env *Env) {
	for _, what := range m.mentions {
		fmt.Fprintln(env.Stdout, what)
	}
	b, w := m.solver.Balance(), m.solver.Work()
	fmt.Fprintf(env.Stdout, "%d nodes, %d reaches, %d structures; %d steps (%d made again shorter, %d loose), %d iterations\n",
		len(m.network.Nodes), len(m.network.Reaches), len(m.network.Structures), w.Steps, w.Rejected, w.Loose, w.Iterations)
	fmt.Fprintf(env.Stdout, "m³: %.6g at the start, %.6g in at edges, %.6g in at nodes, %.6g along reaches, %.6g out, %.6g over crests, %.6g lost, %.6g at the end; %.2g unexplained (%.1g of what came)\n",
		b.Start, b.In, b.Inflow, b.Lateral, b.Out, b.Flooded, b.Lost, b.End, b.Left, b.Error)
	order := make([]int, len(m.network.Nodes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(m.solver.Turns(b), m.solver.Turns(a)) })
	for _, i := range order[:min(mostUnsteady, len(order))] {
		if turns := m.solver.Turns(i); turns > 0 {
			fmt.Fprintf(env.Stdout, "unsteady: the level of %s turned %d times by more than a centimetre from one step to the next\n", m.network.Nodes[i].Name, turns)
		}
	}
	fmt.Fprintf(env.Stdout, "hash %s\n", m.solver.Hash())
}
