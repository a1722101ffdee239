package main

import (
	"hash/maphash"

	"basin/source"
)

// sl323Seen remembers, as hashes, what the rows of a table said that were read lately. Rows within the overlap come in every round; those that say what they
// said are passed over. One that says something else was changed there, even to a value that it had before.
type sl323Seen struct {
	seed  maphash.Seed
	rows  map[uint64]sl323Said
	epoch uint32 // rows stored in an earlier one are stored again
}

// sl323Said is what a row said.
type sl323Said struct {
	content uint64
	epoch   uint32 // in which it was stored; 0 where something of it was not
	round   uint32 // in which it was read last
}

// sl323Look is a row held against what was seen.
type sl323Look struct {
	key, content  uint64
	same, changed bool
}

// sl323SeenMost bounds how many rows of a table are remembered. Rows come by their time: when there are too many, those that came before are forgotten.
const sl323SeenMost = 500_000

func newSL323Seen() *sl323Seen {
	return &sl323Seen{seed: maphash.MakeSeed(), rows: map[uint64]sl323Said{}, epoch: 1}
}

// look holds a row against what was seen of it.
func (s *sl323Seen) look(r source.TableRow, cells []string) sl323Look {
	l := sl323Look{key: s.hash(r.Get("STCD"), r.Get("TM"), r.Get("EXKEY"), r.Get("EQPNO")), content: s.hash(cells...)}
	said, known := s.rows[l.key]
	l.same = known && said.content == l.content && said.epoch == s.epoch
	l.changed = known && said.content != l.content
	return l
}

func (s *sl323Seen) hash(parts ...string) uint64 {
	var h maphash.Hash
	h.SetSeed(s.seed)
	for _, p := range parts {
		_, _ = h.WriteString(p)
		_ = h.WriteByte(0x1f)
	}
	return h.Sum64()
}

// keep notes that a row was read, and whether all of it was stored.
func (s *sl323Seen) keep(l sl323Look, round uint32, stored bool) {
	if len(s.rows) >= sl323SeenMost {
		clear(s.rows)
	}
	said := sl323Said{content: l.content, round: round}
	if stored {
		said.epoch = s.epoch
	}
	s.rows[l.key] = said
}

// forget forgets rows that were not among those of a round: they are out of the overlap.
func (s *sl323Seen) forget(round uint32) {
	for key, said := range s.rows {
		if said.round != round {
			delete(s.rows, key)
		}
	}
}

// again has all rows stored again that come.
func (s *sl323Seen) again() { s.epoch++ }
