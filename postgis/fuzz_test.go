package postgis_test

import (
	"testing"

	"basin/fault"
	"basin/postgis"
)

// FuzzParsePosition: a position that is taken is the same when it is written and read again, and what is not is the client's fault.
func FuzzParsePosition(f *testing.F) {
	for _, seed := range []string{"12-3", "0-0", "-1--1", "9223372036854775807-9223372036854775807", "18446744073709551615-1", "+1-+1", "1-", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := postgis.ParsePosition(text)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if again, err := postgis.ParsePosition(p.String()); err != nil || again != p || p.Seq < 0 {
			t.Errorf("%q is %v, then %v, %v", text, p, again, err)
		}
	})
}
