package dflow

import (
	"math"
	"slices"
	"strings"

	"basin/hydro/hydraulics"
)

// friction is a roughness. Where the wall's law is a power of the radius it has Manning's n or Chézy's C, otherwise the height of its grains.
type friction struct {
	n, c, grain float64 // one of them is above zero
}

// newFriction is a roughness by the name of its type.
func newFriction(kind string, value float64) (friction, string) {
	if !(value > 0) || math.IsInf(value, 1) {
		return friction{}, "its friction must be above zero"
	}
	switch strings.ToLower(kind) {
	case "manning":
		return friction{n: value}, ""
	case "strickler":
		return friction{n: 1 / value}, ""
	case "stricklernikuradse": // C = 25·(R/k)^(1/6)
		return friction{n: math.Pow(value, 1.0/6) / 25}, ""
	case "chezy":
		return friction{c: value}, ""
	case "whitecolebrook":
		return friction{grain: value}, ""
	}
	return friction{}, "the friction " + kind + " is not supported: Manning, Strickler, StricklerNikuradse, Chezy and WhiteColebrook are"
}

// least is the least ratio of radius to grain, times 12, at which White and Colebrook's law is taken: below it a wall would push.
const least = 1.0005

// chezy is C at a hydraulic radius, √m/s.
func (f friction) chezy(radius float64) float64 {
	switch {
	case f.n > 0:
		return math.Pow(radius, 1.0/6) / f.n
	case f.c > 0:
		return f.c
	}
	return 18 * math.Log10(max(12*radius/f.grain, least))
}

// even is the conveyance of a strip by the metre of its width where it is evenly deep.
func (f friction) even(depth float64) float64 { return f.chezy(depth) * depth * math.Sqrt(depth) }

// sloping is the integral of even from the water's edge down to a depth.
func (f friction) sloping(depth float64) float64 {
	switch {
	case depth <= 0:
		return 0
	case f.n > 0:
		return 3.0 / 8 / f.n * math.Pow(depth, 8.0/3)
	case f.c > 0:
		return 0.4 * f.c * math.Pow(depth, 2.5)
	}
	edge := least * f.grain / 12 // up to it C is the least
	low := 0.4 * 18 * math.Log10(least) * math.Pow(min(depth, edge), 2.5)
	if depth <= edge {
		return low
	}
	grown := func(h float64) float64 {
		return 0.4 * 18 / math.Ln10 * math.Pow(h, 2.5) * (math.Log(12*h/f.grain) - 0.4)
	}
	return low + grown(depth) - grown(edge)
}

// lumped is a section with a friction that is no power of the radius, which is that of the whole.
type lumped struct {
	hydraulics.Section
	f friction
}

// Conveyance is the discharge at a slope of one.
func (s lumped) Conveyance(y float64) float64 {
	a, p := s.Area(y), s.Perimeter(y)
	if a <= 0 || p <= 0 {
		return 0
	}
	r := a / p
	return s.f.chezy(r) * a * math.Sqrt(r)
}

// of is a section made for Manning's n with this friction on its wall.
func (f friction) of(form func(n float64) (hydraulics.Section, error)) (hydraulics.Section, error) {
	if f.n > 0 {
		return form(f.n)
	}
	s, err := form(1)
	if err != nil {
		return nil, err
	}
	return lumped{s, f}, nil
}

// frictions reads the files of roughness. One that is missing leaves its frictions to their names.
func (r *reader) frictions() error {
	r.friction = map[string]friction{}
	for _, name := range list(r.mdu("geometry", "frictfile")) {
		blocks, there, err := r.blocks(name)
		if err != nil {
			return err
		}
		if !there {
			r.missing = append(r.missing, name)
			continue
		}
		for _, b := range blocks {
			switch b.name {
			case "general":
			case "global":
				f, wrong := newFriction(b.needed("frictiontype"), b.number("frictionvalue"))
				if b.err == nil && wrong != "" {
					_ = b.bad("frictiontype", wrong)
				}
				if b.err != nil {
					return b.err
				}
				r.friction[b.needed("frictionid")] = f
			default:
				return bad(b.file, b.line, b.id(), "["+b.name+"] of frictions is not supported: one value for each frictionId is")
			}
		}
	}
	return nil
}

// named is the friction of an id: as the files say, or, where they are missing, as names like Strickler_10.0 say.
func (r *reader) named(b *block, key, id string) friction {
	if f, known := r.friction[id]; known {
		return f
	}
	kind, value, says := strings.Cut(id, "_")
	if says && len(r.missing) > 0 {
		v, err := number(value)
		f, wrong := newFriction(kind, v)
		if err == nil && wrong == "" {
			r.assume("The friction " + id + " is what its name says, for files are missing: " + strings.Join(r.missing, ", ") + ".")
			r.friction[id] = f
			return f
		}
	}
	_ = b.bad(key, "the friction "+id+" is unknown")
	return friction{n: 1}
}

// walls are the frictions of a definition, as many as it has zones.
func (r *reader) walls(b *block, zones int) []friction {
	for _, plural := range []string{"", "s"} {
		if ids := list(b.text("frictionid" + plural)); len(ids) > 0 {
			if len(ids) != zones {
				_ = b.bad("frictionid"+plural, "it has not as many frictions as zones")
				return make([]friction, zones)
			}
			out := make([]friction, zones)
			for i, id := range ids {
				out[i] = r.named(b, "frictionid"+plural, id)
			}
			return out
		}
		if kinds := list(b.text("frictiontype" + plural)); len(kinds) > 0 {
			values := b.numbers("frictionvalue"+plural, zones)
			if b.err == nil && len(kinds) != zones {
				_ = b.bad("frictiontype"+plural, "it has not as many frictions as zones")
			}
			out := make([]friction, zones)
			for i := range min(len(kinds), len(values)) {
				var wrong string
				if out[i], wrong = newFriction(kinds[i], values[i]); wrong != "" {
					_ = b.bad("frictiontype"+plural, wrong)
				}
			}
			return out
		}
	}
	_ = b.bad("frictionid", "it has no friction")
	return make([]friction, zones)
}

// assume notes what is assumed, once.
func (r *reader) assume(what string) {
	if !slices.Contains(r.model.Network.Assumed, what) {
		r.model.Network.Assumed = append(r.model.Network.Assumed, what)
	}
}
