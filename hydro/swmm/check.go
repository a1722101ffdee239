package swmm

import "basin/fault"

// check looks at the network as a whole.
func (b *build) check() error {
	if o := b.model.Options.Routing; o != "DYNWAVE" && o != "" {
		b.model.Network.Assumed = append(b.model.Network.Assumed, "FLOW_ROUTING "+o+" is computed by dynamic waves")
	}
	if len(b.nodes) == 0 {
		if len(b.model.Subcatchments) == 0 {
			return fault.New(fault.Invalid, "swmm-empty", "the file has neither nodes nor subcatchments")
		}
		return nil
	}
	if err := b.apart(); err != nil {
		return err
	}
	return b.pumpLoop()
}

// alone gives a junction to which no link leads the least surface that SWMM gives each node.
func (b *build) alone(at int) {
	b.assume(b.nodes[at].row, "no link leads to it: it is a store of the least surface")
	b.model.Network.Nodes[at].Area = b.model.Options.MinSurface
}

// apart refuses a part of the network that has neither an outfall nor a store: what flows into it has nowhere to be.
func (b *build) apart() error {
	part := make([]int, len(b.nodes)) // by union and find
	for i := range part {
		part[i] = i
	}
	root := func(i int) int {
		for part[i] != i {
			part[i] = part[part[i]]
			i = part[i]
		}
		return i
	}
	linked := make([]bool, len(b.nodes))
	for i := range b.links {
		from, to := b.links[i].from, b.links[i].to
		part[root(from)] = root(to)
		linked[from], linked[to] = true, true
	}
	drains := make([]bool, len(b.nodes))
	for i := range b.nodes {
		if k := b.nodes[i].kind; k == outfall || k == storage {
			drains[root(i)] = true
		}
	}
	for i := range b.nodes {
		switch r := b.nodes[i].row; {
		case drains[root(i)]:
		case !linked[i]:
			b.alone(i)
		default:
			r.fail("swmm-apart", "nothing leads from here to an outfall or a storage node")
			return r.err
		}
	}
	return nil
}

// pumpLoop refuses pumps that drive water round. A node is done once no way of pumps from it is left to follow.
func (b *build) pumpLoop() error {
	pumps := map[int][]*link{}
	for i := range b.links {
		if l := &b.links[i]; l.kind == pump {
			pumps[l.from] = append(pumps[l.from], l)
		}
	}
	const (
		under = 1
		done  = 2
	)
	state := map[int]int{}
	for start := range b.nodes {
		if state[start] != 0 {
			continue
		}
		way := []int{start}
		for len(way) > 0 {
			at := way[len(way)-1]
			state[at] = under
			if len(pumps[at]) == 0 {
				state[at], way = done, way[:len(way)-1]
				continue
			}
			l := pumps[at][0]
			pumps[at] = pumps[at][1:]
			switch state[l.to] {
			case under:
				l.row.fail("swmm-pump-loop", "pumps drive water round, through {node}", "node", b.model.Network.Nodes[l.to].Name)
				return l.row.err
			case 0:
				way = append(way, l.to)
			}
		}
	}
	return nil
}
