package api

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/layer"
)

// Link points at something related, as in OGC API and RFC 8288.
type Link struct {
	Href  string `json:"href"`
	Rel   string `json:"rel"`
	Type  string `json:"type,omitempty"`
	Title string `json:"title,omitempty"`

	Method string `json:"method,omitempty"` // GET when absent; POST means that the same body is sent again
}

// Landing is the landing page of the OGC API.
type Landing struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Links       []Link `json:"links"`
}

// Conformance lists the conformance classes of OGC API that hold here.
type Conformance struct {
	ConformsTo []string `json:"conformsTo"`
}

// Collections lists the collections of features.
type Collections struct {
	Links       []Link       `json:"links"`
	Collections []Collection `json:"collections"`
}

// Collection is a layer as OGC API sees it.
type Collection struct {
	ID          string   `json:"id"`
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	Attribution string   `json:"attribution,omitempty"`
	Links       []Link   `json:"links"`
	Extent      *Extent  `json:"extent,omitempty"` // absent where there are no features
	ItemType    string   `json:"itemType"`
	CRS         []string `json:"crs"`
	StorageCRS  string   `json:"storageCrs"`
	Editable    bool     `json:"editable,omitempty"` // whether whoever asks may edit its features
}

// Extent is where the features of a collection are.
type Extent struct {
	Spatial SpatialExtent `json:"spatial"`
}

// SpatialExtent is a box: west, south, east, north.
type SpatialExtent struct {
	BBox [][4]float64 `json:"bbox"`
	CRS  string       `json:"crs"`
}

// Words of OGC API.
const (
	relQueryables = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
	relSortables  = "http://www.opengis.net/def/rel/ogc/1.0/sortables"
	relSchema     = "http://www.opengis.net/def/rel/ogc/1.0/schema"
	relFunctions  = "http://www.opengis.net/def/rel/ogc/1.0/functions"
	relConforms   = "http://www.opengis.net/def/rel/ogc/1.0/conformance"
	mediaGeoJSON  = "application/geo+json"
	mediaSchema   = "application/schema+json"
	mediaMVT      = "application/vnd.mapbox-vector-tile"
	mediaOpenAPI  = "application/vnd.oai.openapi+json;version=3.1"
)

// conformance are the classes that tests have shown to hold.
var conformance = []string{
	"http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
	"http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
	"http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
	"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
	"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
	"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
	"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
	"http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/create-replace-delete",
	"http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/update",
	"http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/schemas",
	"http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/sortables",
	"http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
	"http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
	"http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
	"http://www.opengis.net/spec/cql2/1.0/conf/advanced-comparison-operators",
	"http://www.opengis.net/spec/cql2/1.0/conf/case-insensitive-comparison",
	"http://www.opengis.net/spec/cql2/1.0/conf/accent-insensitive-comparison",
	"http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions",
	"http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions-plus",
	"http://www.opengis.net/spec/cql2/1.0/conf/spatial-functions",
	"http://www.opengis.net/spec/cql2/1.0/conf/temporal-functions",
	"http://www.opengis.net/spec/cql2/1.0/conf/array-functions",
	"http://www.opengis.net/spec/cql2/1.0/conf/property-property",
	"http://www.opengis.net/spec/cql2/1.0/conf/functions",
	"http://www.opengis.net/spec/cql2/1.0/conf/arithmetic",
}

func paramCollection() access.Param {
	return access.Param{Name: "id", In: "path", Type: "string", Doc: "identifier of a layer, for instance river"}
}

func paramFormat() access.Param {
	return access.Param{Name: "f", In: "query", Type: "string", Enum: []string{"json"}, Doc: "the form of the answer"}
}

// ogcEndpoints serve OGC API Features.
func (s *Server) ogcEndpoints() []Endpoint {
	get := func(path, summary, example string, response any, media string, handle func(echo.Context, Ask) error, params ...access.Param) Endpoint {
		return Endpoint{access.Route{Method: http.MethodGet, Path: path, Tag: "layer", Summary: summary, Roles: access.Everyone(),
			Params: params, Response: response, Media: media, Example: example}, handle}
	}
	id, form := paramCollection(), paramFormat()
	return []Endpoint{
		get("/ogc", "Landing page of OGC API Features", "/ogc", Landing{}, "", s.ogcLanding, form),
		get("/ogc/conformance", "Conformance classes that hold", "/ogc/conformance", Conformance{}, "", s.ogcConformance, form),
		get("/ogc/functions", "Functions that a filter may call", "/ogc/functions", FilterFunctions{}, "", s.ogcFunctions, form),
		get("/ogc/collections", "Layers as collections of features", "/ogc/collections", Collections{}, "", s.ogcCollections, form),
		get("/ogc/collections/{id}", "A layer as a collection of features", "/ogc/collections/river", Collection{}, "", s.ogcCollection, id, form),
		get("/ogc/collections/{id}/queryables", "The properties by which features can be asked for, as JSON Schema", "/ogc/collections/river/queryables", nil,
			mediaSchema, s.ogcQueryables, id, form),
		get("/ogc/collections/{id}/sortables", "The properties by which features can be put in order, as JSON Schema", "/ogc/collections/river/sortables", nil,
			mediaSchema, s.ogcSortables, id, form),
		get("/ogc/collections/{id}/schema", "The properties of features, as JSON Schema", "/ogc/collections/river/schema", nil, mediaSchema, s.ogcSchema, id, form),
		get("/ogc/collections/{id}/items", "Features of a layer", "/ogc/collections/river/items?limit=2&filter=name_en%20LIKE%20%27%25River%27%20AND%20rank%3C%3E%27county%27", FeaturePage{}, mediaGeoJSON,
			s.ogcItems, s.itemsParams()...),
		get("/ogc/collections/{id}/stats", "Features of a layer counted and measured, all together or by those of another",
			"/ogc/collections/river/stats?group_by=area&property=attested_length_km", Stats{}, "", s.ogcStats, append(statsParams(), form)...),
		get("/ogc/collections/{id}/items/{fid}", "A feature", "", FeatureItem{}, mediaGeoJSON, s.ogcItem, id, form, paramCRS(),
			access.Param{Name: "fid", In: "path", Type: "string", Doc: "the feature's id, a whole number"}),
	}
}

// origin is how the client reached this server. What a proxy says of itself is not believed, for anyone can say it.
func origin(c echo.Context) string {
	scheme := "http://"
	if c.Request().TLS != nil {
		scheme = "https://"
	}
	return scheme + c.Request().Host
}

// self links to what was asked for.
func self(c echo.Context, media string) Link {
	return Link{Href: origin(c) + c.Request().URL.RequestURI(), Rel: "self", Type: media}
}

// collectionURL is the address of a collection.
func collectionURL(c echo.Context, id string) string {
	return origin(c) + "/ogc/collections/" + url.PathEscape(id)
}

func (s *Server) ogcLanding(c echo.Context, _ Ask) error {
	base := origin(c)
	const description = "The digital twin of a city and its water: its layers as features and vector tiles."
	return c.JSON(http.StatusOK, Landing{Title: "basin", Description: description, Links: []Link{
		self(c, echo.MIMEApplicationJSON),
		{Href: base + "/openapi.json", Rel: "service-desc", Type: mediaOpenAPI, Title: "The operations, for programs"},
		{Href: base + "/docs", Rel: "service-doc", Type: "text/html", Title: "The operations, to read"},
		{Href: base + "/ogc/conformance", Rel: "conformance", Type: echo.MIMEApplicationJSON, Title: "Conformance classes"},
		{Href: base + "/ogc/conformance", Rel: relConforms, Type: echo.MIMEApplicationJSON, Title: "Conformance classes"},
		{Href: base + "/ogc/functions", Rel: relFunctions, Type: echo.MIMEApplicationJSON, Title: "Functions of filters"},
		{Href: base + "/ogc/collections", Rel: "data", Type: echo.MIMEApplicationJSON, Title: "The layers"},
	}})
}

func (s *Server) ogcConformance(c echo.Context, _ Ask) error {
	return c.JSON(http.StatusOK, Conformance{ConformsTo: conformance})
}

func (s *Server) ogcCollections(c echo.Context, a Ask) error {
	layers, err := s.Layers.List(c.Request().Context(), a.Who.Clearance())
	if err != nil {
		return err
	}
	out := Collections{Links: []Link{self(c, echo.MIMEApplicationJSON)}, Collections: []Collection{}}
	for _, l := range layers {
		collection, err := s.describe(c, l, a.Who)
		if err != nil {
			return err
		}
		out.Collections = append(out.Collections, collection)
	}
	return c.JSON(http.StatusOK, out)
}

func (s *Server) ogcCollection(c echo.Context, a Ask) error {
	l, err := s.Layers.Get(c.Request().Context(), a.Text("id"), a.Who.Clearance())
	if err != nil {
		return err
	}
	out, err := s.describe(c, l, a.Who)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, out)
}

// describe describes a layer as a collection.
func (s *Server) describe(c echo.Context, l layer.Layer, who access.Principal) (Collection, error) {
	box, err := s.Layers.Extent(c.Request().Context(), l.ID, who.Clearance())
	if err != nil {
		return Collection{}, err
	}
	at := collectionURL(c, l.ID)
	out := Collection{ID: l.ID, Title: l.Title.En, Description: l.Comment, Attribution: l.Attribution, ItemType: "feature",
		CRS: systems(), StorageCRS: layer.CRS{}.URI(), Editable: editable(l, who), Links: []Link{
			{Href: at, Rel: "self", Type: echo.MIMEApplicationJSON},
			{Href: at + "/items", Rel: "items", Type: mediaGeoJSON, Title: "Features"},
			{Href: at + "/queryables", Rel: relQueryables, Type: mediaSchema, Title: "Properties to ask by"},
			{Href: at + "/sortables", Rel: relSortables, Type: mediaSchema, Title: "Properties to sort by"},
			{Href: at + "/schema", Rel: relSchema, Type: mediaSchema, Title: "Properties"},
			{Href: origin(c) + "/tiles/" + l.ID + ".json", Rel: "related", Type: echo.MIMEApplicationJSON, Title: "Vector tiles, as TileJSON"},
		}}
	if chinese(c) && l.Title.Zh != "" {
		out.Title = l.Title.Zh
	}
	if box != nil {
		out.Extent = &Extent{Spatial: SpatialExtent{BBox: [][4]float64{*box}, CRS: layer.CRS{}.URI()}}
	}
	return out, nil
}

// systems are the addresses of the reference systems in which layers are served.
func systems() []string {
	var out []string
	for _, crs := range layer.CRSs() {
		out = append(out, crs.URI())
	}
	return out
}

func (s *Server) ogcQueryables(c echo.Context, a Ask) error { return s.sendSchema(c, a, relQueryables) }

func (s *Server) ogcSortables(c echo.Context, a Ask) error { return s.sendSchema(c, a, relSortables) }

func (s *Server) ogcSchema(c echo.Context, a Ask) error { return s.sendSchema(c, a, relSchema) }

// sendSchema answers with a layer's properties as JSON Schema: all, those by which features can be asked for, or those by which they can be put in order.
func (s *Server) sendSchema(c echo.Context, a Ask, rel string) error {
	queryable := rel == relQueryables
	l, err := s.Layers.Get(c.Request().Context(), a.Text("id"), a.Who.Clearance())
	if err != nil {
		return err
	}
	properties := map[string]any{}
	if rel != relSortables {
		properties["geometry"] = map[string]any{"title": "Geometry", "format": geometryFormat(l), "x-ogc-role": "primary-geometry"}
	}
	for i, column := range l.Columns {
		if queryable && column.Queryable() && !s.filterable(column) || rel == relSortables && !column.Sortable() {
			continue
		}
		p := map[string]any{"title": column.Name, "x-ogc-propertySeq": i + 1}
		if column.Comment != "" {
			p["title"], p["description"] = column.Comment, column.Comment
		}
		if l.Own {
			constrain(p, column)
		}
		switch column.Type {
		case layer.TypeDate, layer.TypeTime:
			p["type"], p["format"] = "string", column.Type
		case layer.TypeJSON:
			if p["type"] = "array"; queryable { // filters know lists only
				break
			}
			p["type"] = []string{"object", "array", "string", "number", "boolean", "null"}
		default:
			p["type"] = column.Type
		}
		properties[column.Name] = p
	}
	out := map[string]any{"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": origin(c) + c.Request().URL.Path, "type": "object",
		"title": l.Title.En, "description": l.Comment, "properties": properties}
	if rel != relSchema {
		out["additionalProperties"] = false
	}
	return sendJSON(c, mediaSchema, out)
}

// geometryFormat is what OGC API Features part 5 calls the sort of geometry that a layer holds.
func geometryFormat(l layer.Layer) string {
	switch l.GeometryType {
	case "point":
		return "geometry-point-or-multipoint"
	case "line":
		return "geometry-linestring-or-multilinestring"
	case "polygon":
		return "geometry-polygon-or-multipolygon"
	}
	return "geometry-any"
}

// constrain says in a schema what a column of a layer of users' own takes.
func constrain(property map[string]any, column layer.Column) {
	switch {
	case column.Assigned():
		property["readOnly"] = true
	case column.Name == "geometry_status":
		property["enum"] = layer.GeometryStatuses()
	case column.Name == "accuracy_m":
		property["minimum"] = 0
	}
}
