package ingest

import (
	"encoding/json"
	"testing"
)

// FuzzPlainReading: what is read the short way is read the same the long way.
func FuzzPlainReading(f *testing.F) {
	for _, text := range []string{
		`{"datastream":"60117200.level","time":"2026-07-18T00:00:00Z","value":2.5}`,
		` {"value":-0.050,"time":"2026-07-18T08:00:00+08:00" , "datastream":"a","issued":"2026-07-18T00:00:01.5Z"} `,
		`{"datastream":"a","time":"2026-07-18T00:00:00Z","value":1e3}`, `{"datastream":"a","datastream":"b","time":"2026-07-18T00:00:00Z","value":1}`,
		`{"datastream":"a","time":"2026-07-18T00:00:00Z","value":01}`, `{"datastream":"a","time":"2026-07-18T00:00:00Z","value":1.}`,
		`{"datastream":"\u0061","time":"2026-07-18T00:00:00Z","value":1}`, `{"datastream":"a","time":"2026-07-18T00:00:00Z","value":1}x`, `{"datastream":"a"}`, `{}`, ``,
		`{"datastream":"","time":"2026-07-18T00:00:00Z","value":1,}`, `{"Datastream":"a","TIME":"2026-07-18T00:00:00Z","value":-}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		short, ok := plainReading(raw)
		if !ok {
			return
		}
		if !json.Valid(raw) {
			t.Fatalf("%q is no JSON", raw)
		}
		long, err := anyReading(raw)
		if err != nil || short.Datastream != long.Datastream || !short.Time.Equal(long.Time) || short.Value != long.Value || !short.Issued.Equal(long.Issued) {
			t.Errorf("%q: %+v, the long way %+v %v", raw, short, long, err)
		}
	})
}
