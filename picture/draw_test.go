package picture_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/png"
	"math"
	"testing"

	"basin/picture"
)

// shape is a feature of a tile: 1 points, 2 lines, 3 polygons, by their parts in units of 4096 to a tile.
type shape struct {
	sort       int
	parts      [][][2]int
	attributes map[string]string
}

// message appends a field of bytes to a protobuf message.
func message(b []byte, field int, content []byte) []byte {
	b = binary.AppendUvarint(b, uint64(field<<3|2))
	return append(binary.AppendUvarint(b, uint64(len(content))), content...)
}

// number appends a field that is a number.
func number(b []byte, field, n int) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(b, uint64(field<<3)), uint64(n))
}

// tile is a layer of shapes as MVT.
func tile(shapes ...shape) []byte {
	b := message(nil, 1, []byte("layer"))
	keys := 0
	for _, s := range shapes {
		var tags, commands []byte
		for k, v := range s.attributes {
			b = message(message(b, 3, []byte(k)), 4, message(nil, 1, []byte(v)))
			tags = binary.AppendUvarint(binary.AppendUvarint(tags, uint64(keys)), uint64(keys))
			keys++
		}
		var at [2]int
		for _, part := range s.parts {
			for i, p := range part {
				switch i {
				case 0:
					commands = binary.AppendUvarint(commands, 1|1<<3)
				case 1:
					commands = binary.AppendUvarint(commands, uint64(2|(len(part)-1)<<3))
				}
				for axis := range 2 {
					d := p[axis] - at[axis]
					commands = binary.AppendUvarint(commands, uint64(d<<1^d>>63))
				}
				at = p
			}
			if s.sort == 3 {
				commands = binary.AppendUvarint(commands, 7|1<<3)
			}
		}
		b = message(b, 2, message(number(message(nil, 2, tags), 3, s.sort), 4, commands))
	}
	return message(nil, 3, number(number(b, 5, 4096), 15, 2))
}

// set is one of the sets.
func set(t testing.TB, id string) picture.Set {
	t.Helper()
	for _, s := range picture.Sets() {
		if s.ID == id {
			return s
		}
	}
	t.Fatal(id)
	return picture.Set{}
}

// draw draws sheets and reads the picture.
func draw(t testing.TB, f picture.Frame, sheets ...picture.Sheet) image.Image {
	t.Helper()
	b, err := f.Draw(context.Background(), sheets)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// at is a pixel.
func at(img image.Image, x, y int) color.NRGBA {
	return color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
}

// near says whether two colours look the same.
func near(a, b color.NRGBA) bool {
	apart := func(a, b uint8) bool { return math.Abs(float64(a)-float64(b)) > 3 }
	return !apart(a.R, b.R) && !apart(a.G, b.G) && !apart(a.B, b.B) && !apart(a.A, b.A)
}

var (
	blank     = color.NRGBA{}
	halo      = color.NRGBA{0xff, 0xff, 0xff, 0xff}
	unknown   = color.NRGBA{0x8c, 0x8c, 0x8c, 0xff}
	normal    = color.NRGBA{0x00, 0x72, 0xb2, 0xff}
	warning   = color.NRGBA{0xe6, 0x9f, 0x00, 0xff}
	water     = color.NRGBA{0xa9, 0xcd, 0xea, 0xff}
	ownColour = color.NRGBA{0x8e, 0x44, 0xad, 0xff}
	ownFill   = color.NRGBA{0x8e, 0x44, 0xad, 0x99}
)

// TestDraw draws shapes of each sort and looks at pixels. The picture is the upper left quarter of its vector tile, so 8 units are a pixel.
func TestDraw(t *testing.T) {
	frame := set(t, "WebMercatorQuad").Frame(10, 2, 2)
	within := picture.Tile{Z: 9, X: 1, Y: 1}
	own, river, reach, station := picture.Of("parks", false), picture.Of("river", true), picture.Of("reach", true), picture.Of("station", true)
	flat := [][][2]int{{{0, 804}, {4096, 804}}}
	level := func(name string) map[string]string { return map[string]string{"status_level": name} }
	ring := [][][2]int{{{160, 160}, {1600, 160}, {1600, 1600}, {160, 1600}}, {{480, 480}, {480, 1200}, {1200, 1200}, {1200, 480}}}
	for name, c := range map[string]struct {
		sheets []picture.Sheet
		want   map[[2]int]color.NRGBA
	}{
		"a polygon and its hole": {[]picture.Sheet{{within, tile(shape{3, ring, nil}), own}},
			map[[2]int]color.NRGBA{{40, 40}: ownFill, {100, 100}: blank, {10, 10}: blank, {230, 100}: blank, {180, 100}: ownFill}},
		"a line": {[]picture.Sheet{{within, tile(shape{2, flat, nil}), own}},
			map[[2]int]color.NRGBA{{0, 100}: ownColour, {255, 100}: ownColour, {128, 98}: blank, {128, 102}: blank}},
		"a river in its water": {[]picture.Sheet{{within, tile(shape{2, flat, level("normal")}), river}},
			map[[2]int]color.NRGBA{{128, 100}: normal, {128, 98}: water, {128, 102}: water, {128, 95}: blank}},
		"a river of which nothing is known": {[]picture.Sheet{{within, tile(shape{2, flat, level("unknown")}), river}}, map[[2]int]color.NRGBA{{128, 100}: unknown}},
		"a reach of which nothing is known": {[]picture.Sheet{{within, tile(shape{2, flat, level("unknown")}), reach}}, map[[2]int]color.NRGBA{{128, 100}: blank}},
		"the more severe over the less": {[]picture.Sheet{{within, tile(shape{2, flat, level("warning")}, shape{2, flat, level("normal")}), river}},
			map[[2]int]color.NRGBA{{128, 100}: warning}},
		"points": {[]picture.Sheet{{within, tile(shape{1, [][][2]int{{{804, 804}}, {{1604, 804}}}, level("warning")}), station}},
			map[[2]int]color.NRGBA{{100, 100}: warning, {200, 100}: warning, {106, 100}: blank, {150, 100}: blank}},
		"one sheet over the other": {[]picture.Sheet{{within, tile(shape{2, flat, nil}), own}, {within, tile(shape{2, flat, level("warning")}), river}},
			map[[2]int]color.NRGBA{{128, 100}: warning}},
		"nothing": {[]picture.Sheet{{within, nil, own}}, map[[2]int]color.NRGBA{{128, 100}: blank}},
		"what lies in another quarter": {[]picture.Sheet{{within, tile(shape{2, [][][2]int{{{2200, 2200}, {4000, 4000}}}, nil}), own}},
			map[[2]int]color.NRGBA{{255, 255}: blank, {128, 128}: blank}},
	} {
		img := draw(t, frame, c.sheets...)
		for p, want := range c.want {
			if got := at(img, p[0], p[1]); !near(got, want) {
				t.Errorf("%s: %v at %v, want %v", name, got, p, want)
			}
		}
	}
}

// TestHalo: a point has a rim, which on a dense screen is two pixels wide.
func TestHalo(t *testing.T) {
	img := draw(t, set(t, "WebMercatorQuad512").Frame(17, 2, 2),
		picture.Sheet{picture.Tile{Z: 16, X: 1, Y: 1}, tile(shape{1, [][][2]int{{{402, 402}}}, nil}), picture.Of("station", true)})
	for x, want := range map[int]color.NRGBA{100: unknown, 111: unknown, 113: halo, 115: blank, 87: halo} {
		if got := at(img, x, 100); !near(got, want) {
			t.Errorf("%v at %d, want %v", got, x, want)
		}
	}
}

// TestDashes: a line whose geometry is uncertain has gaps, in which it is pale, and goes on over the edge between two pictures of a tile.
func TestDashes(t *testing.T) {
	s := set(t, "WebMercatorQuad")
	line := picture.Sheet{picture.Tile{Z: 9, X: 1, Y: 1}, tile(shape{2, [][][2]int{{{0, 804}, {4096, 804}}}, map[string]string{"geometry_status": "schematic"}}), picture.Of("parks", false)}
	left, right := draw(t, s.Frame(10, 2, 2), line), draw(t, s.Frame(10, 3, 2), line)
	pixel := func(x int) uint8 {
		if x < 256 {
			return at(left, x, 100).A
		}
		return at(right, x-256, 100).A
	}
	period := 5 * picture.LineWidth.At(9)
	full, pale := 0, 0
	for x := range 500 {
		inPeriod := math.Mod(float64(x)+0.5, period)
		switch dash := 3 * picture.LineWidth.At(9); {
		case inPeriod > 1 && inPeriod < dash-1:
			if full++; pixel(x) < 0xf0 {
				t.Errorf("no dash at %d: %d", x, pixel(x))
			}
		case inPeriod > dash+1 && inPeriod < period-1:
			if pale++; pixel(x) > 0x70 || pixel(x) < 0x30 {
				t.Errorf("no gap at %d: %d", x, pixel(x))
			}
		}
	}
	if full < 100 || pale < 30 {
		t.Errorf("%d and %d pixels looked at", full, pale)
	}
}

// TestStroke: a bent line covers what lies within half its width, wherever it bends, and nothing else.
func TestStroke(t *testing.T) {
	for name, line := range map[string][][2]int{
		"a circle":    circle(1024, 1024, 800, 200),
		"a zigzag":    {{100, 100}, {1900, 300}, {100, 500}, {1900, 700}, {1000, 1900}, {990, 800}},
		"there, back": {{100, 100}, {1000, 1000}, {500, 500}, {1500, 400}},
	} {
		img := draw(t, set(t, "WebMercatorQuad512").Frame(17, 2, 2), picture.Sheet{picture.Tile{Z: 16, X: 1, Y: 1}, tile(shape{2, [][][2]int{line}, nil}), picture.Of("parks", false)})
		reach := picture.LineWidth.At(16) // half of it, on a dense screen
		for y := range 512 {
			for x := range 512 {
				d := distance(float64(x)+0.5, float64(y)+0.5, line, 4)
				atEnd := line[0] != line[len(line)-1] && min(distance(float64(x)+0.5, float64(y)+0.5, [][2]int{line[0], line[0]}, 4),
					distance(float64(x)+0.5, float64(y)+0.5, [][2]int{line[len(line)-1], line[len(line)-1]}, 4)) < reach+1
				if a := at(img, x, y).A; d > reach+1 && a != 0 || d < reach-1.5 && a < 0xf8 && !atEnd {
					t.Fatalf("%s: %d at %d,%d, which is %.1f from the line", name, a, x, y, d)
				}
			}
		}
	}
}

func circle(x, y, radius float64, n int) (out [][2]int) {
	for i := range n + 1 {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		out = append(out, [2]int{int(x + radius*cos), int(y + radius*sin)})
	}
	return out
}

// distance is how far a pixel is from a line, of which so many units are a pixel.
func distance(x, y float64, line [][2]int, unit float64) float64 {
	least := math.Inf(1)
	for i := 1; i < len(line); i++ {
		ax, ay := float64(line[i-1][0])/unit, float64(line[i-1][1])/unit
		dx, dy := float64(line[i][0])/unit-ax, float64(line[i][1])/unit-ay
		along := max(0, min(1, ((x-ax)*dx+(y-ay)*dy)/max(dx*dx+dy*dy, 1e-9)))
		least = min(least, math.Hypot(x-ax-along*dx, y-ay-along*dy))
	}
	return least
}

// TestFarBeyond stretches a layer that has no tiles beyond the first over the whole of what levels there are: what crosses the middle of the world is in every picture there.
func TestFarBeyond(t *testing.T) {
	across := tile(shape{2, [][][2]int{{{-64, 2048}, {4160, 2048}}}, nil}, shape{3, [][][2]int{{{-64, 2048}, {4160, 2048}, {4160, 4160}, {-64, 4160}}}, nil})
	for _, s := range picture.Sets() {
		for level := s.First; level <= s.Last; level++ {
			columns, rows := s.Grid(level)
			f := s.Frame(level, columns/3, rows/2)
			tiles := f.Tiles(0)
			if len(tiles) != 1 {
				t.Fatalf("%s, %d: %v", s.ID, level, tiles)
			}
			img := draw(t, f, picture.Sheet{tiles[0], across, picture.Of("parks", false)})
			row := 0
			if rows == 1 {
				row = s.Size / 2
			}
			if edge, below := at(img, s.Size/2, row), at(img, s.Size/2, row+20); edge.A < 0x80 || !near(below, ownFill) {
				t.Errorf("%s, %d: %v and %v", s.ID, level, edge, below)
			}
		}
	}
}

// TestDrawIsGivenUp: nobody waits for a picture that nobody waits for.
func TestDrawIsGivenUp(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	line := tile(shape{2, [][][2]int{{{0, 0}, {4000, 4000}}}, nil})
	if _, err := set(t, "WebMercatorQuad").Frame(1, 0, 0).Draw(ctx, []picture.Sheet{{picture.Tile{}, line, picture.Look{Colour: "#000000"}}}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// FuzzDraw draws whatever comes: a picture of its size, or an error.
func FuzzDraw(f *testing.F) {
	f.Add(tile(shape{3, [][][2]int{{{0, 0}, {100, 0}, {100, 100}}}, map[string]string{"status_level": "normal"}}), uint8(0))
	f.Add(tile(shape{2, [][][2]int{{{-1 << 30, 5}, {1 << 30, 9}, {7, 7}}}, map[string]string{"geometry_status": "assumed"}}, shape{1, [][][2]int{{{1 << 30, 0}}, {{5, 5}}}, nil}), uint8(40))
	f.Fuzz(func(t *testing.T, mvt []byte, which uint8) {
		sets := picture.Sets()
		s := sets[int(which)%len(sets)]
		level := s.First + int(which)%(s.Last-s.First+1)
		columns, rows := s.Grid(level)
		frame := s.Frame(level, columns/3, rows/2)
		var sheets []picture.Sheet
		for _, at := range frame.Tiles(int(which) % 16) {
			sheets = append(sheets, picture.Sheet{at, mvt, picture.Of([]string{"river", "reach", "parks"}[int(which)%3], which%2 == 0)})
		}
		b, err := frame.Draw(context.Background(), sheets)
		if err != nil {
			return
		}
		if img, err := png.Decode(bytes.NewReader(b)); err != nil || img.Bounds().Dx() != s.Size || img.Bounds().Dy() != s.Size {
			t.Error(err)
		}
	})
}
