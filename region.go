package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"basin/access"
	"basin/area"
	"basin/catalog"
	"basin/fault"
	"basin/postgis"
	"basin/source"
	"basin/twin"
)

// Registry is registry.yaml of a region package: what the region is, and what a complete twin of it must hold.
type Registry struct {
	Region         string            `yaml:"region"`
	Title          catalog.Title     `yaml:"title"`
	Language       string            `yaml:"language"`
	Timezone       string            `yaml:"timezone"`
	DayStart       string            `yaml:"hydrological_day_start"`
	Datums         []string          `yaml:"vertical_datums"`
	Junctions      string            `yaml:"junctions"`
	Succession     map[string]string `yaml:"succession"`
	DatumOffsets   []any             `yaml:"datum_offsets"` // thing, from, to, offset_m, uncertainty_m, source, valid_from, valid_to
	Classification access.Class      `yaml:"classification"`
	Licence        string            `yaml:"licence"`
	Synthetic      *SynthConfig      `yaml:"synthetic"`
	Expected       []any             `yaml:"expected"`
	Open           []any             `yaml:"open"`
}

// openRegistry reads a region package's registry.
func openRegistry(dir string) (*Registry, map[string]any, error) {
	path := filepath.Join(dir, "registry.yaml")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fault.New(fault.NotFound, "not-a-region", "{directory} is not a region package: it has no registry.yaml", "directory", dir)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("registry: %w", err)
	}
	bad := func(why string) error {
		return fault.New(fault.Invalid, "bad-registry", "{file}: {why}", "file", path, "why", why)
	}
	var r Registry
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&r); err != nil {
		return nil, nil, bad(err.Error())
	}
	whole := map[string]any{}
	if err := yaml.Unmarshal(text, &whole); err != nil {
		return nil, nil, bad(err.Error())
	}
	if r.Region == "" {
		return nil, nil, bad("region is missing")
	}
	if _, err := time.LoadLocation(r.Timezone); err != nil || r.Timezone == "" {
		return nil, nil, bad("timezone " + r.Timezone + " is not known, for instance Asia/Shanghai")
	}
	r.Language, r.DayStart = cmp.Or(r.Language, "zh"), cmp.Or(r.DayStart, "08:00")
	r.Classification = cmp.Or(r.Classification, access.Internal)
	if !slices.Contains(access.Classes(), r.Classification) {
		return nil, nil, bad("classification " + string(r.Classification) + " is not public, internal or restricted")
	}
	return &r, whole, nil
}

// regionFiles are the files of a region package.
func regionFiles(dir string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.geojson"))
	if err != nil {
		return nil, fmt.Errorf("region: %w", err)
	}
	slices.Sort(files)
	return append([]string{filepath.Join(dir, "registry.yaml")}, files...), nil
}

// loadRegion loads a region package and fills with synthetic things what it says is to be filled.
func loadRegion(ctx context.Context, db *postgis.DB, dir string, out *reporter) (Summary, error) {
	r, whole, err := openRegistry(dir)
	if err != nil {
		return Summary{}, err
	}
	files, err := regionFiles(dir)
	if err != nil {
		return Summary{}, err
	}
	sum, err := digest(files...)
	if err != nil {
		return Summary{}, err
	}
	m, err := openMapping("region")
	if err != nil {
		return Summary{}, err
	}
	m.Junctions = r.Junctions
	d := catalog.Dataset{ID: r.Region, Title: r.Title, Source: r.Title.En, Licence: r.Licence, Class: r.Classification, CRS: "EPSG:4490", File: filepath.Base(dir), SHA256: sum}
	l := newLoader(db, d, m, out.finding)
	for _, file := range files[1:] {
		if err := l.readFile(ctx, file, source.Options{Finding: out.finding}); err != nil {
			return Summary{}, err
		}
	}
	if db != nil {
		if err := db.Do(ctx, func(tx postgis.Tx) error {
			if err := area.Succeed(ctx, tx, r.Succession); err != nil {
				return err
			}
			return catalog.PutRegion(ctx, tx, catalog.Region{ID: r.Region, Title: r.Title, Language: r.Language, Timezone: r.Timezone, DayStart: r.DayStart}, whole)
		}); err != nil {
			return Summary{}, err
		}
	}
	s, err := l.finish(ctx, out)
	if err != nil {
		return s, err
	}
	if db != nil {
		if err := db.Do(ctx, func(tx postgis.Tx) error { return twin.PutDatumOffsets(ctx, tx, r.DatumOffsets) }); err != nil {
			return s, err
		}
	}
	if db == nil {
		return s, nil
	}
	if r.Synthetic == nil {
		return s, catalog.Complete(ctx, db, r.Region, sum)
	}
	more, err := synthesize(ctx, db, d, *r.Synthetic, out)
	s.Things, s.Added, s.Changed, s.Same = s.Things+more.Things, s.Added+more.Added, s.Changed+more.Changed, s.Same+more.Same
	if err != nil {
		return s, err
	}
	return s, catalog.Complete(ctx, db, r.Region, sum)
}

// loadRegionIfNew loads the region package unless the database holds it as it is.
func loadRegionIfNew(ctx context.Context, env *Env, db *postgis.DB, dir string) error {
	if dir == "-" {
		return nil
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(env.Stdout, "There is no region package at %s: load one with basin load DIR\n", dir)
		return nil
	}
	r, _, err := openRegistry(dir)
	if err != nil {
		return err
	}
	files, err := regionFiles(dir)
	if err != nil {
		return err
	}
	sum, err := digest(files...)
	if err != nil {
		return err
	}
	same, err := catalog.Holds(ctx, db, r.Region, sum)
	if err != nil || same {
		return err
	}
	fmt.Fprintf(env.Stdout, "Loading region %s …\n", r.Region)
	start := time.Now()
	s, err := loadRegion(ctx, db, dir, &reporter{env: env, quiet: true})
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Stdout, "Loaded: %d things, %d of them new, %d findings, in %.1f s\n", s.Things, s.Added, s.Findings, time.Since(start).Seconds())
	return nil
}
