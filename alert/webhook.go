package alert

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"
	"time"
)

// The headers of a webhook. The signature is the HMAC-SHA256 of the time, a full stop and the body, in hexadecimal.
const (
	headerTime      = "Basin-Time"
	headerSignature = "Basin-Signature"
)

// maxReply bounds what is read of an answer, in bytes.
const maxReply = 64 << 10

// Sign is the signature of a body sent at a time, in seconds since 1970.
func Sign(secret []byte, seconds int64, body []byte) string {
	m := hmac.New(sha256.New, secret)
	fmt.Fprintf(m, "%d.", seconds)
	m.Write(body)
	return "sha256=" + hex.EncodeToString(m.Sum(nil))
}

// post hands a message to a webhook, which has taken it when it answers with 2xx.
func (s *Sender) post(ctx context.Context, d *delivery, m message) error {
	body, err := json.Marshal(m)
	if err != nil {
		return err //nolint:wrapcheck // cannot happen
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.Address, bytes.NewReader(body))
	if err != nil {
		return errors.New("the address is no URL")
	}
	now := time.Now().Unix()
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "basin")
	r.Header.Set(headerTime, strconv.FormatInt(now, 10))
	r.Header.Set(headerSignature, Sign(d.Secret, now, body))
	client := s.client()
	defer client.CloseIdleConnections()
	answer, err := client.Do(r)
	if err != nil {
		if at, ok := errors.AsType[*url.Error](err); ok {
			return at.Err // its own text holds the address, which may hold a secret
		}
		return err //nolint:wrapcheck // says what broke
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxReply))
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return fmt.Errorf("answered with %d", answer.StatusCode)
	}
	return nil
}

// client goes straight to the address, follows nothing, and unless allowed speaks to nobody inside.
func (s *Sender) client() *http.Client {
	dialer := &net.Dialer{Timeout: sendLimit / 2}
	if !s.AllowPrivate {
		dialer.Control = func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || private(at.Addr()) {
				return fmt.Errorf("the address %s is private: --webhook-private allows it", address)
			}
			return nil
		}
	}
	return &http.Client{
		Transport:     &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: sendLimit / 2, ResponseHeaderTimeout: sendLimit, MaxResponseHeaderBytes: maxReply},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// shared is the space of addresses between a provider and its customers, RFC 6598; translated addresses of IPv4 stand in 64:ff9b::/96.
var (
	shared     = netip.MustParsePrefix("100.64.0.0/10")
	translated = netip.MustParsePrefix("64:ff9b::/96")
)

// private says whether an address is none of the open internet.
func private(a netip.Addr) bool {
	a = a.Unmap()
	return !a.IsGlobalUnicast() || a.IsPrivate() || shared.Contains(a) || translated.Contains(a)
}
