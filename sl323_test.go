package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"basin/catalog"
	"basin/postgis"
	"basin/source"
)

// newRegion is a bench whose database holds a region and the Yangtze.
func newRegion(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	if err := b.db.Do(context.Background(), func(tx postgis.Tx) error {
		return catalog.PutRegion(context.Background(), tx, catalog.Region{ID: "test", Language: "zh", Timezone: "Asia/Shanghai", DayStart: "08:00"},
			map[string]any{})
	}); err != nil {
		t.Fatal(err)
	}
	b.load(put(t, "rivers.geojson", `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"YZ","name_zh":"长江"},
		"geometry":{"type":"LineString","coordinates":[[120.7,32.0],[121.0,31.9]]}}]}`), "--to", "river")
	return b
}

// codes counts findings by their codes.
func codes(findings []source.Finding) string {
	n := map[string]int{}
	for _, f := range findings {
		n[f.Code]++
	}
	var out []string
	for _, code := range slices.Sorted(maps.Keys(n)) {
		out = append(out, fmt.Sprintf("%s %d", code, n[code]))
	}
	return strings.Join(out, ", ")
}

func TestLoadSL323(t *testing.T) {
	b := newRegion(t)
	first, findings := b.load("--sl323", "testdata/sl323")
	want := "bad-place 1, bad-time 1, code-missing 1, direction-missing 1, interval-not-kept 1, not-a-number 2, place-missing 2, " +
		"threshold-zero 1, time-in-future 1, unknown-station 2, unknown-type 1"
	if got := codes(findings); got != want {
		t.Errorf("findings: %s\nwant      %s", got, want)
	}
	for _, f := range findings {
		if strings.HasSuffix(f.File, "ST_RIVER_R.csv") && f.Code == "not-a-number" && (f.Index != 6 || !strings.Contains(f.Reason, "line 6: Z is high")) {
			t.Errorf("finding %+v", f)
		}
	}
	if first.Things != 9 || first.Added != 7 || first.Thresholds != 5 {
		t.Errorf("%+v", first)
	}
	if r := *first.Readings; r != (Readings{Read: 42, Accepted: 36, Corrections: 1, Rejected: 9}) {
		t.Errorf("readings %+v", r)
	}
	type row struct{ Code, Value, Datum string }
	got := rows[row](b, `SELECT d.code || ' ' || to_char(l.time AT TIME ZONE 'Asia/Shanghai', 'MMDD HH24:MI') AS code,
		trim_scale(l.value / (10 ^ p.scale)::numeric)::text AS value, coalesce(d.datum, '') AS datum FROM twin.latest l JOIN twin.datastream d ON d.id = l.datastream JOIN twin.property p ON p.id = d.property ORDER BY d.code COLLATE "C"`)
	wanted := []row{
		{"60117200-PP.rainfall_5min 0718 08:05", "0.5", ""},
		{"60117200-PP.rainfall_daily 0719 08:00", "10", ""},
		{"60117200-PP.rainfall_hour 0718 08:00", "2.5", ""},
		{"60117200.level 0718 08:05", "-0.1", "wusong"},
		{"62310100.discharge 0718 10:00", "13", ""},
		{"62310100.level 0718 09:00", "2.35", "abandoned-yellow-river-mouth"},
		{"62310100.rainfall_hour 0718 08:00", "1", ""},
		{"62310200.discharge 0718 07:00", "3.2", ""},
		{"62310200.level 0718 07:00", "0.85", "1985-national"},
		{"62310300.discharge 0718 08:00", "120", ""},
		{"62310300.discharge.1 0718 08:00", "40", ""},
		{"62310300.discharge.2 0718 08:00", "0", ""},
		{"62310300.gate_opening 0718 08:00", "1.2", ""},
		{"62310300.gate_opening.1 0718 08:00", "1.5", ""},
		{"62310300.gate_opening.2 0718 08:00", "0", ""},
		{"62310300.level.lower 0718 08:00", "3.05", "wusong"},
		{"62310300.level.upper 0718 08:00", "2.61", "wusong"},
		{"62310400.discharge 0718 11:00", "0", ""},
		{"62310400.level.lower 0718 11:00", "1.4", "unknown"},
		{"62310400.level.upper 0718 11:00", "2.1", "unknown"},
		{"62310400.pump_running 0718 11:00", "0", ""},
	}
	if !slices.Equal(got, wanted) {
		t.Errorf("latest values:\n%v\nwant\n%v", got, wanted)
	}
	b.equal("water pumped in", b.count(`SELECT count(*) FROM twin.reading r JOIN twin.datastream d ON d.id = r.datastream
		WHERE d.code = '62310400.discharge' AND r.value = -305000`), 1)
	b.equal("thresholds of the tide", b.count(`SELECT count(*) FROM twin.threshold h JOIN twin.datastream d ON d.id = h.datastream
		WHERE d.code = '60117200.level' AND h.datum = 'wusong' AND (h.type, h.value) IN (('warning', 5.2), ('guaranteed', 5.8), ('record', 7.16), ('record-low', 0.44))`), 4)
	b.equal("on the river", b.count("SELECT count(*) FROM twin.relation WHERE type = 'on' AND target = 'river:YZ'"), 3)

	before := b.picture()
	second, again := b.load("--sl323", "testdata/sl323")
	b.unchanged(before)
	if codes(again) != want || second.Added != 0 || second.Changed != 0 || second.Same != 7 {
		t.Errorf("loaded again: %+v, %s", second, codes(again))
	}
	if r := *second.Readings; r != (Readings{Read: 42, Duplicates: 37, Rejected: 9}) {
		t.Errorf("loaded again: readings %+v", r)
	}
}

// TestLoadSL323Files loads tables one by one, by their names, and what is not known of a station again stays.
func TestLoadSL323Files(t *testing.T) {
	b := newRegion(t)
	b.load("testdata/sl323/ST_STBPRP_B.csv")
	b.load("testdata/sl323/ST_RVFCCH_B.txt")
	if s, _ := b.load("testdata/sl323/ST_TIDE_R.csv"); s.Readings == nil || s.Readings.Accepted != 2 {
		t.Errorf("%+v", s)
	}
	b.load("testdata/sl323/ST_WAS_R.csv", "--upper", "*=outer", "--upper", "62310300=inner")
	b.equal("闸上 is the inner side", b.count(`SELECT count(*) FROM twin.latest l JOIN twin.datastream d ON d.id = l.datastream
		WHERE (d.code, l.value) IN (('62310300.level.inner', 26100), ('62310300.level.outer', 30500))`), 2)
	b.load(put(t, "st_stbprp_b.csv", "STCD,STNM,LGTD,LTTD,STTP,DTMNM\n60117200,天生港,120.755,32.035,TT,\n"))
	if got := b.text("SELECT datum FROM twin.datastream WHERE code = '60117200.level'"); got != "wusong" {
		t.Errorf("a table that names no datum made it %s", got)
	}
}

func TestLoadSL323Refused(t *testing.T) {
	b := newBench(t)
	for want, args := range map[string][]string{
		"no table of SL 323":      {"--sl323", t.TempDir()},
		"there is no file":        {"--sl323", "absent"},
		"holds no region":         {"testdata/sl323/ST_RIVER_R.csv"},
		"none of --as":            {"--sl323", "testdata/sl323", "--as", "x"},
		"a side is upper":         {"--upper", "*=left", "testdata/sl323/ST_WAS_R.csv"},
		"LGTD and LTTD are":       {"--sl323", "testdata/sl323", "--crs", "EPSG:4549"},
		"has no column TM":        {"--dry-run", put(t, "ST_RIVER_R.csv", "STCD,Z\n1,2\n")},
		"is not an encoding":      {"--dry-run", "--encoding", "none", "testdata/sl323/ST_RIVER_R.csv"},
		"has no column LGTD; it":  {"--dry-run", put(t, "ST_STBPRP_B.csv", "STCD,STTP\n1,ZZ\n")},
		"ST_RIVER_R.csv is empty": {"--dry-run", put(t, "ST_RIVER_R.csv", "")},
	} {
		if o := b.basin(append([]string{"load"}, args...)...); o.code == 0 || !strings.Contains(o.err, want) {
			t.Errorf("basin load %v: exit %d, %q, want %q", args, o.code, o.err, want)
		}
	}
}

func TestLoadSL323DryRun(t *testing.T) {
	b := newBench(t)
	s, findings := b.load("--dry-run", "--sl323", "testdata/sl323")
	if s.Things != 9 || s.Readings.Read != 42 || s.Readings.Accepted != 0 || len(findings) == 0 || b.count("SELECT count(*) FROM twin.thing") != 0 {
		t.Errorf("%+v, %s", s, codes(findings))
	}
}

// TestLoadSL323Many loads more rows than are stored at a time, some of them bad, and each good one arrives once.
func TestLoadSL323Many(t *testing.T) {
	b := newRegion(t)
	dir := t.TempDir()
	var rows strings.Builder
	rows.WriteString("STCD,TM,Z\n")
	for i := range 2*sl323Batch + 7 {
		value := fmt.Sprintf("%.2f", float64(i%300)/100)
		if i%1000 == 500 {
			value = "?"
		}
		fmt.Fprintf(&rows, "7,2026-03-%02d %02d:%02d:00,%s\n", 1+i/1440, i/60%24, i%60, value)
	}
	for name, text := range map[string]string{"ST_RIVER_R.csv": rows.String(), "ST_STBPRP_B.csv": "STCD,STTP,LGTD,LTTD\n7,ZZ,121,32\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, findings := b.load("--sl323", dir)
	bad := len(findings)
	if want := 2*sl323Batch + 7 - bad; bad != 4 || s.Readings.Accepted != want || b.count("SELECT count(*) FROM twin.reading") != want {
		text, _ := json.Marshal(s)
		t.Errorf("%s, %d findings", text, bad)
	}
}

func TestSL323Datum(t *testing.T) {
	for name, want := range map[string]string{"吴淞": "wusong", "吴淞高程": "wusong", "废黄河口": "abandoned-yellow-river-mouth",
		"85基准": "1985-national", "1985国家高程基准": "1985-national",
		"冻结吴淞": "unknown", "假定": "unknown", "1956黄海": "unknown", "理论最低潮面": "lowest-theoretical-tide", "大沽": "unknown"} {
		if got := sl323Datum(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
