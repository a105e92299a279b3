package expr

import (
	"fmt"
	"reflect"

	"cel.dev/cel-go/common/types/ref"
)

// Vars are the variables of one evaluation by name. A value may also be a func() any, which is then called at most once
// in each evaluation, and only if the expression gets there. A name in scope that Vars lacks is absent.
type Vars map[string]any

// Want is what the caller will do with the answer.
type Want int

const (
	// Any takes every value.
	Any Want = iota
	// Bool refuses, when compiling, what can never be true or false: a text, a list, a sum.
	Bool
)

// Error is a mistake in an expression, template or address, found before anything is evaluated.
type Error struct {
	Offset  int // 0-based, in bytes of the source
	Message string
	Hint    string // may be empty
	Unknown string // the name that nothing stands for here; "" for any other mistake
}

// Error is the message with its hint.
func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + " (" + e.Hint + ")"
}

// shifted is the same mistake in a longer text in which the source begins at offset.
func (e *Error) shifted(offset int) *Error {
	copied := *e
	copied.Offset += offset
	return &copied
}

// Program is a compiled expression. It is immutable, and any number of goroutines may evaluate it at once.
type Program struct {
	source string
	root   node
	slots  int
	refs   [][]string
}

// Compile reads an expression. Names are the variables in scope. The error, if any, is an *Error.
func Compile(source string, names []string, want Want) (*Program, error) {
	p, err := compile(source, names, want)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Source is the expression as written.
func (p *Program) Source() string { return p.source }

// Refs are the paths that the expression reads, each once, in the order in which they stand: after.product.stars is
// {"after", "product", "stars"}. A constant text as index counts as a name; any other index ends the path, and so does
// a call or a comprehension. The variables of comprehensions are no paths.
func (p *Program) Refs() [][]string { return p.refs }

// Eval answers the expression: a JSON-like value, Absent or Unknown. An error is the expression's own: too many steps, a
// division by zero, a sum of text and number. In an answer that the expression built, an absent value of a map is left
// out, and an absent element of a list stays as Absent, because positions count. Timestamps, durations and bytes come
// out as CEL's JSON writes them.
func (p *Program) Eval(v Vars) (any, error) { return p.finished(v, true) }

// evalStrict is Eval that leaves absent values of maps in place, for callers that must not send them.
func (p *Program) evalStrict(v Vars) (any, error) { return p.finished(v, false) }

func (p *Program) finished(v Vars, dropAbsent bool) (any, error) {
	answer, f, err := p.run(v)
	if err == nil {
		answer, err = finish(answer, f.built, dropAbsent)
	}
	if err != nil {
		return nil, fmt.Errorf("evaluate %s: %w", shorten(p.source), err)
	}
	return answer, nil
}

// Truth answers a yes-or-no expression; absent counts as false.
func (p *Program) Truth(v Vars) (Truth, error) {
	answer, err := p.Eval(v)
	if err != nil {
		return UnknownTruth, err
	}
	truth, err := TruthOf(answer)
	if err != nil {
		return UnknownTruth, fmt.Errorf("evaluate %s: %w", shorten(p.source), err)
	}
	return truth, nil
}

func (p *Program) run(v Vars) (any, *frame, error) {
	f := &frame{vars: v, meter: meter{left: maxSteps}}
	if p.slots > 0 {
		f.slots = make([]any, p.slots)
	}
	answer, err := p.root.eval(f)
	return answer, f, err
}

// frame is one evaluation: its variables, those of its comprehensions, and what it has spent.
type frame struct {
	meter
	vars  Vars
	lazy  map[string]any // what the functions among vars have answered
	slots []any          // variables of comprehensions, numbered when compiled
	built bool           // the expression made a list or a map of its own
}

func (f *frame) variable(name string) any {
	v, ok := f.vars[name]
	if !ok {
		return Absent
	}
	ask, ok := v.(func() any)
	if !ok {
		return v
	}
	if answer, ok := f.lazy[name]; ok {
		return answer
	}
	answer := ask()
	if f.lazy == nil {
		f.lazy = map[string]any{}
	}
	f.lazy[name] = answer
	return answer
}

// finish turns an answer into plain JSON-like values. Only what the expression built is walked: the data of variables
// goes out as it came in.
func finish(answer any, built, dropAbsent bool) (any, error) {
	if !built {
		return fromOpaque(answer)
	}
	return (&finisher{meter{left: maxBuilt}, dropAbsent}).finish(answer)
}

type finisher struct {
	meter
	dropAbsent bool
}

// finish copies a list or map only if something in it changes.
func (c *finisher) finish(v any) (any, error) {
	if err := c.charge(1); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case []any:
		return c.finishList(v)
	case map[string]any:
		return c.finishMap(v)
	}
	return fromOpaque(v)
}

func (c *finisher) finishList(list []any) (any, error) {
	var copied []any
	for i, item := range list {
		done, err := c.finish(item)
		if err != nil {
			return nil, err
		}
		if copied == nil && !identical(item, done) {
			copied = append([]any{}, list...)
		}
		if copied != nil {
			copied[i] = done
		}
	}
	if copied != nil {
		return copied, nil
	}
	return list, nil
}

func (c *finisher) finishMap(m map[string]any) (any, error) {
	copied := make(map[string]any, len(m))
	changed := false
	for key, item := range m {
		if item == Absent && c.dropAbsent {
			changed = true
			continue
		}
		done, err := c.finish(item)
		if err != nil {
			return nil, err
		}
		changed = changed || !identical(item, done)
		copied[key] = done
	}
	if changed {
		return copied, nil
	}
	return m, nil
}

// identical says whether finishing left a value alone: a list or a map that was left alone is the same one.
func identical(a, b any) bool {
	switch x := a.(type) {
	case []any:
		y, ok := b.([]any)
		return ok && len(x) == len(y) && (len(x) == 0 || &x[0] == &y[0])
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && reflect.ValueOf(x).Pointer() == reflect.ValueOf(y).Pointer()
	case ref.Val:
		return false
	}
	return a == b
}
