// Package postgistest gives tests a real PostGIS database of their own.
package postgistest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"basin/migrations"
	"basin/postgis"
)

// server is the throw-away cluster that the tests of one binary share. It ends with the process.
type server struct {
	once sync.Once
	dsn  string
	err  error
}

// shared is the one cluster of a test binary: starting one for each test would take a second each.
var shared server

// New returns a database of the test's own with all migrations applied. It is dropped with the test.
func New(t testing.TB) *postgis.DB {
	t.Helper()
	shared.once.Do(shared.start)
	if shared.err != nil {
		t.Fatalf("test database: %v", shared.err)
	}
	ctx := context.Background()
	b := make([]byte, 6)
	_, _ = rand.Read(b)
	name := "t" + hex.EncodeToString(b)
	if err := admin(ctx, shared.dsn, "CREATE DATABASE "+name+" TEMPLATE basin STRATEGY file_copy"); err != nil {
		t.Fatalf("test database: %v", err)
	}
	db, err := postgis.Open(ctx, postgis.Config{URL: strings.Replace(shared.dsn, "dbname=postgres", "dbname="+name, 1)})
	if err != nil {
		t.Fatalf("test database: %v", err)
	}
	t.Cleanup(func() {
		db.Close()
		if err := admin(ctx, shared.dsn, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("test database: %v", err)
		}
	})
	return db
}

// start starts the cluster and migrates the template. Directories of test binaries that are gone are removed first.
func (s *server) start() {
	ctx := context.Background()
	sweep()
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("basin-test-%d", os.Getpid()))
	db, err := postgis.Open(ctx, postgis.Config{Dir: dir, FastUnsafe: true})
	if err != nil {
		s.err = err
		return
	}
	s.err = postgis.Migrate(ctx, db, migrations.Files)
	s.dsn = db.DSN("postgres")
	db.Pool.Close() // the cluster goes on until the process ends
}

// sweep removes what test binaries that no longer run left behind: the kernel stops their servers, but nobody removes their files.
func sweep() {
	old, _ := filepath.Glob(filepath.Join(os.TempDir(), "basin-test-*"))
	for _, dir := range old {
		pid := strings.TrimPrefix(filepath.Base(dir), "basin-test-")
		if _, err := os.Stat("/proc/" + pid); os.IsNotExist(err) {
			postgis.RemoveCluster(dir)
		}
	}
}

// admin runs a statement outside any test's database.
func admin(ctx context.Context, dsn, sql string) error {
	db, err := postgis.Open(ctx, postgis.Config{URL: dsn})
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(ctx, sql)
	return err
}
