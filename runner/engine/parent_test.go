package engine

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// foldersProvider keeps notes in folders; whoever reads a note must name its folder.
const foldersProvider = `polygraph: 1
provider: notes
auth: bearer
resources:
  folder:
    make: {call: POST /notes, body: {text: "Folder ${unique}"}}
    read: GET /notes/{key}
    list: {call: GET /notes, items: response.body.items}
    delete: DELETE /notes/{key}
  note:
    read: GET /folders/{folder.id}/notes/{key}
    list: {call: "GET /folders/{folder.id}/notes", items: response.body.items}
    delete: DELETE /folders/{folder.id}/notes/{key}
defaults: {within: 300ms, patience: 500ms}
`

// byKeyProvider reads a note without its folder, and lists by folder.
var byKeyProvider = strings.NewReplacer("read: GET /folders/{folder.id}/notes/{key}", "read: GET /anywhere/{key}", "delete: DELETE /folders/{folder.id}/notes/{key}", "delete: DELETE /anywhere/{key}").Replace(foldersProvider)

const keptInFolder = `contract: A note is kept in its folder
given: {folder: {make: folder, body: {text: "Base ${unique}"}}, other: {make: folder}}
call: POST /folders/{folder.id}/notes
body: {text: "New ${unique}"}
creates: note
cases:
  elsewhere: {call: "POST /folders/{other.id}/notes", %s}
`

// A cabinet has a clerk keep notes in folders.
type cabinet struct {
	notes  map[string]map[string]any // by folder/key
	next   int
	tell   func(folder string, known bool) (status int, into string) // into: the folder in which it is stored; "" for none
	moment chan struct{}
	once   sync.Once
}

func (b *cabinet) answer(c *clerk, w http.ResponseWriter, a asking) bool {
	parts := strings.Split(strings.Trim(a.path, "/"), "/")
	if parts[0] == "anywhere" {
		for at := range b.notes {
			if strings.HasSuffix(at, "/"+parts[1]) {
				parts = strings.Split("folders/"+strings.Replace(at, "/", "/notes/", 1), "/")
				break
			}
		}
		if parts[0] == "anywhere" {
			write(w, 404, nil)
			return true
		}
	}
	if parts[0] != "folders" {
		return false
	}
	folder, known := parts[1], c.notes[parts[1]] != nil
	switch {
	case a.method == "POST":
		b.post(c, w, a, folder, known)
	case len(parts) == 3:
		b.list(w, folder, known)
	case b.notes[folder+"/"+parts[3]] == nil:
		write(w, 404, nil)
	case a.method == "DELETE":
		delete(b.notes, folder+"/"+parts[3])
		write(w, 204, nil)
	default:
		write(w, 200, b.notes[folder+"/"+parts[3]])
	}
	return true
}

func (b *cabinet) post(c *clerk, w http.ResponseWriter, a asking, folder string, known bool) {
	var sent map[string]any
	_ = json.Unmarshal([]byte(a.body), &sent)
	status, into := 201, folder
	if !known {
		status, into = 404, ""
	}
	first := "" // of the contract itself, in the cell that runs
	for _, key := range c.keys {
		if text, _ := c.notes[key]["text"].(string); strings.HasPrefix(text, "Base") {
			first = key
		}
	}
	if b.tell != nil && folder != first {
		status, into = b.tell(folder, known)
	}
	b.next++
	sent["id"] = fmt.Sprint("m", b.next)
	switch into {
	case "":
	case "base":
		b.notes[first+"/"+sent["id"].(string)] = sent
	default:
		b.notes[into+"/"+sent["id"].(string)] = sent
	}
	if b.moment != nil && folder != first {
		defer b.once.Do(func() { close(b.moment) })
	}
	if status/100 == 2 {
		write(w, status, sent)
		return
	}
	write(w, status, nil)
}

func (b *cabinet) list(w http.ResponseWriter, folder string, known bool) {
	items := []any{}
	for at, note := range b.notes {
		if strings.HasPrefix(at, folder+"/") {
			items = append(items, note)
		}
	}
	if !known && len(items) == 0 {
		write(w, 404, nil)
		return
	}
	write(w, 200, map[string]any{"items": items})
}

// TestACaseUnderAnotherParent looks for what a case makes where the case makes it.
func TestACaseUnderAnotherParent(t *testing.T) {
	t.Parallel()
	const unknown = "POST /folders/none-${unique}/notes"
	for _, test := range []struct {
		name, call, status string
		tell               func(string, bool) (int, string)
		want               string
	}{
		{"made there", "", "status: done", nil, "kept"},
		{"made there, by its status", "", "status: 201", nil, "kept"},
		{"said to be made", "", "status: done", func(string, bool) (int, string) { return 201, "" }, "lied lost-write"},
		{"made in the base's", "", "status: done", func(string, bool) (int, string) { return 201, "base" }, "lied misdirected-write or lied lost-write or lied half-done"},
		{"refused there", "", "status: 403", func(string, bool) (int, string) { return 403, "" }, "kept"},
		{"refused and made", "", "status: 403", func(folder string, _ bool) (int, string) { return 403, folder }, "lied phantom-write"},
		{"no such folder", unknown, "status: 404", nil, "kept"},
		{"made in no folder", unknown, "status: 404", func(folder string, _ bool) (int, string) { return 201, folder }, "broken wrong-status"},
		{"said to be made in no folder", unknown, "status: 404", func(string, bool) (int, string) { return 201, "" }, "broken wrong-status"},
		{"refused, and made in no folder", unknown, "status: 404", func(folder string, _ bool) (int, string) { return 404, folder }, "kept or lied phantom-write"},
		{"refused, and made in the base's", unknown, "status: 404", func(string, bool) (int, string) { return 404, "base" }, "lied phantom-write"},
	} {
		for name, provider := range map[string]string{"read in its folder": foldersProvider, "read anywhere": byKeyProvider} {
			t.Run(test.name+", "+name, func(t *testing.T) {
				t.Parallel()
				b := &cabinet{notes: map[string]map[string]any{}, tell: test.tell}
				c := newClerk(t, b.answer)
				contract := fmt.Sprintf(keptInFolder, test.status)
				if test.call != "" {
					contract = strings.Replace(contract, "POST /folders/{other.id}/notes", test.call, 1)
				}
				d := desk{provider: provider, contracts: contract, change: func(o *Options) { o.Accounts = []string{"ada"} }}
				e := d.engine(c)
				var r *Result
				for _, cell := range e.Cells() { // the base shows what these eyes see
					e.Start(cell)
					var err error
					if r, err = e.Await(t.Context(), cell); err != nil {
						t.Fatal(err)
					}
				}
				got := strings.TrimSpace(string(r.Verdict.Class) + " " + string(r.Verdict.Kind))
				if !strings.Contains(" or "+test.want+" or ", " or "+got+" or ") {
					t.Errorf("got %q, want %q: %s", got, test.want, reasons(r.Verdict))
				}
				if c.mu.Lock(); len(b.notes) > 0 || len(r.Left) > 0 {
					t.Errorf("%v are there, left %+v", b.notes, r.Left)
				}
				c.mu.Unlock()
			})
		}
	}
}

// TestSweepUnderAnotherParent kills the run when the case has made a note elsewhere.
func TestSweepUnderAnotherParent(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]string{"given": "POST /folders/{other.id}/notes", "made up": "POST /folders/none-${unique}/notes"} {
		for _, status := range []int{201, 404} {
			t.Run(fmt.Sprint(name, " ", status), func(t *testing.T) {
				t.Parallel()
				b := &cabinet{notes: map[string]map[string]any{}, moment: make(chan struct{}), tell: func(folder string, _ bool) (int, string) { return status, folder }}
				c := newClerk(t, b.answer)
				d := desk{provider: foldersProvider, contracts: strings.Replace(fmt.Sprintf(keptInFolder, "status: 404"), "POST /folders/{other.id}/notes", call, 1)}
				j := crash(t, d, c, b.moment, 1)
				if len(b.notes) != 1 || c.left() != 2 {
					t.Errorf("the crash left %d notes in %d folders", len(b.notes), c.left())
				}
				if removed, left := d.sweepUp(t, c, j); len(left) > 0 || len(b.notes) > 0 || c.left() > 0 {
					t.Errorf("removed %+v, left %+v, there are %v", removed, left, b.notes)
				}
			})
		}
	}
}
