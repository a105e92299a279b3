package engine

import (
	"net/http"
	"strings"
	"testing"
)

// TestSnapshotsSeeBefore has a snapshot alone name what is looked at: it is read before the act
// all the same.
func TestSnapshotsSeeBefore(t *testing.T) {
	t.Parallel()
	c := newClerk(t, func(_ *clerk, w http.ResponseWriter, a asking) bool {
		if a.path != "/shelf" {
			return false
		}
		write(w, 200, map[string]any{"room": 7})
		return true
	})
	d := desk{
		provider:  strings.Replace(notesProvider, "defaults:", "probes:\n  shelf: GET /shelf\ndefaults:", 1),
		contracts: createsNote + "snapshot: {room: before.shelf.room}\n",
		change:    func(o *Options) { o.Accounts = []string{"ada"} },
	}
	r := d.run(c)[0]
	require(t, r, "kept")
	if got := plain(r.Record.Act.Snapshot["room"]); got != "7" {
		t.Errorf("the snapshot has %v", r.Record.Act.Snapshot)
	}
}
