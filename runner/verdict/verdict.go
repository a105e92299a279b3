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
	Fixed    bool            `json:"fixed,omitempty"` // a documented lie that is not told any more
	Again    *Again          `json:"again,omitempty"` // a second attempt would settle it; nil otherwise
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
}
