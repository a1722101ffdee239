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

// outcome is what happens to an incoming version of a key that holds something.
type outcome uint8

const (
	duplicate  outcome = iota // the content was held already; at most its time of issue is news
	correction                // the content is new: it wins, or it differs and loses; either way both are kept
)

// settle adds an incoming version to those held for its key, and says whether anything changed. Content is the value and who stated it. What wins depends
// on what was sent and not on the order of arrival, and so does which contents are held. Of a content of which no time of issue was stated, the first that
// came is kept; once one is stated, that counts and not the time of receipt.
//
// A source that sends the same content again with a later time of issue adds nothing where it would win anyway: see again.
func settle(held []version, in version, stated bool) (after []version, changed bool, o outcome) {
	o, unstated := correction, -1
	for i, h := range held {
		if !same(h, in) {
			continue
		}
		o = duplicate
		if !stated || h.Issued.Equal(in.Issued) {
			return held, false, duplicate
		}
		if !h.stated() {
			unstated = i
		}
	}
	if unstated >= 0 {
		in.Received, in.Flags = held[unstated].Received, held[unstated].Flags
		held[unstated] = in
		return held, true, o
	}
	if o == duplicate && !in.Operator {
		if needless, changed := again(held, in); needless {
			return held, changed, duplicate
		}
	}
	return append(held, in), true, o
}

// again takes a content that the source stated before, at another time of issue, and says whether it need not be kept as a version of its own: neither
// what wins, now or once more has come, nor what won at any time before depends on it then.
//
// Where that content is what wins of the source's already, only the greatest time of issue matters: the version that is held takes it over, and keeps when
// it was received, for from then on it won. Where another content of the source's beats it, it has lost at once and for ever. Where it beats the content
// that won meanwhile it must be kept: A, B and A again is what was known, in turn. All of this holds while what wins only grows; a version of which no time
// of issue was stated may yet get a lesser one, so beside such a version everything is kept. Persons' values are all kept: corrections are undone by them.
func again(held []version, in version) (needless, changed bool) {
	best := -1
	for i, h := range held {
		switch {
		case h.Operator:
		case !h.stated():
			return false, false
		case best < 0 || h.beats(held[best]):
			best = i
		}
	}
	w := held[best] // there is one: the content is held
	switch {
	case w.beats(in):
		return true, false
	case same(w, in) && !in.Issued.Equal(w.Received): // else it would seem as if none had been stated
		held[best].Issued = in.Issued
		return true, true
	}
	return false, false
}

// best is the place of the version that wins.
func best(held []version) int {
	b := 0
	for i := range held {
		if held[i].beats(held[b]) {
			b = i
		}
	}
	return b
}

// stated says whether the sender said when it issued v: else the time of receipt stands for it.
func (v version) stated() bool { return !v.Issued.Equal(v.Received) }

// is says whether two versions are the same but for when they came and what was thought of them.
func (v version) is(w version) bool { return same(v, w) && v.Issued.Equal(w.Issued) }

// same says whether two versions have the same content.
func same(v, w version) bool { return v.Value == w.Value && v.Operator == w.Operator }
