package budget

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/polygraph-dev/polygraph/runner/lock"
)

// Folder is where the user's runs share their budgets: in the user's cache folder, or where
// there is none (as in many a container) among the temporary files.
func Folder() string {
	if cache, err := os.UserCacheDir(); err == nil {
		return filepath.Join(cache, "polygraph", "budgets")
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("polygraph-%d", os.Getuid()), "budgets")
}

// makeFolder makes the folder of an account, whose name tells nobody who that is.
func makeFolder(folder, origin, account string) (string, error) {
	sum := sha256.Sum256([]byte(origin + "\x00" + account))
	own := filepath.Join(folder, hex.EncodeToString(sum[:12]))
	if err := os.MkdirAll(own, 0o700); err != nil {
		return "", fmt.Errorf("share the limits of account %q with other runs: %w", account, err)
	}
	return own, nil
}

func paceFile(own string) string { return filepath.Join(own, "pace") }

// file is a pace that all runs share: a ledger in a file, held while it is looked at. Its
// times are the machine's clock; those that a clock set back has left in the future are void.
type file struct {
	rule
	path string
}

func (f *file) depart() (answered func(), wait time.Duration, err error) {
	place, then := 0, int64(0)
	err = f.with(func(l *ledger, now int64) bool {
		then = now + int64(lease)
		place, wait = l.depart(now, then, f.rule)
		return wait == 0
	})
	return func() { f.answered(place, then) }, wait, err
}

// answered has a request count for one more second. Whether that can be written does not
// matter: it then counts for the whole lease.
func (f *file) answered(place int, then int64) {
	_ = f.with(func(l *ledger, now int64) bool { return l.answered(place, then, now) })
}

// with holds the ledger, and writes it back where it was changed.
func (f *file) with(look func(l *ledger, now int64) (changed bool)) error {
	held, err := os.OpenFile(f.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("share a limit with other runs: %w", err)
	}
	defer held.Close()
	if err := lock.Wait(held); err != nil {
		return fmt.Errorf("share a limit with other runs: %w", err)
	}
	raw, err := io.ReadAll(io.LimitReader(held, most))
	if err != nil {
		return fmt.Errorf("share a limit with other runs: %w", err)
	}
	now := time.Now().UnixNano()
	l := readLedger(raw, now)
	if !look(l, now) {
		return nil
	}
	if _, err := held.WriteAt(l.bytes(), 0); err != nil {
		return fmt.Errorf("share a limit with other runs: %w", err)
	}
	return nil
}

// most bounds a ledger; a million requests a second need so much.
const most = 16 << 20

// readLedger reads the last departure and, for each place, until when it is taken. A rest of
// less than eight bytes, which a full disk may leave, is none.
func readLedger(raw []byte, now int64) *ledger {
	l := &ledger{}
	for i := 0; i+8 <= len(raw); i += 8 {
		at := int64(binary.LittleEndian.Uint64(raw[i:]))
		switch {
		case i == 0 && at > now:
		case i == 0:
			l.last = at
		case at > now+int64(lease):
			l.busy = append(l.busy, 0)
		default:
			l.busy = append(l.busy, at)
		}
	}
	return l
}

func (l *ledger) bytes() []byte {
	raw := binary.LittleEndian.AppendUint64(nil, uint64(l.last))
	for _, at := range l.busy {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(at))
	}
	return raw
}
