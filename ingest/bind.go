package ingest

import (
	"context"
	"slices"
	"time"

	"basin/postgis"
	"basin/twin"
)

// maxSentAhead is how far ahead of the clock a message may say that it was sent. A clock that is further ahead is wrong, and would win over every
// correction to come: such a time counts as not stated.
const maxSentAhead = 10 * time.Minute

// maxNumber is the greatest number of a gate or unit.
const maxNumber = 999

// bind turns the observations of a message into readings. A datastream that is missing is made, unless its property needs a vertical datum.
func (d *Desk) bind(ctx context.Context, sender *rtu, m Message, protocol string) (bound, error) {
	var b bound
	b.add(sender.code)
	issued := m.Sent
	if time.Until(issued) > maxSentAhead {
		issued = time.Time{}
	}
	chosen := map[place]choice{}
	for _, o := range m.Observations {
		leave := func(reason string) {
			s := skip{Element: o.Element, Property: o.Property, Address: o.Address, Reason: reason}
			if !o.Time.IsZero() {
				s.Time = o.Time.Format(time.RFC3339)
			}
			b.skipped = append(b.skipped, s)
		}
		r, why, err := d.speaksFor(ctx, sender, o.Address, m.Password, protocol)
		switch {
		case err != nil:
			return b, err
		case why != "":
			leave(why)
			continue
		case o.Property == "":
			leave("the element has no meaning here")
			continue
		case o.Value == "":
			leave("the sender has no value")
			continue
		}
		at := place{r.address, o.Property, o.Role, o.Number}
		c, ok := chosen[at]
		if !ok {
			if c.code, c.why, err = d.seriesFor(ctx, r, o); err != nil {
				return b, err
			}
			chosen[at] = c
		}
		if c.why != "" {
			leave(c.why)
			continue
		}
		b.add(r.code)
		b.readings = append(b.readings, twin.Reading{Datastream: c.code, Time: o.Time, Value: o.Value, Issued: issued})
	}
	return b, nil
}

// place is what decides of the datastream that an observation belongs to, and choice is that datastream, or why there is none.
type (
	place struct {
		address, property, role string
		number                  int
	}
	choice struct{ code, why string }
)

// speaksFor is the field station that an observation belongs to, or why the sender may not speak for it: it must be registered for the same protocol, be in
// use, and open with the password of the message.
func (d *Desk) speaksFor(ctx context.Context, sender *rtu, address, password, protocol string) (*rtu, string, error) {
	if address == "" || address == sender.address {
		return sender, "", nil
	}
	r, err := d.find(ctx, protocol, address)
	switch {
	case err != nil:
		return nil, "", err
	case r == nil:
		return nil, "the address is not registered", nil
	case r.disabled:
		return nil, "the field station is disabled", nil
	case !r.opens(password):
		return nil, "the password is not the one of this field station", nil
	}
	return r, "", nil
}

// seriesFor is the code of the datastream that an observation belongs to, or why there is none.
func (d *Desk) seriesFor(ctx context.Context, r *rtu, o Observation) (code, why string, err error) {
	if (o.Role != "" && !slices.Contains(roles(), o.Role)) || o.Number < 0 || o.Number > maxNumber {
		return "", "no such side or number", nil
	}
	if code, why = r.choose(o); code != "" || why != "" {
		return code, why, nil
	}
	r, why, err = d.makeSeries(ctx, r, o)
	if err != nil || why != "" {
		return "", why, err
	}
	code, why = r.choose(o)
	return code, why, nil
}

// choose finds the datastream of an observation among those of the thing. A level without a role belongs to the only level that there is.
func (r *rtu) choose(o Observation) (code, why string) {
	levels, only := 0, ""
	for _, s := range r.series {
		if s.Property != o.Property {
			continue
		}
		if s.Role == o.Role && s.Number == o.Number {
			return s.Code, ""
		}
		levels, only = levels+1, s.Code
	}
	if o.Property != "level" || o.Role != "" || o.Number != 0 {
		return "", ""
	}
	switch levels {
	case 0:
		return "", ""
	case 1:
		return only, ""
	}
	return "", "there are several levels: elements must say which, for instance level.inner"
}

// makeSeries makes the datastream that an observation needs, and returns the field station with what it has then; or why none can be made.
func (d *Desk) makeSeries(ctx context.Context, r *rtu, o Observation) (*rtu, string, error) {
	code := twin.DatastreamCode(r.code, o.Property, o.Role, o.Number)
	fresh, why := *r, ""
	err := d.db.Do(ctx, func(tx postgis.Tx) error {
		known, err := properties(ctx, tx)
		if err != nil {
			return err
		}
		held, err := seriesOf(ctx, tx, r.thing, []string{code})
		if err != nil {
			return err
		}
		fresh.series = nil
		taken := false
		for _, s := range held {
			if s.Property != "" {
				fresh.series = append(fresh.series, s)
			}
			taken = taken || s.Code == code
		}
		needsDatum, ok := known[o.Property]
		if found, several := fresh.choose(o); found != "" || several != "" {
			return nil // another made it meanwhile
		}
		switch {
		case !ok:
			why = "no property " + o.Property
		case needsDatum:
			why = "there is no datastream " + code + ", and one of levels is not made without its datum"
		case taken:
			why = "the code " + code + " is taken by another datastream"
		case r.longitude == nil || r.latitude == nil:
			why = "there is no datastream " + code + ", and none is made for a station without a place"
		}
		if why != "" {
			return nil
		}
		fresh.series = append(fresh.series, series{code, o.Property, o.Role, o.Number})
		return twin.PutDatastreams(ctx, tx, []twin.Datastream{{Code: code, Thing: r.thing, Property: o.Property, Role: o.Role, Number: o.Number, Class: r.class,
			Longitude: *r.longitude, Latitude: *r.latitude}})
	})
	if err != nil || why != "" {
		return nil, why, err
	}
	d.forget(r.protocol, r.address)
	return &fresh, "", nil
}
