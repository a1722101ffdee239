package ingest

import (
	"cmp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"basin/fault"
	"basin/twin"
)

// zoneOf is the zone of a field station's clock: what the profile says, else +08:00.
func zoneOf(p Profile) (*time.Location, error) {
	t, err := time.Parse("-07:00", cmp.Or(p.Zone, "+08:00"))
	if err != nil {
		return nil, fault.New(fault.Invalid, "profile-zone", "the zone {zone} in the station's profile is not an offset, for instance +08:00",
			"zone", clip(p.Zone))
	}
	_, offset := t.Zone()
	return time.FixedZone("", offset), nil
}

// meaningOf is the property and the role that the profile gives the first of the elements that it names, and whether it names one. An element that the profile
// gives no property has none.
func meaningOf(p Profile, elements ...string) (property, role string, named bool) {
	for _, e := range elements {
		if text, ok := p.Elements[e]; ok {
			property, role, _ = strings.Cut(text, ".")
			return property, role, true
		}
	}
	return "", "", false
}

// number is text as a decimal; empty where it is none.
func number(text string) twin.Decimal {
	d := twin.Decimal(strings.TrimPrefix(strings.TrimSpace(text), "+"))
	if _, err := d.Scaled(0); err != nil {
		return ""
	}
	return d
}

// shifted is d × 10^power.
func shifted(d twin.Decimal, power int) twin.Decimal {
	if d == "" || power == 0 {
		return d
	}
	mantissa, exponent := string(d), 0
	if i := strings.IndexAny(mantissa, "eE"); i >= 0 {
		exponent, _ = strconv.Atoi(mantissa[i+1:])
		mantissa = mantissa[:i]
	}
	return twin.Decimal(mantissa + "e" + strconv.Itoa(exponent+power))
}

// legible is text that a database keeps: what is no character of a text becomes a question mark.
func legible(s string) string {
	return strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || unicode.IsControl(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}
