package city

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"basin/geo"
	"basin/postgis"
	"basin/source"
	"basin/twin"
)

// putModels writes the geometries of city objects, one per level of detail, and the objects they are parts of. An object given with models has these
// and no others.
func putModels(ctx context.Context, tx pgx.Tx, rows []twin.Row) error {
	batch := &pgx.Batch{}
	for _, r := range rows {
		object, _ := r.Fields["city"].(*source.CityObject)
		if object == nil {
			continue
		}
		batch.Queue(`DELETE FROM city.model WHERE object = $1`, r.ID())
		for i, m := range object.Models {
			if len(m.Polygons) == 0 {
				continue
			}
			shape, err := geo.EWKB(geo.Surface(m.Polygons), 4326)
			if err != nil {
				return fmt.Errorf("%s: model %d: %w", r.ID(), i, err)
			}
			batch.Queue(`INSERT INTO city.model (object, lod, number, type, geom, semantics) VALUES ($1, $2, $3, $4, ST_GeomFromEWKB($5), $6)
				ON CONFLICT (object, lod, number) DO UPDATE SET type = excluded.type, geom = excluded.geom, semantics = excluded.semantics`,
				r.ID(), m.LOD, i, m.Type, shape, m.Semantics)
		}
		for _, parent := range object.Parents {
			batch.Queue(`UPDATE city.object o SET parent = p.id FROM city.object p WHERE o.id = $1 AND p.id IN ('building:' || $2, 'cityobject:' || $2)`, r.ID(), parent)
		}
	}
	return postgis.Fault(tx.SendBatch(ctx, batch).Close())
}
