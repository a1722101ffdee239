package ingest

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"

	"basin/fault"
)

// stationColumns are the columns of a file of field stations. The first three must be there.
func stationColumns() []string {
	return []string{"address", "protocol", "station", "vendor", "password", "zone", "elements", "quirks"}
}

// ReadStations reads a CSV file of field stations, in UTF-8 with a header: address, protocol, station, and where wanted vendor, password, zone, elements
// (39=level.inner 20=rainfall_day) and quirks, the latter two divided by spaces or semicolons.
func ReadStations(from io.Reader) ([]Station, error) {
	bad := func(line int, why string) error {
		return fault.New(fault.Invalid, "bad-stations", "line {line}: {why}", "line", line, "why", why)
	}
	text, err := io.ReadAll(io.LimitReader(from, maxStationBody+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxStationBody {
		return nil, tooLarge()
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	header, err := r.Read()
	if err != nil {
		return nil, bad(1, "no header")
	}
	at := map[string]int{}
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(stationColumns(), name) {
			return nil, bad(1, "there is no column "+clip(name)+": "+strings.Join(stationColumns(), ", "))
		}
		at[name] = i
	}
	for _, name := range stationColumns()[:3] {
		if _, ok := at[name]; !ok {
			return nil, bad(1, "the column "+name+" is missing")
		}
	}
	var out []Station
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fault.New(fault.Invalid, "bad-stations-file", "the file is not CSV: {why}", "why", err.Error())
		}
		line, _ := r.FieldPos(0)
		cell := func(name string) string {
			if i, ok := at[name]; ok && i < len(row) {
				return strings.TrimSpace(row[i])
			}
			return ""
		}
		s := Station{Address: cell("address"), Protocol: cell("protocol"), Station: cell("station"), Vendor: cell("vendor"), Password: cell("password")}
		s.Zone, s.Quirks = cell("zone"), words(cell("quirks"))
		if s.Elements, err = ReadElements(cell("elements")); err != nil {
			return nil, bad(line, err.Error())
		}
		out = append(out, s)
	}
}

// ReadElements reads what elements mean: element=property or element=property.role, divided by spaces or semicolons.
func ReadElements(text string) (map[string]string, error) {
	var out map[string]string
	for _, word := range words(text) {
		element, meaning, ok := strings.Cut(word, "=")
		if !ok || element == "" || meaning == "" {
			return nil, badField("elements", word)
		}
		if out == nil {
			out = map[string]string{}
		}
		out[element] = meaning
	}
	return out, nil
}

// words are the words of a text, divided by white space or semicolons; nil where there are none.
func words(text string) []string {
	out := strings.FieldsFunc(text, func(r rune) bool { return r == ';' || unicode.IsSpace(r) })
	if len(out) == 0 {
		return nil
	}
	return out
}
