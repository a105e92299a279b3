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
				c.again = &Again{Rest: w.rest(undone), Why: undone.says()}
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

// unexpected charges a status or a reply that the contract does not expect.
func (w *watch) unexpected(deeds []*deed) []*charge {
	var list []*charge
	switch {
	case !w.accepted() && w.vacuous(deeds):
		list = append(list, w.vacuously())
	case !w.accepted() && (all(deeds) || !w.liedTo()):
		kind := WrongStatus
		if all(deeds) && w.bypasses() {
			kind = PermissionBypassed
		}
		why := ""
		if kind == WrongStatus && w.unconditional(deeds) {
			kind, why = IgnoredDirective, ": "+w.r.Act.Condition+" was sent, and it was done all the same"
		}
		c := w.plain(kind, fmt.Sprintf("%s, and %s was expected%s", said(w.r.Act), w.expected(), why))
		c.Want, c.Got = w.expected(), fmt.Sprint(w.r.Act.Status)
		list = append(list, c)
	}
	return append(list, w.ofReply()...)
}

// all reports that every effect came out as the contract wants it.
func all(deeds []*deed) bool {
	for _, d := range deeds {
		if d.is != applied && d.is != late {
			return false
		}
	}
	return true
}

// barred reports an account that is expected to be refused: the user says what
// it lacks, or its facts do and the contract says what it then meets.
func (w *watch) barred() bool {
	return len(w.r.Wanted.Lacks) > 0 && (w.r.Wanted.LackStated || w.r.Wanted.Without != "")
}

// liedTo reports an account that, for want of a scope, is expected to be told a
// documented lie: a success that is none.
func (w *watch) liedTo() bool {
	return len(w.r.Wanted.Lacks) > 0 && row(Kind(w.r.Wanted.Without)).Class == Lied
}

// accepted reports that the answer is one that the contract expects here.
func (w *watch) accepted() bool {
	want, act := &w.r.Wanted, w.r.Act
	if w.item > 0 && act.Says != "" {
		return true // an answer that is written down for an item may be given; the call as a whole is what is expected
	}
	refused := w.claim == contracts.Refused
	if w.anyAnswer() {
		return w.acceptedAgain()
	}
	if want.Case {
		return want.Status.matches(act.Status, w.claim) || len(want.Lacks) > 0 && refused && act.Status/100 == 4
	}
	if w.barred() {
		return refused && (contains([]int{401, 403, 404}, act.Status) || act.Status/100 == 2) || want.Status.names(act.Status) && refused
	}
	return want.Status.matches(act.Status, w.claim)
}

// bypasses reports that a "done" here goes past a permission.
func (w *watch) bypasses() bool {
	return !w.r.Wanted.Case && w.barred() || w.r.Wanted.Recast && w.r.Wanted.Status.refuses()
}

// expected is the wanted answer in words.
func (w *watch) expected() string {
	s := w.r.Wanted.Status
	if !w.r.Wanted.Case && w.barred() && len(s.Codes) == 0 {
		return "401, 403 or 404"
	}
	var list []string
	for _, c := range s.Codes {
		list = append(list, fmt.Sprint(c))
	}
	for _, c := range s.Classes {
		list = append(list, fmt.Sprintf("%dxx", c))
	}
	switch {
	case len(list) > 0:
		return strings.Join(list, " or ")
	case s.Claim == contracts.Refused:
		return "a refusal"
	}
	return "2xx"
}

// refused judges what was said not to have been done.
func (w *watch) refused(deeds []*deed) []*charge {
	list := w.traces(w.r, deeds)
	marked := false
	for _, c := range list {
		marked = marked || c.again == nil && c.Class == Lied
	}
	answer := w.refusalItself(deeds, marked)
	if len(answer) == 0 || answer[0].Class == Inconclusive {
		list = append(list, w.undecided(deeds)...)
	}
	list = append(list, answer...)
	// The contract's `expect` speaks of the reply to those who may; a case says its own.
	turnedAway := !w.r.Wanted.Case && w.barred() && w.accepted()
	if e := w.unexpected(nil); !turnedAway && len(e) > 0 && e[len(e)-1].Kind == UnexpectedReply {
		list = append(list, e[len(e)-1])
	}
	return list
}

// traces charges what a refused act left behind.
func (w *watch) traces(r *Record, deeds []*deed) []*charge {
	var list []*charge
	for _, d := range deeds {
		for _, o := range d.outs {
			if o.is != left {
				continue
			}
			kind := ErrorLeftATrace
			switch {
			case w.claim != contracts.Refused:
				kind = w.traced(o)
			case o.g.trace.full && r.Act.Status/100 != 5:
				kind = PhantomWrite
			}
			if o.g.trace.blind || o.foreign && o.t.restless() {
				kind = NoisyFrame
			}
			c := w.charge(kind, d, o)
			if w.claim == contracts.Refused && r.Act.Status/100 == 5 {
				c.Reason += "; a 5xx is no negative answer here"
			}
			if kind == NoisyFrame {
				c.Reason, c.again = d.e.Sentence+": "+o.g.trace.what+", and such items appear without us", nil
				c.Hint = "let the case keep a field with ${unique} in it"
			}
			list = append(list, c)
		}
	}
	return list
}

// undecided charges places that could not be judged.
func (w *watch) undecided(deeds []*deed) []*charge {
	var list []*charge
	for _, d := range deeds {
		for _, o := range d.outs {
			switch o.is {
			case soBefore, noisy, unobserved, flapping:
				list = append(list, w.charge(o.kind, d, o))
			}
		}
	}
	return list
}

// refusalItself charges the answer where it is not the one that was expected.
func (w *watch) refusalItself(deeds []*deed, marked bool) []*charge {
	act := w.r.Act
	if Retry(w.r) && act.Status != 503 {
		c := w.plain(RateLimited, said(act)+", and so to the last attempt")
		c.Hint = "a slower `limits` for the target, or a later run"
		return []*charge{c}
	}
	if w.accepted() {
		return nil
	}
	if w.job.is == jobFailed {
		return w.jobRefused(deeds)
	}
	if refusedByBody(act) {
		if marked || w.r.Wanted.Status.refuses() || w.r.Wanted.Status.names(act.Status) {
			return nil
		}
		return []*charge{w.plain(InBandError, said(act))}
	}
	if w.wantsDone() {
		c := w.plain(WasRefused, said(act)+", and it was to be done")
		if act.Says != "" {
			c.Reason = said(act) + " and refused every item, and it was to be done"
		}
		c.Want, c.Got = w.expected(), fmt.Sprint(act.Status)
		c.Reason += w.lacking() + w.unseen(deeds)
		if o := w.replicated(deeds); o != nil {
			c.again = &Again{Rest: w.rest(o), Why: said(act) + ", while " + o.t.place().who() + " shows the thing"}
			c.Place = o.t.w.Place
		}
		return []*charge{c}
	}
	c := w.plain(WrongStatus, fmt.Sprintf("%s, and %s was expected", said(act), w.expected()))
	c.Want, c.Got = w.expected(), fmt.Sprint(act.Status)
	return []*charge{c}
}

func (w *watch) wantsDone() bool {
	s := w.r.Wanted.Status
	if !w.r.Wanted.Case && w.barred() || s.refuses() {
		return false
	}
	for _, c := range s.Codes {
		if c/100 != 2 {
			return false
		}
	}
	return true
}

// lacking names the scope that the account's facts lack, where nobody said that
// this is how it should be.
func (w *watch) lacking() string {
	if len(w.r.Wanted.Lacks) == 0 {
		return ""
	}
	return "; this account lacks " + strings.Join(w.r.Wanted.Lacks, ", ")
}

func (w *watch) unseen(deeds []*deed) string {
	var list []string
	for _, d := range deeds {
		for _, o := range d.outs {
			if o.is == unobserved {
				list = append(list, o.why)
			}
		}
	}
	if len(list) == 0 {
		return ""
	}
	return "; whether it left a trace could not be seen: " + strings.Join(list, "; ")
}

// replicated finds a place that shows the given thing which the act, answered
// 404, did not find: a replica may not have had it yet.
func (w *watch) replicated(deeds []*deed) *outcome {
	if w.r.Act.Status != 404 {
		return nil
	}
	for _, d := range deeds {
		if d.e.Verb == contracts.Creates {
			continue
		}
		for _, o := range d.outs {
			if g := o.t.lastKnown(); g != nil && o.t.ours() && o.t.place().Look != Expression {
				if _, there := o.t.item(g.Reading); there {
					return o
				}
			}
		}
	}
	return nil
}

// unclear judges an answer that says nothing: done or not is both well, half is
// not.
func (w *watch) unclear(deeds []*deed) []*charge {
	var list []*charge
	gone, there := false, false
	for _, d := range deeds {
		if d.guard() || d.aside() {
			continue
		}
		gone, there = gone || d.is == missing, there || d.present()
	}
	for _, d := range deeds {
		switch {
		case d.guard() || d.aside() || d.main == nil:
		case d.is == split, d.is == missing && there, d.is == dropped, d.is == altered:
			list = append(list, w.charge(HalfDone, d, d.main))
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
