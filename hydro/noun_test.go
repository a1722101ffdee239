package hydro_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"basin/access"
	"basin/fault"
	"basin/geo"
	"basin/hydro"
	"basin/postgis"
	"basin/postgis/postgistest"
	"basin/twin"
)

// put loads one thing and returns what was reported of it.
func put(t *testing.T, db *postgis.DB, kind, code string, fields twin.Fields) (reported error) {
	t.Helper()
	for _, n := range hydro.Nouns() {
		if n.Kind != kind {
			continue
		}
		row := twin.Row{Thing: twin.Thing{Code: code, Class: access.Public, Geometry: geo.Point(geo.Place{120.8, 32})}, Fields: fields}
		if _, err := n.Load(context.Background(), db, []twin.Row{row}, func(_ twin.Row, err error) { reported = err }, func(int) {}); err != nil {
			t.Fatal(err)
		}
	}
	return reported
}

// TestPartsOfWorks: gates and pump units come as lists or as counts; curves belong to them; a sill has a datum.
func TestPartsOfWorks(t *testing.T) {
	ctx, db := context.Background(), postgistest.New(t)
	fields := twin.Fields{"type": "sluice-pump", "openings": 2.0, "opening_width_m": 10.0, "sill_elevation_m": -1.5, "datum": "wusong",
		"units":         []any{map[string]any{"capacity_m3s": 5.0, "direction": "both"}},
		"pump_curves":   []any{map[string]any{"number": 1.0, "head_m": 2.0, "discharge_m3s": 4.5}, map[string]any{"number": 1.0, "head_m": 4.0, "discharge_m3s": 3.0}},
		"storage_curve": []any{map[string]any{"datum": "wusong", "level_m": 2.0, "area_m2": 1e6, "volume_m3": 2e6}}}
	for range 2 { // the second time nothing is doubled
		if err := put(t, db, "work", "W1", fields); err != nil {
			t.Fatal(err)
		}
	}
	parts, err := hydro.Parts(ctx, db, []string{"work:W1"})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Gates []struct {
			Number int
			Width  float64 `json:"width_m"`
			Sill   float64 `json:"sill_m"`
			Datum  string
		}
		Units []struct {
			Number    int
			Direction string
			Capacity  float64 `json:"capacity_m3s"`
		}
	}
	if err := json.Unmarshal(parts["work:W1"], &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Gates) != 2 || got.Gates[1].Number != 2 || got.Gates[1].Width != 10 || got.Gates[1].Sill != -1.5 || got.Gates[1].Datum != "wusong" {
		t.Errorf("gates %+v", got.Gates)
	}
	if len(got.Units) != 1 || got.Units[0].Capacity != 5 || got.Units[0].Direction != "both" {
		t.Errorf("units %+v", got.Units)
	}
	var curves, storage, streams int
	if err := db.QueryRow(ctx, `SELECT (SELECT count(*) FROM hydro.pump_curve), (SELECT count(*) FROM hydro.storage_curve), (SELECT count(*) FROM twin.datastream)`).
		Scan(&curves, &storage, &streams); err != nil {
		t.Fatal(err)
	}
	if curves != 2 || storage != 1 || streams != 5 { // two levels, two gates, the units running
		t.Errorf("%d points of pump curves, %d of storage curves, %d datastreams", curves, storage, streams)
	}
}

// TestThresholdsOfStations: a flood-season limit is in force on its days only, and a level of another datum is compared through the stated offset.
func TestThresholdsOfStations(t *testing.T) {
	ctx, db := context.Background(), postgistest.New(t)
	if err := put(t, db, "station", "S1", twin.Fields{"type": "level", "datum": "wusong", "warning_level_m": 5.0, "thresholds": []any{
		map[string]any{"type": "flood-season", "value": 3.0, "datum": "1985-national", "season_from": 501.0, "season_to": 930.0},
		map[string]any{"type": "control-low", "value": 1.0, "valid_from": "2020-01-01", "valid_to": "2021-01-01"}}}); err != nil {
		t.Fatal(err)
	}
	if err := db.Do(ctx, func(tx postgis.Tx) error {
		return twin.PutDatumOffsets(ctx, tx, []any{map[string]any{"thing": "station:S1", "from": "1985-national", "to": "wusong", "offset_m": 1.9, "source": "test"}})
	}); err != nil {
		t.Fatal(err)
	}
	found, err := twin.Thresholds(ctx, db, []string{"station:S1"}, access.Public)
	if err != nil {
		t.Fatal(err)
	}
	inForce := func(day string) []string {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		out := []string{}
		for _, h := range found {
			if h.InForce(at) {
				out = append(out, h.Type)
			}
		}
		return out
	}
	for day, want := range map[string][]string{"2020-07-01": {"control-low", "flood-season", "warning"}, "2020-12-31": {"control-low", "warning"},
		"2021-01-01": {"warning"}, "2026-09-30": {"flood-season", "warning"}, "2026-10-01": {"warning"}} {
		if diff := cmp.Diff(want, inForce(day)); diff != "" {
			t.Errorf("in force on %s (-want +got):\n%s", day, diff)
		}
	}
	if err := put(t, db, "station", "S2", twin.Fields{"type": "level", "thresholds": []any{map[string]any{"type": "warning"}}}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a threshold without a value: %v", err)
	}
	if err := put(t, db, "station", "S3", twin.Fields{"type": "level", "datum": "nowhere"}); err == nil {
		t.Error("a datum that nobody knows was taken")
	}
}
