package source

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"

	"basin/fault"
	"basin/geo"
)

// patience is how long GDAL may stay silent before it is taken to hang.
const patience = 10 * time.Minute

// gdalLayer is a layer as ogrinfo describes it.
type gdalLayer struct {
	name    string
	count   int  // -1 for unknown
	spatial bool // it has geometries
	crs     bool // it says its coordinate system
	ids     bool // its features have ids of their own
	only    bool // the file has no other layer: it need not be named
}

// gdalPath is a job's file as GDAL takes it: absolute, so that no name reads as an option or a driver's prefix.
func (j *job) gdalPath() (string, error) {
	path, err := filepath.Abs(j.path)
	if err != nil {
		return "", fmt.Errorf("absolute path of %s: %w", j.path, err)
	}
	switch lower := strings.ToLower(path); {
	case strings.HasSuffix(lower, ".gdb.zip"), strings.HasSuffix(lower, ".shp.zip"), strings.HasSuffix(lower, ".kmz"):
		return path, nil
	case strings.HasSuffix(lower, ".zip"):
		return "/vsizip/" + path, nil
	case strings.HasSuffix(lower, ".gz"):
		return "/vsigzip/" + path, nil
	}
	return path, nil
}

// gdalTable says whether the file is a text table, whose places stand in columns.
func (j *job) gdalTable() bool {
	name := strings.TrimSuffix(strings.ToLower(j.path), ".gz")
	return strings.HasSuffix(name, ".csv") || strings.HasSuffix(name, ".tsv")
}

// gdalOpen are the options with which GDAL opens the file.
func (j *job) gdalOpen() []string {
	if !j.gdalTable() {
		return nil
	}
	return []string{"-oo", "X_POSSIBLE_NAMES=lon,lng,longitude,long,x,经度", "-oo", "Y_POSSIBLE_NAMES=lat,latitude,y,纬度",
		"-oo", "GEOM_POSSIBLE_NAMES=wkt,geom,geometry,the_geom"}
}

// gdalLayers asks ogrinfo for the layers of a file.
func (j *job) gdalLayers() ([]gdalLayer, error) {
	path, err := j.gdalPath()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(j.ctx, patience)
	defer cancel()
	var out bytes.Buffer
	var said head
	cmd := command(ctx, "ogrinfo", append([]string{"-ro", "-al", "-so", "-nomd", path}, j.gdalOpen()...)...)
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return nil, missing()
		}
		if j.ctx.Err() != nil {
			return nil, j.ctx.Err()
		}
		return nil, j.invalid("unreadable", "{file} cannot be read: {why}", "why", short(said.String()+" "+err.Error()))
	}
	layers := parseLayers(out.String())
	if len(layers) == 0 {
		return nil, j.invalid("unreadable", "{file} holds no layers that can be read: {why}", "why", short(said.String()))
	}
	return layers, nil
}

// parseLayers reads the summary that ogrinfo writes.
func parseLayers(summary string) []gdalLayer {
	var out []gdalLayer
	lines := strings.Split(summary, "\n")
	described := false // what follows are the columns of the layer
	for i, line := range lines {
		if name, ok := strings.CutPrefix(line, "Layer name: "); ok {
			out = append(out, gdalLayer{name: strings.TrimSpace(name), count: -1})
			described = false
			continue
		}
		if len(out) == 0 {
			continue
		}
		l := &out[len(out)-1]
		switch {
		case strings.HasPrefix(line, "FID Column = "):
			l.ids = true
		case described:
		case strings.HasPrefix(line, "Geometry: "):
			l.spatial = line != "Geometry: None"
		case strings.HasPrefix(line, "Geometry ("): // one of several
			l.spatial = true
		case strings.HasPrefix(line, "Feature Count: "):
			if n, err := strconv.Atoi(strings.TrimPrefix(line, "Feature Count: ")); err == nil {
				l.count = n
			}
		case strings.HasPrefix(line, "Layer SRS WKT:"), strings.HasPrefix(line, "SRS WKT ("):
			described = strings.HasPrefix(line, "Layer")
			l.crs = i+1 < len(lines) && lines[i+1] != "(unknown)"
		}
	}
	return out
}

// gdal reads the layers of a file through ogr2ogr.
func (j *job) gdal() error {
	layers, err := j.gdalLayers()
	if err != nil {
		return err
	}
	total, done := int64(0), int64(0)
	found := false
	for _, l := range layers {
		if !j.wants(l.name) {
			continue
		}
		found = true
		if l.spatial && !l.crs && !j.forced {
			return j.invalid("crs-missing", "layer {layer} of {file} does not say its coordinate system: name it with --crs", "layer", l.name)
		}
		if strings.HasPrefix(l.name, "-") && len(layers) > 1 { // it would read as an option
			return j.invalid("bad-layer", "layer {layer} of {file} has a name that cannot be asked for", "layer", l.name)
		}
		if l.count < 0 || total < 0 {
			total = -1
		} else {
			total += int64(l.count)
		}
	}
	if !found {
		return j.noLayer()
	}
	for _, l := range layers {
		if !j.wants(l.name) {
			continue
		}
		if len(layers) == 1 {
			l.only = true
		}
		if err := j.gdalLayer(l, func() {
			done++
			if j.opts.Progress != nil && done%100 == 0 {
				j.opts.Progress(done, max(total, 0))
			}
		}); err != nil {
			return err
		}
	}
	if j.opts.Progress != nil {
		j.opts.Progress(done, done)
	}
	return nil
}

// gdalArguments are those of ogr2ogr for a layer; the batch does what is left to do to its coordinates. The encoding is that of the text
// which GDAL is told to leave alone; when raw is false GDAL writes UTF-8.
func (j *job) gdalArguments(path string, l gdalLayer) (arguments []string, b *batch, e encoding.Encoding, raw bool) {
	arguments = []string{"-f", "GeoJSONSeq", "/vsistdout/", path, "-lco", "RS=NO", "-lco", "COORDINATE_PRECISION=15", "-preserve_fid", "-skipfailures"}
	if !l.only {
		arguments = append(arguments, l.name)
	}
	b = j.batch(geo.WGS84())
	switch {
	case !l.spatial:
	case j.forced && (j.crs.Shift != "" || j.crs.Grid != nil):
		arguments = append(arguments, "-a_srs", "EPSG:4326") // not true: it keeps the numbers as they are
		b = j.batch(j.crs)
	case j.forced:
		arguments = append(arguments, "-s_srs", j.crs.Definition, "-t_srs", "EPSG:4326")
	default:
		arguments = append(arguments, "-t_srs", "EPSG:4326")
	}
	arguments = append(arguments, j.gdalOpen()...)
	shape := strings.HasSuffix(strings.ToLower(path), ".shp") || strings.HasSuffix(strings.ToLower(path), ".dbf")
	named, _ := encodingOf(j.opts.Encoding)
	switch {
	case shape && j.opts.Encoding != "":
		return append(arguments, "-oo", "ENCODING="), b, named, true
	case shape:
		if e, ok := guessTable(path); ok {
			return append(arguments, "-oo", "ENCODING="), b, e, true
		}
	case j.gdalTable() && j.opts.Encoding != "":
		return arguments, b, named, true
	case j.gdalTable():
		if f, err := j.open(false); err == nil {
			defer f.Close()
			return arguments, b, guessLines(f), true
		}
	}
	return arguments, b, simplifiedchinese.GB18030, false
}

// gdalLayer reads one layer.
func (j *job) gdalLayer(l gdalLayer, tick func()) error {
	path, err := j.gdalPath()
	if err != nil {
		return err
	}
	arguments, b, e, raw := j.gdalArguments(path, l)
	ctx, cancel := context.WithCancel(j.ctx)
	defer cancel()
	cmd := command(ctx, "ogr2ogr", arguments...)
	said, err := newComplaints()
	if err != nil {
		return err
	}
	defer said.close()
	cmd.Stderr = said.file // not a pipe: what is said of a feature stands there before the feature arrives
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("pipe from ogr2ogr: %w", err)
	}
	if err := cmd.Start(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return missing()
		}
		return fmt.Errorf("start ogr2ogr: %w", err)
	}
	var silent atomic.Bool
	clock := time.AfterFunc(patience, func() { silent.Store(true); cancel() })
	clock.Stop()
	given := 0
	failed := func() error {
		r := bufio.NewReaderSize(stdout, 256<<10)
		for {
			clock.Reset(patience)
			line, err := readLine(r, maxFeature)
			clock.Stop()
			switch {
			case errors.Is(err, errTooLong):
				j.find(l.name, given, "feature-too-large", err)
				given++
				continue
			case errors.Is(err, io.EOF) && len(bytes.TrimSpace(line)) == 0:
				return nil
			case err != nil && !errors.Is(err, io.EOF):
				return fmt.Errorf("read from ogr2ogr: %w", err)
			}
			if err := j.gdalFeature(b, l, given, line, e, raw, said); err != nil {
				return err
			}
			given++
			tick()
		}
	}()
	if failed != nil {
		cancel()
	}
	ended := cmd.Wait()
	switch {
	case j.ctx.Err() != nil:
		return j.ctx.Err()
	case silent.Load():
		return fault.New(fault.Unavailable, "gdal-silent", "GDAL has said nothing of {file} for {time}", "file", j.path, "time", patience.String())
	case failed != nil:
		return failed
	}
	if ended != nil {
		if text := said.String(); strings.Contains(text, "SRS") || strings.Contains(text, "PROJ") {
			return j.invalid("unknown-crs", "the coordinate system of {file} cannot be used: {why}", "why", short(text))
		}
		return j.invalid("unreadable", "layer {layer} of {file} cannot be read beyond its feature {count}: {why}", "layer", l.name, "count", given, "why", short(said.String()))
	}
	return b.flush()
}

// gdalFeature reads one line of ogr2ogr.
func (j *job) gdalFeature(b *batch, l gdalLayer, index int, line []byte, e encoding.Encoding, raw bool, said *complaints) error {
	var properties map[string]any
	if raw || !utf8.Valid(line) {
		var whole map[string]any
		if err := decodeJSON(line, e, &whole); err != nil {
			j.find(l.name, index, "bad-text", err)
			return nil
		}
		properties, _ = whole["properties"].(map[string]any)
		line = ascii(line)
	}
	f, err := decodeFeature(line)
	if err != nil {
		j.find(l.name, index, "bad-feature", err)
		return nil
	}
	if properties != nil {
		f.Properties = properties
	}
	if f.Geometry == nil && l.spatial && said.of(f.ID) {
		j.find(l.name, index, "outside-crs", errors.New("its coordinates lie outside their coordinate system"))
		return nil
	}
	if !l.ids {
		f.ID = ""
	}
	f.File, f.Layer, f.Index = j.path, l.name, index
	return b.add(f)
}

// ascii blanks all other bytes: what is left of a feature is its shape.
func ascii(line []byte) []byte {
	out := bytes.Clone(line)
	for i, c := range out {
		if c >= 0x80 {
			out[i] = '?'
		}
	}
	return out
}
