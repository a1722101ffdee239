package api

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"basin/fault"
)

// staWriter writes entities as JSON.
type staWriter struct {
	out  []byte
	base string // where the service is, without a slash at its end
}

// put writes JSON as it is.
func (w *staWriter) put(s string) { w.out = append(w.out, s...) }

// text writes a text as JSON.
func (w *staWriter) text(s string) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s)
	w.put(strings.TrimSuffix(b.String(), "\n"))
}

// json writes what is JSON already, without the spaces that the database puts into it.
func (w *staWriter) json(raw json.RawMessage) {
	var b bytes.Buffer
	_ = json.Compact(&b, raw)
	w.put(b.String())
}

// object writes an object through a function that is handed what writes the name of its next member.
func (w *staWriter) object(fill func(member func(name string)) error) error {
	w.put("{")
	first := true
	err := fill(func(name string) {
		if !first {
			w.put(",")
		}
		first = false
		w.text(name)
		w.put(":")
	})
	w.put("}")
	return err
}

// address is where an entity is.
func (w *staWriter) address(e *staEntity, r *staRow) string {
	return w.base + "/" + e.set + "(" + staID(r) + ")"
}

// staID is an entity's identifier as it stands in addresses.
func staID(r *staRow) string {
	id := string(r.id)
	if strings.HasPrefix(id, `"`) {
		id = "'" + strings.Trim(id, `"`) + "'"
	}
	return id
}

// errTooMuch is the answer to a question whose answer would be too large.
func errTooMuch() error {
	return fault.New(fault.Invalid, "answer-too-large", "the answer would exceed {limit} MiB: select or expand less", "limit", staMaxBytes>>20)
}

// entity writes an entity with what is within it.
func (w *staWriter) entity(l *staLevel, r *staRow) error {
	if len(w.out) > staMaxBytes {
		return errTooMuch()
	}
	return w.object(func(member func(string)) error {
		at := w.address(l.e, r)
		if l.showID {
			member("@iot.id")
			w.put(string(r.id))
		}
		if l.self {
			member("@iot.selfLink")
			w.text(at)
		}
		for i, p := range l.columns {
			if r.values[i] != nil {
				member(p.name)
				w.json(r.values[i])
			}
		}
		for _, link := range l.links {
			member(link.name + "@iot.navigationLink")
			w.text(at + "/" + link.name)
		}
		for _, inner := range l.within {
			if err := w.inner(member, inner, r, at); err != nil {
				return err
			}
		}
		return nil
	})
}

// inner writes what a level holds for one entity of the level above.
func (w *staWriter) inner(member func(string), l *staLevel, above *staRow, at string) error {
	key := above.key(l.link.key)
	rows := l.rows[key]
	if !l.link.many {
		if len(rows) > 0 {
			member(l.link.name)
			return w.entity(l, rows[0])
		}
		return nil
	}
	if l.count != nil {
		member(l.link.name + "@iot.count")
		w.put(strconv.FormatInt(l.count[key], 10))
	}
	member(l.link.name)
	if err := w.list(l, rows); err != nil {
		return err
	}
	if l.more[key] {
		member(l.link.name + "@iot.nextLink")
		var pairs []string
		for _, option := range l.q.Texts {
			name, value, _ := strings.Cut(option, "=")
			pairs = append(pairs, name+"="+url.QueryEscape(value))
		}
		pairs = append(pairs, l.nextPage(key))
		w.text(at + "/" + l.link.name + "?" + strings.Join(pairs, "&"))
	}
	return nil
}

// list writes entities.
func (w *staWriter) list(l *staLevel, rows []*staRow) error {
	w.put("[")
	for i, row := range rows {
		if i > 0 {
			w.put(",")
		}
		if err := w.entity(l, row); err != nil {
			return err
		}
	}
	w.put("]")
	return nil
}

// set writes the answer to a question for a set.
func (w *staWriter) set(l *staLevel, key int64, next string, refs, arrays bool) error {
	return w.object(func(member func(string)) error {
		if l.count != nil {
			member("@iot.count")
			w.put(strconv.FormatInt(l.count[key], 10))
		}
		if l.more[key] {
			member("@iot.nextLink")
			w.text(next)
		}
		member("value")
		switch {
		case refs:
			w.refs(l, l.rows[key])
			return nil
		case arrays:
			return w.arrays(l, l.rows[key])
		}
		return w.list(l, l.rows[key])
	})
}

// refs writes nothing of entities but where they are.
func (w *staWriter) refs(l *staLevel, rows []*staRow) {
	w.put("[")
	for i, row := range rows {
		if i > 0 {
			w.put(",")
		}
		w.put(`{"@iot.selfLink":`)
		w.text(w.address(l.e, row))
		w.put("}")
	}
	w.put("]")
}

// arrays writes observations as rows of values, by datastream.
func (w *staWriter) arrays(l *staLevel, rows []*staRow) error {
	of, order := map[int64][]*staRow{}, []int64{}
	for _, row := range rows {
		k := row.key(staStream)
		if of[k] == nil {
			order = append(order, k)
		}
		of[k] = append(of[k], row)
	}
	var components []string
	if l.showID {
		components = append(components, "id")
	}
	for _, p := range l.columns {
		components = append(components, p.name)
	}
	names, _ := json.Marshal(components)
	w.put("[")
	for i, k := range order {
		if i > 0 {
			w.put(",")
		}
		w.put(`{"Datastream@iot.navigationLink":`)
		w.text(w.base + "/Datastreams(" + strconv.FormatInt(k, 10) + ")")
		w.put(`,"components":` + string(names) + `,"dataArray@iot.count":` + strconv.Itoa(len(of[k])) + `,"dataArray":[`)
		for j, row := range of[k] {
			if j > 0 {
				w.put(",")
			}
			w.values(l, row)
		}
		w.put("]}")
	}
	w.put("]")
	return nil
}

// values writes an observation as a row of values.
func (w *staWriter) values(l *staLevel, row *staRow) {
	var all []json.RawMessage
	if l.showID {
		all = append(all, row.id)
	}
	for _, v := range row.values {
		if v == nil {
			v = json.RawMessage("null")
		}
		all = append(all, v)
	}
	w.put("[")
	for i, v := range all {
		if i > 0 {
			w.put(",")
		}
		w.json(v)
	}
	w.put("]")
}
