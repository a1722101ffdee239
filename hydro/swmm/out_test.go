package swmm

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

// shared reads a file of the shared data; without them the test is skipped, but not where CI promises them.
func shared(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("../../../shared/data/models/" + name)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("../shared is absent")
	}
	return text
}

// results are those of SWMM, as it writes them into an .out file: in the units of the model, at the report's times.
type results struct {
	units                FlowUnits
	subs, nodes, links   []string
	step                 float64 // between the report's times, s; the first is one step after the start of the report
	periods              int
	values               []byte
	subVars, nodeVars    int
	linkVars, systemVars int
	nodeInput, linkInput [][]float64 // what SWMM made of the input: see below
}

// What there is of each object.
const (
	subRain   = 0
	subRunoff = 4

	nodeDepth    = 0
	nodeHead     = 1
	nodeVolume   = 2
	nodeLateral  = 3
	nodeInflow   = 4
	nodeFlooding = 5

	linkFlow     = 0
	linkDepth    = 1
	linkVelocity = 2
	linkVolume   = 3
	linkCapacity = 4

	inputType = 0 // of a node: 0 junction, 1 outfall, 2 storage, 3 divider; of a link: 0 conduit, 1 pump …

	inputBed  = 1 // of a node
	inputFull = 2 // of a node

	inputIn     = 1 // offsets of a link
	inputOut    = 2
	inputHeight = 3
	inputLength = 4
)

// reference is a model with the results of SWMM 5.2.4 for it: a shared one, or one of testdata, whose names begin so.
func reference(t testing.TB, name string) (*Model, *results) {
	t.Helper()
	if !strings.HasPrefix(name, "testdata/") {
		return readModel(t, name), readOut(t, name)
	}
	return parseModel(t, name, stored(t, name+".inp")), parseOut(t, name, stored(t, name+".results"))
}

// readOut reads the results of a shared model.
func readOut(t testing.TB, name string) *results {
	t.Helper()
	return parseOut(t, name, shared(t, "swmm_ref/"+name+".out"))
}

// report is what SWMM says of its run.
func report(t testing.TB, name string) string {
	t.Helper()
	if !strings.HasPrefix(name, "testdata/") {
		return string(shared(t, "swmm_ref/"+name+".rpt"))
	}
	return string(stored(t, name+".rpt"))
}

func stored(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// parseOut reads the results of SWMM.
func parseOut(t testing.TB, name string, b []byte) *results {
	t.Helper()
	whole := func(at int) int { return int(int32(binary.LittleEndian.Uint32(b[at:]))) }
	const magic = 516114522
	end := len(b)
	if whole(0) != magic || whole(end-4) != magic || whole(end-8) != 0 {
		t.Fatalf("%s is no result of SWMM without an error", name)
	}
	r := &results{units: FlowUnits(whole(8)), periods: whole(end - 12)}
	names, first := whole(end-24), whole(end-16)
	pollutants := whole(24)
	for i, to := range [...]*[]string{&r.subs, &r.nodes, &r.links} {
		for range whole(12 + 4*i) {
			n := whole(names)
			*to = append(*to, string(b[names+4:names+4+n]))
			names += 4 + n
		}
	}
	r.subVars, r.nodeVars, r.linkVars, r.systemVars = 8+pollutants, 6+pollutants, 5+pollutants, 15
	r.step = float64(whole(first - 4))
	at := whole(end - 20)
	input := func(objects int) (out [][]float64) {
		n := whole(at)
		for at += 4 + 4*n; len(out) < objects; at += 4 * n {
			v := make([]float64, n)
			for i := range v {
				v[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(b[at+4*i:])))
			}
			if n > 1 {
				v[inputType] = float64(whole(at))
			}
			out = append(out, v)
		}
		return out
	}
	input(len(r.subs))
	r.nodeInput, r.linkInput = input(len(r.nodes)), input(len(r.links))
	r.values = b[first : end-24]
	if len(r.values) != r.periods*r.period() {
		t.Fatalf("%s holds %d bytes of results, not %d periods of %d", name, len(r.values), r.periods, r.period())
	}
	return r
}

// period is how many bytes the results at a time have.
func (r *results) period() int {
	return 8 + 4*(len(r.subs)*r.subVars+len(r.nodes)*r.nodeVars+len(r.links)*r.linkVars+r.systemVars)
}

func (r *results) series(offset int) []float64 {
	out := make([]float64, r.periods)
	for i := range out {
		out[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(r.values[i*r.period()+8+4*offset:])))
	}
	return out
}

// sub is the series of a subcatchment, node that of a node, link that of a link; nil where there is none of that name.
func (r *results) sub(name string, variable int) []float64 {
	i := slices.Index(r.subs, name)
	if i < 0 {
		return nil
	}
	return r.series(i*r.subVars + variable)
}

func (r *results) node(name string, variable int) []float64 {
	i := slices.Index(r.nodes, name)
	if i < 0 {
		return nil
	}
	return r.series(len(r.subs)*r.subVars + i*r.nodeVars + variable)
}

func (r *results) link(name string, variable int) []float64 {
	i := slices.Index(r.links, name)
	if i < 0 {
		return nil
	}
	return r.series(len(r.subs)*r.subVars + len(r.nodes)*r.nodeVars + i*r.linkVars + variable)
}

// efficiency is Nash and Sutcliffe's: 1 for what is the same. Of what does not vary it is 1 where it is met within a thousandth, else −∞.
func efficiency(got, want []float64) float64 {
	mean, miss, varies := 0.0, 0.0, 0.0
	for _, v := range want {
		mean += v / float64(len(want))
	}
	for i, v := range want {
		miss += (got[i] - v) * (got[i] - v)
		varies += (v - mean) * (v - mean)
	}
	if varies < 1e-12*float64(len(want))*max(mean*mean, 1e-6) {
		if math.Sqrt(miss/float64(len(want))) <= 1e-3*max(math.Abs(mean), 1e-3) {
			return 1
		}
		return math.Inf(-1)
	}
	return 1 - miss/varies
}

// The models of the tests.
var (
	withResults = []string{"river", "EXAM2_WITH_TIDE", "user5", "292_Storage_Nodes_200_Subs"}
	allModels   = append(slices.Clone(withResults), "4740_H_Elements", "669_Subs_4500_Nodes")
	references  = append([]string{"testdata/land", "testdata/works"}, withResults...)
)

// readModel reads a shared model.
func readModel(t testing.TB, name string) *Model {
	t.Helper()
	return parseModel(t, name, shared(t, "swmm/"+name+".inp"))
}

func parseModel(t testing.TB, name string, text []byte) *Model {
	t.Helper()
	m, err := Read(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return m
}
