package format

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"testing"

	"basin/layer"
)

// TestProjJSON has GDAL read our descriptions of reference systems: they are what its own register says of them.
func TestProjJSON(t *testing.T) {
	if projJSON(layer.CRS{}) != nil {
		t.Error("CRS84 is described")
	}
	for _, crs := range layer.CRSs()[1:] {
		switch crs.SRID { // the ends of each series; each call of GDAL's takes a while
		case 4326, 4490, 3857, 4491, 4501, 4502, 4512, 4513, 4533, 4534, 4549, 4554:
		default:
			continue
		}
		text, err := json.Marshal(projJSON(crs))
		if err != nil {
			t.Fatal(err)
		}
		said := func(what string) string {
			out, err := exec.CommandContext(t.Context(), "gdalsrsinfo", "-o", "proj4", what).Output()
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			return string(out)
		}
		if ours, theirs := said(string(text)), said(fmt.Sprintf("EPSG:%d", crs.SRID)); ours != theirs || len(theirs) < 20 {
			t.Errorf("EPSG:%d: %q is not %q", crs.SRID, ours, theirs)
		}
	}
}
