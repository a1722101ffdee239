package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"time"

	"basin/access"
	"basin/bureau"
	"basin/catalog"
	"basin/fault"
	"basin/ingest"
	"basin/postgis"
	"basin/source"
)

// sl323Columns are the columns that are read of each table, as far as it has them.
var sl323Columns = map[string][]string{
	tableStations:   append([]string{"STCD", "STNM", "LGTD", "LTTD"}, sl323Kept...),
	tableThresholds: {"STCD", "WRZ", "GRZ", "OBHTZ", "LLZ", "HLZ"},
	tableRivers:     {"STCD", "TM", "MODITIME", "Z", "Q"},
	tableTides:      {"STCD", "TM", "MODITIME", "TDZ"},
	tableRain:       {"STCD", "TM", "MODITIME", "DRP", "INTV", "DYP"},
	tableGates:      {"STCD", "TM", "MODITIME", "EXKEY", "EQPNO", "GTOPHGT", "GTQ"},
	tablePumps:      {"STCD", "TM", "MODITIME", "PPUPZ", "PPDWZ", "OMCN", "PMPQ", "PDCHCD"},
	tableWorks:      {"STCD", "TM", "MODITIME", "UPZ", "DWZ", "TGTQ"},
}

// Bounds of what is read of a database at once.
const (
	sl323Page = 5000    // rows of readings
	sl323Most = 100_000 // stations, or thresholds of stations
)

// sl323Database reads the tables of SL 323 of a database, once or again and again.
type sl323Database struct {
	s       *sl323Load
	db      *bureau.DB
	source  string // the address without user and password: what marks are kept by
	since   time.Time
	overlap time.Duration
	follows bool                 // reads on from the marks
	marks   map[string]time.Time // by table
	basics  map[string][32]byte  // digests of the tables of stations and thresholds as they were stored
	seen    map[string]*sl323Seen
	round   uint32
}

// openSL323 makes ready to read the database at an address. What it begins ends with stop.
func (c *LoadCmd) openSL323(ctx context.Context, db *postgis.DB, a bureau.Address, out *reporter) (d *sl323Database, stop func(), err error) {
	if err := c.checkSL323(); err != nil {
		return nil, nil, err
	}
	name := a.Database()
	data := catalog.Dataset{ID: name, Title: catalog.Title{Zh: name, En: name}, Source: name, Class: access.Class(c.Class), CRS: c.CRS}
	if c.Dataset != "" {
		data.ID = c.Dataset
	}
	if data.Class == "" {
		data.Class = access.Internal
	}
	s, end, err := c.newSL323Load(ctx, db, data, out)
	if err != nil {
		return nil, nil, err
	}
	theirs, err := bureau.Open(a)
	if err != nil {
		end()
		return nil, nil, err
	}
	d = &sl323Database{s: s, db: theirs, source: a.String(), since: c.Since, overlap: c.Overlap, follows: c.Follow, marks: map[string]time.Time{},
		basics: map[string][32]byte{}, seen: map[string]*sl323Seen{}}
	s.file = d.source
	return d, func() { theirs.Close(); end() }, nil
}

// sl323Once loads the tables of a database as they are.
func (c *LoadCmd) sl323Once(ctx context.Context, db *postgis.DB, a bureau.Address, out *reporter) (Summary, error) {
	d, stop, err := c.openSL323(ctx, db, a, out)
	if err != nil {
		return Summary{}, err
	}
	defer stop()
	return d.read(ctx)
}

// read reads what there is, or with follows what is new. A table that cannot be read holds up no other.
func (d *sl323Database) read(ctx context.Context) (Summary, error) {
	s := d.s
	s.sum, s.l.findings = Summary{}, 0
	s.learnAnew()
	tables, err := d.db.Tables(ctx, sl323Tables)
	if err != nil {
		return Summary{}, err
	}
	if len(tables) == 0 {
		return Summary{}, fault.New(fault.NotFound, "no-tables", "{file} holds no table of SL 323: they are known by their names, {tables}",
			"file", d.source, "tables", strings.Join(sl323Tables, ", "))
	}
	d.round++
	var failed error
	for _, name := range sl323Tables {
		t, there := tables[name]
		if !there {
			continue
		}
		if name == tableStations || name == tableThresholds {
			err = d.basic(ctx, t)
		} else {
			err = d.readings(ctx, t)
		}
		if err != nil && (fault.KindOf(err) == fault.Unavailable || fault.Of(err) == nil) {
			return Summary{}, err
		}
		failed = errors.Join(failed, err)
	}
	s.sum.Findings = s.l.findings
	return s.sum, failed
}

// lacks is the error of a table without a column that must be there.
func (d *sl323Database) lacks(t bureau.Table, required []string) error {
	for _, column := range required {
		if !t.Has(column) {
			return fault.New(fault.Invalid, "no-column-there", "{address}: {table} has no column {column}", "address", d.source, "table", t.Name, "column", column)
		}
	}
	return nil
}

// basic stores the stations or thresholds of a table, unless it is as it was when they were last stored.
func (d *sl323Database) basic(ctx context.Context, t bureau.Table) error {
	var rows [][]string
	var columns []string
	digest := sha256.New()
	if err := d.db.Whole(ctx, t, sl323Columns[t.Name], sl323Most, func(names, cells []string) error {
		columns, rows = names, append(rows, cells)
		digest.Write([]byte(strings.Join(cells, "\x1f") + "\x1e"))
		return nil
	}); err != nil {
		return err
	}
	if was, stored := d.basics[t.Name]; stored && was == [32]byte(digest.Sum(nil)) {
		return nil
	}
	slices.SortStableFunc(rows, slices.Compare)
	d.s.rows = func(_ context.Context, required []string, fn func(source.TableRow) error) error {
		if err := d.lacks(t, required); err != nil {
			return err
		}
		return eachRow(columns, rows, 0, fn)
	}
	d.s.where = func(line int) string { return rows[line-1][0] }
	if err := d.s.load(ctx, t.Name); err != nil {
		return err
	}
	d.basics[t.Name] = [32]byte(digest.Sum(nil))
	for _, s := range d.seen { // what was not stored for want of a station may be now
		s.again()
	}
	return nil
}

// eachRow calls fn with rows as those of a table, numbered from those before.
func eachRow(columns []string, rows [][]string, before int, fn func(source.TableRow) error) error {
	places := map[string]int{}
	for i, name := range columns {
		places[name] = i
	}
	for i, cells := range rows {
		if err := fn(source.NewTableRow(before+i+1, places, cells)); err != nil {
			return err
		}
	}
	return nil
}

// sl323Earliest is before all readings, and after what databases write for no time at all.
var sl323Earliest = time.Date(1800, 1, 1, 0, 0, 0, 0, time.UTC)

// from is where the reading of a table begins: at its mark less the overlap, or where it was never read at the time told.
func (d *sl323Database) from(table string) time.Time {
	if mark, known := d.marks[table]; known && d.follows {
		return mark.Add(-d.overlap)
	}
	if d.since.IsZero() {
		return sl323Earliest
	}
	return d.since
}

// text is a time as a column has it: in UTC where it holds instants, else in the zone of the region.
func (d *sl323Database) text(t time.Time, zoned bool) string {
	if zoned {
		return t.UTC().Format("2006-01-02 15:04:05.000") + "Z"
	}
	return t.In(d.s.zone).Format("2006-01-02 15:04:05.000")
}

// readings stores the readings of a table page by page, and moves its mark once a page is committed.
func (d *sl323Database) readings(ctx context.Context, t bureau.Table) error {
	if err := d.lacks(t, []string{"STCD", "TM"}); err != nil {
		return err
	}
	order := t.Ordered("MODITIME", "TM", "STCD")
	from := bureau.At(d.text(d.from(t.Name), t.Zoned(order.Time)))
	seen := d.seen[t.Name]
	if seen == nil {
		seen = newSL323Seen()
		d.seen[t.Name] = seen
	}
	d.s.strange = map[string]bool{}
	for before := 0; ; {
		page, err := d.db.Page(ctx, t, sl323Columns[t.Name], order, from, sl323Page)
		if err != nil {
			return err
		}
		if err := d.page(ctx, t, page, seen, before); err != nil {
			return err
		}
		if err := d.mark(ctx, t.Name, page.Times); err != nil {
			return err
		}
		if page.Next == nil {
			seen.forget(d.round)
			return nil
		}
		from, before = *page.Next, before+len(page.Rows)
	}
}

// page stores the rows of a page that are not known to be stored as they are.
func (d *sl323Database) page(ctx context.Context, t bureau.Table, page bureau.Page, seen *sl323Seen, before int) error {
	now := time.Now().UTC()
	look := make([]sl323Look, len(page.Rows))
	d.s.changed = map[int]time.Time{}
	d.s.rows = func(_ context.Context, _ []string, fn func(source.TableRow) error) error {
		return eachRow(page.Columns, page.Rows, before, func(r source.TableRow) error {
			l := seen.look(r, page.Rows[r.Line-before-1])
			look[r.Line-before-1] = l
			if l.same {
				return nil
			}
			if l.changed {
				d.s.changed[r.Line] = now
			}
			return fn(r)
		})
	}
	d.s.where = func(line int) string {
		row := page.Rows[line-before-1]
		return row[0] + " " + row[min(1, len(row)-1)]
	}
	if err := d.s.load(ctx, t.Name); err != nil {
		return err
	}
	for i, l := range look {
		seen.keep(l, d.round, !d.s.bad[before+i+1])
	}
	return nil
}

// mark moves the mark of a table to the latest of the times, as far as it is not ahead of the clock: a station whose clock is wrong must not hide what comes.
func (d *sl323Database) mark(ctx context.Context, table string, times []string) error {
	now, latest := time.Now(), time.Time{}
	for _, text := range slices.Backward(times) {
		if t, ok := d.s.instant(text); ok && !t.After(now) {
			latest = t
			break
		}
	}
	if latest.IsZero() || d.s.db == nil {
		return nil
	}
	if err := ingest.Mark(ctx, d.s.db, d.source, table, latest, len(times)); err != nil {
		return err
	}
	if latest.After(d.marks[table]) {
		d.marks[table] = latest
	}
	return nil
}
