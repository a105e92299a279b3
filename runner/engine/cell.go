package engine

import (
	"fmt"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// A Cell is a case of a contract on an account: one square of the run's matrix.
type Cell struct {
	Number   int // 1-based, in the plan's order; "7f3a/12" is cell 12 of run 7f3a
	Contract *contracts.Contract
	Case     *contracts.Case  // nil for the base
	Again    *contracts.Again // the entry of `again` whose base and second act this is; nil for none
	Account  *contracts.Account
}

// CaseName is the case's name, "" for the base.
func (c *Cell) CaseName() string {
	switch {
	case c.Case != nil:
		return c.Case.Name
	case c.Again != nil:
		return c.Again.Case()
	}
	return ""
}

// Act is the call under test: the contract's, or the case's variation of it.
func (c *Cell) Act() *contracts.Call {
	if c.Case == nil {
		return c.Contract.Act
	}
	return c.Case.Act
}

// Place is where the cell stands in the suite: the contract's line, or the case's.
func (c *Cell) Place() contracts.Position {
	switch {
	case c.Case != nil:
		return c.Case.Pos
	case c.Again != nil:
		return c.Again.Pos
	}
	return c.Contract.Pos
}

// line is file:line, without the column: a contract or a case has its line to itself.
func (c *Cell) line() string {
	at := c.Place()
	at.Column = 0
	return at.String()
}

// Operation is the operationId, or METHOD /path as the author wrote it.
func (c *Cell) Operation() string { return c.Act().Name() }

// Labels are the cell's labels as Ginkgo takes them: account:, contract:,
// operation: and needs:, with the characters that label queries use replaced.
func (c *Cell) Labels() []string {
	labels := []string{
		"account:" + labelText(c.Account.Name),
		"contract:" + labelText(c.Contract.Title),
		"operation:" + labelText(c.Operation()),
	}
	for _, need := range c.Contract.Needs {
		labels = append(labels, "needs:"+labelText(need))
	}
	return labels
}

// labelText replaces what a label query would read as its own syntax; a label
// with any of these ends the process while Ginkgo builds its tree.
func labelText(text string) string {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		switch r {
		case '&', '|', '!', ',', '(', ')', '/', ':', '\n', '\r', '\t', '{', '}', '[', ']':
			return '_'
		}
		return r
	}, text))
	if text == "" {
		return "_"
	}
	return text
}

// String is "Publishing a review (no title) on shop-oslo".
func (c *Cell) String() string {
	if name := c.CaseName(); name != "" {
		return fmt.Sprintf("%s (%s) on %s", c.Contract.Title, name, c.Account.Name)
	}
	return fmt.Sprintf("%s on %s", c.Contract.Title, c.Account.Name)
}

// A Result is what became of a cell. It goes to JSON and back.
type Result struct {
	Cell      *Cell            `json:"-"`
	Number    int              `json:"number"`
	Operation string           `json:"operation"`
	Place     string           `json:"place"` // file:line
	Record    *verdict.Record  `json:"record"`
	Verdict   verdict.Verdict  `json:"verdict"`
	Exchanges []*wire.Exchange `json:"exchanges,omitempty"` // redacted, by number; those that the record names, and the clean-up's
	Trials    []*Trial         `json:"trials,omitempty"`    // all of them, where the contract is repeated; Record and Verdict are then the worst one's
	Left      []Leftover       `json:"left,omitempty"`      // what could not be removed
	Proof     *Proof           `json:"proof,omitempty"`     // of its cause, where that was changed to see
	Kept      int              `json:"kept,omitempty"`      // things that nothing can remove (delete: never)
	Started   time.Time        `json:"started"`
	Ended     time.Time        `json:"ended"`
}

// A Leftover is something that this run made and could not remove.
type Leftover struct {
	Account  string `json:"account"`
	Resource string `json:"resource"`
	Key      string `json:"key,omitempty"` // "" when its identity was never learnt
	Marker   string `json:"marker,omitempty"`
	Call     string `json:"call,omitempty"` // the call that should remove it
	Why      string `json:"why"`
}

// A Planned is one request that a run would send.
type Planned struct {
	Phase  string `json:"phase"` // account, given, before, act, poll, watch, again, clean-up
	Eyes   string `json:"eyes"`  // the account, or nobody
	Call   string `json:"call"`  // METHOD /path as far as it is known beforehand
	Write  bool   `json:"writes,omitempty"`
	AtMost int    `json:"at_most,omitempty"` // how often; 0: until the watch ends
	Sends  string `json:"sends,omitempty"`   // what else is sent, and how the reply is read, as written; of a Plan only

	who  *eyes
	call *contracts.Call
	// change is, of a second act, what of it is drawn anew.
	change *contracts.Call
}
