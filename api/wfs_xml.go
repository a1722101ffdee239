package api

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"github.com/labstack/echo/v4"

	"basin/layer"
)

// elements are the names of elements for the columns of a layer: what XML does not allow in a name is an underscore, and all are different.
func elements(l layer.Layer) []string {
	taken := map[string]bool{"geom": true}
	out := make([]string, len(l.Columns))
	for i, c := range l.Columns {
		name := strings.Map(func(r rune) rune {
			if r == '_' || unicode.IsLetter(r) || (r >= '0' && r <= '9') {
				return r
			}
			return '_'
		}, c.Name)
		if name == "" || !unicode.IsLetter([]rune(name)[0]) {
			name = "_" + name
		}
		for taken[name] {
			name += "_"
		}
		taken[name], out[i] = true, name
	}
	return out
}

const capabilitiesHead = xml.Header + `<wfs:WFS_Capabilities version="2.0.0" xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:ows="http://www.opengis.net/ows/1.1"
 xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:fes="http://www.opengis.net/fes/2.0" xmlns:` + wfsPrefix + `="` + wfsURN + `">
<ows:ServiceIdentification><ows:Title>basin</ows:Title><ows:ServiceType>WFS</ows:ServiceType><ows:ServiceTypeVersion>2.0.0</ows:ServiceTypeVersion></ows:ServiceIdentification>
<ows:OperationsMetadata>
`

// wfsCapabilities lists what there is for whoever asks.
func (s *Server) wfsCapabilities(c echo.Context, a Ask) error {
	ctx := c.Request().Context()
	layers, err := s.Layers.List(ctx, a.Who.Clearance())
	if err != nil {
		return err
	}
	b := bytes.NewBufferString(capabilitiesHead)
	for _, operation := range []string{"GetCapabilities", "DescribeFeatureType", "GetFeature"} {
		fmt.Fprintf(b, `<ows:Operation name="%s"><ows:DCP><ows:HTTP><ows:Get xlink:href="%s/wfs"/></ows:HTTP></ows:DCP>`, operation, xmlText(origin(c)))
		if operation == "GetFeature" {
			fmt.Fprintf(b, `<ows:Parameter name="resultType"><ows:AllowedValues><ows:Value>results</ows:Value><ows:Value>hits</ows:Value></ows:AllowedValues></ows:Parameter>`+
				`<ows:Parameter name="outputFormat"><ows:AllowedValues><ows:Value>%s</ows:Value><ows:Value>application/json</ows:Value></ows:AllowedValues></ows:Parameter>`, mediaGML)
		}
		b.WriteString("</ows:Operation>\n")
	}
	b.WriteString(`<ows:Parameter name="version"><ows:AllowedValues><ows:Value>2.0.0</ows:Value></ows:AllowedValues></ows:Parameter>` + "\n")
	for _, yes := range []string{"KVPEncoding", "ImplementsResultPaging"} {
		fmt.Fprintf(b, `<ows:Constraint name="%s"><ows:NoValues/><ows:DefaultValue>TRUE</ows:DefaultValue></ows:Constraint>`+"\n", yes)
	}
	for _, no := range []string{"ImplementsBasicWFS", "ImplementsTransactionalWFS", "ImplementsLockingWFS", "XMLEncoding", "SOAPEncoding", "ImplementsInheritance",
		"ImplementsRemoteResolve", "ImplementsStandardJoins", "ImplementsSpatialJoins", "ImplementsTemporalJoins", "ImplementsFeatureVersioning", "ManageStoredQueries"} {
		fmt.Fprintf(b, `<ows:Constraint name="%s"><ows:NoValues/><ows:DefaultValue>FALSE</ows:DefaultValue></ows:Constraint>`+"\n", no)
	}
	fmt.Fprintf(b, `<ows:Constraint name="CountDefault"><ows:NoValues/><ows:DefaultValue>%d</ows:DefaultValue></ows:Constraint></ows:OperationsMetadata><wfs:FeatureTypeList>`+"\n", layer.MaxLimit)
	for _, l := range layers {
		title := l.Title.En
		if chinese(c) && l.Title.Zh != "" {
			title = l.Title.Zh
		}
		fmt.Fprintf(b, `<wfs:FeatureType><wfs:Name>%s:%s</wfs:Name><wfs:Title>%s</wfs:Title><wfs:Abstract>%s</wfs:Abstract><wfs:DefaultCRS>%s</wfs:DefaultCRS><wfs:OtherCRS>%s</wfs:OtherCRS>`,
			wfsPrefix, l.ID, xmlText(title), xmlText(l.Comment), urn4326, urn3857)
		box, err := s.Layers.Extent(ctx, l.ID, a.Who.Clearance())
		if err != nil {
			return err
		}
		if box != nil {
			fmt.Fprintf(b, `<ows:WGS84BoundingBox><ows:LowerCorner>%g %g</ows:LowerCorner><ows:UpperCorner>%g %g</ows:UpperCorner></ows:WGS84BoundingBox>`, box[0], box[1], box[2], box[3])
		}
		b.WriteString("</wfs:FeatureType>\n")
	}
	b.WriteString("</wfs:FeatureTypeList>\n<fes:Filter_Capabilities><fes:Conformance>")
	for _, class := range []string{"ImplementsQuery", "ImplementsAdHocQuery", "ImplementsFunctions", "ImplementsResourceId", "ImplementsMinStandardFilter", "ImplementsStandardFilter",
		"ImplementsMinSpatialFilter", "ImplementsSpatialFilter", "ImplementsMinTemporalFilter", "ImplementsTemporalFilter", "ImplementsVersionNav", "ImplementsSorting", "ImplementsExtendedOperators"} {
		fmt.Fprintf(b, `<fes:Constraint name="%s"><ows:NoValues/><ows:DefaultValue>FALSE</ows:DefaultValue></fes:Constraint>`, class)
	}
	b.WriteString("</fes:Conformance></fes:Filter_Capabilities></wfs:WFS_Capabilities>\n")
	return c.Blob(http.StatusOK, mediaXML, b.Bytes())
}

// xmlTypes are the types of columns in XML Schema.
var xmlTypes = map[string]string{layer.TypeInteger: "long", layer.TypeNumber: "double", layer.TypeBoolean: "boolean", layer.TypeDate: "date", layer.TypeTime: "dateTime"}

// wfsDescribe answers with the schema of layers: those that are named, or all.
func (s *Server) wfsDescribe(c echo.Context, a Ask, ask owsAsk) error {
	layers, err := s.wfsTypes(c.Request().Context(), a, ask)
	if err != nil {
		return err
	}
	if len(layers) == 0 {
		if layers, err = s.Layers.List(c.Request().Context(), a.Who.Clearance()); err != nil {
			return err
		}
	}
	b := bytes.NewBufferString(xml.Header)
	fmt.Fprintf(b, `<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:%[1]s="%[2]s" targetNamespace="%[2]s" elementFormDefault="qualified">
<xsd:import namespace="http://www.opengis.net/gml/3.2" schemaLocation="http://schemas.opengis.net/gml/3.2.1/gml.xsd"/>
`, wfsPrefix, wfsURN)
	for _, l := range layers {
		fmt.Fprintf(b, `<xsd:complexType name="%sType"><xsd:complexContent><xsd:extension base="gml:AbstractFeatureType"><xsd:sequence>`+"\n", l.ID)
		for i, name := range elements(l) {
			kind := xmlTypes[l.Columns[i].Type]
			if kind == "" {
				kind = "string"
			}
			fmt.Fprintf(b, `<xsd:element name="%s" type="xsd:%s" minOccurs="0"/>`+"\n", name, kind)
		}
		fmt.Fprintf(b, `<xsd:element name="geom" type="gml:GeometryPropertyType" minOccurs="0"/></xsd:sequence></xsd:extension></xsd:complexContent></xsd:complexType>
<xsd:element name="%[1]s" type="%[2]s:%[1]sType" substitutionGroup="gml:AbstractFeature"/>
`, l.ID, wfsPrefix)
	}
	b.WriteString("</xsd:schema>\n")
	return c.Blob(http.StatusOK, mediaXML, b.Bytes())
}
