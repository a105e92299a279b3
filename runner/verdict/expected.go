package verdict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
)

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
		return refused && (slices.Contains([]int{401, 403, 404}, act.Status) || act.Status/100 == 2) || want.Status.names(act.Status) && refused
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
