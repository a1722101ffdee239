package ingest

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// TestFilled holds that nothing is handed on a little at a time, and that the fault of a reader arrives with what came before it.
func TestFilled(t *testing.T) {
	fault := errors.New("cut off")
	for _, step := range []struct {
		name string
		from io.Reader
		room int
		want string
		err  error
	}{
		{"more than there is room for", strings.NewReader("0123456789"), 4, "0123", nil},
		{"as much as there is room for", strings.NewReader("0123"), 4, "0123", nil},
		{"less", strings.NewReader("012"), 4, "012", io.EOF},
		{"nothing", strings.NewReader(""), 4, "", io.EOF},
		{"a fault", io.MultiReader(strings.NewReader("01"), iotest.ErrReader(fault)), 4, "01", fault},
	} {
		p := make([]byte, step.room)
		n, err := filled{iotest.OneByteReader(step.from)}.Read(p)
		if string(p[:n]) != step.want || !errors.Is(err, step.err) {
			t.Errorf("%s: %q, %v", step.name, p[:n], err)
		}
	}
}
