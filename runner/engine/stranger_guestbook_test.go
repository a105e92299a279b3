package engine_test

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// A guestbook shows its entries on pages. slow is what the feed lags behind.
type guestbook struct {
	*http.ServeMux
	entries, published *shelf
	lies               map[string]string
}

func newGuestbook(lies map[string]string) *guestbook {
	s := &guestbook{ServeMux: http.NewServeMux(), entries: newShelf(100 * time.Millisecond), published: newShelf(300 * time.Millisecond), lies: lies}
	s.HandleFunc("POST /entries", s.add)
	s.HandleFunc("POST /entries/remove", s.remove)
	s.HandleFunc("POST /entries/{nr}/hide", s.hide)
	s.HandleFunc("GET /entries/{nr}", s.read)
	s.HandleFunc("GET /drafts", s.drafts)
	s.HandleFunc("GET /{$}", s.page)
	s.HandleFunc("GET /public/feed.xml", s.feed)
	s.HandleFunc("GET /total", func(w http.ResponseWriter, _ *http.Request) {
		n := 0
		for _, entry := range s.published.all() {
			if entry["hidden"] != true {
				n++
			}
		}
		fmt.Fprint(w, n)
	})
	return s
}

func (s *guestbook) things() int { return s.entries.count() }

func guest(r *http.Request) string {
	if cookie, err := r.Cookie("sid"); err == nil {
		return strings.TrimPrefix(cookie.Value, "s-")
	}
	return ""
}

func (s *guestbook) save(entry map[string]any) {
	nr := strconv.Itoa(entry["nr"].(int))
	s.entries.put(nr, entry)
	s.published.put(nr, entry)
}

func (s *guestbook) add(w http.ResponseWriter, r *http.Request) {
	if guest(r) == "" {
		reply(w, 401, nil)
		return
	}
	entry := map[string]any{"nr": s.entries.sole(), "by": guest(r), "hidden": false, "text": html.EscapeString(asked(r)["text"].(string))}
	hello := strings.HasPrefix(entry["text"].(string), "Hello")
	switch lie := s.lies[guest(r)]; {
	case lie == "not public" && hello:
		s.entries.put(strconv.Itoa(entry["nr"].(int)), entry)
	case lie == "also a draft" && hello:
		entry["draft"] = true
		s.save(entry)
	default:
		s.save(entry)
	}
	reply(w, 201, entry)
}

func (s *guestbook) read(w http.ResponseWriter, r *http.Request) {
	entry := s.entries.get(r.PathValue("nr"))
	if entry == nil || guest(r) == "" {
		reply(w, 404, nil)
		return
	}
	reply(w, 200, entry)
}

func (s *guestbook) hide(w http.ResponseWriter, r *http.Request) {
	if guest(r) == "" {
		reply(w, 401, nil)
		return
	}
	entry := s.entries.newest(r.PathValue("nr"))
	entry["hidden"] = true
	if s.lies[guest(r)] == "still shown" {
		s.entries.put(r.PathValue("nr"), entry)
	} else {
		s.save(entry)
	}
	reply(w, 204, nil)
}

func (s *guestbook) remove(w http.ResponseWriter, r *http.Request) {
	if guest(r) != "kim" {
		reply(w, 403, nil)
		return
	}
	nr := fmt.Sprint(asked(r)["nr"])
	s.published.put(nr, nil)
	s.entries.put(nr, nil)
	reply(w, 204, nil)
}

func (s *guestbook) page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	fmt.Fprint(w, "<!doctype html><title>Guests</title><main>")
	for _, entry := range s.published.all() {
		if entry["hidden"] != true {
			fmt.Fprintf(w, "<article id=e-%v><h2>%v wrote</h2><p>%v</article>", entry["nr"], entry["by"], entry["text"])
		}
	}
}

func (s *guestbook) feed(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/rss+xml")
	fmt.Fprint(w, `<?xml version="1.0"?><rss><channel><link>http://guests</link>`)
	for _, entry := range s.published.all() {
		if entry["hidden"] != true {
			fmt.Fprintf(w, `<item nr="%v"><link>http://guests/%v</link><text><![CDATA[%v]]></text></item>`, entry["nr"], entry["nr"], entry["text"])
		}
	}
	fmt.Fprint(w, "</channel></rss>")
}

func (s *guestbook) drafts(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	fmt.Fprint(w, "<ul>")
	for _, entry := range s.entries.all() {
		if entry["by"] == guest(r) && (entry["hidden"] == true || entry["draft"] == true) {
			fmt.Fprintf(w, `<li data-nr="%v">%v`, entry["nr"], entry["text"])
		}
	}
}

// database looks behind the pages, as a probe written in Go.
func (s *guestbook) database(o *engine.Options) {
	o.Probes = map[string]engine.Probe{"database": func(_ context.Context, _ string, vars map[string]any) (any, error) {
		entry, _ := vars["entry"].(map[string]any)
		row := s.entries.get(fmt.Sprint(entry["nr"]))
		if row == nil {
			return nil, nil
		}
		return row, nil
	}}
}

func TestGuestbookIsKept(t *testing.T) {
	t.Parallel()
	server := newGuestbook(nil)
	meet(t, "guestbook", server, server.database, public).requireTruth(t, 0)
}

// public leaves out the contract that counts what all accounts do together.
func public(o *engine.Options) { o.Contracts = []string{"An entry*", "A hidden*", "A removed*"} }

func TestGuestbookCounts(t *testing.T) {
	t.Parallel()
	server := newGuestbook(nil)
	server.published.slow = 0 // what an expression counts before the act must have come by then
	meet(t, "guestbook", server, server.database, func(o *engine.Options) {
		o.Contracts, o.OneAtATime = []string{"Hiding*"}, true
	}).requireTruth(t, 0)
}

func TestGuestbookLies(t *testing.T) {
	t.Parallel()
	for lie, want := range map[string]accused{
		"not public":   {"lou: An entry is saved and public": "lied half-done"},
		"also a draft": {"lou: An entry is saved and public": "lied leaked"},
		"still shown":  {"lou: A hidden entry is hidden from the public, and its writer still reads it": "lied leaked"},
	} {
		t.Run(lie, func(t *testing.T) {
			t.Parallel()
			server := newGuestbook(map[string]string{"lou": lie})
			meet(t, "guestbook", server, server.database, public).requireVerdicts(t, want)
		})
	}
}
