package hydraulics

import "slices"

// matrix is a sparse square matrix whose pattern is symmetric, for equations that are solved again and again with other numbers. It is eliminated in an order of least degree that is found
// once, without pivoting: the equations of levels are dominated by their diagonal.
type matrix struct {
	order  []int32   // rows in the order in which they are eliminated
	diag   []float64 // by row
	values []float64 // entry 2·p is (i, j), 2·p+1 is (j, i) of pair p; what fills in has pairs too
	rows   []eliminated
	pair   map[[2]int32]int32 // of rows i < j
}

// eliminated is the elimination of a row: the rows that it is joined with then, where its entries with them stand, and where those of each two of them do.
type eliminated struct {
	with    []int32
	right   []int32 // entries (row, with)
	below   []int32 // entries (with, row)
	targets []int32 // entries (with a, with b), a over b; -1 on the diagonal
}

// newMatrix makes a matrix of n rows in which each two joined rows have entries.
func newMatrix(n int, joined [][2]int) *matrix {
	m := &matrix{diag: make([]float64, n), pair: map[[2]int32]int32{}, rows: make([]eliminated, n)}
	neighbours := make([]map[int32]bool, n)
	for i := range neighbours {
		neighbours[i] = map[int32]bool{}
	}
	for _, j := range joined {
		if j[0] != j[1] {
			m.entry(int32(j[0]), int32(j[1]))
			neighbours[j[0]][int32(j[1])], neighbours[j[1]][int32(j[0])] = true, true
		}
	}
	buckets, where := map[int]map[int32]bool{}, make([]int, n)
	put := func(i int32) {
		d := len(neighbours[i])
		if buckets[d] == nil {
			buckets[d] = map[int32]bool{}
		}
		buckets[d][i], where[i] = true, d
	}
	for i := range n {
		put(int32(i))
	}
	for range n {
		d := 0
		for len(buckets[d]) == 0 {
			d++
		}
		least := int32(-1) // the first of them, so that the order is always the same
		for i := range buckets[d] {
			if least < 0 || i < least {
				least = i
			}
		}
		delete(buckets[d], least)
		m.eliminate(least, neighbours, func(i int32) { delete(buckets[where[i]], i); put(i) })
	}
	m.values = make([]float64, 2*len(m.pair))
	return m
}

// eliminate notes what eliminating a row does to those joined with it.
func (m *matrix) eliminate(row int32, neighbours []map[int32]bool, moved func(int32)) {
	m.order = append(m.order, row)
	e := &m.rows[row]
	for i := range neighbours[row] {
		e.with = append(e.with, i)
	}
	slices.Sort(e.with)
	for _, i := range e.with {
		delete(neighbours[i], row)
		e.right, e.below = append(e.right, m.entry(row, i)), append(e.below, m.entry(i, row))
	}
	for _, i := range e.with {
		for _, j := range e.with {
			if i == j {
				e.targets = append(e.targets, -1)
				continue
			}
			neighbours[i][j] = true
			e.targets = append(e.targets, m.entry(i, j))
		}
	}
	for _, i := range e.with {
		moved(i)
	}
}

// entry is where the entry of a row and a column stands.
func (m *matrix) entry(i, j int32) int32 {
	k := [2]int32{min(i, j), max(i, j)}
	p, known := m.pair[k]
	if !known {
		p = int32(len(m.pair))
		m.pair[k] = p
	}
	if i < j {
		return 2 * p
	}
	return 2*p + 1
}

// clear sets all entries to nought.
func (m *matrix) clear() {
	clear(m.diag)
	clear(m.values)
}

// solve solves the equations for right sides, in their place. The matrix is used up. bad is a row that has nothing on its diagonal; -1 where all is well.
func (m *matrix) solve(b []float64) (bad int) {
	for _, row := range m.order {
		d := m.diag[row]
		if !(d > 0 || d < 0) {
			return int(row)
		}
		e := &m.rows[row]
		n := len(e.with)
		for a, i := range e.with {
			f := m.values[e.below[a]]
			if f == 0 {
				continue
			}
			f /= d
			b[i] -= f * b[row]
			for c, at := range e.targets[a*n : a*n+n] {
				if at < 0 {
					m.diag[i] -= f * m.values[e.right[c]]
				} else {
					m.values[at] -= f * m.values[e.right[c]]
				}
			}
		}
	}
	for _, row := range slices.Backward(m.order) {
		e := &m.rows[row]
		sum := b[row]
		for c, at := range e.right {
			sum -= m.values[at] * b[e.with[c]]
		}
		b[row] = sum / m.diag[row]
	}
	return -1
}
