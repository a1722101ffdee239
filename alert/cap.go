package alert

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"basin/access"
)

// capTime is how the protocol writes times: with an offset, never Z.
const capTime = "2006-01-02T15:04:05-07:00"

type capAlert struct {
	XMLName     xml.Name  `xml:"urn:oasis:names:tc:emergency:cap:1.2 alert"`
	Identifier  string    `xml:"identifier"`
	Sender      string    `xml:"sender"`
	Sent        string    `xml:"sent"`
	Status      string    `xml:"status"`
	MsgType     string    `xml:"msgType"`
	Scope       string    `xml:"scope"`
	Restriction string    `xml:"restriction,omitempty"`
	References  string    `xml:"references,omitempty"`
	Info        []capInfo `xml:"info"`
}

type capInfo struct {
	Language    string     `xml:"language"`
	Category    string     `xml:"category"`
	Event       string     `xml:"event"`
	Response    string     `xml:"responseType"`
	Urgency     string     `xml:"urgency"`
	Severity    string     `xml:"severity"`
	Certainty   string     `xml:"certainty"`
	EventCode   capValue   `xml:"eventCode"`
	Effective   string     `xml:"effective"`
	Onset       string     `xml:"onset,omitempty"`
	SenderName  string     `xml:"senderName,omitempty"`
	Headline    string     `xml:"headline"`
	Description string     `xml:"description"`
	Instruction string     `xml:"instruction,omitempty"`
	Web         string     `xml:"web,omitempty"`
	Parameters  []capValue `xml:"parameter"`
	Area        capArea    `xml:"area"`
}

type capValue struct {
	Name  string `xml:"valueName"`
	Value string `xml:"value"`
}

type capArea struct {
	Desc    string   `xml:"areaDesc"`
	Circle  string   `xml:"circle,omitempty"`
	Geocode capValue `xml:"geocode"`
}

// capSeverities are our severities in the protocol's words.
var capSeverities = map[Severity]string{Blue: "Minor", Yellow: "Moderate", Orange: "Severe", Red: "Extreme"}

// CAPSender says who sends messages of the protocol.
type CAPSender struct {
	ID   string // of the region; becomes the sender's identifier
	Name Text
	URL  string // where others reach this basin, without a slash at its end
}

// sender is an identifier without what the protocol forbids in one.
func (s CAPSender) sender() string {
	return "basin." + strings.Map(func(r rune) rune {
		if strings.ContainsRune(" ,<&\t\r\n", r) {
			return '-'
		}
		return r
	}, s.ID)
}

// CAP is the newest message about a warning, which must have its history: an Alert, an Update that names those before it, or a Cancel when it is over. Times are of zone.
func (s CAPSender) CAP(a Alert, zone *time.Location) ([]byte, error) {
	told := slices.DeleteFunc(slices.Clone(a.History), func(e Event) bool { return e.Kind == Acknowledged })
	if len(told) == 0 {
		return nil, fmt.Errorf("the warning %d has no history", a.ID)
	}
	id := func(e Event) string { return fmt.Sprintf("%s.alert.%d.%d", s.sender(), a.ID, e.ID) }
	last := told[len(told)-1]
	m := capAlert{Identifier: id(last), Sender: s.sender(), Sent: last.Time.In(zone).Format(capTime), Status: "Actual", MsgType: "Alert", Scope: "Public"}
	switch last.Kind {
	case Escalated:
		m.MsgType = "Update"
	case Cleared:
		m.MsgType = "Cancel"
	}
	if a.Class != string(access.Public) {
		m.Scope, m.Restriction = "Restricted", a.Class
	}
	var before []string
	for _, e := range told[:len(told)-1] {
		before = append(before, s.sender()+","+id(e)+","+e.Time.In(zone).Format(capTime))
	}
	m.References = strings.Join(before, " ")
	for _, language := range []string{"zh", "en"} {
		m.Info = append(m.Info, s.info(a, last, language, zone))
	}
	body, err := xml.MarshalIndent(m, "", "  ")
	return append([]byte(xml.Header), append(body, '\n')...), err
}

// info is the message in one language.
func (s CAPSender) info(a Alert, last Event, language string, zone *time.Location) capInfo {
	e := a.Evidence
	in := capInfo{Language: map[string]string{"zh": "zh-CN", "en": "en"}[language], Category: "Met", Event: a.Title.In(language), Response: "Monitor", Urgency: "Immediate",
		Severity: capSeverities[a.Severity], Certainty: "Observed", EventCode: capValue{"basin:rule", a.Rule}, Effective: last.Time.In(zone).Format(capTime),
		SenderName: s.Name.In(language), Headline: a.Headline(language), Description: a.Words.In(language), Instruction: a.Advice.In(language),
		Web: fmt.Sprintf("%s/alerts/%d", s.URL, a.ID), Area: a.area(language)}
	switch {
	case last.Kind == Cleared:
		in.Urgency, in.Response = "Past", "AllClear"
	case e.Data != "":
		in.Category, in.Urgency, in.Response = "Infra", "Unknown", "Assess"
	case e.From == "forecast":
		in.Urgency, in.Certainty = "Expected", "Likely"
	}
	if e.Time != nil {
		in.Onset = e.Time.In(zone).Format(capTime)
	}
	number := func(name string, v *float64) {
		if v != nil {
			in.Parameters = append(in.Parameters, capValue{"basin:" + name, strconv.FormatFloat(*v, 'f', -1, 64)})
		}
	}
	number("value", e.Value)
	number("limit", e.Limit)
	number("peak", e.Peak)
	number("rate_per_h", e.RatePerH)
	for name, text := range map[string]string{"datum": e.Datum, "threshold": e.Threshold, "unit": e.Unit, "run": e.Run} {
		if text != "" {
			in.Parameters = append(in.Parameters, capValue{"basin:" + name, text})
		}
	}
	slices.SortFunc(in.Parameters, func(a, b capValue) int { return strings.Compare(a.Name, b.Name) })
	return in
}

// area is the place of the thing: a point, as a circle without a radius.
func (a Alert) area(language string) capArea {
	out := capArea{Desc: a.nameIn(language), Geocode: capValue{"basin:thing", a.Thing}}
	if a.Lon != nil && a.Lat != nil {
		out.Circle = fmt.Sprintf("%.6f,%.6f 0", *a.Lat, *a.Lon)
	}
	return out
}

type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  atomAuthor  `xml:"author"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomAuthor struct {
	Name string `xml:"name"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Link    atomLink `xml:"link"`
	Summary string   `xml:"summary"`
}

// capMedia is the media type of a message.
const capMedia = "application/cap+xml"

// Feed lists warnings as an Atom feed, each with where its message is, in a language.
func (s CAPSender) Feed(alerts []Alert, language string, now time.Time) ([]byte, error) {
	f := atomFeed{ID: "urn:" + strings.ReplaceAll(s.sender(), ".", ":") + ":alerts", Title: s.Name.In(language), Author: atomAuthor{s.sender()},
		Links: []atomLink{{"self", "application/atom+xml", s.URL + "/alerts.cap"}}}
	updated := time.Time{}
	for _, a := range alerts {
		at := a.Raised
		if a.Escalated != nil {
			at = *a.Escalated
		}
		if at.After(updated) {
			updated = at
		}
		address := fmt.Sprintf("%s/alerts/%d.cap", s.URL, a.ID)
		f.Entries = append(f.Entries, atomEntry{ID: fmt.Sprintf("%s:%d", f.ID, a.ID), Title: a.Headline(language), Updated: at.UTC().Format(time.RFC3339),
			Link: atomLink{"alternate", capMedia, address}, Summary: a.Words.In(language)})
	}
	if updated.IsZero() {
		updated = now
	}
	f.Updated = updated.UTC().Format(time.RFC3339)
	body, err := xml.MarshalIndent(f, "", "  ")
	return append([]byte(xml.Header), append(body, '\n')...), err
}
