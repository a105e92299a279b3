package engine

import (
	"strings"

	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// planned is how many items a cell will send, as far as that is known before anything
// is made: what stands in its body, with every expression as its own text.
func plannedItems(cell *Cell) int {
	each, call := cell.Contract.Each, cell.Act()
	if each == nil || call.Body == nil {
		return 1
	}
	vars := settled(expr.Vars{"request": map[string]any{"body": sketch(call.Body), "method": call.Method, "path": map[string]any{}, "query": map[string]any{}, "headers": map[string]any{}}})
	value, err := each.Of.Eval(vars)
	if list, isList := value.([]any); err == nil && isList {
		return max(len(list), 1)
	}
	return 1
}

// sketch is data with its templates as they stand in the file.
func sketch(data *expr.Data) any {
	switch data.Kind {
	case expr.DataMap:
		fields := map[string]any{}
		for _, entry := range data.Entries() {
			if entry.Value.Kind != expr.DataRemove {
				fields[entry.Key] = sketch(entry.Value)
			}
		}
		return fields
	case expr.DataList:
		items := []any{}
		for _, item := range data.Items() {
			items = append(items, sketch(item))
		}
		return items
	case expr.DataTemplate:
		return data.Template().Source()
	}
	value, _ := data.Literal()
	return value
}

// explainEach spells out what every item must show.
func (a *attempt) explainEach() []Explained {
	if a.bulk == nil {
		return nil
	}
	each, bound := a.bulk.each, a.eachEffect()
	if a.created != nil {
		for _, name := range a.ownPlaces(each.Effect, a.created) {
			if at, err := a.place(sight{name, "", a.created, true}); err == nil && at >= 0 {
				a.where(each.Effect, bound, at, nil)
			}
		}
	} else {
		for _, of := range a.record.Effects[len(a.cell.Contract.Effects):] {
			bound.Where = append(bound.Where, of.Where...)
		}
	}
	bound.Sentence += ", for each of " + each.Of.Source()
	x := a.explain(bound, each.Effect)
	x.Done = append([]string{claimText(each.Done, "the answer for an item is done", "an item that is not refused claims what the status claims")}, x.Done...)
	x.Refused = strings.Join([]string{claimText(each.Refused, "the answer for an item is refused", "no answer for an item is a refusal"), x.Refused}, "; ")
	return []Explained{x}
}

func claimText(program *expr.Program, written, otherwise string) string {
	if program == nil {
		return otherwise
	}
	return written + " where " + program.Source()
}
