package api

import (
	"encoding/csv"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"basin/fault"
	"basin/hydro"
)

func (s *Server) compareScenario(c echo.Context, a Ask) error {
	ctx, clearance, runs := c.Request().Context(), a.Who.Clearance(), hydro.NewRuns(s.DB)
	run, err := s.findRun(c, a, "scenario")
	if err != nil {
		return err
	}
	other := int64(a.Int("with", int(run.Base)))
	if other == 0 {
		return fault.New(fault.NotFound, "unknown-run", "there is no run {run}", "run", "base")
	}
	with, err := runs.Find(ctx, "", strconv.FormatInt(other, 10), clearance)
	if err != nil {
		return err
	}
	region, err := s.regionFor(ctx, clearance)
	if err != nil {
		return err
	}
	found, err := runs.Compare(ctx, run, with, region.Zone(), clearance)
	if err != nil {
		return err
	}
	if a.Text("f") != "csv" {
		return c.JSON(http.StatusOK, found)
	}
	head := c.Response().Header()
	head.Set(echo.HeaderContentType, "text/csv; charset=utf-8; header=present")
	head.Set(echo.HeaderContentDisposition, `attachment; filename="scenario-`+strconv.FormatInt(run.ID, 10)+`.csv"`)
	c.Response().WriteHeader(http.StatusOK)
	return writeComparison(c.Response(), &found)
}

// writeComparison writes a comparison as one table: a row for each number of a thing, in the run and in the other.
func writeComparison(to io.Writer, c *hydro.Comparison) error {
	w := csv.NewWriter(to)
	_ = w.Write([]string{"thing", "item", "from", "until", "unit", "datum", "run", "run_at", "with", "with_at", "difference", "difference_at"}) // errors stay in w
	number := func(x float64, digits int) string { return strconv.FormatFloat(x, 'f', digits, 64) }
	at := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.UTC().Format(time.RFC3339)
	}
	from, until := at(&c.From), at(&c.Until)
	for _, l := range c.Levels {
		_ = w.Write([]string{l.Thing, "peak", from, until, "m", l.Datum, number(l.Peak.Value, 3), at(&l.Peak.At), number(l.With.Value, 3), at(&l.With.At), number(l.Rise, 3), ""})
		_ = w.Write([]string{l.Thing, "greatest difference", from, until, "m", l.Datum, "", "", "", "", number(l.Difference.Value, 3), at(&l.Difference.At)})
	}
	passed := func(thing, of, from, until string, run, with hydro.Passed) {
		row := func(item, unit string, x, y float64, digits int) {
			_ = w.Write([]string{thing, of + item, from, until, unit, "", number(x, digits), "", number(y, digits), "", number(x-y, digits), ""})
		}
		row("volume out", "m3", run.Out, with.Out, 0)
		row("volume in", "m3", run.In, with.In, 0)
		if run.Hours != nil && with.Hours != nil {
			row("machine-hours", "h", *run.Hours, *with.Hours, 2)
		}
	}
	for _, one := range c.Works {
		passed(one.Thing, "", from, until, one.Run, one.With)
		for i := range one.Tides {
			t := &one.Tides[i]
			of := "tide: "
			if !t.Whole {
				of = "part of a tide: "
			}
			passed(one.Thing, of, at(&t.From), at(&t.Until), t.Run, t.With)
		}
	}
	for _, o := range c.Over {
		_ = w.Write([]string{o.Thing, "status", from, until, "", "", string(o.Run.Status), at(o.Run.Since), string(o.With.Status), at(o.With.Since), "", ""})
	}
	w.Flush()
	return w.Error()
}
