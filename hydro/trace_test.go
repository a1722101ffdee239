package hydro

import (
	"fmt"
	"strings"
	"testing"
)

// TestTrace walks along a small network: two reaches meet and flow on through a sluice; the last reach has no stated direction.
//
//	n1 ─r1─► n2 ─r3─► n3 ═work═ n4 ─r4─ n5
//	n6 ─r2─► n2
func TestTrace(t *testing.T) {
	reach := func(id, a, b, river string, from, to float64, direction string) piece {
		return piece{kind: "reach", id: id, a: a, b: b, river: river, from: from, to: to, placed: true, direction: direction}
	}
	parts := []piece{reach("r1", "n1", "n2", "A", 0, 1000, "forward"), reach("r3", "n3", "n2", "A", 1000, 2000, "backward"), reach("r2", "n6", "n2", "B", 0, 500, "forward"),
		reach("r4", "n4", "n5", "A", 2000, 3000, ""),
		{kind: "work", id: "w", a: "n3", b: "n4", river: "A", from: 2000, to: 2000, placed: true},
		{kind: "work", id: "pump", river: "B", from: 250, to: 250, placed: true},
		{kind: "station", id: "s1", a: "r1", river: "A", from: 300, to: 300, placed: true},
		{kind: "station", id: "s2", a: "r1", river: "A", from: 700, to: 700, placed: true},
		{kind: "station", id: "s4", a: "r4", river: "A", from: 2500, to: 2500, placed: true},
		{kind: "station", id: "dry"},
	}
	for i := range 6 {
		parts = append(parts, piece{kind: "node", id: fmt.Sprintf("n%d", i+1)})
	}
	for start, want := range map[string][2]string{
		"s1":   {"n1 r1", "n2 n3 n4 n5 r1 r3 r4 s2 s4 w undirected"},
		"s2":   {"n1 r1 s1", "n2 n3 n4 n5 r1 r3 r4 s4 w undirected"},
		"r3":   {"n1 n2 n6 pump r1 r2 s1 s2", "n3 n4 n5 r4 s4 w undirected"},
		"w":    {"n1 n2 n3 n4 n5 n6 pump r1 r2 r3 r4 s1 s2 s4 undirected", "n3 n4 n5 r4 s4 undirected"},
		"pump": {"n6 r2", "n2 n3 n4 n5 r2 r3 r4 s4 w undirected"},
		"n6":   {"", "n2 n3 n4 n5 pump r2 r3 r4 s4 w undirected"},
		"dry":  {"none", "none"},
		"nope": {"none", "none"},
	} {
		for i, upstream := range []bool{true, false} {
			ids, undirected, ok := trace(parts, start, upstream)
			var seen []string
			for _, id := range ids {
				if id != start {
					seen = append(seen, id)
				}
			}
			got := strings.Join(seen, " ")
			if undirected {
				got += " undirected"
			}
			if !ok {
				got = "none"
			}
			if start == "n6" {
				got = strings.TrimPrefix(got, "n6 ")
			}
			if got != want[i] {
				t.Errorf("%s, upstream %v: %s, want %s", start, upstream, got, want[i])
			}
		}
	}
}
