package swmm

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"basin/hydro/hydraulics"
)

// BenchmarkModels runs the shared models with results, and beside them EPA SWMM where there is a program runswmm in PATH (runswmm in.inp out.rpt out.out), runoff included in both; times-faster
// is how much longer that takes.
func BenchmarkModels(b *testing.B) {
	program, err := exec.LookPath("runswmm")
	if err != nil {
		fmt.Fprintln(os.Stderr, "SWMM is left out of BenchmarkModels: runswmm is not in PATH")
	}
	for _, name := range withResults {
		b.Run(name, func(b *testing.B) {
			var ours, theirs time.Duration
			n := 0
			for b.Loop() {
				begun := time.Now()
				m := readModel(b, name)
				if _, err := m.Runoff(b.Context(), nil); err != nil {
					b.Fatal(err)
				}
				s, err := m.Solver(0)
				if err != nil {
					b.Fatal(err)
				}
				if err := s.Run(b.Context(), m.Options.Duration()); err != nil {
					b.Fatal(err)
				}
				ours += time.Since(begun)
				n++
				if program == "" {
					continue
				}
				dir := b.TempDir()
				in := filepath.Join(dir, "in.inp")
				if err := os.WriteFile(in, shared(b, "swmm/"+name+".inp"), 0o600); err != nil {
					b.Fatal(err)
				}
				begun = time.Now()
				if out, err := exec.Command(program, in, filepath.Join(dir, "rpt"), filepath.Join(dir, "out")).CombinedOutput(); err != nil {
					b.Fatalf("%v: %s", err, out)
				}
				theirs += time.Since(begun)
			}
			b.ReportMetric(ours.Seconds()/float64(n), "s")
			if program != "" {
				b.ReportMetric(theirs.Seconds()/float64(n), "s-SWMM")
				b.ReportMetric(theirs.Seconds()/ours.Seconds(), "times-faster")
			}
		})
	}
}

// BenchmarkScenarios runs a hundred futures of a day of the looped tidal network on two cores; of-serial is what part that is of a hundred times one.
func BenchmarkScenarios(b *testing.B) {
	const many, workers = 100, 2
	networks := make([]*hydraulics.Network, many)
	for i := range networks {
		networks[i] = net5x5(b, float64(1800*(1+i%6)))
	}
	day := func(n *hydraulics.Network) {
		s, err := hydraulics.NewSolver(n, hydraulics.Options{})
		if err == nil {
			err = s.Run(b.Context(), 86400)
		}
		if err != nil {
			b.Error(err)
		}
	}
	var one, all time.Duration
	for b.Loop() {
		begun := time.Now()
		const alone = 10
		for i := range alone {
			day(networks[i])
		}
		one += time.Since(begun) * many / alone
		begun = time.Now()
		next := make(chan *hydraulics.Network)
		var group sync.WaitGroup
		for range workers {
			group.Go(func() {
				for n := range next {
					day(n)
				}
			})
		}
		for _, n := range networks {
			next <- n
		}
		close(next)
		group.Wait()
		all += time.Since(begun)
	}
	b.ReportMetric(all.Seconds()/one.Seconds(), "of-serial")
}

// BenchmarkGrowth runs a day of looped nets of ever more points; us-per-point should not grow.
func BenchmarkGrowth(b *testing.B) {
	for _, side := range []int{5, 10, 20, 40} {
		b.Run(fmt.Sprintf("%dx%d", side, side), func(b *testing.B) {
			m, err := Read(strings.NewReader(lattice(side)))
			if err != nil {
				b.Fatal(err)
			}
			for i := range m.Network.Reaches {
				m.Network.Reaches[i].Dry = false
			}
			for b.Loop() {
				s, err := hydraulics.NewSolver(&m.Network, hydraulics.Options{})
				if err != nil {
					b.Fatal(err)
				}
				if err := s.Run(b.Context(), 86400); err != nil {
					b.Fatal(err)
				}
			}
			points := len(m.Network.Nodes)
			b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(b.N)/float64(points), "us-per-point")
			b.ReportMetric(float64(points), "points")
		})
	}
}

// lattice is a looped net with ten kilometres of canal on each side of its squares, and one edge.
func lattice(side int) string {
	var nodes, conduits, sections strings.Builder
	canal := func(a, b string) {
		last := a
		for k := 1; k <= 10; k++ {
			next := b
			if k < 10 {
				next = fmt.Sprintf("%s-%s-%d", a, b, k)
				fmt.Fprintf(&nodes, "%s -2 12 4\n", next)
			}
			name := fmt.Sprintf("%s>%s", last, next)
			fmt.Fprintf(&conduits, "%s %s %s 1000 0.0225 0 0\n", name, last, next)
			fmt.Fprintf(&sections, "%s TRAPEZOIDAL 12 30 3 3\n", name)
			last = next
		}
	}
	at := func(i, j int) string { return fmt.Sprintf("n%d.%d", i, j) }
	for i := range side {
		for j := range side {
			fmt.Fprintf(&nodes, "%s -2 12 4\n", at(i, j))
			if i > 0 {
				canal(at(i-1, j), at(i, j))
			}
			if j > 0 {
				canal(at(i, j-1), at(i, j))
			}
		}
	}
	canal(at(side-1, side-1), "sea")
	return "[OPTIONS]\nFLOW_UNITS CMS\nFLOW_ROUTING DYNWAVE\nEND_DATE 01/02/2004\n[JUNCTIONS]\n" + nodes.String() + "[OUTFALLS]\nsea -2 FIXED 1.5\n[CONDUITS]\n" + conduits.String() +
		"[XSECTIONS]\n" + sections.String()
}
