package main

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"basin/postgis/postgistest"
)

// filledIn are the .sql files with names in braces, and what the code puts there: of each kind that it can put, one.
var filledIn = map[string][]map[string]string{
	"tiles/tile.sql": {
		{"{attributes}": "", "{geometry}": "l.geom_3857", "{relation}": `"road"."bridge_layer"`, "{visible}": ""},
		{"{attributes}": `, l."type", l."length_m"::float8 AS "length_m", to_json(l."changed") #>> '{}' AS "changed", ` +
			`CASE WHEN length(l."name_zh"::text) <= 256 THEN l."name_zh"::text END AS "name_zh"`,
			"{geometry}": "ST_Simplify(l.geom_3857, 152.874057, true)", "{relation}": `"road"."bridge_layer"`,
			"{visible}": " AND (ST_Dimension(l.geom_3857) < 2 OR ST_Area(l.geom_3857) >= 23370.477)"},
	},
	"tiles/label.sql": {
		{"{attributes}": `, l."type"`, "{relation}": `"city"."building_layer"`, "{visible}": " AND CASE ST_Dimension(l.geom_3857) WHEN 2 THEN ST_Area(l.geom_3857) >= 23370.477 " +
			"WHEN 1 THEN greatest(ST_XMax(l.geom_3857) - ST_XMin(l.geom_3857), ST_YMax(l.geom_3857) - ST_YMin(l.geom_3857)) >= 152.874057 ELSE true END"},
	},
	"tiles/table.sql": {
		{"{attributes}": "", "{relation}": `"road"."bridge_layer"`, "{where}": "true"},
		{"{attributes}": `, l."type", l."built_year"::int8, l."net_width_m"::float8 AS "net_width_m"`, "{relation}": `"hydro"."work_layer"`, "{where}": "l.gid = ANY($1::bigint[])"},
	},
	"layer/items.sql": {
		{"{columns}": `l.gid, ST_AsGeoJSON(ST_ForcePolygonCCW(l.geom), 9), (SELECT row_to_json(p.*)::text FROM (SELECT l."id", l."code", l."length_m") p)`,
			"{relation}": `"road"."bridge_layer"`, "{where}": "l.class <= $1::text::auth.class", "{order}": "l.gid", "{limit}": "$2"},
		{"{columns}": `l.gid, NULL::text, (SELECT row_to_json(p.*)::text FROM (SELECT l."id") p), (left(l."level"::text, 100))::text`, "{relation}": `"area"."area_layer"`,
			"{order}": `left(l."level"::text, 100) DESC NULLS LAST, l.gid`, "{limit}": "$7",
			"{where}": `l.class <= $1::text::auth.class AND (l."valid_from" IS NULL OR l."valid_from" <= $2::timestamptz) AND ` +
				`l."level" = $3::text AND l.gid = ANY($4::bigint[]) AND (left(l."level"::text, 100) < $6::text::text OR left(l."level"::text, 100) IS NULL OR ` +
				`(left(l."level"::text, 100) = $6::text::text AND l.gid > $5::bigint))`},
		{"{columns}": `l.gid, coalesce(GeometryType(l.geom), '') AS kind, coalesce(ST_NDims(l.geom) > 2, false) AS z, ST_AsText(ST_Transform(ST_ForcePolygonCCW(l.geom), 4549), 4), ` +
			`(SELECT row_to_json(p.*)::text FROM (SELECT l."id", l."code") p)`,
			"{relation}": `"road"."bridge_layer"`, "{where}": "l.class <= $1::text::auth.class", "{order}": "l.gid", "{limit}": "ALL"},
	},
	"layer/nearest.sql": {
		{"{columns}": `l.gid, ST_AsGeoJSON(l.geom, 9), (SELECT row_to_json(p.*)::text FROM (SELECT l."id", l."code") p), round(n.distance::numeric, 3)::text`,
			"{relation}": `"hydro"."work_layer"`, "{where}": "l.class <= $1::text::auth.class", "{place}": "ST_SetSRID(ST_MakePoint($2::float8, $3::float8), 4326)",
			"{projected}": "ST_Transform(ST_SetSRID(ST_MakePoint($4::float8, $5::float8), 4326), 3857)",
			"{around}":    "ST_Expand(ST_SetSRID(ST_MakePoint($2::float8, $3::float8), 4326), bound.m)", "{limit}": "$6"},
	},
	"layer/stats.sql": {
		{"{names}": `g."name_zh", g."name_en"`, "{value}": `l."length_m"::float8`, "{relation}": `"road"."segment_layer"`, "{group}": `"area"."area_layer"`,
			"{where}": "l.class <= $1::text::auth.class", "{clearance}": "$2::text::auth.class", "{limit}": "1001"},
	},
	"layer/stats_all.sql": {
		{"{value}": "NULL::float8", "{relation}": `"road"."segment_layer"`, "{where}": "l.class <= $1::text::auth.class"},
	},
	"layer/edit_find.sql":   {{"{geometry}": "ST_FlipCoordinates(ST_Transform(l.geom, 4549))", "{attributes}": `l."id", l."area m²"`, "{table}": `"own"."plots"`}},
	"layer/edit_change.sql": {{"{table}": `"own"."plots"`, "{names}": `"source", "area m²"`, "{given}": `a."source", a."area m²"`}},
	"layer/edit_add.sql":    {{"{table}": `"own"."plots"`, "{names}": `"source", "area m²"`, "{given}": `a."source", a."area m²"`}},
	"layer/edit_return.sql": {{"{table}": `"own"."plots"`, "{names}": `"id", "code", "source_index"`, "{given}": `a."id", a."code", a."source_index"`}},
	"layer/own_create.sql":  {{"{table}": `"own"."plots"`}},
	"layer/own_put.sql": {
		{"{table}": `"own"."plots"`, "{names}": "", "{given}": "", "{set}": "", "{old}": "", "{new}": "", "{record}": ""},
		{"{table}": `"own"."plots"`, "{names}": `, "area m²"`, "{given}": `, a."area m²"`, "{set}": `, "area m²" = excluded."area m²"`,
			"{old}": `, o."area m²"`, "{new}": `, excluded."area m²"`,
			"{record}": `CROSS JOIN LATERAL jsonb_to_record(r.attributes) AS a ("area m²" double precision)`},
	},
}

// runFirst is the .sql file of which no statement can be prepared, for it makes a table: it is run before the others are prepared.
const runFirst = "layer/own_create.sql"

var braces = regexp.MustCompile(`\{[a-z]+\}`)

// statements are the texts of an .sql file as the code would send them.
func statements(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	fillings, known := filledIn[name]
	if !known {
		fillings = []map[string]string{{}}
	}
	var out []string
	for _, filling := range fillings {
		sql := string(text)
		for brace, with := range filling {
			if !strings.Contains(sql, brace) {
				t.Errorf("%s does not contain %s", name, brace)
			}
			sql = strings.ReplaceAll(sql, brace, with)
		}
		if left := braces.FindString(sql); left != "" {
			t.Errorf("%s: nothing is put in for %s", name, left)
		}
		out = append(out, sql)
	}
	return out
}

// TestSQL prepares every .sql file of the packages against the migrated schema, and finds those that nothing embeds.
func TestSQL(t *testing.T) {
	ctx := context.Background()
	db := postgistest.New(t)
	tx, err := db.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(ctx)
	for _, sql := range statements(t, runFirst) {
		if _, err := tx.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatalf("%s: %v", runFirst, err)
		}
	}
	if _, err := tx.Exec(ctx, `ALTER TABLE own.plots ADD "area m²" double precision`); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, name := range ourFiles(t, ".sql") {
		if path.Dir(name) == "migrations" {
			continue
		}
		seen[name] = true
		if !embedded(t, name) {
			t.Errorf("nothing embeds %s", name)
		}
		if name == runFirst {
			continue
		}
		for _, sql := range statements(t, name) {
			inner, err := tx.Begin(ctx) // a savepoint, for a failed statement ends a transaction
			if err != nil {
				t.Fatal(err)
			}
			if _, err := inner.Prepare(ctx, "", sql); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if err := inner.Rollback(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name := range filledIn {
		if !seen[name] {
			t.Errorf("there is no %s: its row is stale", name)
		}
	}
}

// embedded says whether a Go file beside it embeds the .sql file.
func embedded(t *testing.T, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(filepath.Dir(name), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	directive := regexp.MustCompile(`(?m)^\s*//go:embed ` + regexp.QuoteMeta(path.Base(name)) + `$`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if directive.Match(text) {
			return true
		}
	}
	return false
}
