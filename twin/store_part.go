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
}

// Put writes the parts of things within tx; a part of the same key is replaced, parts that are not given stay.
func (p Part) Put(ctx context.Context, tx pgx.Tx, rows []Row) error {
	batch, sql := &pgx.Batch{}, p.statement()
	for _, r := range rows {
		for i, record := range Records(r.Fields, p.Field) {
			args := []any{r.ID()}
			for _, c := range p.Columns {
				v, err := c.Read(record, c.Name)
				if err != nil {
					return fmt.Errorf("%s[%d]: %w", p.Field, i, err)
				}
				args = append(args, v)
			}
			batch.Queue(sql, args...)
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
