package expr

import (
	"errors"
	"math"
)

// node is a part of a compiled expression.
type node interface {
	eval(f *frame) (any, error)
}

type literalNode struct{ value any }

func (n literalNode) eval(*frame) (any, error) { return n.value, nil }

// varNode is a variable by its name.
type varNode string

func (n varNode) eval(f *frame) (any, error) { return f.variable(string(n)), nil }

// slotNode is a variable of a comprehension by its number.
type slotNode int

func (n slotNode) eval(f *frame) (any, error) { return f.slots[n], nil }

// selectNode is operand.field.
type selectNode struct {
	operand node
	field   string
}

func (n selectNode) eval(f *frame) (any, error) {
	operand, err := n.operand.eval(f)
	if err != nil {
		return nil, err
	}
	if err := f.charge(1); err != nil {
		return nil, err
	}
	return walk(operand, n.field), nil
}

// walk takes one step by name. Whatever has no names, null and lists and text included, has nothing there.
func walk(v any, name string) any {
	switch v := v.(type) {
	case map[string]any:
		if item, ok := v[name]; ok {
			return item
		}
	case Unknown:
		return v
	}
	return Absent
}

// hasNode is has(operand.field).
type hasNode struct {
	operand node
	field   string
}

func (n hasNode) eval(f *frame) (any, error) {
	v, err := selectNode(n).eval(f)
	if err != nil || isUnknown(v) {
		return v, err
	}
	return v != any(Absent), nil
}

// indexNode is operand[index].
type indexNode struct{ operand, index node }

func (n indexNode) eval(f *frame) (any, error) {
	operand, err := n.operand.eval(f)
	if err != nil {
		return nil, err
	}
	index, err := n.index.eval(f)
	if err != nil {
		return nil, err
	}
	if err := f.charge(1); err != nil {
		return nil, err
	}
	return element(operand, index), nil
}

// element takes one step by index: a name of a map, a 0-based position in a list. Any other pair has nothing there.
func element(v, index any) any {
	if v == nil || v == any(Absent) || index == any(Absent) {
		return Absent
	}
	if u, ok := joinUnknown(v, index); ok {
		return u
	}
	if name, ok := index.(string); ok {
		return walk(v, name)
	}
	list, isList := v.([]any)
	if at, ok := position(index); isList && ok && at >= 0 && at < int64(len(list)) {
		return list[at]
	}
	return Absent
}

// position reads a whole number, however it is written: 2, 2.0 or 2e0.
func position(v any) (int64, bool) {
	n, ok := numberOf(v)
	if !ok {
		return 0, false
	}
	if n.small {
		return n.i, true
	}
	d, ok := readDecimal(n.text)
	if !ok || d.exponent > 19 {
		return 0, false
	}
	n = readNumber(d.String())
	return n.i, n.small
}

func joinUnknown(values ...any) (Unknown, bool) {
	var joined Unknown
	found := false
	for _, v := range values {
		if u, ok := v.(Unknown); ok {
			joined, found = joined.and(u), true
		}
	}
	return joined, found
}

// listNode is [a, b, c]. An unknown element makes the list unknown; an absent one keeps its position.
type listNode []node

func (n listNode) eval(f *frame) (any, error) {
	f.built = true
	list := make([]any, 0, len(n))
	for _, part := range n {
		item, err := part.eval(f)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	if u, ok := joinUnknown(list...); ok {
		return u, nil
	}
	return list, f.charge(1 + len(list))
}

// mapNode is {'a': x, 'b': y}.
type mapNode struct{ keys, values []node }

func (n mapNode) eval(f *frame) (any, error) {
	f.built = true
	m := make(map[string]any, len(n.keys))
	for i := range n.keys {
		key, err := n.keys[i].eval(f)
		if err != nil {
			return nil, err
		}
		value, err := n.values[i].eval(f)
		if err != nil {
			return nil, err
		}
		if u, ok := joinUnknown(key, value); ok {
			return u, nil
		}
		name, ok := key.(string)
		if key == any(Absent) {
			return Absent, nil
		}
		if !ok {
			return nil, errors.New("the key of a map is " + kindOf(key) + ", not text")
		}
		if _, twice := m[name]; twice {
			return nil, errors.New("the map has the key " + Format(name) + " twice")
		}
		m[name] = value
	}
	return m, f.charge(1 + len(m))
}

// appendNode is accumulator + [item], in place.
type appendNode struct {
	slot int
	item node
}

func (n appendNode) eval(f *frame) (any, error) {
	item, err := n.item.eval(f)
	if err != nil {
		return nil, err
	}
	if u, ok := joinUnknown(f.slots[n.slot], item); ok {
		return u, nil
	}
	list, ok := f.slots[n.slot].([]any)
	if !ok {
		return nil, errors.New("cannot collect into " + kindOf(f.slots[n.slot]))
	}
	return append(list, item), f.charge(1)
}

// foldNode is what exists, all, map, filter and the other macros become: the accumulator takes a step for each item.
type foldNode struct {
	over, start, goesOn, step, result node
	accumulator, item                 int // slots
}

func (n foldNode) eval(f *frame) (any, error) {
	over, err := n.over.eval(f)
	if err != nil {
		return nil, err
	}
	items, other, err := itemsOf(over)
	if other != nil || err != nil {
		return other, err
	}
	if f.slots[n.accumulator], err = n.start.eval(f); err != nil {
		return nil, err
	}
	for _, item := range items {
		f.slots[n.item] = item
		if err := f.charge(1); err != nil {
			return nil, err
		}
		if goesOn, err := n.goesOn.eval(f); err != nil || goesOn == false {
			if err != nil {
				return nil, err
			}
			break
		}
		if f.slots[n.accumulator], err = n.step.eval(f); err != nil {
			return nil, err
		}
	}
	return n.result.eval(f)
}

// itemsOf is what a comprehension goes through: the elements of a list, the sorted keys of a map. Over absent the answer
// is absent; over null too, as many APIs write null for a list of nothing and a walk goes through null alike.
func itemsOf(v any) (items []any, other any, err error) {
	switch v := v.(type) {
	case []any:
		return v, nil, nil
	case map[string]any:
		items = make([]any, 0, len(v))
		for _, key := range sortedKeys(v) {
			items = append(items, key)
		}
		return items, nil, nil
	case nil, Absence:
		return nil, Absent, nil
	case Unknown:
		return nil, v, nil
	}
	return nil, nil, errors.New("cannot go through " + kindOf(v) + "; it is no list")
}

// lengthOf is the size of text in characters, of a list or a map in elements.
func lengthOf(v any) (int, bool) {
	switch v := v.(type) {
	case string:
		return runeCount(v), true
	case []any:
		return len(v), true
	case map[string]any:
		return len(v), true
	}
	return 0, false
}

func runeCount(text string) int {
	n := 0
	for range text {
		n++
	}
	return n
}

// smallInt reads a whole number that fits an int, for sizes and positions.
func smallInt(v any) (int, bool) {
	i, ok := position(v)
	return int(i), ok && i >= math.MinInt32 && i <= math.MaxInt32
}
