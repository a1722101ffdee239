package tiles

import "testing"

// TestCacheGeneration invalidates between the reading of a tile's data and its being kept.
func TestCacheGeneration(t *testing.T) {
	c := newCache(1 << 20)
	k, names := key{layers: "a,b"}, []string{"a", "b"}
	for name, step := range map[string]struct {
		meanwhile func()
		kept      bool
	}{
		"nothing": {func() {}, true}, "another layer": {func() { c.invalidate("c") }, true},
		"one of its layers": {func() { c.invalidate("b") }, false}, "everything": {c.clear, false},
	} {
		c.invalidate("a")
		_, ok, generation := c.get(k, names)
		if ok {
			t.Fatalf("%s: there before", name)
		}
		step.meanwhile()
		c.put(k, names, tile{gzip: []byte{1}}, generation)
		if _, ok, _ := c.get(k, names); ok != step.kept {
			t.Errorf("%s: kept %v", name, ok)
		}
	}
}

// TestCacheLimit fills the cache beyond its limit: what was used last stays.
func TestCacheLimit(t *testing.T) {
	c := newCache(10 * (overhead + 100))
	for x := range 20 {
		c.put(key{layers: "a", x: x}, []string{"a"}, tile{gzip: make([]byte, 100)}, 0)
		if _, ok, _ := c.get(key{layers: "a"}, nil); !ok {
			t.Fatalf("the one in use is gone after %d", x)
		}
	}
	if len(c.entries) != 10 || c.size != c.limit || c.recent.Len() != 10 {
		t.Errorf("%d entries, %d of %d bytes", len(c.entries), c.size, c.limit)
	}
	if _, ok, _ := c.get(key{layers: "a", x: 19}, nil); !ok {
		t.Error("the newest is gone")
	}
	c.invalidate("a")
	if c.size != 0 || len(c.entries) != 0 {
		t.Errorf("%d bytes after invalidation", c.size)
	}
}

// TestCacheCodings adds a second coding to a tile that is held: it counts, and is kept with that content alone.
func TestCacheCodings(t *testing.T) {
	c := newCache(10 * (overhead + 100))
	for x := range 10 {
		c.put(key{x: x}, nil, tile{etag: "a", zstd: make([]byte, 100)}, 0)
	}
	both := tile{etag: "a", zstd: make([]byte, 100), gzip: make([]byte, 50)}
	c.also(key{x: 9}, both)
	if got, ok, _ := c.get(key{x: 9}, nil); !ok || len(got.gzip) != 50 || len(got.zstd) != 100 {
		t.Errorf("%v, %+v", ok, got)
	}
	if _, ok, _ := c.get(key{x: 0}, nil); ok || c.size != 9*(overhead+100)+50 {
		t.Errorf("the eldest is there: %v; %d bytes of %d", ok, c.size, c.limit)
	}
	c.also(key{x: 0}, both)
	if _, ok, _ := c.get(key{x: 0}, nil); ok {
		t.Error("what was dropped came back")
	}
	both.etag = "b"
	c.also(key{x: 8}, both)
	if got, _, _ := c.get(key{x: 8}, nil); got.gzip != nil || got.etag != "a" {
		t.Errorf("%+v", got)
	}
	for x := range 10 {
		if e := c.entries[key{x: x}]; e != nil {
			c.remove(e)
		}
	}
	if c.size != 0 {
		t.Errorf("%d bytes of nothing", c.size)
	}
}
