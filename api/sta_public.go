package api

import (
	"context"
	"time"

	"basin/access"
	"basin/fault"
	"basin/sensorthings"
)

// PublicObservations writes observations, each a datastream and a time, as GET …/Observations(id) answers visitors who are nobody in particular; nil for one
// that they may not see or that is gone. Their addresses begin with origin.
func (s *Server) PublicObservations(ctx context.Context, origin string, streams []int64, times []time.Time) (out [][]byte, err error) {
	model := newSTA()
	err = s.reading(ctx, func(db staDB) error {
		out = make([][]byte, len(streams))
		for i := range streams {
			r := &staReader{db: db, model: model, who: access.Principal{Role: access.Anonymous}.Clearance(), left: staMaxRows}
			path := []sensorthings.Segment{{Name: "Observations", ID: &sensorthings.ID{Text: observationID(streams[i], times[i])}}}
			answer, err := r.answer(ctx, path, sensorthings.Query{Top: -1}, origin+staPath, nil)
			if fault.KindOf(err) == fault.NotFound {
				continue
			}
			if err != nil {
				return err
			}
			out[i] = answer.body
		}
		return nil
	})
	return out, err
}
