package layer

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"basin/fault"
)

// Sort is a property by which features are put in order. Those where it is null come last. Text counts as far as its first hundred characters.
type Sort struct {
	Property   string
	Descending bool
}

// maxSort is by how many properties features are put in order at most.
const maxSort = 5

// Sortable says whether features can be put in order by values of c.
func (c Column) Sortable() bool { return c.Type != TypeJSON }

// order is the order of features: by the keys, and by gid after all of them, so that no two are equal.
type order []orderKey

// orderKey is what stands for a property in the order: SQL over the layer's relation as l, of that type.
type orderKey struct {
	sql, cast  string
	descending bool
}

// order is that of a query.
func (l Layer) order(q Query) (order, error) {
	if len(q.Sort) > maxSort {
		return nil, errSort("names more than " + strconv.Itoa(maxSort) + " properties")
	}
	var out order
	for i, by := range q.Sort {
		column, ok := l.Column(by.Property)
		if !ok || !column.Sortable() {
			return nil, errSort("names " + strconv.Quote(clip(by.Property)) + ", by which there is no order: the sortables of the layer list what it may name")
		}
		for _, other := range q.Sort[:i] {
			if other.Property == by.Property {
				return nil, errSort("names " + strconv.Quote(clip(by.Property)) + " more than once")
			}
		}
		out = append(out, column.key(by.Descending))
	}
	return out, nil
}

func errSort(why string) error {
	return fault.New(fault.Invalid, "bad-parameter", "parameter {parameter} {why}", "parameter", "sortby", "why", why)
}

// key is what stands for the column in an order.
func (c Column) key(descending bool) orderKey {
	sql := "l." + quoted(c.Name)
	switch c.Type {
	case TypeInteger:
		return orderKey{sql + "::bigint", "bigint", descending}
	case TypeNumber:
		return orderKey{sql + "::float8", "float8", descending}
	case TypeBoolean:
		return orderKey{sql, "boolean", descending}
	case TypeDate:
		return orderKey{sql, "date", descending}
	case TypeTime:
		return orderKey{sql + "::timestamptz", "timestamptz", descending}
	}
	return orderKey{"left(" + sql + "::text, 100)", "text", descending}
}

// sql is the order as SQL has it.
func (o order) sql() string {
	var b strings.Builder
	for _, k := range o {
		b.WriteString(k.sql)
		if k.descending {
			b.WriteString(" DESC")
		}
		b.WriteString(" NULLS LAST, ")
	}
	return b.String() + "l.gid"
}

// keys are the keys as text, as further columns of what is asked.
func (o order) keys() string {
	var b strings.Builder
	for _, k := range o {
		b.WriteString(", (" + k.sql + ")::text")
	}
	return b.String()
}

// next is where a list goes on after the feature of that gid, with those keys.
func next(gid int64, keys []*string) string {
	if len(keys) == 0 {
		return strconv.FormatInt(gid, 10)
	}
	text, _ := json.Marshal(place{gid, keys}) // cannot fail
	return base64.RawURLEncoding.EncodeToString(text)
}

// place is a place in an order: after the feature of that gid, with those keys.
type place struct {
	GID  int64     `json:"g"`
	Keys []*string `json:"k"`
}

// goOn adds to a condition that features come after a place, as next told it. Nothing is looked up there: the list goes on though the feature is changed or gone.
func (o order) goOn(c *condition, after string) error {
	if after == "" {
		return nil
	}
	var at place
	var err error
	if len(o) == 0 {
		at.GID, err = strconv.ParseInt(after, 10, 64)
	} else {
		var text []byte
		if text, err = base64.RawURLEncoding.DecodeString(after); err == nil {
			err = json.Unmarshal(text, &at)
		}
	}
	if err != nil || len(at.Keys) != len(o) || at.GID < 0 {
		return fault.New(fault.Invalid, "bad-parameter", "parameter {parameter} {why}", "parameter", "after", "why", "is no place in this list: take it from the link to the next page")
	}
	later := "l.gid > " + c.arg(at.GID) + "::bigint"
	for i, k := range slices.Backward(o) {
		if at.Keys[i] == nil {
			later = "(" + k.sql + " IS NULL AND " + later + ")"
			continue
		}
		value, sign := c.arg(*at.Keys[i])+"::text::"+k.cast, " > "
		if k.descending {
			sign = " < "
		}
		later = "(" + k.sql + sign + value + " OR " + k.sql + " IS NULL OR (" + k.sql + " = " + value + " AND " + later + "))"
	}
	c.andf("%s", later)
	return nil
}
