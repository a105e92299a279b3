package contracts

import (
	"math"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// Takes are the fields that a request of the operation may have, by the document: those
// of its body, or behind a path of it; sorted. What is read-only or deprecated is left
// out. nil where the document does not say.
func (o *Operation) Takes(behind []string) []string {
	var names []string
	for _, p := range o.takes(behind) {
		if !slices.Contains(names, p.path[0]) {
			names = append(names, p.path[0])
		}
	}
	slices.Sort(names)
	return names
}

// takes are the same, each with its schema.
func (o *Operation) takes(behind []string) []property {
	return slices.DeleteFunc(properties(o.asks(behind)), func(p property) bool {
		return len(p.path) != 1 || p.schema.ReadOnly || p.schema.Deprecated
	})
}

// asks is the schema of the body, or behind a path of it; nil where there is none.
func (o *Operation) asks(behind []string) *openapi3.SchemaRef {
	if o == nil || o.raw.RequestBody == nil || o.raw.RequestBody.Value == nil {
		return nil
	}
	media := o.raw.RequestBody.Value.Content[o.Media]
	if media == nil {
		return nil
	}
	return within(media.Schema, behind)
}

// Sample is a value that a field may have, by the document. ok is false where it does not
// say enough.
func (o *Operation) Sample(behind []string, name string) (value any, ok bool) {
	for _, p := range o.takes(behind) {
		if p.path[0] == name {
			return sample(p.schema)
		}
	}
	return nil, false
}

func sample(s *openapi3.Schema) (value any, ok bool) {
	switch {
	case s.Example != nil:
		return s.Example, true
	case len(s.Enum) > 0:
		return s.Enum[len(s.Enum)-1], true // the first is more likely to be the default
	case s.Type.Is("boolean"):
		return true, true
	case s.Type.Is("integer"), s.Type.Is("number"):
		switch {
		case s.Max != nil:
			return math.Floor(*s.Max), true
		case s.Min != nil:
			return math.Ceil(*s.Min) + 1, true
		}
		return 2, true
	case s.Type.Is("string") && s.Format == "" && s.Pattern == "":
		return "Says ${unique}", true
	case s.Type.Is("array") && s.Items != nil && s.Items.Value != nil && s.Items.Value.Type.Is("string") && len(s.Items.Value.Enum) == 0:
		return []string{"one", "two"}, true
	}
	return nil, false
}

// Wrong is a field with a value that the operation must refuse, by the document: one of those
// that are sent and may not be left out, which is nil, else any with a value that it cannot have.
// ok is false where the document does not say enough.
func (o *Operation) Wrong(behind, sent []string) (name string, value any, ok bool) {
	if asked := o.asks(behind); asked != nil && asked.Value != nil {
		required := slices.Clone(asked.Value.Required)
		slices.Sort(required)
		for _, name := range slices.Backward(required) {
			if slices.Contains(sent, name) {
				return name, nil, true
			}
		}
	}
	for _, p := range o.takes(behind) {
		switch s := p.schema; {
		case s.Max != nil && s.Type.Is("integer"):
			return p.path[0], math.Floor(*s.Max) + 1, true
		case s.Type.Is("integer"), s.Type.Is("number"), s.Type.Is("boolean"), len(s.Enum) > 0:
			return p.path[0], "no such thing", true
		}
	}
	return "", nil, false
}
