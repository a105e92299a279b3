package expr

import (
	"fmt"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/ext"
)

// dialect is CEL as we speak it: the parser, the type checker and the functions that may be called.
type dialect struct {
	env       *cel.Env
	functions map[string]builtin // by CEL's name; operators too
}

// anyVariable stands for every variable when types are checked; no source can spell it.
const anyVariable = "@variable"

// sharedDialect is built at first use, as that takes milliseconds, and never changes: a constant that Go cannot write.
var sharedDialect = sync.OnceValues(newDialect)

func newDialect() (*dialect, error) {
	unary := []*cel.Type{cel.DynType}
	env, err := cel.NewEnv(
		ext.Strings(ext.StringsMaxPrecision(100)),
		ext.Lists(ext.ListsVersion(2)),
		cel.Variable(anyVariable, cel.DynType),
		cel.Function("absent", cel.Overload("absent_dyn", unary, cel.BoolType)),
		cel.ParserExpressionSizeLimit(64<<10),
		cel.ParserRecursionLimit(200),
	)
	if err != nil {
		return nil, fmt.Errorf("make the CEL environment: %w", err)
	}
	d := &dialect{env: env, functions: map[string]builtin{}}
	for name, decl := range env.Functions() {
		call, err := celFunction(decl)
		if err != nil {
			return nil, fmt.Errorf("bind %s: %w", name, err)
		}
		if call != nil {
			d.functions[name] = call
		}
	}
	d.addBuiltins()
	return d, nil
}

// check type-checks a parsed expression, which it consumes. JSON has one kind of number and lists of anything, CEL has
// three and wants both branches of `?:` alike, so numbers, lists and maps that are written out are hidden behind dyn()
// before CEL looks; what it still finds (text minus truth value, a call with too few arguments) is wrong in any reading.
func (d *dialect) check(parsed *cel.Ast, variables map[int64]bool) (*cel.Ast, *cel.Issues) {
	tree := parsed.NativeRep()
	fac := ast.NewExprFactory()
	id := ast.MaxID(tree)
	ast.PostOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch {
		case variables[e.ID()] && e.Kind() == ast.IdentKind:
			e.SetKindCase(fac.NewIdent(e.ID(), anyVariable))
		case isLoose(e):
			id++
			if r, ok := tree.SourceInfo().GetOffsetRange(e.ID()); ok {
				tree.SourceInfo().SetOffsetRange(id, r)
			}
			inner := fac.NewUnspecifiedExpr(id)
			inner.SetKindCase(e)
			e.SetKindCase(fac.NewCall(e.ID(), "dyn", inner))
		}
	}))
	return d.env.Check(parsed)
}

// isLoose says whether CEL's type of an expression is narrower than ours.
func isLoose(e ast.Expr) bool {
	switch e.Kind() {
	case ast.ListKind, ast.MapKind:
		return true
	case ast.LiteralKind:
		switch e.AsLiteral().Type() {
		case types.IntType, types.UintType, types.DoubleType, types.NullType:
			return true
		}
	case ast.CallKind:
		return isNumeric(e.AsCall().FunctionName())
	case ast.ComprehensionKind:
		return isMapping(e.AsComprehension())
	}
	return false
}

func isNumeric(function string) bool {
	switch function {
	case operators.Add, operators.Subtract, operators.Multiply, operators.Divide, operators.Modulo, operators.Negate,
		operators.Conditional, "size", "int", "uint", "double", "indexOf", "lastIndexOf":
		return true
	}
	return false
}

func isMapping(c ast.ComprehensionExpr) bool {
	return c.AccuInit().Kind() != ast.LiteralKind
}

// neverBool says whether an expression's shape alone keeps it from being true or false.
func neverBool(e ast.Expr) bool {
	switch e.Kind() {
	case ast.ListKind, ast.MapKind:
		return true
	case ast.LiteralKind:
		return e.AsLiteral().Type() != types.BoolType
	case ast.CallKind:
		call := e.AsCall()
		if call.FunctionName() == operators.Conditional {
			return neverBool(call.Args()[1]) && neverBool(call.Args()[2])
		}
		return isNumeric(call.FunctionName())
	case ast.ComprehensionKind:
		return e.AsComprehension().AccuInit().Kind() == ast.ListKind
	}
	return false
}
