package journal

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// version is the form of the file, written into its header.
const version = 1

// A Record is one line of a journal: a [Header], an [Intent], [Replied], [Made],
// [Changing], [Deleting], [Removed], [Left] or [Done].
type Record interface {
	// kind is the record's name in the file.
	kind() string
	// flaw is what is wrong with the record by itself.
	flaw() error
}

// A Header opens every journal: what a sweep must know to reach the accounts of a
// run that is over. Names only; the credentials stay where they always were.
type Header struct {
	Version  int       `json:"version"`
	Suite    string    `json:"suite"`    // folder of the suite
	Provider string    `json:"provider"` // its name
	Target   string    `json:"target"`
	Server   string    `json:"server"` // origin, without user, password or query
	Accounts []string  `json:"accounts"`
	Started  time.Time `json:"started"`
}

// A Phase is the part of a cell that a request belongs to.
type Phase string

// The phases in which something can be made. A clean-up can make something, too:
// a contract's own clean-up call is any call.
const (
	Given   Phase = "given"
	Act     Phase = "act"
	CleanUp Phase = "clean-up"
)

// An Intent says what is about to be sent and what it may make. It is on disk
// before the request leaves.
type Intent struct {
	ID           string            `json:"id"`   // the caller's, one per request in a run
	Cell         string            `json:"cell"` // 7f3a/12
	Account      string            `json:"account"`
	Resource     string            `json:"resource,omitempty"` // empty: no resource describes what is made
	Phase        Phase             `json:"phase"`
	Call         string            `json:"call"`                    // request line, redacted
	Marker       string            `json:"marker"`                  // what ${unique} stands for
	MarkedFields map[string]string `json:"marked_fields,omitempty"` // dotted path → what was sent there, marker included
	// Each holds the marked fields of every thing, where one request makes several.
	Each         []map[string]string `json:"each,omitempty"`
	KeyInRequest string              `json:"key_in_request,omitempty"` // the identity, where the client chooses it
	Delete       string              `json:"delete,omitempty"`         // call that deletes it, as the suite writes it
	Tested       string              `json:"tested,omitempty"`         // account under test, on whose behalf roles are filled; empty: Account
	Astray       bool                `json:"astray,omitempty"`         // Account did not make it, and so must not delete it
	Sole         bool                `json:"sole,omitempty"`           // it can only stand under KeyInRequest: what else carries the marker was there before
	Names        map[string]string   `json:"names,omitempty"`          // what the resource's calls name of other things, as JSON: project.id → "77"
	Params       map[string]string   `json:"params,omitempty"`         // vars that the request named otherwise than the suite does, as JSON: project → 8
	Sent         string              `json:"sent,omitempty"`           // where no field carries the marker: all that was sent, as JSON
	Request      *Request            `json:"request,omitempty"`        // of a contract's own clean-up call: what is to be sent, in case the run cannot
	At           time.Time           `json:"at"`
	Until        time.Time           `json:"until,omitzero"` // what was only promised may come until then; zero: it comes as effects do
}

// A Request is a call of a contract's own clean-up, filled in before the act, so that
// a sweep can send it. It holds no credential.
type Request struct {
	Method  string            `json:"method"`
	Address string            `json:"address"` // with its query; without scheme and host where it is on the target
	Headers map[string]string `json:"headers,omitempty"`
	Body    []byte            `json:"body,omitempty"`
	// Why says why it is not here, so that nobody but its author can send it: a secret
	// stood in it, or it names what the run had not learnt yet. Empty: it is here.
	Why string `json:"why,omitempty"`
	Key string `json:"key,omitempty"` // identity of the thing that the act found, if it has one
	// Was and Sent are the fields that the act was to change in a thing that it found:
	// as they were before, and as it sent them, as JSON by dotted path. What is neither
	// any more, somebody else has changed since. Empty: there is nothing to compare.
	Was  map[string]string `json:"was,omitempty"`
	Sent map[string]string `json:"sent,omitempty"`
	// Fact is the fact of the account (account.take) that the request sets back, of which Was
	// and Sent tell then; empty for what puts a thing back.
	Fact string `json:"fact,omitempty"`
}

// Replied says that the request was answered, or failed. One per intent, and none
// where the run ended before.
type Replied struct {
	ID      string `json:"id"`
	Status  int    `json:"status,omitempty"`  // 0: no reply came
	Key     string `json:"key,omitempty"`     // identity that the reply named
	Failure string `json:"failure,omitempty"` // why there is no reply
}

// Made says that the thing was seen: read back, or found by its marker. A request
// that made several things has one for each; all that a search finds are recorded
// before the first is deleted, so that a crash in between forgets none.
type Made struct {
	ID  string `json:"id"`
	Key string `json:"key"`
}

// Changing says that a request is about to be sent that may put other markers into
// fields of the thing. It is on disk before the request leaves.
type Changing struct {
	ID     string            `json:"id"`
	Fields map[string]string `json:"fields"` // dotted path → what is sent there, marker included
}

// Deleting says that a deletion is about to be sent. It is on disk before the
// request leaves. Key is empty for a contract's own clean-up call, which names none:
// on the intent of such a call it says that the call itself is about to be sent.
type Deleting struct {
	ID  string `json:"id"`
	Key string `json:"key,omitempty"`
}

// A How is in what way a thing is known to be gone.
type How string

// Nothing is there any more, nothing ever was, what is there is somebody else's,
// the contract's own clean-up calls were granted, after which only its author knows
// what should be there, what they would put back is as it was, or a user who cannot
// have it removed wants to hear of it no more.
const (
	ReadBackGone   How = "read back gone"
	NeverMade      How = "never made"
	NotOursAnyMore How = "not ours any more"
	OwnCleanUp     How = "cleaned up by its contract"
	AsBefore       How = "as it was before"
	Forgotten      How = "forgotten"
)

// Removed says that a thing is gone and no sweep need look for it. With an empty
// Key it speaks of all that the intent may have made: a search found nothing, or
// nothing more than what is removed already.
type Removed struct {
	ID  string `json:"id"`
	Key string `json:"key,omitempty"`
	How How    `json:"how"`
}

// Left says why a thing could not be removed. It stays open for the next sweep.
type Left struct {
	ID     string `json:"id"`
	Key    string `json:"key,omitempty"`
	Why    string `json:"why"`
	Unsent bool   `json:"unsent,omitempty"` // the deletion that was announced never went out
}

// Done says that the run came to its end and cleaned up. A journal without it
// belongs to a run that lives, or that was cut short.
type Done struct {
	At time.Time `json:"at"`
}

func (Header) kind() string   { return "header" }
func (Intent) kind() string   { return "intent" }
func (Replied) kind() string  { return "replied" }
func (Made) kind() string     { return "made" }
func (Changing) kind() string { return "changing" }
func (Deleting) kind() string { return "deleting" }
func (Removed) kind() string  { return "removed" }
func (Left) kind() string     { return "left" }
func (Done) kind() string     { return "done" }

func (Done) flaw() error { return nil }

func (r Header) flaw() error {
	if r.Version < 1 {
		return errors.New("it does not say in which form the file is")
	}
	return nil
}

func (r Intent) flaw() error {
	switch r.Phase {
	case Given, Act, CleanUp:
	default:
		return fmt.Errorf("%q is no phase", r.Phase)
	}
	if r.Account == "" {
		return errors.New("it names no account")
	}
	if r.Request != nil && r.Phase != CleanUp {
		return errors.New("only a clean-up is sent by a sweep")
	}
	return named(r.ID, r.Marker, r.KeyInRequest)
}

func (r Changing) flaw() error {
	if len(r.Fields) == 0 {
		return errors.New("it changes nothing")
	}
	return named(r.ID)
}

func (r Replied) flaw() error  { return named(r.ID, r.Key) }
func (r Deleting) flaw() error { return named(r.ID, r.Key) }

func (r Made) flaw() error {
	if r.Key == "" {
		return errors.New("it names no key, and what was seen has one")
	}
	return named(r.ID, r.Key)
}

func (r Removed) flaw() error {
	switch r.How {
	case ReadBackGone, NeverMade, NotOursAnyMore, OwnCleanUp, AsBefore, Forgotten:
		return named(r.ID, r.Key)
	}
	return fmt.Errorf("%q is no way to be gone", r.How)
}

func (r Left) flaw() error {
	if r.Why == "" {
		return errors.New("it does not say why")
	}
	return named(r.ID, r.Key)
}

// named refuses names that the file cannot hold as they are. JSON replaces bytes
// that are not UTF-8, and a deletion by a key that was altered may meet a stranger's thing.
func named(id string, names ...string) error {
	if id == "" {
		return errors.New("it names no intent")
	}
	for _, name := range append(names, id) {
		if !utf8.ValidString(name) {
			return fmt.Errorf("%q is not UTF-8", name)
		}
	}
	return nil
}
