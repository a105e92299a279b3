package expr

import "errors"

// The bounds of one evaluation. A step is one look, one call or one element; texts count a step for each 64 bytes. They
// stop a runaway expression, which may come from a stranger's pull request, within a fraction of a second.
const (
	maxSteps = 1_000_000
	maxText  = 16 << 20 // bytes of any text that an expression makes or takes apart
	maxBuilt = 8 << 20  // elements of an answer, counted as it would be written out
)

var errCost = errors.New("the expression takes too many steps")

// meter counts down the steps that are left. A nil meter does not count.
type meter struct {
	left int
}

func (m *meter) charge(steps int) error {
	if m == nil {
		return nil
	}
	if m.left -= steps; m.left < 0 {
		return errCost
	}
	return nil
}

// chargeText charges for working through a text of n bytes, and refuses what is too long.
func (m *meter) chargeText(n int) error {
	if n > maxText {
		return errors.New("the text is too long")
	}
	return m.charge(1 + n/64)
}
