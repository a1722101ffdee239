package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"basin/fault"
	"basin/geo"
)

// city is what the objects of a CityJSON file or line share. Coordinates are in the file's coordinate system; x, y and the height are
// in its units, metres in all that are in use.
type city struct {
	kind, version    string
	id               string
	system           string // metadata.referenceSystem
	scale, translate [3]float64
	transformed      bool
	vertices         [][3]float64 // NaN for one that cannot be read
	templates        []cityGeometry
	templateVertices [][3]float64
}

// cityGeometry is a geometry as CityJSON writes it.
type cityGeometry struct {
	Type       string          `json:"type"`
	LOD        json.RawMessage `json:"lod"`
	Boundaries json.RawMessage `json:"boundaries"`
	Semantics  json.RawMessage `json:"semantics"`
	Template   *int            `json:"template"`
	Matrix     []float64       `json:"transformationMatrix"`
}

// cityHead reads all but the objects of a CityJSON object. Where it says nothing of a transform, that of the header holds, if any.
func cityHead(s *scanner, header *city) (*city, error) {
	c := &city{scale: [3]float64{1, 1, 1}}
	if header != nil {
		c.scale, c.translate, c.transformed = header.scale, header.translate, header.transformed
		c.templates, c.templateVertices = header.templates, header.templateVertices
	}
	err := s.object(func(name string) error {
		switch name {
		case "vertices":
			return readVertices(s, &c.vertices)
		case "CityObjects", "appearance", "extensions":
			return s.skip()
		}
		raw, err := s.value(1 << 30)
		if err != nil {
			return err
		}
		switch name {
		case "type":
			err = json.Unmarshal(raw, &c.kind)
		case "version":
			err = json.Unmarshal(raw, &c.version)
		case "id":
			c.id = plainID(raw)
		case "transform":
			var t struct{ Scale, Translate [3]float64 }
			err = json.Unmarshal(raw, &t)
			c.scale, c.translate, c.transformed = t.Scale, t.Translate, true
		case "metadata":
			var m struct {
				ReferenceSystem any `json:"referenceSystem"`
			}
			err = json.Unmarshal(raw, &m)
			c.system, _ = m.ReferenceSystem.(string)
		case "geometry-templates":
			var t struct {
				Templates []cityGeometry `json:"templates"`
				Vertices  [][3]float64   `json:"vertices-templates"`
			}
			err = json.Unmarshal(raw, &t)
			c.templates, c.templateVertices = t.Templates, t.Vertices
		}
		if err != nil {
			return s.fail(fmt.Sprintf("the member %s is wrong: %v", name, err))
		}
		return nil
	})
	for i, v := range c.vertices {
		for k := range v {
			c.vertices[i][k] = v[k]*c.scale[k] + c.translate[k]
		}
	}
	return c, err
}

func readVertices(s *scanner, into *[][3]float64) error {
	return s.array(func(int) error {
		raw, err := s.value(1 << 12)
		if err != nil && !errors.Is(err, errTooLong) {
			return err
		}
		v := [3]float64{math.NaN(), math.NaN(), math.NaN()}
		parts := strings.Split(strings.Trim(string(raw), "[]"), ",")
		for k := 0; len(parts) == 3 && k < 3; k++ {
			if x, err := strconv.ParseFloat(strings.TrimSpace(parts[k]), 64); err == nil && !math.IsInf(x, 0) {
				v[k] = x
			}
		}
		*into = append(*into, v)
		return nil
	})
}

// cityBatch settles the coordinate system: the options', or that which the file names.
func (j *job) cityBatch(c *city) (*batch, error) {
	if c.kind != "CityJSON" {
		return nil, j.invalid("bad-cityjson", "{file} does not begin as CityJSON does")
	}
	if major, _, _ := strings.Cut(c.version, "."); major != "1" && major != "2" {
		return nil, j.invalid("unknown-version", "{file} is CityJSON of version {version}; 1.0, 1.1 and 2.0 are known", "version", short(c.version))
	}
	switch {
	case j.forced:
		return j.batch(j.crs), nil
	case c.system == "":
		return nil, j.invalid("crs-missing", "{file} does not say its coordinate system: name it with --crs")
	}
	crs, err := geo.ParseCRS(c.system)
	if err != nil {
		return nil, j.invalid("unknown-crs", "the coordinate system that {file} names, {crs}, is not known: name it with --crs", "crs", short(c.system))
	}
	return j.batch(crs), nil
}

// cityJSON reads a CityJSON file: once for its vertices, once for its objects.
func (j *job) cityJSON(outline) error {
	f, err := j.open(false)
	if err != nil {
		return err
	}
	defer f.Close()
	c, broken := cityHead(newScanner(f), nil)
	if broken != nil && fault.Of(broken) != nil {
		return broken
	}
	b, err := j.cityBatch(c)
	if err != nil {
		if broken != nil {
			return j.broken(broken)
		}
		return err
	}
	f2, err := j.text()
	if err != nil {
		return err
	}
	defer f2.Close()
	err = j.cityObjects(b, c, newScanner(f2), map[string]int{})
	if err == nil {
		err = broken
	}
	return j.finish(b, err)
}

// cityJSONSeq reads a header line and then a line for each feature, with its own vertices.
func (j *job) cityJSONSeq() error {
	var header *city
	var b *batch
	index := map[string]int{}
	err := j.lines(func(i int, line []byte, err error) error {
		if err != nil {
			j.find("", i, "feature-too-large", err)
			return nil
		}
		c, err := cityHead(newScanner(bytes.NewReader(line)), header)
		switch {
		case i == 0:
			if err != nil {
				return j.broken(err)
			}
			header = c
			if b, err = j.cityBatch(c); err != nil {
				return err
			}
		case err != nil:
			j.find("", i, "bad-json", err)
			return nil
		case c.kind != "CityJSONFeature":
			j.find("", i, "bad-feature", fmt.Errorf("the line is not a CityJSONFeature but %q", short(c.kind)))
			return nil
		}
		err = j.cityObjects(b, c, newScanner(bytes.NewReader(line)), index)
		if _, ok := errors.AsType[*syntaxError](err); ok {
			j.find("", i, "bad-json", err)
			return nil
		}
		return err
	})
	if b == nil {
		return err
	}
	if err != nil {
		return j.finish(b, err)
	}
	return b.flush()
}

// cityObjects reads the objects in order. Each counts within its own layer, which is its type.
func (j *job) cityObjects(b *batch, c *city, s *scanner, index map[string]int) error {
	return s.object(func(name string) error {
		if name != "CityObjects" {
			return s.skip()
		}
		return s.object(func(id string) error {
			raw, err := s.value(maxFeature)
			if errors.Is(err, errTooLong) {
				j.find("", index[""], "feature-too-large", fmt.Errorf("%s: %w", id, err))
				index[""]++
				return nil
			}
			if err != nil {
				j.find("", index[""], "bad-json", fmt.Errorf("%s is cut short: %w", id, err))
				return err
			}
			f, err := c.object(id, raw)
			f.File, f.Index = j.path, index[f.Layer]
			index[f.Layer]++
			switch {
			case !j.wants(f.Layer):
				return nil
			case err != nil:
				j.find(f.Layer, f.Index, "bad-object", fault.New(fault.Invalid, "bad-object", "{id}: {why}", "id", id, "why", err.Error()))
				return nil
			}
			return b.add(f)
		})
	})
}

// object reads one object; coordinates stay the file's.
func (c *city) object(id string, raw []byte) (Feature, error) {
	var o struct {
		Type       string          `json:"type"`
		Attributes json.RawMessage `json:"attributes"`
		Parents    []string        `json:"parents"`
		Geometry   []cityGeometry  `json:"geometry"`
	}
	f := Feature{ID: id, Properties: map[string]any{}}
	err := json.Unmarshal(raw, &o)
	f.Layer = o.Type
	if err != nil {
		return f, err
	}
	if o.Type == "" {
		return f, errors.New("it has no type")
	}
	if len(o.Attributes) > 0 && string(o.Attributes) != "null" {
		if err := json.Unmarshal(o.Attributes, &f.Properties); err != nil {
			return f, fmt.Errorf("its attributes are wrong: %w", err)
		}
	}
	f.City = &CityObject{Type: o.Type, Parents: o.Parents}
	var all []shape
	for i, g := range o.Geometry {
		s, err := c.model(g)
		if err != nil {
			return f, fmt.Errorf("geometry %d: %w", i, err)
		}
		if s != nil {
			all = append(all, *s)
			f.City.Models = append(f.City.Models, s.Model)
		}
	}
	f.Geometry = footprint(all)
	return f, nil
}
