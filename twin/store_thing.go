package twin

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/geo"
	"basin/postgis"
)

//go:embed thing_put.sql
var thingPutSQL string

// PutThings writes things into the register within tx: new ones are added, others changed only where they differ. A batch may not
// name one thing twice. The layer of each kind that changed is announced on the feed.
func PutThings(ctx context.Context, tx pgx.Tx, things []Thing) (Changes, error) {
	if len(things) == 0 {
		return Changes{}, nil
	}
	n := len(things)
	var (
		kind, code, zh, en, pinyin, area = make([]string, n), make([]string, n), make([]*string, n), make([]*string, n), make([]*string, n), make([]*string, n)
		former, properties               = make([]string, n), make([]string, n)
		class, status, source            = make([]string, n), make([]string, n), make([]string, n)
		accuracy                         = make([]*float64, n)
		dataset                          = make([]*string, n)
		geom                             = make([][]byte, n)
	)
	for i, t := range things {
		kind[i], code[i], zh[i], en[i], pinyin[i], area[i] = t.Kind, t.Code, text(t.Name.Zh), text(t.Name.En), text(t.Name.Pinyin), text(t.Area)
		class[i], status[i], source[i] = string(t.Class), t.Provenance.Status, t.Provenance.Source
		if t.Class == "" {
			class[i] = string(access.Internal)
		}
		if t.Provenance.Status == "" {
			status[i] = "unknown"
		}
		accuracy[i], dataset[i] = t.Provenance.AccuracyM, text(t.Provenance.Dataset)
		var err error
		if former[i], err = jsonText(t.Name.Former, "[]"); err != nil {
			return Changes{}, fmt.Errorf("%s: former names: %w", t.ID(), err)
		}
		if properties[i], err = jsonText(t.Properties, "{}"); err != nil {
			return Changes{}, fmt.Errorf("%s: properties: %w", t.ID(), err)
		}
		if t.Geometry != nil {
			if geom[i], err = geo.EWKB(t.Geometry, 4326); err != nil {
				return Changes{}, fmt.Errorf("%s: geometry: %w", t.ID(), err)
			}
		}
	}
	rows, err := tx.Query(ctx, thingPutSQL, kind, code, zh, en, pinyin, former, area, class, status, accuracy, source, dataset, properties, geom)
	if err != nil {
		return Changes{}, postgis.Fault(err)
	}
	done, err := pgx.CollectRows(rows, pgx.RowTo[bool])
	if err != nil {
		return Changes{}, postgis.Fault(err)
	}
	changes := Changes{Same: n - len(done)}
	for _, added := range done {
		if added {
			changes.Added++
		} else {
			changes.Changed++
		}
	}
	return changes, nil
}

// Topics of the change feed that twin writes.
const (
	TopicTiles = "tiles" // key: the layer whose features changed; written by triggers of the tables
	TopicState = "state" // key: the thing whose state may have changed
)

// Relate writes relations within tx; those that exist are left alone.
func Relate(ctx context.Context, tx pgx.Tx, relations []Relation) error {
	source, typ, target := columnsOf(relations)
	_, err := tx.Exec(ctx, `INSERT INTO twin.relation (source, type, target)
		SELECT DISTINCT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING`, source, typ, target)
	return postgis.Fault(err)
}

// RelateOnly writes relations within tx in the place of those that their sources have of the same types.
func RelateOnly(ctx context.Context, tx pgx.Tx, relations []Relation) error {
	source, typ, target := columnsOf(relations)
	if _, err := tx.Exec(ctx, `DELETE FROM twin.relation r WHERE (r.source, r.type) IN (SELECT * FROM unnest($1::text[], $2::text[]))
		AND (r.source, r.type, r.target) NOT IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))`, source, typ, target); err != nil {
		return postgis.Fault(err)
	}
	return Relate(ctx, tx, relations)
}

// columnsOf are relations turned into arrays, as unnest takes them.
func columnsOf(relations []Relation) (source, typ, target []string) {
	source, typ, target = make([]string, len(relations)), make([]string, len(relations)), make([]string, len(relations))
	for i, r := range relations {
		source[i], typ[i], target[i] = r.Source, r.Type, r.Target
	}
	return source, typ, target
}

// text is nil for the empty string, which the register does not tell apart from an unknown one.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// jsonText is v as JSON, or empty where v is a nil slice or map.
func jsonText(v any, empty string) (string, error) {
	b, err := json.Marshal(v)
	if err != nil || string(b) == "null" {
		return empty, err
	}
	return string(b), nil
}
