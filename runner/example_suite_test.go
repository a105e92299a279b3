package runner

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// This file is what a user's test binary holds. The tests of doors_test.go run
// this very binary again, under go test's and ginkgo's flags, with an example
// chosen by the environment.

const (
	exampleEnv = "POLYGRAPH_RUNNER_EXAMPLE" // name in examples
	serverEnv  = "POLYGRAPH_RUNNER_SERVER"  // counts acts and clean-ups
)

func TestMain(m *testing.M) {
	if os.Getenv(exampleEnv) == "" {
		os.Exit(m.Run())
	}
	only := "^TestExample$"
	os.Args = slices.Insert(os.Args, 1, "-test.run="+only)
	os.Exit(m.Run())
}

// TestExample is the user's one test function.
func TestExample(t *testing.T) {
	name := os.Getenv(exampleEnv)
	if name == "" {
		t.Skip("run by the tests of doors_test.go")
	}
	gomega.RegisterFailHandler(ginkgo.Fail)
	examples[name](t)
}

// examples are suites by name.
var examples = map[string]func(t *testing.T){
	"contracts": func(t *testing.T) {
		declareScripted(func(*scripted) {})
		RunSpecs(t, "suite")
	},
	"plain": func(t *testing.T) {
		declareScripted(func(*scripted) {})
		ginkgo.RunSpecs(t, "suite")
	},
	"lies": func(t *testing.T) {
		declareScripted(func(s *scripted) { s.verdict = lostFor("shop-1") })
		RunSpecs(t, "suite")
	},
	"beside": func(t *testing.T) { // the user's own specs and hooks around ours
		for i := range 4 {
			ginkgo.It("own spec "+strconv.Itoa(i), func() { time.Sleep(20 * time.Millisecond) })
		}
		ginkgo.BeforeEach(func() { tell("hook") })
		ginkgo.AfterSuite(func() { tell("after-suite") })
		declareScripted(func(*scripted) {})
		RunSpecs(t, "suite")
	},
	"flaky": func(t *testing.T) {
		ginkgo.Describe("again and again", ginkgo.MustPassRepeatedly(3), func() {
			declareScripted(func(s *scripted) { s.verdict = lostFor("shop-1") })
		})
		RunSpecs(t, "suite")
	},
	"slow": func(t *testing.T) {
		ginkgo.AfterSuite(func() { tell("after-suite") })
		declareScripted(func(s *scripted) { s.wait, s.cleanUp = time.Minute, 100*time.Millisecond })
		RunSpecs(t, "suite")
	},
	"endless": func(t *testing.T) { // cleaning up takes longer than anybody waits
		ginkgo.AfterSuite(func() { tell("after-suite") })
		declareScripted(func(s *scripted) { s.wait, s.cleanUp = time.Minute, time.Minute })
		RunSpecs(t, "suite")
	},
	"first slow": func(t *testing.T) { // its spec fails when others have lied already
		ginkgo.AfterSuite(func() { tell("after-suite") })
		declareScripted(func(s *scripted) {
			s.longer = map[*engine.Cell]time.Duration{s.cells[0]: 700 * time.Millisecond}
			s.verdict = lostFor("shop-0")
			s.left = func(c *engine.Cell) []engine.Leftover {
				if c.Account.Name == "shop-2" {
					return []engine.Leftover{{Account: "shop-2", Resource: "review", Key: "17", Why: "its delete answered 500"}}
				}
				return nil
			}
		})
		RunSpecs(t, "suite")
	},
	"some skipped": func(t *testing.T) { // by a hook that nobody can foresee
		ginkgo.BeforeEach(func() {
			if strings.Contains(ginkgo.CurrentSpecReport().FullText(), "shop-2") {
				ginkgo.Skip("not today")
			}
		})
		declareScripted(func(s *scripted) { s.wait = 20 * time.Millisecond }, OneAtATime())
		RunSpecs(t, "suite")
	},
	"no server": func(t *testing.T) {
		ginkgo.BeforeSuite(func() { ginkgo.Fail("the server does not start") })
		declareScripted(func(*scripted) {})
		RunSpecs(t, "suite")
	},
	"refused": func(t *testing.T) {
		s := suiteOf("suite", planOf(2, 3), func() (Engine, func(), error) {
			return nil, nil, errors.New(`credential of "shop-0": ${env.SHOP} is not set`)
		})
		declared.add(s)
		declare(s, nil)
		RunSpecs(t, "suite")
	},
	"mistake": func(t *testing.T) {
		ginkgo.It("own spec", func() { tell("own") })
		Specs("testdata/no such folder")
		RunSpecs(t, "")
	},
	"lost options": func(t *testing.T) {
		declareScripted(func(*scripted) {})
		RunSpecs(t, "suite", ReadOnly())
	},
	"ordered": func(t *testing.T) {
		ginkgo.Describe("in order", ginkgo.Ordered, ginkgo.Serial, func() { declareScripted(func(*scripted) {}) })
		RunSpecs(t, "suite")
	},
	"pending": func(t *testing.T) {
		ginkgo.PDescribe("later", func() { declareScripted(func(*scripted) {}) })
		RunSpecs(t, "suite")
	},
	"await": func(t *testing.T) {
		ginkgo.It("asks a result", ginkgo.Serial, func(ctx ginkgo.SpecContext) {
			gomega.Expect(Await(ctx, "Contract 0 keeps its word", "shop-1")).To(HaveLied("lost-write"))
			gomega.Expect(Await(ctx, "Contract 0 keeps its word (no title)", "shop-0")).To(Keep())
			_, err := Await(ctx, "Contract 99", "shop-0")
			gomega.Expect(err).To(gomega.HaveOccurred())
		})
		ginkgo.It("must be Serial", func(ctx ginkgo.SpecContext) {
			if !ginkgo.CurrentSpecReport().RunningInParallel {
				return
			}
			_, err := Await(ctx, "Contract 0 keeps its word", "shop-0")
			gomega.Expect(err).To(gomega.MatchError(gomega.ContainSubstring("must be Serial")))
		})
		declareScripted(func(s *scripted) { s.verdict = lostFor("shop-1") })
		RunSpecs(t, "suite")
	},
	"300": func(t *testing.T) {
		declareScripted(func(s *scripted) { s.cells, s.wait = planOf(15, 10), time.Second })
		RunSpecs(t, "suite")
	},
	"command":         func(*testing.T) { asCommand(300 * time.Millisecond) },
	"reviews":         hubSuite,
	"embedded":        embeddedSuite,
	"endless command": func(*testing.T) { asCommand(time.Minute) },
}

// asCommand is the other door, in a process of its own for the signals.
func asCommand(cleanUp time.Duration) {
	e := &scripted{cells: planOf(3, 4), wait: time.Minute, cleanUp: cleanUp, verdict: truthful, tell: tellTo(os.Getenv(serverEnv))}
	results, err := Run(e, RunOptions{Folder: "suite"})
	left := 0
	for _, r := range results {
		if len(r.Left) > 0 {
			left++
		}
	}
	fmt.Printf("%d results, %d with something left, %v\n", len(results), left, err)
}

// declareScripted declares twelve cells of 300 ms on a scripted engine.
func declareScripted(change func(*scripted), list ...Option) {
	e := &scripted{cells: planOf(2, 3), wait: 300 * time.Millisecond, verdict: truthful, tell: tellTo(os.Getenv(serverEnv))}
	change(e)
	s := suiteOf("suite", e.cells, func() (Engine, func(), error) { return e, func() { tell("ended") }, nil })
	s.oneAtATime = newOptions(list).oneAtATime
	declared.add(s)
	declare(s, nil)
}

// tell counts something that is no cell's.
func tell(what string) {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, os.Getenv(serverEnv)+"/"+what+"/0", nil)
	if err != nil {
		return
	}
	if reply, err := http.DefaultClient.Do(request); err == nil {
		_ = reply.Body.Close()
	}
}
