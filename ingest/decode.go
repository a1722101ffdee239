package ingest

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"basin/fault"
	"basin/twin"
)

// Limits of a body.
const (
	maxBody     = 16 << 20 // bytes as sent
	maxPlain    = 64 << 20 // bytes after decompression
	maxReadings = 100_000
	maxLine     = 64 << 10 // bytes of one reading in NDJSON
)

// plain undoes the compression of a body and bounds what comes out.
func plain(body io.ReadCloser, encoding string, window uint64) (io.ReadCloser, error) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return body, nil
	case "gzip":
		z, err := gzip.NewReader(body)
		if err != nil {
			return nil, broken(err)
		}
		return limited{io.LimitReader(z, maxPlain+1), z, new(int64)}, nil
	case "zstd":
		z, err := zstd.NewReader(body, zstd.WithDecoderMaxMemory(maxPlain), zstd.WithDecoderMaxWindow(window), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, broken(err)
		}
		return limited{io.LimitReader(z, maxPlain+1), z.IOReadCloser(), new(int64)}, nil
	}
	return nil, fault.New(fault.Invalid, "unsupported-media-type", "the content encoding {encoding} is not known: gzip, zstd or none", "encoding", clip(encoding))
}

// limited fails once more than maxPlain bytes were read.
type limited struct {
	io.Reader
	io.Closer
	read *int64
}

func (l limited) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	if *l.read += int64(n); *l.read > maxPlain {
		return 0, tooLarge()
	}
	return n, err
}

// decoded are the readings of a body and what is wrong with the others.
type decoded struct {
	readings []twin.Reading
	index    []int // place of each in the body
	rejected []twin.Rejection
	count    int
}

// complete gives the rejections of a result their places in the body, and adds what was rejected before.
func (d *decoded) complete(result *twin.Result) {
	for i := range result.Rejected {
		result.Rejected[i].Index = d.index[result.Rejected[i].Index]
	}
	result.Rejected = append(result.Rejected, d.rejected...)
	slices.SortFunc(result.Rejected, func(a, b twin.Rejection) int { return cmp.Compare(a.Index, b.Index) })
	if result.Rejected == nil {
		result.Rejected = []twin.Rejection{}
	}
}

// decode reads a body of the given media type. A fault of the body is an error; a fault of a reading rejects that reading.
func decode(body io.Reader, contentType string) (*decoded, error) {
	media, _, err := mime.ParseMediaType(contentType)
	if contentType != "" && err != nil {
		media = contentType
	}
	d := &decoded{}
	switch media {
	case "", "application/json":
		err = d.json(filled{body})
	case "application/x-ndjson", "application/ndjson", "application/jsonl":
		err = d.lines(body)
	default:
		err = fault.New(fault.Invalid, "unsupported-media-type", "the content type {type} is not known: application/json or application/x-ndjson", "type", clip(media))
	}
	return d, err
}

// filled reads until there is no more room. Whenever a JSON decoder is given more, it looks again at all the white space before the next value: given a
// little at a time, it would look for minutes at a body of nothing else.
type filled struct{ io.Reader }

func (f filled) Read(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = f.Reader.Read(p[n:])
		n += m
	}
	return n, err
}

// json reads {"readings":[…]}.
func (d *decoded) json(body io.Reader) error {
	in := &sparing{Reader: body}
	dec := json.NewDecoder(in)
	in.decoder = dec
	if err := expect(dec, '{'); err != nil {
		return err
	}
	found := false
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return malformed(dec, err)
		}
		if name != "readings" || found {
			return fault.New(fault.Invalid, "bad-body", `the body must be {"readings":[…]}; it has {member}`, "member", clip(strconv.Quote(name.(string)))) //nolint:forcetypeassert // names are strings
		}
		found = true
		if err := expect(dec, '['); err != nil {
			return err
		}
		for dec.More() {
			var raw json.RawMessage
			if err := dec.Decode(&raw); err != nil {
				return malformed(dec, err)
			}
			if err := d.add(raw); err != nil {
				return err
			}
		}
		if err := expect(dec, ']'); err != nil {
			return err
		}
	}
	if err := expect(dec, '}'); err != nil {
		return err
	}
	if !found {
		return fault.New(fault.Invalid, "bad-body", `the body must be {"readings":[…]}; it has {member}`, "member", "none")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return malformed(dec, errors.New("there is something after the end of the JSON value"))
	}
	return nil
}

// lines reads one reading per line.
func (d *decoded) lines(body io.Reader) error {
	s, blank := bufio.NewScanner(body), 0
	s.Buffer(nil, maxLine)
	for s.Scan() {
		if len(bytes.TrimSpace(s.Bytes())) == 0 {
			if blank++; blank > maxReadings {
				return tooLarge()
			}
			continue
		}
		if err := d.add(bytes.Clone(s.Bytes())); err != nil {
			return err
		}
	}
	if errors.Is(s.Err(), bufio.ErrTooLong) {
		return fault.New(fault.Invalid, "line-too-long", "line {index} is longer than {limit} bytes", "index", d.count, "limit", maxLine)
	}
	return broken(s.Err())
}

// wire is a reading with everything that may be wrong still in it.
type wire struct {
	Datastream *string         `json:"datastream"`
	Time       *string         `json:"time"`
	Value      json.RawMessage `json:"value"`
	Issued     *string         `json:"issued"`
}

// add takes one reading in, or rejects it.
func (d *decoded) add(raw []byte) error {
	index := d.count
	if d.count++; d.count > maxReadings {
		return fault.New(fault.Invalid, "too-many-readings", "{count} readings in one request; at most {limit} are taken", "count", "too many", "limit", maxReadings)
	}
	r, err := reading(raw)
	if err != nil {
		d.rejected = append(d.rejected, twin.Rejection{Index: index, Code: err.Code, Reason: err.Error()})
		return nil
	}
	d.readings, d.index = append(d.readings, r), append(d.index, index)
	return nil
}

// reading decodes one reading.
func reading(raw []byte) (twin.Reading, *fault.Error) {
	if r, ok := plainReading(raw); ok {
		return r, nil
	}
	return anyReading(raw)
}

// anyReading reads a reading however it is written.
func anyReading(raw []byte) (twin.Reading, *fault.Error) {
	var w wire
	if err := json.Unmarshal(raw, &w); err != nil {
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) && kind.Field != "" {
			return twin.Reading{}, fault.New(fault.Invalid, "wrong-type", "{field} must not be a {type}", "field", kind.Field, "type", kind.Value)
		}
		return twin.Reading{}, fault.New(fault.Invalid, "not-a-reading", `this is not like {"datastream":"…","time":"…","value":1.23}`)
	}
	missing := func(field string) *fault.Error {
		return fault.New(fault.Invalid, "field-missing", "{field} is missing", "field", field)
	}
	switch {
	case w.Datastream == nil || *w.Datastream == "":
		return twin.Reading{}, missing("datastream")
	case w.Time == nil:
		return twin.Reading{}, missing("time")
	case w.Value == nil || string(w.Value) == "null":
		return twin.Reading{}, missing("value")
	case w.Value[0] != '-' && (w.Value[0] < '0' || w.Value[0] > '9'):
		return twin.Reading{}, fault.New(fault.Invalid, "not-a-number", "{value} is not a number", "value", clip(string(w.Value)))
	}
	out := twin.Reading{Datastream: *w.Datastream, Value: twin.Decimal(w.Value)}
	var err *fault.Error
	if out.Time, err = instant("time", *w.Time); err == nil && w.Issued != nil {
		out.Issued, err = instant("issued", *w.Issued)
	}
	return out, err
}

func instant(field, text string) (time.Time, *fault.Error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fault.New(fault.Invalid, "bad-time", "{field} {value} is not a time as in RFC 3339, for instance 2026-07-18T08:00:00+08:00", "field", field, "value", clip(strconv.Quote(text)))
	}
	return t, nil
}

// expect reads one delimiter.
func expect(dec *json.Decoder, want json.Delim) error {
	t, err := dec.Token()
	if err != nil {
		return malformed(dec, err)
	}
	if t != want {
		return malformed(dec, errors.New("expected "+want.String()))
	}
	return nil
}

// malformed names the place where a body stops being JSON.
func malformed(dec *json.Decoder, err error) error {
	if _, own := errors.AsType[*fault.Error](err); own {
		return err
	}
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return tooLarge()
	}
	return fault.New(fault.Invalid, "bad-json-at", "the body is not JSON at byte {offset}: {why}", "offset", dec.InputOffset(), "why", clip(err.Error()))
}

// broken says that a body could not be read to its end.
func broken(err error) error {
	if err == nil {
		return nil
	}
	if _, own := errors.AsType[*fault.Error](err); own {
		return err
	}
	if _, large := errors.AsType[*http.MaxBytesError](err); large || errors.Is(err, zstd.ErrDecoderSizeExceeded) || errors.Is(err, zstd.ErrWindowSizeExceeded) {
		return tooLarge()
	}
	return fault.New(fault.Invalid, "broken-body", "the body cannot be read: {why}", "why", clip(err.Error()))
}

// clip shortens what a sender sent before it is sent back.
func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}
