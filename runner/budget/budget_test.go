package budget

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A counter is a provider that notes when each request arrives, and how many are under way.
type counter struct {
	*httptest.Server
	now, high atomic.Int64
	mu        sync.Mutex
	arrived   []time.Time
}

// newCounter answers after what the query asks for.
func newCounter(t *testing.T) *counter {
	t.Helper()
	c := &counter{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := c.now.Add(1)
		defer c.now.Add(-1)
		for high := c.high.Load(); n > high && !c.high.CompareAndSwap(high, n); high = c.high.Load() {
		}
		c.mu.Lock()
		c.arrived = append(c.arrived, time.Now())
		c.mu.Unlock()
		takes, _ := time.ParseDuration(r.URL.Query().Get("takes"))
		time.Sleep(takes)
	}))
	t.Cleanup(c.Close)
	return c
}

// most is how many requests arrived in any one second.
func (c *counter) most() (most, all int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.SortFunc(c.arrived, func(a, b time.Time) int { return a.Compare(b) })
	first := 0
	for i, at := range c.arrived {
		for at.Sub(c.arrived[first]) >= time.Second {
			first++
		}
		most = max(most, i-first+1)
	}
	return most, len(c.arrived)
}

// workers send through a budget until the context ends.
func work(ctx context.Context, t *testing.T, b *Budget, address string, workers int) {
	t.Helper()
	var all sync.WaitGroup
	for i := range workers {
		all.Go(func() {
			for {
				leave, err := b.Enter(ctx)
				if err != nil {
					if ctx.Err() == nil {
						t.Errorf("enter: %v", err)
					}
					return
				}
				reply, err := http.Get(address + "?takes=" + []string{"0s", "5ms", "150ms", "1ms"}[i%4])
				if err == nil {
					_, _ = io.Copy(io.Discard, reply.Body)
					reply.Body.Close()
				}
				leave()
			}
		})
	}
	all.Wait()
}

// span is how long the limits are watched: longer where a soak is asked for.
func span(t *testing.T) time.Duration {
	if os.Getenv("POLYGRAPH_SOAK") != "" {
		return time.Minute
	}
	return 2500 * time.Millisecond
}

func TestLimitsAreNeverOvershot(t *testing.T) {
	t.Parallel()
	for _, l := range []Limits{{Rate: 20, Concurrency: 3}, {Rate: 5, Concurrency: 4}, {Rate: 100}, {Concurrency: 2}, {Rate: 2.5, Concurrency: 1}} {
		for _, shared := range []bool{false, true} {
			t.Run(fmt.Sprintf("%+v/shared=%v", l, shared), func(t *testing.T) {
				t.Parallel()
				folder := ""
				if shared {
					folder = t.TempDir()
				}
				b, err := New(l, folder, "https://api.example:443", "shop")
				if err != nil {
					t.Fatal(err)
				}
				server := newCounter(t)
				ctx, stop := context.WithTimeout(t.Context(), span(t))
				defer stop()
				work(ctx, t, b, server.URL, 32)
				within(t, l, server)
			})
		}
	}
}

// within holds what arrived against the limits.
func within(t *testing.T, l Limits, server *counter) {
	t.Helper()
	most, all := server.most()
	high := int(server.high.Load())
	allowed := int(l.Rate) + 1
	if l.Rate > 0 && most > allowed {
		t.Errorf("%d requests in one second, and %d are allowed", most, allowed)
	}
	if l.Concurrency > 0 && high > l.Concurrency {
		t.Errorf("%d requests under way, and %d are allowed", high, l.Concurrency)
	}
	if all == 0 {
		t.Error("nothing arrived")
	}
	t.Logf("%d requests by 32 workers: at most %d in any second (allowed %d), at most %d under way (allowed %d)", all, most, allowed, high, l.Concurrency)
}

// TestRunsShareLimits has three processes at one account; one is killed in the middle, and
// neither breaks the limits nor blocks the others.
func TestRunsShareLimits(t *testing.T) {
	l := Limits{Rate: 20, Concurrency: 3}
	if address := os.Getenv("POLYGRAPH_TEST_BUDGET"); address != "" {
		b, err := New(l, os.Getenv("POLYGRAPH_TEST_FOLDER"), "https://api.example:443", "shop")
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithTimeout(t.Context(), span(t)+2*time.Second)
		defer stop()
		work(ctx, t, b, address, 32)
		return
	}
	t.Parallel()
	server, folder := newCounter(t), t.TempDir()
	var others []*exec.Cmd
	for range 3 {
		other := exec.Command(os.Args[0], "-test.run", "^TestRunsShareLimits$")
		other.Env = append(os.Environ(), "POLYGRAPH_TEST_BUDGET="+server.URL, "POLYGRAPH_TEST_FOLDER="+folder)
		if err := other.Start(); err != nil {
			t.Fatal(err)
		}
		others = append(others, other)
	}
	count := func() int { _, all := server.most(); return all }
	for begun := time.Now(); count() < 15 && time.Since(begun) < time.Minute; {
		time.Sleep(10 * time.Millisecond)
	}
	_ = others[0].Process.Kill()
	_ = others[0].Wait()
	before := count()
	for _, other := range others[1:] {
		if err := other.Wait(); err != nil {
			t.Errorf("another run: %v", err)
		}
	}
	if after := count(); after < before+10 {
		t.Errorf("the killed run blocks the others: %d requests before, %d after", before, after)
	}
	within(t, l, server)
}

func TestAccountsDoNotShare(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for i, who := range [][2]string{{"https://a:443", "x"}, {"https://a:443", "y"}, {"https://b:443", "x"}} {
		b, err := New(Limits{Concurrency: 1}, folder, who[0], who[1])
		if err != nil {
			t.Fatal(err)
		}
		soon, stop := context.WithTimeout(t.Context(), 10*time.Second)
		defer stop()
		if _, err := b.Enter(soon); err != nil {
			t.Errorf("%d waits for another account: %v", i, err)
		}
	}
	names, _ := filepath.Glob(filepath.Join(folder, "*", "*"))
	if text := strings.Join(names, " "); len(names) != 3 || strings.Contains(strings.TrimPrefix(text, folder), "/x") {
		t.Errorf("kept in %s", text)
	}
}

func TestSharedConcurrency(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	enter := func(ctx context.Context) (func(), error) {
		b, err := New(Limits{Concurrency: 1}, folder, "o", "a") // as another run has it
		if err != nil {
			t.Fatal(err)
		}
		return b.Enter(ctx)
	}
	leave, err := enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	soon, stop := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer stop()
	if _, err := enter(soon); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("two are under way: %v", err)
	}
	leave()
	if _, err := enter(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestHold(t *testing.T) {
	t.Parallel()
	b, _ := New(Limits{Concurrency: 1}, "", "o", "a")
	b.Hold(60 * time.Millisecond)
	b.Hold(time.Millisecond) // a shorter wait takes nothing from a longer one
	start := time.Now()
	leave, err := b.Enter(t.Context())
	if err != nil || time.Since(start) < 55*time.Millisecond {
		t.Fatalf("entered after %s: %v", time.Since(start), err)
	}
	leave()
	b.Hold(time.Hour)
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := b.Enter(stopped); !errors.Is(err, context.Canceled) {
		t.Errorf("the end of the run does not end the wait: %v", err)
	}
	if !b.slots.TryAcquire(1) {
		t.Error("who gave up keeps its slot")
	}
}

func TestWithoutLimits(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	open, err := New(Limits{}, folder, "o", "a")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range []*Budget{nil, open} {
		for range 1000 {
			if _, err := b.Enter(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if names, _ := os.ReadDir(folder); len(names) > 0 {
		t.Errorf("it keeps %v", names)
	}
}

func TestFolderThatCannotBe(t *testing.T) {
	t.Parallel()
	place := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(place, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Limits{Rate: 1}, place, "o", "shop"); err == nil || !strings.Contains(err.Error(), `limits of account "shop"`) {
		t.Errorf("got %v", err)
	}
}
