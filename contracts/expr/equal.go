package expr

import (
	"encoding/json"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Equal compares two values exactly and deeply: numbers by value (1, 1.0 and 1e0 are equal), lists in order, maps by
// key, null with null. Absent and unknown equal nothing, not even themselves.
func Equal(a, b any) bool {
	outcome, _ := match(a, b, nil)
	return outcome == equal
}

// SameIdentity compares two identities as text, because a Location header has no numbers: 8841 and "8841" are the same,
// "08841" is another. Only text and numbers identify anything.
func SameIdentity(a, b any) bool {
	textA, okA := a.(string)
	textB, okB := b.(string)
	numberA, isNumberA := numberOf(a)
	numberB, isNumberB := numberOf(b)
	switch {
	case okA && okB:
		return textA == textB
	case isNumberA && isNumberB:
		return sameNumber(numberA, numberB)
	case okA && isNumberB:
		return spells(textA, numberB)
	case okB && isNumberA:
		return spells(textB, numberA)
	}
	return false
}

func spells(text string, n number) bool {
	return text == n.text || text == Canonical(json.Number(n.text))
}

// equality is what a deep comparison can say. A list that holds an absent element is neither equal nor unequal to
// another: with `==` false and `!=` true, `a.map(x, x.typo) != b.map(x, x.typo)` would prove a change that nobody saw.
type equality int

const (
	equal equality = iota
	unequal
	untellable // absent was compared
	undecided  // unknown was compared
)

// worse joins the outcomes of two parts: one difference decides; else absent is certain not to be equal; else unknown.
func (e equality) worse(other equality) equality {
	for _, o := range []equality{unequal, untellable, undecided} {
		if e == o || other == o {
			return o
		}
	}
	return equal
}

// match compares deeply, charging m for every element; m may be nil.
func match(a, b any, m *meter) (equality, error) {
	if err := m.charge(1); err != nil {
		return undecided, err
	}
	if a == Absent || b == Absent {
		return untellable, nil
	}
	if isUnknown(a) || isUnknown(b) {
		return undecided, nil
	}
	switch x := a.(type) {
	case []any:
		if y, ok := b.([]any); ok {
			return matchLists(x, y, m)
		}
		return unequal, nil
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			return matchMaps(x, y, m)
		}
		return unequal, nil
	}
	return matchScalars(a, b), nil
}

func matchScalars(a, b any) equality {
	same := false
	switch x := a.(type) {
	case nil:
		same = b == nil
	case bool:
		y, ok := b.(bool)
		same = ok && x == y
	case string:
		y, ok := b.(string)
		same = ok && x == y
	case ref.Val:
		y, ok := b.(ref.Val)
		same = ok && types.Equal(x, y) == types.True
	default:
		x1, ok1 := numberOf(a)
		y1, ok2 := numberOf(b)
		same = ok1 && ok2 && sameNumber(x1, y1)
	}
	if same {
		return equal
	}
	return unequal
}

func matchLists(a, b []any, m *meter) (equality, error) {
	if len(a) != len(b) {
		return unequal, nil
	}
	outcome := equal
	for i := range a {
		part, err := match(a[i], b[i], m)
		if err != nil {
			return undecided, err
		}
		if outcome = outcome.worse(part); outcome == unequal {
			break
		}
	}
	return outcome, nil
}

func matchMaps(a, b map[string]any, m *meter) (equality, error) {
	if len(a) != len(b) {
		return unequal, nil
	}
	outcome := equal
	for key, x := range a {
		y, ok := b[key]
		if !ok {
			return unequal, nil
		}
		part, err := match(x, y, m)
		if err != nil {
			return undecided, err
		}
		if outcome = outcome.worse(part); outcome == unequal {
			break
		}
	}
	return outcome, nil
}

func isUnknown(v any) bool {
	_, ok := v.(Unknown)
	return ok
}

// firstUnknown is the reason of an undecided comparison; it looks only as deep as it must.
func firstUnknown(v any) (Unknown, bool) {
	switch v := v.(type) {
	case Unknown:
		return v, true
	case []any:
		for _, item := range v {
			if u, ok := firstUnknown(item); ok {
				return u, true
			}
		}
	case map[string]any:
		for _, key := range sortedKeys(v) {
			if u, ok := firstUnknown(v[key]); ok {
				return u, true
			}
		}
	}
	return Unknown{}, false
}
