package expr

import (
	"errors"
	"slices"
)

// CEL's list functions, for our numbers and with their cost.

func listOf(v any, function string) ([]any, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, errors.New(function + " wants a list, not " + kindOf(v))
	}
	return list, nil
}

// reverse turns a list around; text is left to CEL.
func reverse(inCEL builtin) builtin {
	return func(f *frame, args []any) (any, error) {
		list, ok := args[0].([]any)
		if !ok {
			return inCEL(f, args)
		}
		turned := slices.Clone(list)
		slices.Reverse(turned)
		f.built = true
		return turned, f.charge(len(list))
	}
}

// slice is list.slice(from, to), 0-based, without the element at to.
func slice(f *frame, args []any) (any, error) {
	list, err := listOf(args[0], "slice")
	if err != nil {
		return nil, err
	}
	from, ok1 := smallInt(args[1])
	to, ok2 := smallInt(args[2])
	if !ok1 || !ok2 || from < 0 || to < from || to > len(list) {
		return nil, errors.New("slice wants two positions within the list, in order")
	}
	return list[from:to:to], f.charge(1)
}

// flatten takes the elements of lists within the list, one level deep or as deep as it is told.
func flatten(f *frame, args []any) (any, error) {
	list, err := listOf(args[0], "flatten")
	if err != nil {
		return nil, err
	}
	depth := 1
	if len(args) > 1 {
		n, ok := smallInt(args[1])
		if !ok || n < 0 {
			return nil, errors.New("flatten wants a depth of 0 or more")
		}
		depth = n
	}
	f.built = true
	return flattened(f, []any{}, list, depth)
}

func flattened(f *frame, into, list []any, depth int) ([]any, error) {
	if err := f.charge(1 + len(list)); err != nil {
		return nil, err
	}
	for _, item := range list {
		inner, ok := item.([]any)
		if !ok || depth == 0 {
			into = append(into, item)
			continue
		}
		var err error
		if into, err = flattened(f, into, inner, depth-1); err != nil {
			return nil, err
		}
	}
	return into, nil
}

// distinct keeps the first of equal elements.
func distinct(f *frame, args []any) (any, error) {
	list, err := listOf(args[0], "distinct")
	if err != nil {
		return nil, err
	}
	f.built = true
	kept := []any{}
	for _, item := range list {
		known := false
		for _, other := range kept {
			outcome, err := match(item, other, &f.meter)
			if err != nil {
				return nil, err
			}
			if known = outcome == equal; known {
				break
			}
		}
		if !known {
			kept = append(kept, item)
		}
	}
	return kept, nil
}

func sorted(f *frame, args []any) (any, error) {
	return sortedBy(f, []any{args[0], args[0]})
}

// sortedBy sorts a list by the keys of its elements; equal keys keep their order.
func sortedBy(f *frame, args []any) (any, error) {
	list, err := listOf(args[0], "sort")
	if err != nil {
		return nil, err
	}
	keys, err := listOf(args[1], "sort")
	if err != nil {
		return nil, err
	}
	if slices.Contains(keys, any(Absent)) {
		return Absent, nil
	}
	if u, ok := joinUnknown(keys...); ok {
		return u, nil
	}
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if err != nil {
			return 0
		}
		if err = f.charge(1); err != nil {
			return 0
		}
		var c int
		c, err = sequence(keys[a], keys[b])
		return c
	})
	if err != nil {
		return nil, err
	}
	f.built = true
	arranged := make([]any, len(list))
	for i, at := range order {
		arranged[i] = list[at]
	}
	return arranged, nil
}

// listRange is lists.range(n): 0 to n-1.
func listRange(f *frame, args []any) (any, error) {
	n, ok := smallInt(args[0])
	if !ok || n < 0 {
		return nil, errors.New("lists.range wants a size of 0 or more")
	}
	if err := f.charge(n); err != nil {
		return nil, err
	}
	f.built = true
	list := make([]any, n)
	for i := range list {
		list[i] = wholeNumber(int64(i))
	}
	return list, nil
}
