package comparison

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// times draws a run whose effects take about 200 ms: some accounts and endpoints are slower than others, the
// spread has a long tail, and polling sees an effect only every so often, so that many times are nearly alike.
func times(draw *rand.Rand, name string, accounts, endpoints int, factor func(endpoint int) float64) Side {
	s := Side{Name: name, Run: name, Suite: "suite", Target: "sandbox"}
	for endpoint := range endpoints {
		for account := range accounts {
			usual := 100 * (1 + 0.3*float64(account%4)) * (1 + float64(endpoint%3))
			took := usual * math.Exp(0.5*draw.NormFloat64()) * factor(endpoint)
			seen := math.Ceil(took/25) * 25 // looked at every 25 ms
			s.Rows = append(s.Rows, Row{
				Number: len(s.Rows) + 1, Contract: fmt.Sprint("contract ", endpoint), Account: fmt.Sprint("shop-", account), Call: fmt.Sprint("call ", endpoint), Class: verdict.Kept,
				Seen: time.Duration(seen * float64(time.Millisecond)), Reply: time.Duration(took / 4 * float64(time.Millisecond)),
			})
		}
	}
	return s
}

func same(int) float64 { return 1 }

// Ten endpoints, their effects and replies: a comparison that finds any of them slower, where nothing is,
// has raised a wrong alarm.
func TestWrongAlarmsOfLatency(t *testing.T) {
	t.Parallel()
	pairs := drawn(1000)
	lines := []string{fmt.Sprintf("| accounts | of %d comparisons without a change, these call something slower |", pairs), "|---|---|"}
	for _, accounts := range sizes(3, 5, 8, 12, 40) {
		draw := rand.New(rand.NewPCG(7, uint64(accounts)))
		wrong := 0
		for range pairs {
			c := Of(Runs, times(draw, "a", accounts, 10, same), times(draw, "b", accounts, 10, same))
			if len(c.Latency.Slower) > 0 {
				wrong++
			}
		}
		lines = append(lines, fmt.Sprintf("| %d | %d |", accounts, wrong))
		if float64(wrong) > max(3, float64(pairs)/100) {
			t.Errorf("%d accounts: %d of %d comparisons without a change call something slower", accounts, wrong, pairs)
		}
	}
	inPage(t, lines)
}

// One of ten endpoints becomes slower: how often it is found, and nothing else with it.
func TestPowerOfLatency(t *testing.T) {
	t.Parallel()
	pairs := drawn(200)
	lines := []string{"| accounts | 1.5 times | 2 times | 3 times | 5 times |", "|---|---|---|---|---|"}
	found := map[[2]int]int{}
	for _, accounts := range sizes(5, 8, 12, 40) {
		line := fmt.Sprintf("| %d |", accounts)
		for _, tenths := range []int{15, 20, 30, 50} {
			draw := rand.New(rand.NewPCG(uint64(tenths), uint64(accounts)))
			slow := func(endpoint int) float64 {
				if endpoint == 4 {
					return float64(tenths) / 10
				}
				return 1
			}
			for range pairs {
				c := Of(Runs, times(draw, "a", accounts, 10, same), times(draw, "b", accounts, 10, slow))
				if slices.ContainsFunc(c.Latency.Slower, func(t TimeChange) bool { return t.Call == "call 4" && t.What == Effect }) {
					found[[2]int{accounts, tenths}]++
				}
				for _, each := range c.Latency.Slower {
					if each.Call != "call 4" && each.Call != everyEndpoint {
						found[[2]int{0, 0}]++
					}
				}
			}
			line += fmt.Sprintf(" %d %% |", found[[2]int{accounts, tenths}]*100/pairs)
		}
		lines = append(lines, line)
	}
	inPage(t, lines)
	if n := found[[2]int{12, 50}]; n*100 < pairs*90 {
		t.Errorf("five times as slow on 12 accounts is found in %d of %d", n, pairs)
	}
	if n := found[[2]int{0, 0}]; n*50 > pairs*16 {
		t.Errorf("%d times another endpoint was called slower, too", n)
	}
}

// A busy computer, or a provider that does other work, too: in each run each endpoint is as much slower or faster as chance has it.
func TestWrongAlarmsOfSwingingTimes(t *testing.T) {
	t.Parallel()
	pairs := drawn(400)
	lines := []string{fmt.Sprintf("| runs before A | of %d comparisons without a change, these call something slower |", pairs), "|---|---|"}
	for _, earlier := range []int{0, 1, 5} {
		draw := rand.New(rand.NewPCG(11, uint64(earlier)))
		swinging := func() Side {
			factors := map[int]float64{}
			return times(draw, "a", 12, 10, func(endpoint int) float64 {
				if factors[endpoint] == 0 {
					factors[endpoint] = math.Exp(0.4 * draw.NormFloat64())
				}
				return factors[endpoint]
			})
		}
		wrong := 0
		for range pairs {
			a, b := swinging(), swinging()
			for range earlier {
				a.Earlier = append(a.Earlier, swinging().Rows)
			}
			if len(Of(Runs, a, b).Latency.Slower) > 0 {
				wrong++
			}
		}
		lines = append(lines, fmt.Sprintf("| %d | %d |", earlier, wrong))
	}
	inPage(t, lines)
}

// inPage prints a table, and sees that the page has it, where it was measured in full.
func inPage(t *testing.T, lines []string) {
	t.Helper()
	table := strings.Join(lines, "\n")
	t.Logf("\n%s", table)
	page, err := os.ReadFile("COMPARISON.md")
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("POLYGRAPH_SOAK") != "" && !strings.Contains(string(page), table) {
		t.Error("COMPARISON.md says something else")
	}
}

// drawn is how many comparisons are drawn: so many under POLYGRAPH_SOAK=1, few else.
func drawn(n int) int {
	if os.Getenv("POLYGRAPH_SOAK") == "" {
		return n / 40
	}
	return n
}

// sizes are the numbers of accounts that are tried: all under POLYGRAPH_SOAK=1, the last but one else.
func sizes(all ...int) []int {
	if os.Getenv("POLYGRAPH_SOAK") == "" {
		return all[len(all)-2 : len(all)-1]
	}
	return all
}

func TestLatencySaysWhatItCannotTell(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 1))
	c := Of(Runs, times(draw, "a", 2, 1, same), times(draw, "b", 2, 1, func(int) float64 { return 9 }))
	if c.Latency.Tested != 0 || c.Latency.TooFew != 1 || len(c.Latency.Slower) != 0 {
		t.Errorf("two cells can tell: %+v", c.Latency)
	}
	c = Of(Runs, times(draw, "a", 5, 10, same), times(draw, "b", 5, 10, func(int) float64 { return 9 }))
	if c.Latency.Tested != 0 || c.Latency.TooFew != 10 || len(c.Latency.Slower) != 2 || c.Latency.Slower[0].Call != everyEndpoint {
		t.Errorf("of five cells each, only all endpoints together can tell: %+v", c.Latency)
	}
	c = Of(Runs, times(draw, "a", 12, 8, same), times(draw, "b", 12, 8, func(int) float64 { return 3 }))
	if !c.Latency.Whole || len(c.Latency.Slower) < 8 {
		t.Errorf("all of it slower is not said: %+v", c.Latency)
	}
	a, b := times(draw, "a", 12, 8, same), times(draw, "b", 12, 8, same)
	for i := range b.Rows {
		b.Rows[i].Seen *= 4
	}
	if c = Of(Runs, a, b); c.Latency.Whole || len(c.Latency.Slower) != 8 {
		t.Errorf("effects alone are slower, which the network does not explain: %+v", c.Latency)
	}
}

// Two accounts of one run have one cell of each contract: each endpoint has too few, all together have enough.
func TestLatencyOfTwoAccounts(t *testing.T) {
	draw := rand.New(rand.NewPCG(2, 2))
	run := times(draw, "a", 6, 30, same)
	for i := range run.Rows {
		if run.Rows[i].Account == "shop-1" {
			run.Rows[i].Seen *= 3
		}
	}
	one, two := run, run
	one.Account, two.Account = "shop-0", "shop-1"
	c := Of(Accounts, one, two)
	if len(c.Latency.Slower) != 1 || c.Latency.Slower[0].Call != everyEndpoint || c.Latency.Slower[0].What != Effect {
		t.Errorf("got %+v", c.Latency)
	}
}
