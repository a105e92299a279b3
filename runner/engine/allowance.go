package engine

import (
	"context"
	"fmt"
	"sync"
)

// An Allowance is how many writes a run may still send, account by account. A write is taken
// out of it before it is sent, and what may have to be cleaned up is kept back together with
// what makes it, so that the clean-up never meets an empty purse.
//
// A cell keeps all it may need before it sends anything, on all its accounts or on none. One
// for which there is not enough waits while others still hold something back, since much of
// that comes home (nothing was made, so there is nothing to delete); then it gives up.
type Allowance struct {
	most int // for each account; 0: no end

	mu     sync.Mutex
	spent  map[string]int // by the name of the account
	kept   map[string]int
	change chan struct{} // closed when something comes home
}

// NewAllowance lets each account send that many writes; 0: as many as it likes.
func NewAllowance(most int) *Allowance {
	return &Allowance{most: most, spent: map[string]int{}, kept: map[string]int{}, change: make(chan struct{})}
}

// Keep holds back what a cell may need. The error says which account has not enough.
func (l *Allowance) Keep(ctx context.Context, need map[string]int) error {
	for {
		change, err := l.tryKeep(need)
		if err != nil || change == nil {
			return err
		}
		select {
		case <-change:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// tryKeep gives nil where it kept everything, and where others may bring something home what
// says that they did.
func (l *Allowance) tryKeep(need map[string]int) (change chan struct{}, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	wait := false
	for who, n := range need {
		switch {
		case l.most == 0 || n == 0 || l.spent[who]+l.kept[who]+n <= l.most:
		case l.spent[who]+n > l.most:
			return nil, l.tooLittle(who, n)
		default:
			wait = true
		}
	}
	if wait {
		return l.change, nil
	}
	for who, n := range need {
		l.kept[who] += n
	}
	return nil, nil
}

func (l *Allowance) tooLittle(who string, n int) error {
	return &haltError{"setup-failed",
		fmt.Sprintf("the budget of writes of %s does not suffice: limits.writes_per_run is %d, %s spent, and this needs %d, its clean-up included", who, l.most, countOf(l.spent[who]), n),
		"raise limits.writes_per_run in polygraph.yaml, or choose fewer contracts; polygraph plan counts their writes"}
}

func countOf(n int) string {
	if n == 1 {
		return "1 is"
	}
	return fmt.Sprintf("%d are", n)
}

// Spend turns a write that was kept back into one that is sent.
func (l *Allowance) Spend(who string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept[who]--
	l.spent[who]++
}

// Take is for a write that nobody kept back: one that is sent again. It does not wait, as who
// cleans up may be waited for.
func (l *Allowance) Take(who string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.most > 0 && l.spent[who]+l.kept[who]+1 > l.most {
		return l.tooLittle(who, 1)
	}
	l.spent[who]++
	return nil
}

// BringHome gives back what was kept and not spent.
func (l *Allowance) BringHome(kept map[string]int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for who, n := range kept {
		l.kept[who] -= n
	}
	close(l.change)
	l.change = make(chan struct{})
}

// Sent is how many writes were sent with an account.
func (l *Allowance) Sent(who string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.spent[who]
}
