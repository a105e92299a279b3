package verdict

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
)

// heardRecord is an act at 1 s that was answered, an inbox, and readings to the end.
func heardRecord(status, times int, events ...Event) *Record {
	const at = time.Second
	r := &Record{
		Cell: Cell{Contract: "c", Account: "ada", Attempt: 1},
		Act:  &Act{Call: "POST /x", Method: "POST", Eyes: "ada", Sends: 1, SentAt: at, SaidAt: at, Status: status},
		Effects: []Effect{{
			Verb: contracts.Sends, Sentence: "sends: published", Thing: "published", Times: times,
			Where: []Where{{Within: 100 * time.Millisecond, Patience: 200 * time.Millisecond}},
		}},
		Places: []Place{{Probe: "published", Look: Inbox, Eyes: "ada", Call: "the inbox of published", Events: events}},
	}
	r.Wanted.Status = Status{Codes: []int{status}}
	for sent := at; sent < at+3*time.Second; sent += 50 * time.Millisecond {
		r.Places[0].Readings = append(r.Places[0].Readings, Reading{SentAt: sent, GotAt: sent, Known: Value})
	}
	return r
}

func came(id string, at time.Duration) Event {
	return Event{ID: id, Named: true, At: at, Deliveries: 1, Picked: True}
}

func lagged(id string, at, lag time.Duration) Event {
	e := came(id, at)
	e.Lag = lag
	return e
}

func TestEvents(t *testing.T) {
	const act = time.Second
	seen := &Evidence{Exchange: 1, What: "another"}
	told := &Evidence{Exchange: 2, What: "POST /hooks as ada"}
	doubt := Event{ID: "d", At: act + time.Millisecond, Deliveries: 1, Picked: Unknown, Why: "its signature is wrong"}
	stranger := Event{ID: "s", At: act + time.Millisecond, Deliveries: 1, Picked: Unknown, Why: "its signature is wrong", Unchosen: true}
	nameless := Event{ID: "n", At: act, Deliveries: 1, Picked: True}
	for _, row := range []struct {
		name   string
		status int
		times  int
		sight  Sight
		events []Event
		class  Class
		kind   Kind
	}{
		{"in time", 200, 1, Sight{}, []Event{came("1", act+50*time.Millisecond)}, Kept, ""},
		{"late", 200, 1, Sight{}, []Event{came("1", act+160*time.Millisecond)}, Broken, LateEffect},
		{"late by no more than we were ourselves", 200, 1, Sight{}, []Event{lagged("1", act+160*time.Millisecond, 60*time.Millisecond)}, Kept, ""},
		{"late by more than we were ourselves", 200, 1, Sight{}, []Event{lagged("1", act+160*time.Millisecond, 50*time.Millisecond)}, Broken, LateEffect},
		{"two, one of them late by itself", 200, 2, Sight{}, []Event{came("1", act), came("2", act+160*time.Millisecond)}, Broken, LateEffect},
		{"before the act", 200, 1, Sight{SameEyes: seen}, []Event{came("1", act-time.Millisecond)}, Lied, MissingEvent},
		{"never, where others came", 200, 1, Sight{SameEyes: seen}, nil, Lied, MissingEvent},
		{"never, where the address was only told: once more, rested", 200, 1, Sight{Told: told}, nil, Inconclusive, NoisyFrame},
		{"never, where it was told and one came before", 200, 1, Sight{Told: told}, []Event{{ID: "0", At: act / 2, Picked: False}}, Lied, MissingEvent},
		{"never, and nobody knows whether it could", 200, 1, Sight{}, nil, Inconclusive, BlindProbe},
		{"in doubt", 200, 1, Sight{SameEyes: seen}, []Event{doubt}, Inconclusive, ProbeFailed},
		{"in doubt, beside the right one", 200, 1, Sight{}, []Event{doubt, came("1", act+2*time.Millisecond)}, Kept, ""},
		{"twice: once more, alone", 200, 1, Sight{}, []Event{came("1", act), came("2", act)}, Inconclusive, NoisyFrame},
		{"twice, and nothing tells them apart", 200, 1, Sight{}, []Event{nameless, came("2", act)}, Inconclusive, ProbeFailed},
		{"none is wanted", 200, 0, Sight{SameEyes: seen}, nil, Kept, ""},
		{"none is wanted, and nobody could have heard one", 200, 0, Sight{}, nil, Inconclusive, BlindProbe},
		{"refused, and silent", 403, 1, Sight{SameEyes: seen}, nil, Kept, ""},
		{"in doubt, and about something else", 200, 1, Sight{SameEyes: seen}, []Event{stranger}, Inconclusive, ProbeFailed},
		{"none is wanted, and a stranger speaks of something else", 200, 0, Sight{SameEyes: seen}, []Event{stranger}, Kept, ""},
		{"refused, and a stranger speaks of something else", 403, 1, Sight{SameEyes: seen}, []Event{stranger}, Kept, ""},
		{"refused, and a stranger speaks of it", 403, 1, Sight{SameEyes: seen}, []Event{doubt}, Inconclusive, ProbeFailed},
		{"refused, and nobody but a stranger was ever heard", 403, 1, Sight{}, []Event{stranger}, Inconclusive, BlindProbe},
		{"refused, and nobody could have heard one", 403, 1, Sight{}, nil, Inconclusive, BlindProbe},
		{"refused, and announced: once more", 403, 1, Sight{}, []Event{came("1", act+time.Millisecond)}, Inconclusive, NoisyFrame},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := heardRecord(row.status, row.times, row.events...)
			r.Places[0].Sight = row.sight
			v := Judge(r)
			if v.Class != row.class || v.Kind != row.kind {
				t.Fatalf("%s %s, want %s %s: %+v", v.Class, v.Kind, row.class, row.kind, v.Findings)
			}
			for range 20 { // in any order, and from history
				text, err := json.Marshal(r)
				if err != nil {
					t.Fatal(err)
				}
				again := &Record{}
				if err := json.Unmarshal(text, again); err != nil {
					t.Fatal(err)
				}
				rand.Shuffle(len(again.Places[0].Readings), func(i, j int) {
					list := again.Places[0].Readings
					list[i], list[j] = list[j], list[i]
				})
				if got := Judge(again); !reflect.DeepEqual(got, v) {
					t.Fatalf("%+v, want %+v", got, v)
				}
			}
		})
	}
}

// Who reads that an event was in time is told where only our own delay speaks for it.
func TestAnEventThatOurDelayExcuses(t *testing.T) {
	for _, row := range []struct {
		name  string
		event Event
		want  bool
	}{
		{"late by no more than we were ourselves", lagged("1", time.Second+160*time.Millisecond, 60*time.Millisecond), true},
		{"in time, and we were late, too", lagged("1", time.Second+90*time.Millisecond, 60*time.Millisecond), false},
		{"late by itself", lagged("1", time.Second+160*time.Millisecond, 50*time.Millisecond), false},
	} {
		v := Judge(heardRecord(200, 1, row.event))
		said := slices.ContainsFunc(v.Remarks, func(r string) bool {
			return strings.Contains(r, "after the deadline, and this machine was itself behind by")
		})
		if said != row.want {
			t.Errorf("%s: %s %v", row.name, v.Class, v.Remarks)
		}
	}
}

// The second attempt, alone and rested, accuses; what comes while all rests is nobody's lie.
func TestEventsOfASecondAttempt(t *testing.T) {
	for _, row := range []struct {
		name   string
		events []Event
		class  Class
		kind   Kind
	}{
		{"again none", nil, Lied, MissingEvent},
		{"again two", []Event{came("1", time.Second), came("2", time.Second)}, Lied, DuplicatedWrite},
		{"one while all rested", []Event{came("0", time.Second/2), came("1", time.Second), came("2", time.Second)}, Inconclusive, NoisyFrame},
	} {
		r := heardRecord(200, 1, row.events...)
		r.Places[0].Sight.Told = &Evidence{Exchange: 2, What: "POST /hooks as ada"}
		r.Earlier = []*Record{heardRecord(200, 1)}
		r.Cell.Attempt, r.Cell.Alone, r.Cell.Rest = 2, true, time.Second
		if v := Judge(r); v.Class != row.class || v.Kind != row.kind {
			t.Errorf("%s: %s %s, want %s %s: %+v", row.name, v.Class, v.Kind, row.class, row.kind, v.Findings)
		}
	}
}
