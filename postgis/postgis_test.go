package postgis_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/fault"
	"basin/migrations"
	"basin/postgis"
	"basin/postgis/postgistest"
)

// tempDir is a directory that the account of the database server can enter, which t.TempDir's need not be.
func tempDir(t *testing.T) string {
	dir, err := os.MkdirTemp("", "basin-cluster-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { postgis.RemoveCluster(dir) })
	return dir
}

// TestClusterStartsStopsAndIsJoined: the first process runs the cluster, a second joins it, and stopping leaves no socket behind.
func TestClusterStartsStopsAndIsJoined(t *testing.T) {
	ctx, dir := context.Background(), tempDir(t)
	first, err := postgis.Open(ctx, postgis.Config{Dir: dir, FastUnsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	second, err := postgis.Open(ctx, postgis.Config{Dir: dir, FastUnsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	if !first.Owner() || second.Owner() {
		t.Errorf("owner: first %v, second %v; want true, false", first.Owner(), second.Owner())
	}
	if _, err := second.Exec(ctx, "CREATE TABLE kept (x integer)"); err != nil {
		t.Fatal(err)
	}
	second.Close()
	first.Close()
	again, err := postgis.Open(ctx, postgis.Config{Dir: dir, FastUnsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, err := again.Exec(ctx, "SELECT x FROM kept"); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "postgres", "PG_VERSION")); err != nil {
		t.Error(err)
	}
}

// TestNewerSchemaIsRefused: a program must not write into a schema it does not know.
func TestNewerSchemaIsRefused(t *testing.T) {
	ctx, db := context.Background(), postgistest.New(t)
	older := fstest.MapFS{"00001_feed.sql": {Data: []byte("-- +goose Up\nSELECT 1;\n")}}
	err := postgis.Migrate(ctx, db, older)
	if fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "newer basin") {
		t.Errorf("migrate with an older program: %v", err)
	}
	if n, err := postgis.Pending(ctx, db, migrations.Files); n != 0 || err != nil {
		t.Errorf("pending %d, %v", n, err)
	}
	if err := postgis.Migrate(ctx, db, migrations.Files); err != nil {
		t.Errorf("migrate twice: %v", err)
	}
}

// TestTemporaryFilesAreLimited: a question that would fill the disk ends with a fault that says what to do, and the next one is answered.
func TestTemporaryFilesAreLimited(t *testing.T) {
	ctx := context.Background()
	db := postgistest.New(t)
	err := db.Do(ctx, func(tx postgis.Tx) error {
		_, err := tx.Exec(ctx, "SET LOCAL temp_file_limit = '1MB'")
		if err == nil {
			_, err = tx.Exec(ctx, "SELECT count(*) FROM (SELECT repeat('x', 1000) || i AS s FROM generate_series(1, 20000) i ORDER BY s OFFSET 0) t")
		}
		return postgis.Fault(err)
	})
	if f := fault.Of(err); f == nil || f.Code != "query-too-large" {
		t.Errorf("%v", err)
	}
	var limit string
	if err := db.QueryRow(ctx, "SHOW temp_file_limit").Scan(&limit); err != nil || limit != "4GB" {
		t.Errorf("limit %q, %v", limit, err)
	}
}

// TestFeedKeepsCommitOrder: an event whose transaction commits late is never passed over by a reader who has seen a later one.
func TestFeedKeepsCommitOrder(t *testing.T) {
	ctx, db := context.Background(), postgistest.New(t)
	feed := postgis.NewFeed(db, slog.New(slog.DiscardHandler))
	start, err := feed.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	slow, err := db.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := postgis.Publish(ctx, slow, postgis.Event{Topic: "t", Key: "slow"}); err != nil {
		t.Fatal(err)
	}
	publish := func(key string) {
		t.Helper()
		if err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
			return postgis.Publish(ctx, tx, postgis.Event{Topic: "t", Key: key})
		}); err != nil {
			t.Fatal(err)
		}
	}
	publish("quick")
	events, at, err := feed.Since(ctx, start, 100)
	if err != nil || len(events) != 0 {
		t.Fatalf("while an elder transaction is open: %v %v", events, err)
	}
	if err := slow.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	events, at, err = feed.Since(ctx, at, 100)
	if err != nil || len(events) != 2 || events[0].Key != "slow" || events[1].Key != "quick" {
		t.Fatalf("after both commits: %v %v", events, err)
	}
	parsed, err := postgis.ParsePosition(at.String())
	if err != nil || parsed != at {
		t.Errorf("position %v reads back as %v, %v", at, parsed, err)
	}
	time.Sleep(10 * time.Millisecond)
	if err := feed.Prune(ctx, time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if _, _, err := feed.Since(ctx, start, 1); fault.KindOf(err) != fault.Conflict {
		t.Errorf("after pruning: %v", err)
	}
}
