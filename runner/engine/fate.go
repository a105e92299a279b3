package engine

import (
	"time"

	"github.com/polygraph-dev/polygraph/runner/journal"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// What became of a thing, as the journal is told. All of these do nothing for a
// thing that the journal does not know.

// answered tells of the reply to what may have made a thing; its identity must have
// been read from it already.
func (a *attempt) answered(t *thing, reply *wire.Reply) {
	if t == nil || t.intent == "" {
		return
	}
	record := journal.Replied{ID: t.intent, Status: reply.Status}
	if t.keyFrom != "marker" { // that would be the listing's word
		record.Key = identityText(t.key)
	}
	if reply.Failure != nil {
		record.Failure = a.e.client.Redactor().MaskText(reply.Failure.Error())
	}
	a.e.noted(record)
}

// unmade tells of what never went out.
func (a *attempt) unmade() {
	if a.created != nil && !a.wrote {
		a.removed(a.created, journal.NeverMade)
	}
	for _, t := range a.given {
		if !t.made {
			a.removed(t, journal.NeverMade)
		}
	}
}

// seen tells that a thing is there.
func (a *attempt) seen(t *thing) {
	if t.intent != "" && identityText(t.key) != "" {
		a.e.noted(journal.Made{ID: t.intent, Key: identityText(t.key)})
	}
}

// deleting has on disk that a deletion is about to be sent. With an error it must
// not be.
func (a *attempt) deleting(t *thing) error {
	if t.intent == "" {
		return nil
	}
	a.seen(t)
	return a.e.append(journal.Deleting{ID: t.intent, Key: identityText(t.key)})
}

// removed tells that a thing is gone, or never was there.
func (a *attempt) removed(t *thing, how journal.How) {
	if t.intent == "" {
		return
	}
	if t.keyFrom == "marker" { // no reply has told the journal of it
		a.seen(t)
	}
	key := identityText(t.key)
	if key == "" {
		key = t.chosen
	}
	a.e.noted(journal.Removed{ID: t.intent, Key: key, How: how})
}

// stays tells why a thing could not be removed.
func (a *attempt) stays(t *thing, why string) {
	if t.intent == "" {
		return
	}
	a.seen(t)
	a.e.noted(journal.Left{ID: t.intent, Key: identityText(t.key), Why: a.e.client.Redactor().MaskText(why)})
}

// astray tells of a thing that lies on an account that did not make it. It has an
// intent of its own, since a sweep must look for it with that account's eyes.
func (a *attempt) astray(t *thing) {
	if t.intent == "" {
		return
	}
	intent := journal.Intent{
		ID: t.unique + " on " + t.maker.name, Cell: a.cellID(), Account: t.maker.name,
		Resource: t.resource.Name, Phase: journal.Act, Marker: t.unique, MarkedFields: a.maskedFields(t.marked),
		Names: a.namesFor(t), Tested: a.me.name, Astray: true, At: time.Now(),
	}
	t.intent = ""
	if a.e.append(intent) == nil {
		t.intent = intent.ID
	}
}

// ownDeleting has on disk that a call of the contract's own clean-up is about to be sent.
func (a *attempt) ownDeleting(i int) error {
	if id := a.promiseID(i); id != "" {
		if err := a.e.append(journal.Deleting{ID: id}); err != nil {
			return err
		}
	}
	for _, t := range a.intended() {
		if err := a.e.append(journal.Deleting{ID: t.intent}); err != nil {
			return err
		}
	}
	return nil
}

// ownDone tells what the contract's own clean-up came to.
func (c *cleaning) ownDone() {
	for _, t := range c.intended() {
		if len(c.left) > 0 {
			c.stays(t, c.left[0].Why)
			continue
		}
		c.removed(t, journal.OwnCleanUp)
	}
}

// intended are the things that the attempt may have made and the journal knows.
func (a *attempt) intended() []*thing {
	var known []*thing
	for _, t := range append(append([]*thing{}, a.given...), a.early...) {
		if t.intent != "" && t.made {
			known = append(known, t)
		}
	}
	if a.created != nil && a.created.intent != "" && a.wrote {
		known = append(known, a.created)
	}
	return known
}
