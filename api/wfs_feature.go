package api

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"basin/layer"
)

// Limits of one answer of WFS.
const (
	maxStartIndex = 1_000_000
	maxWFSBytes   = 64 << 20 // the rest comes with the next page
)

// wfsFeatures answers with features of one layer, or with how many there are.
func (s *Server) wfsFeatures(c echo.Context, a Ask, ask owsAsk) error {
	ctx := c.Request().Context()
	for _, not := range []string{"filter", "storedquery_id", "sortby"} {
		if ask[not] != "" {
			return owsError{"OptionNotSupported", not, not + " is not understood here: OGC API Features at /ogc has filters"}
		}
	}
	of, ids, err := ask.ids()
	if err != nil {
		return err
	}
	if of != "" && ask["typenames"] == "" && ask["typename"] == "" {
		ask["typenames"] = of
	}
	layers, err := s.wfsTypes(ctx, a, ask)
	switch {
	case err != nil:
		return err
	case len(layers) == 0:
		return owsError{"MissingParameterValue", "typeNames", "which layer is asked for?"}
	case len(layers) > 1 || (of != "" && of != layers[0].ID):
		return owsError{"OptionNotSupported", "typeNames", "one layer is asked for at a time"}
	}
	l := layers[0]
	q := layer.Query{Layer: l.ID, IDs: ids}
	if q.BBox, err = ask.box(); err != nil {
		return err
	}
	form, _, known := system(ask["srsname"])
	if !known {
		return owsError{"InvalidParameterValue", "srsName", "features are had in EPSG:4326 and EPSG:3857"}
	}
	asJSON := strings.Contains(ask["outputformat"], "json")
	if asJSON && form != layer.AsGML {
		return owsError{"InvalidParameterValue", "srsName", "GeoJSON is in longitude and latitude"}
	}
	if asJSON {
		form = layer.AsGeoJSON
	}
	page := wfsPage{layer: l, names: elements(l)}
	if page.start, err = ask.whole("startindex", 0, maxStartIndex); err != nil {
		return err
	}
	count := "count"
	if ask[count] == "" {
		count = "maxfeatures"
	}
	limit, err := ask.whole(count, layer.MaxLimit, layer.MaxLimit)
	if err != nil {
		return err
	}
	if page.matched, err = s.Layers.Count(ctx, q, a.Who.Clearance()); err != nil {
		return err
	}
	if limit > 0 && !strings.EqualFold(ask["resulttype"], "hits") {
		q.Limit = page.start + limit
		err = s.Layers.Export(ctx, q, form, a.Who.Clearance(), func(r layer.Row) error { return page.add(r, asJSON) })
		if err != nil && page.returned == 0 {
			return err
		}
	}
	if asJSON {
		return c.Blob(http.StatusOK, "application/json", page.json())
	}
	return c.Blob(http.StatusOK, mediaGML, page.gml(origin(c)))
}

// wfsPage is a page of features while it is made.
type wfsPage struct {
	layer    layer.Layer
	names    []string // of elements
	start    int      // features to pass over
	seen     int
	returned int
	matched  *int64 // nil where counting takes too long
	members  bytes.Buffer
}

// errFull ends a page that holds enough.
var errFull = owsError{"", "", "the page is full"}

// add puts a feature on the page.
func (p *wfsPage) add(r layer.Row, asJSON bool) error {
	if p.seen++; p.seen <= p.start {
		return nil
	}
	if p.members.Len() > maxWFSBytes {
		return errFull
	}
	p.returned++
	if asJSON {
		if p.returned > 1 {
			p.members.WriteByte(',')
		}
		p.members.Write(r.GeoJSON(nil))
		return nil
	}
	values, err := r.Values()
	if err != nil {
		return err
	}
	b := &p.members
	fmt.Fprintf(b, `<wfs:member><%s:%s gml:id="%[2]s.%[3]d">`, wfsPrefix, p.layer.ID, r.GID)
	for i, column := range p.layer.Columns {
		v := values[column.Name]
		if layer.Null(v) {
			continue
		}
		text := string(v)
		if v[0] == '"' && column.Type != layer.TypeJSON {
			if err := json.Unmarshal(v, &text); err != nil {
				return fmt.Errorf("%s of %d: %w", column.Name, r.GID, err)
			}
		}
		fmt.Fprintf(b, "<%s:%s>%s</%[1]s:%[2]s>", wfsPrefix, p.names[i], xmlText(text))
	}
	if r.Geometry != nil {
		fmt.Fprintf(b, "<%s:geom>%s</%[1]s:geom>", wfsPrefix, r.Geometry)
	}
	fmt.Fprintf(b, "</%s:%s></wfs:member>\n", wfsPrefix, p.layer.ID)
	return nil
}

func (p *wfsPage) json() []byte {
	matched := ""
	if p.matched != nil {
		matched = fmt.Sprintf(`"numberMatched":%d,`, *p.matched)
	}
	return fmt.Appendf(nil, `{"type":"FeatureCollection",%s"numberReturned":%d,"features":[%s]}`, matched, p.returned, p.members.Bytes())
}

func (p *wfsPage) gml(at string) []byte {
	matched := "unknown"
	if p.matched != nil {
		matched = fmt.Sprint(*p.matched)
	}
	return fmt.Appendf(nil, `%s<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xmlns:%[2]s="%[3]s" xsi:schemaLocation="%[3]s %[4]s/wfs?service=WFS&amp;version=2.0.0&amp;request=DescribeFeatureType&amp;typeNames=%[2]s:%[5]s"
 timeStamp="%[6]s" numberMatched="%[7]s" numberReturned="%[8]d">
%[9]s</wfs:FeatureCollection>
`, xml.Header, wfsPrefix, wfsURN, xmlText(at), p.layer.ID, time.Now().UTC().Format(time.RFC3339), matched, p.returned, p.members.Bytes())
}
