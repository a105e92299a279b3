package contracts

import (
	"time"

	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// An Again is one entry of `again`: the act sent a second time, with changes. It
// is sent in a cell of its own, after the base and to the same things.
type Again struct {
	Pos  Position
	Name string
	// Act is the second act, merged over the base's; Change holds only what the entry
	// itself writes of path, query, headers and body. What it does not write is sent as
	// it was: nothing is drawn anew for it.
	Act, Change *Call
	Moved       bool       // the entry's own `call`: another address
	Removed     [][]string // fields of the body that it takes away
	Recast      bool       // its own `as`: another role acts
	Effect      Repetition
	Same        bool // reply: same
	Status      Status
	StatusSet   bool // written
	Expect      *expr.Program
	Snapshot    []Named
	After       time.Duration // waited between the first answer and the second act
}

// A Repetition is what a second act must come to.
type Repetition string

// What a second act comes to. Without a word it is None.
const (
	None  Repetition = "none"  // nothing new, and nothing changed
	Anew  Repetition = "again" // what the effects say, once more
	again            = "again" // the key, and how its cells are named
)

// Case is the entry's name as that of a case: cases may be called as it is.
func (a *Again) Case() string { return again + ": " + a.Name }

func (d *draft) readAgain(n *node) {
	for _, p := range d.namedBlocks(n, again) {
		if reason := improper(p.key.text); reason != "" {
			d.mistake(p.key, "", "the name of the entry %s", reason)
			continue
		}
		if d.fields(p.value, againBlock(), p.key.text) != nil {
			d.c.Again = append(d.c.Again, d.entry(p.key, p.value))
		}
	}
}

func (d *draft) entry(key, n *node) *Again {
	a := &Again{Pos: key.pos, Name: key.text, Effect: None, Recast: n.get("as") != nil, Moved: n.get("call") != nil}
	a.Act, a.Change = d.change(d.c.Act, n, d.seat())
	a.Removed = removed(d.n.get("body"), n.get("body"), nil)
	if d.oneOf(n.get("effect"), "effect", string(None), string(Anew)) == string(Anew) {
		a.Effect = Anew
	}
	a.Same = d.oneOf(n.get("reply"), "reply", "same") != ""
	if s := n.get("status"); s != nil {
		a.Status, a.StatusSet = d.status(s), true
	}
	a.Expect = d.program(n.get("expect"), d.all, expr.Bool)
	if a.Expect != nil && looksAfter(a.Expect) {
		d.mistake(n.get("expect"), "write it as an effect of the contract, - name: … with expect: …; the second act is judged by the same effects",
			"the expect of an entry of again asks its reply, and this one looks at the world")
	}
	a.Snapshot = d.named(n.get("snapshot"), d.all, "snapshot")
	if w := d.duration(n.get("after"), "after"); w != nil {
		a.After = *w
	}
	d.contradiction(a, n)
	return a
}

// baseless reports `again` in a contract that sends no base: there is nothing that could be
// sent a second time, and to send it for that alone would be an act that the plan does not show.
func (d *draft) baseless(n *node) {
	if n != nil && !d.c.Base {
		d.mistake(n, "give the contract what its base is to keep (a body, set or status), or move again to a contract that has it",
			"again sends the base a second time, and this contract promises nothing itself, so that none is sent")
	}
}

// contradiction reports an entry that wants a refusal that happens again.
func (d *draft) contradiction(a *Again, n *node) {
	if a.Status.Refuses() && a.Effect == Anew {
		d.mistake(n.get("effect"), "write effect: none, or the status of a success", "what is refused does not happen again")
	}
}
