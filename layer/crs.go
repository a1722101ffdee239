package layer

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"basin/fault"
)

// CRS is a coordinate reference system in which features are given and asked for. The zero CRS is CRS84: longitude and latitude.
type CRS struct {
	SRID    int  // in PostGIS; 0 for CRS84
	Swapped bool // whether its first axis points north: latitude first, or northing first
}

// CRS84 is the address of the system in which layers are stored: longitude and latitude.
const CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"

// The Gauss-Krüger zones of CGCS2000, by EPSG: six degrees wide with the zone's number before the easting (4491 to 4501) and without (4502 to 4512), three
// degrees wide with it (4513 to 4533) and without (4534 to 4554).
const firstZone, lastZone = 4491, 4554

// CRSs lists the systems in which every layer is served. CRS84, in which it is stored, comes first.
func CRSs() []CRS {
	out := []CRS{{}, {4326, true}, {4490, true}, {3857, false}}
	for srid := firstZone; srid <= lastZone; srid++ {
		out = append(out, CRS{srid, true})
	}
	return out
}

// Zone is a zone of Gauss and Krüger.
type Zone struct {
	Number   int // as it stands before eastings; 0 where it does not
	Meridian int // in the middle, degrees east
	Width    int // degrees
}

// ZoneOf is the zone of one of the systems from firstZone to lastZone.
func ZoneOf(c CRS) Zone {
	switch n := c.SRID - firstZone; {
	case n < 11:
		return Zone{13 + n, 75 + 6*n, 6}
	case n < 22:
		return Zone{0, 75 + 6*(n-11), 6}
	case n < 43:
		return Zone{25 + n - 22, 75 + 3*(n-22), 3}
	default:
		return Zone{0, 75 + 3*(n-43), 3}
	}
}

// URI is the address of the system as OGC writes it.
func (c CRS) URI() string {
	if c.SRID == 0 {
		return CRS84
	}
	return "http://www.opengis.net/def/crs/EPSG/0/" + strconv.Itoa(c.SRID)
}

// geodetic is the number of the system in PostGIS; CGCS2000 counts as WGS 84, in which features are stored.
func (c CRS) geodetic() int {
	if c.Geographic() {
		return 4326
	}
	return c.SRID
}

// Geographic says whether coordinates are degrees.
func (c CRS) Geographic() bool { return c.SRID == 0 || c.SRID == 4326 || c.SRID == 4490 }

var epsgName = regexp.MustCompile(`^(?:https?://www\.opengis\.net/def/crs/EPSG/[0-9.]+/|urn:ogc:def:crs:EPSG:[0-9.]*:|EPSG:)([0-9]{4,5})$`)

// FindCRS finds a system by its address, or by a short name like EPSG:4549. The empty name is CRS84.
func FindCRS(name string) (CRS, error) {
	switch strings.Trim(name, "[]") { // a safe CURIE stands in brackets
	case "", CRS84, "https" + strings.TrimPrefix(CRS84, "http"), "urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84", "OGC:CRS84", "CRS84":
		return CRS{}, nil
	}
	if m := epsgName.FindStringSubmatch(strings.Trim(name, "[]")); m != nil {
		for _, c := range CRSs() {
			if strconv.Itoa(c.SRID) == m[1] {
				return c, nil
			}
		}
	}
	if len(name) > 80 {
		name = strings.ToValidUTF8(name[:80], "") + "…"
	}
	return CRS{}, fault.New(fault.Invalid, "crs-not-served",
		"layers are not served in {crs}: ask for CRS84, EPSG:4326, 4490, 3857 or 4491 to 4554 by its address, as the collection lists them", "crs", strconv.Quote(name))
}

// holds says whether a place in metres, easting first, can be meant in the system: what lies far beyond would be somewhere else once it is projected back.
func (c CRS) holds(x, y float64) bool {
	const mercatorEnds, pole, beside = 20_037_509, 10_002_000, 2_000_000
	switch {
	case c.Geographic():
		return true
	case c.SRID == 3857:
		return math.Abs(x) <= mercatorEnds && math.Abs(y) <= mercatorEnds
	}
	return math.Abs(x-float64(ZoneOf(c).Number*1_000_000+500_000)) <= beside && math.Abs(y) <= pole
}

// toStored is SQL for a geometry of this system, given in its own axis order unless it has been put right already, as it is stored.
func (c CRS) toStored(sql string) string {
	if c.geodetic() == 4326 {
		return sql
	}
	return "ST_Transform(" + sql + ", 4326)"
}

// placed is SQL for a stored geometry in this system, easting first.
func (c CRS) placed(sql string) string {
	if c.geodetic() != 4326 {
		sql = "ST_Transform(" + sql + ", " + strconv.Itoa(c.geodetic()) + ")"
	}
	return sql
}

// fromStored is SQL for a stored geometry in this system and its axis order.
func (c CRS) fromStored(sql string) string {
	sql = c.placed(sql)
	if c.Swapped {
		sql = "ST_FlipCoordinates(" + sql + ")"
	}
	return sql
}

// digits says to how many decimals coordinates are written: a tenth of a millimetre.
func (c CRS) digits() int {
	if c.Geographic() {
		return 9
	}
	return 4
}
