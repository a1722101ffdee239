package source

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"basin/fault"
)

// skipped are GDAL's drivers that reach out to networks, to databases or from one file to others.
const skipped = "VRT,OGR_VRT,WFS,WCS,WMS,WMTS,OAPIF,OGCAPI,CSW,Carto,AmigoCloud,PLSCENES,NGW,Elasticsearch,PostgreSQL,PostGISRaster," +
	"MySQL,ODBC,PGeo,MSSQLSpatial,GMLAS,HTTP,EEDA,EEDAI,DAAS,GPSBabel,OGR_OGDI,PLMosaic,RIK,STACTA,STACIT"

// command prepares one of GDAL's programs. It sees nothing of the environment but where things are installed, reaches no network and
// leaves no files behind.
func command(ctx context.Context, name string, arguments ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, arguments...)
	cmd.WaitDelay = 5 * time.Second
	cmd.Env = []string{"PROJ_NETWORK=OFF", "GDAL_HTTP_PROXY=127.0.0.1:9", "GDAL_HTTP_MAX_RETRY=0", "GDAL_PAM_ENABLED=NO", "GML_DOWNLOAD_SCHEMA=NO",
		"CPL_DEBUG=OFF", "CPL_MAX_ERROR_REPORTS=1000000000", "LC_ALL=C.UTF-8", "GDAL_SKIP=" + skipped}
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "PROJ_DATA", "PROJ_LIB", "GDAL_DATA", "GDAL_DRIVER_PATH", "LD_LIBRARY_PATH"} {
		if v, ok := os.LookupEnv(name); ok {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	return cmd
}

// missing is the fault of a machine without GDAL's programs.
func missing() error {
	return fault.New(fault.Unavailable, "gdal-missing", "GDAL's programs are not installed: apt-get install gdal-bin")
}

// head keeps the beginning of what a program says.
type head struct{ text []byte }

func (h *head) Write(b []byte) (int, error) {
	if room := 256<<10 - len(h.text); room > 0 {
		h.text = append(h.text, b[:min(len(b), room)]...)
	}
	return len(b), nil
}

func (h *head) String() string { return string(h.text) }

// short is a text on one line, for a message.
func short(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 240 {
		return string(r[:240]) + "…"
	}
	return s
}

// complaints is what a running program says on standard error, kept in a file that has no name.
type complaints struct {
	file *os.File
	read int64           // how far it has been looked through
	lost map[string]bool // GDAL's numbers of features whose coordinates could not be transformed
}

func newComplaints() (*complaints, error) {
	file, err := os.CreateTemp("", "basin-*.log")
	if err != nil {
		return nil, fmt.Errorf("file for what GDAL says: %w", err)
	}
	_ = os.Remove(file.Name())
	return &complaints{file: file, lost: map[string]bool{}}, nil
}

func (c *complaints) close() { _ = c.file.Close() }

// lost is what ogr2ogr says of a feature that it leaves without its geometry.
var lost = regexp.MustCompile(`(?i)(?:reproject|transform) feature ([0-9]+)`)

// of says whether the program has complained of a feature so far.
func (c *complaints) of(id string) bool {
	text, _ := io.ReadAll(io.NewSectionReader(c.file, c.read, 64<<20))
	whole := strings.LastIndexByte(string(text), '\n') + 1
	for _, m := range lost.FindAllStringSubmatch(string(text[:whole]), -1) {
		c.lost[m[1]] = true
	}
	c.read += int64(whole)
	return c.lost[id]
}

// String is the beginning of what was said.
func (c *complaints) String() string {
	text, _ := io.ReadAll(io.NewSectionReader(c.file, 0, 64<<10))
	return string(text)
}
