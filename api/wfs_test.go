package api_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"basin/access"
)

// TestGDALReadsWFS has GDAL's client of WFS read layers for each clearance, page by page, and hold every feature against the items.
func TestGDALReadsWFS(t *testing.T) {
	b := newMapBench(t)
	odd(t, b)
	for _, clearance := range access.Classes() {
		for _, name := range []string{"station", "odd"} {
			want := items(t, b, "/ogc/collections/"+name+"/items", clearance)
			args := []string{"-f", "GeoJSONSeq", "/vsistdout/", "WFS:" + b.url + "/wfs?VERSION=2.0.0", "basin:" + name, "-lco", "COORDINATE_PRECISION=9", "-t_srs", "EPSG:4326",
				"--config", "OGR_WFS_PAGING_ALLOWED", "ON", "--config", "OGR_WFS_PAGE_SIZE", "5", "--config", "GML_DOWNLOAD_SCHEMA", "NO"}
			if token := b.tokens[clearance]; token != "" {
				args = append(args, "--config", "GDAL_HTTP_HEADERS", "Authorization: Bearer "+token)
			}
			cmd := exec.CommandContext(context.Background(), "ogr2ogr", args...)
			var said bytes.Buffer
			cmd.Stderr = &said
			out, err := cmd.Output()
			if err != nil || strings.Contains(said.String(), "ERROR") {
				t.Fatalf("%v: %s", err, said.String())
			}
			got := decode(t, out)
			if len(got) != len(want) {
				t.Errorf("%s, %s: GDAL reads %d features, want %d: %s", clearance, name, len(got), len(want), said.String())
				continue
			}
			for i := range want {
				if got[i].Properties["gml_id"] != fmt.Sprintf("%s.%s", name, want[i].ID) || !sameGeometry(t, want[i], got[i]) {
					t.Errorf("%s: %v is not %v", name, got[i], want[i])
				}
				for column, was := range want[i].Properties {
					if is := got[i].Properties[column]; !same(was, is) && was != "" && was != "\ttab" { // GDAL trims text
						t.Errorf("%s %s: %s was %v and is %v", name, want[i].ID, column, was, is)
					}
				}
			}
		}
	}
}

// TestWFSRequests asks in all ways, and reads what comes as XML.
func TestWFSRequests(t *testing.T) {
	b := newMapBench(t)
	odd(t, b)
	for query, want := range map[string]string{
		"service=WFS&request=GetCapabilities":                                                             "basin:station",
		"SERVICE=WFS&REQUEST=DescribeFeatureType&VERSION=2.0.0&TYPENAMES=basin:odd":                       `<xsd:element name="moment" type="xsd:dateTime" minOccurs="0"/>`,
		"request=GetFeature&typeNames=station&count=2":                                                    `numberMatched="12" numberReturned="2"`,
		"request=GetFeature&typeNames=station&startIndex=10&count=5":                                      `numberMatched="12" numberReturned="2"`,
		"request=GetFeature&typeNames=station&resultType=hits":                                            `numberMatched="12" numberReturned="0"`,
		"request=GetFeature&typeNames=station&bbox=31.9,120.505,32.05,120.535":                            `numberMatched="3" numberReturned="3"`,
		"request=GetFeature&typeNames=station&bbox=120.505,31.9,120.535,32.05,EPSG:4326":                  `numberMatched="3" numberReturned="3"`,
		"request=GetFeature&typeNames=station&bbox=31.9,120.505,32.05,120.535,urn:ogc:def:crs:EPSG::4326": `numberMatched="3" numberReturned="3"`,
		"request=GetFeature&typeNames=station&bbox=13414555,3749820,13417895,3769500,EPSG:3857":           `numberMatched="3" numberReturned="3"`,
		"request=GetFeature&resourceId=odd.1,odd.2":                                                       `numberMatched="2" numberReturned="2"`,
		"request=GetFeature&resourceId=odd.4":                                                             `numberMatched="0" numberReturned="0"`, // restricted
		"request=GetFeature&typeNames=odd&srsName=EPSG:3857&count=1":                                      "urn:ogc:def:crs:EPSG::3857",
		"request=GetFeature&typeNames=odd&count=1":                                                        "<gml:posList srsDimension=\"2\">32 120 ",
		"request=GetFeature&typeNames=parks":                                                              `exceptionCode="InvalidParameterValue" locator="typeNames"`,
		"request=GetFeature&typeNames=nope":                                                               `exceptionCode="InvalidParameterValue" locator="typeNames"`,
		"request=GetFeature&typeNames=odd,station":                                                        `exceptionCode="OptionNotSupported"`,
		"request=GetFeature":                                    `exceptionCode="MissingParameterValue"`,
		"request=GetFeature&typeNames=odd&bbox=1,2":             `locator="bbox"`,
		"request=GetFeature&typeNames=odd&count=-1":             `locator="count"`,
		"request=GetFeature&typeNames=odd&srsName=EPSG:4549":    `locator="srsName"`,
		"request=GetFeature&typeNames=odd&filter=%3CFilter/%3E": `exceptionCode="OptionNotSupported"`,
		"request=Transaction":                                   `exceptionCode="OperationNotSupported"`,
		"":                                                      `exceptionCode="MissingParameterValue"`,
		"service=WMS":                                           `locator="service"`,
		"request=GetFeature&version=1.1.0&typeName=odd":         `locator="version"`,
	} {
		res, body := b.get(t, "/wfs?"+query, access.Public)
		if !bytes.Contains(body, []byte(want)) || (res.StatusCode != http.StatusOK) != bytes.Contains(body, []byte("ExceptionReport")) {
			t.Errorf("%s: %d, no %s in %.1500s", query, res.StatusCode, want, body)
		}
		if bytes.Contains(body, []byte("parks")) && !strings.Contains(query, "parks") {
			t.Errorf("%s tells of a layer that is not public", query)
		}
		wellFormed(t, query, body)
	}
	res, body := b.get(t, "/wfs?request=GetFeature&typeNames=odd&outputFormat=application/json&count=2", access.Public)
	if res.Header.Get("Content-Type") != "application/json" || !bytes.Contains(body, []byte(`"numberMatched":12,"numberReturned":2,`)) {
		t.Errorf("%s", body)
	}
}

// wellFormed holds that an answer is XML.
func wellFormed(t *testing.T, what string, body []byte) {
	t.Helper()
	for d := xml.NewDecoder(bytes.NewReader(body)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
	}
}
