package main

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/fixtures/liar"
)

// doneItems tells whether a cell sent items of which one is done.
func (k *controlled) doneItems() bool {
	done, _ := k.answered()
	return len(done) > 0
}

// answered are the indexes of the items that were done and of those that were refused.
func (k *controlled) answered() (done, refused []int) {
	for i, item := range k.result.Record.Each {
		claim := item.Claim
		if claim == "" {
			claim = k.claim()
		}
		switch claim {
		case contracts.Done:
			done = append(done, i)
		case contracts.Refused:
			refused = append(refused, i)
		}
	}
	return done, refused
}

// itemsOf says where the items of a bulk call and their answers are. why is the reason
// that a liar cannot know: expressions that are more than a path.
func itemsOf(each *contracts.Each) (items *liar.Items, why string) {
	if each == nil {
		return nil, ""
	}
	items = &liar.Items{Silent: each.Answer == nil}
	if each.Of.Source() != "request.body" {
		if items.Of = plainPath(each.Of, "request"); items.Of == nil {
			return nil, "of: " + each.Of.Source() + " is no plain path"
		}
	}
	if each.Answer != nil {
		list, within, found := strings.Cut(each.Answer.Source(), "[index]")
		items.Answers, found = dotted(list, "response.body", found)
		if items.Within, found = dotted(within, "", found); !found {
			return nil, "answer: " + each.Answer.Source() + " is no plain path with [index] in it"
		}
		items.ID = plainPathOf(each.ID, "answer.")
	}
	return items, ""
}

// dotted is the path behind a beginning, nil for the beginning itself.
func dotted(text, beginning string, ok bool) ([]string, bool) {
	rest, begins := strings.CutPrefix(text, beginning)
	switch {
	case !ok || !begins || strings.ContainsAny(rest, "()[] +?:\"'"):
		return nil, false
	case rest == "":
		return nil, true
	}
	rest, behind := strings.CutPrefix(rest, ".")
	return strings.Split(rest, "."), behind
}

// ofItems learns from done how its items are answered.
func (y *lying) ofItems() {
	if y.contract.Each == nil {
		return
	}
	y.sent = nil
	if y.items, y.plain = itemsOf(y.contract.Each); y.items == nil {
		return
	}
	y.items.Done, y.items.Refused = y.done.answered()
	for _, i := range y.items.Done {
		y.sent, _ = y.done.result.Record.Each[i].Sent.(map[string]any)
		break
	}
}

// eachItem are the lies about one item of a bulk call.
func (y *lying) eachItem(each *contracts.Each) {
	if y.items == nil {
		y.cannot("lost-write:item", y.plain)
		return
	}
	y.ask(liar.Lie{Name: "lost-write:item"}, y.done, y.places("there it is seen whether anything was done"))
	verb := each.Effect.Verb
	if verb == contracts.Creates {
		y.ask(liar.Lie{Name: "duplicated-write:item"}, y.done, y.listing(each.Effect.Resource, "what was made twice is seen there only"))
	}
	if verb == contracts.Creates || verb == contracts.Updates {
		y.itemField()
	}
	if y.items.Silent {
		return
	}
	if len(y.items.Refused) > 0 {
		y.ask(liar.Lie{Name: "phantom-write:item"}, y.done, y.places("what was made in spite of a refusal is found there"))
	} else {
		y.ask(liar.Lie{Name: "phantom-write:item"}, nil, line("an item that must be refused to what is sent: the others are to be done all the same, or none"))
	}
	if len(y.items.Done) > 1 && y.items.ID != nil {
		y.ask(liar.Lie{Name: "unexpected-reply:crossed"}, y.done, line("id: answer.ID  # to each: it names the thing in its answer"))
	}
}

// itemField are the lies about one field of an item, one that the API takes them for.
func (y *lying) itemField() {
	names := y.compared(sortedNames(y.sent))
	isNumber := func(name string) bool { _, is := y.sent[name].(json.Number); return is }
	isText := func(name string) bool { _, is := y.sent[name].(string); return is }
	for lie, choose := range map[string]func(name string) bool{
		"altered-value:item": isNumber,                                                           // a text may have to be one of a few
		"dropped-field:item": func(name string) bool { return !isNumber(name) && !isText(name) }, // lists and flags are seldom required
	} {
		if len(names) == 0 {
			return
		}
		name := names[max(0, slices.IndexFunc(names, choose))]
		y.ask(liar.Lie{Name: lie, Field: []string{name}}, y.done, y.compare(name))
	}
}

// cannot enters a lie that no liar can tell about the contract, and why.
func (y *lying) cannot(name, why string) {
	y.questions = append(y.questions, question{lie: liar.Lie{Name: name}, cannot: why})
}
