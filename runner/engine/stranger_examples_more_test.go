package engine_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// A ledger is rows by collection, for the servers of the examples. lie names what its
// server does otherwise.
type ledger struct {
	*http.ServeMux
	mu   sync.Mutex
	next int
	rows []map[string]any
	keys map[string]string // idempotency key → body
	made map[string]map[string]any
	lie  string
}

func newLedger(lie string) *ledger {
	return &ledger{ServeMux: http.NewServeMux(), lie: lie, next: 100, keys: map[string]string{}, made: map[string]map[string]any{}}
}

func (l *ledger) things() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, row := range l.rows {
		if row["deleted"] != true {
			n++
		}
	}
	return n
}

func (l *ledger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ServeMux.ServeHTTP(w, r)
}

func (l *ledger) looks(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/get") }

func (l *ledger) number() string {
	l.next++
	return strconv.Itoa(l.next)
}

func (l *ledger) find(field string, value any) int {
	return slices.IndexFunc(l.rows, func(row map[string]any) bool { return fmt.Sprint(row[field]) == fmt.Sprint(value) })
}

func (l *ledger) of(object string) []map[string]any {
	list := []map[string]any{}
	for _, row := range l.rows {
		if row["object"] == object && row["deleted"] != true {
			list = append(list, row)
		}
	}
	return list
}

// slackLike answers 200 whatever it does, and lists the newest first.
func slackLike(lie string) *ledger {
	l := newLedger(lie)
	l.rows = []map[string]any{{"ts": "1.000050", "text": "here before"}}
	l.HandleFunc("POST /chat.postMessage", func(w http.ResponseWriter, r *http.Request) {
		body := asked(r)
		text, _ := body["text"].(string)
		why := map[bool]string{body["channel"] != "C1": "channel_not_found", text == "": "no_text"}[true]
		if why != "" && l.lie != "posts what it refuses" {
			reply(w, 200, map[string]any{"ok": false, "error": why})
			return
		}
		row := map[string]any{"ts": "1.000" + l.number(), "type": "message", "text": strings.TrimSpace(text)}
		if l.lie != "swallows" {
			l.rows = append(l.rows, row)
		}
		if why != "" {
			reply(w, 200, map[string]any{"ok": false, "error": why})
			return
		}
		reply(w, 200, map[string]any{"ok": true, "channel": "C1", "ts": row["ts"], "message": row})
	})
	l.HandleFunc("GET /conversations.history", func(w http.ResponseWriter, r *http.Request) {
		list, q := []map[string]any{}, r.URL.Query()
		limit, _ := strconv.Atoi(q.Get("limit"))
		for _, row := range slices.Backward(l.rows) {
			if latest := q.Get("latest"); latest == "" || fmt.Sprint(row["ts"]) <= latest {
				list = append(list, row)
			}
		}
		reply(w, 200, map[string]any{"ok": true, "messages": list[:min(limit, len(list))], "response_metadata": map[string]any{"next_cursor": ""}})
	})
	l.HandleFunc("POST /chat.delete", func(w http.ResponseWriter, r *http.Request) {
		at := l.find("ts", asked(r)["ts"])
		if at < 0 {
			reply(w, 200, map[string]any{"ok": false, "error": "message_not_found"})
			return
		}
		l.rows = slices.Delete(l.rows, at, at+1)
		reply(w, 200, map[string]any{"ok": true})
	})
	return l
}

// unform reads a form with names such as a[b].
func unform(r *http.Request) map[string]any {
	_ = r.ParseForm()
	fields := map[string]any{}
	for name, values := range r.PostForm {
		outer, inner, nested := strings.Cut(strings.TrimSuffix(name, "]"), "[")
		switch n, err := strconv.Atoi(values[0]); {
		case nested:
			if fields[outer] == nil {
				fields[outer] = map[string]any{}
			}
			fields[outer].(map[string]any)[inner] = values[0]
		case err == nil:
			fields[name] = n
		default:
			fields[name] = values[0]
		}
	}
	return fields
}

// stripeLike takes forms and idempotency keys, and keeps a stone for what was deleted.
func stripeLike(lie string) *ledger {
	l := newLedger(lie)
	l.rows = []map[string]any{{"id": "cus_1", "object": "customers", "name": "here before"}, {"id": "ch_1", "object": "charges", "amount": 1}}
	l.HandleFunc("POST /v1/{object}", func(w http.ResponseWriter, r *http.Request) {
		fields, object := unform(r), r.PathValue("object")
		key, body := r.Header.Get("Idempotency-Key"), r.PostForm.Encode()
		if known, has := l.keys[key]; has && key != "" {
			switch {
			case l.lie == "takes the other amount" && known != body:
				l.made[key]["amount"] = fields["amount"]
			case l.lie != "charges twice":
				if known != body {
					reply(w, 400, map[string]any{"error": map[string]any{"type": "idempotency_error"}})
					return
				}
			default:
				double := maps.Clone(l.made[key])
				double["id"] = "ch_" + l.number()
				l.rows = append(l.rows, double)
			}
			w.Header().Set("Idempotent-Replayed", "true")
			reply(w, 200, l.made[key])
			return
		}
		delete(fields, "source")
		fields["id"], fields["object"], fields["created"] = map[string]string{"customers": "cus_", "charges": "ch_"}[object]+l.number(), object, 1700000000
		l.keys[key], l.made[key] = body, fields
		if l.lie != "swallows" {
			l.rows = append(l.rows, fields)
		}
		reply(w, 200, maps.Clone(fields))
	})
	l.HandleFunc("GET /v1/{object}", func(w http.ResponseWriter, r *http.Request) {
		list := l.of(r.PathValue("object"))
		slices.Reverse(list)
		if after := r.URL.Query().Get("starting_after"); after != "" {
			at := slices.IndexFunc(list, func(row map[string]any) bool { return row["id"] == after })
			list = list[at+1:]
		}
		const page = 2
		reply(w, 200, map[string]any{"object": "list", "has_more": r.PathValue("object") == "customers" && len(list) > page, "data": list[:map[bool]int{true: min(page, len(list)), false: len(list)}[r.PathValue("object") == "customers"]]})
	})
	l.HandleFunc("GET /v1/{object}/{id}", func(w http.ResponseWriter, r *http.Request) {
		at := l.find("id", r.PathValue("id"))
		if at < 0 {
			reply(w, 404, map[string]any{"error": map[string]any{"code": "resource_missing"}})
			return
		}
		if l.rows[at]["deleted"] == true {
			reply(w, 200, map[string]any{"id": l.rows[at]["id"], "object": "customer", "deleted": true})
			return
		}
		reply(w, 200, l.rows[at])
	})
	l.HandleFunc("DELETE /v1/customers/{id}", func(w http.ResponseWriter, r *http.Request) {
		l.rows[l.find("id", r.PathValue("id"))]["deleted"] = true
		reply(w, 200, map[string]any{"id": r.PathValue("id"), "deleted": true})
	})
	return l
}

// postgrestLike has tables with filters in the query, and rows that an account may not touch.
func postgrestLike(lie string) *ledger {
	l := newLedger(lie)
	l.rows = []map[string]any{{"id": 1, "task": "here before"}}
	id := func(r *http.Request) (string, bool) { return strings.CutPrefix(r.URL.Query().Get("id"), "eq.") }
	l.HandleFunc("POST /todos", func(w http.ResponseWriter, r *http.Request) {
		row := asked(r)
		row["id"], row["done"] = json.Number(l.number()), false
		if l.lie != "swallows" || r.Header.Get("Prefer") != "" {
			l.rows = append(l.rows, row)
		}
		w.Header().Set("Location", "/todos?id=eq."+fmt.Sprint(row["id"]))
		if r.Header.Get("Prefer") == "return=representation" {
			reply(w, 201, []any{row})
			return
		}
		reply(w, 201, nil)
	})
	l.HandleFunc("GET /todos", func(w http.ResponseWriter, r *http.Request) {
		if bearer(r) != "owner" {
			reply(w, 200, []any{})
			return
		}
		key, one := id(r)
		list := []map[string]any{}
		for _, row := range slices.Backward(l.rows) {
			if !one || fmt.Sprint(row["id"]) == key {
				list = append(list, row)
			}
		}
		reply(w, 200, list)
	})
	l.HandleFunc("PATCH /todos", func(w http.ResponseWriter, r *http.Request) {
		key, _ := id(r)
		if bearer(r) != "bob" && l.lie != "swallows" {
			maps.Copy(l.rows[l.find("id", key)], asked(r))
		}
		reply(w, 204, nil)
	})
	l.HandleFunc("DELETE /todos", func(w http.ResponseWriter, r *http.Request) {
		if key, one := id(r); one && bearer(r) == "owner" {
			l.rows = slices.DeleteFunc(l.rows, func(row map[string]any) bool { return fmt.Sprint(row["id"]) == key })
		}
		reply(w, 204, nil)
	})
	return l
}

// rabbitLike declares queues under the name that the client chooses, and routes messages.
func rabbitLike(lie string) *ledger {
	l := newLedger(lie)
	l.rows = []map[string]any{{"name": "orders", "durable": true}}
	waiting := map[string][]any{}
	l.HandleFunc("PUT /api/queues/{vhost}/{name}", func(w http.ResponseWriter, r *http.Request) {
		body := asked(r)
		if body["maxlen"] != nil || r.PathValue("vhost") != "main" {
			reply(w, 400, map[string]any{"error": "bad_request", "reason": "unknown key"})
			return
		}
		body["name"], body["vhost"], body["messages"] = r.PathValue("name"), "main", 0
		if arguments, _ := body["arguments"].(map[string]any); arguments != nil && l.lie == "drops arguments" {
			body["arguments"] = map[string]any{}
		}
		l.rows = append(l.rows, body)
		reply(w, 201, nil)
	})
	l.HandleFunc("GET /api/queues/{vhost}", func(w http.ResponseWriter, r *http.Request) { reply(w, 200, l.rows) })
	l.HandleFunc("/api/queues/{vhost}/{name}", func(w http.ResponseWriter, r *http.Request) {
		at := l.find("name", r.PathValue("name"))
		switch {
		case at < 0:
			reply(w, 404, map[string]any{"error": "Object Not Found"})
		case r.Method == "DELETE":
			l.rows = slices.Delete(l.rows, at, at+1)
			reply(w, 204, nil)
		default:
			reply(w, 200, l.rows[at])
		}
	})
	l.HandleFunc("POST /api/queues/{vhost}/{name}/get", func(w http.ResponseWriter, r *http.Request) {
		if l.find("name", r.PathValue("name")) < 0 {
			reply(w, 404, map[string]any{"error": "Object Not Found"})
			return
		}
		reply(w, 200, slices.Concat([]any{}, waiting[r.PathValue("name")]))
	})
	l.HandleFunc("POST /api/exchanges/{vhost}/amq.default/publish", func(w http.ResponseWriter, r *http.Request) {
		body := asked(r)
		to := fmt.Sprint(body["routing_key"])
		routed := l.find("name", to) >= 0
		if routed && l.lie != "routes nothing" {
			waiting[to] = append(waiting[to], map[string]any{"payload": body["payload"], "payload_encoding": "string"})
		}
		reply(w, 200, map[string]any{"routed": routed})
	})
	return l
}

// TestExamplesAsTheyStand runs the examples of the language before servers of their kind,
// truthful and lying.
func TestExamplesAsTheyStand(t *testing.T) {
	const (
		posted, customer, once = "A posted message is in the channel", "A new customer can be read and is listed", "One idempotency key, one charge"
		edited, blind          = "An edited todo is edited", "A new todo is saved although its author may not read it"
		declared, published    = "A declared queue is as declared", "A published message waits in its queue"
	)
	owned := "    roles: {owner: owner}\n    accounts: {owner: {credentials: {bearer: t-owner}}, bob: {credentials: {bearer: t-bob}, expects: {lacks: [\"todos:write\"]}}}\n"
	alone := "    accounts: {ada: {credentials: {bearer: t-ada}}}\n"
	broker := "    vars: {vhost: main}\n    roles: {admin: ada}\n    accounts: {ada: {credentials: {basic: {user: ada, password: local-only}}}}\n"
	for _, row := range []struct {
		name, target string
		server       func(lie string) *ledger
		lie          string
		stays        int
		want         accused
	}{
		{"slack", "    vars: {channel: C1}\n" + alone, slackLike, "", 0, accused{}},
		{"slack", "    vars: {channel: C1}\n" + alone, slackLike, "swallows", 0, accused{"ada: " + posted: "lied lost-write"}},
		{"slack", "    vars: {channel: C1}\n" + alone, slackLike, "posts what it refuses", 1, accused{
			"ada: " + posted + " (unknown channel)": "lied phantom-write", "ada: " + posted + " (no text)": "inconclusive noisy-frame"}},
		{"stripe", alone, stripeLike, "", 3, accused{}},
		{"stripe", alone, stripeLike, "swallows", 0, accused{
			"ada: " + customer: "lied lost-write", "ada: " + once: "lied lost-write", "ada: " + once + " (again: same request)": "lied lost-write", "ada: " + once + " (again: changed amount)": "lied lost-write"}},
		{"stripe", alone, stripeLike, "charges twice", 5, accused{
			"ada: " + once + " (again: same request)": "lied duplicated-write", "ada: " + once + " (again: changed amount)": "lied duplicated-write"}},
		{"stripe", alone, stripeLike, "takes the other amount", 3, accused{"ada: " + once + " (again: changed amount)": "lied altered-value"}},
		{"postgrest", owned, postgrestLike, "", 0, accused{"bob: " + edited: "known lost-write"}},
		{"postgrest", owned, postgrestLike, "swallows", 0, accused{
			"bob: " + edited: "known lost-write", "owner: " + edited: "lied lost-write", "owner: " + blind: "lied lost-write", "bob: " + blind: "lied lost-write"}},
		{"rabbitmq", broker, rabbitLike, "", 0, accused{}},
		{"rabbitmq", broker, rabbitLike, "drops arguments", 0, accused{"ada: " + declared: "lied dropped-field"}},
		{"rabbitmq", broker, rabbitLike, "routes nothing", 0, accused{"ada: " + published: "lied lost-write"}},
	} {
		t.Run(row.name+" "+row.lie, func(t *testing.T) {
			t.Parallel()
			l := row.server(row.lie)
			before := l.things()
			suite := soon(example(t, row.name))
			at := strings.Index(suite, "-- polygraph.yaml --")
			suite = strings.Replace(suite[:at], "within: 10s", "within: 400ms", 1) + "-- polygraph.yaml --\ntargets:\n  local:\n    server: \"${env.SERVER}\"\n" + row.target
			say(t, l, suite).requireVerdicts(t, row.want)
			if left := l.things(); left != before+row.stays {
				t.Errorf("%d things on the server, %d before", left, before)
			}
		})
	}
}
