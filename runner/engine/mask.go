package engine

import (
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// masksOf are the masks of an effect: the same list for all cells, and not to be changed.
func (e *Engine) masksOf(effect *contracts.Effect) []verdict.Mask {
	if known, has := e.masks.Load(effect); has {
		return known.([]verdict.Mask)
	}
	all := slices.Clip(asSet(masks(effect.Resource), effect.Set))
	e.masks.Store(effect, all)
	return all
}

// masks are a resource's fields as the record keeps them.
func masks(r *contracts.Resource) []verdict.Mask {
	if r == nil {
		return nil
	}
	var all []verdict.Mask
	for _, field := range r.Fields {
		mask := verdict.Mask{Path: field.Path, Mask: field.Mask, Within: field.Within, Unshown: field.Unshown, Renamed: field.Read != nil}
		if field.Default != expr.Absent && field.Inferred {
			mask.Default, mask.HasDefault = field.Default, true
		}
		all = append(all, mask)
	}
	return all
}

// asSet takes the masks that OpenAPI gives from fields that the contract sets by
// name: readOnly says that a client does not send a field, not that the call may
// leave it as it was.
func asSet(masks []verdict.Mask, set *expr.Data) []verdict.Mask {
	named := map[string]bool{}
	set.Walk(func(path []string, _ *expr.Data) { named[strings.Join(path, ".")] = true })
	var left []verdict.Mask
	for _, mask := range masks {
		if !named[strings.Join(mask.Path, ".")] || mask.Mask != contracts.MustExist && !mask.Unshown {
			left = append(left, mask)
		}
	}
	return left
}
