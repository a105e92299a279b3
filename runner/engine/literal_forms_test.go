package engine_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// An archive is an API of XML, as many an old one is: POST, GET, PUT and DELETE of
// /letters and /letters/ID. An empty list has no element in it, a list of one has one.
type archive struct {
	mu      sync.Mutex
	next    int
	letters []*letter
	lie     string // lost, altered, dropped, or "" for none
}

type letter struct {
	XMLName xml.Name `xml:"letter"`
	ID      string   `xml:"id,attr"`
	Title   string   `xml:"title"`
	Pages   string   `xml:"pages"`
	Open    string   `xml:"open"`
	Note    string   `xml:"note"`
	Tags    []string `xml:"tags>tag"`
}

func (a *archive) things() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.letters)
}

func (a *archive) say(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprint(w, xml.Header)
	_ = xml.NewEncoder(w).Encode(value)
}

func (a *archive) refuse(w http.ResponseWriter, status int, code string) {
	a.say(w, status, struct {
		XMLName xml.Name `xml:"Error"`
		Code    string   `xml:"Code"`
	}{Code: code})
}

func (a *archive) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	id := strings.Trim(strings.TrimPrefix(r.URL.Path, "/letters"), "/")
	at := slices.IndexFunc(a.letters, func(l *letter) bool { return l.ID == id })
	switch {
	case id != "" && at < 0:
		a.refuse(w, 404, "NoSuchLetter")
	case r.Method == "POST" || r.Method == "PUT":
		a.write(w, r, at)
	case r.Method == "DELETE":
		a.letters = slices.Delete(a.letters, at, at+1)
		w.WriteHeader(204)
	case id == "":
		a.say(w, 200, struct {
			XMLName xml.Name `xml:"archive"`
			Count   int      `xml:"count"`
			Letters []*letter
		}{Count: len(a.letters), Letters: a.letters})
	default:
		a.say(w, 200, a.letters[at])
	}
}

func (a *archive) write(w http.ResponseWriter, r *http.Request, at int) {
	l := &letter{}
	if err := xml.NewDecoder(r.Body).Decode(l); err != nil {
		a.refuse(w, 400, "Malformed")
		return
	}
	if n, err := strconv.Atoi(l.Pages); err != nil || n < 1 {
		a.refuse(w, 422, "Pages")
		return
	}
	status := 200
	if at < 0 {
		a.next++
		status, l.ID = 201, strconv.Itoa(a.next)
	} else {
		l.ID = a.letters[at].ID
	}
	told := *l
	switch a.lie {
	case "altered":
		l.Pages = "1"
	case "dropped":
		l.Tags = nil
	}
	switch {
	case a.lie == "lost":
	case at < 0:
		a.letters = append(a.letters, l)
	default:
		a.letters[at] = l
	}
	a.say(w, status, &told)
}

const archived = `
-- provider.yaml --
polygraph: 1
provider: archive
auth: bearer
headers: {content-type: application/xml}
resources:
  letter:
    key: "@id"
    item: response.body.letter
    sent: request.body.letter
    make: {call: POST /letters, body: {letter: {title: "Made ${unique}", pages: 2, open: true, note: "", tags: {tag: [x]}}}}
    read: GET /letters/{key}
    list: {call: GET /letters, items: response.body.archive.letter}
    delete: DELETE /letters/{key}
    fields: {tags.tag: set}
defaults: {within: 200ms, patience: 300ms}
-- a.contract.yaml --
contract: Kept as it was sent
call: POST /letters
body: {letter: {title: "One & only <${unique}>", pages: 4, open: false, note: null, tags: {tag: [a]}}}
id: response.body.letter['@id']
creates: letter
expect: response.body.letter.pages == '4'
cases:
  as text:
    body: "<letter><title>Text ${unique}</title><pages>3</pages><open>true</open><note/></letter>"
    status: 201
  no pages: {body: {letter: {pages: zero}}, status: 422}
  broken: {body: "<letter><title>${unique}", status: 400}
---
contract: Replaced
given: letter
call: "PUT /letters/${letter['@id']}"
body: {letter: {title: "New ${unique}", pages: 9, open: false}}
updates: letter
also: [tags, note]
---
contract: Removed
given: letter
call: "DELETE /letters/${letter['@id']}"
deletes: letter
`

// TestXML holds a truthful API of XML, and the same where it lies.
func TestXML(t *testing.T) {
	both := func(kind string, titles ...string) accused {
		want := accused{}
		for _, title := range titles {
			want["ada: "+title], want["bob: "+title] = kind, kind
		}
		return want
	}
	with := func(all, more accused) accused {
		maps.Copy(all, more)
		return all
	}
	for _, row := range []struct {
		lie  string
		want accused
	}{
		{"", accused{}},
		{"altered", with(both("lied altered-value", "Kept as it was sent", "Kept as it was sent (as text)"),
			both("lied dropped-field", "Replaced"))}, // it was 1 before, and still is
		{"dropped", both("lied dropped-field", "Kept as it was sent")},
	} {
		t.Run("lie "+row.lie, func(t *testing.T) {
			t.Parallel()
			a := &archive{lie: row.lie}
			m := say(t, a, archived)
			m.requireVerdicts(t, row.want)
			m.requireOnce(t)
			if a.things() != 0 {
				t.Errorf("%d letters are left", a.things())
			}
		})
	}
}

// TestXMLThatIsNoList takes a page in place of a list for unknown, and no empty list for an accusation.
func TestXMLThatIsNoList(t *testing.T) {
	t.Parallel()
	s := newShop()
	s.HandleFunc("GET /letters", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprint(w, "<maintenance><until>tomorrow</until></maintenance>")
	})
	suite := `
-- provider.yaml --
polygraph: 1
provider: shop
auth: bearer
resources:
  letter:
    make: {call: POST /reviews, body: {title: "Made ${unique}"}}
    list: {call: GET /letters, items: response.body.archive.letter}
    delete: DELETE /reviews/{key}
defaults: {within: 200ms, patience: 300ms}
-- a.contract.yaml --
contract: Listed
call: POST /reviews
body: {title: "A ${unique}"}
creates: letter
`
	m := say(t, s, suite)
	for _, r := range m.results {
		if r.Verdict.Class != "inconclusive" {
			t.Errorf("%s", describe(r))
		}
	}
}

// uploads gives a shop files: POST /files takes a form of parts.
func uploads(lie string) func(*shop) {
	return func(s *shop) {
		s.HandleFunc("POST /files", func(w http.ResponseWriter, r *http.Request) {
			if err := r.ParseMultipartForm(1 << 20); err != nil {
				reply(w, 400, map[string]any{"error": err.Error()})
				return
			}
			file, head, err := r.FormFile("scan")
			if err != nil {
				reply(w, 422, map[string]any{"error": "no scan"})
				return
			}
			content, _ := io.ReadAll(file)
			if lie == "truncated" {
				content = content[:len(content)/2]
			}
			var meta any
			_ = json.Unmarshal([]byte(r.FormValue("meta")), &meta)
			s.mu.Lock()
			defer s.mu.Unlock()
			s.next++
			thing := map[string]any{
				"id": json.Number(strconv.Itoa(s.next)), "title": r.FormValue("title"), "pages": json.Number(r.FormValue("pages")), "tags": r.Form["tags"], "meta": meta,
				"scan": map[string]any{"filename": head.Filename, "type": head.Header.Get("Content-Type"), "content": string(content)},
			}
			if lie == "forgets the tags" {
				delete(thing, "tags")
			}
			s.kinds["files"] = append(s.kinds["files"], thing)
			reply(w, 201, map[string]any{"id": thing["id"]})
		})
	}
}

const uploading = `
-- provider.yaml --
polygraph: 1
provider: shop
auth: bearer
resources:
  file:
    make: {call: POST /files, headers: {content-type: multipart/form-data}, body: {title: "Made ${unique}", pages: 1, scan: {filename: a.txt, content: x}}}
    read: GET /files/{key}
    list: GET /files
    delete: DELETE /files/{key}
defaults: {within: 200ms, patience: 300ms}
-- a.contract.yaml --
contract: A scan is kept
call: POST /files
headers: {content-type: multipart/form-data}
body:
  title: "Scan \"${unique}\""
  pages: 12
  tags: [a, b]
  meta: {lang: en, dpi: 300}
  scan: {filename: "page 1.txt", type: text/plain, content: "Hello ${unique}\r\n--boundary\r\n"}
creates: file
cases:
  no scan: {body: {scan: null}, status: 422}
---
contract: A made file is removed
given: file
call: DELETE /files/{file.id}
deletes: file
`

// TestParts holds uploads in forms of parts: values are compared as they were written.
func TestParts(t *testing.T) {
	for lie, want := range map[string]accused{
		"":                 {},
		"truncated":        {"ada: A scan is kept": "lied altered-value", "bob: A scan is kept": "lied altered-value"},
		"forgets the tags": {"ada: A scan is kept": "lied dropped-field", "bob: A scan is kept": "lied dropped-field"},
	} {
		literalRow{name: lie, prepare: uploads(lie), suite: uploading, want: want}.run(t)
	}
}
