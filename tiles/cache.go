package tiles

import (
	"container/list"
	"slices"
	"sync"

	"basin/access"
)

// key names a tile in the cache: what is in it, where it is, and for whom.
type key struct {
	layers    string // ids joined by commas
	z, x, y   int
	clearance access.Class
}

// tile is a tile ready to be sent.
type tile struct {
	gzip, zstd []byte // in the codings that it was asked for in; nil in both for an empty tile
	etag       string
}

// in is a tile in a coding that it has, if it has it. The empty tile has all.
func (t tile) in(c Coding) (data []byte, has bool) {
	switch {
	case t.gzip == nil && t.zstd == nil:
		return nil, true
	case c == Gzip:
		return t.gzip, t.gzip != nil
	case c == Zstd:
		return t.zstd, t.zstd != nil
	}
	return nil, false
}

// weight is what a tile takes, in bytes.
func (t tile) weight() int { return overhead + len(t.gzip) + len(t.zstd) }

// overhead is what an entry of the cache weighs besides its data, in bytes.
const overhead = 400

// cache keeps the tiles used last, up to a number of bytes. Each layer has a generation: a tile is kept only if no layer in it was invalidated since
// before its data was read.
type cache struct {
	mu          sync.Mutex
	limit, size int
	entries     map[key]*list.Element
	recent      *list.List // of *entry, the one used last in front
	generations map[string]uint64
	all         uint64 // counts the times that everything was invalidated
}

type entry struct {
	key   key
	names []string
	tile  tile
}

func newCache(limit int) *cache {
	return &cache{limit: limit, entries: map[key]*list.Element{}, recent: list.New(), generations: map[string]uint64{}}
}

// get finds a tile. The generation is that of its layers now: whoever makes the tile because it is not there hands it to put.
func (c *cache) get(k key, names []string) (t tile, ok bool, generation uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, found := c.entries[k]; found {
		c.recent.MoveToFront(e)
		return e.Value.(*entry).tile, true, 0 //nolint:forcetypeassert // the list holds nothing else
	}
	return tile{}, false, c.generation(names)
}

// generation grows with each invalidation of one of the layers.
func (c *cache) generation(names []string) uint64 {
	sum := c.all
	for _, name := range names {
		sum += c.generations[name]
	}
	return sum
}

// put keeps a tile unless one of its layers was invalidated since its generation was read.
func (c *cache) put(k key, names []string, t tile, generation uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.generation(names) != generation || t.weight() > c.limit/8 {
		return
	}
	if old, ok := c.entries[k]; ok {
		c.remove(old)
	}
	c.entries[k] = c.recent.PushFront(&entry{k, names, t})
	c.size += t.weight()
	for c.size > c.limit {
		c.remove(c.recent.Back())
	}
}

// also keeps a tile in another coding too, if what is kept has the same content still.
func (c *cache) also(k key, t tile) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[k]
	if !ok || t.weight() > c.limit/8 {
		return
	}
	held := e.Value.(*entry) //nolint:forcetypeassert // the list holds nothing else
	if held.tile.etag != t.etag {
		return
	}
	c.size += t.weight() - held.tile.weight()
	held.tile = t
	for c.size > c.limit {
		c.remove(c.recent.Back())
	}
}

func (c *cache) remove(e *list.Element) {
	gone := c.recent.Remove(e).(*entry) //nolint:forcetypeassert // the list holds nothing else
	delete(c.entries, gone.key)
	c.size -= gone.tile.weight()
}

// invalidate drops the tiles that hold a layer, those being made included.
func (c *cache) invalidate(layer string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generations[layer]++
	for e := c.recent.Front(); e != nil; {
		next := e.Next()
		if held, ok := e.Value.(*entry); ok && slices.Contains(held.names, layer) {
			c.remove(e)
		}
		e = next
	}
}

// drop drops the tiles that hold a place of a layer where something changed that their readers may see, those being made included.
func (c *cache) drop(layer string, changed []dirt) {
	if len(changed) == 0 {
		return
	}
	all := nowhere
	for _, d := range changed {
		all = all.around(d.box)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generations[layer]++
	for e := c.recent.Front(); e != nil; {
		next := e.Next()
		if held, ok := e.Value.(*entry); ok && slices.Contains(held.names, layer) && held.key.holds(all, changed) {
			c.remove(e)
		}
		e = next
	}
}

// holds says whether what changed, all of it within a box, is to be seen in a tile.
func (k key) holds(all bounds, changed []dirt) bool {
	reach, highest := newGrid(k.z, k.x, k.y).reach(), uint8(slices.Index(access.Classes(), k.clearance))
	return reach.meets(all) && slices.ContainsFunc(changed, func(d dirt) bool { return d.class <= highest && k.z >= d.minZ && k.z <= d.maxZ && reach.meets(d.box) })
}

// clear drops everything, tiles being made included.
func (c *cache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all++
	c.size = 0
	clear(c.entries)
	c.recent.Init()
}
