package twin

import (
	"context"
	_ "embed"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/postgis"
)

//go:embed month_droppable.sql
var monthDroppableSQL string

//go:embed superseded_drop.sql
var supersededDropSQL string

// DropReadings drops the readings, and the values that they superseded, of all months that lie wholly before a time; months are those of UTC, as the partitions
// are. Rollups and the latest reading of each datastream stay. It says which months were dropped and which were left for another time because rollups of
// theirs wait to be computed. Within the transaction that drops a month it calls done.
func DropReadings(ctx context.Context, db *postgis.DB, before time.Time, done func(tx postgis.Tx, month time.Time) error) (dropped, left []time.Time,
	err error) {
	rows, err := db.Query(ctx, monthDroppableSQL, before)
	if err != nil {
		return nil, nil, postgis.Fault(err)
	}
	months, err := pgx.CollectRows(rows, pgx.RowTo[time.Time])
	if err != nil {
		return nil, nil, postgis.Fault(err)
	}
	for _, month := range months {
		month, did := month.UTC(), false
		err := db.Do(ctx, func(tx postgis.Tx) error {
			if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '10s'"); err != nil { // whoever stores readings waits no longer than that behind this
				return err
			}
			if err := tx.QueryRow(ctx, "SELECT twin.drop_month($1)", month).Scan(&did); err != nil || !did {
				return err
			}
			return done(tx, month)
		})
		switch {
		case err != nil:
			return dropped, left, postgis.Fault(err)
		case did:
			dropped = append(dropped, month)
		default:
			left = append(left, month)
		}
	}
	_, err = db.Exec(ctx, supersededDropSQL, before)
	return dropped, left, postgis.Fault(err)
}
