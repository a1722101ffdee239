package ingest

import (
	"context"
	"encoding/json"
	"strings"

	"basin/postgis"
	"basin/twin"
)

// Bounds of what is kept of a message.
const (
	maxKept       = 4 << 10 // bytes of its payload
	maxRejections = 100     // rejections listed
)

// note is what is kept of a message that was not taken whole.
type note struct {
	gateway, topic string
	function       string // readings, or Observations
	payload        []byte
	reason         string
	result         twin.Result
	readings       int
}

// keep writes the note among the frames: accepted where at least one reading was stored, refused otherwise.
func (n note) keep(ctx context.Context, db *postgis.DB) error {
	verdict := "refused"
	if n.result.Accepted+n.result.Duplicates+n.result.Corrections > 0 {
		verdict = "accepted"
	}
	listed := n.result.Rejected[:min(len(n.result.Rejected), maxRejections)]
	decoded, err := json.Marshal(map[string]any{"topic": storable(n.topic), "bytes": len(n.payload), "accepted": n.result.Accepted,
		"duplicates":  n.result.Duplicates,
		"corrections": n.result.Corrections, "rejected": len(n.result.Rejected), "rejections": listed})
	if err != nil {
		return err
	}
	_, err = db.Exec(ctx, `INSERT INTO ingest.frame (protocol, channel, address, function, bytes, decoded, verdict, reason, readings)
		VALUES ('mqtt', 'mqtt', $1, $7, $2, $3, $4, $5, $6)`,
		storable(n.gateway), n.payload[:min(len(n.payload), maxKept)], decoded, verdict, storable(n.reason), n.readings, n.function)
	return postgis.Fault(err)
}

// storable makes a text of a sender's one that PostgreSQL takes, and bounds it.
func storable(s string) string {
	if len(s) > 500 {
		s = s[:500] + "…"
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "�"), "\x00", "�")
}
