package api

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"basin/access"
	"basin/fault"
	"basin/sensorthings"
)

// Limits of one answer.
const (
	staDefaultTop = 100
	staMaxRows    = 20_000   // entities in one answer; beyond, sets within others are cut short and say where they go on
	staMaxBytes   = 64 << 20 // of one answer
)

// staLevel is a set of entities to be answered: the set asked for, or one within the entities of another level.
type staLevel struct {
	e       *staEntity
	q       sensorthings.Query
	link    *staLink         // from the level above; nil for all entities
	id      *sensorthings.ID // of the one entity that is wanted
	only    *staObserved     // the observations that are wanted; nil for all
	columns []staProperty
	links   []staLink // whose addresses are shown
	bare    bool      // whether only what was selected is shown
	showID  bool
	self    bool
	limit   int // entities for each of those above
	rows    map[int64][]*staRow
	more    map[int64]bool
	count   map[int64]int64
	within  []*staLevel
}

// staReader answers one request.
type staReader struct {
	db    staDB
	model *sta
	who   access.Class
	left  int // entities that may still be read
}

// level prepares a level: which columns it has, and the levels within it.
func (r *staReader) level(e *staEntity, q sensorthings.Query) (*staLevel, error) {
	l := &staLevel{e: e, q: q, showID: true, self: true}
	if q.Select == nil || slices.ContainsFunc(q.Select, func(p sensorthings.Path) bool { return p.Names[0] == "*" }) {
		for _, p := range e.properties {
			if !p.costly {
				l.columns = append(l.columns, p)
			}
		}
		l.links = e.links
	} else if err := l.selected(); err != nil {
		return nil, err
	}
	for _, x := range q.Expand {
		link, ok := r.model.leads(e, x.Name)
		if !ok {
			return nil, fault.New(fault.Invalid, "bad-query", "{option} is wrong at position {at}: {why}", "option", "$expand", "at", x.At+1,
				"why", "a "+e.typ+" leads to no "+short(x.Name))
		}
		inner, err := r.level(r.model.of[link.to], x.Query)
		if err != nil {
			return nil, err
		}
		inner.link = &link
		l.within = append(l.within, inner)
	}
	return l, nil
}

// selected takes the columns that $select names.
func (l *staLevel) selected() error {
	l.bare, l.showID, l.self = true, false, false
	for _, p := range l.q.Select {
		name := p.Names[0]
		prop, ok := l.e.property(name)
		link, leads := l.e.link(name)
		switch {
		case len(p.Names) > 1:
			return fault.New(fault.Invalid, "bad-query", "{option} is wrong at position {at}: {why}", "option", "$select", "at", p.At+1,
				"why", "a whole property is selected, not a part of it")
		case name == "@iot.selfLink" || name == "selfLink":
			l.self = true
		case ok && prop.name == "id":
			l.showID = true
		case ok:
			if !slices.ContainsFunc(l.columns, func(c staProperty) bool { return c.name == prop.name }) {
				l.columns = append(l.columns, prop)
			}
		case leads:
			l.links = append(l.links, link)
		default:
			return fault.New(fault.Invalid, "bad-query", "{option} is wrong at position {at}: {why}", "option", "$select", "at", p.At+1,
				"why", fmt.Sprintf("a %s has no property %s", l.e.typ, short(name)))
		}
	}
	return nil
}

// load reads a level and those within it. Where it hangs on a link, from are the keys that the link starts from.
func (r *staReader) load(ctx context.Context, l *staLevel, from []int64) error {
	top := l.q.Top
	if top < 0 {
		top = staDefaultTop
	}
	if l.id != nil || (l.link != nil && !l.link.many) {
		top = 1
	}
	l.limit = top
	if l.link != nil && l.link.many && len(from) > 0 {
		l.limit = min(top, max(r.left, 0)/len(from))
	}
	l.rows, l.more = map[int64][]*staRow{}, map[int64]bool{}
	if l.link != nil && len(from) == 0 {
		return nil
	}
	c := &staCompiler{model: r.model, args: []any{string(r.who)}}
	where, err := r.where(c, l)
	if err != nil {
		return err
	}
	if l.q.Count {
		if err := r.countUp(ctx, l, c, where, from); err != nil {
			return err
		}
	}
	after, err := l.after(c)
	if err != nil {
		return err
	}
	where += after
	order, err := orders(c, l)
	if err != nil {
		return err
	}
	rows, err := r.db.rows(ctx, r.statement(c, l, where, order, from), c.args, len(l.columns))
	if err != nil {
		return err
	}
	for _, row := range rows {
		if len(l.rows[row.parent]) == l.limit {
			l.more[row.parent] = top > 0
			continue
		}
		l.rows[row.parent] = append(l.rows[row.parent], row)
		r.left--
	}
	for _, inner := range l.within {
		keys := map[int64]bool{}
		distinct := []int64{}
		for _, list := range l.rows {
			for _, row := range list {
				if k := row.key(inner.link.key); !keys[k] {
					keys[k], distinct = true, append(distinct, k)
				}
			}
		}
		if err := r.load(ctx, inner, distinct); err != nil {
			return err
		}
	}
	return nil
}

// where are the conditions of a level, but for the link that it hangs on.
func (r *staReader) where(c *staCompiler, l *staLevel) (string, error) {
	_, where := l.e.rows("")
	if l.id != nil {
		if l.e.typ == "Observation" {
			stream, at, ok := observationKey(l.id.Text)
			if !ok {
				return "", unknownEntity(l.e, *l.id)
			}
			where += " AND r.datastream = " + c.arg(stream, "bigint") + " AND r.time = " + c.arg(at, "timestamptz")
		} else {
			where += " AND " + within(l.e.keys[l.e.own], "") + " = " + c.arg(l.id.Number, "bigint")
		}
	}
	if l.only != nil {
		where += " AND (r.datastream, r.time) IN (SELECT * FROM unnest(" + c.arg(l.only.streams, "bigint[]") + ", " + c.arg(l.only.times, "timestamptz[]") + "))"
	}
	if l.q.Filter == nil {
		return where, nil
	}
	c.option = "$filter"
	filter, err := c.condition(l.q.Filter, l.e, "")
	return where + " AND " + filter, err
}

// orders is what a level is ordered by: what the client wants, then what leaves no doubt.
func orders(c *staCompiler, l *staLevel) (string, error) {
	c.option, c.atom = "$orderby", nil
	var terms []string
	for _, o := range l.q.Orders {
		if _, ok := o.By.(*sensorthings.Logic); ok {
			return "", c.bad(o.By.Place(), "a condition gives no order")
		}
		t, err := c.term(o.By, l.e, "")
		if err != nil {
			return "", err
		}
		sql := t.sql
		switch {
		case t.key != "":
			for _, column := range l.e.order {
				if l.e.typ == "Observation" {
					terms = append(terms, within(column, "")+direction(o.Desc))
				}
			}
			if l.e.typ == "Observation" {
				continue
			}
		case t.lit != nil || t.typ == staGeom:
			return "", c.bad(t.at, "this gives no order")
		case t.typ == staText:
			sql += ` COLLATE "C"`
		}
		terms = append(terms, sql+direction(o.Desc))
	}
	for _, column := range l.e.order {
		terms = append(terms, within(column, ""))
	}
	return strings.Join(terms, ", "), nil
}

func direction(desc bool) string {
	if desc {
		return " DESC"
	}
	return ""
}

// statement asks for the rows of a level. It is made of names of the table of entities and of parameters.
func (r *staReader) statement(c *staCompiler, l *staLevel, where, order string, from []int64) string {
	table, _ := l.e.rows("")
	var columns []string
	for _, k := range staKeys {
		sql := "0::bigint"
		if has := l.e.keys[k]; has != "" {
			sql = within(has, "")
		}
		columns = append(columns, sql+" AS k_"+k)
	}
	columns = append(columns, shown(l.e.id)+" AS id")
	for i, p := range l.columns {
		columns = append(columns, shown(p)+" AS c"+strconv.Itoa(i))
	}
	limit := " LIMIT " + c.arg(l.limit+1, "bigint") + " OFFSET " + c.arg(l.q.Skip, "bigint")
	if by, ok := l.byTime(); ok {
		table, where = latest(by, where, c.arg(l.q.Skip+l.limit+1, "bigint"))
	}
	if l.link == nil {
		return "SELECT 0::bigint, " + strings.Join(columns, ", ") + " FROM " + table + " WHERE " + where + " ORDER BY " + order + limit
	}
	inner := "SELECT " + strings.Join(columns, ", ") + ", row_number() OVER (ORDER BY " + order + ") AS n FROM " + table + " WHERE " + where +
		" AND " + within(l.e.keys[l.link.key], "") + " = k.key ORDER BY " + order + limit
	names := []string{"k.key", "x.k_thing", "x.k_stream", "x.k_property", "x.id"}
	for i := range l.columns {
		names = append(names, "x.c"+strconv.Itoa(i))
	}
	return "SELECT " + strings.Join(names, ", ") + " FROM unnest(" + c.arg(from, "bigint[]") + ") AS k (key) CROSS JOIN LATERAL (" + inner +
		") x ORDER BY k.key, x.n"
}

// byTime says whether observations are wanted in the order of their time and no other, and how that is written.
func (l *staLevel) byTime() (string, bool) {
	if l.e.typ != "Observation" || l.id != nil || len(l.q.Orders) != 1 {
		return "", false
	}
	p, ok := l.q.Orders[0].By.(*sensorthings.Path)
	return "r.time" + direction(l.q.Orders[0].Desc), ok && slices.Equal(p.Names, []string{"phenomenonTime"})
}

// latest is FROM and WHERE of observations in the order of their time: of each datastream no more are read than are wanted of all, for which its index
// serves. There is no index of the times of all datastreams.
func latest(by, where, most string) (from, visible string) {
	from = within(staStreams, "") + " CROSS JOIN LATERAL (SELECT r.* FROM twin.reading r WHERE r.datastream = d.id AND " + where + " ORDER BY " + by +
		" LIMIT " + most + ") r"
	return from, "d.class <= $1::text::auth.class AND t.class <= $1::text::auth.class"
}

// shown is the SQL of a property as JSON.
func shown(p staProperty) string {
	sql := within(p.sql, "")
	switch p.typ {
	case staTime:
		return "to_json(" + isoTime(sql) + ")"
	case staPeriod:
		return "to_json(" + isoTime(sql) + " || '/' || " + isoTime(within(p.until, "")) + ")"
	case staGeom:
		return "ST_AsGeoJSON(" + sql + ", 7)::json"
	}
	return "to_json(" + sql + ")"
}

// isoTime writes a time in UTC with as many decimals as it has.
func isoTime(sql string) string {
	return `rtrim(rtrim(to_char((` + sql + `) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '0'), '.') || 'Z'`
}

// countUp counts the entities of a level on all pages.
func (r *staReader) countUp(ctx context.Context, l *staLevel, c *staCompiler, where string, from []int64) (err error) {
	table, _ := l.e.rows("")
	args := slices.Clone(c.args)
	sql := "SELECT 0::bigint, count(*) FROM " + table + " WHERE " + where
	if l.link != nil {
		args = append(args, from)
		sql = fmt.Sprintf("SELECT k.key, (SELECT count(*) FROM %s WHERE %s AND %s = k.key) FROM unnest($%d::bigint[]) AS k (key)", table, where,
			within(l.e.keys[l.link.key], ""), len(args))
	}
	l.count, err = r.db.counts(ctx, sql, args)
	return err
}

// observationKey takes an observation's id apart: the number of its datastream and its time.
func observationKey(id string) (int64, time.Time, bool) {
	stream, micros, ok := strings.Cut(id, ":")
	n, err1 := strconv.ParseInt(stream, 10, 64)
	at, err2 := strconv.ParseInt(micros, 10, 64)
	return n, time.UnixMicro(at).UTC(), ok && err1 == nil && err2 == nil && at > -1<<57 && at < 1<<57
}

// observationID makes an observation's id.
func observationID(stream int64, at time.Time) string {
	return fmt.Sprintf("%d:%d", stream, at.UnixMicro())
}

// unknownEntity is the answer to an entity that there is not, or that the reader may not know of.
func unknownEntity(e *staEntity, id sensorthings.ID) error {
	name := id.Text
	if name == "" {
		name = strconv.FormatInt(id.Number, 10)
	}
	return fault.New(fault.NotFound, "unknown-entity", "there is no {entity} {id}", "entity", e.typ, "id", short(name))
}
