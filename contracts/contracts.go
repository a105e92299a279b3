// Package contracts is the language: what one call to somebody else's API must
// really do, written in YAML and understood once, at load.
//
// A folder with a provider.yaml, contract files (*.contract.yaml) and, for
// running, a polygraph.yaml is a suite:
//
//	contract: A submitted review is saved and listed
//	call: createReview
//	body: {product: p-100, stars: 4, title: "Solid ${unique}"}
//	creates: review
//
// Load reads a suite and returns it typed, or every mistake in it with file,
// line, column and a hint. Past Load there is no untyped configuration and no
// expression as text: durations, statuses, addresses and expressions are
// compiled and carry the position at which they were written.
//
// The words: a provider is a third party's API. A contract says what one call,
// the act, must do. An effect is what must then be seen, through probes, by
// roles: me (the account under test), other, nobody, and roles that a target
// names. A case is the same contract with another input or role.
//
// LANGUAGE.md beside this file explains every key.
package contracts

import "fmt"

// Position is a place in a file of the suite.
type Position struct {
	File   string // relative to the suite's folder, with slashes
	Line   int    // 1-based; 0 when only the file is known
	Column int    // 1-based, in characters
}

// String gives file:line:column, leaving out what is not known.
func (p Position) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// A Suite is one folder of contracts, loaded.
type Suite struct {
	Dir       string      // as given to Load
	Provider  *Provider   // never nil after a successful Load
	Targets   []*Target   // by name; empty when there is no polygraph.yaml
	Target    *Target     // the only one, or the one that Options name; else nil. Never nil after loading to run
	Contracts []*Contract // by file, then line
}
