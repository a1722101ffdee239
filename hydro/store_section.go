package hydro

import (
	"context"

	"github.com/jackc/pgx/v5"

	"basin/fault"
	"basin/postgis"
	"basin/twin"
)

// putSectionPoints writes the points of sections (points: number, offset_m, elevation_m, roughness). A section given with points has these and no others.
func putSectionPoints(ctx context.Context, tx pgx.Tx, rows []twin.Row) error {
	for _, r := range rows {
		points := twin.Records(r.Fields, "points")
		if len(points) == 0 {
			continue
		}
		numbers, offsets, elevations, roughness := make([]int, len(points)), make([]float64, len(points)), make([]float64, len(points)), make([]*float64, len(points))
		for i, p := range points {
			offset, err := p.Number("offset_m")
			if err != nil {
				return err
			}
			elevation, err := p.Number("elevation_m")
			if err != nil {
				return err
			}
			if offset == nil || elevation == nil {
				return fault.New(fault.Invalid, "point-incomplete", "section {code}: point {number} has no offset or no elevation", "code", r.Code, "number", i)
			}
			if roughness[i], err = p.Number("roughness"); err != nil {
				return err
			}
			numbers[i], offsets[i], elevations[i] = i, *offset, *elevation
		}
		if _, err := tx.Exec(ctx, `DELETE FROM hydro.section_point WHERE section = $1 AND number >= $2`, r.ID(), len(points)); err != nil {
			return postgis.Fault(err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO hydro.section_point (section, number, offset_m, elevation_m, roughness)
			SELECT $1, * FROM unnest($2::integer[], $3::double precision[], $4::double precision[], $5::double precision[])
			ON CONFLICT (section, number) DO UPDATE SET offset_m = excluded.offset_m, elevation_m = excluded.elevation_m, roughness = excluded.roughness`,
			r.ID(), numbers, offsets, elevations, roughness); err != nil {
			return postgis.Fault(err)
		}
	}
	return relateRivers(ctx, tx, rows)
}

// relateReaches records what reaches are part of and where they begin and end.
func relateReaches(ctx context.Context, tx pgx.Tx, rows []twin.Row) error {
	var relations []twin.Relation
	for _, r := range rows {
		relations = append(relations,
			twin.Relation{Source: r.ID(), Type: "part_of", Target: twin.Referred(r.Fields.Text("river"), "river")},
			twin.Relation{Source: r.ID(), Type: "from_node", Target: twin.Referred(r.Fields.Text("from_node"), "node")},
			twin.Relation{Source: r.ID(), Type: "to_node", Target: twin.Referred(r.Fields.Text("to_node"), "node")})
	}
	return twin.Relate(ctx, tx, relations)
}
