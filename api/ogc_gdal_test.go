package api_test

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"basin/access"
)

// TestGDALReadsFeatures has GDAL's client read the collections, page by page.
func TestGDALReadsFeatures(t *testing.T) {
	if _, err := exec.LookPath("ogrinfo"); err != nil {
		t.Skip("ogrinfo is not installed")
	}
	b := newMapBench(t)
	for i, clearance := range access.Classes() {
		args := []string{"-ro", "-al", "OAPIF:" + b.url + "/ogc", "-oo", "PAGE_SIZE=5"}
		if token := b.tokens[clearance]; token != "" {
			args = append(args, "--config", "GDAL_HTTP_HEADERS", "Authorization: Bearer "+token)
		}
		for what, pattern := range map[string]string{"-so": `(?s)Layer name: station\n.*?Feature Count: (\d+)`, "-q": ""} {
			out, err := exec.CommandContext(context.Background(), "ogrinfo", append([]string{what}, args...)...).CombinedOutput()
			if err != nil || bytes.Contains(out, []byte("ERROR")) {
				t.Fatalf("%v: %s", err, out)
			}
			got := ""
			if pattern == "" {
				got = fmt.Sprint(strings.Count(string(out), "OGRFeature(station)"))
			} else if m := regexp.MustCompile(pattern).FindSubmatch(out); m != nil {
				got = string(m[1])
			}
			if want := fmt.Sprint((i + 1) * ofEach); got != want {
				t.Errorf("%s, %s: GDAL counts %q, want %s\n%.3000s", clearance, what, got, want, out)
			}
		}
	}
}

// TestGDALFilters has GDAL's client ask by box and by property.
func TestGDALFilters(t *testing.T) {
	if _, err := exec.LookPath("ogrinfo"); err != nil {
		t.Skip("ogrinfo is not installed")
	}
	b := newMapBench(t)
	for want, args := range map[int][]string{
		3: {"-spat", "120.505", "31.9", "120.535", "32.05"},
		1: {"-where", "code = 'public-4'"},
		0: {"-where", "code = 'internal-4'"},
	} {
		args = append([]string{"-ro", "-q", "OAPIF:" + b.url + "/ogc", "station"}, args...)
		out, err := exec.CommandContext(context.Background(), "ogrinfo", args...).CombinedOutput()
		if got := strings.Count(string(out), "OGRFeature(station)"); err != nil || got != want {
			t.Errorf("%v: %d, %v\n%.2000s", args, got, err, out)
		}
	}
}

// TestGDALReadsTiles has GDAL's reader of vector tiles read one.
func TestGDALReadsTiles(t *testing.T) {
	if _, err := exec.LookPath("ogrinfo"); err != nil {
		t.Skip("ogrinfo is not installed")
	}
	b := newMapBench(t)
	out, err := exec.CommandContext(context.Background(), "ogrinfo", "-ro", "-al", "-so",
		"MVT:"+b.url+"/tiles/station,road/9/427/207.mvt").CombinedOutput()
	for _, want := range []string{"Layer name: station", "Layer name: road", fmt.Sprintf("Feature Count: %d", ofEach), "chainage_m: Real"} {
		if err != nil || !bytes.Contains(out, []byte(want)) {
			t.Errorf("%q is not there: %v\n%.3000s", want, err, out)
		}
	}
}
