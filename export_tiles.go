package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"basin/access"
	"basin/layer"
	"basin/tiles"
)

// ArchiveFlags are those of an export of tiles.
type ArchiveFlags struct {
	PMTiles string `name:"pmtiles" placeholder:"FILE" help:"Write vector tiles into this PMTiles archive, which a map reads without a server."`
	Layers  string `name:"layer" placeholder:"LAYER,…" help:"Layers in the archive; all when absent."`
	MinZoom int    `placeholder:"ZOOM" help:"The first zoom level in the archive; the first of the layers when absent."`
	MaxZoom *int   `placeholder:"ZOOM" help:"The last zoom level in the archive; the last of the layers when absent."`
}

// Archived is what an export of tiles did.
type Archived struct {
	Layers  []string `json:"layers"`
	File    string   `json:"file"`
	Tiles   int      `json:"tiles"` // that hold something
	Bytes   int64    `json:"bytes"`
	Seconds float64  `json:"seconds"`
}

// archive writes tiles into an archive.
func (c *ExportCmd) archive(ctx context.Context, env *Env) error {
	if c.Layer != "" || c.Out != "" || c.Format != "" || len(c.Where) > 0 || c.CRS != "" || c.Limit != 0 || c.BOM {
		return wrongUse("--pmtiles takes --layer, --min-zoom, --max-zoom, --bbox and --class, and nothing that is of a file of features")
	}
	a := tiles.Archive{Clearance: access.Class(c.Class), MinZoom: c.Tiles.MinZoom, MaxZoom: tiles.MaxZoom}
	if c.Tiles.MaxZoom != nil {
		a.MaxZoom = *c.Tiles.MaxZoom
	}
	if a.MinZoom < 0 || a.MaxZoom < a.MinZoom || a.MaxZoom > tiles.MaxZoom {
		return wrongUse("--min-zoom and --max-zoom are from 0 to {last}, the lower one first", "last", tiles.MaxZoom)
	}
	if c.BBox != "" {
		box, err := parseBox(c.BBox)
		if err != nil {
			return err
		}
		a.BBox = box
	}
	db, err := env.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	start, layers := time.Now(), layer.New(db)
	if a.Layers, err = c.archived(ctx, layers); err != nil {
		return err
	}
	out, did := newReporter(env, c.JSON), Archived{Layers: a.Layers, File: c.Tiles.PMTiles}
	store := tiles.New(db, env.log(), layers, archiveMemory)
	if err := store.Load(ctx, a.Layers); err != nil {
		return err
	}
	did.Bytes, err = writeWhole(did.File, a.Clearance, func(part *os.File) (err error) {
		did.Tiles, err = store.WriteArchive(ctx, part, a, func(done, total int) { out.step("exporting", int64(done), int64(total)) })
		return err
	})
	if err != nil {
		return err
	}
	did.Seconds = float64(time.Since(start).Milliseconds()) / 1000
	if !out.term {
		out.line(did)
		return nil
	}
	fmt.Fprintf(env.Stdout, "\r%s: %d tiles of %s, %d bytes, %.1f s\n", did.File, did.Tiles, strings.Join(did.Layers, ", "), did.Bytes, did.Seconds)
	return nil
}

// archiveMemory is how many bytes layers may take in memory while their tiles are exported.
const archiveMemory = 512 << 20

// archived are the layers of an archive: those that were named, or all that its readers may know of.
func (c *ExportCmd) archived(ctx context.Context, layers *layer.Store) (ids []string, err error) {
	if c.Tiles.Layers != "" {
		return strings.Split(c.Tiles.Layers, ","), nil
	}
	all, err := layers.List(ctx, access.Class(c.Class))
	for _, l := range all {
		ids = append(ids, l.ID)
	}
	return ids, err
}
