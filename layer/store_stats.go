package layer

import (
	"context"
	_ "embed"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/fault"
)

// Group is what features come to, all together or those that meet a feature of another layer. Lengths and areas are geodesic, in metres and square metres, and
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
	l, err := s.Get(ctx, q.Layer, clearance)
	if err != nil {
		return nil, nil, err
	}
	c, notes, err := s.condition(ctx, l, q, clearance)
	if err != nil {
		return nil, nil, err
	}
	value := "NULL::float8"
	if property != "" {
		column, ok := l.Column(property)
		if !ok || (column.Type != TypeNumber && column.Type != TypeInteger) {
			return nil, nil, fault.New(fault.Invalid, "no-number", "the layer {layer} has no property {property} that is a number", "layer", l.ID, "property", strconv.Quote(clip(property)))
		}
		value = "l." + quoted(column.Name) + "::float8"
	}
	pairs := []string{"{value}", value, "{relation}", l.From(), "{where}", c.sql()}
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
	groups := []Group{}
	err = s.ask(ctx, true, strings.NewReplacer(pairs...).Replace(sql), c.args, func(rows pgx.Rows) error {
		var g Group
		if err := rows.Scan(&g.ID, &g.Zh, &g.En, &g.Count, &g.LengthM, &g.AreaM2, &g.Sum, &g.Min, &g.Max); err != nil {
			return err //nolint:wrapcheck // given its kind by the caller
		}
		groups = append(groups, g)
		return nil
	})
	if err == nil && len(groups) > maxGroups {
		err = fault.New(fault.Invalid, "too-many-groups", "the layer {layer} makes more than {limit} groups: limit the question", "layer", by, "limit", maxGroups)
	}
	return groups, notes, err
}

// named is SQL for a name of a group, where its layer has such a column.
func (l Layer) named(column string) string {
	if c, ok := l.Column(column); ok && c.Type == TypeString {
		return "coalesce(g." + quoted(column) + "::text, '')"
	}
	return "''::text"
}
