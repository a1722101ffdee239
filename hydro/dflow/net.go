package dflow

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"basin/fault"
	"basin/source"
)

// branch is a channel between two nodes as D-Flow FM has it, with where its grid, its sections and what stands on it are.
type branch struct {
	Branch

	from, to int
	order    float64   // sections are interpolated between branches of one; below zero for none
	grid     []float64 // chainages of the nodes of the mesh, with both ends
	sections []located
	groups   []*group // structures, by chainage
	cuts     []cut    // nodes that are needed on it
}

// most is how many branches, nodes or points of a network are read.
const most = 1_000_000

// badNet says what is wrong in the file of the network.
func badNet(file, name, why string) error {
	return fault.New(fault.Invalid, "bad-dflow-net", "{file}: {name}: {why}", "file", file, "name", name, "why", why)
}

// netFile is what is read of the network's file.
type netFile struct {
	ctx     context.Context
	arrays  *source.Arrays
	file    string
	network string // the array that describes the network
	mesh    string // the array that describes the mesh on it
}

// net reads the network: branches with their geometry, nodes, and where the mesh divides the branches.
func (r *reader) net(ctx context.Context) error {
	name := r.mdu("geometry", "netfile")
	if name == "" {
		return r.main.missing("geometry", "netfile")
	}
	path, err := r.path(name)
	if err != nil {
		return err
	}
	arrays, err := source.OpenArrays(ctx, path)
	if err != nil {
		return err
	}
	n := &netFile{ctx: ctx, arrays: arrays, file: filepath.Base(path)}
	if err := n.topologies(r); err != nil {
		return err
	}
	if err := n.nodes(r); err != nil {
		return err
	}
	if err := n.branches(r); err != nil {
		return err
	}
	return n.grid(r)
}

// topologies finds the arrays that say what the others mean.
func (n *netFile) topologies(r *reader) error {
	names := n.arrays.Names()
	slices.Sort(names)
	for _, name := range names {
		if n.arrays.Attribute(name, "cf_role") != "mesh_topology" {
			if n.arrays.Attribute(name, "cf_role") == "mesh_topology_contact" {
				r.ignore("The links between the one- and the two-dimensional part (" + name + ") are ignored: no water passes them.")
			}
			continue
		}
		switch dimension := n.arrays.Attribute(name, "topology_dimension"); {
		case dimension != "1":
			r.ignore("The two-dimensional part (" + name + ") is ignored.")
		case n.arrays.Attribute(name, "edge_geometry") != "":
			n.network = name
		case n.arrays.Attribute(name, "coordinate_space") != "":
			n.mesh = name
		}
	}
	if n.network == "" || n.mesh == "" {
		return badNet(n.file, "network", "it holds no one-dimensional network with a mesh on it")
	}
	return nil
}

// array is the name of an array, as an attribute of a topology says it or as it is named by convention.
func (n *netFile) array(topology string, which int, attribute, otherwise string) string {
	if names := strings.Fields(n.arrays.Attribute(topology, attribute)); which < len(names) {
		return names[which]
	}
	return topology + otherwise
}

// texts are the names in an array.
func (n *netFile) texts(topology, attribute, otherwise string) ([]string, error) {
	return n.arrays.Texts(n.ctx, n.array(topology, 0, attribute, otherwise))
}

// numbers are the values of an array, so many for each of count things; a count below zero takes as many as there are.
func (n *netFile) numbers(name string, count, each int) ([]float64, error) {
	v, err := n.arrays.Numbers(n.ctx, name)
	if err != nil {
		return nil, err
	}
	if len(v) > most || count >= 0 && len(v) != count*each {
		return nil, badNet(n.file, name, fmt.Sprintf("it holds %d values, not %d", len(v), count*each))
	}
	for _, x := range v {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, badNet(n.file, name, "a value is no number")
		}
	}
	return v, nil
}

// index is an index of a file as ours.
func (n *netFile) index(array string, value float64, count int) (int, error) {
	first := 0.0
	if n.arrays.Attribute(array, "start_index") == "1" {
		first = 1
	}
	if i := int(value - first); value == math.Trunc(value) && i >= 0 && i < count {
		return i, nil
	}
	return 0, badNet(n.file, array, fmt.Sprintf("the index %v is none of %d", value, count))
}

func (n *netFile) nodes(r *reader) error {
	ids, err := n.texts(n.network, "node_id", "_node_id")
	if err != nil {
		return err
	}
	for i, id := range ids {
		if _, twice := r.node[id]; twice || id == "" {
			return badNet(n.file, "node "+id, "its name is empty or stands there twice")
		}
		r.node[id] = i
		r.addNode(id)
	}
	return nil
}

func (n *netFile) branches(r *reader) error {
	ids, err := n.texts(n.network, "branch_id", "_branch_id")
	if err != nil {
		return err
	}
	lengths, err := n.numbers(n.array(n.network, 0, "edge_length", "_edge_length"), len(ids), 1)
	if err != nil {
		return err
	}
	ends := n.array(n.network, 0, "edge_node_connectivity", "_edge_nodes")
	nodes, err := n.numbers(ends, len(ids), 2)
	if err != nil {
		return err
	}
	for i, id := range ids {
		b := &branch{Branch: Branch{Name: id, Length: lengths[i]}, order: -1}
		if _, twice := r.branch[id]; twice || id == "" {
			return badNet(n.file, "branch "+id, "its name is empty or stands there twice")
		}
		if !(lengths[i] > 0) {
			return badNet(n.file, "branch "+id, fmt.Sprintf("its length is %v", lengths[i]))
		}
		if b.from, err = n.index(ends, nodes[2*i], len(r.node)); err != nil {
			return err
		}
		if b.to, err = n.index(ends, nodes[2*i+1], len(r.node)); err != nil {
			return err
		}
		if b.from == b.to {
			return badNet(n.file, "branch "+id, "it ends where it begins")
		}
		r.addBranch(b)
	}
	return n.geometry(r)
}

// geometry reads the lines of branches and their order.
func (n *netFile) geometry(r *reader) error {
	shape := n.arrays.Attribute(n.network, "edge_geometry")
	counts, err := n.numbers(n.array(shape, 0, "node_count", ""), len(r.branches), 1)
	if err != nil {
		return err
	}
	x, err := n.numbers(n.array(shape, 0, "node_coordinates", "_x"), -1, 1)
	if err != nil {
		return err
	}
	y, err := n.numbers(n.array(shape, 1, "node_coordinates", "_y"), len(x), 1)
	if err != nil {
		return err
	}
	at := 0
	for i, b := range r.branches {
		count := int(counts[i])
		if count < 2 || count > len(x)-at {
			return badNet(n.file, "branch "+b.Name, "its line has no points")
		}
		for k := at; k < at+count; k++ {
			b.Line = append(b.Line, [2]float64{x[k], y[k]})
		}
		at += count
	}
	order := n.array(n.network, 0, "branch_order", "_branch_order")
	if !slices.Contains(n.arrays.Names(), order) {
		return nil
	}
	orders, err := n.numbers(order, len(r.branches), 1)
	if err != nil {
		return err
	}
	for i, o := range orders {
		r.branches[i].order = o
	}
	return nil
}

// near is how near to each other places on a branch are one, m.
const near = 0.01

// grid reads where the mesh divides the branches.
func (n *netFile) grid(r *reader) error {
	on := n.array(n.mesh, 0, "node_coordinates", "_node_branch")
	branches, err := n.numbers(on, -1, 1)
	if err != nil {
		return err
	}
	offsets, err := n.numbers(n.array(n.mesh, 1, "node_coordinates", "_node_offset"), len(branches), 1)
	if err != nil {
		return err
	}
	for i := range branches {
		k, err := n.index(on, branches[i], len(r.branches))
		if err != nil {
			return err
		}
		b := r.branches[k]
		if offsets[i] < -near || offsets[i] > b.Length+near {
			return badNet(n.file, "branch "+b.Name, fmt.Sprintf("a node of its mesh lies at %v, outside it", offsets[i]))
		}
		b.grid = append(b.grid, offsets[i])
	}
	for _, b := range r.branches {
		slices.Sort(b.grid)
		inner := b.grid
		b.grid = []float64{0}
		for _, c := range inner {
			if c > b.grid[len(b.grid)-1]+near && c < b.Length-near {
				b.grid = append(b.grid, c)
			}
		}
		b.grid = append(b.grid, b.Length)
	}
	return nil
}
