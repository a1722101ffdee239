package api

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"basin/sensorthings"
)

// compare compiles a comparison. One with null asks whether there is a value; one with an interval asks whether all of it lies before or after, and
// equality whether an instant lies in it.
func (c *staCompiler) compare(op string, a, b staTerm, at int) (string, error) {
	if a.typ == staNull || b.typ == staNull {
		return c.compareNull(op, a, b, at)
	}
	if a.typ == staPeriod || b.typ == staPeriod {
		return c.comparePeriod(op, a, b)
	}
	if sql, ok := c.compareKey(op, a, b); ok {
		return sql, nil
	}
	common, ok := commonType(a, b)
	if !ok || (common == staGeom && op != "=" && op != "<>") {
		return "", c.bad(at, fmt.Sprintf("%s cannot be compared so with %s", typeNames[a.typ], typeNames[b.typ]))
	}
	left, err := c.as(a, common)
	if err != nil {
		return "", err
	}
	right, err := c.as(b, common)
	if err != nil {
		return "", err
	}
	if common == staGeom {
		equal := "ST_Equals(" + left + ", " + right + ")"
		if op == "<>" {
			equal = "NOT " + equal
		}
		return equal, nil
	}
	if common == staText && op != "=" && op != "<>" {
		left += ` COLLATE "C"`
	}
	if op == "<>" {
		op = "IS DISTINCT FROM"
	}
	return "(" + left + " " + op + " " + right + ")", nil
}

// commonType is the type in which two terms are compared.
func commonType(a, b staTerm) (staType, bool) {
	switch {
	case a.typ == staJSON && b.typ == staJSON:
		return staText, true
	case a.typ == staJSON || b.typ == staJSON:
		other := a.typ
		if a.typ == staJSON {
			other = b.typ
		}
		if other == staInt {
			other = staNum
		}
		return other, other == staNum || other == staText || other == staBool
	case a.typ == staInt && b.typ == staInt:
		return staInt, true
	case (a.typ == staInt || a.typ == staNum) && (b.typ == staInt || b.typ == staNum):
		return staNum, true
	case a.typ == staTime && b.typ == staText && b.lit != nil, b.typ == staTime && a.typ == staText && a.lit != nil:
		return staTime, true
	}
	return a.typ, a.typ == b.typ && a.typ != staPeriod
}

func (c *staCompiler) compareNull(op string, a, b staTerm, at int) (string, error) {
	if a.typ == staNull {
		a, b = b, a
	}
	if b.typ != staNull || (op != "=" && op != "<>") {
		return "", c.bad(at, "null has no order")
	}
	sql := "NULL"
	if a.lit == nil {
		sql = a.sql
	} else if a.typ != staNull {
		var err error
		if sql, err = c.as(a, a.typ); err != nil {
			return "", err
		}
	}
	if op == "=" {
		return "(" + sql + " IS NULL)", nil
	}
	return "(" + sql + " IS NOT NULL)", nil
}

// ends are what makes the beginning and the end of an interval; those of an instant are the same. Each makes a parameter of its own, for one that a
// statement does not use has no type.
func (c *staCompiler) ends(t staTerm) (from, to func() string, err error) {
	parameter := func(at time.Time) func() string { return func() string { return c.arg(at, "timestamptz") } }
	constant := func(sql string) func() string { return func() string { return sql } }
	switch {
	case t.typ == staPeriod && t.lit != nil:
		return parameter(t.lit.From), parameter(t.lit.To), nil
	case t.typ == staPeriod:
		return constant(t.sql), constant(t.until), nil
	}
	sql, err := c.as(t, staTime)
	return constant(sql), constant(sql), err
}

func (c *staCompiler) comparePeriod(op string, a, b staTerm) (string, error) {
	from1, to1, err := c.ends(a)
	if err != nil {
		return "", err
	}
	from2, to2, err := c.ends(b)
	if err != nil {
		return "", err
	}
	both := func(x func() string, op1 string, y func() string, z func() string, op2 string, u func() string) string {
		return "(" + x() + op1 + y() + " AND " + z() + op2 + u() + ")"
	}
	switch op {
	case "<":
		return "(" + to1() + " < " + from2() + ")", nil
	case "<=":
		return "(" + to1() + " <= " + from2() + ")", nil
	case ">":
		return "(" + from1() + " > " + to2() + ")", nil
	case ">=":
		return "(" + from1() + " >= " + to2() + ")", nil
	}
	var equal string
	switch {
	case a.typ == staPeriod && b.typ == staPeriod:
		equal = both(from1, " = ", from2, to1, " = ", to2)
	case a.typ == staPeriod:
		equal = both(from1, " <= ", from2, to1, " >= ", to2)
	default:
		equal = both(from1, " >= ", from2, to1, " <= ", to2)
	}
	if op == "<>" {
		return "(NOT " + equal + ")", nil
	}
	return equal, nil
}

// compareKey compares an observation's id with a text through the columns that it is made of, for which there is an index.
func (c *staCompiler) compareKey(op string, a, b staTerm) (string, bool) {
	if b.key != "" {
		a, b = b, a
	}
	if a.key == "" || b.lit == nil || b.lit.Type != sensorthings.Text || (op != "=" && op != "<>") {
		return "", false
	}
	stream, at, ok := observationKey(b.lit.Text)
	if !ok {
		return "", false
	}
	r := "r" + strings.TrimPrefix(a.key, "@")
	sql := "(" + r + ".datastream = " + c.arg(stream, "bigint") + " AND " + r + ".time = " + c.arg(at, "timestamptz") + ")"
	if op == "<>" {
		sql = "(NOT " + sql + ")"
	}
	return sql, true
}

// arithmetic compiles a sum, a product and the like. Durations may be added to times.
func (c *staCompiler) arithmetic(op string, a, b staTerm, at int) (staTerm, error) {
	signs := map[string]string{"add": "+", "sub": "-", "mul": "*", "div": "/"}
	out := staTerm{typ: staNum, at: at}
	left, right := staNum, staNum
	switch {
	case a.typ == staTime && b.typ == staDuration && (op == "add" || op == "sub"):
		out.typ, left, right = staTime, staTime, staDuration
	case a.typ == staTime && b.typ == staTime && op == "sub":
		out.typ, left, right = staDuration, staTime, staTime
	case a.typ == staDuration && b.typ == staDuration && (op == "add" || op == "sub"):
		out.typ, left, right = staDuration, staDuration, staDuration
	}
	x, err := c.as(a, left)
	if err != nil {
		return out, err
	}
	y, err := c.as(b, right)
	if err != nil {
		return out, err
	}
	if op == "mod" {
		out.sql = "mod(" + x + "::numeric, " + y + "::numeric)::float8"
		return out, nil
	}
	out.sql = "(" + x + " " + signs[op] + " " + y + ")"
	return out, nil
}

// staFunction is a function: the types of its arguments, its own, and its SQL with the arguments numbered.
type staFunction struct {
	args []staType
	typ  staType
	sql  string
}

// staFunctions are the functions of filters and orders; one that takes more arguments as well has their number in its name.
var staFunctions = func() map[string]staFunction {
	one, two := func(t staType) []staType { return []staType{t} }, func(t staType) []staType { return []staType{t, t} }
	f := map[string]staFunction{
		"substringof": {two(staText), staBool, "(strpos({1}, {0}) > 0)"},
		"contains":    {two(staText), staBool, "(strpos({0}, {1}) > 0)"},
		"startswith":  {two(staText), staBool, "starts_with({0}, {1})"},
		"endswith":    {two(staText), staBool, "(strpos(reverse({0}), reverse({1})) = 1)"},
		"length":      {one(staText), staInt, "length({0})::bigint"},
		"indexof":     {two(staText), staInt, "(strpos({0}, {1}) - 1)::bigint"},
		"substring":   {[]staType{staText, staInt}, staText, "substr({0}, least(greatest({1}, 0), 100000)::integer + 1)"},
		"substring/3": {[]staType{staText, staInt, staInt}, staText,
			"substr({0}, least(greatest({1}, 0), 100000)::integer + 1, least(greatest({2}, 0), 100000)::integer)"},
		"tolower":            {one(staText), staText, "lower({0})"},
		"toupper":            {one(staText), staText, "upper({0})"},
		"trim":               {one(staText), staText, "btrim({0})"},
		"concat":             {two(staText), staText, "({0} || {1})"},
		"date":               {one(staTime), staTime, "date_trunc('day', {0}, 'UTC')"},
		"time":               {one(staTime), staDuration, "({0} AT TIME ZONE 'UTC')::time::interval"},
		"now":                {nil, staTime, "now()"},
		"mindatetime":        {nil, staTime, "'-infinity'::timestamptz"},
		"maxdatetime":        {nil, staTime, "'infinity'::timestamptz"},
		"second":             {one(staTime), staInt, "floor(extract(second FROM {0} AT TIME ZONE 'UTC'))::bigint"},
		"fractionalseconds":  {one(staTime), staNum, "mod(extract(second FROM {0} AT TIME ZONE 'UTC'), 1)::float8"},
		"totaloffsetminutes": {one(staTime), staInt, "(CASE WHEN {0} IS NULL THEN NULL ELSE 0 END)::bigint"}, // times are kept in UTC
		"round":              {one(staNum), staNum, "round(({0})::numeric)::float8"},
		"floor":              {one(staNum), staNum, "floor({0})"},
		"ceiling":            {one(staNum), staNum, "ceil({0})"},
		"geo.distance":       {two(staGeom), staNum, "ST_Distance({0}, {1})"},
		"geo.length":         {one(staGeom), staNum, "ST_Length({0})"},
		"st_relate":          {[]staType{staGeom, staGeom, staText}, staBool, "ST_Relate({0}, {1}, {2})"},
		"st_equals":          {two(staGeom), staBool, "ST_Equals({0}, {1})"},
		"st_within":          {two(staGeom), staBool, "ST_Within({0}, {1})"},
		"st_disjoint":        {two(staGeom), staBool, "ST_Disjoint({0}, {1})"},
		"geo.intersects":     {two(staGeom), staBool, "ST_Intersects({0}, {1})"},
	}
	for _, name := range []string{"intersects", "touches", "overlaps", "crosses", "contains"} {
		f["st_"+name] = staFunction{two(staGeom), staBool, "ST_" + name + "({0}, {1})"}
	}
	for _, part := range []string{"year", "month", "day", "hour", "minute"} {
		f[part] = staFunction{one(staTime), staInt, "extract(" + part + " FROM {0} AT TIME ZONE 'UTC')::bigint"}
	}
	return f
}()

// relateForm is a pattern of the matrix that says how two geometries lie to each other.
var relateForm = regexp.MustCompile(`^[012TF*]{9}$`)

// call compiles a function. Its SQL names each argument once, for arguments are nested.
func (c *staCompiler) call(x *sensorthings.Call, e *staEntity, use string) (staTerm, error) {
	f, ok := staFunctions[x.Name]
	if !ok {
		return staTerm{}, c.bad(x.At, "there is no function "+short(x.Name))
	}
	if more, ok := staFunctions[x.Name+"/"+strconv.Itoa(len(x.Args))]; ok {
		f = more
	}
	if len(x.Args) != len(f.args) {
		return staTerm{}, c.bad(x.At, fmt.Sprintf("the function %s takes %d arguments", x.Name, len(f.args)))
	}
	if x.Name == "st_relate" {
		if l, ok := x.Args[2].(*sensorthings.Literal); !ok || !relateForm.MatchString(l.Text) {
			return staTerm{}, c.bad(x.At, "the third argument of st_relate is nine of the signs 0 1 2 T F *")
		}
	}
	pairs := []string{}
	for i, arg := range x.Args {
		t, err := c.term(arg, e, use)
		if err != nil {
			return staTerm{}, err
		}
		sql, err := c.as(t, f.args[i])
		if err != nil {
			return staTerm{}, err
		}
		pairs = append(pairs, "{"+strconv.Itoa(i)+"}", sql)
	}
	return staTerm{typ: f.typ, sql: strings.NewReplacer(pairs...).Replace(f.sql), at: x.At}, nil
}
