package api

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"basin/fault"
)

// staSort is how a level is sorted, as far as pages may begin after an entity of it.
type staSort uint8

// The sorts.
const (
	staAnyhow  staSort = iota // pages begin after so many entities
	staByKey                  // by what identifies its entities
	staEarlier                // observations by their time, the earliest first
	staLater                  // observations by their time, the latest first
)

// sort says how a level is sorted.
func (l *staLevel) sort() staSort {
	if len(l.q.Orders) == 0 && l.e.typ != "ObservedProperty" {
		return staByKey
	}
	if _, ok := l.byTime(); !ok {
		return staAnyhow
	}
	if l.q.Orders[0].Desc {
		return staLater
	}
	return staEarlier
}

// nextPage is the option that makes the next page of what was found for a key: after its last entity, so that what is stored meanwhile is neither in two pages
// nor moves others out of both; where that cannot be, after so many entities.
func (l *staLevel) nextPage(key int64) string {
	rows := l.rows[key]
	if l.sort() == staAnyhow || len(rows) == 0 {
		return "$skip=" + strconv.Itoa(l.q.Skip+l.limit)
	}
	return "$skiptoken=" + url.QueryEscape(staID(rows[len(rows)-1]))
}

// after is the condition that a page begins after the entity that $skiptoken names; empty where none is named. It has nothing to do with how many there are.
func (l *staLevel) after(c *staCompiler) (string, error) {
	t := l.q.Token
	if t == nil {
		return "", nil
	}
	bad := fault.New(fault.Invalid, "bad-query", "{option} is wrong at position {at}: {why}", "option", "$skiptoken", "at", 1,
		"why", "it is none of those that an answer gave")
	by := l.sort()
	if by == staAnyhow || (t.Text != "") != (l.e.typ == "Observation") {
		return "", bad
	}
	if l.e.typ != "Observation" {
		return " AND " + within(l.e.keys[l.e.own], "") + " > " + c.arg(t.Number, "bigint"), nil
	}
	stream, at, ok := observationKey(t.Text)
	if !ok {
		return "", bad
	}
	s, m := c.arg(stream, "bigint"), c.arg(at, "timestamptz")
	switch by {
	case staEarlier:
		return " AND r.time >= " + m + " AND (r.time > " + m + " OR r.datastream > " + s + ")", nil
	case staLater:
		return " AND r.time <= " + m + " AND (r.time < " + m + " OR r.datastream > " + s + ")", nil
	}
	return " AND (r.datastream, r.time) > (" + s + ", " + m + ")", nil
}

// nextLink makes the address of a page of a request from the address of the request and the option that says where the page begins.
func nextLink(base string, u *url.URL) func(page string) string {
	return func(page string) string {
		var pairs []string
		for pair := range strings.SplitSeq(u.RawQuery, "&") {
			name, _, _ := strings.Cut(pair, "=")
			if decoded, err := url.QueryUnescape(name); pair != "" && err == nil && !slices.Contains([]string{"$skip", "$skiptoken"}, decoded) {
				pairs = append(pairs, pair)
			}
		}
		return base + u.EscapedPath() + "?" + strings.Join(append(pairs, page), "&")
	}
}
