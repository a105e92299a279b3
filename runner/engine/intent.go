package engine

import (
	"fmt"
	"slices"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/journal"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// A Journal keeps, on disk, what the run is about to make and to delete, and what
// became of it. [journal.Journal] is one.
type Journal interface {
	// Append returns when the record is on disk. With an error, what the record
	// announces is not sent.
	Append(journal.Record) error
	// Note adds a record without waiting for the disk.
	Note(journal.Record) error
	// Err is not nil once the disk has failed; then nothing is sent any more.
	Err() error
}

// openJournal opens the run's journal, if the run writes.
func (e *Engine) openJournal() error {
	if e.o.Journal == nil || e.o.Flip == nil && !slices.ContainsFunc(e.cells, e.cellWrites) {
		return nil
	}
	origin, err := wire.Origin(e.behind)
	if err != nil {
		return err
	}
	header := journal.Header{
		Version: 1, Suite: e.o.Suite.Dir, Provider: e.o.Suite.Provider.Name, Target: e.o.Target.Name,
		Server: origin, Started: e.started,
	}
	for _, cell := range e.cells {
		header.Accounts = append(header.Accounts, cell.Account.Name)
	}
	slices.Sort(header.Accounts)
	header.Accounts = slices.Compact(header.Accounts)
	opened, err := e.o.Journal(e.run, header)
	if err != nil {
		return err
	}
	e.journal = opened
	return nil
}

// journalBroken says why nothing may be sent any more, reads included; nil while
// everything may.
func (e *Engine) journalBroken() error {
	if e.journal == nil {
		return nil
	}
	return e.journal.Err()
}

// A making is a request that may make a thing.
type making struct {
	phase   journal.Phase
	call    *contracts.Call
	id      *expr.Program // of the contract; nil: as the call says
	request *request
}

// intend has on disk what a request may make before it is sent. With an error
// nothing may be sent; where it is the disk's, the whole run comes to its end.
//
// What no sweep could ever remove is not written down: a call that names no
// resource says nothing of what it makes (publishing, an update), and what a
// provider never deletes is counted, not left over.
func (a *attempt) intend(t *thing, m making) error {
	if a.e.journal == nil || t == nil || t.resource == nil || t.resource.Never {
		return nil
	}
	redactor := a.e.client.Redactor()
	intent := journal.Intent{
		ID: t.intentID(), Cell: a.cellID(), Account: t.maker.name,
		Resource: t.resource.Name, Phase: m.phase, Call: redactor.MaskText(m.request.line()), Marker: t.unique,
		MarkedFields: a.maskedFields(t.marked), Names: a.namesFor(t), Params: a.paramsFor(t), KeyInRequest: keyInRequest(t, m), Delete: deleteText(t.resource),
		Tested: a.me.name, Sole: t.instead != nil, At: time.Now(), Until: a.comesBy(t),
	}
	for _, marked := range t.each {
		intent.Each = append(intent.Each, a.maskedFields(marked))
	}
	if fields, ok := t.sent.(map[string]any); ok && len(fields) > 0 && !t.bears() {
		if text := jsonText(t.sent); redactor.MaskText(text) == text {
			intent.Sent = text
		}
	}
	if err := a.e.append(intent); err != nil {
		return &haltError{"setup-failed", err.Error(), "nothing is sent that could not be found again after a crash"}
	}
	t.intent, t.chosen = intent.ID, intent.KeyInRequest
	return nil
}

// cellID is the cell as reports name it: 7f3a/12.
func (a *attempt) cellID() string { return fmt.Sprintf("%s/%d", a.e.run, a.cell.Number) }

// intentID is the marker; of what a second act may make, or a case made up, which may carry the same, it says so.
func (t *thing) intentID() string {
	id := t.unique
	if t.first != nil {
		id += " again"
	}
	if t.instead != nil {
		id += " made-up"
	}
	if t.beside {
		id += " beside"
	}
	return id
}

// maskedFields are fields as the journal keeps them. What was masked a sweep will find
// to differ from what is there, and leave.
func (a *attempt) maskedFields(fields map[string]any) map[string]string {
	masked := map[string]string{}
	for path, sent := range fields {
		masked[path] = a.e.client.Redactor().MaskText(fmt.Sprint(sent))
	}
	return masked
}

// append is Journal.Append; a disk that failed stops the run.
func (e *Engine) append(record journal.Record) error {
	err := e.journal.Append(record)
	if broken := e.journal.Err(); broken != nil {
		e.stop(broken)
	}
	return err
}

// keyInRequest is the identity that the client chooses; empty where the provider does.
func keyInRequest(t *thing, m making) string {
	if t.instead != nil {
		return identityText(t.key)
	}
	id := m.id
	if id == nil {
		id = m.call.ID
	}
	if id == nil && t.resource.Make != nil && sameCall(t.resource.Make, m.call) {
		id = t.resource.Make.ID
	}
	if id == nil || origin(id) != "request" {
		return ""
	}
	value, err := id.Eval(m.request.sees(id, nil))
	if err != nil {
		return ""
	}
	return identityText(value)
}

// noted adds what became of an intent. Its error is left alone on purpose: the
// journal then says less than is known, and a sweep finds it out again; and once
// the disk has failed, Err says so before the next request.
func (e *Engine) noted(record journal.Record) { _ = e.journal.Note(record) }
