package comparison

import (
	"crypto/sha256"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// An Outline is how the replies to one call looked in one cell, without what is new
// each time: the names and types of fields, and the headers. Cells that went alike have
// equal outlines, so a run of thousands of cells has some dozens.
type Outline struct {
	Call   string `json:"call"`             // an operationId, or METHOD /path as it is written
	As     string `json:"as,omitempty"`     // "" for the account under test; nobody, another, a delivery
	Status int    `json:"status,omitempty"` // of the reply; 0 for a snapshot and a delivery
	// Fields are types by path: "items[].title" is "string", "null|string", or "absent|string"
	// where only some have it. The body itself has the path "".
	Fields map[string]string `json:"fields,omitempty"`
	// Headers are values by name, "" where the value is noise, or new each time.
	Headers map[string]string `json:"headers,omitempty"`
	// Snapshot are the contract's facts of the reply, as JSON.
	Snapshot map[string]string `json:"snapshot,omitempty"`
}

// Who a call went as, seen from the account under test.
const (
	asNobody   = "nobody"
	asAnother  = "another"
	asDelivery = "a delivery"
)

// Digest names an outline: equal ones have equal digests, in every run and store.
func (o *Outline) Digest() [16]byte {
	text, _ := json.Marshal(o) // texts and numbers alone; maps come sorted
	sum := sha256.Sum256(text)
	return [16]byte(sum[:16])
}

// OutlinesOf draws the outlines of a cell from its exchanges, in a fixed order.
func OutlinesOf(r *engine.Result) []*Outline {
	drawn := map[at]*drawing{}
	m := maskOf(r.Record)
	for _, x := range r.Exchanges {
		where, ok := placeOf(x, r.Subject().Account)
		if !ok {
			continue
		}
		if drawn[where] == nil {
			drawn[where] = newDrawing(m)
		}
		drawn[where].add(x)
	}
	var out []*Outline
	for where, d := range drawn {
		o := d.outline()
		o.Call, o.As, o.Status = where.call, where.as, where.status
		out = append(out, o)
	}
	if o := snapshotOf(r, m); o != nil {
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b *Outline) int { return a.at().compare(b.at()) })
	return out
}

// snapshotOf is the outline of what the contract asked to be kept, nil for nothing.
func snapshotOf(r *engine.Result, m *mask) *Outline {
	if r.Record == nil || r.Record.Act == nil || len(r.Record.Act.Snapshot) == 0 {
		return nil
	}
	o := &Outline{Call: r.Operation, Snapshot: map[string]string{}}
	for name, value := range r.Record.Act.Snapshot {
		text, err := json.Marshal(value)
		if err != nil {
			continue // no value of JSON, which a record cannot hold
		}
		o.Snapshot[name] = m.value(string(text))
	}
	return o
}

// An at is which replies an outline is of.
type at struct {
	call, as string
	status   int
}

func (o *Outline) at() at { return at{o.Call, o.As, o.Status} }

func (a at) compare(b at) int {
	if n := strings.Compare(a.call, b.call); n != 0 {
		return n
	}
	if n := strings.Compare(a.as, b.as); n != 0 {
		return n
	}
	return a.status - b.status
}

// placeOf says where an exchange belongs; false for one without a reply, which has no looks.
func placeOf(x *wire.Exchange, account string) (at, bool) {
	where := at{call: x.Call, status: x.Status}
	if where.call == "" {
		where.call = x.Method
	}
	switch {
	case x.Received:
		return at{call: where.call, as: asDelivery}, true
	case x.Eyes == account || x.Eyes == "":
	case x.Eyes == "nobody":
		where.as = asNobody
	default:
		where.as = asAnother
	}
	return where, x.Status != 0 && x.Failure == nil
}

// A drawing is an outline that is being made of several replies.
type drawing struct {
	mask    *mask
	seen    map[string]bool // bodies, because reads that wait see the same one often
	body    *body
	headers map[string]string
	replies int
	named   map[string]int // header → replies that have it
}

func newDrawing(m *mask) *drawing {
	return &drawing{mask: m, seen: map[string]bool{}, body: newBody(), headers: map[string]string{}, named: map[string]int{}}
}

func (d *drawing) add(x *wire.Exchange) {
	head, text := x.ReplyHeader, x.ReplyBody
	if x.Received {
		head, text = x.RequestHeader, x.RequestBody
	}
	if !d.seen[text] {
		d.seen[text] = true
		d.body.add(text)
	}
	d.replies++
	for i, field := range head {
		if framing(field.Name) || i > 0 && head[i-1].Name == field.Name { // or it came twice
			continue
		}
		d.named[field.Name]++
		value := ""
		if !noisyHeader(field.Name) {
			value = d.mask.value(field.Value)
		}
		if before, had := d.headers[field.Name]; had && before != value {
			value = "" // it varies within the cell
		}
		d.headers[field.Name] = value
	}
}

func (d *drawing) outline() *Outline {
	o := &Outline{Fields: d.body.fields(), Headers: map[string]string{}}
	for _, name := range slices.Sorted(maps.Keys(d.headers)) {
		if d.named[name] == d.replies { // what comes and goes within a cell is noise
			o.Headers[name] = d.headers[name]
		}
	}
	return o
}

// maskOf masks what this cell alone has: the identities and markers of its things.
func maskOf(record *verdict.Record) *mask {
	m := &mask{}
	if record == nil {
		return m
	}
	for _, each := range append([]*verdict.Record{record}, record.Earlier...) {
		for _, thing := range each.Things {
			m.hide(thing.Key)
			m.hide(thing.Marker)
		}
		if each.Act != nil {
			m.hide(each.Act.Key)
			m.hide(each.Act.Marker)
		}
	}
	return m
}
