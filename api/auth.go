package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/auth"
	"basin/fault"
)

// Session says who is signed in.
type Session struct {
	Role      access.Role  `json:"role"`
	Name      string       `json:"name"`
	Clearance access.Class `json:"clearance"`
	Vendor    string       `json:"vendor,omitempty"` // whose field stations a vendor sees
}

// sessionRequest hands over a token.
type sessionRequest struct {
	Token string `json:"token"`
}

// loginRequest hands over a name and a password.
type loginRequest struct {
	Name     string `json:"name"`
	Password string `json:"password"`
}

// administrators are the roles that hand out credentials.
func administrators() []access.Role { return []access.Role{access.System, access.Security} }

// authEndpoints serve signing in and out, and tokens.
func (s *Server) authEndpoints() []Endpoint {
	id := access.Param{Name: "id", In: "path", Type: "string", Doc: "identifier of the token"}
	return []Endpoint{
		{access.Route{Method: http.MethodGet, Path: "/auth/session", Tag: "auth", Summary: "Who is signed in", Roles: access.Everyone(), Response: Session{},
			Example: "/auth/session"}, s.session},
		{access.Route{Method: http.MethodPost, Path: "/auth/session", Tag: "auth", Summary: "Sign in with a token; answers with a session cookie",
			Roles: access.Everyone(), Request: sessionRequest{}, Response: Session{}}, s.openSession},
		{access.Route{Method: http.MethodDelete, Path: "/auth/session", Tag: "auth", Summary: "Sign out", Roles: access.Everyone()}, s.closeSession},
		{access.Route{Method: http.MethodPost, Path: "/auth/login", Tag: "auth", Summary: "Sign in with a name and a password; answers with a session cookie",
			Roles: access.Everyone(), Request: loginRequest{}, Response: Session{}}, s.login},
		{access.Route{Method: http.MethodPost, Path: "/auth/tokens", Tag: "auth", Summary: "Issue a token, shown this once", Roles: administrators(),
			Request: auth.Grant{}, Response: auth.Issued{}}, s.issueToken},
		{access.Route{Method: http.MethodDelete, Path: "/auth/tokens/{id}", Tag: "auth", Summary: "Revoke a token", Roles: administrators(), Params: []access.Param{id}}, s.revokeToken},
	}
}

func sessionOf(p access.Principal) Session {
	return Session{Role: p.Role, Name: p.Name, Clearance: p.Clearance(), Vendor: p.Vendor}
}

func (s *Server) session(c echo.Context, a Ask) error {
	return c.JSON(http.StatusOK, sessionOf(a.Who))
}

func (s *Server) openSession(c echo.Context, _ Ask) error {
	var body sessionRequest
	if err := readJSON(c, &body); err != nil {
		return err
	}
	cookie, p, err := s.Auth.OpenSession(c.Request().Context(), body.Token, requestID(c))
	if err != nil {
		return err
	}
	return s.signedIn(c, cookie, p)
}

func (s *Server) login(c echo.Context, _ Ask) error {
	var body loginRequest
	if err := readJSON(c, &body); err != nil {
		return err
	}
	select {
	case s.logins <- struct{}{}:
		defer func() { <-s.logins }()
	default:
		return fault.New(fault.Unavailable, "too-many-requests", "too many people are signing in: try again in a moment")
	}
	cookie, p, err := s.Auth.Login(c.Request().Context(), body.Name, body.Password, requestID(c))
	if err != nil {
		return err
	}
	return s.signedIn(c, cookie, p)
}

// signedIn hands the session's cookie to the browser. It is marked secure wherever the request came over TLS.
func (s *Server) signedIn(c echo.Context, cookie string, p access.Principal) error {
	c.SetCookie(&http.Cookie{Name: cookieName, Value: cookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: c.Request().TLS != nil, MaxAge: int(auth.SessionLength / time.Second)})
	return c.JSON(http.StatusOK, sessionOf(p))
}

func (s *Server) closeSession(c echo.Context, _ Ask) error {
	if cookie, ok := c.Get(keyCookie).(string); ok {
		if err := s.Auth.CloseSession(c.Request().Context(), cookie); err != nil {
			return err
		}
	}
	c.SetCookie(&http.Cookie{Name: cookieName, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: c.Request().TLS != nil, MaxAge: -1})
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) issueToken(c echo.Context, a Ask) error {
	var grant auth.Grant
	if err := readJSON(c, &grant); err != nil {
		return err
	}
	issued, err := s.Auth.Issue(c.Request().Context(), a.Who, grant, requestID(c))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, issued)
}

func (s *Server) revokeToken(c echo.Context, a Ask) error {
	if err := s.Auth.Revoke(c.Request().Context(), a.Who, a.Text("id"), requestID(c)); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
