package picture_test

import (
	"fmt"
	"testing"

	"basin/picture"
)

// TestKept keeps the pictures used last and no more than it may.
func TestKept(t *testing.T) {
	k := picture.NewKept(10_000)
	for i := range 100 {
		k.Put(fmt.Sprint(i), make([]byte, 700))
		if k.Get("0") == nil {
			t.Fatalf("what is used all the time is gone after %d", i)
		}
	}
	held := 0
	for i := range 100 {
		if k.Get(fmt.Sprint(i)) != nil {
			held++
		}
	}
	if held != 10 || k.Get("99") == nil || k.Get("50") != nil {
		t.Errorf("%d are held", held)
	}
	k.Put("huge", make([]byte, 20_000))
	if k.Get("huge") != nil {
		t.Error("what is too large is kept")
	}
}
