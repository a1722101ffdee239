package api

import "strings"

// staType is the type of an expression in a query of SensorThings.
type staType uint8

// The types of expressions.
const (
	staNull     staType = iota
	staBool             // boolean
	staInt              // bigint
	staNum              // double precision
	staText             // text
	staTime             // timestamptz
	staPeriod           // two of them: from and to
	staDuration         // interval
	staGeom             // geometry in longitude and latitude
	staJSON             // jsonb
)

// staProperty is a property of an entity. In its SQL every @ stands for what tells the aliases of one use of the entity from those of another.
type staProperty struct {
	name   string
	typ    staType
	sql    string
	until  string // of a period: its end
	costly bool   // answered only where $select names it
}

// staLink is how one entity leads to others.
type staLink struct {
	name string
	to   string // the type of entity
	many bool
	// The entities that a link leads to are those whose key of this name equals the same key of where it comes from: thing, stream or property.
	key string
}

// staEntity is a type of entity: where its rows come from and what they show. Its keys are those of staLink that it has; the first part of its id among
// them.
type staEntity struct {
	typ, set   string
	from       string            // FROM …, with what all readers see
	where      string            // what is an entity of this type; visible is added to it
	visible    []string          // the columns of class that must not exceed the reader's clearance
	id         staProperty       // as it is answered
	keys       map[string]string // SQL of its keys, all of them bigint
	own        string            // the key that identifies it
	order      []string          // what orders its rows beyond doubt
	properties []staProperty
	links      []staLink
}

// SQL of what several entities have.
const (
	staName     = `coalesce(t@.name_en, t@.name_zh, t@.code)`
	staPlace    = `t@.kind || ' ' || t@.code || CASE WHEN t@.source <> '' THEN ', ' || t@.source ELSE '' END`
	staPropKey  = `(('x' || substr(md5(p@.id), 1, 8))::bit(32)::bigint & 2147483647)`
	staObserves = `EXISTS (SELECT FROM twin.datastream v@ WHERE v@.thing = t@.id AND v@.retired IS NULL AND v@.class <= $1::text::auth.class)`
	staStreams  = `twin.datastream d@ JOIN twin.thing t@ ON t@.id = d@.thing JOIN twin.property p@ ON p@.id = d@.property`
	staObsID    = `d@.id || ':' || (extract(epoch FROM r@.time) * 1000000)::bigint`
	staSide     = `coalesce(' ' || d@.role, '') || coalesce(' ' || d@.number, '')`
	staUnitDef  = `'http://unitsofmeasure.org/ucum#' || p@.unit`
	staAbout    = `jsonb_strip_nulls(jsonb_build_object('id', t@.id, 'kind', t@.kind, 'code', t@.code, 'name_zh', t@.name_zh, 'name_en', t@.name_en, ` +
		`'area', t@.area, 'class', t@.class, 'geometry_status', t@.geometry_status, 'accuracy_m', t@.accuracy_m))`
	staOfStream = `jsonb_strip_nulls(jsonb_build_object('code', d@.code, 'property', d@.property, 'datum', d@.datum, 'role', d@.role, 'number', d@.number, ` +
		`'class', d@.class, 'interval_s', d@.interval_s, 'stale_after_s', d@.stale_after_s))`
	staUnit = `CASE WHEN p@.unit = '1' THEN '{"name": null, "symbol": null, "definition": null}'::jsonb ELSE jsonb_build_object(` +
		`'name', ` + staUnitName + `, 'symbol', ` + staUnitSymbol + `, 'definition', ` + staUnitDef + `) END`
	staUnitName = `CASE p@.unit WHEN 'm' THEN 'metre' WHEN 'm3/s' THEN 'cubic metre per second' WHEN 'm/s' THEN 'metre per second' WHEN 'mm' THEN 'millimetre' ` +
		`WHEN 'mg/L' THEN 'milligram per litre' WHEN 'g/kg' THEN 'gram per kilogram' WHEN 'Cel' THEN 'degree Celsius' WHEN 'V' THEN 'volt' ELSE p@.unit END`
	staUnitSymbol = `CASE p@.unit WHEN 'm3/s' THEN 'm³/s' WHEN 'Cel' THEN '°C' ELSE p@.unit END`
	staFirst      = `(SELECT f@.time FROM twin.reading f@ WHERE f@.datastream = d@.id ORDER BY f@.time LIMIT 1)`
	staLast       = `(SELECT l@.time FROM twin.latest l@ WHERE l@.datastream = d@.id)`
	staIssued     = `(SELECT %(i@.issued) FROM twin.reading i@ WHERE i@.datastream = d@.id)`
	staFlags      = `(SELECT coalesce(jsonb_agg(q@.code ORDER BY q@.bit), '[]') FROM twin.quality_flag q@ WHERE r@.flags::integer & (1 << q@.bit) <> 0)`
	staMeasures   = `'http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement'::text`
	staGeoJSON    = `'application/geo+json'::text`
)

// Keys of links.
const (
	staThing  = "thing"
	staStream = "stream"
	staProp   = "property"
)

// onThing makes a type of entity that is another view of a thing: its place, its sensor.
func onThing(typ, set string, placed bool, properties []staProperty, links ...staLink) *staEntity {
	e := &staEntity{typ: typ, set: set, from: "twin.thing t@", where: staObserves, visible: []string{"t@.class"}, own: staThing,
		id: staProperty{"id", staInt, "t@.gid", "", false}, keys: map[string]string{staThing: "t@.gid"}, order: []string{"t@.gid"},
		properties: properties, links: links}
	if placed {
		e.where += " AND t@.geom IS NOT NULL"
	}
	return e
}

func staTexts(name, description string) []staProperty {
	return []staProperty{{"name", staText, name, "", false}, {"description", staText, description, "", false}}
}

// staEntities are the types of entities, in the order of the root document.
func staEntities() []*staEntity {
	place := func(geometry string) []staProperty {
		return append(staTexts(staName, `'Place of ' || `+staPlace), staProperty{"encodingType", staText, staGeoJSON, "", false},
			staProperty{geometry, staGeom, "t@.geom", "", false}, staProperty{"properties", staJSON, staAbout, "", false})
	}
	streams := `d@.retired IS NULL`
	both := []string{"d@.class", "t@.class"}
	things, locations := staLink{"Things", "Thing", true, staThing}, staLink{"Locations", "Location", true, staThing}
	history, datastreams := staLink{"HistoricalLocations", "HistoricalLocation", true, staThing}, staLink{"Datastreams", "Datastream", true, staThing}
	return []*staEntity{
		onThing("Thing", "Things", false, append(staTexts(staName, staPlace), staProperty{"properties", staJSON, "t@.properties || " + staAbout, "", false}),
			locations, history, datastreams),
		onThing("Location", "Locations", true, place("location"), things, history),
		onThing("HistoricalLocation", "HistoricalLocations", true, []staProperty{{"time", staTime, "t@.changed", "", false}},
			staLink{"Thing", "Thing", false, staThing}, locations),
		{typ: "Datastream", set: "Datastreams", from: staStreams, where: streams, visible: both, own: staStream, id: staProperty{"id", staInt, "d@.id", "", false},
			keys:  map[string]string{staThing: "t@.gid", staStream: "d@.id", staProp: staPropKey},
			order: []string{"d@.id"},
			properties: append(staTexts(staName+` || ': ' || p@.title_en || `+staSide,
				`p@.title_en || `+staSide+` || ' of ' || t@.kind || ' ' || t@.code || coalesce(', datum ' || d@.datum, '')`),
				staProperty{"observationType", staText, staMeasures, "", false}, staProperty{"unitOfMeasurement", staJSON, staUnit, "", false},
				staProperty{"observedArea", staGeom, "CASE WHEN ST_Dimension(t@.geom) = 0 THEN t@.geom ELSE ST_Envelope(t@.geom) END", "", false},
				staProperty{"phenomenonTime", staPeriod, staFirst, staLast, false},
				staProperty{"resultTime", staPeriod, strings.ReplaceAll(staIssued, "%", "min"), strings.ReplaceAll(staIssued, "%", "max"), true},
				staProperty{"properties", staJSON, staOfStream, "", false}),
			links: []staLink{{"Thing", "Thing", false, staThing}, {"Sensor", "Sensor", false, staThing}, {"ObservedProperty", "ObservedProperty", false, staProp},
				{"Observations", "Observation", true, staStream}}},
		onThing("Sensor", "Sensors", false, append(staTexts(`'Sensor of ' || `+staName, `'What observes at ' || `+staPlace),
			staProperty{"encodingType", staText, `'text/plain'::text`, "", false},
			staProperty{"metadata", staText, `'No description of the instruments at ' || t@.kind || ' ' || t@.code || ' is kept.'`, "", false},
			staProperty{"properties", staJSON, `jsonb_build_object('thing', t@.id)`, "", false}), datastreams),
		{typ: "ObservedProperty", set: "ObservedProperties", from: "twin.property p@", where: "$1::text IS NOT NULL", own: staProp,
			id: staProperty{"id", staInt, staPropKey, "", false}, keys: map[string]string{staProp: staPropKey}, order: []string{"p@.id"},
			properties: append([]staProperty{{"name", staText, "p@.title_en", "", false}, {"definition", staText, `'urn:basin:property:' || p@.id`, "", false},
				{"description", staText, `p@.title_en || ' (' || p@.title_zh || '), unit ' || p@.unit`, "", false}},
				staProperty{"properties", staJSON, `jsonb_build_object('id', p@.id, 'name_zh', p@.title_zh, 'unit', p@.unit, 'datum_needed', p@.datum)`, "", false}),
			links: []staLink{{"Datastreams", "Datastream", true, staProp}}},
		{typ: "Observation", set: "Observations", from: "twin.reading r@ JOIN twin.datastream d@ ON d@.id = r@.datastream JOIN twin.thing t@ ON t@.id = d@.thing " +
			"JOIN twin.property p@ ON p@.id = d@.property", where: streams, visible: both, own: staStream, id: staProperty{"id", staText, staObsID, "", false},
			keys: map[string]string{staThing: "t@.gid", staStream: "d@.id", staProp: staPropKey}, order: []string{"r@.datastream", "r@.time"},
			properties: []staProperty{{"phenomenonTime", staTime, "r@.time", "", false}, {"resultTime", staTime, "r@.issued", "", false},
				{"result", staNum, "(r@.value / power(10::float8, p@.scale))", "", false}, {"resultQuality", staJSON, staFlags, "", false},
				{"parameters", staJSON, `jsonb_build_object('received', to_char(r@.received AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'operator', r@.operator)`,
					"", false}},
			links: []staLink{{"Datastream", "Datastream", false, staStream}, {"FeatureOfInterest", "FeatureOfInterest", false, staThing}}},
		onThing("FeatureOfInterest", "FeaturesOfInterest", true, place("feature"), staLink{"Observations", "Observation", true, staThing}),
	}
}

// property finds a property by its name; the identifier has two.
func (e *staEntity) property(name string) (staProperty, bool) {
	if name == "id" || name == "@iot.id" {
		return e.id, true
	}
	for _, p := range e.properties {
		if p.name == name {
			return p, true
		}
	}
	return staProperty{}, false
}

// link finds what an entity leads to.
func (e *staEntity) link(name string) (staLink, bool) {
	for _, l := range e.links {
		if l.name == name {
			return l, true
		}
	}
	return staLink{}, false
}

// leads finds what an entity leads to by a name that a client gave: a set's name is taken for an entity's and the other way round, HistoricalLocations/Location
// in a filter and $expand=Things of a HistoricalLocation, for clients write both.
func (m *sta) leads(e *staEntity, name string) (staLink, bool) {
	if l, ok := e.link(name); ok {
		return l, true
	}
	if other := m.of[name]; other != nil {
		for _, l := range e.links {
			if l.to == other.typ {
				return l, true
			}
		}
	}
	return staLink{}, false
}

// sta is the model: its entities by type and by set.
type sta struct {
	list []*staEntity
	of   map[string]*staEntity
}

func newSTA() *sta {
	m := &sta{list: staEntities(), of: map[string]*staEntity{}}
	for _, e := range m.list {
		m.of[e.typ], m.of[e.set] = e, e
	}
	return m
}

// within is SQL with the aliases of one use of an entity.
func within(sql, use string) string { return strings.ReplaceAll(sql, "@", use) }

// rows is FROM and WHERE of the entities that a reader may see, whose clearance is the first parameter.
func (e *staEntity) rows(use string) (from, where string) {
	where = e.where
	for _, column := range e.visible {
		where += " AND " + column + " <= $1::text::auth.class"
	}
	return within(e.from, use), within(where, use)
}
