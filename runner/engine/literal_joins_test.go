package engine_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// remembering plays the first reply to an idempotency key again, whatever it was to. lie
// has it done a second time, behind the same reply; flight refuses while it says so.
func remembering(path string, lie func(s *shop, r *http.Request), refuse func(n int) int) func(*shop) {
	return func(s *shop) {
		var mu sync.Mutex
		replies, times := map[string]*httptest.ResponseRecorder{}, map[string]int{}
		inner := s.ServeMux
		s.ServeMux = http.NewServeMux()
		s.ServeMux.Handle("/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, pattern := inner.Handler(r); pattern != "" {
				inner.ServeHTTP(w, r)
				return
			}
			s.plain(w, r)
		}))
		s.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			key := r.Header.Get("Idempotency-Key")
			mu.Lock()
			known := replies[key]
			times[key]++
			n := times[key]
			mu.Unlock()
			if known == nil || key == "" {
				known = httptest.NewRecorder()
				if _, pattern := inner.Handler(r); pattern != "" {
					inner.ServeHTTP(known, r)
				} else {
					s.plain(known, r)
				}
				mu.Lock()
				replies[key] = known
				mu.Unlock()
			} else {
				if refuse != nil {
					if status := refuse(n); status > 0 {
						w.Header().Set("Retry-After", "0")
						reply(w, status, map[string]any{"error": "a request with this key is under way"})
						return
					}
				}
				if lie != nil {
					lie(s, r)
				}
				w.Header().Set("Idempotent-Replayed", "true")
			}
			for name, values := range known.Header() {
				w.Header()[name] = values
			}
			w.Header().Set("X-Request-Id", fmt.Sprint(time.Now().UnixNano()))
			w.WriteHeader(known.Code)
			_, _ = w.Write(known.Body.Bytes())
		})
	}
}

// bulkAgain is a bulk that is sent twice with one key.
const bulkAgain = bulkSuite + `
headers: {idempotency-key: "${uuid}"}
again:
  same: {reply: same}
`

// erasing answers POST /erasures, which deletes several, each with what became of it.
func erasing(lie string) func(*shop) {
	return func(s *shop) {
		s.HandleFunc("POST /erasures", func(w http.ResponseWriter, r *http.Request) {
			ids, _ := asked(r)["ids"].([]any)
			s.mu.Lock()
			defer s.mu.Unlock()
			answers := []any{}
			for i, id := range ids {
				ok := s.find("reviews", fmt.Sprint(id)) != nil
				if !(lie == "keeps" && i == 1) {
					kept := s.kinds["reviews"][:0:0]
					for _, thing := range s.kinds["reviews"] {
						if fmt.Sprint(thing["id"]) != fmt.Sprint(id) {
							kept = append(kept, thing)
						}
					}
					s.kinds["reviews"] = kept
				}
				answers = append(answers, map[string]any{"id": id, "ok": ok})
			}
			reply(w, 207, map[string]any{"answers": answers})
		})
	}
}

const erasures = `
-- a.contract.yaml --
contract: Erasing erases
given: {one: {make: review}, two: {make: review}, three: {make: review}}
call: POST /erasures
body: {ids: ["${one.id}", "${two.id}"]}
each: {of: request.body.ids, answer: "response.body.answers.filter(a, a.id == item)[0]", done: answer.ok, refused: "!answer.ok", deletes: review}
keeps: three
`

// seeOther answers POST /made as a job that is asked for elsewhere, with 303, and tells
// of it in ways of its own.
func seeOther(save bool, tell func(n int, w http.ResponseWriter, id string)) func(*shop) {
	return func(s *shop) {
		s.put("Bearer t-carl", map[string]any{"title": "here before"}, 0)
		var mu sync.Mutex
		asks, made, next := map[string]int{}, map[string]string{}, 0
		s.HandleFunc("POST /made", func(w http.ResponseWriter, r *http.Request) {
			body := asked(r)
			mu.Lock()
			next++
			job := fmt.Sprint(next)
			mu.Unlock()
			time.AfterFunc(120*time.Millisecond, func() {
				id := ""
				if save {
					id = string(s.put(r.Header.Get("Authorization"), body, 0))
				}
				mu.Lock()
				made[job] = id
				mu.Unlock()
			})
			w.Header().Set("Location", "/monitors/"+job)
			reply(w, 303, nil)
		})
		s.HandleFunc("GET /monitors/{job}", func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			job := r.PathValue("job")
			id, over := made[job]
			if over {
				asks[job]++
			}
			tell(asks[job], w, id)
		})
	}
}

const monitored = "-- provider.yaml --" + reviewShop + `defaults: {within: 300ms, patience: 500ms}
-- a.contract.yaml --
contract: Creating
call: POST /made
body: {title: "A ${unique}", stars: 3}
creates: review
accepted: {poll: response.headers.location, done: "reads.job.status == 303 || job.state == 'done'", failed: job.state == 'failed', within: 600ms}
`

func running(w http.ResponseWriter) { reply(w, 200, map[string]any{"state": "running"}) }

// quick is the plain shop with a short deadline.
var quick = strings.Replace(plainShop, "500ms", "200ms", 1)

// unhurried is the plain shop for what comes out kept, which a machine that has much
// else to do may see late.
var unhurried = strings.Replace(plainShop, "500ms", "2s", 1)

const repeatedly = `
-- a.contract.yaml --
contract: Publishing
given: review
call: POST /reviews/{review.id}/publish
updates: review
set: {state: publish}
`

var literalJoins = []literalRow{
	{name: "a bulk sent twice, played again", prepare: func(s *shop) { bulking{}.serve(s); remembering("/bulk", nil, nil)(s) }, suite: "-- provider.yaml --" + unhurried + bulkAgain},
	{name: "a bulk sent twice, saved twice", prepare: func(s *shop) {
		bulking{}.serve(s)
		remembering("/bulk", func(s *shop, r *http.Request) {
			items, _ := asked(r)["items"].([]any)
			s.put(r.Header.Get("Authorization"), items[2].(map[string]any), 0)
		}, nil)(s)
	}, suite: "-- provider.yaml --" + quick + bulkAgain, want: all(bulkTitle+" (again: same)", "lied duplicated-write")},
	{name: "a bulk sent twice, and an item loses its stars", prepare: func(s *shop) {
		bulking{}.serve(s)
		remembering("/bulk", func(s *shop, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			items, _ := asked(r)["items"].([]any)
			for _, thing := range s.kinds["reviews"] {
				if thing["title"] == items[0].(map[string]any)["title"] {
					thing["stars"] = 1
				}
			}
		}, nil)(s)
	}, suite: "-- provider.yaml --" + quick + bulkAgain, want: all(bulkTitle+" (again: same)", "lied side-effect")},
	{name: "a bulk of deletions in 207", prepare: erasing(""), suite: erasures},
	{name: "a bulk of deletions sent twice", prepare: erasing(""), suite: "-- provider.yaml --" + unhurried + erasures + "again: {twice: {}}\n"},
	{name: "a bulk of deletions that keeps one", prepare: erasing("keeps"), suite: "-- provider.yaml --" + quick + erasures, want: all("Erasing erases", "lied ineffective-delete")},
	{name: "303, and the monitor says done", prepare: seeOther(true, func(n int, w http.ResponseWriter, id string) {
		if n == 0 {
			running(w)
			return
		}
		reply(w, 200, map[string]any{"state": "done"})
	}), suite: monitored},
	{name: "303, and the monitor leads to the thing", prepare: seeOther(true, func(n int, w http.ResponseWriter, id string) {
		if n == 0 {
			running(w)
			return
		}
		w.Header().Set("Location", "/reviews/"+id)
		reply(w, 303, nil)
	}), suite: monitored},
	{name: "303, and the monitor leads to a thing that is none", prepare: seeOther(false, func(n int, w http.ResponseWriter, id string) {
		if n == 0 {
			running(w)
			return
		}
		w.Header().Set("Location", "/reviews/77")
		reply(w, 303, nil)
	}), suite: monitored, want: all("Creating", "lied accepted-then-lost")},
	{name: "303, and the monitor is gone when it is over", prepare: seeOther(true, func(n int, w http.ResponseWriter, id string) {
		if n == 0 {
			running(w)
			return
		}
		reply(w, 404, nil)
	}), suite: monitored},
	{name: "202 without accepted, later than within", prepare: func(s *shop) {
		s.HandleFunc("POST /made", func(w http.ResponseWriter, r *http.Request) {
			s.put(r.Header.Get("Authorization"), asked(r), 400*time.Millisecond)
			reply(w, 202, map[string]any{"state": "queued"})
		})
	}, suite: "-- provider.yaml --" + quick + creating, want: all("Creating", "broken late-effect")},
	{name: "the same again while it is under way, any answer", prepare: remembering("/reviews", nil, func(int) int { return 409 }), suite: "-- provider.yaml --" + unhurried + strings.Replace(creating, "/made", "/reviews", 1) + `
headers: {idempotency-key: "${uuid}"}
again: {same: {}}
`},
	{name: "the same again, throttled", prepare: remembering("/reviews", nil, func(n int) int {
		if n == 2 {
			return 429
		}
		return 0
	}), suite: "-- provider.yaml --" + quick + strings.Replace(creating, "/made", "/reviews", 1) + `
headers: {idempotency-key: "${uuid}"}
again: {same: {reply: same}}
`, want: all("Creating (again: same)", "inconclusive rate-limited")},
	{name: "the same again, in its own words", prepare: remembering("/reviews", nil, nil), suite: "-- provider.yaml --" + unhurried + strings.Replace(creating, "/made", "/reviews", 1) + `
headers: {idempotency-key: "${uuid}"}
again:
  same: {reply: same}
  another: {headers: {idempotency-key: "${uuid}"}, body: {title: "B ${unique}"}, effect: again}
  same title: {headers: {idempotency-key: "${uuid}"}, effect: again}
`},
	{name: "trials where every third is told to wait", prepare: halting(429), suite: "-- provider.yaml --" + strings.Replace(plainShop, "500ms", "2s", 1) + repeatedly + "trials: 6\n" + one},
	{name: "trials of a slow account", suite: "-- provider.yaml --" + unhurried + repeatedly + `trials: 4
-- polygraph.yaml --
targets: {local: {server: "${env.SERVER}", limits: {rate: 40/s, concurrency: 2}, accounts: {ada: {credentials: {bearer: t-ada}}}}}
`},
	{name: "more trials than may be written", suite: "-- provider.yaml --" + quick + repeatedly + `trials: 6
-- polygraph.yaml --
targets: {local: {server: "${env.SERVER}", limits: {writes_per_run: 10}, accounts: {ada: {credentials: {bearer: t-ada}}}}}
`, want: accused{"ada: Publishing": "inconclusive setup-failed"}},
	{name: "as many writes as a bulk sent twice may need", prepare: func(s *shop) { bulking{}.serve(s); remembering("/bulk", nil, nil)(s) }, suite: "-- provider.yaml --" + unhurried + bulkSuite + `
headers: {idempotency-key: "${uuid}"}
again: {other: {headers: {idempotency-key: "${uuid}"}, effect: again}}
-- polygraph.yaml --
targets: {local: {server: "${env.SERVER}", limits: {writes_per_run: 12}, accounts: {ada: {credentials: {bearer: t-ada}}}}}
`},
	{name: "fewer writes than a bulk sent twice may need", prepare: func(s *shop) { bulking{}.serve(s); remembering("/bulk", nil, nil)(s) }, suite: "-- provider.yaml --" + quick + bulkSuite + `
headers: {idempotency-key: "${uuid}"}
again: {other: {headers: {idempotency-key: "${uuid}"}, effect: again}}
-- polygraph.yaml --
targets: {local: {server: "${env.SERVER}", limits: {writes_per_run: 7}, accounts: {ada: {credentials: {bearer: t-ada}}}}}
`, want: accused{"ada: " + bulkTitle + " (again: other)": "inconclusive setup-failed"}},
	{name: "a known lie of some trials", prepare: losing(3), suite: "-- provider.yaml --" + quick + repeatedly + `trials: 6
known: {lie: lost-write, when: account.name == 'bob'}
`, want: accused{"bob: Publishing": "known lost-write"}},
	{name: "a known lie of no trial", suite: "-- provider.yaml --" + quick + repeatedly + `trials: 3
known: {lie: lost-write, when: account.name == 'bob'}
`, want: accused{"bob: Publishing": "known lost-write"}},
	{name: "trials and again", prepare: remembering("/reviews", nil, nil), suite: "-- provider.yaml --" + unhurried + strings.Replace(creating, "/made", "/reviews", 1) + `
headers: {idempotency-key: "${uuid}"}
trials: 3
again: {same: {reply: same}}
`},
	{name: "trials of a bulk", prepare: func(s *shop) { bulking{}.serve(s) }, suite: "-- provider.yaml --" + unhurried + bulkSuite + "trials: 3\n"},
	{name: "an edit sent twice that counts its versions", prepare: versioned, suite: "-- provider.yaml --" + quick + `
-- a.contract.yaml --
contract: Editing
given: review
call: PATCH /reviews/{review.id}
body: {stars: 2}
updates: review
also: [version]
again: {twice: {reply: same, status: 200}, other: {body: {stars: 3}, effect: again}}
`, want: all("Editing (again: twice)", "broken unexpected-reply")},
	{name: "an edit sent twice that counts its versions, any reply", prepare: versioned, suite: "-- provider.yaml --" + unhurried + `
-- a.contract.yaml --
contract: Editing
given: review
call: PATCH /reviews/{review.id}
body: {stars: 2}
updates: review
also: [version]
again: {twice: {}}
`},
	{name: "an edit sent twice by nobody and by another", prepare: versioned, suite: "-- provider.yaml --" + unhurried + `
-- a.contract.yaml --
contract: Editing
given: review
call: PATCH /reviews/{review.id}
body: {stars: 2}
updates: review
also: [version]
again: {by nobody: {as: nobody, status: 401}, refused: {body: {stars: 9}, status: 422}}
`},
	{name: "a bulk that is atomic", prepare: wholly(false), suite: "-- provider.yaml --" + unhurried + whollySuite},
	{name: "a bulk that says it is atomic", prepare: wholly(true), suite: "-- provider.yaml --" + quick + whollySuite, want: all(bulkTitle+" (one is bad)", "lied phantom-write")},
	{name: "a bulk that is throttled first", prepare: func(s *shop) { bulking{}.serve(s); throttledFirst("/bulk")(s) }, suite: "-- provider.yaml --" + unhurried + bulkSuite + one},
	{name: "a promise that is throttled first", prepare: func(s *shop) {
		s.HandleFunc("POST /made", func(w http.ResponseWriter, r *http.Request) {
			s.put(r.Header.Get("Authorization"), asked(r), 100*time.Millisecond)
			reply(w, 202, map[string]any{"state": "queued"})
		})
		throttledFirst("/made")(s)
	}, suite: "-- provider.yaml --" + strings.Replace(plainShop, "500ms", "2s", 1) + creating + one},
	{name: "303 to the thing itself, without accepted", prepare: answering("/made", 303, true, nil, map[string]any{}), suite: "-- provider.yaml --" + unhurried + creating},
	{name: "answers of the reply or of the job", prepare: func(s *shop) { bulking{}.serve(s) }, suite: "-- provider.yaml --" + unhurried + strings.Replace(bulkSuite, "answer: response.body.answers[index]", `answer: "absent(job.answers) ? response.body.answers[index] : job.answers[index]"`, 1) + `
accepted: {poll: response.headers.location, done: job.state == 'done', within: 1s}
`},
	{name: "207 without each", prepare: answering("/made", 207, true, nil, nil), suite: "-- provider.yaml --" + quick + creating, want: all("Creating", "inconclusive unreachable")},
	{name: "207 without each, and what it means", prepare: answering("/made", 207, true, nil, nil), suite: "-- provider.yaml --" + unhurried + creating + "claims: {207: done}\n"},
	{name: "trials of cases", suite: "-- provider.yaml --" + unhurried + strings.Replace(creating, "/made", "/reviews", 1) + `
trials: 3
cases: {no title: {body: {title: null}, status: 422}, not logged in: {as: nobody, status: 401}}
`},
	{name: "what is sent twice counts once", prepare: remembering("/reviews", nil, nil), suite: "-- provider.yaml --" + unhurried + `
-- a.contract.yaml --
contract: Counted
call: POST /reviews
headers: {idempotency-key: "${uuid}"}
body: {title: "A ${unique}", stars: 3}
effects:
  - creates: review
  - name: one more
    expect: after.count == before.count + 1
again:
  same: {reply: same}
  another: {headers: {idempotency-key: "${uuid}"}, body: {title: "B ${unique}"}, effect: again}
`},
	{name: "a bulk and what counts its items", prepare: func(s *shop) { bulking{}.serve(s) }, suite: "-- provider.yaml --" + unhurried + bulkSuite + `
effects:
  - name: two more
    expect: after.count == before.count + 2
`},
}

// versioned has a review count its edits.
func versioned(s *shop) {
	s.HandleFunc("PATCH /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
		if bearer(r) == "" {
			reply(w, 401, nil)
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		body := asked(r)
		if misfit(body, false) != "" {
			reply(w, 422, nil)
			return
		}
		thing := s.find("reviews", r.PathValue("id"))
		n, _ := thing["version"].(int)
		maps.Copy(thing, body)
		thing["version"] = n + 1
		reply(w, 200, maps.Clone(thing))
	})
}

const whollySuite = bulkSuite + `
cases:
  one is bad: {body: {items: [{title: "D ${unique}", stars: 3}, {title: "E ${unique}", stars: 9}]}, status: 422}
`

// wholly refuses a bulk of two of which one is bad, and lies about it or not.
func wholly(lies bool) func(*shop) {
	return func(s *shop) {
		s.HandleFunc("POST /bulk", func(w http.ResponseWriter, r *http.Request) {
			items, _ := asked(r)["items"].([]any)
			answers := []any{}
			for _, item := range items {
				fields := item.(map[string]any)
				if misfit(fields, true) != "" {
					if len(items) == 2 {
						reply(w, 422, map[string]any{"error": "one is bad"})
						return
					}
					answers = append(answers, map[string]any{"status": 422})
					continue
				}
				if len(items) == 2 && !lies {
					continue
				}
				answers = append(answers, map[string]any{"status": 201, "id": s.put(r.Header.Get("Authorization"), fields, 0)})
			}
			reply(w, 200, map[string]any{"answers": answers})
		})
	}
}

// throttledFirst answers the first request to a path with 429.
func throttledFirst(path string) func(*shop) {
	return func(s *shop) {
		inner, first := s.ServeMux, true
		s.ServeMux = http.NewServeMux()
		s.ServeMux.Handle("/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			later := first && r.URL.Path == path
			first = first && !later
			s.mu.Unlock()
			if later {
				w.Header().Set("Retry-After", "0")
				reply(w, 429, nil)
				return
			}
			if _, pattern := inner.Handler(r); pattern != "" {
				inner.ServeHTTP(w, r)
				return
			}
			s.plain(w, r)
		}))
	}
}

// TestPartsByDocument has the document say that a call takes a form of parts, and which of
// them is a file. Cases change one part, or take it away.
func TestPartsByDocument(t *testing.T) {
	const suite = `
-- openapi.yaml --
openapi: 3.0.3
info: {title: files, version: "1"}
paths:
  /files:
    get: {operationId: listFiles, responses: {"200": {description: all}}}
    post:
      operationId: upload
      requestBody:
        content:
          multipart/form-data:
            schema:
              type: object
              properties: {title: {type: string}, pages: {type: integer}, scan: {type: string, format: binary}, meta: {type: object}}
      responses: {"201": {description: made}}
  /files/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: getFile, responses: {"200": {description: one}}}
    delete: {operationId: dropFile, responses: {"204": {description: gone}}}
components: {securitySchemes: {token: {type: http, scheme: bearer}}}
security: [{token: []}]
-- provider.yaml --
polygraph: 1
provider: files
openapi: ./openapi.yaml
resources:
  file:
    make: {call: upload, body: {title: "Made ${unique}", pages: 1, scan: {filename: a.txt, content: x}}}
    read: getFile
    list: listFiles
    delete: dropFile
defaults: {within: 200ms, patience: 300ms}
-- a.contract.yaml --
contract: A scan is kept
call: upload
body:
  title: "Scan ${unique}"
  pages: 12
  tags: [a]
  meta: {lang: en}
  scan: {filename: page.txt, type: text/plain, content: "Hello ${unique}"}
creates: file
cases:
  another scan: {body: {scan: {content: "Other ${unique}"}}, status: 201}
  a scan of bytes: {body: {scan: {content: null, base64: "aGVsbG8=", filename: b.bin}}, status: 201}
  no scan: {body: {scan: null}, status: 422}
`
	for lie, want := range map[string]accused{
		"": {},
		"truncated": { // but for bytes, which are not compared
			"ada: A scan is kept": "lied altered-value", "ada: A scan is kept (another scan)": "lied altered-value",
			"bob: A scan is kept": "lied altered-value", "bob: A scan is kept (another scan)": "lied altered-value"},
	} {
		t.Run("lie "+lie, func(t *testing.T) {
			t.Parallel()
			literalRow{name: lie, prepare: uploads(lie), suite: suite, want: want}.run(t)
		})
	}
}

// TestMarkerInAttributes finds things of XML by a marker that was sent in an attribute.
func TestMarkerInAttributes(t *testing.T) {
	both := func(verdict string) accused { // the second act is judged by the first, where that is not kept
		cells := all("A tag is kept", verdict)
		maps.Copy(cells, all("A tag is kept (again: other)", verdict))
		return cells
	}
	for lie, want := range map[string]accused{
		"":        {},
		"lost":    both("lied lost-write"),
		"twice":   both("lied duplicated-write"),
		"altered": both("lied altered-value"),
	} {
		t.Run("lie "+lie, func(t *testing.T) {
			t.Parallel()
			literalRow{prepare: tagsOf(lie), want: want, suite: `
-- provider.yaml --
polygraph: 1
provider: tags
auth: bearer
headers: {content-type: application/xml}
resources:
  tag:
    key: "@id"
    item: response.body.tag
    sent: request.body.tag
    make: {call: POST /tags, body: {tag: {"@name": "Made ${unique}", "@color": red}}, id: "response.headers.location.split('/')[2]"}
    read: GET /tags/{key}
    list: {call: GET /tags, items: response.body.tags.tag}
    delete: DELETE /tags/{key}
defaults: {within: 200ms, patience: 300ms}
-- a.contract.yaml --
contract: A tag is kept
call: POST /tags
body: {tag: {"@name": "New ${unique}", "@color": blue}}
creates: tag
again: {other: {body: {tag: {"@name": "New, too ${unique}"}}, effect: again}}
cases: {no name: {body: {tag: {"@name": null}}, status: 400}}
`}.run(t)
		})
	}
}

// tagsOf keeps tags with two attributes and nothing else, in XML; a new one is not named.
func tagsOf(lie string) func(*shop) {
	type tag struct {
		XMLName xml.Name `xml:"tag"`
		ID      string   `xml:"id,attr"`
		Name    string   `xml:"name,attr"`
		Color   string   `xml:"color,attr"`
	}
	return func(s *shop) {
		tags := []tag{{ID: "1", Name: "here before", Color: "red"}}
		say := func(w http.ResponseWriter, value any) {
			w.Header().Set("Content-Type", "text/xml")
			_ = xml.NewEncoder(w).Encode(value)
		}
		s.HandleFunc("/tags", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if r.Method == "GET" {
				say(w, struct {
					XMLName xml.Name `xml:"tags"`
					Tags    []tag
				}{Tags: tags})
				return
			}
			var sent tag
			if err := xml.NewDecoder(r.Body).Decode(&sent); err != nil || sent.Name == "" {
				w.WriteHeader(400)
				return
			}
			ours := strings.HasPrefix(sent.Name, "New")
			for n := range map[bool]int{true: 2, false: 1}[ours && lie == "twice"] {
				s.next++
				sent.ID = fmt.Sprint(s.next)
				if ours && lie == "altered" {
					sent.Color = "grey"
				}
				if n == 0 {
					w.Header().Set("Location", "/tags/"+sent.ID)
				}
				if !ours || lie != "lost" {
					tags = append(tags, sent)
				}
			}
			w.WriteHeader(201)
		})
		s.HandleFunc("/tags/{id}", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			at := slices.IndexFunc(tags, func(x tag) bool { return x.ID == r.PathValue("id") })
			switch {
			case at < 0:
				w.WriteHeader(404)
			case r.Method == "DELETE":
				tags = slices.Delete(tags, at, at+1)
				w.WriteHeader(204)
			default:
				say(w, tags[at])
			}
		})
	}
}

// TestLiteralJoins takes the sentences on what is sent twice, promised, counted, asked for
// often and answered item by item, where they meet.
func TestLiteralJoins(t *testing.T) {
	var rows []sideBySide
	for _, row := range literalJoins {
		rows = append(rows, sideBySide{row.name, row.run})
	}
	atOnce(t, rows)
}
