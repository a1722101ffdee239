package ingest_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"basin/ingest"
)

// TestRelayRows: readings become cells of the tables that say them, those of one time one row; what no table says is passed over.
func TestRelayRows(t *testing.T) {
	at := time.Date(2026, 7, 18, 0, 0, 0, 0, time.UTC)
	for want, c := range map[string]struct {
		station  ingest.RelayStation
		readings []ingest.RelayReading
		side     string
	}{
		"ST_RIVER_R Q=12.5000 Z=-0.0001 (2)": {ingest.RelayStation{Thing: "station:1"}, []ingest.RelayReading{
			{Property: "discharge", Scale: 4, Value: 125000, Time: at}, {Property: "level", Scale: 4, Value: -1, Time: at}}, "upper"},
		"ST_TIDE_R TDZ=3.4200 (1)": {ingest.RelayStation{Thing: "station:1", Type: "tide"}, []ingest.RelayReading{{Property: "level", Scale: 4, Value: 34200, Time: at}}, "upper"},
		"ST_WAS_R DWZ=1.0000 TGTQ=0.0000 UPZ=2.0000 (3)": {ingest.RelayStation{Thing: "work:1"}, []ingest.RelayReading{{Property: "discharge", Scale: 4, Time: at},
			{Property: "level", Role: "inner", Scale: 4, Value: 20000, Time: at}, {Property: "level", Role: "outer", Scale: 4, Value: 10000, Time: at}}, "inner"},
		"ST_WAS_R DWZ=2.0000 UPZ=1.0000 (2)": {ingest.RelayStation{Thing: "work:1"}, []ingest.RelayReading{
			{Property: "level", Role: "inner", Scale: 4, Value: 20000, Time: at}, {Property: "level", Role: "outer", Scale: 4, Value: 10000, Time: at}}, "outer"},
		"passed 2 relay-no-side": {ingest.RelayStation{Thing: "work:1"}, []ingest.RelayReading{
			{Property: "level", Role: "inner", Scale: 4, Value: 20000, Time: at}, {Property: "level", Role: "outer", Scale: 4, Value: 10000, Time: at}}, "upper"},
		"ST_PUMP_R OMCN=3 PDCHCD=1 PMPQ=30.5000 PPDWZ=1.0000 (3)": {ingest.RelayStation{Thing: "work:1", Type: "pump"}, []ingest.RelayReading{
			{Property: "discharge", Scale: 4, Value: -305000, Time: at}, {Property: "level", Role: "lower", Scale: 4, Value: 10000, Time: at}, {Property: "pump_running", Value: 3, Time: at}}, "upper"},
		"ST_PUMP_R PDCHCD=2 PMPQ=1.0000 (1)": {ingest.RelayStation{Thing: "work:1", Type: "pump"}, []ingest.RelayReading{{Property: "discharge", Scale: 4, Value: 10000, Time: at}}, ""},
		"ST_PUMP_R PDCHCD= PMPQ=0.0000 (1)":  {ingest.RelayStation{Thing: "work:1", Type: "pump"}, []ingest.RelayReading{{Property: "discharge", Scale: 4, Time: at}}, ""},
		"ST_GATE_R/0 EQPNO= GTOPHGT=1.0000 (1); ST_GATE_R/2 EQPNO=2 GTOPHGT=0.5000 GTQ=4.0000 (2); ST_GATE_R/Z EQPNO=35 GTOPHGT=0.0000 (1); passed 1 relay-no-table": {
			ingest.RelayStation{Thing: "work:1"}, []ingest.RelayReading{{Property: "discharge", Number: 2, Scale: 4, Value: 40000, Time: at}, {Property: "gate_opening", Scale: 4, Value: 10000, Time: at},
				{Property: "gate_opening", Number: 2, Scale: 4, Value: 5000, Time: at}, {Property: "gate_opening", Number: 35, Scale: 4, Time: at},
				{Property: "gate_opening", Number: 36, Scale: 4, Time: at}}, ""},
		"ST_PPTN_R DRP=2.500 DYP=41.500 INTV=1.00 (2); passed 1 relay-no-table": {ingest.RelayStation{Thing: "station:1", Hourly: true}, []ingest.RelayReading{
			{Property: "rainfall_5min", Scale: 3, Value: 500, Time: at}, {Property: "rainfall_daily", Scale: 3, Value: 41500, Time: at}, {Property: "rainfall_hour", Scale: 3, Value: 2500, Time: at}}, ""},
		"ST_PPTN_R DRP=0.500 INTV=0.05 (1)": {ingest.RelayStation{Thing: "station:1"}, []ingest.RelayReading{{Property: "rainfall_5min", Scale: 3, Value: 500, Time: at}}, ""},
		"passed 3 relay-no-table": {ingest.RelayStation{Thing: "station:1"}, []ingest.RelayReading{{Property: "rainfall_total", Scale: 3, Time: at}, {Property: "chloride", Scale: 3, Time: at},
			{Property: "level", Scale: 4, Time: at.Add(time.Millisecond)}}, ""},
	} {
		rows, passed, why := ingest.RelayRows(c.station, c.readings, c.side)
		var got []string
		for _, r := range rows {
			name := r.Table
			if r.Key != "" {
				name += "/" + r.Key
			}
			for _, column := range slices.Sorted(maps.Keys(r.Cells)) {
				name += " " + column + "=" + r.Cells[column]
			}
			got = append(got, fmt.Sprintf("%s (%d)", name, r.Readings))
			if !r.Time.Equal(at) {
				t.Errorf("time %s", r.Time)
			}
		}
		slices.Sort(got)
		if passed > 0 {
			code := "relay-no-table"
			if strings.Contains(why.Error(), "--upper") {
				code = "relay-no-side"
			}
			got = append(got, fmt.Sprintf("passed %d %s", passed, code))
		}
		if text := strings.Join(got, "; "); text != want {
			t.Errorf("%s\nwant %s", text, want)
		}
	}
}
