package alert

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// thresholdWords are the types of thresholds in words.
var thresholdWords = map[string]Text{
	"warning": {"警戒水位", "warning level"}, "guaranteed": {"保证水位", "guaranteed level"}, "record": {"历史最高水位", "highest level on record"},
	"record-low": {"历史最低水位", "lowest level on record"}, "control-high": {"控制水位上限", "upper control level"}, "control-low": {"控制水位下限", "lower control level"},
	"flood-season": {"汛限水位", "flood-season level"}, "drought": {"旱警水位", "drought level"}, "navigable-low": {"最低通航水位", "lowest navigable level"},
	"pump-start": {"起排水位", "pump start level"}, "pump-stop": {"停排水位", "pump stop level"}, "chloride": {"氯化物限值", "chloride limit"},
}

// propertyWords are properties in words; others are named by their identifier.
var propertyWords = map[string]Text{
	"level": {"水位", "Water level"}, "discharge": {"流量", "Discharge"}, "chloride": {"氯化物", "Chloride"}, "salinity": {"盐度", "Salinity"}, "rainfall": {"降水量", "Rainfall"},
}

// datumWords are datums in words.
var datumWords = map[string]Text{
	"wusong": {"吴淞", "Wusong datum"}, "abandoned-yellow-river-mouth": {"废黄河口", "Abandoned Yellow River mouth datum"}, "1985-national": {"1985国家高程", "1985 national height datum"},
	"lowest-theoretical-tide": {"理论最低潮面", "theoretical lowest tide"}, "unknown": {"基准不明", "datum not known"},
}

// severityWords are severities in words.
var severityWords = map[Severity]Text{Blue: {"蓝色", "blue"}, Yellow: {"黄色", "yellow"}, Orange: {"橙色", "orange"}, Red: {"红色", "red"}}

// termOf is a word of a table, or the identifier where the table has none.
func termOf(table map[string]Text, id string) Text {
	if t, ok := table[id]; ok {
		return t
	}
	return Text{id, id}
}

// words tells evidence in both languages; times are of zone.
func words(e Evidence, zone *time.Location) Text {
	return Text{Zh: inWords(e, zone, "zh"), En: inWords(e, zone, "en")}
}

// sentences are the patterns of both languages, by what is told.
var sentences = map[string]Text{
	"value":    {"{time} {property} {value}", "{property} {value} at {time}"},
	"forecast": {"预报 {time} {property} {value}", "{property} {value} forecast for {time}"},
	"spread":   {"（{low} 至 {high}）", " ({low} to {high})"},
	"limit":    {"，达到{threshold} {limit}", ", which reaches the {threshold} of {limit}"},
	"plain":    {"，达到限值 {limit}", ", which reaches the limit of {limit}"},
	"stated":   {"（原值 {stated}）", " (stated as {stated})"},
	"peak":     {"，最高 {peak}（{time}）", ", at most {peak} at {time}"},
	"rise":     {"，每小时上涨 {rate}", ", rising {rate} per hour"},
	"residual": {"，增水每小时上涨 {rate}", ", its residual rising {rate} per hour"},
	"stale":    {"最近一次 {property} 为 {time}，此后中断", "No {property} since {time}"},
	"faulty":   {"{time} {property} {value}，质量存疑", "{property} {value} at {time} is implausible"},
}

func inWords(e Evidence, zone *time.Location, language string) string {
	fill := func(pattern string, pairs ...string) string {
		return strings.NewReplacer(pairs...).Replace(sentences[pattern].In(language))
	}
	property, value, at := termOf(propertyWords, e.Property).In(language), amount(e.Value, e.Unit, e.Datum, language), moment(e.Time, zone)
	common := []string{"{property}", property, "{value}", value, "{time}", at}
	if e.Data != "" {
		if language == "en" && e.Data == "stale" {
			common[1] = strings.ToLower(property)
		}
		return fill(e.Data, common...)
	}
	out := fill("value", common...)
	if e.From == "forecast" {
		out = fill("forecast", common...)
		if e.Low != nil && e.High != nil {
			out += fill("spread", "{low}", amount(e.Low, e.Unit, "", language), "{high}", amount(e.High, e.Unit, "", language))
		}
	}
	if e.RatePerH != nil {
		name := "rise"
		if e.Residual {
			name = "residual"
		}
		return out + fill(name, "{rate}", amount(e.RatePerH, e.Unit, "", language))
	}
	name := "plain"
	if e.Threshold != "" {
		name = "limit"
	}
	out += fill(name, "{threshold}", termOf(thresholdWords, e.Threshold).In(language), "{limit}", amount(e.Limit, e.Unit, "", language))
	if e.Stated != nil {
		out += fill("stated", "{stated}", amount(e.Stated, e.Unit, e.StatedIn, language))
	}
	if e.Peak != nil && e.Value != nil && *e.Peak > *e.Value {
		out += fill("peak", "{peak}", amount(e.Peak, e.Unit, "", language), "{time}", moment(e.PeakTime, zone))
	}
	return out
}

// unitWords are UCUM codes as people write them.
var unitWords = map[string]string{"1": "", "m3/s": "m³/s", "Cel": "°C"}

// amount is a value with its unit and datum.
func amount(v *float64, unit, datum, language string) string {
	if v == nil {
		return "–"
	}
	if w, ok := unitWords[unit]; ok {
		unit = w
	}
	out := strconv.FormatFloat(*v, 'f', 2, 64)
	if unit != "" {
		out += " " + unit
	}
	if datum == "" {
		return out
	}
	pattern := " above %s"
	switch {
	case language == "zh":
		pattern = "（%s）"
	case datum == "unknown":
		pattern = " (%s)"
	}
	return out + fmt.Sprintf(pattern, termOf(datumWords, datum).In(language))
}

// moment is an instant in a zone.
func moment(t *time.Time, zone *time.Location) string {
	if t == nil {
		return "–"
	}
	return t.In(zone).Format("2006-01-02 15:04")
}

// nameIn is the name of the thing in a language, else in Chinese, else its code.
func (a Alert) nameIn(language string) string {
	for _, name := range []string{a.Name.In(language), a.Name.Zh, a.Name.En} {
		if name != "" {
			return name
		}
	}
	return a.Code
}

// Headline says in a language what a warning is: severity, title and thing.
func (a Alert) Headline(language string) string {
	severity := severityWords[a.Severity].In(language)
	if language == "zh" {
		return a.nameIn(language) + a.Title.Zh + severity + "预警"
	}
	return a.nameIn(language) + ": " + a.Title.En + ", " + severity + " warning"
}
