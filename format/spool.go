package format

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"basin/fault"
	"basin/layer"
)

// Convert runs ogr2ogr with arguments in a directory. It ends with ctx.
type Convert func(ctx context.Context, dir string, arguments ...string) error

// within makes a directory for temporary files, which is gone when fn returns, and gives up when there is more in it than the job may have.
func (j *job) within(fn func(dir string) error) error {
	sweep(j.opts.Dir)
	dir, err := os.MkdirTemp(j.opts.Dir, "basin-export-")
	if err == nil {
		dir, err = filepath.Abs(dir) // GDAL works within it
	}
	if err != nil {
		return fmt.Errorf("directory for an export: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // nothing else can be done about it
	ctx, cancel := context.WithCancelCause(j.ctx)
	defer cancel(nil)
	outer := j.ctx
	j.ctx = ctx
	defer func() { j.ctx = outer }()
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for ctx.Err() == nil {
			if size(dir) > j.opts.MaxBytes {
				cancel(errTooLarge(j.opts.MaxBytes))
			}
			select {
			case <-ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	err = fn(dir)
	if cause := context.Cause(ctx); cause != nil && outer.Err() == nil {
		err = cause
	}
	cancel(nil)
	<-watched
	return err
}

// sweep removes what exports left behind that ended with their process.
func sweep(dir string) {
	if dir == "" {
		dir = os.TempDir()
	}
	left, _ := filepath.Glob(filepath.Join(dir, "basin-export-*"))
	for _, path := range left {
		if info, err := os.Lstat(path); err == nil && info.IsDir() && time.Since(info.ModTime()) > staleAfter {
			_ = os.RemoveAll(path)
		}
	}
}

// staleAfter is the age past which no export is under way any more.
const staleAfter = 24 * time.Hour

func errTooLarge(limit int64) error {
	return fault.New(fault.Invalid, "export-too-large", "the file would need more than {limit} MiB: ask for fewer features, or for a format that is streamed",
		"limit", limit>>20)
}

// size is how many bytes the files in a directory have.
func size(dir string) int64 {
	total := int64(0)
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if info, err := d.Info(); err == nil {
				total += info.Size()
			}
		}
		return nil
	})
	return total
}

// spool is a file of GeoJSON for ogr2ogr to read, with what was written into it.
type spool struct {
	path  string
	file  *os.File
	to    *bufio.Writer
	line  []byte
	names []string        // of the columns, as they stand in the file
	kinds map[string]bool // of geometries; empty for unknown places
	z     bool
	rows  int
	gid   bool // whether the gid is a column
	times bool // whether times are given to GDAL as times rather than as text
	j     *job
}

// newSpool begins a file. GDAL finds out the types of columns from the values, so the first feature, whose id is 0 and which is left out again, has a
// value of each type: a text that looks like a day stays a text, and a column of nulls has its type.
func (j *job) newSpool(path string, longest int, gid, times bool) (*spool, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("file for an export: %w", err)
	}
	s := &spool{path: path, file: f, to: bufio.NewWriterSize(f, 256<<10), kinds: map[string]bool{}, gid: gid, times: times, j: j, names: j.names(longest)}
	example := map[string]json.RawMessage{}
	for _, c := range j.layer.Columns {
		example[c.Name] = s.example(c.Type)
	}
	s.line = s.feature(s.line[:0], layer.Row{}, example)
	_, err = s.to.Write(s.line)
	return s, err //nolint:wrapcheck // there is nothing to add
}

// example is a value by which GDAL knows the type of a column.
func (s *spool) example(kind string) json.RawMessage {
	switch kind {
	case layer.TypeInteger:
		return json.RawMessage("9007199254740993")
	case layer.TypeNumber:
		return json.RawMessage("0.5")
	case layer.TypeBoolean:
		return json.RawMessage("true")
	case layer.TypeDate:
		return json.RawMessage(`"2000-01-01"`)
	case layer.TypeTime:
		if s.times {
			return json.RawMessage(`"2000-01-01T00:00:00Z"`)
		}
	}
	return json.RawMessage(`"text"`)
}

// add writes a row.
func (s *spool) add(r layer.Row) error {
	values, err := r.Values()
	if err != nil {
		return err
	}
	s.kinds[r.Kind], s.z, s.rows = true, s.z || r.Z, s.rows+1
	s.line = s.feature(s.line[:0], r, values)
	_, err = s.to.Write(s.line)
	return err //nolint:wrapcheck // there is nothing to add
}

// feature appends a row as a feature with the names of the file. Lists and objects become text, numbers that are none become null.
func (s *spool) feature(to []byte, r layer.Row, values map[string]json.RawMessage) []byte {
	to = fmt.Appendf(to, "\x1e{\"type\":\"Feature\",\"id\":%d,\"geometry\":", r.GID)
	if r.Geometry == nil {
		to = append(to, "null"...)
	} else {
		to = append(to, r.Geometry...)
	}
	to = append(to, `,"properties":{`...)
	if s.gid {
		to = fmt.Appendf(to, `"gid":%d,`, max(r.GID, 1))
	}
	for i, c := range s.j.layer.Columns {
		v := values[c.Name]
		if layer.Null(v) || (v[0] == '"' && (c.Type == layer.TypeNumber || c.Type == layer.TypeInteger)) {
			v = json.RawMessage("null")
		} else if c.Type == layer.TypeJSON && r.GID != 0 {
			v, _ = json.Marshal(string(v))
		}
		name, _ := json.Marshal(s.names[i])
		to = append(append(append(append(to, name...), ':'), v...), ',')
	}
	return append(bytes.TrimSuffix(to, []byte(",")), "}}\n"...)
}

// close ends the file.
func (s *spool) close() error {
	if err := s.to.Flush(); err != nil {
		_ = s.file.Close()
		return fmt.Errorf("file for an export: %w", err)
	}
	return s.file.Close() //nolint:wrapcheck // there is nothing to add
}

// names are the names of the layer's columns in a file of GDAL's: unique whatever the case of their letters, no longer than so many bytes where longest
// is not 0, and none that means something to GDAL.
func (j *job) names(longest int) []string {
	taken := map[string]bool{"fid": true, "gid": true, "ogc_fid": true, "geom": true, "geometry": true, "ogr_geometry": true, "ogr_style": true, "ogr_geom_wkt": true, "ogr_geom_area": true}
	out := make([]string, len(j.layer.Columns))
	for i, c := range j.layer.Columns {
		name := cut(c.Name, longest)
		for n := 1; taken[strings.ToLower(name)]; n++ {
			suffix := strings.Repeat("_", min(n, 1)) + map[bool]string{true: "", false: fmt.Sprint(n)}[n == 1]
			room := 0
			if longest > 0 {
				room = longest - len(suffix)
			}
			name = cut(c.Name, room) + suffix
		}
		taken[strings.ToLower(name)] = true
		out[i] = name
	}
	return out
}

// cut is the beginning of s that is no longer than so many bytes, in whole letters; all of it for 0.
func cut(s string, longest int) string {
	if longest <= 0 {
		return s
	}
	for len(s) > longest {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s
}

// convert has GDAL make a file of the spool. What GDAL says of a failure is told, for it names only what is in the layer.
func (s *spool) convert(dir string, options ...string) error {
	if s.j.opts.Convert == nil {
		return errNoGDAL()
	}
	arguments := []string{"-where", "FID > 0", "-nlt", s.geometryType()}
	if crs := s.j.opts.CRS; crs.SRID != 0 {
		arguments = append(arguments, "-a_srs", fmt.Sprintf("EPSG:%d", crs.SRID))
	}
	arguments = append(arguments, options...)
	err := s.j.opts.Convert(s.j.ctx, dir, arguments...)
	f := fault.Of(err)
	switch {
	case err == nil:
		return nil
	case s.j.ctx.Err() != nil:
		return context.Cause(s.j.ctx)
	case f != nil && f.Kind == fault.Unavailable:
		return errNoGDAL()
	}
	return fault.New(fault.Unavailable, "gdal-failed", "GDAL could not write the file: {why}", "why", strings.ReplaceAll(err.Error(), dir+"/", ""))
}

func errNoGDAL() error {
	return fault.New(fault.Unavailable, "no-gdal", "this format needs GDAL's programs on the server: apt-get install gdal-bin")
}

// geometryType is the type of geometry of what was written, as GDAL names it; that which the layer draws where there was none.
func (s *spool) geometryType() string {
	kinds := map[string]bool{}
	for kind := range s.kinds {
		if kind != "" {
			kinds[kind] = true
		}
	}
	name := ""
	switch {
	case len(kinds) == 0:
		return map[string]string{"point": "POINT", "line": "LINESTRING", "polygon": "POLYGON"}[s.j.layer.GeometryType] + map[bool]string{true: "GEOMETRY"}[s.j.layer.GeometryType == "mixed"]
	case len(kinds) == 1:
		for kind := range kinds {
			name = kind
		}
	default:
		for _, kind := range []string{"POINT", "LINESTRING", "POLYGON"} {
			if len(kinds) == 2 && kinds[kind] && kinds["MULTI"+kind] {
				name = "MULTI" + kind
			}
		}
	}
	if name == "" {
		return "GEOMETRY" // each feature says whether it has heights
	}
	if s.z {
		name += "Z"
	}
	return name
}
