package alert

import (
	"net/netip"
	"testing"
)

// TestBackOff: each wait is about twice the one before, and none is much longer than the longest.
func TestBackOff(t *testing.T) {
	for tries, about := range map[int]float64{0: 10, 1: 10, 2: 20, 3: 40, 9: 2560, 10: 3600, 1000: 3600} {
		for range 100 {
			if got := backOff(tries).Seconds(); got < about*0.74 || got > about*1.26 {
				t.Fatalf("after %d tries %g s, want about %g", tries, got, about)
			}
		}
	}
}

// TestPrivate: what a webhook may not reach.
func TestPrivate(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1": true, "10.1.2.3": true, "172.16.0.1": true, "192.168.1.1": true, "169.254.169.254": true, "100.64.0.1": true, "0.0.0.0": true, "224.0.0.1": true,
		"255.255.255.255": true, "::1": true, "::": true, "fe80::1": true, "fd00::1": true, "ff02::1": true, "::ffff:10.0.0.1": true, "64:ff9b::a00:1": true,
		"8.8.8.8": false, "172.32.0.1": false, "100.128.0.1": false, "2001:4860:4860::8888": false, "::ffff:8.8.8.8": false,
	} {
		if got := private(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}
