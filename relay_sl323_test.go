package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"basin/access"
	"basin/ingest"
	"basin/postgis"
)

// stationsTable is the table of stations that a centre has besides those that are relayed.
const stationsTable = `CREATE TABLE ST_STBPRP_B (STCD VARCHAR(10), STTP CHAR(2), STNM VARCHAR(60), LGTD DECIMAL(10,6), LTTD DECIMAL(10,6), DTMNM VARCHAR(60))`

// sheets puts the stations of the directory of tables into another database.
func sheets(db otherDB) {
	db.exec(stationsTable, `INSERT INTO ST_STBPRP_B VALUES ('60117200','TT','天生港',120.755,32.035,'吴淞基面'), ('60117200','PP','天生港',120.755,32.035,NULL),
		('62310100','ZQ','遥望港',121.05,32.12,'废黄河口'), ('62310200','ZZ','新江海河',121.20,32.02,'1985国家高程基准'), ('62310300','DD','九圩港闸',120.80,32.05,'吴淞'),
		('62310400','DP','如泰站',121.1,32.4,'冻结基面'), ('S1','ZZ','甲',120.8,32,'吴淞')`)
}

// lots is how many readings are under way when the server is killed.
const lots = 20_000

// TestRelaySL323 relays into a database whose server is killed meanwhile, and another basin that reads it has the same readings.
func TestRelaySL323(t *testing.T) {
	for _, kind := range []string{"postgres", "mysql"} {
		t.Run(kind, func(t *testing.T) {
			from, to := newRegion(t), newRegion(t)
			var db otherDB
			var maria *mariaDB
			if kind == "postgres" {
				db = newOtherPostgres(t)
			} else {
				maria = newMariaDB(t)
				db = maria
				t.Setenv("BASIN_SL323_PASSWORD", mariaPassword)
			}
			sheets(db)
			there := func(table string) (n int) {
				if maria != nil {
					_ = maria.sql.QueryRow("SELECT count(*) FROM " + table).Scan(&n)
				} else {
					n = one[int](&bench{t, db.(*otherPostgres).db}, `SELECT count(*) FROM "`+table+`"`)
				}
				return n
			}
			from.load("--sl323", "testdata/sl323")
			from.load(put(t, "gauge.geojson", geojson(aFeature(`"code":"S1","type":"level","datum":"wusong","name_zh":"甲"`, aPoint(120.8, 32)))), "--to", "station")
			args := []string{"relay", "--to", db.url(), "--centre", "city", "--since", "2020-01-01T00:00:00Z", "--class", "internal"}
			if o := from.basin(args...); o.code != 1 || !strings.Contains(o.err, "lacks ST_GATE_R, ST_PPTN_R, ST_PUMP_R, ST_RIVER_R, ST_TIDE_R, ST_WAS_R; --create-tables makes them") {
				t.Fatalf("exit %d: %s", o.code, o.err)
			}
			run := from.starts(append(args, "--create-tables")...)
			want := from.count(`SELECT count(*) FROM twin.reading`)
			confirmed := func() int {
				return from.count(`SELECT coalesce(sum(confirmed), 0)::integer FROM ingest.relay WHERE protocol = 'sl323' AND failed IS NULL`)
			}
			until(t, "all readings to be confirmed", func() bool { return confirmed() == want })
			var many strings.Builder
			many.WriteString("STCD,TM,Z\n")
			for n := range lots {
				fmt.Fprintf(&many, "S1,%s,%d.%04d\n", time.Date(2026, 1, 1, 0, n, 0, 0, time.UTC).Format(time.DateTime), n%9-4, n%10000)
			}
			from.load(put(t, "ST_RIVER_R.csv", many.String()))
			want += lots
			until(t, "some of many", func() bool { return there("ST_RIVER_R") > 100 })
			if maria != nil {
				maria.kill()
			} else {
				db.exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND query !~ 'pg_stat_activity'`)
			}
			from.load(put(t, "ST_RIVER_R.csv", "STCD,TM,Z,Q\n62310100,2026-07-19 08:00:00,2.3456,1\n62310100,2026-07-18 09:00:00,2.4,14\n"))
			if maria != nil {
				until(t, "the absence to be noticed", func() bool { return strings.Contains(from.basin("relay", "status").out, "does not answer") })
				maria.start()
			}
			until(t, "the rest to be confirmed", func() bool { return confirmed() >= want+4 })
			if code := run.stop(); code != 0 {
				t.Errorf("exit %d: %s", code, run.log.String())
			}
			again := from.starts(args...) // nothing is left
			until(t, "another round", func() bool { return from.count(`SELECT count(*) FROM auth.audit WHERE action = 'relay.start'`) == 2 })
			again.stop()
			if got := confirmed(); got != want+4 {
				t.Errorf("%d confirmed of %d", got, want+4)
			}
			to.load("--sl323", db.url())
			got, here := allReadings(to), allReadings(from)
			if len(got) != len(here) {
				t.Errorf("%d readings there, %d here", len(got), len(here))
			}
			for i := range min(len(got), len(here)) {
				if got[i] != here[i] {
					t.Fatalf("there %s, here %s", got[i], here[i])
				}
			}
			status := from.basin("relay", "status")
			for _, text := range []string{status.out, run.log.String(), from.text(`SELECT string_agg(a::text, '') FROM auth.audit a`), from.text(`SELECT string_agg(a::text, '') FROM ingest.relay a`)} {
				if strings.Contains(text, "s3cret") {
					t.Errorf("the password was told: %s", text)
				}
			}
		})
	}
}

// TestRelaySL323Tables: tables as a bureau has them are written too, but not without their key, and one station that they do not take holds up no other.
func TestRelaySL323Tables(t *testing.T) {
	b, db := newRegion(t), newOtherPostgres(t)
	b.load(put(t, "gauge.geojson", geojson(aFeature(`"code":"S1","type":"level","datum":"wusong"`, aPoint(120.8, 32)),
		aFeature(`"code":"TOO-LONG-FOR-IT","type":"level","datum":"wusong"`, aPoint(120.8, 32)))), "--to", "station")
	db.exec(`CREATE TABLE st_river_r (stcd char(8), tm timestamptz, z numeric(7,3), q varchar(20), xsa real DEFAULT 7, moditime timestamp)`)
	args := []string{"relay", "--to", db.url(), "--centre", "city", "--create-tables", "--class", "internal", "--since", "2020-01-01T00:00:00Z"}
	if o := b.basin(args...); o.code != 1 || !strings.Contains(o.err, "STCD, TM are no unique key of ST_RIVER_R") {
		t.Fatalf("exit %d: %s", o.code, o.err)
	}
	db.exec(`ALTER TABLE st_river_r ADD PRIMARY KEY (tm, stcd)`, `INSERT INTO st_river_r VALUES ('S1', '2026-07-18 08:00+08', 1, '5', 3, NULL)`)
	run := b.starts(args...)
	b.load(put(t, "ST_RIVER_R.csv", "STCD,TM,Z,Q\nS1,2026-07-18 08:00:00,2.5,\nTOO-LONG-FOR-IT,2026-07-18 08:00:00,2.5,\n"))
	until(t, "the station to arrive, and the other to fail", func() bool {
		return b.count(`SELECT count(*) FROM ingest.relay WHERE confirmed = 1 AND failed IS NULL AND address = 'station:S1'`) == 1 &&
			b.count(`SELECT count(*) FROM ingest.relay WHERE confirmed = 0 AND reason ~ 'too long' AND address = 'station:TOO-LONG-FOR-IT'`) == 1
	})
	run.stop()
	other := &bench{t, db.db}
	if got := other.text(`SELECT string_agg(trim(stcd) || ' ' || tm || ' ' || z || ' ' || q || ' ' || xsa || ' ' || (moditime > now() AT TIME ZONE 'Asia/Shanghai' - interval '1 hour'), ';') FROM st_river_r`); got !=
		"S1 2026-07-18 00:00:00+00 2.500 5 3 true" {
		t.Errorf("there: %s", got)
	}
}

// TestRelayClass: what is above the class never goes, by either way.
func TestRelayClass(t *testing.T) {
	b, db := newRegion(t), newOtherPostgres(t)
	b.load(put(t, "gauge.geojson", geojson(aFeature(`"code":"S1","type":"level","datum":"wusong"`, aPoint(120.8, 32)))), "--to", "station", "--class", "public")
	b.load(put(t, "secret.geojson", geojson(aFeature(`"code":"S2","type":"level","datum":"wusong"`, aPoint(120.8, 32)))), "--to", "station", "--class", "restricted")
	if o := b.basin("station", "add", "--csv", put(t, "stations.csv", "protocol,address,station,elements\nsl651,0032060001,S1,\nsl651,0032060002,S2,\n")); o.code != 0 {
		t.Fatal(o.err)
	}
	b.load(put(t, "ST_RIVER_R.csv", "STCD,TM,Z,Q\nS1,2026-07-18 08:00:00,2.5,10\nS2,2026-07-18 08:00:00,2.5,10\n"))
	if err := b.db.Do(t.Context(), func(tx postgis.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE twin.datastream SET class = 'internal' WHERE code = 'S1.discharge'`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for class, want := range map[access.Class]int{access.Public: 1, access.Internal: 2, access.Restricted: 4} {
		store := ingest.NewRelayStore(b.db, string(class), ingest.RelayBySL651, class)
		stations, err := store.Stations(t.Context(), nil, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		horizon, _, err := store.Horizon(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		found, _, err := store.Next(t.Context(), stations, horizon)
		if err != nil || len(found["0032060001"])+len(found["0032060002"]) != want {
			t.Errorf("by SL 651, class %s: %v, %v, want %d readings", class, found, err, want)
		}
	}
	run := b.starts("relay", "--to", db.url(), "--centre", "city", "--create-tables", "--since", "2020-01-01T00:00:00Z")
	until(t, "what may go", func() bool {
		return b.count(`SELECT count(*) FROM ingest.relay WHERE protocol = 'sl323' AND confirmed > 0`) > 0
	})
	run.stop()
	if !strings.Contains(run.log.String(), `"class":"public","datastreams":3`) {
		t.Errorf("nothing was said of what stays: %s", run.log.String())
	}
	other := &bench{t, db.db}
	if got := other.text(`SELECT string_agg("STCD" || ' ' || "Z" || ' ' || coalesce("Q"::text, 'none'), ';') FROM "ST_RIVER_R"`); got != "S1 2.5000 none" {
		t.Errorf("there: %s", got)
	}
	b.equal("relays of the restricted station by the table", b.count(`SELECT count(*) FROM ingest.relay WHERE address = 'station:S2'`), 0)
}
