package verdict

import (
	"fmt"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// A Repeat says that the act of a record is the second: the one of First was sent
// before it, came out as the contract wants it, and is what the places showed before.
//
// With None the effects are read in the direction of a refusal, whatever the second
// answer claims: nothing new of ours, and everything as the first act left it. Else they
// are judged as ever, and what the first act made is not taken for the second's.
type Repeat struct {
	Name   string               `json:"name"` // of the entry of `again`
	Effect contracts.Repetition `json:"effect"`
	Key    string               `json:"key,omitempty"`  // identity of what the first act made
	Same   bool                 `json:"same,omitempty"` // reply: same
	// Masks are those of the resource, under the paths at which the replies hold it.
	// Whole is an item that cannot be found by a path: then First and Second are it.
	Masks  []Mask  `json:"masks,omitempty"`
	Items  *Pair   `json:"items,omitempty"`
	Marked bool    `json:"marked,omitempty"` // the second act carries a marker of its own
	First  *Record `json:"first"`
	_      struct{}
}

// A Pair is a part of the first reply, and of the second.
type Pair struct {
	First  any `json:"first"`
	Second any `json:"second"`
}

// Idle reports a second act after which nothing may have happened.
func (r *Record) Idle() bool { return r.Repeat != nil && r.Repeat.Effect == contracts.None }

// acted reports a marker of the act: of the second, or of the one before it.
func (r *Record) acted(marker string) bool {
	if r.Act != nil && r.Act.Marker == marker {
		return true
	}
	return r.Repeat != nil && r.Repeat.First != nil && r.Repeat.First.Act != nil && r.Repeat.First.Act.Marker == marker
}

// earlier reports an item that the first act made.
func (t *track) earlier(i *Item) bool {
	repeat := t.s.r.Repeat
	return repeat != nil && t.e.Verb == contracts.Creates &&
		(repeat.Key != "" && i.Key == repeat.Key || !i.New && i.Marker != "" && i.Marker == t.s.r.Act.Marker && !repeat.Marked)
}

// undid looks for what a second act that was to do nothing took back: what held
// before it holds no more.
func (t *track) undid(g *glance) *trace {
	if g.sign != no || t.beforeSign() != yes {
		return nil
	}
	switch t.e.Verb {
	case contracts.Deletes, contracts.Shows, contracts.Expects:
		return &trace{foreign: true, what: g.says + ", unlike after the first act"}
	}
	return nil
}

// repeated judges a second act of which nothing may have come. What it left is charged
// by what the answer claims; then the answer itself.
func (w *watch) repeated(deeds []*deed) []*charge {
	list := w.traces(w.r, deeds)
	list = append(list, w.undecided(deeds)...)
	switch {
	case Retry(w.r) && w.r.Act.Status != 503:
		return append(list, w.refusalItself(deeds, false)...)
	case w.claim == contracts.Unclear && !w.accepted():
		c := w.plain(Unreachable, said(w.r.Act)+": the second act got no answer that says whether it was done")
		c.Hint = "run it again; where this answer means something, say so in `claims`"
		return append(list, c)
	case !w.accepted():
		c := w.plain(WrongStatus, fmt.Sprintf("%s, and %s was expected", said(w.r.Act), w.expectedAgain()))
		c.Want, c.Got = w.expectedAgain(), fmt.Sprint(w.r.Act.Status)
		list = append(list, c)
	}
	return append(list, w.ofReply()...)
}

// traced names what a second act has left that was not to do anything. Where the answer
// refuses it, that is a trace like any other; else it is a second effect, a thing of ours
// that took the values which were sent, or another change.
func (w *watch) traced(o *outcome) Kind {
	switch verb := o.t.e.Verb; {
	case verb == contracts.Creates, (verb == contracts.Expects || verb == contracts.Sends && !o.t.e.never()) && o.g.trace.full:
		return DuplicatedWrite
	case verb == contracts.Updates && !o.g.trace.foreign:
		return AlteredValue
	}
	return SideEffect
}

// acceptedAgain is accepted for a second act that is to do nothing and of which no
// status is wanted: an API that replays its answer keeps it, and so does one that
// refuses. Where the reply is to be the same, that speaks of the status.
func (w *watch) acceptedAgain() bool {
	switch {
	case w.r.Repeat.Same:
		return true
	case w.claim == contracts.Refused:
		return w.r.Act.Status/100 == 4 || w.r.Act.Status/100 == 2
	}
	return w.claim == contracts.Done || w.claim == contracts.Accepted || w.r.Act.Status/100 == 2
}

func (w *watch) anyAnswer() bool { return w.r.Idle() && w.r.Wanted.Status.open() }

func (w *watch) expectedAgain() string {
	if w.anyAnswer() {
		return "2xx or 4xx"
	}
	return w.expected()
}

// open reports that no status was written.
func (s Status) open() bool { return len(s.Codes)+len(s.Classes) == 0 && s.Claim == "" }

// unlike charges a reply that is not the one to the first act, where it is to be.
func (w *watch) unlike() []*charge {
	repeat := w.r.Repeat
	if repeat == nil || !repeat.Same || repeat.First == nil || repeat.First.Act == nil || w.r.Act.Status == 0 {
		return nil
	}
	if w.item > 0 {
		return nil // the replies are compared as a whole
	}
	first, second := repeat.First.Act, w.r.Act
	if first.Status != second.Status && w.r.Wanted.Status.open() {
		c := w.plain(UnexpectedReply, fmt.Sprintf("the reply is not the same: %s, and the first act %s", said(second), said(first)))
		c.Want, c.Got = fmt.Sprint(first.Status), fmt.Sprint(second.Status)
		c.Hint = "where another status is right, write it beside reply: same"
		return []*charge{c}
	}
	path, was, is, differs := repeat.difference(first, second)
	if !differs {
		return nil
	}
	c := w.plain(UnexpectedReply, fmt.Sprintf("the reply is not the same: it says %s=%s, and the first said %s", path, is, was))
	c.Want, c.Got = path+"="+was, path+"="+is
	return []*charge{c}
}

// difference is the first place where the replies differ.
func (r *Repeat) difference(first, second *Act) (path, was, is string, differs bool) {
	if first.Unread != "" || second.Unread != "" {
		return "", "", "", false
	}
	one, two := first.Body, second.Body
	if r.Items != nil {
		one, two = r.Items.First, r.Items.Second
	}
	left, right := map[string]any{"body": one}, map[string]any{"body": two}
	if found := masks(r.Masks).changes(left, right, nil); len(found) > 0 {
		c := found[0]
		return fieldName(c.path), shown(c.old, c.was), shown(c.new, c.is), true
	}
	return "", "", "", false
}

// ofReply charges what the reply itself says: a false `expect`, or another reply where
// the same was wanted.
func (w *watch) ofReply() []*charge {
	list := w.unlike()
	if e := w.r.Act.Expect; e != nil && e.Truth == False {
		list = append(list, w.untrue(e))
	}
	return list
}

// untrue charges a reply that does not meet the `expect` of the contract, or of the case.
func (w *watch) untrue(e *Asked) *charge {
	c := w.plain(UnexpectedReply, "the reply does not meet `"+e.Source+"`")
	if c.Want, c.Got = e.Source, e.Why; e.Why != "" {
		c.Reason += ": " + e.Why
	}
	return c
}

// ofRepeat are the remarks on a second act.
func (w *watch) ofRepeat() []string {
	repeat := w.r.Repeat
	if repeat == nil || repeat.First == nil || repeat.First.Act == nil {
		return nil
	}
	first := repeat.First.Act
	text := first.Call + ", sent first, answered " + fmt.Sprint(first.Status) + " and was kept"
	if repeat.Key != "" {
		text += ": it made " + expr.Format(repeat.Key)
	}
	list := []string{text}
	if repeat.Same && (first.Unread != "" || w.r.Act.Unread != "") {
		list = append(list, "whether the replies are the same cannot be told: "+first.Unread+w.r.Act.Unread)
	}
	return list
}
