package api

import (
	"bytes"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"basin/layer"
)

// infoFormats are the forms in which WMTS tells what is at a place.
var infoFormats = []string{"application/json", "text/html"}

// Limits of what is told of a place.
const (
	maxInfo   = 10 // features
	infoReach = 5  // points of a screen around the place
)

// wmtsInfo tells what is at a pixel of a picture: features of what is drawn there, those on top first.
func (s *Server) wmtsInfo(c echo.Context, a Ask, ask owsAsk) error {
	ctx := c.Request().Context()
	if ask["format"] == "" { // which GDAL leaves out
		ask["format"] = mediaPNG
	}
	asked, err := s.wmtsAsked(ctx, a, ask)
	if err != nil {
		return err
	}
	given := map[string]string{}
	for _, name := range []string{"I", "J", "InfoFormat"} {
		if given[name], err = ask.must(name); err != nil {
			return err
		}
	}
	if !slices.Contains(infoFormats, given["InfoFormat"]) {
		return owsError{"InvalidParameterValue", "InfoFormat", "this is told as application/json or text/html"}
	}
	i, err := numberBelow(given, "I", asked.set.Size, "PointIJOutOfRange")
	if err != nil {
		return err
	}
	j, err := numberBelow(given, "J", asked.set.Size, "PointIJOutOfRange")
	if err != nil {
		return err
	}
	box := asked.frame.Around(i, j, infoReach)
	found := []infoFeature{}
	for _, l := range slices.Backward(asked.drawn()) {
		page, err := s.Layers.Items(ctx, layer.Query{Layer: l.ID, BBox: &box, Limit: maxInfo}, a.Who.Clearance())
		if err != nil {
			return err
		}
		for _, f := range page.Features {
			found = append(found, infoFeature{l, f})
		}
		if found = found[:min(len(found), maxInfo)]; len(found) == maxInfo {
			break
		}
	}
	if given["InfoFormat"] == "text/html" {
		page, err := infoPage(c, found)
		if err != nil {
			return err
		}
		return c.HTMLBlob(http.StatusOK, page)
	}
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, infoJSON(found))
}

// infoFeature is a feature, as GeoJSON, of a layer.
type infoFeature struct {
	layer   layer.Layer
	geoJSON json.RawMessage
}

func infoJSON(found []infoFeature) []byte {
	b := bytes.NewBufferString(`{"type":"FeatureCollection","features":[`)
	for i, f := range found {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(f.geoJSON)
	}
	b.WriteString("]}")
	return b.Bytes()
}

// infoTemplate shows features to a person.
var infoTemplate = template.Must(template.New("info").Parse(`<!doctype html>
<html lang="{{.Language}}"><head><meta charset="utf-8"><title>basin</title></head><body>
{{range .Features}}<table><caption>{{.Title}}</caption>{{range .Rows}}<tr><th scope="row">{{.Name}}</th><td>{{.Value}}</td></tr>{{end}}</table>
{{end}}</body></html>
`))

type infoTable struct {
	Title string
	Rows  []infoRow
}

type infoRow struct{ Name, Value string }

// infoPage shows features with what is known of each, in the order of its layer's columns.
func infoPage(c echo.Context, found []infoFeature) ([]byte, error) {
	page := struct {
		Language string
		Features []infoTable
	}{Language: "en"}
	if chinese(c) {
		page.Language = "zh"
	}
	for _, f := range found {
		var feature struct{ Properties map[string]json.RawMessage }
		if err := json.Unmarshal(f.geoJSON, &feature); err != nil {
			return nil, err
		}
		table := infoTable{Title: f.layer.Title.En}
		if chinese(c) {
			table.Title = f.layer.Title.Zh
		}
		for _, column := range f.layer.Columns {
			raw := feature.Properties[column.Name]
			text := string(raw)
			if _ = json.Unmarshal(raw, &text); !layer.Null(raw) { // what is no text stays as it is
				table.Rows = append(table.Rows, infoRow{column.Name, text})
			}
		}
		page.Features = append(page.Features, table)
	}
	var b bytes.Buffer
	err := infoTemplate.Execute(&b, page)
	return b.Bytes(), err
}
