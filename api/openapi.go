package api

import (
	"encoding/json"
	"html/template"
	"net/http"
	"reflect"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3gen"
	"github.com/labstack/echo/v4"

	"basin/access"
)

// OpenAPI describes every operation, from the same routes that serve them.
func (s *Server) OpenAPI() (*openapi3.T, error) {
	doc := &openapi3.T{OpenAPI: "3.1.0", Info: &openapi3.Info{Title: "basin", Version: s.Version,
		Description: "The digital twin of a city and its water. Times are RFC 3339, coordinates longitude and latitude."},
		Paths: openapi3.NewPaths(), Components: &openapi3.Components{Schemas: openapi3.Schemas{}, SecuritySchemes: openapi3.SecuritySchemes{
			"token":   {Value: &openapi3.SecurityScheme{Type: "http", Scheme: "bearer"}},
			"session": {Value: &openapi3.SecurityScheme{Type: "apiKey", In: "cookie", Name: cookieName}}}}}
	problem, err := schemaOf(Problem{}, doc.Components.Schemas)
	if err != nil {
		return nil, err
	}
	for _, r := range s.Routes() {
		op, err := operation(r, doc.Components.Schemas, problem)
		if err != nil {
			return nil, err
		}
		item := doc.Paths.Value(r.Path)
		if item == nil {
			item = &openapi3.PathItem{}
			doc.Paths.Set(r.Path, item)
		}
		item.SetOperation(r.Method, op)
	}
	return doc, nil
}

// operation describes one route.
func operation(r access.Route, schemas openapi3.Schemas, problem *openapi3.SchemaRef) (*openapi3.Operation, error) {
	op := &openapi3.Operation{Summary: r.Summary, Tags: []string{r.Tag}, Responses: openapi3.NewResponses()}
	op.OperationID = strings.ToLower(r.Method) + strings.NewReplacer("/", "_", "{", "", "}", "", ".", "_", ",", "_").Replace(r.Path)
	roles := make([]string, len(r.Roles))
	anonymous := false
	for i, role := range r.Roles {
		roles[i] = string(role)
		anonymous = anonymous || role == access.Anonymous
	}
	op.Description = "Roles: " + strings.Join(roles, ", ") + "."
	op.Security = &openapi3.SecurityRequirements{{"token": {}}, {"session": {}}}
	if anonymous {
		*op.Security = append(*op.Security, openapi3.SecurityRequirement{})
	}
	for _, p := range r.Params {
		op.Parameters = append(op.Parameters, &openapi3.ParameterRef{Value: parameter(p)})
	}
	if r.Request != nil {
		schema, err := schemaOf(r.Request, schemas)
		if err != nil {
			return nil, err
		}
		content := openapi3.NewContentWithJSONSchemaRef(schema)
		if r.Body != "" {
			content.Get("application/json").Example = json.RawMessage(r.Body)
		}
		op.RequestBody = &openapi3.RequestBodyRef{Value: openapi3.NewRequestBody().WithRequired(true).WithContent(content)}
	}
	good := openapi3.NewResponse().WithDescription(r.Summary)
	switch {
	case r.Response != nil:
		schema, err := schemaOf(r.Response, schemas)
		if err != nil {
			return nil, err
		}
		media := r.Media
		if media == "" {
			media = "application/json"
		}
		good = good.WithContent(openapi3.Content{media: &openapi3.MediaType{Schema: schema}})
	case r.Media != "":
		good = good.WithContent(openapi3.Content{r.Media: &openapi3.MediaType{}})
	}
	op.Responses = openapi3.NewResponses(openapi3.WithName("2XX", good), openapi3.WithName("default",
		openapi3.NewResponse().WithDescription("A problem, RFC 9457").WithContent(openapi3.Content{"application/problem+json": &openapi3.MediaType{Schema: problem}})))
	op.Responses.Set("200", &openapi3.ResponseRef{Value: good})
	op.Responses.Delete("2XX")
	return op, nil
}

// parameter describes one parameter. The parameter named * stands for the properties of a layer.
func parameter(p access.Param) *openapi3.Parameter {
	schema := openapi3.NewStringSchema()
	explode := false
	switch p.Type {
	case "integer", "number":
		schema = &openapi3.Schema{Type: &openapi3.Types{p.Type}}
		if p.Min != 0 || p.Max != 0 {
			schema.Min, schema.Max = &p.Min, &p.Max
		}
	case "boolean":
		schema = openapi3.NewBoolSchema()
	case "time":
		schema.Format = "date-time"
	case "duration":
		schema.Format = "duration"
	case "bbox", "box":
		schema = openapi3.NewArraySchema().WithItems(&openapi3.Schema{Type: &openapi3.Types{"number"}}).WithMinItems(4).WithMaxItems(6)
	case "place":
		schema = openapi3.NewArraySchema().WithItems(&openapi3.Schema{Type: &openapi3.Types{"number"}}).WithMinItems(2).WithMaxItems(2)
	case "list":
		schema = openapi3.NewArraySchema().WithItems(enum(openapi3.NewStringSchema(), p.Enum))
	default:
		schema = enum(schema, p.Enum)
	}
	out := &openapi3.Parameter{Name: p.Name, In: p.In, Description: p.Doc, Required: p.Require || p.In == "path", Schema: &openapi3.SchemaRef{Value: schema}}
	switch {
	case p.Name == "*":
		out.Name = "queryables"
		out.Schema.Value = &openapi3.Schema{Type: &openapi3.Types{"object"}, AdditionalProperties: openapi3.AdditionalProperties{Schema: openapi3.NewStringSchema().NewRef()}}
		yes := true
		out.Style, out.Explode = "form", &yes
	case p.Type == "bbox" || p.Type == "box" || p.Type == "place" || p.Type == "list":
		out.Style, out.Explode = "form", &explode
	}
	return out
}

func enum(s *openapi3.Schema, values []string) *openapi3.Schema {
	for _, v := range values {
		s.Enum = append(s.Enum, v)
	}
	return s
}

// schemaOf is the JSON schema of a Go value's type, in the dialect of OpenAPI 3.1.
func schemaOf(v any, schemas openapi3.Schemas) (*openapi3.SchemaRef, error) {
	raw := reflect.TypeFor[json.RawMessage]()
	return openapi3gen.NewSchemaRefForValue(v, schemas, openapi3gen.UseAllExportedFields(),
		openapi3gen.SchemaCustomizer(func(_ string, t reflect.Type, _ reflect.StructTag, s *openapi3.Schema) error {
			if t == raw {
				*s = openapi3.Schema{}
				return nil
			}
			if s.Nullable {
				s.Nullable = false
				if s.Type != nil {
					types := append(openapi3.Types{}, *s.Type...)
					types = append(types, "null")
					s.Type = &types
				}
			}
			return nil
		}))
}

func (s *Server) openapi(c echo.Context, _ Ask) error {
	doc, err := s.OpenAPI()
	if err != nil {
		return err
	}
	body, err := doc.MarshalJSON()
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "application/vnd.oai.openapi+json;version=3.1", body)
}

// docsPage is the description for people. It needs no script.
var docsPage = template.Must(template.New("docs").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>basin API</title>
<style>body{font:16px/1.5 "Noto Sans CJK SC",sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b2733}
code{background:#eef2f5;padding:.1em .3em;border-radius:3px}h2{border-bottom:1px solid #ccd6dd}section{margin:1.5rem 0}table{border-collapse:collapse}
td,th{text-align:left;padding:.2rem .8rem .2rem 0;vertical-align:top}</style></head><body><main><h1>basin API</h1>
<p>The same for programs: <a href="/openapi.json">OpenAPI 3.1</a>. Errors are problems as in RFC 9457. Programs send <code>Authorization: Bearer TOKEN</code>.</p>
{{range .}}<section><h2>{{.Method}} <code>{{.Path}}</code></h2><p>{{.Summary}}.</p><p>Roles: {{range $i, $r := .Roles}}{{if $i}}, {{end}}{{$r}}{{end}}.
{{if .Body}}Example: <code>{{.Body}}</code> to {{.Example}}{{else if .Example}}Example: <a href="{{.Example}}">{{.Example}}</a>{{end}}</p>
{{if .Params}}<table><tr><th>Parameter</th><th>In</th><th>Type</th><th>Meaning</th></tr>{{range .Params}}<tr><td><code>{{.Name}}</code></td><td>{{.In}}</td><td>{{.Type}}</td>
<td>{{.Doc}}{{if .Enum}} ({{range $i, $e := .Enum}}{{if $i}}, {{end}}{{$e}}{{end}}){{end}}</td></tr>{{end}}</table>{{end}}</section>
{{end}}</main></body></html>`))

func (s *Server) docs(c echo.Context, _ Ask) error {
	c.Response().Header().Set(echo.HeaderContentType, echo.MIMETextHTMLCharsetUTF8)
	c.Response().WriteHeader(http.StatusOK)
	return docsPage.Execute(c.Response(), s.Routes())
}
