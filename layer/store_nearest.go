package layer

import (
	"context"
	_ "embed"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"basin/access"
)

// MaxNearest is how many nearest features can be asked for.
const MaxNearest = 1000

//go:embed nearest.sql
var nearestSQL string

// Nearest returns the k features nearest to a place, a longitude and a latitude, of those that are asked for and that a reader of that clearance may see. Each
// has a member distance_m: metres along the surface of the Earth.
func (s *Store) Nearest(ctx context.Context, q Query, place [2]float64, k int, clearance access.Class) (Page, error) {
	l, err := s.Get(ctx, q.Layer, clearance)
	if err != nil {
		return Page{}, err
	}
	c, notes, err := s.condition(ctx, l, q, clearance)
	if err != nil {
		return Page{}, err
	}
	const mapEnds = 85.06 // degrees; web mercator goes no further
	at := "ST_SetSRID(ST_MakePoint(" + c.arg(place[0]) + "::float8, " + c.arg(place[1]) + "::float8), 4326)"
	projected := "ST_Transform(ST_SetSRID(ST_MakePoint(" + c.arg(place[0]) + "::float8, " + c.arg(max(-mapEnds, min(mapEnds, place[1]))) + "::float8), 4326), 3857)"
	sql := strings.NewReplacer("{attributes}", l.attributes(), "{geometry}", q.CRS.fromStored("ST_ForcePolygonCCW(l.geom)"), "{digits}", strconv.Itoa(q.CRS.digits()),
		"{relation}", l.From(), "{where}", c.sql(), "{place}", at, "{projected}", projected, "{around}", around(at, "bound.m"),
		"{k}", c.arg(min(max(k, 1), MaxNearest))+"::int").Replace(nearestSQL)
	page := Page{Features: []json.RawMessage{}, Notes: notes}
	err = s.ask(ctx, true, sql, c.args, func(rows pgx.Rows) error {
		var feature json.RawMessage
		if err := rows.Scan((*[]byte)(&feature)); err != nil {
			return err //nolint:wrapcheck // given its kind by the caller
		}
		page.Features = append(page.Features, feature)
		return nil
	})
	return page, err
}
