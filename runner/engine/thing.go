package engine

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// A thing is what an attempt made, before the act or by it.
type thing struct {
	name     string
	resource *contracts.Resource // nil: no resource describes it
	maker    *eyes
	unique   string // the marker that it was made with
	uuid     string
	key      any    // identity, as the reply spelt it; nil: not known
	keyFrom  string // body, Location, request, marker, job
	// maybeJobs: the key stood in a promise, and may be that of the job.
	maybeJobs bool
	item      any // as last read before the act, or as its reply gave it
	sent      any
	marked    map[string]any // fields in which its marker was sent, by dotted path
	remarked  map[string]any // fields into which the act may have put its own
	replaced  map[string]any // remarked, as it was before a second act was to change it
	made      bool           // the request may have reached the provider
	refused   bool           // and it said no: nothing was made, unless that was a lie
	found     bool           // it was there before us: it has no marker, and is never removed
	intent    string         // its intent in the journal; "" for none
	marker    string         // of the act, beside its own
	chosen    string         // identity that the request chose, as the journal knows it
	removal   *int           // writes kept back for its removal; shared by all that one request made
	away      bool           // it was removed before the act, and seen gone
	instead   *thing         // of what never was: the given thing in whose place a case names it
	parents   map[string]any // variables that mean another thing in its calls than in the cell's
	params    map[string]any // vars that have another value in its calls than in the cell's
	beside    bool           // it stands for what the act may have made under another parent
	madeAt    time.Time
	// unanswered is when it was given up to wait for a word on whether the request
	// made it; zero where there was one.
	unanswered time.Time
	first      *thing          // what the act made before, which may carry the same marker; nil for all but a second act
	shown      map[string]bool // place and eyes that have shown it since
	masks      []verdict.Mask  // of its resource, once they were asked for
	// each are the marked fields of several things that one request makes, for which this
	// one stands; nil for a thing that is one.
	each []map[string]any
}

// said is when the last word on its making came, or was given up; zero in a sweep.
func (t *thing) said() time.Time {
	if t.unanswered.After(t.madeAt) {
		return t.unanswered
	}
	return t.madeAt
}

// keyPath is where an item of the resource carries its identity.
func keyPath(r *contracts.Resource, call *contracts.Call) []string {
	switch {
	case call != nil && call.Key != nil:
		return call.Key
	case r != nil && r.Key != nil:
		return r.Key
	}
	return []string{"id"}
}

// sentPart is the thing as it stands in what was sent.
func sentPart(r *contracts.Resource, call *contracts.Call, request *request) any {
	value := sentAs(r, call, request)
	if strings.HasPrefix(request.header.Get("Content-Type"), "multipart/form-data") {
		return withoutBytes(value)
	}
	return value
}

// withoutBytes is what a form of parts sent, but for the bytes of its files: base64 is how
// they are written in the contract, and nothing that is ever read back.
func withoutBytes(value any) any {
	switch v := value.(type) {
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = withoutBytes(v[i])
		}
		return list
	case map[string]any:
		fields := maps.Clone(v)
		if _, isFile := fields["filename"]; isFile {
			delete(fields, "base64")
		}
		for name := range fields {
			fields[name] = withoutBytes(fields[name])
		}
		return fields
	}
	return value
}

func sentAs(r *contracts.Resource, call *contracts.Call, request *request) any {
	program := call.Sent
	if program == nil && r != nil {
		program = r.Sent
	}
	if program == nil {
		if !request.has {
			return expr.Absent
		}
		return request.told
	}
	value, err := program.Eval(request.sees(program, nil))
	if err != nil {
		return expr.Absent
	}
	return value
}

// itemOf is the thing as it stands in a reply.
func itemOf(r *contracts.Resource, call *contracts.Call, asked *request, reply *wire.Reply) any {
	program := call.Item
	if program == nil && r != nil {
		program = r.Item
	}
	if program == nil {
		body := bodyVar(reply)
		if _, unknown := body.(expr.Unknown); unknown {
			return expr.Absent
		}
		return body
	}
	value, err := program.Eval(asked.sees(program, reply))
	if err != nil {
		return expr.Absent
	}
	return value
}

// identify finds the identity of what a call made, in the language's order: `id`,
// the key in its item, the last segment of Location. (What the listing can tell
// comes later, from its marker.) Where the status is 202 or 303 Location may name what
// tells of the work, not what is made (RFC 9110, 15.3.3 and 15.4.4): /jobs/1 read as an
// identity would be somebody else's thing. It counts if it is where the thing is read.
func identify(r *contracts.Resource, call *contracts.Call, id *expr.Program, request *request, reply *wire.Reply) (any, string) {
	if id == nil {
		id = call.ID
	}
	if id == nil && r != nil && r.Make != nil && sameCall(r.Make, call) {
		id = r.Make.ID
	}
	if id != nil {
		value, err := id.Eval(request.sees(id, reply))
		if err == nil && identityText(value) != "" {
			return value, origin(id)
		}
	}
	if value := walkPath(itemOf(r, call, request, reply), keyPath(r, call)); identityText(value) != "" && len(identityText(value)) <= longestIdentity {
		return value, "body"
	}
	location := reply.Header.Get("Location")
	if working := reply.Status == http.StatusAccepted || reply.Status == http.StatusSeeOther; working && !readAt(r, location) {
		return nil, ""
	}
	if segment := lastSegment(location); segment != "" {
		return segment, "Location"
	}
	return nil, ""
}

// readAt tells whether an address has the form of a resource's read, wherever the
// server's own path ends.
func readAt(r *contracts.Resource, address string) bool {
	where, err := url.Parse(address)
	if err != nil || r == nil || r.Read == nil {
		return false
	}
	path := strings.TrimSuffix(where.EscapedPath(), "/")
	for strings.Count(path, "/") > strings.Count(r.Read.Template, "/") {
		_, rest, _ := strings.Cut(path[1:], "/")
		path = "/" + rest
	}
	return keyInPath(r.Read.Template, r.Read.Identity, path) != ""
}

// longestIdentity bounds what is put into an address: no server takes a longer one.
const longestIdentity = 8 << 10

func sameCall(a, b *contracts.Call) bool {
	return a.Method == b.Method && a.Template == b.Template
}

// origin says where an `id` expression looks, for the record.
func origin(id *expr.Program) string {
	for _, ref := range id.Refs() {
		switch {
		case len(ref) > 0 && ref[0] == "request":
			return "request"
		case len(ref) > 1 && ref[0] == "response" && ref[1] == "headers":
			return "Location"
		}
	}
	return "body"
}

func lastSegment(location string) string {
	location, _, _ = strings.Cut(location, "?")
	location, _, _ = strings.Cut(location, "#")
	location = strings.TrimRight(location, "/")
	return unescape(location[strings.LastIndexByte(location, '/')+1:])
}

// view is an item under the names in which it is sent: fields that the provider
// reads under another name are put where they were sent.
func view(r *contracts.Resource, item any) any {
	if r == nil {
		return item
	}
	seen := item
	for _, field := range r.Fields {
		if field.Read == nil {
			continue
		}
		value, err := field.Read.Eval(expr.Vars{"item": item})
		if err != nil || value == expr.Absent {
			continue
		}
		if _, unknown := value.(expr.Unknown); unknown {
			continue
		}
		seen = setPath(seen, field.Path, value)
	}
	return seen
}

// behind gives the fields of an item out of which renamed fields are read: they
// move when the renamed one does.
func behind(r *contracts.Resource, wanted any) [][]string {
	if r == nil {
		return nil
	}
	var also [][]string
	for _, field := range r.Fields {
		if field.Read == nil || walkPath(wanted, field.Path) == expr.Absent {
			continue
		}
		for _, ref := range field.Read.Refs() {
			if len(ref) > 1 && ref[0] == "item" && ref[1] != field.Path[0] {
				also = append(also, ref[1:2])
			}
		}
	}
	return also
}

// value is the thing as a variable: its item, or what was sent while there is
// none, with its identity once that is known. A reply that does not repeat the
// identity (201 with a Location and no more), and a thing that is a text or a part
// of a page, still leave {review.id} to be written.
func (t *thing) value() any {
	value := t.item
	if value == nil {
		value = orAbsent(t.sent)
	}
	if t.key == nil || t.resource == nil && value != expr.Absent {
		return value
	}
	if object, ok := value.(map[string]any); !ok || identityText(walkPath(object, keyPath(t.resource, nil))) == "" {
		return setPath(value, keyPath(t.resource, nil), t.key)
	}
	return value
}
