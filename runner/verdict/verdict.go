// Package verdict is the judge: it says what the readings of a cell prove about
// what the provider said.
//
// It is pure. It never sends, sleeps, reads a clock or a file, and starts nothing;
// what it needs stands in a Record, and a record from last year's history gives
// the verdict it gave then. The engine looks, this package judges.
//
// A status makes a claim: done, accepted, refused or unknown (Claim). The claim is
// held against the effects of the contract, each at its places; a place is a probe
// and the eyes that look through it. Every reading of a place says yes, no or
// nothing of an effect; over time that makes an outcome: applied, late, reverted,
// absent, dropped, altered, and so on. Claim by outcome is one table, and the
// worst finding names the cell. Three rules stand above it:
//
//   - Good news may end a watch early, bad news never does: an accusation waits
//     for patience, and then for three final reads of every place.
//   - Presence proves itself. Absence counts only where these eyes could have seen.
//   - What is unknown is evidence of nothing.
//
// The watch itself is planned here too, because when to stop looking is part of
// the judgement. The engine appends what it reads and asks again:
//
//	for {
//		dues := verdict.Next(record)
//		if len(dues) == 0 {
//			break
//		}
//		read(record, dues) // each not before its time; appends to Place.Readings
//	}
//	v := verdict.Judge(record)
//	if v.Again != nil {
//		// somebody else could have done it: once more with new things, alone on
//		// the account, which then rests for v.Again.Rest before the act
//	}
//
// Where things stand: claim.go the claims; truth.go what one reading says, with
// compare.go and mask.go for values; track.go and stand.go a place over time;
// watch.go the plan; outcome.go, sight.go, trace.go and noise.go what becomes of
// an effect at a place; effect.go of an effect as a whole; table.go claim by
// outcome, with refused.go and expected.go; part.go and lineup.go the items of a
// bulk call; judge.go the verdict; kind.go the kinds, a line each.
package verdict

import (
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
)

// A Class is how bad a verdict is.
type Class string

// The five verdicts, worst first.
const (
	Lied         Class = "lied"
	Broken       Class = "broken"
	Inconclusive Class = "inconclusive"
	KnownLie     Class = "known"
	Kept         Class = "kept"
)

// A Kind names a verdict; see the table in kind.go.
type Kind string

// A Verdict is what Judge makes of a record.
type Verdict struct {
	Class    Class           `json:"class"`
	Kind     Kind            `json:"kind"` // "" for kept
	Claim    contracts.Claim `json:"claim,omitempty"`
	Findings []Finding       `json:"findings,omitempty"` // the winning one first; empty for kept
	Lines    []Line          `json:"lines,omitempty"`    // one per effect, the winning one first, then the contract's order
	Sight    []string        `json:"sight,omitempty"`    // the evidence of sight that was used
	Remarks  []string        `json:"remarks,omitempty"`
	// Behaviour is what the provider does and may do, for those who document it.
	Behaviour []Behaviour `json:"behaviour,omitempty"`
	Fixed     bool        `json:"fixed,omitempty"` // a documented lie that is not told any more
	Again     *Again      `json:"again,omitempty"` // a second attempt would settle it; nil otherwise
	// Trials is what all trials of the cell tell together, where there are several: this
	// is the verdict on the worst of them. Judge leaves it nil.
	Trials *Trials `json:"trials,omitempty"`
	// Lent says that it was asked what other accounts saw (Sight.Peers). Where it was
	// not, the verdict is the same whatever they saw, and nobody need look it up.
	Lent bool `json:"-"`
}

// A Finding is one thing that is wrong, or could not be told.
type Finding struct {
	Class  Class    `json:"class"`
	Kind   Kind     `json:"kind"`
	Effect int      `json:"effect"` // index in Record.Effects; -1 for the act or the whole
	Place  int      `json:"place"`  // index in Record.Places; -1 for none
	Said   string   `json:"said"`   // "POST /reviews/8841/publish answered 200"
	Seen   string   `json:"seen"`   // "read as shop-oslo still says state=\"draft\" after 10 s (7 reads)"
	Want   string   `json:"want,omitempty"`
	Got    string   `json:"got,omitempty"`
	Reason string   `json:"reason"`         // one sentence
	Hint   string   `json:"hint,omitempty"` // what would settle or mend it
	Fields []string `json:"fields,omitempty"`
}

// A Line is what became of one effect.
type Line struct {
	Effect  int           `json:"effect"`
	Outcome string        `json:"outcome"`
	Text    string        `json:"text"`
	Reads   int           `json:"reads"`
	First   time.Duration `json:"first,omitempty"`  // first T after SaidAt, from SaidAt; 0 when none
	Stable  time.Duration `json:"stable,omitempty"` // since when it held
	Lost    time.Duration `json:"lost,omitempty"`   // of a revert
}

// Again asks for a second attempt: new things, alone, after a rest.
type Again struct {
	Rest time.Duration `json:"rest"` // for how long the given things must lie untouched
	Why  string        `json:"why"`
	// Everywhere asks that nothing of ours runs on any other account of the target either:
	// something did, and may have moved what both see.
	Everywhere bool `json:"everywhere,omitempty"`
}
