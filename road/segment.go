package road

import (
	"fmt"
	"maps"

	"basin/geo"
	"basin/twin"
)

// Segments cuts rows of roads into segments at the nodes that they share, so that a way through the network exists wherever the source says that roads
// meet. A row's field nodes lists the source's own nodes, one per place of its line; without it roads meet at equal ends.
func Segments(rows []twin.Row) []twin.Row {
	uses := map[string]int{}
	for _, r := range rows {
		nodes := nodesOf(r)
		for i, n := range nodes {
			uses[n]++
			if i == 0 || i == len(nodes)-1 {
				uses[n]++
			}
		}
	}
	var out []twin.Row
	for _, r := range rows {
		for _, line := range geo.Lines(r.Geometry) {
			out = append(out, split(r, line, nodesOf(r), uses)...)
		}
	}
	return out
}

// nodesOf are the nodes of a row's line.
func nodesOf(r twin.Row) []string {
	var nodes []string
	if given, ok := r.Fields["nodes"].([]any); ok {
		for _, n := range given {
			nodes = append(nodes, fmt.Sprint(n))
		}
	}
	return nodes
}

// split cuts one line where nodes are used by others as well.
func split(r twin.Row, line []geo.Place, nodes []string, uses map[string]int) []twin.Row {
	if len(nodes) != len(line) {
		return part(r, r.Code, line, nodeAt(line[0]), nodeAt(line[len(line)-1]))
	}
	var out []twin.Row
	start, number := 0, 0
	for i := 1; i < len(line); i++ {
		if i < len(line)-1 && uses[nodes[i]] < 2 {
			continue
		}
		code := r.Code
		if start > 0 || i < len(line)-1 {
			number++
			code = fmt.Sprintf("%s-%d", r.Code, number)
		}
		out = append(out, part(r, code, line[start:i+1], nodes[start], nodes[i])...)
		start = i
	}
	return out
}

// part makes a segment of a piece of a line; a piece without length makes none.
func part(r twin.Row, code string, line []geo.Place, from, to string) []twin.Row {
	length := geo.Length(line)
	if length <= 0 {
		return nil
	}
	fields := twin.Fields{}
	maps.Copy(fields, r.Fields)
	fields["from_node"], fields["to_node"], fields["length_m"] = from, to, length
	delete(fields, "nodes")
	s := r
	s.Kind, s.Code, s.Geometry, s.Fields = "segment", code, geo.Line(line), fields
	return []twin.Row{s}
}

// nodeAt names the node at a place, for sources that name none.
func nodeAt(p geo.Place) string { return fmt.Sprintf("%.6f,%.6f", p[0], p[1]) }
