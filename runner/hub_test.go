package runner

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
)

// sourceEnv is this folder, for examples that run elsewhere.
const sourceEnv = "POLYGRAPH_RUNNER_SOURCE"

// hubSuite is a user's suite against a real server, which its BeforeSuite
// starts on a port that nobody knew when the specs were declared.
func hubSuite(t *testing.T) {
	hub, err := reviewhub.New(reviewhub.Options{Delay: reviewhub.Range{Min: 10 * time.Millisecond, Max: 50 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	ginkgo.BeforeSuite(func() {
		server := httptest.NewServer(hub)
		ginkgo.DeferCleanup(server.Close)
		address, err := url.Parse(server.URL)
		gomega.Expect(err).NotTo(gomega.HaveOccurred())
		gomega.Expect(os.Setenv("REVIEWS_PORT", address.Port())).To(gomega.Succeed())
	})
	ginkgo.AfterSuite(func() {
		gomega.Expect(hub.Leftovers()).To(gomega.BeEmpty())
		for _, c := range hub.Requests() {
			if c.Method == "POST" && c.Pattern == "/reviews/{id}/publish" {
				tell("published " + c.Account + " " + strconv.Itoa(c.N))
			}
		}
	})
	RunSpecs(t, filepath.Join(os.Getenv(sourceEnv), "testdata", "reviews"), WithProbe("ledger", ledgerOf(hub)), ginkgo.Label("real"))
}

// ledgerOf looks past the API, like a probe that asks a database: how many
// reviews of this title does the account have?
func ledgerOf(hub *reviewhub.Hub) func(context.Context, string, map[string]any) (any, error) {
	return func(_ context.Context, account string, vars map[string]any) (any, error) {
		review, _ := vars["review"].(map[string]any)
		copies := 0
		for _, l := range hub.Leftovers() {
			if l.Account == account && l.Title == review["title"] {
				copies++
			}
		}
		return map[string]any{"copies": json.Number(strconv.Itoa(copies))}, nil
	}
}

// embeddedSuite runs a part of the sandbox's own suite; the target embeds it.
func embeddedSuite(t *testing.T) {
	start := func() (string, map[string]map[string]string, func(), error) {
		hub, err := reviewhub.New(reviewhub.Options{})
		if err != nil {
			return "", nil, nil, err
		}
		server := httptest.NewServer(hub)
		credentials := map[string]map[string]string{}
		for _, a := range reviewhub.Accounts() {
			credentials[a.Name] = map[string]string{"bearer": a.Token}
		}
		return server.URL, credentials, server.Close, nil
	}
	RunSpecs(t, filepath.Join(os.Getenv(sourceEnv), "..", "fixtures", "reviewhub"), WithEmbedded("reviewhub", start),
		Accounts("shop-rome", "shop-o*"), Contracts("Publishing a review makes it public"))
}

func TestRealSuites(t *testing.T) {
	tests := []struct {
		name, example string
		args          []string
		says          []string
	}{
		{"go test", "reviews", []string{"test"}, []string{"11 Passed", "1 Failed", "LIED  lost-write  Publishing a review changes its state  (shop-oslo)", "testdata/reviews/reviews.contract.yaml:9"}},
		{"ginkgo -p with flake attempts", "reviews", []string{"ginkgo", "--procs=2", "--flake-attempts=3"}, []string{"11 Passed", "1 Failed"}},
		{"a label of each kind", "reviews", []string{"ginkgo", "--label-filter=real && account:shop-oslo && needs:reviews_publish"}, []string{"Ran 1 of 12 Specs", "1 Failed"}},
		{"embedded", "embedded", []string{"test"}, []string{"Ran 4 of 4 Specs", "3 Passed", "1 Failed", "LIED  lost-write  Publishing a review makes it public  (shop-oslo)"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCounter(t)
			_, wait := begin(t, c, test.example, test.args...)
			got := wait()
			if got.code == 0 {
				t.Errorf("exit code 0\n%s", got.out)
			}
			for _, want := range test.says {
				if !strings.Contains(plainText(got.out), want) {
					t.Errorf("does not say %q:\n%s", want, got.out)
				}
			}
			published := 0
			for what := range c.all() {
				if !strings.HasPrefix(what, "published") {
					continue
				}
				published++
				if !strings.HasSuffix(what, " 1") {
					t.Errorf("an act was sent again: %s", what)
				}
			}
			if published == 0 && test.example == "reviews" {
				t.Errorf("nobody published anything: %v", c.all())
			}
		})
	}
}

// plainText is text without colours.
func plainText(text string) string {
	var out strings.Builder
	for i, part := range strings.Split(text, "\x1b[") {
		if i > 0 {
			_, part, _ = strings.Cut(part, "m")
		}
		out.WriteString(part)
	}
	return out.String()
}
