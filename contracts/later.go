package contracts

import (
	"fmt"
)

// readLater parses what a later stage runs, and remembers that it is there.
func (d *draft) readLater() {
	for _, key := range []string{"sends"} {
		if v := d.n.get(key); v != nil {
			d.c.Later = append(d.c.Later, LaterKey{Pos: d.n.key(key).pos, Key: key})
		}
	}
	for _, e := range d.effectNodes() {
		if e.get("sends") != nil {
			d.c.Later = append(d.c.Later, LaterKey{Pos: e.key("sends").pos, Key: "sends"})
		}
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
