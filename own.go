package main

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"time"

	"basin/catalog"
	"basin/geo"
	"basin/layer"
	"basin/postgis"
	"basin/source"
)

// own loads a file as a layer of its own: a table made from its fields.
func (c *LoadCmd) own(ctx context.Context, db *postgis.DB, path string, out *reporter) (Summary, error) {
	m := &Mapping{}
	var features []source.Feature
	findings := 0
	o := c.options(m, out)
	found := o.Finding
	o.Finding = func(f source.Finding) {
		findings++
		found(f)
	}
	if err := source.Read(ctx, path, o, func(f source.Feature) error {
		features = append(features, f)
		return nil
	}); err != nil {
		return Summary{}, err
	}
	sum := Summary{Read: len(features), Things: len(features), Findings: findings}
	d := c.dataset(path, m)
	kind := ""
	table := layer.OwnLayer{ID: c.As, Title: layer.Title{Zh: c.As, En: c.As}, Class: d.Class, Dataset: d.ID,
		MinZoom: c.MinZoom, MaxZoom: c.MaxZoom, TileAttributes: c.TileAttributes}
	if slices.Equal(c.TileAttributes, []string{"*"}) {
		table.TileAttributes = []string{}
	}
	rows := make([]layer.OwnFeature, len(features))
	types := map[string]string{}
	var order []string
	for i, f := range features {
		rows[i] = layer.OwnFeature{Code: f.ID, Index: f.Index, Geometry: f.Geometry, Class: d.Class, Source: cmp.Or(d.Source, filepath.Base(path)), Values: f.Properties}
		if f.Geometry != nil {
			if k := geo.Kind(f.Geometry); kind == "" {
				kind = k
			} else if kind != k {
				kind = "mixed"
			}
		}
		for name, v := range f.Properties {
			if _, known := types[name]; !known {
				order = append(order, name)
			}
			types[name] = widen(types[name], v)
		}
	}
	unique(rows)
	slices.Sort(order)
	for _, name := range order {
		table.Columns = append(table.Columns, layer.Column{Name: name, Type: cmp.Or(types[name], layer.TypeString)})
	}
	table.GeometryType = cmp.Or(kind, "mixed")
	if db == nil {
		return sum, table.Check()
	}
	err := db.Do(ctx, func(tx postgis.Tx) error {
		if err := catalog.PutDataset(ctx, tx, d); err != nil {
			return err
		}
		if err := layer.CreateOwn(ctx, tx, table); err != nil {
			return err
		}
		changes, err := layer.PutOwn(ctx, tx, table, rows)
		sum.Added, sum.Changed, sum.Same, sum.Removed = changes.Added, changes.Changed, changes.Same, changes.Removed
		return err
	})
	return sum, err
}

// unique drops the file's own identifiers where they are not unique in it, or missing from some features: their place counts instead.
func unique(rows []layer.OwnFeature) {
	seen := map[string]bool{}
	for _, r := range rows {
		if r.Code == "" || seen[r.Code] {
			for i := range rows {
				rows[i].Code = ""
			}
			return
		}
		seen[r.Code] = true
	}
}

// widen is the type of a column that held values of type was and now holds v too.
func widen(was string, v any) string {
	var is string
	switch v := v.(type) {
	case nil:
		return was
	case bool:
		is = layer.TypeBoolean
	case float64:
		is = layer.TypeNumber
	case string:
		is = timed(v)
	case []any, map[string]any:
		is = layer.TypeJSON
	default:
		_ = v
		is = layer.TypeString
	}
	if was == "" || was == is {
		return is
	}
	return layer.TypeString
}

// timed is the type of a text: a day, an instant, or nothing but a text. A column whose every value is a day holds days. An instant without an offset from
// UTC is taken as UTC, as GeoPackage has it.
func timed(s string) string {
	if _, err := time.Parse(time.DateOnly, s); err == nil {
		return layer.TypeDate
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05"} {
		if at, err := time.Parse(form, s); err == nil && at.Year() > 0 {
			return layer.TypeTime
		}
	}
	return layer.TypeString
}
