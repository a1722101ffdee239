package main

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"basin/source"
)

// FuzzSL323Cells reads whatever a table holds as a time and a number: what is taken for a number is that number, and a time is the same however it is read
// again.
func FuzzSL323Cells(f *testing.F) {
	for _, seed := range [][2]string{{"2026-07-18 08:00:00", "3.21"}, {"2026/7/18 8:0", "-.5"}, {"20260718080000", "5."}, {"2026-07-18T08:00:00+08:00", "1.5E-3"},
		{"200601021504", "+2"}, {"0000-1-1 0:0", "1e99999"}, {"NULL", "\\N"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, moment, number string) {
		if strings.ContainsAny(moment+number, "\",;\t\r\n\x00") {
			return
		}
		if i := strings.IndexAny(number, "eE"); i >= 0 && len(number)-i > 6 { // exact arithmetic takes too long
			return
		}
		s := &sl323Load{zone: time.FixedZone("", 8*3600), sum: Summary{Readings: &Readings{}}, o: source.Options{Finding: func(source.Finding) {}},
			l: &loader{report: func(source.Finding) {}}, bad: map[int]bool{}, where: func(int) string { return "" }}
		path := put(t, "ST_RIVER_R.csv", "STCD,TM,Z\n1,"+moment+","+number+"\n")
		_ = source.ReadTable(t.Context(), path, s.o, nil, func(r source.TableRow) error {
			if at, err := s.moment(r); err == nil && at.IsZero() != strings.HasPrefix(moment, "0001") {
				t.Errorf("%q is the time %v", moment, at)
			}
			value, ok := s.cell(r, "Z")
			if !ok {
				return nil
			}
			want, isOne := new(big.Rat).SetString(r.Get("Z"))
			got, isToo := new(big.Rat).SetString(string(value))
			if isOne && (!isToo || want.Cmp(got) != 0) {
				t.Errorf("%q is the number %q", number, value)
			}
			return nil
		})
	})
}
