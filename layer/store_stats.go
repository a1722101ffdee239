package layer

import (
	"context"
	_ "embed"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/fault"
	"basin/geo"
)

// Group is what features come to, all together or those that meet a feature of another layer or a drawn area. Lengths and areas are geodesic, in metres and square metres, and
// of what lies within that feature; counts and values are of whole features.
type Group struct {
	ID            string // of the other layer's feature; empty for all together
	Zh, En        string // its names, where it has any
	Count         int64
	LengthM       float64  // of lines
	AreaM2        float64  // of polygons
	Sum, Min, Max *float64 // of the property; nil where none has a value
}

// maxGroups is how many groups there can be.
const maxGroups = 10_000

var (
	//go:embed stats.sql
	statsSQL string
	//go:embed stats_all.sql
	statsAllSQL string
)

// Stats counts and measures the features that are asked for and that a reader of that clearance may see, by the features of the layer by that he may see; all
// together if by is empty. The property is a column of numbers; empty for none. The notes are those of the filter.
func (s *Store) Stats(ctx context.Context, q Query, by, property string, clearance access.Class) ([]Group, []string, error) {
	c, pairs, notes, err := s.counted(ctx, q, property, clearance)
	if err != nil {
		return nil, nil, err
	}
	sql := statsAllSQL
	if by != "" {
		group, err := s.Get(ctx, by, clearance)
		if err != nil {
			return nil, nil, err
		}
		sql = statsSQL
		pairs = append(pairs, "{group}", group.From(), "{names}", group.named("name_zh")+", "+group.named("name_en"), "{limit}", strconv.Itoa(maxGroups+1),
			"{clearance}", c.arg(string(clearance))+"::text::auth.class")
	}
	groups, err := s.groups(ctx, strings.NewReplacer(pairs...).Replace(sql), c.args)
	if err == nil && len(groups) > maxGroups {
		err = fault.New(fault.Invalid, "too-many-groups", "the layer {layer} makes more than {limit} groups: limit the question", "layer", by, "limit", maxGroups)
	}
	return groups, notes, err
}

// StatsWithin is Stats of the features that meet a drawn area, measured as far as they lie within it.
func (s *Store) StatsWithin(ctx context.Context, q Query, area geo.Geometry, property string, clearance access.Class) (Group, []string, error) {
	if area == nil || geo.Kind(area) != "polygon" {
		return Group{}, nil, fault.New(fault.Invalid, "bad-geometry", "the geometry cannot be used: {why}", "why", "it must be a polygon")
	}
	place, err := geo.EWKB(area, 4326)
	if err != nil {
		return Group{}, nil, fault.New(fault.Invalid, "bad-geometry", "the geometry cannot be used: {why}", "why", err.Error())
	}
	if place, err = usable(ctx, s.db, place, CRS{}); err != nil {
		return Group{}, nil, err
	}
	c, pairs, notes, err := s.counted(ctx, q, property, clearance)
	if err != nil {
		return Group{}, nil, err
	}
	drawn := "(SELECT 0 AS gid, ''::text AS id, 'public'::auth.class AS class, ST_GeomFromEWKB(" + c.arg(place) + "::bytea) AS geom OFFSET 0)" // computed once, not for each feature
	pairs = append(pairs, "{group}", drawn, "{names}", "''::text, ''::text", "{limit}", "1", "{clearance}", c.arg(string(clearance))+"::text::auth.class")
	groups, err := s.groups(ctx, strings.NewReplacer(pairs...).Replace(statsSQL), c.args)
	if err != nil || len(groups) == 0 { // where nothing meets it, there is no group
		return Group{}, notes, err
	}
	return groups[0], notes, nil
}

// counted is what all statistics share: which features are meant, and what stands for the braces of the statement.
func (s *Store) counted(ctx context.Context, q Query, property string, clearance access.Class) (c *condition, pairs, notes []string, err error) {
	l, err := s.Get(ctx, q.Layer, clearance)
	if err != nil {
		return nil, nil, nil, err
	}
	if c, notes, err = s.condition(ctx, l, q, clearance); err != nil {
		return nil, nil, nil, err
	}
	value := "NULL::float8"
	if property != "" {
		column, ok := l.Column(property)
		if !ok || (column.Type != TypeNumber && column.Type != TypeInteger) {
			return nil, nil, nil, fault.New(fault.Invalid, "no-number", "the layer {layer} has no property {property} that is a number", "layer", l.ID, "property", strconv.Quote(clip(property)))
		}
		value = "l." + quoted(column.Name) + "::float8"
	}
	return c, []string{"{value}", value, "{relation}", l.From(), "{where}", c.sql()}, notes, nil
}

// groups runs a statement of statistics.
func (s *Store) groups(ctx context.Context, sql string, args []any) ([]Group, error) {
	groups := []Group{}
	err := s.ask(ctx, true, sql, args, func(rows pgx.Rows) error {
		var g Group
		if err := rows.Scan(&g.ID, &g.Zh, &g.En, &g.Count, &g.LengthM, &g.AreaM2, &g.Sum, &g.Min, &g.Max); err != nil {
			return err //nolint:wrapcheck // given its kind by the caller
		}
		groups = append(groups, g)
		return nil
	})
	return groups, err
}

// named is SQL for a name of a group, where its layer has such a column.
func (l Layer) named(column string) string {
	if c, ok := l.Column(column); ok && c.Type == TypeString {
		return "coalesce(g." + quoted(column) + "::text, '')"
	}
	return "''::text"
}
