package engine_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

const publishing = "-- provider.yaml --" + reviewShop + `defaults: {within: 100ms, patience: 200ms}
` + repeatedly + "trials: %d\n"

// losing makes a shop lose every so manieth of what bob publishes.
func losing(every int64) func(*shop) {
	return func(s *shop) {
		var n atomic.Int64
		s.HandleFunc("POST /reviews/{id}/publish", func(w http.ResponseWriter, r *http.Request) {
			if bearer(r) == "bob" && n.Add(1)%every == 0 {
				reply(w, 200, map[string]any{"id": r.PathValue("id"), "state": "publish"})
				return
			}
			s.plain(w, r)
		})
	}
}

// TestTrials repeats a contract: each time with new things, all of them removed, and a
// lie that is told sometimes is found with its rate.
func TestTrials(t *testing.T) {
	t.Parallel()
	s := newShop()
	losing(5)(s)
	m := say(t, s, fmt.Sprintf(publishing, 20))
	m.requireVerdicts(t, accused{"bob: Publishing": "lied lost-write"})
	for _, r := range m.results {
		told := r.Verdict.Trials
		if len(r.Trials) != 20 || told == nil || told.Total != 20 {
			t.Fatalf("%s: %d trials, told %+v", r.Cell, len(r.Trials), told)
		}
		lies := 0
		if r.Cell.Account.Name == "bob" {
			lies = 4
		}
		if told.Lied != lies || told.Kept != 20-lies {
			t.Errorf("%s: %s", r.Cell, told)
		}
		markers, acts := map[string]bool{}, map[int64]bool{}
		for i, trial := range r.Trials {
			if trial.Record.Cell.Trial != i+1 || trial.Record.Act.Sends != 1 {
				t.Errorf("trial %d: %+v sent %d times", i+1, trial.Record.Cell, trial.Record.Act.Sends)
			}
			markers[trial.Record.Act.Marker], acts[trial.Record.Act.Exchange] = true, true
			if again := verdict.Judge(trial.Record); again.Class != trial.Verdict.Class || again.Kind != trial.Verdict.Kind {
				t.Errorf("trial %d judged again: %s %s", i+1, again.Class, again.Kind)
			}
		}
		if len(markers) != 20 || len(acts) != 20 {
			t.Errorf("%d markers, %d acts", len(markers), len(acts))
		}
	}
	m.requireOnce(t)
	if len(s.kinds["reviews"]) != 0 {
		t.Errorf("left on the server: %v", s.kinds["reviews"])
	}
}

// TestTrialsAreStored holds that a result with trials goes to JSON and back.
func TestTrialsAreStored(t *testing.T) {
	t.Parallel()
	s := newShop()
	losing(2)(s)
	for _, r := range say(t, s, fmt.Sprintf(publishing, 3)).results {
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		back := &engine.Result{}
		if err := json.Unmarshal(text, back); err != nil {
			t.Fatal(err)
		}
		if len(back.Trials) != 3 || back.Verdict.Trials.String() != r.Verdict.Trials.String() {
			t.Errorf("%s: %+v", r.Cell, back.Verdict)
		}
		for number := 1; number <= 3; number++ {
			if one := back.Trial(number); one.Record.Cell.Trial != number || one.Verdict.Trials != nil || one.Trials != nil {
				t.Errorf("trial %d: %+v", number, one)
			}
		}
		if back.Trial(0) != nil || back.Trial(4) != nil {
			t.Error("there is a trial that was not made")
		}
	}
}

// TestTrialsOneAfterTheOther repeats what must be alone on its account.
func TestTrialsOneAfterTheOther(t *testing.T) {
	t.Parallel()
	s := newShop()
	productsOf(s)
	say(t, s, "-- provider.yaml --"+reviewShop+`probes:
  product: GET /products/p-100
defaults: {within: 500ms}
-- polygraph.yaml --
targets:
  local: {server: "${env.SERVER}", accounts: {ada: {credentials: {bearer: t-ada}}}}
-- a.contract.yaml --
contract: Counted
call: POST /reviews
body: {title: "Counted ${unique}"}
effects:
  - creates: review
  - {name: one more, expect: after.product.review_count == before.product.review_count + 1}
trials: 4
`).requireVerdicts(t, accused{})
}
