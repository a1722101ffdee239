package layer

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/fault"
	"basin/postgis"
)

// Past is a change of a feature, with what it was before.
type Past struct {
	Version   int              `json:"version"` // from 1 for each feature
	Changed   time.Time        `json:"changed"`
	By        string           `json:"by"`                // a principal's id, or load for what came with a file
	ByName    string           `json:"by_name,omitempty"` // his name, where there is one
	Operation string           `json:"operation"`         // create, replace, update, delete, restore or load
	Class     access.Class     `json:"class"`
	Before    *json.RawMessage `json:"before"` // a feature; null where there was none
}

//go:embed history.sql
var historySQL string

// History lists the changes of a feature that a reader of that clearance may know of, the last first, from below a version; 0 is from the last. What
// happened to a feature that he may not see any more he does not learn.
func (s *Store) History(ctx context.Context, layer string, gid int64, clearance access.Class, below, limit int) ([]Past, error) {
	l, err := s.Get(ctx, layer, clearance)
	if err != nil {
		return nil, err
	}
	if below <= 0 {
		below = math.MaxInt32
	}
	var hidden bool
	if err := s.db.QueryRow(ctx, "SELECT coalesce((SELECT l.class FROM "+l.From()+` l WHERE l.gid = $1), (SELECT h.class FROM layer.history h
		WHERE h.layer = $2 AND h.gid = $1 ORDER BY h.version DESC LIMIT 1)) > $3::text::auth.class IS TRUE`, gid, l.ID, string(clearance)).Scan(&hidden); err != nil {
		return nil, postgis.Fault(err)
	}
	if hidden {
		return []Past{}, nil
	}
	rows, err := s.db.Query(ctx, historySQL, l.ID, gid, string(clearance), below, limit)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p Past, err error) {
		var before []byte
		err = row.Scan(&p.Version, &p.Changed, &p.By, &p.Operation, &p.Class, &before)
		if before != nil {
			p.Before = (*json.RawMessage)(&before)
		}
		return p, err //nolint:wrapcheck // given its kind below
	})
	return found, postgis.Fault(err)
}

// restore makes a feature what it was before a change, and brings it back where it was deleted. Its class is never lowered by that.
func (e Edit) restore(ctx context.Context, tx pgx.Tx) (Edited, error) {
	_, now, err := e.find(ctx, tx)
	gone := false
	if f := fault.Of(err); f != nil && f.Code == "unknown-feature" {
		gone = true
		var visible bool
		if err := tx.QueryRow(ctx, "SELECT NOT EXISTS (SELECT FROM "+e.Layer.From()+" WHERE gid = $1)", e.GID).Scan(&visible); err != nil {
			return Edited{}, err //nolint:wrapcheck // given its kind by Apply
		}
		if !visible {
			return Edited{}, err
		}
		if e.Match != "" {
			return Edited{}, errChanged()
		}
		last := tx.QueryRow(ctx, `SELECT class::text FROM layer.history WHERE layer = $1 AND gid = $2 ORDER BY version DESC LIMIT 1`, e.Layer.ID, e.GID)
		if err := last.Scan(&now); errors.Is(err, pgx.ErrNoRows) {
			return Edited{}, e.errNoPast()
		} else if err != nil {
			return Edited{}, err //nolint:wrapcheck // given its kind by Apply
		}
	} else if err != nil {
		return Edited{}, err
	}
	var class access.Class
	var attributes, place []byte
	err = tx.QueryRow(ctx, `SELECT class::text, attributes::text, ST_AsEWKB(geom) FROM layer.history WHERE layer = $1 AND gid = $2 AND version = $3 AND class <= $4::text::auth.class`,
		e.Layer.ID, e.GID, e.Before, string(e.By.Clearance())).Scan(&class, &attributes, &place)
	switch {
	case errors.Is(err, pgx.ErrNoRows) || (err == nil && !e.By.Clearance().Allows(now)):
		return Edited{}, e.errNoPast()
	case err != nil:
		return Edited{}, err //nolint:wrapcheck // given its kind by Apply
	case attributes == nil:
		return Edited{}, fault.New(fault.Conflict, "nothing-before", "there was no feature {feature} before that change: delete it instead", "feature", e.GID)
	}
	values := map[string]json.RawMessage{}
	if err := json.Unmarshal(attributes, &values); err != nil {
		return Edited{}, err //nolint:wrapcheck // the database wrote it
	}
	after := string(higher(class, now))
	if gone {
		return e.write(ctx, tx, e.fill(editReturnSQL, true), e.GID, after, values, place)
	}
	return e.write(ctx, tx, e.fill(editChangeSQL, true), e.GID, after, values, true, place)
}

func (e Edit) errNoPast() error {
	return fault.New(fault.NotFound, "unknown-change", "the feature {feature} of layer {layer} has no change {change} that could be undone", "feature", e.GID,
		"layer", e.Layer.ID, "change", e.Before)
}
