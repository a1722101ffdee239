package picture

import "math"

// box is a box in a picture, in pixels.
type box struct{ minX, minY, maxX, maxY float64 }

// nothing is the box around nothing.
var nothing = box{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}

func (b box) around(p place) box {
	return box{min(b.minX, p.x), min(b.minY, p.y), max(b.maxX, p.x), max(b.maxY, p.y)}
}

func (b box) meets(o box) bool {
	return b.minX <= o.maxX && o.minX <= b.maxX && b.minY <= o.maxY && o.minY <= b.maxY
}

// verge is how many points beyond its edge something can reach into a picture: half a line, a disc with its halo.
const verge = 10

// sheetBox is the box whose places can be seen in what is drawn now.
func (c *canvas) sheetBox() box {
	v := verge * c.ratio
	return box{-v, float64(c.top) - v, float64(c.frame.set.Size) + v, float64(c.bottom) + v}
}

// clip cuts a ring to what can be seen, along one edge after the other. What is cut off is replaced by ways along the edges, which are not seen.
func (c *canvas) clip(ring []place) []place {
	b, around := c.sheetBox(), nothing
	for _, p := range ring {
		around = around.around(p)
	}
	if around.minX >= b.minX && around.maxX <= b.maxX && around.minY >= b.minY && around.maxY <= b.maxY {
		return ring
	}
	for _, beyond := range []func(p place) float64{ // how far a place lies inside an edge
		func(p place) float64 { return p.x - b.minX }, func(p place) float64 { return b.maxX - p.x },
		func(p place) float64 { return p.y - b.minY }, func(p place) float64 { return b.maxY - p.y },
	} {
		var kept []place
		for i, q := range ring {
			p := ring[(i+len(ring)-1)%len(ring)]
			from, to := beyond(p), beyond(q)
			if from < 0 != (to < 0) {
				t := from / (from - to)
				kept = append(kept, place{p.x + t*(q.x-p.x), p.y + t*(q.y-p.y)})
			}
			if to >= 0 {
				kept = append(kept, q)
			}
		}
		ring = kept
	}
	return ring
}

// seen is which part of the way from a to b can be seen, from 0 to 1.
func (c *canvas) seen(a, b place) (from, to float64, ok bool) {
	v := c.sheetBox()
	from, to = 0, 1
	for _, edge := range [4][2]float64{{a.x - v.minX, b.x - v.minX}, {v.maxX - a.x, v.maxX - b.x}, {a.y - v.minY, b.y - v.minY}, {v.maxY - a.y, v.maxY - b.y}} {
		switch t := edge[0] / (edge[0] - edge[1]); { // how far inside an edge both are, and where the way crosses it
		case edge[0] < 0 && edge[1] < 0:
			return 0, 0, false
		case edge[0] < 0:
			from = max(from, t)
		case edge[1] < 0:
			to = min(to, t)
		}
	}
	return from, to, from < to
}
