package engine

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"
)

// TestAProbeThatIsNotThere runs contracts about something that answers 404 until
// it is made: absence is what they are about.
func TestAProbeThatIsNotThere(t *testing.T) {
	t.Parallel()
	const provider = notesProvider + "probes:\n  lock: GET /lock\n"
	for _, test := range []struct {
		name, contract string
		locks          bool // POST /lock does what it says
		want           string
	}{
		{name: "stays away", contract: "contract: A touch does not lock\ncall: POST /touch\nkeeps: [lock]\n", want: "kept"},
		{name: "is made", contract: "contract: Locking locks\ncall: POST /lock\neffects:\n  - name: it is locked\n    expect: after.lock.on\n", locks: true, want: "kept"},
		{name: "is not made", contract: "contract: Locking locks\ncall: POST /lock\neffects:\n  - name: it is locked\n    expect: \"!absent(after.lock)\"\n", want: "inconclusive blind-probe"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			on := false
			c := newClerk(t, func(_ *clerk, w http.ResponseWriter, a asking) bool {
				switch a.String() {
				case "POST /lock":
					on = test.locks
					write(w, 200, map[string]any{})
				case "POST /touch":
					write(w, 200, map[string]any{})
				case "GET /lock":
					if !on {
						write(w, 404, nil)
						return true
					}
					write(w, 200, map[string]any{"on": true})
				default:
					return false
				}
				return true
			})
			require(t, desk{provider: provider, contracts: test.contract}.run(c)[0], test.want)
		})
	}
}

// goProbe is a contract about a probe that is written in Go.
const goProbe = "contract: A note reaches the mailbox\ncall: POST /notes\nbody: {text: \"New ${unique}\"}\neffects:\n  - creates: note\n  - name: it was mailed\n    expect: after.mailbox == 1\n"

func TestGoProbe(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		probe func(ctx context.Context, c *clerk) (any, error)
		want  string
	}{
		{name: "a value", want: "kept", probe: func(_ context.Context, c *clerk) (any, error) { return c.left(), nil }},
		{name: "nothing, at last", want: "lied half-done", probe: func(_ context.Context, c *clerk) (any, error) { return 0, nil }},
		{name: "an error is unknown", want: "inconclusive probe-failed", probe: func(context.Context, *clerk) (any, error) { return nil, errors.New("no mailbox") }},
		{name: "a panic is unknown", want: "inconclusive probe-failed", probe: func(context.Context, *clerk) (any, error) { panic("no mailbox") }},
		{name: "no JSON", want: "inconclusive probe-failed", probe: func(context.Context, *clerk) (any, error) { return func() {}, nil }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t, nil)
			d := desk{contracts: goProbe, change: func(o *Options) {
				o.Probes = map[string]Probe{"mailbox": func(ctx context.Context, _ string, _ map[string]any) (any, error) { return test.probe(ctx, c) }}
			}}
			require(t, d.run(c)[0], test.want)
			if c.left() > 0 {
				t.Errorf("%d notes left", c.left())
			}
		})
	}
}

// TestStopDoesNotWaitForADeafProbe stops a run while a probe does not listen to
// its context: what was made is cleaned up all the same.
func TestStopDoesNotWaitForADeafProbe(t *testing.T) {
	t.Parallel()
	c := newClerk(t, nil)
	deaf, asked := make(chan struct{}), make(chan struct{}, 100)
	defer close(deaf)
	e := desk{contracts: goProbe, change: func(o *Options) {
		o.Accounts = []string{"ada"}
		o.Probes = map[string]Probe{"mailbox": func(context.Context, string, map[string]any) (any, error) {
			asked <- struct{}{}
			<-deaf
			return nil, nil
		}}
	}}.engine(c)
	e.Start(e.Cells()...)
	<-asked
	stopped := make(chan struct{})
	go func() { e.Stop(errors.New("enough")); close(stopped) }()
	select {
	case <-stopped:
	case <-time.After(10 * time.Second):
		t.Fatal("the run waits for a probe that does not listen")
	}
	require(t, await(t, e)[0], "inconclusive interrupted")
}
