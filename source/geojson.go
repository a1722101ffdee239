package source

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"basin/fault"
	"basin/geo"
)

// geoJSON reads a feature collection, a feature or a bare geometry.
func (j *job) geoJSON(o outline) error {
	layer := stem(j.path)
	if !j.wants(layer) {
		return j.noLayer()
	}
	b, err := j.geoJSONBatch(o.crs)
	if err != nil {
		return err
	}
	f, err := j.text()
	if err != nil {
		return err
	}
	defer f.Close()
	s := newScanner(f)
	if o.kind != "FeatureCollection" && !o.features {
		raw, err := s.value(maxFeature)
		if err != nil {
			return j.broken(err)
		}
		if shapes[o.kind] {
			raw = bytes.Join([][]byte{[]byte(`{"type":"Feature","properties":{},"geometry":`), raw, []byte("}")}, nil)
		}
		if err := j.element(b, layer, 0, raw); err != nil {
			return err
		}
		return b.flush()
	}
	err = s.object(func(name string) error {
		if name != "features" {
			return s.skip()
		}
		return s.array(func(i int) error {
			raw, err := s.value(maxFeature)
			switch {
			case errors.Is(err, errTooLong):
				j.find(layer, i, "feature-too-large", err)
				return nil
			case err != nil:
				j.find(layer, i, "bad-json", fmt.Errorf("the feature is cut short: %w", err))
				return err
			}
			return j.element(b, layer, i, raw)
		})
	})
	return j.finish(b, err)
}

// finish gives on what a batch holds, whatever ended the reading.
func (j *job) finish(b *batch, err error) error {
	var syntax *syntaxError
	if err != nil && !errors.As(err, &syntax) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if err := b.flush(); err != nil {
		return err
	}
	if err != nil {
		return j.broken(err)
	}
	return nil
}

// broken is the fault of a file whose JSON cannot be read on.
func (j *job) broken(err error) error {
	if syntax, ok := errors.AsType[*syntaxError](err); ok {
		return j.invalid("bad-json", "{file} cannot be read beyond byte {offset}: {why}", "offset", syntax.offset, "why", syntax.why)
	}
	if fault.Of(err) != nil || j.ctx.Err() != nil {
		return err
	}
	return j.invalid("unreadable", "{file} cannot be read").Because(err)
}

func (j *job) noLayer() error {
	return fault.New(fault.NotFound, "no-layer", "{file} has no layer {layer}", "file", j.path, "layer", j.opts.Layer)
}

// geoJSONBatch settles the coordinate system: the options', the file's old crs member, or degrees.
func (j *job) geoJSONBatch(crs json.RawMessage) (*batch, error) {
	if j.forced {
		return j.batch(j.crs), nil
	}
	b := j.batch(geo.WGS84())
	b.guess = true
	if len(crs) == 0 || string(crs) == "null" {
		return b, nil
	}
	var member struct {
		Properties struct {
			Name string `json:"name"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(crs, &member); err != nil {
		return nil, j.invalid("unknown-crs", "the crs member of {file} cannot be understood: name the coordinate system with --crs")
	}
	c, err := geo.ParseCRS(member.Properties.Name)
	if err != nil {
		return nil, j.invalid("unknown-crs", "the coordinate system that {file} names, {crs}, is not known: name it with --crs", "crs", short(member.Properties.Name))
	}
	return j.batch(c), nil
}

// element reads one feature; one that is bad is a finding.
func (j *job) element(b *batch, layer string, index int, raw []byte) error {
	f, err := decodeFeature(raw)
	if err != nil {
		j.find(layer, index, "bad-feature", err)
		return nil
	}
	f.File, f.Layer, f.Index = j.path, layer, index
	return b.add(f)
}

// decodeFeature reads a feature of GeoJSON.
func decodeFeature(raw []byte) (Feature, error) {
	if !utf8.Valid(raw) {
		return Feature{}, fault.New(fault.Invalid, "bad-text", "its text is not UTF-8: name the encoding with --encoding")
	}
	var m struct {
		Type       string          `json:"type"`
		ID         json.RawMessage `json:"id"`
		Properties json.RawMessage `json:"properties"`
		Geometry   json.RawMessage `json:"geometry"`
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return Feature{}, fault.New(fault.Invalid, "bad-feature", "it is not a feature: {why}", "why", err.Error())
	}
	if m.Type != "Feature" {
		return Feature{}, fault.New(fault.Invalid, "bad-feature", "its type is not Feature but {type}", "type", short(m.Type))
	}
	f := Feature{ID: plainID(m.ID), Properties: map[string]any{}}
	if len(m.Properties) > 0 && string(m.Properties) != "null" {
		if err := json.Unmarshal(m.Properties, &f.Properties); err != nil {
			return Feature{}, fault.New(fault.Invalid, "bad-feature", "its properties are not an object: {why}", "why", err.Error())
		}
	}
	var err error
	f.Geometry, err = parseGeometry(m.Geometry)
	return f, err
}

// parseGeometry is geo.ParseGeoJSON, safe against what its decoder does not foresee.
func parseGeometry(raw []byte) (g geo.Geometry, err error) {
	defer func() {
		if r := recover(); r != nil {
			g, err = nil, fault.New(fault.Invalid, "bad-geometry", "the geometry is not GeoJSON: {why}", "why", fmt.Sprint(r))
		}
	}()
	return geo.ParseGeoJSON(raw)
}

// plainID is an id as text: a string without its quotes, a number as it is written.
func plainID(raw json.RawMessage) string {
	var text string
	var number json.Number
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	if json.Unmarshal(raw, &number) == nil {
		return number.String()
	}
	return ""
}

// geoJSONSeq reads features line by line, with record separators (RFC 8142) or without.
func (j *job) geoJSONSeq() error {
	layer := stem(j.path)
	if !j.wants(layer) {
		return j.noLayer()
	}
	b, err := j.geoJSONBatch(nil)
	if err != nil {
		return err
	}
	err = j.lines(func(i int, line []byte, err error) error {
		if err != nil {
			j.find(layer, i, "feature-too-large", err)
			return nil
		}
		var shape struct {
			Type string `json:"type"`
		}
		if json.Unmarshal(line, &shape) == nil && shapes[shape.Type] {
			line = bytes.Join([][]byte{[]byte(`{"type":"Feature","properties":{},"geometry":`), line, []byte("}")}, nil)
		}
		return j.element(b, layer, i, line)
	})
	if err != nil {
		return j.finish(b, err)
	}
	return b.flush()
}

// lines calls fn with each line that is not blank, without record separator; a line beyond the size of a feature comes as an error.
func (j *job) lines(fn func(index int, line []byte, err error) error) error {
	f, err := j.text()
	if err != nil {
		return err
	}
	defer f.Close()
	r := newScanner(f).r
	for i := 0; ; {
		line, err := readLine(r, maxFeature)
		if err != nil && !errors.Is(err, errTooLong) && !errors.Is(err, io.EOF) {
			return j.broken(err)
		}
		if text := bytes.Trim(line, " \t\r\n\x1e"); len(text) > 0 || errors.Is(err, errTooLong) {
			var long error
			if errors.Is(err, errTooLong) {
				long = err
			}
			if err := fn(i, text, long); err != nil {
				return err
			}
			i++
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
	}
}

// readLine reads a line. One beyond the limit is read over and comes as errTooLong.
func readLine(r *bufio.Reader, limit int) ([]byte, error) {
	var out []byte
	long := false
	for {
		part, err := r.ReadSlice('\n')
		if !long {
			out = append(out, part...)
			if len(out) > limit {
				out, long = nil, true
			}
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil:
			return out, err
		case long:
			return nil, errTooLong
		}
		return out, nil
	}
}
