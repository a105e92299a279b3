package verdict

import (
	"fmt"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
)

// A success that had nothing to act on. Only the contract can claim that it must not be
// one: a DELETE is idempotent, and many a provider documents 204 for the second. So it
// takes a thing that surely was there and surely is gone (`removed: true`), or an identity
// that a case made up and under which these eyes see nothing; a status that refuses, an
// answer that says done, and an account on which nothing came of it.

// vacuous reports that: the act named what was removed, and it stayed away.
func (w *watch) vacuous(deeds []*deed) bool {
	if w.claim != contracts.Done || !w.r.Wanted.Status.refuses() || w.removed() == nil || saysNo(w.r.Act.Body) {
		return false // a body that says no has told, if not by its status
	}
	for _, d := range deeds {
		if !d.aside() && (d.is != applied || !d.guard()) {
			return false
		}
	}
	return len(deeds) > 0
}

// removed is the thing that was removed before the act, and that the act names; nil for
// none.
func (s *scene) removed() *Thing {
	for i := range s.r.Things {
		if thing := &s.r.Things[i]; thing.Removed && thing.Key != "" && s.r.Act.names(thing.Key) {
			return thing
		}
	}
	return nil
}

// names tells whether the act speaks of an identity, in its address or in what it sent.
func (a *Act) names(key string) bool {
	return strings.Contains(a.Call, key) || mentions(a.Sent, "", key)
}

// vacuously is the charge. The write path of a provider may lag behind its reads, and
// then had something to act on; so it is made of a second attempt only, which rests.
func (w *watch) vacuously() *charge {
	thing := w.removed()
	c := w.plain(VacuousSuccess, fmt.Sprintf("%s, and %s %s was not there", said(w.r.Act), thing.Name, thing.Key))
	c.Want, c.Got = w.expected(), fmt.Sprint(w.r.Act.Status)
	rest := time.Duration(0)
	for i := range w.r.Effects {
		for _, place := range w.r.Effects[i].Where {
			rest = max(rest, place.Within)
		}
	}
	c.again = &Again{Rest: rest, Why: c.Reason}
	return c
}

// cameBack reports an outcome that says only that the act brought a removed thing back:
// a PUT that makes what it does not find has not changed anything beside.
func (o *outcome) cameBack() bool {
	if o.is != collateral || o.t.e.Verb != contracts.Keeps || o.g == nil || o.g.want != present(false) {
		return false
	}
	things := o.t.s.r.Things
	for i := range things {
		if things[i].Removed && things[i].Name == o.t.place().Thing {
			return true
		}
	}
	return false
}
