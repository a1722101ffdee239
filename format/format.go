// Package format writes features into files: what package source does for reading. It knows no database; rows come from whoever has them.
package format

import (
	"context"
	"io"
	"mime"
	"slices"
	"strconv"
	"strings"

	"basin/fault"
	"basin/layer"
)

// Format is a kind of file that features can be written into.
type Format struct {
	Name      string       // as in f= and --format
	Media     string       // media type, with its parameters
	Others    []string     // other media types by which it is asked for
	Extension string       // of its files, with the dot
	Title     layer.Title  // for people
	Form      layer.Form   // how it wants geometry
	Streamed  bool         // whether it is written as the features come, without a file in between
	Packed    bool         // whether its bytes are compressed already
	Degrees   bool         // whether its places are in longitude and latitude, whatever is asked for
	Placed    bool         // whether it holds only features with a place
	MaxRows   int          // features that it holds at most; 0 for no limit
	Losses    []layer.Text // what is not as it was when it is read back; empty where all is
	write     func(*job) error
}

// Rows hands features one by one to each, and ends with the first error of each.
type Rows func(ctx context.Context, each func(layer.Row) error) error

// Options are what a writer may be told.
type Options struct {
	CRS      layer.CRS // of the places
	BOM      bool      // begin CSV with a byte-order mark, for spreadsheets that take UTF-8 for something else without it
	Dir      string    // where temporary files are made; the machine's own directory for them when empty
	MaxBytes int64     // of temporary files; 0 for DefaultBytes
	Convert  Convert   // runs ogr2ogr; nil where there is none
}

// Limits of formats that need a file in between.
const (
	DefaultBytes = 4 << 30
	maxRows      = 500_000
	maxSheetRows = 1<<20 - 1 // the first is for names
)

// job is one writing.
type job struct {
	ctx   context.Context
	to    io.Writer
	layer layer.Layer
	rows  Rows
	opts  Options
	f     Format
	count int
}

// Write writes the rows of a layer, which must come in the form of f. What it wrote before an error is no file.
func (f Format) Write(ctx context.Context, to io.Writer, l layer.Layer, rows Rows, o Options) error {
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultBytes
	}
	return f.write(&job{ctx: ctx, to: to, layer: l, rows: rows, opts: o, f: f})
}

// Takes says whether what a query wants of features can be said in the format.
func (f Format) Takes(q layer.Query) error {
	switch {
	case f.Degrees && q.CRS != layer.CRS{}:
		return fault.New(fault.Invalid, "crs-not-in-format", "{format} files are in longitude and latitude, as their standard has it: leave out crs, or ask for another format or for pages of JSON",
			"format", f.Name)
	case f.Placed && q.SkipGeometry:
		return fault.New(fault.Invalid, "geometry-in-format", "{format} files hold only features with a place: ask for another format, or with geometries", "format", f.Name)
	}
	return nil
}

// each hands the rows over, as many as the format holds.
func (j *job) each(fn func(layer.Row) error) error {
	return j.rows(j.ctx, func(r layer.Row) error {
		if j.count++; j.f.MaxRows > 0 && j.count > j.f.MaxRows {
			return errTooMany(j.f)
		}
		return fn(r)
	})
}

func errTooMany(f Format) error {
	return fault.New(fault.Invalid, "too-many-features", "{format} takes at most {limit} features: ask for fewer, or for another format", "format", f.Name, "limit", f.MaxRows)
}

// Find finds a format by its name.
func Find(name string) (Format, bool) {
	all := Formats()
	i := slices.IndexFunc(all, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return Format{}, false
	}
	return all[i], true
}

// Names lists the names of all formats.
func Names() []string {
	var names []string
	for _, f := range Formats() {
		names = append(names, f.Name)
	}
	return names
}

// ByFile finds a format by the extension of a file's name.
func ByFile(name string) (Format, bool) {
	all := Formats()
	i := slices.IndexFunc(all, func(f Format) bool { return strings.HasSuffix(strings.ToLower(name), f.Extension) })
	if i < 0 {
		return Format{}, false
	}
	return all[i], true
}

// Negotiate finds the format that an Accept header prefers. It finds none where the header asks for JSON, for anything, or for what is not known: those
// who ask so get pages of GeoJSON.
func Negotiate(accept string) (Format, bool) {
	best, quality, found := Format{}, 0.0, false
	for part := range strings.SplitSeq(accept, ",") {
		media, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		q := 1.0
		if given, err := strconv.ParseFloat(params["q"], 64); err == nil {
			q = given
		}
		if q <= quality {
			continue
		}
		if slices.Contains([]string{"application/geo+json", "application/json", "application/*", "text/*", "*/*"}, media) {
			best, quality, found = Format{}, q, false
			continue
		}
		for _, f := range Formats() {
			if f.Media != mediaGeoJSON && (bare(f.Media) == media || slices.Contains(f.Others, media)) {
				best, quality, found = f, q, true
			}
		}
	}
	return best, found
}

// bare is a media type without its parameters.
func bare(media string) string {
	media, _, _ = strings.Cut(media, ";")
	return media
}
