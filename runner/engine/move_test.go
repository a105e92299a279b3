package engine

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// projectsProvider keeps notes in projects, which nobody makes: `vars` say which is meant.
const projectsProvider = `polygraph: 1
provider: notes
auth: bearer
vars: {project: 7}
resources:
  note:
    make: {call: "POST /folders/{project}/notes", body: {text: "Made ${unique}"}}
    read: GET /folders/{project}/notes/{key}
    list: {call: "GET /folders/{project}/notes", items: response.body.items}
    delete: DELETE /folders/{project}/notes/{key}
defaults: {within: 300ms, patience: 500ms}
`

const keptInProject = `contract: A note is kept in its project
call: POST /folders/{project}/notes
body: {text: "New ${unique}"}
creates: note
cases:
  elsewhere: {%s}
`

// projects are a cabinet whose folders 7 and 8 are there.
func projects(t *testing.T, b *cabinet) *clerk {
	c := newClerk(t, b.answer)
	c.notes["7"], c.notes["8"] = map[string]any{"id": "7", "text": "Base"}, map[string]any{"id": "8"}
	c.keys = []string{"7"}
	return c
}

// movedProviders say by other words which project is meant.
var movedProviders = map[string]string{
	"by a parameter": projectsProvider,
	"by a variable":  strings.NewReplacer("{project}/notes/{key}", "{target.project}/notes/{key}", `"GET /folders/{project}/notes"`, `"GET /folders/{target.project}/notes"`).Replace(projectsProvider),
}

var movedCalls = map[string]string{
	"by path":       "path: {project: 8}",
	"by its number": "call: POST /folders/8/notes",
	"as a text":     `path: {project: "8"}`,
}

// TestACaseInAnotherProject looks for what a case makes in the project that the case names,
// where `vars` name another, and removes it.
func TestACaseInAnotherProject(t *testing.T) {
	t.Parallel()
	tells := map[string]struct {
		status string
		tell   func(string, bool) (int, string)
		want   string
	}{
		"made there":                      {"done", nil, "kept"},
		"said to be made":                 {"done", func(string, bool) (int, string) { return 201, "" }, "lied lost-write"},
		"refused there":                   {"403", func(string, bool) (int, string) { return 403, "" }, "kept"},
		"refused, and made there":         {"403", func(folder string, _ bool) (int, string) { return 403, folder }, "kept"},
		"made there, and to be refused":   {"403", nil, "broken wrong-status"},
		"refused, and made in the base's": {"403", func(string, bool) (int, string) { return 403, "base" }, "lied phantom-write"},
	}
	for name, test := range tells {
		for how, call := range movedCalls {
			for by, provider := range movedProviders {
				t.Run(name+", "+how+", "+by, func(t *testing.T) {
					t.Parallel()
					b := &cabinet{notes: map[string]map[string]any{}, tell: test.tell}
					c := projects(t, b)
					d := desk{provider: provider, contracts: fmt.Sprintf(keptInProject, call+", status: "+test.status), change: func(o *Options) { o.Accounts = []string{"ada"} }}
					e := d.engine(c)
					var r *Result
					for _, cell := range e.Cells() { // the base shows what these eyes see
						e.Start(cell)
						var err error
						if r, err = e.Await(t.Context(), cell); err != nil {
							t.Fatal(err)
						}
					}
					require(t, r, test.want)
					if c.mu.Lock(); len(b.notes) > 0 {
						t.Errorf("%v are there", b.notes)
					}
					c.mu.Unlock()
				})
			}
		}
	}
}

// TestSweepInAnotherProject kills the run when the case has made a note in another project.
func TestSweepInAnotherProject(t *testing.T) {
	t.Parallel()
	for how, call := range movedCalls {
		for by, provider := range movedProviders {
			for _, status := range []int{201, 403} {
				for _, wanted := range []string{"done", "403"} {
					t.Run(fmt.Sprint(how, " ", by, " ", status, " ", wanted), func(t *testing.T) {
						t.Parallel()
						b := &cabinet{notes: map[string]map[string]any{}, moment: make(chan struct{}), tell: func(folder string, _ bool) (int, string) { return status, folder }}
						c := projects(t, b)
						d := desk{provider: provider, contracts: fmt.Sprintf(keptInProject, call+", status: "+wanted)}
						j := crash(t, d, c, b.moment, 1)
						if len(b.notes) != 1 {
							t.Errorf("the crash left %d notes", len(b.notes))
						}
						if removed, left := d.sweepUp(t, c, j); len(left) > 0 || len(b.notes) > 0 {
							t.Errorf("removed %+v, left %+v, there are %v", removed, left, b.notes)
						}
					})
				}
			}
		}
	}
}

// TestAPutInAnotherProject has a case name a given note in a project in which it is not: what
// a PUT makes there all the same is removed.
func TestAPutInAnotherProject(t *testing.T) {
	t.Parallel()
	const contract = `contract: A replaced note is replaced
given: note
call: PUT /folders/{project}/notes/{note.id}
body: {text: "Put ${unique}"}
updates: note
cases:
  elsewhere: {path: {project: 8}, status: 404}
`
	for status, want := range map[int]string{404: "lied error-left-a-trace", 201: "broken wrong-status"} {
		for _, crashes := range []bool{false, true} {
			t.Run(fmt.Sprint(status, " ", crashes), func(t *testing.T) {
				t.Parallel()
				b := &cabinet{notes: map[string]map[string]any{}}
				moment := make(chan struct{})
				c := newClerk(t, func(c *clerk, w http.ResponseWriter, a asking) bool {
					if a.method != "PUT" {
						return b.answer(c, w, a)
					}
					parts := strings.Split(a.path, "/")
					at := parts[2] + "/" + parts[4]
					answer := status
					if b.notes[at] != nil {
						answer = 200
					}
					b.notes[at] = map[string]any{"id": parts[4], "text": a.sent("text")}
					if parts[2] == "8" && crashes {
						defer b.once.Do(func() { close(moment) })
					}
					write(w, answer, b.notes[at])
					return true
				})
				c.notes["7"], c.notes["8"], c.keys = map[string]any{"text": "Base"}, map[string]any{}, []string{"7"}
				d := desk{provider: projectsProvider, contracts: contract}
				if crashes {
					if removed, left := d.sweepUp(t, c, crash(t, d, c, moment, 1)); len(left) > 0 {
						t.Errorf("removed %+v, left %+v", removed, left)
					}
				} else {
					require(t, d.run(c)[1], want)
				}
				if c.mu.Lock(); len(b.notes) > 0 {
					t.Errorf("%v are there", b.notes)
				}
				c.mu.Unlock()
			})
		}
	}
}

// TestASecondActInAnotherProject has an entry of `again` name another project: what the
// second act makes there is removed, by the run and by a sweep.
func TestASecondActInAnotherProject(t *testing.T) {
	t.Parallel()
	for _, effect := range []string{"none", "again"} {
		for _, crashes := range []bool{false, true} {
			t.Run(fmt.Sprint(effect, " ", crashes), func(t *testing.T) {
				t.Parallel()
				contract := fmt.Sprintf(strings.Replace(keptInProject, "cases:", "again:", 1), "path: {project: 8}, effect: "+effect)
				b := &cabinet{notes: map[string]map[string]any{}}
				if crashes {
					b.moment, b.tell = make(chan struct{}), func(folder string, _ bool) (int, string) { return 201, folder }
				}
				c, d := projects(t, b), desk{provider: projectsProvider, contracts: contract}
				if crashes {
					if removed, left := d.sweepUp(t, c, crash(t, d, c, b.moment, 1)); len(left) > 0 {
						t.Errorf("removed %+v, left %+v", removed, left)
					}
				} else if r := d.run(c)[1]; len(r.Left) > 0 || effect == "again" && r.Verdict.Class != "kept" {
					t.Errorf("left %+v, %s", r.Left, reasons(r.Verdict))
				}
				if c.mu.Lock(); len(b.notes) > 0 {
					t.Errorf("%v are there", b.notes)
				}
				c.mu.Unlock()
			})
		}
	}
}
