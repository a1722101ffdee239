package picture

import "math"

// stroke draws a line of a width, with butt ends and round joins, as far as it may be seen.
func (c *canvas) stroke(line []place, width float64) {
	piece := make([]place, 0, len(line))
	flush := func() {
		c.outline(piece, width/2)
		piece = piece[:0]
	}
	for i := 1; i < len(line); i++ {
		a, b := line[i-1], line[i]
		from, to, ok := c.seen(a, b)
		if !ok || from > 0 {
			flush()
		}
		if !ok {
			continue
		}
		if len(piece) == 0 {
			piece = append(piece, between(a, b, from))
		}
		if piece = append(piece, between(a, b, to)); to < 1 {
			flush()
		}
	}
	flush()
}

// dash draws a line in dashes, as far as it may be seen.
func (c *canvas) dash(line []place, width float64) {
	var piece []place
	flush := func() {
		c.outline(piece, width/2)
		piece = piece[:0]
	}
	dash, period := Dash[0]*width, (Dash[0]+Dash[1])*width
	along := 0.0 // from the beginning of the line to that of the segment
	for i := 1; i < len(line); i++ {
		a, b := line[i-1], line[i]
		length := math.Hypot(b.x-a.x, b.y-a.y)
		from, to, ok := c.seen(a, b)
		if !ok || from > 0 {
			flush()
		}
		for at := from * length; ok && at < to*length; {
			done := math.Mod(along+at, period)
			next := at + period - done
			if done < dash {
				next = min(at+dash-done, to*length)
				if len(piece) == 0 {
					piece = append(piece, between(a, b, at/length))
				}
				piece = append(piece, between(a, b, next/length))
			} else {
				flush()
			}
			at = max(next, at+period/1000) // it goes on, however numbers are rounded
		}
		along += length
	}
	flush()
}

// between is the place so far on the way from a to b.
func between(a, b place, part float64) place {
	return place{a.x + (b.x-a.x)*part, a.y + (b.y-a.y)*part}
}

// outline fills what is within reach of a line: the way along its one side and back along the other. At a turn the inner side goes by the line itself, so that the
// whole is a sum of rectangles and sectors that all go round the same way. Where a line ends at its beginning there is a turn as well.
func (c *canvas) outline(line []place, reach float64) {
	c.path = c.path[:0]
	n := len(line)
	if n < 2 {
		return
	}
	closed := n > 3 && line[0] == line[n-1]
	for i := 1; i < n; i++ {
		c.side(line[i-1], line[i], reach)
		if i < n-1 {
			c.turn(line[i-1], line[i], line[i+1], reach)
		} else if closed {
			c.turn(line[i-1], line[i], line[1], reach)
			c.path = append(c.path, line[i])
		}
	}
	for i := n - 2; i >= 0; i-- {
		c.side(line[i+1], line[i], reach)
		if i > 0 {
			c.turn(line[i+1], line[i], line[i-1], reach)
		} else if closed {
			c.turn(line[i+1], line[i], line[n-2], reach)
			c.path = append(c.path, line[i])
		}
	}
	c.fill(c.path)
}

// side adds the left side of the way from a to b.
func (c *canvas) side(a, b place, reach float64) {
	if x, y, ok := normal(a, b); ok {
		c.path = append(c.path, place{a.x + x*reach, a.y + y*reach}, place{b.x + x*reach, b.y + y*reach})
	}
}

// turn adds the left side of the turn at b.
func (c *canvas) turn(a, b, next place, reach float64) {
	x, y, ok1 := normal(a, b)
	u, v, ok2 := normal(b, next)
	if !ok1 || !ok2 {
		return
	}
	angle := math.Atan2(x*v-y*u, x*u+y*v)
	if angle <= 0 { // the inner side
		c.path = append(c.path, b)
		return
	}
	const step = 0.5
	for k := 1; float64(k)*step < angle; k++ {
		sin, cos := math.Sincos(float64(k) * step)
		c.path = append(c.path, place{b.x + (x*cos-y*sin)*reach, b.y + (x*sin+y*cos)*reach})
	}
}

// normal is the direction to the left of the way from a to b; none where they are the same.
func normal(a, b place) (x, y float64, ok bool) {
	dx, dy := b.x-a.x, b.y-a.y
	length := math.Hypot(dx, dy)
	if length == 0 {
		return 0, 0, false
	}
	return dy / length, -dx / length, true
}
