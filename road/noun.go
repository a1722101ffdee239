// Package road is the rural and other roads: routes with their stakes, the segments they are made of, bridges and condition.
package road

import (
	"regexp"

	"basin/twin"
)

// Nouns are the tables of the roads.
func Nouns() []twin.Noun {
	return []twin.Noun{
		{Kind: "road", Table: "road.route", Columns: []twin.Column{twin.Text("number"), twin.Text("level").Or("other"), twin.Text("chief"), twin.Date("opened"), twin.Date("ended")},
			After: putCalibration},
		{Kind: "segment", Table: "road.segment", Columns: []twin.Column{twin.Refer("route", "road"), twin.Number("from_stake_m"), twin.Number("to_stake_m"),
			twin.Text("from_node"), twin.Text("to_node"), twin.Number("length_m"), twin.Text("grade"), twin.Text("surface"), twin.Number("width_m"),
			twin.Integer("lanes"), twin.Text("direction").Or("both"), twin.Text("owner"), twin.Text("safety")}, After: twin.Together(relateSegments, conditions.Put)},
		{Kind: "bridge", Table: "road.bridge", Columns: []twin.Column{twin.Text("type").Or("bridge"), twin.Refer("route", "road"), twin.Number("stake_m"), twin.Number("length_m"),
			twin.Integer("technical_class"), twin.Number("load_limit_t"), twin.Number("width_limit_m"), twin.Number("height_limit_m"), twin.Refer("river", "river")}},
	}
}

// conditions are the surveys of a segment's condition (conditions: surveyed, pqi, sci, bci, tci, mqi, edition, source).
var conditions = twin.Part{Field: "conditions", Table: "road.condition", Owner: "segment", Key: []string{"surveyed"}, Columns: []twin.Column{twin.Date("surveyed"),
	twin.Text("edition"), twin.Number("pqi"), twin.Number("sci"), twin.Number("bci"), twin.Number("tci"), twin.Number("mqi"), twin.Text("source").Or("")}}

// rule is the form of a rural route number: X, Y or C, three digits, and the six digits of the county (JT/T and GB/T 10114 practice); G, S and Z routes
// have digits only.
var rule = regexp.MustCompile(`^(?:[XYC]\d{3}\d{6}|[GSZ]\d{1,4})$`)

// Proper says whether a route number follows the rule. A number that does not is kept as it is, with a finding.
func Proper(number string) bool { return rule.MatchString(number) }

// Level is the administrative level that a route number's letter stands for; other where it stands for none.
func Level(number string) string {
	if number == "" {
		return "other"
	}
	level, ok := map[byte]string{'G': "national", 'S': "provincial", 'Z': "prefectural", 'X': "county", 'Y': "township", 'C': "village"}[number[0]]
	if !ok {
		return "other"
	}
	return level
}
