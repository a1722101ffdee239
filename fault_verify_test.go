package main

import (
	"bufio"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// kills is how many blows TestCrashes deals out: five, twenty in CI, or as BASIN_KILLS says.
func kills(t *testing.T) int {
	t.Helper()
	text := os.Getenv("BASIN_KILLS")
	switch {
	case text != "":
	case os.Getenv("CI") == "true":
		return 20
	default:
		return 5
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("BASIN_KILLS is %q", text)
	}
	return n
}

// verdict is what became of what was acknowledged.
type verdict struct{ acknowledged, lost, twice int }

// stored is the whole raw series of a datastream, page by page.
func stored(t *testing.T, address, token, thing string) map[time.Time]float64 {
	t.Helper()
	out := map[time.Time]float64{}
	next := "http://" + address + "/twin/things/" + url.PathEscape(thing) + "/history?property=level&limit=7000&from=2026-03-01T00:00:00Z&to=" + time.Now().UTC().Format(time.RFC3339)
	for next != "" {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, next, nil)
		req.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var page struct {
			Points []struct {
				Time      time.Time
				Value     float64
				Corrected bool
			}
			Next string
		}
		err = json.NewDecoder(bufio.NewReader(answer.Body)).Decode(&page)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %v", next, answer.StatusCode, err)
		}
		for _, p := range page.Points {
			if _, twice := out[p.Time]; twice || p.Corrected {
				t.Errorf("%s at %v: twice %v, corrected %v", thing, p.Time, twice, p.Corrected)
			}
			out[p.Time] = p.Value
		}
		next = page.Next
	}
	return out
}

// verify checks that every acknowledged reading is there once with its value, and nothing that was never sent; it counts what was acknowledged, what of
// it is lost, and what is held or counted twice.
func (s *served) verify(token string, senders []*sender) (v verdict) {
	s.Helper()
	sent, acknowledged := map[string]map[time.Time]string{}, map[string]map[time.Time]string{}
	accepted := map[string]int{}
	for _, x := range senders {
		thing := "station:" + strings.TrimSuffix(x.datastream, ".level")
		if sent[thing] == nil {
			sent[thing], acknowledged[thing] = map[time.Time]string{}, map[time.Time]string{}
		}
		maps.Copy(sent[thing], x.sent)
		maps.Copy(acknowledged[thing], x.acknowledged)
		if x.uncounted {
			continue
		}
		if len(x.total.Rejected) > 0 || x.total.Corrections > 0 || x.total.Accepted+x.total.Duplicates != len(x.acknowledged) {
			s.Errorf("%s: %d acknowledged, counted %+v", thing, len(x.acknowledged), x.total)
		}
		accepted[thing] += x.total.Accepted
	}
	for thing, want := range acknowledged {
		v.acknowledged += len(want)
		held := stored(s.T, s.address, token, thing)
		for at, text := range want {
			number, _ := strconv.ParseFloat(text, 64)
			if x, there := held[at]; !there || x != number {
				v.lost++
				s.Errorf("%s at %v: %v was acknowledged, %v is held", thing, at, text, held[at])
			}
		}
		var again []sample
		for at, x := range held {
			if number, _ := strconv.ParseFloat(sent[thing][at], 64); sent[thing][at] == "" || number != x {
				s.Errorf("%s at %v: %v is held, sent was %q", thing, at, x, sent[thing][at])
			}
			again = append(again, sample{strings.TrimPrefix(thing, "station:") + ".level", at, json.Number(sent[thing][at])})
		}
		if len(held) < len(want) || accepted[thing] > len(held) {
			s.Errorf("%s: %d readings held, %d acknowledged, %d counted as accepted", thing, len(held), len(want), accepted[thing])
		}
		v.twice += max(0, accepted[thing]-len(held))
		for some := range slices.Chunk(again, 10_000) {
			if c, ok := post(s.address, token, some); !ok || c.Duplicates != len(some) || c.Accepted+c.Corrections+len(c.Rejected) > 0 {
				s.Errorf("%s: sent again %d: %v %+v", thing, len(some), ok, c)
			}
		}
	}
	return v
}
