package swmm

import (
	"math"
	"sort"
	"time"
)

// climate is evaporation: a Series of what a water surface loses, m/s.
type climate struct {
	start    time.Time
	months   [12]float64 // of the year; beside a series, what is added to it
	times    []float64   // of a series
	rates    []float64
	wetter   [12]float64 // by what rain is multiplied
	dry      bool        // only while it does not rain
	recovery *pattern    // of soils, by month
}

// evaporates says whether there is any.
func (c *climate) evaporates() bool {
	return len(c.times) > 0 || c.months[0] != 0 || !c.even()
}

// even says whether all months are alike.
func (c *climate) even() bool {
	for _, v := range c.months {
		if v != c.months[0] {
			return false
		}
	}
	return true
}

// At is the rate at a time. A series holds each value until the next; before the first it has the first.
func (c *climate) At(t float64) float64 {
	rate := c.months[after(c.start, t).Month()-1]
	if len(c.times) > 0 {
		i := sort.SearchFloat64s(c.times, math.Nextafter(t, math.Inf(1)))
		rate += c.rates[max(i-1, 0)]
	}
	return rate
}

// next is when the rate changes after a time.
func (c *climate) next(t float64) float64 {
	if len(c.times) > 0 {
		if i := sort.SearchFloat64s(c.times, t+1); i < len(c.times) {
			return c.times[i]
		}
		return math.Inf(1)
	}
	if c.even() {
		return math.Inf(1)
	}
	at := after(c.start, t)
	return since(c.start, time.Date(at.Year(), at.Month()+1, 1, 0, 0, 0, 0, time.UTC))
}

// recovers is the factor on the recovery of soils at a time.
func (c *climate) recovers(t float64) float64 {
	if c.recovery == nil || c.recovery.kind != monthly {
		return 1
	}
	return c.recovery.factor(after(c.start, t))
}

// readClimate reads [EVAPORATION].
func (b *build) readClimate() error {
	c, unit := &b.model.climate, b.unit.rain()/day
	c.start = b.model.Options.Start
	for i := range b.rows["EVAPORATION"] {
		r := &b.rows["EVAPORATION"][i]
		if !r.need(2) && match(r.name(), "TEMPERATURE") != 0 {
			return r.err
		}
		switch r.word(0, 0, "CONSTANT", "MONTHLY", "TIMESERIES", "TEMPERATURE", "FILE", "RECOVERY", "DRY_ONLY") {
		case 0:
			for m := range c.months {
				c.months[m] = r.number(1, 0) * unit
			}
		case 1:
			for m := range c.months {
				if r.need(13) {
					c.months[m] = r.number(m+1, 0) * unit
				}
			}
		case 2:
			c.months = [12]float64{}
			if s := b.timeSeries(r, 1); s != nil {
				c.times, c.rates = s.x, times(s.y, unit)
			}
		case 3, 4:
			r.err = nil
			r.refuse(r.name())
		case 5:
			if k := r.find(1, b.patternNames); k >= 0 {
				c.recovery = &b.patterns[k]
			}
		case 6:
			c.dry = r.yes(1)
		}
		if r.err != nil {
			return r.err
		}
	}
	return nil
}

// readAdjustments reads [ADJUSTMENTS]: what is added to evaporation and by what rain is multiplied, by month. Others are refused where they change anything.
func (b *build) readAdjustments() error {
	c := &b.model.climate
	for m := range c.wetter {
		c.wetter[m] = 1
	}
	for i := range b.rows["ADJUSTMENTS"] {
		r := &b.rows["ADJUSTMENTS"][i]
		kind := r.word(0, 0, "TEMP", "EVAP", "RAIN", "CONDUCT", "N-PERV", "DSTORE", "INFIL")
		switch {
		case kind == 0:
			b.ignore(r, "[ADJUSTMENTS] "+r.name())
		case kind > 3:
			r.refuse(r.name())
		case len(r.words) > 1 && r.need(13):
			b.adjust(r, kind)
		}
		if r.err != nil {
			return r.err
		}
	}
	return nil
}

func (b *build) adjust(r *row, kind int) {
	c := &b.model.climate
	for m := range c.wetter {
		switch v := r.number(m+1, 0); kind {
		case 1:
			c.months[m] += v * b.unit.rain() / day
		case 2:
			c.wetter[m] = r.least(m + 1)
		default:
			if v != 1 {
				r.refuse(r.name())
			}
		}
	}
}
