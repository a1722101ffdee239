package layer

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/fault"
	"basin/geo"
	"basin/postgis"
)

// TopicTiles is the topic of the change feed under which a layer's changes are announced.
const TopicTiles = "tiles"

var (
	//go:embed own_create.sql
	ownCreateSQL string
	//go:embed own_register.sql
	ownRegisterSQL string
	//go:embed own_put.sql
	ownPutSQL string
)

// CreateOwn makes a user's layer within tx: its table in the schema own and its entry in the register. Where it exists its entry is brought up to date
// and columns that are new are added; a column whose type changed is emptied, for PutOwn to fill again.
func CreateOwn(ctx context.Context, tx pgx.Tx, o OwnLayer) error {
	if o.Class == "" {
		o.Class = access.Internal
	}
	if o.GeometryType == "" {
		o.GeometryType = "mixed"
	}
	if err := o.Check(); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('own.' || $1))`, o.ID); err != nil {
		return postgis.Fault(err)
	}
	var builtin, exists bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM layer.layer WHERE id = $1 AND NOT own), to_regclass('own.' || quote_ident($1)) IS NOT NULL`, o.ID).
		Scan(&builtin, &exists)
	if err != nil {
		return postgis.Fault(err)
	}
	if builtin {
		return fault.New(fault.Conflict, "layer-not-own", "the layer {layer} is one of basin's own: choose another id", "layer", o.ID)
	}
	if !exists && (strings.HasSuffix(o.ID, StatusSuffix) || strings.HasSuffix(o.ID, LabelSuffix)) {
		return fault.New(fault.Invalid, "layer-id-taken", "{layer} cannot be the id of a layer: names that end in {endings} are of layers that basin makes", "layer", o.ID,
			"endings", StatusSuffix+", "+LabelSuffix)
	}
	if !exists {
		if _, err := tx.Exec(ctx, strings.ReplaceAll(ownCreateSQL, "{table}", ownTable(o.ID)), pgx.QueryExecModeSimpleProtocol); err != nil {
			return postgis.Fault(err)
		}
		if _, err := tx.Exec(ctx, "SELECT own.tell_of($1)", o.ID); err != nil {
			return postgis.Fault(err)
		}
		if _, err := tx.Exec(ctx, `SELECT layer.keep_history($1)`, o.ID); err != nil {
			return postgis.Fault(err)
		}
	}
	done, err := tx.Exec(ctx, ownRegisterSQL, o.ID, o.Title.Zh, o.Title.En, o.GeometryType, string(o.Class), text(o.Dataset), o.MinZoom, o.MaxZoom, o.tileColumns())
	if err != nil {
		return postgis.Fault(err)
	}
	altered, err := alterOwn(ctx, tx, o)
	if err != nil {
		return err
	}
	if exists && done.RowsAffected() == 0 && !altered {
		return nil
	}
	return postgis.Publish(ctx, tx, postgis.Event{Topic: TopicTiles, Key: o.ID})
}

// ownTable is a user's table as SQL names it.
func ownTable(id string) string { return pgx.Identifier{"own", id}.Sanitize() }

// text is nil for the empty string.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// alterOwn gives a user's table the columns and comments that it lacks, and says whether it lacked any.
func alterOwn(ctx context.Context, tx pgx.Tx, o OwnLayer) (bool, error) {
	table := ownTable(o.ID)
	rows, err := tx.Query(ctx, `SELECT attname, format_type(atttypid, atttypmod) AS type, coalesce(col_description(attrelid, attnum), '') AS comment
		FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped`, table)
	if err != nil {
		return false, postgis.Fault(err)
	}
	types, comments := map[string]string{}, map[string]string{}
	var name, typ, comment string
	if _, err := pgx.ForEachRow(rows, []any{&name, &typ, &comment}, func() error {
		types[name], comments[name] = typ, comment
		return nil
	}); err != nil {
		return false, postgis.Fault(err)
	}
	var ddl []string
	title := "A user's layer: " + o.Title.En + " " + o.Title.Zh
	var old string
	if err := tx.QueryRow(ctx, `SELECT coalesce(obj_description(to_regclass($1), 'pg_class'), '')`, table).Scan(&old); err != nil {
		return false, postgis.Fault(err)
	}
	say := func(what, is string) error {
		var quoted string
		if err := tx.QueryRow(ctx, `SELECT quote_literal($1::text)`, is).Scan(&quoted); err != nil {
			return postgis.Fault(err)
		}
		ddl = append(ddl, "COMMENT ON "+what+" IS "+quoted)
		return nil
	}
	if old != title {
		if err := say("TABLE "+table, title); err != nil {
			return false, err
		}
	}
	for _, c := range o.Columns {
		name, want := ColumnName(c.Name), sqlTypes[c.Type]
		column := pgx.Identifier{name}.Sanitize()
		switch types[name] {
		case want:
		case "":
			ddl = append(ddl, "ALTER TABLE "+table+" ADD COLUMN "+column+" "+want)
		default:
			ddl = append(ddl, "ALTER TABLE "+table+" ALTER COLUMN "+column+" TYPE "+want+" USING NULL")
		}
		is := c.Comment
		if is == "" {
			is = c.Name
		}
		if is = strings.ReplaceAll(strings.ToValidUTF8(is, ""), "\x00", ""); comments[name] != is && is != "" {
			if err := say("COLUMN "+table+"."+column, is); err != nil {
				return false, err
			}
		}
	}
	for _, statement := range ddl {
		if _, err := tx.Exec(ctx, statement, pgx.QueryExecModeSimpleProtocol); err != nil {
			return false, postgis.Fault(err)
		}
	}
	emptied, err := emptyOwn(ctx, tx, o, slices.Collect(maps.Keys(types)))
	return len(ddl) > 0 || emptied, err
}

// emptyOwn empties the columns of a user's table that the file no longer has, and says whether they held anything.
func emptyOwn(ctx context.Context, tx pgx.Tx, o OwnLayer, columns []string) (bool, error) {
	held := false
	for _, name := range columns {
		if slices.Contains(fixed, name) || slices.ContainsFunc(o.Columns, func(c Column) bool { return ColumnName(c.Name) == name }) {
			continue
		}
		column := pgx.Identifier{name}.Sanitize()
		done, err := tx.Exec(ctx, "UPDATE "+ownTable(o.ID)+" SET "+column+" = NULL, changed = now() WHERE "+column+" IS NOT NULL")
		if err != nil {
			return false, postgis.Fault(err)
		}
		held = held || done.RowsAffected() > 0
	}
	return held, nil
}

// putBatch is how many features are written at once.
const putBatch = 1000

// PutOwn makes features the whole content of a user's layer within tx: what is new is added, what differs is changed, what is not among them is
// removed. The layer must have been made by CreateOwn with the same description.
func PutOwn(ctx context.Context, tx pgx.Tx, o OwnLayer, features []OwnFeature) (Changes, error) {
	if err := o.Check(); err != nil {
		return Changes{}, err
	}
	codes, seen := make([]string, len(features)), map[string]bool{}
	for i := range features {
		f := &features[i]
		if codes[i] = f.Code; codes[i] == "" {
			codes[i] = fmt.Sprint(f.Index)
		}
		if seen[codes[i]] {
			return Changes{}, fault.New(fault.Invalid, "duplicate-feature", "the feature {feature} is there more than once", "feature", codes[i])
		}
		seen[codes[i]] = true
	}
	changes := Changes{}
	sql := o.putSQL()
	for start := 0; start < len(features); start += putBatch {
		end := min(start+putBatch, len(features))
		added, changed, err := o.putBatch(ctx, tx, sql, features[start:end], codes[start:end])
		if err != nil {
			return Changes{}, err
		}
		changes.Added, changes.Changed, changes.Same = changes.Added+added, changes.Changed+changed, changes.Same+end-start-added-changed
	}
	gone, err := tx.Exec(ctx, "DELETE FROM "+ownTable(o.ID)+" WHERE code <> ALL($1::text[])", codes)
	if err != nil {
		return Changes{}, postgis.Fault(err)
	}
	changes.Removed = int(gone.RowsAffected())
	return changes, nil
}

// putSQL is the statement that writes features of the layer.
func (o OwnLayer) putSQL() string {
	var names, given, set, old, fresh, definitions strings.Builder
	for i, c := range o.Columns {
		column := pgx.Identifier{ColumnName(c.Name)}.Sanitize()
		names.WriteString(", " + column)
		given.WriteString(", a." + column)
		set.WriteString(", " + column + " = excluded." + column)
		old.WriteString(", o." + column)
		fresh.WriteString(", excluded." + column)
		if i > 0 {
			definitions.WriteString(", ")
		}
		definitions.WriteString(column + " " + sqlTypes[c.Type])
	}
	record := ""
	if definitions.Len() > 0 {
		record = "CROSS JOIN LATERAL jsonb_to_record(r.attributes) AS a (" + definitions.String() + ")"
	}
	return strings.NewReplacer("{table}", ownTable(o.ID), "{names}", names.String(), "{given}", given.String(), "{set}", set.String(),
		"{old}", old.String(), "{new}", fresh.String(), "{record}", record).Replace(ownPutSQL)
}

// putBatch writes some features and says how many were new and how many differed.
func (o OwnLayer) putBatch(ctx context.Context, tx pgx.Tx, sql string, features []OwnFeature, codes []string) (added, changed int, err error) {
	n := len(features)
	ids, index, accuracy := make([]string, n), make([]int, n), make([]*float64, n)
	status, source, class := make([]string, n), make([]string, n), make([]string, n)
	geom, attributes := make([][]byte, n), make([]string, n)
	for i, f := range features {
		ids[i], index[i], accuracy[i], source[i] = o.ID+":"+codes[i], f.Index, f.AccuracyM, f.Source
		status[i], class[i] = f.Status, string(f.Class)
		if f.Status == "" {
			status[i] = "unknown"
		}
		if f.Class == "" {
			class[i] = string(access.Internal)
		}
		if f.Geometry != nil {
			if geom[i], err = geo.EWKB(f.Geometry, 4326); err != nil {
				return 0, 0, fmt.Errorf("feature %s: geometry: %w", codes[i], err)
			}
		}
		values := map[string]any{}
		for _, c := range o.Columns {
			if values[ColumnName(c.Name)], err = c.convert(f.Values[c.Name]); err != nil {
				return 0, 0, fmt.Errorf("feature %s: %w", codes[i], err)
			}
		}
		b, err := json.Marshal(values)
		if err != nil {
			return 0, 0, fmt.Errorf("feature %s: %w", codes[i], err)
		}
		attributes[i] = string(b)
	}
	rows, err := tx.Query(ctx, sql, pgx.QueryExecModeCacheDescribe, ids, codes, index, status, accuracy, source, class, geom, attributes, text(o.Dataset))
	if err != nil {
		return 0, 0, postgis.Fault(err)
	}
	fresh, err := pgx.CollectRows(rows, pgx.RowTo[bool])
	if err != nil {
		return 0, 0, postgis.Fault(err)
	}
	for _, isNew := range fresh {
		if isNew {
			added++
		} else {
			changed++
		}
	}
	return added, changed, nil
}
