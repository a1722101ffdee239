package twin

import (
	"math/big"
	"strings"
	"testing"

	"basin/fault"
)

// FuzzDecimal holds Scaled against exact arithmetic: the nearest integer, halves away from zero.
func FuzzDecimal(f *testing.F) {
	for _, seed := range []string{"4.62", "-0.0005", "1e-3", "1E+2", "0.5", "-1.5", "999999999999999999", "1e400", ".5", "5.", "", "-", "1e", "0e999", "1e-999"} {
		f.Add(seed, uint8(3))
	}
	f.Fuzz(func(t *testing.T, text string, scale uint8) {
		n := int(scale % 10)
		got, err := Decimal(text).Scaled(n)
		if err != nil && fault.KindOf(err) != fault.Invalid {
			t.Fatalf("%q: %v", text, err)
		}
		if fault.Of(err) != nil && fault.Of(err).Code == "not-a-number" {
			return
		}
		exact, ok := new(big.Rat).SetString(text)
		if !ok || strings.ContainsAny(text, "_/pPxXbBoO") {
			t.Fatalf("%q is taken for a number", text)
		}
		exact.Mul(exact, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)))
		half := big.NewRat(1, 2)
		negative := exact.Sign() < 0
		exact.Abs(exact).Add(exact, half)
		want := new(big.Int).Quo(exact.Num(), exact.Denom())
		if negative {
			want.Neg(want)
		}
		if err == nil && (!want.IsInt64() || want.Int64() != got) {
			t.Errorf("%q at scale %d is %d, want %s", text, n, got, want)
		}
		if err != nil && want.IsInt64() && new(big.Int).Abs(want).Cmp(big.NewInt(999_999_999_999_999_999)) < 0 {
			t.Errorf("%q at scale %d is refused: %v", text, n, err)
		}
	})
}
