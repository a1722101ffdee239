package ingest

import (
	"context"
	_ "embed"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/postgis"
)

// FramesOf asks for frames. The zero value asks for the newest of all that the public may see.
type FramesOf struct {
	Thing     string // id or code of a station or work
	Address   string
	Before    int64 // only frames with a lower id; 0 for no bound
	After     int64 // only frames with a higher id
	Limit     int   // 0 means 100
	Clearance access.Class
	Stations  []string // only frames of the stations and works of these codes; nil for all
}

//go:embed frame_find.sql
var frameFindSQL string

// Frames lists frames, the newest first.
func Frames(ctx context.Context, db *postgis.DB, of FramesOf) ([]Frame, error) {
	if of.Limit <= 0 {
		of.Limit = 100
	}
	if of.Clearance == "" {
		of.Clearance = access.Public
	}
	rows, err := db.Query(ctx, frameFindSQL, of.Thing, of.Address, of.Before, of.After, of.Limit, string(of.Clearance), of.Stations)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByName[Frame])
	return out, postgis.Fault(err)
}

//go:embed frame_vendor.sql
var frameVendorSQL string

// FramesOfVendor lists the frames that the field stations of a vendor sent, the newest first, whatever their class; what of asks for by clearance and
// stations does not count. A frame belongs to its sender: it is told whole to its vendor, and to no vendor of another station that it speaks for. What
// became of observations of stations that are not that vendor's is not told.
func FramesOfVendor(ctx context.Context, db *postgis.DB, vendor string, of FramesOf) ([]Frame, error) {
	if of.Limit <= 0 {
		of.Limit = 100
	}
	rows, err := db.Query(ctx, frameVendorSQL, vendor, of.Thing, of.Address, of.Before, of.After, of.Limit)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	type told struct {
		Frame
		Strangers []string // nil where it is not known whether there are any
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[told])
	out := make([]Frame, len(found))
	for i, f := range found {
		out[i] = f.Frame
		if f.Strangers == nil || len(f.Strangers) > 0 {
			out[i].conceal()
		}
	}
	return out, postgis.Fault(err)
}
