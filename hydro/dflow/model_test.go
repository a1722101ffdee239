package dflow

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"basin/fault"
	"basin/hydro/hydraulics"
)

const mdu = "moergestels_broek.mdu"

// sample is the directory of the shared model; without it the test is skipped, but not where CI promises it.
func sample(t *testing.T) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "data", "models", "dflowfm_moergestels")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("../shared is absent")
	}
	return dir
}

// copied is a copy of the model with files changed: in each, an old text becomes a new one; a file without an old text is made.
func copied(t *testing.T, edits ...[3]string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(sample(t))); err != nil {
		t.Fatal(err)
	}
	for _, e := range edits {
		path := filepath.Join(dir, e[0])
		text := []byte(e[2])
		if e[1] != "" {
			old, err := os.ReadFile(path)
			if err != nil || !bytes.Contains(old, []byte(e[1])) {
				t.Fatalf("%s holds no %q: %v", e[0], e[1], err)
			}
			text = bytes.Replace(old, []byte(e[1]), []byte(e[2]), 1)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, mdu)
}

// nearly fails where a value is further from what it must be than allowed.
func nearly(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s is %.9g, not %.9g within %g", what, got, want, within)
	}
}

// plain is a block of a file, read by simpler means than the reader's.
type plain map[string]string

func plainly(t *testing.T, name string) []plain {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(sample(t), name))
	if err != nil {
		t.Fatal(err)
	}
	var out []plain
	for _, part := range strings.Split(string(text), "[")[1:] {
		b := plain{"[": strings.ToLower(strings.SplitN(part, "]", 2)[0])}
		for _, m := range regexp.MustCompile(`(?m)^\s*(\w+)\s*=\s*(.*?)\s*$`).FindAllStringSubmatch(part, -1) {
			b[strings.ToLower(m[1])] = m[2]
		}
		out = append(out, b)
	}
	return out
}

func (b plain) floats(key string) []float64 {
	var out []float64
	for f := range strings.FieldsSeq(b[key]) {
		v, _ := strconv.ParseFloat(f, 64)
		out = append(out, v)
	}
	return out
}

func (b plain) float(key string) float64 { return b.floats(key)[0] }

// surveyed is what a cross-section of the files is at a depth, by adding up thin strips.
type surveyed struct{ chainage, bed, area, conveyance float64 }

// survey looks at a section by points in 20,000 strips; the roughness is Strickler's.
func survey(location, definition plain, depth float64) surveyed {
	y, z := definition.floats("ycoordinates"), definition.floats("zcoordinates")
	bed := z[0]
	for _, v := range z {
		bed = min(bed, v)
	}
	ks, _ := strconv.ParseFloat(strings.TrimPrefix(definition["frictionids"], "Strickler_"), 64)
	s := surveyed{chainage: location.float("chainage"), bed: bed + location.float("shift")}
	const strips = 20_000
	i, width := 1, (y[len(y)-1]-y[0])/strips
	for k := range strips {
		at := y[0] + (float64(k)+0.5)*width
		for at > y[i] {
			i++
		}
		slope := (z[i] - z[i-1]) / (y[i] - y[i-1])
		if h := depth + bed - z[i-1] - slope*(at-y[i-1]); h > 0 {
			s.area += h * width
			s.conveyance += ks * math.Pow(h, 5.0/3) * width / math.Sqrt(math.Hypot(1, slope))
		}
	}
	return s
}

// TestSections holds every point of the network against what the files say, interpolated by other means.
func TestSections(t *testing.T) {
	const depth = 0.8
	m, err := Read(t.Context(), filepath.Join(sample(t), mdu))
	if err != nil {
		t.Fatal(err)
	}
	definitions := map[string]plain{}
	for _, b := range plainly(t, "cross_section_definitions.ini") {
		definitions[b["id"]] = b
	}
	sections, count := map[string][]surveyed{}, 0
	for _, b := range plainly(t, "cross_section_locations.ini") {
		if d := definitions[b["definitionid"]]; d["type"] == "yz" {
			sections[b["branchid"]] = append(sections[b["branchid"]], survey(b, d, depth))
			count++
		}
	}
	points, worst := 0, 0.0
	for _, b := range m.Branches {
		known := sections[b.Name]
		if len(known) == 0 {
			continue
		}
		begin := 0.0
		for _, i := range b.Reaches {
			reach := m.Network.Reaches[i]
			for _, p := range reach.Points {
				want := between1D(known, begin+p.Chainage)
				nearly(t, b.Name+": bed", p.Bed, want.bed, 1e-9)
				nearly(t, b.Name+": area", p.Section.Area(depth), want.area, 1e-3*want.area+1e-4)
				nearly(t, b.Name+": conveyance", p.Section.Conveyance(depth), want.conveyance, 5e-3*want.conveyance)
				worst = max(worst, math.Abs(p.Section.Conveyance(depth)/want.conveyance-1))
				points++
			}
			begin += reach.Points[len(reach.Points)-1].Chainage
		}
		nearly(t, b.Name+": its reaches together", begin, b.Length, 1e-9)
	}
	if count != 152 || points < 400 {
		t.Errorf("%d sections by points, %d points of reaches", count, points)
	}
	t.Logf("%d points of reaches from %d sections; conveyance within %.2g of thin strips", points, count, worst)
}

// between1D is what lies between two sections, or the nearest at the ends.
func between1D(known []surveyed, at float64) surveyed {
	below, above := surveyed{chainage: math.Inf(-1)}, surveyed{chainage: math.Inf(1)}
	for _, s := range known {
		if s.chainage <= at && s.chainage > below.chainage {
			below = s
		}
		if s.chainage >= at && s.chainage < above.chainage {
			above = s
		}
	}
	switch {
	case math.IsInf(below.chainage, -1) || above.chainage == below.chainage:
		return above
	case math.IsInf(above.chainage, 1):
		return below
	}
	f := (at - below.chainage) / (above.chainage - below.chainage)
	mix := func(a, b float64) float64 { return a*(1-f) + b*f }
	return surveyed{at, mix(below.bed, above.bed), mix(below.area, above.area), mix(below.conveyance, above.conveyance)}
}

// TestNetwork holds the network against numbers that were taken from the files by hand.
func TestNetwork(t *testing.T) {
	m, err := Read(t.Context(), filepath.Join(sample(t), mdu))
	if err != nil {
		t.Fatal(err)
	}
	n := m.Network
	if len(m.Branches) != 16 || m.Duration != 600 || n.Start.Format("2006-01-02T15:04") != "2000-01-01T00:00" {
		t.Errorf("%d branches, %v s from %v", len(m.Branches), m.Duration, n.Start)
	}
	for i, b := range m.Branches {
		along := 0.0
		for k := 1; k < len(b.Line); k++ {
			along += math.Hypot(b.Line[k][0]-b.Line[k-1][0], b.Line[k][1]-b.Line[k-1][1])
		}
		nearly(t, b.Name+": its line", along, b.Length, 0.05)
		if want := map[int]float64{0: 14.891590824205194, 7: 537.0927133440033, 15: 1725.5145514865555}[i]; want > 0 {
			nearly(t, b.Name+": length", b.Length, want, 1e-9)
		}
	}
	// 37 structures: one of them is the compound of two others, 35 places where the water is divided.
	kinds, flaps, cuts := map[string]int{}, 0, map[int]string{}
	var runs []hydraulics.Hysteresis
	for _, b := range plainly(t, "structure.ini") {
		kinds[b["type"]]++
	}
	for _, s := range n.Structures {
		if other, shared := cuts[s.From]; shared && (other != "UWeir_Test2" || s.Name != "Orifice_Test1") {
			t.Errorf("%s stands where %s stands", s.Name, other)
		}
		if cuts[s.From] = s.Name; s.Flap {
			flaps++
		}
		if s.Runs != nil {
			runs = append(runs, *s.Runs)
		}
		if s.Line == 0 || n.Nodes[s.From].Bed != n.Nodes[s.To].Bed {
			t.Errorf("%s, line %d, stands between beds of %v and %v", s.Name, s.Line, n.Nodes[s.From].Bed, n.Nodes[s.To].Bed)
		}
	}
	if len(n.Structures) != 36 || len(cuts) != 35 || flaps != 1 || kinds["compound"] != 1 || kinds["culvert"] != 25 || kinds["weir"] != 4 {
		t.Errorf("%d structures in %d places, %d with a flap, of %v", len(n.Structures), len(cuts), flaps, kinds)
	}
	if len(runs) != 2 || runs[0] != (hydraulics.Hysteresis{Start: 0.05, Stop: 0.05}) || runs[1].Start != 0.1 || len(n.Rules) != 0 {
		t.Errorf("pumps run by %+v and %+v", runs, n.Rules)
	}
	if err := n.Check(); err != nil {
		t.Error(err)
	}
	if len(m.Points) != 2 || n.Nodes[m.Points[0].Node].Name != "riv_RS1_1810_120.22" || m.Points[1].Name != "ObsPt2" || m.Points[1].Line != 11 || m.Points[1].Branch != "riv_RS1_1810" {
		t.Errorf("points of observation %+v", m.Points)
	}
	if !strings.Contains(strings.Join(m.Ignored, "\n"), "mesh2d") || !strings.Contains(strings.Join(m.Ignored, "\n"), "ObsPt2D2") {
		t.Errorf("ignored: %q", m.Ignored)
	}
	for _, what := range []string{"Strickler_10.0", "REALTIME", "lat_871", "initialFields.ini"} {
		if !strings.Contains(strings.Join(n.Assumed, "\n"), what) {
			t.Errorf("nothing assumed of %s: %q", what, n.Assumed)
		}
	}
}

// TestModelsThatAreNone changes one thing each.
func TestModelsThatAreNone(t *testing.T) {
	const net, loc, def, str, ext, bc = "moergestels_broek_net.nc", "cross_section_locations.ini", "cross_section_definitions.ini", "structure.ini", "moergestels_broek_new.ext", "boundaries.bc"
	number := func(v float64) string { return string(binary.LittleEndian.AppendUint64(nil, math.Float64bits(v))) }
	length := number(14.891590824205194)
	for _, c := range []struct {
		what  string
		edits [][3]string
		want  string
	}{
		{"no section on a branch", [][3]string{{loc, "branchid = riv_RS372_175", "branchid = riv_RS1_1810"}}, "riv_RS372_175: the branch has no cross-section"},
		{"a length of zero", [][3]string{{net, length, number(0)}}, net + ": branch riv_RS372_175: its length is 0"},
		{"a length that is none", [][3]string{{net, length, number(math.NaN())}}, net + ": network1d_edge_length: a value is no number"},
		{"another length", [][3]string{{net, length, number(5)}}, "a node of its mesh lies at 14.89"},
		{"NaN in a section", [][3]string{{def, "yCoordinates =  0.000  1.451", "yCoordinates =  0.000  NaN"}}, def + `, line 49: prof_04082014-DP11: ycoordinates: "NaN" is no number`},
		{"points that are missing", [][3]string{{def, "yzCount = 18", "yzCount = 17"}}, def + ", line 49: prof_04082014-DP11: ycoordinates holds 18 numbers, not 17"},
		{"an unknown friction", [][3]string{{def, "frictionIds = Strickler_10.0", "frictionIds = Mud_10.0"}}, def + ", line 52: prof_04082014-DP11: the friction Mud_10.0 is unknown"},
		{"an unknown law of friction", [][3]string{{"roughness/r001.ini", "", "[Global]\nfrictionId = a\nfrictionType = deBosBijkerk\nfrictionValue = 30\n"}}, "r001.ini, line 3: a: the friction deBosBijkerk is not supported"},
		{"an unknown section", [][3]string{{loc, "definitionId = prof_24102013-DP10", "definitionId = nowhere"}}, loc + ", line 17: riv_RS1_909_495.9: the cross-section definition nowhere is unknown"},
		{"an unknown shape", [][3]string{{def, "type = zw", "type = egg"}}, def + ", line 1718: trapz_s0.3_bw0.8_bw1.4: a cross-section of type egg is not supported"},
		{"a section narrower above", [][3]string{{def, "flowWidths = 0.80 60.80\n\ttotalWidths = 0.80 60.80", "flowWidths = 0.80 0.30"}}, def + ", line 1716: trapz_s0.3_bw0.8_bw1.4: section tabulated: its depths must rise and its widths not shrink"},
		{"widths that store", [][3]string{{def, "totalWidths = 0.80 60.80", "totalWidths = 0.80 90.80"}}, def + ", line 1723: trapz_s0.3_bw0.8_bw1.4: widths that store water"},
		{"a structure on an unknown branch", [][3]string{{str, "branchid = riv_RS375_41", "branchid = riv_none"}}, str + ", line 8: RS375-KDU4: the branch riv_none is unknown"},
		{"a structure beyond its branch", [][3]string{{str, "chainage = 1206.577", "chainage = 9206.577"}}, str + ", line 9: RS375-KDU4: it lies at 9206.577, outside its branch"},
		{"a culvert without length", [][3]string{{str, "length = 3.78", "length = 0"}}, str + ", line 14: RS375-KDU4: its length must be above zero"},
		{"an unknown structure", [][3]string{{str, "type = culvert", "type = dambreak"}}, str + ", line 6: RS375-KDU4: a structure of type dambreak is not supported"},
		{"a weir without width", [][3]string{{str, "crestWidth = 0.71", "crestWidth ="}}, "Weir_RS373-st1: crestwidth is missing"},
		{"one place without a compound", [][3]string{{str, "structureIds = Orifice_Test1;UWeir_Test2", "structureIds = Orifice_Test1"}}, "Orifice_Test1: it stands where UWeir_Test2 stands"},
		{"a compound of nothing", [][3]string{{str, "structureIds = Orifice_Test1;UWeir_Test2", "structureIds = Orifice_Test1;UWeir_Test2;Gone"}}, "cmpnd_1: its structure Gone is unknown"},
		{"a pump that stops before it starts", [][3]string{{str, "stoplevelSuctionSide = 0.05", "stoplevelSuctionSide = 0.5"}}, "RS372-gm1_pomp_1: it would stop before it starts"},
		{"a boundary at an unknown node", [][3]string{{ext, "nodeId = 141134_395446", "nodeId = nowhere"}}, ext + ", line 12: nowhere: the node is unknown"},
		{"a boundary inside", [][3]string{{ext, "nodeId = 141134_395446", "nodeId = 141104_393600"}}, ext + ", line 12: 141104_393600: a boundary must lie at an end"},
		{"an unknown boundary", [][3]string{{ext, "quantity = waterlevelbnd", "quantity = neumannbnd"}}, "141134_395446: a boundary of neumannbnd is not supported"},
		{"a lateral without a series", [][3]string{{ext, "id = lat_1\n", "id = lat_none\n"}}, ext + ", line 22: lat_none: the file boundaries.bc holds no lateral_discharge of it"},
		{"wind", [][3]string{{ext, "[Lateral]", "[Meteo]\nquantity = windx\n[Lateral]"}}, ext + ", line 15: [meteo]: [meteo] is not supported"},
		{"times that go back", [][3]string{{bc, "  120.000000     0.166057", "   30.000000     0.166057"}}, bc + ", line 5: 140703_391887: curve or series: its places must rise"},
		{"a discharge that is none", [][3]string{{bc, "0.166057", "inf"}}, bc + `, line 15: 140703_391887: "inf" is no number`},
		{"a unit of time that is none", [][3]string{{bc, "minutes since", "moons since"}}, bc + ", line 10: 140703_391887: the unit moons since"},
		{"tides", [][3]string{{bc, "timeseries", "harmonic"}}, bc + ", line 7: 140703_391887: a forcing by harmonic is not supported"},
		{"a file that is missing", [][3]string{{mdu, "= structure.ini", "= gone.ini"}}, mdu + ", line 32: [geometry]: a file that structurefile names is missing: gone.ini"},
		{"a file outside", [][3]string{{mdu, "= structure.ini", "= ../structure.ini"}}, "../structure.ini lies outside"},
		{"storage nodes", [][3]string{{mdu, "StorageNodeFile                   = ", "StorageNodeFile                   = nodes.ini "}}, "storagenodefile: what nodes.ini holds is not supported"},
		{"no NetCDF", [][3]string{{net, "", "no network"}}, "moergestels_broek_net.nc cannot be read"},
	} {
		_, err := Read(t.Context(), copied(t, c.edits...))
		if err == nil || !strings.Contains(err.Error(), c.want) || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v\n    not %s", c.what, err, c.want)
		}
	}
	if _, err := Read(t.Context(), filepath.Join(t.TempDir(), "none.mdu")); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a model that is not there: %v", err)
	}
}

// TestFinite asks every structure and section of the sample at many levels.
func TestFinite(t *testing.T) {
	m, err := Read(t.Context(), filepath.Join(sample(t), mdu))
	if err != nil {
		t.Fatal(err)
	}
	finite := func(what string, values ...float64) {
		for _, v := range values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("%s is %v", what, values)
			}
		}
	}
	for _, s := range m.Network.Structures {
		bed := m.Network.Nodes[s.From].Bed
		for up := bed - 0.5; up < bed+3; up += 0.13 {
			for down := bed - 0.5; down < bed+3; down += 0.17 {
				q, byUp, byDown := s.Law.Flow(up, down, 1)
				finite(s.Name, q, byUp, byDown)
				if _, pumps := s.Law.(*hydraulics.Pump); !pumps && q*(up-down) < 0 {
					t.Errorf("%s lets %v pass from %v to %v", s.Name, q, up, down)
				}
			}
		}
	}
	for _, r := range m.Network.Reaches {
		for _, p := range r.Points {
			for y := -0.5; y < 4; y += 0.11 {
				finite(r.Name, p.Section.Area(y), p.Section.Width(y), p.Section.Perimeter(y), p.Section.Conveyance(y))
			}
		}
	}
}
