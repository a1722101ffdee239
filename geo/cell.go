package geo

import (
	"fmt"

	"github.com/uber/h3-go/v4"

	"basin/fault"
)

// Cell is an H3 cell.
type Cell int64

// CellResolution is the resolution at which readings are indexed; coarser cells are always parents of these, for a directly computed
// parent differs for one point in fifteen.
const CellResolution = 9

// CellAt is the cell of resolution CellResolution that holds a place.
func CellAt(lon, lat float64) (Cell, error) {
	c, err := h3.LatLngToCell(h3.NewLatLng(lat, lon), CellResolution)
	if err != nil {
		return 0, fault.New(fault.Invalid, "bad-place", "{lon}, {lat} is not a longitude and a latitude", "lon", lon, "lat", lat)
	}
	return Cell(c), nil
}

// Parent is the cell of a coarser resolution that c belongs to; c itself at its own.
func Parent(c Cell, resolution int) (Cell, error) {
	if h3.Cell(c).Resolution() == resolution {
		return c, nil
	}
	p, err := h3.Cell(c).Parent(resolution)
	if err != nil {
		return 0, fmt.Errorf("parent of cell %s: %w", c, err)
	}
	return Cell(p), nil
}

// CellCentre is the centre of a cell.
func CellCentre(c Cell) (lon, lat float64) {
	ll, err := h3.Cell(c).LatLng()
	if err != nil {
		return 0, 0
	}
	return ll.Lng, ll.Lat
}

// CellOutline is the boundary of a cell, closed: five to ten corners, for an edge of the icosahedron adds some.
func CellOutline(c Cell) ([]Place, error) {
	b, err := h3.Cell(c).Boundary()
	if err != nil {
		return nil, fmt.Errorf("outline of cell %s: %w", c, err)
	}
	out := make([]Place, 0, len(b)+1)
	for _, ll := range b {
		out = append(out, Place{ll.Lng, ll.Lat})
	}
	return append(out, out[0]), nil
}

// String is the cell as H3 writes it, in hexadecimal.
func (c Cell) String() string { return h3.Cell(c).String() }
