package engine

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// unlisted are notes that nobody can list.
var unlisted = strings.Replace(notesProvider, "    list: {call: GET /notes, items: response.body.items}\n", "", 1)

// loses answers POST with success and keeps nothing of what these accounts send.
func loses(who ...string) func(*clerk, http.ResponseWriter, asking) bool {
	return func(_ *clerk, w http.ResponseWriter, a asking) bool {
		for _, name := range who {
			if a.method == "POST" && a.who == name {
				write(w, 201, map[string]any{"id": "lost", "text": a.sent("text")})
				return true
			}
		}
		return false
	}
}

// TestSight loses a note of ada's. Whether "not there" counts depends on what
// shows that such eyes can see.
func TestSight(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, provider string
		there          []map[string]any // notes of others
		accounts       []string
		instead        func(*clerk, http.ResponseWriter, asking) bool
		want           string
		sightReads     int // reads by key of what is not ours
	}{
		{name: "nobody ever saw anything", accounts: []string{"ada"}, want: "inconclusive blind-probe"},
		{name: "the same listing shows another, and so does a read by key", accounts: []string{"ada"}, there: []map[string]any{{"id": "x"}}, want: "lied lost-write", sightReads: 1},
		{name: "peers saw their own, read by key", provider: unlisted, accounts: []string{"ada", "bo"}, want: "lied lost-write"},
		{name: "no peer runs, read by key", provider: unlisted, accounts: []string{"ada"}, want: "inconclusive blind-probe"},
		{name: "these eyes are denied", accounts: []string{"ada"}, there: []map[string]any{{"id": "x"}}, want: "inconclusive probe-failed", instead: func(_ *clerk, w http.ResponseWriter, a asking) bool {
			return answered(w, a.method == "GET" && a.who == "ada", 403, nil)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			lose := loses("ada")
			c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
				return lose(c, w, a) || test.instead != nil && test.instead(c, w, a)
			})
			for _, note := range test.there {
				c.put(note)
			}
			e := desk{provider: test.provider, change: func(o *Options) { o.Accounts = test.accounts }}.engine(c)
			results := await(t, e)
			requireVerdict(t, results[0], test.want)
			for _, r := range results[1:] {
				require(t, r, "kept")
			}
			if got := c.count("GET /notes/x"); test.instead == nil && got != test.sightReads {
				t.Errorf("%d reads by key of what is not ours, want %d", got, test.sightReads)
			}
		})
	}
}

func TestSightingsRemember(t *testing.T) {
	t.Parallel()
	contract := createsNote + "---\n" + updatesNote
	a := bound(t, desk{contracts: contract}.engine(newClerk(t, nil)))
	a.created.key = "n1"
	read, list := a.places[0], a.places[1]
	s := a.e.sightings
	if s.any(read) {
		t.Fatal("something was seen before anything was read")
	}
	s.saw(a, list, verdict.Reading{Known: verdict.Value, Status: 200})
	if s.any(list) || s.of(list.id(), "ada").listed {
		t.Error("an empty list shows nothing")
	}
	s.saw(a, list, verdict.Reading{Known: verdict.Value, Status: 200, Others: 1})
	if s.any(list) || !s.of(list.id(), "ada").listed {
		t.Error("a list of others' shows that these eyes see, and not their own thing")
	}
	s.saw(a, read, verdict.Reading{Known: verdict.Value, Status: 200, Exchange: 7})
	if !s.any(read) || s.of(read.id(), "ada").own != 7 || s.of(read.id(), "ada").another(read) != nil {
		t.Error("its own thing was seen, which is no evidence of another")
	}
	a.created.key = "n2"
	if evidence := s.of(read.id(), "ada").another(read); evidence == nil || evidence.Exchange != 7 {
		t.Errorf("another thing was seen: %v", evidence)
	}
	a.fillSight()
	if a.record.Places[0].Sight.SameEyes == nil || a.record.Places[0].Sight.Denied {
		t.Errorf("sight %+v", a.record.Places[0].Sight)
	}
	s.saw(a, read, verdict.Reading{Known: verdict.Unsure, Status: 403})
	a.record.Places[0].Sight = verdict.Sight{}
	a.fillSight()
	if a.record.Places[0].Sight.SameEyes != nil || !a.record.Places[0].Sight.Denied {
		t.Errorf("denied since: %+v", a.record.Places[0].Sight)
	}
}

func TestSightPeersAreOtherAccounts(t *testing.T) {
	t.Parallel()
	e := desk{}.engine(newClerk(t, nil))
	ada, bo := e.newAttempt(e.Cells()[0], 1), e.newAttempt(e.Cells()[1], 1)
	for _, a := range []*attempt{ada, bo} {
		if err := errors.Join(a.cast(t.Context()), a.prepare(t.Context())); err != nil {
			t.Fatal(err)
		}
		a.created.key = "n-" + a.me.name
	}
	e.sightings.saw(ada, ada.places[0], verdict.Reading{Known: verdict.Value, Status: 200, Exchange: 3})
	bo.fillPeers()
	ada.fillPeers()
	if peers := bo.record.Places[0].Sight.Peers; len(peers) != 1 || peers[0].Account != "ada" || peers[0].Exchange != 3 {
		t.Errorf("bo's peers: %+v", peers)
	}
	if peers := ada.record.Places[0].Sight.Peers; len(peers) > 0 {
		t.Errorf("nobody is its own peer: %+v", peers)
	}
}

// TestSightPeersAreAFew of those that may do the same, and all sorts of them.
func TestSightPeersAreAFew(t *testing.T) {
	t.Parallel()
	s := newSightings()
	for i := range 1000 {
		scopes := [][]string{{"read"}, {"read", "write"}, nil}[i%3]
		who := &eyes{name: fmt.Sprint("shop-", i), facts: Facts{Can: scopes, Known: i%3 < 2}}
		s.own("review.read", &sighting{own: int64(i + 1), account: who})
	}
	me := s.owners["review.read"]["true [\"read\"]"][0].account
	peers := s.peers(&attempt{me: me}, &place{probe: "read", resource: &contracts.Resource{Name: "review"}})
	sorts := map[string]int{}
	for _, p := range peers {
		sorts[fmt.Sprint(p.CanKnown, p.Can)]++
		if p.Account == me.name {
			t.Errorf("%s is its own peer", me.name)
		}
	}
	if len(sorts) != 3 || sorts["true [read]"] != mostPeers || sorts["false []"] != mostPeers+1 {
		t.Errorf("peers by what they may do: %v", sorts)
	}
}

// TestSightIsBlindWhereAListNeverShowsAnything reads by key what belongs in a list
// that stays empty: the list proves nothing.
func TestSightIsBlindWhereAListNeverShowsAnything(t *testing.T) {
	t.Parallel()
	c := newClerk(t, func(_ *clerk, w http.ResponseWriter, a asking) bool {
		return answered(w, a.String() == "GET /notes" && a.who == "ada", 200, map[string]any{"items": []any{}})
	})
	results := await(t, desk{}.engine(c))
	requireVerdict(t, results[0], "inconclusive blind-probe")
	require(t, results[1], "kept")
	for _, place := range results[0].Record.Places {
		if blind := place.Look == verdict.Listing; place.Sight.Blind != blind {
			t.Errorf("%s: blind %v", place.Probe, place.Sight.Blind)
		}
	}
}

func TestSightIsHiddenFromWhomOthersOutsee(t *testing.T) {
	t.Parallel()
	c := newClerk(t, func(_ *clerk, w http.ResponseWriter, a asking) bool {
		return answered(w, strings.HasPrefix(a.String(), "GET /notes/") && a.who == "bo", 404, nil)
	})
	shown := "contract: Both see it\ncall: POST /notes\nbody: {text: \"New ${unique}\"}\neffects:\n  - creates: note\n  - {shows: note, in: [read], as: [me, other]}\n"
	r := desk{contracts: shown}.run(c)[0]
	for _, place := range r.Record.Places {
		if hidden := place.Eyes == "bo"; place.Sight.Hidden != hidden {
			t.Errorf("%s as %s: hidden %v", place.Probe, place.Eyes, place.Sight.Hidden)
		}
	}
}
