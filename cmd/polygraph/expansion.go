package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// effect writes out one sentence: what it wants, what a refusal must leave as it
// was, and where and how long it is looked for.
func (e *explanation) effect(f *contracts.Effect) {
	e.field("effect", fmt.Sprintf("%s   (%s)", f.Sentence(), f.Pos))
	wants, refused := meaning(f)
	if f.From != nil {
		e.more("before", written(f.From))
	}
	e.more("done", wants)
	if f.Set != nil {
		e.more("set", written(f.Set))
	}
	if len(f.Also) > 0 {
		e.more("also", paths(f.Also)+" may change")
	}
	e.more("refused", refused)
	if f.Fails != nil {
		e.more("fails", f.Fails.Source())
	}
	for _, place := range placesOf(f) {
		e.more("read", e.place(f, place))
	}
}

// meaning is what a sentence stands for, after a claim of done and after a refusal.
func meaning(f *contracts.Effect) (done, refused string) {
	switch f.Verb {
	case contracts.Creates:
		return "absent before; then read back with every field as it was sent, and listed exactly once",
			"nothing new of ours in the list: no item with our marker, none that equals all that was sent"
	case contracts.Updates:
		return "read back with what is set (by default: what was sent), every other field as before",
			"the " + f.Thing + " is as before"
	case contracts.Deletes:
		return "there before; then absent, and its siblings remain", "still there, unchanged"
	case contracts.Shows:
		return "the " + f.Thing + " is in every place", "every place is as before"
	case contracts.Hides:
		return "the " + f.Thing + " is in no place for the time of stays", "the same"
	case contracts.Finds:
		return "the reply itself contains the " + f.Thing, ""
	case contracts.Keeps:
		return "as before, to the end", "the same"
	case contracts.Expects:
		return f.Expect.Source(), ""
	}
	return "", ""
}

// placesOf are the names of the places that an effect looks at.
func placesOf(f *contracts.Effect) []string {
	switch {
	case len(f.In) > 0:
		return f.In
	case f.Verb == contracts.Finds:
		return []string{"reply"}
	case f.Verb == contracts.Expects:
		return []string{""}
	case f.Verb == contracts.Keeps:
		var places []string
		for _, k := range f.Kept {
			places = append(places, k.String())
		}
		return places
	}
	return []string{"read", "list"}
}

// place is where it is looked for, through whose eyes, and how long.
func (e *explanation) place(f *contracts.Effect, name string) string {
	text := name
	call := e.callOf(f, name)
	if call != nil {
		text = fmt.Sprintf("%s: %s %s", name, call.Method, call.Template)
	}
	if as := e.eyes(f, name, call); as != "" {
		text += " as " + as
	}
	w := e.waits(f, name)
	text += ", within " + brief(w.within)
	if w.stays > 0 {
		text += ", stays " + brief(w.stays)
	}
	text = strings.TrimPrefix(text, ", ")
	return text + ", patience " + brief(w.patience)
}

// callOf is the call of a place, nil where it has none of its own.
func (e *explanation) callOf(f *contracts.Effect, name string) *contracts.Call {
	if f.Resource != nil {
		switch name {
		case "read":
			return f.Resource.Read
		case "list":
			return f.Resource.List
		}
	}
	if probe := e.suite.Provider.Probe(name); probe != nil {
		return probe.Call
	}
	return nil
}

func (e *explanation) eyes(f *contracts.Effect, name string, call *contracts.Call) string {
	probe := e.suite.Provider.Probe(name)
	switch {
	case len(f.As) > 0:
		return strings.Join(f.As, ", ")
	case probe != nil && len(probe.As) > 0:
		return strings.Join(probe.As, ", ")
	case call != nil && len(call.As) > 0:
		return strings.Join(call.As, ", ")
	case name == "":
		return ""
	}
	return "me"
}

// times are an effect's at one place, with all defaults filled in.
type times struct{ within, stays, patience time.Duration }

// waits works out the times: those of the effect, else of the contract, else the
// lag of the place, else the defaults.
func (e *explanation) waits(f *contracts.Effect, name string) times {
	c, defaults := e.contract.Waits, e.suite.Provider.Defaults
	within, stays := contracts.DefaultWithin, contracts.DefaultStays
	pick := func(to *time.Duration, from ...*time.Duration) {
		for _, each := range from {
			if each != nil {
				*to = *each
				return
			}
		}
	}
	pick(&within, f.Waits.Within, c.Within, e.lag(f, name), defaults.Within)
	pick(&stays, f.Waits.Stays, c.Stays, defaults.Stays)
	patience := contracts.PatienceFactor * within
	pick(&patience, f.Waits.Patience, c.Patience, defaults.Patience)
	return times{within, stays, max(within, patience)}
}

func (e *explanation) lag(f *contracts.Effect, name string) *time.Duration {
	if probe := e.suite.Provider.Probe(name); probe != nil && probe.Lag != nil {
		return probe.Lag
	}
	if call := e.callOf(f, name); call != nil {
		return call.Lag
	}
	return nil
}

// brief is a duration as one writes it in a contract: 2m, 1m30s, 500ms.
func brief(d time.Duration) string {
	text := d.String()
	text = strings.Replace(text, "m0s", "m", 1)
	return strings.Replace(text, "h0m", "h", 1)
}

func paths(all [][]string) string {
	var out []string
	for _, each := range all {
		out = append(out, strings.Join(each, "."))
	}
	return strings.Join(out, ", ")
}

// written is data as the author wrote it, on one line.
func written(d *expr.Data) string {
	switch d.Kind {
	case expr.DataMap:
		var parts []string
		for _, entry := range d.Entries() {
			parts = append(parts, entry.Key+": "+written(entry.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case expr.DataList:
		var parts []string
		for _, item := range d.Items() {
			parts = append(parts, written(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case expr.DataTemplate:
		return `"` + d.Template().Source() + `"`
	case expr.DataRemove:
		return "null"
	}
	value, _ := d.Literal()
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}
