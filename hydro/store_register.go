package hydro

import (
	"context"

	"github.com/jackc/pgx/v5"

	"basin/fault"
	"basin/postgis"
	"basin/twin"
)

// Register makes a station that is not there yet, of a type of hydro.station, with these datastreams and no others, and answers its gid. A datastream's
// thing, class and place are the station's where it names none. One that is there already is a conflict and stays as it is. The station is not seated on a
// river: that is for a load.
func Register(ctx context.Context, db *postgis.DB, station twin.Row, kind string, streams []twin.Datastream) (gid int64, err error) {
	err = pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		station.Fields = twin.Fields{"type": "other"} // of which the noun makes no datastreams
		for _, n := range Nouns() {
			if n.Kind != "station" {
				continue
			}
			changes, err := n.Put(ctx, tx, []twin.Row{station})
			if err != nil {
				return err
			}
			if changes.Added != 1 {
				return fault.New(fault.Conflict, "station-exists", "there is a station {code} already", "code", station.Code)
			}
		}
		if err := twin.PutDatastreams(ctx, tx, streams); err != nil {
			return err
		}
		const sql = `WITH s AS (UPDATE hydro.station SET type = $2 WHERE id = $1) SELECT gid FROM twin.thing WHERE id = $1`
		return tx.QueryRow(ctx, sql, twin.ID("station", station.Code), kind).Scan(&gid) //nolint:wrapcheck // given its kind below
	})
	return gid, postgis.Fault(err)
}
