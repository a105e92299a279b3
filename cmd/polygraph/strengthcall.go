package main

import (
	"regexp"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/fixtures/liar"
)

// liarFor says to a liar what it has to know: the trial's act, what is made before it, and
// where it is looked for.
func (p *proving) liarFor(t trial, upstream string) liar.Options {
	act := t.contract.Act
	if t.of != nil {
		act = t.of.Act
	}
	o := liar.Options{Upstream: upstream, Reads: map[string]liar.Call{}, Truth: t.truth, Lie: t.lie}
	o.Headers, o.Query = carriers(p.suite.Provider)
	subject := subjectOf(t.contract)
	if subject != nil {
		o.Key = subject.Key
	}
	o.ID = idPath(t.contract, act, subject)
	for _, r := range p.suite.Provider.Resources {
		at := r.Name + "."
		if r == subject {
			at = ""
		}
		look(o.Reads, at+"read", r.Read)
		look(o.Reads, at+"list", r.List)
	}
	for _, probe := range p.suite.Provider.Probes {
		look(o.Reads, probe.Name, probe.Call)
	}
	o.Once, o.Repeats = onceHeaders(act), t.again != nil
	if o.Items = t.items; o.Items == nil {
		o.Items, _ = itemsOf(t.contract.Each)
	}
	if a := t.contract.Accepted; a != nil {
		if o.Job = plainPathOf(a.ID, "job."); o.Job == nil {
			o.Job = []string{"id"}
		}
		o.Over = func(job any) bool { return holds(a.Done, job) || holds(a.Failed, job) }
	}
	for _, given := range t.contract.Given {
		if given.Removed {
			o.Removals++
		}
		o.Given = append(o.Given, recognised(given.Call))
	}
	o.Act = recognised(act)
	if findsThing(t.contract) {
		o.Act.Looks = true
	}
	p.tellApart(&o)
	return o
}

func look(reads map[string]liar.Call, name string, call *contracts.Call) {
	if call != nil && call.Template != "" {
		reads[name] = recognised(call)
		r := reads[name]
		r.Looks = true
		reads[name] = r
	}
}

// holds tells whether an expression over a job is true.
func holds(program *expr.Program, job any) bool {
	if program == nil {
		return false
	}
	truth, err := program.Truth(expr.Vars{"job": job})
	return err == nil && truth == expr.True
}

// onceHeaders are the headers that tell one sending of an act from another: what is drawn
// anew for each.
func onceHeaders(act *contracts.Call) []string {
	names := []string{"Idempotency-Key"}
	if act.Headers == nil {
		return names
	}
	for _, entry := range act.Headers.Entries() {
		for _, ref := range entry.Value.Refs() {
			if ref[0] == "unique" || ref[0] == "uuid" {
				names = append(names, entry.Key)
			}
		}
	}
	return names
}

// subjectOf is the resource that a contract is about.
func subjectOf(contract *contracts.Contract) *contracts.Resource {
	for _, effect := range contract.Effects {
		if effect.Resource != nil {
			return effect.Resource
		}
	}
	if contract.Each != nil && contract.Each.Effect.Resource != nil {
		return contract.Each.Effect.Resource
	}
	for i := len(contract.Given) - 1; i >= 0; i-- {
		if r := contract.Given[i].Resource; r != nil {
			return r
		}
	}
	return nil
}

func findsThing(contract *contracts.Contract) bool {
	for _, effect := range contract.Effects {
		if effect.Verb == contracts.Finds {
			return true
		}
	}
	return false
}

// recognised is a call as the liar recognises it. What goes to another host passes it by.
func recognised(call *contracts.Call) liar.Call {
	if !strings.HasPrefix(call.Template, "/") {
		return liar.Call{}
	}
	out := liar.Call{Method: call.Method, Path: call.Template, Fixed: map[string]string{}}
	for prefix, data := range map[string]*expr.Data{"?": call.Query, "": call.Body} {
		if data == nil {
			continue
		}
		data.Walk(func(path []string, d *expr.Data) {
			if value, ok := d.Literal(); ok {
				if text, ok := value.(string); ok && len(path) > 0 {
					out.Fixed[prefix+strings.Join(path, ".")] = text
				}
			}
		})
	}
	return out
}

// blanks are what a path leaves open, under whatever name.
var blanks = regexp.MustCompile(`\$?\{[^{}]*\}`)

// tellApart leaves what calls have in common besides their address only where calls that
// do different things share one, as in GraphQL: what is sent need not be JSON elsewhere.
func (p *proving) tellApart(o *liar.Options) {
	address := func(c liar.Call) string { return c.Method + " " + blanks.ReplaceAllString(c.Path, "{}") }
	users := map[string]int{address(o.Act): 1}
	for _, call := range o.Reads {
		users[address(call)]++
	}
	single := func(c liar.Call) liar.Call {
		if users[address(c)] < 2 {
			c.Fixed = nil
		}
		return c
	}
	o.Act = single(o.Act)
	for name, call := range o.Reads {
		o.Reads[name] = single(call)
	}
	for i, call := range o.Given {
		o.Given[i] = single(call)
	}
}

// carriers are the headers and query parameters that credentials may travel in.
func carriers(provider *contracts.Provider) (headers, query []string) {
	schemes := provider.Schemes
	if provider.Auth != nil {
		schemes = append([]contracts.Scheme{*provider.Auth}, schemes...)
	}
	for _, s := range schemes {
		switch s.Kind {
		case "header":
			headers = append(headers, s.Param)
		case "query":
			query = append(query, s.Param)
		}
	}
	return headers, query
}

// idPath is where the reply's body names what was made, if that is a plain path.
func idPath(contract *contracts.Contract, act *contracts.Call, subject *contracts.Resource) []string {
	programs := []*expr.Program{contract.ID, act.ID}
	if subject != nil && subject.Make != nil && subject.Make.Template == act.Template {
		programs = append(programs, subject.Make.ID)
	}
	for _, program := range programs {
		if path := plainPath(program, "response"); path != nil {
			return path
		}
	}
	return nil
}

// plainPath is the path of an expression such as response.body.data.id, behind the body;
// nil for any other expression.
func plainPath(program *expr.Program, of string) []string {
	if program == nil {
		return nil
	}
	return plainPathOf(program, of+".body.")
}

// plainPathOf is the path behind what an expression begins with.
func plainPathOf(program *expr.Program, beginning string) []string {
	if program == nil {
		return nil
	}
	rest, ok := strings.CutPrefix(program.Source(), beginning)
	if !ok || strings.ContainsAny(rest, "()[] +?:\"'") {
		return nil
	}
	return strings.Split(rest, ".")
}

// sentPath is where the thing stands in what is sent; ok is false where that is no plain path.
func sentPath(act *contracts.Call, subject *contracts.Resource) (path []string, ok bool) {
	program := act.Sent
	if program == nil && subject != nil {
		program = subject.Sent
	}
	if program == nil || program.Source() == "request.body" {
		return nil, true
	}
	path = plainPath(program, "request")
	return path, path != nil
}
