package main

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/fixtures/liar"
)

// ask adds a question, unless it is asked already.
func (y *lying) ask(lie liar.Lie, cell *controlled, add advice) {
	if cell == nil && y.unsure || slices.ContainsFunc(y.questions, func(q question) bool { return q.lie.Name == lie.Name }) {
		return
	}
	y.questions = append(y.questions, question{lie: lie, cell: cell, add: add})
}

// apply works out every lie that applies to the contract: from its sentences and what its
// act really sent.
func (y *lying) apply() []question {
	if y.baseless {
		return nil
	}
	if y.repeated != nil {
		y.ask(liar.Lie{Name: "duplicated-write:again"}, y.repeated, y.places("what was made twice is seen there"))
	}
	if y.directed != nil {
		y.ask(liar.Lie{Name: "ignored-directive"}, y.directed, y.places("what was made in spite of it is seen there"))
	}
	if y.vacuous != nil {
		y.ask(liar.Lie{Name: "vacuous-success"}, y.vacuous, line("status: 404  # what is said of what is not there"))
	}
	if findsThing(y.contract) {
		if y.done != nil {
			y.ask(liar.Lie{Name: "filtered-empty"}, y.done, line("finds: THING  # which the reply must contain"))
		}
		return y.questions
	}
	if y.done != nil && !y.done.result.Record.Act.Read {
		y.swallowed()
		for _, effect := range y.contract.Effects {
			y.ofEffect(effect)
		}
		if each := y.contract.Each; each != nil {
			y.ofEffect(each.Effect)
			y.eachItem(each)
		} else {
			y.fields()
		}
	}
	if method := y.contract.Act.Method; method != "GET" && method != "HEAD" {
		y.ofCases()
	}
	return y.questions
}

// swallowed are the lies that every write can be told about.
func (y *lying) swallowed() {
	done := y.places("there it is seen whether anything was done")
	verb := y.verb()
	if verb == contracts.Deletes {
		y.ask(liar.Lie{Name: "ineffective-delete"}, y.done, done)
	} else {
		y.ask(liar.Lie{Name: lostName(y.contract)}, y.done, done)
	}
	if y.contract.Accepted == nil && y.contract.Each == nil { // of a bulk, a 202 without answers claims nothing
		y.ask(liar.Lie{Name: "accepted-then-lost"}, y.done, done)
	}
	if body := y.saysNo(); body != nil {
		y.ask(liar.Lie{Name: "in-band-error", Body: body}, y.done, done)
	}
	seen := y.places("what was made in spite of an error is found there")
	y.ask(liar.Lie{Name: "error-left-a-trace"}, y.done, seen)
	y.ask(liar.Lie{Name: "phantom-write"}, y.done, seen)
	if verb == "" {
		return
	}
	y.ask(liar.Lie{Name: "reverted-write"}, y.done, line("stays: 1s  # or as long as it may take them to undo it"))
	// As late as possible: of what was asked for in time and answered late, nobody can say when it was so.
	if late := y.within + min(max((y.patience-y.within)/2, 300*time.Millisecond), 2*time.Second); late < y.patience {
		y.ask(liar.Lie{Name: "late-effect", Within: late}, y.done, line("within: 5s  # or what else is too late"))
	}
}

// lostName is the lie that nothing came of it: of what is only promised, the job is said
// to be done.
func lostName(contract *contracts.Contract) string {
	if contract.Accepted != nil {
		return "accepted-then-lost:job"
	}
	return "lost-write"
}

// verb is the first sentence that says what the act does, "" for none.
func (y *lying) verb() contracts.Verb {
	effects := y.contract.Effects
	if y.contract.Each != nil {
		effects = append(slices.Clone(effects), y.contract.Each.Effect)
	}
	for _, effect := range effects {
		switch effect.Verb {
		case contracts.Creates, contracts.Updates, contracts.Deletes, contracts.Shows:
			return effect.Verb
		}
	}
	return ""
}

// saysNo is a body that the provider's or the contract's `refusal` takes for a no.
func (y *lying) saysNo() map[string]any {
	program := y.contract.Refusal
	if program == nil {
		program = y.suite.Provider.Refusal
	}
	if program == nil {
		return nil
	}
	for _, body := range []map[string]any{
		{"ok": false, "error": "quota_exceeded"}, {"success": false, "error": "quota_exceeded"}, {"status": "error", "error": "quota_exceeded"},
		{"errors": []any{map[string]any{"message": "quota exceeded"}}}, {"error": map[string]any{"code": json.Number("9"), "message": "quota exceeded"}},
		{"result": "error"}, {"code": json.Number("9")}, {"status": "failed"}, {"data": nil, "errors": []any{map[string]any{"message": "quota exceeded"}}},
	} {
		vars := expr.Vars{"response": map[string]any{"status": json.Number("200"), "headers": map[string]any{}, "body": body}}
		if truth, err := program.Truth(vars); err == nil && truth == expr.True {
			return body
		}
	}
	return nil
}

// ofEffect are the lies about one sentence.
func (y *lying) ofEffect(effect *contracts.Effect) {
	half := func(place string, add advice) {
		y.ask(liar.Lie{Name: "half-done:" + place, Place: place}, y.done, add)
	}
	switch effect.Verb {
	case contracts.Creates:
		if act := y.done.result.Record.Act; act.Location && act.Status == 201 {
			y.ask(liar.Lie{Name: "wrong-success"}, y.done, line("read: CALL  # to resource %s in provider.yaml, which shows that it was made", effect.Resource.Name))
		}
		if effect.Resource.List == nil {
			y.ask(liar.Lie{Name: "duplicated-write"}, y.done, y.listing(effect.Resource, "what was made twice is seen there only"))
		}
		y.ask(liar.Lie{Name: "duplicated-write"}, y.done, line("stays: 1s  # the second may come after the first has been seen"))
		y.astray(effect)
		if effect.Resource.Read != nil {
			half("read", y.places("what is listed there shows that these eyes see"))
		}
		if effect.Resource.List == nil {
			y.ask(liar.Lie{Name: "half-done:list", Place: "list"}, nil, y.listing(effect.Resource, "nobody looks whether it is listed"))
		} else {
			half("list", y.places(""))
		}
	case contracts.Updates:
		y.ofUpdate(effect)
	case contracts.Deletes, contracts.Shows:
		for _, place := range effect.In {
			half(place, line("in: [read, list]  # to the sentence"))
		}
		if effect.Verb == contracts.Deletes {
			y.ofDelete(effect)
		}
	case contracts.Sends:
		y.ofSends(effect)
	case contracts.Hides:
		for _, role := range effect.As {
			who := "other"
			if role == "nobody" {
				who = role
			}
			y.ask(liar.Lie{Name: "leaked:" + who, Place: who}, y.done, line("as: [other, nobody]  # to hides: %s", effect.Thing))
		}
	case contracts.Expects:
		for _, name := range probesOf(effect, y.suite.Provider) {
			half(name, line("an expect that tells %s before from %[1]s after", name))
		}
	}
}

func (y *lying) ofUpdate(effect *contracts.Effect) {
	spared := y.spared(effect)
	y.ask(liar.Lie{Name: "side-effect", Spared: spared}, y.done, line("updates: %s  # which also says that all other fields stay", effect.Thing))
	if len(y.others(effect)) == 0 {
		y.ask(liar.Lie{Name: "side-effect:neighbour"}, nil, y.neighbour(effect.Resource))
		return
	}
	y.ask(liar.Lie{Name: "side-effect:neighbour", Spared: spared[:max(0, len(spared)-len(y.sent))]}, y.done, line("keeps: [%s]  # nobody looks at it", y.others(effect)[0]))
}

func (y *lying) ofDelete(effect *contracts.Effect) {
	if effect.Resource == nil {
		return
	}
	if effect.Resource.List == nil {
		y.ask(liar.Lie{Name: "side-effect:sibling"}, nil, y.listing(effect.Resource, "nobody looks whether the others remain"))
		return
	}
	y.ask(liar.Lie{Name: "side-effect:sibling"}, y.done, line("in: [read, list]  # to the sentence, so that others of it are seen to remain"))
}

// others are the given things of the resource besides the one that is acted on.
func (y *lying) others(effect *contracts.Effect) []string {
	var names []string
	for _, given := range y.contract.Given {
		if given.Resource == effect.Resource && given.Name != effect.Thing {
			names = append(names, given.Name)
		}
	}
	return names
}

// spared are the fields of a thing that may move, those that were sent last.
func (y *lying) spared(effect *contracts.Effect) []string {
	var names []string
	for _, f := range effect.Resource.Fields {
		if f.Mask != contracts.Exact && f.Mask != contracts.Text && f.Mask != contracts.Set {
			names = append(names, f.Path[0])
		}
	}
	for _, path := range effect.Also {
		names = append(names, path[0])
	}
	for _, bound := range y.done.result.Record.Effects {
		if want, ok := bound.Want.(map[string]any); ok {
			for name := range want {
				if _, sent := y.sent[name]; !sent {
					names = append(names, name)
				}
			}
		}
	}
	return append(names, sortedNames(y.sent)...)
}

// probesOf are the probes that an expression names.
func probesOf(effect *contracts.Effect, provider *contracts.Provider) []string {
	var names []string
	for _, ref := range effect.Expect.Refs() {
		if len(ref) > 1 && (ref[0] == "after" || ref[0] == "before") && provider.Probe(ref[1]) != nil && !slices.Contains(names, ref[1]) {
			names = append(names, ref[1])
		}
	}
	return names
}
