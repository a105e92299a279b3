package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// falsifiers says what would prove a verdict wrong: for every effect what a read
// would have to show, then what is of its kind, then what holds of all.
func falsifiers(record *verdict.Record, v verdict.Verdict) []string {
	out := wantedSights(record, v)
	for _, line := range falsifierLines() {
		if line.kind == v.Kind {
			out = append(out, line.wrongIf)
		}
	}
	if act := record.Act; act != nil {
		if act.Status != 0 {
			out = append(out, fmt.Sprintf("your log of this request (the ids are above) shows that it was answered otherwise than %d", act.Status))
		}
		out = append(out, fmt.Sprintf("your log shows a second request like it: %s was sent %s", act.Call, times(act.Sends)))
	}
	return append(out, "your log shows that somebody else changed the same thing between the reply and the last read")
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// A falsifierLine is what would prove a kind wrong, besides what its effects' places show.
type falsifierLine struct {
	kind    verdict.Kind
	wrongIf string
}

// falsifierLines are the kinds that accuse, in the order of verdict.Kinds.
func falsifierLines() []falsifierLine {
	return []falsifierLine{
		{verdict.InBandError, "the body of the reply does not say no, or the documentation says that this status with this body means that it was done"},
		{verdict.Leaked, "the documentation says that these eyes may see it"},
		{verdict.MisdirectedWrite, "the thing is where it was sent, and not where it was seen"},
		{verdict.PhantomWrite, "what was found afterwards was made by another request than the refused one"},
		{verdict.ErrorLeftATrace, "what has changed was changed by another request than the refused one"},
		{verdict.LostWrite, "it can be seen at a later time: then say after how long it is visible at the latest"},
		{verdict.IneffectiveDelete, "it is gone at a later time: then say after how long at the latest"},
		{verdict.MissingEvent, "your log shows a delivery to the address that was registered, with the answer that it got"},
		{verdict.FilteredEmpty, "the documentation says that this read leaves out such things"},
		{verdict.AcceptedThenLost, "the job that was accepted is reported as failed, or is still under way"},
		{verdict.RevertedWrite, "somebody else undid it, or the documentation says that it does not last"},
		{verdict.DuplicatedWrite, "the further ones were made by other requests"},
		{verdict.HalfDone, "the place that lacks it shows it at a later time: then say after how long at the latest"},
		{verdict.DroppedField, "the documentation says that the field is not stored, or is read elsewhere"},
		{verdict.AlteredValue, "the documentation says that the value is changed like this"},
		{verdict.SideEffect, "the documentation says that this changes too, or somebody else changed it"},
		{verdict.VacuousSuccess, "what was named was there"},
		{verdict.IgnoredDirective, "the documentation says that what was asked for is not heeded here"},
		{verdict.WrongSuccess, "what the reply says of it is so"},
		{verdict.PermissionBypassed, "the documentation says that this account may do it"},
		{verdict.WasRefused, "the documentation says that this account may not do it, or that this input is refused"},
		{verdict.WrongStatus, "the documentation names this status for it"},
		{verdict.UnexpectedReply, "the documentation shows a reply like this"},
		{verdict.LateEffect, "the documentation says that it takes so long"},
	}
}

// wantedSights are what the reads of an effect that was not as wanted would show, that of
// the finding that decided first.
func wantedSights(record *verdict.Record, v verdict.Verdict) []string {
	refused := v.Claim == contracts.Refused
	var out []string
	for _, f := range v.Findings {
		if f.Effect < 0 || f.Effect >= len(record.Effects) {
			continue
		}
		for _, text := range sightsOf(record, &record.Effects[f.Effect], refused) {
			if !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	return out
}

func sightsOf(record *verdict.Record, e *verdict.Effect, refused bool) []string {
	var out []string
	for _, w := range e.Where {
		if w.Place < 0 || w.Place >= len(record.Places) {
			continue
		}
		place := &record.Places[w.Place]
		text := firstText(place.Call, place.Probe)
		if place.Look == verdict.Expression {
			text = "`" + place.Probe + "` is true"
		} else {
			if place.Eyes != "" {
				text += " as " + place.Eyes
			}
			text += " " + sightOf(e, place, refused)
		}
		if !refused {
			text += " within " + span(max(w.Within, w.Patience)) + " of the reply"
		}
		out = append(out, text)
	}
	return out
}

// sightOf is what a place shows where the effect is as it should be.
func sightOf(e *verdict.Effect, place *verdict.Place, refused bool) string {
	thing := firstText(e.Thing, place.Thing, "the thing")
	if e.Marker != "" {
		thing += " (" + e.Marker + ")"
	}
	switch {
	case refused && (e.Verb == contracts.Creates || e.Verb == contracts.Shows):
		return "never showed " + thing
	case refused:
		return "shows " + thing + " as it was before"
	case e.Verb == contracts.Creates && e.Want != nil:
		return "shows " + thing + " once, with all that was sent: " + wantText(e.Want)
	case e.Verb == contracts.Updates && e.Want != nil:
		return "shows " + thing + " with " + wantText(e.Want) + ", and all else as before"
	case e.Verb == contracts.Deletes:
		return "does not show " + thing + " any more"
	case e.Verb == contracts.Hides:
		return "does not show " + thing
	case e.Verb == contracts.Keeps:
		return "shows it as it was before"
	case e.Verb == contracts.Sends:
		return fmt.Sprintf("got %s", plural(max(e.Times, 1), "event"))
	}
	return "shows " + thing
}

// wantText is what is wanted, by field where it has fields.
func wantText(want any) string {
	fields, ok := want.(map[string]any)
	if !ok || len(fields) == 0 {
		return cut(expr.Format(want), 300)
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		parts = append(parts, name+"="+expr.Format(fields[name]))
	}
	return cut(strings.Join(parts, " "), 300)
}
