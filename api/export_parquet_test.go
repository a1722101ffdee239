package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	goparquet "github.com/fraugster/parquet-go"
	"github.com/fraugster/parquet-go/parquet"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/twpayne/go-geom/encoding/geojson"
	"github.com/twpayne/go-geom/encoding/wkb"

	"basin/access"
)

// unzstd lets the other library read what is packed by zstd.
type unzstd struct{}

func (unzstd) CompressBlock([]byte) ([]byte, error) { return nil, errors.New("only read here") }

func (unzstd) DecompressBlock(block []byte) ([]byte, error) {
	d, err := zstd.NewReader(nil)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.DecodeAll(block, nil)
}

// parquet is an exported file as the other library reads it.
func (b mapBench) parquet(t *testing.T, at string, clearance access.Class) *goparquet.FileReader {
	t.Helper()
	goparquet.RegisterBlockCompressor(parquet.CompressionCodec_ZSTD, unzstd{})
	text, err := os.ReadFile(b.export(t, at, clearance))
	if err != nil {
		t.Fatal(err)
	}
	r, err := goparquet.NewFileReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestExportParquet has a library that shares nothing with the one that wrote it read GeoParquet back.
func TestExportParquet(t *testing.T) {
	b := newMapBench(t)
	odd(t, b)
	for _, query := range []string{"", "text=plain", "text=nothing"} {
		want := items(t, b, "/ogc/collections/odd/items?"+query, access.Restricted)
		r := b.parquet(t, "/ogc/collections/odd/items?f=parquet&"+query, access.Restricted)
		var meta struct {
			Version       string
			PrimaryColumn string `json:"primary_column"`
			Columns       map[string]struct {
				Encoding      string
				GeometryTypes []string `json:"geometry_types"`
				BBox          []float64
				Orientation   string
			}
		}
		if err := json.Unmarshal([]byte(r.MetaData()["geo"]), &meta); err != nil {
			t.Fatal(err)
		}
		column := meta.Columns["geometry"]
		kinds := []string{"Polygon"}
		if len(want) == 0 {
			kinds = []string{}
		}
		if meta.Version != "1.1.0" || meta.PrimaryColumn != "geometry" || column.Encoding != "WKB" || !cmp.Equal(column.GeometryTypes, kinds) ||
			(len(want) == 13 && !cmp.Equal(column.BBox, []float64{120, 32, 132.1234567, 32.1})) {
			t.Errorf("%+v", meta)
		}
		for _, e := range r.GetSchemaDefinition().RootColumn.Children {
			s := e.SchemaElement
			kind := map[string]string{"gid": "INT64 INT_64", "text": "BYTE_ARRAY UTF8", "day": "INT32 DATE", "moment": "INT64 TIMESTAMP_MICROS", "real": "DOUBLE ", "flag": "BOOLEAN ",
				"list": "BYTE_ARRAY JSON", "whole": "INT64 INT_64", "geometry": "BYTE_ARRAY "}[s.Name]
			is := fmt.Sprint(s.Type, " ")
			if s.ConvertedType != nil {
				is += s.ConvertedType.String()
			}
			if kind != "" && kind != is {
				t.Errorf("%s is %s", s.Name, is)
			}
		}
		rows := 0
		for ; ; rows++ {
			row, err := r.NextRow()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil || rows >= len(want) {
				t.Fatalf("row %d: %v", rows, err)
			}
			holds(t, want[rows], row)
		}
		if rows != len(want) {
			t.Errorf("%d rows, want %d", rows, len(want))
		}
	}
}

// holds compares a row of a Parquet file with a feature.
func holds(t *testing.T, want feature, row map[string]any) {
	t.Helper()
	if fmt.Sprint(row["gid"]) != want.ID.String() {
		t.Errorf("gid %v, want %s", row["gid"], want.ID)
	}
	wkbBytes, _ := row["geometry"].([]byte)
	g, err := wkb.Unmarshal(wkbBytes)
	if err != nil {
		t.Fatal(err)
	}
	text, err := geojson.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	var is feature
	if err := json.Unmarshal(fmt.Appendf(nil, `{"Geometry":%s}`, text), &is); err != nil || !sameGeometry(t, want, is) {
		t.Errorf("%s is not %s", text, want.Geometry.Coordinates)
	}
	for column, was := range want.Properties {
		value, there := row[column]
		switch v := value.(type) {
		case []byte:
			value = string(v)
		case bool:
		case int32:
			value = time.Unix(int64(v)*86400, 0).UTC().Format(time.DateOnly)
		case int64:
			value = json.Number(fmt.Sprint(v))
			if column == "moment" {
				value = time.UnixMicro(v).UTC().Format(time.RFC3339Nano)
			}
		case float64:
			value = json.Number(fmt.Sprintf("%.17g", v))
		}
		if there != (was != nil) || !same(was, value) {
			t.Errorf("%s: %s was %v and is %v", want.ID, column, was, value)
		}
	}
}
