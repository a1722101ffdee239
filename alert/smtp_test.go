package alert_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"mime"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"basin/alert"
)

// postOffice is a server of mail that speaks SMTP over a socket, with STARTTLS unless it is plain, and refuses the first letters.
type postOffice struct {
	address string
	pool    *x509.CertPool
	mu      sync.Mutex
	log     []string
	letters []string
	refuse  int
}

func openPostOffice(t *testing.T, plain bool, refuse int) *postOffice {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := &postOffice{address: l.Addr().String(), pool: x509.NewCertPool(), refuse: refuse}
	o.pool.AddCert(cert)
	settings := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	if plain {
		settings = nil
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go o.serve(c, settings)
		}
	}()
	t.Cleanup(func() { _ = l.Close() })
	return o
}

func (o *postOffice) serve(c net.Conn, settings *tls.Config) {
	defer func() { _ = c.Close() }()
	in := bufio.NewReader(c)
	say := func(line string) { fmt.Fprintf(c, "%s\r\n", line) }
	say("220 post office")
	secure := false
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		verb, rest, _ := strings.Cut(line, " ")
		o.mu.Lock()
		o.log = append(o.log, line)
		o.mu.Unlock()
		switch strings.ToUpper(verb) {
		case "EHLO":
			say("250-post office")
			if settings != nil && !secure {
				say("250-STARTTLS")
			}
			say("250 AUTH PLAIN")
		case "STARTTLS":
			say("220 go on")
			c = tls.Server(c, settings)
			in, secure = bufio.NewReader(c), true
		case "AUTH":
			want := "PLAIN " + base64.StdEncoding.EncodeToString([]byte("\x00duty\x00pass word"))
			if rest != want || !secure {
				say("535 no")
				continue
			}
			say("235 welcome")
		case "MAIL", "RCPT":
			say("250 good")
		case "DATA":
			say("354 go on")
			var letter strings.Builder
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				letter.WriteString(line)
			}
			o.mu.Lock()
			if o.refuse > 0 {
				o.refuse--
				say("451 later")
			} else {
				o.letters = append(o.letters, letter.String())
				say("250 taken")
			}
			o.mu.Unlock()
		case "QUIT":
			say("221 bye")
			return
		default:
			say("500 what?")
		}
	}
}

// TestMail: a letter in Chinese over STARTTLS, with a password, to a server that puts it off first.
func TestMail(t *testing.T) {
	b := newBench(t)
	o := openPostOffice(t, false, 1)
	b.channel(alert.ChannelRequest{Kind: alert.Mail, Address: "duty@example.org"})
	b.play(3.2, 3.2)
	b.post(alert.SenderConfig{})
	if q := b.queue(); q.Waiting != 1 || !strings.Contains(q.Error, "--smtp-url") {
		t.Errorf("%+v", q)
	}
	s, err := alert.ParseSMTP("smtp://duty:pass%20word@"+o.address, "basin@example.org")
	if err != nil {
		t.Fatal(err)
	}
	b.due()
	b.post(alert.SenderConfig{SMTP: s})
	if q := b.queue(); q.Waiting != 1 || !strings.Contains(q.Error, "certificate") {
		t.Errorf("sent to a server that nobody vouches for: %+v", q)
	}
	s.Roots = o.pool
	b.due()
	b.post(alert.SenderConfig{SMTP: s})
	if q := b.queue(); q.Waiting != 1 || !strings.Contains(q.Error, "451") {
		t.Errorf("%+v", q)
	}
	b.due()
	b.post(alert.SenderConfig{SMTP: s})
	if q := b.queue(); q.Waiting != 0 || len(o.letters) != 1 {
		t.Fatalf("%+v %d %v", q, len(o.letters), o.log)
	}
	letter, err := mail.ReadMessage(strings.NewReader(o.letters[0]))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(letter.Header.Get("Subject"))
	if err != nil || subject != "一号站水位超限黄色预警" || letter.Header.Get("To") != "duty@example.org" || letter.Header.Get("From") != "basin@example.org" {
		t.Errorf("%s %v", subject, letter.Header)
	}
	body, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, letter.Body))
	if err != nil || !strings.Contains(string(body), "达到警戒水位 3.00 m") {
		t.Errorf("%s %v", body, err)
	}

	// Without TLS only where that was said, and never with a password.
	plain := openPostOffice(t, true, 0)
	for text, ok := range map[string]bool{"smtp://" + plain.address: false, "smtp://" + plain.address + "?starttls=no": true} {
		b.play(2, 2, 2, 2, 3.2, 3.2)
		s, err := alert.ParseSMTP(text, "basin@example.org")
		if err != nil {
			t.Fatal(err)
		}
		b.exec(`DELETE FROM alert.delivery WHERE id < (SELECT max(id) FROM alert.delivery)`)
		b.due()
		b.post(alert.SenderConfig{SMTP: s})
		if q := b.queue(); (q.Waiting == 0) != ok {
			t.Errorf("%s: %+v", text, q)
		}
	}
	for _, text := range []string{"http://example.org", "smtp://", "smtp://example.org/path", "smtp://u:p@example.org?starttls=no", "smtps://example.org?starttls=no", "smtp://example.org?x=1", ":"} {
		if _, err := alert.ParseSMTP(text, "basin@example.org"); err == nil || strings.Contains(err.Error(), "u:p") {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := alert.ParseSMTP("smtp://example.org", "nobody\r\n"); err == nil {
		t.Error("a sender of two lines was taken")
	}
}
