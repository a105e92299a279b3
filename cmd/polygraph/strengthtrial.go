package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/fixtures/liar"
	"github.com/polygraph-dev/polygraph/runner/budget"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/journal"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// trialsAtOnce bounds the trials that are under way: nearly all of a trial is waiting, and
// a machine that is short of CPU makes readings late, which settles nothing.
const trialsAtOnce = 96

// restoreTime is how long a liar may take to remove what its lie has hidden.
const restoreTime = 20 * time.Second

// A proving is all trials of a suite.
type proving struct {
	c         *console
	suite     *contracts.Suite
	account   *contracts.Account
	contracts []*contracts.Contract
	id        string // what the ids of its runs begin with
	quiet     bool   // nothing is said beforehand
	purse     *purse // opened by prove

	begun, over atomic.Int64
	planned     atomic.Int64
	hands       map[string]error // why the credential of an account cannot be had, once asked
	alone       sync.RWMutex     // held for writing by a trial whose effects other trials would move
}

func newTrialID() string {
	var id [2]byte
	_, _ = rand.Read(id[:]) // never fails, see crypto/rand
	return hex.EncodeToString(id[:])
}

// A trial is one go at one cell, with a lie or without.
type trial struct {
	contract *contracts.Contract
	of       *contracts.Case  // nil: the base
	again    *contracts.Again // the entry whose second act it is; nil: none
	lie      liar.Lie         // the zero value: the control
	truth    *liar.Exchange   // nil for the control
	witness  string           // an account that is asked for what goes astray; "" for none
	items    *liar.Items      // how the items of a bulk call were answered in the control; nil for that
}

// A tried is what became of a trial.
type tried struct {
	result  *engine.Result
	told    bool
	excuse  string // why the lie was not told
	learned *liar.Exchange
	err     error // ours or the user's: it could not be tried
	left    error // something of it is left behind
}

// try carries a trial out, alone where others of its account would disturb it.
func (p *proving) try(ctx context.Context, t trial) (out tried) {
	if p.suite.Target.Embedded == "" && shares(t.contract) {
		p.alone.Lock()
		defer p.alone.Unlock()
	} else {
		p.alone.RLock()
		defer p.alone.RUnlock()
	}
	if err := context.Cause(ctx); err != nil {
		return tried{err: err}
	}
	return p.carry(ctx, t)
}

// shares tells whether what a contract looks at is moved by whatever else is done on the
// account: a count, a probe that is to stay, an item that nothing marks.
func shares(contract *contracts.Contract) bool {
	for _, effect := range contract.Effects {
		if effect.Expect != nil {
			return true
		}
		for _, kept := range effect.Kept {
			if kept.Probe != "" {
				return true
			}
		}
	}
	return false
}

// carry starts a liar before the provider and an engine before the liar.
func (p *proving) carry(ctx context.Context, t trial) (out tried) {
	upstream, credentials, leave, err := p.provider()
	if err != nil {
		return tried{err: err}
	}
	defer leave()
	mail, err := p.openMail(t, upstream)
	if err != nil {
		return tried{err: err}
	}
	defer mail.Close()
	about := p.liarFor(t, upstream)
	about.Spend = p.purse.spend(t)
	mail.stand(&about, t.contract)
	l, err := liar.New(about)
	if err != nil {
		return tried{err: err}
	}
	defer l.Close()
	mail.opens(l)
	front, err := openFront(l)
	if err != nil {
		return tried{err: err}
	}
	defer front.Close()

	o := engine.Options{
		Server: front.address, Behind: upstream, Credentials: credentials,
		Accounts: []string{p.account.Name}, Env: p.c.env, Run: fmt.Sprintf("%s%04x", p.id, p.begun.Add(1)),
	}
	only := *p.suite
	only.Contracts = []*contracts.Contract{once(t.contract)}
	o.Suite, o.Target = &only, p.suite.Target
	o.Webhooks, o.Allowance = mail.webhooks(), p.purse.Allowance
	if t.witness != "" {
		o.Witnesses = []string{t.witness}
	}
	var kept *journal.Journal
	if p.suite.Target.Embedded == "" {
		o.Budgets = budget.Folder()
		o.Journal = func(run string, header journal.Header) (engine.Journal, error) {
			var err error
			if kept, err = journal.BeginOn(p.c.disk, workDir, run, header); err != nil || t.lie.Name == "" {
				return kept, err
			}
			return newSceptic(kept), nil
		}
	}
	e, err := engine.New(o)
	if err != nil {
		return tried{err: err}
	}
	out.result, out.err = p.await(ctx, e, t)
	e.Stop(nil)
	out.told, out.excuse, out.learned = l.Told(), l.Excuse(), l.Learned()
	if err := p.tidy(ctx, l, kept, out.result); err != nil {
		out.left = fmt.Errorf("%s, lied to with %s: %w", t.contract.Title, cmp.Or(t.lie.Name, "nothing"), err)
	}
	return out
}

// once is a contract without its trials. A liar lies every time, so that they would show
// nothing more, and about one act at a time, so that it would take one of them for another.
func once(contract *contracts.Contract) *contracts.Contract {
	single := *contract
	single.Trials = 0
	return &single
}

// await runs the trial's cell. A trial that is stopped cleans up first.
func (p *proving) await(ctx context.Context, e *engine.Engine, t trial) (*engine.Result, error) {
	for _, cell := range e.Cells() {
		if cell.Case != t.of || cell.Again != t.again {
			continue
		}
		result, err := e.Await(ctx, cell)
		if err != nil {
			e.Stop(err)
			result, err = e.Await(context.WithoutCancel(ctx), cell)
		}
		return result, err
	}
	return nil, errors.New("there is no such cell")
}

// tidy removes what the lie hid from who should have cleaned it up.
func (p *proving) tidy(ctx context.Context, l *liar.Liar, kept *journal.Journal, r *engine.Result) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), restoreTime)
	defer cancel()
	err := l.Restore(ctx)
	if kept == nil {
		return err
	}
	if err == nil {
		err = settle(kept, l)
	}
	if things := kept.Things(); len(things) > 0 {
		_, swept := engine.Sweep(ctx, engine.Options{Suite: p.suite, Target: p.suite.Target, Env: p.c.env, Budgets: budget.Folder(), Allowance: p.purse.Allowance}, kept, things)
		err = errors.Join(err, swept)
		if left := kept.Things(); len(left) > 0 {
			err = errors.Join(err, fmt.Errorf("%s %s of %s (%s), which is in %s; `polygraph sweep` tries again to remove it",
				left[0].Resource, cmp.Or(left[0].Key, "marked "+left[0].Marker), left[0].Account, left[0].Why, filepath.ToSlash(kept.Path())))
		}
	}
	if r != nil && r.Verdict.Kind != verdict.Interrupted {
		_ = kept.Note(journal.Done{At: time.Now()}) // Close says what became of the disk
	}
	return errors.Join(err, kept.Close())
}

// settle enters in the journal what only the liar knows: nothing of what acts have made is
// there any more, or they have made nothing at all.
func settle(kept *journal.Journal, l *liar.Liar) error {
	if l.Left() > 0 {
		return nil
	}
	for _, thing := range kept.Things() {
		if thing.Phase != journal.Act || thing.Request != nil {
			continue
		}
		how := journal.NeverMade
		if l.Made() || thing.Stage == journal.Seen || thing.Stage == journal.Removing { // what a liar names counts as seen
			how = journal.ReadBackGone
		}
		if err := kept.Append(journal.Removed{ID: thing.ID, Key: thing.Key, How: how}); err != nil {
			return err
		}
	}
	return nil
}

// provider is where the trial's liar passes everything on to. A sandbox that ships in the
// program is a new one for each trial, so that none disturbs another.
func (p *proving) provider() (address string, credentials map[string]map[string]string, leave func(), err error) {
	t := p.suite.Target
	if t.Embedded == "" {
		return t.Server, nil, func() {}, nil
	}
	house, err := embedded(t.Embedded)
	if err != nil {
		return "", nil, nil, err
	}
	return house.address, house.credentials(), house.stop, nil
}

// A front is a liar that listens on loopback.
type front struct {
	address string
	server  *http.Server
	done    chan struct{}
}

func openFront(l http.Handler) (*front, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open the liar: %w", err)
	}
	f := &front{address: "http://" + listener.Addr().String(), server: &http.Server{Handler: l, ReadHeaderTimeout: time.Minute}, done: make(chan struct{})}
	go func() {
		defer close(f.done)
		_ = f.server.Serve(listener) // ends with Close
	}()
	return f, nil
}

func (f *front) Close() {
	_ = f.server.Close() // nobody asks any more
	<-f.done
}
