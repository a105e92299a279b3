package verdict

import (
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
)

// A trace is what a refused act left, as one reading shows it.
type trace struct {
	full    bool // a thing of ours was made, or all that the effect wants was reached
	foreign bool // somebody else could have caused it: it counts only when it happens again, alone and rested
	blind   bool // new items appeared, and nothing that was sent can be read in them
	what    string
}

// blame reads a glance in the direction of a refusal: no means a trace, yes
// means none.
func (t *track) blame(g *glance) {
	if g.sign == dark {
		return
	}
	reached := g.sign == yes
	switch t.e.Verb {
	case contracts.Creates:
		g.trace = t.made(g)
	case contracts.Updates:
		g.trace = t.touched(g)
	case contracts.Deletes:
		if reached && t.ours() && t.beforeSign() == no {
			g.trace = &trace{full: true, foreign: true, what: "does not show it any more"}
		}
	case contracts.Shows:
		if reached && t.beforeSign() == no {
			g.trace = &trace{full: true, foreign: true, what: "shows it, and did not before"}
		}
	case contracts.Finds:
		if reached {
			g.trace = &trace{full: true, what: "holds it"}
		}
	case contracts.Hides:
		g.trace = t.unhidden(g)
	case contracts.Sends:
		g.trace = t.announced(g)
	case contracts.Keeps:
		if !reached && (t.ours() || t.place().Thing == "") {
			g.trace = &trace{foreign: true, what: g.says}
		}
	case contracts.Expects:
		if reached && t.beforeSign() == no {
			g.trace = &trace{full: true, foreign: true, what: g.says + ", and it did not before"}
		}
	}
	if g.trace == nil && t.s.r.Idle() {
		g.trace = t.undid(g)
	}
	if g.sign = yes; g.trace != nil {
		g.sign, g.says = no, g.trace.what
	}
}

// ours reports that this attempt made the effect's thing.
func (t *track) ours() bool {
	for i := range t.s.r.Things {
		if t.s.r.Things[i].Name == t.e.Thing || t.s.r.Things[i].Name == t.place().Thing {
			return true
		}
	}
	return false
}

// made looks for what a refused act has made: things that carry this attempt's
// marker, and new unmarked ones that equal everything that was sent.
func (t *track) made(g *glance) *trace {
	act := t.s.r.Act
	if !t.listed(g.Reading) {
		value, there := t.item(g.Reading)
		switch {
		case !there:
			return nil
		case g.Marker != "" && g.Marker == act.Marker:
			return &trace{full: true, what: "shows it, with our marker"}
		case t.unmarked(&Item{New: true, Marker: g.Marker, Value: value}):
			return &trace{full: true, foreign: true, what: "shows what was sent"}
		}
		return nil
	}
	unknown := false
	for i := range g.Items {
		item := &g.Items[i]
		switch {
		case t.earlier(item):
		case item.Marker != "" && item.Marker == act.Marker:
			return &trace{full: true, what: "lists " + item.Key + " with our marker"}
		case t.unmarked(item):
			return &trace{full: true, foreign: true, what: "lists " + item.Key + ", new and with everything that was sent"}
		case item.New && item.Marker == "" && !t.readable():
			unknown = true
		}
	}
	if unknown {
		return &trace{foreign: true, blind: true, what: "lists new items, and nothing that was sent can be read in them"}
	}
	return nil
}

// readable reports that something was sent that can be read back.
func (t *track) readable() bool {
	for _, l := range masks(t.e.Masks).leaves(t.e.Want, nil) {
		if l.want != nil && l.mask.Mask != contracts.MustExist {
			return true
		}
	}
	return false
}

// touched looks for what a refused update has changed: values that it tried to
// write, and, on things of ours, anything else.
func (t *track) touched(g *glance) *trace {
	value, there := t.item(g.Reading)
	before, was := t.beforeValue()
	if !was {
		return nil
	}
	if !there {
		if !t.ours() {
			return nil
		}
		return &trace{foreign: true, what: "does not show the thing any more"}
	}
	var written []string
	open := 0
	for _, l := range masks(t.e.Masks).leaves(t.e.Want, value) {
		if l.mask.Mask == contracts.MustExist || t.alreadyHad(l.path) || t.noisyAt(l.path) {
			continue
		}
		open++
		if l.ok {
			written = append(written, fieldName(l.path)+"="+shown(l.got, l.has))
		}
	}
	if len(written) > 0 {
		return &trace{full: len(written) == open, what: "says " + strings.Join(written, ", ") + ", as the refused call wanted"}
	}
	if !t.ours() {
		return nil
	}
	skip := append(append([][]string{}, t.e.Also...), t.noise...)
	if found := masks(t.e.Masks).changes(before, value, skip); len(found) > 0 {
		c := found[0]
		return &trace{foreign: true, what: "says " + fieldName(c.path) + "=" + shown(c.new, c.is) + ", and said " + shown(c.old, c.was) + " before"}
	}
	return nil
}

// unhidden looks for what a refused hiding has changed.
func (t *track) unhidden(g *glance) *trace {
	was := t.beforeSign()
	switch {
	case !t.ours() || was == dark || was == g.sign:
		return nil
	case g.sign == yes:
		return &trace{full: true, foreign: true, what: "does not show it any more"}
	}
	return &trace{foreign: true, what: "shows it, and did not before"}
}
