package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"basin/access"
	"basin/catalog"
	"basin/fault"
	"basin/geo"
	"basin/postgis"
	"basin/source"
	"basin/twin"
)

// The tables of SL 323-2011, the structure of databases of real-time hydrological information (实时雨水情数据库表结构与标识符), that are read, in the order in
// which they are loaded: what others refer to comes first, and of two that state the discharge of a work the one that states it for the whole comes last.
const (
	tableStations   = "ST_STBPRP_B"
	tableThresholds = "ST_RVFCCH_B"
	tableRivers     = "ST_RIVER_R"
	tableTides      = "ST_TIDE_R"
	tableRain       = "ST_PPTN_R"
	tableGates      = "ST_GATE_R"
	tablePumps      = "ST_PUMP_R"
	tableWorks      = "ST_WAS_R"
)

var sl323Tables = []string{tableStations, tableThresholds, tableRivers, tableTides, tableRain, tableGates, tablePumps, tableWorks}

// sl323Table is the table that a file holds, by its name: ST_RIVER_R.csv, st_river_r.txt.gz; empty for none.
func sl323Table(path string) string {
	name, _, _ := strings.Cut(strings.ToUpper(filepath.Base(path)), ".")
	if slices.Contains(sl323Tables, name) {
		return name
	}
	return ""
}

// sl323Files are the files with tables in a directory, or the one file, in the order in which they are loaded.
func sl323Files(path string) ([]string, error) {
	var files []string
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		files, err = filepath.Glob(filepath.Join(path, "*"))
	} else {
		files = []string{path}
	}
	if err != nil {
		return nil, fault.New(fault.NotFound, "no-file", "there is no file {file}", "file", path)
	}
	files = slices.DeleteFunc(files, func(f string) bool { return sl323Table(f) == "" })
	if len(files) == 0 {
		return nil, fault.New(fault.NotFound, "no-tables", "{file} holds no table of SL 323: they are known by their names, {tables}",
			"file", path, "tables", strings.Join(sl323Tables, ", "))
	}
	slices.SortStableFunc(files, func(a, b string) int {
		return cmp.Compare(slices.Index(sl323Tables, sl323Table(a)), slices.Index(sl323Tables, sl323Table(b)))
	})
	return files, nil
}

// sl323Rows calls fn with each row of a table, which must have the columns that are required.
type sl323Rows func(ctx context.Context, required []string, fn func(source.TableRow) error) error

// sl323Load is one load of tables, from files or a database.
type sl323Load struct {
	db      *postgis.DB // nil where nothing is to be stored
	out     *reporter
	l       *loader
	o       source.Options
	crs     geo.CRS
	upper   map[string]string // of works, by code or *: the side that the tables call upper (闸上, 站上)
	zone    *time.Location
	writer  *twin.Writer
	sum     Summary
	rivers  map[string]string     // code by name; empty where several have the name
	things  map[string]*twin.View // by id; nil where there is none
	streams map[string]bool       // codes of the datastreams of things
	strange map[string]bool       // codes that were reported as unknown in this file
	table   string                // that is being read
	file    string                // that holds it, or the address of the database
	rows    sl323Rows             // of that table
	where   func(line int) string // names a row in a finding
	bad     map[int]bool          // lines of which something was not stored
	changed map[int]time.Time     // lines whose row said something else before, and when that was noticed
}

// sl323 loads the tables at a path.
func (c *LoadCmd) sl323(ctx context.Context, db *postgis.DB, path string, out *reporter) (Summary, error) {
	if err := c.checkSL323(); err != nil {
		return Summary{}, err
	}
	files, err := sl323Files(path)
	if err != nil {
		return Summary{}, err
	}
	d := c.dataset(path, &Mapping{})
	if d.SHA256, err = digest(files...); err != nil {
		return Summary{}, err
	}
	s, stop, err := c.newSL323Load(ctx, db, d, out)
	if err != nil {
		return Summary{}, err
	}
	defer stop()
	s.where = func(line int) string { return fmt.Sprintf("line %d", line) }
	for _, file := range files {
		s.file, s.strange = file, map[string]bool{}
		s.rows = func(ctx context.Context, required []string, fn func(source.TableRow) error) error {
			return source.ReadTable(ctx, file, s.o, required, fn)
		}
		if err := s.load(ctx, sl323Table(file)); err != nil {
			return Summary{}, err
		}
	}
	s.sum.Findings = s.l.findings
	return s.sum, nil
}

// checkSL323 checks the flags that go with tables of SL 323.
func (c *LoadCmd) checkSL323() error {
	if c.As != "" || c.To != "" || c.Mapping != "" {
		return wrongUse("tables of SL 323 go with none of --as, --to and --mapping")
	}
	return checkSides(c.Upper)
}

// checkSides checks which side of each work is called upper.
func checkSides(upper map[string]string) error {
	for code, side := range upper {
		if !slices.Contains([]string{"upper", "inner", "outer"}, side) {
			return wrongUse("--upper {code}={side}: a side is upper, inner or outer", "code", code, "side", side)
		}
	}
	return nil
}

// newSL323Load begins a load of a dataset. What it begins ends with stop.
func (c *LoadCmd) newSL323Load(ctx context.Context, db *postgis.DB, d catalog.Dataset, out *reporter) (s *sl323Load, stop func(), err error) {
	s = &sl323Load{db: db, out: out, crs: geo.WGS84(), upper: c.Upper, zone: time.UTC,
		things: map[string]*twin.View{}, streams: map[string]bool{}, rivers: map[string]string{}}
	if c.CRS != "" {
		if s.crs, err = geo.ParseCRS(c.CRS); err != nil {
			return nil, nil, err
		}
		if !s.crs.Geographic() {
			return nil, nil, wrongUse("--crs {crs}: LGTD and LTTD are degrees", "crs", c.CRS)
		}
	}
	s.l = newLoader(db, d, &Mapping{}, out.finding)
	s.o = source.Options{Encoding: c.Encoding, Progress: out.reading, Finding: s.l.report}
	if db == nil {
		return s, func() {}, nil
	}
	region, err := catalog.FindRegion(ctx, db, access.Restricted)
	if err != nil {
		return nil, nil, err
	}
	if region.ID == "" {
		return nil, nil, fault.New(fault.NotFound, "no-region", "the database holds no region, in whose time zone the tables are: basin load regions/nantong")
	}
	s.zone = region.Zone()
	s.writer = twin.NewWriter(db, out.env.log())
	ctx, end := context.WithCancel(ctx)
	ran := make(chan struct{})
	go func() {
		defer close(ran)
		_ = s.writer.Run(ctx) // it ends when it is told to, without an error
	}()
	return s, func() { end(); <-ran }, nil
}

// load loads one table, whose rows are set.
func (s *sl323Load) load(ctx context.Context, table string) error {
	s.table = table
	switch s.table {
	case tableStations:
		return s.loadStations(ctx)
	case tableThresholds:
		return s.loadThresholds(ctx)
	}
	return s.loadReadings(ctx)
}

// read calls fn with each row of the file that says which station it is of.
func (s *sl323Load) read(ctx context.Context, required []string, fn func(r source.TableRow, code string) error) error {
	s.bad = map[int]bool{}
	return s.rows(ctx, append(required, "STCD"), func(r source.TableRow) error {
		s.sum.Read++
		code := r.Get("STCD")
		if code == "" || len(code) > 100 {
			s.find(r.Line, fault.New(fault.Invalid, "code-missing", "a {kind} without a code", "kind", "row"))
			return nil
		}
		return fn(r, code)
	})
}

// find reports what is wrong with a row.
func (s *sl323Load) find(line int, err *fault.Error) {
	s.report(line, err.Code, err.Error())
}

// report reports what is wrong with a row, in words.
func (s *sl323Load) report(line int, code, reason string) {
	s.bad[line] = true
	s.l.report(source.Finding{File: s.file, Layer: s.table, Index: line, Code: code, Reason: s.where(line) + ": " + reason})
}

// sl323Type is what stations of a type (STTP) become. Where a code has several types, the station of the lowest rank has the code itself, and the others have
// the code with their type, for the type belongs to the key: 60117200 and 60117200-PP.
type sl323Type struct {
	kind, is string
	rank     int
}

var sl323Types = map[string]sl323Type{
	"TT": {"station", "tide", 1}, "ZQ": {"station", "discharge", 2}, "ZZ": {"station", "level", 3}, "ZB": {"station", "level", 4},
	"RR": {"station", "level", 5}, "ZG": {"station", "other", 6}, "MM": {"station", "other", 7}, "BB": {"station", "other", 8},
	"SS": {"station", "other", 9}, "PP": {"station", "rainfall", 10},
	"DD": {"work", "sluice", 1}, "DP": {"work", "pump", 1},
}

// sl323Kept are the columns of ST_STBPRP_B that a thing keeps as they are. DTMEL is not added to anything: levels stay above the datum that DTMNM names.
var sl323Kept = []string{"STTP", "RVNM", "HNNM", "BSNM", "STLC", "ADDVCD", "DTMNM", "DTMEL", "DTPR", "FRGRD", "ADMAUTH", "USFL", "COMMENTS"}

// loadStations makes stations and works of ST_STBPRP_B.
func (s *sl323Load) loadStations(ctx context.Context) error {
	if err := s.nameRivers(ctx); err != nil {
		return err
	}
	var rows []twin.Row
	types := map[string][]string{} // of a code
	if err := s.read(ctx, []string{"STTP", "LGTD", "LTTD"}, func(r source.TableRow, code string) error {
		row := s.thing(r, code)
		rows = append(rows, row)
		types[code] = append(types[code], row.Fields.Text("sttp"))
		return nil
	}); err != nil {
		return err
	}
	codes := make([]string, 0, len(rows))
	for i := range rows {
		r := &rows[i]
		code, own := r.Code, sl323Types[r.Fields.Text("sttp")]
		if slices.ContainsFunc(types[code], func(t string) bool { return sl323Types[t].kind == own.kind && sl323Types[t].rank < own.rank }) {
			r.Code += "-" + r.Fields.Text("sttp")
		}
		codes = append(codes, code)
	}
	if err := s.learn(ctx, codes); err != nil {
		return err
	}
	for _, r := range rows {
		if v := s.things[r.ID()]; r.Fields.Text("datum") == "" && v != nil { // what was known of it holds
			r.Fields["datum"] = datumOfLevels(v)
		}
		s.l.rows[r.Kind] = append(s.l.rows[r.Kind], r)
	}
	if s.db == nil {
		s.sum.Things += len(rows)
		return nil
	}
	done, err := s.l.finishAs(ctx, s.out)
	s.sum.Things, s.sum.Added, s.sum.Changed, s.sum.Same = s.sum.Things+done.Things, s.sum.Added+done.Added, s.sum.Changed+done.Changed, s.sum.Same+done.Same
	s.learnAnew()
	s.l.rows = map[string][]twin.Row{}
	return err
}

// thing is the station or work of a row.
func (s *sl323Load) thing(r source.TableRow, code string) twin.Row {
	kind := strings.ToUpper(r.Get("STTP"))
	means, known := sl323Types[kind]
	if !known {
		s.find(r.Line, fault.New(fault.Invalid, "unknown-type", "{code} has the type {type}, which SL 323 does not know", "code", code, "type", kind))
		means, kind = sl323Type{kind: "station", is: "other", rank: 0}, "MM"
	}
	row := twin.Row{File: s.file, Index: r.Line, Fields: twin.Fields{"type": means.is, "sttp": kind}}
	row.Kind, row.Code, row.Class = means.kind, code, s.l.dataset.Class
	row.Name.Zh = r.Get("STNM")
	row.Provenance = twin.Provenance{Source: s.l.dataset.Source, Dataset: s.l.dataset.ID}
	row.Properties = map[string]any{"stcd": code}
	for _, column := range sl323Kept {
		if v := r.Get(column); v != "" {
			row.Properties[strings.ToLower(column)] = v
		}
	}
	if name := r.Get("DTMNM"); name != "" {
		row.Fields["datum"] = sl323Datum(name)
	}
	if river := s.rivers[r.Get("RVNM")]; river != "" {
		row.Fields["river"] = river
	}
	given := twin.Fields{"LGTD": r.Get("LGTD"), "LTTD": r.Get("LTTD")}
	lon, errLon := given.Number("LGTD")
	lat, errLat := given.Number("LTTD")
	switch {
	case errLon != nil || errLat != nil:
		s.find(r.Line, fault.New(fault.Invalid, "bad-place", "{code} has no place: {why}", "code", code, "why", cmp.Or(errLon, errLat).Error()))
	case lon == nil || lat == nil || (*lon == 0 && *lat == 0): // a station without a place is a finding of its own, and a work need not have one
	default:
		at := geo.Point(s.crs.Prepare(geo.Place{*lon, *lat}))
		if err := geo.CheckDegrees(at); err != nil {
			s.find(r.Line, fault.New(fault.Invalid, "bad-place", "{code} has no place: {why}", "code", code, "why", err.Error()))
			break
		}
		row.Geometry = at
	}
	return row
}

// sl323Datum is the vertical datum that a name (DTMNM) means. A datum that a station alone has, frozen or supposed, is unknown to others.
func sl323Datum(name string) string {
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(name, w) })
	}
	switch {
	case has("冻结", "假定", "假设"):
		return "unknown"
	case has("吴淞"):
		return "wusong"
	case has("废黄河"):
		return "abandoned-yellow-river-mouth"
	case has("85", "八五"):
		return "1985-national"
	case has("理论最低潮", "理论深度"):
		return "lowest-theoretical-tide"
	}
	return "unknown"
}

// nameRivers finds the rivers by their names.
func (s *sl323Load) nameRivers(ctx context.Context) error {
	if s.db == nil {
		return nil
	}
	return eachThing(ctx, s.db, "river", func(v twin.View, _ geo.Geometry) {
		if code, twice := s.rivers[v.Name.Zh]; twice && code != v.Code {
			s.rivers[v.Name.Zh] = ""
			return
		}
		s.rivers[v.Name.Zh] = v.Code
	})
}

// learnAnew forgets which things and datastreams there are: others make and delete some.
func (s *sl323Load) learnAnew() {
	s.things, s.streams = map[string]*twin.View{}, map[string]bool{}
}

// learn finds the things that rows with these codes can be of, and their datastreams.
func (s *sl323Load) learn(ctx context.Context, codes []string) error {
	if s.db == nil {
		return nil
	}
	var ids []string
	for _, code := range codes {
		for _, id := range []string{twin.ID("station", code), twin.ID("work", code), twin.ID("station", code+"-PP")} {
			if _, asked := s.things[id]; !asked {
				s.things[id] = nil
				ids = append(ids, id)
			}
		}
	}
	for some := range slices.Chunk(ids, 900) {
		views, _, err := twin.Find(ctx, s.db, twin.Which{IDs: some}, access.Restricted)
		if err != nil {
			return err
		}
		if err := twin.Complete(ctx, s.db, views, access.Restricted); err != nil {
			return err
		}
		for i := range views {
			s.things[views[i].ID] = &views[i]
			for _, d := range views[i].Datastreams {
				s.streams[d.ID] = true
			}
		}
	}
	return nil
}

// datumOfLevels is the datum of a thing's levels, as far as it has any.
func datumOfLevels(v *twin.View) string {
	for _, d := range v.Datastreams {
		if d.Property == "level" && d.Datum != "" {
			return d.Datum
		}
	}
	return "unknown"
}
