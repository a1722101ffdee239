package swmm

import (
	"math"
	"strings"
	"testing"
	"time"

	"basin/hydro/hydraulics"
)

func nodeOf(t *testing.T, m *Model, name string) *hydraulics.Node {
	t.Helper()
	for i := range m.Network.Nodes {
		if m.Network.Nodes[i].Name == name {
			return &m.Network.Nodes[i]
		}
	}
	t.Fatalf("no node %s", name)
	return nil
}

func structureOf(t *testing.T, m *Model, name string) *hydraulics.Structure {
	t.Helper()
	for i := range m.Network.Structures {
		if m.Network.Structures[i].Name == name {
			return &m.Network.Structures[i]
		}
	}
	t.Fatalf("no structure %s", name)
	return nil
}

// TestWords reads lines into words.
func TestWordsOfLines(t *testing.T) {
	for line, want := range map[string]string{
		`a b	c`:          "a|b|c",
		`  a   b `:       "a|b",
		`"a b" c`:        "a b|c",
		`a "" c`:         "a||c",
		`a "b c`:         "a|b c",
		`5" x`:           `5"|x`,
		"闸一 1.5":         "闸一|1.5",
		"a b\r":          "a|b",
		`"a"b c`:         "a|b|c",
		"\u00a0x y":      "\u00a0x|y",
		`""`:             "",
		`a,b`:            "a,b",
		"1e-3 .5 +2 -.1": "1e-3|.5|+2|-.1",
	} {
		if got := strings.Join(split(line), "|"); got != want {
			t.Errorf("%q is %q, not %q", line, got, want)
		}
	}
}

func TestDatesAndTimes(t *testing.T) {
	for s, want := range map[string]string{
		"03/01/2024": "2024-03-01", "3-1-2024": "2024-03-01", "MAR/1/2024": "2024-03-01", "2/29/2024": "2024-02-29", "2/29/2023": "", "13/1/2024": "", "1/2024": "", "x": "",
	} {
		at, ok := date(s)
		if got := at.Format(time.DateOnly); ok != (want != "") || ok && got != want {
			t.Errorf("%s is %s, %v", s, got, ok)
		}
	}
	for s, want := range map[string]float64{"6": 21600, "6:30": 23400, "0:0:7": 7, "1.5": 5400, "49:00": 176400, "x": -1, "1:2:3:4": -1, "1:-2": -1, "": -1} {
		got, ok := clock(s)
		if ok != (want >= 0) || ok && got != want {
			t.Errorf("%s is %g, %v", s, got, ok)
		}
	}
}

func TestComments(t *testing.T) {
	m, err := Read(strings.NewReader("\ufeff; a comment\r\n[title]\r\nA river; really\r\n\r\n[options]\r\nflow_units cms ;metric\r\nEND_DATE 01/02/2004\r\n[junctions]\r\n;;name\r\nj1 3;deep\r\n[Outfalls]\r\no1 2 free\r\n" +
		"[conduits]\r\nc1 J1 O1 10 0.02 0 0\r\n[xsections]\r\nC1 circular 1 0 0 0\r\n[Map]\r\nanything\r\n[POLLUTANTS]\r\nTSS\r\n[Inflows]\r\nj1 TSS \"\" MASS 1\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if m.Title[0] != "A river" || len(m.Network.Reaches) != 1 || m.Network.Reaches[0].Line != 14 {
		t.Errorf("%q, %+v", m.Title, m.Network.Reaches)
	}
	want := []hydraulics.Place{{Name: "[POLLUTANTS]", Line: 20}, {Name: "[MAP]", Line: 18}, {Name: "[INFLOWS] j1 TSS", Line: 22}}
	if len(m.Ignored) != 3 || m.Ignored[0] != want[0] || m.Ignored[1] != want[1] || m.Ignored[2] != want[2] {
		t.Errorf("ignored %v, not %v", m.Ignored, want)
	}
}

// TestUnits reads one model in each unit: what it holds is the same water.
func TestUnits(t *testing.T) {
	for word, unit := range map[string]float64{"CFS": 0.028316846592, "GPM": 6.30901964e-5, "MGD": 0.043812636574, "CMS": 1, "LPS": 0.001, "MLD": 0.011574074} {
		m := parse(t, "OPTIONS", "FLOW_UNITS "+word+"\nEND_DATE 1/2/2004", "TIMESERIES", "RAIN 0 1\nQ 0 1 48 1", "PATTERNS", "DAY HOURLY")
		length := 0.3048
		if m.Options.FlowUnits.Metric() {
			length = 1
		}
		if m.Options.FlowUnits.String() != word {
			t.Errorf("%s is %s", word, m.Options.FlowUnits)
		}
		near(t, word+" discharge", m.Options.FlowUnits.Discharge(), unit, 1e-7*unit)
		near(t, word+" bed", nodeOf(t, m, "J1").Bed, 10*length, 1e-12)
		near(t, word+" direct and dry inflow", hydraulics.Sum(nodeOf(t, m, "J2").Inflows).At(3600), 2.5*unit, 1e-6*unit)
		near(t, word+" store", nodeOf(t, m, "T1").Storage.At(2*length), 200*length*length, 1e-9)
		near(t, word+" seepage", reachesOf(m)["C1"].Seeps, 3.6/map[bool]float64{true: 3.6e6, false: 12 * 3600 / 0.3048}[length == 1], 1e-12)
		near(t, word+" land", m.Subcatchments[0].Area, map[bool]float64{true: 1e5, false: 10 * 4046.8564224}[length == 1], 1e-6)
	}
}

func TestOptions(t *testing.T) {
	o := parse(t, "OPTIONS", small["OPTIONS"]+`
REPORT_START_TIME 08:00
REPORT_START_DATE 03/01/2024
REPORT_STEP 0:10
ROUTING_STEP 0:00:15
RULE_STEP 0:01
MIN_SURFAREA 3
MIN_SLOPE 0.01
MAX_TRIALS 20
HEAD_TOLERANCE 0.001
NORMAL_FLOW_LIMITED NONE
INERTIAL_DAMPING FULL
SURCHARGE_METHOD SLOT
FORCE_MAIN_EQUATION D-W
ALLOW_PONDING YES
SKIP_STEADY_STATE YES
LENGTHENING_STEP 5
VARIABLE_STEP 0
MINIMUM_STEP 1
SYS_FLOW_TOL 10
LAT_FLOW_TOL 2
TEMPDIR
THREADS 4
IGNORE_QUALITY YES`).Options
	day := time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
	want := Options{
		FlowUnits: CMS, Start: day.Add(6 * time.Hour), ReportStart: day.Add(8 * time.Hour), End: day.Add(12 * time.Hour), ReportStep: 600, RoutingStep: 15, MinimumStep: 1, RuleStep: 60, WetStep: 300, DryStep: 3600,
		Routing: "DYNWAVE", NormalFlow: "NONE", Inertia: "FULL", Surcharge: "SLOT", ForceMain: "D-W", Lengthening: 5, MinSurface: 3, MinSlope: 1e-4, MaxTrials: 20, HeadTolerance: 0.001, Ponding: true,
		SkipSteady: true, SystemFlow: 0.1, LateralFlow: 0.02,
	}
	if o != want {
		t.Errorf("%+v, not %+v", o, want)
	}
	if got := parse(t, "OPTIONS", "END_DATE 1/2/2004").Options; got.MinSurface != 12.566*0.3048*0.3048 || got.HeadTolerance != 0.005*0.3048 || got.FlowUnits != CFS || got.Duration() != 86400 || got.NormalFlow != "BOTH" {
		t.Errorf("by default %+v", got)
	}
}

// TestSmallModel looks at what the parts of the small model have become.
func TestSmallModel(t *testing.T) {
	m := parse(t)
	c1 := reachesOf(m)["C1"]
	if !c1.Flap || c1.Entry != 0.5 || c1.Exit != 1 || c1.Mean != 0 || !c1.Dry {
		t.Errorf("%+v", c1)
	}
	near(t, "two barrels", c1.Points[0].Section.Area(1), 2*math.Pi/4, 1e-12)
	near(t, "bed of C1", c1.Points[0].Bed, 10.1, 1e-12)
	near(t, "crest of J1", nodeOf(t, m, "J1").Crest, 15, 1e-12) // not ponding
	near(t, "level of J1 at the start", nodeOf(t, m, "J1").Start, 11, 1e-12)
	near(t, "crest of J2, by the survey of C2", nodeOf(t, m, "J2").Crest, 12.5, 1e-9)
	if o := nodeOf(t, m, "O1"); o.Free != hydraulics.Critical || o.Level != nil || o.Flap {
		t.Errorf("%+v", o)
	}
	near(t, "orifice's ramp", structureOf(t, m, "R1").Ramp, 360, 1e-9)
	if !structureOf(t, m, "R1").Flap || structureOf(t, m, "P1").Setting != 1 {
		t.Error("a flap or a pump that runs at the start is lost")
	}
	q, _, _ := structureOf(t, m, "U1").Law.Flow(9.5+4, 8, 1)
	near(t, "outlet", q, 2*2, 1e-9)
	near(t, "inflow of J2", nodeOf(t, m, "J2").Inflows[0].At(1800), 2*2+0.5*2, 1e-9)
	near(t, "dry inflow of J1 at seven", nodeOf(t, m, "J1").Inflows[0].At(3600), 0.2*2, 1e-12)
	near(t, "dry inflow of J1 at noon", nodeOf(t, m, "J1").Inflows[0].At(21600), 0.2, 1e-12)

	rules := m.Network.Rules
	if len(rules) != 3 || rules[0].Name != "A" || rules[0].Priority != 3 || len(rules[0].If.All) != 2 || len(rules[0].If.All[1].Any) != 2 || rules[0].Then[0].Setting != 0.5 || rules[0].Else[0].Setting != 1 {
		t.Errorf("%+v", rules)
	}
	if on := rules[1]; on.Name != "P1" || on.If.All[1].Value != 2 || on.Then[0].Setting != 1 || rules[2].If.Value != 1 || !rules[2].If.Less {
		t.Errorf("the pump starts and stops by %+v", rules[1:])
	}
}

func TestOutfalls(t *testing.T) {
	m := parse(t, "OUTFALLS", "O1 9 FIXED 11 YES\nO2 9 NORMAL\nO3 9 TIDAL TIDE\nO4 9 TIMESERIES Q NO", "CURVES", "+TIDE TIDAL 0 9 12 12 24 9")
	if o := nodeOf(t, m, "O1"); o.Level.At(5) != 11 || !o.Flap {
		t.Errorf("%+v", o)
	}
	if nodeOf(t, m, "O2").Free != hydraulics.Normal {
		t.Error("O2 is not at normal depth")
	}
	near(t, "tide at six, the start", nodeOf(t, m, "O3").Level.At(0), 10.5, 1e-12)
	near(t, "tide at six in the evening of the next day", nodeOf(t, m, "O3").Level.At(36*3600), 10.5, 1e-12)
	near(t, "series, held after its end", nodeOf(t, m, "O4").Level.At(1e6), 3, 1e-12)
}

func TestStores(t *testing.T) {
	for shape, want := range map[string][2]float64{ // surface and volume at 2 m
		"FUNCTIONAL 10 2 5":   {45, 80.0/3 + 10},
		"CYLINDRICAL 20 10 0": {math.Pi * 50, math.Pi * 100},
		"CONICAL 20 10 1":     {math.Pi * 12 * 6, math.Pi / 3 * (12*12*12 - 10*10*10) / 2},
		"PYRAMIDAL 20 10 1":   {24 * 14, 200*2 + 60*2 + 4*8.0/3},
		"PARABOLIC 20 10 4":   {math.Pi * 50 / 2, math.Pi * 25},
		"TABULAR AREA":        {200, 300},
	} {
		s := nodeOf(t, parse(t, "STORAGE", "T1 8 4 0.5 "+shape+" 1 0"), "T1")
		near(t, shape+" surface", s.Storage.At(2), want[0], 1e-9)
		near(t, shape+" volume", s.Storage.Integral(2), want[1], math.Abs(want[1])*0.02)
		near(t, shape+" slope", s.Storage.Slope(2), (s.Storage.At(2)-s.Storage.At(2-1e-6))/1e-6, 1e-3*want[0])
		near(t, shape+" crest", s.Crest, 13, 1e-12)
	}
	s := nodeOf(t, parse(t, "EVAPORATION", "CONSTANT 8.64", "STORAGE", "T1 8 4 0.5 TABULAR AREA 0 0.5 36"), "T1")
	near(t, "evaporation of a store", s.Evaporates.At(0), 0.5e-7, 1e-15)
	near(t, "its seepage", s.Seeps, 1e-5, 1e-15)
}

func TestPonding(t *testing.T) {
	n := nodeOf(t, parse(t, "OPTIONS", small["OPTIONS"]+"\nALLOW_PONDING YES", "JUNCTIONS", "J1 10 5 1 2 100\nJ2 9.5 5 0 2"), "J1")
	near(t, "crest where water ponds", n.Crest, 15, 1e-12)
	near(t, "surface", n.Ponding, 100, 1e-12)
	near(t, "crest with a lid", nodeOf(t, parse(t, "JUNCTIONS", "J1 10 5 1 2 100\nJ2 9.5"), "J1").Crest, 17, 1e-12)
}

func TestElevationOffsets(t *testing.T) {
	m := parse(t, "OPTIONS", small["OPTIONS"]+"\nLINK_OFFSETS ELEVATION", "CONDUITS", "C1 J1 J2 100 0.013 10.4 *\nC2 J2 O1 100 0.013 9.4 9",
		"ORIFICES", "R1 J2 T1 SIDE 10 0.65 NO", "WEIRS", "W1 J1 T1 TRANSVERSE 12 1.8", "OUTLETS", "U1 J2 T1 * FUNCTIONAL/DEPTH 2 0.5")
	near(t, "C1 from", reachesOf(m)["C1"].Points[0].Bed, 10.4, 1e-12)
	near(t, "C1 to", reachesOf(m)["C1"].Points[1].Bed, 9.5, 1e-12)
	near(t, "C2 from, raised to the bed", reachesOf(m)["C2"].Points[0].Bed, 9.5, 1e-12)
	near(t, "weir", structureOf(t, m, "W1").Law.(*hydraulics.Weir).Crest, 12, 1e-12)
	near(t, "orifice", structureOf(t, m, "R1").Law.(*hydraulics.Orifice).Crest, 10, 1e-12)
	if len(m.Network.Assumed) != 1 || !strings.HasPrefix(m.Network.Assumed[0], "C2: ") {
		t.Errorf("assumed %q", m.Network.Assumed)
	}
}

// TestFlowsAtStart gives junctions the depth of the flow in their conduits.
func TestFlowsAtStart(t *testing.T) {
	m := parse(t, "JUNCTIONS", "J1 10 5\nJ2 9.5", "CONDUITS", "C1 J1 J2 100 0.013 0 0 0.5 3\nC2 J2 O1 100 0.013 0 0", "PUMPS", "P1 T1 J2 LIFT", "WEIRS", "-", "XSECTIONS", "C1 CIRCULAR 1 0 0 0 2\nC2 IRREGULAR X\nR1 RECT_CLOSED 0.5 1 0 0")
	c := reachesOf(m)["C1"]
	depth, err := hydraulics.NormalDepth(c.Points[0].Section, 0.5/math.Sqrt(100*100-0.25), 0.5)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "flow", c.Flow, 0.5, 1e-12)
	near(t, "greatest flow", c.MaxFlow, 3, 1e-12)
	near(t, "J1", nodeOf(t, m, "J1").Start, 10+depth, 1e-9)
	near(t, "J2, of five links", nodeOf(t, m, "J2").Start, 9.5+depth/5, 1e-9)
}

func TestCulvertsAndMains(t *testing.T) {
	m := parse(t, "XSECTIONS", "+C1 CIRCULAR 1 0 0 0 1 4\nC2 FORCE_MAIN 1 130 0 0", "CONDUITS", "C1 J1 J2 100 0.013 0.1 0\nC2 J2 O1 100 0.013 0 0")
	if reachesOf(m)["C1"].Inlet == nil || reachesOf(m)["C2"].Inlet != nil {
		t.Error("the inlet of a culvert is lost")
	}
	if main := reachesOf(m)["C2"].Main; main.C != 130 || main.Height != 0 {
		t.Errorf("%+v", main)
	}
	m = parse(t, "OPTIONS", small["OPTIONS"]+"\nFORCE_MAIN_EQUATION D-W", "XSECTIONS", "+C2 FORCE_MAIN 1 2 0 0")
	if main := reachesOf(m)["C2"].Main; main.C != 0 || main.Height != 0.002 {
		t.Errorf("%+v", main)
	}
}

func TestPumps(t *testing.T) {
	curves := small["CURVES"] + "\nVOL PUMP1 100 2 200 4\nDEP PUMP2 1 2 2 4\nLEV PUMP4 0 0 2 4\nSPD PUMP5 0 4 10 0"
	for curve, want := range map[string]float64{"VOL": 4, "DEP": 4, "LEV": 3, "SPD": 3.4, "LIFT": 0.85, "*": 15} {
		m := parse(t, "CURVES", curves, "PUMPS", "P1 T1 J1 "+curve)
		q, _, _ := structureOf(t, m, "P1").Law.Flow(9.5, 11, 1)
		near(t, "pump by "+curve, q, want, 1e-9)
		if assumed := len(m.Network.Assumed); (assumed == 1) != (curve == "*") {
			t.Errorf("%s: %d assumptions", curve, assumed)
		}
	}
}

func TestAdjustments(t *testing.T) {
	plain, wet := run(t, parse(t)), run(t, parse(t, "ADJUSTMENTS", "RAINFALL 1 1 2.5 1 1 1 1 1 1 1 1 1"))
	near(t, "rain in a wetter March", wet.Balance.Rain, 2.5*plain.Balance.Rain, 1e-9*plain.Balance.Rain)
	m := parse(t, "EVAPORATION", "CONSTANT 1", "ADJUSTMENTS", "EVAPORATION 0 0 2 0 0 0 0 0 0 0 0 0")
	near(t, "evaporation in March", m.climate.At(0), 3e-3/86400, 1e-15)
	near(t, "evaporation in April", m.climate.At(31*86400), 1e-3/86400, 1e-15)
	parse(t, "ADJUSTMENTS", "TEMPERATURE 1 2 3 4 5 6 7 8 9 10 11 12\nEVAPORATION 0 0 0 0 0 0 0 0 0 0 0 0\nRAINFALL 1 1 1 1 1 1 1 1 1 1 1 1")
	if _, err := Read(strings.NewReader(text("ADJUSTMENTS", "CONDUCTIVITY 1 1 1 1 1 1 1 1 1 1 1 1.5"))); err == nil || !strings.Contains(err.Error(), "CONDUCTIVITY") {
		t.Errorf("soil that conducts more: %v", err)
	}
}

// TestEvaporationSeries holds each value until the next, and counts as a change of the weather where it changes.
func TestEvaporationSeries(t *testing.T) {
	c := parse(t, "TIMESERIES", "+E 1 2\nE 3 4", "EVAPORATION", "TIMESERIES E\nDRY_ONLY YES").climate
	for at, want := range map[float64]float64{0: 2, 3600: 2, 10799: 2, 10800: 4, 1e6: 4} {
		near(t, "evaporation", c.At(at), want*1e-3/86400, 1e-15)
	}
	if !c.dry || c.next(0) != 3600 || c.next(3600) != 10800 || !math.IsInf(c.next(10800), 1) {
		t.Errorf("changes at %g, %g, %g", c.next(0), c.next(3600), c.next(10800))
	}
}

func TestControls(t *testing.T) {
	m := parse(t, "OPTIONS", "FLOW_UNITS CFS\nEND_DATE 1/2/2004", "CURVES", small["CURVES"]+"\nOPEN CONTROL 0 0 10 1", "CONTROLS", `VARIABLE D = NODE T1 DEPTH
RULE A
IF D >= 3
AND NODE J1 HEAD < NODE J2 HEAD
AND LINK C1 FLOW <> 2
AND SIMULATION TIME > 1:30
AND SIMULATION DATE = 03/01/2024
AND SIMULATION MONTH = 3
AND SIMULATION DAYOFYEAR > 3/1
AND PUMP P1 TIMEOPEN >= 2
AND CONDUIT C1 FULLDEPTH <= 1
THEN OUTLET U1 SETTING = TIMESERIES Q
AND WEIR W1 SETTING = 0.25
RULE B
IF NODE J1 VOLUME > 100
OR NODE J1 DEPTH > NODE J1 MAXDEPTH
THEN PUMP P1 STATUS = OFF
RULE C
IF NODE J1 DEPTH > 1
THEN ORIFICE R1 SETTING = CURVE OPEN
PRIORITY 5`)
	a := m.Network.Rules[0]
	for i, want := range []hydraulics.Condition{
		{Of: hydraulics.NodeDepth, Object: 3, Equal: true, Value: 3 * foot},
		{Of: hydraulics.NodeLevel, Less: true},
		{Of: hydraulics.ReachFlow, Exact: true, Less: true, Value: 2 * foot * foot * foot},
		{Of: hydraulics.SinceStart, Value: 5400},
		{Of: hydraulics.Date, Exact: true, Value: 1709251200},
		{Of: hydraulics.Month, Exact: true, Value: 3},
		{Of: hydraulics.DayOfYear, Value: 60},
		{Of: hydraulics.StructureOpen, Equal: true, Value: 7200},
		{Of: hydraulics.Given, Less: true, Equal: true, Value: foot},
	} {
		got := a.If.All[i].Any[0]
		if got.Of != want.Of || got.Object != want.Object || got.Less != want.Less || got.Equal != want.Equal || got.Exact != want.Exact || math.Abs(got.Value-want.Value) > 1e-9 {
			t.Errorf("premise %d is %+v, not %+v", i+1, got, want)
		}
	}
	if than := a.If.All[1].Any[0].Than; than == nil || than.Of != hydraulics.NodeLevel || than.Object != 1 {
		t.Errorf("compared with %+v", than)
	}
	if a.Then[0].Over == nil || a.Then[1].Setting != 0.25 {
		t.Errorf("actions %+v", a.Then)
	}
	if b := m.Network.Rules[1]; len(b.If.All) != 1 || len(b.If.All[0].Any) != 2 || b.If.All[0].Any[1].Than.Of != hydraulics.Given {
		t.Errorf("%+v", b)
	}
	near(t, "the curve at 5 ft", m.Network.Rules[2].Then[0].By.At(5*foot), 0.5, 1e-12)
}
