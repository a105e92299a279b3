package contracts

import (
	"fmt"

	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// readLater parses what a later stage runs, and remembers that it is there.
func (d *draft) readLater() {
	for _, key := range []string{"again", "sends"} {
		if v := d.n.get(key); v != nil {
			d.c.Later = append(d.c.Later, LaterKey{Pos: d.n.key(key).pos, Key: key})
		}
	}
	for _, e := range d.effectNodes() {
		if e.get("sends") != nil {
			d.c.Later = append(d.c.Later, LaterKey{Pos: e.key("sends").pos, Key: "sends"})
		}
	}
	d.readAgain(d.n.get("again"))
}

func (d *draft) readAgain(n *node) {
	for _, p := range d.namedBlocks(n, "again") {
		if d.fields(p.value, againBlock(), p.key.text) == nil {
			continue
		}
		d.over(d.c.Act, p.value, d.seat())
		d.oneOf(p.value.get("reply"), "reply", "same")
		d.oneOf(p.value.get("effect"), "effect", "none", "again")
		if s := p.value.get("status"); s != nil {
			d.status(s)
		}
		d.program(p.value.get("expect"), d.all, expr.Bool)
		d.named(p.value.get("snapshot"), d.all, "snapshot")
	}
}

// Runnable gives an error with its place when the contract uses a key that this
// version loads and does not run, else nil.
func (c *Contract) Runnable() error {
	if len(c.Later) == 0 {
		return nil
	}
	return fmt.Errorf("%s: %q is not run by this version yet", c.Later[0].Pos, c.Later[0].Key)
}
