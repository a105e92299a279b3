package contracts

import (
	"slices"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// verbs are the sentences that stand alone at the top of a contract.
var verbs = []Verb{Creates, Updates, Deletes, Shows, Hides, Finds, Sends}

// readEffects reads the one sentence at the top level, or `effects`.
func (d *draft) readEffects() {
	top := d.sentences(d.n)
	list := d.n.get("effects")
	switch {
	case list != nil && len(top) > 0:
		d.mistake(d.n.key(string(top[0])), "move it into effects", "a contract has one sentence at the top level, or effects")
	case len(top) > 1:
		d.mistake(d.n.key(string(top[1])), "write several as effects: [{"+string(top[0])+": …}, {"+string(top[1])+": …}]",
			"%s is a second sentence at the top level", quote(string(top[1])))
	case list != nil:
		d.effectList(list)
	case len(top) == 1:
		d.addEffect(d.n, top[0], true)
	}
	if len(top) == 0 {
		for _, key := range []string{"set", "from", "also", "in", "where", "times", "fails"} {
			if d.n.get(key) != nil {
				d.mistake(d.n.key(key), "it belongs to a sentence: creates, updates, deletes, shows, hides, finds or sends", "%s stands without its sentence", quote(key))
			}
		}
	}
	if k := d.n.get("keeps"); k != nil {
		d.addKeeps(d.n.key("keeps"), k, Waits{})
	}
	d.lookingExpect()
	if len(d.c.Effects) == 0 && list == nil && len(top) == 0 && d.n.get("each") == nil {
		d.keepGiven()
	}
}

// lookingExpect takes an `expect` of the contract that asks how the world is after
// the act for what it is: an effect. A reply alone could never answer it.
func (d *draft) lookingExpect() {
	if d.c.Expect == nil || !looksAfter(d.c.Expect) {
		return
	}
	d.c.Effects = append(d.c.Effects, &Effect{Pos: d.n.key("expect").pos, Verb: Expects, Expect: d.c.Expect})
	d.c.Expect = nil
}

// looksAfter tells whether an expression names readings made after the act.
func looksAfter(p *expr.Program) bool {
	return slices.ContainsFunc(p.Refs(), func(ref []string) bool { return ref[0] == "after" || ref[0] == "reads" })
}

// looksAt are the names behind before and after in the general form, and the
// probes of keeps.
func (e *Effect) looksAt() []string {
	var out []string
	for _, k := range e.Kept {
		out = append(out, k.Probe)
	}
	for _, p := range []*expr.Program{e.Expect, e.Fails} {
		if p == nil {
			continue
		}
		for _, ref := range p.Refs() {
			if len(ref) > 1 && slices.Contains([]string{"before", "after", "reads"}, ref[0]) && !slices.Contains(out, ref[1]) {
				out = append(out, ref[1])
			}
		}
	}
	return out
}

// keepGiven is the rule that without an effect every given thing is kept.
func (d *draft) keepGiven() {
	e := &Effect{Pos: d.c.Pos, Verb: Keeps, Implied: true}
	for _, g := range d.c.Given {
		if !g.Implied && g.Resource != nil {
			e.Kept = append(e.Kept, Kept{Pos: g.Pos, Thing: g.Name})
		}
	}
	if len(e.Kept) > 0 {
		d.c.Effects = append(d.c.Effects, e)
	}
}

func (d *draft) sentences(n *node) []Verb {
	var out []Verb
	for _, v := range verbs {
		if n.get(string(v)) != nil {
			out = append(out, v)
		}
	}
	return out
}

func (d *draft) effectList(n *node) {
	if n.shape != list || len(n.items) == 0 {
		d.mistake(n, "write - updates: review, or - name: … with expect: …", "effects must be a list of sentences")
		return
	}
	for _, item := range n.items {
		if d.fields(item, effectBlock(), "") == nil {
			continue
		}
		found := d.sentences(item)
		keeps, expect := item.get("keeps"), item.get("expect")
		count := len(found)
		if keeps != nil {
			count++
		}
		if expect != nil {
			count++
		}
		switch {
		case count == 0:
			d.mistake(item, "an effect is one of creates, updates, deletes, shows, hides, finds, sends, keeps, or name and expect", "the effect has no sentence")
		case count > 1:
			d.mistake(item, "write each as its own effect", "the effect has several sentences")
		case keeps != nil:
			d.addKeeps(item, keeps, d.waits(item))
		case expect != nil:
			d.addExpect(item, expect)
		default:
			d.addEffect(item, found[0], false)
		}
	}
}

// belongs lists the sentences that a key goes with.
var belongs = []struct {
	key   string
	verbs []Verb
	hint  string
}{
	{"set", []Verb{Updates}, "set says what updates wants; what creates wants is what was sent"},
	{"from", []Verb{Updates}, "from says what updates finds before"},
	{"also", []Verb{Updates}, "also lists further fields that updates may change"},
	{"in", []Verb{Deletes, Shows, Hides}, "to look in further places add an effect `shows`"},
	{"where", []Verb{Sends}, "where chooses among the events of sends"},
	{"times", []Verb{Sends}, "times counts the events of sends"},
}

func (d *draft) addEffect(n *node, verb Verb, top bool) {
	key := n.get(string(verb))
	e := &Effect{Pos: n.key(string(verb)).pos, Verb: verb}
	if d.text(key, string(verb)) == "" {
		return
	}
	for _, b := range belongs {
		if n.get(b.key) != nil && !slices.Contains(b.verbs, verb) {
			d.mistake(n.key(b.key), b.hint, "%s does not go with %s", quote(b.key), verb)
		}
	}
	e.Thing = key.text
	if verb == Sends {
		d.readSends(e, n, key, top)
		d.c.Effects = append(d.c.Effects, e)
		return
	}
	if !d.nameThing(e, key) {
		return
	}
	e.Set = d.dataMap(n.get("set"), d.all.without("after"), "set")
	e.From = d.dataMap(n.get("from"), d.scope, "from")
	for _, f := range d.loader.words(n.get("also"), "also") {
		if path := d.fieldPath(f); path != nil {
			e.Also = append(e.Also, path)
		}
	}
	e.Fails = d.program(n.get("fails"), d.all, expr.Bool)
	if !top {
		e.As = d.roles(n.get("as"))
		e.Waits = d.waits(n)
	}
	e.In = d.places(e, n.get("in"))
	d.c.Effects = append(d.c.Effects, e)
	d.checkWaits(n, e)
}

// nameThing resolves the name of a sentence.
func (d *draft) nameThing(e *Effect, n *node) bool {
	if e.Verb == Creates {
		if e.Resource = d.resourceNamed(n); e.Resource == nil {
			return false
		}
		if e.Resource.Read == nil && e.Resource.List == nil {
			d.mistake(n, "write read or list in provider.yaml", "resource %s has neither read nor list: nobody could see it made", quote(e.Thing))
		}
		return true
	}
	if g := d.c.given(e.Thing); g != nil {
		e.Resource = g.Resource
		return d.visible(e, n)
	}
	r := d.provider.Resource(e.Thing)
	switch {
	case r != nil && r == d.created && e.Verb != Updates && e.Verb != Deletes:
		e.Resource = r
		return d.visible(e, n)
	case r != nil && e.Verb == Updates && d.n.get("cleanup") != nil:
		e.Resource = r
		return d.visible(e, n)
	case r != nil && e.Verb == Updates:
		d.mistake(n, "add given: "+r.Name+", or a cleanup that puts `before` back", "%s was not made here, and nothing puts it back", quote(e.Thing))
	case r != nil:
		d.mistake(n, "add given: "+r.Name, "this contract has no %s: a resource is not a thing", quote(e.Thing))
	default:
		d.mistake(n, didYouMean(e.Thing, d.things())+"things of this contract are "+sentence(d.things()), "there is no thing %s", quote(e.Thing))
	}
	return false
}

// visible reports a thing that nothing reads.
func (d *draft) visible(e *Effect, n *node) bool {
	if e.Resource == nil {
		d.mistake(n, "describe it as a resource in provider.yaml, with read or list", "%s has no resource: nobody could see whether the sentence is true", quote(e.Thing))
		return false
	}
	if e.Resource.Read == nil && e.Resource.List == nil && len(d.probesOf(e.Resource)) == 0 {
		d.mistake(n, "write read or list in provider.yaml", "resource %s has neither read nor list: nobody could see whether the sentence is true", quote(e.Resource.Name))
		return false
	}
	return true
}

// places gives where the effect looks; `in` as written, or the defaults.
func (d *draft) places(e *Effect, n *node) []string {
	r := e.Resource
	if n == nil {
		var out []string
		if r.Read != nil {
			out = append(out, "read")
		}
		if r.List != nil && (e.Verb != Updates || r.Read == nil) {
			out = append(out, "list")
		}
		switch e.Verb {
		case Finds:
			return nil
		case Hides:
			out = append(out, d.probesOf(r)...)
		}
		return out
	}
	known := d.probeNames()
	places := d.loader.words(n, "in")
	for _, p := range places {
		switch {
		case p.text == "read" && r.Read == nil, p.text == "list" && r.List == nil:
			d.mistake(p, "write it in provider.yaml, or leave it out here", "resource %s has no %s", quote(r.Name), p.text)
		case p.text != "read" && p.text != "list" && !slices.Contains(known, p.text):
			all := append([]string{"read", "list"}, known...)
			d.mistake(p, didYouMean(p.text, all)+"places are "+sentence(all), "there is no probe %s", quote(p.text))
		}
	}
	return texts(places)
}

// probesOf are the probes that name a resource.
func (d *draft) probesOf(r *Resource) []string {
	var out []string
	for _, p := range d.provider.Probes {
		if p.Call != nil && p.Call.names(r.Name) {
			out = append(out, p.Name)
		}
	}
	return out
}

// addExpect reads the general form.
func (d *draft) addExpect(n, expect *node) {
	e := &Effect{Pos: n.key("expect").pos, Verb: Expects, Name: d.text(n.get("name"), "name")}
	if n.get("name") != nil {
		e.Pos = n.key("name").pos
	}
	for _, b := range belongs {
		if n.get(b.key) != nil {
			d.mistake(n.key(b.key), b.hint, "%s does not go with expect", quote(b.key))
		}
	}
	e.Expect = d.program(expect, d.all, expr.Bool)
	e.Fails = d.program(n.get("fails"), d.all, expr.Bool)
	e.As = d.roles(n.get("as"))
	e.Waits = d.waits(n)
	if e.Expect == nil {
		return
	}
	d.c.Effects = append(d.c.Effects, e)
	d.checkWaits(n, e)
}

// addKeeps reads names that must not change.
func (d *draft) addKeeps(at, n *node, w Waits) {
	e := &Effect{Pos: at.pos, Verb: Keeps, Waits: w}
	if at.shape == mapping {
		e.As = d.roles(at.get("as"))
		e.Fails = d.program(at.get("fails"), d.all, expr.Bool)
		e.Pos = at.key("keeps").pos
		for _, b := range belongs {
			if at.get(b.key) != nil {
				d.mistake(at.key(b.key), b.hint, "%s does not go with keeps", quote(b.key))
			}
		}
	}
	for _, k := range d.loader.words(n, "keeps") {
		if kept, ok := d.kept(k); ok {
			e.Kept = append(e.Kept, kept)
		}
	}
	if len(e.Kept) > 0 {
		d.c.Effects = append(d.c.Effects, e)
	}
}

func (d *draft) kept(n *node) (Kept, bool) {
	path := strings.Split(n.text, ".")
	k := Kept{Pos: n.pos, Field: path[1:]}
	if len(k.Field) == 0 {
		k.Field = nil
	}
	g := d.c.given(path[0])
	switch {
	case slices.Contains(path, ""):
		d.mistake(n, "write thing or thing.field", "%s is no name", quote(n.text))
	case g != nil && g.Resource == nil:
		d.mistake(n, "describe it as a resource in provider.yaml, with read or list", "%s has no resource: nobody could see it change", quote(path[0]))
	case g != nil:
		k.Thing = g.Name
		return k, true
	case d.provider.Probe(path[0]) != nil && k.Field == nil:
		k.Probe = path[0]
		return k, true
	case d.provider.Probe(path[0]) != nil:
		d.mistake(n, "keep the whole probe, or write an effect with expect: after."+n.text+" == before."+n.text, "a probe is kept as a whole")
	default:
		var names []string
		for _, g := range d.c.Given {
			names = append(names, g.Name)
		}
		names = append(names, d.probeNames()...)
		d.mistake(n, didYouMean(path[0], names)+"given things and probes are "+sentence(names), "there is no given thing or probe %s", quote(path[0]))
	}
	return Kept{}, false
}

// checkWaits reports a patience that ends before the effect's own deadline.
func (d *draft) checkWaits(n *node, e *Effect) {
	within, why := e.Waits.Within, ""
	if within == nil {
		within = d.c.Waits.Within
	}
	if within == nil {
		within = longest(d.lags(e))
	}
	if within == nil {
		within, why = d.provider.Defaults.Within, ", the default"
	}
	patience := e.Waits.Patience
	if patience == nil {
		patience = d.c.Waits.Patience
	}
	d.impatient(n, patience, within, why)
}

// lags are the written lags of the places of an effect.
func (d *draft) lags(e *Effect) []*time.Duration {
	var out []*time.Duration
	for _, place := range e.In {
		switch {
		case place == "read" && e.Resource != nil && e.Resource.Read != nil:
			out = append(out, e.Resource.Read.Lag)
		case place == "list" && e.Resource != nil && e.Resource.List != nil:
			out = append(out, e.Resource.List.Lag)
		default:
			if p := d.provider.Probe(place); p != nil {
				out = append(out, p.Lag)
			}
		}
	}
	return out
}

func longest(ds []*time.Duration) *time.Duration {
	var out *time.Duration
	for _, d := range ds {
		if d != nil && (out == nil || *d > *out) {
			out = d
		}
	}
	return out
}
