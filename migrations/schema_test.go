package migrations_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"basin/migrations"
	"basin/postgis"
	"basin/postgis/postgistest"
	"basin/twin"
)

// ours are the schemas of basin.
var ours = []string{"alert", "area", "auth", "catalog", "city", "feed", "hydro", "ingest", "layer", "own", "road", "twin"}

// texts runs a query whose rows are single texts.
func texts(t *testing.T, db *postgis.DB, sql string, args ...any) []string {
	t.Helper()
	rows, err := db.Query(context.Background(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestSchemas holds the list of schemas against the database.
func TestSchemas(t *testing.T) {
	db := postgistest.New(t)
	got := texts(t, db, `SELECT nspname::text FROM pg_namespace
		WHERE nspname NOT IN ('public', 'information_schema') AND nspname !~ '^pg_' ORDER BY nspname`)
	if diff := cmp.Diff(ours, got); diff != "" {
		t.Error(diff)
	}
}

// TestComments finds what nobody described. A column of a view needs no comment of its own where a table that the view reads has a described column of
// that name; the columns of partitions are those of their table.
func TestComments(t *testing.T) {
	db := postgistest.New(t)
	for what, sql := range map[string]string{
		"schema": `SELECT nspname::text FROM pg_namespace WHERE nspname = ANY($1) AND obj_description(oid, 'pg_namespace') IS NULL`,
		"relation": `SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE n.nspname = ANY($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND obj_description(c.oid, 'pg_class') IS NULL`,
		"column": `SELECT c.oid::regclass || '.' || a.attname
			FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
			WHERE n.nspname = ANY($1) AND c.relkind IN ('r', 'p', 'm', 'f') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
				AND col_description(c.oid, a.attnum) IS NULL ORDER BY 1`,
		"column of a view": `SELECT c.oid::regclass || '.' || a.attname
			FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
			WHERE n.nspname = ANY($1) AND c.relkind = 'v' AND a.attnum > 0 AND NOT a.attisdropped AND col_description(c.oid, a.attnum) IS NULL
				AND NOT EXISTS (
					SELECT FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
					JOIN pg_attribute b ON b.attrelid = d.refobjid AND b.attnum = d.refobjsubid
					WHERE r.ev_class = c.oid AND d.refobjid <> c.oid AND b.attname = a.attname AND col_description(d.refobjid, d.refobjsubid) IS NOT NULL)
			ORDER BY 1`,
		"function": `SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
			WHERE n.nspname = ANY($1) AND obj_description(p.oid, 'pg_proc') IS NULL`,
		"type": `SELECT t.oid::regtype::text FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
			WHERE n.nspname = ANY($1) AND t.typtype IN ('e', 'd', 'r') AND obj_description(t.oid, 'pg_type') IS NULL`,
	} {
		for _, name := range texts(t, db, sql, ours) {
			t.Errorf("the %s %s has no comment", what, name)
		}
	}
}

// distributed are the tables of the reading side with the column by which they are distributed over machines.
var distributed = map[string]string{"twin.reading": "datastream", "twin.superseded": "datastream", "twin.latest": "datastream",
	"twin.cell_hour": "cell", "twin.cell_dirty": "cell", "twin.cell_day": "cell", "twin.cell_day_dirty": "cell", "twin.correction": "datastream"}

// TestDistributed holds the reading side to what distribution by Citus asks for.
func TestDistributed(t *testing.T) {
	db := postgistest.New(t)
	for table, by := range distributed {
		keys := texts(t, db, `SELECT conname::text FROM pg_constraint WHERE conrelid = $1::text::regclass AND contype = 'p'`, table)
		if len(keys) != 1 {
			t.Errorf("%s has no key", table)
		}
		without := texts(t, db, `SELECT c.relname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
			WHERE i.indrelid = $1::text::regclass AND (i.indisunique OR i.indisexclusion) AND (i.indexprs IS NOT NULL
				OR NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) AND a.attname = $2))`, table, by)
		for _, index := range without {
			t.Errorf("%s: the unique index %s does not contain %s", table, index, by)
		}
		counting := texts(t, db, `SELECT a.attname::text FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
			WHERE a.attrelid = $1::text::regclass AND a.attnum > 0
				AND (a.attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) LIKE '%nextval%')`, table)
		for _, column := range counting {
			t.Errorf("%s.%s counts: no number is global on many machines", table, column)
		}
	}
	tables := make([]string, 0, len(distributed))
	for table := range distributed {
		tables = append(tables, table)
	}
	slices.Sort(tables)
	for _, name := range texts(t, db, `SELECT conrelid::regclass || ': ' || conname FROM pg_constraint
		WHERE contype = 'f' AND confrelid = ANY($1::text[]::regclass[])`, tables) {
		t.Errorf("%s references a distributed table", name)
	}
	got := texts(t, db, `SELECT conrelid::regclass || ' to ' || confrelid::regclass FROM pg_constraint
		WHERE contype = 'f' AND conrelid = ANY($1::text[]::regclass[])`, tables)
	if diff := cmp.Diff([]string{"twin.latest to twin.datastream"}, got); diff != "" {
		t.Errorf("foreign keys of distributed tables: %s", diff)
	}
}

// plain makes a database without basin's schema in the cluster of db, and says where it is reached.
func plain(t *testing.T, db *postgis.DB) string {
	t.Helper()
	ctx := context.Background()
	c := db.Config().ConnConfig
	name := c.Database + "_plain"
	if _, err := db.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := db.Exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return fmt.Sprintf("host=%s port=%d user=%s dbname=%s sslmode=disable", c.Host, c.Port, c.User, name)
}

// TestMigrateAtOnce lets four servers start on an empty database at the same time.
func TestMigrateAtOnce(t *testing.T) {
	ctx := context.Background()
	dsn := plain(t, postgistest.New(t))
	const servers = 4
	faults := make([]error, servers)
	dbs := make([]*postgis.DB, servers)
	for i := range servers {
		db, err := postgis.Open(ctx, postgis.Config{URL: dsn})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		dbs[i] = db
	}
	var all sync.WaitGroup
	for i := range servers {
		all.Go(func() { faults[i] = postgis.Migrate(ctx, dbs[i], migrations.Files) })
	}
	all.Wait()
	for i, err := range faults {
		if err != nil {
			t.Errorf("server %d: %v", i, err)
		}
	}
	if pending, err := postgis.Pending(ctx, dbs[0], migrations.Files); err != nil || pending != 0 {
		t.Errorf("%d migrations are pending, %v", pending, err)
	}
	var layers int
	if err := dbs[0].QueryRow(ctx, "SELECT count(*) FROM layer.layer").Scan(&layers); err != nil || layers == 0 {
		t.Errorf("%d layers, %v", layers, err)
	}
}

// TestPartitions looks where readings go.
func TestPartitions(t *testing.T) {
	ctx := context.Background()
	db := postgistest.New(t)
	shanghai := time.FixedZone("", 8*3600)
	if err := twin.MakePartitions(ctx, db, time.Date(2027, 1, 1, 0, 30, 0, 0, shanghai), 2); err != nil { // still December in UTC
		t.Fatal(err)
	}
	partitions := func() []string {
		return texts(t, db, `SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'twin.reading'::regclass ORDER BY 1`)
	}
	if diff := cmp.Diff([]string{"twin.reading_202612", "twin.reading_202701", "twin.reading_default"}, partitions()); diff != "" {
		t.Error(diff)
	}
	for _, step := range []struct{ time, want string }{
		{"2026-11-30T23:59:59Z", "twin.reading_default"},
		{"2026-12-01T00:00:00Z", "twin.reading_202612"},
		{"2026-12-31T23:59:59Z", "twin.reading_202612"},
		{"2027-01-01T00:00:00Z", "twin.reading_202701"},
		{"1954-08-07T00:00:00Z", "twin.reading_default"},
	} {
		var got string
		if err := db.QueryRow(ctx, `INSERT INTO twin.reading (datastream, time, value, issued) VALUES (1, $1::text::timestamptz, 0, now())
			RETURNING tableoid::regclass::text`,
			step.time).Scan(&got); err != nil || got != step.want {
			t.Errorf("%s lies in %s, %v; want %s", step.time, got, err, step.want)
		}
	}
	for month, want := range map[string]bool{"1954-08-01": false, "1931-07-01": true, "2026-12-01": false} { // held by the default one, new, and there already
		var made bool
		if err := db.QueryRow(ctx, `SELECT twin.make_partition($1::text::timestamptz)`, month).Scan(&made); err != nil || made != want {
			t.Errorf("partition of %s: %v, %v", month, made, err)
		}
	}
	if diff := cmp.Diff([]string{"twin.reading_193107", "twin.reading_202612", "twin.reading_202701", "twin.reading_default"}, partitions()); diff != "" {
		t.Error(diff)
	}
}
