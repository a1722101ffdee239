package source

import (
	"github.com/paulmach/osm"
)

// pbfBlock is a block of objects: the texts that they share, the unit of its places, and where the objects go.
type pbfBlock struct {
	texts       []string
	granularity int64 // in 10⁻⁹ degrees
	latitude    int64 // what is added to each, in 10⁻⁹ degrees
	longitude   int64
	want        osm.Type
	fn          func(osm.Object) error
}

// read reads a block. What it says of all its objects may stand after them.
func (b *pbfBlock) read(data []byte) error {
	var groups [][]byte
	err := eachPBF(data, func(f pbfField) error {
		switch f.number {
		case 1:
			return eachPBF(f.bytes, func(f pbfField) error {
				if f.number == 1 {
					b.texts = append(b.texts, string(f.bytes))
				}
				return nil
			})
		case 2:
			groups = append(groups, f.bytes)
		case 17:
			b.granularity = int64(f.varint)
		case 19:
			b.latitude = int64(f.varint)
		case 20:
			b.longitude = int64(f.varint)
		}
		return nil
	})
	for i := 0; i < len(groups) && err == nil; i++ {
		err = eachPBF(groups[i], b.object)
	}
	return err
}

// object reads a field of a group: an object, or many nodes at once.
func (b *pbfBlock) object(f pbfField) error {
	switch {
	case f.number == 1 && b.want == osm.TypeNode:
		return b.node(f.bytes)
	case f.number == 2 && b.want == osm.TypeNode:
		return b.dense(f.bytes)
	case f.number == 3 && b.want == osm.TypeWay:
		return b.way(f.bytes)
	case f.number == 4 && b.want == osm.TypeRelation:
		return b.relation(f.bytes)
	}
	return nil
}

// text is one of the texts of the block.
func (b *pbfBlock) text(i uint64) (string, error) {
	if i >= uint64(len(b.texts)) {
		return "", errPBF
	}
	return b.texts[i], nil
}

// tags pairs keys and values.
func (b *pbfBlock) tags(keys, values []uint64) (tags osm.Tags, err error) {
	if len(keys) != len(values) {
		return nil, errPBF
	}
	for i := range keys {
		var t osm.Tag
		if t.Key, err = b.text(keys[i]); err == nil {
			t.Value, err = b.text(values[i])
		}
		if err != nil {
			return nil, err
		}
		tags = append(tags, t)
	}
	return tags, nil
}

// place puts a node at a place in the unit of the block.
func (b *pbfBlock) place(n *osm.Node, latitude, longitude int64) {
	n.Lat, n.Lon = 1e-9*float64(b.latitude+b.granularity*latitude), 1e-9*float64(b.longitude+b.granularity*longitude)
}

func (b *pbfBlock) node(data []byte) error {
	n := &osm.Node{Visible: true}
	var keys, values []uint64
	var latitude, longitude int64
	err := eachPBF(data, func(f pbfField) (err error) {
		switch f.number {
		case 1:
			n.ID = osm.NodeID(signed(f.varint))
		case 2:
			keys, err = f.numbers(keys)
		case 3:
			values, err = f.numbers(values)
		case 8:
			latitude = signed(f.varint)
		case 9:
			longitude = signed(f.varint)
		}
		return err
	})
	if err != nil {
		return err
	}
	if n.Tags, err = b.tags(keys, values); err != nil {
		return err
	}
	b.place(n, latitude, longitude)
	return b.fn(n)
}

// dense reads nodes that are written as differences, one list for each of their numbers. Their tags stand in one list: key and value in turn, 0 after each node.
func (b *pbfBlock) dense(data []byte) error {
	var ids, latitudes, longitudes, pairs []uint64
	err := eachPBF(data, func(f pbfField) (err error) {
		switch f.number {
		case 1:
			ids, err = f.numbers(ids)
		case 8:
			latitudes, err = f.numbers(latitudes)
		case 9:
			longitudes, err = f.numbers(longitudes)
		case 10:
			pairs, err = f.numbers(pairs)
		}
		return err
	})
	if err != nil || len(latitudes) != len(ids) || len(longitudes) != len(ids) {
		return errPBF
	}
	n := &osm.Node{Visible: true}
	var id, latitude, longitude int64
	for i := range ids {
		id, latitude, longitude = id+signed(ids[i]), latitude+signed(latitudes[i]), longitude+signed(longitudes[i])
		n.ID, n.Tags = osm.NodeID(id), nil
		b.place(n, latitude, longitude)
		for len(pairs) > 0 && pairs[0] != 0 {
			if len(pairs) < 2 {
				return errPBF
			}
			t, err := b.tags(pairs[:1], pairs[1:2])
			if err != nil {
				return err
			}
			n.Tags, pairs = append(n.Tags, t...), pairs[2:]
		}
		if len(pairs) > 0 {
			pairs = pairs[1:]
		}
		if err := b.fn(n); err != nil {
			return err
		}
	}
	return nil
}

func (b *pbfBlock) way(data []byte) error {
	w := &osm.Way{Visible: true}
	var keys, values, refs []uint64
	err := eachPBF(data, func(f pbfField) (err error) {
		switch f.number {
		case 1:
			w.ID = osm.WayID(f.varint)
		case 2:
			keys, err = f.numbers(keys)
		case 3:
			values, err = f.numbers(values)
		case 8:
			refs, err = f.numbers(refs)
		}
		return err
	})
	if err != nil {
		return err
	}
	if w.Tags, err = b.tags(keys, values); err != nil {
		return err
	}
	w.Nodes = make(osm.WayNodes, len(refs))
	var id int64
	for i, r := range refs {
		id += signed(r)
		w.Nodes[i].ID = osm.NodeID(id)
	}
	return b.fn(w)
}

func (b *pbfBlock) relation(data []byte) error {
	r := &osm.Relation{Visible: true}
	var keys, values, roles, refs, kinds []uint64
	err := eachPBF(data, func(f pbfField) (err error) {
		switch f.number {
		case 1:
			r.ID = osm.RelationID(f.varint)
		case 2:
			keys, err = f.numbers(keys)
		case 3:
			values, err = f.numbers(values)
		case 8:
			roles, err = f.numbers(roles)
		case 9:
			refs, err = f.numbers(refs)
		case 10:
			kinds, err = f.numbers(kinds)
		}
		return err
	})
	if err != nil || len(roles) != len(refs) || len(kinds) != len(refs) {
		return errPBF
	}
	if r.Tags, err = b.tags(keys, values); err != nil {
		return err
	}
	r.Members = make(osm.Members, len(refs))
	var id int64
	for i := range refs {
		id += signed(refs[i])
		m := &r.Members[i]
		m.Ref = id
		if m.Role, err = b.text(roles[i]); err != nil {
			return err
		}
		if kinds[i] > 2 {
			return errPBF
		}
		m.Type = [...]osm.Type{osm.TypeNode, osm.TypeWay, osm.TypeRelation}[kinds[i]]
	}
	return b.fn(r)
}
