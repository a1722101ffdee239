package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"basin/access"
	"basin/area"
	"basin/catalog"
	"basin/city"
	"basin/fault"
	"basin/hydro"
	"basin/postgis"
	"basin/road"
	"basin/source"
	"basin/twin"
)

// nouns are all tables of things, in the order in which they can be loaded: what others refer to comes first.
func nouns() []twin.Noun {
	return slices.Concat(area.Nouns(), hydro.Nouns(), road.Nouns(), city.Nouns())
}

// loader takes features in and stores them as things of one dataset.
type loader struct {
	db       *postgis.DB
	dataset  catalog.Dataset
	mapping  *Mapping
	rows     map[string][]twin.Row        // by kind
	parts    map[string][]twin.Row        // section points, gates and pump units
	keys     map[string]map[string]string // by kind: what other layers call a thing, and its code
	report   func(source.Finding)
	findings int
	read     int
	skipped  int // features that no rule fits
}

// newLoader makes a loader for a dataset.
func newLoader(db *postgis.DB, d catalog.Dataset, m *Mapping, report func(source.Finding)) *loader {
	l := &loader{db: db, dataset: d, mapping: m, rows: map[string][]twin.Row{}, parts: map[string][]twin.Row{}, keys: map[string]map[string]string{}}
	l.report = func(f source.Finding) {
		l.findings++
		report(f)
	}
	return l
}

// take turns one feature into rows, by the rules that fit.
func (l *loader) take(f source.Feature) error {
	l.read++
	fitted := false
	for _, r := range l.mapping.Layers {
		if !r.fits(f) {
			continue
		}
		fitted = true
		row := l.row(r, f)
		switch r.To {
		case "section_point", "gate", "pump_unit":
			l.parts[r.To] = append(l.parts[r.To], row)
		case "city":
			if f.City == nil {
				continue
			}
			row.Kind = city.Kind(f.City.Type)
			row.Fields["city"] = f.City
			city.Measure(row.Fields, f.City)
			l.rows[row.Kind] = append(l.rows[row.Kind], row)
		default:
			l.rows[r.To] = append(l.rows[r.To], row)
		}
		if key := word(f.Properties[r.Key]); r.Key != "" && key != "" {
			if l.keys[r.To] == nil {
				l.keys[r.To] = map[string]string{}
			}
			l.keys[r.To][key] = row.Code
		}
	}
	if !fitted {
		l.skipped++
	}
	return nil
}

// row makes the row that a rule makes of a feature.
func (l *loader) row(r Rule, f source.Feature) twin.Row {
	given, used := r.read(f)
	row := twin.Row{File: f.File, Index: f.Index, Fields: twin.Fields(given)}
	text := row.Fields.Text
	row.Kind, row.Code, row.Geometry = r.To, text("code"), f.Geometry
	if row.Code == "" {
		row.Code = cmp.Or(f.ID, fmt.Sprintf("%s-%d", strings.TrimSuffix(filepath.Base(f.File), filepath.Ext(f.File)), f.Index))
	}
	row.Name = twin.Name{Zh: cmp.Or(text("name_zh"), text("name")), En: text("name_en"), Pinyin: text("name_pinyin")}
	if former, ok := given["name_former"].([]any); ok {
		for _, name := range former {
			row.Name.Former = append(row.Name.Former, fmt.Sprint(name))
		}
	}
	row.Area = text("area_code")
	row.Class = l.dataset.Class
	if c := access.Class(text("class")); slices.Contains(access.Classes(), c) {
		row.Class = c
	}
	row.Provenance = twin.Provenance{Status: cmp.Or(text("geometry_status"), l.mapping.GeometryStatus), AccuracyM: l.mapping.AccuracyM,
		Source: cmp.Or(text("source"), l.dataset.Source), Dataset: l.dataset.ID}
	if a, err := row.Fields.Number("accuracy_m"); err == nil && a != nil {
		row.Provenance.AccuracyM = a
	}
	if text("datum") == "" && l.mapping.Datum != "" {
		row.Fields["datum"] = l.mapping.Datum
	}
	row.Properties = rest(f.Properties, used)
	for _, name := range r.Lenient {
		l.lenient(row, name)
	}
	return row
}

// rest are the properties that the mapping did not use and that say something. What basin reads by its own names stays out.
func rest(properties map[string]any, used map[string]bool) map[string]any {
	out := map[string]any{}
	for name, v := range properties {
		if v != nil && !used[name] && !slices.Contains(common, name) && !strings.HasPrefix(name, "_") {
			out[name] = v
		}
	}
	return out
}

// common are the fields that every thing has of its own.
var common = []string{"code", "name_zh", "name_en", "name_pinyin", "name_former", "geometry_status", "accuracy_m", "source"}

// lenient drops a field whose number cannot be read, with a finding: the rest of the thing is worth having.
func (l *loader) lenient(row twin.Row, name string) {
	if _, err := row.Fields.Number(name); err != nil {
		l.finding(row, err)
		delete(row.Fields, name)
		return
	}
	if x, _ := row.Fields.Number(name); x != nil && (*x < 0 || ((strings.HasPrefix(name, "storeys") || name == "lanes" || name == "built_year") && *x != float64(int(*x)))) {
		l.finding(row, fault.New(fault.Invalid, "bad-field", "{field} is {value}, which is not {want}", "field", name, "value", *x, "want", "possible"))
		delete(row.Fields, name)
	}
}

// finding reports what is wrong with a row.
func (l *loader) finding(r twin.Row, err error) {
	code := "not-storable"
	if f := fault.Of(err); f != nil {
		code = f.Code
	}
	l.report(source.Finding{File: r.File, Layer: r.Kind, Index: r.Index, Code: code, Reason: cmp.Or(r.Code, "?") + ": " + err.Error()})
}

// resolve replaces, in rows that refer to things by another key than their code, that key by the code.
func (l *loader) resolve(rows []twin.Row) {
	kinds := map[string]string{"river": "river", "work": "work", "reach": "reach", "route": "road", "inner_node": "node", "outer_node": "node", "from_node": "node", "to_node": "node"}
	for _, r := range rows {
		for field, kind := range kinds {
			if code, ok := l.keys[kind][r.Fields.Text(field)]; ok {
				r.Fields[field] = code
			}
		}
	}
}

// assemble puts parts to the things they belong to, cuts roads into segments and makes routes.
func (l *loader) assemble() {
	if points := l.parts["section_point"]; len(points) > 0 {
		l.rows["section"] = append(l.rows["section"], hydro.Sections(points)...)
	}
	works := map[string]twin.Row{}
	for _, w := range l.rows["work"] {
		works[w.Code] = w
	}
	for kind, list := range map[string]string{"gate": "gates", "pump_unit": "units"} {
		l.resolve(l.parts[kind])
		for _, p := range l.parts[kind] {
			w, ok := works[p.Fields.Text("work")]
			if !ok {
				l.finding(p, fault.New(fault.NotFound, "unknown-work", "there is no work {work}", "work", p.Fields.Text("work")))
				continue
			}
			items, _ := w.Fields[list].([]any)
			w.Fields[list] = append(items, map[string]any(p.Fields))
		}
	}
	for _, b := range l.rows["building"] {
		city.Complete(b.Fields)
	}
	if rows := l.rows["segment"]; len(rows) > 0 {
		l.rows["segment"] = road.Segments(rows)
		l.rows["road"] = append(l.rows["road"], road.Routes(l.rows["segment"])...)
	}
}

// store writes everything that was taken in. Loading the same again changes nothing.
func (l *loader) store(ctx context.Context, progress func(done, total int)) (twin.Changes, error) {
	l.assemble()
	total, err := l.storeRows(ctx, progress)
	if err != nil {
		return total, err
	}
	if len(l.rows["river"])+len(l.rows["work"])+len(l.rows["station"])+len(l.rows["section"]) > 0 && len(l.rows["reach"]) == 0 {
		mode := hydro.Junctions(cmp.Or(l.mapping.Junctions, string(hydro.AtEndpoints)))
		if _, _, err := hydro.Connect(ctx, l.db, l.dataset.ID, mode, l.finding); err != nil {
			return total, err
		}
	}
	_, err = area.Assign(ctx, l.db)
	return total, err
}

// storeRows writes the dataset and its rows, noun by noun.
func (l *loader) storeRows(ctx context.Context, progress func(done, total int)) (twin.Changes, error) {
	var total twin.Changes
	if err := l.putDataset(ctx); err != nil {
		return total, err
	}
	all, done := 0, 0
	for _, rows := range l.rows {
		all += len(rows)
	}
	for _, n := range nouns() {
		rows := l.rows[n.Kind]
		l.resolve(rows)
		changes, err := n.Load(ctx, l.db, rows, l.finding, func(n int) {
			done += n
			progress(done, all)
		})
		if err != nil {
			return total, err
		}
		total = total.Plus(changes)
	}
	return total, nil
}

// putDataset writes the dataset and the datums that the mapping brings.
func (l *loader) putDataset(ctx context.Context) error {
	return l.db.Do(ctx, func(tx postgis.Tx) error {
		for _, id := range slices.Sorted(maps.Keys(l.mapping.Datums)) {
			if err := twin.PutDatum(ctx, tx, id, l.mapping.Datums[id].Zh, l.mapping.Datums[id].En); err != nil {
				return err
			}
		}
		return catalog.PutDataset(ctx, tx, l.dataset)
	})
}

// digest is the SHA-256 of files, one after another.
func digest(paths ...string) ([]byte, error) {
	h := sha256.New()
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return nil, fault.New(fault.NotFound, "no-file", "there is no file {file}", "file", path)
		}
		_, err = io.Copy(h, f)
		_ = f.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return h.Sum(nil), nil
}
