package twin

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"basin/fault"
	"basin/postgis"
)

// After makes what hangs on freshly put rows, within their transaction: gates, datastreams, models.
type After func(ctx context.Context, tx pgx.Tx, rows []Row) error

// loadBatch is how many rows are put in one transaction.
const loadBatch = 500

// Load puts rows of one noun, in batches, and tells step how many rows each batch had. A row that cannot be put is reported and harms no other; an
// error means that the database cannot be used.
func (n Noun) Load(ctx context.Context, db *postgis.DB, rows []Row, report func(Row, error), step func(rows int)) (Changes, error) {
	var total Changes
	rows = n.distinct(rows, report)
	for start := 0; start < len(rows); start += loadBatch {
		batch := rows[start:min(start+loadBatch, len(rows))]
		changes, err := n.put(ctx, db, batch)
		if err != nil && fault.KindOf(err) != fault.Unavailable && ctx.Err() == nil && len(batch) > 1 {
			changes, err = n.oneByOne(ctx, db, batch, report)
		} else if err != nil && fault.KindOf(err) != fault.Unavailable && ctx.Err() == nil {
			report(batch[0], err)
			err = nil
		}
		if err != nil {
			return total, err
		}
		total = total.Plus(changes)
		step(len(batch))
	}
	return total, nil
}

// distinct reports rows whose code is missing or was seen before; the first of a code counts.
func (n Noun) distinct(rows []Row, report func(Row, error)) []Row {
	seen, out := map[string]bool{}, make([]Row, 0, len(rows))
	for _, r := range rows {
		switch {
		case r.Code == "":
			report(r, fault.New(fault.Invalid, "code-missing", "a {kind} without a code", "kind", n.Kind))
		case seen[r.Code]:
			report(r, fault.New(fault.Conflict, "code-twice", "the code {code} occurs twice; the first one counts", "code", r.Code))
		default:
			seen[r.Code] = true
			out = append(out, r)
		}
	}
	return out
}

// oneByOne puts the rows of a batch that failed as a whole.
func (n Noun) oneByOne(ctx context.Context, db *postgis.DB, rows []Row, report func(Row, error)) (Changes, error) {
	var total Changes
	for _, r := range rows {
		changes, err := n.put(ctx, db, []Row{r})
		switch {
		case err == nil:
			total = total.Plus(changes)
		case fault.KindOf(err) == fault.Unavailable || ctx.Err() != nil:
			return total, err
		default:
			report(r, err)
		}
	}
	return total, nil
}

// put puts rows in one transaction.
func (n Noun) put(ctx context.Context, db *postgis.DB, rows []Row) (Changes, error) {
	var changes Changes
	err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) (err error) {
		changes, err = n.Put(ctx, tx, rows)
		return err
	})
	return changes, postgis.Fault(err)
}

// Put puts rows, none of them twice, within tx.
func (n Noun) Put(ctx context.Context, tx pgx.Tx, rows []Row) (Changes, error) {
	things := make([]Thing, len(rows))
	for i := range rows {
		rows[i].Kind = n.Kind
		things[i] = rows[i].Thing
	}
	changes, err := PutThings(ctx, tx, things)
	if err != nil {
		return changes, err
	}
	moved, err := n.putColumns(ctx, tx, rows)
	if err != nil {
		return changes, err
	}
	if more := len(moved) - changes.Added - changes.Changed; more > 0 {
		changes.Changed, changes.Same = changes.Changed+more, changes.Same-more
	}
	if len(moved) > changes.Added {
		if _, err := tx.Exec(ctx, "SELECT twin.tell($1)", moved); err != nil {
			return changes, postgis.Fault(err)
		}
	}
	if n.After != nil {
		err = n.After(ctx, tx, rows)
	}
	return changes, err
}

// telling sets whether the feed is told of each statement that changes columns of nouns, within a transaction.
const telling = `SELECT set_config('basin.told', $1, true)`

// putColumns writes the noun's own columns and says which things that changed. Of them all the feed is told at once, by whoever calls it.
func (n Noun) putColumns(ctx context.Context, tx pgx.Tx, rows []Row) (moved []string, err error) {
	sql, batch := n.statement(), &pgx.Batch{}
	batch.Queue(telling, "yes")
	for _, r := range rows {
		args := []any{r.ID()}
		for _, c := range n.Columns {
			v, err := c.Read(r.Fields, c.Name)
			if err != nil {
				return nil, err
			}
			args = append(args, v)
		}
		batch.Queue(sql, args...)
	}
	batch.Queue(telling, "")
	results := tx.SendBatch(ctx, batch)
	if _, err := results.Exec(); err != nil {
		_ = results.Close()
		return nil, postgis.Fault(err)
	}
	for _, r := range rows {
		tag, err := results.Exec()
		if err != nil {
			_ = results.Close()
			return nil, fmt.Errorf("%s: %w", r.ID(), postgis.Fault(err))
		}
		if tag.RowsAffected() > 0 {
			moved = append(moved, r.ID())
		}
	}
	return moved, postgis.Fault(results.Close())
}

// statement is the upsert of the noun's table. Table and columns are names from code, never from input.
func (n Noun) statement() string {
	names, values, sets, old, fresh := []string{"id"}, []string{"$1"}, []string{}, []string{}, []string{}
	for i, c := range n.Columns {
		names, values = append(names, c.Name), append(values, fmt.Sprintf("$%d", i+2))
		set := "excluded." + c.Name
		if c.Keep {
			set = fmt.Sprintf("coalesce(excluded.%s, t.%s)", c.Name, c.Name)
		}
		sets, old, fresh = append(sets, c.Name+" = "+set), append(old, "t."+c.Name), append(fresh, set)
	}
	sql := fmt.Sprintf("INSERT INTO %s AS t (%s) VALUES (%s) ON CONFLICT (id) DO ", n.Table, strings.Join(names, ", "), strings.Join(values, ", "))
	if len(sets) == 0 {
		return sql + "NOTHING"
	}
	return sql + fmt.Sprintf("UPDATE SET %s WHERE (%s) IS DISTINCT FROM (%s)", strings.Join(sets, ", "), strings.Join(old, ", "), strings.Join(fresh, ", "))
}
