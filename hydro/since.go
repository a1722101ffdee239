package hydro

import (
	"context"

	"basin/postgis"
	"basin/twin"
)

// Begin fills in since when a state's level has held, as far as the readings behind its first reason tell.
func Begin(ctx context.Context, db *postgis.DB, s *State) error {
	if len(s.Status.Because) == 0 {
		return nil
	}
	r := s.Status.Because[0]
	if r.Limit == nil || (r.Code != "above" && r.Code != "below") {
		return nil
	}
	var err error
	s.Status.Since, err = twin.Since(ctx, db, r.Datastream, *r.Limit, r.Code == "above", s.At)
	return err
}
