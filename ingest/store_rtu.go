package ingest

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/fault"
	"basin/postgis"
)

// Register is the register of field stations. What it looks up it remembers for a few seconds.
type Register struct {
	db    *postgis.DB
	mu    sync.Mutex
	known map[[2]string]remembered // by protocol and address
}

// remembered is a field station, or nil for none, and how long that holds.
type remembered struct {
	rtu   *rtu
	until time.Time
}

// How long and how much the register remembers. Another process's change takes at most so long to be seen.
const (
	rememberKnown   = 3 * time.Second
	rememberUnknown = time.Second
	maxRemembered   = 20_000
)

// NewRegister makes a Register.
func NewRegister(db *postgis.DB) *Register {
	return &Register{db: db, known: map[[2]string]remembered{}}
}

// find is the field station of that protocol and address, nil where there is none.
func (g *Register) find(ctx context.Context, protocol, address string) (*rtu, error) {
	if address == "" || len(address) > maxAddress || plainText(address, maxAddress) != address {
		return nil, nil
	}
	key := [2]string{protocol, address}
	g.mu.Lock()
	held, ok := g.known[key]
	g.mu.Unlock()
	if ok && time.Now().Before(held.until) {
		return held.rtu, nil
	}
	r, err := g.load(ctx, protocol, address)
	if err != nil {
		return nil, err
	}
	age := rememberKnown
	if r == nil {
		age = rememberUnknown
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.known) >= maxRemembered {
		clear(g.known)
	}
	g.known[key] = remembered{r, time.Now().Add(age)}
	return r, nil
}

// forget makes the next look-up of an address ask the database.
func (g *Register) forget(protocol, address string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.known, [2]string{protocol, address})
}

//go:embed rtu_find.sql
var rtuFindSQL string

func (g *Register) load(ctx context.Context, protocol, address string) (*rtu, error) {
	var r rtu
	err := g.db.QueryRow(ctx, rtuFindSQL, protocol, address).Scan(&r.protocol, &r.address, &r.thing, &r.code, &r.class, &r.hash, &r.profile, &r.disabled,
		&r.longitude, &r.latitude)
	if err != nil {
		if err = postgis.Fault(err); fault.KindOf(err) == fault.NotFound {
			return nil, nil
		}
		return nil, err
	}
	r.series, err = seriesOf(ctx, g.db, r.thing, nil)
	return &r, err
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// seriesOf are the datastreams of a thing, and those of others that have one of the given codes; these have no property.
func seriesOf(ctx context.Context, db querier, thing string, codes []string) ([]series, error) {
	rows, err := db.Query(ctx, `SELECT code, CASE WHEN thing = $1 THEN property ELSE '' END AS property, coalesce(role, '') AS role,
		coalesce(number, 0)::integer AS number FROM twin.datastream WHERE thing = $1 OR code = ANY($2) ORDER BY code`, thing, codes)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByName[series])
	return out, postgis.Fault(err)
}

// properties are those of twin.property, and whether each needs a vertical datum.
func properties(ctx context.Context, db querier) (map[string]bool, error) {
	rows, err := db.Query(ctx, `SELECT id, datum FROM twin.property`)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	known, id, datum := map[string]bool{}, "", false
	_, err = pgx.ForEachRow(rows, []any{&id, &datum}, func() error {
		known[id] = datum
		return nil
	})
	return known, postgis.Fault(err)
}

//go:embed rtu_put.sql
var rtuPutSQL string

// Put registers field stations, or changes those that are registered; all of them or, with an error, none.
func (g *Register) Put(ctx context.Context, stations ...Station) error {
	err := g.db.Do(ctx, func(tx postgis.Tx) error {
		known, err := properties(ctx, tx)
		if err != nil {
			return err
		}
		for _, s := range stations {
			if err := s.check(known); err != nil {
				return err
			}
			var thing string
			err := tx.QueryRow(ctx, `SELECT id FROM twin.thing WHERE kind IN ('station', 'work') AND (code = $1 OR id = $1)
				ORDER BY kind LIMIT 1`, s.Station).Scan(&thing)
			if fault.KindOf(postgis.Fault(err)) == fault.NotFound {
				return fault.New(fault.Invalid, "unknown-station", "there is no station {station}", "station", clip(s.Station))
			}
			if err != nil {
				return err
			}
			var hash []byte
			if s.Password != "" && s.Password != "-" {
				sum := sha256.Sum256([]byte(s.Password))
				hash = sum[:]
			}
			if _, err := tx.Exec(ctx, rtuPutSQL, s.Protocol, s.Address, thing, s.Vendor, hash, s.Password == "-", s.Profile); err != nil {
				return err
			}
		}
		return nil
	})
	for _, s := range stations {
		g.forget(s.Protocol, s.Address)
	}
	return err
}

// Disable makes the frames of a field station be refused from now on. Registering it again takes them again.
func (g *Register) Disable(ctx context.Context, protocol, address string) error {
	done, err := g.db.Exec(ctx, `UPDATE ingest.rtu SET disabled = coalesce(disabled, now()) WHERE protocol = $1 AND address = $2`, protocol, address)
	g.forget(protocol, address)
	if err == nil && done.RowsAffected() == 0 {
		return errUnknownRTU(protocol, address)
	}
	return postgis.Fault(err)
}

func errUnknownRTU(protocol, address string) error {
	return fault.New(fault.NotFound, "unknown-rtu", "no field station {address} is registered for {protocol}", "address", clip(address),
		"protocol", clip(protocol))
}

//go:embed rtu_list.sql
var rtuListSQL string

// List lists the field stations of a thing, by its id or code, or of all for "", as far as a reader of that clearance may know of them.
func (g *Register) List(ctx context.Context, thing string, clearance access.Class) ([]Registered, error) {
	return g.list(ctx, thing, clearance, nil)
}

// ListOf lists the field stations of a vendor, those of one thing or of all for "": these it knows, whatever their class.
func (g *Register) ListOf(ctx context.Context, vendor, thing string) ([]Registered, error) {
	return g.list(ctx, thing, access.Restricted, &vendor)
}

func (g *Register) list(ctx context.Context, thing string, clearance access.Class, vendor *string) ([]Registered, error) {
	rows, err := g.db.Query(ctx, rtuListSQL, thing, string(clearance), vendor)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByNameLax[Registered])
	return out, postgis.Fault(err)
}

// Pending lists the addresses that send frames but are not registered, the last heard first.
func (g *Register) Pending(ctx context.Context) ([]Pending, error) {
	rows, err := g.db.Query(ctx, `SELECT protocol, address, peer, first_seen AS first, last_seen AS last, frames FROM ingest.pending
		ORDER BY last_seen DESC, protocol, address`)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByName[Pending])
	return out, postgis.Fault(err)
}

// maxPending is how many addresses that are not registered are remembered.
const maxPending = 10_000

//go:embed pending_put.sql
var pendingPutSQL string

// wait notes that an address sends frames but is not registered.
func (g *Register) wait(ctx context.Context, protocol, address, peer string) error {
	_, err := g.db.Exec(ctx, pendingPutSQL, protocol, address, peer, maxPending)
	return postgis.Fault(err)
}
