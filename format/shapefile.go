package format

import (
	"archive/zip"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"basin/layer"
)

// maxNameDBF is how long the name of a column can be in the table of a shapefile, in bytes.
const maxNameDBF = 10

// shapefile writes a zip with a shapefile for each kind of geometry, and fields.csv with the names of columns in full.
func (j *job) shapefile() error {
	return j.within(func(dir string) error {
		spools := map[string]*spool{}
		open := func(name string) (*spool, error) {
			if s := spools[name]; s != nil {
				return s, nil
			}
			s, err := j.newSpool(filepath.Join(dir, name+".geojsonl"), maxNameDBF, true, false)
			if s != nil {
				spools[name] = s
			}
			return s, err
		}
		err := j.each(func(r layer.Row) error {
			name := group(j.layer, r.Kind)
			if name == "" {
				return nil
			}
			s, err := open(name)
			if err != nil {
				return err
			}
			return s.add(r)
		})
		if len(spools) == 0 && err == nil { // an empty file says what there would be
			name := j.layer.GeometryType
			if name == "mixed" {
				name = "table"
			}
			_, err = open(name)
		}
		for _, s := range spools {
			if closed := s.close(); err == nil {
				err = closed
			}
		}
		if err != nil {
			return err
		}
		return j.zipShapes(dir, spools)
	})
}

// zipShapes has GDAL make the shapefiles and packs them.
func (j *job) zipShapes(dir string, spools map[string]*spool) error {
	shapes := filepath.Join(dir, "shapes")
	if err := os.Mkdir(shapes, 0o700); err != nil {
		return fmt.Errorf("directory for an export: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(spools)) {
		file := j.layer.ID
		if j.layer.GeometryType == "mixed" {
			file += "_" + name
		}
		options := []string{"-f", "ESRI Shapefile", "-lco", "ENCODING=UTF-8", "-lco", "2GB_LIMIT=YES"}
		if name == "table" {
			options = append(options, "-nlt", "NONE")
		}
		if err := spools[name].convert(dir, append(options, "-nln", file, shapes, spools[name].path)...); err != nil {
			return err
		}
		if err := os.Remove(spools[name].path); err != nil {
			return fmt.Errorf("spool: %w", err)
		}
	}
	files, err := os.ReadDir(shapes)
	if err != nil {
		return fmt.Errorf("what GDAL wrote: %w", err)
	}
	pack := zip.NewWriter(j.to)
	for _, file := range files {
		if err := packFile(pack, filepath.Join(shapes, file.Name()), file.Name()); err != nil {
			return err
		}
	}
	fields, err := pack.Create("fields.csv")
	if err != nil {
		return fmt.Errorf("zip: %w", err)
	}
	text := []byte("\uFEFFname,column\r\n")
	for i, short := range j.names(maxNameDBF) {
		text = append(appendCell(append(appendCell(text, inert(short)), ','), inert(j.layer.Columns[i].Name)), "\r\n"...)
	}
	if _, err := fields.Write(text); err != nil {
		return fmt.Errorf("zip: %w", err)
	}
	return pack.Close() //nolint:wrapcheck // there is nothing to add
}

// packFile puts a file into a zip.
func packFile(pack *zip.Writer, path, name string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("what GDAL wrote: %w", err)
	}
	defer f.Close()
	to, err := pack.Create(name)
	if err != nil {
		return fmt.Errorf("zip: %w", err)
	}
	if _, err := io.Copy(to, f); err != nil {
		return fmt.Errorf("zip: %w", err)
	}
	return nil
}
