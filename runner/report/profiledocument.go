package report

import (
	"fmt"
	"io"
	"time"

	"github.com/polygraph-dev/polygraph/runner/diagnosis"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/onboarding"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A ProfileDocument is an onboarding for programs: what `polygraph onboard --json` prints.
type ProfileDocument struct {
	Run         string         `json:"run"` // "" where nothing was run, or it is not kept
	Suite       string         `json:"suite"`
	Target      string         `json:"target"`
	Started     time.Time      `json:"started"`
	Ended       time.Time      `json:"ended"`
	Interrupted bool           `json:"interrupted,omitempty"`
	ReadOnly    bool           `json:"read_only,omitempty"`
	Proofs      []ProofEntry   `json:"proofs"`
	Unproved    []Unproved     `json:"unproved"`
	Accounts    []ProfileEntry `json:"accounts"`
	Left        []Left         `json:"left"`
}

// A ProofEntry is a contract that was run to prove scopes.
type ProofEntry struct {
	Contract string   `json:"contract"`
	Place    string   `json:"place"`
	Scopes   []string `json:"scopes"`
	Writes   int      `json:"writes_at_most"` // on each account, clean-up included
}

// Unproved is a scope that no contract proves.
type Unproved struct {
	Scope string `json:"scope"`
	Why   string `json:"why"`
}

// A ProfileEntry is one account of a ProfileDocument.
type ProfileEntry struct {
	Account    string            `json:"account"`
	AsDeclared bool              `json:"as_declared"`
	Facts      string            `json:"facts_not_known,omitempty"` // why
	Writes     int               `json:"writes"`                    // sent, clean-up included
	Unasked    []string          `json:"no_contract_needs,omitempty"`
	Scopes     []CapabilityEntry `json:"scopes"`
}

// A CapabilityEntry is one scope of an account.
type CapabilityEntry struct {
	Scope      string              `json:"scope"`
	State      onboarding.State    `json:"state"`
	Wrong      bool                `json:"wrong"` // not as declared, or its proof was not kept
	Declared   onboarding.Declared `json:"declared"`
	Answered   string              `json:"answered"` // the status; "" for none
	Seen       string              `json:"seen"`
	Contract   string              `json:"contract,omitempty"`
	Cell       string              `json:"cell,omitempty"` // RUN/CELL, for polygraph show
	Verdict    verdict.Class       `json:"verdict,omitempty"`
	Kind       verdict.Kind        `json:"kind,omitempty"`
	Documented bool                `json:"documented,omitempty"`
	Or         []string            `json:"or,omitempty"` // further scopes that may be the one that is lacking
	Cause      string              `json:"cause,omitempty"`
	Why        string              `json:"why,omitempty"`
	Hint       string              `json:"hint,omitempty"`
}

// ProfilesJSON writes an onboarding as one ProfileDocument.
func ProfilesJSON(w io.Writer, o *Onboarding) error {
	text, err := JSONText(profileDocument(o))
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

func profileDocument(o *Onboarding) *ProfileDocument {
	run := o.Run
	d := &ProfileDocument{
		Run: run.ID, Suite: run.Suite, Target: run.Target, Started: run.Started, Ended: run.Ended, Interrupted: run.Interrupted,
		ReadOnly: o.ReadOnly, Proofs: []ProofEntry{}, Unproved: []Unproved{}, Accounts: []ProfileEntry{}, Left: DocumentOf(run).Left,
	}
	for _, proof := range o.Set.Proofs {
		d.Proofs = append(d.Proofs, ProofEntry{proof.Contract.Title, proof.Place(), proof.Scopes, proof.Writes})
	}
	for _, missing := range o.Set.Unproved {
		d.Unproved = append(d.Unproved, Unproved(missing))
	}
	for i := range o.Profiles {
		profile := &o.Profiles[i]
		entry := ProfileEntry{
			Account: profile.Account, AsDeclared: profile.AsDeclared(), Facts: profile.Facts, Writes: o.Written[profile.Account],
			Unasked: profile.Unasked, Scopes: []CapabilityEntry{},
		}
		for j := range profile.Capabilities {
			entry.Scopes = append(entry.Scopes, o.capability(&profile.Capabilities[j]))
		}
		d.Accounts = append(d.Accounts, entry)
	}
	return d
}

func (o *Onboarding) capability(c *onboarding.Capability) CapabilityEntry {
	e := CapabilityEntry{
		Scope: c.Scope, State: c.State, Wrong: c.Wrong(), Declared: c.Declared, Answered: c.Answered, Seen: c.Seen(),
		Documented: c.Documented(), Or: c.With, Why: c.Why, Hint: c.Hint,
	}
	if r := c.Result; r != nil {
		e.Contract, e.Verdict, e.Kind, e.Cell = r.Subject().Contract, r.Verdict.Class, r.Verdict.Kind, evidence(o.Run, r)
		e.Cause = o.cause(r)
	}
	return e
}

// evidence is the name under which a cell can be shown, "" where its run is not kept.
func evidence(run *engine.Finished, r *engine.Result) string {
	if run.ID == "" {
		return ""
	}
	return fmt.Sprintf("%s/%d", run.ID, r.Number)
}

// cause is what sets the account of a lie apart from those that were told the truth; "" where
// nothing is known to.
func (o *Onboarding) cause(r *engine.Result) string {
	if o.known == nil {
		o.known = diagnosis.Over(o.Run)
	}
	return o.known.Of(r).Text()
}
