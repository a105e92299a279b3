package verdict

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
)

// What a job says at a moment.
var (
	running   = Reading{Known: Value, Status: 200, Detail: `job.state = "running"`}
	ended     = Reading{Known: Value, Status: 200, Truth: True, Detail: `job.state = "done"`}
	miscarry  = Reading{Known: Value, Status: 200, Failed: True, Detail: `job.state = "failed"`}
	contrary  = Reading{Known: Value, Status: 200, Truth: True, Failed: True}
	notThere  = Reading{Known: Unsure, Status: 404, Why: "status 404"}
	throttled = Reading{Known: Unsure, Status: 429, Why: "status 429"}
)

// promising is a world whose act was answered 202, with a job that may take 10 s.
func promising(key, list, job view) *world {
	w := creating(202, key, list)
	w.r.Places = append(w.r.Places, Place{Probe: "job", Look: Job, Eyes: "shop-oslo", Call: "GET /jobs/1"})
	w.r.Accepted = &Acceptance{Poll: "response.headers.location", Done: "job.state == 'done'", Failed: "job.state == 'failed'", Place: len(w.r.Places) - 1, Within: 10 * sec}
	w.views[len(w.r.Places)-1] = job
	return w
}

// until is a view that changes at a moment after the answer.
func until(d time.Duration, before, after Reading) view {
	return func(at time.Duration) Reading {
		if at < at0(d) {
			return before
		}
		return after
	}
}

func (w *world) wants(s Status) *world {
	return w.do(func(r *Record) { r.Wanted.Case, r.Wanted.Status = true, s })
}

func TestJudgeAccepted(t *testing.T) {
	seen, none := always(savedReview), always(gone("404"))
	listed, unlisted := always(listedReview), always(otherReviews)
	there := func(d time.Duration) *world { // the work shows from d on, and its job was done at 8 s
		return promising(until(d, gone("404"), savedReview), until(d, otherReviews, listedReview), until(8*sec, running, ended))
	}
	in := func(d time.Duration) *time.Duration { return &d }
	refusal := Status{Claim: contracts.Refused}
	tryAll(t, []ruling{
		{name: "done at once", w: promising(seen, listed, always(ended)), class: Kept, most: 3},
		{name: "done late in its time, and there", w: there(8 * sec), class: Kept},
		{name: "there before the job says so", w: there(2 * sec), class: Kept},
		{name: "there after the job says so, within the deadline that then begins", w: there(12 * sec), class: Kept},
		{name: "there after that deadline", w: there(15 * sec), class: Broken, kind: LateEffect},
		{name: "done, and nothing there", w: promising(none, unlisted, until(8*sec, running, ended)), class: Lied, kind: AcceptedThenLost},
		{name: "done at once, and nothing there, ever", w: promising(none, unlisted, always(ended)), class: Lied, kind: AcceptedThenLost},
		{name: "done, and half of it there", w: promising(seen, unlisted, always(ended)), class: Lied, kind: HalfDone},
		{name: "done, and a field left out", w: promising(always(thing(with(sentReview, "id", 8841, "stars", nil), "m1")), listed, always(ended)), class: Lied, kind: DroppedField},
		{name: "done, there, and gone again", w: promising(until(13*sec, savedReview, gone("404")), until(13*sec, listedReview, otherReviews), until(8*sec, running, ended)).do(func(r *Record) {
			r.Effects[0].Where[0].Stays, r.Effects[0].Where[1].Stays = 8*sec, 8*sec
		}), class: Lied, kind: RevertedWrite},

		{name: "failed where it was to be done", w: promising(none, unlisted, until(sec, running, miscarry)), class: Broken, kind: WasRefused, says: "its job failed"},
		{name: "failed where 202 is wanted", w: promising(none, unlisted, always(miscarry)).wants(Status{Codes: []int{202}}), class: Kept},
		{name: "failed where a refusal is wanted", w: promising(none, unlisted, always(miscarry)).wants(refusal), class: Kept},
		{name: "failed where another status is wanted", w: promising(none, unlisted, always(miscarry)).wants(Status{Codes: []int{422}}), class: Kept},
		{name: "failed on an account that lacks the scope", w: promising(none, unlisted, always(miscarry)).do(func(r *Record) {
			r.Wanted.Needs, r.Wanted.Lacks, r.Wanted.LackStated = []string{"w"}, []string{"w"}, true
		}), class: Kept},
		{name: "failed, and yet there", w: promising(seen, listed, until(sec, running, miscarry)), class: Lied, kind: PhantomWrite},
		{name: "failed as it was to, and yet there", w: promising(seen, listed, always(miscarry)).wants(refusal), class: Lied, kind: PhantomWrite},
		{name: "failed, and there some time later", w: promising(until(3*sec, gone("404"), savedReview), until(3*sec, otherReviews, listedReview), until(sec, running, miscarry)), class: Lied, kind: PhantomWrite},
		{name: "there while it runs, and taken back when it fails", w: promising(until(4*sec, savedReview, gone("404")), until(4*sec, listedReview, otherReviews), until(3*sec, running, miscarry)).wants(refusal), class: Kept},
		{name: "who says both has failed", w: promising(none, unlisted, always(contrary)).wants(refusal), class: Kept},
		{name: "done where a refusal is wanted", w: promising(seen, listed, always(ended)).wants(refusal), class: Broken, kind: WrongStatus},

		{name: "still running, and not there", w: promising(none, unlisted, always(running)), class: Broken, kind: LateEffect, says: "still running"},
		{name: "still running, and there", w: promising(seen, listed, always(running)), class: Kept},
		{name: "still running, and nothing is to come of it", w: promising(seen, listed, always(running)).do(func(r *Record) { r.Effects = nil }), class: Broken, kind: LateEffect},
		{name: "done, and nothing is to come of it", w: promising(seen, listed, always(ended)).do(func(r *Record) { r.Effects = nil }), class: Kept},
		{name: "failed, and nothing is to come of it", w: promising(seen, listed, always(miscarry)).do(func(r *Record) { r.Effects = nil }), class: Broken, kind: WasRefused},
		{name: "still running, and half there", w: promising(seen, unlisted, always(running)), class: Broken, kind: LateEffect},
		{name: "done when its time was up, and no sooner asked", w: func() *world {
			w := promising(seen, listed, until(11*sec, running, ended))
			w.busy = [2]time.Duration{at0(5 * sec), at0(12 * sec)}
			return w
		}(), class: Kept},

		{name: "not there yet, then done", w: promising(seen, listed, until(3*sec, notThere, ended)), class: Kept},
		{name: "busy between", w: promising(seen, listed, turns(running, cannot(503), throttled, ended)), class: Kept},
		{name: "gone before anybody saw it done, and the work is there", w: promising(seen, listed, until(3*sec, running, notThere)), class: Kept},
		{name: "gone before anybody saw it done, and the work is not there", w: promising(none, unlisted, until(3*sec, running, notThere)), class: Inconclusive, kind: ProbeFailed, says: "status 404"},
		{name: "never there", w: promising(none, unlisted, always(notThere)), class: Inconclusive, kind: ProbeFailed, most: 120},
		{name: "throttled to the end", w: promising(none, unlisted, always(throttled)), class: Inconclusive, kind: RateLimited},
		{name: "no answer to the end", w: promising(none, unlisted, always(Reading{Known: Unsure, Why: "timeout"})), class: Inconclusive, kind: Unreachable},
		{name: "a copy from a cache says nothing of the deadline", w: promising(none, unlisted, always(Reading{Known: Value, Status: 200, Age: time.Hour})), class: Inconclusive, kind: ProbeFailed},
		{name: "the reply names none, and the work is there", w: promising(seen, listed, none).do(func(r *Record) { r.Accepted.Nowhere = "no Location" }), class: Kept, most: 2},
		{name: "the reply names none, and the work is not there", w: promising(none, unlisted, none).do(func(r *Record) { r.Accepted.Nowhere = "no Location" }), class: Inconclusive, kind: ProbeFailed, says: "no Location"},
		{name: "the reply names none, and the work takes its time", w: promising(until(12*sec, gone("404"), savedReview), until(12*sec, otherReviews, listedReview), none).do(func(r *Record) {
			r.Accepted.Nowhere = "no Location"
		}), class: Kept},
		{name: "told to come back when nobody waits any more", w: promising(none, unlisted, always(Reading{Known: Value, Status: 200, RetryIn: in(time.Hour)})), class: Inconclusive, kind: ProbeFailed, says: "Retry-After"},

		{name: "a 200 is not for the job to judge", w: promising(none, unlisted, always(miscarry)).do(func(r *Record) { r.Act.Status = 200 }), class: Lied, kind: LostWrite},
		{name: "a 200 that claims accepted is", w: promising(none, unlisted, always(miscarry)).do(func(r *Record) {
			r.Act.Status, r.Act.Claims = 200, []ClaimOf{{Status: Status{Codes: []int{200}}, Claim: contracts.Accepted}}
			r.Wanted.Status = Status{Claim: contracts.Refused}
		}), class: Kept},
		{name: "303 with Location is", w: promising(none, unlisted, always(ended)).do(func(r *Record) { r.Act.Status, r.Act.Location = 303, true }), class: Lied, kind: AcceptedThenLost},
		{name: "a 422 is not for the job to judge", w: promising(none, unlisted, always(ended)).do(func(r *Record) { r.Act.Status, r.Act.Key = 422, "" }).wants(Status{Codes: []int{422}}), class: Kept},
	})
}

// A job that says when to come back is asked no sooner, and one that does not is asked
// with growing gaps, at its deadline too.
func TestNextAsksTheJob(t *testing.T) {
	for _, row := range []struct {
		name     string
		retry    time.Duration // Retry-After of the act and of the job
		job      view
		least    time.Duration // between two polls, after the first few
		most     int
		deadline bool // one is sent at the deadline
	}{
		{name: "in its own time", job: always(running), least: 50 * ms, most: 45, deadline: true},
		{name: "as Retry-After says", retry: 3 * sec, job: always(running), least: 3 * sec, most: 5},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := promising(always(gone("404")), always(otherReviews), row.job)
			if row.retry > 0 {
				w.r.Act.RetryIn = &row.retry
				job := w.views[w.r.Accepted.Place]
				w.views[w.r.Accepted.Place] = func(at time.Duration) Reading { r := job(at); r.RetryIn = &row.retry; return r }
			}
			w.watch(t)
			polls := w.r.Places[w.r.Accepted.Place].Readings
			if len(polls) > row.most {
				t.Errorf("%d polls, want at most %d", len(polls), row.most)
			}
			last := saidAt + row.retry - row.least
			for _, p := range polls {
				if p.SentAt-last < row.least {
					t.Errorf("a poll at %s, %s after the one before", p.SentAt, p.SentAt-last)
				}
				last = p.SentAt
			}
			if at := slices.ContainsFunc(polls, func(r Reading) bool { return r.SentAt == at0(10*sec) }); row.deadline && !at {
				t.Error("no poll at the deadline")
			}
		})
	}
}

// While the job is under way nothing else is read.
func TestNextLeavesTheWorkAlone(t *testing.T) {
	w := promising(always(savedReview), always(listedReview), until(5*sec, running, ended))
	w.watch(t)
	for i, p := range w.r.Places[:2] {
		if len(p.Readings) != 1 || p.Readings[0].SentAt < at0(5*sec) {
			t.Errorf("place %d was read %d times, first at %s", i, len(p.Readings), p.Readings[0].SentAt)
		}
	}
}

func TestOpen(t *testing.T) {
	none, unlisted := always(gone("404")), always(otherReviews)
	for _, row := range []struct {
		name string
		w    *world
		open bool
	}{
		{"no promise", creating(201, none, unlisted), false},
		{"a promise without a word on its end", creating(202, none, unlisted), false},
		{"done", promising(none, unlisted, always(ended)), false},
		{"failed", promising(none, unlisted, always(miscarry)), false},
		{"running", promising(none, unlisted, always(running)), true},
		{"nobody can tell", promising(none, unlisted, always(notThere)), true},
		{"nothing to ask", promising(none, unlisted, none).do(func(r *Record) { r.Accepted.Nowhere = "no Location" }), true},
	} {
		if row.w.watch(t); Open(row.w.r) != row.open {
			t.Errorf("%s: open is %v", row.name, !row.open)
		}
	}
	w := promising(none, unlisted, always(running))
	if !Open(w.r) {
		t.Error("not asked yet: open is false")
	}
	if v := Judge(w.r); v.Class != Inconclusive || v.Kind != Interrupted {
		t.Errorf("not asked yet: %s/%s", v.Class, v.Kind)
	}
	if Open(&Record{}) {
		t.Error("nothing was sent: open")
	}
}

// What the job said stands in the reason, and not in what was said.
func TestSaidOfAPromise(t *testing.T) {
	v := promising(always(gone("404")), always(otherReviews), until(2*sec, running, ended)).judge(t)
	if f := v.Findings[0]; f.Said != "POST /reviews answered 202" || !strings.Contains(f.Reason, "its job was done after 2") || !strings.Contains(f.Reason, `job.state = "done"`) {
		t.Errorf("%+v", f)
	}
	v = promising(always(savedReview), always(listedReview), always(running)).judge(t)
	if !strings.Contains(strings.Join(v.Remarks, "\n"), "still running") {
		t.Errorf("remarks %q", v.Remarks)
	}
}

// TestMiscarried tells a promise that was taken back from one that is kept, and from a
// plain answer.
func TestMiscarried(t *testing.T) {
	none, unlisted := always(gone("404")), always(otherReviews)
	for _, row := range []struct {
		name string
		w    *world
		want bool
	}{
		{"its job failed", promising(none, unlisted, always(miscarry)), true},
		{"its job is done", promising(always(savedReview), always(listedReview), always(ended)), false},
		{"there is no job", creating(201, none, unlisted), false},
		{"nothing was sent", promising(none, unlisted, always(miscarry)).do(func(r *Record) { r.Act = nil }), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.w.r.Act != nil {
				row.w.watch(t)
			}
			if got := Miscarried(row.w.r); got != row.want {
				t.Errorf("miscarried: %v", got)
			}
		})
	}
}
