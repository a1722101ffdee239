package format

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"

	"basin/layer"
)

// rowGroup is how many features stand together in a Parquet file. They are in memory until their group is written; large ones close it sooner.
const (
	rowGroup      = 10_000
	rowGroupBytes = 16 << 20
)

// parquetWriter writes GeoParquet 1.1: gid, the attributes with their types, and the place as WKB, easting first.
type parquetWriter struct {
	j        *job
	out      *parquet.GenericWriter[any]
	geometry string         // name of its column
	place    map[string]int // of columns, by name
	kinds    map[string]bool
	box      *[4]float64
	rows     int // in this group
	bytes    int
}

func (j *job) parquet() error {
	w := &parquetWriter{j: j, geometry: j.unused("geometry"), place: map[string]int{}, kinds: map[string]bool{}}
	group := parquet.Group{"gid": parquet.Int(64), w.geometry: parquet.Optional(parquet.Leaf(parquet.ByteArrayType))}
	for _, c := range j.layer.Columns {
		group[c.Name] = parquet.Optional(parquetNode(c.Type))
	}
	schema := parquet.NewSchema(j.layer.ID, group)
	for i, path := range schema.Columns() {
		w.place[path[0]] = i
	}
	// Pages of the plainest kind, which every reader knows; what others would save is saved by the compression.
	w.out = parquet.NewGenericWriter[any](j.to, schema, parquet.Compression(&parquet.Zstd), parquet.CreatedBy("basin", "", ""), parquet.PageBufferSize(256<<10),
		parquet.DataPageVersion(1), parquet.DefaultEncoding(&parquet.Plain))
	if err := j.each(w.add); err != nil {
		return err
	}
	geo, err := w.geo()
	if err != nil {
		return err
	}
	w.out.SetKeyValueMetadata("geo", string(geo))
	if err := w.out.Close(); err != nil {
		return fmt.Errorf("parquet: %w", err)
	}
	return nil
}

// parquetNode is how a type of columns is stored.
func parquetNode(kind string) parquet.Node {
	switch kind {
	case layer.TypeInteger:
		return parquet.Int(64)
	case layer.TypeNumber:
		return parquet.Leaf(parquet.DoubleType)
	case layer.TypeBoolean:
		return parquet.Leaf(parquet.BooleanType)
	case layer.TypeDate:
		return parquet.Date()
	case layer.TypeTime:
		return parquet.Timestamp(parquet.Microsecond)
	case layer.TypeJSON:
		return parquet.JSON()
	}
	return parquet.String()
}

// add writes a row.
func (w *parquetWriter) add(r layer.Row) error {
	values, err := r.Values()
	if err != nil {
		return err
	}
	row := make(parquet.Row, len(w.place))
	at := w.place["gid"]
	row[at] = parquet.Int64Value(r.GID).Level(0, 0, at)
	at = w.place[w.geometry]
	if row[at] = (parquet.Value{}).Level(0, 0, at); r.Geometry != nil {
		row[at] = parquet.ByteArrayValue(r.Geometry).Level(0, 1, at)
		w.see(r)
	}
	for _, c := range w.j.layer.Columns {
		at := w.place[c.Name]
		v, ok, err := parquetValue(c.Type, values[c.Name])
		if err != nil {
			return fmt.Errorf("%s of %d: %w", c.Name, r.GID, err)
		}
		if row[at] = (parquet.Value{}).Level(0, 0, at); ok {
			row[at] = v.Level(0, 1, at)
		}
	}
	if _, err := w.out.WriteRows([]parquet.Row{row}); err != nil {
		return fmt.Errorf("parquet: %w", err)
	}
	w.rows, w.bytes = w.rows+1, w.bytes+len(r.Geometry)+len(r.Attributes)
	if w.rows < rowGroup && w.bytes < rowGroupBytes {
		return nil
	}
	w.rows, w.bytes = 0, 0
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("parquet: %w", err)
	}
	return nil
}

// parquetValue is a value of JSON as it is stored, and whether it is anything but null.
func parquetValue(kind string, v json.RawMessage) (parquet.Value, bool, error) {
	if layer.Null(v) {
		return parquet.Value{}, false, nil
	}
	if kind == layer.TypeJSON {
		return parquet.ByteArrayValue(v), true, nil
	}
	text, err := plain(v)
	if err != nil {
		return parquet.Value{}, false, err
	}
	switch kind {
	case layer.TypeInteger:
		n, err := strconv.ParseInt(text, 10, 64)
		return parquet.Int64Value(n), err == nil, err //nolint:wrapcheck // told with its column
	case layer.TypeNumber:
		x, err := strconv.ParseFloat(text, 64)
		return parquet.DoubleValue(x), err == nil, err //nolint:wrapcheck // told with its column
	case layer.TypeBoolean:
		return parquet.BooleanValue(text == "true"), true, nil
	case layer.TypeDate:
		t, err := time.Parse(time.DateOnly, text)
		return parquet.Int32Value(int32(t.Unix() / 86400)), err == nil, nil
	case layer.TypeTime:
		t, err := time.Parse(time.RFC3339Nano, text)
		return parquet.Int64Value(t.UnixMicro()), err == nil, nil
	}
	return parquet.ByteArrayValue([]byte(text)), true, nil
}

// geoKinds are the types of geometry as GeoParquet names them.
var geoKinds = map[string]string{"POINT": "Point", "LINESTRING": "LineString", "POLYGON": "Polygon", "MULTIPOINT": "MultiPoint",
	"MULTILINESTRING": "MultiLineString", "MULTIPOLYGON": "MultiPolygon", "GEOMETRYCOLLECTION": "GeometryCollection"}

// see keeps what the metadata says of all geometries.
func (w *parquetWriter) see(r layer.Row) {
	kind := geoKinds[r.Kind]
	if r.Z {
		kind += " Z"
	}
	w.kinds[kind] = true
	if box, ok := bounds(r.Geometry); ok {
		if w.box == nil {
			w.box = &box
		}
		w.box[0], w.box[1] = math.Min(w.box[0], box[0]), math.Min(w.box[1], box[1])
		w.box[2], w.box[3] = math.Max(w.box[2], box[2]), math.Max(w.box[3], box[3])
	}
}

// geo is the metadata of GeoParquet. Without a reference system named it is OGC:CRS84.
func (w *parquetWriter) geo() ([]byte, error) {
	kinds := []string{}
	for kind := range w.kinds {
		if strings.TrimSpace(strings.TrimSuffix(kind, "Z")) != "" {
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	column := map[string]any{"encoding": "WKB", "geometry_types": kinds, "orientation": "counterclockwise"}
	if w.box != nil {
		column["bbox"] = *w.box
	}
	if crs := projJSON(w.j.opts.CRS); crs != nil {
		column["crs"] = crs
	}
	return json.Marshal(map[string]any{"version": "1.1.0", "primary_column": w.geometry, "columns": map[string]any{w.geometry: column}}) //nolint:wrapcheck // cannot fail
}
