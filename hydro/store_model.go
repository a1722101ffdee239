package hydro

import (
	"context"
	_ "embed"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/postgis"
	"basin/twin"
)

// The rows that a model is made of.
type (
	modelReach struct {
		ID, Class, River, Rank, Boundary, From, To string
		Start, Finish                              float64 // chainage on the river
		Area                                       string
	}
	modelNode struct {
		ID    string
		X, Y  float64
		Bed   *float64
		Datum string
	}
	modelSection struct {
		ID, River, Class               string
		Chainage                       float64
		Datum                          string
		Synthetic                      bool
		Offsets, Elevations, Roughness []float64
	}
	modelWork struct {
		ID, Class, Type, Side, SettingClass string
		Inner, Outer                        *string
		Width                               float64
		Widths, Heights, Sills              []float64
		Datums, Directions                  []string
		Capacities                          []float64
	}
	modelStation struct {
		ID, Class, Type, River, Reach string
		Chainage                      float64
		Boundary                      string
		X, Y                          float64
		Stream                        int64
		Code, Datum                   string
		LevelClass, FlowClass         string
		StaleAfter, Scale             int
	}
	modelArea struct {
		Code string
		M2   float64
	}
	modelGauge struct{ ID, Area, Class string }
)

//go:embed model_reach.sql
var modelReachSQL string

//go:embed model_node.sql
var modelNodeSQL string

//go:embed model_section.sql
var modelSectionSQL string

//go:embed model_work.sql
var modelWorkSQL string

//go:embed model_station.sql
var modelStationSQL string

//go:embed model_area.sql
var modelAreaSQL string

//go:embed model_rain.sql
var modelRainSQL string

//go:embed model_level.sql
var modelLevelSQL string

// material is what the database says about the water.
type material struct {
	reaches  []modelReach
	nodes    []modelNode
	sections []modelSection
	works    []modelWork
	stations []modelStation
	areas    []modelArea
	gauges   []modelGauge
	offsets  map[string][]twin.DatumOffset // by thing
	settings map[string][]twin.Value       // of works, and what else stations at edges observe, by thing
}

// readMaterial reads it, with the settings of works at an instant.
func readMaterial(ctx context.Context, db *postgis.DB, at time.Time) (m material, err error) {
	for _, read := range []func() error{
		func() (err error) { m.reaches, err = collect[modelReach](ctx, db, modelReachSQL); return err },
		func() (err error) { m.nodes, err = collect[modelNode](ctx, db, modelNodeSQL); return err },
		func() (err error) { m.sections, err = collect[modelSection](ctx, db, modelSectionSQL); return err },
		func() (err error) { m.works, err = collect[modelWork](ctx, db, modelWorkSQL); return err },
		func() (err error) { m.stations, err = collect[modelStation](ctx, db, modelStationSQL); return err },
		func() (err error) { m.areas, err = collect[modelArea](ctx, db, modelAreaSQL); return err },
		func() (err error) { m.gauges, err = collect[modelGauge](ctx, db, modelRainSQL); return err },
	} {
		if err := read(); err != nil {
			return m, err
		}
	}
	var things, works []string
	for _, s := range m.sections {
		things = append(things, s.ID)
	}
	for _, s := range m.stations {
		things = append(things, s.ID)
		if s.Boundary == "inflow" {
			works = append(works, s.ID)
		}
	}
	for _, w := range m.works {
		works = append(works, w.ID)
	}
	if m.offsets, err = twin.DatumOffsets(ctx, db, append(things, works...)); err != nil {
		return m, err
	}
	values, err := twin.Values(ctx, db, works, twin.Asked{At: at}, "restricted")
	m.settings = map[string][]twin.Value{}
	for _, v := range values {
		m.settings[v.Thing] = append(m.settings[v.Thing], v)
	}
	return m, err
}

// collect reads rows as structs.
func collect[T any](ctx context.Context, db *postgis.DB, sql string, args ...any) ([]T, error) {
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		return nil, postgis.Fault(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByName[T])
	return out, postgis.Fault(err)
}

// gauged are the plausible levels of a station, in its own datum.
type gauged struct {
	times  []time.Time
	values []float64
}

// implausible are the flags of readings that nothing is computed from.
const implausible = twin.FlagRange | twin.FlagRate | twin.FlagStuck

// readLevels reads the levels of stations, the last of each stretch, by station.
func readLevels(ctx context.Context, db *postgis.DB, stations []modelStation, from, to time.Time, every time.Duration) (map[string]gauged, error) {
	var ids []int64
	of := map[int64]modelStation{}
	for _, s := range stations {
		if s.Stream != 0 {
			ids, of[s.Stream] = append(ids, s.Stream), s
		}
	}
	rows, err := db.Query(ctx, modelLevelSQL, ids, from, to, int(implausible), every.Seconds())
	if err != nil {
		return nil, postgis.Fault(err)
	}
	out := map[string]gauged{}
	var stream, value int64
	var at time.Time
	_, err = pgx.ForEachRow(rows, []any{&stream, &at, &value}, func() error {
		s := of[stream]
		l := out[s.ID]
		l.times, l.values = append(l.times, at), append(l.values, twin.Unscaled(value, s.Scale))
		out[s.ID] = l
		return nil
	})
	return out, postgis.Fault(err)
}
