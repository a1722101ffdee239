package ingest

import (
	"maps"
	"sync"
)

// Verdict is a protocol and what became of a frame of it.
type Verdict struct{ Protocol, Verdict string }

// unstored is what becomes of a frame while the database is away: its sender is told nothing, and it is kept nowhere.
const unstored = "unstored"

// Counts are what became of frames since the start. Flood are those that were not logged because strangers or refusals came too fast, Failed those that
// could not be, Waiting those that are about to be.
type Counts struct {
	Frames                 map[Verdict]int64
	Flood, Failed, Waiting int64
}

// counter counts frames.
type counter struct {
	mu     sync.Mutex
	counts Counts
}

// frame counts a frame of a protocol that is served and a verdict of those above: of both there are few.
func (c *counter) frame(f Frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts.Frames == nil {
		c.counts.Frames = map[Verdict]int64{}
	}
	verdict := f.Verdict
	if verdict == "" {
		verdict = unstored
	}
	c.counts.Frames[Verdict{f.Protocol, verdict}]++
}

// flooded counts a frame that was not logged because too many like it came.
func (c *counter) flooded() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts.Flood++
}

// Counts says what became of frames since the start.
func (d *Desk) Counts() Counts {
	d.counts.mu.Lock()
	defer d.counts.mu.Unlock()
	out := d.counts.counts
	out.Failed, out.Waiting = d.frames.lost.Load(), d.frames.held.Load()
	out.Frames = maps.Clone(out.Frames)
	return out
}
