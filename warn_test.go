package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"basin/access"
	"basin/alert"
	"basin/api"
	"basin/auth"
)

// call sends a request with a token and answers its status and body.
func (r *running) call(token, method, path, body string) (int, string) {
	r.Helper()
	req, err := http.NewRequestWithContext(r.Context(), method, "http://"+r.address+path, strings.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	req.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		r.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// warnings are the warnings told by a stream, the newest version of each.
func (l *listening) warnings() map[string]alert.Alert {
	l.Helper()
	out := map[string]alert.Alert{}
	for _, e := range l.all() {
		if e.name != "alert" {
			continue
		}
		var a alert.Alert
		if err := json.Unmarshal([]byte(e.data), &a); err != nil {
			l.Fatal(err)
		}
		out[a.Rule+" "+a.Thing] = a
	}
	return out
}

// flood posts levels of a station: some minutes ago and now, so that they have held.
func (r *running) flood(datastream string, value float64) {
	r.Helper()
	for _, ago := range []time.Duration{20 * time.Minute, 0} {
		c, ok := post(r.address, r.token, []sample{{datastream, time.Now().Add(-ago).UTC(), json.Number(fmt.Sprint(value))}})
		if !ok || c.Accepted != 1 {
			r.Fatalf("%s: %v %+v", datastream, ok, c)
		}
	}
}

// TestWarnings walks a warning through the server: by a reading to the stream and the list, acknowledged, as CAP, and over.
func TestWarnings(t *testing.T) {
	r := serveRegion(t)
	officer := r.grant(auth.Grant{Role: access.Operator, Name: "officer"}).Token
	viewer := r.grant(auth.Grant{Role: access.Viewer, Name: "viewer"}).Token
	nobody, elsewhere := r.listen("", "", ""), r.listen("?bbox=0,0,1,1", "", "")
	r.flood("NT-S05.level", 3.21) // its warning level is 3.0
	const key = "level-high station:NT-S05"
	until(t, "the warning", func() bool { return nobody.warnings()[key].State == alert.Raised })
	if got := elsewhere.warnings(); len(got) > 0 {
		t.Errorf("told of what was not asked for: %v", got)
	}
	a := nobody.warnings()[key]
	if a.Severity != alert.Yellow || !strings.Contains(a.Words.Zh, "达到警戒水位") || a.Lat == nil {
		t.Errorf("%+v", a)
	}
	path := fmt.Sprintf("/alerts/%d", a.ID)
	if status, body := r.call(officer, http.MethodPost, path+"/ack", `{"note":"gates open"}`); status != http.StatusOK || !strings.Contains(body, "gates open") {
		t.Errorf("%d %s", status, body)
	}
	if status, body := r.call(officer, http.MethodPost, path+"/ack", `{}`); status != http.StatusConflict || !strings.Contains(body, "acknowledged-already") {
		t.Errorf("%d %s", status, body)
	}
	until(t, "the acknowledgement", func() bool { return nobody.warnings()[key].State == alert.Acknowledged })
	for token, knows := range map[string]bool{"": false, viewer: true} {
		for _, where := range []string{path, "/alerts?thing=station:NT-S05"} {
			if _, body := r.call(token, http.MethodGet, where, ""); strings.Contains(body, "officer") != knows || strings.Contains(body, "gates open") != knows {
				t.Errorf("%s: %s", where, body)
			}
		}
	}
	if heard := nobody.warnings()[key]; heard.AcknowledgedBy != "" || heard.Note != "" {
		t.Errorf("the stream tells nobody %+v", heard)
	}
	r.equal("rows of the audit trail", r.count(`SELECT count(*)::int FROM auth.audit WHERE action = 'alert.acknowledge' AND object = $1`, fmt.Sprint(a.ID)), 1)

	list := func(query string) int {
		var out api.Alerts
		r.get("/alerts?"+query, &out)
		return len(out.Alerts)
	}
	tomorrow := time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)
	for query, want := range map[string]int{"state=acknowledged": 1, "state=raised&thing=station:NT-S05": 0, "severity=red": 0, "severity=yellow": 1, "thing=station:NT-S06": 0,
		"thing=station:NT-S05&from=" + tomorrow: 0, "thing=station:NT-S05&to=" + tomorrow: 1, "after=1000": 0} {
		if got := list(query); got != want {
			t.Errorf("/alerts?%s: %d, want %d", query, got, want)
		}
	}
	for bad, want := range map[string]int{"/alerts/0": 400, "/alerts/x.cap": 400, "/alerts/999999": 404, "/alerts/999999.cap": 404, "/alerts?state=angry": 400, "/alerts?severity=pink": 400} {
		if status, body := r.call(viewer, http.MethodGet, bad, ""); status != want {
			t.Errorf("%s: %d %s", bad, status, body)
		}
	}

	// Another program finds the message by the feed, and finds it valid.
	_, feed := r.call("", http.MethodGet, "/alerts.cap", "")
	address := fmt.Sprintf("http://%s%s.cap", r.address, path)
	if !strings.Contains(feed, address) {
		t.Fatalf("%s is not in %s", address, feed)
	}
	status, message := r.call("", http.MethodGet, path+".cap", "")
	file := filepath.Join(t.TempDir(), "message.xml")
	if err := os.WriteFile(file, []byte(message), 0o600); err != nil || status != http.StatusOK {
		t.Fatal(status, err)
	}
	if out, err := exec.CommandContext(t.Context(), "xmllint", "--noout", "--nonet", "--schema", "alert/testdata/cap-1.2.xsd", file).CombinedOutput(); err != nil {
		t.Errorf("%s\n%s", out, message)
	}
	if !strings.Contains(message, "+08:00</sent>") || !strings.Contains(message, "<sender>basin.nantong</sender>") {
		t.Error(message)
	}
}

// TestWarningsOfSecrets: who may not know of a thing hears of no warning about it, by no way.
func TestWarningsOfSecrets(t *testing.T) {
	r := serveRegion(t)
	r.load(put(t, "stations.geojson", geojson(aFeature(`"code":"SECRET","type":"level","river":"NT-TY","datum":"wusong","warning_level_m":2`, aPoint(120.7, 32.3)))),
		"--to", "station", "--class", "restricted", "--dataset", "SECRET")
	officer := r.grant(auth.Grant{Role: access.Operator, Name: "officer"}).Token
	viewer := r.grant(auth.Grant{Role: access.Viewer, Name: "viewer"}).Token
	planner := r.grant(auth.Grant{Role: access.Planner, Name: "planner"}).Token
	streams := map[string]*listening{"": r.listen("", "", ""), viewer: r.listen("", viewer, ""), officer: r.listen("", officer, "")}
	r.flood("SECRET.level", 9.87)
	const key = "level-high station:SECRET"
	until(t, "the warning", func() bool { return streams[officer].warnings()[key].State == alert.Raised })
	id := streams[officer].warnings()[key].ID
	rule := `{"id":"own","kind":"above","thing":"station:SECRET","property":"level","steps":[{"severity":"red","value":1,"datum":"wusong"}],"enabled":true,"title":{"zh":"秘","en":"Own"}}`
	if status, body := r.call(planner, http.MethodPost, "/alerts/rules", rule); status != http.StatusNotFound {
		t.Errorf("a rule of what the planner may not know of: %d %s", status, body)
	}
	if status, body := r.call(officer, http.MethodPost, "/alerts/rules", rule); status != http.StatusCreated {
		t.Fatalf("%d %s", status, body)
	}
	for token, stream := range streams {
		knows := token == officer
		if got := stream.warnings()[key].ID != 0; got != knows {
			t.Errorf("the stream: %v", got)
		}
		for _, path := range []string{"/alerts?limit=1000", "/alerts.cap", fmt.Sprintf("/alerts/%d", id), fmt.Sprintf("/alerts/%d.cap", id), "/alerts?thing=station:SECRET", "/alerts/rules"} {
			if status, body := r.call(token, http.MethodGet, path, ""); (status == http.StatusOK && strings.Contains(body, "SECRET")) != knows {
				t.Errorf("%s: %d %s", path, status, body)
			}
		}
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete} {
		if status, body := r.call(planner, method, "/alerts/rules/own", rule); status != http.StatusNotFound {
			t.Errorf("%s: %d %s", method, status, body)
		}
	}
	changed := strings.Replace(rule, `"enabled":true`, `"enabled":false`, 1)
	if status, body := r.call(officer, http.MethodPut, "/alerts/rules/own", changed); status != http.StatusOK {
		t.Errorf("%d %s", status, body)
	}
	if status, body := r.call(officer, http.MethodPut, "/alerts/rules/other", changed); status != http.StatusBadRequest {
		t.Errorf("%d %s", status, body)
	}
	if status, body := r.call(officer, http.MethodDelete, "/alerts/rules/own", ""); status != http.StatusNoContent {
		t.Errorf("%d %s", status, body)
	}
	r.equal("rows of the audit trail", r.count(`SELECT count(*)::int FROM auth.audit WHERE action LIKE 'alert.rule.%' AND object = 'own'`), 3)
}

// TestChannelSecret: the secret of a webhook is answered once and stands nowhere else.
func TestChannelSecret(t *testing.T) {
	r := serveRegion(t)
	status, body := r.call(r.token, http.MethodPost, "/alerts/channels", `{"kind":"webhook","address":"https://example.org/hook?key=hidden"}`)
	var made alert.ChannelMade
	if err := json.Unmarshal([]byte(body), &made); err != nil || status != http.StatusCreated || len(made.Secret) != 64 {
		t.Fatalf("%d %s", status, body)
	}
	if _, list := r.call(r.token, http.MethodGet, "/alerts/channels", ""); !strings.Contains(list, "example.org") || strings.Contains(list, made.Secret) {
		t.Error(list)
	}
	trail := r.text(`SELECT coalesce(string_agg(detail::text, ' '), '') FROM auth.audit WHERE action = 'alert.channel.create'`)
	if !strings.Contains(trail, "example.org") || strings.Contains(trail, "hidden") || strings.Contains(trail, made.Secret) {
		t.Error(trail)
	}
	if status, body := r.call(r.token, http.MethodDelete, fmt.Sprintf("/alerts/channels/%d", made.ID), ""); status != http.StatusNoContent {
		t.Errorf("%d %s", status, body)
	}
}

// TestAlertFlags: what cannot be right is said at the start, and the password never.
func TestAlertFlags(t *testing.T) {
	b := newBench(t)
	noPEM := put(t, "ca.pem", "nothing")
	for _, args := range [][]string{
		{"--smtp-url", "smtp://me:hidden@", "--mail-from", "a@b.c"}, {"--smtp-url", "smtp://me:hidden@example.org"},
		{"--smtp-url", "smtp://me:hidden@example.org", "--mail-from", "a@b.c", "--smtp-ca", noPEM},
		{"--smtp-url", "smtp://me:hidden@example.org", "--mail-from", "a@b.c", "--smtp-ca", noPEM + "x"},
	} {
		if o := b.basin(append([]string{"serve"}, args...)...); o.code == 0 || strings.Contains(o.out+o.err, "hidden") {
			t.Errorf("%v: %d %s", args, o.code, o.err)
		}
	}
}

// TestWarnedAhead: the tide that a forecast sees above the warning level is warned of before it comes.
func TestWarnedAhead(t *testing.T) {
	w := newWater(t)
	w.observe("60117200.level", 40, w.tideAt(1.2))
	run := w.make(w.now)
	s := newServer(w.db, auth.New(w.db), slog.New(slog.DiscardHandler), 0, 64)
	if err := s.watch.All(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	found, _, err := alert.Find(t.Context(), w.db, alert.Which{}, time.UTC, access.Public)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range found {
		if a.Rule != "level-ahead" || a.Thing != "station:60117200" {
			continue
		}
		if a.Evidence.From != "forecast" || a.Evidence.Run != strconv.FormatInt(run.ID, 10) || !a.Evidence.Time.After(time.Now()) {
			t.Errorf("%+v", a.Evidence)
		}
		return
	}
	t.Errorf("no warning ahead among %+v", found)
}
