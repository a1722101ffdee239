package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"runtime"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"

	"basin/picture"
	"basin/postgis"
	"basin/tiles"
)

// Limits of pictures.
const (
	keptPictures    = 64 << 20         // bytes
	tilesAtOnce     = 4                // that are got for one picture at the same time
	picturePatience = 30 * time.Second // for one to be drawn
)

// pictures draws pictures, and keeps those that were asked for last.
type pictures struct {
	kept   *picture.Kept
	flight singleflight.Group
	slots  chan struct{} // bounds how many are drawn at the same time
}

func newPictures() pictures {
	return pictures{kept: picture.NewKept(keptPictures), slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
}

// wmtsTile answers with a picture. A client may keep it, but asks each time whether it still holds.
func (s *Server) wmtsTile(c echo.Context, a Ask, ask owsAsk) error {
	ctx := c.Request().Context()
	asked, err := s.wmtsAsked(ctx, a, ask)
	if err != nil {
		return err
	}
	sheets, name, err := s.sheets(ctx, a, asked)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderCacheControl, "private, no-cache")
	h.Set("ETag", `"`+name+`"`)
	if matches(c.Request().Header.Get("If-None-Match"), name) {
		return c.NoContent(http.StatusNotModified)
	}
	png, err := s.pictures.get(ctx, asked.frame, name, sheets)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, mediaPNG, png)
}

// sheets are the tiles that a picture is made of, compressed, and a name for all that it is made of: whose it is, where, what its tiles hold, and what draws it.
func (s *Server) sheets(ctx context.Context, a Ask, asked wmtsAsked) (sheets []picture.Sheet, name string, err error) {
	var in []string // layers
	for _, l := range asked.drawn() {
		sourceLayer, err := s.inTiles(ctx, l, a.Who.Clearance())
		if err != nil {
			return nil, "", err
		}
		for _, tile := range asked.frame.Tiles(l.MaxZoom) {
			in, sheets = append(in, sourceLayer), append(sheets, picture.Sheet{Tile: tile, Look: lookOf(l)})
		}
	}
	tags := make([]string, len(sheets))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(tilesAtOnce)
	for i := range sheets {
		group.Go(func() (err error) {
			t := &sheets[i]
			t.MVT, tags[i], err = s.Tiles.Tile(ctx, in[i:i+1], t.Z, t.X, t.Y, a.Who.Clearance())
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, "", err
	}
	made := fmt.Appendf(nil, "%q", []any{s.Version, a.Who.Clearance(), asked.name})
	for i := range sheets {
		if len(sheets[i].MVT) > 0 { // a layer that is not there is as good as none
			made = fmt.Appendf(made, "%q", []any{in[i], sheets[i].Tile, tags[i]})
		}
	}
	sum := sha256.Sum256(made)
	return sheets, hex.EncodeToString(sum[:16]), nil
}

// get is a picture that is kept, or a new one. Those who ask for the same one at the same time share the work.
func (p *pictures) get(ctx context.Context, frame picture.Frame, name string, sheets []picture.Sheet) ([]byte, error) {
	if png := p.kept.Get(name); png != nil {
		return png, nil
	}
	working := p.flight.DoChan(name, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), picturePatience) // one who leaves does not spoil it for the others
		defer cancel()
		png, err := p.draw(ctx, frame, sheets)
		if err == nil {
			p.kept.Put(name, png)
		}
		return png, err
	})
	select {
	case <-ctx.Done():
		return nil, postgis.Fault(ctx.Err())
	case r := <-working:
		png, _ := r.Val.([]byte)
		return png, r.Err
	}
}

func (p *pictures) draw(ctx context.Context, frame picture.Frame, sheets []picture.Sheet) ([]byte, error) {
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return nil, postgis.Fault(ctx.Err())
	}
	for i := range sheets {
		var err error
		if sheets[i].MVT, err = tiles.Unpack(sheets[i].MVT); err != nil {
			return nil, err
		}
	}
	png, err := frame.Draw(ctx, sheets)
	return png, postgis.Fault(err)
}
