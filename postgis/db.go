// Package postgis is how basin reaches its database: a private cluster or a database of the user's own, the pool, migrations, the change feed,
// and the translation of the database's errors.
package postgis

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"basin/fault"
)

// Config says which database to open.
type Config struct {
	URL        string // a database of the user's own; empty for the private cluster
	Dir        string // where the private cluster lives
	Log        *slog.Logger
	FastUnsafe bool // for clusters that are thrown away: a crash of the machine may lose everything
}

// DB is an open database: a pool of connections.
type DB struct {
	*pgxpool.Pool
	cluster *cluster
}

// Limits of one connection.
const (
	statementTimeout = "60s"
	connectTimeout   = 10 * time.Second
	maxConns         = 24
)

// Open opens the database. The private cluster is started, or joined where another basin runs it; what is needed and missing is named.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.URL != "" {
		return open(ctx, cfg.URL, nil)
	}
	c, err := openCluster(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := createDatabase(ctx, c.dsn("postgres"), "basin"); err != nil {
		c.stop()
		return nil, err
	}
	db, err := open(ctx, c.dsn("basin"), c)
	if err != nil {
		c.stop()
	}
	return db, err
}

// open makes the pool.
func open(ctx context.Context, dsn string, c *cluster) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fault.New(fault.Invalid, "bad-database-url", "BASIN_DATABASE_URL is not a PostgreSQL address, for instance postgres://user:password@host/database")
	}
	cfg.MaxConns = maxConns
	cfg.ConnConfig.ConnectTimeout = connectTimeout
	maps.Copy(cfg.ConnConfig.RuntimeParams, map[string]string{"application_name": "basin", "statement_timeout": statementTimeout, "timezone": "UTC",
		"search_path": "public", "idle_in_transaction_session_timeout": "120s"})
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, Fault(err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, Fault(err)
	}
	return &DB{Pool: pool, cluster: c}, nil
}

// Close closes the pool, and stops the private cluster if this process started it.
func (db *DB) Close() {
	db.Pool.Close()
	if db.cluster != nil {
		db.cluster.stop()
	}
}

// Owner says whether this process runs the private cluster.
func (db *DB) Owner() bool { return db.cluster != nil && db.cluster.running() != nil }

// Keep starts the private cluster again whenever it ends by itself, as often as it takes, until ctx ends. Meanwhile the database is away.
func (db *DB) Keep(ctx context.Context, log *slog.Logger) error {
	if !db.Owner() {
		return nil
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-db.cluster.lost():
		}
		log.Error("the database ended by itself; it is started again")
		for wait := 200 * time.Millisecond; ; wait = min(2*wait, maxPause) {
			err := db.cluster.start(ctx, time.Now().Add(startLimit))
			if err == nil {
				break
			}
			if ctx.Err() != nil {
				return nil
			}
			log.Error("the database cannot be started again; it is tried again", "error", err)
			if pause(ctx, wait) != nil {
				return nil
			}
		}
	}
}

// maxPause is the longest wait between two attempts to start the database again: a full disk may be given room at any time.
const maxPause = 5 * time.Second

// createDatabase makes a database in the private cluster unless it exists.
func createDatabase(ctx context.Context, dsn, name string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return Fault(err)
	}
	defer conn.Close(ctx) //nolint:errcheck // nothing hangs on it
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&exists); err != nil || exists {
		return Fault(err)
	}
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()); err != nil {
		return fmt.Errorf("create database %s: %w", name, Fault(err))
	}
	return nil
}

// ping says whether a database answers.
func ping(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// DSN is where a database of the private cluster is reached; empty for a database of the user's own.
func (db *DB) DSN(database string) string {
	if db.cluster == nil {
		return ""
	}
	return db.cluster.dsn(database)
}

// RemoveCluster deletes the private cluster under dir, which no process may be running.
func RemoveCluster(dir string) {
	c := &cluster{dir: dir}
	_ = os.RemoveAll(c.socketDir())
	_ = os.RemoveAll(dir)
}

// Tx is a transaction.
type Tx = pgx.Tx

// Do runs fn in a transaction, which is committed when fn returns no error.
func (db *DB) Do(ctx context.Context, fn func(tx Tx) error) error {
	return Fault(pgx.BeginFunc(ctx, db, fn))
}
