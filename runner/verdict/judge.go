package verdict

import (
	"fmt"
	"slices"
	"sort"

	"github.com/polygraph-dev/polygraph/contracts"
)

// Judge says what a record proves. It is a pure function: the same record gives
// the same verdict, years later and in whatever order its readings are held.
//
// The record is the last attempt at the cell; those before it stand in Earlier.
// Where a finding could have another author and the record is not an attempt
// made alone and after a rest, the verdict is inconclusive and Again says what
// attempt would settle it.
func Judge(r *Record) Verdict {
	if r.Act == nil || r.Cell.Denied {
		return unsent(r)
	}
	parts := watches(r)
	w := parts[0].w
	var charges []*charge
	deeds := make([][]*deed, len(parts))
	for i, p := range parts {
		deeds[i] = p.w.deeds()
		charges = append(charges, p.charges(deeds[i])...)
	}
	charges = w.withoutBody(charges)
	if r.Act.Untouched {
		charges = []*charge{w.plain(Unreachable, said(r.Act)+", and nothing of it left")}
	}
	charges = append(charges, w.earlier()...)
	v := Verdict{Claim: w.claim, Remarks: append([]string{}, r.Remarks...)}
	again := w.settleAgain(charges)
	charges = w.halted(charges)
	v.conclude(w, charges)
	v.tally(r)
	if v.Class != Lied && r.Halt == nil { // a proved lie needs nothing more
		v.Again = again
	}
	v.Remarks = append(v.Remarks, w.remarks(&v)...)
	v.Remarks = append(v.Remarks, r.refusedItems()...)
	for i, p := range parts {
		v.Lines = append(v.Lines, p.lines(deeds[i])...)
		v.Sight = sights(v.Sight, deeds[i])
		v.Remarks = append(v.Remarks, remarked(deeds[i])...)
		v.Lent = v.Lent || p.w.lent
	}
	if r.Halt == nil {
		v.Behaviour = w.behaviour(deeds[0])
	}
	for _, b := range v.Behaviour {
		v.Remarks = append(v.Remarks, string(b.Kind)+": "+b.What)
	}
	v.foremost()
	return v
}

// unsent is the verdict on a cell whose act was not sent, or whose account is
// denied everything.
func unsent(r *Record) Verdict {
	f := Finding{Class: Inconclusive, Kind: SetupFailed, Effect: -1, Place: -1, Said: said(r.Act), Reason: "nothing was sent"}
	switch {
	case r.Halt != nil:
		f.Kind, f.Reason, f.Hint = r.Halt.Kind, r.Halt.Why, r.Halt.Hint
		f.Class = row(f.Kind).Class
	case r.Cell.Denied:
		f.Reason = "the account's own facts were answered 401: its credential is not accepted"
		f.Hint = "renew the credential of " + r.Cell.Account
	}
	return Verdict{Class: f.Class, Kind: f.Kind, Findings: []Finding{f}, Remarks: r.Remarks}
}

// halted lets an attempt that was stopped be inconclusive, unless a lie was
// proved before.
func (w *watch) halted(charges []*charge) []*charge {
	h := w.r.Halt
	if h == nil {
		return charges
	}
	c := w.plain(h.Kind, h.Why)
	c.Hint = h.Hint
	list := []*charge{c}
	for _, c := range charges {
		if c.Class == Lied {
			list = append(list, c)
		}
	}
	return list
}

// conclude sorts the findings and takes the worst.
func (v *Verdict) conclude(w *watch, charges []*charge) {
	sort.SliceStable(charges, func(i, j int) bool { return charges[i].worse(&charges[j].Finding) })
	seen := map[string]bool{}
	for _, c := range charges {
		id := fmt.Sprint(c.Kind, c.Effect, c.Place)
		if !seen[id] {
			seen[id] = true
			v.Findings = append(v.Findings, c.Finding)
		}
	}
	v.Class = Kept
	if len(v.Findings) > 0 {
		v.Class, v.Kind = v.Findings[0].Class, v.Findings[0].Kind
	}
	w.documented(v)
}

var classes = []Class{Lied, Broken, Inconclusive, KnownLie, Kept}

// worse orders findings: by class, by the rank of the kind, by the contract.
func (c *Finding) worse(d *Finding) bool {
	for _, class := range classes {
		if (c.Class == class) != (d.Class == class) {
			return c.Class == class
		}
	}
	if a, b := row(c.Kind).Rank, row(d.Kind).Rank; a != b {
		return a < b
	}
	return c.Effect < d.Effect
}

// earlier charges throttled attempts before this one that left a trace: "not
// now" claims that nothing was done.
func (w *watch) earlier() []*charge {
	var list []*charge
	for _, r := range w.r.Earlier {
		if r.Act == nil || !Retry(r) {
			continue
		}
		for _, p := range watches(r) {
			for _, c := range p.mapped(p.w.traces(p.r, p.w.deeds())) {
				if c.again == nil { // what others could have caused happened once, and never counts
					c.Reason = fmt.Sprintf("attempt %d: %s", r.Cell.Attempt, c.Reason)
					list = append(list, c)
				}
			}
		}
	}
	return list
}

// lines is one line per effect.
func (p *part) lines(deeds []*deed) []Line {
	var list []Line
	for _, d := range deeds {
		line := p.w.line(d)
		line.Effect = p.effect(line.Effect)
		list = append(list, line)
	}
	return list
}

// foremost puts the line of the finding that decides first.
func (v *Verdict) foremost() {
	if len(v.Findings) == 0 {
		return
	}
	first := v.Findings[0].Effect
	sort.SliceStable(v.Lines, func(i, j int) bool { return v.Lines[i].Effect == first && v.Lines[j].Effect != first })
}

func (w *watch) line(d *deed) Line {
	l := Line{Effect: d.effect, Outcome: string(d.is), Text: d.says()}
	for _, o := range d.outs {
		l.Reads += len(o.t.tried)
	}
	if d.main == nil {
		return l
	}
	t := d.main.t
	for i := range t.looks {
		if t.looks[i].sign == yes && !w.refusal() {
			l.First = t.looks[i].at - w.r.Act.SaidAt
			break
		}
	}
	if d.main.since > 0 && d.main.is != reverted {
		l.Stable = d.main.since - w.r.Act.SaidAt
	}
	if d.main.lost > 0 {
		l.Lost = d.main.lost - w.r.Act.SaidAt
	}
	return l
}

// sights adds the evidence of sight that was used.
func sights(list []string, deeds []*deed) []string {
	for _, d := range deeds {
		for _, o := range d.outs {
			if o.sight.ok && o.sight.by != "" && !slices.Contains(list, o.sight.by) {
				list = append(list, o.sight.by)
			}
		}
	}
	return list
}

// remarks are what is worth saying and decides nothing.
func (w *watch) remarks(v *Verdict) []string {
	var list []string
	act := w.r.Act
	if act.Mismatch != "" {
		list = append(list, "the reply does not fit its schema: "+act.Mismatch)
	}
	if act.Unread != "" {
		list = append(list, "the reply could not be decoded: "+act.Unread)
	}
	if e := act.Expect; e != nil && e.Truth == Unknown {
		list = append(list, "whether the reply meets `"+e.Source+"` cannot be told: "+e.Why)
	}
	if w.claim != contracts.Refused && len(w.r.Wanted.Lacks) > 0 && !w.barred() && v.Class == Kept {
		list = append(list, "done"+w.lacking())
	}
	list = append(list, w.jobRemarks(v)...)
	list = append(list, w.ofRepeat()...)
	if w.second() && len(w.r.Earlier) > 0 && v.Class != Lied {
		if first := Judge(w.r.Earlier[len(w.r.Earlier)-1]); first.Again != nil {
			list = append(list, "an earlier attempt saw what did not happen again, alone and after a rest: "+first.Again.Why)
		}
	}
	return list
}

// remarked are the remarks on the effects.
func remarked(deeds []*deed) []string {
	var list []string
	for _, d := range deeds {
		for _, o := range d.outs {
			list = append(list, o.remarks(d)...)
		}
	}
	return list
}

func (o *outcome) remarks(d *deed) []string {
	var list []string
	t := o.t
	if o.gone {
		list = append(list, d.e.Sentence+": a trace was seen, and was gone again")
	}
	for _, p := range t.already {
		if t.s.r.Idle() {
			break // nothing is to become so
		}
		list = append(list, d.e.Sentence+": "+fieldName(p)+" already had its value, and proves nothing")
	}
	if t.e.Verb == contracts.Updates || t.e.Verb == contracts.Keeps {
		for _, p := range t.noise {
			list = append(list, t.place().who()+": "+fieldName(p)+" moves by itself and was set aside")
		}
	}
	if r := t.place().Remark; r != "" {
		list = append(list, d.e.Sentence+": "+r)
	}
	if o.is == applied {
		list = append(list, t.excused(d.e.Sentence)...)
	}
	for i := range t.place().Events {
		if e := &t.place().Events[i]; e.Picked == True && e.Deliveries > 1 {
			list = append(list, fmt.Sprintf("%s: the event %s was delivered %d times, and counts once", d.e.Sentence, e.ID, e.Deliveries))
		}
	}
	if t.siblingsGo() {
		list = append(list, t.place().who()+": other items go by themselves, and were set aside")
	}
	return list
}
