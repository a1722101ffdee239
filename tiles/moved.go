package tiles

import (
	"encoding/json"
	"fmt"
	"math"
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

// What a cover is made of.
const (
	maxCover   = 256
	finestZoom = 16 // of a tile in a cover
)

// Cover is a set of at most 256 tiles, as z/x/y, which with all below them hold what changed as far as a reader of that clearance may see it: the finest that so
// few can do. The tiles above them may have changed as well. It is empty where nothing of it is for the reader.
func (m Moved) Cover(clearance access.Class) []string {
	if m.All {
		return []string{"0/0/0"}
	}
	var boxes []bounds
	for _, b := range m.Boxes {
		if clearance.Allows(b.Class) {
			boxes = append(boxes, b.bounds())
		}
	}
	for z := finestZoom; z >= 0 && len(boxes) > 0; z-- {
		if found := coverAt(z, boxes); found != nil {
			return found
		}
	}
	return nil
}

// coverAt are the tiles of a zoom level that hold boxes with a tile's margin; nil where they are too many.
func coverAt(z int, boxes []bounds) (out []string) {
	seen := map[[2]int64]bool{}
	last := int64(1)<<z - 1
	for _, b := range boxes {
		g := newGrid(z, 0, 0)
		low, high := g.on(b.minX, b.minY), g.on(b.maxX, b.maxY)
		column := func(at int64) int64 { return max(0, min(last, int64(math.Floor(float64(at)/extent)))) }
		left, right, top, bottom := column(low.x-margin), column(high.x+margin), column(low.y-margin), column(high.y+margin)
		if (right-left+1)*(bottom-top+1) > maxCover {
			return nil
		}
		for x := left; x <= right; x++ {
			for y := top; y <= bottom; y++ {
				if seen[[2]int64{x, y}] = true; len(seen) > maxCover {
					return nil
				}
			}
		}
	}
	for at := range seen {
		out = append(out, fmt.Sprintf("%d/%d/%d", z, at[0], at[1]))
	}
	slices.Sort(out)
	return out
}
