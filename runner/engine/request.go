package engine

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// A request is a call with everything filled in.
type request struct {
	name    string // of the call: an operationId, or METHOD /path as it is written
	method  string
	url     string
	path    map[string]any // parameters of the address, for `request.path`
	query   any
	header  http.Header
	body    any
	told    any  // body without secrets, as everything but the wire may know it
	has     bool // there is a body
	encoded []byte
	around  expr.Vars   // what it was made with: the key that it asks for, the account, …
	before  *fetched    // what the same look brought home before; nil at first
	like    *wire.Reply // of it, the reply that this page got then
}

// holds tells whether a text is sent in the address, a header or the body.
func (r *request) holds(text string) bool {
	for _, values := range r.header {
		if slices.ContainsFunc(values, func(value string) bool { return strings.Contains(value, text) }) {
			return true
		}
	}
	return strings.Contains(r.url, text) || strings.Contains(string(r.encoded), text)
}

// lazily is the request as a variable, worked out where an expression asks for it.
func (r *request) lazily() any { return r.variable() }

// variable is the request as expressions see it.
func (r *request) variable() map[string]any {
	body := r.told
	if !r.has {
		body = expr.Absent
	}
	return map[string]any{"method": r.method, "path": r.path, "query": orAbsent(r.query), "headers": headerVar(r.header), "body": body}
}

// sees are what an expression over the request and its reply may name: these two, and
// what the request was made with. reply is nil where there is none yet, and so may the
// request be, where nobody knows it any more.
func (r *request) sees(program *expr.Program, reply *wire.Reply) expr.Vars {
	vars := expr.Vars{"response": expr.Absent}
	if reply != nil {
		vars["response"] = responseVar(reply)
	}
	if r == nil {
		return vars
	}
	vars["request"] = r.lazily
	for _, name := range aroundOf(program) {
		if value, has := r.around[name]; has {
			vars[name] = value
		}
	}
	return vars
}

// aroundOf gives the names of a program that are neither the request, its reply nor an
// item of it.
func aroundOf(program *expr.Program) []string {
	var names []string
	for _, ref := range refsOf(program) {
		if len(ref) > 0 && !slices.Contains([]string{"request", "response", "item"}, ref[0]) {
			names = append(names, ref[0])
		}
	}
	return names
}

// line is METHOD /path, for messages.
func (r *request) line() string {
	u, err := url.Parse(r.url)
	if err != nil {
		return r.method + " " + r.url
	}
	return r.method + " " + u.RequestURI()
}

// short is line without the query.
func (r *request) short() string {
	_, rest, _ := strings.Cut(r.url, "://")
	if at := strings.IndexByte(rest, '/'); at >= 0 && !strings.ContainsFunc(rest, unusual) {
		path, _, _ := strings.Cut(rest[at:], "?")
		return r.method + " " + path
	}
	line, _, _ := strings.Cut(r.line(), "?")
	return line
}

// unusual is what net/url would write otherwise in a path.
func unusual(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("#\\\"<>^`{|}", r) }

// request fills a call in. An absent or unknown value anywhere is an error, and
// then nothing may be sent.
func (e *Engine) request(call *contracts.Call, s scope) (*request, error) {
	vars := s.with()
	r := &request{name: call.Name(), method: call.Method, header: http.Header{}, path: map[string]any{}, around: vars}
	path, err := e.address(call, s, vars, r)
	if err != nil {
		return nil, err
	}
	query, err := e.query(call, vars)
	if err != nil {
		return nil, err
	}
	e.yield(call, path, query)
	r.query = query
	if r.url, err = e.absolute(path); err != nil {
		return nil, fmt.Errorf("path of %s: %w", call.Text, err)
	}
	if r.url, err = withQuery(r.url, query); err != nil {
		return nil, err
	}
	if err := e.headers(call, vars, r); err != nil {
		return nil, err
	}
	if err := e.body(call, vars, r); err != nil {
		return nil, err
	}
	if maskedIn(path) && !maskedIn(call.Text) || masked(query) || masked(r.body) {
		return nil, fmt.Errorf("%s needs what was masked as a secret when it was read, so it is not sent: what a later call needs cannot stand in `secrets`", call.Text)
	}
	e.keepSecrets(r)
	return r, nil
}

// yield lets a parameter that is written in the address of a call stand before the
// provider's of the same name.
func (e *Engine) yield(call *contracts.Call, path string, query map[string]any) {
	if !strings.Contains(path, "?") {
		return
	}
	u, err := url.Parse(path)
	if err != nil {
		return
	}
	for name := range u.Query() {
		if call.Query == nil || call.Query.Get(name) == nil {
			delete(query, name)
		}
	}
}

func (e *Engine) address(call *contracts.Call, s scope, vars expr.Vars, r *request) (string, error) {
	var failed error
	path, err := call.Address.Expand(func(name string) any {
		value, err := e.parameter(call, s, vars, name)
		if err != nil && failed == nil {
			failed = err
		}
		r.path[name] = value
		return value
	}, vars)
	if failed != nil {
		return "", failed
	}
	if err != nil {
		return "", fmt.Errorf("path of %s: %w", call.Text, err)
	}
	return path, nil
}

// parameter binds one {name} of an address: by `path`, then as the identity (written
// {key}, or the one that the loader found for an operation of OpenAPI), then by the
// vars of account, target and provider, unless its thing stands under a parent of its own.
func (e *Engine) parameter(call *contracts.Call, s scope, vars expr.Vars, name string) (any, error) {
	if data, ok := call.Path[name]; ok {
		value, err := data.EvalStrict(vars)
		if err != nil {
			return expr.Absent, fmt.Errorf("path of %s: %s: %w", call.Text, name, err)
		}
		return value, nil
	}
	if name == "key" || name == call.Identity {
		return orAbsent(s.key), nil
	}
	for _, layer := range append([]map[string]any{s.params}, e.layers(s.me)...) {
		if value, ok := layer[name]; ok {
			return value, nil
		}
	}
	return expr.Absent, nil
}

// absolute puts the target's base before a path; an address that names its own
// host stays, if polygraph.yaml names that, too.
func (e *Engine) absolute(path string) (string, error) {
	if strings.HasPrefix(path, "/") {
		return e.server + path, nil
	}
	return path, e.mayAsk(path)
}

func (e *Engine) query(call *contracts.Call, vars expr.Vars) (map[string]any, error) {
	all := map[string]any{}
	for _, data := range []*expr.Data{e.o.Suite.Provider.Query, call.Query} {
		if data == nil {
			continue
		}
		value, err := data.EvalStrict(vars)
		if err != nil {
			return nil, fmt.Errorf("query of %s: %w", call.Text, err)
		}
		m, ok := value.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("query of %s is not a map", call.Text)
		}
		maps.Copy(all, m)
		for _, name := range removedNames(data) {
			delete(all, name)
		}
	}
	return all, nil
}

// removedNames are the names that a call writes null for: it takes them from what
// the provider sends with every call.
func removedNames(data *expr.Data) []string {
	var names []string
	for _, path := range data.Removed() {
		if len(path) == 1 {
			names = append(names, path[0])
		}
	}
	return names
}

// withQuery adds parameters to an address, sorted, a list as repetitions and a
// map as name[key].
func withQuery(address string, query map[string]any) (string, error) {
	if len(query) == 0 {
		return address, nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("read address: %w", err)
	}
	values := u.Query()
	for _, name := range slices.Sorted(maps.Keys(query)) {
		values.Del(name)
		addQuery(values, name, query[name])
	}
	u.RawQuery = values.Encode()
	return u.String(), nil
}

// withoutQuery takes parameters out of an address, with all that is nested below them.
func withoutQuery(address string, names []string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("read address: %w", err)
	}
	values := u.Query()
	for written := range values {
		name, _, _ := strings.Cut(written, "[")
		if slices.Contains(names, name) {
			delete(values, written)
		}
	}
	u.RawQuery = values.Encode()
	return u.String(), nil
}

func addQuery(values url.Values, name string, value any) {
	switch v := value.(type) {
	case nil:
	case []any:
		for _, element := range v {
			addQuery(values, name, element)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			addQuery(values, name+"["+key+"]", v[key])
		}
	default:
		values.Add(name, plain(v))
	}
}

func (e *Engine) headers(call *contracts.Call, vars expr.Vars, r *request) error {
	for _, data := range []*expr.Data{e.o.Suite.Provider.Headers, call.Headers} {
		if data == nil {
			continue
		}
		value, err := data.EvalStrict(vars)
		if err != nil {
			return fmt.Errorf("headers of %s: %w", call.Text, err)
		}
		m, _ := value.(map[string]any)
		for name, v := range m {
			if v == nil {
				r.header.Del(name)
				continue
			}
			r.header.Set(name, plain(v))
		}
		for _, name := range removedNames(data) {
			r.header.Del(name)
		}
	}
	return nil
}

func (e *Engine) body(call *contracts.Call, vars expr.Vars, r *request) error {
	if call.Body == nil {
		if r.method == "GET" || r.method == "HEAD" || r.method == "DELETE" {
			r.header.Del("Content-Type")
		}
		return nil
	}
	value, err := call.Body.EvalStrict(vars)
	if err != nil {
		return fmt.Errorf("body of %s: %w", call.Text, err)
	}
	r.body, r.has = value, true
	return r.encode(call.Media)
}

// encode writes the body in the form that the header says, or else OpenAPI.
func (r *request) encode(media string) error {
	if written := r.header.Get("Content-Type"); written != "" {
		media = written
	}
	encoded, contentType, err := wire.Encode(media, r.body)
	if err != nil {
		return fmt.Errorf("encode body: %w", err)
	}
	r.encoded = encoded
	if contentType != "" { // that of a form of parts names its boundary, too
		r.header.Set("Content-Type", contentType)
	}
	return nil
}

// send sends a read with somebody's credential, under the limits of the account.
func (e *Engine) send(ctx context.Context, who *eyes, r *request) *wire.Reply {
	return e.transmit(ctx, who, r, nil)
}

// transmit is the only way out: limits, then the wire, then what a 429 asks for.
// With a deed it is an act: one that still waits for its limit when the run is
// stopped does not go out any more, one that is out gets its answer.
func (e *Engine) transmit(ctx context.Context, who *eyes, r *request, d *deed) *wire.Reply {
	if err := e.guard(r, d); err != nil {
		return unsent(err)
	}
	out := wire.Request{
		Method: r.method, URL: r.url, Header: r.header, Body: r.encoded, Act: d != nil,
		Credential: who.credential, Origin: e.origin, Origins: e.o.Target.Hosts, Like: r.like,
	}
	leave, failure := e.enter(ctx, who, &out)
	if failure != nil {
		return unsentFor(failure)
	}
	defer leave()
	if !who.limit.Paced() { // else it has taken its turn, and several turns would go out at once
		answered, err := e.crowd.enter(ctx)
		if err != nil {
			return unsent(err)
		}
		defer answered()
	}
	if err := e.journalBroken(); err != nil {
		return unsent(err)
	}
	if d != nil {
		ctx = e.hard
		defer who.begin(d)()
	}
	e.requests.Add(1)
	reply := e.client.Send(ctx, out)
	reply.Exchange.Eyes, reply.Exchange.Call = who.name, r.name
	if reply.Status == 429 || reply.Status == 425 || reply.Status == 503 {
		if wait, ok := reply.RetryAfter(); ok {
			who.limit.hold(wait)
		}
	}
	return reply
}

// enter waits for the turn of a request, and of those for the token that it may need. A token
// that expires while its request waits is fetched again, once: some live no longer.
func (e *Engine) enter(ctx context.Context, who *eyes, r *wire.Request) (leave func(), failure *wire.Failure) {
	for try := 1; ; try++ {
		if failure := e.client.Renew(ctx, r, who.limit.Enter); failure != nil {
			return nil, failure
		}
		leave, err := who.limit.Enter(ctx)
		if err != nil {
			return nil, canceled(err)
		}
		if try == 2 || r.Ready() {
			return leave, nil
		}
		leave()
	}
}

func canceled(err error) *wire.Failure {
	return &wire.Failure{Phase: wire.PhasePrepare, Kind: wire.KindCanceled, Message: err.Error()}
}

func unsent(err error) *wire.Reply { return unsentFor(canceled(err)) }

func unsentFor(failure *wire.Failure) *wire.Reply {
	now := time.Now()
	return &wire.Reply{Exchange: &wire.Exchange{SentAt: now, SaidAt: now}, Failure: failure, SentAt: now, SaidAt: now}
}
