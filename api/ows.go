package api

import (
	"bytes"
	"encoding/xml"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"basin/fault"
)

// What WFS and WMTS have in common: OWS Common.

const mediaXML = "text/xml; charset=utf-8"

// owsAsk is a request by parameters. Their names are in small letters, as their case says nothing.
type owsAsk map[string]string

// owsError is an error as OWS Common names it.
type owsError struct{ code, locator, text string }

func (f owsError) Error() string { return f.text }

// owsAnswer has a request by parameters answered, and answers with its error, if there is one, in the form of a version of the service. Locator is the name of the
// parameter that names layers.
func owsAnswer(c echo.Context, a Ask, version, locator string, answer func(ask owsAsk) error) error {
	return owsRefuse(c, version, locator, answer(owsRead(a.Extra)))
}

// owsRead reads parameters. Of those whose names differ by case alone one counts, always the same.
func owsRead(extra url.Values) owsAsk {
	ask := owsAsk{}
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		given, key := extra[name], strings.ToLower(name)
		if _, twice := ask[key]; !twice && len(given) > 0 && len(given[0]) <= maxParam {
			ask[key] = given[0]
		}
	}
	return ask
}

// owsRefuse answers with an error as OWS Common has it. What is no fault of the asker stays as it is.
func owsRefuse(c echo.Context, version, locator string, err error) error {
	var w owsError
	switch f := fault.Of(err); {
	case err == nil:
		return nil
	case errors.As(err, &w):
	case f != nil && f.Kind == fault.NotFound:
		w = owsError{"InvalidParameterValue", locator, f.Fill(f.Text)}
	case f != nil && f.Kind == fault.Invalid:
		w = owsError{"InvalidParameterValue", "", f.Fill(f.Text)}
	default:
		return err
	}
	at := ""
	if w.locator != "" {
		at = ` locator="` + w.locator + `"`
	}
	return c.Blob(http.StatusBadRequest, mediaXML, []byte(xml.Header+`<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1" version="`+version+
		`"><ows:Exception exceptionCode="`+w.code+`"`+at+`><ows:ExceptionText>`+xmlText(w.text)+"</ows:ExceptionText></ows:Exception></ows:ExceptionReport>\n"))
}

// whole reads a number that is not negative.
func (ask owsAsk) whole(name string, instead, most int) (int, error) {
	if ask[name] == "" {
		return instead, nil
	}
	n, err := strconv.Atoi(ask[name])
	if err != nil || n < 0 {
		return 0, owsError{"InvalidParameterValue", name, name + " is not a whole number"}
	}
	return min(n, most), nil
}

// must is a parameter that may not be left out.
func (ask owsAsk) must(name string) (string, error) {
	given := ask[strings.ToLower(name)]
	if given == "" {
		return "", owsError{"MissingParameterValue", name, name + " is missing"}
	}
	return given, nil
}

// xmlText writes text as it may stand in XML.
func xmlText(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}
