package expr

import (
	"errors"

	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// specialNode is the node of the operators that do not simply pass absent and unknown on; nil for all others.
func specialNode(name string, args []node) node {
	switch name {
	case operators.LogicalAnd:
		return logicNode{args[0], args[1], False}
	case operators.LogicalOr:
		return logicNode{args[0], args[1], True}
	case operators.Conditional:
		return conditionNode{args[0], args[1], args[2]}
	case operators.NotStrictlyFalse:
		return args[0] // the loop asks for false itself
	case operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater,
		operators.GreaterEquals, operators.In:
		if len(args) == 2 {
			return compareNode{name, args[0], args[1]}
		}
	case "absent":
		return absentNode{args[0]}
	}
	return nil
}

// logicNode is && and ||. The left side is asked first, and the right one unless the left decides. An error on a side
// that was asked is an error of the whole: CEL would forget it if the other side decided.
type logicNode struct {
	left, right node
	decides     Truth // False for &&, True for ||
}

func (n logicNode) eval(f *frame) (any, error) {
	left, l, err := truth(f, n.left)
	if err != nil {
		return nil, err
	}
	if l == n.decides {
		return n.decides == True, nil
	}
	right, r, err := truth(f, n.right)
	if err != nil {
		return nil, err
	}
	if r == n.decides {
		return n.decides == True, nil
	}
	if u, ok := joinUnknown(left, right); ok {
		return u, nil
	}
	return n.decides == False, nil
}

func truth(f *frame, n node) (any, Truth, error) {
	v, err := n.eval(f)
	if err != nil {
		return nil, UnknownTruth, err
	}
	if err := f.charge(1); err != nil {
		return nil, UnknownTruth, err
	}
	t, err := TruthOf(v)
	return v, t, err
}

// conditionNode is condition ? yes : no; an absent condition counts as false, an unknown one makes all unknown.
type conditionNode struct{ condition, yes, no node }

func (n conditionNode) eval(f *frame) (any, error) {
	v, t, err := truth(f, n.condition)
	switch {
	case err != nil:
		return nil, err
	case t == True:
		return n.yes.eval(f)
	case t == False:
		return n.no.eval(f)
	}
	return v, nil
}

// absentNode is absent(x). Null is a value: absent(null) is false.
type absentNode struct{ operand node }

func (n absentNode) eval(f *frame) (any, error) {
	v, err := n.operand.eval(f)
	if err != nil || isUnknown(v) {
		return v, err
	}
	return v == any(Absent), nil
}

// compareNode is == != < <= > >= and in. With absent it is false, whatever the other side would turn out to be.
type compareNode struct {
	operator    string
	left, right node
}

func (n compareNode) eval(f *frame) (any, error) {
	left, err := n.left.eval(f)
	if err != nil {
		return nil, err
	}
	right, err := n.right.eval(f)
	if err != nil {
		return nil, err
	}
	if left == any(Absent) || right == any(Absent) {
		return false, f.charge(1)
	}
	if u, ok := joinUnknown(left, right); ok {
		return u, f.charge(1)
	}
	switch n.operator {
	case operators.Equals, operators.NotEquals:
		outcome, err := match(left, right, &f.meter)
		return tellEquality(outcome, n.operator == operators.Equals, left, right), err
	case operators.In:
		return contained(f, left, right)
	}
	return f.ordered(n.operator, left, right)
}

func tellEquality(outcome equality, wantEqual bool, left, right any) any {
	switch outcome {
	case equal:
		return wantEqual
	case unequal:
		return !wantEqual
	case undecided:
		u, _ := firstUnknown([]any{left, right})
		return u
	}
	return false
}

// contained is `x in list` and `name in map`. In a list it compares as == does.
func contained(f *frame, item, whole any) (any, error) {
	switch whole := whole.(type) {
	case map[string]any:
		name, _ := item.(string)
		v, ok := whole[name]
		if _, isText := item.(string); !ok || !isText || v == any(Absent) {
			return false, f.charge(1)
		}
		return true, f.charge(1)
	case []any:
		return containedInList(f, item, whole)
	case nil:
		return false, nil
	}
	return nil, errors.New("cannot look for something in " + kindOf(whole) + "; `in` wants a list or a map")
}

func containedInList(f *frame, item any, list []any) (any, error) {
	var doubt any
	for _, other := range list {
		outcome, err := match(item, other, &f.meter)
		if err != nil {
			return nil, err
		}
		if outcome == equal {
			return true, nil
		}
		if outcome == undecided && doubt == nil {
			doubt, _ = firstUnknown([]any{item, other})
		}
	}
	if doubt != nil {
		return doubt, nil
	}
	return false, nil
}

// ordered is < <= > >= of two numbers, texts, truth values, timestamps or durations.
func (f *frame) ordered(operator string, left, right any) (any, error) {
	if err := f.charge(1); err != nil {
		return nil, err
	}
	c, err := sequence(left, right)
	if err != nil {
		return nil, err
	}
	switch operator {
	case operators.Less:
		return c < 0, nil
	case operators.LessEquals:
		return c <= 0, nil
	case operators.Greater:
		return c > 0, nil
	}
	return c >= 0, nil
}

// sequence says which of two values comes first: negative, 0 or positive.
func sequence(a, b any) (int, error) {
	x, okX := numberOf(a)
	y, okY := numberOf(b)
	if okX && okY {
		return order(x, y)
	}
	switch x := a.(type) {
	case string:
		if y, ok := b.(string); ok {
			return compareText(x, y), nil
		}
	case bool:
		if y, ok := b.(bool); ok {
			return int(types.Bool(x).Compare(types.Bool(y)).(types.Int)), nil
		}
	case traits.Comparer:
		if y, ok := b.(ref.Val); ok {
			if c, ok := x.Compare(y).(types.Int); ok {
				return int(c), nil
			}
		}
	}
	return 0, errors.New("cannot order " + kindOf(a) + " and " + kindOf(b))
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
