package ingest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"basin/ingest"
)

// sentBy are the serials of the frames that a vendor sees, the newest first.
func (s *field) sentBy(vendor string, of ingest.FramesOf) []ingest.Frame {
	s.Helper()
	found, err := ingest.FramesOfVendor(context.Background(), s.db, vendor, of)
	if err != nil {
		s.Fatal(err)
	}
	return found
}

// TestVendorSeesItsOwn: a frame is seen by the vendor of its sender and by no other, whichever stations it speaks for; what became of observations of
// others' stations is told to neither.
func TestVendorSeesItsOwn(t *testing.T) {
	s := newField(t, ingest.DefaultLimits())
	s.register(ingest.Station{Address: "A1", Station: "S1", Vendor: " ACME "}, ingest.Station{Address: "A2", Station: "W1", Vendor: "ACME", Password: "b"},
		ingest.Station{Address: "B1", Station: "S2", Vendor: "BETA", Password: "b"}, ingest.Station{Address: "N1", Station: "S1"})
	c, at := s.dial("tcp"), anHourAgo()
	speaking := func(serial int, password, address string) said {
		f := level("A1", serial, at, "1.5")
		f.Password = password
		f.Values = append(f.Values, observed{Address: address, Property: "rainfall", Time: at, Value: "2"})
		return f
	}
	for _, f := range []said{level("A1", 1, at, "1"), speaking(2, "guess", "B1"), speaking(3, "b", "B1"), speaking(4, "guess", "A2"), speaking(5, "", "nobody")} {
		if !c.ask(f) {
			t.Fatalf("frame %d was refused", f.Serial)
		}
	}
	own := level("B1", 6, at, "1")
	own.Password, own.Values[0].Property = "b", "rainfall"
	c.ask(own)
	c.ask(level("N1", 7, at, "1"))
	s.until("seven frames", func() bool { return len(s.frames()) == 7 })
	acme := s.sentBy("ACME", ingest.FramesOf{})
	var seen []string
	for _, f := range acme {
		told := "concealed"
		if f.Readings > 0 {
			told = "told"
		}
		if strings.Contains(string(f.Decoded), "skipped") {
			told += ", skipped"
		}
		var what struct{ Serial int }
		if err := json.Unmarshal(f.Decoded, &what); err != nil {
			t.Fatal(err)
		}
		seen = append(seen, fmt.Sprint(what.Serial, " ", told))
	}
	want := "5 concealed; 4 told, skipped; 3 concealed; 2 concealed; 1 told"
	if got := strings.Join(seen, "; "); got != want {
		t.Errorf("ACME sees %s; want %s", got, want)
	}
	if string(acme[2].Decoded) != `{"serial":3}` || string(acme[3].Decoded) != `{"serial":2}` || acme[2].Verdict != acme[3].Verdict {
		t.Errorf("whether a password opens another's station shows: %s %s", acme[2].Decoded, acme[3].Decoded)
	}
	if beta := s.sentBy("BETA", ingest.FramesOf{}); len(beta) != 1 || beta[0].Address != "B1" || beta[0].Readings != 1 {
		t.Errorf("BETA sees %+v", beta)
	}
	for vendor, of := range map[string]ingest.FramesOf{"": {}, "NOBODY": {}, "acme": {}, "BETA": {Thing: "S1"}, "ACME": {Address: "B1"}} {
		if found := s.sentBy(vendor, of); len(found) != 0 {
			t.Errorf("%q with %+v sees %d frames", vendor, of, len(found))
		}
	}
	if page := s.sentBy("ACME", ingest.FramesOf{After: acme[4].ID, Before: acme[0].ID, Limit: 2}); len(page) != 2 || page[0].ID != acme[1].ID {
		t.Errorf("a page: %+v", page)
	}
	if page := s.sentBy("ACME", ingest.FramesOf{Thing: "S1", After: acme[1].ID}); len(page) != 1 {
		t.Errorf("after the last but one: %+v", page)
	}
	if _, err := s.db.Exec(context.Background(), `UPDATE ingest.frame SET spoken_for = NULL`); err != nil {
		t.Fatal(err)
	}
	for _, f := range s.sentBy("ACME", ingest.FramesOf{}) {
		if f.Readings != 0 || f.Reason != "" {
			t.Errorf("a frame of which is not known for whom it speaks: %+v", f)
		}
	}
	for vendor, want := range map[string]int{"ACME": 2, "BETA": 1, "": 0} {
		if found, err := s.desk.ListOf(context.Background(), vendor, ""); err != nil || len(found) != want {
			t.Errorf("%q has %d field stations, %v; want %d", vendor, len(found), err, want)
		}
	}
	if l := s.listener.Line("tiny", "A1"); l == nil || l.Channel != "tcp" || l.Peer != c.LocalAddr().String() {
		t.Errorf("the line of A1: %+v", l)
	}
	if l := s.listener.Line("tiny", "A2"); l != nil {
		t.Errorf("A2 has a line: %+v", l)
	}
}
