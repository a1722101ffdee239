package twin

import (
	"math"
	"strconv"
	"strings"

	"basin/fault"
)

// Decimal is a number as the sender wrote it, for instance "4.62" or "1e-3". Readings keep it as text until it becomes a scaled
// integer, so that no value passes through binary floating point.
type Decimal string

// Scaled is the integer nearest to d × 10^scale, halves away from zero. What is not a finite decimal number, or does not fit in
// 63 bits, is invalid.
func (d Decimal) Scaled(scale int) (int64, error) {
	digits, exponent, negative, ok := d.parse()
	if !ok {
		return 0, fault.New(fault.Invalid, "not-a-number", "{value} is not a number", "value", strconv.Quote(clip(string(d), 40)))
	}
	shift := exponent + scale
	tooLarge := fault.New(fault.Invalid, "number-too-large", "{value} is too large", "value", clip(string(d), 40))
	if digits == "" {
		return 0, nil
	}
	if len(digits)+shift > 18 {
		return 0, tooLarge
	}
	if len(digits)+shift < 0 {
		return 0, nil
	}
	up := false
	if shift >= 0 {
		digits += strings.Repeat("0", shift)
	} else {
		cut := len(digits) + shift
		up = digits[cut] >= '5'
		digits = "0" + digits[:cut]
	}
	v, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, tooLarge
	}
	if up {
		v++
	}
	if negative {
		v = -v
	}
	return v, nil
}

// parse splits d into its significant digits and the power of ten they are multiplied by.
func (d Decimal) parse() (digits string, exponent int, negative, ok bool) {
	s := string(d)
	if len(s) > 400 {
		return "", 0, false, false
	}
	if rest, cut := strings.CutPrefix(s, "-"); cut {
		s, negative = rest, true
	}
	mantissa := s
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa = s[:i]
		n, err := strconv.Atoi(s[i+1:])
		if err != nil || n < -1000 || n > 1000 {
			return "", 0, false, false
		}
		exponent = n
	}
	whole, fraction, point := strings.Cut(mantissa, ".")
	if whole == "" || (point && fraction == "") || strings.Trim(whole+fraction, "0123456789") != "" {
		return "", 0, false, false
	}
	return strings.TrimLeft(whole+fraction, "0"), exponent - len(fraction), negative, true
}

// Unscaled is the number that v stands for at that scale, for output.
func Unscaled(v int64, scale int) float64 { return float64(v) / math.Pow10(scale) }

// clip shortens s to at most n bytes.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n] + "…"
}
