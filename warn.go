package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"os"
	"time"

	"basin/alert"
	"basin/catalog"
	"basin/fault"
	"basin/hydro"
)

// AlertFlags say how warnings are sent.
type AlertFlags struct {
	SMTP    string `name:"smtp-url" env:"BASIN_SMTP_URL" placeholder:"URL" help:"Mail server for warnings: smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465; absent for no mail."`
	From    string `name:"mail-from" env:"BASIN_MAIL_FROM" placeholder:"ADDRESS" help:"Address that mail comes from."`
	CA      string `name:"smtp-ca" env:"BASIN_SMTP_CA" placeholder:"FILE" help:"Certificate of the authority that signed the mail server's, in PEM; without it those that the machine trusts."`
	Private bool   `name:"webhook-private" env:"BASIN_WEBHOOK_PRIVATE" help:"Allow webhooks at private addresses, such as those of this machine and its network."`
}

// config is what warnings are sent with.
func (f *AlertFlags) config() (alert.SenderConfig, error) {
	cfg := alert.SenderConfig{AllowPrivate: f.Private}
	if f.SMTP == "" {
		return cfg, nil
	}
	smtp, err := alert.ParseSMTP(f.SMTP, f.From)
	if err != nil {
		return cfg, err
	}
	if f.CA != "" {
		pem, err := os.ReadFile(f.CA)
		if err != nil {
			return cfg, fmt.Errorf("--smtp-ca: %w", err)
		}
		smtp.Roots = x509.NewCertPool()
		if !smtp.Roots.AppendCertsFromPEM(pem) {
			return cfg, fault.New(fault.Invalid, "bad-smtp-ca", "{file} holds no certificate in PEM", "file", f.CA)
		}
	}
	cfg.SMTP = smtp
	return cfg, nil
}

// warn makes what raises warnings, and what sends them.
func (s *server) warn(sending alert.SenderConfig) {
	zone := func(ctx context.Context) (*time.Location, error) {
		region, err := catalog.NameRegion(ctx, s.db)
		return region.Zone(), err
	}
	s.watch = alert.New(s.db, s.log, alert.Config{Zone: zone, Tidal: func(ctx context.Context, things []string) (map[string]bool, error) {
		return hydro.Tidal(ctx, s.db, things)
	}, Forecasts: foreseen{hydro.NewRuns(s.db)}})
	sending.Zone = zone
	s.sender = alert.NewSender(s.db, s.log, sending)
}

// foreseen is the latest forecast, as warnings ask for it.
type foreseen struct{ runs *hydro.Runs }

// Ahead is the newest forecast of a property of a thing from now until a time.
func (f foreseen) Ahead(ctx context.Context, thing, property string, until time.Time) (alert.Forecast, error) {
	a, err := f.runs.Ahead(ctx, thing, property, until)
	out := alert.Forecast{Run: a.Run, Datum: a.Datum, Unit: a.Unit, Class: a.Class}
	for i, at := range a.Times {
		out.Values = append(out.Values, alert.Predicted{Time: at, Value: a.Values[i], Low: a.Low[i], High: a.High[i]})
	}
	return out, err //nolint:wrapcheck // a fault of its kind already
}
