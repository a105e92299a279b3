package verdict

import (
	"fmt"
	"sort"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
)

// A seeing says why "not there" counts at a place.
type seeing struct {
	ok   bool
	weak bool   // lent by other accounts
	by   string // the evidence, for the report
	lack string // why there is none
}

// sight looks for the evidence of VERDICTS section 4, the strongest first.
func (t *track) sight() seeing {
	p := t.place()
	switch {
	case p.Look == Expression:
		return t.partsSeen()
	case p.Look == Inbox:
		return t.heard()
	case t.e.Address:
		return t.seenBeside()
	case t.e.Verb == contracts.Finds:
		return t.witnessed()
	case t.sawOwn():
		return seeing{ok: true, by: p.who() + " showed the thing itself"}
	case t.sawOther():
		return seeing{ok: true, by: p.who() + " shows other things in the same listing"}
	case p.Sight.SameEyes != nil:
		return seeing{ok: true, by: "the same eyes saw " + p.Sight.SameEyes.What}
	}
	return t.peers()
}

// sawOwn reports that the thing was read here, before the act or after it.
func (t *track) sawOwn() bool {
	p := t.place()
	for _, list := range [][]Reading{p.Before, p.Rested} {
		for i := range list {
			if _, there := t.item(&list[i]); there && t.e.Verb != contracts.Creates {
				return true
			}
		}
	}
	for i := range t.looks {
		if g := &t.looks[i]; g.Reading.Known == Value && t.presents(g) {
			return true
		}
	}
	return false
}

func (t *track) presents(g *glance) bool {
	if t.e.Verb == contracts.Creates && t.listed(g.Reading) {
		for i := range g.Items {
			if t.carries(&g.Items[i]) || t.key != "" && g.Items[i].Key == t.key {
				return true
			}
		}
		return false
	}
	_, there := t.item(g.Reading)
	return there
}

// sawOther reports a complete listing that holds another item of the resource.
func (t *track) sawOther() bool {
	if t.place().Look != Listing {
		return false
	}
	for _, list := range [][]Reading{t.place().Readings, t.place().Before} {
		for i := range list {
			r := &list[i]
			if r.Known == Value && r.Complete && (r.Others > 0 || t.otherItem(r)) {
				return true
			}
		}
	}
	return false
}

func (t *track) otherItem(r *Reading) bool {
	for i := range r.Items {
		if item := &r.Items[i]; t.earlier(item) || !t.isOurs(item) && (item.Marker == "" || item.Marker != t.s.r.Act.Marker) {
			return true
		}
	}
	return false
}

// partsSeen asks of an expression that each of its parts has shown something at
// some time: over places that never did, it is false for want of sight.
func (t *track) partsSeen() seeing {
	for _, i := range t.place().Parts {
		p := &t.s.r.Places[i]
		if len(p.Before)+len(p.Readings) > 0 && !p.everShowed() {
			return seeing{lack: p.who() + " never showed anything"}
		}
	}
	return seeing{ok: true}
}

func (p *Place) everShowed() bool {
	for _, list := range [][]Reading{p.Before, p.Readings} {
		for i := range list {
			if list[i].Known == Value {
				return true
			}
		}
	}
	return false
}

// peers counts other accounts that saw their own thing through the same probe,
// unless this account may well not see what they see.
func (t *track) peers() seeing {
	sight := &t.place().Sight
	t.s.lent = true
	switch {
	case len(sight.Peers) == 0:
		return seeing{lack: "nobody has been seen to see anything there"}
	case sight.Denied:
		return seeing{lack: "these eyes were denied there"}
	case sight.Hidden:
		return seeing{lack: "others saw there what was meant for these eyes, and these did not"}
	case sight.Blind && t.place().Look == Listing:
		return seeing{lack: "the listing never showed these eyes anything that they read by key"}
	}
	var names []string
	lack := ""
	for i := range sight.Peers {
		peer := &sight.Peers[i]
		if more := t.s.lacksMore(peer); more != "" {
			if text := fmt.Sprintf("this account lacks %s, which %s has", more, peer.Account); lack == "" || text < lack {
				lack = text // of one of them, the same in any order
			}
			continue
		}
		names = append(names, peer.Account)
	}
	if len(names) == 0 {
		return seeing{lack: lack}
	}
	sort.Strings(names)
	return seeing{ok: true, weak: true, by: "other accounts saw theirs there: " + strings.Join(names, ", ")}
}

// lacksMore names what the peer can and this account cannot, beyond what the
// contract needs; "" for nothing, and where the facts of either are not known.
func (s *scene) lacksMore(peer *Peer) string {
	if !s.r.Cell.CanKnown || !peer.CanKnown {
		return ""
	}
	have := map[string]bool{}
	for _, list := range [][]string{s.r.Cell.Can, s.r.Wanted.Needs} {
		for _, scope := range list {
			have[scope] = true
		}
	}
	var more []string
	for _, scope := range peer.Can {
		if !have[scope] {
			more = append(more, scope)
		}
	}
	return strings.Join(more, ", ")
}

// witnesses are the other places that look for the thing of a `finds`.
func (t *track) witnesses() []int {
	var list []int
	for i := range t.s.r.Places {
		p := &t.s.r.Places[i]
		if i != t.w.Place && p.Thing == t.e.Thing && p.Thing != "" && p.Look != Reply && p.Look != Expression {
			list = append(list, i)
		}
	}
	return list
}

// witnessed asks that another place showed the thing before the act and after
// the first final reply that lacked it.
func (t *track) witnessed() seeing {
	for _, i := range t.witnesses() {
		w := *t
		w.w.Place = i
		before, after := false, false
		p := &t.s.r.Places[i]
		for j := range p.Before {
			_, there := w.item(&p.Before[j])
			before = before || there
		}
		for j := range p.Readings {
			r := &p.Readings[j]
			_, there := w.item(r)
			after = after || there && r.SentAt-r.Age >= t.patience()
		}
		if before && after {
			return seeing{ok: true, by: p.who() + " showed it before and after the reply that lacks it"}
		}
	}
	return seeing{lack: "no other place showed the thing before and after the reply"}
}
