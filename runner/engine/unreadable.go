package engine

import (
	"fmt"

	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// unreadable stops an attempt before its act when nothing at all could be read:
// whatever the act did then, nobody would see it, nor could it be read back and
// removed. What was denied (403) does not stop it, since a refusal is worth knowing
// even unseen; nor does a reply that cannot be understood stop what only looks.
func (a *attempt) unreadable(places []int) error {
	why, credential := "", a.me.account != nil
	reached, served := false, false
	for _, at := range places {
		before := a.record.Places[at].Before
		if len(before) == 0 || before[len(before)-1].Exchange == 0 {
			continue // there was nothing to ask for yet
		}
		last := before[len(before)-1]
		if last.Known != verdict.Unsure || last.Status == 403 {
			return nil
		}
		why = fmt.Sprintf("%s as %s: %s", a.record.Places[at].Call, a.record.Places[at].Eyes, last.Why)
		reached = reached || last.Status != 0
		served = served || last.Status != 429 && (last.Status/100 == 4 || last.Status != 0 && last.Status < 400 && !actWrites(a.cell))
		credential = credential && last.Status == 401 && a.places[at].eyes == a.me
	}
	switch {
	case why == "":
		return nil
	case credential && a.me.credential == nil:
		return &haltError{"setup-failed", fmt.Sprintf("%s has no credentials, and every read is answered 401", a.me.name), "give the account credentials in polygraph.yaml"}
	case credential:
		return &haltError{"setup-failed", fmt.Sprintf("the credential of %s is not accepted: every read is answered 401", a.me.name), "check the account's credentials in polygraph.yaml"}
	case !reached:
		return &haltError{"unreachable", "nothing was sent, because no read got an answer: " + why, reachHint(why)}
	case !served:
		return &haltError{"probe-failed", "nothing was sent, because no read succeeded before it: " + why, "run it again when the provider answers"}
	}
	return nil
}

// reachHint says what to do about a server that gives no answer.
func reachHint(why string) string {
	if hint := wire.Hint(why); hint != "" {
		return hint
	}
	return "see whether the server is up, and whether its address in polygraph.yaml is right"
}
