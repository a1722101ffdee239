package api

import (
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/fault"
)

// Ask is a request whose parameters have been checked against its route.
type Ask struct {
	Who    access.Principal
	values []argument
	Extra  url.Values // parameters that the route does not name, where it allows such; nil for none
	posted bool       // whether they came in a body, where a filter may be longer
	within []byte     // an area in the body, as GeoJSON; nil for none
}

// argument is a parameter that was given, and its value.
type argument struct {
	name  string
	value any
}

// parse checks the parameters of a request against its route. A parameter that the route does not know is refused, so that a misspelt one never passes
// for an answer.
func parse(c echo.Context, r access.Route, p access.Principal) (Ask, error) {
	var query url.Values
	if c.Request().URL.RawQuery != "" {
		query = c.QueryParams()
	}
	return parseQuery(c, query, r, p)
}

// parseQuery is parse with the parameters besides those in the path.
func parseQuery(c echo.Context, query url.Values, r access.Route, p access.Principal) (Ask, error) {
	a := Ask{Who: p, values: make([]argument, 0, len(r.Params))}
	open := false
	for _, param := range r.Params {
		if param.Name == "*" {
			open = true
			continue
		}
		var text string
		if param.In == "path" {
			raw, err := url.PathUnescape(c.Param(param.Name))
			if err != nil {
				return a, badParam(param.Name, "is not properly escaped")
			}
			text = raw
		} else {
			all := query[param.Name]
			if len(all) > 1 {
				return a, badParam(param.Name, "is given more than once")
			}
			text = strings.Join(all, "")
		}
		if text == "" {
			if param.Require || param.In == "path" {
				return a, badParam(param.Name, "is missing")
			}
			continue
		}
		v, why := value(param, text)
		if why != "" {
			return a, badParam(param.Name, why)
		}
		a.values = append(a.values, argument{param.Name, v})
	}
	for name, all := range query {
		if slices.ContainsFunc(r.Params, func(p access.Param) bool { return p.Name == name && p.In == "query" }) {
			continue
		}
		if !open {
			return a, fault.New(fault.Invalid, "unknown-parameter", "there is no parameter {parameter} here", "parameter", short(name))
		}
		if a.Extra == nil {
			a.Extra = url.Values{}
		}
		a.Extra[name] = all
	}
	return a, nil
}

// badParam says what is wrong with a parameter.
func badParam(name, why string) error {
	return fault.New(fault.Invalid, "bad-parameter", "parameter {parameter} {why}", "parameter", short(name), "why", why)
}

// maxParam is the greatest length of a parameter, in bytes.
const maxParam = 8192

// value turns the text of a parameter into what its type says, or says what is wrong with it.
func value(p access.Param, given string) (any, string) {
	if len(given) > maxParam && p.Type != "filter" { // a filter has limits of its own
		return nil, "is too long"
	}
	if strings.ContainsRune(given, 0) {
		return nil, "contains a zero byte"
	}
	if len(p.Enum) > 0 && p.Type != "list" && !slices.Contains(p.Enum, given) {
		return nil, "must be one of " + strings.Join(p.Enum, ", ")
	}
	limited := p.Min != 0 || p.Max != 0
	switch p.Type {
	case "integer":
		n, err := strconv.ParseInt(given, 10, 64)
		if err != nil {
			return nil, "is not a whole number"
		}
		if limited && (float64(n) < p.Min || float64(n) > p.Max) {
			return nil, "must be from " + number(p.Min) + " to " + number(p.Max)
		}
		return n, ""
	case "number":
		x, err := strconv.ParseFloat(given, 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, "is not a number"
		}
		if limited && (x < p.Min || x > p.Max) {
			return nil, "must be from " + number(p.Min) + " to " + number(p.Max)
		}
		return x, ""
	case "boolean":
		b, err := strconv.ParseBool(given)
		if err != nil {
			return nil, "must be true or false"
		}
		return b, ""
	case "time":
		t, err := time.Parse(time.RFC3339, strings.Replace(given, " ", "+", 1)) // an unescaped + arrives as a space
		if err != nil {
			return nil, "is not a time as in RFC 3339, for instance 2026-07-18T08:00:00+08:00"
		}
		return t, ""
	case "duration":
		d, ok := duration(given)
		if !ok {
			return nil, "is not a duration as in ISO 8601, for instance PT10M or P1D"
		}
		return d, ""
	case "bbox":
		return bbox(given)
	case "box":
		return box(given)
	case "place":
		return place(given)
	case "list":
		items := strings.Split(given, ",")
		for _, item := range items {
			if len(p.Enum) > 0 && !slices.Contains(p.Enum, item) {
				return nil, "must list some of " + strings.Join(p.Enum, ", ")
			}
		}
		return items, ""
	}
	return given, ""
}

// place reads a longitude and a latitude.
func place(given string) (any, string) {
	x, y, ok := strings.Cut(given, ",")
	lon, err1 := strconv.ParseFloat(strings.TrimSpace(x), 64)
	lat, err2 := strconv.ParseFloat(strings.TrimSpace(y), 64)
	if !ok || err1 != nil || err2 != nil || !(math.Abs(lon) <= 180 && math.Abs(lat) <= 90) {
		return nil, "must be a longitude and a latitude in degrees"
	}
	return &[2]float64{lon, lat}, ""
}

// box reads four numbers, or six of which the third and the last are heights that are not used: the least coordinates, then the greatest.
func box(given string) (any, string) {
	parts := strings.Split(given, ",")
	if len(parts) == 6 {
		parts = []string{parts[0], parts[1], parts[3], parts[4]}
	}
	var b [4]float64
	for i, part := range parts {
		x, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) || len(parts) != 4 {
			return nil, "must be four numbers: the least coordinates, then the greatest"
		}
		b[i] = x
	}
	if len(parts) != 4 {
		return nil, "must be four numbers: the least coordinates, then the greatest"
	}
	return &b, ""
}

// bbox reads west,south,east,north in degrees. West may be greater than east: the box then crosses the antimeridian.
func bbox(given string) (any, string) {
	parts := strings.Split(given, ",")
	if len(parts) == 6 { // with heights, which are not used
		parts = []string{parts[0], parts[1], parts[3], parts[4]}
	}
	if len(parts) != 4 {
		return nil, "must be four numbers: west,south,east,north"
	}
	var b [4]float64
	for i, part := range parts {
		x, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		limit := []float64{180, 90, 180, 90}[i]
		if err != nil || math.IsNaN(x) || x < -limit || x > limit {
			return nil, "must be four numbers in degrees: west,south,east,north"
		}
		b[i] = x
	}
	if b[1] > b[3] {
		return nil, "has its south north of its north"
	}
	return &b, ""
}

// duration reads the part of ISO 8601 durations that has a fixed length: days, hours, minutes, seconds.
func duration(s string) (time.Duration, bool) {
	rest, ok := strings.CutPrefix(strings.ToUpper(s), "P")
	if !ok || rest == "" {
		return 0, false
	}
	days, clock, hasClock := strings.Cut(rest, "T")
	var total time.Duration
	if days != "" {
		n, err := strconv.Atoi(strings.TrimSuffix(days, "D"))
		if err != nil || !strings.HasSuffix(days, "D") || n < 0 || n > 36600 {
			return 0, false
		}
		total = time.Duration(n) * 24 * time.Hour
	}
	if hasClock {
		d, err := time.ParseDuration(strings.ToLower(clock))
		if err != nil || d < 0 {
			return 0, false
		}
		total += d
	}
	return total, total > 0
}

func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// short clips what a client sent before it is sent back.
func short(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}

// get is the value of a parameter of type T, or what is given instead when it is absent.
func get[T any](a Ask, name string, instead T) T {
	for _, one := range a.values {
		if v, ok := one.value.(T); ok && one.name == name {
			return v
		}
	}
	return instead
}

// Text is the value of a string parameter; empty when absent.
func (a Ask) Text(name string) string { return get(a, name, "") }

// Int is the value of an integer parameter, or what is given instead.
func (a Ask) Int(name string, instead int) int { return int(get(a, name, int64(instead))) }

// Bool is the value of a boolean parameter; false when absent.
func (a Ask) Bool(name string) bool { return get(a, name, false) }

// Time is the value of a time parameter; zero when absent.
func (a Ask) Time(name string) time.Time { return get(a, name, time.Time{}) }

// Duration is the value of a duration parameter; zero when absent.
func (a Ask) Duration(name string) time.Duration { return get(a, name, time.Duration(0)) }

// List is the value of a comma-separated parameter; nil when absent.
func (a Ask) List(name string) []string { return get[[]string](a, name, nil) }

// BBox is the value of a bbox parameter; nil when absent.
func (a Ask) BBox(name string) *[4]float64 { return get[*[4]float64](a, name, nil) }

// Place is the value of a place parameter; nil when absent.
func (a Ask) Place(name string) *[2]float64 { return get[*[2]float64](a, name, nil) }
