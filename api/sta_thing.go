package api

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/fault"
	"basin/geo"
	"basin/hydro"
	"basin/sensorthings"
	"basin/twin"
)

// staNewThing is a station as a client describes it, with its place and its datastreams.
type staNewThing struct {
	Name        string         `json:"name"`
	Description string         `json:"description"`
	Properties  map[string]any `json:"properties"`
	Locations   []struct {
		Location json.RawMessage `json:"location"`
	} `json:"Locations"`
	Datastreams []staNewStream `json:"Datastreams"`
}

// staNewStream is a datastream of a new station.
type staNewStream struct {
	Unit *struct {
		Name       *string `json:"name"`
		Symbol     *string `json:"symbol"`
		Definition *string `json:"definition"`
	} `json:"unitOfMeasurement"`
	ObservationType  string `json:"observationType"`
	ObservedProperty *struct {
		sensorthings.Ref
		Name       string `json:"name"`
		Definition string `json:"definition"`
	} `json:"ObservedProperty"`
	Properties map[string]any `json:"properties"`
}

// staKnown is a property that can be observed.
type staKnown struct {
	key              int64
	id, en, zh, unit string
	uname, usym      string
	datum            bool
}

func errThing(why string) error {
	return fault.New(fault.Invalid, "bad-station", "the station cannot be made: {why}", "why", why)
}

// createThing makes a station with its place and its datastreams.
func (s *Server) createThing(c echo.Context, by access.Principal) error {
	if by.Role != access.System {
		return fault.New(fault.Denied, "role-not-allowed", "the role {role} may not do this", "role", string(by.Role))
	}
	var in staNewThing
	if err := readSTA(c, &in); err != nil {
		return err
	}
	ctx := c.Request().Context()
	known, err := s.observables(ctx)
	if err != nil {
		return err
	}
	row, err := in.station()
	if err != nil {
		return err
	}
	at, ok := geo.At(row.Geometry)
	if !ok || len(in.Datastreams) == 0 || len(in.Datastreams) > 100 {
		return errThing("it has one Location and from 1 to 100 Datastreams")
	}
	var streams []twin.Datastream
	codes := map[string]bool{}
	for i, d := range in.Datastreams {
		made, err := d.stream(known, row.Class)
		if err != nil {
			return errThing(fmt.Sprintf("datastream %d: %s", i+1, err))
		}
		made.Thing, made.Longitude, made.Latitude = row.ID(), at[0], at[1]
		made.Code = twin.DatastreamCode(row.Code, made.Property, made.Role, made.Number)
		if codes[made.Code] {
			return errThing("it observes " + made.Code + " twice: tell them apart by role or number")
		}
		codes[made.Code] = true
		streams = append(streams, made)
	}
	gid, err := hydro.Register(ctx, s.DB, row, stationType(streams[0].Property), streams)
	if err != nil {
		return err
	}
	link := origin(c) + staPath + "/Things(" + strconv.FormatInt(gid, 10) + ")"
	c.Response().Header().Set(echo.HeaderLocation, link)
	return c.JSON(http.StatusCreated, map[string]any{"@iot.id": gid, "@iot.selfLink": link})
}

// stationType is the type of a station that chiefly observes a property.
func stationType(property string) string {
	switch property {
	case "level", "discharge", "rainfall":
		return property
	case "gate_opening":
		return "gate"
	case "pump_running":
		return "pump"
	case "chloride", "salinity", "water_temperature":
		return "quality"
	}
	return "other"
}

// taken takes a text out of properties; empty where there is none.
func taken(properties map[string]any, name string) string {
	s, _ := properties[name].(string)
	delete(properties, name)
	return s
}

// station is the row of the register that a new thing becomes.
func (in staNewThing) station() (twin.Row, error) {
	properties := maps.Clone(in.Properties)
	row := twin.Row{Thing: twin.Thing{Kind: "station", Code: taken(properties, "code"),
		Class:      access.Class(cmp.Or(taken(properties, "class"), string(access.Internal))),
		Name:       twin.Name{Zh: taken(properties, "name_zh"), En: taken(properties, "name_en")},
		Provenance: twin.Provenance{Source: strings.TrimSpace(in.Description)}}}
	row.Properties = properties
	switch {
	case strings.TrimSpace(in.Name) == "":
		return row, errThing("name is missing")
	case !slices.Contains(access.Classes(), row.Class):
		return row, errThing("properties.class must be public, internal or restricted")
	case len(in.Locations) != 1:
		return row, errThing("it has one Location and from 1 to 100 Datastreams")
	}
	if row.Name.Zh == "" && strings.ContainsFunc(in.Name, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		row.Name.Zh = in.Name
	} else if row.Name.En == "" {
		row.Name.En = in.Name
	}
	if row.Code == "" {
		b := make([]byte, 6)
		_, _ = rand.Read(b)
		row.Code = "STA-" + hex.EncodeToString(b)
	}
	place := in.Locations[0].Location
	var feature struct {
		Type     string          `json:"type"`
		Geometry json.RawMessage `json:"geometry"`
	}
	if json.Unmarshal(place, &feature) == nil && feature.Type == "Feature" {
		place = feature.Geometry
	}
	g, err := geo.ParseGeoJSON(place)
	if err != nil {
		return row, err
	}
	if g == nil {
		return row, errThing("its Location has no location")
	}
	row.Geometry = g
	return row, geo.CheckDegrees(g)
}

// stream is the datastream that a new one becomes; its error is for people.
func (d staNewStream) stream(known []staKnown, class access.Class) (out twin.Datastream, err error) {
	p := d.ObservedProperty
	if p == nil {
		return out, fmt.Errorf("ObservedProperty is missing")
	}
	n, byID := p.Number()
	i := slices.IndexFunc(known, func(k staKnown) bool {
		if byID {
			return k.key == n
		}
		return slices.Contains([]string{k.id, k.en, k.zh}, p.Name) || p.Definition == staDefinition+k.id
	})
	if i < 0 {
		return out, fmt.Errorf("there is no such ObservedProperty: name one of %s/ObservedProperties", staPath)
	}
	k := known[i]
	if d.ObservationType != "" && !strings.HasSuffix(d.ObservationType, "OM_Measurement") {
		return out, fmt.Errorf("only OM_Measurement can be kept")
	}
	if u := d.Unit; u != nil {
		for _, given := range []struct {
			text  *string
			known []string
		}{{u.Symbol, []string{k.unit, k.usym}}, {u.Name, []string{k.unit, k.uname}}} {
			if given.text != nil && *given.text != "" && !slices.Contains(given.known, *given.text) {
				return out, fmt.Errorf("%s is kept in %s, not in %s", k.id, k.unit, short(*given.text))
			}
		}
	}
	properties := maps.Clone(d.Properties)
	out = twin.Datastream{Property: k.id, Role: taken(properties, "role"), Datum: taken(properties, "datum"),
		Class: access.Class(cmp.Or(taken(properties, "class"), string(class)))}
	if number, ok := properties["number"].(float64); ok {
		if out.Number = int(number); float64(out.Number) != number || out.Number < 1 || out.Number > 10_000 {
			return out, fmt.Errorf("properties.number must be a whole number from 1")
		}
	}
	switch {
	case k.datum && out.Datum == "":
		return out, fmt.Errorf("%s needs a datum in properties.datum; unknown is one", k.id)
	case !k.datum && out.Datum != "":
		return out, fmt.Errorf("%s has no datum", k.id)
	case !slices.Contains(access.Classes(), out.Class):
		return out, fmt.Errorf("properties.class must be public, internal or restricted")
	}
	return out, nil
}

// staDefinition begins the definition of an observed property.
const staDefinition = "urn:basin:property:"
