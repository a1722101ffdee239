package source

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"basin/fault"
	"basin/geo"
)

// Transformer turns places of any coordinate system into longitude and latitude, WGS 84. The shifts of public maps and city grids are
// undone here, projections by gdaltransform. Heights are not touched.
type Transformer struct {
	crs   geo.CRS
	plain bool // nothing is to be done
}

// NewTransformer makes a Transformer; that PROJ knows the definition is found out at the first place.
func NewTransformer(c geo.CRS) *Transformer {
	return &Transformer{crs: c, plain: c.Geographic() && c.Shift == "" && c.Grid == nil}
}

// Places transforms places in place. One that cannot be transformed becomes NaN, NaN. gdaltransform holds its answers back until its
// input ends, so each call is a process of its own (about 50 ms): give it many places at once.
func (t *Transformer) Places(ctx context.Context, places []geo.Place) error {
	if t.plain {
		return nil
	}
	for i, p := range places {
		places[i] = t.crs.Prepare(p)
	}
	if t.crs.Geographic() {
		return nil
	}
	if len(places) == 0 {
		return nil
	}
	var in bytes.Buffer
	for _, p := range places {
		if math.IsNaN(p[0]+p[1]) || math.IsInf(p[0]+p[1], 0) {
			in.WriteString("1e300 1e300\n") // nowhere
			continue
		}
		in.Write(strconv.AppendFloat(in.AvailableBuffer(), p[0], 'g', 17, 64))
		in.WriteByte(' ')
		in.Write(strconv.AppendFloat(in.AvailableBuffer(), p[1], 'g', 17, 64))
		in.WriteByte('\n')
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	var out bytes.Buffer
	var said head
	cmd := command(ctx, "gdaltransform", "-s_srs", t.crs.Definition, "-t_srs", "EPSG:4326", "-output_xy")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, &out, &said
	if err := cmd.Run(); err != nil {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, exec.ErrNotFound):
			return missing()
		case strings.Contains(said.String(), "SRS"), strings.Contains(said.String(), "transformer"), strings.Contains(said.String(), "transformation"):
			return fault.New(fault.Invalid, "unknown-crs", "{crs} is not a coordinate system that can be used: {why}", "crs", short(t.crs.Definition), "why", short(said.String()))
		}
		return fmt.Errorf("gdaltransform: %s: %w", short(said.String()), err)
	}
	lines := bufio.NewScanner(&out)
	n := 0
	for ; lines.Scan(); n++ {
		if n == len(places) {
			break
		}
		places[n] = geo.Place{math.NaN(), math.NaN()}
		x, y, _ := strings.Cut(lines.Text(), " ")
		lon, badX := strconv.ParseFloat(x, 64)
		lat, badY := strconv.ParseFloat(strings.TrimSpace(y), 64)
		if badX == nil && badY == nil && !math.IsInf(lon, 0) && !math.IsInf(lat, 0) {
			places[n] = geo.Place{lon, lat}
		}
	}
	if n != len(places) || lines.Scan() {
		return fmt.Errorf("gdaltransform: %d places went in and %d came out: %s", len(places), n, short(said.String()))
	}
	return nil
}

// batch holds features back until there are enough of them to transform at once.
type batch struct {
	job      *job
	to       *Transformer
	guess    bool // nobody has named the coordinate system: it is taken to be degrees
	good     bool // some feature was in degrees
	features []Feature
	places   []geo.Place
}

// How much a batch holds.
const (
	batchPlaces   = 200_000
	batchFeatures = 20_000
)

func (j *job) batch(c geo.CRS) *batch { return &batch{job: j, to: NewTransformer(c)} }

// add takes a feature; its coordinates are still the file's.
func (b *batch) add(f Feature) error {
	if err := b.job.ctx.Err(); err != nil {
		return err
	}
	if b.to.plain {
		return b.give(f)
	}
	each(f, func(p geo.Place) geo.Place { b.places = append(b.places, p); return p })
	b.features = append(b.features, f)
	if len(b.places) >= batchPlaces || len(b.features) >= batchFeatures {
		return b.flush()
	}
	return nil
}

// flush transforms what is held back and gives it on.
func (b *batch) flush() error {
	if err := b.to.Places(b.job.ctx, b.places); err != nil {
		return err
	}
	n := 0
	for _, f := range b.features {
		lost := false
		each(f, func(geo.Place) geo.Place {
			p := b.places[n]
			n++
			lost = lost || math.IsNaN(p[0])
			return p
		})
		if lost {
			b.job.find(f.Layer, f.Index, "outside-crs", fault.New(fault.Invalid, "outside-crs", "coordinates lie outside their coordinate system, {crs}", "crs", short(b.to.crs.Definition)))
			continue
		}
		if err := b.give(f); err != nil {
			return err
		}
	}
	b.features, b.places = b.features[:0], b.places[:0]
	return nil
}

// give checks that a feature is in degrees and calls the function of the job.
func (b *batch) give(f Feature) error {
	far, ok := 0.0, true
	each(f, func(p geo.Place) geo.Place {
		far = max(far, math.Abs(p[0]), math.Abs(p[1]))
		ok = ok && math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90
		return p
	})
	if !ok {
		if b.guess && !b.good && far > 400 {
			return b.job.invalid("not-degrees", "the coordinates of {file} are not longitude and latitude in degrees: name their coordinate system with --crs")
		}
		b.job.find(f.Layer, f.Index, "not-degrees", fault.New(fault.Invalid, "not-degrees", "coordinates lie outside the range of longitude and latitude"))
		return nil
	}
	b.good = b.good || f.Geometry != nil
	return b.job.fn(f)
}

// each replaces each place of a feature, of its geometry and its models, by what fn makes of it.
func each(f Feature, fn func(geo.Place) geo.Place) {
	if f.Geometry != nil {
		geo.Move(f.Geometry, fn)
	}
	if f.City == nil {
		return
	}
	for _, m := range f.City.Models {
		for _, rings := range m.Polygons {
			for _, ring := range rings {
				for i, v := range ring {
					p := fn(geo.Place{v[0], v[1]})
					ring[i][0], ring[i][1] = p[0], p[1]
				}
			}
		}
	}
}
