package engine

import (
	"fmt"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// An Explanation is what a contract's short sentences expand to, on one account.
type Explanation struct {
	Cell     *Cell
	Requests []Planned // in order
	Effects  []Explained
	Promise  []string      // how an answer that only promises comes to its end; nil where the contract does not say
	Writes   int           // what is sent that changes something, clean-up included
	Longest  time.Duration // how long it may take, second attempts left out
}

// An Explained is one sentence, spelt out.
type Explained struct {
	Verb     contracts.Verb
	Sentence string
	At       string   // file:line
	Done     []string // what must be seen where the status claims that it was done
	Refused  string   // what must be seen where it claims that it was not
	Places   []string // "GET /reviews/{id} as shop-rome: within 3s, stays 0s, patience 9s"
	Masks    []string // fields that are not compared as they are, with the reason
}

// Explain spells a cell out without sending anything.
func (e *Engine) Explain(cell *Cell) (Explanation, error) {
	x := Explanation{Cell: cell}
	a := e.newAttempt(cell, 1)
	a.actor = a.me
	if actor, err := a.role(firstOr(cell.Act().As, "me")); err == nil {
		a.actor = actor
	}
	if err := a.name(); err != nil {
		return x, err
	}
	if err := a.bind(); err != nil {
		return x, err
	}
	x.Promise = a.explainPromise()
	x.Requests, x.Longest = e.Planned(cell)
	x.Writes = Writes(x.Requests)
	for i := range cell.Contract.Effects {
		x.Effects = append(x.Effects, a.explain(&a.record.Effects[i], cell.Contract.Effects[i]))
	}
	x.Effects = append(x.Effects, a.explainEach()...)
	return x, nil
}

// Writes is how many of the requests change something, at most.
func Writes(requests []Planned) int {
	writes := 0
	for _, planned := range requests {
		if planned.Write {
			writes += planned.AtMost
		}
	}
	return writes
}

func (a *attempt) explain(bound *verdict.Effect, effect *contracts.Effect) Explained {
	x := Explained{Verb: effect.Verb, Sentence: bound.Sentence, At: bound.At, Done: whenDone(bound, effect), Refused: whenRefused(bound)}
	for _, where := range bound.Where {
		place := a.record.Places[where.Place]
		text := string(place.Look)
		if place.Call != "" {
			text = place.Call
		}
		if place.Look == verdict.Expression {
			text = "worked out from " + a.partNames(where.Place)
		} else {
			text += " as " + place.Eyes
		}
		x.Places = append(x.Places, fmt.Sprintf("%s: within %s, stays %s, patience %s", text, where.Within, where.Stays, where.Patience))
	}
	for _, mask := range bound.Masks {
		if mask.Mask != contracts.Exact || mask.Unshown {
			x.Masks = append(x.Masks, strings.Join(mask.Path, ".")+": "+maskText(mask))
		}
	}
	return x
}

func (a *attempt) partNames(at int) string {
	var names []string
	for _, part := range a.places[at].parts {
		names = append(names, describe(a.places[part])+" as "+a.places[part].eyes.name)
	}
	if len(names) == 0 {
		return "the reply"
	}
	return strings.Join(names, ", ")
}

func maskText(mask verdict.Mask) string {
	switch {
	case mask.Unshown:
		return "not in the read's reply, not compared"
	case mask.Mask == contracts.MustExist:
		return "must exist, its value is the provider's"
	case mask.Mask == contracts.Time && mask.Within > 0:
		return "compared as a time, to " + mask.Within.String()
	}
	return map[contracts.Mask]string{
		contracts.Ignore: "ignored", contracts.Unread: "never read back, not compared", contracts.Set: "compared as a set",
		contracts.Text: "compared as text, trimmed and normalised", contracts.Time: "compared as a time", contracts.Decimal: "compared as a decimal",
		contracts.URL: "compared as an address", contracts.HTML: "compared as HTML", contracts.AnyCase: "compared without case",
	}[mask.Mask]
}

func whenDone(bound *verdict.Effect, effect *contracts.Effect) []string {
	switch bound.Verb {
	case contracts.Creates:
		return []string{
			"not there before the act",
			"read back, every field that was sent matches what was sent",
			"listed exactly once, and no second item carries the marker",
		}
	case contracts.Updates:
		return append(wantedFields(effect), "every other field"+except(bound.Also)+" is as before")
	case contracts.Deletes:
		return []string{"there before the act", "absent from every place", "its siblings in the list remain"}
	case contracts.Shows:
		return []string{"seen in every place, by all who are named"}
	case contracts.Hides:
		return []string{"seen in none of the places, from the act on and for as long as it must stay so"}
	case contracts.Finds:
		return []string{"the reply itself contains the given thing; its read is the witness that it is there"}
	case contracts.Keeps:
		return []string{"as before, to the end"}
	case contracts.Sends:
		return []string{eventsWanted(bound, effect)}
	}
	return []string{bound.Source}
}

// eventsWanted spells a webhook out.
func eventsWanted(bound *verdict.Effect, effect *contracts.Effect) string {
	text := fmt.Sprintf("since the act %d different events", bound.Times)
	switch bound.Times {
	case 0:
		text = "since the act no event"
	case 1:
		text = "since the act one event"
	}
	if effect.Picks != nil {
		text += " for which " + effect.Picks.Source()
	}
	return text + "; what is delivered again counts once"
}

func wantedFields(effect *contracts.Effect) []string {
	var lines []string
	if effect.From != nil {
		lines = append(lines, "before: "+dataText(effect.From))
	}
	if effect.Set != nil {
		return append(lines, "after: "+dataText(effect.Set))
	}
	return append(lines, "every field that was sent has the value that was sent")
}

func dataText(data *expr.Data) string {
	var parts []string
	data.Walk(func(path []string, d *expr.Data) {
		name := strings.Join(path, ".")
		if value, ok := d.Literal(); ok {
			parts = append(parts, name+" = "+expr.Format(value))
		} else if t := d.Template(); t != nil {
			parts = append(parts, name+" = "+t.Source())
		}
	})
	return strings.Join(parts, ", ")
}

func except(also [][]string) string {
	if len(also) == 0 {
		return ""
	}
	names := make([]string, len(also))
	for i, path := range also {
		names[i] = strings.Join(path, ".")
	}
	return ", except " + strings.Join(names, ", ") + ","
}

func whenRefused(bound *verdict.Effect) string {
	switch bound.Verb {
	case contracts.Creates:
		return "nothing new of ours in the list: no item with our marker, and no unmarked new item that equals everything sent"
	case contracts.Updates:
		return "the thing is as before"
	case contracts.Deletes:
		return "still there, unchanged"
	case contracts.Finds:
		return "nothing to see: a refused read claims nothing about the world"
	case contracts.Expects:
		return "what it speaks of is as before"
	case contracts.Sends:
		return "no such event, to the deadline"
	}
	return "every place is as before"
}
