package onboarding

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
)

// proofs reads "a b/2" as a proof of the scopes a and b that writes twice; each further / is
// the wait in seconds and then the debts.
func proofs(texts ...string) []Proof {
	var out []Proof
	for i, text := range texts {
		head, rest, _ := strings.Cut(text, "/")
		p := Proof{Contract: &contracts.Contract{Title: fmt.Sprint(i)}, Scopes: strings.Fields(head), Writes: 1}
		var seconds int
		fmt.Sscanf(rest, "%d/%d/%d", &p.Writes, &seconds, &p.Debts)
		p.Wait = time.Duration(seconds) * time.Second
		out = append(out, p)
	}
	return out
}

func numbers(list []Proof) string {
	var out []string
	for _, p := range list {
		out = append(out, p.Contract.Title)
	}
	return strings.Join(out, " ")
}

func TestSmallest(t *testing.T) {
	many := make([]string, 0, 40)
	for i := range 20 { // 20 scopes that hang together, too many for an exact search
		many = append(many, fmt.Sprintf("s%d s%d", i, (i+1)%20))
	}
	for _, each := range []struct {
		name   string
		proofs []string
		want   string
	}{
		{"nothing", nil, ""},
		{"one for each", []string{"a", "b"}, "0 1"},
		{"one for both", []string{"a", "b", "a b"}, "2"},
		{"fewest contracts, though they write more", []string{"a", "b", "a b/9"}, "2"},
		{"of equals the one that writes least", []string{"a/5", "a/2", "a/3"}, "1"},
		{"then the one that is over first", []string{"a/2/9", "a/2/3"}, "1"},
		{"then the first", []string{"a/2/3", "a/2/3"}, "0"},
		{"more contracts rather than a thing that stays", []string{"a b/1/1/1", "a", "b"}, "1 2"},
		{"a thing that stays where nothing else proves it", []string{"a b/1/1/1", "a"}, "0"},
		{"greed would take three", []string{"a b c d", "a b e", "c d f", "e", "f"}, "1 2"},
		{"many scopes", many, "0 2 4 6 8 10 12 14 16 18"},
	} {
		t.Run(each.name, func(t *testing.T) {
			if got := numbers(smallest(proofs(each.proofs...))); got != each.want {
				t.Errorf("%v: got %q, want %q", each.proofs, got, each.want)
			}
		})
	}
}

// TestSmallestIsSmallest compares with the cheapest of all sets.
func TestSmallestIsSmallest(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 7))
	for range 500 {
		var list []Proof
		for i := range 1 + random.IntN(8) {
			p := Proof{Contract: &contracts.Contract{Title: fmt.Sprint(i)}, Writes: random.IntN(4), Debts: random.IntN(8) / 7}
			for _, scope := range []string{"a", "b", "c", "d", "e"} {
				if random.IntN(3) == 0 {
					p.Scopes = append(p.Scopes, scope)
				}
			}
			if len(p.Scopes) == 0 {
				p.Scopes = []string{"a"}
			}
			list = append(list, p)
		}
		all := scopesOf(list)
		best, found := price{}, false
		for set := range 1 << len(list) {
			var chosen []Proof
			for i := range list {
				if set>>i&1 == 1 {
					chosen = append(chosen, list[i])
				}
			}
			if cost := costOf(list, chosen); slices.Equal(scopesOf(chosen), all) && (!found || cost.compare(best) < 0) {
				best, found = cost, true
			}
		}
		got := smallest(list)
		if cost := costOf(list, got); !slices.Equal(scopesOf(got), all) || cost.compare(best) != 0 {
			t.Fatalf("%+v: %s costs %+v, the best %+v", list, numbers(got), cost, best)
		}
	}
}

func scopesOf(list []Proof) []string {
	var out []string
	for _, p := range list {
		out = append(out, p.Scopes...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func costOf(all, chosen []Proof) (total price) {
	for i, p := range all {
		if slices.ContainsFunc(chosen, func(c Proof) bool { return c.Contract == p.Contract }) {
			total = total.plus(price{p.Debts, 1, p.Writes, p.Wait, i})
		}
	}
	return total
}
