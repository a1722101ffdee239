package hydro

import (
	"context"
	_ "embed"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"basin/postgis"
)

//go:embed part_find.sql
var partFindSQL string

// Parts reads what things consist of: the gates and pump units of works, the points of cross-sections, the crests of dikes. Each is a JSON object.
func Parts(ctx context.Context, db *postgis.DB, things []string) (map[string]json.RawMessage, error) {
	rows, err := db.Query(ctx, partFindSQL, things)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	out := map[string]json.RawMessage{}
	var id string
	var parts []byte
	_, err = pgx.ForEachRow(rows, []any{&id, &parts}, func() error {
		out[id] = json.RawMessage(append([]byte(nil), parts...))
		return nil
	})
	return out, postgis.Fault(err)
}
