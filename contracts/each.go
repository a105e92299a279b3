package contracts

import (
	"slices"

	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// An Each says how a bulk call answers for every item that was sent, and what must
// be seen of each.
type Each struct {
	Pos     Position
	Of      *expr.Program // the items sent, as a list; an item is the thing as it was sent
	Answer  *expr.Program // the answer for the item at `index`; nil: there is none
	Done    *expr.Program // the answer claims that it happened; nil: whatever is not refused
	Refused *expr.Program // the answer claims that it did not; nil: no answer does
	ID      *expr.Program // the identity of the thing, in the answer or in the item; nil: not named
	// Effect is the sentence. Its Thing is a resource's name: of `creates` what every
	// item makes; of the others, the item itself tells which given thing is meant.
	Effect *Effect
}

// eachVerbs are the sentences that can be true of every item of a call.
var eachVerbs = []Verb{Creates, Updates, Deletes, Shows, Hides}

func (d *draft) readEach(n *node) {
	if n == nil || d.fields(n, eachBlock(), "") == nil {
		return
	}
	s := d.all.with("index", "item", "job") // of a promise the answers may stand where the job tells of them
	answered := s.with("answer")
	e := &Each{
		Pos: n.pos, Of: d.program(n.get("of"), d.all, expr.Any), Answer: d.program(n.get("answer"), s, expr.Any),
		Done: d.program(n.get("done"), answered, expr.Bool), Refused: d.program(n.get("refused"), answered, expr.Bool),
		ID: d.program(n.get("id"), answered, expr.Any),
	}
	for key, program := range map[string]*expr.Program{"answer": e.Answer, "done": e.Done, "refused": e.Refused, "id": e.ID} {
		if d.n.get("accepted") == nil && program != nil && slices.ContainsFunc(program.Refs(), func(ref []string) bool { return ref[0] == "job" }) {
			d.mistake(n.get(key), "write accepted: {poll: …, done: …} beside each: the job is what that asks", "each asks the job, and the contract names none")
		}
	}
	e.Effect = d.eachEffect(n)
	if e.Of != nil && e.Effect != nil {
		d.c.Each = e
	}
}

// eachEffect reads the one sentence of `each`.
func (d *draft) eachEffect(n *node) *Effect {
	var found []Verb
	for _, verb := range eachVerbs {
		if n.get(string(verb)) != nil {
			found = append(found, verb)
		}
	}
	switch len(found) {
	case 0:
		d.mistake(n, "say what must be seen of every item: creates, updates, deletes, shows or hides", "each has no sentence")
		return nil
	case 1:
	default:
		d.mistake(n.key(string(found[1])), "one sentence is true of every item; what else must be seen of the call stands in effects",
			"each has several sentences")
		return nil
	}
	verb := found[0]
	name := n.get(string(verb))
	e := &Effect{Pos: n.key(string(verb)).pos, Verb: verb, Thing: name.text, Resource: d.eachResource(verb, name)}
	if e.Resource == nil {
		return nil
	}
	e.Thing = e.Resource.Name
	if !d.visible(e, name) {
		return nil
	}
	if verb == Creates && d.created != nil {
		d.mistake(n.key(string(verb)), "leave out the other creates: a call makes one thing, or one for each item", "each creates %s, and the contract creates %s already",
			quote(name.text), quote(d.created.Name))
		return nil
	}
	e.In = d.places(e, nil)
	return e
}

// eachResource is the resource that every item is one of: the one that is named, or
// that of the given thing that is named. What an item changes must have been given.
func (d *draft) eachResource(verb Verb, n *node) *Resource {
	if verb != Creates {
		if g := d.c.given(n.text); g != nil && g.Resource != nil {
			return g.Resource
		}
	}
	r := d.resourceNamed(n)
	if r == nil || verb == Creates {
		return r
	}
	if !slices.ContainsFunc(d.c.Given, func(g *Given) bool { return g.Resource == r }) {
		d.mistake(n, "add given: {one: {make: "+r.Name+"}, two: {make: "+r.Name+"}}, and name them in what is sent", "no %s is given that an item could be", quote(r.Name))
		return nil
	}
	return r
}
