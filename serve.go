package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"basin/access"
	"basin/alert"
	"basin/api"
	"basin/auth"
	"basin/catalog"
	"basin/hydro"
	"basin/ingest"
	"basin/layer"
	"basin/postgis"
	"basin/source"
	"basin/tiles"
	"basin/twin"
	"basin/web"
)

// ServeCmd runs the server.
type ServeCmd struct {
	Listen       string        `env:"BASIN_LISTEN" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen (${default})."`
	Region       string        `env:"BASIN_REGION" default:"regions/nantong" placeholder:"DIR" help:"Region package to load when it is new or changed; - for none (${default})."`
	Field        []string      `env:"BASIN_FIELD" placeholder:"PROTOCOL[/udp]=HOST:PORT" help:"Where to listen for field stations, for instance sl651=:5020; may be given again, or with commas between."`
	FrameDays    int           `env:"BASIN_FRAME_DAYS" default:"30" placeholder:"DAYS" help:"For how many days frames of field stations are kept (${default})."`
	TileMemory   int           `env:"BASIN_TILE_MEMORY" default:"512" placeholder:"MIB" help:"How much memory layers may take from which tiles are made; those of other layers are made by the database (${default})."`
	KeepReadings int           `env:"BASIN_KEEP_READINGS" default:"0" placeholder:"DAYS" help:"For how many days readings are kept, in whole months; rollups stay. 0 for ever (${default})."`
	AdminToken   string        `env:"BASIN_ADMIN_TOKEN" placeholder:"TOKEN" help:"The first administrator's token; without it one is made and written to a file."`
	ForecastEach time.Duration `name:"forecast-each" env:"BASIN_FORECAST_EACH" default:"10m" placeholder:"DURATION" help:"How often a forecast is made; 0 for never by itself (${default})."`
	MQTT         MQTTFlags     `embed:""`
	Alert        AlertFlags    `embed:""`
}

// Help shows examples.
func (c *ServeCmd) Help() string {
	return "Examples:\n  basin serve\n  basin serve --listen 0.0.0.0:8080 --region regions/nantong\n" +
		"  basin serve --field sl651=:5020 --field sl651/udp=:5020\n  basin serve --mqtt mqtts://broker:8883\n" +
		"  BASIN_DATABASE_URL=postgres://basin@db/basin basin serve"
}

// drain is how long requests under way may take to end when the server stops.
const drain = 10 * time.Second

// Run serves until ctx ends.
func (c *ServeCmd) Run(ctx context.Context, env *Env) error {
	if c.TileMemory < 0 {
		return wrongUse("--tile-memory is a number of MiB, or 0 for none")
	}
	if c.KeepReadings < 0 {
		return wrongUse("--keep-readings is a number of days, or 0 for ever")
	}
	if c.ForecastEach != 0 && c.ForecastEach < time.Minute {
		return wrongUse("--forecast-each is a minute or more, or 0 for never")
	}
	sending, err := c.Alert.config()
	if err != nil {
		return err
	}
	log := env.log()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", c.Listen, err)
	}
	defer listener.Close() //nolint:errcheck // the server closes it first
	db, err := env.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := twin.MakePartitions(ctx, db, time.Now(), 4); err != nil {
		return err
	}
	store := auth.New(db)
	tokenFile, err := c.ensureAdmin(ctx, env, store)
	if err != nil {
		return err
	}
	if err := loadRegionIfNew(ctx, env, db, c.Region); err != nil {
		return err
	}
	s := newServer(db, store, log, c.FrameDays, c.TileMemory)
	s.keep, s.forecastEach = c.KeepReadings, c.ForecastEach
	s.warn(sending)
	defer s.field.Close()
	for _, text := range c.Field {
		door, err := ingest.ParseDoor(text)
		if err != nil {
			return err
		}
		at, err := s.field.Open(ctx, door)
		if err != nil {
			return err
		}
		log.Info("listening for field stations", "protocol", door.Protocol, "network", door.Network, "address", at.String())
	}
	fmt.Fprintf(env.Stdout, "basin is at http://%s\n", listener.Addr())
	if tokenFile != "" {
		fmt.Fprintf(env.Stdout, "The administrator's token is in %s\n", tokenFile)
	}
	if err := c.MQTT.open(ctx, env, s, store); err != nil {
		return err
	}
	return s.run(ctx, listener)
}

// ensureAdmin makes sure that there is a first administrator, and names the file that holds his token; none when the token was given.
func (c *ServeCmd) ensureAdmin(ctx context.Context, env *Env, store *auth.Store) (string, error) {
	if c.AdminToken != "" {
		_, err := store.EnsureAdmin(ctx, c.AdminToken)
		return "", err
	}
	path := filepath.Join(env.Data, "admin-token")
	_, err := os.Stat(path)
	if err == nil {
		_, err := store.EnsureAdmin(ctx, "")
		return path, err
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("administrator's token: %w", err)
	}
	if env.DatabaseURL == "" { // the file is gone, and nobody else can know the token: make a new one
		if err := store.ForgetAdmin(ctx); err != nil {
			return "", err
		}
	}
	token, err := store.EnsureAdmin(ctx, "")
	if err != nil || token == "" {
		return "", err
	}
	if err := os.MkdirAll(env.Data, 0o755); err != nil {
		return "", fmt.Errorf("data directory: %w", err)
	}
	if err := os.WriteFile(path, []byte(token+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("administrator's token: %w", err)
	}
	return path, nil
}

// server is everything that runs.
type server struct {
	db           *postgis.DB
	log          *slog.Logger
	feed         *postgis.Feed
	writer       *twin.Writer
	rollups      *twin.Rollups
	desk         *ingest.Desk
	field        *ingest.Listener
	tiles        *tiles.Store
	watch        *alert.Watch
	sender       *alert.Sender
	api          *api.Server
	http         *http.Server
	metrics      *prometheus.Registry
	broker       *broker               // the private one; nil for none
	mqtt         *ingest.MQTT          // nil for none
	publisher    *ingest.MQTTPublisher // nil for none
	keep         int                   // for how many days readings are kept; 0 for ever
	forecasts    *hydro.Forecasts
	scenarios    *hydro.Scenarios
	forecastEach time.Duration // 0 for never by itself
}

// protocols are the protocols that field stations may speak.
func protocols() []ingest.Protocol {
	return []ingest.Protocol{ingest.SL651(), ingest.HJ212(), ingest.SZY206()}
}

// newServer puts the parts together. Frames of field stations are kept for so many days, ingest.FrameDays for 0; layers of so many MiB are in memory for tiles.
func newServer(db *postgis.DB, store *auth.Store, log *slog.Logger, frameDays, tileMiB int) *server {
	s := &server{db: db, log: log, feed: postgis.NewFeed(db, log), writer: twin.NewWriter(db, log)}
	s.writer.AuditRefusals(store.Audit)
	day := func(ctx context.Context) (twin.Day, error) {
		r, err := catalog.NameRegion(ctx, db)
		return twin.Day{Start: r.DayBegins(), Zone: r.Zone()}, err
	}
	s.rollups = twin.NewRollups(db, log, day)
	s.forecasts = hydro.NewForecasts(db, log, hydro.DefaultForecast(), day)
	s.scenarios = hydro.NewScenarios(s.forecasts)
	layers := layer.New(db)
	layers.Network = hydro.NewTracer(db)
	s.tiles = tiles.New(db, log, layers, tileMiB<<20)
	s.tiles.Tell(tiles.Live{Kinds: hydro.Watched(), Status: s.status})
	s.warn(alert.SenderConfig{})
	s.metrics = prometheus.NewRegistry()
	s.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	s.desk = ingest.NewDesk(db, s.writer, log, frameDays)
	s.field = ingest.NewListener(s.desk, log, ingest.DefaultLimits(), protocols()...)
	s.metrics.MustRegister(readings(s.writer)...)
	s.metrics.MustRegister(fieldMetrics{s.desk, s.field}, &databaseMetrics{db: db, feed: s.feed})
	in := ingest.NewHTTP(s.writer)
	others := []api.Endpoint{{Route: in.Route(), Handle: func(c echo.Context, a api.Ask) error { return in.Handle(c, a.Who) }}}
	region := func(ctx context.Context) (ingest.Region, error) {
		r, err := catalog.NameRegion(ctx, db)
		return told(r), err
	}
	for _, o := range ingest.NewFieldHTTP(s.desk, s.field, store.Audit, region).Operations() {
		others = append(others, api.Endpoint{Route: o.Route, Handle: func(c echo.Context, a api.Ask) error { return o.Handle(c, a.Who) }})
	}
	s.api = api.New(api.Config{DB: db, Feed: s.feed, Auth: store, Layers: layers, Tiles: s.tiles, Writer: s.writer, Forecasts: s.forecasts, Scenarios: s.scenarios, Log: log, Metrics: s.metrics,
		Client: web.Files(), Version: version, Convert: source.Convert,
		Ready: func(ctx context.Context) error {
			_, err := layers.List(ctx, "public")
			return errors.Join(db.Ping(ctx), err, s.tiles.Ready())
		}}, others...)
	e := echo.New()
	s.api.Mount(e)
	s.http = api.HTTPServer(e)
	return s
}

// statusPage is of how many things the status is found out at once.
const statusPage = 5000

// status is the status of all things of a kind, by gid, for tiles.
func (s *server) status(ctx context.Context, kind string, clearance access.Class) (map[int64]tiles.Status, error) {
	region, err := catalog.NameRegion(ctx, s.db)
	if err != nil {
		return nil, err
	}
	out, after := map[int64]tiles.Status{}, int64(0)
	for {
		states, next, err := hydro.States(ctx, s.db, twin.Which{Kinds: []string{kind}, Limit: statusPage, After: after}, twin.Now(), region.Zone(), clearance)
		if err != nil {
			return nil, err
		}
		for _, one := range states {
			out[one.GID] = tiles.Status{Level: string(one.Status.Level), Data: string(one.Status.Data)}
		}
		if after = next; next == 0 {
			return out, nil
		}
	}
}

// collectAt is by how many percent memory grows between two collections of garbage, unless GOGC asks for another than its usual 100: layers in memory are many small things, and to look at all of them costs a
// server of tiles an eighth of its time at 100.
const (
	collectAt    = 200
	usualCollect = 100 // without GOGC
)

// run serves until ctx ends or something fails: first no request is taken any more, then what stores readings ends.
func (s *server) run(ctx context.Context, listener net.Listener) error {
	said := debug.SetGCPercent(collectAt)
	defer debug.SetGCPercent(said)
	if said != usualCollect {
		debug.SetGCPercent(said)
	}
	inner, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	g, inner := errgroup.WithContext(inner)
	streams, endStreams := context.WithCancel(inner)
	defer endStreams()
	g.Go(func() error { return s.writer.Run(inner) })
	g.Go(func() error { return s.rollups.Run(inner) })
	g.Go(func() error { return s.desk.Run(inner) })
	g.Go(func() error { return s.field.Run(streams) })
	g.Go(func() error { return s.feed.Run(inner) })
	g.Go(func() error { return s.tiles.Run(inner, s.feed) })
	g.Go(func() error { return s.watch.Run(inner, s.feed) })
	g.Go(func() error { return s.sender.Run(inner, s.feed) })
	g.Go(func() error { return s.api.Run(streams) })
	if s.mqtt != nil {
		g.Go(func() error { return s.mqtt.Run(streams) })
	}
	if s.publisher != nil {
		g.Go(func() error { return s.publisher.Run(streams) })
	}
	if s.broker != nil {
		g.Go(func() error { return s.broker.run(inner) })
	}
	g.Go(func() error { return s.db.Keep(inner, s.log) })
	g.Go(func() error { return s.partitions(inner) })
	g.Go(func() error { return s.scenarios.Run(streams) })
	if s.forecastEach > 0 {
		g.Go(func() error { return s.forecasts.Run(inner, s.forecastEach) })
	}
	if s.keep > 0 {
		g.Go(func() error { return s.retain(inner) })
	}
	g.Go(func() error {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		select {
		case <-ctx.Done():
		case <-inner.Done():
		}
		endStreams()
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
		defer cancel()
		err := s.http.Shutdown(limit)
		stop()
		return err
	})
	return g.Wait()
}

// partitions makes the partitions of the months to come, once a day.
func (s *server) partitions(ctx context.Context) error {
	day := time.NewTicker(24 * time.Hour)
	defer day.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-day.C:
			if err := twin.MakePartitions(ctx, s.db, time.Now(), 4); err != nil && ctx.Err() == nil {
				s.log.Warn("partitions could not be made ahead; tried again tomorrow", "error", err)
			}
		}
	}
}
