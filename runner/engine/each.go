package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// A bulk is what a call with `each` sends: several items, each a thing of its own, in
// one request that is sent once. All that it makes carries one marker, is one intent
// in the journal, and is found again by the text around the marker.
type bulk struct {
	each  *contracts.Each
	list  int      // index of the place that lists what is created; -1 for none
	items []*thing // what each item makes, or the given thing that it names; nil for none
	given map[*thing]*verdict.Effect
}

// bindEach binds the sentence of `each` as far as it goes before anything is sent: what
// is created is looked for in the list; what was given is in its own places.
func (a *attempt) bindEach() error {
	each := a.cell.Contract.Each
	if each == nil {
		return nil
	}
	a.bulk = &bulk{each: each, list: -1, given: map[*thing]*verdict.Effect{}}
	if each.Effect.Verb == contracts.Creates {
		at, err := a.place(sight{"list", "", a.created, true})
		a.bulk.list = at
		return err
	}
	for _, t := range a.given {
		if t.resource != each.Effect.Resource {
			continue
		}
		bound := a.eachEffect()
		bound.Thing = t.name
		in := each.Effect.In
		if each.Effect.Verb == contracts.Updates {
			in = a.ownPlaces(each.Effect, t)
		}
		if err := a.bindIn(each.Effect, bound, t, in); err != nil {
			return err
		}
		a.bulk.given[t] = bound
		a.record.Effects = append(a.record.Effects, *bound)
	}
	return nil
}

func (a *attempt) eachEffect() *verdict.Effect {
	effect := a.cell.Contract.Each.Effect
	return &verdict.Effect{
		Verb: effect.Verb, Sentence: effect.Sentence(), Thing: effect.Thing,
		At: fmt.Sprintf("%s:%d", effect.Pos.File, effect.Pos.Line), Masks: a.e.masksOf(effect),
	}
}

// sendsItems makes the items of what is about to be sent into things and effects.
func (a *attempt) sendsItems() error {
	if a.bulk == nil {
		return nil
	}
	value, err := a.bulk.each.Of.Eval(a.vars(nil))
	sent, isList := value.([]any)
	if err != nil || !isList || len(sent) == 0 {
		why := fmt.Sprintf("it gives %s", expr.Format(plainValue(value)))
		if err != nil {
			why = err.Error()
		}
		return &haltError{"setup-failed", "each: `of` names no items of what is sent: " + why, "it is a list, such as request.body.items"}
	}
	a.record.Effects = a.record.Effects[:len(a.cell.Contract.Effects)]
	for i, item := range sent {
		each := verdict.Each{Title: a.itemTitle(item), Sent: plainValue(item), Marked: markedFields(item, a.unique, a.uuid)}
		a.record.Each = append(a.record.Each, each)
		t, bound, err := a.itemEffect(i, item)
		if err != nil {
			return err
		}
		a.bulk.items = append(a.bulk.items, t)
		if bound == nil {
			a.record.Remarks = append(a.record.Remarks, fmt.Sprintf("item %d of %d names nothing that was given, and is not judged", i+1, len(sent)))
			continue
		}
		bound.Item = i + 1
		bound.Sentence = fmt.Sprintf("%s, item %d of %d%s", bound.Sentence, i+1, len(sent), each.Title)
		a.record.Effects = append(a.record.Effects, *bound)
	}
	a.markItems()
	return nil
}

// itemTitle is what tells an item from the others in a message: its text that carries
// the marker, else the item where it is no more than a text or a number.
func (a *attempt) itemTitle(item any) string {
	text := plain(item)
	if fields, isMap := item.(map[string]any); isMap {
		marked := markedFields(fields, a.unique, a.uuid)
		if len(marked) == 0 {
			return ""
		}
		text = plain(marked[slices.Sorted(maps.Keys(marked))[0]])
	}
	const most = 60
	if short := []rune(text); len(short) > most {
		text = string(short[:most]) + "…"
	}
	return fmt.Sprintf(" (%q)", text)
}

// itemEffect is what must be seen of an item, and of which thing; nil where it names
// none that was given.
func (a *attempt) itemEffect(i int, item any) (*thing, *verdict.Effect, error) {
	if a.bulk.each.Effect.Verb != contracts.Creates {
		return a.itemGiven(i, item)
	}
	t := &thing{
		name: fmt.Sprintf("%s %d", a.created.name, i+1), resource: a.created.resource, maker: a.actor, unique: a.unique, uuid: a.uuid,
		sent: item, marked: markedFields(item, a.unique, a.uuid), removal: a.created.removal,
	}
	bound := a.eachEffect()
	bound.Want, bound.Marker = plainValue(item), a.unique
	at, err := a.place(sight{"read", "", t, true})
	if err != nil {
		return nil, nil, err
	}
	for _, place := range []int{at, a.bulk.list} {
		if place >= 0 {
			a.where(a.bulk.each.Effect, bound, place, nil)
		}
	}
	return t, bound, nil
}

// itemGiven is the given thing that an item names: by `id`, where that asks the item,
// else by its identity standing anywhere in it.
func (a *attempt) itemGiven(i int, item any) (*thing, *verdict.Effect, error) {
	var named any
	if id := a.bulk.each.ID; id != nil {
		named, _ = id.Eval(a.itemVars(i, expr.Absent))
	}
	for _, t := range a.given {
		given := a.bulk.given[t]
		if given == nil || t.key == nil {
			continue
		}
		if identityText(named) != "" && !expr.SameIdentity(named, t.key) || identityText(named) == "" && !mentionsKey(item, identityText(t.key)) {
			continue
		}
		bound := *given
		bound.Key, bound.Marker = identityText(t.key), t.unique
		if bound.Verb == contracts.Updates {
			bound.Want = wantedOf(item, t)
			bound.Also = behind(t.resource, bound.Want)
		}
		return t, &bound, nil
	}
	return nil, nil, nil
}

// mentionsKey tells whether an identity stands in a value, as a whole.
func mentionsKey(value any, key string) bool {
	switch v := value.(type) {
	case map[string]any:
		for _, element := range v {
			if mentionsKey(element, key) {
				return true
			}
		}
		return false
	case []any:
		return slices.ContainsFunc(v, func(element any) bool { return mentionsKey(element, key) })
	}
	return key != "" && identityText(value) == key
}

// markItems lets the act's thing be found by what any of the items carries.
func (a *attempt) markItems() {
	if a.created == nil {
		return
	}
	a.created.marked, a.created.sent = nil, nil
	for i := range a.record.Each {
		if marked := a.record.Each[i].Marked; len(marked) > 0 {
			a.created.each = append(a.created.each, marked)
		}
	}
}

// itemVars are what the expressions of `each` see of one item.
func (a *attempt) itemVars(i int, answer any) expr.Vars {
	vars := a.vars(nil)
	vars["index"], vars["item"], vars["answer"] = number(int64(i)), orAbsent(a.record.Each[i].Sent), answer
	if vars["job"] = expr.Absent; a.job != nil {
		vars["job"] = a.job.value
	}
	return vars
}

// answeredItems reads out of the reply what it says of every item.
func (a *attempt) answeredItems(reply *wire.Reply) {
	if a.bulk == nil {
		return
	}
	spoken := reply.Failure == nil && reply.Status/100 == 2 && !a.bulk.awaits(a)
	for i := range a.record.Each {
		each, answer := &a.record.Each[i], any(expr.Absent)
		if spoken {
			answer = a.itemAnswer(i)
		}
		if storable(answer) {
			each.Answer = plainValue(answer)
		}
		if spoken {
			each.Claim, each.Why = a.itemClaim(i, answer)
			if each.Claim == contracts.Unclear && a.record.Act.Refusal == verdict.True {
				each.Claim, each.Why = "", "" // it is the body as a whole that says no
			}
		}
		a.identifyItem(i, answer)
	}
}

// awaits tells whether the answers for the items stand in what the job tells, and nobody
// has heard of it yet.
func (b *bulk) awaits(a *attempt) bool {
	return a.job != nil && verdict.Claim(a.record.Act) == contracts.Accepted && speaks("job", b.each.Answer, b.each.Done, b.each.Refused, b.each.ID)
}

func speaks(name string, programs ...*expr.Program) bool {
	return slices.ContainsFunc(programs, func(p *expr.Program) bool {
		return slices.ContainsFunc(refsOf(p), func(ref []string) bool { return ref[0] == name })
	})
}

// answeredByJob reads out of a job that is over what it says of every item. Of a job that
// has failed what it does not name has failed, too.
func (a *attempt) answeredByJob(reading verdict.Reading) {
	if a.bulk == nil || reading.Truth != verdict.True && reading.Failed != verdict.True || !a.bulk.awaits(a) {
		return
	}
	for i := range a.record.Each {
		each, answer := &a.record.Each[i], a.itemAnswer(i)
		if answer == expr.Absent && reading.Failed == verdict.True {
			continue
		}
		if storable(answer) {
			each.Answer = plainValue(answer)
		}
		each.ByJob = true
		each.Claim, each.Why = a.itemClaim(i, answer)
		a.identifyItem(i, answer)
	}
}

// answersAt is the path of the answers in a reply: what of them may differ, by the masks,
// may do so in every one.
func (b *bulk) answersAt() []string {
	for _, ref := range refsOf(b.each.Answer) {
		if len(ref) > 1 && ref[0] == "response" {
			return ref[1:]
		}
	}
	return []string{"body"}
}

// itemAnswer is the answer for an item; absent where there is none.
func (a *attempt) itemAnswer(i int) any {
	program := a.bulk.each.Answer
	if program == nil {
		return expr.Absent
	}
	answer, err := program.Eval(a.itemVars(i, expr.Absent))
	if err != nil {
		return expr.Unknown{Why: err.Error()}
	}
	return answer
}

// itemClaim is what the answer for an item claims; "" where the contract does not say,
// and the status speaks for it.
func (a *attempt) itemClaim(i int, answer any) (contracts.Claim, string) {
	each := a.bulk.each
	if each.Answer != nil && answer == expr.Absent {
		return contracts.Unclear, "there is no answer for it"
	}
	vars := a.itemVars(i, answer)
	ask := func(program *expr.Program) verdict.Truth {
		if program == nil {
			return verdict.False
		}
		return truthOf(program.Truth(vars))
	}
	done, refused := ask(each.Done), ask(each.Refused)
	switch {
	case done == verdict.Unknown || refused == verdict.Unknown:
		return contracts.Unclear, "its answer cannot be understood"
	case done == verdict.True && refused == verdict.True:
		return contracts.Unclear, "its answer says both done and refused"
	case done == verdict.True:
		return contracts.Done, ""
	case refused == verdict.True:
		return contracts.Refused, ""
	case each.Done == nil:
		return "", ""
	}
	return contracts.Unclear, "its answer says neither done nor refused"
}

// identifyItem learns the identity of what an item made. A refusal names nothing that
// it made; an identity that the client chose stands in the request, whatever comes back.
func (a *attempt) identifyItem(i int, answer any) {
	t, id := a.bulk.items[i], a.bulk.each.ID
	if a.created == nil || t == nil || t.keyFrom == "request" {
		return
	}
	t.made, t.madeAt, t.unanswered, t.intent = a.created.made, a.created.madeAt, a.created.unanswered, a.created.intent
	value, from := any(expr.Absent), "body"
	if a.record.Each[i].ByJob {
		from = "job"
	}
	switch {
	case id != nil && !speaksOfAnswer(id):
		from = "request"
		value, _ = id.Eval(a.itemVars(i, expr.Absent))
	case a.record.Each[i].Claim == contracts.Refused || verdict.Claim(a.record.Act) == contracts.Refused:
		return
	case id != nil:
		value, _ = id.Eval(a.itemVars(i, answer))
	case answer != expr.Absent:
		value = walkPath(answer, keyPath(t.resource, nil))
	}
	if text := identityText(value); text != "" && len(text) <= longestIdentity && !a.madeFirst(value) {
		t.key, t.keyFrom = value, from
		a.knowItem(i)
	}
}

// madeFirst tells whether an answer to the second of two acts names what the first made.
func (a *attempt) madeFirst(key any) bool {
	return a.first != nil && slices.ContainsFunc(a.first.bulk.items, func(t *thing) bool {
		return t != nil && t.key != nil && expr.SameIdentity(key, t.key)
	})
}

// speaksOfAnswer tells whether an `id` asks what came back, and not only what was sent.
func speaksOfAnswer(id *expr.Program) bool {
	return slices.ContainsFunc(id.Refs(), func(ref []string) bool { return ref[0] == "answer" || ref[0] == "response" || ref[0] == "job" })
}

// knowItem puts an item's identity into the record, and tells the journal.
func (a *attempt) knowItem(i int) {
	t, each := a.bulk.items[i], &a.record.Each[i]
	each.Key, each.KeyFrom = identityText(t.key), t.keyFrom
	for at := range a.record.Effects {
		if a.record.Effects[at].Item == i+1 {
			a.record.Effects[at].Key = each.Key
		}
	}
	if t.keyFrom != "request" { // there may be nothing under it
		a.seen(t)
	}
}

// learnItems takes identities that no answer named from the list. Items with the same
// text are left alone: of the first that shows, nobody knows which one it is.
func (a *attempt) learnItems(p *place) {
	for i, t := range a.bulk.items {
		if t.key != nil || a.hasTwin(t) {
			continue
		}
		last := p.last
		t.learn(p)
		if a.madeFirst(t.key) {
			t.key = nil
		}
		if p.last = last; t.key != nil {
			a.knowItem(i)
		}
	}
}

// hasTwin tells whether another item was sent with the same text around the marker.
func (a *attempt) hasTwin(t *thing) bool {
	return slices.ContainsFunc(a.bulk.items, func(o *thing) bool { return o != t && len(differing(o.marked, t.marked)) == 0 })
}

// madeByAct tells whether the act was to make a thing, alone or as one of several.
func (a *attempt) madeByAct(t *thing) bool {
	return t != nil && (t == a.created || a.created != nil && a.bulk != nil && slices.Contains(a.bulk.items, t))
}

// missed tells how many of the things that the act was to make were said to be made, or
// may have been, and are not among those that were found.
func (c *cleaning) missed(t *thing, found int) bool {
	if c.bulk == nil || t != c.created {
		return found == 0
	}
	expected := 0
	for i := range c.record.Each {
		if c.record.Each[i].Claim != contracts.Refused {
			expected++
		}
	}
	return found < expected
}

// planned is how many items a cell will send, as far as that is known before anything
// is made: what stands in its body, with every expression as its own text.
func plannedItems(cell *Cell) int {
	each, call := cell.Contract.Each, cell.Act()
	if each == nil || call.Body == nil {
		return 1
	}
	vars := settled(expr.Vars{"request": map[string]any{"body": sketch(call.Body), "method": call.Method, "path": map[string]any{}, "query": map[string]any{}, "headers": map[string]any{}}})
	value, err := each.Of.Eval(vars)
	if list, isList := value.([]any); err == nil && isList {
		return max(len(list), 1)
	}
	return 1
}

// sketch is data with its templates as they stand in the file.
func sketch(data *expr.Data) any {
	switch data.Kind {
	case expr.DataMap:
		fields := map[string]any{}
		for _, entry := range data.Entries() {
			if entry.Value.Kind != expr.DataRemove {
				fields[entry.Key] = sketch(entry.Value)
			}
		}
		return fields
	case expr.DataList:
		items := []any{}
		for _, item := range data.Items() {
			items = append(items, sketch(item))
		}
		return items
	case expr.DataTemplate:
		return data.Template().Source()
	}
	value, _ := data.Literal()
	return value
}

// sentTo is what the act sends for a given thing.
func (a *attempt) sentTo(t *thing, call *contracts.Call, request *request) any {
	if a.bulk == nil {
		return sentPart(t.resource, call, request)
	}
	if at := slices.Index(a.bulk.items, t); at >= 0 {
		return orAbsent(a.record.Each[at].Sent)
	}
	return expr.Absent
}

// bears tells whether anything of the thing, or of what was made together with it, was
// sent with its marker.
func (t *thing) bears() bool { return len(t.marked)+len(t.each) > 0 }

// eachTrace is traceIn for a thing that stands for several: as one of them shows it best.
func (t *thing) eachTrace(raw any) trace {
	best := noTrace
	for _, marked := range t.each {
		one := *t
		one.each, one.marked = nil, marked
		best = max(best, one.traceIn(raw))
	}
	return best
}

// eachEqual tells whether an item is one of several things as it was sent.
func (t *thing) eachEqual(raw any) bool {
	return slices.ContainsFunc(t.each, func(marked map[string]any) bool {
		one := *t
		one.each, one.marked = nil, marked
		return one.equalMarked(raw)
	})
}

// explainEach spells out what every item must show.
func (a *attempt) explainEach() []Explained {
	if a.bulk == nil {
		return nil
	}
	each, bound := a.bulk.each, a.eachEffect()
	if a.created != nil {
		for _, name := range a.ownPlaces(each.Effect, a.created) {
			if at, err := a.place(sight{name, "", a.created, true}); err == nil && at >= 0 {
				a.where(each.Effect, bound, at, nil)
			}
		}
	} else {
		for _, of := range a.record.Effects[len(a.cell.Contract.Effects):] {
			bound.Where = append(bound.Where, of.Where...)
		}
	}
	bound.Sentence += ", for each of " + each.Of.Source()
	x := a.explain(bound, each.Effect)
	x.Done = append([]string{claimText(each.Done, "the answer for an item is done", "an item that is not refused claims what the status claims")}, x.Done...)
	x.Refused = strings.Join([]string{claimText(each.Refused, "the answer for an item is refused", "no answer for an item is a refusal"), x.Refused}, "; ")
	return []Explained{x}
}

func claimText(program *expr.Program, written, otherwise string) string {
	if program == nil {
		return otherwise
	}
	return written + " where " + program.Source()
}
