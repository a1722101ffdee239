package format

import (
	"fmt"

	"basin/layer"
)

// node is an object of PROJJSON.
type node map[string]any

const schemaProjJSON = "https://proj.org/schemas/v0.7/projjson.schema.json"

func epsg(code int) node { return node{"authority": "EPSG", "code": code} }

func axis(name, short, direction, unit string) node {
	return node{"name": name, "abbreviation": short, "direction": direction, "unit": unit}
}

// projJSON describes a reference system in PROJJSON, as GeoParquet wants it; nil for CRS84, which needs none.
func projJSON(crs layer.CRS) node {
	switch crs.SRID {
	case 0:
		return nil
	case 4326:
		return geographic(4326, "WGS 84", "World Geodetic System 1984", "WGS 84", 298.257223563)
	case 4490:
		return cgcs2000()
	case 3857:
		return projected(3857, "WGS 84 / Pseudo-Mercator", projJSON(layer.CRS{SRID: 4326}), "Popular Visualisation Pseudo Mercator", 1024, 0, 0,
			axis("Easting", "X", "east", "metre"), axis("Northing", "Y", "north", "metre"))
	}
	zone := layer.ZoneOf(crs)
	name := fmt.Sprintf("Gauss-Kruger CM %dE", zone.Meridian)
	if zone.Number > 0 {
		name = fmt.Sprintf("Gauss-Kruger zone %d", zone.Number)
	}
	if zone.Width == 3 {
		name = "3-degree " + name
	}
	return projected(crs.SRID, "CGCS2000 / "+name, cgcs2000(), "Transverse Mercator", 9807, zone.Meridian, zone.Number*1_000_000+500_000,
		axis("Northing", "X", "north", "metre"), axis("Easting", "Y", "east", "metre"))
}

func cgcs2000() node {
	return geographic(4490, "China Geodetic Coordinate System 2000", "China 2000", "CGCS2000", 298.257222101)
}

// geographic is a system of latitude and longitude.
func geographic(code int, name, datum, ellipsoid string, flattening float64) node {
	return node{"$schema": schemaProjJSON, "type": "GeographicCRS", "name": name, "id": epsg(code),
		"datum":             node{"type": "GeodeticReferenceFrame", "name": datum, "ellipsoid": node{"name": ellipsoid, "semi_major_axis": 6378137, "inverse_flattening": flattening}},
		"coordinate_system": node{"subtype": "ellipsoidal", "axis": []node{axis("Geodetic latitude", "Lat", "north", "degree"), axis("Geodetic longitude", "Lon", "east", "degree")}}}
}

// projected is a system in metres on a cylinder that touches the Earth.
func projected(code int, name string, base node, method string, methodCode, meridian, easting int, axes ...node) node {
	parameter := func(name string, code, value int, unit string) node {
		return node{"name": name, "value": value, "unit": unit, "id": epsg(code)}
	}
	parameters := []node{parameter("Latitude of natural origin", 8801, 0, "degree"), parameter("Longitude of natural origin", 8802, meridian, "degree"),
		parameter("False easting", 8806, easting, "metre"), parameter("False northing", 8807, 0, "metre")}
	if methodCode == 9807 {
		parameters = append(parameters, parameter("Scale factor at natural origin", 8805, 1, "unity"))
	}
	return node{"$schema": schemaProjJSON, "type": "ProjectedCRS", "name": name, "id": epsg(code), "base_crs": base,
		"conversion":        node{"name": name, "method": node{"name": method, "id": epsg(methodCode)}, "parameters": parameters},
		"coordinate_system": node{"subtype": "Cartesian", "axis": axes}}
}
