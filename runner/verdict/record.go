package verdict

import (
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
)

// A Record is what was done and seen in one attempt at one cell: all that Judge
// needs, and nothing that it would have to ask for. It goes to JSON and back
// without loss, so that a stored record is judged to the same verdict.
//
// All times are durations since one moment, the record's start, on a monotonic
// clock of one process. Values are JSON-like: nil, bool, string, json.Number,
// []any, map[string]any. Nothing in it holds a secret.
type Record struct {
	Cell Cell `json:"cell"`
	// Began is that moment by the time of day, in UTC, for those who show the record; zero
	// where it is not known. Nothing is judged by it.
	Began  time.Time `json:"began,omitzero"`
	Wanted Wanted    `json:"wanted"`
	Halt   *Halt     `json:"halt,omitempty"` // why there is no complete act and watch; nil when there is
	// Accepted is how an answer that only promises ends; nil where the contract does not say.
	Accepted *Acceptance `json:"accepted,omitempty"`
	Act      *Act        `json:"act,omitempty"` // nil when nothing was sent
	Things   []Thing     `json:"things,omitempty"`
	Effects  []Effect    `json:"effects,omitempty"` // in the contract's order; those of the items of a bulk call come last
	Each     []Each      `json:"each,omitempty"`    // the items of a bulk call, as they were sent; none for every other
	Places   []Place     `json:"places,omitempty"`
	Beside   []Beside    `json:"beside,omitempty"` // what else of ours ran on this account
	// Abroad is what of ours wrote on other accounts of the target meanwhile, as spans with a
	// gap between them; nothing where nobody asks, because the verdict is kept without it.
	Abroad []Beside `json:"abroad,omitempty"`
	// Elsewhere are listings in which eyes that no place of the contract has saw the
	// marker of the act.
	Elsewhere []Elsewhere `json:"elsewhere,omitempty"`
	Earlier   []*Record   `json:"earlier,omitempty"` // earlier attempts at this cell, oldest first; theirs is empty
	Repeat    *Repeat     `json:"repeat,omitempty"`  // the act is the second of an `again`; nil for every other
	Remarks   []string    `json:"remarks,omitempty"` // what the engine noticed and does not judge
}

// A Cell is a case of a contract on an account.
type Cell struct {
	Contract string        `json:"contract"`
	Case     string        `json:"case"` // "" for the base
	Account  string        `json:"account"`
	Target   string        `json:"target"`
	Trial    int           `json:"trial,omitempty"` // 1-based; 0 where the contract is not repeated
	Attempt  int           `json:"attempt"`         // 1-based
	Alone    bool          `json:"alone"`           // nothing else of ours ran on this account meanwhile
	Quiet    bool          `json:"quiet,omitempty"` // nor on any other account of the target
	Rest     time.Duration `json:"rest"`            // how long the given things lay untouched before the act
	Can      []string      `json:"can,omitempty"`
	CanKnown bool          `json:"can_known"` // Can is the account's own facts, not a guess
	Denied   bool          `json:"denied"`    // account.read was answered 401
}

// Wanted is what the contract expects of this case on this account.
type Wanted struct {
	Status     Status   `json:"status"`
	Case       bool     `json:"case"`              // a case, not the base
	Recast     bool     `json:"recast"`            // the case's own `as` is another role
	Needs      []string `json:"needs,omitempty"`   // scopes
	Lacks      []string `json:"lacks,omitempty"`   // those of Needs that the account lacks
	LackStated bool     `json:"lack_stated"`       // by expects.lacks; otherwise by its facts
	Without    string   `json:"without"`           // "", refused, or the kind of a documented lie
	Nothing    bool     `json:"nothing,omitempty"` // `effect: none`: nothing of the effect may come about, whatever is answered
	Known      []Known  `json:"known,omitempty"`   // documented lies whose `when` holds here
}

// Status is the expected answer. Nothing in it means 2xx.
type Status struct {
	Codes   []int           `json:"codes,omitempty"`
	Classes []int           `json:"classes,omitempty"` // 4 for 4xx
	Claim   contracts.Claim `json:"claim,omitempty"`   // done or refused
}

// A Halt says why an attempt ended before it could be judged by its readings.
type Halt struct {
	Kind Kind   `json:"kind"` // setup-failed, probe-failed, interrupted, unreachable, rate-limited
	Why  string `json:"why"`
	Hint string `json:"hint,omitempty"` // what would settle it
}

// A Thing is what this attempt made before the act, or in it.
type Thing struct {
	Name     string        `json:"name"`
	Resource string        `json:"resource,omitempty"`
	Key      string        `json:"key,omitempty"`
	Marker   string        `json:"marker,omitempty"`
	UUID     string        `json:"uuid,omitempty"` // that it was made with, where it was sent in its body
	Account  string        `json:"account"`
	MadeAt   time.Duration `json:"made_at"`
	Removed  bool          `json:"removed,omitempty"` // before the act, and seen gone
}

// An Act is the call under test, sent at most once.
type Act struct {
	Call      string         `json:"call"` // POST /reviews/8841/publish
	Operation string         `json:"operation"`
	Method    string         `json:"method"`
	Eyes      string         `json:"eyes"` // the account that acted, or nobody
	Exchange  int64          `json:"exchange"`
	Sends     int            `json:"sends"` // counted at the wire
	SentAt    time.Duration  `json:"sent_at"`
	SaidAt    time.Duration  `json:"said_at"`             // last byte of the reply, or when we gave up
	Status    int            `json:"status"`              // 0 when there was no reply
	Failure   string         `json:"failure,omitempty"`   // the transport's, named: "timeout while waiting for the reply"
	Untouched bool           `json:"untouched,omitempty"` // Failure, and not one byte of the request left
	RetryIn   *time.Duration `json:"retry_in,omitempty"`  // Retry-After; nil when not given
	Location  bool           `json:"location,omitempty"`  // the reply had a Location
	Condition string         `json:"condition,omitempty"` // the header that makes a write conditional (RFC 9110, 13.1): If-Match, If-None-Match or If-Unmodified-Since
	ETag      string         `json:"etag,omitempty"`      // of the answer to a PUT
	Claims    []ClaimOf      `json:"claims,omitempty"`    // the contract's own, in order
	Refusal   Truth          `json:"refusal"`             // the `refusal` expression of the reply; False when there is none
	Throttled Truth          `json:"throttled"`           // likewise
	// Says is the claim of an item's answer, in place of that of the status. It is not
	// part of what is recorded: Judge fills it in when it takes a bulk call apart.
	Says     contracts.Claim `json:"-"`
	Promised bool            `json:"-"` // likewise: the call was a promise, and its item counts from the end of the job
	Body     any             `json:"body,omitempty"`
	Unread   string          `json:"unread,omitempty"`   // why the body could not be decoded; "" when it could
	Key      string          `json:"key,omitempty"`      // identity of what was made
	KeyFrom  string          `json:"key_from,omitempty"` // body, Location, request, marker; "" for none
	Marker   string          `json:"marker"`             // this attempt's
	UUID     string          `json:"uuid,omitempty"`     // this attempt's, where it was sent
	Marked   map[string]any  `json:"marked,omitempty"`   // dotted path in the thing → value sent, for the fields that carry the marker
	Expect   *Asked          `json:"expect,omitempty"`   // the contract's or case's `expect`, of the reply
	Snapshot map[string]any  `json:"snapshot,omitempty"`
	Mismatch string          `json:"mismatch,omitempty"` // with OpenAPI's reply schema: a remark
	Read     bool            `json:"read,omitempty"`     // a GET or HEAD, or a `finds`: reading it again changes nothing
	Sent     any             `json:"sent,omitempty"`     // the thing as sent (behind `sent`)
	Removed  [][]string      `json:"removed,omitempty"`  // fields that the case removed
	Facts    []string        `json:"facts,omitempty"`    // of the wire: duplicate keys, trailing text
	_        struct{}        // keyed literals only
}

// ClaimOf is one line of the contract's `claims`.
type ClaimOf struct {
	Status Status          `json:"status"`
	Claim  contracts.Claim `json:"claim"`
}

// Asked is an expression and its answer.
type Asked struct {
	Source string `json:"source"`
	Truth  Truth  `json:"truth"`
	Why    string `json:"why,omitempty"` // an error, or the values of its parts
}

// Truth is an answer of three.
type Truth int8

// The answers. The zero value is False.
const (
	False   Truth = 0
	True    Truth = 1
	Unknown Truth = 2
)

// An Effect is one sentence of the contract, bound to places.
type Effect struct {
	Verb     contracts.Verb `json:"verb"`
	Sentence string         `json:"sentence"` // "updates: review"
	At       string         `json:"at"`       // file:line of the sentence
	Thing    string         `json:"thing,omitempty"`
	Key      string         `json:"key,omitempty"`    // identity of the thing, when known before the act
	Marker   string         `json:"marker,omitempty"` // the thing's own marker (for creates: the act's)
	Item     int            `json:"item,omitempty"`   // which item of a bulk call it is about, from 1; 0: the call
	Where    []Where        `json:"where"`            // the places, in the contract's order
	// Want is what was sent (creates) or is set (updates), in the names under
	// which it was sent; null in it wants the field absent or null.
	Want   any        `json:"want,omitempty"`
	Also   [][]string `json:"also,omitempty"`   // further fields that may change
	Masks  []Mask     `json:"masks,omitempty"`  // of the resource
	Fails  *int       `json:"fails,omitempty"`  // index of the Expression place of `fails`; nil for none
	Source string     `json:"source,omitempty"` // of the general form: the expression
	Ours   bool       `json:"ours,omitempty"`   // of the general form: it speaks only of things that this cell made
	Times  int        `json:"times,omitempty"`  // of sends: how many events
	// Address is of the Location of a 201: it is looked at only for what it claims.
	Address bool `json:"address,omitempty"`
	// Aside is of a case whose call names something that is not there in place of the
	// effect's thing, and must be refused: what it says to be done was not done to the thing.
	Aside bool `json:"aside,omitempty"`
}

// A Where is one place of an effect, with its times.
type Where struct {
	Place    int           `json:"place"`           // index in Record.Places
	Field    []string      `json:"field,omitempty"` // of `keeps: thing.field`; nil for the whole
	Within   time.Duration `json:"within"`
	Stays    time.Duration `json:"stays"`
	Patience time.Duration `json:"patience"` // from SaidAt; ≥ Within
}

// A Mask says how a field may differ; see contracts.Field.
type Mask struct {
	Path       []string       `json:"path"`
	Mask       contracts.Mask `json:"mask"`
	Within     time.Duration  `json:"within,omitempty"` // of a time
	Default    any            `json:"default,omitempty"`
	HasDefault bool           `json:"has_default,omitempty"`
	Unshown    bool           `json:"unshown,omitempty"`
	// Untyped, on a last line without a path, says of all fields that they are read
	// where values have no types; see untyped.
	Untyped bool `json:"untyped,omitempty"`
	Renamed bool `json:"renamed,omitempty"` // it is read under another name or shape than it is sent
}

// A Look is a way of looking at a place.
type Look string

// The looks.
const (
	ByKey      Look = "by key"     // one thing, by its identity: Reading.Value is the item
	Listing    Look = "listing"    // all pages: Reading.Items
	Selection  Look = "selection"  // CSS: Reading.Value is the list of matches; empty reads as absent
	Probed     Look = "probe"      // the decoded body of a probe that names no thing: Reading.Value
	Reply      Look = "reply"      // `finds`: the act's own reply, and its repetitions
	Expression Look = "expression" // Reading.Truth, worked out from Parts
	Job        Look = "job"        // of `accepted`: Reading.Truth is whether it is done, Reading.Failed whether it has failed
	Inbox      Look = "inbox"      // of a webhook: Place.Events
)

// A Place is a probe and the eyes that look through it.
type Place struct {
	Probe string `json:"probe"` // read, list, reply, the probe's name, or the expression
	Look  Look   `json:"look"`
	Eyes  string `json:"eyes"`            // an account's name, or nobody
	Thing string `json:"thing,omitempty"` // what is looked for: a given name, or the resource that is created; "" for none
	Call  string `json:"call,omitempty"`  // GET /reviews/{id}, for messages
	// Parts are the places that an Expression is worked out from.
	Parts []int `json:"parts,omitempty"`
	// Rested are readings from before the rest of a second attempt; Before the
	// last two before the act; Readings those after it was sent, by SentAt.
	Rested   []Reading  `json:"rested,omitempty"`
	Before   []Reading  `json:"before,omitempty"`
	Readings []Reading  `json:"readings,omitempty"`
	Noise    [][]string `json:"noise,omitempty"` // fields that moved by themselves before the act; an empty path, or [""], is the whole value
	Sight    Sight      `json:"sight"`
	Events   []Event    `json:"events,omitempty"` // of an inbox: since the attempt began, by At; a reading shows those up to its SentAt
	// Stirred are, of an expression, the values that it compares and that moved while a second
	// attempt rested: "count", "product.review_count".
	Stirred []string `json:"stirred,omitempty"`
	Remark  string   `json:"remark,omitempty"` // of an inbox: what came to it and is no evidence
}

// A Reading is one look at a place.
type Reading struct {
	SentAt   time.Duration `json:"sent_at"` // of its first request
	GotAt    time.Duration `json:"got_at"`  // last byte of its last page
	Age      time.Duration `json:"age,omitempty"`
	Exchange int64         `json:"exchange,omitempty"` // the first; 0 for an expression
	Status   int           `json:"status,omitempty"`
	Known    Known3        `json:"known"`            // value, absent or unknown
	Why      string        `json:"why,omitempty"`    // for unknown and absent: "status 503", "404", "empty selection", "tombstone"
	Ghost    bool          `json:"ghost,omitempty"`  // a made-up key is answered alike: absent, or a value that shows no marker of ours
	Value    any           `json:"value,omitempty"`  // the item, renamed as it is sent; or the probe's value
	ETag     string        `json:"etag,omitempty"`   // where the act was a PUT
	Marker   string        `json:"marker,omitempty"` // the marker that Value carries in a marked field
	// Of a listing:
	Complete bool     `json:"complete,omitempty"` // every page, without drift, and we deleted nothing meanwhile
	Items    []Item   `json:"items,omitempty"`    // those that concern this cell: ours, and new ones without a marker of ours
	Others   int      `json:"others,omitempty"`   // further items of the resource in it
	Missing  []string `json:"missing,omitempty"`  // keys without our markers that were in both before-listings and are not in it
	Truth    Truth    `json:"truth,omitempty"`    // of an expression
	Detail   string   `json:"detail,omitempty"`   // of an expression: the values of its parts
	// Of a job:
	Failed  Truth          `json:"failed,omitempty"`
	RetryIn *time.Duration `json:"retry_in,omitempty"` // Retry-After; nil when not given
}

// Known3 is what a read gave.
type Known3 string

// What a read gives, VERDICTS section 1.
const (
	Value  Known3 = "value"
	Absent Known3 = "absent"
	Unsure Known3 = "unknown"
)

// An Item is one thing in a listing.
type Item struct {
	Key    string `json:"key"`
	Marker string `json:"marker,omitempty"` // a marker of ours in it; "" for none
	New    bool   `json:"new,omitempty"`    // its key is in neither before-listing
	Value  any    `json:"value,omitempty"`  // renamed as it is sent
}

// Sight is evidence that these eyes can see through this probe, beyond what the
// readings themselves show.
type Sight struct {
	SameEyes *Evidence `json:"same_eyes,omitempty"` // a value for another thing of the resource, and no denial since
	Denied   bool      `json:"denied,omitempty"`    // 401 or 403 to these eyes here
	Hidden   bool      `json:"hidden,omitempty"`    // others saw here a thing meant for these eyes, and these did not
	Blind    bool      `json:"blind,omitempty"`     // a listing that never showed anything while reads by key did
	Peers    []Peer    `json:"peers,omitempty"`
	Told     *Evidence `json:"told,omitempty"` // of an inbox: the provider accepted its address
}

// Evidence is one exchange that shows something.
type Evidence struct {
	Exchange int64  `json:"exchange"`
	What     string `json:"what"` // "GET /reviews/12 as shop-rome"
}

// A Peer is another account that saw its own thing through the same probe.
type Peer struct {
	Account  string        `json:"account"`
	Can      []string      `json:"can,omitempty"`
	CanKnown bool          `json:"can_known"`
	Exchange int64         `json:"exchange"`
	After    time.Duration `json:"after,omitempty"` // how long after its reply; 0 when not known
}

// An Elsewhere is our marker where nobody sent it.
type Elsewhere struct {
	Eyes     string `json:"eyes"`
	Call     string `json:"call"`
	Key      string `json:"key"`
	Exchange int64  `json:"exchange"`
}

// A Beside is another act or deletion of ours on the same account.
type Beside struct {
	What   string        `json:"what"`
	SentAt time.Duration `json:"sent_at"`
	SaidAt time.Duration `json:"said_at"`
	Gone   []string      `json:"gone,omitempty"` // of a deletion: the identities that it named
}
