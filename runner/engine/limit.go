package engine

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/budget"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// everything is the weight of an account as a whole: a cell takes one part of
// it, a cell that must run alone takes all.
const everything = 1 << 30

// A limit holds back what is sent with one account. Acting and watching share it.
type limit struct {
	*budget.Budget
	cells    *semaphore.Weighted // cells that touch the account
	unmarked *semaphore.Weighted // held by the one cell whose creation carries no marker

	mu     sync.Mutex
	closed time.Time // Retry-After, beyond what we wait: nothing new is begun before
}

// Limits are what each account is held to: as the target says, and where it is not on this
// machine and does not say, the defaults.
func (e *Engine) Limits() contracts.Limits {
	if contracts.Loopback(e.behind) {
		return e.o.Target.Limits
	}
	return e.o.Target.Limits.Away()
}

// newLimit makes the limit of an account, shared with other runs where there is a folder.
func (e *Engine) newLimit(account string) (*limit, error) {
	l := e.Limits()
	origin, err := wire.Origin(e.behind)
	if err != nil {
		return nil, err
	}
	shared, err := budget.New(budget.Limits{Rate: l.Rate, Concurrency: l.Concurrency}, e.o.Budgets, origin, account)
	if err != nil {
		return nil, fmt.Errorf("%w\nhint: runs at one account share its limits through files: say with XDG_CACHE_HOME where they can be kept", err)
	}
	return &limit{Budget: shared, cells: semaphore.NewWeighted(everything), unmarked: semaphore.NewWeighted(1)}, nil
}

// makeEyes gives every account of the target its limit, and nobody one, too. Those that are
// not needed share nothing with other runs: they send nothing.
func (e *Engine) makeEyes() error {
	if e.allowance = e.o.Allowance; e.allowance == nil {
		e.allowance = NewAllowance(e.Limits().Writes)
	}
	var err error
	if e.nobody, err = e.eyesOf(nobody, nil); err != nil {
		return err
	}
	var mistakes []error
	for _, account := range e.o.Target.Accounts {
		who, err := e.eyesOf(account.Name, account)
		if err != nil {
			mistakes = append(mistakes, err)
		}
		e.eyes[account.Name] = who
	}
	return errors.Join(mistakes...)
}

func (e *Engine) eyesOf(name string, account *contracts.Account) (*eyes, error) {
	l, err := e.newLimit(name)
	return &eyes{name: name, account: account, limit: l}, err
}

// hold lets nothing out before the given wait is over. A wait that nobody sits out
// closes the account: no cell is begun on it and nothing more is made or changed,
// while what is there may still be read and removed.
func (l *limit) hold(wait time.Duration) {
	if wait <= throttleBudget {
		l.Hold(wait)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if end := time.Now().Add(wait); end.After(l.closed) {
		l.closed = end
	}
}

// shut ends an attempt on an account that is closed; nil while it is open.
func (who *eyes) shut() error {
	who.limit.mu.Lock()
	wait := time.Until(who.limit.closed)
	who.limit.mu.Unlock()
	if wait <= 0 {
		return nil
	}
	return &haltError{"rate-limited", fmt.Sprintf("the provider has told %s to come again in %s", who.name, wait.Round(time.Second)), "run it again then"}
}
