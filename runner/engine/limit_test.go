package engine

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/budget"
)

// A meter notes when each request arrives, how many are under way, and how many write, for
// each account that it can tell. It stands before a clerk.
type meter struct {
	under, high atomic.Int64
	mu          sync.Mutex
	arrived     []time.Time
	writes      map[string]int
}

func (m *meter) instead(_ *clerk, w http.ResponseWriter, a asking) bool {
	m.mu.Lock()
	m.arrived = append(m.arrived, time.Now())
	if m.writes == nil {
		m.writes = map[string]int{}
	}
	if !looks(a.method) && a.path != "/token" {
		m.writes[a.who]++
	}
	m.mu.Unlock()
	return answers(w, a, "POST /token", 200, map[string]any{"access_token": "t-ada", "token_type": "bearer", "expires_in": 12}) ||
		answers(w, a, "GET /me", 200, map[string]any{"scopes": []any{}})
}

// around counts what is under way; a clerk answers one at a time, and so takes its time first.
func (m *meter) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := m.under.Add(1)
		defer m.under.Add(-1)
		for high := m.high.Load(); n > high && !m.high.CompareAndSwap(high, n); high = m.high.Load() {
		}
		time.Sleep(3 * time.Millisecond)
		next.ServeHTTP(w, r)
	})
}

// most is how many requests arrived in any one second.
func (m *meter) most() (most, all int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	slices.SortFunc(m.arrived, time.Time.Compare)
	first := 0
	for i, at := range m.arrived {
		for at.Sub(m.arrived[first]) >= time.Second {
			first++
		}
		most = max(most, i-first+1)
	}
	return most, len(m.arrived)
}

// many are contracts that make, change, and delete, so often that there are n cells.
func many(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf([]string{
			"contract: Made %d\ncall: POST /notes\nbody: {text: \"New ${unique}\"}\ncreates: note\n",
			"contract: Edited %d\ngiven: note\ncall: PATCH /notes/{note.id}\nbody: {text: \"E ${unique}\"}\nupdates: note\n",
			"contract: Deleted %d\ngiven: note\ncall: DELETE /notes/{note.id}\ndeletes: note\n",
			"contract: Listed %d\ncall: GET /notes\nstatus: 200\n",
		}[i%4], i))
	}
	return strings.Join(all, "---\n")
}

// Everything that is sent with an account goes through its limits: 32 cells at once that
// fetch tokens, read facts, make, look, act, watch and clean up.
func TestEverythingKeepsToTheLimits(t *testing.T) {
	t.Parallel()
	cells := 32
	if os.Getenv("POLYGRAPH_SOAK") != "" {
		cells = 160 // half a minute of requests
	}
	m := &meter{}
	c := newMeteredClerk(t, m)
	d := desk{
		provider:  strings.Replace(notesProvider, "auth: bearer", "openapi: ./openapi.yaml", 1) + "account: {read: GET /me, take: {can: response.body.scopes}}\n",
		document:  fmt.Sprintf(tokenDocument, "/token"),
		contracts: many(cells),
		targets:   "targets:\n  local:\n    server: %s\n    limits: {rate: 40/s, concurrency: 3}\n    accounts: {ada: {credentials: {client_id: i, client_secret: secret-123}}}\n",
		change:    func(o *Options) { o.Budgets = t.TempDir() },
	}
	for _, r := range await(t, d.engine(c)) {
		require(t, r, "kept")
	}
	most, all := m.most()
	high := int(m.high.Load())
	if most > 41 || high > 3 {
		t.Errorf("%d in one second, %d under way: 41 and 3 are allowed", most, high)
	}
	if c.count("POST /token") == 0 || c.left() > 0 {
		t.Errorf("%d tokens, %d notes left", c.count("POST /token"), c.left())
	}
	t.Logf("%d cells, %d requests: at most %d in any second (allowed 41), at most %d under way (allowed 3), overshot 0", cells, all, most, high)
}

// newMeteredClerk opens a clerk behind a meter.
func newMeteredClerk(t *testing.T, m *meter) *clerk {
	t.Helper()
	c := newClerk(t, m.instead)
	c.server.Config.Handler = m.around(c.server.Config.Handler)
	return c
}

// Of more cells than the budget has writes, those that fit run and leave nothing; the others
// send nothing, and say which limit it was.
func TestWritesAreNeverOvershot(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ writes, ran int }{{1, 0}, {2, 1}, {3, 1}, {20, 10}, {64, 32}} {
		t.Run(fmt.Sprint(test.writes), func(t *testing.T) {
			t.Parallel()
			m := &meter{}
			c := newMeteredClerk(t, m)
			var contract []string
			for i := range 32 {
				contract = append(contract, fmt.Sprintf("contract: Made %d\ncall: POST /notes\nbody: {text: \"New ${unique}\"}\ncreates: note\n", i))
			}
			ran := 0
			targets := strings.Replace(twoAccounts, "    accounts", fmt.Sprintf("    limits: {writes_per_run: %d}\n    accounts", test.writes), 1)
			for _, r := range (desk{contracts: strings.Join(contract, "---\n"), targets: targets}).run(c) {
				switch text := reasons(r.Verdict); {
				case r.Verdict.Class == "kept":
					ran++
				case r.Verdict.Class != "inconclusive" || !strings.Contains(text, fmt.Sprintf("limits.writes_per_run is %d", test.writes)) || !strings.Contains(text, "raise limits.writes_per_run"):
					t.Errorf("got %s %s", r.Verdict.Class, text)
				case len(r.Exchanges) > 0:
					t.Errorf("a cell that does not fit has sent %d requests", len(r.Exchanges))
				}
				if len(r.Left) > 0 {
					t.Errorf("left behind: %+v", r.Left)
				}
			}
			if m.writes["ada"] > test.writes || ran != test.ran || c.left() > 0 {
				t.Errorf("%d writes, %d cells ran, %d notes left; want at most %d, %d, 0", m.writes["ada"], ran, c.left(), test.writes, test.ran)
			}
			t.Logf("budget %d: %d writes sent, %d of 32 cells ran, 0 left, overshot 0", test.writes, m.writes["ada"], ran)
		})
	}
}

// What is sent again was in nobody's budget, and takes nothing from what is kept back for
// cleaning up.
func TestWritesThatAreSentAgain(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name         string
		again        string // what is told twice to come later
		writes, sent int
		verdict      string
		left         int
	}{
		{name: "a make, and enough", again: "POST", writes: 9, sent: 5, verdict: "kept"},
		{name: "a make, and too little", again: "POST", writes: 4, sent: 2, verdict: "inconclusive setup-failed"},
		{name: "a deletion, and enough", again: "DELETE", writes: 9, sent: 5, verdict: "kept"},
		{name: "a deletion, and too little", again: "DELETE", writes: 3, sent: 3, verdict: "kept", left: 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			told := 0
			m := &meter{}
			c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
				m.instead(c, w, a)
				if a.method != test.again || told == 2 {
					return false
				}
				told++
				w.Header().Set("Retry-After", "0")
				write(w, 429, nil)
				return true
			})
			targets := strings.Replace(twoAccounts, "    accounts", fmt.Sprintf("    limits: {writes_per_run: %d}\n    accounts", test.writes), 1)
			r := desk{contracts: updatesNote, targets: targets}.run(c)[0]
			requireVerdict(t, r, test.verdict)
			if m.writes["ada"] != test.sent || len(r.Left) != test.left || c.left() != test.left {
				t.Errorf("%d writes, left %+v, %d notes", m.writes["ada"], r.Left, c.left())
			}
			for _, left := range r.Left {
				if !strings.Contains(left.Why, "limits.writes_per_run is") {
					t.Errorf("left because %s", left.Why)
				}
			}
		})
	}
}

func TestDefaultLimits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, server, limits string
		want                 contracts.Limits
	}{
		{name: "elsewhere", server: "https://api.example.com", want: contracts.Limits{Rate: 5, Concurrency: 4, Writes: 200}},
		{name: "elsewhere, one written", server: "https://api.example.com", limits: "    limits: {rate: 300/m}\n", want: contracts.Limits{Rate: 5, Concurrency: 4, Writes: 200}},
		{name: "elsewhere, all written", server: "https://api.example.com", limits: "    limits: {rate: 50/s, concurrency: 9, writes_per_run: 1000}\n", want: contracts.Limits{Rate: 50, Concurrency: 9, Writes: 1000}},
		{name: "on this machine", server: "%s"},
		{name: "on this machine, written", server: "%s", limits: "    limits: {concurrency: 2}\n", want: contracts.Limits{Concurrency: 2}},
	} {
		e := desk{
			contracts: "contract: They are listed\ncall: GET /notes\nstatus: 200\n",
			targets:   "targets:\n  a:\n    server: " + test.server + "\n" + test.limits + "    accounts: {ada: {}}\n",
		}.engine(newClerk(t, nil))
		if got := e.Limits(); got != test.want {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
	}
}

func TestAllowance(t *testing.T) {
	t.Parallel()
	ada, bo := "ada", "bo"
	l := NewAllowance(5)
	first := map[string]int{ada: 3, bo: 1}
	if err := l.Keep(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if err := l.Keep(t.Context(), map[string]int{ada: 6}); err == nil || !strings.Contains(err.Error(), "ada does not suffice: limits.writes_per_run is 5, 0 are spent, and this needs 6") {
		t.Errorf("got %v", err)
	}
	soon, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer stop()
	if err := l.Keep(soon, map[string]int{bo: 1, ada: 3}); err == nil || l.kept[bo] != 1 {
		t.Errorf("did not wait for what may come home, or kept a part: %v, %d", err, l.kept[bo])
	}
	got := make(chan error)
	go func() { got <- l.Keep(t.Context(), map[string]int{ada: 3}) }()
	l.Spend(ada)
	first[ada]--
	l.BringHome(first)
	if err := <-got; err != nil || l.spent[ada] != 1 || l.kept[ada] != 3 {
		t.Errorf("got %v, spent %d, kept %d", err, l.spent[ada], l.kept[ada])
	}
	if err := l.Take(ada); err != nil {
		t.Error(err)
	}
	if err := l.Take(ada); err == nil {
		t.Error("took what is kept back")
	}
	if err := NewAllowance(0).Keep(t.Context(), map[string]int{ada: 1 << 30}); err != nil {
		t.Errorf("without a limit: %v", err)
	}
}

func TestPause(t *testing.T) {
	t.Parallel()
	cause := fmt.Errorf("enough")
	ctx, stop := context.WithCancelCause(t.Context())
	if err := budget.Pause(ctx, 0); err != nil {
		t.Errorf("no wait: %v", err)
	}
	stop(cause)
	if err := budget.Pause(ctx, time.Hour); err != cause {
		t.Errorf("stopped: %v", err)
	}
}
