package hydro

import (
	"context"
	_ "embed"
	"math"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/geo"
	"basin/postgis"
	"basin/twin"
)

//go:embed course_find.sql
var courseFindSQL string

// nouns by kind.
func noun(kind string) twin.Noun {
	for _, n := range Nouns() {
		if n.Kind == kind {
			return n
		}
	}
	return twin.Noun{}
}

// Connect builds the network of the rivers of one dataset anew: nodes, reaches, the works that divide them, and where stations and sections lie.
// What was there before and is no more is removed. It says how many nodes and reaches there are.
func Connect(ctx context.Context, db *postgis.DB, dataset string, mode Junctions, report func(twin.Row, error)) (nodes, reaches int, err error) {
	courses, err := findCourses(ctx, db, dataset)
	if err != nil || len(courses) == 0 {
		return 0, 0, err
	}
	works, err := findWorks(ctx, db, dataset)
	if err != nil {
		return 0, 0, err
	}
	n := build(courses, works, mode)
	if _, err := noun("node").Load(ctx, db, n.Nodes, report, func(int) {}); err != nil {
		return 0, 0, err
	}
	if _, err := noun("reach").Load(ctx, db, n.Reaches, report, func(int) {}); err != nil {
		return 0, 0, err
	}
	err = pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if err := bind(ctx, tx, n); err != nil {
			return err
		}
		return seatObservers(ctx, tx, dataset, courses, n)
	})
	return len(n.Nodes), len(n.Reaches), postgis.Fault(err)
}

// findCourses reads the lines of a dataset's rivers.
func findCourses(ctx context.Context, db *postgis.DB, dataset string) ([]*course, error) {
	rows, err := db.Query(ctx, courseFindSQL, dataset)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	var out []*course
	var (
		code, status, source, boundary, class, shape string
		accuracy                                     *float64
	)
	var name twin.Name
	starts := map[string]float64{}
	_, err = pgx.ForEachRow(rows, []any{&code, &status, &accuracy, &source, &class, &boundary, &shape, &name.Zh, &name.En}, func() error {
		g, err := geo.ParseGeoJSON([]byte(shape))
		if err != nil {
			return err
		}
		for _, line := range geo.Lines(g) {
			c := &course{river: code, tidal: boundary == "tidal", line: line, length: geo.Length(line), start: starts[code],
				thing: twin.Thing{Name: name, Class: access.Class(class), Provenance: twin.Provenance{Status: derived(status), AccuracyM: accuracy, Source: source, Dataset: dataset}}}
			if c.length < least {
				continue
			}
			starts[code] += c.length
			out = append(out, c)
		}
		return nil
	})
	return out, postgis.Fault(err)
}

// derived is the status of a geometry that was computed from another: no better than that one.
func derived(status string) string {
	if status == "surveyed" {
		return "derived"
	}
	return status
}

// findWorks reads a dataset's works that may stand on a river.
func findWorks(ctx context.Context, db *postgis.DB, dataset string) ([]placedWork, error) {
	rows, err := db.Query(ctx, `SELECT t.code, coalesce(substr(w.river, 7), ''), ST_X(c), ST_Y(c), t.accuracy_m
		FROM twin.thing t JOIN hydro.work w ON w.id = t.id CROSS JOIN ST_Centroid(t.geom) AS c
		WHERE t.dataset IS NOT DISTINCT FROM nullif($1, '') AND w.type NOT IN ('storage', 'aqueduct', 'siphon') AND t.geom IS NOT NULL ORDER BY t.code`, dataset)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	var out []placedWork
	var w placedWork
	var accuracy *float64
	_, err = pgx.ForEachRow(rows, []any{&w.code, &w.river, &w.at[0], &w.at[1], &accuracy}, func() error {
		w.reach = 20
		if accuracy != nil {
			w.reach = math.Max(w.reach, *accuracy)
		}
		out = append(out, w)
		return nil
	})
	return out, postgis.Fault(err)
}

// bind ties works to their nodes and removes the reaches and nodes of these rivers that are no more.
func bind(ctx context.Context, tx pgx.Tx, n Network) error {
	rivers, reaches, nodes := map[string]bool{}, []string{}, []string{}
	for _, r := range n.Reaches {
		rivers[twin.ID("river", r.Fields.Text("river"))] = true
		reaches = append(reaches, r.ID())
	}
	for _, r := range n.Nodes {
		nodes = append(nodes, r.ID())
	}
	ids := make([]string, 0, len(rivers))
	for id := range rivers {
		ids = append(ids, id)
	}
	batch := &pgx.Batch{}
	var relations []twin.Relation
	for _, w := range n.Works {
		id := twin.ID("work", w.Code)
		river, inner, outer := twin.ID("river", w.Fields.Text("river")), twin.ID("node", w.Fields.Text("inner_node")), twin.ID("node", w.Fields.Text("outer_node"))
		batch.Queue(`UPDATE hydro.work SET river = $2, chainage_m = $3, inner_node = $4, outer_node = $5 WHERE id = $1`, id, river, w.Fields["chainage_m"], inner, outer)
		relations = append(relations, twin.Relation{Source: id, Type: "on", Target: river}, twin.Relation{Source: id, Type: "inner_node", Target: inner},
			twin.Relation{Source: id, Type: "outer_node", Target: outer})
	}
	batch.Queue(`DELETE FROM twin.thing t USING hydro.reach r WHERE r.id = t.id AND r.river = ANY($1) AND NOT t.id = ANY($2)`, ids, reaches)
	batch.Queue(`DELETE FROM twin.thing t WHERE t.kind = 'node' AND NOT t.id = ANY($1) AND NOT EXISTS (SELECT FROM hydro.reach r WHERE t.id IN (r.from_node, r.to_node))
		AND t.dataset IS NOT DISTINCT FROM (SELECT dataset FROM twin.thing WHERE id = $2)`, nodes, first(ids))
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return err
	}
	return twin.RelateOnly(ctx, tx, relations)
}

func first(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return ids[0]
}

// observer is a station or section that is to be found on a river.
type observer struct {
	id, kind, river string
	at              geo.Place
	within          float64
}

// seatObservers says on which reach stations and sections lie, and where.
func seatObservers(ctx context.Context, tx pgx.Tx, dataset string, courses []*course, n Network) error {
	rows, err := tx.Query(ctx, `SELECT t.id, t.kind, coalesce(substr(coalesce(s.river, x.river), 7), ''), ST_X(c), ST_Y(c), t.accuracy_m
		FROM twin.thing t LEFT JOIN hydro.station s ON s.id = t.id LEFT JOIN hydro.section x ON x.id = t.id
		CROSS JOIN LATERAL (SELECT CASE WHEN GeometryType(t.geom) = 'LINESTRING' THEN ST_LineInterpolatePoint(t.geom, 0.5) ELSE ST_Centroid(t.geom) END) AS p (c)
		WHERE t.kind IN ('station', 'section') AND t.dataset IS NOT DISTINCT FROM nullif($1, '') AND t.geom IS NOT NULL ORDER BY t.id`, dataset)
	if err != nil {
		return err
	}
	var all []observer
	var o observer
	var accuracy *float64
	if _, err := pgx.ForEachRow(rows, []any{&o.id, &o.kind, &o.river, &o.at[0], &o.at[1], &accuracy}, func() error {
		o.within = 100
		if accuracy != nil {
			o.within = math.Max(o.within, *accuracy)
		}
		all = append(all, o)
		return nil
	}); err != nil {
		return err
	}
	byRiver := map[string][]twin.Row{}
	for _, r := range n.Reaches {
		code := r.Fields.Text("river")
		byRiver[code] = append(byRiver[code], r)
	}
	batch := &pgx.Batch{}
	var relations []twin.Relation
	for _, o := range all {
		c, along := seat(courses, placedWork{river: o.river, at: o.at, reach: o.within})
		if c == nil {
			continue
		}
		reach := reachAt(byRiver[c.river], c.start+along)
		river := twin.ID("river", c.river)
		relations = append(relations, twin.Relation{Source: o.id, Type: "on", Target: river})
		if reach != "" {
			relations = append(relations, twin.Relation{Source: o.id, Type: "on", Target: reach})
		}
		if o.kind == "station" {
			batch.Queue(`UPDATE hydro.station SET river = $2, reach = nullif($3, ''), chainage_m = $4 WHERE id = $1`, o.id, river, reach, c.start+along)
		} else {
			batch.Queue(`UPDATE hydro.section SET river = $2, reach = nullif($3, ''), chainage_m = $4 WHERE id = $1`, o.id, river, reach, c.start+along)
		}
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return err
	}
	return twin.RelateOnly(ctx, tx, relations)
}

// reachAt is the reach of a river that holds a chainage, or the nearest to it.
func reachAt(reaches []twin.Row, chainage float64) string {
	best, away := "", math.Inf(1)
	for _, r := range reaches {
		from, _ := r.Fields["from_chainage_m"].(float64)
		to, _ := r.Fields["to_chainage_m"].(float64)
		d := math.Max(0, math.Max(from-chainage, chainage-to))
		if d < away {
			best, away = r.ID(), d
		}
	}
	return best
}

// Rank is how much a river counts, and whether it is tidal.
type Rank struct {
	Rank  string
	Tidal bool
}

// Ranks are the ranks of all rivers by their identifiers.
func Ranks(ctx context.Context, db *postgis.DB) (map[string]Rank, error) {
	rows, err := db.Query(ctx, `SELECT id, coalesce(rank, ''), coalesce(boundary = 'tidal', false) FROM hydro.river`)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	out := map[string]Rank{}
	var id string
	var r Rank
	_, err = pgx.ForEachRow(rows, []any{&id, &r.Rank, &r.Tidal}, func() error {
		out[id] = r
		return nil
	})
	return out, postgis.Fault(err)
}

// Seat ties the cross-sections that know their river and chainage, but no reach, to the reach that holds the chainage.
func Seat(ctx context.Context, db *postgis.DB) error {
	_, err := db.Exec(ctx, `UPDATE hydro.section s SET reach = r.id FROM hydro.reach r
		WHERE s.reach IS NULL AND r.river = s.river AND s.chainage_m >= r.from_chainage_m AND s.chainage_m <= r.to_chainage_m`)
	return postgis.Fault(err)
}
