package engine

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// A place is a probe and the eyes that look through it, as the engine reads it.
// The record's place of the same index keeps what was read.
type place struct {
	probe    string
	look     verdict.Look
	eyes     *eyes
	thing    *thing              // nil for a probe that names no thing
	resource *contracts.Resource // nil for a probe
	call     *contracts.Call     // nil for an expression, the act's reply and Go probes
	address  string              // of a Location: where call is sent in place of its own; "" for all others
	goProbe  string
	program  *expr.Program // of an expression
	parts    []int
	fails    bool // the expression is a `fails`
	page     *pager
	hook     *contracts.Webhook // of an inbox
	told     bool               // of an inbox: the provider accepted the address of this attempt

	got     *fetched       // what the last look brought home
	asked   *request       // with which request; nil for what is not asked for
	last    any            // the value that variables show: expr.Absent, expr.Unknown or a value
	status  map[string]any // `reads.<probe>`
	before  []*listing     // of the last two before-readings of a listing
	listed  *listing       // the last one
	rested  *listing       // of the listing before the rest of a second attempt
	resting bool           // its before-readings are being made: they are compared with rested
	ghosts  map[int]bool   // status → a made-up key is answered alike
	echoes  *bool          // made-up keys are answered with things, too; nil: nobody has asked
	had     bool           // these eyes had a value here
	own     string         // the marker of the attempt's act
}

// id is the same for places that look through the same probe.
func (p *place) id() string {
	switch {
	case p.resource != nil:
		return p.resource.Name + "." + p.probe
	case p.hook != nil && p.told:
		return "webhook " + p.probe + ", at an address that was given"
	case p.hook != nil:
		return "webhook " + p.probe
	}
	return "probe " + p.probe
}

// gone tells whether a 2xx means that the thing was deleted.
func (p *place) gone(item any, asked *request, reply *wire.Reply) bool {
	var program *expr.Program
	switch {
	case p.call != nil && p.call.Gone != nil:
		program = p.call.Gone
	case p.resource != nil:
		program = p.resource.Gone
	}
	if program == nil {
		return false
	}
	vars := asked.sees(program, reply)
	vars["item"] = item
	truth, err := program.Truth(vars)
	return err == nil && truth == expr.True
}

// notReadable says why a reply is no value: anything but a whole, decoded 2xx.
// It is empty for a readable one.
func (e *Engine) notReadable(reply *wire.Reply) string {
	switch {
	case reply.Failure != nil:
		return reply.Failure.Error()
	case reply.Status < 200 || reply.Status > 299:
		return "status " + strconv.Itoa(reply.Status)
	case reply.Status == 206:
		return "status 206: a part only"
	case reply.Undecodable != "":
		return reply.Undecodable
	}
	return e.declined(reply)
}

// absentStatus tells whether a status means that the thing is not there.
func absentStatus(status int) bool { return status == 404 || status == 410 }

// said is a reply in a few words: "answered 403", "timeout while …".
func said(reply *wire.Reply) string {
	if reply.Failure != nil && reply.Status == 0 {
		return "got no reply: " + reply.Failure.Error()
	}
	return "answered " + strconv.Itoa(reply.Status)
}

func unescape(segment string) string {
	if plain, err := url.PathUnescape(segment); err == nil {
		return plain
	}
	return segment
}

// interpret makes a reading of what came from a place: value, absent or unknown.
// raw is what variables and cleaning up need: the item as it came.
func (e *Engine) interpret(p *place, f *fetched, selector string) (r verdict.Reading, raw any) {
	r.Status, r.Exchange, r.Age = f.first.Status, f.first.Exchange.Number, f.first.Age
	raw = expr.Absent
	if p.address != "" {
		return interpretAddress(f, r)
	}
	if p.look == verdict.Reply {
		return e.interpretReply(p, f, r, selector)
	}
	if p.look == verdict.Listing {
		return e.interpretListing(p, f, r)
	}
	if f.first.Failure == nil && absentStatus(f.first.Status) && (p.thing != nil || p.page == nil) { // a list that is not there is unknown
		r.Known, r.Why = verdict.Absent, strconv.Itoa(f.first.Status)
		return r, raw
	}
	if p.look == verdict.Selection {
		r, raw = interpretSelection(f, r, selector)
		if r.Known == verdict.Value {
			r.Value = view(p.resource, r.Value) // fields may say where on the page they stand
		}
		return r, raw
	}
	if f.list != nil && !f.list.sole {
		return e.interpretKeyed(p, f, r)
	}
	if why := e.notReadable(f.first); why != "" {
		return unsure(r, why)
	}
	item := itemOf(p.resource, p.call, p.asked, f.first)
	return e.interpretItem(p, f, r, item)
}

func (e *Engine) interpretItem(p *place, f *fetched, r verdict.Reading, item any) (verdict.Reading, any) {
	switch {
	case item == nil, item == expr.Absent:
		if p.look == verdict.Probed {
			r.Known = verdict.Value
			return r, item
		}
		r.Known, r.Why = verdict.Absent, "no item in the reply"
		return r, expr.Absent
	case p.gone(item, p.asked, f.first):
		r.Known, r.Why = verdict.Absent, "tombstone"
		return r, expr.Absent
	}
	if u, unknown := item.(expr.Unknown); unknown {
		return unsure(r, u.Why)
	}
	r.Known, r.Value = verdict.Value, view(p.resource, item)
	if p.thing != nil && p.thing.found && p.thing.key == nil {
		if key := walkPath(item, keyPath(p.resource, p.call)); identityText(key) != "" {
			p.thing.key, p.thing.keyFrom = key, "body"
		}
	}
	if p.thing != nil && !p.thing.found {
		r.Marker = p.thing.markerIn(item)
	}
	return r, item
}

// interpretKeyed reads one thing by key out of a reply that lists.
func (e *Engine) interpretKeyed(p *place, f *fetched, r verdict.Reading) (verdict.Reading, any) {
	if f.list.why != "" {
		return unsure(r, f.list.why)
	}
	if p.look == verdict.Probed {
		values := make([]any, 0, len(f.list.items))
		for _, item := range f.list.items {
			values = append(values, item.raw)
		}
		r.Known, r.Value = verdict.Value, values
		return r, values
	}
	if at, has := f.list.at[identityText(p.thing.key)]; has {
		return e.interpretItem(p, f, r, f.list.items[at].raw)
	}
	if len(f.list.items) == 1 && walkPath(f.list.items[0].raw, p.page.key) == expr.Absent {
		return e.interpretItem(p, f, r, f.list.items[0].raw)
	}
	if !f.list.complete {
		return unsure(r, "the list moved while its pages were read")
	}
	r.Known, r.Why = verdict.Absent, "no item with its key"
	return r, expr.Absent
}

// interpretReply reads the act's own reply: as a listing where it lists, else as
// the one item that it shows.
func (e *Engine) interpretReply(p *place, f *fetched, r verdict.Reading, selector string) (verdict.Reading, any) {
	if p.call.Find != nil {
		return interpretSelection(f, r, selector)
	}
	if f.list != nil && f.list.why == "" {
		return e.interpretListing(p, f, r)
	}
	if absentStatus(f.first.Status) {
		r.Known, r.Why = verdict.Absent, strconv.Itoa(f.first.Status)
		return r, expr.Absent
	}
	if why := e.notReadable(f.first); why != "" {
		return unsure(r, why)
	}
	if f.list != nil && (len(f.pages) > 1 || p.page.items != nil) {
		return unsure(r, f.list.why)
	}
	item := itemOf(p.resource, p.call, p.asked, f.first)
	if key := walkPath(item, keyPath(p.resource, p.call)); p.thing != nil && key != expr.Absent && !expr.SameIdentity(key, p.thing.key) {
		r.Known, r.Why = verdict.Absent, "the reply shows another thing"
		return r, expr.Absent
	}
	return e.interpretItem(p, f, r, item)
}

func interpretSelection(f *fetched, r verdict.Reading, selector string) (verdict.Reading, any) {
	reply := f.first
	if reply.Failure != nil || reply.Status < 200 || reply.Status > 299 {
		return unsure(r, said(reply))
	}
	found, err := f.selectAll(selector)
	switch {
	case err != nil:
		return unsure(r, err.Error())
	case len(found) == 0:
		r.Known, r.Why = verdict.Absent, "empty selection"
		return r, found
	}
	r.Known, r.Value = verdict.Value, found
	return r, found
}

func unsure(r verdict.Reading, why string) (verdict.Reading, any) {
	r.Known, r.Why = verdict.Unsure, why
	return r, expr.Unknown{Why: why}
}

// interpretListing keeps of a listing what concerns this cell: our own items, and
// new ones without a marker of ours. The others are counted.
func (e *Engine) interpretListing(p *place, f *fetched, r verdict.Reading) (verdict.Reading, any) {
	if f.list.why != "" {
		r.Status = f.list.status
		return unsure(r, f.list.why)
	}
	r.Known, r.Complete = verdict.Value, f.list.complete
	p.listed = f.list
	for i := range f.list.items {
		item := &f.list.items[i]
		if reason, ours := p.concerns(item); reason {
			r.Items = append(r.Items, verdict.Item{
				Key: item.key, Marker: ours, New: p.isNew(item.key), Value: view(p.resource, item.raw),
			})
			continue
		}
		r.Others++
	}
	r.Missing = e.missing(p, f.list)
	return r, e.listValue(p, f.list)
}

// listValue is what a variable that names the listed thing would see.
func (e *Engine) listValue(p *place, l *listing) any {
	if p.thing == nil {
		return expr.Absent
	}
	if at, has := l.at[identityText(p.thing.key)]; has {
		return l.items[at].raw
	}
	return expr.Absent
}

// concerns tells whether an item matters to this cell, and the marker of ours
// that it carries.
func (p *place) concerns(item *listed) (bool, string) {
	if p.thing != nil && (item.key == identityText(p.thing.key) || p.thing.carries(item)) {
		return true, p.thing.pick(item)
	}
	if slices.Contains(item.markers, p.own) {
		return true, p.own
	}
	if len(item.markers) > 0 {
		return false, "" // another thing of ours
	}
	return len(p.before) > 0 && p.isNew(item.key), ""
}

func (p *place) isNew(key string) bool {
	for _, before := range p.before {
		if _, has := before.at[key]; has {
			return false
		}
	}
	return len(p.before) > 0
}

// missing gives the keys of foreign items that were in both before-listings and
// are in this one no more; before the act, those that went while things rested. What
// this run has deleted itself is not missed, on whatever account it made that and
// even if it bears no marker any more: a lie may have wiped it off.
func (e *Engine) missing(p *place, l *listing) []string {
	earlier := p.before
	if p.resting {
		earlier = []*listing{p.rested, p.rested}
	}
	if len(earlier) < 2 || earlier[0] == nil || earlier[1] == nil {
		return nil
	}
	var keys []string
	for _, item := range earlier[1].items {
		if _, still := l.at[item.key]; still || len(item.markers) > 0 {
			continue
		}
		if !p.lay(item.key) {
			continue
		}
		if p.thing != nil && (item.key == identityText(p.thing.key) || e.hasDeleted(p.thing.resource, item.key)) {
			continue
		}
		if _, both := earlier[0].at[item.key]; both {
			keys = append(keys, item.key)
		}
	}
	return keys
}

// lay tells whether an item was there when a rest began, if there was one. What somebody
// else has put there since may go by the same hand, even if all else held still.
func (p *place) lay(key string) bool {
	if p.rested == nil {
		return true
	}
	_, there := p.rested.at[key]
	return there
}

// carries tells whether an item has the thing's marker anywhere in its text.
func (t *thing) carries(item *listed) bool {
	if slices.Contains(item.markers, t.unique) {
		return true
	}
	return t.uuid != "" && t.bears() && t.equalMarked(item.raw)
}

// equalMarked tells whether all fields that carry the marker are as they were sent.
func (t *thing) equalMarked(raw any) bool {
	if len(t.each) > 0 {
		return slices.ContainsFunc(t.each, func(marked map[string]any) bool { return t.alone(marked).equalMarked(raw) })
	}
	seen := view(t.resource, raw)
	for path, sent := range t.marked {
		if !same(walkPath(seen, splitPath(path)), sent) {
			return false
		}
	}
	return len(t.marked) > 0
}

// pick gives the marker by which an item is told: the thing's own where its marked
// fields are as sent, else the first foreign one, else its own as a quotation.
func (t *thing) pick(item *listed) string {
	if t.equalMarked(item.raw) {
		return t.unique
	}
	if at := slices.IndexFunc(item.markers, func(marker string) bool { return marker != t.unique }); at >= 0 {
		return item.markers[at]
	}
	if len(item.markers) > 0 {
		return t.unique
	}
	return ""
}

// markerIn is pick for an item that was read by key.
func (t *thing) markerIn(raw any) string {
	return t.pick(&listed{raw: raw, markers: markersIn(raw)})
}

var errNoIdentity = errors.New("it has no identity yet")

func describe(p *place) string {
	if p.call == nil {
		return p.probe
	}
	return fmt.Sprintf("%s %s", p.call.Method, p.call.Template)
}
