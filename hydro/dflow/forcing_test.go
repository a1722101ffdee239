package dflow

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestForcing adds up what flows in, and looks at both boundaries.
func TestForcing(t *testing.T) {
	m, err := Read(t.Context(), filepath.Join(sample(t), mdu))
	if err != nil {
		t.Fatal(err)
	}
	const minute = 600.0
	text, err := os.ReadFile(filepath.Join(sample(t), "boundaries.bc"))
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{} // at that minute
	for _, part := range strings.Split(string(text), "[Forcing]")[1:] {
		name := regexp.MustCompile(`name\s*=\s*(\S+)`).FindStringSubmatch(part)[1]
		if row := regexp.MustCompile(`(?m)^\s*600\.0+\s+(\S+)`).FindStringSubmatch(part); row != nil {
			values[name], _ = strconv.ParseFloat(row[1], 64)
		} else if row := regexp.MustCompile(`(?m)^\s*0\.0+\s+(\S+)`).FindStringSubmatch(part); row != nil {
			values[name], _ = strconv.ParseFloat(row[1], 64)
		}
	}
	want, laterals := values["140703_391887"], 0
	for _, b := range plainly(t, "moergestels_broek_new.ext") {
		if b["discharge"] == "boundaries.bc" {
			want += values[b["id"]]
			laterals++
		}
	}
	got := 0.0
	for _, n := range m.Network.Nodes {
		for _, s := range n.Inflows {
			got += s.At(minute * 60)
		}
		switch n.Name {
		case "140703_391887":
			nearly(t, "discharge at the upper end", n.Inflows[0].At(5400), (0.253075+0.166057)/2, 1e-9)
		case "141134_395446":
			nearly(t, "level at the lower end", n.Level.At(minute*60), values[n.Name], 1e-9)
		}
	}
	nearly(t, "inflow at that minute", got, want, 1e-9)
	if laterals != 65 || want < 2 {
		t.Errorf("%d laterals, %v m³/s", laterals, want)
	}
	t.Logf("%.4f m³/s from %d laterals and a boundary", got, laterals)
}

// TestOtherFiles reads what the sample leaves out: frictions, fields at the start, a rating, blocks and constants.
func TestOtherFiles(t *testing.T) {
	zone := "[General]\nfileVersion = 3.00\n[Global]\nfrictionId = Strickler_10.0\nfrictionType = Manning\nfrictionValue = 0.05\n"
	path := copied(t,
		[3]string{"roughness/r001.ini", "", zone},
		[3]string{"initialconditions/initialFields.ini", "", "[Initial]\nquantity = waterdepth\ndataFile = depth.ini\ndataFileType = 1dField\n[Parameter]\nquantity = frictioncoefficient\n"},
		[3]string{"depth.ini", "", "[Global]\nquantity = waterdepth\nvalue = 0.5\n[Branch]\nbranchId = riv_RS372_175\nnumLocations = 2\nchainage = 0 14.8915908\nvalues = 1 2\n"},
		[3]string{"moergestels_broek_new.ext", "quantity = waterlevelbnd", "quantity = qhbnd"},
		[3]string{"moergestels_broek_new.ext", "nodeId = 141134_395446\n\tforcingFile = boundaries.bc", "nodeId = 141134_395446\n\tforcingFile = rating.bc"},
		[3]string{"rating.bc", "", "[Forcing]\nname = 141134_395446\nfunction = qhtable\nquantity = qhbnd discharge\nunit = m3/s\nquantity = qhbnd waterlevel\nunit = m\n0 7\n2 8\n"},
		[3]string{"moergestels_broek_new.ext", "discharge = REALTIME", "discharge = 0.25"},
		[3]string{"boundaries.bc", "timeInterpolation = linear", "timeInterpolation = block-from\nfactor = 2\noffset = 1"},
		[3]string{"structure.ini", "controlSide = suctionSide", "controlSide = deliverySide\n\tstartLevelDeliverySide = 7\n\tstopLevelDeliverySide = 8"},
		[3]string{mdu, "Tzone                             = 0.", "Tzone                             = 1."},
	)
	m, err := Read(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	n := m.Network
	if n.Start.Format("2006-01-02T15:04") != "1999-12-31T23:00" {
		t.Errorf("in a zone an hour ahead it begins at %v", n.Start)
	}
	if r := n.Rules; len(r) != 2 || !r[0].If.Less || r[0].If.Value != 7 || r[1].If.Less || r[1].Then[0].Setting != 0 || n.Structures[r[0].Then[0].Structure].To != r[0].If.Object {
		t.Errorf("a pump that fills: %+v", r)
	}
	for _, node := range n.Nodes {
		switch node.Name {
		case "140703_391887":
			nearly(t, "discharge in blocks", node.Inflows[0].At(3600+5400), 2*(0.253075+1), 1e-9)
			nearly(t, "depth at the start", node.Start-node.Bed, 0.5, 1e-9)
		case "141134_395446":
			nearly(t, "rating", node.Rating.At(7.25), 0.5, 1e-12)
		case "riv_RS372_175_7.45_up":
			nearly(t, "depth along a branch", node.Start-node.Bed, 1.5, 1e-6)
		}
	}
	text := strings.Join(n.Assumed, "\n")
	if strings.Contains(text, "Strickler_10.0") || !strings.Contains(text, "Strickler_15.0") || strings.Contains(text, "lat_871") {
		t.Errorf("assumed: %s", text)
	}
	before, err := Read(t.Context(), filepath.Join(sample(t), mdu))
	if err != nil {
		t.Fatal(err)
	}
	one, two := m.Network.Reaches[m.Branches[7].Reaches[0]].Points[0], before.Network.Reaches[before.Branches[7].Reaches[0]].Points[0]
	nearly(t, "conveyance of a Manning's n of 0.05 to that of Strickler's 10", one.Section.Conveyance(1)/two.Section.Conveyance(1), 2, 1e-9)
}
