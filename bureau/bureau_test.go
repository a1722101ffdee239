package bureau

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"basin/fault"
)

func TestParseAddress(t *testing.T) {
	for text, want := range map[string]string{
		"postgres://u@h/d":                         "postgres://h:5432/d",
		"postgresql://u:p%40@h:5433/d?sslmode=x":   "postgres://h:5433/d",
		"postgres://u@/d?host=/run/pg":             "postgres:///run/pg/d",
		"mysql://u@[::1]/d":                        "mysql://[::1]:3306/d",
		"mariadb://u@x/d?socket=/run/s":            "mysql:///run/s/d",
		"MySQL://u@h/d":                            "mysql://h:3306/d",
		"sqlserver://u@h/d":                        "sqlserver://h:1433/d",
		"sqlserver://u@h/INSTANCE?database=d":      "sqlserver://h:1433/d",
		"oracle://u@h/d":                           "",
		"postgres://h/d":                           "",
		"postgres://u@h":                           "",
		"postgres://u@h/a/b":                       "",
		"postgres://u@h/d#x":                       "",
		"postgres://u:%zz@h/d":                     "",
		"mysql://u@/d":                             "",
		"mysql://u@h/d?passwd=x":                   "",
		"postgres://u:hidden@h:y/d":                "",
		"postgres:u:hidden@h/d":                    "",
		"postgres://u@h/d?SSLPassword=hidden":      "",
		"sqlserver://u@h?database=d&app+name=else": "sqlserver://h:1433/d",
	} {
		a, err := ParseAddress(text, "beside", "")
		switch {
		case want == "" && (err == nil || strings.Contains(err.Error(), "hidden")):
			t.Errorf("%s: %s, %v", text, a, err)
		case want != "" && (err != nil || a.String() != want):
			t.Errorf("%s: %s, %v, want %s", text, a, err, want)
		case want != "":
			if _, err := Open(a); err != nil && !strings.Contains(text, "sslmode=x") {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
	a, _ := ParseAddress("mysql://u:own@h/d", "beside", "s")
	b, _ := ParseAddress("mysql://u@h/d", "beside", "")
	if a.password != "own" || b.password != "beside" || a.String() != "mysql://h:3306/d/s" {
		t.Errorf("%q %q %s", a.password, b.password, a)
	}
	for text, want := range map[string]bool{"mysql://x": true, "Postgres://": true, "file.csv": false, "mysql": false, "http://x": false} {
		if IsAddress(text) != want {
			t.Errorf("%s: %v", text, !want)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	f.Add("postgres://u:hidden@h:1/d?x=y")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ParseAddress(text, "", "")
		if err == nil && (strings.Contains(a.String(), "@") && !strings.Contains(a.host+a.database, "@")) {
			t.Errorf("%s shows its user: %s", text, a)
		}
	})
}

// TestMasked: no error shows the password, in whatever form it is in it.
func TestMasked(t *testing.T) {
	a, err := ParseAddress("postgres://u:p%40ss%2Fword@h/d", "", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, cause := range []error{errors.New("x p@ss/word y"), errors.New("cannot parse postgres://u:p%40ss%2Fword@h/d"), fmt.Errorf("a\nb%w", errors.New("p%40ss%2Fword"))} {
		err := a.fault(context.Background(), cause)
		if fault.KindOf(err) != fault.Invalid || strings.Contains(err.Error(), "ss/word") || strings.Contains(err.Error(), "ss%2Fword") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q gives %v", cause, err)
		}
	}
	ended, end := context.WithCancel(context.Background())
	end()
	if err := a.fault(ended, errors.New("x")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestStatements holds the statements of the kinds, above all of the one that no test can run.
func TestStatements(t *testing.T) {
	table := func(time string) Table {
		return Table{Name: "T", schema: "s", name: "t]`\"", columns: map[string]column{"STCD": {"stcd", "char", false}, "TM": {"TM", time, false},
			"MODITIME": {"moditime", time, true}, "Z": {"Z", "decimal", true}, "Q": {"q", "float", true}}}
	}
	from := Place{Time: "2026-07-18 08:00:00.000", keys: []string{"1", "2026-07-18 07:00:00"}}
	for _, c := range []struct {
		kind                kind
		time, page, put, at string
	}{
		{sqlserver{}, "datetime", "SELECT TOP (9) CONVERT(nvarchar(1000), COALESCE([moditime], [TM]), 121), CONVERT(nvarchar(1000), [stcd]), CONVERT(nvarchar(1000), [TM], 121), CONVERT(nvarchar(1000), [Z]), CONVERT(nvarchar(1000), [q], 2) " +
			"FROM [s].[t]]`\"] WHERE COALESCE([moditime], [TM]) >= CONVERT(datetime, @p1, 121) AND [stcd] IS NOT NULL AND [TM] IS NOT NULL AND (COALESCE([moditime], [TM]) > CONVERT(datetime, @p2, 121) " +
			"OR [stcd] > @p3 OR [stcd] = @p4 AND [TM] >= CONVERT(datetime, @p5, 121)) ORDER BY COALESCE([moditime], [TM]), [stcd], [TM]",
			"MERGE INTO [s].[t]]`\"] WITH (HOLDLOCK) AS t USING (VALUES (@p1, CONVERT(datetime, @p2, 121), CONVERT(decimal(18, 6), @p3)), (@p4, CONVERT(datetime, @p5, 121), CONVERT(decimal(18, 6), @p6))) " +
				"AS s ([stcd], [TM], [Z]) ON t.[stcd] = s.[stcd] AND t.[TM] = s.[TM] WHEN MATCHED THEN UPDATE SET [Z] = s.[Z] WHEN NOT MATCHED THEN INSERT ([stcd], [TM], [Z]) VALUES (s.[stcd], s.[TM], s.[Z]);",
			"2026-07-18 08:00:00.000"},
		{mysql{}, "timestamp", "SELECT LEFT(CONCAT(CAST(COALESCE(`moditime`, `TM`) AS CHAR), 'Z'), 1000), LEFT(CAST(`stcd` AS CHAR), 1000), LEFT(CONCAT(CAST(`TM` AS CHAR), 'Z'), 1000), LEFT(CAST(`Z` AS CHAR), 1000), LEFT(CAST(`q` AS CHAR), 1000) " +
			"FROM `s`.`t]``\"` WHERE COALESCE(`moditime`, `TM`) >= CAST(? AS DATETIME(6)) AND `stcd` IS NOT NULL AND `TM` IS NOT NULL AND (COALESCE(`moditime`, `TM`) > CAST(? AS DATETIME(6)) " +
			"OR `stcd` > ? OR `stcd` = ? AND `TM` >= CAST(? AS DATETIME(6))) ORDER BY COALESCE(`moditime`, `TM`), `stcd`, `TM` LIMIT 9",
			"INSERT INTO `s`.`t]``\"` (`stcd`, `TM`, `Z`) VALUES (?, CAST(? AS DATETIME(6)), ?), (?, CAST(? AS DATETIME(6)), ?) ON DUPLICATE KEY UPDATE `Z` = VALUES(`Z`)",
			"2026-07-18 08:00:00.000"},
		{postgres{}, "timestamp with time zone", `SELECT left((COALESCE("moditime", "TM"))::text, 1000), left(("stcd")::text, 1000), left(("TM")::text, 1000), left(("Z")::text, 1000), left(("q")::text, 1000) ` +
			`FROM "s"."t]` + "`" + `"""` + ` WHERE COALESCE("moditime", "TM") >= $1::text::timestamptz AND "stcd" IS NOT NULL AND "TM" IS NOT NULL AND (COALESCE("moditime", "TM") > $2::text::timestamptz ` +
			`OR "stcd" > $3 OR "stcd" = $4 AND "TM" >= $5::text::timestamptz) ORDER BY COALESCE("moditime", "TM"), "stcd", "TM" LIMIT 9`,
			`INSERT INTO "s"."t]` + "`" + `""" ("stcd", "TM", "Z") VALUES ($1::text, $2::text::timestamptz, $3::text), ($4::text, $5::text::timestamptz, $6::text) ` +
				`ON CONFLICT ("stcd", "TM") DO UPDATE SET "Z" = excluded."Z"`,
			"2026-07-18 08:00:00.000"},
	} {
		db, table := &DB{kind: c.kind}, table(c.time)
		expressions, present := db.texts(table, []string{"Z", "NONE", "Q", "Z"})
		if !slices.Equal(present, []string{"Z", "Q"}) {
			t.Errorf("columns %v", present)
		}
		got, args := db.pageSQL(table, expressions, table.Ordered("MODITIME", "TM", "STCD"), from, 9)
		if got != c.page || len(args) != 5 || args[0] != c.at {
			t.Errorf("%s: page\n%s\nwant\n%s\n%v", c.kind.name(), got, c.page, args)
		}
		if got := c.kind.upsert(db.relation(table), []string{"stcd", "TM", "Z"}, []string{"char", c.time, "decimal"}, 2, 2); got != c.put {
			t.Errorf("%s: upsert\n%s\nwant\n%s", c.kind.name(), got, c.put)
		}
	}
}
