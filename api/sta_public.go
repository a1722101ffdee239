package api

import (
	"context"
	"encoding/json"
	"time"

	"basin/access"
	"basin/sensorthings"
)

// staObserved are observations, each a datastream and a time.
type staObserved struct {
	streams []int64
	times   []time.Time
}

// PublicObservations writes observations, each a datastream and a time, as GET …/Observations(id) answers visitors who are nobody in particular; nil for one
// that they may not see or that is gone. Their addresses begin with origin.
func (s *Server) PublicObservations(ctx context.Context, origin string, streams []int64, times []time.Time) (out [][]byte, err error) {
	out = make([][]byte, len(streams))
	place := map[string]int{}
	for i := range streams {
		place[observationID(streams[i], times[i])] = i
	}
	err = s.reading(ctx, func(db staDB) error {
		r := &staReader{db: db, model: newSTA(), who: access.Principal{Role: access.Anonymous}.Clearance(), left: len(streams)}
		l, err := r.level(r.model.of["Observation"], sensorthings.Query{Top: len(streams)})
		if err != nil {
			return err
		}
		l.only = &staObserved{streams, times}
		if err := r.load(ctx, l, nil); err != nil {
			return err
		}
		for _, row := range l.rows[0] {
			var id string
			if err := json.Unmarshal(row.id, &id); err != nil {
				return err
			}
			w := &staWriter{base: origin + staPath}
			if err := w.entity(l, row); err != nil {
				return err
			}
			out[place[id]] = w.out
		}
		return nil
	})
	return out, err
}
