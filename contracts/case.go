package contracts

import (
	"slices"

	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// readCases reads `cases` and `rejects`, in the order of the file.
func (d *draft) readCases(cases, rejects *node) {
	seen := map[string]bool{}
	name := func(key *node) bool {
		if reason := improper(key.text); reason != "" {
			d.mistake(key, "", "the name of the case %s", reason)
			return false
		}
		if seen[key.text] {
			d.mistake(key, "cases and rejects share their names", "case %s stands twice", quote(key.text))
			return false
		}
		seen[key.text] = true
		return true
	}
	for _, p := range d.namedBlocks(cases, "cases") {
		if name(p.key) {
			d.readCase(p.key, p.value)
		}
	}
	for _, p := range d.namedBlocks(rejects, "rejects") {
		if name(p.key) && p.value.shape != missing {
			d.readReject(p.key, p.value)
		}
	}
}

func (d *draft) readCase(key, n *node) {
	if d.fields(n, caseBlock(), key.text) == nil {
		return
	}
	c := &Case{Pos: key.pos, Name: key.text, Act: d.over(d.c.Act, n, d.seat()), Recast: n.get("as") != nil}
	c.Removed = removed(d.n.get("body"), n.get("body"), nil)
	if s := n.get("status"); s != nil {
		c.Status, c.StatusSet = d.status(s), true
	}
	c.Expect = d.program(n.get("expect"), d.all, expr.Bool)
	if c.Expect != nil && looksAfter(c.Expect) {
		d.mistake(n.get("expect"), "write it as an effect of the contract, - name: … with expect: …; cases are judged by the same effects", "the expect of a case asks its reply, and this one looks at the world")
	}
	c.Snapshot = d.named(n.get("snapshot"), d.all, "snapshot")
	c.Nothing = d.nothing(n, c)
	d.c.Cases = append(d.c.Cases, c)
}

// readReject reads a case that changes the body and must be refused.
func (d *draft) readReject(key, n *node) {
	d.notABody(key, n)
	act := *d.c.Act
	act.Pos = n.pos
	act.Body = merged(act.Body, d.data(n, d.scope))
	d.c.Cases = append(d.c.Cases, &Case{
		Pos: key.pos, Name: key.text, Act: &act, Rejects: true, StatusSet: true,
		Status:  Status{Pos: key.pos, Claim: Refused},
		Removed: removed(d.n.get("body"), n, nil),
	})
}

// notABody reports a reject that is written like a case: {body: {…}} or
// {as: nobody}. Anything else may be a field of the body.
func (d *draft) notABody(key, n *node) {
	base := d.n.get("body")
	for _, p := range n.pairs {
		likeCase := p.key.text == "body" && p.value.shape == mapping ||
			p.key.text == "as" && slices.Contains([]string{"me", "other", "nobody"}, p.value.text)
		if likeCase && (base == nil || base.get(p.key.text) == nil) {
			d.mistake(p.key, "rejects holds changes of the body; write "+quote(key.text)+" under cases, with status: refused",
				"%s would be sent as a field of the body", quote(p.key.text))
		}
	}
}

// removed gives the paths of a body that a merge takes away: those where the
// patch holds null and the base does not.
func removed(base, patch *node, path []string) [][]string {
	if base == nil || patch == nil {
		return nil
	}
	if patch.shape == null {
		if base.shape == null {
			return nil
		}
		return [][]string{append([]string(nil), path...)}
	}
	if base.shape != mapping || patch.shape != mapping {
		return nil
	}
	var out [][]string
	for _, p := range patch.pairs {
		out = append(out, removed(base.get(p.key.text), p.value, append(path, p.key.text))...)
	}
	return out
}
