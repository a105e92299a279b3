package engine

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestNewSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, targets, want string }{
		{name: "no server", targets: "targets:\n  local: {embedded: reviewhub, accounts: {ada: {}}}\n", want: `target "local" has no server`},
		{name: "a credential that is not there", targets: strings.Replace(twoAccounts, "t-bo", `"${env.NONE}"`, 1), want: `credentials of account "bo"`},
		{name: "two at once", targets: strings.NewReplacer("t-bo", `"${env.NONE}"`, "t-ada", `"${env.NEITHER}"`).Replace(twoAccounts), want: "NEITHER"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t, nil)
			_, err := desk{targets: test.targets}.try(c)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if c.count("") > 0 {
				t.Error("something was sent")
			}
		})
	}
}

func TestNewResolvesOnlyTheCredentialsThatItNeeds(t *testing.T) {
	t.Parallel()
	targets := strings.Replace(twoAccounts, "t-bo", `"${env.NONE}"`, 1)
	c := newClerk(t, nil)
	if _, err := (desk{targets: targets, change: func(o *Options) { o.Accounts = []string{"ada"} }}).try(c); err != nil {
		t.Errorf("bo takes no part: %v", err)
	}
	shown := createsNote + "shows: note\n"
	shown = "contract: Others see it\ncall: POST /notes\nbody: {text: \"New ${unique}\"}\neffects:\n  - creates: note\n  - {shows: note, as: other}\n"
	if _, err := (desk{targets: targets, contracts: shown, change: func(o *Options) { o.Accounts = []string{"ada"} }}).try(c); err == nil {
		t.Error("bo is the other, and its credential is not there")
	}
}

func TestStartTwiceSendsOnce(t *testing.T) {
	t.Parallel()
	c := newClerk(t, nil)
	e := desk{}.engine(c)
	for range 3 {
		e.Start(e.Cells()...)
	}
	one := await(t, e)
	e.Start(e.Cells()...)
	two := await(t, e)
	for i := range one {
		require(t, one[i], "kept")
		if one[i] != two[i] {
			t.Error("a cell has two results")
		}
	}
	if got := c.count("POST /notes"); got != len(e.Cells()) {
		t.Errorf("%d acts for %d cells", got, len(e.Cells()))
	}
	if p := e.Progress(); p.Done != 2 || p.Kept != 2 || p.Cells != 2 || p.Requests != int64(c.count("")) {
		t.Errorf("%+v after %d requests", p, c.count(""))
	}
}

func TestAwaitStartsTheCellAndEndsWithItsContext(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	c := newClerk(t, func(c *clerk, _ http.ResponseWriter, a asking) bool {
		if a.method == "POST" {
			c.mu.Unlock()
			<-release
			c.mu.Lock()
		}
		return false
	})
	e := desk{}.engine(c)
	gone, leave := context.WithCancelCause(t.Context())
	leave(errors.New("no patience"))
	if _, err := e.Await(gone, e.Cells()[0]); err == nil || err.Error() != "no patience" {
		t.Errorf("waited on: %v", err)
	}
	close(release)
	result, err := e.Await(t.Context(), e.Cells()[0])
	if err != nil {
		t.Fatal(err)
	}
	require(t, result, "kept") // the cell went on
}

func TestOneAtATime(t *testing.T) {
	t.Parallel()
	made := 0
	c := newClerk(t, func(c *clerk, _ http.ResponseWriter, a asking) bool {
		switch a.method {
		case "POST":
			if made++; made > 1 {
				c.t.Error("two cells overlap")
			}
		case "DELETE":
			made--
		}
		return false
	})
	d := desk{contracts: createsNote + "---\n" + strings.Replace(createsNote, "A note", "Another note", 1), change: func(o *Options) { o.OneAtATime = true }}
	results := await(t, d.engine(c))
	if len(results) != 4 {
		t.Fatalf("%d cells", len(results))
	}
	for _, r := range results {
		require(t, r, "kept")
	}
}

func TestStopCleansUpAndSaysWhy(t *testing.T) {
	t.Parallel()
	acted := make(chan struct{})
	c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
		if a.method == "PATCH" {
			close(acted)
			write(w, 200, nil) // and changes nothing: the watch goes on
			return true
		}
		return false
	})
	d := desk{contracts: updatesNote, provider: strings.Replace(notesProvider, "patience: 500ms", "patience: 1m", 1), change: func(o *Options) { o.Accounts = []string{"ada"} }}
	e := d.engine(c)
	e.Start(e.Cells()...)
	<-acted
	e.Stop(errors.New("somebody pressed control-C"))
	e.Stop(nil) // a second one has nothing to do
	result := await(t, e)[0]
	require(t, result, "inconclusive interrupted")
	if !strings.Contains(reasons(result.Verdict), "somebody pressed control-C") {
		t.Errorf("the reason is not told: %s", reasons(result.Verdict))
	}
	if c.left() > 0 {
		t.Errorf("%d notes left", c.left())
	}
	before := c.count("")
	late, err := e.Await(t.Context(), &Cell{Contract: e.Cells()[0].Contract, Account: e.Cells()[0].Account})
	if err != nil {
		t.Fatal(err)
	}
	require(t, late, "inconclusive interrupted")
	if c.count("") > before || late.Ended.Before(late.Started) {
		t.Errorf("a cell that came too late sent %d requests, from %s to %s", c.count("")-before, late.Started, late.Ended)
	}
}

// TestStopWaitsForWhatIsNotShownYet stops a run when a creation has just been answered:
// until it could be seen, that nobody sees it is no proof that it is not there.
func TestStopWaitsForWhatIsNotShownYet(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, contract string
		reply          func(note map[string]any) any
	}{
		{"an act", createsNote, func(note map[string]any) any { return note }},
		{"an act that names no identity", createsNote, func(map[string]any) any { return map[string]any{} }},
		{"a given thing", updatesNote, func(note map[string]any) any { return note }},
		{"a given thing without an identity", updatesNote, func(map[string]any) any { return map[string]any{} }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var e *Engine
			var made time.Time
			c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
				switch {
				case a.String() == "POST /notes":
					made = time.Now()
					note := c.put(map[string]any{"text": a.sent("text")})
					write(w, 201, test.reply(note))
					time.AfterFunc(20*time.Millisecond, func() { e.Stop(nil) })
					return true
				case a.method != "GET" || made.IsZero() || time.Since(made) > 1200*time.Millisecond:
					return false
				case a.path == "/notes":
					write(w, 200, map[string]any{"items": []any{}})
				default:
					write(w, 404, nil)
				}
				return true
			})
			e = desk{contracts: test.contract, provider: strings.Replace(notesProvider, "{within: 300ms, patience: 500ms}", "{within: 2s, patience: 3s}", 1), change: func(o *Options) { o.Accounts = []string{"ada"} }}.engine(c)
			e.Start(e.Cells()...)
			result := await(t, e)[0]
			require(t, result, "inconclusive interrupted")
			if c.left() > 0 || len(result.Left) > 0 {
				t.Errorf("%d notes are left, and it says %+v", c.left(), result.Left)
			}
		})
	}
}

// TestStopHoldsBackActsThatWaitForTheirLimit stops a run while its act waits until
// Retry-After is over: it must not go out after somebody said stop.
func TestStopHoldsBackActsThatWaitForTheirLimit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, contract, before string }{
		{name: "an act", contract: createsNote, before: "GET /notes"},
		{name: "a given thing", contract: updatesNote, before: "GET /me"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var e *Engine
			asked := make(chan struct{}, 100)
			c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
				if a.path == "/me" {
					write(w, 200, map[string]any{})
				}
				if a.String() != test.before {
					return a.path == "/me"
				}
				if seen := len(asked); seen == 0 && a.path == "/notes" { // the second look is the last before the act
					asked <- struct{}{}
					return false
				}
				e.eyes["ada"].limit.hold(700 * time.Millisecond)
				asked <- struct{}{}
				asked <- struct{}{}
				return a.path == "/me"
			})
			d := desk{contracts: test.contract, provider: notesProvider + "account: {read: GET /me, take: {plan: response.body.plan}}\n", change: func(o *Options) { o.Accounts = []string{"ada"} }}
			e = d.engine(c)
			e.Start(e.Cells()...)
			for len(asked) < 2 {
				time.Sleep(time.Millisecond)
			}
			time.Sleep(50 * time.Millisecond) // the reply arrives, and the act queues up
			e.Stop(nil)
			result := await(t, e)[0]
			require(t, result, "inconclusive interrupted")
			if got := c.count("POST"); got > 0 {
				t.Errorf("%d writes went out after the stop", got)
			}
			for _, x := range result.Exchanges {
				if x.Number == 0 {
					t.Errorf("an exchange that never was is told of: %+v", x)
				}
			}
		})
	}
}

// TestStopEndsWhatWaits stops a run in which a cell waits to be alone.
func TestStopEndsWhatWaits(t *testing.T) {
	t.Parallel()
	c := newClerk(t, nil)
	e := desk{change: func(o *Options) { o.Accounts = []string{"ada"} }}.engine(c)
	release, err := e.hold(t.Context(), e.Cells()[0], true)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	e.Start(e.Cells()...)
	e.Stop(nil)
	result := await(t, e)[0]
	require(t, result, "inconclusive interrupted")
	if result.Ended.Before(result.Started) {
		t.Errorf("it ended at %s, before it started", result.Ended)
	}
	if c.count("") > 0 {
		t.Error("something was sent")
	}
}

// TestGoroutinesComeBack is not parallel: it counts those of the process.
func TestGoroutinesComeBack(t *testing.T) {
	before := runtime.NumGoroutine()
	func() {
		c := newClerk(t, nil)
		e, err := desk{contracts: createsNote + "---\n" + updatesNote}.try(c)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range await(t, e) {
			require(t, r, "kept")
		}
		e.Stop(nil)
	}()
	deadline := time.Now().Add(5 * time.Second)
	left := func() []string {
		buffer := make([]byte, 1<<20)
		stacks := strings.Split(string(buffer[:runtime.Stack(buffer, true)]), "\n\n")
		return slices.DeleteFunc(stacks, func(stack string) bool {
			return !strings.Contains(stack, "runner/engine.(*") && !strings.Contains(stack, "runner/wire.(*")
		})
	}
	for len(left()) > 0 {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), strings.Join(left(), "\n\n"))
		}
		time.Sleep(10 * time.Millisecond)
	}
}
