package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"basin/postgis"
	"basin/postgis/postgistest"
	"basin/source"
)

// otherDB is a database of another bureau that a test plays.
type otherDB interface {
	exec(statements ...string)
	url() string
}

// otherPostgres is a second database of the throw-away cluster.
type otherPostgres struct {
	*testing.T
	db *postgis.DB
}

func newOtherPostgres(t *testing.T) *otherPostgres {
	t.Helper()
	return &otherPostgres{t, postgistest.New(t)}
}

func (p *otherPostgres) exec(statements ...string) {
	p.Helper()
	for _, s := range statements {
		if _, err := p.db.Exec(context.Background(), s); err != nil {
			p.Fatalf("%s: %v", s, err)
		}
	}
}

func (p *otherPostgres) url() string { return p.urlOf("basin") }

func (p *otherPostgres) urlOf(user string) string {
	c := p.db.Config().ConnConfig
	return fmt.Sprintf("postgres://%s@/%s?host=%s&port=%d&sslmode=disable", user, c.Database, url.QueryEscape(c.Host), c.Port)
}

// tablesOf are the tables of SL 323 as bureaus have them: in any case, with types of every sort.
var tablesOf = map[string]map[string]string{
	"postgres": {
		tableStations:   `st_stbprp_b (stcd char(10), sttp varchar(2), stnm varchar(60), rvnm varchar(30), lgtd numeric(10,6), lttd double precision, dtmnm text, dtmel numeric(7,3))`,
		tableThresholds: `"St_Rvfcch_B" (stcd char(10), wrz numeric(7,3), grz numeric(7,3), obhtz real, llz double precision)`,
		tableRivers:     `"ST_RIVER_R" ("STCD" char(10), "TM" timestamp, "Z" numeric(7,3), "Q" real, PRIMARY KEY ("TM", "STCD"))`,
		tableTides:      `st_tide_r (tm timestamptz, stcd varchar(12), tdz numeric(9,4), hltdmk char(1))`,
		tableRain:       `st_pptn_r (stcd char(8), tm timestamp(3), drp numeric(5,1), intv numeric(5,2), dyp double precision, wth char(1))`,
		tableGates:      `st_gate_r (stcd char(8), tm timestamp, exkey char(3), eqpno varchar(2), gtophgt numeric(5,2), gtq double precision)`,
		tablePumps:      `st_pump_r (stcd char(8), tm timestamp, ppupz numeric(7,3), ppdwz real, omcn integer, pmpq numeric(9,3), pdchcd char(1))`,
		tableWorks:      `st_was_r (stcd char(8), tm timestamp, upz numeric(7,3), dwz numeric(7,3), tgtq numeric(9,3))`,
	},
	"mysql": {
		tableStations:   `st_stbprp_b (stcd CHAR(10), sttp VARCHAR(2), stnm NVARCHAR(60), rvnm VARCHAR(30) CHARACTER SET gbk, lgtd DECIMAL(10,6), lttd DOUBLE, dtmnm TEXT, dtmel DECIMAL(7,3))`,
		tableThresholds: "`St_Rvfcch_B` (stcd CHAR(10), wrz DECIMAL(7,3), grz DECIMAL(7,3), obhtz FLOAT, llz DOUBLE)",
		tableRivers:     `ST_RIVER_R (STCD CHAR(10), TM DATETIME, Z DECIMAL(7,3), Q FLOAT, PRIMARY KEY (TM, STCD))`,
		tableTides:      `st_tide_r (tm TIMESTAMP NULL, stcd NVARCHAR(12), tdz DECIMAL(9,4), hltdmk CHAR(1))`,
		tableRain:       `st_pptn_r (stcd CHAR(8), tm DATETIME(3), drp DECIMAL(5,1), intv DECIMAL(5,2), dyp DOUBLE, wth CHAR(1))`,
		tableGates:      `st_gate_r (stcd CHAR(8), tm DATETIME, exkey CHAR(3), eqpno VARCHAR(2), gtophgt DECIMAL(5,2), gtq DOUBLE)`,
		tablePumps:      `st_pump_r (stcd CHAR(8), tm DATETIME, ppupz DECIMAL(7,3), ppdwz FLOAT, omcn INT, pmpq DECIMAL(9,3), pdchcd CHAR(1))`,
		tableWorks:      `st_was_r (stcd CHAR(8), tm DATETIME, upz DECIMAL(7,3), dwz DECIMAL(7,3), tgtq DECIMAL(9,3))`,
	},
}

// asTables puts the rows of the directory of tables into a database, but for the cells that its types cannot hold.
func asTables(t *testing.T, db otherDB, kind string) {
	t.Helper()
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	s := &sl323Load{zone: shanghai}
	files, err := sl323Files("testdata/sl323")
	if err != nil {
		t.Fatal(err)
	}
	words := []string{"STCD", "STTP", "STNM", "RVNM", "DTMNM", "EXKEY", "EQPNO", "PDCHCD", "HLTDMK", "WTH"}
	for _, file := range files {
		table := tablesOf[kind][sl323Table(file)]
		db.exec("CREATE TABLE " + table)
		name, columns, _ := strings.Cut(table, " (")
		if err := source.ReadTable(t.Context(), file, source.Options{}, nil, func(r source.TableRow) error {
			var names, cells []string
			for column := range strings.SplitSeq(columns, ", ") {
				column, _, _ = strings.Cut(column, " ")
				upper := strings.ToUpper(strings.Trim(column, `"`))
				cell := r.Get(upper)
				switch {
				case upper == "PRIMARY" || cell == "" && upper != "STCD":
					continue
				case upper == "TM":
					tm, ok := s.instant(cell)
					if !ok || tm.Year() > 2100 {
						return nil
					}
					cell = tm.In(shanghai).Format("2006-01-02 15:04:05")
					if sl323Table(file) == tableTides && kind == "postgres" {
						cell += "+08"
					} else if sl323Table(file) == tableTides { // the sessions of this server are at +05:00
						cell = tm.In(time.FixedZone("", 5*3600)).Format("2006-01-02 15:04:05")
					}
				case !slices.Contains(words, upper) && !plainNumber.MatchString(cell):
					continue
				}
				names, cells = append(names, column), append(cells, "'"+cell+"'")
			}
			db.exec(fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", name, strings.Join(names, ", "), strings.Join(cells, ", ")))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// allReadings are the readings of a bench, as text.
func allReadings(b *bench) []string {
	b.Helper()
	type line struct{ Line string }
	var out []string
	for _, r := range rows[line](b, `SELECT d.code || ' ' || r.time || ' ' || r.value || ' ' || coalesce(d.datum, '') AS line FROM twin.reading r
		JOIN twin.datastream d ON d.id = r.datastream ORDER BY 1`) {
		out = append(out, r.Line)
	}
	return out
}

// TestLoadSL323Database: a database gives what files with the same rows give.
func TestLoadSL323Database(t *testing.T) {
	files := newRegion(t)
	files.load("--sl323", "testdata/sl323")
	for kind, open := range map[string]func(t *testing.T) otherDB{
		"postgres": func(t *testing.T) otherDB { return newOtherPostgres(t) },
		"mysql": func(t *testing.T) otherDB {
			t.Setenv("BASIN_SL323_PASSWORD", mariaPassword)
			return newMariaDB(t)
		},
	} {
		t.Run(kind, func(t *testing.T) {
			b := newRegion(t)
			db := open(t)
			asTables(t, db, kind)
			dry, _ := b.load("--dry-run", "--sl323", db.url())
			if dry.Things != 9 || dry.Readings == nil || dry.Readings.Read == 0 || dry.Readings.Accepted != 0 || b.count("SELECT count(*) FROM twin.reading") != 0 ||
				b.count("SELECT count(*) FROM ingest.followed") != 0 {
				t.Errorf("dry: %+v", dry)
			}
			first, findings := b.load("--sl323", db.url())
			if first.Things != 9 || first.Thresholds != 5 || !strings.HasPrefix(first.File, kind+"://") || strings.Contains(first.File, "@") {
				t.Errorf("%+v", first)
			}
			if got, want := allReadings(b), allReadings(files); !slices.Equal(got, want) {
				t.Errorf("readings:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			for _, sql := range []string{`SELECT string_agg(id || ' ' || coalesce(name_zh, '') || ' ' || properties, '|' ORDER BY id) FROM twin.thing`,
				`SELECT string_agg(d.code || h.type || h.value::real || h.datum, '|' ORDER BY d.code, h.type) FROM twin.threshold h JOIN twin.datastream d ON d.id = h.datastream`,
				`SELECT string_agg(d.code || ' ' || s.time || ' ' || s.value, '|' ORDER BY 1) FROM twin.superseded s JOIN twin.datastream d ON d.id = s.datastream`} {
				got, want := b.text(sql), files.text(sql)
				want = strings.ReplaceAll(want, `"dtmel": "-0.19"`, `"dtmel": "-0.190"`)
				if got = strings.ReplaceAll(got, `"dtmel": "0.000"`, `"dtmel": "0"`); got != want {
					t.Errorf("%s:\n%s\nwant\n%s", sql, got, want)
				}
			}
			named := slices.ContainsFunc(findings, func(f source.Finding) bool {
				return f.Code == "direction-missing" && f.Layer == tablePumps && strings.HasPrefix(f.Reason, "62310400 2026-07-18 10:00:00: ")
			})
			if got := codes(findings); !named || got != "bad-place 1, code-missing 1, direction-missing 1, interval-not-kept 1, place-missing 2, "+
				"threshold-zero 1, unknown-station 2, unknown-type 1" {
				t.Errorf("findings: %s, %+v", got, findings)
			}
			before := b.picture()
			again, _ := b.load(db.url())
			b.unchanged(before)
			if r := again.Readings; r.Accepted != 0 || r.Corrections != 0 || r.Duplicates != first.Readings.Accepted+first.Readings.Corrections {
				t.Errorf("again: %+v", again.Readings)
			}
			b.equal("marks", b.count(`SELECT count(*) FROM ingest.followed WHERE source ~ '^[a-z]+:///?[^@?]+$' AND mark > '2026-07-17'`), 6)
			b.equal("the mark of the tide", b.count(`SELECT count(*) FROM ingest.followed WHERE relation = 'ST_TIDE_R' AND mark = '2026-07-18 08:05:00+08'`), 1)
			since, _ := b.load(db.url(), "--since", "2026-07-18T11:00:00+08:00")
			if since.Readings.Read >= first.Readings.Read || since.Readings.Read == 0 {
				t.Errorf("since: %+v", since.Readings)
			}
		})
	}
}

// TestLoadSL323DatabaseRefused: what is wrong with a database is said without its password.
func TestLoadSL323DatabaseRefused(t *testing.T) {
	b := newRegion(t)
	pg := newOtherPostgres(t)
	url := pg.url()
	try := func(want string, args ...string) {
		t.Helper()
		o := b.basin(append([]string{"load"}, args...)...)
		if o.code == 0 || !strings.Contains(o.err, want) || strings.Contains(o.err+o.out, "hidden") {
			t.Errorf("basin load %v: exit %d, %q %q, want %q", args, o.code, o.out, o.err, want)
		}
	}
	try("holds no table of SL 323", url)
	try("there is no such schema", url, "--schema", "absent")
	pg.exec("CREATE TABLE st_river_r (stcd text, z real)")
	try("ST_RIVER_R has no column TM", url, "--schema", "PUBLIC")
	pg.exec(`CREATE TABLE "ST_RIVER_R" ("STCD" text, "TM" timestamp)`)
	try("name a schema", url)
	try("refuses the user nobody", pg.urlOf("nobody:hidden"))
	try("does not exist", strings.Replace(url, "/t", "/absent", 1))
	try("does not answer", "postgres://reader:hidden@127.0.0.1:1/x")
	try("does not answer", "mysql://reader:hidden@127.0.0.1:1/x")
	try("does not answer", "sqlserver://reader:hidden@127.0.0.1:1/x")
	try("not the address of a database", "postgres://reader:hidden@127.0.0.1:x/x")
	try("not the address of a database", "postgres://reader:hidden@127.0.0.1/")
	try("the password stands", "mysql://reader@127.0.0.1/x?password=hidden")
	try("no parameter", "mysql://reader:hidden@127.0.0.1/x?allowAllFiles=true")
	try("--follow goes with", url, "--follow", "--dry-run")
	try("--follow goes with", "testdata/sl323", "--follow")
	try("go with the address", "testdata/sl323", "--schema", "x")
	try("none of --as", url, "--as", "x")
	m := newMariaDB(t)
	t.Setenv("BASIN_SL323_PASSWORD", "hidden")
	try("refuses the user reader: Access denied", m.url())
}

// TestLoadSL323DatabaseMany reads more rows than a page, at few times, each of them once.
func TestLoadSL323DatabaseMany(t *testing.T) {
	b := newRegion(t)
	pg := newOtherPostgres(t)
	pg.exec(`CREATE TABLE st_stbprp_b AS SELECT 's' || n AS stcd, 'ZZ' AS sttp, 121 AS lgtd, 32 AS lttd FROM generate_series(1, 3) n`,
		`CREATE TABLE st_gate_r AS SELECT 's' || s AS stcd, timestamp '2026-03-01' + t * interval '1 hour' AS tm, g AS eqpno, g::text AS exkey, (g + t % 7)::numeric / 100 AS gtophgt
			FROM generate_series(1, 3) s, generate_series(1, 200) t, generate_series(1, 20) g`)
	s, _ := b.load(pg.url())
	if want := 3 * 200 * 20; s.Readings.Accepted != want || s.Readings.Duplicates != 0 || b.count("SELECT count(*) FROM twin.reading") != want {
		t.Errorf("%+v", s.Readings)
	}
	pg.exec(`INSERT INTO st_gate_r SELECT 's1', timestamp '2026-03-01', g, g::text, 1 FROM generate_series(1, 6000) g`)
	if o := b.basin("load", pg.url()); o.code == 0 || !strings.Contains(o.err, "5000 rows or more of s1 at 2026-03-01 00:00:00") {
		t.Errorf("%d, %s", o.code, o.err)
	}
}

// rowOf is a row with the columns STCD and Z.
func rowOf(cells []string) source.TableRow {
	return source.NewTableRow(1, map[string]int{"STCD": 0, "Z": 1}, cells)
}
