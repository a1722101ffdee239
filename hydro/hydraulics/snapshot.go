package hydraulics

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"

	"basin/fault"
)

// snapshotKind begins every snapshot; another follows when what it holds changes.
const snapshotKind = "basin hydraulics 1\n"

// changing are the parts of the state that change in a run, to be written or read in this order.
func (s *Solver) changing() (all []any) {
	all = append(all, &s.state.now, &s.state.step, &s.state.close, &s.start, &s.sums, s.state.settings, s.state.wanted, s.state.since, s.state.running)
	for i := range s.points {
		p := &s.points[i]
		all = append(all, &p.z, &p.held, &p.flooded, &p.exchange, &p.was)
	}
	for i := range s.links {
		l := &s.links[i]
		all = append(all, &l.q, &l.a.q, &l.b.q, &l.a.held, &l.b.held, &l.a.spread, &l.shut)
	}
	return all
}

// Snapshot is the state of a run, from which another of the same network goes on as this one would, to the last bit.
func (s *Solver) Snapshot() []byte {
	var b bytes.Buffer
	b.WriteString(snapshotKind)
	for _, v := range s.changing() {
		_ = binary.Write(&b, binary.LittleEndian, v) // a buffer takes all
	}
	return b.Bytes()
}

// Resume puts a solver into a state that one of the same network was in.
func (s *Solver) Resume(snapshot []byte) error {
	bad := fault.New(fault.Invalid, "bad-snapshot", "the state is none of this network")
	rest, known := bytes.CutPrefix(snapshot, []byte(snapshotKind))
	if !known {
		return bad
	}
	size := 0
	for _, v := range s.changing() {
		size += binary.Size(v)
	}
	if size != len(rest) {
		return bad
	}
	in := bytes.NewReader(rest)
	for _, v := range s.changing() {
		if err := binary.Read(in, binary.LittleEndian, v); err != nil {
			return bad
		}
	}
	if _, err := in.ReadByte(); err != io.EOF {
		return bad
	}
	return nil
}

// Hash names the state: two runs that are the same have the same.
func (s *Solver) Hash() string {
	sum := sha256.Sum256(s.Snapshot())
	return hex.EncodeToString(sum[:])
}
