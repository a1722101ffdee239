package geo

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"basin/fault"
)

// CRS is a coordinate reference system as someone named it. The zero CRS is not known.
type CRS struct {
	Definition string // for PROJ: EPSG:n, WKT or +proj=…; what coordinates are in after Shift and Grid
	Shift      string // "gcj02" or "bd09": un-shift first; empty for none
	Grid       *Grid4 // a city grid: apply first; nil for none
}

// WGS84 is longitude and latitude.
func WGS84() CRS { return CRS{Definition: "EPSG:4326"} }

// Geographic says whether coordinates are longitude and latitude that need no projection; CGCS2000 counts as WGS 84.
func (c CRS) Geographic() bool {
	return c.Definition == "EPSG:4326" || c.Definition == "EPSG:4490"
}

var (
	epsg = regexp.MustCompile(`(?i)^(?:urn:ogc:def:crs:)?(?:https?://www\.opengis\.net/def/crs/)?EPSG[:/](?:[0-9.]*[:/])?([0-9]{4,6})$`)
	bare = regexp.MustCompile(`^[0-9]{4,6}$`)
	wkt  = regexp.MustCompile(`(?i)^\s*(GEOGCS|PROJCS|COMPD_CS|GEOGCRS|PROJCRS|GEODCRS|COMPOUNDCRS|BOUNDCRS)\s*\[`)
)

// ParseCRS reads the name of a coordinate system:
//
//	EPSG:4549, 4549, urn:ogc:def:crs:EPSG::4549    by number
//	CRS84, GCJ-02, BD-09                           by name
//	PROJCS[…], PROJCRS[…], …                       by WKT
//	+proj=tmerc … +towgs84=dx,dy,dz,rx,ry,rz,s     by PROJ, a city grid with seven parameters included
//	grid4:EPSG:4549;dx=…,dy=…,rotation=…,scale=…   a city grid by four parameters into another system
//
// In grid4 dx and dy are metres, rotation is in seconds of arc anticlockwise, scale in parts per million.
func ParseCRS(s string) (CRS, error) {
	s = strings.TrimSpace(s)
	if m := epsg.FindStringSubmatch(s); m != nil {
		return CRS{Definition: "EPSG:" + m[1]}, nil
	}
	switch {
	case bare.MatchString(s):
		return CRS{Definition: "EPSG:" + s}, nil
	case wkt.MatchString(s), strings.HasPrefix(s, "+proj="):
		return CRS{Definition: s}, nil
	case strings.HasPrefix(s, "grid4:"):
		return parseGrid4(s)
	}
	name := strings.ToUpper(strings.NewReplacer("-", "", "_", "", " ", "", ":", "", "/", "").Replace(s))
	switch {
	case strings.HasSuffix(name, "CRS84"), name == "WGS84", name == "CRS84H":
		return WGS84(), nil
	case name == "CGCS2000":
		return CRS{Definition: "EPSG:4490"}, nil
	case name == "GCJ02":
		return CRS{Definition: "EPSG:4326", Shift: "gcj02"}, nil
	case name == "BD09", name == "BD09LL":
		return CRS{Definition: "EPSG:4326", Shift: "bd09"}, nil
	}
	return CRS{}, fault.New(fault.Invalid, "unknown-crs", "{crs} is not a coordinate system that is known: name it as EPSG:4549, GCJ-02, BD-09, WKT, +proj=… or grid4:…", "crs", clip(s))
}

// maxGrid4 bounds the parameters of a city grid: nothing on Earth is further away.
const maxGrid4 = 1e8

func parseGrid4(s string) (CRS, error) {
	base, parameters, ok := strings.Cut(strings.TrimPrefix(s, "grid4:"), ";")
	bad := fault.New(fault.Invalid, "bad-grid", "{crs} is not like grid4:EPSG:4549;dx=1.5,dy=-2,rotation=0.3,scale=1.2", "crs", clip(s))
	if !ok {
		return CRS{}, bad
	}
	c, err := ParseCRS(base)
	if err != nil {
		return CRS{}, err
	}
	c.Grid = &Grid4{}
	seen := map[string]bool{}
	for part := range strings.SplitSeq(parameters, ",") {
		name, text, _ := strings.Cut(strings.TrimSpace(part), "=")
		x, err := strconv.ParseFloat(text, 64)
		target := map[string]*float64{"dx": &c.Grid.DX, "dy": &c.Grid.DY, "rotation": &c.Grid.Rotation, "scale": &c.Grid.Scale}[name]
		if err != nil || target == nil || seen[name] || math.Abs(x) > maxGrid4 || math.IsNaN(x) {
			return CRS{}, bad
		}
		*target, seen[name] = x, true
	}
	if len(seen) != 4 || c.Shift != "" {
		return CRS{}, bad
	}
	return c, nil
}

// Prepare applies Shift or Grid to a place; the result is in Definition.
func (c CRS) Prepare(p Place) Place {
	switch {
	case c.Shift == "gcj02":
		return FromGCJ02(p)
	case c.Shift == "bd09":
		return FromBD09(p)
	case c.Grid != nil:
		return c.Grid.Apply(p)
	}
	return p
}

// clip shortens what a message repeats.
func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}
