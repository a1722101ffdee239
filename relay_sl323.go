package main

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"basin/bureau"
	"basin/catalog"
	"basin/fault"
	"basin/ingest"
	"basin/postgis"
)

// relayTables relays into the tables of SL 323 of another centre's database. The other centre confirms by the commit of its database.
type relayTables struct {
	cmd    *RelayRunCmd
	db     *bureau.DB
	zone   *time.Location          // of times without a zone
	tables map[string]bureau.Table // nil until they are known
}

func (c *RelayRunCmd) outletSL323(ctx context.Context, ours *postgis.DB) (outlet, error) {
	a, err := bureau.ParseAddress(c.To, c.Database, c.Schema)
	if err != nil {
		return nil, err
	}
	region, err := catalog.NameRegion(ctx, ours)
	if err != nil {
		return nil, err
	}
	if region.ID == "" {
		return nil, fault.New(fault.NotFound, "no-region", "the database holds no region, in whose time zone the tables are: basin load regions/nantong")
	}
	db, err := bureau.Open(a)
	if err != nil {
		return nil, err
	}
	return &relayTables{cmd: c, db: db, zone: region.Zone()}, nil
}

func (r *relayTables) to() string { return r.db.Address().String() }

func (r *relayTables) close() { r.db.Close() }

func (r *relayTables) lost(err error) bool {
	f := fault.Of(err)
	return f != nil && slices.Contains([]string{"bureau-away", "bureau-refused", "bureau-absent", "no-schema"}, f.Code)
}

// ready finds the tables once, and makes those that lack where that was asked for.
func (r *relayTables) ready(ctx context.Context) error {
	if r.tables != nil {
		return nil
	}
	names := slices.Sorted(maps.Keys(relayColumns))
	tables, err := r.db.Tables(ctx, names)
	if err != nil {
		return err
	}
	absent := slices.DeleteFunc(slices.Clone(names), func(name string) bool { _, there := tables[name]; return there })
	if len(absent) > 0 && !r.cmd.CreateTables {
		return fault.New(fault.Invalid, "no-tables-there", "{address} lacks {tables}; --create-tables makes them", "address", r.to(), "tables", strings.Join(absent, ", "))
	}
	for _, name := range absent {
		if err := r.db.Create(ctx, name, relayColumns[name], relayKeys(name), "TM", "MODITIME"); err != nil {
			return err
		}
	}
	if tables, err = r.db.Tables(ctx, names); err != nil {
		return err
	}
	for _, name := range names {
		var key []string
		for i, c := range relayColumns[name] {
			if !tables[name].Has(c.Name) && c.Name != "MODITIME" {
				return fault.New(fault.Invalid, "no-column-there", "{address}: {table} has no column {column}", "address", r.to(), "table", name, "column", c.Name)
			}
			if i < relayKeys(name) {
				key = append(key, c.Name)
			}
		}
		if err := r.db.Keyed(ctx, tables[name], key); err != nil {
			return err
		}
	}
	r.tables = tables
	return nil
}

// send writes the readings of one station.
func (r *relayTables) send(ctx context.Context, s ingest.RelayStation, readings []ingest.RelayReading) (sent, error) {
	done, _, err := r.together(ctx, []ingest.RelayStation{s}, map[string][]ingest.RelayReading{s.Address: readings})
	return done[s.Address], err
}

// together writes the readings of several stations in one transaction.
func (r *relayTables) together(ctx context.Context, group []ingest.RelayStation, readings map[string][]ingest.RelayReading) (map[string]sent, bool, error) {
	out := make(map[string]sent, len(group))
	sets := map[string]*bureau.Rows{}
	held := map[string]bool{} // keys of rows: two things of one code must not say the same row in one statement
	var again []bureau.Rows
	for _, s := range group {
		side := cmp.Or(r.cmd.Upper[s.Code], r.cmd.Upper["*"], "upper")
		rows, passed, why := ingest.RelayRows(s, readings[s.Address], side)
		done := sent{passed: passed, why: why}
		for _, row := range rows {
			done.confirmed += row.Readings
			columns, cells := r.row(s.Code, row)
			key := row.Table + " " + strings.Join(columns, ",")
			of := sets[key]
			if of == nil {
				of = &bureau.Rows{Table: r.tables[row.Table], Columns: columns, Keys: relayKeys(row.Table)}
				sets[key] = of
			}
			id := key + " " + s.Code + " " + row.Time.String() + " " + row.Key
			if held[id] {
				again = append(again, bureau.Rows{Table: of.Table, Columns: columns, Keys: of.Keys, Cells: [][]any{cells}})
				continue
			}
			held[id], of.Cells = true, append(of.Cells, cells)
		}
		out[s.Address] = done
	}
	if len(sets) == 0 {
		return out, true, nil
	}
	all := make([]bureau.Rows, 0, len(sets)+len(again))
	for _, key := range slices.Sorted(maps.Keys(sets)) {
		all = append(all, *sets[key])
	}
	return out, true, r.db.Put(ctx, append(all, again...))
}

// row is a row with its key first, and when it was written where the table has MODITIME.
func (r *relayTables) row(code string, row ingest.SL323Row) (columns []string, cells []any) {
	t := r.tables[row.Table]
	columns, cells = []string{"STCD", "TM"}, []any{code, r.text(row.Time, t.Zoned("TM"))}
	if relayKeys(row.Table) == 3 {
		columns, cells = append(columns, "EXKEY"), append(cells, row.Key)
	}
	for _, column := range slices.Sorted(maps.Keys(row.Cells)) {
		columns = append(columns, column)
		if cell := row.Cells[column]; cell != "" {
			cells = append(cells, cell)
		} else {
			cells = append(cells, nil)
		}
	}
	if t.Has("MODITIME") {
		columns, cells = append(columns, "MODITIME"), append(cells, r.text(time.Now(), t.Zoned("MODITIME")))
	}
	return columns, cells
}

// text is a time as the tables have it. Sessions there are in UTC.
func (r *relayTables) text(t time.Time, zoned bool) string {
	if zoned {
		return t.UTC().Format(time.DateTime)
	}
	return t.In(r.zone).Format(time.DateTime)
}

// relayKeys is how many columns tell the rows of a table apart.
func relayKeys(table string) int {
	if table == tableGates {
		return 3
	}
	return 2
}

// relayColumns are the columns that are written, the keys first. Where basin makes the tables they hold every value that it can have; the standard has fewer
// decimals and codes of eight characters.
var relayColumns = map[string][]bureau.NewColumn{
	tableRivers: relayTable(decimals("Z", 10, 4), decimals("Q", 14, 4)),
	tableTides:  relayTable(decimals("TDZ", 10, 4)),
	tableWorks:  relayTable(decimals("UPZ", 10, 4), decimals("DWZ", 10, 4), decimals("TGTQ", 14, 4)),
	tableGates:  relayTable(letters("EXKEY", 1), letters("EQPNO", 2), decimals("GTOPHGT", 10, 4), decimals("GTQ", 14, 4)),
	tablePumps:  relayTable(decimals("PPUPZ", 10, 4), decimals("PPDWZ", 10, 4), decimals("OMCN", 4, 0), decimals("PMPQ", 14, 4), letters("PDCHCD", 1)),
	tableRain:   relayTable(decimals("DRP", 9, 3), decimals("INTV", 5, 2), decimals("DYP", 9, 3)),
}

// relayTable are the columns of a table of readings.
func relayTable(own ...bureau.NewColumn) []bureau.NewColumn {
	instant := bureau.ColumnType{Kind: bureau.Instant}
	return slices.Concat([]bureau.NewColumn{letters("STCD", 64), {Name: "TM", Type: instant}}, own, []bureau.NewColumn{{Name: "MODITIME", Type: instant}})
}

func decimals(name string, size, after int) bureau.NewColumn {
	return bureau.NewColumn{Name: name, Type: bureau.ColumnType{Kind: bureau.Number, Size: size, Decimals: after}}
}

func letters(name string, size int) bureau.NewColumn {
	return bureau.NewColumn{Name: name, Type: bureau.ColumnType{Kind: bureau.Word, Size: size}}
}
