package picture

import (
	"container/list"
	"sync"
)

// Kept keeps the pictures used last, up to a number of bytes. A picture's name must say all that it is made of, so that it never grows old.
type Kept struct {
	mu          sync.Mutex
	limit, size int
	entries     map[string]*list.Element
	recent      *list.List // of keptPicture, the one used last in front
}

type keptPicture struct {
	name string
	png  []byte
}

// overhead is what an entry weighs besides its picture, in bytes.
const overhead = 300

// NewKept makes a Kept of so many bytes.
func NewKept(limit int) *Kept {
	return &Kept{limit: limit, entries: map[string]*list.Element{}, recent: list.New()}
}

// Get finds a picture; nil where it is not kept.
func (k *Kept) Get(name string) []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	e := k.entries[name]
	if e == nil {
		return nil
	}
	k.recent.MoveToFront(e)
	return e.Value.(keptPicture).png //nolint:forcetypeassert // the list holds nothing else
}

// Put keeps a picture.
func (k *Kept) Put(name string, png []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.entries[name] != nil {
		return
	}
	k.entries[name] = k.recent.PushFront(keptPicture{name, png})
	k.size += overhead + len(png)
	for k.size > k.limit {
		gone := k.recent.Remove(k.recent.Back()).(keptPicture) //nolint:forcetypeassert // the list holds nothing else
		delete(k.entries, gone.name)
		k.size -= overhead + len(gone.png)
	}
}
