package main

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"gopkg.in/yaml.v3"

	"basin/access"
	"basin/catalog"
	"basin/fault"
	"basin/source"
)

// shipped are the mappings that basin knows by itself.
//
//go:embed regions/mappings/*.yaml
var shipped embed.FS

// Mapping says how the features of files become things of ours. It is read from YAML; regions/mappings has examples.
type Mapping struct {
	CRS            string                   `yaml:"crs"`
	Encoding       string                   `yaml:"encoding"`
	Source         string                   `yaml:"source"`
	Licence        string                   `yaml:"licence"`
	Classification access.Class             `yaml:"classification"`
	GeometryStatus string                   `yaml:"geometry_status"`
	AccuracyM      *float64                 `yaml:"accuracy_m"`
	Datum          string                   `yaml:"datum"` // of levels that name none
	Datums         map[string]catalog.Title `yaml:"datums"`
	Junctions      string                   `yaml:"junctions"` // at-endpoints or at-crossings
	Layers         []Rule                   `yaml:"layers"`
}

// Rule makes things of one kind from features. A feature that several rules fit becomes several things.
type Rule struct {
	File    string                    `yaml:"file"`  // name of the file; empty for any
	From    string                    `yaml:"from"`  // layer in the file; empty for any
	Where   map[string][]string       `yaml:"where"` // properties and the values they must have; "*" is any value
	Not     map[string][]string       `yaml:"not"`   // properties and the values they must not have
	To      string                    `yaml:"to"`    // our kind; section_point, gate and pump_unit are parts of one; city chooses by type
	Key     string                    `yaml:"key"`   // property by which other layers refer to these things
	Fields  map[string]Names          `yaml:"fields"`
	Set     map[string]any            `yaml:"set"`    // our fields and their values
	Values  map[string]map[string]any `yaml:"values"` // our field, and what their value becomes; "*" is any other
	Times   map[string]float64        `yaml:"times"`  // our field, and the factor that makes its unit ours
	Lenient []string                  `yaml:"lenient"`
}

// Names are the properties a field is read from; the first that has a value counts. $id is the feature's own id.
type Names []string

// UnmarshalYAML reads one name or a list of names.
func (n *Names) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*n = Names{node.Value}
		return nil
	}
	return node.Decode((*[]string)(n))
}

// partsOf are what rules can make besides things.
var partsOf = []string{"section_point", "gate", "pump_unit", "city"}

// parseMapping reads a mapping and refuses what it does not know.
func parseMapping(name string, text []byte) (*Mapping, error) {
	var m Mapping
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&m); err != nil {
		return nil, fault.New(fault.Invalid, "bad-mapping", "{file} is not a mapping: {why}", "file", name, "why", err.Error())
	}
	if len(m.Layers) == 0 {
		return nil, fault.New(fault.Invalid, "bad-mapping", "{file} is not a mapping: {why}", "file", name, "why", "it has no layers, which say what becomes of features")
	}
	kinds := partsOf
	for _, n := range nouns() {
		kinds = append(slices.Clip(kinds), n.Kind)
	}
	for i, r := range m.Layers {
		if !slices.Contains(kinds, r.To) {
			return nil, fault.New(fault.Invalid, "bad-mapping", "{file} is not a mapping: {why}", "file", name, "why",
				fmt.Sprintf("layers[%d] goes to %q, which is not one of %v", i, r.To, kinds))
		}
	}
	if m.Junctions != "" && m.Junctions != "at-endpoints" && m.Junctions != "at-crossings" {
		return nil, fault.New(fault.Invalid, "bad-mapping", "{file} is not a mapping: {why}", "file", name, "why", "junctions must be at-endpoints or at-crossings")
	}
	return &m, nil
}

// openMapping reads a mapping file, or one that basin ships, by its name.
func openMapping(name string) (*Mapping, error) {
	text, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) && filepath.Base(name) == name {
		if own, shippedErr := shipped.ReadFile("regions/mappings/" + name + ".yaml"); shippedErr == nil {
			text, err = own, nil
		}
	}
	if err != nil {
		return nil, fault.New(fault.NotFound, "no-mapping", "there is no mapping {file}", "file", name)
	}
	return parseMapping(name, text)
}

// fits says whether a rule takes a feature.
func (r Rule) fits(f source.Feature) bool {
	if (r.File != "" && r.File != filepath.Base(f.File)) || (r.From != "" && r.From != f.Layer) {
		return false
	}
	for name, wanted := range r.Where {
		v := word(f.Properties[name])
		if v == "" || (!slices.Contains(wanted, "*") && !slices.Contains(wanted, v)) {
			return false
		}
	}
	for name, unwanted := range r.Not {
		if v := word(f.Properties[name]); v != "" && slices.Contains(unwanted, v) {
			return false
		}
	}
	return true
}

// word is a value as a mapping writes it.
func word(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// read takes a feature's properties over into our fields, and says which properties were used.
func (r Rule) read(f source.Feature) (fields map[string]any, used map[string]bool) {
	fields, used = map[string]any{}, map[string]bool{}
	for ours, theirs := range r.Fields {
		for _, name := range theirs {
			v := f.Properties[name]
			if name == "$id" {
				v = f.ID
			}
			used[name] = true
			if word(v) != "" {
				fields[ours] = v
				break
			}
		}
	}
	for name, v := range f.Properties {
		if _, taken := r.Fields[name]; !taken && !used[name] && v != nil {
			fields[name] = v
		}
	}
	maps.Copy(fields, r.Set)
	for ours, values := range r.Values {
		v, ok := values[word(fields[ours])]
		if !ok && word(fields[ours]) != "" {
			v, ok = values["*"]
		}
		if ok {
			fields[ours] = v
		}
	}
	for ours, factor := range r.Times {
		if x, err := strconv.ParseFloat(word(fields[ours]), 64); err == nil {
			fields[ours] = x * factor
		}
	}
	return fields, used
}
