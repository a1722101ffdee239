package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/alecthomas/kong"

	"basin/fault"
	"basin/migrations"
	"basin/postgis"
)

// Config is what every verb may need. Flags win over the environment.
type Config struct {
	DatabaseURL string `name:"database-url" env:"BASIN_DATABASE_URL" placeholder:"URL" help:"A PostGIS database of your own; without it a private one is run under the data directory."`
	Data        string `env:"BASIN_DATA" default:"${data}" placeholder:"DIR" help:"Where the private database and the administrator's token live (${default})."`
}

// CLI is the command line.
type CLI struct {
	Config
	Version kong.VersionFlag `help:"Print the version."`

	Serve    ServeCmd    `cmd:"" help:"Run the server."`
	Load     LoadCmd     `cmd:"" help:"Load a region package or files: GeoJSON, CityJSON, OpenStreetMap, GeoPackage, Shapefile, …"`
	Export   ExportCmd   `cmd:"" help:"Write features of a layer into a file: GeoJSON, CSV, GeoPackage, Shapefile, GeoParquet, …; or tiles into a PMTiles archive."`
	Synth    SynthCmd    `cmd:"" help:"Fill what a region lacks with synthetic things, each marked so."`
	Simulate SimulateCmd `cmd:"" help:"Run a hydraulic model from a file, of EPA SWMM or D-Flow FM, and write the results as CSV."`
	Replay   ReplayCmd   `cmd:"" help:"Play a series of readings into a running server, as a gateway would."`
	Rtu      RtuCmd      `cmd:"" help:"Be a field station that reports by SL 651, or thousands of them."`
	Relay    RelayCmd    `cmd:"" help:"Relay readings to another centre by SL 651 or SL 323, and see how far that is."`
	Token    TokenCmd    `cmd:"" help:"Issue and revoke tokens."`
	Station  StationCmd  `cmd:"" help:"Register field stations, see what they send, and find out what is wrong with one."`
	Doctor   DoctorCmd   `cmd:"" help:"Say what this machine lacks, and the command that mends it."`
}

// Env is what a verb works with.
type Env struct {
	Config
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// defaultData is where data lives when nobody says: the account that PostgreSQL runs as must be able to enter it, which rules out root's home.
func defaultData() string {
	if os.Geteuid() == 0 {
		return "/var/lib/basin"
	}
	if home, err := os.UserHomeDir(); err == nil {
		return filepath.Join(home, ".local", "share", "basin")
	}
	return "basin-data"
}

// log is the JSON log of a verb.
func (e *Env) log() *slog.Logger { return slog.New(slog.NewJSONHandler(e.Stderr, nil)) }

// open opens the database and brings its schema up to date.
func (e *Env) open(ctx context.Context) (*postgis.DB, error) {
	db, err := postgis.Open(ctx, postgis.Config{URL: e.DatabaseURL, Dir: e.Data, Log: e.log()})
	if err != nil {
		return nil, err
	}
	if err := postgis.Migrate(ctx, db, migrations.Files); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// wrongUse is an error of whoever typed the command.
func wrongUse(text string, pairs ...any) error {
	return fault.New(fault.Invalid, "wrong-use", text, pairs...)
}
