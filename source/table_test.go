package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"basin/fault"
)

// table reads a table into lines of its columns STCD and STNM.
func table(t *testing.T, text []byte, o Options) ([]string, []Finding, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ST_STBPRP_B.csv")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	var rows []string
	var findings []Finding
	o.Finding = func(f Finding) { findings = append(findings, f) }
	err := ReadTable(t.Context(), path, o, []string{"STCD"}, func(r TableRow) error {
		rows = append(rows, r.Get("STCD")+"|"+r.Get("STNM")+"|"+r.Get("NONE"))
		return nil
	})
	return rows, findings, err
}

func TestReadTable(t *testing.T) {
	gb := func(s string) []byte {
		b, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, c := range map[string]struct {
		text     []byte
		want     string
		findings int
	}{
		"comma":         {[]byte("STCD,STNM\n1,天生港\n2,\n"), "1|天生港| 2||", 0},
		"any case":      {[]byte("\xef\xbb\xbf stnm , Stcd\r\n天生港,1\r\n\r\n"), "1|天生港|", 0},
		"tab":           {[]byte("STCD\tSTNM\n1\t天生港, 闸\n"), "1|天生港, 闸|", 0},
		"semicolon":     {[]byte("STCD;STNM\n1;a\n"), "1|a|", 0},
		"GB18030":       {gb("STCD,STNM\n1,天生港\n2,徐六泾镕\n"), "1|天生港| 2|徐六泾镕|", 0},
		"quoted":        {[]byte("\"STCD\",\"STNM\"\n\"1\",\"a,\"\"b\"\"\"\n\"2\" ,c\n"), "1|a,\"b\"| 2|c|", 0},
		"not closed":    {[]byte("STCD,STNM\n\"1,a\n2,b\n"), "2|b|", 1},
		"null":          {[]byte("STCD,STNM,X\n1,NULL\n2,\\N,3\n"), "1|| 2||", 0},
		"cells to many": {[]byte("STCD,STNM\n1,a,b,c\n"), "1|a|", 0},
	} {
		rows, findings, err := table(t, c.text, Options{})
		if got := strings.Join(rows, " "); err != nil || got != c.want || len(findings) != c.findings {
			t.Errorf("%s: %q, %v, %v; want %q and %d findings", name, got, findings, err, c.want, c.findings)
		}
		for _, f := range findings {
			if f.Index != 2 || f.Layer != "ST_STBPRP_B" || f.Code != "bad-row" {
				t.Errorf("%s: finding %+v", name, f)
			}
		}
	}
}

func TestReadTableBroken(t *testing.T) {
	for text, code := range map[string]string{"": "empty-file", "\n\n": "empty-file", "STNM\n1\n": "no-column",
		"STCD\n" + strings.Repeat("x", maxRow+1): "line-too-long"} {
		if _, _, err := table(t, []byte(text), Options{}); fault.Of(err) == nil || fault.Of(err).Code != code {
			t.Errorf("%.20q: %v, want %s", text, err, code)
		}
	}
	if _, _, err := table(t, []byte("STCD\n1\n"), Options{Encoding: "none"}); fault.Of(err) == nil || fault.Of(err).Code != "unknown-encoding" {
		t.Errorf("an encoding that does not exist: %v", err)
	}
	if err := ReadTable(t.Context(), t.TempDir()+"/absent.csv", Options{}, nil, nil); fault.Of(err) == nil || fault.Of(err).Code != "no-file" {
		t.Errorf("an absent file: %v", err)
	}
}

func FuzzReadTable(f *testing.F) {
	f.Add("STCD,STNM\n1,\"a\"\"b\"\n")
	f.Add("STCD\t\xb0\xa1\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		rows, _, err := table(t, []byte(text), Options{})
		if err == nil && len(rows) > strings.Count(text, "\n") {
			t.Errorf("%d rows of %q", len(rows), text)
		}
		if err != nil && fault.Of(err) == nil {
			t.Errorf("%q: %v is no fault", text, err)
		}
		for _, r := range rows {
			if !utf8.ValidString(r) {
				t.Errorf("%q: the row %q is no text", text, r)
			}
		}
	})
}
