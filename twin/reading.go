package twin

import (
	"time"
)

// Reading is one observed value as a sender hands it over.
type Reading struct {
	Datastream string    // code of the datastream
	Time       time.Time // of the phenomenon
	Value      Decimal   // in the unit of the datastream's property
	Issued     time.Time // when the source stated it; zero where it did not say
}

// Result says what became of the readings of one request, once they are committed.
type Result struct {
	Accepted    int         `json:"accepted"`    // new values
	Duplicates  int         `json:"duplicates"`  // values already held
	Corrections int         `json:"corrections"` // values that differ from what was held for their key
	Rejected    []Rejection `json:"rejected"`    // readings that cannot be stored, each with its place
}

// Rejection names a reading that cannot be stored and says why.
type Rejection struct {
	Index  int    `json:"index"` // place in the request, from 0
	Code   string `json:"code"`  // stable, for programs
	Reason string `json:"reason"`
}

// Flag is a quality flag of a reading: a bit, whose number is the row of twin.quality_flag.
type Flag int16

// The flags. They never alter the value.
const (
	FlagRange    Flag = 1 << iota // outside the plausible range of its datastream
	FlagRate                      // changes faster than is plausible
	FlagStuck                     // has not moved for too long
	FlagFuture                    // was ahead of the clock when received
	FlagGap                       // comes after a gap
	FlagLate                      // arrived after a later reading
	FlagOperator                  // entered or corrected by a person
)

// Words lists the flags that are set, as answers spell them.
func (f Flag) Words() []string {
	words := []string{}
	for i, word := range []string{"range", "rate", "stuck", "future", "gap", "late", "operator"} {
		if f&(1<<i) != 0 {
			words = append(words, word)
		}
	}
	return words
}

// version is one value held for a key (datastream, time): the present one or a superseded one.
type version struct {
	Value    int64
	Operator bool
	Issued   time.Time
	Received time.Time
	Flags    Flag
}

// beats says whether v wins over w: a person's value over the source's, then the later issued, then the greater value. The
// order is total over contents, so the winner does not depend on the order of arrival.
func (v version) beats(w version) bool {
	if v.Operator != w.Operator {
		return v.Operator
	}
	if !v.Issued.Equal(w.Issued) {
		return v.Issued.After(w.Issued)
	}
	return v.Value > w.Value
}

// outcome is what happens to an incoming version.
type outcome uint8

const (
	added      outcome = iota // nothing was held for the key
	duplicate                 // the content was held already: nothing changes
	reissued                  // the present value was stated again later: only its issue time moves
	correction                // it wins, or it differs and loses; either way both are kept
)

// merge decides what an incoming version does to a key that holds current and the superseded versions. Content is the value
// and who stated it. Where the sender did not state when it issued the value, content that is held is a duplicate whatever the
// time of receipt; where it did, content held with an earlier issue time counts as stated again, for the order of corrections
// must not depend on the order of arrival.
func merge(current version, superseded []version, in version, stated bool) outcome {
	if same(current, in) {
		if stated && in.Issued.After(current.Issued) {
			return reissued
		}
		return duplicate
	}
	for _, s := range superseded {
		if same(s, in) && (!stated || !in.beats(current)) {
			return duplicate
		}
	}
	return correction
}

// same says whether two versions have the same content.
func same(v, w version) bool { return v.Value == w.Value && v.Operator == w.Operator }
