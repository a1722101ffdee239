package ingest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/packets"

	"basin/fault"
)

// brokerURL reads the address of a broker. A password in it would end up in logs, so it is refused there.
func brokerURL(text string) (*url.URL, error) {
	bad := fault.New(fault.Invalid, "bad-mqtt-url",
		"BASIN_MQTT_URL is not like mqtt://HOST:1883 or mqtts://HOST:8883; user and password have variables of their own")
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return nil, bad
	}
	port := map[string]string{"mqtt": "1883", "tcp": "1883", "mqtts": "8883", "ssl": "8883", "tls": "8883"}[u.Scheme]
	if port == "" {
		return nil, bad
	}
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), port)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// brokerTLS trusts the authorities of a file, or those of the machine when none is named.
func brokerTLS(file string) (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	if file == "" {
		return cfg, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("BASIN_MQTT_CA: %w", err)
	}
	cfg.RootCAs = x509.NewCertPool()
	if !cfg.RootCAs.AppendCertsFromPEM(text) {
		return nil, fault.New(fault.Invalid, "bad-mqtt-ca", "{file} holds no certificate in PEM", "file", file)
	}
	return cfg, nil
}

// dial opens a connection to a broker.
func dial(ctx context.Context, cfg autopaho.ClientConfig, to *url.URL) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, cfg.ConnectTimeout)
	defer cancel()
	switch to.Scheme {
	case "mqtts", "ssl", "tls":
		conn, err := (&tls.Dialer{Config: cfg.TlsCfg}).DialContext(ctx, "tcp", to.Host)
		if err != nil {
			return nil, err
		}
		return packets.NewThreadSafeConn(conn), nil
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", to.Host)
}
