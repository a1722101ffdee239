package road

import (
	"context"

	"github.com/jackc/pgx/v5"

	"basin/geo"
	"basin/postgis"
	"basin/twin"
)

// putCalibration writes the calibration points of routes (stakes: stake_m, along_m, from), each with the place on the route's line that is so far along.
func putCalibration(ctx context.Context, tx pgx.Tx, rows []twin.Row) error {
	batch := &pgx.Batch{}
	for _, r := range rows {
		lines := geo.Lines(r.Geometry)
		if len(lines) == 0 {
			continue
		}
		stakes, _ := r.Fields["stakes"].([]any)
		for _, item := range stakes {
			record, _ := item.(map[string]any)
			s := twin.Fields(record)
			stake, err := s.Number("stake_m")
			if err != nil {
				return err
			}
			along, err := s.Number("along_m")
			if err != nil {
				return err
			}
			if stake == nil || along == nil {
				continue
			}
			from, err := s.Date("from")
			if err != nil {
				return err
			}
			at := geo.Along(lines[0], *along)
			batch.Queue(`INSERT INTO road.calibration (route, stake_m, along_m, geom, valid, source)
				VALUES ($1, $2, $3, ST_SetSRID(ST_MakePoint($4, $5), 4326), daterange($6::date, NULL), $7) ON CONFLICT DO NOTHING`,
				r.ID(), *stake, *along, at[0], at[1], from, r.Provenance.Source)
		}
	}
	return postgis.Fault(tx.SendBatch(ctx, batch).Close())
}

// relateSegments records which route segments are part of.
func relateSegments(ctx context.Context, tx pgx.Tx, rows []twin.Row) error {
	var relations []twin.Relation
	for _, r := range rows {
		if route := r.Fields.Text("route"); route != "" {
			relations = append(relations, twin.Relation{Source: r.ID(), Type: "part_of", Target: twin.Referred(route, "road")})
		}
	}
	return twin.Relate(ctx, tx, relations)
}
