package alert_test

import (
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"basin/access"
	"basin/alert"
)

// valid holds a message against the schema of the protocol by another program.
func valid(t *testing.T, message []byte) error {
	t.Helper()
	file := filepath.Join(t.TempDir(), "message.xml")
	if err := os.WriteFile(file, message, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "xmllint", "--noout", "--nonet", "--schema", "testdata/cap-1.2.xsd", file).CombinedOutput()
	if err != nil {
		t.Logf("%s", out)
	}
	return err
}

// TestCAP: every message about a warning from its beginning to its end is valid, in both languages, and names those before it.
func TestCAP(t *testing.T) {
	b := newBench(t)
	sender := alert.CAPSender{ID: "nan tong,<1>", Name: alert.Text{Zh: "南通 & 水务", En: "Nantong"}, URL: "http://127.0.0.1:8080"}
	shanghai := time.FixedZone("Asia/Shanghai", 8*3600)
	message := func(which alert.Which) string {
		t.Helper()
		a := b.alerts(access.Restricted, which)[0]
		body, err := sender.CAP(a, shanghai)
		if err != nil {
			t.Fatal(err)
		}
		if err := valid(t, body); err != nil {
			t.Errorf("not valid: %s", body)
		}
		return string(body)
	}
	holds := func(text string, parts ...string) {
		t.Helper()
		for _, part := range parts {
			if !strings.Contains(text, part) {
				t.Errorf("no %s in\n%s", part, text)
			}
		}
	}
	high := alert.Which{Thing: "station:S1"}
	b.play(3.2, 3.2)
	first := message(high)
	holds(first, "<msgType>Alert</msgType>", "<scope>Public</scope>", "<severity>Moderate</severity>", "<language>zh-CN</language>", "<language>en</language>", "+08:00</sent>",
		"<headline>一号站水位超限黄色预警</headline>", "<headline>First station: High water level, yellow warning</headline>", "<circle>32.000000,120.800000 0</circle>",
		"<certainty>Observed</certainty>", "<urgency>Immediate</urgency>", "<sender>basin.nan-tong--1&gt;</sender>", "above Wusong datum")
	if strings.Contains(first, "<references>") {
		t.Error(first)
	}
	var m struct {
		Identifier string `xml:"identifier"`
	}
	if err := xml.Unmarshal([]byte(first), &m); err != nil {
		t.Fatal(err)
	}
	b.do(func(tx pgx.Tx) error {
		id := b.alerts(access.Public, high)[0].ID
		return alert.Acknowledge(t.Context(), tx, id, access.Principal{Name: "officer", Role: access.Operator}, "seen")
	})
	if again := message(high); again != first {
		t.Error("an acknowledgement is a message of its own")
	}
	b.play(3.6, 3.6)
	holds(message(high), "<msgType>Update</msgType>", "<severity>Severe</severity>", strings.ReplaceAll(m.Identifier, ">", "&gt;"))
	b.exec(`UPDATE twin.thing SET class = 'internal' WHERE id = 'station:S1'`)
	b.play(2, 2, 2, 2)
	holds(message(high), "<msgType>Cancel</msgType>", "<scope>Restricted</scope>", "<restriction>internal</restriction>", "<responseType>AllClear</responseType>", "<urgency>Past</urgency>")
	b.now = b.now.Add(5 * time.Hour)
	b.look()
	data := alert.Which{States: []string{alert.Raised}}
	holds(message(data), "<category>Infra</category>", "No water level since")
	b.cfg.Forecasts = &forecast{Run: "7", Datum: "wusong", Unit: "m", Class: access.Public, Values: []alert.Predicted{{Time: b.now.Add(time.Hour), Value: 3.7, Low: 3.5, High: 4}}}
	b.exec(`UPDATE alert.rule SET enabled = id = 'level-ahead'`)
	b.look()
	holds(message(data), "<certainty>Likely</certainty>", "<urgency>Expected</urgency>", "（3.50 m 至 4.00 m）")
	if err := valid(t, []byte(strings.Replace(first, "Moderate", "Terrible", 1))); err == nil {
		t.Error("the schema takes anything")
	}

	feed, err := sender.Feed(b.alerts(access.Restricted, data), "en", b.now)
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Entries []struct {
			Link struct {
				Href string `xml:"href,attr"`
				Type string `xml:"type,attr"`
			} `xml:"link"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal(feed, &f); err != nil || len(f.Entries) != 1 || !strings.HasSuffix(f.Entries[0].Link.Href, ".cap") || f.Entries[0].Link.Type != "application/cap+xml" {
		t.Errorf("%v %s", err, feed)
	}
	if empty, err := sender.Feed(nil, "zh", b.now); err != nil || !strings.Contains(string(empty), "<updated>") {
		t.Errorf("%s %v", empty, err)
	}
}
