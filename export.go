package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"basin/access"
	"basin/fault"
	"basin/format"
	"basin/layer"
	"basin/source"
)

// ExportCmd writes features of a layer, or tiles of some, into a file.
type ExportCmd struct {
	Layer  string            `arg:"" optional:"" help:"Identifier of the layer, for instance river."`
	Out    string            `placeholder:"FILE" help:"The file to write; - for standard output. It is there once it is whole."`
	Format string            `placeholder:"FORMAT" help:"One of ${formats}; by the file's name when absent."`
	Class  string            `enum:"public,internal,restricted" default:"public" placeholder:"CLASS" help:"Features up to this classification (${default})."`
	BBox   string            `name:"bbox" placeholder:"W,S,E,N" help:"Only features, or tiles, that meet this box, in degrees."`
	Where  map[string]string `placeholder:"PROPERTY=VALUE" help:"Only features whose property has this value."`
	CRS    string            `name:"crs" placeholder:"SYSTEM" help:"Reference system of the file, for instance EPSG:4549; longitude and latitude when absent."`
	Limit  int               `placeholder:"N" help:"At most so many features."`
	BOM    bool              `name:"bom" help:"Begin CSV with a byte-order mark, as some spreadsheets need."`
	JSON   bool              `name:"json" help:"Report as JSON lines also on a terminal."`
	Tiles  ArchiveFlags      `embed:""`
}

// Help shows examples.
func (c *ExportCmd) Help() string {
	return `What a format loses stands in the README and at /ogc/formats of a server.

Examples:
  basin export river --out rivers.gpkg
  basin export station --out stations.csv --bom --class internal
  basin export road --out roads.gpkg --crs EPSG:4549
  basin export building --out b.parquet --bbox 120.8,31.9,121,32.1
  basin export road --out - --format geojsonseq | wc -l
  basin export --pmtiles city.pmtiles
  basin export --pmtiles field.pmtiles --layer river,work,station --max-zoom 14 --bbox 120.8,31.9,121,32.1 --class internal`
}

// Exported is what an export did.
type Exported struct {
	Layer    string  `json:"layer"`
	File     string  `json:"file"`
	Format   string  `json:"format"`
	Features int64   `json:"features"`
	Bytes    int64   `json:"bytes"`
	Seconds  float64 `json:"seconds"`
}

// Run writes the file.
func (c *ExportCmd) Run(ctx context.Context, env *Env) error {
	if c.Tiles.PMTiles != "" {
		return c.archive(ctx, env)
	}
	if c.Layer == "" || c.Out == "" || c.Tiles != (ArchiveFlags{}) {
		return wrongUse("an export has a layer and --out FILE, or --pmtiles FILE: see basin export --help")
	}
	f, ok := format.Find(c.Format)
	if c.Format == "" {
		f, ok = format.ByFile(c.Out)
	}
	if !ok {
		return wrongUse("--format is one of {formats}, or --out ends as their files do", "formats", strings.Join(format.Names(), ", "))
	}
	q := layer.Query{Layer: c.Layer, Filters: c.Where, Limit: c.Limit}
	if c.BBox != "" {
		box, err := parseBox(c.BBox)
		if err != nil {
			return err
		}
		q.BBox = box
	}
	var err error
	if q.CRS, err = layer.FindCRS(c.CRS); err != nil {
		return err
	}
	if err := f.Takes(q); err != nil {
		return err
	}
	db, err := env.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	start, store, clearance := time.Now(), layer.New(db), access.Class(c.Class)
	l, err := store.Get(ctx, c.Layer, clearance)
	if err != nil {
		return err
	}
	total, err := store.Count(ctx, q, clearance)
	if err != nil {
		return err
	}
	out := newReporter(env, c.JSON)
	out.quiet = c.Out == "-"
	did := Exported{Layer: l.ID, File: c.Out, Format: f.Name}
	rows := func(ctx context.Context, each func(layer.Row) error) error {
		return store.Export(ctx, q, f.Form, clearance, func(r layer.Row) error {
			if did.Features++; did.Features%1000 == 0 {
				out.step("exporting", did.Features, *cmp.Or(total, new(int64)))
			}
			return each(r)
		})
	}
	if did.Bytes, err = c.write(ctx, env, f, l, q.CRS, rows); err != nil || out.quiet {
		return err
	}
	did.Seconds = float64(time.Since(start).Milliseconds()) / 1000
	if !out.term {
		out.line(did)
		return nil
	}
	fmt.Fprintf(env.Stdout, "\r%s: %d features of %s, %d bytes, %.1f s\n", did.File, did.Features, did.Layer, did.Bytes, did.Seconds)
	return nil
}

// write writes features to where they are wanted, and says how long a file is.
func (c *ExportCmd) write(ctx context.Context, env *Env, f format.Format, l layer.Layer, crs layer.CRS, rows format.Rows) (int64, error) {
	o := format.Options{CRS: crs, BOM: c.BOM, Convert: source.Convert}
	if c.Out == "-" {
		return 0, f.Write(ctx, env.Stdout, l, rows, o)
	}
	o.Dir = filepath.Dir(c.Out)
	return writeWhole(c.Out, access.Class(c.Class), func(part *os.File) error { return f.Write(ctx, part, l, rows, o) })
}

// writeWhole writes a file of what is of a class beside its place and moves it there once it is whole, and says how long it is.
func writeWhole(name string, class access.Class, write func(part *os.File) error) (int64, error) {
	cannot := func(err error) error {
		return fault.New(fault.Invalid, "cannot-write", "{file} cannot be written: {why}", "file", name, "why", err.Error())
	}
	part, err := os.CreateTemp(filepath.Dir(name), ".basin-export-*")
	if err != nil {
		return 0, cannot(err)
	}
	defer os.Remove(part.Name()) //nolint:errcheck // gone already where it became the file
	defer part.Close()
	if err := write(part); err != nil {
		return 0, err
	}
	if class == access.Public { // others may read what is public; the rest is for its owner to hand on
		if err := part.Chmod(0o644); err != nil {
			return 0, fmt.Errorf("mode of %s: %w", name, err)
		}
	}
	info, err := part.Stat()
	if err != nil {
		return 0, fmt.Errorf("size of %s: %w", name, err)
	}
	if err := part.Close(); err != nil {
		return 0, cannot(err)
	}
	if err := os.Rename(part.Name(), name); err != nil {
		return 0, cannot(err)
	}
	return info.Size(), nil
}

// parseBox reads west,south,east,north.
func parseBox(s string) (*[4]float64, error) {
	var box [4]float64
	parts := strings.Split(s, ",")
	for i := range box {
		if len(parts) != len(box) {
			return nil, wrongUse("--bbox is west,south,east,north in degrees")
		}
		x, err := strconv.ParseFloat(strings.TrimSpace(parts[i]), 64)
		if err != nil || x < -180 || x > 180 {
			return nil, wrongUse("--bbox is west,south,east,north in degrees")
		}
		box[i] = x
	}
	return &box, nil
}
