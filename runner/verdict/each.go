package verdict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
)

// An Each is one item of a bulk call: what was sent for it, and what was answered.
type Each struct {
	Title   string          `json:"title,omitempty"` // for messages: what tells it from the others
	Sent    any             `json:"sent,omitempty"`
	Marked  map[string]any  `json:"marked,omitempty"`   // as Act.Marked, of this item
	Answer  any             `json:"answer,omitempty"`   // nil for none
	Claim   contracts.Claim `json:"claim,omitempty"`    // of the answer; "" where the status speaks for it
	Why     string          `json:"why,omitempty"`      // of an unknown claim
	ByJob   bool            `json:"by_job,omitempty"`   // the answer stood in what the job told of the items, and not in the reply
	Key     string          `json:"key,omitempty"`      // identity of the thing
	KeyFrom string          `json:"key_from,omitempty"` // body, request, marker; "" for none
}

// together is what the answers of all items claim: refused where each is, done where
// any is, and else nothing. "" where the status speaks for some of them.
func (r *Record) together() contracts.Claim {
	all := r.says(0)
	for i := range r.Each {
		switch claim := r.says(i); {
		case claim == "" || claim == contracts.Accepted:
			return ""
		case claim == contracts.Done:
			return claim
		case claim != all:
			all = contracts.Unclear
		}
	}
	return all
}

// promised reports a bulk call of which a job tells how it ended.
func (r *Record) promised() bool { return r.Accepted != nil && Claim(r.Act) == contracts.Accepted }

// says is what the answer for an item claims. A reply that only promises can only promise
// of its items, too: what becomes of those is for the job to say.
func (r *Record) says(i int) contracts.Claim {
	each := &r.Each[i]
	if each.Claim == contracts.Done && !each.ByJob && r.promised() {
		return contracts.Accepted
	}
	return each.Claim
}

// tally adds to the finding that decides for how many items of the call it holds.
func (v *Verdict) tally(r *Record) {
	if len(r.Each) == 0 || len(v.Findings) == 0 || v.Findings[0].Effect < 0 || r.Effects[v.Findings[0].Effect].Item == 0 {
		return
	}
	var items []int
	for _, f := range v.Findings {
		if f.Kind != v.Kind || f.Effect < 0 {
			continue
		}
		if item := r.Effects[f.Effect].Item; item > 0 && !slices.Contains(items, item) {
			items = append(items, item)
		}
	}
	slices.Sort(items)
	v.Findings[0].Reason += fmt.Sprintf("; so it is with %d of %s%s", len(items), count(len(r.Each), "item"), numbers(items))
}

// numbers names items, a few of them.
func numbers(items []int) string {
	if len(items) < 2 {
		return ""
	}
	const most = 12
	var list []string
	for _, item := range items[:min(most, len(items))] {
		list = append(list, fmt.Sprint(item))
	}
	if len(items) > most {
		list = append(list, "…")
	}
	return ": " + strings.Join(list, ", ")
}

// refusedItems says which items were refused, where that is no finding.
func (r *Record) refusedItems() []string {
	var items []int
	for i := range r.Each {
		if r.Each[i].Claim == contracts.Refused {
			items = append(items, i+1)
		}
	}
	if len(items) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d of %s refused, as the answers say%s", len(items), count(len(r.Each), "item"), numbers(items))}
}

// withoutBody leaves out, of a bulk call whose body says no, that it says so where something
// of it was done: as with one act, what was left behind names it.
func (w *watch) withoutBody(charges []*charge) []*charge {
	traced := func(c *charge) bool { return c.Class == Lied && lieOfRefusal(c.Kind) && c.again == nil }
	if w.claim != contracts.Refused || !refusedByBody(w.r.Act) || !slices.ContainsFunc(charges, traced) {
		return charges
	}
	return slices.DeleteFunc(charges, func(c *charge) bool { return c.Kind == InBandError })
}
