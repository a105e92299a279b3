package contracts

import (
	"fmt"
)

// Runnable gives an error with its place when the contract uses a key that this
// version loads and does not run, else nil.
func (c *Contract) Runnable() error {
	if len(c.Later) == 0 {
		return nil
	}
	return fmt.Errorf("%s: %q is not run by this version yet", c.Later[0].Pos, c.Later[0].Key)
}
