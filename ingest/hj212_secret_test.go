package ingest

import (
	"strings"
	"testing"
	"time"
)

// TestHJ212Secrets looks for passwords in what is kept, wherever and however they stand in a frame.
func TestHJ212Secrets(t *testing.T) {
	for _, data := range []string{
		"QN=1;PW=secret;MN=A1;CN=2011;CP=&&&&", "QN=1;MN=A1;CN=2011;PW=a,secret;CP=&&&&", "QN=1;MN=A1;CN=2011;PW=a&secret&&secret;CP=&&&&",
		"\nPW=secret;MN=A1;CN=2011;CP=&&&&", "MN=A1;CN=2011;ST=21 PW=secret;CP=&&&&", "MN=A1;CN=2011;PW=a\r\nsecret;CP=&&&&", "MN=A1;CN=3015;CP=&&PW=secret&&",
		"MN=A1;CN=3015;CP=&&PW=secret,x=1&&", "MN=A1;CN=3015;CP=&&x=1,NewPW=secret;y=2&&", "MN=A1;PW=secret",
	} {
		for _, m := range HJ212().Open(nobody).Feed(sealed(data), time.Now()) {
			if kept := string(m.Frame) + string(m.Decoded); strings.Contains(kept, "secret") {
				t.Errorf("%q is kept: %q", data, kept)
			}
		}
	}
}
