package twin

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// TestSettleInEveryOrder takes small random sets of versions in every order: the same wins, with the same time of issue, and every content is held. Of each
// set at most one content comes without a time of issue.
func TestSettleInEveryOrder(t *testing.T) {
	start := time.Date(2026, 7, 18, 0, 0, 0, 0, time.UTC)
	type sent struct {
		version
		stated bool
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 400 {
		silent := version{Value: int64(r.IntN(3)), Operator: r.IntN(3) == 0}
		all := make([]sent, 1+r.IntN(5))
		for i := range all {
			all[i] = sent{version{Value: int64(r.IntN(3)), Operator: r.IntN(3) == 0, Issued: start.Add(time.Duration(r.IntN(5)) * time.Minute)}, true}
			if r.IntN(4) == 0 {
				all[i] = sent{silent, false}
			}
		}
		want := ""
		permute(len(all), func(order []int) {
			var held []version
			for n, i := range order {
				in := all[i].version
				in.Received = start.Add(time.Hour + time.Duration(n)*time.Second)
				if !all[i].stated {
					in.Issued = in.Received
				}
				if held == nil {
					held = []version{in}
					continue
				}
				held, _, _ = settle(held, in, all[i].stated)
			}
			b := held[best(held)]
			got := fmt.Sprintf("%d, person %t", b.Value, b.Operator)
			if b.stated() {
				got += b.Issued.Format(", issued 15:04")
			}
			for _, s := range all {
				found := false
				for _, h := range held {
					found = found || same(h, s.version)
				}
				if !found {
					t.Fatalf("%+v in the order %v: %+v is not held among %+v", all, order, s, held)
				}
			}
			if want == "" {
				want = got
			}
			if got != want {
				t.Fatalf("%+v: %s wins in one order, %s in the order %v", all, want, got, order)
			}
		})
	}
}

// permute calls fn with every order of n things.
func permute(n int, fn func([]int)) {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	var rest func(k int)
	rest = func(k int) {
		if k == n {
			fn(order)
			return
		}
		for i := k; i < n; i++ {
			order[k], order[i] = order[i], order[k]
			rest(k + 1)
			order[k], order[i] = order[i], order[k]
		}
	}
	rest(0)
}
