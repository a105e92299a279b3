package runner

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/onsi/ginkgo/v2/types"
)

// A FilterError is a filter that nobody can apply: the user's mistake. Ginkgo
// would end the process, or panic.
type FilterError struct {
	Flag   string // label-filter, focus, skip, focus-file, skip-file
	Text   string
	Reason string
}

func (e FilterError) Error() string {
	return fmt.Sprintf("--%s %q: %s", e.Flag, e.Text, e.Reason)
}

// A filter is Ginkgo's choice among specs, worked out with Ginkgo's own
// parsers. ginkgo.PreviewSpecs would give the same, but in a user's suite it
// silently drops every top-level node that is no container, and runs report
// hooks twice. A test compares the two.
type filter struct {
	description           string // what focus and skip see before the spec's own text
	labels                []string
	label                 types.LabelFilter
	focusFiles, skipFiles types.FileFilters
	focus, skip           *regexp.Regexp
}

func newFilter(description string, labels []string, config types.SuiteConfig) (*filter, error) {
	f := &filter{description: description, labels: labels}
	var err error
	if f.label, err = types.ParseLabelFilter(config.LabelFilter); err != nil {
		return nil, FilterError{"label-filter", config.LabelFilter, plainReason(err)}
	}
	if f.focusFiles, err = types.ParseFileFilters(config.FocusFiles); err != nil {
		return nil, FilterError{"focus-file", strings.Join(config.FocusFiles, " "), plainReason(err)}
	}
	if f.skipFiles, err = types.ParseFileFilters(config.SkipFiles); err != nil {
		return nil, FilterError{"skip-file", strings.Join(config.SkipFiles, " "), plainReason(err)}
	}
	if f.focus, err = joined("focus", config.FocusStrings); err != nil {
		return nil, err
	}
	f.skip, err = joined("skip", config.SkipStrings)
	return f, err
}

// joined is several expressions as one, the way Ginkgo joins them; nil for none.
func joined(flag string, texts []string) (*regexp.Regexp, error) {
	text := strings.Join(texts, "|")
	if text == "" {
		return nil, nil
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, FilterError{flag, text, err.Error()}
	}
	return re, nil
}

// plainReason is the last line of Ginkgo's coloured page.
func plainReason(err error) string {
	var page types.GinkgoError
	if !errors.As(err, &page) {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(page.Message), "\n")
	reason := strings.TrimSuffix(lines[len(lines)-1], ".")
	if reason == "" {
		reason = page.Heading
	}
	return strings.ToLower(reason[:1]) + reason[1:]
}

// learn takes in that a spec runs. A file filter also matches the places of
// hooks around a spec, which cannot be asked for. But all of ours have the same
// hooks: if one of ours runs although its own places are not in focus, a hook's
// is, and so all are.
func (f *filter) learn(runs *leaf) {
	if len(f.focusFiles) > 0 && !f.focusFiles.Matches(runs.places) {
		f.focusFiles = nil
	}
}

// admits says whether Ginkgo would run the spec.
func (f *filter) admits(l *leaf) bool {
	subject := f.description + " " + l.text
	switch {
	case !f.label(append(f.labels[:len(f.labels):len(f.labels)], l.labels...)):
		return false
	case len(f.focusFiles) > 0 && !f.focusFiles.Matches(l.places):
		return false
	case len(f.skipFiles) > 0 && f.skipFiles.Matches(l.places):
		return false
	case f.focus != nil && !f.focus.MatchString(subject):
		return false
	}
	return f.skip == nil || !f.skip.MatchString(subject)
}
