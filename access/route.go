package access

// Route describes one operation of the HTTP surface: who may call it, and what it takes and gives. The permission matrix is
// tested from these, parameters are validated by them, and OpenAPI is generated from them.
type Route struct {
	Method   string
	Path     string // with {name} for path parameters
	Tag      string // the noun it belongs to
	Summary  string // one line, English
	Roles    []Role // who may call it
	Params   []Param
	Request  any    // a zero value of the body's type; nil for none
	Response any    // a zero value of the answer's type; nil when Media is not JSON
	Media    string // media type of the answer; empty means application/json
	Body     string // a body that goes with the example
	Example  string // a path with query that works on the shipped region, for documentation and tests; empty when none can be given
}

// Param is a path or query parameter.
type Param struct {
	Name    string
	In      string // "path" or "query"
	Type    string // "string", "integer", "number", "boolean", "bbox", "time", "interval"
	Enum    []string
	Min     float64
	Max     float64 // ignored when Min == Max == 0
	Doc     string
	Require bool
}
