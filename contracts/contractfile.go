package contracts

import (
	"slices"

	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// A draft is a contract while it is read.
type draft struct {
	*loader
	c       *Contract
	n       *node
	created *Resource // of `creates`; nil for none
	scope   scope     // of the act
	all     scope     // of everything that looks at what came of it
}

// readContract reads one document of a contract file.
func (l *loader) readContract(n *node) {
	title := ""
	if t := n.get("contract"); t != nil {
		title = t.text
	}
	if l.fields(n, contractBlock(), title) == nil {
		return
	}
	d := &draft{loader: l, n: n, c: &Contract{Pos: n.pos}}
	l.suite.Contracts = append(l.suite.Contracts, d.c)
	d.title()
	d.readGiven(n.get("given"))
	d.findCreated()
	d.setScopes()
	d.c.Act = l.callOf(n, d.seat())
	d.words()
	d.c.Waits = l.waits(n)
	l.impatient(n, d.c.Waits.Patience, d.c.Waits.Within, "")
	d.readEffects()
	d.readEach(n.get("each"))
	d.readCases(n.get("cases"), n.get("rejects"))
	d.checkRemoved()
	d.readAgain(d.n.get("again"))
	d.c.Base = d.promises()
	d.baseless(d.n.get("again"))
	d.readAccepted(d.n.get("accepted"))
	d.readKnown(n.get("known"))
	d.c.Trials = d.whole(n.get("trials"), "trials", 1, mostTrials)
	d.c.Cleanup = d.calls(n.get("cleanup"))
	d.checkGround()
}

func (d *draft) seat() seat {
	return seat{what: "contract", asked: d.scope, reply: d.all, keyed: d.addresses()}
}

// addresses tells whether the sentence names a thing whose identity can stand in
// the act's path: one that is there before the act, or was removed for it.
func (d *draft) addresses() bool {
	if slices.ContainsFunc(d.c.Given, func(g *Given) bool { return g.Removed }) {
		return true
	}
	for _, n := range append([]*node{d.n}, d.effectNodes()...) {
		for _, v := range []Verb{Updates, Deletes, Shows, Hides, Finds} {
			if n.get(string(v)) != nil {
				return true
			}
		}
	}
	return false
}

func (d *draft) effectNodes() []*node {
	e := d.n.get("effects")
	if e == nil || e.shape != list {
		return nil
	}
	return e.items
}

// title reads the title, which names the contract in every report.
func (d *draft) title() {
	t := d.n.get("contract")
	d.c.Title = d.text(t, "the title")
	if d.c.Title == "" {
		return
	}
	if reason := improper(d.c.Title); reason != "" {
		d.mistake(t, "", "the title %s", reason)
	}
	if first, ok := d.titles[d.c.Title]; ok {
		d.mistake(t, "reports tell contracts apart by their title", "contract %s is already in %s", quote(d.c.Title), first)
		return
	}
	d.titles[d.c.Title] = t.pos
}

// findCreated finds the resource that the contract makes.
func (d *draft) findCreated() {
	for _, n := range append([]*node{d.n}, d.effectNodes()...) {
		if c := n.get(string(Creates)); c != nil && c.shape == text {
			d.created = d.provider.Resource(c.text)
		}
	}
}

// things are the names of given things and of what is created.
func (d *draft) things() []string {
	var out []string
	for _, g := range d.c.Given {
		out = append(out, g.Name)
	}
	if d.created != nil && !slices.Contains(out, d.created.Name) {
		out = append(out, d.created.Name)
	}
	return out
}

func (d *draft) setScopes() {
	base := d.base()
	things := d.things()
	// A thing that this contract updates without having made it is named by its
	// resource.
	for _, n := range append([]*node{d.n}, d.effectNodes()...) {
		if u := n.get(string(Updates)); u != nil && u.shape == text && d.provider.Resource(u.text) != nil && !slices.Contains(things, u.text) {
			things = append(things, u.text)
		}
	}
	seen := append(slices.Clone(things), d.probeNames()...)
	for _, r := range d.provider.Resources {
		// A resource's name stands for the thing of it, whatever given calls it.
		if slices.ContainsFunc(d.c.Given, func(g *Given) bool { return g.Resource == r }) {
			seen = append(seen, r.Name)
		}
	}
	for _, v := range []string{"before", "after"} {
		base.members[v] = seen
	}
	base.members["reads"] = append([]string{"read", "list"}, seen...)
	d.scope = base.with(things...).with("before", "reads")
	d.all = d.scope.with("request", "response", "after")
}

// words reads the simple keys.
func (d *draft) words() {
	n, c := d.n, d.c
	c.Why, c.See = d.text(n.get("why"), "why"), d.text(n.get("see"), "see")
	c.ID = c.Act.ID
	c.Needs = texts(d.loader.words(n.get("needs"), "needs"))
	if w := n.get("without"); w != nil {
		c.Without = d.without(w)
		if len(c.Needs) == 0 {
			d.mistake(n.key("without"), "write needs: SCOPE beside it", "without says what an account meets that lacks what the contract needs, and it needs nothing")
		}
	}
	if s := n.get("status"); s != nil {
		c.Status, c.StatusSet = d.status(s), true
	}
	c.Expect = d.program(n.get("expect"), d.all, expr.Bool)
	c.Snapshot = d.named(n.get("snapshot"), d.all, "snapshot")
	c.Claims = d.claims(n.get("claims"))
	c.Refusal = d.program(n.get("refusal"), d.all, expr.Bool)
	c.Throttled = d.program(n.get("throttled"), d.all, expr.Bool)
}

// lieKinds are the kinds of LANGUAGE section 7 under which a lie is documented.
var lieKinds = []string{
	"lost-write", "dropped-field", "altered-value", "half-done", "reverted-write", "duplicated-write", "misdirected-write",
	"ineffective-delete", "side-effect", "leaked", "filtered-empty", "in-band-error", "missing-event", "accepted-then-lost",
	"phantom-write", "error-left-a-trace", "vacuous-success", "ignored-directive", "wrong-success",
}

func (d *draft) without(n *node) string {
	words := append([]string{"refused"}, lieKinds...)
	if n.shape == text && slices.Contains(words, n.text) {
		return n.text
	}
	d.mistake(n, didYouMean(n.text, words)+"without is refused, or a kind: "+sentence(lieKinds), "%s is no kind of lie", shown(n))
	return ""
}

// calls reads a call or a list of calls.
func (d *draft) calls(n *node) []*Call {
	if n == nil {
		return nil
	}
	items := []*node{n}
	if n.shape == list {
		items = n.items
	}
	out := []*Call{}
	for _, item := range items {
		if c := d.call(item, seat{what: "cleanup", asked: d.all, reply: d.all, keyed: d.addresses() || d.created != nil}); c != nil {
			out = append(out, c)
		}
	}
	return out
}

// namedBlocks gives the lines of a map of name → block.
func (d *draft) namedBlocks(n *node, what string) []pair {
	if n == nil {
		return nil
	}
	if n.shape != mapping {
		d.mistake(n, "write "+what+": {name: …}", "%s must be a map, not %s", what, n.shape)
		return nil
	}
	return n.pairs
}

// resourceNamed gives the resource that a node names, or reports it.
func (l *loader) resourceNamed(n *node) *Resource {
	if l.text(n, "the name of a resource") == "" {
		return nil
	}
	r := l.provider.Resource(n.text)
	if r == nil {
		names := l.resourceNames()
		l.mistake(n, didYouMean(n.text, names)+"resources are "+sentence(names), "there is no resource %s", quote(n.text))
	}
	return r
}
