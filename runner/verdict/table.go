package verdict

import (
	"fmt"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
)

// charges is the table of VERDICTS section 6: claim by outcome.
func (w *watch) charges(deeds []*deed) []*charge {
	if w.r.Idle() {
		return w.repeated(deeds)
	}
	switch w.claim {
	case contracts.Refused:
		return w.refused(deeds)
	case contracts.Unclear:
		return w.unclear(deeds)
	}
	if w.nothing() {
		return w.disregarded(deeds)
	}
	if w.open() {
		return w.unended(deeds)
	}
	return w.done(deeds)
}

// done judges what was said to be done, by the answer or by its job; so is what was
// accepted, where the contract does not say how that ends.
func (w *watch) done(deeds []*deed) []*charge {
	list := w.undone(deeds)
	for _, d := range deeds {
		for _, o := range d.outs {
			if k := w.kindOf(o); k != "" && !d.e.Address && !w.landed(deeds, o) {
				list = append(list, w.charge(k, d, o))
			}
		}
		if d.other != nil && !w.namedByPromise() {
			list = append(list, w.otherKey(d))
		}
	}
	list = append(list, w.wrongly(deeds)...)
	return append(list, w.unexpected(deeds)...)
}

// undone charges effects that are absent: nothing was done if every observed one
// is, and half of it if another is there. Where another was there until it was gone, and
// none stands, the absent one went with it, for all we know: that it was taken back is
// charged where it was seen.
func (w *watch) undone(deeds []*deed) []*charge {
	var list []*charge
	present, takenBack := false, false
	for _, d := range deeds {
		present = present || !d.guard() && d.present() && d.is != reverted
		takenBack = takenBack || !d.guard() && d.is == reverted
	}
	for _, d := range deeds {
		if d.guard() || d.aside() || d.is != missing && d.is != split || takenBack && !present {
			continue
		}
		kind, undone := w.lost(d), (*outcome)(nil)
		switch {
		case kind == MisdirectedWrite || !present && d.is != split:
		case stands(deeds):
			kind = HalfDone
		default: // what was there is gone again, and here it was not seen in time
			kind, undone = RevertedWrite, somewhere(deeds)
		}
		c := w.charge(kind, d, d.main)
		if kind == MisdirectedWrite {
			c.Reason += "; " + w.astray(d)
		}
		if o := somewhere(deeds); kind == HalfDone && o != nil {
			c.Reason += "; " + o.says()
		}
		for _, o := range d.outs { // an expression over what is not ours proves nothing by itself
			if d.is == missing && o.is == missing && !o.foreign {
				c.again = nil
			}
		}
		if undone != nil {
			c.Reason += "; " + undone.says()
			if undone.foreign {
				c.again = w.askAgain(undone)
			}
		}
		list = append(list, c)
	}
	return list
}

// stands reports a place where something was done, and was not undone again.
func stands(deeds []*deed) bool {
	for _, d := range deeds {
		for _, o := range d.outs {
			if !d.guard() && o.present() && o.is != reverted {
				return true
			}
		}
	}
	return false
}

// somewhere is the first place where something was done; nil for none.
func somewhere(deeds []*deed) *outcome {
	for _, d := range deeds {
		for _, o := range d.outs {
			if !d.guard() && o.present() {
				return o
			}
		}
	}
	return nil
}

// lost names an act of which nothing was seen.
func (w *watch) lost(d *deed) Kind {
	switch {
	case w.astray(d) != "":
		return MisdirectedWrite
	case w.claim == contracts.Accepted || w.r.Act.Promised:
		return AcceptedThenLost
	case d.e.Verb == contracts.Finds:
		return FilteredEmpty
	case saysNo(w.r.Act.Body):
		return InBandError
	case d.e.Verb == contracts.Deletes:
		return IneffectiveDelete
	case d.e.Verb == contracts.Sends:
		return MissingEvent
	}
	return LostWrite
}

// kindOf names what is wrong at one place after a "done"; "" for nothing, and for
// absent, which is judged over all places.
func (w *watch) kindOf(o *outcome) Kind {
	switch o.is {
	case reverted:
		return RevertedWrite
	case duplicated:
		return DuplicatedWrite
	case dropped:
		return DroppedField
	case altered:
		return AlteredValue
	case collateral:
		if o.cameBack() {
			return ""
		}
		return SideEffect
	case exposed:
		return Leaked
	case late:
		return LateEffect
	case soBefore, noisy, unobserved, flapping:
		return o.kind
	}
	return ""
}

func (w *watch) otherKey(d *deed) *charge {
	c := w.plain(UnexpectedReply, fmt.Sprintf("%s: the reply names key %q (%s), and our marker stands under %q", d.e.Sentence, w.r.Act.Key, w.r.Act.KeyFrom, d.other.other))
	c.Effect, c.Want, c.Got = d.effect, d.other.other, w.r.Act.Key
	return c
}

// unclear judges an answer that says nothing: done or not is both well, half is
// not.
func (w *watch) unclear(deeds []*deed) []*charge {
	var list []*charge
	gone, there, ours := false, false, false
	var hearsay *outcome // what anybody may have brought about
	for _, d := range deeds {
		if d.guard() || d.aside() {
			continue
		}
		gone, there = gone || d.is == missing, there || d.present()
		if d.present() && d.main != nil && d.main.t.shared() {
			hearsay = d.main
		} else {
			ours = ours || d.present()
		}
	}
	for _, d := range deeds {
		switch {
		case d.guard() || d.aside() || d.main == nil:
		case d.is == split, d.is == missing && there, d.is == dropped, d.is == altered:
			c := w.charge(HalfDone, d, d.main)
			if d.is == missing && !ours && hearsay != nil {
				c.again = w.askAgain(hearsay)
			}
			list = append(list, c)
		case d.is == duplicated:
			list = append(list, w.charge(DuplicatedWrite, d, d.main))
		}
	}
	if w.r.Act.Status/100 == 3 {
		if w.r.Wanted.Status.names(w.r.Act.Status) {
			return append(list, w.undecided(deeds)...)
		}
		c := w.plain(WrongStatus, said(w.r.Act)+", which is never followed; "+w.expected()+" was expected")
		return append(list, c)
	}
	if w.item == 0 && w.r.Act.Says != "" { // what its items claim is asked of them
		return append(append(list, w.undecided(deeds)...), w.unexpected(deeds)...)
	}
	c := w.plain(Unreachable, w.unsaid()+": nobody knows whether it was done"+whatWasSeen(gone, there))
	c.Hint = "run it again; where this answer means something, say so in `claims`"
	return append(append(list, w.undecided(deeds)...), c)
}

// unsaid is what the answer is that claims nothing.
func (w *watch) unsaid() string {
	if w.item == 0 || w.r.Act.Says == "" {
		return said(w.r.Act)
	}
	return w.r.Effects[0].Sentence + ": its answer says neither done nor refused"
}

func whatWasSeen(gone, there bool) string {
	switch {
	case there && !gone:
		return "; it was"
	case gone && !there:
		return "; nothing of it was seen"
	}
	return ""
}

// saysNo reports a body that looks like a refusal. It never changes a claim.
func saysNo(body any) bool {
	if b, isBool := body.(bool); isBool {
		return !b
	}
	m, isMap := body.(map[string]any)
	if !isMap {
		return false
	}
	for name, v := range m {
		switch strings.ToLower(name) {
		case "ok", "success":
			if v == false {
				return true
			}
		case "error", "errors":
			if !(leaf{got: v, has: true}).fellOut() {
				return true
			}
		case "status":
			if s, _ := v.(string); strings.EqualFold(s, "error") || strings.EqualFold(s, "failed") {
				return true
			}
		}
	}
	return false
}
