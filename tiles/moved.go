package tiles

import (
	"encoding/json"
	"fmt"
	"slices"

	"basin/access"
	"basin/layer"
	"basin/postgis"
)

// Moved says which features of a layer changed, and where: what changes of tiles in the feed tell.
type Moved struct {
	All   bool    `json:"-"` // nothing is told: everything may have changed
	GIDs  []int64 `json:"gids"`
	Boxes []Box   `json:"boxes"` // around what features were and what they are; of those without a place there is none
}

// Changes are the layers that events of the feed tell of, and what they tell of each together.
func Changes(events []postgis.Event) map[string]Moved {
	out := map[string]Moved{}
	for _, e := range events {
		if e.Topic != layer.TopicTiles {
			continue
		}
		var m Moved
		m.All = len(e.Detail) == 0 || json.Unmarshal(e.Detail, &m) != nil
		all := out[e.Key]
		out[e.Key] = Moved{all.All || m.All, append(all.GIDs, m.GIDs...), append(all.Boxes, m.Boxes...)}
	}
	for id, m := range out {
		slices.Sort(m.GIDs)
		m.GIDs = slices.Compact(m.GIDs)
		out[id] = m
	}
	return out
}

// Box is a box in web mercator around a feature of a class.
type Box struct {
	Class                  access.Class
	MinX, MinY, MaxX, MaxY float64 // metres
}

// UnmarshalJSON reads a box as the feed has it: its class and four numbers.
func (b *Box) UnmarshalJSON(raw []byte) error {
	parts := [5]any{&b.Class, &b.MinX, &b.MinY, &b.MaxX, &b.MaxY}
	into := parts[:]
	if err := json.Unmarshal(raw, &into); err != nil || len(into) != len(parts) {
		return fmt.Errorf("a box of the feed: %w", err)
	}
	return nil
}

// bounds is the box in units of the world.
func (b Box) bounds() bounds { return bounds{unit(b.MinX), unit(-b.MaxY), unit(b.MaxX), unit(-b.MinY)} }

// dropped are the tiles of a layer that are made by the database: nothing else looks otherwise for what changed.
func (m Moved) dropped() Dropped {
	d := Dropped{all: m.All}
	for _, b := range m.Boxes {
		d.changed = append(d.changed, dirt{box: b.bounds(), class: uint8(slices.Index(access.Classes(), b.Class)), maxZ: MaxZoom})
	}
	d.labels = d.changed
	return d
}
