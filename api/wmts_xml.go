package api

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"basin/layer"
	"basin/picture"
)

// bothTitles writes a text in both languages, the one that the client prefers first.
func bothTitles(c echo.Context, element, zh, en string) string {
	in := func(language, text string) string {
		if text == "" {
			return ""
		}
		return "<ows:" + element + ` xml:lang="` + language + `">` + xmlText(text) + "</ows:" + element + ">"
	}
	if chinese(c) {
		return in("zh", zh) + in("en", en)
	}
	return in("en", en) + in("zh", zh)
}

const wmtsHead = xml.Header + `<Capabilities version="1.0.0" xmlns="http://www.opengis.net/wmts/1.0" xmlns:ows="http://www.opengis.net/ows/1.1" xmlns:xlink="http://www.w3.org/1999/xlink"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.opengis.net/wmts/1.0 http://schemas.opengis.net/wmts/1.0/wmtsGetCapabilities_response.xsd">
`

// wmtsCapabilities lists what there is for whoever asks.
func (s *Server) wmtsCapabilities(c echo.Context, a Ask) error {
	ctx, at := c.Request().Context(), xmlText(origin(c))
	layers, err := s.Layers.List(ctx, a.Who.Clearance())
	if err != nil {
		return err
	}
	b := bytes.NewBufferString(wmtsHead)
	fmt.Fprintf(b, "<ows:ServiceIdentification><ows:Title>basin</ows:Title>%s<ows:ServiceType>OGC WMTS</ows:ServiceType><ows:ServiceTypeVersion>1.0.0</ows:ServiceTypeVersion></ows:ServiceIdentification>\n<ows:OperationsMetadata>\n",
		bothTitles(c, "Abstract", "图片与 MapLibre 样式 /styles/basin.json 同源同色，不注记名称。", "Pictures look as by the MapLibre style /styles/basin.json, without names."))
	for _, operation := range []string{"GetCapabilities", "GetTile", "GetFeatureInfo"} {
		fmt.Fprintf(b, `<ows:Operation name="%s"><ows:DCP><ows:HTTP><ows:Get xlink:href="%s/wmts?"><ows:Constraint name="GetEncoding"><ows:AllowedValues><ows:Value>KVP</ows:Value></ows:AllowedValues></ows:Constraint></ows:Get></ows:HTTP></ows:DCP></ows:Operation>`+"\n",
			operation, at)
	}
	b.WriteString("</ows:OperationsMetadata>\n<Contents>\n")
	boxes := make([]*[4]float64, len(layers))
	var all *[4]float64
	for i, l := range layers {
		if boxes[i], err = s.Layers.Extent(ctx, l.ID, a.Who.Clearance()); err != nil {
			return err
		}
		all = around(all, boxes[i])
	}
	everything := layer.Layer{ID: layer.All, Title: layer.Title{Zh: "全部图层", En: "All layers"}}
	wmtsLayer(b, c, everything, all)
	for i, l := range layers {
		wmtsLayer(b, c, l, boxes[i])
	}
	for _, set := range picture.Sets() {
		wmtsSet(b, c, set)
	}
	fmt.Fprintf(b, "</Contents>\n<ServiceMetadataURL xlink:href=\"%s/wmts/1.0.0/WMTSCapabilities.xml\"/>\n</Capabilities>\n", at)
	return c.Blob(http.StatusOK, mediaXML, b.Bytes())
}

// around is the box around two; either may be nil.
func around(a, b *[4]float64) *[4]float64 {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	return &[4]float64{min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])}
}

// wmtsLayer describes a layer; a box that is nil is not known.
func wmtsLayer(b *bytes.Buffer, c echo.Context, l layer.Layer, box *[4]float64) {
	b.WriteString("<Layer>" + bothTitles(c, "Title", l.Title.Zh, l.Title.En))
	if l.Comment != "" {
		b.WriteString("<ows:Abstract>" + xmlText(l.Comment) + "</ows:Abstract>")
	}
	if box != nil {
		room := 0.001 + max(box[2]-box[0], box[3]-box[1])/50 // for what is drawn around places; and GDAL reads no layer without width or height
		fmt.Fprintf(b, `<ows:WGS84BoundingBox><ows:LowerCorner>%.6f %.6f</ows:LowerCorner><ows:UpperCorner>%.6f %.6f</ows:UpperCorner></ows:WGS84BoundingBox>`,
			max(-180, box[0]-room), max(-90, box[1]-room), min(180, box[2]+room), min(90, box[3]+room))
	}
	fmt.Fprintf(b, `<ows:Identifier>%s</ows:Identifier><Style isDefault="true"><ows:Identifier>%s</ows:Identifier></Style><Format>%s</Format>`, l.ID, wmtsStyle, mediaPNG)
	for _, media := range infoFormats {
		b.WriteString("<InfoFormat>" + media + "</InfoFormat>")
	}
	for _, set := range picture.Sets() {
		b.WriteString("<TileMatrixSetLink><TileMatrixSet>" + set.ID + "</TileMatrixSet></TileMatrixSetLink>")
	}
	fmt.Fprintf(b, `<ResourceURL format="%s" resourceType="tile" template="%s/wmts/%s/{style}/{TileMatrixSet}/{TileMatrix}/{TileRow}/{TileCol}.png"/></Layer>`+"\n",
		mediaPNG, xmlText(origin(c)), l.ID)
}

// wmtsSet describes a tile matrix set.
func wmtsSet(b *bytes.Buffer, c echo.Context, set picture.Set) {
	lower, upper := set.Bounds()
	fmt.Fprintf(b, `<TileMatrixSet>%s<ows:Identifier>%s</ows:Identifier><ows:BoundingBox crs="%s"><ows:LowerCorner>%.16g %.16g</ows:LowerCorner><ows:UpperCorner>%.16g %.16g</ows:UpperCorner></ows:BoundingBox>`+
		"<ows:SupportedCRS>%[3]s</ows:SupportedCRS>", bothTitles(c, "Title", set.Zh, set.En), set.ID, set.CRS, lower[0], lower[1], upper[0], upper[1])
	if set.WellKnown != "" {
		b.WriteString("<WellKnownScaleSet>" + set.WellKnown + "</WellKnownScaleSet>")
	}
	corner := set.Corner()
	for level := set.First; level <= set.Last; level++ {
		columns, rows := set.Grid(level)
		fmt.Fprintf(b, "\n<TileMatrix><ows:Identifier>%d</ows:Identifier><ScaleDenominator>%.16g</ScaleDenominator><TopLeftCorner>%.16g %.16g</TopLeftCorner>"+
			"<TileWidth>%d</TileWidth><TileHeight>%[5]d</TileHeight><MatrixWidth>%[6]d</MatrixWidth><MatrixHeight>%[7]d</MatrixHeight></TileMatrix>",
			level, set.Scale(level), corner[0], corner[1], set.Size, columns, rows)
	}
	b.WriteString("</TileMatrixSet>\n")
}
