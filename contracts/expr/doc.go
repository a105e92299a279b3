// Package expr is the expression language of contracts: CEL, read with the eyes of somebody who judges replies.
//
// A contract asks questions about what somebody else's API said and showed:
//
//	after.product.review_count == before.product.review_count + 1
//
// The syntax, the macros, the type checker and the string, time and conversion functions are those of cel.dev/cel-go,
// with its strings and lists extensions. The walk over a parsed expression is ours, because three things must be exact
// here that CEL answers with an error, or with a guess:
//
//   - Absent. Walking past what is there gives [Absent], never an error: a misspelt field, a missing element, a name
//     asked of a list. A comparison with absent is false (`!=` and `in` too), any other function of it is absent, and
//     as an answer it counts as false. `absent(x)` asks.
//   - Unknown. What could not be read is [Unknown] with its reason. It is neither true nor false, and stays unknown
//     unless the rest decides: `unknown && false` is false, `unknown || true` is true.
//   - Numbers. Every number is a json.Number and is compared and added as written in decimal, so 0.1 + 0.2 == 0.3, and
//     9007199254740993 is not 9007199254740992.
//
// An error on either side of `||` and `&&` that is evaluated is reported; CEL would let the other side absorb it, and a
// broken question must not become a verdict. Evaluation is bounded in steps and in the size of what it builds.
//
// Values are what a JSON decoder with UseNumber yields (nil, bool, string, json.Number, []any, map[string]any), and
// Absent and Unknown, which may also stand inside lists and maps.
//
// The words:
//
//	Program   one compiled expression; safe for concurrent use
//	Template  text with ${ CEL } in it
//	Data      a tree as written in YAML, with templates and with marks for what a case removes
//	Address   the path of a call, /reviews/{review.id}/publish, encoded so that no value can climb or add segments
//
// One example:
//
//	p, err := expr.Compile("after.review.state == 'published'", []string{"before", "after"}, expr.Bool)
//	truth, err := p.Truth(expr.Vars{"after": readings})
//
// The package imports nothing of ours.
package expr
