package runner

import (
	"fmt"
	"slices"
	"strings"

	gomega "github.com/onsi/gomega/types"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/report"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// Keep matches a result or verdict that is kept: what was said and what was
// seen agree, and the contract is met. A documented lie (known) is not kept.
func Keep() gomega.GomegaMatcher {
	return &verdictMatcher{class: verdict.Kept, wish: "be kept"}
}

// HaveLied matches a lie, of one of the kinds if any are given: lost-write,
// dropped-field and so on.
func HaveLied(kinds ...verdict.Kind) gomega.GomegaMatcher {
	return &verdictMatcher{class: verdict.Lied, kinds: kinds, wish: "have lied"}
}

// BeBroken matches a contract that is not kept although the status told the
// truth, of one of the kinds if any are given: refused, late-effect and so on.
func BeBroken(kinds ...verdict.Kind) gomega.GomegaMatcher {
	return &verdictMatcher{class: verdict.Broken, kinds: kinds, wish: "be broken"}
}

// BeInconclusive matches a verdict for which evidence is missing, of one of the
// kinds if any are given: blind-probe, setup-failed and so on.
func BeInconclusive(kinds ...verdict.Kind) gomega.GomegaMatcher {
	return &verdictMatcher{class: verdict.Inconclusive, kinds: kinds, wish: "be inconclusive"}
}

// A verdictMatcher asks for a class, and for one of some kinds.
type verdictMatcher struct {
	class verdict.Class
	kinds []verdict.Kind
	wish  string
}

// Match takes a result or a verdict, or a pointer to one.
func (m *verdictMatcher) Match(actual any) (bool, error) {
	v, _, err := judged(actual)
	if err != nil {
		return false, err
	}
	return v.Class == m.class && (len(m.kinds) == 0 || slices.Contains(m.kinds, v.Kind)), nil
}

// FailureMessage says what was found in place of what was wanted.
func (m *verdictMatcher) FailureMessage(actual any) string { return m.message(actual, "to ") }

// NegatedFailureMessage says what was found although it was not wanted.
func (m *verdictMatcher) NegatedFailureMessage(actual any) string {
	return m.message(actual, "not to ")
}

func (m *verdictMatcher) message(actual any, to string) string {
	_, text, err := judged(actual)
	if err != nil {
		return err.Error()
	}
	wish := m.wish
	if len(m.kinds) > 0 {
		kinds := make([]string, len(m.kinds))
		for i, k := range m.kinds {
			kinds[i] = string(k)
		}
		wish += " (" + strings.Join(kinds, " or ") + ")"
	}
	return fmt.Sprintf("Expected\n%s\n%s%s", indent(text), to, wish)
}

// judged is the verdict of what a matcher was given, and its text.
func judged(actual any) (*verdict.Verdict, string, error) {
	switch a := actual.(type) {
	case *engine.Result:
		if a != nil {
			return &a.Verdict, report.Plain(a), nil
		}
	case engine.Result:
		return &a.Verdict, report.Plain(&a), nil
	case *verdict.Verdict:
		if a != nil {
			return a, brief(a), nil
		}
	case verdict.Verdict:
		return &a, brief(&a), nil
	}
	return nil, "", fmt.Errorf("expected a result or a verdict, got %T", actual)
}

// brief is a verdict that stands alone: nothing says of what.
func brief(v *verdict.Verdict) string {
	lines := []string{strings.ToUpper(string(v.Class))}
	if v.Kind != "" {
		lines[0] += "  " + string(v.Kind)
	}
	for _, f := range v.Findings {
		for _, part := range []struct{ name, text string }{{"said", f.Said}, {"seen", f.Seen}, {"reason", f.Reason}} {
			if part.text != "" {
				lines = append(lines, fmt.Sprintf("  %-6s %s", part.name, line(part.text)))
			}
		}
	}
	return strings.Join(lines, "\n")
}

func indent(text string) string { return "    " + strings.ReplaceAll(text, "\n", "\n    ") }
