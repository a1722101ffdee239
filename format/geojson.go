package format

import (
	"fmt"
	"io"

	"basin/layer"
)

// geojson writes one collection of features.
func (j *job) geojson() error {
	start, line := `{"type":"FeatureCollection","features":[`, []byte(nil)
	if err := j.each(func(r layer.Row) error {
		line = r.GeoJSON(append(append(line[:0], start...), '\n'))
		start = ","
		return j.put(line)
	}); err != nil {
		return err
	}
	if start != "," {
		return j.put([]byte(start + "]}\n"))
	}
	return j.put([]byte("\n]}\n"))
}

// geojsonseq writes a text sequence as in RFC 8142: each feature after a record separator and before a line feed.
func (j *job) geojsonseq() error {
	line := []byte(nil)
	return j.each(func(r layer.Row) error {
		line = append(r.GeoJSON(append(line[:0], 0x1e)), '\n')
		return j.put(line)
	})
}

// put writes to where the file goes.
func (j *job) put(b []byte) error {
	if _, err := j.to.Write(b); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// copyFrom writes all of r to where the file goes.
func (j *job) copyFrom(r io.Reader) error {
	if _, err := io.Copy(j.to, r); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}
