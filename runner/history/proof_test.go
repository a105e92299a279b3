package history

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

func proofIsKept(t *testing.T, where string) {
	ctx := context.Background()
	s := openedIn(t, where)
	run := sample("", 3)
	k := begin(t, s, run)
	if err := k.End(ctx, run); err != nil {
		t.Fatal(err)
	}
	proved := run.Results[1]
	proved.Proof = &engine.Proof{Outcome: engine.Proved, Runs: []string{"00ff"}}
	proved.Left = append(proved.Left, engine.Leftover{Account: "shop-1", Resource: "account.plan"})
	if err := k.Prove(ctx, run.Results); err != nil {
		t.Fatal(err)
	}
	for name, read := range map[string]func(context.Context, string) (*engine.Finished, error){"whole": s.Load, "outlined": s.Outline} {
		loaded, err := read(ctx, run.ID)
		if err != nil {
			t.Fatal(err)
		}
		for at, r := range loaded.Results {
			if diff := cmp.Diff(run.Results[at].Proof, r.Proof); diff != "" || len(r.Left) != len(run.Results[at].Left) {
				t.Errorf("%s, cell %d: left %v, proof (-saved +loaded):\n%s", name, r.Number, r.Left, diff)
			}
		}
	}
	if runs, err := s.Runs(ctx); err != nil || runs[0].Counts.Left != 4 {
		t.Errorf("it is listed as %+v, %v", runs, err)
	}
}
