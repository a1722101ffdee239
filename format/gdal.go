package format

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"basin/layer"
)

// gdal writes what GDAL makes one file of: GeoPackage and FlatGeobuf.
func (j *job) gdal() error {
	return j.within(func(dir string) error {
		packed := j.f.Name == "gpkg"
		s, err := j.newSpool(filepath.Join(dir, "in.geojsonl"), 0, !packed, true)
		if err != nil {
			return err
		}
		err = j.each(s.add)
		if closed := s.close(); err == nil {
			err = closed
		}
		if err != nil {
			return err
		}
		out := filepath.Join(dir, "out"+j.f.Extension)
		options := []string{"-f", "FlatGeobuf", "-lco", "TITLE=" + j.title()}
		if packed {
			options = []string{"-f", "GPKG", "-preserve_fid", "-lco", "FID=gid", "-lco", "IDENTIFIER=" + j.title(), "-lco", "DESCRIPTION=" + j.layer.Comment}
		}
		if err := s.convert(dir, append(options, "-nln", j.layer.ID, out, s.path)...); err != nil {
			return err
		}
		return j.copyFile(out)
	})
}

// title is the layer's name for people.
func (j *job) title() string {
	if j.layer.Title.Zh != "" {
		return j.layer.Title.Zh
	}
	return j.layer.Title.En
}

// copyFile writes a file to where the job's goes.
func (j *job) copyFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("what GDAL wrote: %w", err)
	}
	defer f.Close()
	return j.copyFrom(f)
}

// groups are the files of a shapefile's zip, and the kinds of geometry that each holds.
func groups() map[string][]string {
	return map[string][]string{"point": {"POINT", "MULTIPOINT"}, "line": {"LINESTRING", "MULTILINESTRING"}, "polygon": {"POLYGON", "MULTIPOLYGON"}, "table": {""}}
}

// group is the file of a shapefile's zip that a row goes into; empty for none.
func group(l layer.Layer, kind string) string {
	if kind == "" && l.GeometryType != "mixed" {
		return l.GeometryType // a place that is not known yet
	}
	for name, kinds := range groups() {
		if slices.Contains(kinds, kind) {
			return name
		}
	}
	return ""
}
