package contracts

import (
	"time"

	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// A Contract says what one call must really do.
type Contract struct {
	Pos       Position
	Title     string
	Why, See  string
	Given     []*Given // in the order in which they are made
	Act       *Call
	ID        *expr.Program
	Needs     []string // scopes; empty for none
	Without   string   // "", refused, or the kind of a documented lie
	Effects   []*Effect
	Each      *Each  // of a bulk call; nil for none
	Base      bool   // false: nothing is promised, only cases are sent
	Status    Status // of the base; the zero value is `done`
	StatusSet bool   // written
	Expect    *expr.Program
	Snapshot  []Named
	Cases     []*Case
	Again     []*Again // in the order of the file
	Claims    []ClaimOf
	Refusal   *expr.Program // this call's; nil: the provider's
	Throttled *expr.Program
	Accepted  *Acceptance // how a promise ends; nil: not said
	Cleanup   []*Call     // in place of the automatic clean-up; nil: automatic
	Waits     Waits
	Known     []*KnownLie // documented lies, in the order of the file
	Trials    int         // how often all of it is repeated; 0 where nothing is written: once
}

// A Given is something made before the act and removed after it.
type Given struct {
	Pos      Position
	Name     string
	Resource *Resource // nil when made by a call that no resource describes
	Call     *Call     // the call that makes it (the resource's make, or its own)
	Implied  bool      // made only because the make of another thing names it
	Removed  bool      // and removed again before the act
}

// A Case is the contract with another input, role or expected status.
type Case struct {
	Pos       Position
	Name      string
	Act       *Call // merged over the base
	Removed   [][]string
	Status    Status
	StatusSet bool
	Rejects   bool // stands in `rejects`
	Nothing   bool // `effect: none`: answered as expected, and nothing of the effect comes of it
	Recast    bool // its own `as`: another role acts
	Expect    *expr.Program
	Snapshot  []Named
}

// A ClaimOf is one line of `claims`.
type ClaimOf struct {
	Status Status
	Claim  Claim
}

// A Claim is what a status says happened.
type Claim string

// The claims of LANGUAGE section 6.
const (
	Done     Claim = "done"
	Accepted Claim = "accepted"
	Refused  Claim = "refused"
	Unclear  Claim = "unknown"
)

// A Status is what a contract or case expects: codes, classes or a claim. The
// zero value expects a 2xx.
type Status struct {
	Pos     Position
	Codes   []int // 422, [403, 404]
	Classes []int // 4 for 4xx
	Claim   Claim // done or refused; "" when codes or classes are given
}

// A Verb is the word of a sentence.
type Verb string

// The sentences of the language.
const (
	Creates Verb = "creates"
	Updates Verb = "updates"
	Deletes Verb = "deletes"
	Shows   Verb = "shows"
	Hides   Verb = "hides"
	Finds   Verb = "finds"
	Keeps   Verb = "keeps"
	Sends   Verb = "sends"
	Expects Verb = "expect" // the general form: name + expect
)

// An Effect is one sentence: what must be seen after the act.
type Effect struct {
	Pos      Position
	Verb     Verb
	Name     string    // of the general form; else ""
	Thing    string    // the given thing, or for creates the resource's name; "" for keeps and expect
	Resource *Resource // nil for a given thing without a resource, keeps and expect
	Set      *expr.Data
	From     *expr.Data
	Also     [][]string
	In       []string // read, list and probes; defaults already filled in
	As       []string // roles as written; nil: by default
	Kept     []Kept
	Implied  bool // keeps that nobody wrote: without an effect every given thing is kept
	Expect   *expr.Program
	Fails    *expr.Program
	Waits    Waits
	Webhook  *Webhook      // of sends
	Picks    *expr.Program // of sends, `where`: which events count; nil: every one
	Times    int           // of sends: how many
}

// A Kept is one name of `keeps`: a given thing, a probe, or a field of a thing.
type Kept struct {
	Pos   Position
	Thing string // given thing; "" for a probe
	Probe string // "" for a thing
	Field []string
}

// Sentence is the effect as the author would say it: "updates: review".
func (e *Effect) Sentence() string {
	switch e.Verb {
	case Expects:
		if e.Name != "" {
			return e.Name
		}
		return "expect: " + e.Expect.Source()
	case Keeps:
		text := "keeps:"
		for i, k := range e.Kept {
			if i > 0 {
				text += ","
			}
			text += " " + k.String()
		}
		return text
	}
	return string(e.Verb) + ": " + e.Thing
}

// String is the name as it stands in `keeps`.
func (k Kept) String() string {
	text := k.Thing + k.Probe
	for _, f := range k.Field {
		text += "." + f
	}
	return text
}

// A Target is a place where the provider runs.
type Target struct {
	Pos       Position
	Name      string
	Embedded  string // the sandbox that ships in the binary; "" for a server
	Server    string // base address without a trailing slash; "" for an embedded one
	Writes    bool   // `writes: allowed`
	WritesSet bool
	Limits    Limits
	Hosts     []string // further origins that may get credentials
	Flip      bool
	Roles     map[string]string // role → account
	Vars      map[string]any
	Accounts  []*Account             // by name
	Webhooks  map[string][]Reference // webhook → what its deliveries are signed with
}

// Account gives the named account, or nil.
func (t *Target) Account(name string) *Account {
	for _, a := range t.Accounts {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// An Account is one set of credentials on a target.
type Account struct {
	Pos         Position
	Name        string
	Credentials *Credentials // nil: none written
	Tags        []string
	Vars        map[string]any
	Lacks       []string               // expects.lacks
	Webhooks    map[string][]Reference // webhook → what deliveries to this account are signed with; before the target's
}

// Credentials are references to secrets, in the form of their scheme. They are
// resolved only when a run starts.
type Credentials struct {
	Pos    Position
	Form   string // bearer, basic, key, oauth2, mtls
	Values map[string]Reference
}

// A Reference is text with ${env.NAME}, ${file.PATH} or ${exec.COMMAND} in it.
type Reference struct {
	Pos  Position
	Text string
	Dir  string // relative files are looked for here, and commands run here: the suite's folder
}

// The defaults that are built in.
const (
	DefaultWithin   = 5 * time.Second
	DefaultStays    = 0 * time.Second
	PatienceFactor  = 3 // patience is so many times within
	MaxKeyPathDepth = 32
	mostTrials      = 1000
)
