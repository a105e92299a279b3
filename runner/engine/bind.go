package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// bind turns the contract's sentences into effects and places for this account:
// roles become eyes, names become things and probes, defaults become times.
func (a *attempt) bind() error {
	for _, effect := range a.cell.Contract.Effects {
		bound := verdict.Effect{
			Verb: effect.Verb, Sentence: effect.Sentence(), Thing: effect.Thing,
			At:   fmt.Sprintf("%s:%d", effect.Pos.File, effect.Pos.Line),
			Also: effect.Also, Masks: a.e.masksOf(effect), Aside: a.cell.Contract.Aside(a.cell.Case, effect),
		}
		if err := a.bindEffect(effect, &bound); err != nil {
			return fmt.Errorf("%s: %w", effect.Sentence(), err)
		}
		a.record.Effects = append(a.record.Effects, bound)
	}
	if err := a.bindAccepted(); err != nil {
		return err
	}
	if err := a.bindEach(); err != nil {
		return err
	}
	if err := a.bindBefore(); err != nil {
		return err
	}
	return a.bindMadeUp()
}

func (a *attempt) bindEffect(effect *contracts.Effect, bound *verdict.Effect) error {
	subject := a.subject(effect)
	if effect.Fails != nil {
		at, err := a.expression(effect, effect.Fails, subject)
		if err != nil {
			return err
		}
		a.places[at].fails = true
		bound.Fails = &at
	}
	switch effect.Verb {
	case contracts.Expects:
		bound.Source, bound.Ours = effect.Expect.Source(), a.speaksOfOurs(effect.Expect)
		at, err := a.expression(effect, effect.Expect, subject)
		if err != nil {
			return err
		}
		a.where(effect, bound, at, nil)
		return nil
	case contracts.Keeps:
		return a.bindKept(effect, bound)
	case contracts.Finds:
		return a.bindFinds(effect, bound, subject)
	case contracts.Sends:
		return a.bindSends(effect, bound)
	case contracts.Creates, contracts.Updates:
		return a.bindIn(effect, bound, subject, a.ownPlaces(effect, subject))
	}
	return a.bindIn(effect, bound, subject, effect.In)
}

// subject is the thing that a sentence is about: the given one that it names, or
// the one that the act creates; for expressions the only one there is.
func (a *attempt) subject(effect *contracts.Effect) *thing {
	if t := a.things[effect.Thing]; t != nil {
		return t
	}
	if effect.Verb == contracts.Expects || effect.Verb == contracts.Keeps {
		return a.about()
	}
	return nil
}

// about is the thing that a contract is about where its sentence names none: what
// it creates, else what was given last.
func (a *attempt) about() *thing {
	if a.created != nil && !a.record.Idle() {
		return a.created
	}
	if len(a.given) > 0 {
		return a.given[len(a.given)-1]
	}
	return nil
}

// ownPlaces are where creates and updates are read: the key and the list, or for
// updates the list only where there is no read.
func (a *attempt) ownPlaces(effect *contracts.Effect, t *thing) []string {
	if t == nil || t.resource == nil {
		return []string{"read"}
	}
	var in []string
	if t.resource.Read != nil {
		in = append(in, "read")
	}
	if t.resource.List != nil && (effect.Verb == contracts.Creates || t.resource.Read == nil) {
		in = append(in, "list")
	}
	return in
}

func (a *attempt) bindIn(effect *contracts.Effect, bound *verdict.Effect, t *thing, in []string) error {
	for _, name := range in {
		for _, role := range rolesOr(effect.As) {
			at, err := a.place(sight{name, role, t, true})
			if err != nil {
				return err
			}
			if at >= 0 {
				a.where(effect, bound, at, nil)
			}
		}
	}
	return nil
}

// rolesOr gives the roles as written; one empty role means: by default.
func rolesOr(roles []string) []string {
	if len(roles) == 0 {
		return []string{""}
	}
	return roles
}

func (a *attempt) bindKept(effect *contracts.Effect, bound *verdict.Effect) error {
	for _, kept := range effect.Kept {
		name, t := "read", a.things[kept.Thing]
		switch {
		case kept.Probe != "":
			name, t = kept.Probe, a.subject(effect)
		case t != nil && t.resource != nil && t.resource.Read == nil:
			name = "list"
		}
		if t != nil && t.resource != nil && kept.Probe == "" {
			bound.Masks = append(bound.Masks, masks(t.resource)...)
		}
		for _, role := range rolesOr(effect.As) {
			at, err := a.place(sight{name, role, t, false})
			if err != nil {
				return err
			}
			if at >= 0 {
				a.where(effect, bound, at, kept.Field)
			}
		}
	}
	return nil
}

// bindFinds looks at the act's own reply. The resource's read, with the eyes of
// the maker, becomes a place of the record that no effect names: the judge takes it
// for a witness that the thing is there.
func (a *attempt) bindFinds(effect *contracts.Effect, bound *verdict.Effect, t *thing) error {
	reply := &place{probe: "reply", look: verdict.Reply, eyes: a.actor, thing: t, call: a.cell.Act()}
	if t != nil {
		reply.resource = t.resource
	}
	reply.page = a.replyPager(reply)
	a.where(effect, bound, a.addPlace(reply), nil)
	if err := a.bindBase(reply); err != nil {
		return err
	}
	if t == nil || t.resource == nil || t.resource.Read == nil {
		return nil
	}
	_, err := a.placeFor(sight{"read", "", t, false}, t.maker)
	return err
}

// A sight is a place as a sentence names it.
type sight struct {
	name  string // read, list or a probe
	role  string // "" for the default
	thing *thing
	shown bool // asked is whether the thing is there, not what the probe's value is
}

// place gives the index of the place that a name means for some role; -1 where
// the resource has no such read.
func (a *attempt) place(s sight) (int, error) {
	if probe := a.e.o.Suite.Provider.Probe(s.name); probe != nil && !s.shown {
		s.thing = a.namedBy(probe, s.thing)
	}
	if s.role == "" {
		s.role = a.defaultRole(s.name, s.thing)
	}
	who, err := a.role(s.role)
	if err != nil {
		return -1, err
	}
	return a.placeFor(s, who)
}

// namedBy is the thing that a probe's resource stands for: the sentence's own where
// it is one of that resource, else the cell's.
func (a *attempt) namedBy(probe *contracts.Probe, subject *thing) *thing {
	if subject != nil && subject.resource != nil && subject.resource.Name == probe.Resource {
		return subject
	}
	if t := a.thingOf(probe.Resource); t != nil {
		return t
	}
	return subject
}

// thingOf is the cell's thing of a resource, whatever `given` calls it: what is
// created, else what was given last; nil for none.
func (a *attempt) thingOf(resource string) *thing {
	if a.created != nil && a.created.resource != nil && a.created.resource.Name == resource && !a.record.Idle() {
		return a.created
	}
	for i := len(a.given) - 1; i >= 0; i-- {
		if r := a.given[i].resource; r != nil && r.Name == resource {
			return a.given[i]
		}
	}
	return nil
}

func (a *attempt) defaultRole(name string, t *thing) string {
	var as []string
	switch probe := a.e.o.Suite.Provider.Probe(name); {
	case probe != nil:
		as = probe.As
		if len(as) == 0 && probe.Call != nil {
			as = probe.Call.As
		}
	case name == "read" && t != nil && t.resource != nil && t.resource.Read != nil:
		as = t.resource.Read.As
	case name == "list" && t != nil && t.resource != nil && t.resource.List != nil:
		as = t.resource.List.As
	}
	if len(as) == 0 {
		return "me"
	}
	return as[0]
}

func (a *attempt) placeFor(s sight, who *eyes) (int, error) {
	name, t := s.name, s.thing
	p := &place{probe: name, eyes: who, thing: t}
	switch {
	case name == "read":
		if t == nil || t.resource == nil || t.resource.Read == nil {
			return -1, nil
		}
		p.look, p.resource, p.call, p.page = readLook(t.resource), t.resource, t.resource.Read, readPager(t.resource)
	case name == "list":
		if t == nil || t.resource == nil || t.resource.List == nil {
			return -1, nil
		}
		p.look, p.resource, p.call, p.page = verdict.Listing, t.resource, t.resource.List, listPager(t.resource)
	default:
		probe := a.e.o.Suite.Provider.Probe(name)
		if probe == nil {
			return a.goPlace(name, p)
		}
		if probe.Call == nil {
			return a.goPlace(probe.Go, p)
		}
		p.call = probe.Call
		a.probePlace(p, probe, s.shown)
	}
	return a.addPlace(p), nil
}

func (a *attempt) goPlace(name string, p *place) (int, error) {
	if a.e.o.Probes[name] == nil {
		return -1, fmt.Errorf("probe %q is written in Go, and nothing of that name is registered in this run", name)
	}
	p.look, p.goProbe = verdict.Probed, name
	return a.addPlace(p), nil
}

// probePlace decides how a probe looks: by selection, at the thing that its path
// names, as a listing in which the thing is looked for, or at a value.
func (a *attempt) probePlace(p *place, probe *contracts.Probe, shown bool) {
	call := probe.Call
	names := probe.Resource != "" && p.thing != nil
	var resource *contracts.Resource
	if p.thing != nil {
		resource = p.thing.resource
	}
	switch {
	case call.Find != nil:
		p.look = verdict.Selection
	case names && inAddress(call, probe.Resource) && call.Items == nil:
		p.look = verdict.ByKey
	case call.Items != nil || call.Next != nil || shown:
		p.look = verdict.Probed
		if shown {
			p.look = verdict.Listing
		}
		p.page = &pager{items: call.Items, next: call.Next, key: keyPath(resource, call)}
	default:
		p.look = verdict.Probed
	}
}

// inAddress tells whether a call's path refers to the named thing.
func inAddress(call *contracts.Call, name string) bool {
	refs := call.Address.Refs()
	for _, data := range call.Path {
		refs = append(refs, data.Refs()...)
	}
	return slices.ContainsFunc(refs, func(ref []string) bool { return ref[0] == name })
}

// addPlace adds a place, or finds the one that looks at the same with the same eyes.
func (a *attempt) addPlace(p *place) int {
	for i, have := range a.places {
		if have.probe == p.probe && have.look == p.look && have.eyes == p.eyes && have.thing == p.thing && have.program == p.program {
			return i
		}
	}
	p.last, p.own = expr.Absent, a.unique
	a.places = append(a.places, p)
	bound := verdict.Place{Probe: p.probe, Look: p.look, Parts: p.parts}
	if p.eyes != nil {
		bound.Eyes = p.eyes.name
	}
	if p.thing != nil {
		bound.Thing = p.thing.name
	}
	if p.call != nil {
		bound.Call = describe(p)
	}
	a.record.Places = append(a.record.Places, bound)
	return len(a.places) - 1
}

// expression makes the place of a general effect: its parts are the probes and
// things that it asks before and after.
func (a *attempt) expression(effect *contracts.Effect, program *expr.Program, subject *thing) (int, error) {
	p := &place{probe: program.Source(), look: verdict.Expression, program: program, thing: subject, eyes: a.me}
	for _, name := range probed(program) {
		at, err := a.part(name, firstOr(effect.As, ""), subject)
		if err != nil {
			return -1, err
		}
		if at >= 0 {
			p.parts = append(p.parts, at)
		}
	}
	return a.addPlace(p), nil
}

// part is the place of a probe, or of a thing, that before, after and reads name.
func (a *attempt) part(name, role string, subject *thing) (int, error) {
	named := a.things[name]
	if named == nil && a.e.o.Suite.Provider.Probe(name) == nil {
		named = a.thingOf(name)
	}
	probe := name
	if named != nil {
		subject, probe = named, "read"
		if named.resource != nil && named.resource.Read == nil {
			probe = "list"
		}
	}
	return a.place(sight{probe, role, subject, false})
}

// probed gives the probes and things that an expression asks the world about.
func probed(program *expr.Program) []string {
	seen := map[string]bool{}
	for _, ref := range program.Refs() {
		if len(ref) > 1 && (ref[0] == "before" || ref[0] == "after" || ref[0] == "reads") {
			seen[ref[1]] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// speaksOfOurs tells whether an expression asks only about things that this cell
// made, so that nobody else can have moved what it sees.
func (a *attempt) speaksOfOurs(program *expr.Program) bool {
	for _, name := range probed(program) {
		if a.things[name] != nil {
			continue
		}
		probe := a.e.o.Suite.Provider.Probe(name)
		if probe == nil || probe.Resource == "" {
			return false
		}
	}
	return true
}

func splitPath(path string) []string { return strings.Split(path, ".") }
