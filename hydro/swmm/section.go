package swmm

import "basin/hydro/hydraulics"

// use says what becomes of a section.
type use uint8

const (
	read    use = iota
	drawn       // it has no influence on water: it is listed, and its lines are not looked at
	refused     // it has, and is not supported: a line in it is a fault
	passed      // it says something only together with a refused one
)

// part is a section that EPA SWMM 5.2 knows, by how its name begins.
type part struct {
	begins, name string
	use          use
}

// parts are the sections, those with the longer beginning first.
var parts = []part{
	{"[TITLE", "TITLE", read},
	{"[OPTION", "OPTIONS", read},
	{"[FILE", "FILES", read},
	{"[RAINGAGE", "RAINGAGES", read},
	{"[TEMPERATURE", "TEMPERATURE", drawn}, // only snow, and evaporation by temperature, depend on it
	{"[EVAP", "EVAPORATION", read},
	{"[SUBCATCHMENT", "SUBCATCHMENTS", read},
	{"[SUBAREA", "SUBAREAS", read},
	{"[INFIL", "INFILTRATION", read},
	{"[AQUIFER", "AQUIFERS", passed},
	{"[GROUNDWATER", "GROUNDWATER", refused},
	{"[GW_FLOW", "GWF", passed},
	{"[GWF", "GWF", passed},
	{"[SNOWPACK", "SNOWPACKS", refused},
	{"[JUNC", "JUNCTIONS", read},
	{"[OUTFALL", "OUTFALLS", read},
	{"[STORAGE", "STORAGE", read},
	{"[DIVIDER", "DIVIDERS", read},
	{"[CONDUIT", "CONDUITS", read},
	{"[PUMP", "PUMPS", read},
	{"[ORIFICE", "ORIFICES", read},
	{"[WEIR", "WEIRS", read},
	{"[OUTLET", "OUTLETS", read},
	{"[XSECT", "XSECTIONS", read},
	{"[TRANSECT", "TRANSECTS", read},
	{"[LOSS", "LOSSES", read},
	{"[CONTROL", "CONTROLS", read},
	{"[POLLUT", "POLLUTANTS", drawn},
	{"[LANDUSE", "LANDUSES", drawn},
	{"[BUILDUP", "BUILDUP", drawn},
	{"[WASHOFF", "WASHOFF", drawn},
	{"[COVERAGE", "COVERAGES", drawn},
	{"[INFLOW", "INFLOWS", read},
	{"[DWF", "DWF", read},
	{"[PATTERN", "PATTERNS", read},
	{"[RDII", "RDII", read},
	{"[HYDROGRAPH", "HYDROGRAPHS", read},
	{"[LOADING", "LOADINGS", drawn},
	{"[TREATMENT", "TREATMENT", drawn},
	{"[CURVE", "CURVES", read},
	{"[TIMESERIES", "TIMESERIES", read},
	{"[REPORT", "REPORT", drawn},
	{"[MAP", "MAP", drawn},
	{"[COORDINATE", "COORDINATES", drawn},
	{"[VERTICES", "VERTICES", drawn},
	{"[POLYGON", "POLYGONS", drawn},
	{"[SYMBOL", "SYMBOLS", drawn},
	{"[LABEL", "LABELS", drawn},
	{"[BACKDROP", "BACKDROP", drawn},
	{"[TAG", "TAGS", drawn},
	{"[PROFILE", "PROFILES", drawn},
	{"[LID_CONTROL", "LID_CONTROLS", passed},
	{"[LID_USAGE", "LID_USAGE", refused},
	{"[ADJUSTMENT", "ADJUSTMENTS", read},
	{"[EVENT", "EVENTS", refused},
	{"[STREET", "STREETS", read},
	{"[INLET_USAGE", "INLET_USAGE", refused},
	{"[INLET", "INLETS", passed},
}

func sectionOf(line string) (part, bool) {
	for _, s := range parts {
		if match(line, s.begins) == 0 {
			return s, true
		}
	}
	return part{}, false
}

// ignorable says whether an option turns a refused section off.
func (o *Options) ignorable(section string) bool {
	return section == "GROUNDWATER" && o.ignoreGroundwater || section == "SNOWPACKS" && o.ignoreSnow
}

// leave lists the sections that are not read, and refuses those that would change the water.
func (b *build) leave() error {
	for i, s := range parts {
		rows := b.rows[s.name]
		if s.use == read || len(rows) == 0 || i > 0 && parts[i-1].name == s.name {
			continue
		}
		if s.use == refused && !b.model.Options.ignorable(s.name) {
			rows[0].refuse("[" + s.name + "]")
			return rows[0].err
		}
		b.ignore(&rows[0], "["+s.name+"]")
	}
	return nil
}

// ignore lists something that has no influence on water.
func (b *build) ignore(r *row, what string) {
	b.model.Ignored = append(b.model.Ignored, hydraulics.Place{Name: what, Line: r.line})
}
