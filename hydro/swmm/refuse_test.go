package swmm

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"basin/fault"
)

// small is a model in parts, which tests replace or add to: a subcatchment that runs off to a junction, a conduit and an outfall; a store, a pump, an orifice, a weir and an outlet.
var small = map[string]string{
	"OPTIONS":       "FLOW_UNITS CMS\nSTART_DATE 03/01/2024\nSTART_TIME 06:00\nEND_DATE 03/01/2024\nEND_TIME 12:00\nWET_STEP 00:05:00\nDRY_STEP 01:00:00",
	"RAINGAGES":     "G1 INTENSITY 1:00 1.0 TIMESERIES RAIN",
	"SUBCATCHMENTS": "S1 G1 J1 10 50 500 0.5 0",
	"SUBAREAS":      "S1 0.01 0.1 1 5 25 OUTLET",
	"INFILTRATION":  "S1 50 10 4 7 0",
	"JUNCTIONS":     "J1 10 5 1 0 100\nJ2 9.5",
	"OUTFALLS":      "O1 9 FREE NO",
	"STORAGE":       "T1 8 4 0.5 TABULAR AREA 0 0",
	"CONDUITS":      "C1 J1 J2 100 0.013 0.1 0\nC2 J2 O1 100 0.013 0 0",
	"PUMPS":         "P1 T1 J1 LIFT ON 2 1",
	"ORIFICES":      "R1 J2 T1 SIDE 0.5 0.65 YES 0.1",
	"WEIRS":         "W1 J1 T1 TRANSVERSE 1 1.8 NO 1",
	"OUTLETS":       "U1 J2 T1 0 FUNCTIONAL/DEPTH 2 0.5 NO",
	"XSECTIONS":     "C1 CIRCULAR 1 0 0 0 2\nC2 IRREGULAR X\nR1 RECT_CLOSED 0.5 1 0 0\nW1 RECT_OPEN 2 4 0 0",
	"TRANSECTS":     "NC 0.05 0.05 0.03\nX1 X 4 2 8 0 0 0 0 0\nGR 3 0 0 2 0 8 3 10",
	"LOSSES":        "C1 0.5 1 0 YES 3.6",
	"INFLOWS":       "J2 FLOW Q FLOW 1 2 0.5 DAY",
	"DWF":           "J1 FLOW 0.2 DAY",
	"CURVES":        "AREA STORAGE 0 100 2 200\nLIFT PUMP3 0 1\nLIFT 10 0",
	"TIMESERIES":    "RAIN 0 10 1 0\nQ 03/01/2024 6:00 1\nQ 7:00 3",
	"PATTERNS":      "DAY HOURLY 1 1 1 1 1 1\nDAY 2 2 2 2 2 2",
	"CONTROLS":      "RULE A\nIF NODE J1 DEPTH > 2\nAND PUMP P1 STATUS = ON\nOR SIMULATION CLOCKTIME > 11:00\nTHEN ORIFICE R1 SETTING = 0.5\nELSE ORIFICE R1 SETTING = 1\nPRIORITY 3",
}

// text writes a model in a fixed order, with sections replaced: by nothing for "-", added to for what begins with a plus.
func text(changes ...string) string {
	order := []string{
		"OPTIONS", "RAINGAGES", "SUBCATCHMENTS", "SUBAREAS", "INFILTRATION", "JUNCTIONS", "OUTFALLS", "STORAGE", "DIVIDERS", "CONDUITS", "PUMPS", "ORIFICES", "WEIRS", "OUTLETS", "XSECTIONS",
		"TRANSECTS", "LOSSES", "INFLOWS", "DWF", "CURVES", "TIMESERIES", "PATTERNS", "CONTROLS", "EVAPORATION", "HYDROGRAPHS", "RDII", "STREETS", "FILES",
	}
	parts := map[string]string{}
	maps.Copy(parts, small)
	for i := 0; i+1 < len(changes); i += 2 {
		section, lines := changes[i], changes[i+1]
		switch more, added := strings.CutPrefix(lines, "+"); {
		case added:
			parts[section] = strings.TrimPrefix(parts[section]+"\n"+more, "\n")
		case lines == "-":
			delete(parts, section)
		default:
			parts[section] = lines
		}
		if _, known := small[section]; !known && !slices.Contains(order, section) {
			order = append(order, section)
		}
	}
	var out strings.Builder
	for _, section := range order {
		if lines, ok := parts[section]; ok {
			out.WriteString("[" + section + "]\n" + lines + "\n")
		}
	}
	return out.String()
}

// parse reads a model that must be good.
func parse(t testing.TB, changes ...string) *Model {
	t.Helper()
	m, err := Read(strings.NewReader(text(changes...)))
	if err != nil {
		t.Fatalf("%v\n%s", err, text(changes...))
	}
	return m
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		changes []string
		code    string
		names   string // what the message must say
	}{
		"unknown section":           {[]string{"PIPES", "C1"}, "swmm-unknown-section", "[PIPES]"},
		"unknown option":            {[]string{"OPTIONS", "+FLUX CMS"}, "swmm-unknown-option", "FLUX"},
		"bad unit":                  {[]string{"OPTIONS", "FLOW_UNITS GALLONS"}, "swmm-bad-word", "GALLONS"},
		"bad date":                  {[]string{"OPTIONS", "START_DATE 02/30/2024"}, "swmm-bad-time", "02/30/2024"},
		"bad time":                  {[]string{"OPTIONS", "START_TIME six"}, "swmm-bad-time", "six"},
		"no time passes":            {[]string{"OPTIONS", "START_DATE 1/2/2024\nEND_DATE 1/2/2024"}, "swmm-bad-span", "2024-01-02"},
		"too many steps":            {[]string{"OPTIONS", "START_DATE 1/2/2000\nEND_DATE 1/2/2030\nWET_STEP 00:00:01"}, "swmm-too-many-steps", "10000000"},
		"a step of nought":          {[]string{"OPTIONS", "WET_STEP 0"}, "swmm-not-positive", "WET_STEP"},
		"too few fields":            {[]string{"CONDUITS", "C1 J1 J2 100"}, "swmm-too-few-fields", "C1"},
		"a word for a number":       {[]string{"JUNCTIONS", "J1 ten\nJ2 9.5"}, "swmm-bad-number", "J1"},
		"NaN":                       {[]string{"JUNCTIONS", "J1 NaN\nJ2 9.5"}, "swmm-bad-number", "NaN"},
		"infinite":                  {[]string{"JUNCTIONS", "J1 Inf\nJ2 9.5"}, "swmm-bad-number", "Inf"},
		"a node twice":              {[]string{"JUNCTIONS", "+j1 3"}, "swmm-name-twice", "j1"},
		"a node as another kind":    {[]string{"OUTFALLS", "+J1 3 FREE"}, "swmm-name-twice", "J1"},
		"a link twice":              {[]string{"PUMPS", "C1 T1 J1 LIFT"}, "swmm-name-twice", "C1"},
		"no such node":              {[]string{"CONDUITS", "+C3 J1 J9 100 0.013 0 0"}, "swmm-unknown-name", "J9"},
		"no such curve":             {[]string{"PUMPS", "P1 T1 J1 NONE"}, "swmm-unknown-name", "NONE"},
		"a curve of another kind":   {[]string{"PUMPS", "P1 T1 J1 AREA"}, "swmm-wrong-curve", "AREA"},
		"a curve that falls back":   {[]string{"CURVES", "AREA STORAGE 0 100 0 200\nLIFT PUMP3 0 1"}, "swmm-not-rising", "AREA"},
		"a series that falls back":  {[]string{"TIMESERIES", "+Q 6:30 3"}, "swmm-not-rising", "Q"},
		"a negative store":          {[]string{"CURVES", "AREA STORAGE 0 -1\nLIFT PUMP3 0 1"}, "swmm-negative-store", "T1"},
		"zero length":               {[]string{"CONDUITS", "C1 J1 J2 0 0.013 0 0\nC2 J2 O1 100 0.013 0 0"}, "swmm-not-positive", "C1"},
		"zero roughness":            {[]string{"CONDUITS", "C1 J1 J2 100 0 0 0\nC2 J2 O1 100 0.013 0 0"}, "swmm-not-positive", "C1"},
		"from a node to itself":     {[]string{"CONDUITS", "+C3 J1 j1 100 0.013 0 0"}, "swmm-link-to-itself", "C3"},
		"no cross-section":          {[]string{"CONDUITS", "+C3 J1 J2 100 0.013 0 0"}, "swmm-no-shape", "C3"},
		"no such shape":             {[]string{"XSECTIONS", "C1 ROUND 1 0 0 0"}, "swmm-bad-word", "ROUND"},
		"no such transect":          {[]string{"XSECTIONS", "C1 IRREGULAR Y"}, "swmm-unknown-name", "Y"},
		"a shape without measure":   {[]string{"XSECTIONS", "C1 RECT_CLOSED 1 0 0 0"}, "swmm-bad-object", "C1"},
		"no such pipe":              {[]string{"XSECTIONS", "C1 ARCH 103 0 0 0"}, "swmm-no-size", "103"},
		"dummy":                     {[]string{"XSECTIONS", "C1 DUMMY 0 0 0 0"}, "swmm-unsupported", "DUMMY"},
		"a flat transect":           {[]string{"TRANSECTS", "NC 0 0 0.03\nX1 X 2 0 9 0 0 0 0 0\nGR 3 0 3 9"}, "swmm-flat-transect", "X"},
		"a rough transect":          {[]string{"TRANSECTS", "X1 X 2 0 9 0 0 0 0 0\nGR 3 0 2 9"}, "swmm-no-roughness", "X"},
		"stray stations":            {[]string{"TRANSECTS", "NC 0 0 0.03\nGR 3 0 3 9"}, "swmm-stray-stations", "GR"},
		"banks crossed":             {[]string{"TRANSECTS", "NC 0 0 0.03\nX1 X 2 5 1 0 0 0 0 0\nGR 3 0 2 9"}, "swmm-banks", "X"},
		"too deep at the start":     {[]string{"JUNCTIONS", "J1 10 5 6\nJ2 9.5"}, "swmm-too-deep", "J1"},
		"apart":                     {[]string{"JUNCTIONS", "+J8 1\nJ9 1", "CONDUITS", "+C9 J8 J9 100 0.013 0 0", "XSECTIONS", "+C9 CIRCULAR 1 0 0 0"}, "swmm-apart", "J8"},
		"a loop of pumps":           {[]string{"PUMPS", "+P2 J1 J2 LIFT\nP3 J2 T1 LIFT"}, "swmm-pump-loop", "pumps drive"},
		"a pump that stops above":   {[]string{"PUMPS", "P1 T1 J1 LIFT ON 1 2"}, "swmm-pump-depths", "P1"},
		"an opening of other shape": {[]string{"XSECTIONS", "+R1 EGG 1 0 0 0"}, "swmm-bad-word", "R1"},
		"rain from a file":          {[]string{"RAINGAGES", `G1 INTENSITY 1:00 1 FILE "rain.dat" STA1 MM`}, "swmm-unsupported", "FILE"},
		"series in a file":          {[]string{"TIMESERIES", `RAIN FILE "rain.dat"` + "\nQ 0 1"}, "swmm-unsupported", "RAIN"},
		"interval too long":         {[]string{"RAINGAGES", "G1 INTENSITY 2:00 1.0 TIMESERIES RAIN"}, "swmm-gage-interval", "G1"},
		"no surfaces":               {[]string{"SUBAREAS", "-"}, "swmm-no-surface", "S1"},
		"no soil":                   {[]string{"INFILTRATION", "-"}, "swmm-no-soil", "S1"},
		"least above most":          {[]string{"INFILTRATION", "S1 1 10 4 7 0"}, "swmm-horton", "S1"},
		"a snow pack":               {[]string{"SUBCATCHMENTS", "S1 G1 J1 10 50 500 0.5 0 SNOW"}, "swmm-unsupported", "SNOW"},
		"snow packs":                {[]string{"SNOWPACKS", "SP PLOWABLE 0 0 0 0 0 0 0"}, "swmm-unsupported", "SNOWPACKS"},
		"groundwater":               {[]string{"GROUNDWATER", "S1 A J1 0 0 0 0 0 0 0"}, "swmm-unsupported", "GROUNDWATER"},
		"LID":                       {[]string{"LID_USAGE", "S1 L 1 100 0 0 0 0"}, "swmm-unsupported", "LID_USAGE"},
		"inlets":                    {[]string{"INLET_USAGE", "C1 I J1"}, "swmm-unsupported", "INLET_USAGE"},
		"evaporation by heat":       {[]string{"EVAPORATION", "TEMPERATURE"}, "swmm-unsupported", "TEMPERATURE"},
		"a hot start":               {[]string{"FILES", `USE HOTSTART "hot.hsf"`}, "swmm-unsupported", "USE HOTSTART"},
		"outfall to land":           {[]string{"OUTFALLS", "O1 9 FREE NO S1"}, "swmm-unsupported", "S1"},
		"Green and Ampt below":      {[]string{"STORAGE", "T1 8 4 0.5 TABULAR AREA 0 0 3 0.5 0.2"}, "swmm-unsupported", "T1"},
		"a divider of flow":         {[]string{"OPTIONS", "+FLOW_ROUTING KINWAVE", "DIVIDERS", "D1 10 C1 OVERFLOW"}, "swmm-unsupported", "D1"},
		"PID":                       {[]string{"CONTROLS", "RULE A\nIF NODE J1 DEPTH > 2\nTHEN ORIFICE R1 SETTING = PID 1 0 0"}, "swmm-unsupported", "PID"},
		"a conduit shut":            {[]string{"CONTROLS", "RULE A\nIF NODE J1 DEPTH > 2\nTHEN CONDUIT C1 STATUS = CLOSED"}, "swmm-unsupported", "C1"},
		"an expression":             {[]string{"CONTROLS", "EXPRESSION E = 1 + 2"}, "swmm-unsupported", "EXPRESSION"},
		"a rule out of order":       {[]string{"CONTROLS", "RULE A\nTHEN PUMP P1 STATUS = ON"}, "swmm-rule-order", "A"},
		"a rule twice":              {[]string{"CONTROLS", "+RULE A"}, "swmm-name-twice", "A"},
		"no such attribute":         {[]string{"CONTROLS", "RULE A\nIF NODE J1 SETTING > 2\nTHEN PUMP P1 STATUS = ON"}, "swmm-no-attribute", "SETTING"},
		"a pump that is none":       {[]string{"CONTROLS", "RULE A\nIF NODE J1 DEPTH > 2\nTHEN PUMP C1 STATUS = ON"}, "swmm-no-attribute", "C1"},
		"no relation":               {[]string{"CONTROLS", "RULE A\nIF NODE J1 DEPTH => 2\nTHEN PUMP P1 STATUS = ON"}, "swmm-bad-word", "=>"},
		"a setting beyond 1":        {[]string{"CONTROLS", "RULE A\nIF NODE J1 DEPTH > 2\nTHEN ORIFICE R1 SETTING = 2"}, "swmm-out-of-range", "2"},
		"units mixed":               {[]string{"OPTIONS", "FLOW_UNITS CFS\nEND_DATE 1/2/2004", "CURVES", "+OPEN CONTROL 0 0 1 1", "CONTROLS", "RULE A\nIF NODE J1 DEPTH > 2\nAND LINK C1 FLOW > 1\nTHEN ORIFICE R1 SETTING = CURVE OPEN"}, "swmm-mixed-units", "A"},
		"RDII without rain":         {[]string{"HYDROGRAPHS", "H ALL SHORT 0.1 1 2 0 0 0", "RDII", "J1 H 10"}, "swmm-no-gage", "H"},
	} {
		_, err := Read(strings.NewReader(text(c.changes...)))
		e := fault.Of(err)
		if e == nil || e.Kind != fault.Invalid || e.Code != c.code || !strings.Contains(e.Error(), c.names) || strings.Contains(e.Error(), "{") {
			t.Errorf("%s: %v, not %s with %s", name, err, c.code, c.names)
			continue
		}
		if global := strings.HasSuffix(c.code, "-span") || strings.HasSuffix(c.code, "-steps"); !global && !strings.Contains(e.Error(), "line ") {
			t.Errorf("%s: %v names no line", name, err)
		}
	}
}

func TestRefusedFiles(t *testing.T) {
	for name, c := range map[string]struct{ text, code string }{
		"empty":          {"[OPTIONS]\nEND_DATE 1/2/2004\n", "swmm-empty"},
		"no section":     {"J1 10\n", "swmm-no-section"},
		"too many lines": {strings.Repeat("\n", mostLines+1), "swmm-too-many-lines"},
		"too large":      {strings.Repeat(" ", mostBytes+1), "swmm-too-large"},
	} {
		_, err := Read(strings.NewReader(c.text))
		if e := fault.Of(err); e == nil || e.Code != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}
