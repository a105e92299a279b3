package expr

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

func compile(source string, names []string, want Want) (*Program, *Error) {
	if strings.TrimSpace(source) == "" {
		return nil, &Error{Message: "empty expression"}
	}
	if !utf8.ValidString(source) {
		return nil, &Error{Message: "the expression is not UTF-8"}
	}
	d, err := sharedDialect()
	if err != nil {
		return nil, &Error{Message: err.Error()}
	}
	parsed, issues := d.env.Parse(source)
	if issues.Err() != nil {
		return nil, parseError(source, issues)
	}
	c := &compiler{dialect: d, source: []rune(source), tree: parsed.NativeRep(), names: names, variables: map[int64]bool{}}
	root := c.compile(c.tree.Expr())
	c.wantTruths(c.tree.Expr(), want)
	p := &Program{source: source, root: root, slots: c.slots, refs: c.refs}
	if c.mistake != nil {
		return nil, c.mistake
	}
	checked, issues := d.check(parsed, c.variables)
	if issues.Err() != nil {
		return nil, checkError(source, issues)
	}
	if out := checked.OutputType(); want == Bool && !out.IsExactType(cel.BoolType) && !out.IsExactType(cel.DynType) {
		return nil, notBool(0)
	}
	return p, nil
}

func notBool(offset int) *Error {
	return &Error{Offset: offset, Message: "the expression is never true or false", Hint: "compare it with something: … == …"}
}

// compiler turns CEL's tree into nodes. It keeps the first mistake and goes on, as nodes without meaning do no harm.
type compiler struct {
	dialect   *dialect
	source    []rune
	tree      *ast.AST
	names     []string
	scope     []local // comprehension variables, innermost last
	slots     int
	variables map[int64]bool // the expressions that are variables of ours
	refs      [][]string
	mistake   *Error
}

// local is a variable of a comprehension.
type local struct {
	name string
	slot int
}

func (c *compiler) fail(e ast.Expr, hint, format string, args ...any) node {
	if c.mistake == nil {
		c.mistake = &Error{Offset: c.offset(e), Message: fmt.Sprintf(format, args...), Hint: hint}
	}
	return literalNode{Absent}
}

// offset is where an expression begins, in bytes. Expressions that a macro made have no place of their own.
func (c *compiler) offset(e ast.Expr) int {
	r, ok := c.tree.SourceInfo().GetOffsetRange(e.ID())
	if !ok || r.Start < 0 || int(r.Start) > len(c.source) {
		return 0
	}
	return len(string(c.source[:r.Start]))
}

func (c *compiler) compile(e ast.Expr) node {
	if path, ok := c.path(e); ok {
		c.addRef(path)
	}
	return c.compilePart(e)
}

// compilePart compiles what is already part of a path that has been noted.
func (c *compiler) compilePart(e ast.Expr) node {
	switch e.Kind() {
	case ast.LiteralKind:
		return c.literal(e)
	case ast.IdentKind:
		return c.ident(e)
	case ast.SelectKind:
		return c.selection(e)
	case ast.CallKind:
		return c.call(e)
	case ast.ListKind:
		return c.list(e)
	case ast.MapKind:
		return c.mapping(e)
	case ast.ComprehensionKind:
		return c.fold(e)
	}
	return c.fail(e, "", "an expression cannot make objects of a named type")
}

func (c *compiler) compileAll(list []ast.Expr) []node {
	nodes := make([]node, len(list))
	for i, e := range list {
		nodes[i] = c.compile(e)
	}
	return nodes
}

// path is the static path of an expression that walks from a variable.
func (c *compiler) path(e ast.Expr) ([]string, bool) {
	switch e.Kind() {
	case ast.IdentKind:
		name := e.AsIdent()
		if _, isLocal := c.local(name); isLocal || !slices.Contains(c.names, name) {
			return nil, false
		}
		return []string{name}, true
	case ast.SelectKind:
		path, ok := c.path(e.AsSelect().Operand())
		return append(path, e.AsSelect().FieldName()), ok
	case ast.CallKind:
		if key, operand, ok := constantIndex(e); ok {
			path, ok := c.path(operand)
			return append(path, key), ok
		}
	}
	return nil, false
}

func constantIndex(e ast.Expr) (key string, operand ast.Expr, ok bool) {
	call := e.AsCall()
	if call.FunctionName() != operators.Index || call.Args()[1].Kind() != ast.LiteralKind {
		return "", nil, false
	}
	text, ok := call.Args()[1].AsLiteral().(types.String)
	return string(text), call.Args()[0], ok
}

func (c *compiler) addRef(path []string) {
	for _, known := range c.refs {
		if slices.Equal(known, path) {
			return
		}
	}
	c.refs = append(c.refs, path)
}

// inner compiles the operand of a walk; its path is noted only if the whole walk was no path.
func (c *compiler) inner(whole, operand ast.Expr) node {
	if _, ok := c.path(whole); ok {
		return c.compilePart(operand)
	}
	return c.compile(operand)
}

func (c *compiler) local(name string) (int, bool) {
	for i := len(c.scope) - 1; i >= 0; i-- {
		if c.scope[i].name == name {
			return c.scope[i].slot, true
		}
	}
	return 0, false
}

func (c *compiler) ident(e ast.Expr) node {
	name := e.AsIdent()
	if slot, ok := c.local(name); ok {
		return slotNode(slot)
	}
	if slices.Contains(c.names, name) {
		c.variables[e.ID()] = true
		return varNode(name)
	}
	if t := celType(name); t != nil {
		return literalNode{t}
	}
	if c.mistake == nil {
		c.mistake = &Error{Offset: c.offset(e), Message: fmt.Sprintf("unknown name %q", name), Hint: suggest(name, c.visible()), Unknown: name}
	}
	return literalNode{Absent}
}

func (c *compiler) visible() []string {
	names := slices.Clone(c.names)
	for _, l := range c.scope {
		names = append(names, l.name)
	}
	return names
}

// celType is a type by the name that `type(x) == …` compares with.
func celType(name string) ref.Val {
	for _, t := range []*types.Type{types.BoolType, types.IntType, types.UintType, types.DoubleType, types.StringType,
		types.BytesType, types.ListType, types.MapType, types.NullType} {
		if t.TypeName() == name {
			return t
		}
	}
	return nil
}

func (c *compiler) literal(e ast.Expr) node {
	switch v := e.AsLiteral().(type) {
	case types.Double:
		return literalNode{c.fractionalLiteral(e, float64(v))}
	case types.Bytes:
		return literalNode{v}
	default:
		value, err := fromCEL(v)
		if err != nil {
			return c.fail(e, "", "%v", err)
		}
		return literalNode{value}
	}
}

// fractionalLiteral takes the number from the source, where it still has all its digits.
func (c *compiler) fractionalLiteral(e ast.Expr, parsed float64) json.Number {
	fallback := fractional(Canonical(json.Number(strconv.FormatFloat(parsed, 'g', -1, 64))))
	r, ok := c.tree.SourceInfo().GetOffsetRange(e.ID())
	if !ok || r.Start < 0 || int(r.Start) >= len(c.source) {
		return fallback
	}
	rest := string(c.source[r.Start:])
	text := strings.TrimPrefix(rest, "-")
	text = strings.TrimLeft(text, " \t\r\n")
	sign := ""
	if strings.HasPrefix(rest, "-") {
		sign = "-"
	}
	for n := len(numberStart(text)); n > 0; n-- {
		written := sign + text[:n]
		if f, err := strconv.ParseFloat(written, 64); err == nil && f == parsed {
			if d, ok := readDecimal(written); ok {
				return fractional(d.String())
			}
		}
	}
	return fallback
}

func numberStart(text string) string {
	end := strings.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune("0123456789.eE+-", r) })
	if end < 0 {
		return text
	}
	return text[:end]
}

func (c *compiler) selection(e ast.Expr) node {
	s := e.AsSelect()
	operand := c.inner(e, s.Operand())
	if s.IsTestOnly() {
		return hasNode{operand, s.FieldName()}
	}
	return selectNode{operand, s.FieldName()}
}

func (c *compiler) list(e ast.Expr) node {
	return listNode(c.compileAll(e.AsList().Elements()))
}

func (c *compiler) mapping(e ast.Expr) node {
	var m mapNode
	for _, entry := range e.AsMap().Entries() {
		pair := entry.AsMapEntry()
		if key := pair.Key(); key.Kind() == ast.LiteralKind && key.AsLiteral().Type() != types.StringType {
			return c.fail(key, "write the key in quotes", "the keys of a map are text")
		}
		m.keys = append(m.keys, c.compile(pair.Key()))
		m.values = append(m.values, c.compile(pair.Value()))
	}
	return m
}

func (c *compiler) call(e ast.Expr) node {
	call := e.AsCall()
	args := call.Args()
	name := call.FunctionName()
	if call.IsMemberFunction() {
		if qualified, ok := c.qualified(call); ok {
			name = qualified
		} else {
			args = append([]ast.Expr{call.Target()}, args...)
		}
	}
	if len(args) < arity(name) {
		return c.fail(e, "", "%s wants more arguments", name)
	}
	switch name {
	case operators.Index:
		return indexNode{c.inner(e, args[0]), c.compile(args[1])}
	case operators.Add:
		if n, ok := c.appending(args); ok {
			return n
		}
	case "matches":
		return c.matching(e, c.compileAll(args))
	}
	nodes := c.compileAll(args)
	if special := specialNode(name, nodes); special != nil {
		return special
	}
	fn, ok := c.dialect.functions[name]
	if !ok {
		return c.fail(e, c.suggestFunction(name), "unknown function %q", name)
	}
	return callNode{fn, nodes}
}

// arity is how many arguments the nodes of our own need; for all others CEL's type checker counts.
func arity(name string) int {
	switch name {
	case operators.Conditional:
		return 3
	case operators.LogicalAnd, operators.LogicalOr, operators.Index, "matches":
		return 2
	case "absent":
		return 1
	}
	return 0
}

// qualified finds functions with a dot in their name, lists.range.
func (c *compiler) qualified(call ast.CallExpr) (string, bool) {
	if call.Target().Kind() != ast.IdentKind {
		return "", false
	}
	prefix := call.Target().AsIdent()
	if _, isLocal := c.local(prefix); isLocal || slices.Contains(c.names, prefix) {
		return "", false
	}
	name := prefix + "." + call.FunctionName()
	_, ok := c.dialect.functions[name]
	return name, ok
}

func (c *compiler) suggestFunction(name string) string {
	known := []string{"absent", "has", "all", "exists", "exists_one", "map", "filter", "sortBy"}
	if slices.Contains(known, name) {
		return "its arguments are not right: has(x.name), list.exists(item, item.name == 'x')"
	}
	for function := range c.dialect.functions {
		if !strings.ContainsAny(function, "_@") {
			known = append(known, function)
		}
	}
	return suggest(name, known)
}

// appending finds `accumulator + [x]`, which is how map and filter collect, and appends in place: copying the list for
// each element would make them quadratic. Nothing else can see the accumulator, because its name cannot be written.
func (c *compiler) appending(args []ast.Expr) (node, bool) {
	if len(args) != 2 || args[0].Kind() != ast.IdentKind || args[0].AsIdent() != "@result" || args[1].Kind() != ast.ListKind {
		return nil, false
	}
	slot, ok := c.local("@result")
	if elements := args[1].AsList().Elements(); ok && len(elements) == 1 {
		return appendNode{slot, c.compile(elements[0])}, true
	}
	return nil, false
}

func (c *compiler) fold(e ast.Expr) node {
	fold := e.AsComprehension()
	if fold.HasIterVar2() {
		return c.fail(e, "", "a comprehension takes one variable")
	}
	n := foldNode{over: c.compile(fold.IterRange()), start: c.compile(fold.AccuInit())}
	outer := len(c.scope)
	n.accumulator = c.declare(fold.AccuVar())
	n.item = c.declare(fold.IterVar())
	n.goesOn, n.step = c.compile(fold.LoopCondition()), c.compile(fold.LoopStep())
	c.scope = c.scope[:outer+1]
	n.result = c.compile(fold.Result())
	c.scope = c.scope[:outer]
	return n
}

func (c *compiler) declare(name string) int {
	slot := c.slots
	c.slots++
	c.scope = append(c.scope, local{name, slot})
	return slot
}

// wantTruths refuses what can never be true or false where only that has a meaning.
func (c *compiler) wantTruths(root ast.Expr, want Want) {
	refuse := func(e ast.Expr) {
		if neverBool(e) && c.mistake == nil {
			c.mistake = notBool(c.offset(e))
		}
	}
	if want == Bool {
		refuse(root)
	}
	ast.PostOrderVisit(root, ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind {
			return
		}
		switch args := e.AsCall().Args(); e.AsCall().FunctionName() {
		case operators.LogicalAnd, operators.LogicalOr:
			refuse(args[0])
			refuse(args[1])
		case operators.Conditional, operators.LogicalNot:
			refuse(args[0])
		}
	}))
}
