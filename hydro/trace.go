package hydro

import "slices"

// piece is a thing of the network as a walk sees it.
type piece struct {
	kind, id  string
	a, b      string // nodes of a reach at its start and end, of a work inside and outside; of a station a is its reach
	river     string
	from, to  float64 // chainages in metres; the same for what stands at one
	placed    bool    // whether the chainages are known
	direction string  // of a reach: forward, backward, both; empty where nobody stated one
}

// flows says whether water can flow along a reach from its start to its end, and back.
func (p piece) flows() (forward, backward bool) {
	return p.direction != "backward", p.direction != "forward"
}

// on says whether something stands on a reach.
func (p piece) on(reach piece) bool {
	if p.kind == "station" && p.a != "" {
		return p.a == reach.id
	}
	return p.river != "" && p.river == reach.river && p.placed && reach.placed && p.from >= reach.from && p.from <= reach.to
}

// walk goes along the network against the water or with it.
type walk struct {
	upstream   bool
	at         map[string][]piece // reaches and works by their nodes
	nodes      map[string]bool    // come by
	found      map[string]bool
	undirected bool
	left       []string
}

// trace finds what is up- or downstream of a thing; ok is false where the thing is not on the network. It ends because it comes by each node once.
func trace(parts []piece, thing string, upstream bool) (ids []string, undirected, ok bool) {
	w := &walk{upstream: upstream, at: map[string][]piece{}, nodes: map[string]bool{}, found: map[string]bool{}}
	var reaches, others []piece
	var start *piece
	for i, p := range parts {
		if p.id == thing {
			start = &parts[i]
		}
		switch {
		case p.kind == "reach":
			reaches = append(reaches, p)
		case p.kind != "node":
			others = append(others, p)
		}
		if p.kind == "reach" || p.kind == "work" {
			for _, node := range []string{p.a, p.b} {
				if node != "" {
					w.at[node] = append(w.at[node], p)
				}
			}
		}
	}
	if start == nil || !w.begin(*start, reaches, others) {
		return nil, false, false
	}
	for len(w.left) > 0 {
		node := w.left[0]
		w.left = w.left[1:]
		for _, p := range w.at[node] {
			w.pass(p, node)
		}
	}
	known := map[string]bool{}
	for _, p := range parts {
		known[p.id] = true
	}
	w.standing(reaches, others, partial(*start, reaches))
	for id := range w.nodes {
		w.found[id] = w.found[id] || known[id]
	}
	for id, found := range w.found {
		if found && id != thing && known[id] {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, w.undirected, true
}

// standing finds what stands on the reaches that were found, but for the one that only a side of counts.
func (w *walk) standing(reaches, others []piece, but string) {
	byID, byRiver := map[string]bool{}, map[string][]piece{}
	for _, r := range reaches {
		if w.found[r.id] && r.id != but {
			byID[r.id] = true
			byRiver[r.river] = append(byRiver[r.river], r)
		}
	}
	for _, o := range others {
		if (o.kind == "station" && byID[o.a]) || slices.ContainsFunc(byRiver[o.river], o.on) {
			w.found[o.id] = true
		}
	}
}

// partial is the reach that the start stands on, of which only a side counts; empty where it stands on none.
func partial(start piece, reaches []piece) string {
	if start.kind == "reach" || start.kind == "node" || (start.kind == "work" && start.a+start.b != "") {
		return ""
	}
	for _, r := range reaches {
		if start.on(r) {
			return r.id
		}
	}
	return ""
}

// begin puts the walk at its start and says whether that is on the network.
func (w *walk) begin(start piece, reaches, others []piece) bool {
	switch {
	case start.kind == "node":
		w.come(start.id)
		return len(w.at[start.id]) > 0
	case start.kind == "work" && start.a+start.b != "":
		w.come(start.a)
		w.come(start.b)
		return true
	}
	i := slices.IndexFunc(reaches, func(r piece) bool { return r.id == start.id || (start.kind != "reach" && start.on(r)) })
	if i < 0 {
		return false
	}
	r := reaches[i]
	forward, backward := r.flows()
	w.undirected = r.direction == ""
	toStart, toEnd := forward, backward // whether the walk leaves by the start of the reach, and by its end
	if !w.upstream {
		toStart, toEnd = backward, forward
	}
	if toStart {
		w.come(r.a)
	}
	if toEnd {
		w.come(r.b)
	}
	if start.kind == "reach" {
		return true
	}
	w.found[r.id] = true
	for _, o := range others {
		if o.on(r) && (!start.placed || !o.placed || (o.from < start.from && toStart) || (o.from > start.from && toEnd)) {
			w.found[o.id] = true
		}
	}
	return true
}

// come puts a node on the list of those to go on from, once.
func (w *walk) come(node string) {
	if node != "" && !w.nodes[node] {
		w.nodes[node] = true
		w.left = append(w.left, node)
	}
}

// pass goes along a reach or through a work from a node, if that is the way of the walk.
func (w *walk) pass(p piece, from string) {
	other := p.a
	if from == p.a {
		other = p.b
	}
	if p.kind == "reach" {
		forward, backward := p.flows()
		if w.upstream {
			forward, backward = backward, forward
		}
		if (from == p.a && !forward) || (from == p.b && from != p.a && !backward) {
			return
		}
		w.undirected = w.undirected || p.direction == ""
	}
	w.found[p.id] = true
	w.come(other)
}
