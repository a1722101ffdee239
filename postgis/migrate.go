package postgis

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"

	"basin/fault"
)

// migrationTable records which migrations were applied.
const migrationTable = "basin_migration"

// Migrate brings the database's schema to that of files. Several servers may start at once: an advisory lock lets one of them do it. A schema
// newer than files is refused.
func Migrate(ctx context.Context, db *DB, files fs.FS) error {
	if err := hasPostGIS(ctx, db); err != nil {
		return err
	}
	return withProvider(db, files, func(p *goose.Provider) error {
		current, latest, err := p.GetVersions(ctx)
		if err != nil {
			return fmt.Errorf("schema version: %w", Fault(err))
		}
		if current > latest {
			return newer(current, latest)
		}
		if _, err := p.Up(ctx); err != nil {
			return fmt.Errorf("migrate: %w", Fault(err))
		}
		return nil
	})
}

// Pending says how many the schema's version lacks, and refuses a schema newer than files.
func Pending(ctx context.Context, db *DB, files fs.FS) (int64, error) {
	var pending int64
	err := withProvider(db, files, func(p *goose.Provider) error {
		current, latest, err := p.GetVersions(ctx)
		if err != nil {
			return Fault(err)
		}
		pending = latest - current
		if pending < 0 {
			return newer(current, latest)
		}
		return nil
	})
	return pending, err
}

func newer(current, latest int64) error {
	return fault.New(fault.Conflict, "schema-newer", "the database has schema {database}, this basin knows {program}: use a newer basin",
		"database", current, "program", latest)
}

// withProvider runs fn with goose set up for this database.
func withProvider(db *DB, files fs.FS, fn func(*goose.Provider) error) (err error) {
	sqlDB := stdlib.OpenDBFromPool(db.Pool)
	defer func() { err = errors.Join(err, sqlDB.Close()) }()
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return fmt.Errorf("migration lock: %w", err)
	}
	store, err := database.NewStore(database.DialectPostgres, migrationTable)
	if err != nil {
		return fmt.Errorf("migration table: %w", err)
	}
	p, err := goose.NewProvider("", sqlDB, files, goose.WithStore(store), goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	return fn(p)
}

// hasPostGIS refuses a database server without PostGIS.
func hasPostGIS(ctx context.Context, db *DB) error {
	var available bool
	if err := db.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'postgis')").Scan(&available); err != nil {
		return Fault(err)
	}
	if !available {
		return fault.New(fault.Unavailable, "postgis-missing", "PostGIS is not installed beside PostgreSQL: apt-get install postgresql-15-postgis-3")
	}
	return nil
}
