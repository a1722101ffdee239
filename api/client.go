package api

import (
	"errors"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/labstack/echo/v4"

	"basin/fault"
)

// client serves the built browser client. Files under assets/ carry a hash in their names and may be kept for ever.
func (s *Server) client(c echo.Context) error {
	name := strings.TrimPrefix(path.Clean("/"+c.Request().URL.Path), "/")
	if name == "" {
		name = "index.html"
	}
	missing := fault.New(fault.NotFound, "no-such-path", "there is nothing at this path")
	if s.Client == nil {
		return missing
	}
	f, err := s.Client.Open(name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		if name == "index.html" {
			return fault.New(fault.NotFound, "client-not-built", "the browser client is not built into this program: make build")
		}
		return missing
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.IsDir() || strings.HasPrefix(path.Base(name), ".") {
		return missing
	}
	cache := "no-cache"
	if strings.HasPrefix(name, "assets/") {
		cache = "public, max-age=31536000, immutable"
	}
	c.Response().Header().Set(echo.HeaderCacheControl, cache)
	kind := mime.TypeByExtension(path.Ext(name))
	if path.Ext(name) == ".mjs" {
		kind = "text/javascript; charset=utf-8"
	}
	if kind == "" {
		kind = "application/octet-stream"
	}
	body, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	if c.Request().Method == http.MethodHead {
		c.Response().Header().Set(echo.HeaderContentType, kind)
		return c.NoContent(http.StatusOK)
	}
	return c.Blob(http.StatusOK, kind, body)
}
