package engine_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// factsOf gives a shop an account read, in which bob lacks what ada can.
func factsOf(s *shop) {
	s.HandleFunc("GET /me", func(w http.ResponseWriter, r *http.Request) {
		switch who := bearer(r); who {
		case "ada":
			reply(w, 200, map[string]any{"name": who, "scopes": []any{"write", "publish"}, "plan": "pro"})
		case "bob":
			reply(w, 200, map[string]any{"name": who, "scopes": []any{"write"}, "plan": "free"})
		default:
			reply(w, 401, nil)
		}
	})
	s.HandleFunc("POST /reviews/{id}/published", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if who := bearer(r); who != "ada" {
			reply(w, map[bool]int{true: 401, false: 403}[who == ""], nil)
			return
		}
		s.one(w, r, []string{"reviews", r.PathValue("id"), "published"})
	})
}

const factsShop = reviewShop + `account:
  read: GET /me
  take: {can: response.body.scopes, plan: response.body.plan}
defaults: {within: 300ms}
`

// queuesOf gives a shop queues with names that the client chooses.
func queuesOf(s *shop) {
	queues := map[string]map[string]any{}
	s.HandleFunc("PUT /queues/{name}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		spec := asked(r)
		if spec["size"] == nil {
			reply(w, 400, nil)
			return
		}
		_, had := queues[r.PathValue("name")]
		queues[r.PathValue("name")] = map[string]any{"metadata": map[string]any{"name": r.PathValue("name"), "generation": len(queues)}, "spec": spec}
		reply(w, map[bool]int{true: 204, false: 201}[had], nil)
	})
	s.HandleFunc("GET /queues/{name}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if queues[r.PathValue("name")] == nil {
			reply(w, 404, nil)
			return
		}
		reply(w, 200, maps.Clone(queues[r.PathValue("name")]))
	})
	s.HandleFunc("GET /queues", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		reply(w, 200, slices.Collect(maps.Values(queues)))
	})
	s.HandleFunc("DELETE /queues/{name}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(queues, r.PathValue("name"))
		reply(w, 204, nil)
	})
}

// formsOf gives a shop notes that are written as forms and read as JSON.
func formsOf(s *shop) {
	s.HandleFunc("POST /notes", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		text, _ := io.ReadAll(r.Body)
		form, err := url.ParseQuery(string(text))
		if err != nil || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || r.Header.Get("X-Version") != "2" || r.URL.Query().Get("v") != "1" {
			reply(w, 400, map[string]any{"got": string(text), "type": r.Header.Get("Content-Type")})
			return
		}
		if form.Get("text") == "" {
			reply(w, 422, nil)
			return
		}
		s.next++
		note := map[string]any{"id": fmt.Sprintf("n_%d", s.next), "text": form.Get("text"), "by": map[string]any{"name": form.Get("by[name]")},
			"tags": []any{form.Get("tags[1]"), form.Get("tags[0]")}, "at": "2026-01-02T03:04:05.4Z", "price": "3.50", "home": "HTTP://Example.com:80/a"}
		s.kinds["notes"] = append(s.kinds["notes"], note)
		reply(w, 200, map[string]any{"id": note["id"]})
	})
}

// pagesOf shows reviews as HTML, and takes them as text.
func pagesOf(s *shop) {
	s.HandleFunc("POST /pages", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		text, _ := asked(r)["text"].(string)
		if len(text) < 5 {
			reply(w, 400, nil)
			return
		}
		s.next++
		s.kinds["pages"] = append(s.kinds["pages"], map[string]any{"id": fmt.Sprint(s.next), "text": text})
		w.Header().Set("Location", fmt.Sprintf("/pages/%d?new=1", s.next))
		w.WriteHeader(201)
	})
	s.HandleFunc("GET /pages/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		w.Header().Set("Content-Type", "text/html")
		page := s.find("pages", r.PathValue("id"))
		if page == nil {
			w.WriteHeader(404)
			return
		}
		fmt.Fprintf(w, "<html><h1>Page</h1><p class=text>%s</p></html>", page["text"])
	})
}

// wikiOf keeps texts as they are sent.
func wikiOf(s *shop) {
	s.HandleFunc("/wiki/{name}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		w.Header().Set("Content-Type", "text/plain")
		for i, page := range s.kinds["wiki"] {
			if page["id"] != r.PathValue("name") {
				continue
			}
			switch r.Method {
			case "GET":
				fmt.Fprint(w, page["text"])
			case "DELETE":
				s.kinds["wiki"] = slices.Delete(s.kinds["wiki"], i, i+1)
			case "PUT":
				text, _ := io.ReadAll(r.Body)
				page["text"] = string(text)
			}
			return
		}
		if r.Method != "PUT" {
			w.WriteHeader(404)
			return
		}
		text, _ := io.ReadAll(r.Body)
		s.kinds["wiki"] = append(s.kinds["wiki"], map[string]any{"id": r.PathValue("name"), "text": string(text)})
		w.WriteHeader(201)
	})
}

// chatOf says everything under 200.
func chatOf(s *shop) {
	tries := 0
	s.HandleFunc("POST /chat.post", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		body := asked(r)
		if tries++; tries%3 == 1 {
			reply(w, 200, map[string]any{"ok": false, "error": "ratelimited"})
			return
		}
		if body["text"] == nil {
			reply(w, 200, map[string]any{"ok": false, "error": "no_text"})
			return
		}
		s.next++
		ts := fmt.Sprintf("17.%d", s.next)
		s.kinds["chat"] = append(s.kinds["chat"], map[string]any{"ts": ts, "text": body["text"], "channel": body["channel"]})
		reply(w, 200, map[string]any{"ok": true, "ts": ts})
	})
	s.HandleFunc("POST /chat.history", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		body := asked(r)
		all := []any{}
		for _, m := range s.kinds["chat"] {
			if body["oldest"] == nil || body["oldest"] == m["ts"] {
				all = append(all, maps.Clone(m))
			}
		}
		from := 0
		if c, ok := body["cursor"].(json.Number); ok {
			n, _ := c.Int64()
			from = int(n)
		}
		answer := map[string]any{"ok": true, "messages": all[min(from, len(all)):min(from+2, len(all))]}
		if from+2 < len(all) {
			answer["next"] = from + 2
		}
		reply(w, 200, answer)
	})
	s.HandleFunc("POST /chat.delete", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		ts := asked(r)["ts"]
		s.kinds["chat"] = slices.DeleteFunc(s.kinds["chat"], func(m map[string]any) bool { return m["ts"] == ts })
		reply(w, 200, map[string]any{"ok": true})
	})
}

func (s *shop) looks(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, ".history") }

// ordersOf nests: orders below a customer, with lines.
func ordersOf(s *shop) {
	s.HandleFunc("POST /customers/{c}/orders", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		customer := s.find("customers", r.PathValue("c"))
		body, _ := asked(r)["order"].(map[string]any)
		if customer == nil || body == nil {
			reply(w, 404, nil)
			return
		}
		s.next++
		order := map[string]any{"number": json.Number(fmt.Sprint(s.next)), "customer": map[string]any{"id": customer["id"]}, "total": json.Number("9007199254740993"),
			"labels": []any{}, "lines": []any{}, "note": strings.ToUpper(fmt.Sprint(body["note"])), "due": "2026-05-01T10:00:00.400Z", "price": "12.50", "ref": body["ref"]}
		for _, line := range body["lines"].([]any) {
			line := maps.Clone(line.(map[string]any))
			line["updated_at"] = time.Now().String()
			order["lines"] = append(order["lines"].([]any), line)
		}
		for _, id := range body["label_ids"].([]any) {
			order["labels"] = append([]any{map[string]any{"id": id}}, order["labels"].([]any)...)
		}
		s.kinds["orders"] = append(s.kinds["orders"], order)
		reply(w, 201, map[string]any{"order": order})
	})
	s.HandleFunc("/customers/{c}/orders/{n}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for i, order := range s.kinds["orders"] {
			if fmt.Sprint(order["number"]) != r.PathValue("n") || fmt.Sprint(order["customer"].(map[string]any)["id"]) != r.PathValue("c") {
				continue
			}
			switch r.Method {
			case "DELETE":
				s.kinds["orders"] = slices.Delete(s.kinds["orders"], i, i+1)
				reply(w, 204, nil)
			case "PATCH":
				body, _ := asked(r)["order"].(map[string]any)
				if body["note"] != nil {
					order["note"] = strings.ToUpper(fmt.Sprint(body["note"]))
				}
				reply(w, 200, map[string]any{"order": order})
			default:
				reply(w, 200, map[string]any{"order": maps.Clone(order)})
			}
			return
		}
		reply(w, 404, nil)
	})
	s.HandleFunc("GET /customers/{c}/orders", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		all := []any{}
		for _, order := range s.kinds["orders"] {
			if fmt.Sprint(order["customer"].(map[string]any)["id"]) == r.PathValue("c") {
				all = append(all, maps.Clone(order))
			}
		}
		reply(w, 200, map[string]any{"orders": all, "errors": []any{}})
	})
}

var more = []literalRow{
	{name: "facts, needs and without refused", prepare: factsOf, suite: `
-- provider.yaml --` + factsShop + `
-- a.contract.yaml --
contract: Publishing
given: review
call: POST /reviews/{review.id}/published
needs: publish
without: refused
updates: review
from: {state: draft}
set: {state: published}
expect: account.plan == 'pro' && account.name == 'ada'
cases:
  nobody: {as: nobody, status: 401}
---
contract: Publishing without a word about it
given: review
call: POST /reviews/{review.id}/published
needs: [publish]
updates: review
set: {state: published}
`, want: accused{"bob: Publishing without a word about it": "broken refused"}},
	{name: "a stated lack", prepare: factsOf, suite: `
-- a.contract.yaml --
contract: Publishing
given: review
call: POST /reviews/{review.id}/published
needs: publish
updates: review
set: {state: published}
-- polygraph.yaml --
targets:
  local:
    server: "${env.SERVER}"
    accounts:
      ada: {credentials: {bearer: t-ada}, tags: [pro]}
      bob: {credentials: {bearer: t-bob}, expects: {lacks: [publish]}}
`},
	{name: "names that the client chooses, below a path", prepare: queuesOf, suite: `
-- provider.yaml --
polygraph: 1
provider: queues
auth: bearer
resources:
  queue:
    key: metadata.name
    item: response.body
    sent: request.body
    make: {call: "PUT /queues/{name}", path: {name: "q-${unique}"}, body: {size: 3}, id: request.path.name}
    read: GET /queues/{key}
    list: GET /queues
    delete: DELETE /queues/{key}
    fields: {metadata.generation: ignore, size: {read: item.spec.size}}
defaults: {within: 300ms}
-- a.contract.yaml --
contract: A queue is declared
call: PUT /queues/{name}
path: {name: "new/${unique}"}
id: request.path.name
body: {size: 5}
creates: queue
cases:
  no size: {body: {size: null}, status: 400}
---
contract: A queue is resized
given: queue
call: PUT /queues/{queue.metadata.name}
body: {size: 9}
updates: queue
status: 204
also: [metadata.generation, spec]
---
contract: A queue is deleted
given: {queue: {make: queue}, other_queue: {make: queue}}
call: DELETE /queues/{queue.metadata.name}
deletes: queue
keeps: other_queue
`},
	{name: "forms, provider's headers and query, masks", prepare: formsOf, suite: `
-- provider.yaml --
polygraph: 1
provider: notes
auth: bearer
headers: {Content-Type: application/x-www-form-urlencoded, x-version: "${target.version}"}
query: {v: 1}
vars: {version: 2}
resources:
  note:
    make: {call: POST /notes, body: {text: "Made ${unique}", by: {name: me}, tags: [a, b]}}
    read: GET /notes/{key}
    list: GET /notes
    delete: DELETE /notes/{key}
    fields: {tags: set, at: {time: 1s}, price: decimal, home: url, by.name: case, text: text}
defaults: {within: 300ms}
-- a.contract.yaml --
contract: A note is written
call: POST /notes
body: {text: " Made ${unique} ", by: {name: me}, tags: [x, y], at: "2026-01-02T04:04:05+01:00", price: 3.5, home: "http://example.com/a"}
creates: note
rejects:
  no text: {text: null}
`},
	{name: "JSON in, HTML out", prepare: pagesOf, suite: `
-- provider.yaml --
polygraph: 1
provider: pages
auth: bearer
resources:
  page:
    make: {call: POST /pages, headers: {content-type: application/json}, body: {text: "Made ${unique}"}}
    read: GET /pages/{key}
    find: p.text
    delete: DELETE /pages/{key}
    fields: {text: {read: "item[0].text"}}
defaults: {within: 300ms}
-- a.contract.yaml --
contract: A page is shown
call: POST /pages
body: {text: "Hello ${unique}"}
effects:
  - creates: page
  - shows: page
    as: [nobody, me]
cases:
  too short: {body: {text: ""}, status: 400}
---
contract: A page goes
given: page
call: DELETE /pages/{page.id}
deletes: page
-- polygraph.yaml --
targets: {local: {server: "${env.SERVER}", accounts: {ada: {credentials: {bearer: t-ada}}}}}
`, want: accused{}},
	{name: "whole texts", prepare: wikiOf, suite: `
-- provider.yaml --
polygraph: 1
provider: wiki
auth: bearer
headers: {content-type: text/plain}
resources:
  page:
    make: {call: "PUT /wiki/{name}", path: {name: "${unique}"}, body: "Made ${unique}", id: request.path.name}
    read: GET /wiki/{key}
    delete: DELETE /wiki/{key}
probes:
  text: {call: "GET /wiki/${page.id}"}
defaults: {within: 300ms}
-- a.contract.yaml --
contract: A page is written
call: PUT /wiki/{name}
path: {name: "${uuid}"}
id: request.path.name
body: |
  Hello ${unique},
  world
creates: page
---
contract: A page goes
given: {p: {make: page}}
call: PUT /wiki/{p.id}
body: "New ${unique}"
updates: p
`},
	{name: "everything is 200", prepare: chatOf, suite: `
-- provider.yaml --
polygraph: 1
provider: chat
auth: bearer
refusal: response.body.ok == false
throttled: response.body.error == 'ratelimited'
resources:
  message:
    key: ts
    make: {call: POST /chat.post, body: {channel: "${target.channel}", text: "Made ${unique}"}}
    read: {call: POST /chat.history, body: {oldest: "${key}"}, items: response.body.messages}
    list: {call: POST /chat.history, body: {channel: "${target.channel}"}, items: response.body.messages, next: "absent(response.body.next) ? {} : {'cursor': response.body.next}"}
    delete: {call: POST /chat.delete, body: {ts: "${key}"}}
defaults: {within: 400ms}
-- a.contract.yaml --
contract: A message is posted
call: POST /chat.post
body: {channel: "${target.channel}", text: "Hi ${unique}"}
creates: message
rejects:
  no text: {text: null}
---
contract: A message is deleted
given: [message]
call: POST /chat.delete
body: {ts: "${message.ts}"}
deletes: message
-- polygraph.yaml --
targets: {local: {server: "${env.SERVER}", vars: {channel: C1}, accounts: {ada: {credentials: {bearer: t-ada}}}}}
`},
	{name: "nested, wrapped, renamed", prepare: ordersOf, suite: `
-- provider.yaml --
polygraph: 1
provider: orders
auth: bearer
resources:
  customer:
    make: {call: POST /customers, body: {title: "Customer ${unique}"}}
    read: GET /customers/{key}
    list: {call: GET /customers}
    delete: DELETE /customers/{key}
  order:
    key: number
    item: response.body.order
    sent: request.body.order
    make: {call: "POST /customers/{customer.id}/orders", body: {order: {note: "made", ref: "R-${unique}", lines: [{sku: a, n: 1}], label_ids: [1, 2]}}}
    read: GET /customers/{customer.id}/orders/{key}
    list: {call: "GET /customers/{customer.id}/orders", items: response.body.orders}
    delete: DELETE /customers/{customer.id}/orders/{key}
    fields:
      label_ids: {read: "item.labels.map(l, l.id)", as: set}
      lines.updated_at: ignore
      note: case
      due: {time: 2s}
      price: decimal
defaults: {within: 300ms}
-- a.contract.yaml --
contract: An order is made
given: customer
call: POST /customers/{customer.id}/orders
body: {order: {note: "Hello ${unique}", ref: "N-${unique}", lines: [{sku: b, n: 2}], label_ids: [3, 4], due: "2026-05-01T10:00:00Z", price: "12.5"}}
creates: order
expect: response.body.order.total == 9007199254740993 && response.body.order.total != 9007199254740992 && response.body.order.customer.id == customer.id
---
contract: An order is changed
given: order
call: PATCH /customers/{customer.id}/orders/{order.number}
body: {order: {note: "Changed ${unique}"}}
updates: order
keeps: [customer, order.ref]
---
contract: An order goes
given: {mine: {make: order, body: {order: {note: mine}}}, second: {make: order}}
call: DELETE /customers/{customer.id}/orders/{mine.number}
deletes: mine
keeps: second
-- polygraph.yaml --
targets: {local: {server: "${env.SERVER}", accounts: {ada: {credentials: {bearer: t-ada}}}}}
`},
	{name: "reads, statuses, snapshots, values that came from the target", prepare: productsOf, suite: "-- provider.yaml --" + reviewShop + `probes:
  product: GET /products/p-100
  missing: GET /products/p-0
  site: GET ${target.site}/products/p-100
defaults: {within: 300ms}
-- a.contract.yaml --
contract: The list is read
call: GET /{kind}
expect: response.status == 200 && size(response.body.items) >= 0 && response.headers['content-type'].startsWith('application/json')
snapshot: {total: response.body.total}
---
contract: A review does not touch the product that is not there
call: POST /reviews
body: {title: "A ${unique}", of: "${target.site}", by: "${account.name}"}
effects:
  - creates: review
  - keeps: [missing]
  - name: the product answers
    expect: reads.product.status == 200 && reads.missing.status == 404 && absent(after.missing) && after.site.id == 'p-100'
    fails: reads.product.status == 500
  - name: it counts
    expect: after.product.review_count == before.product.review_count + 1
---
contract: Nobody may write
call: POST /reviews
as: nobody
body: {title: "A ${unique}"}
creates: review
status: [401, 403]
---
contract: A wrong status
call: POST /reviews
body: {title: "A ${unique}"}
creates: review
status: 200
-- polygraph.yaml --
targets: {local: {server: "${env.SERVER}", vars: {kind: reviews, site: "${env.SERVER}"}, accounts: {ada: {credentials: {bearer: t-ada}}}}}
`, want: accused{"ada: A wrong status": "broken wrong-status", "ada: A review does not touch the product that is not there": "inconclusive already-so"}},
	{name: "accounts from a table", suite: `
-- a.contract.yaml --
contract: Creating
call: POST /reviews
body: {title: "A ${unique}", of: "${account.tags}"}
creates: review
-- polygraph.yaml --
targets: {local: {server: "${env.SERVER}", accounts_from: ./accounts.csv}}
-- accounts.csv --
name,bearer,tags
zoe,t-zoe,eu pro
"max m",t-max,
`},
	{name: "delete never, several clean-up calls, as", stays: 2, suite: `
-- provider.yaml --
polygraph: 1
provider: shop
auth: bearer
resources:
  review:
    make: {call: POST /reviews, body: {title: "Made ${unique}"}}
    read: {call: "GET /reviews/{key}", as: clerk}
    list: {call: GET /reviews, as: clerk}
    delete: {call: "DELETE /reviews/{key}", as: clerk}
  entry:
    make: {call: POST /entries, body: {title: "Made ${unique}"}}
    read: GET /entries/{key}
    list: GET /entries
    delete: never
defaults: {within: 300ms}
-- a.contract.yaml --
contract: An entry is for ever
call: POST /entries
body: {title: "A ${unique}"}
creates: entry
---
contract: Own clean-up
given: {review: {make: review, as: other}, second: {call: POST /reviews, body: {title: "B ${unique}"}}}
call: PATCH /reviews/{review.id}
body: {title: "C ${unique}"}
updates: review
cleanup:
  - DELETE /reviews/{review.id}
  - {call: "DELETE /reviews/{second.id}", as: clerk}
`},
	{name: "merge patches and patches", prepare: func(s *shop) {
		s.HandleFunc("PATCH /reviews/{id}", func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			thing := s.find("reviews", r.PathValue("id"))
			var patch any
			_ = json.NewDecoder(r.Body).Decode(&patch)
			switch patch := patch.(type) {
			case []any:
				for _, op := range patch {
					op := op.(map[string]any)
					thing[strings.Trim(op["path"].(string), "/")] = op["value"]
				}
			case map[string]any:
				if !strings.Contains(r.Header.Get("Content-Type"), "merge-patch") {
					reply(w, 415, nil)
					return
				}
				for name, value := range patch {
					if thing[name] = value; value == nil {
						delete(thing, name)
					}
				}
			}
			reply(w, 200, maps.Clone(thing))
		})
	}, suite: `
-- a.contract.yaml --
contract: Merge patch
given: {review: {make: review, body: {note: x, deep: {a: 1, b: 2}}}}
call: PATCH /reviews/{review.id}
headers: {content-type: application/merge-patch+json}
body: {title: "New ${unique}", note: "${null}"}
updates: review
---
contract: Patch
given: {review: {make: review}}
call: PATCH /reviews/{review.id}
headers: {content-type: application/json-patch+json}
body: [{op: replace, path: /title, value: "New ${unique}"}]
updates: review
set: {title: "New ${unique}"}
from: {title: "Made ${review.title.split(' ')[1]}"}
---
contract: Patch without a word of what it does
given: {review: {make: review}}
call: PATCH /reviews/{review.id}
headers: {content-type: application/json-patch+json}
body: [{op: replace, path: /title, value: "New ${unique}"}]
updates: review
---
contract: Emptying
given: {review: {make: review, body: {note: x}}}
call: PATCH /reviews/{review.id}
headers: {content-type: application/merge-patch+json}
body: {note: "${null}"}
updates: review
set: {note: null}
cases:
  json only: {headers: {content-type: application/json}, status: 415}
`, want: accused{
		"ada: Patch without a word of what it does": "inconclusive blind-probe", "bob: Patch without a word of what it does": "inconclusive blind-probe",
	}},
}

// TestLiterallyMore is TestLiterally with providers of other sorts.
func TestLiterallyMore(t *testing.T) {
	takeRows(t, more)
}
