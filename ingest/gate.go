package ingest

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"

	"basin/fault"
)

// Limits of the memory that bodies take together.
const (
	smallBody = 256 << 10 // bytes after decompression, or of zstd's window; a body of more is large
	maxLarge  = 8         // large bodies in memory at a time; others wait
	maxWindow = 8 << 20   // bytes of zstd's window
	maxValue  = 2 << 20   // bytes of one value in JSON, with the space before it
)

// gate reads a body and waits, once it turns out to be large, until few others are.
type gate struct {
	io.Reader
	ctx   context.Context //nolint:containedctx // a reader has no other way to learn of the end of its request
	large chan struct{}
	wide  bool // large whatever comes out
	read  int
	held  bool
}

func (g *gate) Read(p []byte) (int, error) {
	if !g.held {
		room := smallBody - g.read
		if room <= 0 || g.wide {
			if err := g.enter(); err != nil {
				return 0, err
			}
		} else if len(p) > room {
			p = p[:room]
		}
	}
	n, err := g.Reader.Read(p)
	g.read += n
	return n, err
}

// enter takes a place among the large bodies.
func (g *gate) enter() error {
	ctx, cancel := context.WithTimeout(g.ctx, takeTime)
	defer cancel()
	select {
	case g.large <- struct{}{}:
		g.held = true
		return nil
	case <-ctx.Done():
		return fault.New(fault.Unavailable, "busy", "too many senders are waiting: try again in a moment").Because(ctx.Err())
	}
}

// leave gives the place back.
func (g *gate) leave() {
	if g.held {
		<-g.large
		g.held = false
	}
}

// wideWindow says whether undoing the compression of a body takes much memory by itself.
func wideWindow(body *bufio.Reader, encoding string) bool {
	if strings.ToLower(strings.TrimSpace(encoding)) != "zstd" {
		return false
	}
	start, _ := body.Peek(zstd.HeaderMaxSize)
	var h zstd.Header
	if h.Decode(start) != nil || h.Skippable {
		return true
	}
	return h.WindowSize > smallBody || h.SingleSegment && h.FrameContentSize > smallBody
}

// sparing fails when a decoder asks for more while it holds much that it has not made a value of.
type sparing struct {
	io.Reader
	decoder *json.Decoder
	read    int64
}

func (s *sparing) Read(p []byte) (int, error) {
	if s.read-s.decoder.InputOffset() > maxValue {
		return 0, tooLarge()
	}
	n, err := s.Reader.Read(p)
	s.read += int64(n)
	return n, err
}
