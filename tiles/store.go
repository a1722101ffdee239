// Package tiles makes vector tiles of layers, and keeps those that were asked for last.
package tiles

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"

	"basin/access"
	"basin/fault"
	"basin/layer"
	"basin/postgis"
)

// Limits of tiles.
const (
	MaxZoom      = 22
	maxLayers    = 64       // in one tile
	maxFeatures  = 50_000   // of one layer in one tile; the smallest are left out
	cacheBytes   = 64 << 20 // of compressed tiles
	simplifyUpTo = 12       // the last zoom level at which geometry is simplified
	pixels       = 1024     // of the side of a tile, for simplification: half a point of a screen of usual density
	maxText      = 256      // characters of an attribute; longer texts are for features, not for the map
	atOnce       = 8        // queries at the same time, so that a map leaves connections to others
	patience     = 30 * time.Second
	earth        = 2 * math.Pi * 6378137 // width of web mercator, in metres
)

// Store makes tiles.
type Store struct {
	db       *postgis.DB
	log      *slog.Logger
	layers   *layer.Store
	memory   memory
	statuses statuses
	drops    drops
	cache    *cache
	packer   *packer
	flight   singleflight.Group
	slots    chan struct{}
}

// New makes a Store that keeps layers of so many bytes in memory at most; the tiles of the others come from the database. Its tiles are as fresh as Run keeps them;
// without Run all of them come from the database.
func New(db *postgis.DB, log *slog.Logger, layers *layer.Store, budget int) *Store {
	return &Store{db: db, log: log, layers: layers, memory: memory{budget: budget, pause: time.Minute}, cache: newCache(cacheBytes), packer: newPacker(), slots: make(chan struct{}, atOnce)}
}

// Tell makes known who knows the status of things, whose layers have others beside them then, with the status: river_status. It must be called before tiles are asked
// for.
func (s *Store) Tell(live Live) { s.statuses.live = live }

// Invalidate forgets the tiles that hold a layer or what is made of it. A tile whose data was read before is not kept after.
func (s *Store) Invalidate(layer string) {
	s.cache.invalidate(layer)
	s.cache.invalidate(Labels(layer))
}

// InvalidateAll forgets all tiles.
func (s *Store) InvalidateAll() { s.cache.clear() }

// Tile returns the layers in one tile as MVT, compressed with gzip, and a hash of its content. Data is nil where there is nothing to be seen.
func (s *Store) Tile(ctx context.Context, layers []string, z, x, y int, clearance access.Class) (data []byte, etag string, err error) {
	return s.Packed(ctx, layers, z, x, y, clearance, Gzip)
}

// Packed is Tile in any coding. The hash is the same in all.
func (s *Store) Packed(ctx context.Context, layers []string, z, x, y int, clearance access.Class, in Coding) (data []byte, etag string, err error) {
	if z < 0 || z > MaxZoom || x < 0 || y < 0 || x >= 1<<z || y >= 1<<z {
		return nil, "", fault.New(fault.Invalid, "bad-tile", "there is no tile {tile}", "tile", fmt.Sprintf("%d/%d/%d", z, x, y))
	}
	found, err := s.find(ctx, layers, clearance)
	if err != nil {
		return nil, "", err
	}
	k, names := s.name(found, z, x, y, clearance)
	t, err := s.tile(ctx, found, k, names, in)
	if err != nil {
		return nil, "", err
	}
	data, has := t.in(in)
	if has {
		return data, t.etag, nil
	}
	raw, err := s.packer.open(t)
	if err != nil || in == Identity {
		return raw, t.etag, err
	}
	if err := s.packer.add(&t, raw, in); err != nil {
		return nil, "", err
	}
	s.cache.also(k, t)
	data, _ = t.in(in)
	return data, t.etag, nil
}

// find looks the layers up, each once.
func (s *Store) find(ctx context.Context, ids []string, clearance access.Class) ([]served, error) {
	if len(ids) == 0 || len(ids) > maxLayers {
		return nil, fault.New(fault.Invalid, "bad-layers", "from 1 to {limit} layers can be asked for", "limit", maxLayers)
	}
	found := make([]served, 0, len(ids))
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			continue
		}
		l, err := s.layer(ctx, id, clearance)
		if err != nil {
			return nil, err
		}
		found = append(found, l)
	}
	return found, nil
}

// name names a tile of layers, and those that change it.
func (s *Store) name(layers []served, z, x, y int, clearance access.Class) (k key, names []string) {
	names = make([]string, len(layers), 2*len(layers))
	for i := range layers {
		names[i] = layers[i].ID
	}
	k = key{strings.Join(names, ","), z, x, y, clearance}
	for i := range layers {
		if layers[i].form == withStatus { // what changes the layer itself changes the one with status
			names = append(names, layers[i].plain)
		}
	}
	return k, names
}

// tile is a tile from the cache in the codings that it is kept in, or a new one in that which is asked for. Those who ask for the same tile at the same time share the
// work, unless an invalidation lies between them.
func (s *Store) tile(ctx context.Context, layers []served, k key, names []string, in Coding) (tile, error) {
	t, ok, generation := s.cache.get(k, names)
	if ok {
		return t, nil
	}
	working := s.flight.DoChan(fmt.Sprint(k, generation), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience) // one who leaves does not spoil it for the others
		defer cancel()
		t, err := s.join(ctx, layers, k, in)
		if err == nil {
			s.cache.put(k, names, t, generation)
		}
		return t, err
	})
	select {
	case <-ctx.Done():
		return tile{}, postgis.Fault(ctx.Err())
	case r := <-working:
		t, _ := r.Val.(tile)
		return t, r.Err //nolint:wrapcheck // a fault of its kind already
	}
}

// join makes a tile of one layer from the database, and one of several from those of each.
func (s *Store) join(ctx context.Context, layers []served, k key, in Coding) (tile, error) {
	if len(layers) == 1 {
		raw, err := s.read(ctx, layers[0], k)
		if err != nil {
			return tile{}, err
		}
		return s.packer.make(raw, in)
	}
	parts := make([][]byte, len(layers))
	group, ctx := errgroup.WithContext(ctx)
	for i := range layers {
		group.Go(func() error {
			var err error
			parts[i], err = s.part(ctx, layers[i], k)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return tile{}, err //nolint:wrapcheck // a fault of its kind already
	}
	return s.packer.make(bytes.Join(parts, nil), in)
}

// part is what a tile holds of one layer, which is a tile of its own.
func (s *Store) part(ctx context.Context, l served, of key) ([]byte, error) {
	alone := []served{l}
	k, names := s.name(alone, of.z, of.x, of.y, of.clearance)
	t, err := s.tile(ctx, alone, k, names, Identity)
	if err != nil {
		return nil, err
	}
	return s.packer.open(t)
}

var (
	//go:embed tile.sql
	tileSQL string
	//go:embed label.sql
	labelSQL string
)

// read makes a tile of one layer, from memory where it is there, else from the database.
func (s *Store) read(ctx context.Context, l served, k key) ([]byte, error) {
	if k.z < l.MinZoom || k.z > l.MaxZoom {
		return nil, nil
	}
	if l.form == withStatus {
		return s.statusTile(ctx, l.plain, k)
	}
	if r := s.memory.get(l.plain); r != nil {
		return s.memory.tile(r, l.form, k), nil
	}
	return s.ask(ctx, l, k)
}

// ask makes a tile of one layer by ST_AsMVT.
func (s *Store) ask(ctx context.Context, l served, k key) ([]byte, error) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return nil, postgis.Fault(ctx.Err())
	}
	var columns strings.Builder
	for _, c := range attributes(l.Layer) {
		columns.WriteString(", " + attribute(c))
	}
	sql := labelSQL
	if l.form == asItIs {
		geometry := "l.geom_3857"
		if k.z <= simplifyUpTo {
			geometry = fmt.Sprintf("ST_Simplify(l.geom_3857, %f, true)", pixelAt(k.z))
		}
		sql = strings.Replace(tileSQL, "{geometry}", geometry, 1)
	}
	sql = strings.NewReplacer("{attributes}", columns.String(), "{relation}", l.From(), "{visible}", s.visible(l.plain, k.z)).Replace(sql)
	var raw []byte
	// Planned for this tile: what suits one in the city does not suit one of the whole earth.
	err := s.db.QueryRow(ctx, sql, pgx.QueryExecModeCacheDescribe, k.z, k.x, k.y, string(k.clearance), l.ID, maxFeatures).Scan(&raw)
	return raw, postgis.Fault(err)
}

// pixelAt is the side of a pixel in metres of web mercator.
func pixelAt(z int) float64 { return earth / float64(int(1)<<z) / pixels }

// visible is the condition that leaves out of a layer what is too small to be seen at a zoom level, as survey.result has it.
func (s *Store) visible(id string, z int) string {
	if z > simplifyUpTo || s.hasStatus(id) {
		return ""
	}
	pixel := pixelAt(z)
	return fmt.Sprintf(" AND CASE ST_Dimension(l.geom_3857) WHEN 2 THEN ST_Area(l.geom_3857) >= %f "+
		"WHEN 1 THEN greatest(ST_XMax(l.geom_3857) - ST_XMin(l.geom_3857), ST_YMax(l.geom_3857) - ST_YMin(l.geom_3857)) >= %f ELSE true END", pixel*pixel, pixel)
}

// attribute is a column as it goes into tiles; empty for one that does not.
func attribute(c layer.Column) string {
	column := pgx.Identifier{c.Name}.Sanitize()
	from := "l." + column
	switch c.Type {
	case layer.TypeJSON:
		return ""
	case layer.TypeInteger, layer.TypeBoolean:
		return from
	case layer.TypeNumber:
		return from + "::float8 AS " + column
	case layer.TypeDate, layer.TypeTime:
		return "to_json(" + from + ") #>> '{}' AS " + column // as in RFC 3339
	}
	return fmt.Sprintf("CASE WHEN length(%[1]s::text) <= %[2]d THEN %[1]s::text END AS %[3]s", from, maxText, column)
}
