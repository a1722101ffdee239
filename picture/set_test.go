package picture_test

import (
	"math"
	"testing"

	"basin/picture"
)

// TestScales holds scales and corners against those that OGC states for web mercator (06-042r4, 17-083r4), and those of degrees by their definition.
func TestScales(t *testing.T) {
	mercator, dense, degrees := set(t, "WebMercatorQuad"), set(t, "WebMercatorQuad512"), set(t, "CGCS2000Quad")
	for name, pair := range map[string][2]float64{
		"level 0":                {mercator.Scale(0), 559082264.0287178},
		"level 18":               {mercator.Scale(18), 2132.729583849784},
		"a dense screen":         {dense.Scale(1), 559082264.0287178 / 4},
		"left":                   {mercator.Corner()[0], -20037508.3427892},
		"top":                    {mercator.Corner()[1], 20037508.3427892},
		"degrees of a pixel":     {degrees.Scale(1) * 0.00028 / 111319.490793273578, 360.0 / 512},
		"latitude comes first":   {degrees.Corner()[0], 90},
		"and then the longitude": {degrees.Corner()[1], -180},
	} {
		if math.Abs(pair[0]/pair[1]-1) > 1e-12 {
			t.Errorf("%s: %v, want %v", name, pair[0], pair[1])
		}
	}
	if columns, rows := degrees.Grid(1); columns != 2 || rows != 1 {
		t.Errorf("%d, %d", columns, rows)
	}
}

// TestFrames asks where the corners of pictures lie: a pixel of each set at a level is within a pixel of the place that its grid says.
func TestFrames(t *testing.T) {
	for _, s := range picture.Sets() {
		for _, level := range []int{1, 5, 12, 20} {
			columns, rows := s.Grid(level)
			for _, part := range []float64{0.1, 0.4, 0.82} {
				column, row := int(part*float64(columns)), int(part*float64(rows))
				box := s.Frame(level, column, row).Around(0, 0, 0) // the middle of the first pixel
				pixel := 360 / float64(columns) / float64(s.Size)
				west, north := float64(column)/float64(columns)*360-180, 90-float64(row)/float64(rows)*180
				if s.ID != "CGCS2000Quad" {
					north = math.Atan(math.Sinh(math.Pi*(1-2*float64(row)/float64(rows)))) * 180 / math.Pi
				}
				if box[0] != box[2] || box[1] != box[3] || math.Abs(box[0]-west) > pixel || math.Abs(box[1]-north) > pixel {
					t.Errorf("%s %d/%d/%d: %v, want %v %v", s.ID, level, column, row, box, west, north)
				}
			}
		}
	}
}

// TestTilesOfFrames: the tiles of a picture cover it, are few, and end where the layer's do.
func TestTilesOfFrames(t *testing.T) {
	for _, s := range picture.Sets() {
		for level := s.First; level <= s.Last; level++ {
			columns, rows := s.Grid(level)
			for _, part := range []float64{0, 0.03, 0.3, 0.5, 0.999} {
				column, row := int(part*float64(columns)), int(part*float64(rows))
				f := s.Frame(level, column, row)
				box := f.Around(s.Size/2, s.Size/2, 0)
				world := (1 - math.Asinh(math.Tan(max(-85.05, min(85.05, box[1]))*math.Pi/180))/math.Pi) / 2
				held, all := false, f.Tiles(14)
				for _, tile := range all {
					side := 1 / float64(int(1)<<tile.Z)
					held = held || world >= float64(tile.Y)*side-1e-12 && world <= float64(tile.Y+1)*side+1e-12
					if tile.Z != min(14, max(0, level-1)) || tile.X != column>>(level-tile.Z) || tile.Y < 0 || tile.Y >= 1<<tile.Z {
						t.Errorf("%s %d/%d/%d: %v", s.ID, level, column, row, tile)
					}
				}
				if len(all) > 12 || !held && math.Abs(box[1]) < 85 {
					t.Errorf("%s %d/%d/%d: %v do not hold %v", s.ID, level, column, row, all, box)
				}
			}
		}
	}
}
