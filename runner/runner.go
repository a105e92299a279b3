// Package runner makes Ginkgo specs of contracts: one spec for every cell, that
// is for every case of a contract on every account. It is the only package of
// ours that imports Ginkgo.
//
// There are two doors. A Go suite declares the contracts of a folder beside its
// own specs and runs both under go test or ginkgo, with labels, focus and
// reports as Ginkgo's users know them:
//
//	func TestReviews(t *testing.T) {
//		gomega.RegisterFailHandler(ginkgo.Fail)
//		runner.RunSpecs(t, "testdata/reviews", runner.Target("sandbox"))
//	}
//
// The command hands an engine to [Run], which is silent and returns the results.
//
// # What becomes of a verdict
//
//	kept, known     the spec passes
//	lied, broken    the spec fails
//	inconclusive    the spec fails too, and says what would settle it: a suite
//	                that could not see anything must not be green
//	interrupted     the spec is skipped, where somebody stopped the run
//
// Whatever the verdict, a spec fails if its cell left something behind.
//
// # Ahead of Ginkgo
//
// The cost of a run is waiting, and Ginkgo runs one spec after another. So the
// engine runs ahead: the first of our specs to run starts every cell that
// Ginkgo is going to run, and each spec then waits for its own cell. Until then
// nothing is resolved or sent, so that a BeforeSuite may start the server that
// `server: http://127.0.0.1:${env.PORT}` names. A spec that runs again
// (FlakeAttempts, MustPassRepeatedly) gets the result that is there: an act is
// never sent twice within a run. Our specs are Serial and come last: under
// ginkgo -p one process runs all of them at once, with one set of limits.
//
// A hook that skips some of our specs and not others cannot be foreseen; their
// acts are sent although their specs are skipped. [OneAtATime] is for such
// suites. Our specs may not stand in an Ordered container: a lie would hide
// what became of the cells behind it.
//
// # Stopping
//
// Cells that run when a suite ends early (--fail-fast, a time-out, an
// interrupt) clean up before the suite's AfterSuite, because what it stops may
// be the server that they clean up on. The suite also ends before go test's own
// -timeout, which would kill it without any clean-up. A second interrupt abandons
// cleaning up.
//
// What a run may make is in its journal before it is sent (.polygraph/journal in
// the package's folder), so that `polygraph sweep` removes what is left after that,
// after kill -9 or after a power cut.
package runner

import (
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/polygraph-dev/polygraph/runner/report"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// RunSpecs runs everything that this test binary has declared, and the
// contracts of folder, and says whether all passed. It takes the place of
// ginkgo.RunSpecs.
//
// The folder is declared here unless [Specs] did it; an empty one runs what was
// declared. The further arguments are our options, for the folder that is
// declared here, and what ginkgo.RunSpecs takes: labels and configurations. A
// suite that does not load fails with the loader's message whatever the
// filters; nothing of it is sent.
//
// go test never takes the result from its cache: what is tested is somewhere
// else and may have changed.
func RunSpecs(t ginkgo.GinkgoTestingT, folder string, args ...any) bool {
	ours, theirs := sortArgs(args)
	if folder != "" {
		declareLast(folder, ours)
	}
	return runDeclared(t, folder, theirs)
}

// declareLast declares a folder unless somebody else has. It does so in a
// container, because Ginkgo opens containers when the run begins, in the order
// of their declaration: only then it is known whether a Describe of the user
// has called Specs.
func declareLast(folder string, ours []Option) {
	ginkgo.Describe("", types.CodeLocation{FileName: folder}, func() {
		var s *suite
		switch {
		case !declared.has(folder):
			s = newSuite(folder, ours)
		case len(ours) > 0: // one of them may be ReadOnly
			s = suiteOf(folder, nil, nil)
			s.mistake = fmt.Errorf("%s is declared by Specs, and so the options of RunSpecs would be lost: give them to Specs", folder)
		default:
			return
		}
		declared.add(s)
		declare(s, nil)
	})
}

// runDeclared runs Ginkgo with the suite's end under our control.
func runDeclared(t ginkgo.GinkgoTestingT, description string, args []any) bool {
	config, labels, args := split(args)
	config.Timeout = beforeDeadline(t, config.Timeout, time.Now())
	if err := compiles(config); err != nil {
		fmt.Fprintln(os.Stderr, err)
		t.Fail()
		return false
	}
	declared.begin(description, labels)
	ginkgo.ReportAfterSuite("polygraph: real times", func(r ginkgo.Report) { declared.patch(&r) })

	defer mindInterrupts(declared.abandon).release()
	passed := ginkgo.RunSpecs(t, description, append(args, config, ginkgo.AroundNode(stopBeforeAfterSuite))...)
	declared.stop() // on a second interrupt Ginkgo skips AfterSuite, and the hook with it
	tellUnseen(os.Stderr, declared.all())
	if err := uncache(); err != nil {
		fmt.Fprintf(os.Stderr, "go test may repeat this result from its cache: %v\n", err)
	}
	if err := declared.mistakes(); err != nil {
		if passed { // no spec said so: a filter left it out
			fmt.Fprintln(os.Stderr, err)
			t.Fail()
		}
		return false
	}
	return passed
}

// tellUnseen says what no spec could say: lies whose specs Ginkgo skipped after
// the acts had been sent, and what such cells left behind.
func tellUnseen(w io.Writer, suites []*suite) {
	for _, s := range suites {
		for _, r := range s.unseen() {
			bad := r.Verdict.Class == verdict.Lied || r.Verdict.Class == verdict.Broken
			if bad || len(r.Left) > 0 {
				fmt.Fprintf(w, "\n%s: its spec was skipped after the act was sent\n%s%s\n", placeIn(s.folder, r.Cell.Place()), report.Plain(r), leftText(r.Left))
			}
		}
	}
}

// stopBeforeAfterSuite has our cells clean up while what the suite started for
// them is still there.
func stopBeforeAfterSuite(ctx context.Context, body func(context.Context)) {
	const last = types.NodeTypeAfterSuite | types.NodeTypeSynchronizedAfterSuite | types.NodeTypeCleanupAfterSuite
	if ginkgo.CurrentSpecReport().LeafNodeType.Is(last) {
		declared.stop()
	}
	body(ctx)
}

// split takes the suite's configuration and labels out of the arguments of
// ginkgo.RunSpecs; both are needed to foresee what Ginkgo will run. The labels
// stay among the rest.
func split(args []any) (config types.SuiteConfig, labels []string, rest []any) {
	config, _ = ginkgo.GinkgoConfiguration()
	for _, arg := range args {
		switch arg := arg.(type) {
		case types.SuiteConfig:
			config = arg
			continue
		case ginkgo.Labels:
			labels = append(labels, arg...)
		}
		rest = append(rest, arg)
	}
	return config, labels, rest
}

// beforeDeadline is how long the suite may take so that clean-up fits in before
// go test's -timeout: a fifth of what is left is kept for it, at most half a
// minute.
func beforeDeadline(t ginkgo.GinkgoTestingT, wanted time.Duration, now time.Time) time.Duration {
	test, ok := t.(interface{ Deadline() (time.Time, bool) })
	if !ok {
		return wanted
	}
	deadline, ok := test.Deadline()
	if !ok {
		return wanted
	}
	left := deadline.Sub(now)
	left = max(left-min(left/5, 30*time.Second), time.Millisecond)
	if wanted > 0 && wanted < left {
		return wanted
	}
	return left
}

// compiles says what is wrong with the focus and skip expressions, because
// Ginkgo would panic.
func compiles(config types.SuiteConfig) error {
	for flag, texts := range map[string][]string{"focus": config.FocusStrings, "skip": config.SkipStrings} {
		if _, err := regexp.Compile(strings.Join(texts, "|")); err != nil {
			return FilterError{Flag: flag, Text: strings.Join(texts, "|"), Reason: err.Error()}
		}
	}
	return nil
}
