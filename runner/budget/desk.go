package budget

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/polygraph-dev/polygraph/runner/lock"
)

// A desk is a row of slots that all runs share: files, each held while a request is under
// way. A killed run holds none.
type desk struct {
	folder string
	slots  int
}

// sit waits for a slot, and gives the function that leaves it. The gaps between its looks
// grow: the slots may be another run's for long.
func (d *desk) sit(ctx context.Context) (leave func(), err error) {
	for gap := 2 * time.Millisecond; ; gap = min(2*gap, 50*time.Millisecond) {
		for i := range d.slots {
			slot, err := d.take(i)
			if err != nil {
				return nil, fmt.Errorf("share a limit with other runs: %w", err)
			}
			if slot != nil {
				return func() { _ = slot.Close() }, nil
			}
		}
		if err := Pause(ctx, gap); err != nil {
			return nil, err
		}
	}
}

// take holds a slot; nil where somebody else does.
func (d *desk) take(i int) (*os.File, error) {
	slot, err := os.OpenFile(filepath.Join(d.folder, fmt.Sprintf("slot-%d", i)), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lock.Try(slot); err != nil {
		_ = slot.Close()
		if errors.Is(err, lock.ErrHeld) {
			return nil, nil
		}
		return nil, err
	}
	return slot, nil
}
