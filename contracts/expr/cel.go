package expr

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"

	"cel.dev/cel-go/common/decls"
	"cel.dev/cel-go/common/functions"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// adapter turns our values into CEL's where one of CEL's own functions is called. Lists and maps are wrapped, not
// copied. What CEL cannot hold exactly becomes a CEL error and so an error of the evaluation.
type adapter struct{}

// NativeToValue implements CEL's types.Adapter.
func (a adapter) NativeToValue(v any) ref.Val {
	switch v := v.(type) {
	case ref.Val:
		return v
	case []any:
		return types.NewDynamicList(a, v)
	case []ref.Val:
		return types.NewRefValList(a, v)
	case map[string]any:
		return types.NewStringInterfaceMap(a, v)
	case Absence, Unknown:
		return types.NewErr("%s stands inside the list or map", kindOf(v))
	}
	if n, ok := numberOf(v); ok {
		return celNumber(n)
	}
	return types.DefaultTypeAdapter.NativeToValue(v)
}

func celNumber(n number) ref.Val {
	if n.small {
		return types.Int(n.i)
	}
	f, err := strconv.ParseFloat(n.text, 64)
	if err == nil && !n.whole() && sameNumber(n, readNumber(strconv.FormatFloat(f, 'g', -1, 64))) {
		return types.Double(f)
	}
	return types.NewErr("%s is too large or too fine for this function", shorten(n.text))
}

// fromCEL turns what a CEL function answered into our values. Timestamps, durations, bytes and types have no JSON form
// to calculate with, so they stay CEL's until the answer goes out.
func fromCEL(v ref.Val) (any, error) {
	switch v := v.(type) {
	case *types.Err:
		return nil, errors.New(v.Error())
	case types.Null:
		return nil, nil
	case types.Bool:
		return bool(v), nil
	case types.String:
		return string(v), nil
	case types.Int:
		return json.Number(strconv.FormatInt(int64(v), 10)), nil
	case types.Uint:
		return json.Number(strconv.FormatUint(uint64(v), 10)), nil
	case types.Double:
		return fractional(Canonical(json.Number(strconv.FormatFloat(float64(v), 'g', -1, 64)))), nil
	case traits.Lister:
		return fromCELList(v)
	}
	return v, nil
}

func fromCELList(list traits.Lister) (any, error) {
	items := []any{}
	for it := list.Iterator(); it.HasNext() == types.True; {
		item, err := fromCEL(it.Next())
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

// fromOpaque writes a CEL value that is left in an answer as JSON would: a timestamp in RFC 3339, a duration in seconds,
// bytes in base64, a type by its name.
func fromOpaque(v any) (any, error) {
	opaque, ok := v.(ref.Val)
	if !ok {
		return v, nil
	}
	if t, ok := opaque.(ref.Type); ok {
		return t.TypeName(), nil
	}
	if b, ok := opaque.(types.Bytes); ok {
		return base64.StdEncoding.EncodeToString(b), nil
	}
	converted, err := opaque.ConvertToNative(reflect.TypeFor[json.RawMessage]())
	if err == nil {
		var text string
		if err = json.Unmarshal(converted.(json.RawMessage), &text); err == nil {
			return text, nil
		}
	}
	if text, ok := opaque.ConvertToType(types.StringType).(types.String); ok {
		return string(text), nil
	}
	return nil, fmt.Errorf("the answer is a %s, which has no JSON form", opaque.Type().TypeName())
}

// celFunction calls one of CEL's own functions, whichever of its overloads fits the arguments.
func celFunction(decl *decls.FunctionDecl) (builtin, error) {
	overloads, err := decl.Bindings()
	if err != nil {
		return nil, err
	}
	for _, o := range overloads {
		if o.Operator == decl.Name() {
			return func(f *frame, args []any) (any, error) { return callCEL(f, o, args) }, nil
		}
	}
	return nil, nil
}

func callCEL(f *frame, o *functions.Overload, args []any) (any, error) {
	values := make([]ref.Val, len(args))
	size := 0
	for i, arg := range args {
		values[i] = adapter{}.NativeToValue(arg)
		if e, ok := values[i].(*types.Err); ok {
			return nil, errors.New(e.Error())
		}
		size += textSize(arg)
	}
	if err := f.chargeText(size); err != nil {
		return nil, err
	}
	answer, err := fromCEL(invoke(o, values))
	if text, ok := answer.(string); ok && err == nil {
		err = f.chargeText(len(text))
	}
	if list, ok := answer.([]any); ok && err == nil {
		f.built = true
		err = f.charge(len(list))
	}
	return answer, err
}

func invoke(o *functions.Overload, args []ref.Val) ref.Val {
	switch {
	case len(args) == 1 && o.Unary != nil:
		return o.Unary(args[0])
	case len(args) == 2 && o.Binary != nil:
		return o.Binary(args[0], args[1])
	case o.Function != nil:
		return o.Function(args...)
	}
	return types.NewErr("no such overload")
}

// textSize is the length of the text in an argument, with the text of the lists and maps in it; a function may copy all of it.
func textSize(v any) int {
	switch v := v.(type) {
	case string:
		return len(v)
	case []any:
		size := 8 * len(v)
		for _, item := range v {
			if size += textSize(item); size > maxText {
				break
			}
		}
		return size
	case map[string]any:
		size := 8
		for key, item := range v {
			if size += len(key) + textSize(item); size > maxText {
				break
			}
		}
		return size
	}
	return 8
}
