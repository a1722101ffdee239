package tiles

import (
	"context"
	"slices"
	"strings"

	"basin/access"
	"basin/fault"
	"basin/layer"
)

// served is a layer as tiles have it: one of the register, or one that is made of such a one and goes with it.
type served struct {
	layer.Layer        // under its name in tiles
	plain       string // the layer of the register
	form        form
}

// form is what of a layer of the register tiles have.
type form int

const (
	asItIs     form = iota
	withStatus      // its features with their status: river_status
	labels          // the places of the labels of its polygons: area_label
)

// WithStatus is the name of the layer that has the features of a kind with their status. It is apart from the layer itself, whose tiles stay as they are while readings
// come.
func WithStatus(kind string) string { return kind + layer.StatusSuffix }

// Labels is the name of the layer that has a point for the label of each polygon of a layer.
func Labels(id string) string { return id + layer.LabelSuffix }

// hasLabels says whether a layer may hold polygons.
func hasLabels(l layer.Layer) bool { return l.GeometryType == "polygon" || l.GeometryType == "mixed" }

// layer finds a layer for a reader of that clearance.
func (s *Store) layer(ctx context.Context, id string, clearance access.Class) (served, error) {
	plain, made, err := s.made(ctx, id)
	if err != nil {
		return served{}, err
	}
	l, err := s.layers.Get(ctx, plain, clearance)
	if fault.KindOf(err) == fault.NotFound && made != asItIs {
		_, err = s.layers.Get(ctx, id, clearance) // names what was asked for
	}
	if err != nil {
		return served{}, err //nolint:wrapcheck // a fault of its kind already
	}
	l.ID = id
	switch made {
	case asItIs:
	case withStatus:
		l = describeStatus(l)
	case labels:
		l.Title.Zh, l.Title.En, l.GeometryType = l.Title.Zh+"标注", l.Title.En+": labels", "point"
	}
	return served{l, plain, made}, nil
}

// Makes says whether a name is that of a layer made of one that a reader of that clearance may know of.
func (s *Store) Makes(ctx context.Context, id string, clearance access.Class) (bool, error) {
	plain, made, err := s.made(ctx, id)
	if err != nil || made == asItIs {
		return false, err
	}
	visible, err := s.layers.List(ctx, clearance)
	return slices.ContainsFunc(visible, func(l layer.Layer) bool { return l.ID == plain }), err //nolint:wrapcheck // a fault of its kind already
}

// made says what a name stands for: the layer of the register, and what is made of it. A layer of the register hides one of its name that is made of another, whoever may
// know of it.
func (s *Store) made(ctx context.Context, id string) (plain string, made form, err error) {
	if kind, found := strings.CutSuffix(id, layer.StatusSuffix); found && s.hasStatus(kind) {
		plain, made = kind, withStatus
	} else if of, found := strings.CutSuffix(id, layer.LabelSuffix); found {
		plain, made = of, labels
	} else {
		return id, asItIs, nil
	}
	all, err := s.layers.List(ctx, access.Restricted)
	if err != nil {
		return "", asItIs, err //nolint:wrapcheck // a fault of its kind already
	}
	of := slices.IndexFunc(all, func(l layer.Layer) bool { return l.ID == plain })
	if slices.ContainsFunc(all, func(l layer.Layer) bool { return l.ID == id }) || of < 0 || made == labels && !hasLabels(all[of]) {
		return id, asItIs, nil
	}
	return plain, made, nil
}

// hasStatus says whether the things of a layer have a status.
func (s *Store) hasStatus(id string) bool { return slices.Contains(s.statuses.live.Kinds, id) }

// attributes are the columns of a layer that tiles have.
func attributes(l layer.Layer) (out []layer.Column) {
	for _, c := range l.Columns {
		if attribute(c) != "" && l.InTiles(c.Name) {
			out = append(out, c)
		}
	}
	return out
}
