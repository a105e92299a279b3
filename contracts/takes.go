package contracts

import "slices"

// Takes are the fields that a request of the operation may have, by the document: those
// of its body, or behind a path of it; sorted. What is read-only or deprecated is left
// out. nil where the document does not say.
func (o *Operation) Takes(behind []string) []string {
	if o == nil || o.raw.RequestBody == nil || o.raw.RequestBody.Value == nil {
		return nil
	}
	media := o.raw.RequestBody.Value.Content[o.Media]
	if media == nil {
		return nil
	}
	var names []string
	for _, p := range properties(within(media.Schema, behind)) {
		if len(p.path) == 1 && !p.schema.ReadOnly && !p.schema.Deprecated && !slices.Contains(names, p.path[0]) {
			names = append(names, p.path[0])
		}
	}
	slices.Sort(names)
	return names
}
