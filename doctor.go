package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"basin/fault"
	"basin/migrations"
	"basin/postgis"
	"basin/web"
)

// DoctorCmd says what is missing.
type DoctorCmd struct{}

// Help says what it does.
func (c *DoctorCmd) Help() string {
	return "Looks for PostgreSQL with PostGIS, GDAL's programs, the built client and the database, and names the command that mends what is missing.\nExit code 1 when something is."
}

// check is one thing that basin needs.
type check struct {
	what string
	mend string
	test func() error
}

// Run looks at everything and fails when something is missing.
func (c *DoctorCmd) Run(ctx context.Context, env *Env) error {
	missing := 0
	for _, k := range env.checks(ctx) {
		if err := k.test(); err != nil {
			missing++
			fmt.Fprintf(env.Stdout, "missing  %-40s %v\n         mend: %s\n", k.what, err, k.mend)
			continue
		}
		fmt.Fprintf(env.Stdout, "ok       %s\n", k.what)
	}
	if missing > 0 {
		return fault.New(fault.Unavailable, "something-missing", "{count} of the things basin needs are missing", "count", missing)
	}
	return nil
}

func (e *Env) checks(ctx context.Context) []check {
	program := func(name string) func() error {
		return func() error {
			_, err := exec.LookPath(name)
			return err
		}
	}
	checks := []check{
		{"GDAL's ogr2ogr, for GeoPackage, Shapefile, …", "apt-get install gdal-bin", program("ogr2ogr")},
		{"GDAL's gdaltransform, for coordinate systems", "apt-get install gdal-bin", program("gdaltransform")},
		{"the browser client", "make build", func() error {
			f, err := web.Files().Open("index.html")
			if err == nil {
				err = f.Close()
			}
			return err
		}},
	}
	if e.DatabaseURL == "" {
		checks = append(checks, check{"PostgreSQL 15 or later", "apt-get install postgresql-15-postgis-3", func() error {
			found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
			if len(found) > 0 {
				return nil
			}
			_, err := exec.LookPath("postgres")
			return err
		}}, check{"the data directory " + e.Data, "set BASIN_DATA to a directory that you may write and the user postgres may enter", func() error {
			return os.MkdirAll(e.Data, 0o755)
		}})
	}
	return append(checks, check{"the database, with PostGIS and this schema", "basin serve brings the schema up to date; otherwise see the message", func() error {
		db, err := postgis.Open(ctx, postgis.Config{URL: e.DatabaseURL, Dir: e.Data, Log: e.log()})
		if err != nil {
			return err
		}
		defer db.Close()
		pending, err := postgis.Pending(ctx, db, migrations.Files)
		if err == nil && pending > 0 {
			err = fmt.Errorf("%d migrations are pending", pending)
		}
		return err
	}})
}
