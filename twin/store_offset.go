package twin

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"basin/fault"
	"basin/postgis"
)

// PutDatumOffsets writes offsets between datums within tx. Each is a record with thing (a station or an area, by its identifier), from, to, offset_m (what is
// added to a level above from to have it above to), source, and where known uncertainty_m, valid_from and valid_to. One of the same thing, datums and days
// is replaced.
func PutDatumOffsets(ctx context.Context, tx pgx.Tx, records []any) error {
	fields := Fields{"offsets": records}
	days := Days("valid")
	for i, o := range Records(fields, "offsets") {
		offset, err := o.Number("offset_m")
		if err != nil {
			return fmt.Errorf("datum_offsets[%d]: %w", i, err)
		}
		uncertainty, err := o.Number("uncertainty_m")
		if err != nil {
			return fmt.Errorf("datum_offsets[%d]: %w", i, err)
		}
		valid, err := days.Read(o, "valid")
		if err != nil {
			return fmt.Errorf("datum_offsets[%d]: %w", i, err)
		}
		if offset == nil || o.Text("source") == "" {
			return fault.New(fault.Invalid, "offset-incomplete", "datum_offsets[{index}] needs thing, from, to, offset_m and source", "index", i)
		}
		batch := &pgx.Batch{}
		batch.Queue(`DELETE FROM twin.datum_offset WHERE thing = $1 AND from_datum = $2 AND to_datum = $3 AND valid = $4`, o.Text("thing"), o.Text("from"), o.Text("to"), valid)
		batch.Queue(`INSERT INTO twin.datum_offset (thing, from_datum, to_datum, offset_m, uncertainty_m, source, valid) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			o.Text("thing"), o.Text("from"), o.Text("to"), *offset, uncertainty, o.Text("source"), valid)
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return fmt.Errorf("datum_offsets[%d]: %w", i, postgis.Fault(err))
		}
	}
	return nil
}
