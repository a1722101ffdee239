package source

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/text/transform"

	"basin/fault"
)

// stream is an open file, decompressed.
type stream struct {
	io.Reader
	file *os.File
}

// Close closes the file.
func (s *stream) Close() error { return s.file.Close() }

// open opens the file of a job and undoes gzip and bzip2, known by their first bytes. With report the progress of the job hears how many
// bytes of the file itself have been read.
func (j *job) open(report bool) (*stream, error) {
	file, err := os.Open(j.path)
	if err != nil {
		return nil, j.invalid("unreadable", "{file} cannot be read").Because(err)
	}
	c := &counter{r: file, job: j}
	if info, err := file.Stat(); err == nil && report && j.opts.Progress != nil {
		c.report, c.total = j.opts.Progress, info.Size()
	}
	b := bufio.NewReaderSize(c, 256<<10)
	head, _ := b.Peek(3)
	var r io.Reader = b
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(b)
		if err != nil {
			_ = file.Close()
			return nil, j.invalid("unreadable", "{file} is not gzip as it pretends").Because(err)
		}
		r = z
	case bytes.Equal(head, []byte("BZh")):
		r = bzip2.NewReader(b)
	}
	return &stream{&bounded{r: r, left: maxFile, job: j}, file}, nil
}

// text is open with a byte order mark dropped and text in another encoding than UTF-8 decoded, where the options name one.
func (j *job) text() (*stream, error) {
	s, err := j.open(true)
	if err != nil {
		return nil, err
	}
	if e, err := encodingOf(j.opts.Encoding); err == nil && e != nil {
		s.Reader = transform.NewReader(s.Reader, e.NewDecoder())
	}
	return s, nil
}

// counter counts what is read of a file and looks out for the end of the context.
type counter struct {
	r      io.Reader
	job    *job
	done   int64
	total  int64
	report func(done, total int64)
}

func (c *counter) Read(b []byte) (int, error) {
	if err := c.job.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(b)
	c.done += int64(n)
	if c.report != nil {
		c.report(c.done, c.total)
	}
	return n, err
}

// bounded refuses more than so many bytes.
type bounded struct {
	r    io.Reader
	left int64
	job  *job
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fault.New(fault.Invalid, "file-too-large", "{file} holds more than {limit} bytes when decompressed", "file", b.job.path, "limit", int64(maxFile))
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
