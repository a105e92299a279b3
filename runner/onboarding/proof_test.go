package onboarding_test

import (
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
)

// unfit are contracts that need a scope each, and what is said of those that do not prove it.
const unfit = `contract: Only cases
given: review
call: PATCH /reviews/{review.id}
needs: a
updates: review
rejects:
  nine stars: {stars: 9}
---
contract: Somebody else acts
call: createReview
needs: b
as: other
body: {product: p-100, stars: 4, title: "${unique}"}
creates: review
---
contract: Only an answer
call: listReviews
needs: c
status: 200
---
contract: A refusal
call: createReview
needs: d
body: {product: p-100, title: "${unique}"}
creates: review
status: 422
---
contract: Nothing changes
given: review
call: "GET /reviews/{review.id}"
needs: e
keeps: [review]
---
contract: One may read
given: {old: {call: "GET /reviews/1"}}
call: listReviews
needs: read
effects: [{name: it is listed, expect: "after.product.review_count >= 0"}]
---
contract: One may write
call: createReview
needs: write
body: {product: p-100, stars: 4, title: "${unique}"}
creates: review
cases: {no title: {body: {title: null}, status: 422}}
`

func TestChoose(t *testing.T) {
	suite := quickSuite(t, unfit)
	set := chosen(t, suite, false)
	if got := titles(set); got != "One may read, One may write" {
		t.Errorf("it takes %s", got)
	}
	for i, why := range []string{"sends only cases", "acts as other", "looks at no effect", "expects to be refused", "looks at no effect"} {
		if got := set.Unproved[i]; got.Scope != string(rune('a'+i)) || !strings.Contains(got.Why, why) || !strings.Contains(got.Why, "quick.contract.yaml:") {
			t.Errorf("%s: %s, want %s", got.Scope, got.Why, why)
		}
	}
	trimmed := set.Suite(suite)
	if len(trimmed.Contracts) != 2 || trimmed.Contracts[1].Cases != nil {
		t.Errorf("it keeps %+v", trimmed.Contracts)
	}
	if suite.Contracts[6].Cases == nil || len(suite.Contracts) != 7 {
		t.Error("the suite itself has changed")
	}
}

func TestChooseWithoutWriting(t *testing.T) {
	set := chosen(t, quickSuite(t, unfit), true)
	if got := titles(set); got != "One may read" {
		t.Errorf("it takes %s", got)
	}
	for _, missing := range set.Unproved {
		if missing.Scope == "write" && !strings.Contains(missing.Why, "writes, and --read-only was given") {
			t.Errorf("write: %s", missing.Why)
		}
	}
}

// The sandbox's own suite is proved by three contracts, nothing of which stays.
func TestChooseForTheSandbox(t *testing.T) {
	suite, err := contracts.LoadFS(reviewhub.Files(), contracts.Options{Scope: contracts.Run})
	if err != nil {
		t.Fatal(err)
	}
	first := chosen(t, suite, false)
	if len(first.Proofs) != 3 || len(first.Unproved) != 0 || strings.Join(first.Scopes, " ") != "reviews:publish reviews:read reviews:write" {
		t.Errorf("%s for %v, without %v", titles(first), first.Scopes, first.Unproved)
	}
	for _, proof := range first.Proofs {
		if proof.Debts != 0 {
			t.Errorf("%s leaves something behind", proof.Contract.Title)
		}
	}
	if again := chosen(t, suite, false); titles(again) != titles(first) {
		t.Errorf("%s, and then %s", titles(first), titles(again))
	}
}

// What a suite says about a lie is no surprise.
func TestDocumentedIsNotWrong(t *testing.T) {
	t.Parallel()
	documented := strings.Replace(quick, "needs: reviews:publish\n", "needs: reviews:publish\nwithout: lost-write\n", 1)
	hub, server := sandbox(t, "shop-oslo=lost-write:unscoped", "shop-paris=lost-write")
	suite := quickSuite(t, documented)
	if err := hub.Revoke("shop-berlin", reviewhub.PublishReviews); err != nil {
		t.Fatal(err)
	}
	profiles := onboard(t, suite, server, []string{"shop-oslo", "shop-rome", "shop-paris", "shop-berlin"})
	for i, want := range []struct {
		state      string
		wrong      bool
		documented bool
	}{
		{string(saysCan), false, true},
		{string(can), false, false},
		{string(saysCan), true, false}, // it has the scope: for its lie there is no excuse
		{string(cannot), false, false},
	} {
		c := profiles[i].Capabilities[0]
		if string(c.State) != want.state || c.Wrong() != want.wrong || c.Documented() != want.documented {
			t.Errorf("%s: %s, wrong %v, documented %v; want %+v", profiles[i].Account, c.State, c.Wrong(), c.Documented(), want)
		}
	}
}
