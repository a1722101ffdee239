package ingest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestSL651Manual reads what observers key in where it can be read in one way only, and leaves the rest a text.
func TestSL651Manual(t *testing.T) {
	for text, want := range map[string]string{
		"Q 1.234":                            "27 06:00:04 1.234",
		"ZU 3.20 ZB -2.8 ":                   "3B 06:00:04 3.20, 3A 06:00:04 -2.8",
		"TT 2607010800 Z 3.2\r\nGN 2 GH 1.5": "39 08:00:00 3.2, 0A 08:00:00 2, 09 08:00:00 1.5 gate 2",
		"P 62305600 07180800 Z 3.21 NN":      "",
		"H 62305600 07180800 Z 3.21":         "",
		"Z":                                  "",
		"Z 3.2 4.1":                          "",
		"Z 1e3":                              "",
		"z 3.2":                              "",
		"TT 2613010800 Z 3.2":                "",
		"TT yesterday Z 3.2":                 "",
		"RGZS 1":                             "",
		"":                                   "",
		strings.Repeat("Z 1 ", 40):           "",
		"\u6c34\u4f4d 3.2":                   "",
	} {
		m := hourly(SL651Item{ID: "F2", Def: 0xF2, Raw: []byte(text)})
		m.Function, m.Items = 0x35, m.Items[2:]
		got := one(t, Profile{}, encoded(t, m))
		var said []string
		for _, o := range got.Observations {
			line := fmt.Sprintf("%s %s %s", o.Element, o.Time.In(time.FixedZone("", 8*3600)).Format(time.TimeOnly), o.Value)
			if o.Number != 0 {
				line += fmt.Sprintf(" gate %d", o.Number)
			}
			said = append(said, line)
		}
		if strings.Join(said, ", ") != want || got.Err != nil || !strings.Contains(string(got.Decoded), `"code":"F2"`) {
			t.Errorf("%q: %q, %v, %s", text, said, got.Err, got.Decoded)
		}
	}
}

// TestSL651SeriesOfSeveral reads several elements after one step: another begins where a value would have a digit too many.
func TestSL651SeriesOfSeveral(t *testing.T) {
	m := hourly(StepSL651(5*time.Minute), ElementSL651("39", "1.000", "", "-2.000", "999.999"), ElementSL651("20", "0.5", "1.0"), ElementSL651("3B", "3.000", "3.100"),
		SL651Item{ID: "F0", Def: 0xF0, Time: time.Date(2026, 7, 1, 5, 0, 0, 0, time.FixedZone("", 8*3600))}, ElementSL651("38", "12.10"))
	m.Function = 0x31
	got := one(t, Profile{}, encoded(t, m))
	var said []string
	for _, o := range got.Observations {
		said = append(said, fmt.Sprintf("%s %s %s", o.Element, o.Time.Format("15:04"), o.Value))
	}
	want := []string{"39 06:00 1.000", "39 06:05 ", "39 06:10 -2.000", "39 06:15 999.999", "20 06:00 0.5", "20 06:05 1.0", "3B 06:00 3.000", "3B 06:05 3.100", "38 05:00 12.10"}
	if !slices.Equal(said, want) || got.Err != nil {
		t.Errorf("%q, %v", said, got.Err)
	}
}
