// Package source reads files of features: GeoJSON, CityJSON and OpenStreetMap by itself, everything else through GDAL's command line.
// It knows no database. Coordinates that leave it are longitude and latitude in degrees, WGS 84 or CGCS2000; heights are as the file
// has them, in metres above the file's own vertical datum.
package source

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"basin/fault"
	"basin/geo"
)

// Feature is one feature as a file has it.
type Feature struct {
	File       string
	Layer      string         // of CityJSON the type of the object; of OpenStreetMap points, lines or areas
	Index      int            // place in its file and layer, from 0
	ID         string         // the feature's own id, where it has one
	Properties map[string]any // values as in JSON: string, float64, bool, nil, []any, map[string]any
	Geometry   geo.Geometry   // longitude and latitude in degrees, with heights where the file has them; nil for none
	City       *CityObject    // for CityJSON
}

// CityObject is what CityJSON says beyond a feature.
type CityObject struct {
	Type    string
	Parents []string
	Models  []Model
}

// Model is a geometry of a city object at one level of detail.
type Model struct {
	LOD       string
	Type      string
	Polygons  [][][][3]float64 // polygon, ring, vertex: longitude, latitude, height in metres; rings are not closed by their first vertex
	Semantics json.RawMessage  // the semantics member as in the file, or nil
}

// Finding is a feature that could not be read; its neighbours are not affected.
type Finding struct {
	File   string `json:"file"`
	Layer  string `json:"layer,omitempty"`
	Index  int    `json:"index"`
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

// Options says how to read a file.
type Options struct {
	CRS      string                  // as geo.ParseCRS takes it; wins over what the file says; needed where the file says nothing
	Layer    string                  // only this layer of the file; empty for all
	Encoding string                  // UTF-8, GB18030, … of attribute text; empty to find out
	Finding  func(Finding)           // hears of bad features
	Progress func(done, total int64) // bytes or features done; total is 0 when unknown
}

// LayerInfo is a layer of a file.
type LayerInfo struct {
	Name  string
	Count int // features; -1 for unknown
}

// Bounds on what a file may hold.
const (
	maxFile    = 8 << 30  // bytes of a file, decompressed
	maxFeature = 64 << 20 // bytes of one feature in JSON
	maxNesting = 200      // brackets within brackets in JSON
)

// job is one reading of one file.
type job struct {
	ctx    context.Context
	path   string
	opts   Options
	crs    geo.CRS // of the options; zero for none
	forced bool    // the options name a coordinate system
	fn     func(Feature) error
}

// find reports a bad feature. The code is the fault's own where err is one.
func (j *job) find(layer string, index int, code string, err error) {
	if j.opts.Finding == nil {
		return
	}
	if f := fault.Of(err); f != nil {
		code = f.Code
	}
	j.opts.Finding(Finding{File: j.path, Layer: layer, Index: index, Code: code, Reason: err.Error()})
}

// wants says whether a layer is to be read.
func (j *job) wants(layer string) bool { return j.opts.Layer == "" || j.opts.Layer == layer }

// invalid is a fault of the file as a whole.
func (j *job) invalid(code, text string, pairs ...any) *fault.Error {
	return fault.New(fault.Invalid, code, text, append([]any{"file", j.path}, pairs...)...)
}

// Read calls fn with each feature of a file in order. An error of fn ends it. A feature that cannot be read is a finding; only a file
// that cannot be read at all, or no further, is an error.
func Read(ctx context.Context, path string, o Options, fn func(Feature) error) error {
	j := &job{ctx: ctx, path: path, opts: o, fn: fn}
	if o.CRS != "" {
		crs, err := geo.ParseCRS(o.CRS)
		if err != nil {
			return err
		}
		j.crs, j.forced = crs, true
	}
	if _, err := encodingOf(o.Encoding); err != nil {
		return err
	}
	format, err := j.format()
	if err != nil {
		return err
	}
	switch format.name {
	case "geojson":
		return j.geoJSON(format.outline)
	case "geojsonseq":
		return j.geoJSONSeq()
	case "cityjson":
		return j.cityJSON(format.outline)
	case "cityjsonseq":
		return j.cityJSONSeq()
	case "osm-xml", "osm-pbf":
		return j.osm(format.name == "osm-pbf")
	}
	return j.gdal()
}

// Layers lists the layers in a file with their feature counts.
func Layers(ctx context.Context, path string) ([]LayerInfo, error) {
	j := &job{ctx: ctx, path: path}
	format, err := j.format()
	if err != nil {
		return nil, err
	}
	if format.name == "gdal" {
		found, err := j.gdalLayers()
		if err != nil {
			return nil, err
		}
		out := make([]LayerInfo, len(found))
		for i, l := range found {
			out[i] = LayerInfo{l.name, l.count}
		}
		return out, nil
	}
	var out []LayerInfo
	place := map[string]int{}
	count := func(layer string) {
		i, ok := place[layer]
		if !ok {
			i = len(out)
			place[layer] = i
			out = append(out, LayerInfo{Name: layer})
		}
		out[i].Count++
	}
	j.forced, j.crs = true, geo.WGS84()         // counting needs no coordinates
	if !strings.HasPrefix(format.name, "osm") { // there a finding takes no place
		j.opts.Finding = func(f Finding) { count(f.Layer) }
	}
	j.fn = func(f Feature) error { count(f.Layer); return nil }
	switch format.name {
	case "geojson":
		err = j.geoJSON(format.outline)
	case "geojsonseq":
		err = j.geoJSONSeq()
	case "cityjson":
		err = j.cityJSON(format.outline)
	case "cityjsonseq":
		err = j.cityJSONSeq()
	default:
		err = j.osm(format.name == "osm-pbf")
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// format is what a file was found to be.
type format struct {
	name    string  // geojson, geojsonseq, cityjson, cityjsonseq, osm-xml, osm-pbf or gdal
	outline outline // of JSON
}

// format looks at a file's content first and its name second.
func (j *job) format() (format, error) {
	if strings.HasPrefix(j.path, "/vsi") || strings.Contains(j.path, "://") || strings.HasPrefix(strings.ToLower(j.path), "http:") {
		return format{}, j.invalid("not-a-file", "{file} is not the name of a file on this machine")
	}
	info, err := os.Stat(j.path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return format{}, fault.New(fault.NotFound, "no-file", "there is no file {file}", "file", j.path)
	case err != nil:
		return format{}, j.invalid("unreadable", "{file} cannot be read").Because(err)
	case info.IsDir():
		return format{name: "gdal"}, nil
	case !info.Mode().IsRegular():
		return format{}, j.invalid("not-a-file", "{file} is not a file")
	case info.Size() == 0:
		return format{}, j.invalid("empty-file", "{file} is empty")
	}
	name := strings.ToLower(filepath.Base(j.path))
	if strings.HasSuffix(name, ".zip") {
		return format{name: "gdal"}, nil
	}
	f, err := j.open(false)
	if err != nil {
		return format{}, err
	}
	defer f.Close()
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return format{}, j.invalid("unreadable", "{file} cannot be read").Because(err)
	}
	return j.sniff(bytes.TrimLeft(bytes.TrimPrefix(head[:n], []byte("\xef\xbb\xbf")), " \t\r\n"), name)
}

// sniff tells formats apart by how a file begins.
func (j *job) sniff(head []byte, name string) (format, error) {
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".bz2")
	switch {
	case len(head) > 20 && bytes.Contains(head[:20], []byte("OSMHeader")):
		return format{name: "osm-pbf"}, nil
	case bytes.HasPrefix(head, []byte("<")) && bytes.Contains(head[:min(len(head), 4096)], []byte("<osm")):
		return format{name: "osm-xml"}, nil
	case len(head) == 0 || head[0] != '{' && head[0] != 0x1e:
		return format{name: "gdal"}, nil
	}
	sequence := head[0] == 0x1e
	for _, ending := range []string{".jsonl", ".geojsonl", ".geojsons", ".ndjson", ".geojsonseq"} {
		sequence = sequence || strings.HasSuffix(name, ending)
	}
	if line, rest, ok := bytes.Cut(head, []byte("\n")); ok && json.Valid(line) && bytes.HasPrefix(bytes.TrimLeft(rest, " \r\n\t"), []byte("{")) {
		sequence = true
	}
	if sequence {
		line, _, _ := bytes.Cut(bytes.TrimLeft(head, "\x1e"), []byte("\n"))
		if o, _ := outlineOf(newScanner(bytes.NewReader(line))); o.kind == "CityJSON" {
			return format{name: "cityjsonseq"}, nil
		}
		return format{name: "geojsonseq"}, nil
	}
	f, err := j.open(false)
	if err != nil {
		return format{}, err
	}
	defer f.Close()
	o, err := outlineOf(newScanner(f))
	switch {
	case o.kind == "CityJSON":
		return format{"cityjson", o}, nil
	case o.kind == "FeatureCollection", o.kind == "Feature", shapes[o.kind], o.kind == "" && o.features:
		return format{"geojson", o}, nil
	case err != nil:
		return format{}, j.invalid("bad-json", "{file} is not JSON at byte {offset}: {why}", "offset", o.offset, "why", err.Error())
	}
	return format{name: "gdal"}, nil
}

// shapes are the geometries of GeoJSON.
var shapes = map[string]bool{"Point": true, "MultiPoint": true, "LineString": true, "MultiLineString": true, "Polygon": true,
	"MultiPolygon": true, "GeometryCollection": true}

// stem is a file's name without its folder and endings; it names the layer of a file that has but one.
func stem(path string) string {
	base := filepath.Base(path)
	if i := strings.IndexByte(base, '.'); i > 0 {
		base = base[:i]
	}
	return base
}
