package contracts

import (
	"time"

	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// A Provider is a third party's API: where things stand in its replies, how
// they are made, read, listed and removed, and what its bodies mean.
type Provider struct {
	Pos       Position
	Name      string
	Document  *Document   // the OpenAPI document; nil when the suite has none
	Auth      *Scheme     // `auth:`, nil when not written
	Schemes   []Scheme    // from OpenAPI's securitySchemes, by name
	Headers   *expr.Data  // sent with every call; nil for none
	Query     *expr.Data  // likewise
	Resources []*Resource // by name
	Probes    []*Probe    // by name
	Account   *AccountRead
	Refusal   *expr.Program // a body that says no under a 2xx; nil for none
	Throttled *expr.Program // a body that means 429 under another status; nil for none
	Secrets   [][]string    // paths of reply fields that hand out secrets
	Vars      map[string]any
	Webhooks  []*Webhook // by name
	Defaults  Waits      // Within and Stays are always there; Patience only when written: else it is PatienceFactor × within
}

// Resource gives the named resource, or nil.
func (p *Provider) Resource(name string) *Resource {
	for _, r := range p.Resources {
		if r.Name == name {
			return r
		}
	}
	return nil
}

// Probe gives the named probe, or nil.
func (p *Provider) Probe(name string) *Probe {
	for _, q := range p.Probes {
		if q.Name == name {
			return q
		}
	}
	return nil
}

// A Scheme is how a credential travels.
type Scheme struct {
	Name     string // OpenAPI's name; "" for `auth:`
	Kind     string // bearer, basic, header, query, cookie, oauth2, mtls
	Param    string // the header's, query parameter's or cookie's name
	TokenURL string // oauth2 client credentials
	Scopes   []string
}

// Waits are the three times of an effect. A zero pointer means not written.
type Waits struct {
	Within   *time.Duration // deadline for the effect
	Stays    *time.Duration // time for which it must then hold
	Patience *time.Duration // how long a missing effect is watched, from the reply on
}

// A Resource is a kind of thing that the provider keeps.
type Resource struct {
	Pos    Position
	Name   string
	Key    []string      // path of the identity within an item; nil when not written (then "id")
	Item   *expr.Program // where the thing stands in a reply; nil: the body
	Items  *expr.Program // where the listed things stand; nil: found by itself
	Sent   *expr.Program // where the thing stands in what is sent; nil: the body
	Next   *expr.Program // the next page: an address or a map; nil: Link rel="next"
	Find   *expr.Template
	Gone   *expr.Program // a 2xx that means deleted; nil for none
	Make   *Call         // nil when nothing makes one
	Read   *Call         // nil when it cannot be read by key
	List   *Call         // nil when it cannot be listed
	Delete *Call         // nil when not written, or never
	Never  bool          // `delete: never`
	Fields []Field       // how fields may differ, by path; those of OpenAPI included
}

// A Mask says how the value that is read may differ from the one that was sent.
type Mask string

// The masks of `fields`. MustExist is OpenAPI's readOnly.
const (
	Exact     Mask = ""
	Ignore    Mask = "ignore"
	Unread    Mask = "unread"
	Set       Mask = "set"
	Text      Mask = "text"
	Time      Mask = "time"
	Decimal   Mask = "decimal"
	URL       Mask = "url"
	HTML      Mask = "html"
	AnyCase   Mask = "case"
	MustExist Mask = "must-exist"
)

// A Field is one line of `fields`, or what OpenAPI says of a property.
type Field struct {
	Pos      Position
	Path     []string // through lists without indexes: lines.updated_at
	Mask     Mask
	Within   time.Duration // for Time: the tolerance
	Read     *expr.Program // read under another name; nil: the same
	Default  any           // OpenAPI's default; expr.Absent when it has none
	Inferred bool          // from OpenAPI, not written
	Unshown  bool          // OpenAPI has it in the request, and not in the read's reply: not compared, and named
}

// A Probe is a read of something that is not a resource by key or in a list.
type Probe struct {
	Pos  Position
	Name string
	Call *Call  // nil for a probe written in Go
	Go   string // the name under which Go code registers it; "" for a call
	// Resource names the thing whose variable the probe's addresses, selection or body use; "" for none.
	Resource string
	Lag      *time.Duration
	As       []string // roles; nil: by default
}

// AccountRead reads the account's own facts, once per run.
type AccountRead struct {
	Pos  Position
	Read *Call
	Take []Named // name → expression over response
	Set  []Setter
}

// A Setter is the call that changes one of the facts in Take: ${value} is what it shall be.
type Setter struct {
	Name string // of the fact
	Call *Call
}

// Setter gives the call that changes a fact; nil where the suite knows none.
func (a *AccountRead) Setter(fact string) *Call {
	if a == nil {
		return nil
	}
	for _, s := range a.Set {
		if s.Name == fact {
			return s.Call
		}
	}
	return nil
}

// A Named is an expression with a name: a line of take or snapshot.
type Named struct {
	Name string
	Expr *expr.Program
}

// A Call is one request, wherever it stands, and how its reply is read.
type Call struct {
	Pos       Position
	Text      string // as written
	Operation string // operationId, "" when written as METHOD /path
	Method    string
	Address   *expr.Address
	Template  string                // the path as OpenAPI or the author wrote it, for labels and plans
	Identity  string                // the path parameter that is the thing's identity; "" for none
	Path      map[string]*expr.Data // values for {parameters} of the address
	Query     *expr.Data            // nil for none
	Headers   *expr.Data
	Body      *expr.Data
	Media     string        // request content type by OpenAPI; "" when it does not say
	As        []string      // roles; nil: by default
	ID        *expr.Program // where the reply or the request names the thing made
	Item      *expr.Program // the rest: how its reply is read; nil: as the resource says
	Items     *expr.Program
	Next      *expr.Program
	Sent      *expr.Program
	Find      *expr.Template
	Gone      *expr.Program
	Key       []string
	Lag       *time.Duration
}
