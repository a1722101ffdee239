package source

import (
	"fmt"
	"testing"

	"basin/fault"
)

// TestArrays reads a NetCDF file at once and, as if it were long, array by array.
func TestArrays(t *testing.T) {
	path := shared(t, "models/dflowfm_moergestels/moergestels_broek_net.nc")
	for _, whole := range []bool{true, false} {
		a, err := OpenArrays(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		a.whole = whole
		names, err := a.Texts(t.Context(), "network1d_branch_id")
		if err != nil || len(names) != 16 || names[0] != "riv_RS372_175" {
			t.Errorf("whole %v: %q, %v", whole, names, err)
		}
		ends, err := a.Numbers(t.Context(), "network1d_edge_nodes")
		if err != nil || fmt.Sprint(ends[:6]) != "[1 2 3 4 5 1]" || len(ends) != 32 {
			t.Errorf("whole %v: %v, %v", whole, ends, err)
		}
		if got := a.Attribute("network1d", "topology_dimension") + a.Attribute("mesh1d", "coordinate_space") + a.Attribute("mesh1d", "none"); got != "1network1d" {
			t.Error(got)
		}
		for name, err := range map[string]error{"no array": errOf(a.Numbers(t.Context(), "none")), "no numbers": errOf(a.Numbers(t.Context(), "network1d_branch_id"))} {
			if f := fault.Of(err); f == nil || f.Code != "unreadable" {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if _, err := OpenArrays(t.Context(), put(t, "a.nc", "nothing")); fault.KindOf(err) != fault.Invalid {
		t.Error(err)
	}
	if _, err := OpenArrays(t.Context(), "NETCDF:none.nc"); fault.KindOf(err) != fault.NotFound {
		t.Error(err)
	}
}

func errOf[T any](_ T, err error) error { return err }
