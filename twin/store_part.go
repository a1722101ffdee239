package twin

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"basin/postgis"
)

// Part is a table of what things consist of: rows that belong to one thing and come as a list of records in one of its fields.
type Part struct {
	Field   string   // of the thing: gates, crests, …
	Table   string   // with its schema: hydro.gate
	Owner   string   // the column that holds the thing's identifier
	Key     []string // the columns that tell the parts of one thing apart
	Columns []Column // the key's among them
	Whole   bool     // a thing that is given with some has these and no others; else those that are not given stay
}

// Put writes the parts of things within tx; a part of the same key is replaced.
func (p Part) Put(ctx context.Context, tx pgx.Tx, rows []Row) error {
	batch, sql := &pgx.Batch{}, p.statement()
	for _, r := range rows {
		kept := []any{r.ID()}
		for i, record := range Records(r.Fields, p.Field) {
			args := []any{r.ID()}
			for _, c := range p.Columns {
				v, err := c.Read(record, c.Name)
				if err != nil {
					return fmt.Errorf("%s[%d]: %w", p.Field, i, err)
				}
				args = append(args, v)
				if slices.Contains(p.Key, c.Name) {
					kept = append(kept, v)
				}
			}
			batch.Queue(sql, args...)
		}
		if p.Whole && len(kept) > 1 {
			batch.Queue(p.removal(len(kept)-1), kept...)
		}
	}
	return postgis.Fault(tx.SendBatch(ctx, batch).Close())
}

// statement is the upsert of the part's table. Table and columns are names from code, never from input.
func (p Part) statement() string {
	names, values, sets := []string{p.Owner}, []string{"$1"}, []string{}
	for i, c := range p.Columns {
		names, values = append(names, c.Name), append(values, fmt.Sprintf("$%d", i+2))
		if !slices.Contains(p.Key, c.Name) {
			sets = append(sets, c.Name+" = excluded."+c.Name)
		}
	}
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s) ON CONFLICT (%s) DO UPDATE SET %s", p.Table, strings.Join(names, ", "), strings.Join(values, ", "),
		strings.Join(append([]string{p.Owner}, p.Key...), ", "), strings.Join(sets, ", "))
}

// removal deletes the parts of a thing but those with so many key values, which are in the order of the columns.
func (p Part) removal(values int) string {
	var names []string
	for _, c := range p.Columns {
		if slices.Contains(p.Key, c.Name) {
			names = append(names, c.Name)
		}
	}
	var kept []string
	for i := 0; i < values; i += len(names) {
		places := make([]string, len(names))
		for k := range names {
			places[k] = fmt.Sprintf("$%d", i+k+2)
		}
		kept = append(kept, "("+strings.Join(places, ", ")+")")
	}
	return fmt.Sprintf("DELETE FROM %s WHERE %s = $1 AND (%s) NOT IN (%s)", p.Table, p.Owner, strings.Join(names, ", "), strings.Join(kept, ", "))
}

// Records are the records of a field that holds a list of them; what is no record is left out.
func Records(f Fields, name string) []Fields {
	items, _ := f[name].([]any)
	var out []Fields
	for _, item := range items {
		if record, ok := item.(map[string]any); ok {
			out = append(out, record)
		}
	}
	return out
}

// Together makes one After of several.
func Together(steps ...After) After {
	return func(ctx context.Context, tx pgx.Tx, rows []Row) error {
		for _, step := range steps {
			if err := step(ctx, tx, rows); err != nil {
				return err
			}
		}
		return nil
	}
}
