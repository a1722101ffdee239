package main

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"basin/hydro"
	"basin/postgis"
	"basin/postgis/postgistest"
	"basin/twin"
)

// nantong is a database with the shipped region.
func nantong(t *testing.T) *postgis.DB {
	t.Helper()
	db := postgistest.New(t)
	env := &Env{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard}
	if _, err := loadRegion(context.Background(), db, "regions/nantong", newReporter(env, true)); err != nil {
		t.Fatal(err)
	}
	return db
}

// shippedDay is that of the shipped region.
func shippedDay(context.Context) (twin.Day, error) {
	return twin.Day{Start: 8 * time.Hour, Zone: time.FixedZone("", 8*3600)}, nil
}

func forecasts(db *postgis.DB, o hydro.ForecastOptions) *hydro.Forecasts {
	return hydro.NewForecasts(db, slog.New(slog.DiscardHandler), o, shippedDay)
}

func TestForecastOfShippedRegion(t *testing.T) {
	ctx, db := context.Background(), nantong(t)
	o := hydro.DefaultForecast()
	f := forecasts(db, o)
	begun := time.Now()
	run, err := f.Make(ctx, time.Now(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%v; %+v; %+v; %v", time.Since(begun), run.Inputs, run.Balance, run.Error)
	for _, a := range run.Assumed {
		t.Logf("%s %d %v: %s", a.Code, a.Count, a.Things, a.Text.En)
	}
	begun = time.Now()
	run, err = f.Make(ctx, time.Now().Add(10*time.Minute), "", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%v; %+v; %+v; %v", time.Since(begun), run.Inputs, run.Balance, run.Error)
}
