package tiles

import (
	"cmp"
	"slices"

	"github.com/tidwall/rtree"

	"basin/access"
)

// tag is an attribute of a feature: numbers of a key and of a value in its table.
type tag struct {
	key   uint16
	value uint32
}

// entity is a feature in memory.
type entity struct {
	gid   int64
	class uint8 // its place in access.Classes
	tags  []tag
	shape shape
}

// size is what decides which features are left out of a tile that is too full: half the way around a feature's box.
func (e *entity) size() int64 {
	b := e.shape.box
	return int64(b.maxX) - int64(b.minX) + int64(b.maxY) - int64(b.minY)
}

// table is a layer in memory. Whoever changes it must be alone.
type table struct {
	name     string
	keys     []string
	values   []string          // Value messages
	valueOf  map[string]uint32 // their numbers
	message  []byte            // a message that is being written
	entities map[int64]*entity
	tree     rtree.RTreeGN[int32, *entity]
	bytes    int  // about what it takes of memory
	whole    bool // whether the small of it are in tiles of all zoom levels
	low      bool // whether tiles of zoom levels hold it at which geometry is simplified
}

func newTable(name string, keys []string) *table {
	return &table{name: name, keys: keys, valueOf: map[string]uint32{}, entities: map[int64]*entity{}}
}

// value is the number of a value. Values that nothing has any more stay until the table is read anew.
func (t *table) value(v any) uint32 {
	t.message = appendValue(t.message[:0], v)
	n, known := t.valueOf[string(t.message)]
	if !known {
		n = uint32(len(t.values))
		message := string(t.message)
		t.values = append(t.values, message)
		t.valueOf[message] = n
		t.bytes += len(message) + 80
	}
	return n
}

// put puts a feature in, in the place of the one with its gid.
func (t *table) put(e *entity) {
	t.remove(e.gid)
	t.entities[e.gid] = e
	t.bytes += e.weight()
	if e.shape.sort != 0 {
		b := e.shape.box
		t.tree.Insert([2]int32{b.minX, b.minY}, [2]int32{b.maxX, b.maxY}, e)
	}
}

// remove takes a feature out, if it is there.
func (t *table) remove(gid int64) {
	e, known := t.entities[gid]
	if !known {
		return
	}
	delete(t.entities, gid)
	t.bytes -= e.weight()
	if e.shape.sort != 0 {
		b := e.shape.box
		t.tree.Delete([2]int32{b.minX, b.minY}, [2]int32{b.maxX, b.maxY}, e)
	}
}

// weight is about what a feature takes of memory, in bytes.
func (e *entity) weight() int {
	return 250 + 8*cap(e.tags) + 4*cap(e.shape.coords) + 4*cap(e.shape.ends) + cap(e.shape.outer) + cap(e.shape.levels)
}

// sized is a feature with its size beside it.
type sized struct {
	size, gid int64
	e         *entity
}

// within finds the features of a tile that count and that a reader may see, at most so many. Where areas are among them, or where there are more, the greatest come
// first, so that none hides another and the least are left out; else they stand by gid, as they do in memory, which is quicker to walk through.
func (t *table) within(g grid, clearance access.Class, most int, into []sized, counts func(*entity) bool) []sized {
	into, highest, b := into[:0], uint8(slices.Index(access.Classes(), clearance)), g.reach()
	bySize := false
	t.tree.Search([2]int32{b.minX, b.minY}, [2]int32{b.maxX, b.maxY}, func(_, _ [2]int32, e *entity) bool {
		if e.class <= highest && g.z >= int(e.shape.minZ) && counts(e) {
			bySize = bySize || e.shape.sort == polygons
			into = append(into, sized{e.size(), e.gid, e})
		}
		return true
	})
	if bySize || len(into) > most {
		slices.SortFunc(into, func(a, b sized) int { return cmp.Or(cmp.Compare(b.size, a.size), cmp.Compare(a.gid, b.gid)) })
	} else {
		slices.SortFunc(into, func(a, b sized) int { return cmp.Compare(a.gid, b.gid) })
	}
	return into[:min(len(into), most)]
}
