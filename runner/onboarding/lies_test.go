package onboarding_test

import (
	"context"
	"io/fs"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/onboarding"
)

// quick are three contracts, one for each scope, that are settled in some seconds.
const quick = `contract: A review is saved
call: createReview
needs: reviews:write
body: {product: p-100, stars: 5, title: "Solid as a rock ${unique}", tags: [kitchen]}
creates: review
within: 2s
stays: 800ms
patience: 3s
---
contract: Publishing makes it public
given: review
call: POST /reviews/{review.id}/publish
needs: reviews:publish
updates: review
set: {state: published}
within: 2s
stays: 800ms
patience: 3s
---
contract: The list finds it
given: review
call: listReviews
query: {limit: 100}
needs: reviews:read
finds: review
within: 2s
`

const (
	can        = onboarding.Can
	saysCan    = onboarding.SaysCan
	saysCannot = onboarding.SaysCannot
	cannot     = onboarding.Cannot
	unknown    = onboarding.Unknown
)

// A candidate is an account as the sandbox treats it, and what must come out of its
// onboarding. The states are those of publish, read and write.
type candidate struct {
	told   string // a lie or a twin; "" for the truth
	lacks  string // a scope that is taken from it
	stated string // what expects.lacks says
	want   [3]onboarding.State
	wrong  bool
}

// candidates come to twelve to a sandbox. With POLYGRAPH_SOAK=1 every twin is among them.
func candidates() []candidate {
	publish := reviewhub.PublishReviews
	all := [3]onboarding.State{can, can, can}
	list := []candidate{
		{told: "lost-write", want: [3]onboarding.State{saysCan, can, can}, wrong: true},
		{told: "lost-write:unscoped", lacks: publish, want: [3]onboarding.State{saysCan, can, can}, wrong: true},
		{told: "lost-write:unscoped", want: all}, // it has the scope, and the truth is told
		{told: "in-band-error", want: [3]onboarding.State{saysCan, can, can}, wrong: true},
		{told: "accepted-then-lost", want: [3]onboarding.State{saysCan, can, can}, wrong: true},
		{told: "refused", want: [3]onboarding.State{saysCan, can, can}, wrong: true}, // its facts say that it can
		{told: "error-left-a-trace:publish", want: [3]onboarding.State{saysCannot, can, can}, wrong: true},
		{told: "phantom-write:publish", want: [3]onboarding.State{saysCannot, can, can}, wrong: true},
		{lacks: publish, want: [3]onboarding.State{cannot, can, can}},
		{lacks: publish, stated: publish, want: [3]onboarding.State{cannot, can, can}},
		{stated: publish, want: [3]onboarding.State{saysCannot, can, can}, wrong: true},
		{told: "lost-write:create", want: [3]onboarding.State{unknown, unknown, saysCan}, wrong: true},
		{told: "refused:create", want: [3]onboarding.State{unknown, unknown, saysCan}, wrong: true},
		{told: "refuses-everything-cleanly", want: [3]onboarding.State{unknown, unknown, cannot}},
		{told: "dropped-field", want: [3]onboarding.State{can, can, saysCan}, wrong: true},
		{told: "duplicated-write", want: all, wrong: true},
		{told: "filtered-empty", want: [3]onboarding.State{can, saysCan, unknown}, wrong: true},
	}
	twins := []string{
		"accepted-then-done", "created-without-body", "first-429-then-ok", "first-503-then-ok", "flapping-before-deadline", "id-reuse",
		"late-within-deadline", "moves-timestamps-and-counters", "normalises-text", "reads-503-between", "colleague-writes", "visible-at-once",
		"forbidden-when-gone", "tombstones", "reorders-tags",
	}
	if os.Getenv("POLYGRAPH_SOAK") != "" {
		twins = nil
		for _, twin := range reviewhub.Twins() {
			if twin.Name != "refuses-everything-cleanly" { // is no twin of an account that can
				twins = append(twins, twin.Name)
			}
		}
	}
	for _, twin := range twins {
		list = append(list, candidate{told: twin, want: all})
	}
	return list
}

func TestEveryLieIsToldFromItsTwins(t *testing.T) {
	t.Parallel()
	for batch := range slices.Chunk(candidates(), len(reviewhub.Accounts())) {
		t.Run(batch[0].told, func(t *testing.T) {
			t.Parallel()
			profiles := onboarded(t, batch)
			for i, c := range batch {
				got := profiles[i]
				for j, capability := range got.Capabilities {
					if capability.State != c.want[j] {
						t.Errorf("%+v: %s %s, want %s: answered %s, seen %q, %s", c, capability.Scope, capability.State, c.want[j], capability.Answered, capability.Seen(), capability.Why)
					}
				}
				if got.Wrong() != c.wrong {
					t.Errorf("%+v: wrong is %v: %+v", c, got.Wrong(), got.Capabilities)
				}
			}
		})
	}
}

// onboarded onboards the accounts of a sandbox that treats them as the candidates want.
func onboarded(t *testing.T, batch []candidate) []onboarding.Profile {
	t.Helper()
	accounts := reviewhub.Accounts()[:len(batch)]
	var names, told []string
	for i, c := range batch {
		if c.told != "" {
			told = append(told, accounts[i].Name+"="+c.told)
		}
	}
	hub, server := sandbox(t, told...)
	suite := quickSuite(t, quick)
	for i, c := range batch {
		name := accounts[i].Name
		names = append(names, name)
		change := hub.Grant
		scope := reviewhub.PublishReviews // which shop-oslo lacks by itself
		if c.lacks != "" {
			change, scope = hub.Revoke, c.lacks
		}
		if c.told != "refuses-everything-cleanly" {
			if err := change(name, scope); err != nil {
				t.Fatal(err)
			}
		}
		if c.stated != "" {
			suite.Target.Account(name).Lacks = []string{c.stated}
		}
	}
	return onboard(t, suite, server, names)
}

// sandbox is one that tells these lies and no others, and its address.
func sandbox(t *testing.T, told ...string) (*reviewhub.Hub, string) {
	t.Helper()
	o := reviewhub.Options{Truthful: true}
	for _, text := range told {
		lie, err := reviewhub.ParseLie(text)
		if err != nil {
			t.Fatal(err)
		}
		o.Lies = append(o.Lies, lie)
	}
	hub, err := reviewhub.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(hub)
	t.Cleanup(server.Close)
	return hub, server.URL
}

// quickSuite is the sandbox's suite with other contracts.
func quickSuite(t *testing.T, text string) *contracts.Suite {
	t.Helper()
	files := fstest.MapFS{"quick.contract.yaml": {Data: []byte(text)}}
	for _, name := range []string{"provider.yaml", "openapi.yaml", "polygraph.yaml"} {
		data, err := fs.ReadFile(reviewhub.Files(), name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	suite, err := contracts.LoadFS(files, contracts.Options{Scope: contracts.Run})
	if err != nil {
		t.Fatal(err)
	}
	return suite
}

// onboard does what the command does.
func onboard(t *testing.T, suite *contracts.Suite, server string, names []string) []onboarding.Profile {
	t.Helper()
	set := chosen(t, suite, false)
	run := &engine.Finished{Started: time.Now()}
	o := engine.Options{Suite: set.Suite(suite), Target: suite.Target, Server: server, Accounts: names, Credentials: map[string]map[string]string{}}
	for _, account := range reviewhub.Accounts() {
		o.Credentials[account.Name] = map[string]string{"bearer": account.Token}
	}
	e, err := engine.New(o)
	if err != nil {
		t.Fatal(err)
	}
	e.Start(e.Cells()...)
	for _, cell := range e.Cells() {
		result, err := e.Await(context.Background(), cell)
		if err != nil {
			t.Fatal(err)
		}
		run.Results = append(run.Results, result)
	}
	run.Accounts = e.Facts()
	e.Stop(nil)
	return onboarding.Of(run, suite.Target, set, names)
}

// chosen is the set that is taken from a suite.
func chosen(t *testing.T, suite *contracts.Suite, readOnly bool) *onboarding.Set {
	t.Helper()
	e, err := engine.New(engine.Options{Suite: suite, Target: suite.Target, Server: "http://127.0.0.1:1", Paper: true})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Stop(nil)
	return onboarding.Choose(suite, e, readOnly)
}

func titles(set *onboarding.Set) string {
	var out []string
	for _, proof := range set.Proofs {
		out = append(out, proof.Contract.Title)
	}
	return strings.Join(out, ", ")
}
