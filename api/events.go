package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/singleflight"

	"basin/access"
	"basin/alert"
	"basin/fault"
	"basin/hydro"
	"basin/postgis"
	"basin/twin"
)

// Limits of event streams.
const (
	maxStreams   = 1000
	streamBatch  = 500              // feed entries read at a time
	streamPing   = 15 * time.Second // a line now and then keeps the connection known to be alive
	streamWrite  = 20 * time.Second // a client that does not read for so long is dropped
	streamCheck  = 5 * time.Second  // how often the credential is looked at again
	streamMemory = 256              // batches that streams share
)

// streamMedia is the media type of an event stream.
const streamMedia = "text/event-stream"

// Tiles says which tiles of a layer changed: each of cover stands for itself and everything below it, and those above it that hold it may have changed as well.
type Tiles struct {
	Layer string   `json:"layer"`
	Cover []string `json:"cover"` // z/x/y
}

// batch is what happened between two places of the feed, for readers of one clearance.
type batch struct {
	next   postgis.Position
	states []hydro.State
	tiles  []Tiles
	alerts []alert.Alert
}

// events serves event streams. Streams that stand at the same place of the feed share the work of finding out what comes next.
type events struct {
	server *Server
	slots  chan struct{}
	flight singleflight.Group
	mu     sync.Mutex
	known  map[string]*batch
	order  []string
	done   chan struct{}
}

func newEvents(s *Server) *events {
	return &events{server: s, slots: make(chan struct{}, maxStreams), known: map[string]*batch{}, done: make(chan struct{})}
}

// run ends all streams with ctx.
func (e *events) run(ctx context.Context) error {
	<-ctx.Done()
	close(e.done)
	return nil
}

// eventEndpoints serve what changes, as it changes.
func (s *Server) eventEndpoints() []Endpoint {
	return []Endpoint{{access.Route{Method: http.MethodGet, Path: "/twin/events", Tag: "twin",
		Summary: "Changes as server-sent events: state, tiles, alert, reset. Last-Event-ID, or since, resumes", Roles: access.Everyone(), Media: streamMedia,
		Params: []access.Param{paramBBox(), paramKind(hydro.Watched()), {Name: "since", In: "query", Type: "string", Doc: "id of the last event seen"}}}, s.events.serve}}
}

// stream is one client's connection.
type stream struct {
	c         echo.Context
	ask       Ask
	clearance access.Class
	at        postgis.Position
	out       *http.ResponseController
}

// serve answers with an event stream until the client, the server or the credential ends.
func (e *events) serve(c echo.Context, a Ask) error {
	select {
	case e.slots <- struct{}{}:
		defer func() { <-e.slots }()
	default:
		return fault.New(fault.Unavailable, "too-many-streams", "too many event streams are open: try again later")
	}
	ctx := c.Request().Context()
	st := &stream{c: c, ask: a, clearance: a.Who.Clearance(), out: http.NewResponseController(c.Response())}
	wake, cancel := e.server.Feed.Subscribe()
	defer cancel()
	since := c.Request().Header.Get("Last-Event-ID")
	if since == "" {
		since = a.Text("since")
	}
	var err error
	if since == "" {
		st.at, err = e.server.Feed.Head(ctx)
	} else {
		st.at, err = postgis.ParsePosition(since)
	}
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, streamMedia)
	h.Set(echo.HeaderCacheControl, "no-store")
	h.Set("X-Accel-Buffering", "no")
	c.Response().WriteHeader(http.StatusOK)
	if err := st.write("retry: 2000\nid: %s\n\n", st.at); err != nil {
		return nil //nolint:nilerr // the client is gone
	}
	ping, check := time.NewTicker(streamPing), time.NewTicker(streamCheck)
	defer ping.Stop()
	defer check.Stop()
	for {
		if err := e.send(ctx, st); err != nil {
			if ctx.Err() == nil && fault.KindOf(err) != fault.Unavailable && !errors.Is(err, errGone) {
				e.server.Log.Error("event stream failed", "request", requestID(c), "error", err)
			}
			if fault.KindOf(err) != fault.Unavailable {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-e.done:
			return nil
		case <-check.C:
			if !e.server.still(c, a.Who) {
				return nil
			}
		case <-ping.C:
			if st.write(": still here\n\n") != nil {
				return nil
			}
		case <-wake:
		}
	}
}

// still says whether the credential of a stream still stands for the same principal. While the database is away it does.
func (s *Server) still(c echo.Context, who access.Principal) bool {
	if who.Role == access.Anonymous {
		return true
	}
	var now access.Principal
	var err error
	if cookie, ok := c.Get(keyCookie).(string); ok {
		now, err = s.Auth.BySession(c.Request().Context(), cookie)
	} else {
		now, err = s.Auth.ByToken(c.Request().Context(), bearer(c.Request()))
	}
	if err != nil {
		return fault.KindOf(err) == fault.Unavailable
	}
	return now.Role == who.Role
}

// errGone says that a client does not read any more.
var errGone = errors.New("the client is gone")

func (st *stream) write(format string, args ...any) error {
	_ = st.out.SetWriteDeadline(time.Now().Add(streamWrite))
	if _, err := fmt.Fprintf(st.c.Response(), format, args...); err != nil {
		return errGone
	}
	if err := st.out.Flush(); err != nil {
		return errGone
	}
	return nil
}

// send writes everything that happened since the stream's place. An event carries the place before its batch, the last one the place after it:
// whoever resumes in the middle of a batch gets the whole of it again rather than losing a part.
func (e *events) send(ctx context.Context, st *stream) error {
	for {
		b, err := e.after(ctx, st.at, st.clearance)
		if f := fault.Of(err); f != nil && f.Code == "feed-gone" {
			if st.at, err = e.server.Feed.Head(ctx); err != nil {
				return err
			}
			if err := st.write("id: %s\nevent: reset\ndata: {}\n\n", st.at); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		if b.next == st.at {
			return nil
		}
		if err := tell(st, "state", b.states, st.wants); err != nil {
			return err
		}
		if err := tell(st, "tiles", b.tiles, nil); err != nil {
			return err
		}
		if err := tell(st, "alert", st.readable(b.alerts), st.wantsAlert); err != nil {
			return err
		}
		st.at = b.next
		if err := st.write("id: %s\n\n", st.at); err != nil {
			return err
		}
	}
}

// tell writes events of one name, those that the stream wants; all for nil.
func tell[T any](st *stream, name string, all []T, wants func(T) bool) error {
	for _, one := range all {
		if wants != nil && !wants(one) {
			continue
		}
		body, err := json.Marshal(one)
		if err != nil {
			return err
		}
		if err := st.write("id: %s\nevent: %s\ndata: %s\n\n", st.at, name, body); err != nil {
			return err
		}
	}
	return nil
}

// readable are warnings as the stream's reader may read them.
func (st *stream) readable(alerts []alert.Alert) []alert.Alert {
	out := make([]alert.Alert, len(alerts))
	for i, one := range alerts {
		out[i] = forReader(st.ask.Who, one)
	}
	return out
}

// wants says whether the stream asked for this thing.
func (st *stream) wants(s hydro.State) bool {
	if kinds := st.ask.List("kind"); kinds != nil && !slices.Contains(kinds, s.Kind) {
		return false
	}
	return st.ask.BBox("bbox") == nil || s.Meets(*st.ask.BBox("bbox"))
}

// wantsAlert says whether the stream asked for the thing that a warning is about.
func (st *stream) wantsAlert(a alert.Alert) bool {
	if kinds := st.ask.List("kind"); kinds != nil && !slices.Contains(kinds, a.Kind) {
		return false
	}
	box := st.ask.BBox("bbox")
	return box == nil || a.In(*box)
}

// after finds what comes after a place of the feed, once for all streams that stand there.
func (e *events) after(ctx context.Context, at postgis.Position, clearance access.Class) (*batch, error) {
	key := at.String() + " " + string(clearance)
	e.mu.Lock()
	b := e.known[key]
	e.mu.Unlock()
	if b != nil {
		return b, nil
	}
	v, err, _ := e.flight.Do(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		return e.find(ctx, at, clearance)
	})
	if err != nil {
		return nil, err
	}
	b = v.(*batch) //nolint:forcetypeassert // find's type
	if b.next != at {
		e.remember(key, b)
	}
	return b, nil
}

// remember keeps a batch for the other streams, and forgets the eldest.
func (e *events) remember(key string, b *batch) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.known[key] != nil {
		return
	}
	e.known[key], e.order = b, append(e.order, key)
	if len(e.order) > streamMemory {
		delete(e.known, e.order[0])
		e.order = e.order[1:]
	}
}

func (e *events) find(ctx context.Context, at postgis.Position, clearance access.Class) (*batch, error) {
	happened, next, err := e.server.Feed.Since(ctx, at, streamBatch)
	if err != nil || len(happened) == 0 {
		return &batch{next: at}, err
	}
	b := &batch{next: next}
	var things []string
	for _, ev := range happened {
		if ev.Topic == twin.TopicState {
			things = append(things, ev.Key)
		}
	}
	for layer, dropped := range e.server.Tiles.Dropped(ctx, happened, at, next) {
		if _, err := e.server.Layers.Get(ctx, layer, clearance); err != nil {
			continue
		}
		if cover := dropped.Cover(clearance); len(cover) > 0 {
			b.tiles = append(b.tiles, Tiles{layer, cover})
		}
	}
	slices.SortFunc(b.tiles, func(a, b Tiles) int { return strings.Compare(a.Layer, b.Layer) })
	region, err := e.server.regionFor(ctx, clearance)
	if err != nil {
		return nil, err
	}
	if b.alerts, err = e.server.heardAlerts(ctx, happened, region.Zone(), clearance); err != nil || len(things) == 0 {
		return b, err
	}
	slices.Sort(things)
	affected, err := hydro.Affected(ctx, e.server.DB, slices.Compact(things))
	if err != nil {
		return nil, err
	}
	b.states, _, err = hydro.States(ctx, e.server.DB, twin.Which{IDs: affected, Limit: len(affected) + 1}, twin.Now(), region.Zone(), clearance)
	return b, err
}
