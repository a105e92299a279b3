package engine_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A chat answers 200 whatever it did.
type chat struct {
	*http.ServeMux
	messages *shelf
	lies     map[string]string
	limited  bool // every third post is told to come again
	posts    atomic.Int64
	clock    atomic.Int64
}

func newChat(lies map[string]string) *chat {
	s := &chat{ServeMux: http.NewServeMux(), messages: newShelf(250 * time.Millisecond), lies: lies}
	s.HandleFunc("POST /api/auth.test", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-OAuth-Scopes", "chat:write,channels:history")
		reply(w, 200, map[string]any{"ok": true, "user_id": bearer(r)})
	})
	s.HandleFunc("POST /api/chat.postMessage", s.post)
	s.HandleFunc("POST /api/chat.update", s.update)
	s.HandleFunc("POST /api/chat.delete", s.remove)
	s.HandleFunc("GET /api/conversations.history", s.history)
	return s
}

func (s *chat) things() int { return s.messages.count() }

func no(w http.ResponseWriter, why string) { reply(w, 200, map[string]any{"ok": false, "error": why}) }

func (s *chat) post(w http.ResponseWriter, r *http.Request) {
	sent, lie := asked(r), s.lies[bearer(r)]
	text, _ := sent["text"].(string)
	ours := strings.HasPrefix(text, "Hello")
	switch {
	case s.limited && s.posts.Add(1)%3 == 0:
		w.Header().Set("Retry-After", "0")
		no(w, "ratelimited")
		return
	case sent["channel"] != "C42":
		no(w, "channel_not_found")
		return
	case text == "":
		no(w, "no_text")
		if lie == "posts nothing" {
			s.messages.put(s.stamp(), map[string]any{"ts": s.stamp(), "type": "message", "user": bearer(r), "text": sent["channel"]})
		}
		return
	case lie == "not in channel" && ours:
		no(w, "not_in_channel")
		return
	}
	ts := s.stamp()
	message := map[string]any{"ts": ts, "type": "message", "user": bearer(r), "text": text}
	switch {
	case lie == "unsent" && ours:
	case lie == "cut" && ours:
		cut := map[string]any{"ts": ts, "type": "message", "user": bearer(r), "text": strings.TrimPrefix(text, "Hello ")}
		s.messages.put(ts, cut)
	case lie == "no and yes" && ours:
		s.messages.put(ts, message)
		no(w, "fatal_error")
		return
	default:
		s.messages.put(ts, message)
	}
	reply(w, 200, map[string]any{"ok": true, "channel": "C42", "ts": ts, "message": message})
}

func (s *chat) stamp() string { return fmt.Sprintf("17%08d.%06d", s.clock.Add(1), 100) }

func (s *chat) update(w http.ResponseWriter, r *http.Request) {
	sent := asked(r)
	ts, _ := sent["ts"].(string)
	message := s.messages.newest(ts)
	switch {
	case message == nil:
		no(w, "message_not_found")
	case message["user"] != bearer(r):
		no(w, "cant_update_message")
	default:
		if s.lies[bearer(r)] != "unedited" {
			message["text"], message["edited"] = sent["text"], map[string]any{"ts": s.stamp()}
			s.messages.put(ts, message)
		}
		reply(w, 200, map[string]any{"ok": true, "ts": ts, "text": sent["text"]})
	}
}

func (s *chat) remove(w http.ResponseWriter, r *http.Request) {
	ts, _ := asked(r)["ts"].(string)
	if s.messages.newest(ts) == nil {
		no(w, "message_not_found")
		return
	}
	s.messages.put(ts, nil)
	reply(w, 200, map[string]any{"ok": true, "ts": ts})
}

func (s *chat) history(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	latest, before := q.Get("latest"), q.Get("cursor")
	found := s.messages.all()
	slices.SortFunc(found, func(a, b map[string]any) int { return strings.Compare(b["ts"].(string), a["ts"].(string)) })
	page := []map[string]any{}
	limit, _ := strconv.Atoi(q.Get("limit"))
	cursor := ""
	for _, message := range found {
		ts := message["ts"].(string)
		if latest != "" && ts > latest || before != "" && ts >= before {
			continue
		}
		if len(page) == limit {
			cursor = page[len(page)-1]["ts"].(string)
			break
		}
		page = append(page, message)
	}
	reply(w, 200, map[string]any{"ok": true, "messages": page, "has_more": cursor != "", "response_metadata": map[string]any{"next_cursor": cursor}})
}

func TestChatIsKept(t *testing.T) {
	t.Parallel()
	meet(t, "chat", newChat(nil)).requireTruth(t, 0)
}

func TestChatIsKeptThoughItIsBusy(t *testing.T) {
	t.Parallel()
	server := newChat(nil)
	server.limited = true
	meet(t, "chat", server).requireTruth(t, 0)
}

func TestChatLies(t *testing.T) {
	t.Parallel()
	posted := "veit: A posted message is in the channel"
	for lie, want := range map[string]accused{
		"unsent":         {posted: "lied lost-write"},
		"cut":            {posted: "lied altered-value"},
		"not in channel": {posted: "lied in-band-error"},
		"no and yes":     {posted: "lied phantom-write"},
		"unedited":       {"veit: An edited message is edited": "lied lost-write"},
	} {
		t.Run(lie, func(t *testing.T) {
			t.Parallel()
			meet(t, "chat", newChat(map[string]string{"veit": lie})).requireVerdicts(t, want)
		})
	}
}
