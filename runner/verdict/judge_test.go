package verdict

import (
	"strings"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
)

// A row is one idea: a world and the verdict it must come to.
type ruling struct {
	name  string
	w     *world
	class Class
	kind  Kind
	most  int    // reads; 0 for any
	again bool   // a second attempt is asked for
	says  string // part of the winning finding's Seen, Reason or Hint
}

func (c ruling) try(t *testing.T) {
	t.Helper()
	v := c.w.judge(t)
	if v.Class != c.class || v.Kind != c.kind {
		t.Fatalf("%s/%s, want %s/%s\n%s", v.Class, v.Kind, c.class, c.kind, show(v))
	}
	if c.most > 0 && c.w.reads > c.most {
		t.Errorf("%d reads, want at most %d", c.w.reads, c.most)
	}
	if (v.Again != nil) != c.again {
		t.Errorf("again %+v, want %v\n%s", v.Again, c.again, show(v))
	}
	if c.says != "" && (len(v.Findings) == 0 || !strings.Contains(v.Findings[0].Seen+v.Findings[0].Reason+v.Findings[0].Hint, c.says)) {
		t.Errorf("no %q in\n%s", c.says, show(v))
	}
}

func tryAll(t *testing.T, rows []ruling) {
	for _, row := range rows {
		t.Run(row.name, row.try)
	}
}

func item(key, marker string, v map[string]any) Item {
	return Item{Key: key, Marker: marker, New: true, Value: v}
}

// removing is a deletion of ours that is answered shortly after the act.
func removing(key string) func(*Record) {
	return func(r *Record) {
		r.Beside = []Beside{{What: "DELETE /reviews/" + key, SentAt: at0(ms), SaidAt: at0(2 * ms), Gone: []string{key}}}
	}
}

func TestJudgeCreatesDone(t *testing.T) {
	seen, none := always(savedReview), always(gone("404"))
	listed, unlisted := always(listedReview), always(otherReviews)
	saved := func(pairs ...any) view {
		return always(thing(with(with(sentReview, "id", 8841), pairs...), "m1"))
	}
	tryAll(t, []ruling{
		{name: "visible at once", w: creating(201, seen, listed), class: Kept, most: 2},
		{name: "visible within the deadline", w: creating(201, from(2*sec, none, seen), from(3*sec, unlisted, listed)), class: Kept},
		{name: "flapping before the deadline", w: creating(201, turns(gone("404"), savedReview, gone("404"), savedReview), listed), class: Kept},
		{name: "unknown between", w: creating(201, turns(cannot(503), cannot(429), savedReview), listed), class: Kept},
		{name: "unknown around the deadline", w: creating(201, from(1*sec, none, from(8*sec, always(cannot(503)), seen)), listed), class: Kept},
		{name: "a busy client does not accuse", w: func() *world {
			w := creating(201, from(2*sec, none, seen), listed)
			w.busy = [2]time.Duration{at0(1 * sec), at0(40 * sec)}
			return w
		}(), class: Kept},
		{name: "late", w: creating(201, from(7*sec, none, seen), listed), class: Broken, kind: LateEffect},
		{name: "late, first seen in the final reads", w: creating(201, from(15*sec+1, none, seen), listed), class: Broken, kind: LateEffect},
		{name: "never", w: creating(201, none, unlisted), class: Lied, kind: LostWrite, most: 120},
		{name: "gone, for a deletion of ours was meant for who had its identity before", w: creating(201, none, unlisted).do(removing("8841")), class: Inconclusive, kind: NoisyFrame, again: true},
		{name: "gone again, alone", w: creating(201, none, unlisted).do(removing("8841")).second(), class: Lied, kind: LostWrite},
		{name: "never, beside a deletion of something else", w: creating(201, none, unlisted).do(removing("8842")), class: Lied, kind: LostWrite},
		{name: "never, and the body says no", w: creating(200, none, unlisted).do(func(r *Record) { r.Act.Body = obj("ok", false) }), class: Lied, kind: InBandError},
		{name: "saved, and a body that looks like a refusal", w: creating(200, seen, listed).do(func(r *Record) { r.Act.Body = obj("error", "x") }), class: Kept},
		{name: "refused by body", w: creating(200, none, unlisted).do(func(r *Record) { r.Act.Refusal = True; r.Act.Key = "" }), class: Lied, kind: InBandError},
		{name: "saved, not listed", w: creating(201, seen, unlisted), class: Lied, kind: HalfDone},
		{name: "listed, not to be read", w: creating(201, none, listed), class: Lied, kind: HalfDone},
		{name: "stored, and gone again", w: creating(201, from(8*sec, seen, none), from(8*sec, unlisted, unlisted)), class: Lied, kind: RevertedWrite},
		{name: "stored, and gone within stays", w: creating(201, from(1*sec, seen, none), from(1*sec, listed, unlisted)).do(func(r *Record) {
			r.Effects[0].Where[0].Stays, r.Effects[0].Where[1].Stays = 3*sec, 3*sec
		}), class: Lied, kind: RevertedWrite, says: "showed it until"},
		{name: "held for stays", w: creating(201, seen, listed).do(func(r *Record) { r.Effects[0].Where[0].Stays = 3 * sec }), class: Kept},
		{name: "held for stays that outlast patience", w: creating(201, seen, listed).do(func(r *Record) { r.Effects[0].Where[0].Stays = 30 * sec }), class: Kept},
		{name: "gone within stays that outlast patience", w: creating(201, from(25*sec, seen, none), from(25*sec, listed, unlisted)).do(func(r *Record) { r.Effects[0].Where[0].Stays = 30 * sec }), class: Lied, kind: RevertedWrite},
		{name: "twice in the list", w: creating(201, seen, always(list(3, item("8841", "m1", sentReview), item("8842", "m1", sentReview)))), class: Lied, kind: DuplicatedWrite, says: "8841, 8842"},
		{name: "one key on two pages is drift", w: creating(201, seen, always(list(3, item("8841", "m1", sentReview), item("8841", "m1", sentReview)))), class: Kept, most: 2},
		{name: "a quotation is no duplicate", w: creating(201, seen, always(list(3, item("8841", "m1", sentReview), item("8842", "m1", with(sentReview, "title", "Re: Solid m1"))))), class: Kept, most: 2},
		{name: "sent twice proves no duplicate", w: creating(201, seen, always(list(3, item("8841", "m1", sentReview), item("8842", "m1", sentReview)))).do(func(r *Record) { r.Act.Sends = 2 }), class: Inconclusive, kind: ProbeFailed},
		{name: "a field left out", w: creating(201, saved("stars", nil), listed), class: Lied, kind: DroppedField, says: "stars=null"},
		{name: "a field emptied to its zero", w: creating(201, saved("stars", 0), listed), class: Lied, kind: DroppedField},
		{name: "a field clamped", w: creating(201, saved("stars", 5), listed), class: Lied, kind: AlteredValue, says: "stars=5"},
		{name: "numbers are exact", w: creating(201, saved("stars", 4.0), listed), class: Kept},
		{name: "server defaults are no difference", w: creating(201, saved("extra", "x", "updated_at", "now"), listed), class: Kept, most: 2},
		{name: "trimmed text under its mask", w: creating(201, saved("product", " p-100 "), listed).do(func(r *Record) { r.Effects[0].Masks = []Mask{{Path: []string{"product"}, Mask: contracts.Text}} }), class: Kept},
		{name: "trimmed text without one", w: creating(201, saved("product", " p-100 "), listed), class: Lied, kind: AlteredValue},
		{name: "write-only field", w: creating(201, saved("product", nil), listed).do(func(r *Record) { r.Effects[0].Masks = []Mask{{Path: []string{"product"}, Mask: contracts.Unread}} }), class: Kept},
		{name: "the reply named another key", w: creating(201, none, always(list(3, item("9000", "m1", sentReview)))), class: Broken, kind: UnexpectedReply, says: "9000"},
		{name: "the reply named what was there before", w: creating(201, always(thing(obj("id", 8841, "title", "Somebody's", "stars", 1), "")),
			always(list(3, item("9000", "m1", sentReview), Item{Key: "8841", Value: obj("id", 8841, "title", "Somebody's", "stars", 1)}))), class: Broken, kind: UnexpectedReply, says: "9000"},
		{name: "no key, found by its marker in the list", w: creating(201, none, listed).do(func(r *Record) { r.Act.Key, r.Act.KeyFrom = "", "" }), class: Kept, most: 1},
		{name: "identity handed out again", w: creating(201, always(thing(with(sentReview, "title", "Solid m7"), "m7")), unlisted), class: Lied, kind: LostWrite},
		{name: "answered under any key alike, with nothing of ours but the key", w: creating(201, always(Reading{Known: Value, Status: 200, Ghost: true, Value: obj("id", 8841, "title", "Any")}), unlisted).do(func(r *Record) {
			r.Effects[0].Want = with(sentReview, "id", 8841)
		}), class: Lied, kind: LostWrite},
		{name: "nothing could be read", w: creating(201, always(cannot(503)), always(cannot(503))), class: Inconclusive, kind: ProbeFailed},
		{name: "throttled reads", w: creating(201, always(cannot(429)), always(cannot(429))), class: Inconclusive, kind: RateLimited},
		{name: "no sight at all", w: creating(201, none, always(list(0))).do(func(r *Record) {
			r.Places[0].Sight = Sight{}
			r.Places[1].Before = []Reading{list(0), list(0)}
		}), class: Inconclusive, kind: BlindProbe, says: "as: owner"},
		{name: "cannot see one place, lost in the other", w: creating(201, always(cannot(403)), unlisted), class: Lied, kind: LostWrite},
		{name: "cannot see one place, there in the other", w: creating(201, always(cannot(403)), listed), class: Inconclusive, kind: ProbeFailed},
		{name: "a permanently stale replica", w: creating(201, cycle(gone("404"), savedReview), listed).do(func(r *Record) { r.Effects[0].Where[0].Stays = sec }), class: Inconclusive, kind: Flapping},
		{name: "an incomplete listing proves no absence", w: creating(201, seen, always(Reading{Known: Value, Status: 200, Others: 3})), class: Inconclusive, kind: ProbeFailed},
		{name: "an incomplete listing shows what it shows", w: creating(201, seen, always(Reading{Known: Value, Status: 200, Items: listedReview.Items})), class: Kept, most: 2},
		{name: "two in an incomplete listing may be drift", w: creating(201, seen, always(Reading{Known: Value, Status: 200, Items: []Item{item("1", "m1", sentReview), item("2", "m1", sentReview)}})), class: Inconclusive, kind: ProbeFailed},
		{name: "marker there before", w: creating(201, seen, listed).do(func(r *Record) { r.Places[1].Before = []Reading{listedReview, listedReview} }), class: Inconclusive, kind: AlreadySo},
		{name: "stored with a neighbour", w: creating(201, none, unlisted).do(func(r *Record) {
			r.Elsewhere = []Elsewhere{{Eyes: "shop-rome", Call: "GET /reviews", Key: "8841", Exchange: 9}}
		}), class: Lied, kind: MisdirectedWrite, says: "as shop-rome lists it"},
		{name: "accepted without a block, never done", w: creating(202, none, unlisted), class: Lied, kind: AcceptedThenLost},
	})
}

func TestJudgeCreatesRefused(t *testing.T) {
	none, unlisted := always(gone("404")), always(otherReviews)
	refusing := func(status int, lists view) *world {
		return creating(status, none, lists).do(func(r *Record) {
			r.Wanted.Case, r.Wanted.Status = true, Status{Codes: []int{422}}
		})
	}
	bare := func(lists view) *world { // the marked field was removed
		return refusing(422, lists).do(func(r *Record) {
			r.Act.Marked, r.Effects[0].Want = nil, obj("product", "p-100", "stars", 4)
		})
	}
	mine := Item{Key: "8850", New: true, Value: obj("id", 8850, "product", "p-100", "stars", 4, "title", "untitled")}
	tryAll(t, []ruling{
		{name: "clean", w: refusing(422, unlisted), class: Kept, most: 12},
		{name: "another refusal wanted", w: refusing(400, unlisted), class: Broken, kind: WrongStatus},
		{name: "any 4xx where everything is refused", w: refusing(403, unlisted).do(func(r *Record) { r.Wanted.Lacks = []string{"reviews:write"} }), class: Kept},
		{name: "2xx wanted", w: creating(403, none, unlisted), class: Broken, kind: WasRefused},
		{name: "2xx wanted, and nothing can be read", w: creating(403, none, always(cannot(503))), class: Broken, kind: WasRefused, says: "could not be seen"},
		{name: "yet stored", w: refusing(422, always(list(3, item("8850", "m1", sentReview)))), class: Lied, kind: PhantomWrite, says: "8850"},
		{name: "yet stored, half of it", w: refusing(422, always(list(3, item("8850", "m1", obj("title", "Solid m1"))))), class: Lied, kind: PhantomWrite},
		{name: "5xx and yet stored", w: refusing(500, always(list(3, item("8850", "m1", sentReview)))), class: Lied, kind: ErrorLeftATrace, says: "no negative answer"},
		{name: "shortly stored", w: refusing(422, from(2*sec, always(list(3, item("8850", "m1", sentReview))), unlisted)), class: Kept},
		{name: "stored within the deadline", w: refusing(422, from(4*sec, unlisted, always(list(3, item("8850", "m1", sentReview))))), class: Lied, kind: PhantomWrite},
		{name: "stored after the deadline, within what a success would have to stay", w: refusing(422, from(8*sec, unlisted, always(list(3, item("8850", "m1", sentReview))))).do(func(r *Record) {
			r.Effects[0].Where[0].Stays, r.Effects[0].Where[1].Stays = 10*sec, 10*sec
		}), class: Kept},
		{name: "an item of another cell", w: refusing(422, always(list(3, item("8850", "m7", with(obj("title", "Solid m7"), "product", "p-100", "stars", 4))))), class: Kept},
		{name: "a colleague's item", w: refusing(422, always(list(3, Item{Key: "9", New: true, Value: obj("title", "hi", "product", "p-100", "stars", 4)}))), class: Kept},
		{name: "unmarked and equal: once", w: bare(always(list(3, mine))), class: Inconclusive, kind: NoisyFrame, again: true},
		{name: "unmarked and equal: again, alone", w: bare(always(list(3, mine))).second(), class: Lied, kind: PhantomWrite},
		{name: "unmarked at rest", w: bare(always(list(3, mine))).second().do(func(r *Record) {
			before := list(3, Item{Key: "8840", New: true, Value: mine.Value})
			r.Places[1].Before = []Reading{before, before}
		}), class: Inconclusive, kind: NoisyFrame},
		{name: "nothing readable was sent, and items appear", w: bare(always(list(3, mine))).do(func(r *Record) { r.Effects[0].Want = obj() }), class: Inconclusive, kind: NoisyFrame},
		{name: "refused, and nobody could have seen it", w: refusing(422, always(list(0))).do(func(r *Record) { r.Places[1].Before = []Reading{list(0), list(0)} }), class: Inconclusive, kind: BlindProbe},
		{name: "2xx where a refusal was wanted", w: creating(201, always(savedReview), always(listedReview)).do(func(r *Record) {
			r.Wanted.Case, r.Wanted.Status = true, Status{Codes: []int{422}}
		}), class: Broken, kind: WrongStatus},
		{name: "done by another role", w: creating(201, always(savedReview), always(listedReview)).do(func(r *Record) {
			r.Wanted.Case, r.Wanted.Recast, r.Wanted.Status = true, true, Status{Codes: []int{401}}
		}), class: Broken, kind: PermissionBypassed},
		{name: "another 2xx wanted", w: creating(200, always(savedReview), always(listedReview)).do(func(r *Record) { r.Wanted.Status = Status{Codes: []int{201}} }), class: Broken, kind: WrongStatus},
		{name: "refused by body where that was wanted", w: refusing(200, unlisted).do(func(r *Record) { r.Act.Refusal, r.Act.Key = True, "" }), class: Kept},
		{name: "refused by body and yet stored", w: refusing(200, always(list(3, item("8850", "m1", sentReview)))).do(func(r *Record) { r.Act.Refusal, r.Act.Key = True, "" }), class: Lied, kind: PhantomWrite},
		{name: "a 5xx in a case that wants one", w: refusing(500, unlisted).do(func(r *Record) { r.Wanted.Status = Status{Classes: []int{5}} }), class: Kept},
		{name: "throttled to the last", w: creating(429, none, unlisted), class: Inconclusive, kind: RateLimited},
		{name: "throttled, and yet stored", w: creating(429, none, always(list(3, item("8850", "m1", sentReview)))), class: Lied, kind: PhantomWrite},
		{name: "429 is what is wanted", w: refusing(429, unlisted).do(func(r *Record) { r.Wanted.Status = Status{Codes: []int{429}} }), class: Kept},
		{name: "an earlier throttled attempt left a trace", w: creating(201, always(savedReview), always(listedReview)).do(func(r *Record) {
			first := creating(429, none, always(list(3, item("8850", "m1", sentReview))))
			first.watch(t)
			r.Cell.Attempt, r.Earlier = 2, []*Record{first.r}
		}), class: Lied, kind: PhantomWrite, says: "attempt 1"},
		{name: "an earlier throttled attempt was clean", w: creating(201, always(savedReview), always(listedReview)).do(func(r *Record) {
			first := creating(429, none, unlisted)
			first.watch(t)
			r.Cell.Attempt, r.Earlier = 2, []*Record{first.r}
		}), class: Kept},
	})
}

func TestJudgeUpdates(t *testing.T) {
	shows := func(pairs ...any) view { return always(thing(with(draft, pairs...), "m0")) }
	two := func(w *world) *world { // two fields are set
		return w.do(func(r *Record) { r.Effects[0].Want = obj("state", "published", "stars", 5) })
	}
	tryAll(t, []ruling{
		{name: "at once", w: updating(200, shows("state", "published")), class: Kept, most: 1},
		{name: "one field had its value before, and the other is not written", w: updating(200, shows()).do(func(r *Record) { r.Effects[0].Want = obj("state", "published", "title", "Made m0") }), class: Lied, kind: LostWrite},
		{name: "within the deadline", w: updating(200, from(2*sec, shows(), shows("state", "published"))), class: Kept},
		{name: "never", w: updating(200, shows()), class: Lied, kind: LostWrite, says: `GET /reviews/8841 as shop-oslo still says state="draft" after 16 s`},
		{name: "only the time stamp moved", w: updating(200, shows("updated_at", "later")), class: Lied, kind: LostWrite},
		{name: "another value", w: updating(200, shows("state", "held")), class: Lied, kind: AlteredValue},
		{name: "another value, and an act beside it", w: updating(200, shows("state", "held")).do(func(r *Record) {
			r.Beside = []Beside{{What: "PATCH", SentAt: at0(ms), SaidAt: at0(2 * ms)}}
		}), class: Inconclusive, kind: NoisyFrame, again: true},
		{name: "half of the fields", w: two(updating(200, shows("state", "published"))), class: Lied, kind: DroppedField, says: "stars"},
		{name: "a field emptied", w: two(updating(200, shows("state", "published", "stars", nil))).do(func(r *Record) {
			before := thing(with(draft, "stars", 2), "m0")
			r.Places[0].Before = []Reading{before, before}
		}), class: Lied, kind: AlteredValue},
		{name: "the thing is gone", w: updating(200, always(gone("404"))), class: Lied, kind: AlteredValue},
		{name: "undone again", w: updating(200, from(sec, shows("state", "published"), shows())).do(func(r *Record) { r.Effects[0].Where[0].Stays = 3 * sec }), class: Lied, kind: RevertedWrite},
		{name: "another field touched: once", w: updating(200, shows("state", "published", "title", "x m0")), class: Inconclusive, kind: NoisyFrame, again: true},
		{name: "another field touched: again, alone", w: updating(200, shows("state", "published", "title", "x m0")).second(), class: Lied, kind: SideEffect, says: "title"},
		{name: "an object that was not there before", w: updating(200, shows("photo", obj("name", "pot.svg", "id", 7))).do(func(r *Record) { r.Effects[0].Want = obj("photo", obj("name", "pot.svg")) }), class: Kept, most: 1},
		{name: "an object that was not there before, and another field: again, alone", w: updating(200, shows("photo", obj("name", "pot.svg", "id", 7), "title", "x m0")).do(func(r *Record) { r.Effects[0].Want = obj("photo", obj("name", "pot.svg")) }).second(), class: Lied, kind: SideEffect, says: "title"},
		{name: "an object that was not there before, of which nothing is compared", w: updating(200, shows("state", "published", "times", obj("seen", 7))).do(func(r *Record) {
			r.Effects[0].Masks = []Mask{{Path: []string{"times", "seen"}, Mask: contracts.Ignore}}
		}), class: Kept, most: 1},
		{name: "an object that was not there before, of which a part is compared: again, alone", w: updating(200, shows("state", "published", "times", obj("seen", 7, "by", "x"))).do(func(r *Record) {
			r.Effects[0].Masks = []Mask{{Path: []string{"times", "seen"}, Mask: contracts.Ignore}}
		}).second(), class: Lied, kind: SideEffect, says: "times.by"},
		{name: "an object that was not there before, a field of which may change", w: updating(200, shows("state", "published", "times", obj("seen", 7, "by", "x"))).do(func(r *Record) { r.Effects[0].Also = [][]string{{"times", "seen"}} }), class: Kept, most: 1},
		{name: "a field that may change", w: updating(200, shows("state", "published", "views", 9)).do(func(r *Record) { r.Effects[0].Also = [][]string{{"views"}} }), class: Kept, most: 1},
		{name: "a field that moves by itself", w: updating(200, shows("state", "published", "views", 9)).do(func(r *Record) {
			r.Places[0].Before[0] = thing(with(draft, "views", 2), "m0")
		}), class: Kept, most: 1},
		{name: "an automation edits at rest", w: updating(200, shows("state", "published", "title", "auto m0")).second().do(func(r *Record) {
			r.Places[0].Rested = []Reading{thing(with(draft, "title", "first m0"), "m0")}
		}), class: Kept},
		{name: "the wanted field moves by itself", w: updating(200, shows("state", "published")).do(func(r *Record) { r.Places[0].Noise = [][]string{{"state"}} }), class: Inconclusive, kind: NoisyFrame},
		{name: "so before", w: updating(200, shows("state", "published")).do(func(r *Record) { r.Effects[0].Want = obj("state", "draft") }), class: Inconclusive, kind: AlreadySo},
		{name: "refused and clean", w: updating(422, shows()).do(func(r *Record) { r.Wanted.Status = Status{Claim: contracts.Refused} }), class: Kept},
		{name: "refused and yet done", w: updating(422, shows("state", "published")).do(func(r *Record) { r.Wanted.Status = Status{Claim: contracts.Refused} }), class: Lied, kind: PhantomWrite},
		{name: "refused, and the good half kept", w: two(updating(422, shows("stars", 5))).do(func(r *Record) { r.Wanted.Status = Status{Claim: contracts.Refused} }), class: Lied, kind: ErrorLeftATrace},
		{name: "refused, and something else changed: once", w: updating(422, shows("title", "x m0")).do(func(r *Record) { r.Wanted.Status = Status{Claim: contracts.Refused} }), class: Inconclusive, kind: NoisyFrame, again: true},
		{name: "refused, and something else changed: again", w: updating(422, shows("title", "x m0")).second().do(func(r *Record) { r.Wanted.Status = Status{Claim: contracts.Refused} }), class: Lied, kind: ErrorLeftATrace},
		{name: "refused, and a counter moves at rest", w: updating(422, shows("views", 9)).second().do(func(r *Record) {
			r.Wanted.Status = Status{Claim: contracts.Refused}
			r.Places[0].Rested = []Reading{thing(with(draft, "views", 1), "m0")}
		}), class: Kept},
		{name: "404 while reads show it: once", w: updating(404, shows()), class: Inconclusive, kind: NoisyFrame, again: true},
		{name: "404 while reads show it: again", w: updating(404, shows()).second(), class: Broken, kind: WasRefused},
		{name: "403 without a word about scopes", w: updating(403, shows()), class: Broken, kind: WasRefused},
		{name: "403, and the facts lack the scope", w: updating(403, shows()).do(func(r *Record) { r.Wanted.Lacks = []string{"reviews:publish"} }), class: Broken, kind: WasRefused, says: "reviews:publish"},
		{name: "403, as the user says", w: updating(403, shows()).do(func(r *Record) { r.Wanted.Lacks, r.Wanted.LackStated = []string{"reviews:publish"}, true }), class: Kept},
		{name: "403, as the contract says", w: updating(403, shows()).do(func(r *Record) {
			r.Wanted.Lacks, r.Wanted.Without = []string{"reviews:publish"}, "refused"
		}), class: Kept},
		{name: "200 where the user says that it is refused", w: updating(200, shows("state", "published")).do(func(r *Record) {
			r.Wanted.Lacks, r.Wanted.LackStated = []string{"reviews:publish"}, true
		}), class: Broken, kind: PermissionBypassed},
		{name: "done without the scope", w: updating(200, shows("state", "published")).do(func(r *Record) { r.Wanted.Lacks = []string{"reviews:publish"} }), class: Kept},
		{name: "lost, as the contract says", w: updating(200, shows()).do(func(r *Record) {
			r.Wanted.Lacks, r.Wanted.Without = []string{"reviews:publish"}, "lost-write"
		}), class: KnownLie, kind: LostWrite},
		{name: "lost, as documented", w: updating(200, shows()).do(func(r *Record) { r.Wanted.Known = []Known{{Lie: LostWrite}} }), class: KnownLie, kind: LostWrite},
		{name: "a documented lie, and something broken beside it", w: updating(200, shows()).do(func(r *Record) {
			r.Wanted.Known, r.Act.Expect = []Known{{Lie: LostWrite}}, &Asked{Source: "response.body.ok", Truth: False}
		}), class: Broken, kind: UnexpectedReply},
		{name: "another lie than documented", w: updating(200, shows("state", "held")).do(func(r *Record) { r.Wanted.Known = []Known{{Lie: LostWrite}} }), class: Lied, kind: AlteredValue},
		{name: "documented, and told no more", w: updating(200, shows("state", "published")).do(func(r *Record) { r.Wanted.Known = []Known{{Lie: LostWrite}} }), class: KnownLie, kind: LostWrite},
		{name: "no answer, done", w: updating(0, shows("state", "published")).do(func(r *Record) { r.Act.Failure = "timeout" }), class: Inconclusive, kind: Unreachable},
		{name: "no answer, not done", w: updating(0, shows()).do(func(r *Record) { r.Act.Failure = "timeout" }), class: Inconclusive, kind: Unreachable},
		{name: "no answer, half done", w: two(updating(0, shows("stars", 5))).do(func(r *Record) { r.Act.Failure = "timeout" }), class: Lied, kind: HalfDone},
		{name: "a redirect", w: updating(302, shows()), class: Broken, kind: WrongStatus},
		{name: "nothing left", w: updating(0, shows()).do(func(r *Record) { r.Act.Failure, r.Act.Untouched = "refused", true }), class: Inconclusive, kind: Unreachable},
		{name: "stopped", w: updating(200, shows()).do(func(r *Record) { r.Halt = &Halt{Kind: Interrupted, Why: "stopped"} }), class: Inconclusive, kind: Interrupted},
		{name: "a false expectation of the reply", w: updating(200, shows("state", "published")).do(func(r *Record) { r.Act.Expect = &Asked{Source: "response.body.ok", Truth: False} }), class: Broken, kind: UnexpectedReply},
		{name: "a credential that is not accepted", w: updating(401, shows()).do(func(r *Record) { r.Cell.Denied = true }), class: Inconclusive, kind: SetupFailed},
	})
}
