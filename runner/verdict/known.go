package verdict

import (
	"slices"
	"sort"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
)

// A Known is a documented lie that applies to this cell.
type Known struct {
	Lie   Kind   `json:"lie"`
	See   string `json:"see,omitempty"`
	Until string `json:"until,omitempty"` // 2027-01-31, the last day on which it is an excuse; "" for no end
	// Over says that the run began after that day. It is decided when the run is, so
	// that an old record is judged as it was.
	Over bool `json:"over,omitempty"`
}

// documented turns a lie into a known one if each lying finding is documented; it
// covers nothing else that is wrong beside it. It says when a documented lie is told
// no more, and when its entry has run out.
func (w *watch) documented(v *Verdict) {
	known := append([]Known{}, w.r.Wanted.Known...)
	if w.liedTo() {
		known = append(known, Known{Lie: Kind(w.r.Wanted.Without)})
	}
	switch v.Class {
	case Lied:
		w.excuse(v, known)
	case Kept:
		w.fixed(v)
	}
}

// excuse turns the lying findings into known ones, all of them or none.
func (w *watch) excuse(v *Verdict, known []Known) {
	covered := true
	for i := range v.Findings {
		f := &v.Findings[i]
		if f.Class != Lied {
			continue
		}
		entry := entryOf(known, f.Kind)
		covered = covered && entry != nil && !entry.Over
		switch {
		case entry == nil:
		case entry.Over:
			f.Reason += "; it was documented as known until " + entry.Until + ", which is over"
		case entry.See != "":
			f.Reason += "; documented at " + entry.See
		}
	}
	if !covered {
		return
	}
	for i := range v.Findings {
		if v.Findings[i].Class == Lied {
			v.Findings[i].Class = KnownLie
		}
	}
	v.Findings = slices.DeleteFunc(v.Findings, w.saysTheLie)
	sort.SliceStable(v.Findings, func(i, j int) bool { return v.Findings[i].worse(&v.Findings[j]) })
	v.Class, v.Kind = v.Findings[0].Class, v.Findings[0].Kind
}

// saysTheLie reports the status of a success that is documented not to be one, where a
// refusal was wanted: it is the lie itself, and nothing beside it. What really was done has
// a status of its own to answer for, and so has a refusal other than the one that was wanted.
func (w *watch) saysTheLie(f Finding) bool {
	return f.Class == Broken && f.Kind == WrongStatus && w.claim == contracts.Done && w.r.Wanted.Status.refuses() && !all(w.deeds())
}

// entryOf gives the entry for a kind, one that is still good before one that has
// run out; nil for none.
func entryOf(known []Known, kind Kind) *Known {
	var found *Known
	for i := range known {
		if known[i].Lie == kind && (found == nil || found.Over && !known[i].Over) {
			found = &known[i]
		}
	}
	return found
}

// fixed says which documented lies were not told where they could have been: a cell
// that is refused, and rightly so, says nothing about a write that is said to be done.
func (w *watch) fixed(v *Verdict) {
	var kinds, seen []string
	for _, k := range w.r.Wanted.Known {
		if k.Over || lieOfRefusal(k.Lie) != (w.claim == contracts.Refused) {
			continue
		}
		kinds = append(kinds, string(k.Lie))
		if k.See != "" {
			seen = append(seen, k.See)
		}
	}
	if len(kinds) == 0 {
		return
	}
	f := w.plain(Kind(kinds[0]), "documented as "+strings.Join(kinds, " and ")+", and not told this time")
	if len(seen) > 0 {
		f.Reason += ": " + strings.Join(seen, ", ")
	}
	f.Class, f.Hint = KnownLie, "take the entry out of `known` when it stays so; it would excuse the lie when it comes back"
	v.Findings, v.Class, v.Kind, v.Fixed = []Finding{f.Finding}, KnownLie, f.Kind, true
}

// lieOfRefusal tells the lies that an answer tells by saying no.
func lieOfRefusal(kind Kind) bool { return kind == PhantomWrite || kind == ErrorLeftATrace }
