package alert

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/mail"
	"net/smtp"
	"net/url"
	"strings"
	"time"

	"basin/fault"
)

// SMTP is how mail is sent.
type SMTP struct {
	Roots *x509.CertPool // whom the server's certificate must come from; nil for those that the machine trusts

	host, address  string
	user, password string
	from           string
	wrapped        bool // TLS from the first byte
	open           bool // without TLS
}

// ParseSMTP reads smtp://USER:PASSWORD@HOST:587, which demands STARTTLS unless it ends in ?starttls=no, or smtps://…:465, which speaks TLS at once. Mail comes from
// the address from. Errors do not show the password.
func ParseSMTP(text, from string) (*SMTP, error) {
	bad := fault.New(fault.Invalid, "bad-smtp-url", "BASIN_SMTP_URL is not of the form smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465")
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Path != "" && u.Path != "/" || u.Fragment != "" {
		return nil, bad
	}
	if a, err := mail.ParseAddress(from); err != nil || a.Address != from {
		return nil, fault.New(fault.Invalid, "bad-mail-from", "BASIN_MAIL_FROM is not an address of mail, such as basin@example.org")
	}
	s := &SMTP{host: u.Hostname(), from: from, wrapped: u.Scheme == "smtps", user: u.User.Username()}
	s.password, _ = u.User.Password()
	switch q := u.RawQuery; {
	case q == "starttls=no" && !s.wrapped && s.user == "":
		s.open = true
	case q != "":
		return nil, bad
	}
	port := u.Port()
	if port == "" {
		port = map[bool]string{false: "587", true: "465"}[s.wrapped]
	}
	s.address = net.JoinHostPort(s.host, port)
	return s, nil
}

// send hands a message to the server for an address.
func (s *SMTP) send(ctx context.Context, to string, m message, language string) error {
	settings := &tls.Config{ServerName: s.host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}
	conn, err := (&net.Dialer{Timeout: sendLimit / 2}).DialContext(ctx, "tcp", s.address)
	if err != nil {
		return err //nolint:wrapcheck // says where
	}
	defer conn.Close() //nolint:errcheck // closed by Quit already
	if until, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(until)
	}
	if s.wrapped {
		conn = tls.Client(conn, settings)
	}
	c, err := smtp.NewClient(conn, s.host)
	if err != nil {
		return err //nolint:wrapcheck // the server's words
	}
	if !s.wrapped && !s.open {
		if offered, _ := c.Extension("STARTTLS"); !offered {
			return errors.New("the mail server offers no STARTTLS: ?starttls=no does without")
		}
		if err := c.StartTLS(settings); err != nil {
			return err //nolint:wrapcheck // the server's words
		}
	}
	if s.user != "" {
		if err := c.Auth(smtp.PlainAuth("", s.user, s.password, s.host)); err != nil {
			return fmt.Errorf("the mail server does not know %s: %w", s.user, err)
		}
	}
	if err := c.Mail(s.from); err != nil {
		return err //nolint:wrapcheck // the server's words
	}
	if err := c.Rcpt(to); err != nil {
		return err //nolint:wrapcheck // the server's words
	}
	w, err := c.Data()
	if err != nil {
		return err //nolint:wrapcheck // the server's words
	}
	if _, err := w.Write(s.letter(to, m, language)); err != nil {
		return err //nolint:wrapcheck // says what broke
	}
	if err := w.Close(); err != nil {
		return err //nolint:wrapcheck // the server's words
	}
	_ = c.Quit() // the message is taken already
	return nil
}

// letter is the message as mail.
func (s *SMTP) letter(to string, m message, language string) []byte {
	_, domain, _ := strings.Cut(s.from, "@")
	var b strings.Builder
	for _, h := range [][2]string{
		{"From", s.from}, {"To", to}, {"Subject", mime.BEncoding.Encode("utf-8", strings.NewReplacer("\r", " ", "\n", " ").Replace(m.headline))},
		{"Date", m.Time.Format(time.RFC1123Z)}, {"Message-ID", fmt.Sprintf("<basin.alert.%d@%s>", m.Delivery, domain)},
		{"Auto-Submitted", "auto-generated"}, {"Content-Language", language}, {"MIME-Version", "1.0"}, {"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "base64"},
	} {
		b.WriteString(h[0] + ": " + h[1] + "\r\n")
	}
	b.WriteString("\r\n")
	body := base64.StdEncoding.EncodeToString([]byte(m.Text + "\n"))
	for len(body) > 76 {
		b.WriteString(body[:76] + "\r\n")
		body = body[76:]
	}
	return []byte(b.String() + body + "\r\n")
}
