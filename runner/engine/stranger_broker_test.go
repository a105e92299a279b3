package engine_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A broker keeps queues and the messages in them.
type broker struct {
	queues *shelf
	lies   map[string]string
	mu     sync.Mutex
	texts  map[string][]string // queue → payloads
}

func newBroker(lies map[string]string) *broker {
	return &broker{queues: newShelf(150 * time.Millisecond), lies: lies, texts: map[string][]string{}}
}

func (s *broker) things() int { return s.queues.count() }

func (s *broker) looks(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/get") }

// ServeHTTP cuts the path by hand, since a virtual host may be %2F.
func (s *broker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, password, ok := r.BasicAuth()
	if !ok || password != "pw-"+user {
		reply(w, 401, map[string]any{"error": "not_authorized"})
		return
	}
	segments := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/api/"), "/")
	switch {
	case segments[0] == "overview":
		reply(w, 200, map[string]any{"cluster": "rabbit@a", "version": "4.0"})
		return
	case len(segments) < 2 || segments[1] != "%2F":
		reply(w, 404, map[string]any{"error": "no such vhost"})
		return
	}
	switch route := r.Method + " " + segments[0]; {
	case route == "POST exchanges" && len(segments) == 4:
		s.publish(w, r, user)
	case route == "GET queues" && len(segments) == 2:
		reply(w, 200, s.queues.all())
	case len(segments) == 3:
		s.queue(w, r, user, segments[2])
	case route == "POST queues" && segments[3] == "get":
		s.peek(w, segments[2])
	case route == "DELETE queues" && segments[3] == "contents":
		s.purge(w, user, segments[2])
	default:
		reply(w, 405, nil)
	}
}

func (s *broker) queue(w http.ResponseWriter, r *http.Request, user, name string) {
	there := s.queues.newest(name)
	switch {
	case r.Method == http.MethodGet:
		if queue := s.queues.get(name); queue != nil {
			reply(w, 200, queue)
			return
		}
		reply(w, 404, map[string]any{"error": "Object Not Found"})
	case user == "pub":
		reply(w, 403, map[string]any{"error": "access_refused"})
	case r.Method == http.MethodPut:
		sent := asked(r)
		queue := map[string]any{"name": name, "vhost": "/", "durable": sent["durable"], "arguments": map[string]any{}, "memory": time.Now().UnixNano()}
		if arguments, has := sent["arguments"].(map[string]any); has {
			queue["arguments"] = arguments
			if s.lies[user] == "length lost" {
				queue["arguments"] = map[string]any{}
			}
		}
		if sent["maxlen"] != nil {
			reply(w, 400, map[string]any{"error": "bad_request"})
			if s.lies[user] == "declares refused" {
				s.queues.put(name, queue)
			}
			return
		}
		s.queues.put(name, queue)
		reply(w, 201, nil)
	case there == nil:
		reply(w, 404, nil)
	default:
		s.queues.put(name, nil)
		reply(w, 204, nil)
	}
}

func (s *broker) publish(w http.ResponseWriter, r *http.Request, user string) {
	sent := asked(r)
	to, _ := sent["routing_key"].(string)
	if s.queues.newest(to) == nil {
		reply(w, 200, map[string]any{"routed": false})
		return
	}
	if s.lies[user] != "message lost" {
		wait := s.queues.wait()
		if strings.HasPrefix(fmt.Sprint(sent["payload"]), "fill") {
			wait = 0
		}
		time.AfterFunc(wait, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.texts[to] = append(s.texts[to], fmt.Sprint(sent["payload"]))
		})
	}
	reply(w, 200, map[string]any{"routed": true})
}

func (s *broker) peek(w http.ResponseWriter, name string) {
	if s.queues.get(name) == nil {
		reply(w, 404, nil)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []any{}
	for _, text := range slices.Clone(s.texts[name]) {
		found = append(found, map[string]any{"payload": text, "redelivered": true})
	}
	reply(w, 200, found)
}

func (s *broker) purge(w http.ResponseWriter, user, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch s.lies[user] {
	case "purge ignored":
	case "queue dropped":
		s.queues.put(name, nil)
	default:
		s.texts[name] = nil
	}
	reply(w, 204, nil)
}

func TestBrokerIsKept(t *testing.T) {
	t.Parallel()
	server := newBroker(nil)
	meet(t, "broker", server).requireTruth(t, 0)
}

func TestBrokerLies(t *testing.T) {
	t.Parallel()
	for lie, kind := range map[string][2]string{
		"length lost":      {"mail: A declared queue is as declared", "lied dropped-field"},
		"declares refused": {"mail: A declared queue is as declared (unknown key)", "lied phantom-write"},
		"message lost":     {"mail: A published message waits in its queue", "lied lost-write"},
		"purge ignored":    {"mail: A purged queue is empty and still there", "lied lost-write"},
		"queue dropped":    {"mail: A purged queue is empty and still there", "lied"},
	} {
		t.Run(lie, func(t *testing.T) {
			t.Parallel()
			meet(t, "broker", newBroker(map[string]string{"mail": lie})).requireVerdicts(t, accused{kind[0]: kind[1]})
		})
	}
}
