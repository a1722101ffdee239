package main

import (
	"log/slog"
	"testing"
	"time"

	"basin/auth"
)

// TestRetention: what the policy drops is in the audit trail.
func TestRetention(t *testing.T) {
	b := newBench(t)
	if _, err := b.db.Exec(t.Context(), `SELECT twin.make_partition('2025-03-05Z'), twin.make_partition(now())`); err != nil {
		t.Fatal(err)
	}
	s := newServer(b.db, auth.New(b.db), slog.New(slog.DiscardHandler), 0, 512)
	s.keep = 30
	if err := s.dropReadings(t.Context(), time.Now().AddDate(0, 0, -s.keep)); err != nil {
		t.Fatal(err)
	}
	b.equal("audited", b.count(`SELECT count(*) FROM auth.audit WHERE principal = 'policy' AND action = 'readings.drop' AND object = '2025-03'`), 1)
	b.equal("partitions", b.count(`SELECT count(*) FROM pg_inherits WHERE inhparent = 'twin.reading'::regclass`), 2)
	if o := b.basin("serve", "--keep-readings", "-1"); o.code == 0 {
		t.Error("a negative number of days is taken")
	}
}
