package engine

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/runner/journal"
)

// An office is a clerk who makes notes some time after they were asked for at POST
// /imports, and tells of it at /jobs/1. It does one import.
type office struct {
	answers func(c *clerk, w http.ResponseWriter) // the promise; nil: 202 with Location
	takes   time.Duration                         // until the work is over
	fails   bool                                  // it says so when it is
	keeps   bool                                  // the note is made
	tells   func(w http.ResponseWriter, d telling)
	hears   func(asking) // POST /hooks
	home    string       // path of the server
	desk    string       // where the job is told of; "" for /jobs/1

	mu     sync.Mutex
	asked  time.Time
	polls  []time.Time
	key    string
	posted chan struct{}
}

// A telling is one question after the job.
type telling struct {
	state string // queued, running, done, failed
	key   string // of the note, once it is made
	times int    // how often it was asked before
}

func (o *office) open(t *testing.T) *clerk {
	if o.takes == 0 {
		o.takes = 150 * time.Millisecond
	}
	o.posted = make(chan struct{})
	if o.desk == "" {
		o.desk = "/jobs/1"
	}
	c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
		switch {
		case a.String() == "POST "+o.home+"/imports":
			o.take(c, a)
			if o.answers != nil {
				o.answers(c, w)
			} else {
				w.Header().Set("Location", "/jobs/1")
				write(w, 202, map[string]any{"id": "j1"})
			}
			return true
		case a.String() == "POST /hooks" && o.hears != nil:
			o.hears(a)
			write(w, 201, map[string]any{"id": "h1"})
			return true
		case a.String() == "GET "+o.desk:
			o.tell(w)
			return true
		}
		a.path = strings.TrimPrefix(a.path, o.home)
		c.answer(w, a)
		return true
	})
	c.put(map[string]any{"text": "somebody's"}) // whoever sees nothing sees this
	return c
}

// take begins the work. The clerk's lock is held.
func (o *office) take(c *clerk, a asking) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked = time.Now()
	close(o.posted)
	if !o.keeps {
		return
	}
	time.AfterFunc(o.takes, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		key := c.put(map[string]any{"text": a.sent("text")})["id"].(string)
		o.mu.Lock()
		defer o.mu.Unlock()
		o.key = key
	})
}

func (o *office) tell(w http.ResponseWriter) {
	o.mu.Lock()
	defer o.mu.Unlock()
	d := telling{state: "running", times: len(o.polls), key: o.key}
	o.polls = append(o.polls, time.Now())
	if over := time.Since(o.asked) >= o.takes && (!o.keeps || o.key != ""); over {
		d.state = "done"
		if o.fails {
			d.state = "failed"
		}
	}
	if o.tells != nil {
		o.tells(w, d)
		return
	}
	write(w, 200, map[string]any{"state": d.state, "note": d.key})
}

const importsNote = `contract: An import ends
call: POST /imports
body: {text: "New ${unique}"}
creates: note
accepted: {poll: response.headers.location, done: job.state == 'done', failed: job.state == 'failed', within: 800ms}
`

// TestPromises has providers keep, break and take back their word, each in its own way.
func TestPromises(t *testing.T) {
	polled := func(poll string) string {
		return strings.Replace(importsNote, "poll: response.headers.location", "poll: "+poll, 1)
	}
	done := func(done string) string {
		return strings.Replace(importsNote, "done: job.state == 'done'", "done: \""+done+"\"", 1)
	}
	located := func(at string) func(*clerk, http.ResponseWriter) {
		return func(c *clerk, w http.ResponseWriter) {
			w.Header().Set("Location", strings.ReplaceAll(at, "%s", c.url))
			write(w, 202, nil)
		}
	}
	behind := strings.Replace(twoAccounts, "server: %s", "server: %s/v1", 1)
	for _, each := range []struct {
		name string
		o    *office
		d    desk
		want string
		says string
		left bool // something may still come
	}{
		{name: "kept", o: &office{keeps: true}, want: "kept"},
		{name: "taken back", o: &office{fails: true}, want: "broken refused", says: "its job failed"},
		{name: "taken back, where 202 is wanted", o: &office{fails: true}, d: desk{contracts: importsNote + "status: 202\n"}, want: "kept"},
		{name: "taken back, where a refusal is wanted", o: &office{fails: true}, d: desk{contracts: importsNote + "status: refused\n"}, want: "kept"},
		{name: "broken", o: &office{}, want: "lied accepted-then-lost", says: "its job was done"},
		{name: "taken back, and kept", o: &office{fails: true, keeps: true}, want: "lied phantom-write"},
		{name: "open", o: &office{takes: time.Hour}, want: "broken late-effect", says: "still running", left: true},
		{name: "open, and kept", o: &office{keeps: true, tells: func(w http.ResponseWriter, d telling) { write(w, 200, map[string]any{"state": "running"}) }}, want: "kept"},

		{name: "by the whole address", o: &office{keeps: true, answers: located("%s/jobs/1")}, want: "kept"},
		{name: "by an address beside the act's", o: &office{keeps: true, answers: located("jobs/1#now")}, want: "kept"},
		{name: "by an address under the server's path", o: &office{keeps: true, home: "/v1", desk: "/v1/jobs/1", answers: located("/v1/jobs/1")}, d: desk{targets: behind}, want: "kept"},
		{name: "by an address at the server's root", o: &office{keeps: true, home: "/v1", answers: located("/jobs/1")}, d: desk{targets: behind}, want: "kept"},
		{name: "by a path that the contract puts together", o: &office{keeps: true, answers: func(c *clerk, w http.ResponseWriter) { write(w, 202, map[string]any{"job": "1"}) }},
			d: desk{contracts: polled("\"'/jobs/' + response.body.job\"")}, want: "kept"},
		{name: "by a path that the contract puts together, under the server's", o: &office{keeps: true, home: "/v1", desk: "/v1/jobs/1", answers: func(c *clerk, w http.ResponseWriter) { write(w, 202, map[string]any{"job": "1"}) }},
			d: desk{contracts: polled("\"'/jobs/' + response.body.job\""), targets: behind}, want: "kept"},
		{name: "by nothing", o: &office{keeps: true, answers: func(c *clerk, w http.ResponseWriter) { write(w, 202, nil) }}, want: "kept"},
		{name: "by nothing, and broken", o: &office{answers: func(c *clerk, w http.ResponseWriter) { write(w, 202, nil) }}, want: "inconclusive probe-failed", says: "names nothing to ask", left: true},
		{name: "by no address", o: &office{keeps: true, answers: located("::")}, want: "kept"},

		{name: "the job says Retry-After", o: &office{keeps: true, tells: func(w http.ResponseWriter, d telling) {
			w.Header().Set("Retry-After", "1")
			write(w, 200, map[string]any{"state": d.state})
		}}, want: "kept"},
		{name: "the job is not there at first", o: &office{keeps: true, tells: func(w http.ResponseWriter, d telling) {
			if d.times == 0 {
				write(w, 404, nil)
				return
			}
			write(w, 200, map[string]any{"state": d.state})
		}}, d: desk{contracts: done("!(job.state == 'running')")}, want: "kept"},
		{name: "the job is forgotten", o: &office{keeps: true, tells: func(w http.ResponseWriter, d telling) {
			if d.state == "done" {
				write(w, 410, nil)
				return
			}
			write(w, 200, map[string]any{"state": d.state})
		}}, want: "kept"},
		{name: "the job is forgotten, and that is what is asked for", o: &office{tells: func(w http.ResponseWriter, d telling) {
			if d.state == "done" {
				write(w, 404, nil)
				return
			}
			write(w, 200, map[string]any{"state": d.state})
		}}, d: desk{contracts: done("absent(job)")}, want: "lied accepted-then-lost"},
		{name: "the job was never there, and that is what is asked for", o: &office{keeps: true, takes: 400 * time.Millisecond, tells: func(w http.ResponseWriter, d telling) { write(w, 404, nil) }},
			d: desk{contracts: done("absent(job)")}, want: "kept"},
		{name: "the job leads on to the note", o: &office{keeps: true, tells: func(w http.ResponseWriter, d telling) {
			if d.state == "done" {
				w.Header().Set("Location", "/notes/"+d.key)
				write(w, 303, nil)
				return
			}
			write(w, 200, map[string]any{"state": d.state})
		}}, d: desk{contracts: done("reads.job.status == 303")}, want: "kept"},
		{name: "the job says no by a body that means refused elsewhere", o: &office{fails: true, tells: func(w http.ResponseWriter, d telling) {
			write(w, 200, map[string]any{"ok": d.state != "failed", "state": d.state})
		}}, d: desk{provider: notesProvider + "refusal: response.body.ok == false\n"}, want: "broken refused"},
		{name: "the job names the note", o: &office{keeps: true}, d: desk{contracts: strings.Replace(importsNote, "accepted: {", "accepted: {id: job.note, ", 1)}, want: "kept"},
		{name: "the job breaks off", o: &office{keeps: true, tells: func(w http.ResponseWriter, d telling) {
			if d.times%2 == 0 {
				cut(w)
				return
			}
			write(w, 200, map[string]any{"state": d.state})
		}}, want: "kept"},
	} {
		t.Run(each.name, func(t *testing.T) {
			t.Parallel()
			c := each.o.open(t)
			if each.d.contracts == "" {
				each.d.contracts = importsNote
			}
			r := each.d.run(c)[0]
			requireVerdict(t, r, each.want)
			if text := reasons(r.Verdict); each.says != "" && !strings.Contains(text+r.Verdict.Findings[0].Said, each.says) {
				t.Errorf("no %q in %s", each.says, text)
			}
			if (len(r.Left) > 0) != each.left || c.left() != 1 {
				t.Errorf("left %+v, and %d notes of 1", r.Left, c.left())
			}
			if posts := c.count("POST /"); posts != 1 {
				t.Errorf("%d requests were posted", posts)
			}
		})
	}
}

// TestPollsKeepToRetryAfter measures at the provider.
func TestPollsKeepToRetryAfter(t *testing.T) {
	t.Parallel()
	o := &office{keeps: true, takes: 1500 * time.Millisecond, answers: func(c *clerk, w http.ResponseWriter) {
		w.Header().Set("Location", "/jobs/1")
		w.Header().Set("Retry-After", "1")
		write(w, 202, nil)
	}, tells: func(w http.ResponseWriter, d telling) {
		w.Header().Set("Retry-After", "1")
		write(w, 200, map[string]any{"state": d.state})
	}}
	c := o.open(t)
	require(t, desk{contracts: strings.Replace(importsNote, "within: 800ms", "within: 3s", 1)}.run(c)[0], "kept")
	last := o.asked
	for _, poll := range o.polls {
		if poll.Sub(last) < time.Second {
			t.Errorf("asked %s after being told to wait a second", poll.Sub(last))
		}
		last = poll
	}
	if len(o.polls) != 2 {
		t.Errorf("%d polls, want 2", len(o.polls))
	}
}

// TestPollsStayAtHome has a reply name a host that polygraph.yaml does not.
func TestPollsStayAtHome(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 9)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked <- r.URL.Path }))
	defer elsewhere.Close()
	o := &office{answers: func(c *clerk, w http.ResponseWriter) {
		w.Header().Set("Location", elsewhere.URL+"/jobs/1")
		write(w, 202, nil)
	}}
	r := desk{contracts: importsNote}.run(o.open(t))[0]
	requireVerdict(t, r, "inconclusive probe-failed")
	if !strings.Contains(reasons(r.Verdict), "no host of polygraph.yaml") {
		t.Error(reasons(r.Verdict))
	}
	if len(asked) > 0 {
		t.Errorf("%s was asked elsewhere", <-asked)
	}
}

// TestPromisedDeletions poll the thing itself, as where a finalizer runs first.
func TestPromisedDeletions(t *testing.T) {
	const goes = `contract: A note goes
given: note
call: DELETE /notes/{note.id}
claims: {200: accepted}
accepted: {poll: note, done: absent(job), failed: job.stuck == true, within: 800ms}
deletes: note
`
	for _, each := range []struct {
		name string
		then func(c *clerk, id string)
		want string
	}{
		{"goes", func(c *clerk, id string) { delete(c.notes, id) }, "kept"},
		{"stays", func(*clerk, string) {}, "broken late-effect"},
		{"is stuck, and says so", func(c *clerk, id string) {
			c.notes[id] = map[string]any{"id": id, "text": c.notes[id]["text"], "stuck": true}
		}, "broken refused"},
	} {
		t.Run(each.name, func(t *testing.T) {
			t.Parallel()
			first := true
			c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
				if a.method != "DELETE" || !first {
					return false
				}
				first = false
				time.AfterFunc(200*time.Millisecond, func() {
					c.mu.Lock()
					defer c.mu.Unlock()
					each.then(c, strings.TrimPrefix(a.path, "/notes/"))
				})
				write(w, 200, c.notes[strings.TrimPrefix(a.path, "/notes/")])
				return true
			})
			r := desk{contracts: goes}.run(c)[0]
			require(t, r, each.want)
			if c.left() > 0 {
				t.Errorf("%d notes are left", c.left())
			}
		})
	}
}

// TestSweepOfPromises cleans up what came of a promise when its run was over, or killed.
func TestSweepOfPromises(t *testing.T) {
	t.Parallel()
	o := &office{keeps: true, takes: time.Second}
	c := o.open(t)
	d := desk{contracts: strings.Replace(importsNote, "within: 800ms", "within: 2s", 1)}
	j := crash(t, d, c, o.posted)
	removed, left := d.sweepUp(t, c, j)
	if len(removed) != 1 || removed[0].How != journal.ReadBackGone || len(left) > 0 || c.left() != 1 {
		t.Errorf("killed: removed %+v, left %+v, and %d notes", removed, left, c.left())
	}

	o = &office{keeps: true, takes: 4 * time.Second, tells: func(w http.ResponseWriter, _ telling) { write(w, 200, map[string]any{"state": "running"}) }}
	c = o.open(t)
	var kept *journal.Journal
	d = desk{contracts: importsNote, change: func(o *Options) {
		o.Journal = func(run string, header journal.Header) (Journal, error) {
			var err error
			kept, err = journal.Open(t.TempDir(), run, header)
			return kept, err
		}
	}}
	r := d.run(c)[0]
	requireVerdict(t, r, "broken late-effect")
	if len(r.Left) != 1 || !strings.Contains(r.Left[0].Why, "may still be made") {
		t.Errorf("left %+v", r.Left)
	}
	if why := func(th journal.Thing) bool { return strings.Contains(th.Why, "may still be made") }; !slices.ContainsFunc(kept.Things(), why) {
		t.Errorf("the journal has %+v", kept.Things())
	}
	for c.left() == 1 && time.Since(o.asked) < 30*time.Second {
		time.Sleep(20 * time.Millisecond)
	}
	removed, left = d.sweepUp(t, c, kept)
	if len(removed) != 1 || removed[0].How != journal.ReadBackGone || len(left) > 0 || c.left() != 1 {
		t.Errorf("over: removed %+v, left %+v, and %d notes", removed, left, c.left())
	}
}

// TestPromisesNameNobodyElse has a promise whose body names the job by a number that is
// also somebody's note: that note stays, whatever the contract says of the end.
func TestPromisesNameNobodyElse(t *testing.T) {
	plain, _, _ := strings.Cut(importsNote, "accepted")
	unmarked := strings.NewReplacer("New ${unique}", "Plain")
	for _, each := range []struct{ name, contract, want string }{
		{"with its job", importsNote, "kept"},
		{"with its job, and no marker", unmarked.Replace(importsNote), ""},
		{"without a word on its end", plain, "kept"},
		{"without a word on its end, and no marker", unmarked.Replace(plain), ""},
	} {
		t.Run(each.name, func(t *testing.T) {
			t.Parallel()
			o := &office{keeps: true, answers: func(c *clerk, w http.ResponseWriter) {
				w.Header().Set("Location", "/jobs/1")
				write(w, 202, map[string]any{"id": "n1"})
			}}
			c := o.open(t)
			r := desk{contracts: each.contract}.run(c)[0]
			if each.want != "" {
				require(t, r, each.want)
			} else if r.Verdict.Class == "lied" {
				t.Errorf("accused: %s", reasons(r.Verdict))
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			if c.notes["n1"] == nil {
				t.Error("somebody's note was deleted")
			}
		})
	}
}

// TestPromisesByWebhook has the provider tell by a delivery what became of the work.
func TestPromisesByWebhook(t *testing.T) {
	const told = `contract: An import ends
given: {hook: {call: POST /hooks, body: {url: "${finished.url}"}}}
call: POST /imports
body: {text: "New ${unique}"}
creates: note
accepted: {poll: finished, done: job.state == 'done', failed: event.state == 'failed', within: 800ms}
`
	for _, each := range []struct {
		name, says string // the states that are delivered
		keeps      bool
		want       string
		left       bool
	}{
		{name: "kept", says: "running done", keeps: true, want: "kept"},
		{name: "taken back", says: "failed", want: "broken refused"},
		{name: "broken", says: "running done", want: "lied accepted-then-lost"},
		{name: "taken back, and kept", says: "failed", keeps: true, want: "lied phantom-write"},
		{name: "open", says: "running", want: "broken late-effect", left: true},
		{name: "silent, and kept", keeps: true, want: "kept"},
		{name: "silent", want: "inconclusive probe-failed", left: true},
	} {
		t.Run(each.name, func(t *testing.T) {
			t.Parallel()
			var hook string
			o := &office{keeps: each.keeps, answers: func(c *clerk, w http.ResponseWriter) {
				to, states := hook, strings.Fields(each.says)
				time.AfterFunc(200*time.Millisecond, func() {
					for _, state := range states {
						reply, err := http.Post(to, "application/json", strings.NewReader(`{"state": "`+state+`"}`))
						if err != nil {
							c.t.Error(err)
							return
						}
						reply.Body.Close()
					}
				})
				write(w, 202, nil)
			}}
			o.hears = func(a asking) { hook = a.sent("url") }
			r := desk{contracts: told, provider: notesProvider + "webhooks:\n  finished: {}\n"}.run(o.open(t))[0]
			requireVerdict(t, r, each.want)
			if (len(r.Left) > 0) != each.left {
				t.Errorf("left %+v", r.Left)
			}
		})
	}
}

// TestStoppedPromises stops runs that still wait for a job: they ask for it until it is
// over, and leave nothing.
func TestStoppedPromises(t *testing.T) {
	t.Parallel()
	for _, each := range []struct {
		name  string
		takes time.Duration
		keeps bool
		left  int
	}{
		{"whose work is done", 500 * time.Millisecond, true, 0},
		{"whose work fails", 500 * time.Millisecond, false, 0},
		{"whose work takes longer than it may", 4 * time.Second, false, 1},
	} {
		t.Run(each.name, func(t *testing.T) {
			t.Parallel()
			o := &office{keeps: each.keeps, fails: !each.keeps, takes: each.takes}
			c := o.open(t)
			d := desk{contracts: strings.Replace(importsNote, "within: 800ms", "within: 2s", 1), change: func(o *Options) { o.Accounts = []string{"ada"} }}
			e := d.engine(c)
			e.Start(e.Cells()...)
			<-o.posted
			time.Sleep(100 * time.Millisecond) // the promise is heard
			go e.Stop(errors.New("somebody pressed control-C"))
			r, err := e.Await(context.Background(), e.Cells()[0])
			if err != nil {
				t.Fatal(err)
			}
			requireVerdict(t, r, "inconclusive interrupted")
			if len(r.Left) != each.left || c.left() != 1 {
				t.Errorf("left %+v, and %d notes", r.Left, c.left())
			}
			if posts := c.count("POST /"); posts != 1 {
				t.Errorf("%d requests were posted", posts)
			}
		})
	}
}
