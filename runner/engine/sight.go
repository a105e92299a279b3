package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/contracts/expr"
	"github.com/polygraph-dev/polygraph/runner/budget"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// mostSeen is how many things are remembered as having shown at a probe: that there was
// another than one's own is all that is asked.
const mostSeen = 8

// sightTries is how many reads may be spent on showing that eyes can see.
const sightTries = 3

// Sightings remember, for the whole run, which eyes saw what through which probe:
// the evidence by which "not there" may count.
type sightings struct {
	mu     sync.Mutex
	values map[string]map[string]*sighting   // probe → eyes
	owners map[string]map[string][]*sighting // probe → what they may do → accounts that saw their own thing there, a few
	asked  map[string]bool                   // probe and eyes for which a sight read was made
}

// A sighting is what one pair of eyes has seen through one probe.
type sighting struct {
	keys     map[string]int64 // things that gave a value → exchange; at most a few
	account  *eyes            // the account under test that looked at its own thing here
	own      int64            // exchange in which role me saw its own thing; 0: never
	after    time.Duration    // how long after its reply
	deniedAt time.Time
	ghosts   map[int]bool // statuses by which this probe tells these eyes that a thing does not exist
	echoes   bool         // this probe shows these eyes things for keys that never were
	seenAt   time.Time
	listed   bool // a listing ever showed anything
	hidden   bool // others saw here what was meant for these eyes, and these did not
	what     string
}

func newSightings() *sightings {
	return &sightings{values: map[string]map[string]*sighting{}, owners: map[string]map[string][]*sighting{}, asked: map[string]bool{}}
}

func (s *sightings) of(probe, eyes string) *sighting {
	byEyes := s.values[probe]
	if byEyes == nil {
		byEyes = map[string]*sighting{}
		s.values[probe] = byEyes
	}
	if byEyes[eyes] == nil {
		byEyes[eyes] = &sighting{keys: map[string]int64{}}
	}
	return byEyes[eyes]
}

// remember keeps a key that gave a value.
func (seen *sighting) remember(key string, exchange int64) {
	if _, has := seen.keys[key]; key != "" && (has || len(seen.keys) < mostSeen) {
		seen.keys[key] = exchange
	}
}

// saw remembers a reading.
func (s *sightings) saw(a *attempt, p *place, r verdict.Reading) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.of(p.id(), p.eyes.name)
	seen.what = describe(p) + " as " + p.eyes.name
	if (r.Status == 401 || r.Status == 403) && !seen.ghosts[r.Status] {
		seen.deniedAt = time.Now()
		return
	}
	if r.Known != verdict.Value || p.thing == nil {
		return
	}
	key := identityText(p.thing.key)
	own := p.look != verdict.Listing
	if p.look == verdict.Listing {
		seen.listed = seen.listed || len(r.Items)+r.Others > 0
		own = listsOwn(p, r)
	}
	if !own {
		return
	}
	seen.seenAt = time.Now()
	seen.remember(key, r.Exchange)
	if p.eyes == a.me && seen.own == 0 && !(seen.echoes && len(p.thing.marked) == 0) {
		seen.own, seen.account = r.Exchange, a.me
		if a.record.Act != nil {
			seen.after = max(r.GotAt-a.record.Act.SaidAt, 0)
		}
		s.own(p.id(), seen)
	}
}

// mostPeers is how many accounts that may do the same are remembered as having
// seen their own thing at a probe: one proves as much as all of them.
const mostPeers = 20

// own remembers an account that saw its own thing.
func (s *sightings) own(probe string, seen *sighting) {
	if s.owners[probe] == nil {
		s.owners[probe] = map[string][]*sighting{}
	}
	may := fmt.Sprintf("%v %q", seen.account.facts.Known, seen.account.facts.Can)
	if alike := s.owners[probe][may]; len(alike) <= mostPeers { // one more: the account itself is not its own peer
		s.owners[probe][may] = append(alike, seen)
	}
}

// sawGhost remembers that a status is no denial here: it is what these eyes get for
// whatever does not exist. A denial that was noted before it was understood is
// taken back.
func (s *sightings) sawGhost(p *place, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.of(p.id(), p.eyes.name)
	if seen.ghosts == nil {
		seen.ghosts = map[int]bool{}
	}
	seen.ghosts[status], seen.deniedAt = true, time.Time{}
}

// sawEcho remembers that a probe shows these eyes a thing whatever key they ask for:
// to other accounts it is no proof that these eyes saw one that is theirs.
func (s *sightings) sawEcho(p *place) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.of(p.id(), p.eyes.name)
	if seen.echoes {
		return
	}
	for may, alike := range s.owners[p.id()] {
		s.owners[p.id()][may] = slices.DeleteFunc(alike, func(other *sighting) bool { return other == seen })
	}
	seen.echoes, seen.own, seen.account = true, 0, nil
}

// any tells whether the eyes of a place ever saw a thing through its probe.
func (s *sightings) any(p *place) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.of(p.id(), p.eyes.name).keys) > 0
}

// fill puts into the record's places what the run has seen through the same probes.
func (a *attempt) fillSight() {
	s := a.e.sightings
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, p := range a.places {
		if p.look == verdict.Expression || p.look == verdict.Reply || p.look == verdict.Job {
			continue
		}
		recorded, seen := &a.record.Places[i], s.of(p.id(), p.eyes.name)
		recorded.Sight.Denied = seen.deniedAt.After(seen.seenAt)
		recorded.Sight.Hidden = seen.hidden
		recorded.Sight.Blind = p.look == verdict.Listing && !seen.listed && s.readsByKey(p)
		if recorded.Sight.SameEyes == nil && !recorded.Sight.Denied {
			recorded.Sight.SameEyes = seen.another(p)
		}
	}
}

// fillPeers puts into the record's places which other accounts of the target saw
// their own thing through the same probes, with their own eyes.
func (a *attempt) fillPeers() {
	s := a.e.sightings
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, p := range a.places {
		if p.look != verdict.Expression && p.look != verdict.Reply && p.look != verdict.Job && p.eyes == a.me {
			a.record.Places[i].Sight.Peers = s.peers(a, p)
		}
	}
}

func (s *sightings) readsByKey(p *place) bool {
	if p.resource == nil {
		return false
	}
	return len(s.of(p.resource.Name+".read", p.eyes.name).keys) > 0
}

// another gives evidence of another thing than the place's own.
func (seen *sighting) another(p *place) *verdict.Evidence {
	own := ""
	if p.thing != nil {
		own = identityText(p.thing.key)
	}
	for key, exchange := range seen.keys {
		if key != own {
			return &verdict.Evidence{Exchange: exchange, What: seen.what}
		}
	}
	return nil
}

// peers are other accounts that saw their own thing at a place, by name.
func (s *sightings) peers(a *attempt, p *place) []verdict.Peer {
	var peers []verdict.Peer
	for _, alike := range s.owners[p.id()] {
		for _, seen := range alike {
			if seen.account == a.me {
				continue
			}
			peers = append(peers, verdict.Peer{
				Account: seen.account.name, Can: seen.account.facts.Can, CanKnown: seen.account.facts.Known,
				Exchange: seen.own, After: seen.after,
			})
		}
	}
	slices.SortFunc(peers, func(p, q verdict.Peer) int { return strings.Compare(p.Account, q.Account) })
	return peers
}

// markHidden notes eyes that did not see what other eyes of the same sentence saw.
func (a *attempt) markHidden() {
	s := a.e.sightings
	for _, effect := range a.record.Effects {
		if effect.Verb != contracts.Shows {
			continue
		}
		for _, one := range effect.Where {
			for _, two := range effect.Where {
				p, q := a.places[one.Place], a.places[two.Place]
				if p.id() == q.id() && p.eyes != q.eyes && a.sawHere(one.Place) && !a.sawHere(two.Place) {
					s.mu.Lock()
					s.of(q.id(), q.eyes.name).hidden = true
					s.mu.Unlock()
				}
			}
		}
	}
}

func (a *attempt) sawHere(at int) bool {
	return slices.ContainsFunc(a.record.Places[at].Readings, func(reading verdict.Reading) bool {
		return reading.Known == verdict.Value && showsOwn(a.places[at], reading)
	})
}

// sightRead shows these eyes another thing of the resource, where nothing else
// shows that they can see: an item of their own listing, once per probe and eyes.
func (a *attempt) sightRead(ctx context.Context) bool {
	made := false
	for i, p := range a.places {
		if p.look != verdict.ByKey && p.look != verdict.Selection || p.thing == nil || p.thing.resource == nil || p.call == nil || a.record.Places[i].Sight.SameEyes != nil {
			continue
		}
		if p.thing.resource.List == nil || a.e.sightings.answered(p) {
			continue
		}
		seen, answered := a.sightReadAt(ctx, i)
		made = seen || made
		if answered {
			a.e.sightings.answer(p)
		}
	}
	return made
}

// answered tells whether a sight read through this probe, by these eyes, has been
// answered in this run, by whatever it was.
func (s *sightings) answered(p *place) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[p.id()+" as "+p.eyes.name]
}

func (s *sightings) answer(p *place) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[p.id()+" as "+p.eyes.name] = true
}

// sightReadAt asks for items of these eyes' listing, one request each, at most
// sightTries of them; a page is asked for once and searched for any of them. Items
// that carry no marker come first: ours come and go. answered is false where the
// reads failed, so that it is worth another try.
func (a *attempt) sightReadAt(ctx context.Context, at int) (seen, answered bool) {
	p := a.places[at]
	pages := map[string]landing{}
	for _, item := range a.itemsSeen(ctx, p) {
		other := &thing{name: p.thing.name, resource: p.thing.resource, key: item.identity, item: item.raw, maker: p.thing.maker}
		probe := &place{probe: p.probe, look: p.look, eyes: p.eyes, thing: other, resource: p.resource, call: p.call, page: p.page, own: a.unique}
		look := a.ready(probe)
		if look.request == nil {
			return false, true
		}
		home, have := pages[look.request.url]
		if !have && len(pages) == sightTries {
			return false, answered
		}
		if !have {
			home = a.sightFetch(ctx, look)
			pages[look.request.url] = home
		}
		home.place, home.asked, home.selector = probe, look.request, look.selector
		switch a.land(home).Known {
		case verdict.Value:
			return true, true // the sightings remember it
		case verdict.Absent:
			answered = answered || len(item.markers) == 0
		}
	}
	return false, answered
}

// sightFetch asks for one page, and again where the answer says no more than that it went
// wrong this time: that shows neither that these eyes see nor that they do not.
func (a *attempt) sightFetch(ctx context.Context, look prepared) landing {
	for try, gap := 1, 20*time.Millisecond; ; try, gap = try+1, min(2*gap, longestGap) {
		home := a.fetch(ctx, look, a.epoch)
		if try == sightTries || home.fetched == nil || home.fetched.first == nil || !passing(home.fetched.first) || budget.Pause(ctx, gap) != nil {
			return home
		}
	}
}

// itemsSeen lists what the eyes of a place see in their listing, without the
// place's own thing, those first that carry no marker of ours.
func (a *attempt) itemsSeen(ctx context.Context, p *place) []*listed {
	list := a.listingFor(p)
	for try, gap := 1, 20*time.Millisecond; ; try, gap = try+1, min(2*gap, longestGap) {
		reading, err := a.readNow(ctx, list)
		if list.listed != nil {
			break
		}
		if err != nil || try > sightTries && !transient(reading) || try == mostLooks || budget.Pause(ctx, gap) != nil {
			return nil
		}
	}
	var foreign, ours []*listed
	for i := range list.listed.items {
		item := &list.listed.items[i]
		switch {
		case item.key == identityText(p.thing.key) || item.identity == expr.Absent:
		case len(item.markers) > 0:
			ours = append(ours, item)
		default:
			foreign = append(foreign, item)
		}
	}
	return append(foreign, ours...)
}

// listingFor is the listing by which the eyes of a place may show what they see.
func (a *attempt) listingFor(p *place) *place {
	r := p.thing.resource
	return &place{probe: "list", look: verdict.Listing, eyes: p.eyes, thing: p.thing, resource: r, call: r.List, page: listPager(r), own: a.unique}
}
