package verdict

import (
	"fmt"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// A wrong success: what was asked is done, and the answer says of it what is not so. Two
// things that an answer says can be held against the world, since RFC 9110 says what they
// mean: the Location of a 201 names what was made (15.3.2), and a strong ETag on the
// answer to a PUT says that what was sent was stored as it was sent (9.3.4).

// wrongly charges both. What is not done at all has worse names.
func (w *watch) wrongly(deeds []*deed) []*charge {
	var list []*charge
	for _, d := range deeds {
		if d.e.Address && d.is == missing && w.made(deeds) {
			c := w.charge(WrongSuccess, d, d.main)
			c.Reason = d.e.Sentence + ": it was made, and its Location leads nowhere"
			list = append(list, c)
		}
	}
	if c := w.transformed(); c != nil {
		list = append(list, c)
	}
	return list
}

// made reports that everything that is created was seen.
func (w *watch) made(deeds []*deed) bool {
	created := false
	for _, d := range deeds {
		if d.e.Verb != contracts.Creates {
			continue
		}
		if created = d.is == applied || d.is == late; !created {
			return false
		}
	}
	return created
}

// transformed charges a PUT whose answer carries the very ETag under which its own eyes
// then read other values than were sent. What the provider adds is left alone: few would
// call that untrue, whatever the RFC says. So is a weak ETag, which claims no bytes, and
// one that names what somebody has written since.
func (w *watch) transformed() *charge {
	act := w.r.Act
	if act.Method != "PUT" || act.ETag == "" || strings.HasPrefix(act.ETag, "W/") {
		return nil
	}
	for _, t := range w.tracks {
		if t.place().Look != ByKey || t.place().Eyes != act.Eyes || t.e.Verb != contracts.Updates && t.e.Verb != contracts.Creates {
			continue
		}
		for i := range t.looks {
			g := &t.looks[i]
			if g.ETag != act.ETag || g.Known != Value {
				continue
			}
			if other := w.otherBytes(t, g); other != nil {
				return other
			}
		}
	}
	return nil
}

func (w *watch) otherBytes(t *track, g *glance) *charge {
	for _, l := range exactly(t.e.Masks).leaves(w.r.Act.Sent, g.Value) {
		if l.ok || l.want == nil || !l.has || l.mask.Mask == contracts.MustExist {
			continue
		}
		c := w.plain(WrongSuccess, fmt.Sprintf("%s with ETag %s, which says that all is stored as it was sent; under that ETag %s says %s=%s",
			said(w.r.Act), w.r.Act.ETag, t.place().who(), fieldName(l.path), expr.Format(l.got)))
		c.Effect, c.Place, c.Fields = t.effect, t.w.Place, []string{fieldName(l.path)}
		c.Want, c.Got = expr.Format(l.want), expr.Format(l.got)
		c.Hint = "an answer to a PUT carries no ETag where what was sent is changed before it is stored (RFC 9110, 9.3.4)"
		return c
	}
	return nil
}

// exactly are the masks of fields that are not compared at all. The others may differ by
// the contract, and not by what an ETag says.
func exactly(ms masks) masks {
	var left masks
	for _, m := range ms {
		if m.Renamed {
			m.Mask = contracts.Ignore
		}
		if !m.compared() || m.Mask == contracts.MustExist {
			left = append(left, m)
		}
	}
	return left
}

// seenBeside asks that the eyes that follow a Location have seen by another way what it
// should lead to.
func (t *track) seenBeside() seeing {
	for _, other := range t.s.tracks {
		if other.e.Address || other.place().Eyes != t.place().Eyes || other.place().Thing != t.place().Thing {
			continue
		}
		for i := range other.looks {
			if other.looks[i].sign == yes {
				return seeing{ok: true, by: other.place().who() + " showed the thing"}
			}
		}
	}
	return seeing{lack: "these eyes did not see the thing by another way"}
}
