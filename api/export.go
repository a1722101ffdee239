package api

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"basin/access"
	"basin/fault"
	"basin/format"
	"basin/layer"
)

// Limits of exports.
const (
	exportLimit = 10 * time.Minute // for one
	exportWrite = 60 * time.Second // that a client may take for a piece
	maxExports  = 4                // under way at a time
	exportPiece = 64 << 10         // bytes; what fails before the first is answered with a problem
)

// FormatList lists the formats in which features can be had.
type FormatList struct {
	Formats []FormatInfo `json:"formats"`
}

// FormatInfo describes a format.
type FormatInfo struct {
	Name      string       `json:"name"` // as in f=
	Title     layer.Text   `json:"title"`
	Media     string       `json:"media"`
	Extension string       `json:"extension"`
	Streamed  bool         `json:"streamed"`           // whether it is sent as it is made
	MaxRows   int          `json:"features,omitempty"` // at most; absent for no limit
	Losses    []layer.Text `json:"losses"`             // what is not as it was when it is read back
}

// exportEndpoints say what can be exported.
func (s *Server) exportEndpoints() []Endpoint {
	return []Endpoint{{access.Route{Method: http.MethodGet, Path: "/ogc/formats", Tag: "layer", Summary: "Formats in which features can be had, and what each loses",
		Roles: access.Everyone(), Response: FormatList{}, Example: "/ogc/formats"}, s.formats}}
}

func (s *Server) formats(c echo.Context, _ Ask) error {
	var out FormatList
	for _, f := range format.Formats() {
		out.Formats = append(out.Formats, FormatInfo{Name: f.Name, Title: layer.Text(f.Title), Media: f.Media, Extension: f.Extension, Streamed: f.Streamed,
			MaxRows: f.MaxRows, Losses: f.Losses})
	}
	return c.JSON(http.StatusOK, out)
}

// paramItemsFormat is the form of features: pages of JSON, or all of them in a format.
func paramItemsFormat() access.Param {
	return access.Param{Name: "f", In: "query", Type: "string", Enum: append([]string{"json"}, format.Names()...),
		Doc: "the form of the answer: json for pages, any other for all features in one file, see /ogc/formats; when absent the Accept header decides"}
}

// paramBOM goes with CSV.
func paramBOM() access.Param {
	return access.Param{Name: "bom", In: "query", Type: "boolean", Doc: "of CSV: begin with a byte-order mark, as some spreadsheets need"}
}

// exported finds the format of that name in which features are asked for; none where pages of JSON are. Without a name it is negotiated.
func exported(r *http.Request, name string) (format.Format, bool) {
	switch name {
	case "":
		return format.Negotiate(r.Header.Get("Accept"))
	case "json":
		return format.Format{}, false
	default:
		return format.Find(name)
	}
}

// packedExport says whether what is asked for is a file that is compressed in itself.
func packedExport(r *http.Request) bool {
	if !strings.HasPrefix(r.URL.Path, "/ogc/collections/") || !strings.HasSuffix(r.URL.Path, "/items") {
		return false
	}
	f, ok := exported(r, r.URL.Query().Get("f"))
	return ok && f.Packed
}

// keyWhole is where the context of a request is kept that ends with the client alone, not after a while.
const keyWhole = "basin.whole"

// export answers with all features of a query in a format. Until the first piece is sent an error is a problem; after that the connection breaks, so that
// no part is taken for the whole.
func (s *Server) export(c echo.Context, a Ask, l layer.Layer, q layer.Query, f format.Format) error {
	if err := f.Takes(q); err != nil {
		return err
	}
	l, err := l.Show(q)
	if err != nil {
		return err
	}
	select {
	case s.exports <- struct{}{}:
		defer func() { <-s.exports }()
	default:
		return fault.New(fault.Unavailable, "too-many-exports", "{limit} exports are under way already: try again in a moment", "limit", maxExports)
	}
	h := c.Response().Header()
	h.Add("Vary", "Accept")
	h.Set(echo.HeaderContentType, f.Media)
	h.Set(echo.HeaderContentDisposition, attachment(c, l, f))
	h.Set(echo.HeaderCacheControl, "no-store")
	sayCRS(c, q.CRS)
	if c.Request().Method == http.MethodHead {
		return c.NoContent(http.StatusOK)
	}
	base := c.Request().Context()
	if whole, ok := c.Get(keyWhole).(context.Context); ok {
		base = whole
	}
	ctx, cancel := context.WithTimeout(base, exportLimit)
	defer cancel()
	out := bufio.NewWriterSize(&pieces{c: c, control: http.NewResponseController(c.Response())}, exportPiece)
	clearance := a.Who.Clearance()
	rows := func(ctx context.Context, each func(layer.Row) error) error {
		return s.Layers.Export(ctx, q, f.Form, clearance, each)
	}
	err = f.Write(ctx, out, l, rows, format.Options{CRS: q.CRS, BOM: a.Bool("bom"), Dir: s.Temporary, Convert: s.Convert})
	if err == nil {
		err = out.Flush()
	}
	switch {
	case err == nil && !c.Response().Committed:
		return c.NoContent(http.StatusOK)
	case err == nil:
		return nil
	case !c.Response().Committed:
		h.Del(echo.HeaderContentDisposition)
		h.Del(echo.HeaderContentType)
		if errors.Is(err, context.DeadlineExceeded) {
			return fault.New(fault.Unavailable, "query-timeout", "the question took too long: ask for less")
		}
		return err
	}
	if base.Err() == nil {
		s.Log.Warn("export broke off", "request", requestID(c), "layer", l.ID, "format", f.Name, "error", err)
	}
	panic(http.ErrAbortHandler) // the server knows it: the client sees a broken connection
}

// pieces sends what is written, piece by piece, each in its time.
type pieces struct {
	c       echo.Context
	control *http.ResponseController
}

func (p *pieces) Write(b []byte) (int, error) {
	_ = p.control.SetWriteDeadline(time.Now().Add(exportWrite))
	return p.c.Response().Write(b) //nolint:wrapcheck // the client is gone
}

// attachment names the file that an export is kept as: the layer's id for old programs, its title for others.
func attachment(c echo.Context, l layer.Layer, f format.Format) string {
	title := l.Title.En
	if chinese(c) || title == "" {
		title = l.Title.Zh
	}
	name := strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, title) + f.Extension
	return `attachment; filename="` + l.ID + f.Extension + `"; filename*=UTF-8''` + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
}
