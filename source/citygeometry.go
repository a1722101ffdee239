package source

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
)

// shape is a model with the type of each polygon's semantic surface, empty for none.
type shape struct {
	Model
	labels []string
}

// model reads one geometry; nil for points, lines and nothing at all.
func (c *city) model(g cityGeometry) (*shape, error) {
	vertices, place := c.vertices, func(v [3]float64) [3]float64 { return v }
	if g.Type == "GeometryInstance" {
		var at []int
		if err := json.Unmarshal(g.Boundaries, &at); err != nil || len(at) != 1 || at[0] < 0 || at[0] >= len(c.vertices) {
			return nil, errors.New("its reference point is not a vertex of the file")
		}
		if g.Template == nil || *g.Template < 0 || *g.Template >= len(c.templates) {
			return nil, errors.New("it names a template that is not in the file")
		}
		m, origin := g.Matrix, c.vertices[at[0]]
		if len(m) != 16 {
			return nil, errors.New("its matrix has not 16 numbers")
		}
		g = c.templates[*g.Template]
		if g.Type == "GeometryInstance" {
			return nil, errors.New("its template is an instance itself")
		}
		vertices = c.templateVertices
		place = func(v [3]float64) (out [3]float64) {
			for k := range out {
				out[k] = m[4*k]*v[0] + m[4*k+1]*v[1] + m[4*k+2]*v[2] + m[4*k+3] + origin[k]
			}
			return out
		}
	}
	surfaces, labels, err := g.surfaces()
	if err != nil || len(surfaces) == 0 {
		return nil, err
	}
	s := &shape{Model{LOD: strings.Trim(string(g.LOD), `"`), Type: g.Type, Semantics: g.Semantics}, labels}
	if string(g.Semantics) == "null" {
		s.Semantics = nil
	}
	for _, rings := range surfaces {
		polygon := make([][][3]float64, len(rings))
		for r, ring := range rings {
			if len(ring) < 3 {
				return nil, errors.New("a ring has fewer than three vertices")
			}
			polygon[r] = make([][3]float64, len(ring))
			for k, i := range ring {
				if i < 0 || i >= len(vertices) {
					return nil, fmt.Errorf("vertex %d is not among the %d of the file", i, len(vertices))
				}
				v := place(vertices[i])
				if math.IsNaN(v[0] + v[1] + v[2]) {
					return nil, fmt.Errorf("vertex %d is not three numbers", i)
				}
				polygon[r][k] = v
			}
		}
		if len(rings) == 0 {
			return nil, errors.New("a surface has no ring")
		}
		s.Polygons = append(s.Polygons, polygon)
	}
	return s, nil
}

// surfaces flattens the boundaries to surfaces of rings of indices, in the order of the file, and finds the semantic type of each.
func (g cityGeometry) surfaces() (out [][][]int, labels []string, err error) {
	var semantics struct {
		Surfaces []struct {
			Type string `json:"type"`
		} `json:"surfaces"`
		Values json.RawMessage `json:"values"`
	}
	if len(g.Semantics) > 0 {
		_ = json.Unmarshal(g.Semantics, &semantics) // semantics that cannot be read are none: the geometry stands without them
	}
	var solids [][][][][]int
	var values [][][]*int
	switch g.Type {
	case "MultiSurface", "CompositeSurface":
		solids, values = [][][][][]int{{nil}}, [][][]*int{{nil}}
		err = json.Unmarshal(g.Boundaries, &solids[0][0])
		_ = json.Unmarshal(semantics.Values, &values[0][0])
	case "Solid":
		solids, values = [][][][][]int{nil}, [][][]*int{nil}
		err = json.Unmarshal(g.Boundaries, &solids[0])
		_ = json.Unmarshal(semantics.Values, &values[0])
	case "MultiSolid", "CompositeSolid":
		err = json.Unmarshal(g.Boundaries, &solids)
		_ = json.Unmarshal(semantics.Values, &values)
	case "MultiPoint", "MultiLineString":
		return nil, nil, nil
	default:
		return nil, nil, fmt.Errorf("%q is not a type of geometry that is known", short(g.Type))
	}
	if err != nil {
		return nil, nil, fmt.Errorf("its boundaries are wrong: %w", err)
	}
	for a, shells := range solids {
		for b, shell := range shells {
			for c, rings := range shell {
				label := ""
				if a < len(values) && b < len(values[a]) && c < len(values[a][b]) {
					if v := values[a][b][c]; v != nil && *v >= 0 && *v < len(semantics.Surfaces) {
						label = semantics.Surfaces[*v].Type
					}
				}
				out, labels = append(out, rings), append(labels, label)
			}
		}
	}
	return out, labels, nil
}
