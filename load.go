package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"basin/access"
	"basin/area"
	"basin/bureau"
	"basin/catalog"
	"basin/fault"
	"basin/hydro"
	"basin/postgis"
	"basin/source"
	"basin/twin"
)

// LoadCmd loads files.
type LoadCmd struct {
	Path           []string          `arg:"" help:"Files, the directory of a region package, or the address of a database with tables of SL 323."`
	Mapping        string            `placeholder:"FILE" help:"How fields become ours: a YAML file, or a mapping that basin ships (osm, cityjson, hydamo, datav). Chosen by the file when absent."`
	Layer          string            `placeholder:"NAME" help:"Only this layer of the file."`
	To             string            `placeholder:"KIND" help:"Load everything as this kind of thing (river, work, station, building, …), fields by their own names."`
	As             string            `placeholder:"NAME" help:"Load as a layer of its own, a table made from the file's fields."`
	CRS            string            `name:"crs" placeholder:"CRS" help:"Coordinate system: EPSG:4549, GCJ-02, BD-09, WKT, +proj=… or grid4:EPSG:4549;dx=…,dy=…,rotation=…,scale=…"`
	Encoding       string            `placeholder:"NAME" help:"Encoding of text; UTF-8 if valid, else GB18030, when absent."`
	Class          string            `enum:"public,internal,restricted," default:"" placeholder:"CLASS" help:"Classification: public, internal or restricted. Internal when neither this nor the mapping says."`
	MinZoom        *int              `placeholder:"Z" help:"With --as: the first zoom level at which tiles hold the layer; 0 for a new one when absent."`
	MaxZoom        *int              `placeholder:"Z" help:"With --as: the last zoom level for which tiles are made; 16 for a new one when absent."`
	TileAttributes []string          `placeholder:"FIELD,…" help:"With --as: only these fields go into tiles; * for all. A new layer has all, another what it has, when absent."`
	Dataset        string            `placeholder:"ID" help:"Identifier of the dataset in the catalogue; the file's name when absent."`
	SL323          bool              `name:"sl323" help:"The paths are tables of SL 323, directories of them, or addresses of databases that hold them. A file named like one, ST_RIVER_R.csv, and an address are known anyway."`
	Schema         string            `placeholder:"NAME" help:"In a database: the schema where its tables are; the one that it looks in by itself when absent."`
	Follow         bool              `help:"Of a database: go on with what is new in its tables, from where it was left, until Ctrl-C."`
	Every          time.Duration     `default:"60s" help:"With --follow: how often its tables are asked (${default})."`
	Overlap        time.Duration     `default:"6h" help:"With --follow: rows that are late by no more than this are not missed (${default})."`
	Since          time.Time         `placeholder:"TIME" help:"Of a database: leave out rows from before, in tables that were never read."`
	Password       string            `name:"sl323-password" env:"BASIN_SL323_PASSWORD" hidden:"" help:"Of a database, where its address has none."`
	Upper          map[string]string `placeholder:"CODE=SIDE" help:"In tables of SL 323: the side of this work (* for all) that 闸上 and 站上 are: upper, inner or outer (upper)."`
	DryRun         bool              `help:"Read and check, but store nothing."`
	JSON           bool              `name:"json" help:"Report as JSON lines also on a terminal."`
}

// Help shows examples.
func (c *LoadCmd) Help() string {
	return `A database is postgres://USER@HOST/DATABASE, mysql://… (MariaDB too) or sqlserver://… (untested). Its password stands in BASIN_SL323_PASSWORD, or in the
address, where others on this machine can see it. It is only read; give basin a user that may do nothing else. Its tables should have an index that
begins with MODITIME where they have that column, else with TM.

Examples:
  basin load regions/nantong
  basin load city.osm.pbf --class public
  basin load network.gpkg --mapping hydamo
  basin load rivers.shp --mapping ours.yaml --crs EPSG:4549
  basin load plots.geojson --as plots --crs GCJ-02 --dry-run
  basin load plots.geojson --as plots --tile-attributes name,use --min-zoom 10
  basin load --sl323 exports/
  basin load --sl323 postgres://reader@10.1.2.3/rwdb --schema dbo
  basin load --sl323 mysql://reader@10.1.2.3/rwdb --follow --every 60s`
}

// Summary is what a load did.
type Summary struct {
	File     string `json:"file"`
	Read     int    `json:"read"`    // features
	Skipped  int    `json:"skipped"` // features that no rule of the mapping fits
	Things   int    `json:"things"`  // things they make
	Added    int    `json:"added"`
	Changed  int    `json:"changed"`
	Same     int    `json:"same"`
	Removed  int    `json:"removed,omitempty"`
	Findings int    `json:"findings"`

	Thresholds int       `json:"thresholds,omitempty"` // of tables
	Readings   *Readings `json:"readings,omitempty"`   // of tables

	DryRun  bool    `json:"dry_run,omitempty"`
	Seconds float64 `json:"seconds"`
}

// Run loads every path.
func (c *LoadCmd) Run(ctx context.Context, env *Env) error {
	if c.As != "" && (c.To != "" || c.Mapping != "") {
		return wrongUse("--as makes a layer of its own: it goes with neither --to nor --mapping")
	}
	if c.As == "" && (c.MinZoom != nil || c.MaxZoom != nil || c.TileAttributes != nil) {
		return wrongUse("--min-zoom, --max-zoom and --tile-attributes are for layers of one's own: they go with --as")
	}
	addresses, err := c.addresses()
	if err != nil {
		return err
	}
	for _, path := range c.Path {
		if bureau.IsAddress(path) {
			continue
		}
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return fault.New(fault.NotFound, "no-file", "there is no file {file}", "file", path)
		}
	}
	out := newReporter(env, c.JSON)
	var db *postgis.DB
	if !c.DryRun {
		if db, err = env.open(ctx); err != nil {
			return err
		}
		defer db.Close()
	}
	if c.Follow {
		return c.follow(ctx, db, addresses[c.Path[0]], out)
	}
	for _, path := range c.Path {
		start := time.Now()
		var sum Summary
		if a, is := addresses[path]; is {
			path = a.String()
			sum, err = c.sl323Once(ctx, db, a, out)
		} else {
			sum, err = c.one(ctx, db, path, out)
		}
		if err != nil {
			return err
		}
		sum.File, sum.DryRun, sum.Seconds = path, c.DryRun, float64(time.Since(start).Milliseconds())/1000
		out.summary(sum)
	}
	return nil
}

// addresses are the paths that are addresses of databases.
func (c *LoadCmd) addresses() (map[string]bureau.Address, error) {
	out := map[string]bureau.Address{}
	for _, path := range c.Path {
		if !bureau.IsAddress(path) {
			continue
		}
		a, err := bureau.ParseAddress(path, c.Password, c.Schema)
		if err != nil {
			return nil, err
		}
		out[path] = a
	}
	switch {
	case c.Follow && (len(c.Path) != 1 || len(out) != 1 || c.DryRun):
		return nil, wrongUse("--follow goes with the address of one database, and not with --dry-run")
	case len(out) == 0 && (c.Schema != "" || !c.Since.IsZero()):
		return nil, wrongUse("--schema and --since go with the address of a database")
	case c.Every <= 0 || c.Overlap < 0:
		return nil, wrongUse("--every is more than nothing, and --overlap not less")
	}
	return out, nil
}

// one loads one path.
func (c *LoadCmd) one(ctx context.Context, db *postgis.DB, path string, out *reporter) (Summary, error) {
	if c.SL323 || sl323Table(path) != "" {
		return c.sl323(ctx, db, path, out)
	}
	info, err := os.Stat(path)
	if err == nil && info.IsDir() && !strings.HasSuffix(path, ".gdb") {
		return loadRegion(ctx, db, path, out)
	}
	if c.As != "" {
		return c.own(ctx, db, path, out)
	}
	m, err := c.mapping(path)
	if err != nil {
		return Summary{}, err
	}
	l := newLoader(db, c.dataset(path, m), m, out.finding)
	if err := l.readFile(ctx, path, c.options(m, out)); err != nil {
		return Summary{}, err
	}
	if l.read > 0 && l.skipped == l.read {
		return Summary{}, fault.New(fault.Invalid, "nothing-fits", "no feature of {file} fits a rule of the mapping; its layers are {layers}. Name a kind with --to, a layer of its own with --as, or another --mapping",
			"file", path, "layers", layerNames(ctx, path))
	}
	return l.finish(ctx, out)
}

// finish stores what was read, or with no database counts it.
func (l *loader) finish(ctx context.Context, out *reporter) (Summary, error) {
	var changes twin.Changes
	var err error
	if l.db != nil {
		changes, err = l.store(ctx, out.storing)
	} else {
		l.assemble()
	}
	things := 0
	for _, rows := range l.rows {
		things += len(rows)
	}
	return Summary{Read: l.read, Skipped: l.skipped, Things: things, Added: changes.Added, Changed: changes.Changed, Same: changes.Same, Findings: l.findings}, err
}

// finishAs stores rows that were not read but made.
func (l *loader) finishAs(ctx context.Context, out *reporter) (Summary, error) {
	changes, err := l.storeRows(ctx, out.storing)
	if err != nil {
		return Summary{}, err
	}
	if err := hydro.Seat(ctx, l.db); err != nil {
		return Summary{}, err
	}
	if _, err := area.Assign(ctx, l.db); err != nil {
		return Summary{}, err
	}
	things := 0
	for _, rows := range l.rows {
		things += len(rows)
	}
	return Summary{Things: things, Added: changes.Added, Changed: changes.Changed, Same: changes.Same, Findings: l.findings}, nil
}

// readFile takes in every feature of a file.
func (l *loader) readFile(ctx context.Context, path string, o source.Options) error {
	found := o.Finding
	o.Finding = func(f source.Finding) {
		l.findings++
		found(f)
	}
	return source.Read(ctx, path, o, l.take)
}

func (c *LoadCmd) options(m *Mapping, out *reporter) source.Options {
	return source.Options{CRS: cmp.Or(c.CRS, m.CRS), Layer: c.Layer, Encoding: cmp.Or(c.Encoding, m.Encoding), Finding: out.finding, Progress: out.reading}
}

// dataset is the catalogue's entry for a file.
func (c *LoadCmd) dataset(path string, m *Mapping) catalog.Dataset {
	name := filepath.Base(path)
	sum, _ := digest(path)
	d := catalog.Dataset{ID: cmp.Or(c.Dataset, c.As, name), Title: catalog.Title{Zh: name, En: name}, Source: cmp.Or(m.Source, name), Licence: m.Licence,
		Class: access.Class(c.Class), CRS: cmp.Or(c.CRS, m.CRS), File: name, SHA256: sum}
	d.Class = cmp.Or(d.Class, m.Classification, access.Internal)
	return d
}

// mapping chooses how a file's features become things: as told, else by what the file is.
func (c *LoadCmd) mapping(path string) (*Mapping, error) {
	if c.To != "" {
		if !slices.ContainsFunc(nouns(), func(n twin.Noun) bool { return n.Kind == c.To }) {
			return nil, wrongUse("--to {kind}: there is no such kind of thing", "kind", c.To)
		}
		return &Mapping{Layers: []Rule{{To: c.To}}}, nil
	}
	if c.Mapping != "" {
		return openMapping(c.Mapping)
	}
	lower := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(path), ".gz"), ".bz2")
	switch {
	case strings.HasSuffix(lower, ".osm"), strings.HasSuffix(lower, ".pbf"):
		return openMapping("osm")
	case strings.HasSuffix(lower, ".city.json"), strings.HasSuffix(lower, ".city.jsonl"), cityJSON(path):
		return openMapping("cityjson")
	case strings.HasSuffix(lower, ".gpkg"):
		if names, err := source.Layers(context.Background(), path); err == nil && slices.ContainsFunc(names, func(l source.LayerInfo) bool { return l.Name == "hydroobject" }) {
			return openMapping("hydamo")
		}
	}
	return nil, fault.New(fault.Invalid, "mapping-missing", "how should {file} be understood? Name a --mapping, a kind with --to, or a layer of its own with --as", "file", path)
}

// cityJSON says whether a file begins as CityJSON does.
func cityJSON(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 4096)
	n, _ := io.ReadFull(f, head)
	return strings.Contains(strings.ReplaceAll(string(head[:n]), " ", ""), `"type":"CityJSON"`)
}

func layerNames(ctx context.Context, path string) string {
	layers, err := source.Layers(ctx, path)
	if err != nil {
		return "unknown"
	}
	names := make([]string, len(layers))
	for i, l := range layers {
		names[i] = l.Name
	}
	return strings.Join(names, ", ")
}

// reporter tells of a load: a progress bar on a terminal, JSON lines otherwise.
type reporter struct {
	env   *Env
	bar   *progressbar.ProgressBar
	term  bool
	quiet bool // findings only
	last  time.Time
}

func newReporter(env *Env, asJSON bool) *reporter {
	f, ok := env.Stdout.(*os.File)
	return &reporter{env: env, term: ok && !asJSON && term.IsTerminal(int(f.Fd()))}
}

func (r *reporter) line(v any) {
	b, err := json.Marshal(v)
	if err == nil {
		fmt.Fprintf(r.env.Stdout, "%s\n", b)
	}
}

// step moves the bar, or writes a line about once a second.
func (r *reporter) step(what string, done, total int64) {
	if r.quiet {
		return
	}
	if r.term {
		if r.bar == nil || r.bar.GetMax64() != max(total, -1) {
			r.bar = progressbar.NewOptions64(max(total, -1), progressbar.OptionSetWriter(r.env.Stderr), progressbar.OptionSetDescription(what), progressbar.OptionClearOnFinish())
		}
		_ = r.bar.Set64(done)
		return
	}
	if time.Since(r.last) >= time.Second {
		r.last = time.Now()
		r.line(map[string]any{"progress": what, "done": done, "total": total})
	}
}

func (r *reporter) reading(done, total int64) { r.step("reading", done, total) }

func (r *reporter) storing(done, total int) { r.step("storing", int64(done), int64(total)) }

func (r *reporter) finding(f source.Finding) {
	if r.term {
		fmt.Fprintf(r.env.Stderr, "\r%s, feature %d: %s\n", f.File, f.Index, f.Reason)
		return
	}
	r.line(map[string]any{"finding": f})
}

func (r *reporter) summary(s Summary) {
	if !r.term {
		r.line(s)
		return
	}
	verb := "stored"
	if s.DryRun {
		verb = "would make (nothing is stored)"
	}
	fmt.Fprintf(r.env.Stdout, "\r%s: %d features read, %d things %s: %d added, %d changed, %d as they were; %d findings, %.1f s\n",
		s.File, s.Read, s.Things, verb, s.Added, s.Changed, s.Same, s.Findings, s.Seconds)
	if t := s.Readings; t != nil {
		fmt.Fprintf(r.env.Stdout, "%d readings: %d accepted, %d duplicates, %d corrections, %d rejected\n",
			t.Read, t.Accepted, t.Duplicates, t.Corrections, t.Rejected)
	}
}
