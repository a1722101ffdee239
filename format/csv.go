package format

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"basin/layer"
)

// csv writes a table as in RFC 4180: gid, the place, then the attributes. The place is WKT, and longitude and latitude besides where the layer draws points.
func (j *job) csv() error {
	if j.opts.BOM {
		if err := j.put([]byte("\uFEFF")); err != nil {
			return err
		}
	}
	place := j.placeNames()
	line := appendCell(nil, "gid")
	for _, name := range place {
		line = appendCell(append(line, ','), name)
	}
	for _, c := range j.layer.Columns {
		line = appendCell(append(line, ','), inert(c.Name))
	}
	if err := j.put(append(line, "\r\n"...)); err != nil {
		return err
	}
	return j.each(func(r layer.Row) error {
		values, err := r.Values()
		if err != nil {
			return err
		}
		line = strconv.AppendInt(line[:0], r.GID, 10)
		if len(place) > 1 {
			lon, lat := lonLat(r)
			line = append(append(append(append(line, ','), lon...), ','), lat...)
		}
		line = append(line, ',')
		if r.Geometry != nil {
			line = appendCell(line, string(r.Geometry))
		}
		for _, c := range j.layer.Columns {
			line = append(line, ',')
			if v := values[c.Name]; !layer.Null(v) {
				text, err := plain(v)
				if err != nil {
					return err
				}
				line = appendCell(line, inert(text))
			}
		}
		return j.put(append(line, "\r\n"...))
	})
}

// placeNames names the columns of the place: the last is for WKT, those before it, if any, for longitude and latitude, or easting and northing. Where they are not in
// CRS84 their names end with the number of their system in the register of EPSG, for nothing else in the file can say it. No attribute has such a name.
func (j *job) placeNames() []string {
	names, crs := []string{"wkt"}, j.opts.CRS
	if j.layer.GeometryType == "point" {
		if names = []string{"lon", "lat", "wkt"}; !crs.Geographic() {
			names = []string{"x", "y", "wkt"}
		}
	}
	for i, name := range names {
		if crs.SRID != 0 {
			name += "_" + strconv.Itoa(crs.SRID)
		}
		names[i] = j.unused(name)
	}
	return names
}

// unused is the name, with underscores after it until no attribute has it in any case of its letters.
func (j *job) unused(name string) string {
	for {
		taken := false
		for _, c := range j.layer.Columns {
			taken = taken || strings.EqualFold(c.Name, name)
		}
		if !taken {
			return name
		}
		name += "_"
	}
}

// lonLat reads a row's WKT where it is one point.
func lonLat(r layer.Row) (lon, lat string) {
	if r.Kind != "POINT" {
		return "", ""
	}
	_, inside, _ := strings.Cut(strings.TrimSuffix(string(r.Geometry), ")"), "(")
	numbers := strings.Fields(inside)
	if len(numbers) < 2 {
		return "", ""
	}
	return numbers[0], numbers[1]
}

// plain is a value of JSON as text: strings without their quotes.
func plain(v json.RawMessage) (string, error) {
	if v[0] != '"' {
		return string(v), nil
	}
	var s string
	if err := json.Unmarshal(v, &s); err != nil {
		return "", fmt.Errorf("value: %w", err)
	}
	return s, nil
}

// inert puts an apostrophe before a text that a spreadsheet would run as a formula. Numbers stay as they are.
func inert(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(s)[0]) {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil && strings.Trim(s, "0123456789+-.eE") == "" {
		return s
	}
	return "'" + s
}

// appendCell appends a cell, in quotes where it needs them. Empty text is a pair of quotes, so that it is not null.
func appendCell(to []byte, s string) []byte {
	if s != "" && !strings.ContainsAny(s, "\",\r\n") && s[0] != ' ' && s[len(s)-1] != ' ' {
		return append(to, s...)
	}
	to = append(to, '"')
	to = append(to, strings.ReplaceAll(s, `"`, `""`)...)
	return append(to, '"')
}
