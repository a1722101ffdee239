package dflow

// chained gives branches the sections that lie next on the branches before and behind them where they have one order: there D-Flow FM interpolates from one
// branch into the next.
func (r *reader) chained() {
	beyond := make([][]located, len(r.branches))
	for i, b := range r.branches {
		if b.order < 0 {
			continue
		}
		if s, distance, found := r.next(b, b.from); found {
			s.chainage = -distance
			beyond[i] = append(beyond[i], s)
		}
		if s, distance, found := r.next(b, b.to); found {
			s.chainage = b.Length + distance
			beyond[i] = append(beyond[i], s)
		}
	}
	for i, b := range r.branches {
		b.sections = append(b.sections, beyond[i]...)
	}
}

// next is the section that lies nearest behind an end of a branch, on branches of its order, and how far.
func (r *reader) next(b *branch, node int) (s located, distance float64, found bool) {
	for range r.branches {
		n := r.neighbour(b, node)
		if n == nil {
			break
		}
		forward := n.from == node
		if count := len(n.sections); count > 0 && forward {
			return n.sections[0], distance + n.sections[0].chainage, true
		} else if count > 0 {
			return n.sections[count-1], distance + n.Length - n.sections[count-1].chainage, true
		}
		distance += n.Length
		if b, node = n, n.from; forward {
			node = n.to
		}
	}
	return located{}, 0, false
}

// neighbour is the branch of one order with another that ends at the same node; nil for none.
func (r *reader) neighbour(b *branch, node int) *branch {
	for _, n := range r.touching[node] {
		if n != b && n.order == b.order {
			return n
		}
	}
	return nil
}
