package runner

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/extensions/globals"
	"github.com/onsi/ginkgo/v2/types"
)

// What we foresee is what Ginkgo runs, for hundreds of random filters, with our
// specs at top level and deep in somebody's containers.
func TestSelectionIsGinkgos(t *testing.T) {
	defer asBefore()()
	random := rand.New(rand.NewPCG(11, 7))
	selected, decided := 0, 0
	for round := range 400 {
		config := randomFilters(random)
		name := fmt.Sprintf("suite %d", round%3)
		s, preview, labels := previewed(config, name, random.IntN(3))
		f, err := newFilter(name, labels, config)
		if err != nil {
			t.Fatalf("%+v: %v", config, err)
		}
		for _, l := range s.leaves {
			runs, there := preview[l.key]
			if !there {
				t.Fatalf("Ginkgo has no spec %q at %s", l.text, l.key.place)
			}
			decided++
			if runs {
				selected++
			}
			if f.admits(l) != runs {
				t.Fatalf("%s (%v): Ginkgo runs it: %v; we foresee %v\n%s", l.text, l.labels, runs, !runs, filters(config))
			}
		}
	}
	if selected < decided/20 || selected > decided*19/20 {
		t.Errorf("%d of %d selected: such filters tell nothing", selected, decided)
	}
}

// A file filter that hits a hook hits all specs under it. Where hooks are cannot
// be asked for; that one spec runs shows it.
func TestSelectionLearnsOfHooks(t *testing.T) {
	defer asBefore()()
	config, _ := ginkgo.GinkgoConfiguration()
	config.LabelFilter, config.FocusStrings, config.SkipStrings, config.SkipFiles = "", nil, nil, nil // of an earlier run
	config.FocusFiles = []string{"hooks_of_the_user"}
	s, preview, _ := previewed(config, "suite", 2)
	f, err := newFilter("suite", nil, config)
	if err != nil {
		t.Fatal(err)
	}
	first := s.leaves[0]
	if !preview[first.key] || f.admits(first) {
		t.Fatalf("Ginkgo runs it: %v; we foresee %v before we know of the hook", preview[first.key], f.admits(first))
	}
	f.learn(first)
	for _, l := range s.leaves {
		if !preview[l.key] || !f.admits(l) {
			t.Errorf("%s: Ginkgo runs it: %v; we foresee %v", l.text, preview[l.key], f.admits(l))
		}
	}
}

// asBefore keeps what previews change: Ginkgo's tree, its configuration and who
// has the signals.
func asBefore() func() {
	config, reporter := ginkgo.GinkgoConfiguration()
	return func() {
		globals.Reset()
		ginkgo.PreviewSpecs("", config, reporter)
		globals.Reset()
		signal.Reset(os.Interrupt, syscall.SIGTERM)
	}
}

// previewed declares a suite so many containers deep, and asks Ginkgo what it
// would run.
func previewed(config types.SuiteConfig, name string, depth int) (*suite, map[specKey]bool, []string) {
	globals.Reset()
	s := suiteOf("folder/of", planOf(3, 4), nil)
	around := func() { declare(s, []any{ginkgo.Label("deco")}) }
	for level := range depth {
		inner := around
		around = func() {
			hook := types.CodeLocation{FileName: "hooks_of_the_user_test.go", LineNumber: 3}
			ginkgo.Describe(fmt.Sprintf("level %d", level), ginkgo.Label(fmt.Sprintf("level:%d", level)), func() {
				ginkgo.BeforeEach(hook, func() {})
				inner()
			})
		}
	}
	around()
	labels := []string{"whole"}
	report := ginkgo.PreviewSpecs(name, config, ginkgo.Label(labels...))
	preview := map[specKey]bool{}
	for _, spec := range report.SpecReports {
		preview[specKey{spec.FullText(), spec.LeafNodeLocation}] = spec.State.Is(types.SpecStatePassed)
	}
	return s, preview, labels
}

// randomFilters are up to two of each kind.
func randomFilters(random *rand.Rand) types.SuiteConfig {
	labels := []string{
		"account:shop-1", "ACCOUNT:SHOP-2", "/contract:.* 1 /", "operation:op0", "needs:reviews_write", "account:isSubsetOf {shop-0, shop-3}",
		"needs:isEmpty", "level:0", "whole", "deco", "Serial", "/shop-[12]/", "nothing", "account:containsAny {shop-0, shop-9}", "operation:consistsOf op1",
	}
	texts := []string{"Contract 1", "^suite 1 ", "^Contract", "no title", `on shop-\d$`, "shop-2", "level 1", "^suite 2 level", "nothing", "", `\(no`}
	files := []string{"c0.contract.yaml", "c0.contract.yaml:1", "c0.contract.yaml:5-16", "folder", "nowhere", "contract.yaml:1,15", "^c0", "of/c0.*:25"}
	config, _ := ginkgo.GinkgoConfiguration()
	some := func(from []string) (out []string) {
		for range max(0, random.IntN(5)-2) {
			out = append(out, from[random.IntN(len(from))])
		}
		return out
	}
	var query strings.Builder
	for i, label := range some(labels) {
		if i > 0 {
			query.WriteString([]string{" && ", " || ", ", "}[random.IntN(3)])
		}
		if random.IntN(3) == 0 {
			query.WriteString("!")
		}
		query.WriteString("(" + label + ")")
	}
	config.LabelFilter = query.String()
	config.FocusStrings, config.SkipStrings = some(texts), some(texts[:len(texts)-3])
	config.FocusFiles, config.SkipFiles = some(files), some(files[:3])
	return config
}

func filters(c types.SuiteConfig) string {
	return fmt.Sprintf("label %q focus %q skip %q focus files %q skip files %q", c.LabelFilter, c.FocusStrings, c.SkipStrings, c.FocusFiles, c.SkipFiles)
}

func TestFilterMistakes(t *testing.T) {
	tests := []struct {
		name   string
		change func(*types.SuiteConfig)
		want   string
	}{
		{"label", func(c *types.SuiteConfig) { c.LabelFilter = "account:a &&" }, `--label-filter "account:a &&": unexpected EOF`},
		{"label operator", func(c *types.SuiteConfig) { c.LabelFilter = "a & & b" }, `--label-filter "a & & b"`},
		{"focus", func(c *types.SuiteConfig) { c.FocusStrings = []string{"a", "("} }, "--focus \"a|(\": error parsing regexp: missing closing ): `a|(`"},
		{"skip", func(c *types.SuiteConfig) { c.SkipStrings = []string{"*"} }, `--skip "*": error parsing regexp`},
		{"focus file", func(c *types.SuiteConfig) { c.FocusFiles = []string{"a:b:c"} }, `--focus-file "a:b:c"`},
		{"skip file", func(c *types.SuiteConfig) { c.SkipFiles = []string{"a:x"} }, `--skip-file "a:x"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var config types.SuiteConfig
			test.change(&config)
			_, err := newFilter("suite", nil, config)
			var mistake FilterError
			if !errors.As(err, &mistake) || !strings.HasPrefix(err.Error(), test.want) || strings.ContainsAny(err.Error(), "\x1b\n") {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}
