package expr

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// builtin is a function that can be called with known, present arguments.
type builtin func(f *frame, args []any) (any, error)

// callNode calls a function. Of an absent argument it is absent; of an unknown one unknown. Absent comes first, because
// the answer is absent whatever the unknown argument turns out to be.
type callNode struct {
	call builtin
	args []node
}

func (n callNode) eval(f *frame) (any, error) {
	args := make([]any, len(n.args))
	missing := false
	for i, arg := range n.args {
		v, err := arg.eval(f)
		if err != nil {
			return nil, err
		}
		args[i] = v
		missing = missing || v == any(Absent)
	}
	if err := f.charge(1); err != nil {
		return nil, err
	}
	if missing {
		return Absent, nil
	}
	if u, ok := joinUnknown(args...); ok {
		return u, nil
	}
	return n.call(f, args)
}

// addBuiltins replaces those of CEL's functions that work on numbers, or that could make something huge out of something
// small before anybody could count it.
func (d *dialect) addBuiltins() {
	calculations := map[string]byte{
		operators.Add: '+', operators.Subtract: '-', operators.Multiply: '*', operators.Divide: '/', operators.Modulo: '%',
	}
	for name, op := range calculations {
		d.functions[name] = calculation(op, d.functions[name])
	}
	d.functions[operators.Negate] = negate(d.functions[operators.Negate])
	d.functions["reverse"] = reverse(d.functions["reverse"])
	d.functions["string"] = toText(d.functions["string"])
	d.functions["int"] = toWhole(d.functions["int"])
	d.functions["bool"] = toTruth(d.functions["bool"])
	for name, call := range map[string]builtin{
		operators.LogicalNot: not, "dyn": same, "size": size, "double": toFractional, "uint": toUnsigned, "matches": matches,
		"replace": replace, "join": join, "slice": slice, "flatten": flatten, "distinct": distinct, "sort": sorted,
		"@sortByAssociatedKeys": sortedBy, "lists.range": listRange,
	} {
		d.functions[name] = call
	}
}

// calculation adds numbers, texts and lists itself and leaves times and bytes to CEL.
func calculation(op byte, inCEL builtin) builtin {
	return func(f *frame, args []any) (any, error) {
		x, okX := numberOf(args[0])
		y, okY := numberOf(args[1])
		if okX && okY {
			if err := f.charge((len(x.text) + len(y.text)) / 16); err != nil {
				return nil, err
			}
			return boxed(calculate(op, x, y))
		}
		if op == '+' {
			if sum, ok, err := concatenate(f, args[0], args[1]); ok || err != nil {
				return sum, err
			}
		}
		if !isOpaque(args[0]) || !isOpaque(args[1]) {
			return nil, fmt.Errorf("cannot calculate %s %c %s", kindOf(args[0]), op, kindOf(args[1]))
		}
		return inCEL(f, args)
	}
}

// boxed keeps a failed calculation from answering with an empty number.
func boxed(n json.Number, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return n, nil
}

func concatenate(f *frame, a, b any) (sum any, ok bool, err error) {
	switch x := a.(type) {
	case string:
		if y, ok := b.(string); ok {
			if err := f.chargeText(len(x) + len(y)); err != nil {
				return nil, true, err
			}
			return x + y, true, nil
		}
	case []any:
		if y, ok := b.([]any); ok {
			f.built = true
			if err := f.charge(len(x) + len(y)); err != nil {
				return nil, true, err
			}
			return append(append(make([]any, 0, len(x)+len(y)), x...), y...), true, nil
		}
	}
	return nil, false, nil
}

func isOpaque(v any) bool {
	_, ok := v.(ref.Val)
	return ok
}

func negate(inCEL builtin) builtin {
	return func(f *frame, args []any) (any, error) {
		if n, ok := numberOf(args[0]); ok {
			zero := readNumber("0")
			if !n.whole() {
				zero = readNumber("0.0")
			}
			return boxed(calculate('-', zero, n))
		}
		if !isOpaque(args[0]) {
			return nil, errors.New("cannot negate " + kindOf(args[0]))
		}
		return inCEL(f, args)
	}
}

func not(_ *frame, args []any) (any, error) {
	b, ok := args[0].(bool)
	if !ok {
		return nil, errors.New("! wants true or false, not " + kindOf(args[0]))
	}
	return !b, nil
}

func same(_ *frame, args []any) (any, error) { return args[0], nil }

func size(f *frame, args []any) (any, error) {
	n, ok := lengthOf(args[0])
	if text, isText := args[0].(string); isText {
		if err := f.chargeText(len(text)); err != nil {
			return nil, err
		}
	}
	if b, isBytes := args[0].(types.Bytes); isBytes {
		n, ok = len(b), true
	}
	if !ok {
		return nil, errors.New("there is no size of " + kindOf(args[0]))
	}
	return wholeNumber(int64(n)), nil
}

func wholeNumber(i int64) json.Number { return json.Number(fmt.Sprint(i)) }

// toText is string(x): numbers in their canonical spelling, so that 1.50 and 1.5 give the same text.
func toText(inCEL builtin) builtin {
	return func(f *frame, args []any) (any, error) {
		switch v := args[0].(type) {
		case string:
			return v, nil
		case bool:
			return fmt.Sprint(v), nil
		}
		if n, ok := numberOf(args[0]); ok {
			return Canonical(json.Number(n.text)), nil
		}
		if !isOpaque(args[0]) {
			return nil, errors.New("there is no text of " + kindOf(args[0]))
		}
		return inCEL(f, args)
	}
}

// toWhole is int(x): numbers cut towards zero, at any size; text that holds a number likewise.
func toWhole(inCEL builtin) builtin {
	return func(f *frame, args []any) (any, error) {
		if isOpaque(args[0]) {
			return inCEL(f, args)
		}
		n, err := numeric(args[0])
		if err != nil {
			return nil, err
		}
		if n.whole() {
			return json.Number(n.text), nil
		}
		x, err := bounded(n)
		if err != nil {
			return nil, err
		}
		units, _, _ := strings.Cut(x.Text('f'), ".")
		if units == "-0" {
			units = "0"
		}
		return json.Number(units), nil
	}
}

func toUnsigned(f *frame, args []any) (any, error) {
	v, err := toWhole(same)(f, args)
	if err == nil && strings.HasPrefix(fmt.Sprint(v), "-") {
		return nil, fmt.Errorf("%v is below zero", v)
	}
	return v, err
}

// toFractional is double(x): the same number, written so that division keeps its fraction.
func toFractional(_ *frame, args []any) (any, error) {
	n, err := numeric(args[0])
	if err != nil {
		return nil, err
	}
	return fractional(n.text), nil
}

func numeric(v any) (number, error) {
	if text, ok := v.(string); ok {
		v = json.Number(strings.TrimSpace(text))
	}
	n, ok := numberOf(v)
	if !ok {
		return n, errors.New("there is no number in " + kindOf(v))
	}
	if _, ok := readDecimal(n.text); !ok {
		return n, errors.New(Format(n.text) + " is no number")
	}
	return n, nil
}

func toTruth(inCEL builtin) builtin {
	return func(f *frame, args []any) (any, error) {
		switch args[0].(type) {
		case bool:
			return args[0], nil
		case string:
			return inCEL(f, args)
		}
		return nil, errors.New("there is no truth value in " + kindOf(args[0]))
	}
}

// matching compiles a pattern that is written out once, so that a bad one is a mistake of the contract.
func (c *compiler) matching(e ast.Expr, args []node) node {
	if len(args) != 2 {
		return callNode{matches, args}
	}
	literal, ok := args[1].(literalNode)
	pattern, isText := literal.value.(string)
	if !ok || !isText {
		return callNode{matches, args}
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return c.fail(e, "", "bad pattern: %v", err)
	}
	return callNode{func(f *frame, args []any) (any, error) { return matchText(f, re, args[0]) }, args[:1]}
}

func matches(f *frame, args []any) (any, error) {
	pattern, ok := args[1].(string)
	if !ok {
		return nil, errors.New("a pattern is text, not " + kindOf(args[1]))
	}
	if err := f.charge(100 + len(pattern)*4); err != nil {
		return nil, err
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("bad pattern: %w", err)
	}
	return matchText(f, re, args[0])
}

func matchText(f *frame, re *regexp.Regexp, v any) (any, error) {
	text, ok := v.(string)
	if !ok {
		return nil, errors.New("only text matches a pattern, not " + kindOf(v))
	}
	if err := f.charge(1 + len(text)/16*(1+len(re.String())/64)); err != nil {
		return nil, err
	}
	return re.MatchString(text), nil
}

// replace counts what it would make before it makes it: 1 MB of text with each byte replaced by 1 MB is a terabyte.
func replace(f *frame, args []any) (any, error) {
	text, ok1 := args[0].(string)
	old, ok2 := args[1].(string)
	by, ok3 := args[2].(string)
	limit := -1
	ok4 := true
	if len(args) > 3 {
		limit, ok4 = smallInt(args[3])
	}
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return nil, errors.New("replace wants text, what to replace, and by what")
	}
	n := strings.Count(text, old)
	if limit >= 0 {
		n = min(n, limit)
	}
	if err := f.chargeText(len(text) + n*len(by)); err != nil {
		return nil, err
	}
	return strings.Replace(text, old, by, limit), nil
}

// join takes numbers and truth values too, as string() would write them.
func join(f *frame, args []any) (any, error) {
	list, ok := args[0].([]any)
	separator := ""
	okSeparator := true
	if len(args) > 1 {
		separator, okSeparator = args[1].(string)
	}
	if !ok || !okSeparator {
		return nil, errors.New("join wants a list and, if anything, a text to put between")
	}
	parts := make([]string, len(list))
	total := 0
	for i, item := range list {
		if item == any(Absent) {
			return Absent, nil
		}
		if u, ok := item.(Unknown); ok {
			return u, nil
		}
		text, err := asText(item)
		if err != nil {
			return nil, err
		}
		parts[i] = text
		total += len(text) + len(separator)
	}
	if err := f.chargeText(total + 64*len(list)); err != nil {
		return nil, err
	}
	return strings.Join(parts, separator), nil
}

// asText is how a value stands within longer text; a list or a map has no such form.
func asText(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "null", nil
	case string:
		return v, nil
	case bool:
		return fmt.Sprint(v), nil
	}
	if n, ok := numberOf(v); ok {
		return Canonical(json.Number(n.text)), nil
	}
	return "", errors.New("there is no text of " + kindOf(v))
}
