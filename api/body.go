package api

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"

	"github.com/labstack/echo/v4"

	"basin/fault"
)

// maxSmallBody is the greatest length of a body that describes one thing.
const maxSmallBody = 1 << 20

// readJSON reads a small JSON body into v. Fields that v does not have are refused, and so is what a form on another site's page could send.
func readJSON(c echo.Context, v any) error {
	if err := acceptJSON(c); err != nil {
		return err
	}
	if given := c.Request().Header.Get(echo.HeaderContentEncoding); given != "" && given != "identity" {
		return fault.New(fault.Invalid, "unsupported-media-type", "the body must not be packed as {encoding}", "encoding", short(given))
	}
	d := json.NewDecoder(http.MaxBytesReader(c.Response(), c.Request().Body, maxSmallBody))
	d.DisallowUnknownFields()
	return decodeWhole(d, v)
}

// acceptJSON refuses a body that says to be something else than JSON.
func acceptJSON(c echo.Context) error {
	given := c.Request().Header.Get(echo.HeaderContentType)
	if given == "" {
		return nil
	}
	if media, _, err := mime.ParseMediaType(given); err != nil || media != echo.MIMEApplicationJSON {
		return fault.New(fault.Invalid, "unsupported-media-type", "the body must be of the type application/json, not {type}", "type", short(given))
	}
	return nil
}

func errTooLarge() *fault.Error {
	return fault.New(fault.Invalid, "too-large", "the body is too large")
}

// decodeWhole decodes one JSON value into v and refuses whatever comes after it.
func decodeWhole(d *json.Decoder, v any) error {
	err := d.Decode(v)
	if err == nil {
		if _, extra := d.Token(); !errors.Is(extra, io.EOF) {
			err = errors.New("there is something after the end of the JSON value")
		}
	}
	var large *http.MaxBytesError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &large):
		return errTooLarge()
	}
	return fault.New(fault.Invalid, "bad-json", "the body is not the JSON that is expected here: {why}", "why", short(err.Error()))
}
