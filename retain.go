package main

import (
	"context"
	"time"

	"basin/access"
	"basin/auth"
	"basin/postgis"
	"basin/twin"
)

// policy is who drops what the policy no longer keeps.
func policy() access.Principal {
	return access.Principal{ID: "policy", Name: "policy", Role: access.System}
}

// retain drops the readings that are older than s.keep days: now, and once a day until ctx ends.
func (s *server) retain(ctx context.Context) error {
	day := time.NewTicker(24 * time.Hour)
	defer day.Stop()
	for {
		if err := s.dropReadings(ctx, time.Now().AddDate(0, 0, -s.keep)); err != nil && ctx.Err() == nil {
			s.log.Warn("old readings could not be dropped; tried again tomorrow", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-day.C:
		}
	}
}

// dropReadings drops the readings of the months that lie wholly before a time, and writes that into the log and the audit trail.
func (s *server) dropReadings(ctx context.Context, before time.Time) error {
	dropped, left, err := twin.DropReadings(ctx, s.db, before, func(tx postgis.Tx, month time.Time) error {
		return auth.New(s.db).AuditIn(ctx, tx, policy(), "readings.drop", month.Format("2006-01"), map[string]any{"days": s.keep}, "policy")
	})
	for _, month := range dropped {
		s.log.Info("readings dropped by policy", "month", month.Format("2006-01"), "days", s.keep)
	}
	for _, month := range left {
		s.log.Warn("readings kept until tomorrow: rollups of theirs wait to be computed", "month", month.Format("2006-01"))
	}
	return err
}
