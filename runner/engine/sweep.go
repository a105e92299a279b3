package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/budget"
	"github.com/polygraph-dev/polygraph/runner/journal"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// sweptAtOnce is how many cells are swept side by side.
const sweptAtOnce = 16

// Sweep removes what a run that is over may have left behind: of the things of its
// journal, those that carry their marker when they are read back on the account that
// made them. What it does goes into the journal before and after, so that it can be
// killed at any time and begun again; what is still there afterwards, and why, is in
// the journal's Things. It gives what is known to be gone now.
//
// Of the options it takes Suite, Target, Server, Credentials, Env, Probes and Wire.
// An error is the user's mistake, and then nothing has been sent.
func Sweep(ctx context.Context, o Options, j Journal, things []journal.Thing) ([]journal.Removed, error) {
	s, err := newSweep(o, j, things)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if err := s.letLand(ctx); err != nil {
		return nil, err
	}
	s.each(func(g *group) { g.search(ctx) })
	s.each(func(g *group) { g.remove(ctx) }) // all that was found is in the journal before the first is deleted
	return s.gone.removed, nil
}

// A sweep is the clean-up of a whole run, by another process.
type sweep struct {
	e     *Engine
	gone  *tally
	cells [][]*group // by cell, and within one last made first
	last  time.Time  // when the newest intent was written
	until time.Time  // when the last of what was only promised will have come
}

// A group is an intent with all keys that are known of it.
type group struct {
	*cleaning
	t       *thing
	intent  journal.Intent
	found   map[string]*thing
	alike   map[string]*thing // holds its marker, and is not known to be ours
	equal   []string          // keys of what carries no marker, and equals what was sent without one
	broken  bool              // polygraph itself failed at it
	stage   journal.Stage
	reply   *journal.Replied // nil: none was recorded
	known   bool             // nothing else can be there
	claimed bool             // something may have been made
}

// A tally is a journal that remembers what was removed.
type tally struct {
	Journal
	mu      sync.Mutex
	removed []journal.Removed
}

func (l *tally) Note(record journal.Record) error {
	err := l.Journal.Note(record)
	if r, ok := record.(journal.Removed); ok && err == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.removed = append(l.removed, r)
	}
	return err
}

func newSweep(o Options, j Journal, things []journal.Thing) (*sweep, error) {
	o.Accounts = nil
	s := &sweep{gone: &tally{Journal: j}}
	s.e = newEngine(o)
	s.e.journal = s.gone
	if err := s.e.place(); err != nil {
		return nil, err
	}
	if o.ReadOnly {
		return nil, errors.New("a read-only sweep removes nothing")
	}
	if !s.e.allowsWrites() {
		return nil, fmt.Errorf("%s: target %q does not allow writes, so nothing can be removed from it: say `writes: allowed`", o.Target.Pos, o.Target.Name)
	}
	accounts := map[string]*contracts.Account{}
	for _, account := range o.Target.Accounts {
		accounts[account.Name] = account
	}
	for _, each := range things { // those whose credentials are needed
		for _, name := range []string{each.Account, each.Tested} {
			if accounts[name] != nil && !slices.Contains(s.e.o.Accounts, name) {
				s.e.o.Accounts = append(s.e.o.Accounts, name)
				s.e.cells = append(s.e.cells, &Cell{Contract: &contracts.Contract{}, Account: accounts[name]})
			}
		}
	}
	if err := s.e.makeEyes(); err != nil {
		return nil, err
	}
	if err := s.e.resolve(); err != nil {
		return nil, err
	}
	s.e.connect()
	s.take(things)
	return s, nil
}

func (s *sweep) close() {
	s.e.Abandon()
	s.e.client.Close()
}

// take sorts the things into groups. What no account or resource of the suite stands
// for any more is left, and so is what nobody knows the intent of.
func (s *sweep) take(things []journal.Thing) {
	byID, byCell := map[string]*group{}, map[string]int{}
	for _, each := range things {
		g := byID[each.ID]
		if g == nil {
			if g = s.group(each); g == nil {
				continue
			}
			byID[each.ID] = g
			at, has := byCell[each.Cell]
			if !has {
				at = len(s.cells)
				byCell[each.Cell], s.cells = at, append(s.cells, nil)
			}
			if g.intent.Request != nil { // first, and in their order
				s.cells[at] = append([]*group{g}, s.cells[at]...)
			} else {
				s.cells[at] = append(s.cells[at], g)
			}
		}
		if each.Key != "" {
			one := *g.t
			one.key = each.Key
			g.found[each.Key] = &one
		}
		if each.At.After(s.last) {
			s.last = each.At
		}
		if g.promised() && each.Until.After(s.until) {
			s.until = each.Until
		}
	}
}

// group binds an intent to the suite as it is now; nil where that cannot be done.
func (s *sweep) group(of journal.Thing) *group {
	if of.Bare {
		return nil // the journal refuses to hear of it
	}
	maker, tested := s.e.eyes[of.Account], s.e.eyes[of.Tested]
	if of.Account == nobody { // what a call without credentials made is looked for on behalf of the account under test
		maker = s.e.nobody
	}
	if tested == nil {
		tested = maker
	}
	resource := s.e.o.Suite.Provider.Resource(of.Resource)
	why := ""
	switch {
	case maker == nil || tested.account == nil:
		why = fmt.Sprintf("target %q has no account %q any more", s.e.o.Target.Name, of.Account)
	case of.Request != nil && of.Request.Fact != "" && !s.e.tells(of.Request.Fact):
		why = fmt.Sprintf("the suite does not read account.%s any more", of.Request.Fact)
	case resource == nil && (of.Request == nil || len(of.Request.Was) > 0 && of.Request.Fact == ""):
		why = fmt.Sprintf("the suite has no resource %q any more", of.Resource)
	}
	if why != "" {
		s.e.noted(journal.Left{ID: of.ID, Key: of.Key, Why: why})
		return nil
	}
	a := s.e.newAttempt(&Cell{Contract: &contracts.Contract{}, Account: tested.account}, 1)
	a.late = true
	t := &thing{
		name: of.Resource, resource: resource, maker: maker, unique: of.Marker, found: of.Request != nil,
		marked: anyFields(of.MarkedFields), each: anyEach(of.Each), remarked: anyFields(of.Changed), replaced: anyFields(of.Replaced), made: true, intent: of.ID,
	}
	t.chosen, t.params = of.KeyInRequest, valuesOf(of.Params)
	a.named = varsOf(of.Names)
	if of.Request != nil && of.Request.Key != "" {
		t.key = of.Request.Key
	}
	return &group{
		cleaning: &cleaning{attempt: a}, t: t, intent: of.Intent, stage: of.Stage, reply: of.Reply, found: map[string]*thing{}, alike: map[string]*thing{},
		claimed: of.Reply == nil || of.Reply.Status/100 != 4,
	}
}

// letLand waits until what was sent last has had the time in which effects appear:
// what is not there before that may still come.
func (s *sweep) letLand(ctx context.Context) error {
	within := or(s.e.o.Suite.Provider.Defaults.Within, contracts.DefaultWithin)
	wait := min(within, time.Until(s.last.Add(within)))
	if coming := time.Until(s.until); coming <= patienceForPromises {
		wait = max(wait, coming)
	}
	return budget.Pause(ctx, wait)
}

// patienceForPromises is how long a sweep waits for what may still come of a promise.
// What takes longer is left, and said to be.
const patienceForPromises = 30 * time.Second

// promised tells whether what an intent announced may come later than effects do: it was
// answered with a promise, or nobody knows how.
func (g *group) promised() bool {
	reply := g.reply
	return !g.intent.Until.IsZero() && (reply == nil || reply.Status == 0 || reply.Status/100 == 2 || reply.Status/100 == 3)
}

// each does something with every group: cells side by side, the things of a cell
// one after the other.
func (s *sweep) each(do func(*group)) {
	var running sync.WaitGroup
	turn := make(chan struct{}, sweptAtOnce)
	for _, cell := range s.cells {
		turn <- struct{}{}
		running.Go(func() {
			defer func() { <-turn }()
			for _, g := range cell {
				g.safely(do)
			}
		})
	}
	running.Wait()
}

// safely has a defect of ours cost one thing, and not the others.
func (g *group) safely(do func(*group)) {
	defer func() {
		if cause := recover(); cause != nil {
			g.owe(ownFailure(cause))
			g.broken = true
		}
	}()
	if !g.broken {
		do(g)
	}
}

// search finds out what there is of an intent. As in a run, the list is asked for
// what an act made, of which there may be more than one, and for what has no key.
func (g *group) search(ctx context.Context) {
	if g.intent.Request != nil {
		return
	}
	g.facts = g.e.factsOf(ctx, g.me)
	g.known = true
	if g.intent.Phase == journal.Given && len(g.found) > 0 || g.intent.Astray || g.intent.Sole {
		return
	}
	if !g.t.bears() && len(g.found) == 0 && g.intent.Sent != "" {
		g.unmarked(ctx)
		return
	}
	before := maps.Clone(g.found)
	g.known, _ = g.searched(ctx, g.t, g.found, g.alike)
	for _, key := range slices.Sorted(maps.Keys(g.found)) {
		if before[key] == nil {
			g.seen(g.found[key])
		}
	}
}

// unmarked looks for what was sent without a marker. Nothing of that is ever deleted;
// but where a whole list shows nothing that equals what was sent, nothing was made:
// that is what the language takes for it, too, where a creation is refused.
func (g *group) unmarked(ctx context.Context) {
	g.known = false
	p, err := g.loose("list", g.t)
	if err != nil || p == nil {
		return
	}
	reading, err := g.readNow(ctx, p)
	if err != nil || reading.Known != verdict.Value || !reading.Complete {
		return
	}
	sent, all := jsonLike(json.RawMessage(g.intent.Sent)), masks(g.t.resource)
	for _, item := range p.listed.items {
		if len(item.markers) == 0 && verdict.Equals(all, sent, view(g.t.resource, item.raw)) {
			g.equal = append(g.equal, item.key)
		}
	}
	g.known = len(g.equal) == 0
}

// remove removes what was found, as a run does that cleans up.
func (g *group) remove(ctx context.Context) {
	if g.intent.Request != nil {
		g.restore(ctx)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(g.found)) {
		if g.intent.Astray {
			g.lookAtStray(ctx, g.found[key])
			continue
		}
		g.cleaning.remove(ctx, g.found[key])
	}
	g.leaveAlike(g.alike)
	switch {
	case len(g.found)+len(g.alike) > 0:
	case g.promised() && time.Now().Before(g.intent.Until):
		g.leave(g.t, "it was promised, and may still be made until "+g.intent.Until.Format(time.DateTime)+": sweep again then", "")
	case g.known || !g.claimed:
		g.removed(g.t, journal.NeverMade)
	case len(g.equal) > 0:
		g.leave(g.t, "it may have been made, and carries no marker by which it could be told from what is just like it: "+strings.Join(g.equal, ", "), "")
	case !g.t.bears():
		g.leave(g.t, "it may have been made, and carries no marker by which it could be found", "")
	default:
		g.leave(g.t, "it may have been made, but its identity was never learnt and the list could not be read", "")
	}
}

// lookAtStray only looks: nothing is deleted on an account that did not make it.
func (g *group) lookAtStray(ctx context.Context, t *thing) {
	switch state, why := g.still(ctx, t); state {
	case gone:
		g.removed(t, journal.ReadBackGone)
	case handedOn:
		g.removed(t, journal.NotOursAnyMore)
	case unknown:
		g.stays(t, why)
	default:
		g.stays(t, "the provider stored it on this account, which did not send it, and where nothing of ours may be deleted")
	}
}
