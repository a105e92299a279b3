package verdict

import (
	"fmt"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
)

// An Acceptance is how the contract says that a promise ends: an answer whose claim is
// *accepted*, and a job that tells how far the work is.
type Acceptance struct {
	Poll   string        `json:"poll"`             // as written
	Done   string        `json:"done,omitempty"`   // the expression; "" for none
	Failed string        `json:"failed,omitempty"` // likewise
	Place  int           `json:"place"`            // of the job, index in Record.Places
	Within time.Duration `json:"within"`           // from SaidAt
	// Nowhere says why there is nothing to ask, such as a reply without a Location.
	Nowhere string `json:"nowhere,omitempty"`
}

// A fate is what became of a job.
type fate int8

const (
	noJob    fate = iota // nothing is promised, or the contract does not say how it ends
	underWay             // it must be asked again
	jobDone
	jobFailed
	jobRunning // asked at its deadline, it was neither
	jobDark    // from its deadline on nobody could tell
	jobUnnamed // there is nothing to ask
)

// Open reports a promise that was neither kept nor taken back, as far as the record goes:
// what was promised may still come.
func Open(r *Record) bool {
	if r.Act == nil {
		return false
	}
	s := lay(r)
	return s.open() || s.job.is == underWay
}

// Miscarried reports a promise that was taken back: its job failed.
func Miscarried(r *Record) bool {
	return r.Accepted != nil && r.Act != nil && lay(r).job.is == jobFailed
}

// jobTries is how many answers that say nothing are taken for the last word, from the
// deadline on.
const jobTries = 3

// work is a job with its fate.
type work struct {
	is    fate
	from  time.Duration // the effects' times count from here on
	last  *Reading      // that decided, or the last there is; nil for none
	asked int
	due   time.Duration // of underWay: when it is to be asked
}

// work works out what became of the job. The first answer that says done or failed
// decides; one that says both has failed: who tells of an error tells that the work is
// over, too. A deadline counts only with an answer that was asked for at it or after it.
func (s *scene) work() work {
	a, said := s.r.Accepted, s.r.Act.SaidAt
	own := s.claim != contracts.Accepted // an item of the call: its answer says what became of it
	if a == nil || own && !s.r.Act.Promised {
		return work{from: said}
	}
	end := said + a.Within
	if a.Nowhere != "" {
		return work{is: jobUnnamed, from: end}
	}
	j := work{is: underWay, from: said, due: said}
	if s.r.Act.RetryIn != nil {
		j.due += *s.r.Act.RetryIn
	}
	dark := 0
	for i := range s.r.Places[a.Place].Readings {
		r := &s.r.Places[a.Place].Readings[i]
		if r.SentAt < said {
			continue
		}
		j.last, j.asked = r, j.asked+1
		switch late := r.SentAt-r.Age >= end; {
		case r.Failed == True:
			j.is = jobFailed
		case r.Truth == True:
			j.is = jobDone
		case late && r.Known != Unsure:
			j.is = jobRunning
		case late || r.SentAt >= end:
			if dark++; dark == jobTries {
				j.is = jobDark
			}
		}
		if j.is != underWay {
			j.from = r.GotAt
			if own && (j.is == jobDone || j.is == jobFailed) {
				j.is = noJob
			}
			return j
		}
		j.due = j.next(said, end, a.Within)
	}
	if j.due > end+(contracts.PatienceFactor-1)*a.Within { // it asks for more patience than the contract has
		j.is, j.from = jobDark, end
	}
	return j
}

// next is when the job is asked again: with growing gaps, at the deadline, and never
// before the time that Retry-After names.
func (j *work) next(said, end, within time.Duration) time.Duration {
	sent := j.last.SentAt
	gap := min(max((sent-said)/6, firstPace), max(within/10, firstGap), longGap)
	next := sent + gap
	if sent < end && next > end-gap/2 {
		next = end
	}
	if j.last.RetryIn != nil {
		next = max(next, j.last.GotAt+*j.last.RetryIn)
	}
	return next
}

// pending asks for the job where it is under way. What it is to bring about is not
// looked at meanwhile: work that is half done is no lie.
func (w *watch) pending() bool {
	if w.job.is != underWay {
		return false
	}
	w.want(w.r.Accepted.Place, w.job.due, "not done yet")
	for _, t := range w.tracks {
		if !t.idle() && !w.guards(t) {
			w.waits[t] = true
		}
	}
	return true
}

// open reports that the promise was neither kept nor taken back when its time was up.
func (s *scene) open() bool {
	return s.job.is == jobRunning || s.job.is == jobDark || s.job.is == jobUnnamed
}

// unended judges a promise that is still open: whoever sees all that was promised has what
// was wanted; anybody else waits, and nothing is a lie that may still come true. Where
// nothing is to come of it, it was to end.
func (w *watch) unended(deeds []*deed) []*charge {
	var wanting *deed
	works := false // something is to come of it, and not only to stay as it is
	for _, d := range deeds {
		works = works || !d.guard()
		if !d.guard() && !d.aside() && (d.is == missing || d.is != applied && d.is != late && d.present()) {
			wanting = d
			break // works is true
		}
	}
	if wanting == nil && works {
		return w.done(deeds)
	}
	kind, reason := w.openKind()
	c := w.plain(kind, said(w.r.Act)+": "+reason)
	if wanting != nil {
		c = w.charge(kind, wanting, wanting.main)
		c.Reason, c.again = wanting.e.Sentence+": "+reason, nil
	}
	if kind == LateEffect {
		c.Hint = "a longer `within` in `accepted`, where the provider promises no more"
	}
	list := append([]*charge{c}, w.undecided(deeds)...)
	for _, d := range deeds {
		for _, o := range d.outs {
			if k := w.kindOf(o); d.guard() && row(k).Class == Lied {
				list = append(list, w.charge(k, d, o))
			}
		}
	}
	return append(list, w.unexpected(deeds)...)
}

// openKind names a promise that is still open, and says why nothing better is known.
func (w *watch) openKind() (Kind, string) {
	switch w.job.is {
	case jobRunning:
		return LateEffect, "still running" + w.jobAsked() + w.jobDetail()
	case jobUnnamed:
		return ProbeFailed, "whether it is still to come is not known: " + w.r.Accepted.Nowhere
	}
	why := "the job could not be asked" + w.jobAsked()
	switch r := w.job.last; {
	case r != nil && (r.Status == 429 || r.Status == 425):
		return RateLimited, why + ": " + r.Why
	case r == nil || r.Known != Unsure:
		return ProbeFailed, why + ": Retry-After is longer than it is waited for"
	case r.Status == 0 && r.Exchange > 0:
		return Unreachable, why + ": " + r.Why
	default:
		return ProbeFailed, why + ": " + r.Why
	}
}

// jobAsked says after which time and how many polls.
func (s *scene) jobAsked() string {
	if s.job.last == nil {
		return ""
	}
	return fmt.Sprintf(" after %s (%s)", took(s.job.last.GotAt-s.r.Act.SaidAt), count(s.job.asked, "poll"))
}

// promised is what the job has said, to stand behind a reason.
func (s *scene) promised() string {
	switch s.job.is {
	case jobDone:
		return "; its job was done" + s.jobAsked() + s.jobDetail()
	case jobFailed:
		return "; its job failed" + s.jobAsked() + s.jobDetail()
	}
	return ""
}

func (s *scene) jobDetail() string {
	if s.job.last == nil || s.job.last.Detail == "" {
		return ""
	}
	return ": " + s.job.last.Detail
}

// namedByPromise reports an identity out of the body of a promise. It may well be the
// job's, and is no wrong name of what was made.
func (w *watch) namedByPromise() bool {
	return Claim(w.r.Act) == contracts.Accepted && w.r.Act.KeyFrom == "body"
}

// jobRemarks tell of a promise that the world has kept, and the job has not.
func (w *watch) jobRemarks(v *Verdict) []string {
	if !w.open() || v.Class != Kept {
		return nil
	}
	_, why := w.openKind()
	return []string{"everything promised is there, and whether the work is over is not known: " + why}
}

// jobRefused charges a job that failed where it was to be done. Its status is not to
// blame: 202 said that it might.
func (w *watch) jobRefused(deeds []*deed) []*charge {
	if !w.wantsDone() || w.r.Wanted.Status.names(w.r.Act.Status) {
		return nil
	}
	c := w.plain(WasRefused, said(w.r.Act)+", and it was to be done"+w.promised())
	c.Want, c.Got = "done", "failed"
	c.Reason += w.lacking() + w.unseen(deeds)
	return []*charge{c}
}
