package contracts

// inferFields adds what OpenAPI says of the resource's properties.
func (l *loader) inferFields(r *Resource) {}
