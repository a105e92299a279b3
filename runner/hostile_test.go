package runner

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/fixtures/hostile"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// An encounter is one run against a hostile provider.
type encounter struct {
	c       hostile.Case
	server  *hostile.Server
	result  *engine.Result
	took    time.Duration
	longest time.Duration // as the plan says
	whole   time.Duration // that one exchange may take
}

// slowly is a time-out for providers that stall: long enough for those that do not, on a
// machine that has other things to do.
const slowly = 2 * time.Second

// encountered runs the suite of a case against its server, and closes it.
func encountered(t *testing.T, c hostile.Case) *encounter {
	t.Helper()
	server, err := hostile.Serve(c)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	env := func(name string) (string, bool) { return server.URL(), name == "HOSTILE" }
	suite, err := contracts.LoadFS(c.Files(), contracts.Options{Scope: contracts.Run, Env: env})
	if err != nil {
		t.Fatal(err)
	}
	limits := wire.Options{Roots: server.Roots(), Whole: 20 * time.Second}
	if c.Slow {
		limits = wire.Options{Roots: server.Roots(), Dial: slowly, TLS: slowly, FirstByte: slowly, Whole: slowly}
	}
	e, err := engine.New(engine.Options{Suite: suite, Target: suite.Target, Env: env, Wire: limits})
	if err != nil {
		t.Fatal(err)
	}
	m := &encounter{c: c, server: server, whole: limits.Whole}
	_, m.longest = e.Planned(e.Cells()[0])
	m.longest += e.Stalled(e.Cells()[0])
	begun := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if m.result, err = e.Await(ctx, e.Cells()[0]); err != nil {
		e.Abandon()
		e.Stop(err)
		t.Fatalf("it does not end: %v", err)
	}
	m.took = time.Since(begun)
	e.Stop(nil)
	return m
}

// quiet has the standard logger, in which Go's transport quotes providers, go nowhere,
// as the command has it.
func quiet(t *testing.T) *wire.Log {
	kept := &wire.Log{}
	out := log.Writer()
	log.SetOutput(kept)
	t.Cleanup(func() { log.SetOutput(out) })
	return kept
}

// sample is every case with POLYGRAPH_SOAK=1, else about one in five.
func sample(t *testing.T) []hostile.Case {
	all := hostile.Cases()
	if os.Getenv("POLYGRAPH_SOAK") != "" {
		return all
	}
	const every = 5
	from := rand.IntN(every)
	t.Logf("every case whose number is %d more than a multiple of %d, and what touches others; all with POLYGRAPH_SOAK=1", from, every)
	var some []hostile.Case
	for i, c := range all {
		if i%every == from || strings.Contains(c.Name, "somebody else's") || strings.Contains(c.Name, "on a second host") {
			some = append(some, c)
		}
	}
	return some
}

// TestHostileProviders meets the cases of the table side by side. When it is over
// nothing of it runs any more, and nothing of a provider's words goes out raw.
func TestHostileProviders(t *testing.T) {
	kept := quiet(t)
	before := busy()
	var mu sync.Mutex
	var met []*encounter
	var running sync.WaitGroup
	slots := make(chan struct{}, 24) // they wait more than they work, so t.Parallel would take long
	for _, c := range sample(t) {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			t.Run(string(c.Group)+"/"+c.Name, func(t *testing.T) {
				m := encountered(t, c)
				m.requireVerdict(t)
				m.requireBounds(t, 5*time.Second) // many at a time
				m.requireSafety(t)
				mu.Lock()
				defer mu.Unlock()
				met = append(met, m)
			})
		})
	}
	running.Wait()
	requireRest(t, before)
	requirePrinted(t, met)
	for _, line := range kept.Lines() {
		if strings.Contains(line, hostile.Token) {
			t.Errorf("the standard logger has the credential: %q", line)
		}
	}
	t.Logf("%d cases met: %s", len(met), verdictsOf(met))
}

// TestHostileProvidersOneByOne measures what the cases cost.
func TestHostileProvidersOneByOne(t *testing.T) {
	if os.Getenv("POLYGRAPH_SOAK") == "" {
		t.Skip("the whole table, one after the other, is met with POLYGRAPH_SOAK=1")
	}
	quiet(t)
	longest, strays := time.Duration(0), 0
	for _, c := range hostile.Cases() {
		t.Run(string(c.Group)+"/"+c.Name, func(t *testing.T) {
			before := busy()
			m := encountered(t, c)
			m.requireVerdict(t)
			m.requireBounds(t, time.Second)
			m.requireSafety(t)
			requireRest(t, before)
			longest, strays = max(longest, m.took), strays+len(m.server.Strays())
		})
	}
	t.Logf("%d cases, the longest took %v; %d requests reached a second host, 0 with the credential unless said above", len(hostile.Cases()), longest, strays)
}

func verdictsOf(met []*encounter) string {
	counts := map[string]int{}
	for _, m := range met {
		counts[string(m.result.Verdict.Class)]++
	}
	return fmt.Sprint(counts)
}

// rest is what a process holds: goroutines, and descriptors where they can be counted.
type rest struct{ goroutines, descriptors int }

func busy() rest {
	open, _ := os.ReadDir("/proc/self/fd")
	return rest{runtime.NumGoroutine(), len(open)}
}

// requireRest waits until no more is held than before.
func requireRest(t *testing.T, before rest) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		now := busy()
		if now.goroutines <= before.goroutines && now.descriptors <= before.descriptors {
			return
		}
		if time.Now().After(end) {
			stacks := make([]byte, 1<<20)
			t.Errorf("%+v are held, %+v before\n%s", now, before, stacks[:runtime.Stack(stacks, true)])
			return
		}
	}
}

// requireVerdict compares with what the table says.
func (m *encounter) requireVerdict(t *testing.T) {
	t.Helper()
	v := m.result.Verdict
	got := strings.TrimSpace(string(v.Class) + " " + string(v.Kind))
	evidence, err := json.Marshal(m.result)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(m.c.Want, got) {
		t.Errorf("came out as %s, want %s", got, strings.Join(m.c.Want, " or "))
		for _, f := range v.Findings {
			t.Logf("%.300s | said %.200s | seen %.300s | hint %.200s", f.Reason, f.Said, f.Seen, f.Hint)
		}
	}
	if !strings.Contains(strings.ToLower(string(evidence)), strings.ToLower(m.c.Says)) {
		t.Errorf("nothing says %q", m.c.Says)
		if os.Getenv("HOSTILE") != "" {
			t.Logf("%.3000s", evidence)
		}
	}
	if said := len(m.result.Left) > 0; said != (m.c.Left == hostile.Note) && m.c.Left != hostile.Perhaps {
		t.Errorf("left behind: %.500v", m.result.Left)
	}
}

// requireBounds compares with the time-out of every exchange and of the plan.
func (m *encounter) requireBounds(t *testing.T, grace time.Duration) {
	t.Helper()
	for _, x := range m.result.Exchanges {
		if took := x.SaidAt.Sub(x.SentAt); took > m.whole+grace {
			t.Errorf("%s %s took %v", x.Method, x.URL, took)
		}
	}
	attempts := time.Duration(m.result.Record.Cell.Attempt)
	if most := attempts * (m.longest + grace); m.took > most {
		t.Errorf("took %v in %d attempts, and the plan says at most %v each", m.took, attempts, m.longest)
	}
}

// requireSafety looks at what the server saw.
func (m *encounter) requireSafety(t *testing.T) {
	t.Helper()
	for _, stray := range m.server.Strays() {
		if stray.Credential {
			t.Errorf("the credential reached a second host: %s", stray.Line)
		}
	}
	for title, times := range m.server.Sends() {
		if times > 1 && m.c.Name != "stored twice" {
			t.Errorf("%q arrived %d times", title, times)
		}
	}
	if harm := m.server.Harm(); harm != "" {
		t.Error(harm)
	}
	if left := m.server.Left(); left > 0 && len(m.result.Left) == 0 {
		t.Errorf("%d notes are left on the server, and nobody says so", left)
	}
}
