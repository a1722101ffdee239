package api

import (
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/fault"
)

// Keys of what is kept with a request.
const (
	keyPrincipal = "basin.principal"
	keyRequest   = "basin.request"
	keyCookie    = "basin.cookie"
)

// cookieName is the session's cookie.
const cookieName = "basin_session"

// identify finds out who asks. A wrong credential is refused rather than taken for no credential, so that a program notices.
func (s *Server) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if header := c.Request().Header.Get("Authorization"); header != "" {
			p, err := s.Auth.ByToken(c.Request().Context(), bearer(c.Request()))
			if err != nil {
				return err
			}
			c.Set(keyPrincipal, p)
		} else if cookie, err := c.Cookie(cookieName); err == nil {
			if found, err := s.Auth.BySession(c.Request().Context(), cookie.Value); err == nil {
				if err := sameOrigin(c.Request()); err != nil {
					return err
				}
				c.Set(keyPrincipal, found)
				c.Set(keyCookie, cookie.Value)
			} else if fault.KindOf(err) != fault.Denied {
				return err
			}
			// An ended session makes its owner an anonymous visitor: the page still shows what is public and offers to sign in.
		}
		return next(c)
	}
}

// bearer is the token of a request; empty where there is none.
func bearer(r *http.Request) string {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return strings.TrimSpace(token)
}

// sameOrigin refuses requests that change something on behalf of a session from another site's page.
func sameOrigin(r *http.Request) error {
	if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions {
		return nil
	}
	origin, err := url.Parse(r.Header.Get("Origin"))
	if err != nil || origin.Host == "" || origin.Host != r.Host {
		return fault.New(fault.Denied, "foreign-origin", "a session may change things only from basin's own pages")
	}
	return nil
}

// principal is who asks: the anonymous visitor where nobody else was found.
func principal(c echo.Context) access.Principal {
	if p, ok := c.Get(keyPrincipal).(access.Principal); ok {
		return p
	}
	return access.Nobody()
}

// permit refuses those whose role the route does not name. Refused writes are audited.
func (s *Server) permit(c echo.Context, r access.Route, p access.Principal) error {
	if slices.Contains(r.Roles, p.Role) {
		return nil
	}
	if r.Method != http.MethodGet && p.Role != access.Anonymous {
		if err := s.Auth.Audit(c.Request().Context(), p, "route.refuse", r.Method+" "+r.Path, "refused", nil, requestID(c)); err != nil {
			return err
		}
	}
	if p.Role == access.Anonymous {
		return fault.New(fault.Denied, "sign-in-needed", "this needs a credential")
	}
	return fault.New(fault.Denied, "role-not-allowed", "the role {role} may not do this", "role", string(p.Role))
}

// requestID identifies a request in the log, in problems and in the audit trail. It is made, and told to the client, when it is asked for first.
func requestID(c echo.Context) string {
	id, known := c.Get(keyRequest).(string)
	if !known {
		b := make([]byte, 8)
		_, _ = rand.Read(b)
		id = hex.EncodeToString(b)
		c.Set(keyRequest, id)
		c.Response().Header().Set("X-Request-Id", id)
	}
	return id
}

// logged gives every request an identifier and writes a line about it, without its query, which may hold what should not be kept. Tiles that are sent as asked, of which
// a map takes hundreds, are counted only, and have no identifier, since nothing would mention it.
func (s *Server) logged(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		tile := ofTile(c.Request().URL.Path)
		if !tile {
			requestID(c)
		}
		err := next(c)
		if err != nil {
			c.Error(err)
		}
		status, took := c.Response().Status, time.Since(start)
		s.observe(c, status, took)
		if status < http.StatusBadRequest && tile {
			return nil
		}
		p := principal(c)
		s.Log.LogAttrs(c.Request().Context(), slog.LevelInfo, "request", slog.String("request", requestID(c)), slog.String("method", c.Request().Method),
			slog.String("path", c.Request().URL.Path), slog.Int("status", status), slog.Int64("bytes", c.Response().Size),
			slog.Duration("took", took), slog.String("peer", c.RealIP()), slog.String("principal", p.ID), slog.String("role", string(p.Role)))
		return nil
	}
}
