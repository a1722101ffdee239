package catalog

import (
	"context"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/fault"
	"basin/postgis"
)

// PutRegion writes the region within tx, with the registry of what a complete twin of it must hold.
func PutRegion(ctx context.Context, tx pgx.Tx, r Region, registry map[string]any) error {
	_, err := tx.Exec(ctx, `INSERT INTO catalog.region (id, title_zh, title_en, language, timezone, day_start, registry) VALUES ($1, $2, $3, $4, $5, $6::text::time, $7)
		ON CONFLICT (id) DO UPDATE SET title_zh = excluded.title_zh, title_en = excluded.title_en, language = excluded.language,
			timezone = excluded.timezone, day_start = excluded.day_start, registry = excluded.registry`,
		r.ID, r.Title.Zh, r.Title.En, r.Language, r.Timezone, r.DayStart, registry)
	return postgis.Fault(err)
}

// FindRegion reads the region as a reader of that clearance may see it. A database that holds none yet gives a nameless one in UTC; of several the
// first by identifier counts.
func FindRegion(ctx context.Context, db *postgis.DB, clearance access.Class) (Region, error) {
	r, err := NameRegion(ctx, db)
	if err != nil {
		return r, err
	}
	var west, south, east, north *float64
	err = db.QueryRow(ctx, `SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e), coalesce(synthetic, false)
		FROM (SELECT ST_Extent(geom) AS e, bool_or(geometry_status = 'synthetic') AS synthetic FROM twin.thing WHERE class <= $1::text::auth.class) t`,
		string(clearance)).Scan(&west, &south, &east, &north, &r.Synthetic)
	if err == nil && west != nil {
		r.BBox = &[4]float64{*west, *south, *east, *north}
	}
	return r, postgis.Fault(err)
}

// NameRegion reads the region without what depends on its things, which takes longer.
func NameRegion(ctx context.Context, db *postgis.DB) (Region, error) {
	r := Region{Language: "zh", Timezone: "UTC", DayStart: "08:00"}
	err := db.QueryRow(ctx, `SELECT id, title_zh, title_en, language, timezone, to_char(day_start, 'HH24:MI') FROM catalog.region ORDER BY id LIMIT 1`).
		Scan(&r.ID, &r.Title.Zh, &r.Title.En, &r.Language, &r.Timezone, &r.DayStart)
	if err != nil && fault.KindOf(postgis.Fault(err)) != fault.NotFound {
		return r, postgis.Fault(err)
	}
	return r, nil
}

// PutDataset writes a dataset within tx.
func PutDataset(ctx context.Context, tx pgx.Tx, d Dataset) error {
	if d.Class == "" {
		d.Class = access.Internal
	}
	_, err := tx.Exec(ctx, `INSERT INTO catalog.dataset AS d (id, title_zh, title_en, source, licence, class, crs, file, sha256)
		VALUES ($1, $2, $3, $4, $5, $6::text::auth.class, $7, $8, $9)
		ON CONFLICT (id) DO UPDATE SET title_zh = excluded.title_zh, title_en = excluded.title_en, source = excluded.source, licence = excluded.licence,
			class = excluded.class, crs = excluded.crs, file = excluded.file, sha256 = excluded.sha256, loaded = now(), complete = false
		WHERE (d.sha256, d.class, d.crs, d.file) IS DISTINCT FROM (excluded.sha256, excluded.class, excluded.crs, excluded.file)`,
		d.ID, d.Title.Zh, d.Title.En, d.Source, d.Licence, string(d.Class), d.CRS, d.File, d.SHA256)
	return postgis.Fault(err)
}

// Holds says whether a dataset was loaded to its end from files of that digest.
func Holds(ctx context.Context, db *postgis.DB, id string, sha256 []byte) (bool, error) {
	var same bool
	err := db.QueryRow(ctx, `SELECT EXISTS (SELECT FROM catalog.dataset WHERE id = $1 AND sha256 = $2 AND complete)`, id, sha256).Scan(&same)
	return same, postgis.Fault(err)
}

// Complete records that a dataset was loaded to its end.
func Complete(ctx context.Context, db *postgis.DB, id string, sha256 []byte) error {
	_, err := db.Exec(ctx, `UPDATE catalog.dataset SET complete = true, sha256 = $2 WHERE id = $1`, id, sha256)
	return postgis.Fault(err)
}
