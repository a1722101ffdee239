package ingest_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"basin/access"
	"basin/ingest"
	"basin/twin"
)

// TestArrivals: rates of a month that is over.
func TestArrivals(t *testing.T) {
	s, ctx := newField(t, ingest.DefaultLimits()), context.Background()
	s.register(ingest.Station{Address: "A1", Station: "S1"}, ingest.Station{Address: "A2", Station: "S1"}, ingest.Station{Address: "A3", Station: "S2"})
	from, to, err := ingest.Month("2026-06", shanghai(t)) // 30 days
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Exec(ctx, `UPDATE ingest.rtu SET created = $1`, from.AddDate(0, 0, 20)); err != nil { // 10 days are left: 240 hours
		t.Fatal(err)
	}
	// Of ten days: readings on five, every other hour; of these every third is late by an hour. Before it was registered, and after the month, readings too.
	var readings []twin.Reading
	for hour := -24; hour < 24*12; hour += 2 {
		if hour < 0 || hour >= 24*10 || hour/24 < 5 {
			readings = append(readings, twin.Reading{Datastream: "S1.level", Time: from.AddDate(0, 0, 20).Add(time.Duration(hour) * time.Hour), Value: "1"})
		}
	}
	if _, err := s.writer.Append(ctx, access.Principal{ID: "t", Role: access.System}, readings); err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Exec(ctx, `UPDATE twin.reading SET received = time + CASE WHEN extract(hour FROM time)::integer % 3 = 0 THEN interval '1 hour' ELSE interval '9 minutes' END`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Exec(ctx, `INSERT INTO ingest.frame (received, protocol, channel, thing, bytes, verdict)
		SELECT $1::timestamptz + n * interval '1 day', 'tiny', 'tcp', 'station:S1', '', v FROM (VALUES (25, 'keep-alive'), (26, 'refused'), (10, 'accepted')) f (n, v)`, from); err != nil {
		t.Fatal(err)
	}
	found, err := ingest.Arrivals(ctx, s.db, ingest.ArrivalsOf{From: from, To: to, Clearance: access.Restricted})
	if err != nil || len(found.Arrivals) != 2 || found.By != ingest.ByStation || found.Month != "2026-06" {
		t.Fatalf("%+v, %v", found, err)
	}
	rate := func(x float64) *float64 { return &x }
	want := []ingest.Arrival{
		{Thing: "station:S1", Station: "S1", Vendors: []string{""}, Expected: 240, Arrived: 60, Timely: 40, Days: 10, LineDays: 6, ArrivalRate: rate(0.25), TimelyRate: rate(40.0 / 60), LineRate: rate(0.6)},
		{Thing: "station:S2", Station: "S2", Vendors: []string{""}, Days: 10, LineRate: rate(0)},
	}
	if diff := cmp.Diff(want, found.Arrivals); diff != "" {
		t.Error(diff)
	}
	if found, err := ingest.Arrivals(ctx, s.db, ingest.ArrivalsOf{From: from, To: to, Clearance: access.Public}); err != nil || len(found.Arrivals) != 1 {
		t.Errorf("the public sees %+v, %v", found, err)
	}
	if found, err := ingest.Arrivals(ctx, s.db, ingest.ArrivalsOf{From: to.AddDate(10, 0, 0), To: to.AddDate(10, 1, 0), Thing: "S1", Clearance: access.Restricted}); err != nil || len(found.Arrivals) != 1 || found.Arrivals[0].Days != 0 || found.Arrivals[0].Expected != 0 {
		t.Errorf("a month to come: %+v, %v", found, err)
	}
}

// TestArrivalsByVendorAndChannel: what came by real frames over TCP and UDP, told by station, vendor and channel. A reading by both is one reading, and
// arrived by both; what a person enters did not arrive, and what he corrects did when it did.
func TestArrivalsByVendorAndChannel(t *testing.T) {
	s, ctx := newField(t, ingest.DefaultLimits()), context.Background()
	s.register(ingest.Station{Address: "A1", Station: "S1", Vendor: "ACME"}, ingest.Station{Address: "B1", Station: "W1", Vendor: "BETA"},
		ingest.Station{Address: "N1", Station: "S1"}, ingest.Station{Address: "C1", Station: "S2", Vendor: "BETA"})
	from := time.Now().UTC().Truncate(time.Second).Add(-6 * time.Hour)
	to := from.Add(6*time.Hour + 30*time.Minute) // not over yet: the time until now counts
	if _, err := s.db.Exec(ctx, `UPDATE ingest.rtu SET created = $1`, from); err != nil {
		t.Fatal(err)
	}
	at := func(hour, minute int) time.Time {
		return from.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
	}
	tcp, udp := s.dial("tcp"), s.dial("udp")
	tcp.send(said{Address: "A1", Kind: "alive"})
	s.until("the first frame", func() bool { return len(s.frames()) == 1 })
	if _, err := s.db.Exec(ctx, `UPDATE ingest.frame SET received = $1`, from.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	both := level("A1", 3, at(2, 0), "3")
	for _, f := range []said{level("A1", 1, at(0, 0), "1"), level("A1", 2, at(1, 1), "2"), both} {
		tcp.ask(f)
	}
	mixed := level("A1", 4, at(1, 1), "2") // again, and for another station
	mixed.Values = append(mixed.Values, observed{Address: "B1", Property: "level", Role: "inner", Time: at(1, 0), Value: "1"},
		observed{Property: "level", Time: to.Add(time.Hour), Value: "1"}) // ahead of the clock: rejected
	tcp.ask(mixed)
	for _, f := range []said{both, level("A1", 5, at(3, 59), "4"), level("A1", 6, at(5, 55), "5")} {
		udp.ask(f)
	}
	person := access.Principal{ID: "o", Name: "duty officer", Role: access.Operator}
	if _, err := s.writer.Append(ctx, person, []twin.Reading{{Datastream: "S1.level", Time: at(4, 0), Value: "4.5"}, {Datastream: "S1.level", Time: at(5, 55), Value: "5.5"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Exec(ctx, `UPDATE twin.reading SET received = received + interval '1 hour' WHERE operator`); err != nil {
		t.Fatal(err)
	}
	s.until("eight frames", func() bool { return len(s.frames()) == 8 })
	acme, none := "ACME", ""
	told := func(by string, vendor *string) []ingest.Arrival {
		t.Helper()
		list, err := ingest.Arrivals(ctx, s.db, ingest.ArrivalsOf{From: from, To: to, By: by, Clearance: access.Restricted, Vendor: vendor})
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range list.Arrivals { // how many days these are depends on the hour
			if a.LineDays > a.Days || (by == ingest.ByChannel && a.LineDays == 0) {
				t.Errorf("by %s: %d line days of %d", by, a.LineDays, a.Days)
			}
			list.Arrivals[i].Days, list.Arrivals[i].LineDays, list.Arrivals[i].ArrivalRate, list.Arrivals[i].TimelyRate, list.Arrivals[i].LineRate = 0, 0, nil, nil, nil
		}
		return list.Arrivals
	}
	station := ingest.Arrival{Thing: "station:S1", Station: "S1", Vendors: []string{"", "ACME"}, Expected: 6, Arrived: 5, Timely: 1}
	own := station
	own.Vendors = []string{"ACME"}
	byTCP, byUDP := ingest.Arrival{Channel: "tcp", Stations: 2, Readings: 4, Expected: 6, Arrived: 3}, ingest.Arrival{Channel: "udp", Stations: 1, Readings: 3, Expected: 6, Arrived: 3, Timely: 1}
	ownTCP := byTCP
	ownTCP.Stations, ownTCP.Readings = 1, 3
	for name, step := range map[string]struct{ want, got []ingest.Arrival }{
		"by station": {[]ingest.Arrival{station, {Thing: "station:S2", Station: "S2", Vendors: []string{"BETA"}}, {Thing: "work:W1", Station: "W1", Vendors: []string{"BETA"}}},
			told(ingest.ByStation, nil)},
		"by station, of a vendor": {[]ingest.Arrival{own}, told(ingest.ByStation, &acme)},
		"by station, of no name":  {[]ingest.Arrival{}, told(ingest.ByStation, &none)},
		"by vendor": {[]ingest.Arrival{{Vendor: &none, Stations: 1, Expected: 6, Arrived: 5, Timely: 1}, {Vendor: &acme, Stations: 1, Expected: 6, Arrived: 5, Timely: 1},
			{Vendor: new("BETA"), Stations: 2}}, told(ingest.ByVendor, nil)},
		"by vendor, of one":       {[]ingest.Arrival{{Vendor: &acme, Stations: 1, Expected: 6, Arrived: 5, Timely: 1}}, told(ingest.ByVendor, &acme)},
		"by channel":              {[]ingest.Arrival{byTCP, byUDP}, told(ingest.ByChannel, nil)},
		"by channel, of a vendor": {[]ingest.Arrival{ownTCP, byUDP}, told(ingest.ByChannel, &acme)},
		"by channel, of no name":  {[]ingest.Arrival{}, told(ingest.ByChannel, &none)},
	} {
		if diff := cmp.Diff(step.want, step.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if n := s.count(`SELECT count(*) FROM twin.reading r JOIN twin.datastream d ON d.id = r.datastream WHERE d.code = 'S1.level' AND r.time = $1`, at(2, 0)); n != 1 {
		t.Errorf("the reading by two channels is held %d times", n)
	}
	// What is kept of frames begins later: nothing is expected before.
	if _, err := s.db.Exec(ctx, `UPDATE ingest.frame SET received = $1 WHERE received < $2`, at(3, 0), from); err != nil {
		t.Fatal(err)
	}
	list, err := ingest.Arrivals(ctx, s.db, ingest.ArrivalsOf{From: from, To: to, By: ingest.ByChannel, Clearance: access.Restricted})
	if err != nil || list.Since == nil || !list.Since.Equal(at(3, 0)) || list.Arrivals[1].Expected != 3 || list.Arrivals[1].Arrived != 2 {
		t.Errorf("%+v, %v", list, err)
	}
	// Disabled after two hours, both field stations of S1: nothing more is expected of it.
	if _, err := s.db.Exec(ctx, `UPDATE ingest.rtu SET disabled = $1`, at(2, 0)); err != nil {
		t.Fatal(err)
	}
	if got := told(ingest.ByStation, &acme); got[0].Expected != 2 || got[0].Arrived != 2 {
		t.Errorf("disabled: %+v", got)
	}
}

// TestArrivalPage: the page names zone, time and definitions in both languages, and escapes what vendors are called; CSV is inert.
func TestArrivalPage(t *testing.T) {
	rate := 0.985
	list := ingest.ArrivalList{Month: "2026-10", By: ingest.ByVendor, Zone: "Asia/Shanghai", Generated: time.Date(2026, 11, 1, 0, 30, 0, 0, time.UTC),
		Arrivals: []ingest.Arrival{{Vendor: new("<script>alert(1)</script>"), Stations: 2, Expected: 200, Arrived: 197, ArrivalRate: &rate}, {Vendor: new("")},
			{Vendor: new("=HYPERLINK(\"x\")")}}}
	region := ingest.Region{Zone: shanghai(t), Titles: map[string]string{"zh": "南通", "en": "Nantong"}}
	for lang, want := range map[string][]string{"zh": {`lang="zh"`, "南通 遥测站到报统计", "到报率", "实到 ÷ 应到", "（未注明）", "时区 Asia/Shanghai", "生成于 2026-11-01 08:30"},
		"en": {`lang="en"`, "Nantong Arrival of readings", "Arrived of expected", "(not named)", "time zone Asia/Shanghai", "generated 2026-11-01 08:30"}} {
		for _, by := range []string{ingest.ByVendor, ingest.ByStation, ingest.ByChannel} {
			list.By, list.Since = by, &list.Generated
			var page bytes.Buffer
			if err := ingest.WriteArrivalPage(&page, list, region, lang, "ACME"); err != nil {
				t.Fatal(err)
			}
			for _, w := range append(want, "98.5%", "ACME", "2026-10", "&lt;script&gt;", "@page") {
				if !strings.Contains(page.String(), w) {
					t.Errorf("%s by %s lacks %s", lang, by, w)
				}
			}
			for _, w := range []string{"<script", "no value", "ZgotmplZ", "<dd></dd>", "<dt></dt>", `note"></p>`, `<th scope="col"></th>`} {
				if strings.Contains(page.String(), w) {
					t.Errorf("%s by %s contains %s", lang, by, w)
				}
			}
		}
	}
	list.By = ingest.ByVendor
	var text bytes.Buffer
	if err := ingest.WriteArrivalCSV(&text, list, true); err != nil {
		t.Fatal(err)
	}
	want := "\ufeffmonth,vendor,vendors,stations,readings,expected,arrived,timely,days,line_days,arrival_rate,timely_rate,line_rate\n" +
		"2026-10,<script>alert(1)</script>,,2,,200,197,0,0,0,0.9850,,\n2026-10,,,0,,0,0,0,0,0,,,\n2026-10,\"'=HYPERLINK(\"\"x\"\")\",,0,,0,0,0,0,0,,,\n"
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Error(diff)
	}
}
