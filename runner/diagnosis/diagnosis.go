// Package diagnosis says what sets the accounts that are lied to apart from those that
// are told the truth.
//
// In a row of the matrix (one case of one contract, on all accounts) some accounts came
// out the same way, and others were kept. What is known of each account becomes facts: the
// values of account.take, the rest of account.read's reply, tags, and what the same steps
// were answered. A fact splits the row: accounts that lack a scope and those that have it,
// accounts on the plan "free" and those on another, accounts that joined before a day. The
// better a split separates the two groups, the more likely it is the cause:
//
//	m := diagnosis.Over(run)
//	for _, r := range run.Results {
//		if d := m.Of(r); d != nil {
//			fmt.Println(d) // differs only here: account.can lacks "reviews:publish" (11 of 11 truthful accounts have it)
//		}
//	}
//
// A split is scored by Ochiai's coefficient, as in spectrum-based fault localisation (Abreu,
// Zoeteweij, van Gemund: An Evaluation of Similarity Coefficients for Software Fault
// Localization, 2006): accounts take the place of test runs, facts that of statements.
// What separates equally well is put in order by what it is: the scope that the contract
// needs, other permissions, settings, where the account is, dates and numbers, and last what
// only the replies show, which is a clue and no cause.
//
// Three things keep it from naming an innocent fact. What differs from account to account
// anyway (ids, names, counters) or from run to run separates nothing. Two facts of one rank
// that separate equally are both named, as "cannot tell". And so is a fact that could well be
// chance: with two accounts whatever differs separates them.
//
// The package is pure: no clock, no file, no network; the same run gives the same diagnosis.
// In this folder: row.go who is compared; fact.go, leaf.go, own.go and step.go what is known of
// them; scatter.go what is noise; split.go, limit.go and set.go facts as predicates; rank.go their
// order; cause.go the diagnosis; chance.go what may be a coincidence; pair.go two causes at once;
// earlier.go an account against its own past; flip.go the change that would prove a cause; text.go words.
package diagnosis

import (
	"github.com/polygraph-dev/polygraph/runner/engine"
)

// A Diagnosis is what sets one cell's account, and those that came out like it, apart.
type Diagnosis struct {
	// Sure says that one cause stands out. Otherwise it cannot be told: Why says why, and
	// Causes are what comes nearest.
	Sure bool `json:"sure"`
	Why  Why  `json:"why,omitempty"`
	// Joint says how the first two causes belong together; "" where the first stands alone.
	Joint  Joint   `json:"joint,omitempty"`
	Causes []Cause `json:"causes"` // best first; at most ten
	// Equal is how many of Causes, from the first, separate equally well and are of one rank.
	Equal    int `json:"equal"`
	Lied     int `json:"lied"`     // accounts that came out like this one, with it
	Truthful int `json:"truthful"` // accounts that kept it
	// Since names the earlier run in which this account kept it, where it is compared with
	// itself because no other account kept it.
	Since string `json:"since,omitempty"`
}

// Why a cause cannot be told.
type Why string

// The reasons.
const (
	Nothing Why = "nothing" // nothing that is known sets it apart
	Tied    Why = "tied"    // several facts do so equally well
	Chance  Why = "chance"  // one does, and with so few accounts or so many facts that may be chance
	Nearest Why = "nearest" // none does without exceptions
	Clue    Why = "clue"    // no fact of the account does, only what it was answered
	Unread  Why = "unread"  // the account's own facts could not be read
)

// Joint is how two causes belong together.
type Joint string

// The ways.
const (
	Either Joint = "either" // some have the one and some the other: two causes at once
	Both   Joint = "both"   // neither alone does it
)

// A Cause is a fact that separates, with its counts.
type Cause struct {
	Rank  Rank   `json:"rank"`
	Fact  string `json:"fact"`           // account.can, account.read settings.moderation, tags
	Take  string `json:"take,omitempty"` // its name in account.take; "" for a fact that is not taken
	Is    Op     `json:"is"`
	Value string `json:"value,omitempty"` // the member, the value or the limit; "" of an absence
	// Others is what the truthful accounts have in place of it, where all but a few have the same.
	Others     string  `json:"others,omitempty"`
	Score      float64 `json:"score"`       // Ochiai; 1 separates without exception
	Lied       int     `json:"lied"`        // accounts that are lied to of which it holds
	OfLied     int     `json:"of_lied"`     // of so many
	Truthful   int     `json:"truthful"`    // truthful accounts of which it holds
	OfTruthful int     `json:"of_truthful"` // of so many
}

// Named says whether it is a fact of the account, which somebody could change, and no
// clue that only replies give.
func (c Cause) Named() bool { return c.Rank < Answer }

// most is how many causes are handed on.
const most = 10

// Of is what sets r's account apart in a run; see [Matrix.Of]. Who asks for many cells of
// a run makes one Matrix of it.
func Of(run *engine.Finished, r *engine.Result) *Diagnosis { return Over(run).Of(r) }
