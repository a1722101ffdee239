package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"basin/auth"
	"basin/fault"
	"basin/ingest"
)

// MQTTFlags say where the MQTT broker is.
type MQTTFlags struct {
	URL      string `name:"mqtt" env:"BASIN_MQTT_URL" placeholder:"URL" help:"Take readings from the MQTT broker at mqtt://HOST:PORT or mqtts://HOST:PORT; auto runs a private one on port 1883, auto:PORT on another; absent or - for none."`
	User     string `name:"mqtt-user" env:"BASIN_MQTT_USER" placeholder:"NAME" help:"Who basin is at the broker."`
	Password string `name:"mqtt-password" env:"BASIN_MQTT_PASSWORD" placeholder:"PASSWORD" help:"Its password there."`
	CA       string `name:"mqtt-ca" env:"BASIN_MQTT_CA" placeholder:"FILE" help:"Certificate of the authority that signed the broker's, in PEM; without it those that the machine trusts."`
	Publish  string `name:"mqtt-publish" env:"BASIN_MQTT_PUBLISH" placeholder:"URL" help:"Publish committed observations of public datastreams to the broker, at v1.1/Observations and v1.1/Datastreams(N)/Observations; URL is where others reach this basin."`
}

// open makes the MQTT way in, and the private broker where that is asked for; both are nil where there is none. What is there is printed.
func (f *MQTTFlags) open(ctx context.Context, env *Env, s *server, store *auth.Store) error {
	if f.URL == "" || f.URL == "-" {
		if f.Publish != "" {
			return wrongUse("--mqtt-publish needs a broker: --mqtt")
		}
		return nil
	}
	origin, err := publicOrigin(f.Publish)
	if err != nil {
		return err
	}
	cfg := ingest.MQTTConfig{URL: f.URL, User: f.User, Password: f.Password, CA: f.CA}
	if f.URL == "auto" || strings.HasPrefix(f.URL, "auto:") {
		port := "1883"
		if _, other, given := strings.Cut(f.URL, ":"); given {
			port = other
		}
		b, err := openBroker(ctx, env, port)
		if e := fault.Of(err); e != nil && e.Kind == fault.Unavailable {
			fmt.Fprintf(env.Stdout, "No MQTT: %v\n", err)
			return nil
		}
		if err != nil {
			return err
		}
		s.broker, cfg.URL, cfg.User, cfg.Password = b, "mqtt://"+b.address, brokerUser, b.password
		fmt.Fprintf(env.Stdout, "An MQTT broker is at %s, for the user gateway; its password is in %s\n", cfg.URL, b.passwordFile)
	} else {
		fmt.Fprintf(env.Stdout, "Readings are taken from the MQTT broker at %s\n", cfg.URL)
	}
	if cfg.ClientID, err = keptSecret(env.Data, "mqtt-client"); err != nil {
		return err
	}
	cfg.ClientID = "basin-" + cfg.ClientID[:12]
	if s.mqtt, err = ingest.NewMQTT(cfg, s.writer, s.db, store.ByName, s.log); err != nil {
		return err
	}
	s.metrics.MustRegister(messages(s.mqtt)...)
	if origin == "" {
		return nil
	}
	s.publisher, err = ingest.NewMQTTPublisher(cfg, s.db, s.feed, func(ctx context.Context, streams []int64, times []time.Time) ([][]byte, error) {
		return s.api.PublicObservations(ctx, origin, streams, times)
	}, s.log)
	if err != nil {
		return err
	}
	s.metrics.MustRegister(published(s.publisher)...)
	fmt.Fprintln(env.Stdout, "Observations of public datastreams are published there, at v1.1/Observations and v1.1/Datastreams(N)/Observations")
	return nil
}

// publicOrigin is the address where others reach this basin, without a path; empty for none.
func publicOrigin(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return "", wrongUse("--mqtt-publish is not like https://basin.example")
	}
	return u.Scheme + "://" + u.Host, nil
}

// keptSecret is the text in a file of the data directory that only its owner can read; it is made when it is not there.
func keptSecret(dir, name string) (string, error) {
	path := filepath.Join(dir, name)
	text, err := os.ReadFile(path)
	if kept := strings.TrimSpace(string(text)); err == nil && len(kept) >= 12 {
		return kept, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("data directory: %w", err)
	}
	made := rand.Text()
	if err := os.WriteFile(path, []byte(made+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return made, nil
}

// portFree says whether nobody listens at an address.
func portFree(ctx context.Context, address string) bool {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return false
	}
	return l.Close() == nil
}
