package tiles

import (
	"fmt"
	"math"
	"slices"

	"basin/access"
)

// Dropped are the tiles of a layer, and of what is made of it, that were dropped at once because they may be other than they were.
type Dropped struct {
	all bool // every tile
	change
}

// and is what was dropped at two times.
func (d Dropped) and(o Dropped) Dropped {
	return Dropped{d.all || o.all, change{slices.Concat(d.changed, o.changed), slices.Concat(d.beside, o.beside), slices.Concat(d.labels, o.labels)}}
}

// What a cover is made of.
const (
	maxCover   = 128 // tiles for what changed, and as many for what is simplified otherwise for it
	finestZoom = 16  // of a tile in a cover
)

// Cover is a set of tiles, as z/x/y, which with all below them hold what changed as far as a reader of that clearance may see it, and what beside that looks otherwise:
// the finest tiles of which a few are enough. The tiles above them may have changed as well. It is empty where nothing of it is for the reader.
func (d Dropped) Cover(clearance access.Class) []string {
	if d.all {
		return []string{"0/0/0"}
	}
	out := append(cover(d.changed, clearance), cover(d.beside, clearance)...)
	slices.Sort(out)
	return slices.Compact(out)
}

// cover are the finest tiles that hold dirt, of which there are not too many.
func cover(of []dirt, clearance access.Class) []string {
	highest := uint8(slices.Index(access.Classes(), clearance))
	var boxes []bounds
	for _, d := range of {
		if d.class <= highest {
			boxes = append(boxes, d.box)
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
	return out
}
