package picture

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"slices"

	"golang.org/x/image/vector"
)

// Sheet is what a vector tile holds of a layer, and how it looks.
type Sheet struct {
	Tile
	MVT  []byte
	Look Look
}

// canvas is a picture while it is drawn.
type canvas struct {
	frame       Frame
	image       *image.RGBA
	raster      vector.Rasterizer
	top, bottom int // rows that are drawn on
	zoom, ratio float64
	path        []place
}

// place is a place in the picture, in pixels.
type place struct{ x, y float64 }

// figure is a feature in pixels.
type figure struct {
	sort   uint8
	rank   int // of its colour
	dashed bool
	parts  [][]place
}

// Draw draws sheets one over the other as a PNG. What nothing is drawn on is transparent.
func (f Frame) Draw(ctx context.Context, sheets []Sheet) ([]byte, error) {
	size := f.set.Size
	c := &canvas{frame: f, image: image.NewRGBA(image.Rect(0, 0, size, size)), zoom: float64(f.Zoom()), ratio: f.set.ratio}
	for _, s := range sheets {
		if err := c.sheet(ctx, s); err != nil {
			return nil, fmt.Errorf("tile %d/%d/%d: %w", s.Z, s.X, s.Y, err)
		}
	}
	var out bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, c.image)
	return out.Bytes(), err
}

// often is after how many features it is asked again whether the picture is still wanted.
const often = 1000

// sheet draws a sheet within its tile, beyond which the next one goes on: polygons first, then lines, then points; the more severe over the less.
func (c *canvas) sheet(ctx context.Context, s Sheet) error {
	n := float64(int(1) << s.Z)
	_, top := c.frame.place(0, float64(s.Y)/n)
	_, bottom := c.frame.place(0, float64(s.Y+1)/n)
	if c.top, c.bottom = max(0, int(math.Round(top))), min(c.frame.set.Size, int(math.Round(bottom))); c.top >= c.bottom {
		return nil
	}
	var all []figure
	seen := 0
	err := decode(s.MVT, func(f *feature, extent float64) error {
		if drawn := c.figure(f, s, extent); len(drawn.parts) > 0 {
			all = append(all, drawn)
		}
		if seen++; seen%often == 0 {
			return ctx.Err()
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(all, func(a, b figure) int { return cmp.Or(cmp.Compare(b.sort, a.sort), cmp.Compare(a.rank, b.rank)) })
	if s.Look.Water {
		c.lines(all, BandWidth, ink(Water, 1), func(figure) lineForm { return whole })
	}
	for len(all) > 0 {
		n := slices.IndexFunc(all, func(f figure) bool { return f.sort != all[0].sort || f.rank != all[0].rank })
		if n < 0 {
			n = len(all)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		c.alike(all[:n], s.Look.colour(all[0].rank))
		all = all[n:]
	}
	return nil
}

// figure is a feature in pixels, as far as it may be seen; without parts where it is not.
func (c *canvas) figure(f *feature, s Sheet, extent float64) figure {
	out := figure{sort: f.sort, rank: s.Look.rank(f), dashed: slices.Contains(Uncertain, f.geometry)}
	if out.rank == 0 && s.Look.Known {
		return out
	}
	n := float64(int(1)<<s.Z) * extent
	for _, part := range f.parts {
		line := make([]place, 0, len(part))
		box := nothing
		for i, at := range part {
			var p place
			p.x, p.y = c.frame.place((float64(s.X)*extent+float64(at.x))/n, (float64(s.Y)*extent+float64(at.y))/n)
			box = box.around(p)
			if last := len(line) - 1; last < 0 || i == len(part)-1 || math.Abs(p.x-line[last].x)+math.Abs(p.y-line[last].y) > closest {
				line = append(line, p)
			}
		}
		if box.meets(c.sheetBox()) {
			out.parts = append(out.parts, line)
		}
	}
	return out
}

// closest is the distance in pixels below which the next place of a line is left out.
const closest = 0.2

// alike draws figures of one sort and colour.
func (c *canvas) alike(all []figure, colour string) {
	switch all[0].sort {
	case polygons:
		c.begin()
		for _, f := range all {
			for _, ring := range f.parts {
				c.fill(c.clip(ring))
			}
		}
		c.end(ink(colour, FillOpacity))
		c.begin()
		for _, f := range all {
			for _, ring := range f.parts {
				c.stroke(append(ring, ring[0]), OutlineWidth*c.ratio)
			}
		}
		c.end(ink(Outline, FillOpacity))
	case lines:
		c.lines(all, LineWidth, ink(colour, PaleOpacity), func(f figure) lineForm {
			if f.dashed {
				return whole
			}
			return absent
		})
		c.lines(all, LineWidth, ink(colour, 1), func(f figure) lineForm {
			if f.dashed {
				return inDashes
			}
			return whole
		})
	case points:
		radius := Radius.At(c.zoom) * c.ratio
		for _, f := range all {
			for _, point := range f.parts {
				c.disc(point[0], radius+HaloWidth*c.ratio, ink(Halo, 1))
				c.disc(point[0], radius, ink(colour, 1))
			}
		}
	}
}

// lineForm is how a line is drawn.
type lineForm uint8

const (
	absent lineForm = iota
	whole
	inDashes
)

// lines draws lines of one colour, each in its form.
func (c *canvas) lines(all []figure, width Ramp, ink color.NRGBA, form func(f figure) lineForm) {
	if !slices.ContainsFunc(all, func(f figure) bool { return f.sort == lines && form(f) != absent }) {
		return
	}
	w := width.At(c.zoom) * c.ratio
	c.begin()
	for _, f := range all {
		if f.sort != lines {
			continue
		}
		for _, line := range f.parts {
			switch form(f) {
			case whole:
				c.stroke(line, w)
			case inDashes:
				c.dash(line, w)
			}
		}
	}
	c.end(ink)
}

// begin begins to draw what has one colour.
func (c *canvas) begin() { c.raster.Reset(c.frame.set.Size, c.bottom-c.top) }

// end puts what was drawn into the picture.
func (c *canvas) end(ink color.NRGBA) {
	c.raster.Draw(c.image, image.Rect(0, c.top, c.frame.set.Size, c.bottom), image.NewUniform(ink), image.Point{})
}

// fill fills a ring.
func (c *canvas) fill(ring []place) {
	for i, p := range ring {
		if i == 0 {
			c.raster.MoveTo(float32(p.x), float32(p.y-float64(c.top)))
		} else {
			c.raster.LineTo(float32(p.x), float32(p.y-float64(c.top)))
		}
	}
	if len(ring) > 0 {
		c.raster.ClosePath()
	}
}

// disc draws a disc by itself, in as small a piece of the picture as holds it.
func (c *canvas) disc(at place, radius float64, ink color.NRGBA) {
	r := image.Rect(int(math.Floor(at.x-radius)), int(math.Floor(at.y-radius)), int(math.Ceil(at.x+radius)), int(math.Ceil(at.y+radius)))
	seen := r.Intersect(image.Rect(0, c.top, c.frame.set.Size, c.bottom))
	if seen.Empty() {
		return
	}
	c.raster.Reset(seen.Dx(), seen.Dy())
	const sides = 24
	for i := range sides {
		y, x := math.Sincos(2 * math.Pi * float64(i) / sides)
		x, y = at.x+x*radius-float64(seen.Min.X), at.y+y*radius-float64(seen.Min.Y)
		if i == 0 {
			c.raster.MoveTo(float32(x), float32(y))
		} else {
			c.raster.LineTo(float32(x), float32(y))
		}
	}
	c.raster.ClosePath()
	c.raster.Draw(c.image, seen, image.NewUniform(ink), image.Point{})
}
