package layer

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"basin/access"
	"basin/fault"
	"basin/postgis"
)

var (
	//go:embed edit_find.sql
	editFindSQL string
	//go:embed edit_change.sql
	editChangeSQL string
	//go:embed edit_add.sql
	editAddSQL string
	//go:embed edit_return.sql
	editReturnSQL string
	//go:embed edit_place.sql
	editPlaceSQL string
)

// errReadOnly is the answer where a layer's features cannot be edited.
func errReadOnly(l Layer) error {
	return fault.New(fault.Conflict, "layer-read-only",
		"the layer {layer} shows things that basin knows from their sources and is not edited: load them again, or edit a layer of your own", "layer", l.ID)
}

// Apply does an edit within tx: the feature is checked and written, what it was is kept, and the feed tells of it.
func Apply(ctx context.Context, tx pgx.Tx, e Edit) (Edited, error) {
	if err := begin(ctx, tx, e); err != nil {
		return Edited{}, err
	}
	var done Edited
	var err error
	switch e.Operation {
	case OpCreate:
		done, err = e.create(ctx, tx)
	case OpDelete:
		done, err = e.remove(ctx, tx)
	case OpRestore:
		done, err = e.restore(ctx, tx)
	case OpReplace, OpUpdate:
		done, err = e.change(ctx, tx)
	}
	if err != nil {
		return Edited{}, postgis.Fault(err)
	}
	return done, nil // the feed is told by a trigger of the table
}

// begin sees to it that the layer can be edited, is not loaded or deleted meanwhile, and that the history knows who does what.
func begin(ctx context.Context, tx pgx.Tx, e Edit) error {
	if !e.Layer.Own {
		return errReadOnly(e.Layer)
	}
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock_shared(hashtext('own.' || $1)), set_config('basin.by', $2, true), set_config('basin.operation', $3, true)`,
		e.Layer.ID, e.By.ID, string(e.Operation)); err != nil {
		return postgis.Fault(err)
	}
	var there bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM layer.layer WHERE id = $1 AND own)`, e.Layer.ID).Scan(&there); err != nil {
		return postgis.Fault(err)
	}
	if !there {
		return errUnknown(e.Layer.ID)
	}
	return nil
}

// fill puts the names of the layer's table and columns into a statement: all columns, or those that basin does not set.
func (e Edit) fill(sql string, all bool) string {
	var names, given, attributes []string
	for _, c := range e.Layer.Columns {
		name := quoted(c.Name)
		attributes = append(attributes, "l."+name)
		if all || !c.Assigned() {
			names, given = append(names, name), append(given, "a."+name)
		}
	}
	return strings.NewReplacer("{table}", e.Layer.From(), "{geometry}", e.CRS.fromStored("l.geom"), "{attributes}", strings.Join(attributes, ", "), "{names}", strings.Join(names, ", "),
		"{given}", strings.Join(given, ", ")).Replace(sql)
}

// find reads the feature and keeps others from changing it. It must have one of the versions that the editor knows.
func (e Edit) find(ctx context.Context, tx pgx.Tx) (*feature, access.Class, error) {
	var class access.Class
	var version string
	was := &feature{}
	err := tx.QueryRow(ctx, e.fill(editFindSQL, true), e.GID, string(e.By.Clearance())).Scan(&class, &version, (*[]byte)(&was.Geometry), (*[]byte)(&was.Properties))
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, "", fault.New(fault.NotFound, "unknown-feature", "there is no feature {feature} in layer {layer}", "feature", e.GID, "layer", e.Layer.ID)
	case err != nil:
		return nil, "", err //nolint:wrapcheck // given its kind by Apply
	case !matches(e.Match, version):
		return nil, "", errChanged()
	}
	return was, class, nil
}

func errChanged() error {
	return fault.New(fault.Conflict, "changed-since", "others have changed it since: read it again")
}

// matches says whether an If-Match header names a version. Weak ones never match.
func matches(header, version string) bool {
	if strings.TrimSpace(header) == "" || strings.TrimSpace(header) == "*" {
		return true
	}
	for tag := range strings.SplitSeq(header, ",") {
		if strings.TrimSpace(tag) == `"`+version+`"` {
			return true
		}
	}
	return false
}

func (e Edit) create(ctx context.Context, tx pgx.Tx) (Edited, error) {
	class, err := e.classAfter(e.Layer.Class)
	if err != nil {
		return Edited{}, err
	}
	d, err := e.checked(ctx, tx, nil)
	if err != nil {
		return Edited{}, err
	}
	return e.write(ctx, tx, e.fill(editAddSQL, false), e.Layer.ID, string(class), d.values, d.place)
}

func (e Edit) change(ctx context.Context, tx pgx.Tx) (Edited, error) {
	was, before, err := e.find(ctx, tx)
	if err != nil {
		return Edited{}, err
	}
	class, err := e.classAfter(before)
	if err != nil {
		return Edited{}, err
	}
	d, err := e.checked(ctx, tx, was)
	if err != nil {
		return Edited{}, err
	}
	return e.write(ctx, tx, e.fill(editChangeSQL, true), e.GID, string(class), d.values, d.placed, d.place)
}

func (e Edit) remove(ctx context.Context, tx pgx.Tx) (Edited, error) {
	if _, _, err := e.find(ctx, tx); err != nil {
		return Edited{}, err
	}
	_, err := tx.Exec(ctx, "DELETE FROM "+e.Layer.From()+" WHERE gid = $1", e.GID)
	return Edited{GID: e.GID}, err //nolint:wrapcheck // given its kind by Apply
}

// write runs a statement that writes the feature. The third argument are its attributes.
func (e Edit) write(ctx context.Context, tx pgx.Tx, sql string, first any, class string, values map[string]json.RawMessage, rest ...any) (Edited, error) {
	text, err := json.Marshal(values)
	if err != nil {
		return Edited{}, fmt.Errorf("attributes: %w", err)
	}
	var done Edited
	err = tx.QueryRow(ctx, sql, append([]any{pgx.QueryExecModeDescribeExec, first, class, string(text)}, rest...)...).Scan(&done.GID, &done.Version)
	return done, err //nolint:wrapcheck // given its kind by Apply
}

// checked is the draft of an edit whose place PostGIS has looked at too.
func (e Edit) checked(ctx context.Context, tx pgx.Tx, was *feature) (draft, error) {
	d, err := e.draft(was)
	if err != nil || d.place == nil {
		return d, err
	}
	d.place, err = usable(ctx, tx, d.place, e.CRS)
	return d, err
}

// usable is a place in a reference system, given as EWKB, as it is stored, or says what is wrong with it.
func usable(ctx context.Context, db interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}, place []byte, crs CRS) (stored []byte, err error) {
	var empty, outside, valid bool
	var reason, location string
	err = db.QueryRow(ctx, editPlaceSQL, place).Scan(&empty, &outside, &reason, &location, &valid, &stored)
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "XX000" && !crs.Geographic() { // there is no such place in the system
		outside, err = true, nil
	}
	switch {
	case err != nil:
		return nil, postgis.Fault(err)
	case empty:
		return nil, fault.New(fault.Invalid, "geometry-empty", "the geometry has no places: where it is unknown, it is null")
	case outside:
		return nil, errOutside()
	case !valid:
		return nil, fault.New(fault.Invalid, "geometry-invalid", "the geometry is not valid: {why} at {place}", "why", reason, "place", location)
	}
	return stored, nil
}

// Version is a word for what a feature is now: it differs whenever anything of it does.
func (s *Store) Version(ctx context.Context, layer string, gid int64, clearance access.Class) (string, error) {
	l, err := s.Get(ctx, layer, clearance)
	if err != nil {
		return "", err
	}
	var version string
	err = s.db.QueryRow(ctx, "SELECT md5(l::text) FROM "+l.From()+" l WHERE l.gid = $1 AND l.class <= $2::text::auth.class", gid, string(clearance)).Scan(&version)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", fault.New(fault.NotFound, "unknown-feature", "there is no feature {feature} in layer {layer}", "feature", gid, "layer", layer)
	}
	return version, postgis.Fault(err)
}

// Forget drops the remembered answers, so that whoever changed something sees it.
func (s *Store) Forget() {
	s.lists.clear()
	s.extents.clear()
	s.counts.clear()
}

// clear drops all remembered answers. One that is being found meanwhile is not waited for by those who ask from now on, but may still be kept.
func (m *memory[T]) clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key := range m.kept {
		m.flight.Forget(key)
	}
	m.kept = nil
}

// DropOwn deletes a user's layer within tx: its table, its entry and its history.
func DropOwn(ctx context.Context, tx pgx.Tx, l Layer) error {
	if !l.Own {
		return errReadOnly(l)
	}
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('own.' || $1))`, l.ID); err != nil {
		return postgis.Fault(err)
	}
	done, err := tx.Exec(ctx, `DELETE FROM layer.layer WHERE id = $1 AND own`, l.ID)
	if err != nil {
		return postgis.Fault(err)
	}
	if done.RowsAffected() == 0 {
		return errUnknown(l.ID)
	}
	if _, err := tx.Exec(ctx, "DROP TABLE "+ownTable(l.ID)); err != nil {
		return postgis.Fault(err)
	}
	return postgis.Publish(ctx, tx, postgis.Event{Topic: TopicTiles, Key: l.ID})
}
