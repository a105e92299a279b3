package contracts

import "github.com/polygraph-dev/polygraph/contracts/expr"

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
	c.Snapshot = d.named(n.get("snapshot"), d.all, "snapshot")
	d.c.Cases = append(d.c.Cases, c)
}

// readReject reads a case that changes the body and must be refused.
func (d *draft) readReject(key, n *node) {
	if n.shape == mapping {
		for _, word := range []string{"status", "as", "body"} {
			if n.key(word) != n && d.n.get("body").has(word) == false && len(n.pairs) == 1 && word != "status" {
				d.mistake(n.key(word), "rejects holds bodies; write "+key.text+" under cases, with status: refused", "%s is read as a field of the body", quote(word))
			}
		}
	}
	act := *d.c.Act
	act.Pos = n.pos
	act.Body = merged(act.Body, d.data(n, d.scope))
	d.c.Cases = append(d.c.Cases, &Case{
		Pos: key.pos, Name: key.text, Act: &act, Rejects: true, StatusSet: true,
		Status:  Status{Pos: key.pos, Claim: Refused},
		Removed: removed(d.n.get("body"), n, nil),
	})
}

func (n *node) has(key string) bool { return n != nil && n.get(key) != nil }

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
