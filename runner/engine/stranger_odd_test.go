package engine_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// An odd server is truthful, and tells the truth in the mood of the account that
// asks: its replicas lag and flap, it is too busy, it buries what was deleted,
// denies what is not there, hands identities out again, or is full of others.
type odd struct {
	*http.ServeMux
	mu     sync.Mutex
	shelfs map[string]*shelf
	free   map[string][]int // identities that may be handed out again
	turns  atomic.Int64
}

func newOdd() *odd {
	s := &odd{ServeMux: http.NewServeMux(), shelfs: map[string]*shelf{}, free: map[string][]int{}}
	s.HandleFunc("POST /things", s.moody(s.add))
	s.HandleFunc("GET /things", s.moody(s.list))
	s.HandleFunc("GET /things/{id}", s.moody(s.read))
	s.HandleFunc("PATCH /things/{id}", s.moody(s.edit))
	s.HandleFunc("DELETE /things/{id}", s.moody(s.drop))
	return s
}

func (s *odd) of(account string) *shelf {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shelfs[account] == nil {
		s.shelfs[account] = newShelf(300 * time.Millisecond)
	}
	return s.shelfs[account]
}

func (s *odd) things() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, shelf := range s.shelfs {
		n += shelf.count()
	}
	return n
}

// moody answers as the mood wants, or lets the request through.
func (s *odd) moody(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		turn := s.turns.Add(1)
		switch account := bearer(r); {
		case account == "busy" && turn%5 == 0:
			w.Header().Set("Retry-After", "0")
			reply(w, 429, map[string]any{"error": "slow down"})
		case account == "shaky" && r.Method == http.MethodGet && turn%4 == 0:
			reply(w, 503, nil)
		case account == "shaky" && r.Method == http.MethodGet && turn%7 == 0:
			w.Header().Set("Content-Length", "1000") // cut short
			_, _ = w.Write([]byte(`{"id": 1, "na`))
		default:
			next(w, r)
		}
	}
}

func (s *odd) add(w http.ResponseWriter, r *http.Request) {
	account := bearer(r)
	shelf, thing := s.of(account), asked(r)
	if fmt.Sprint(thing["size"]) == "1000" {
		reply(w, 422, nil)
		return
	}
	id := s.draw(account, shelf)
	thing["id"], thing["seen"] = id, 0
	shelf.put(strconv.Itoa(id), thing)
	w.Header().Set("Location", "/things/"+strconv.Itoa(id))
	reply(w, 201, nil)
}

func (s *odd) draw(account string, shelf *shelf) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if free := s.free[account]; account == "reused" && len(free) > 0 {
		s.free[account] = free[1:]
		return free[0]
	}
	return shelf.sole()
}

// old tells whether the replica that answers is behind: one in three, for those
// whose replicas flap, while a change is young.
func (s *odd) old(r *http.Request) bool { return bearer(r) == "flapping" && rand.IntN(3) == 0 }

func (s *odd) seen(r *http.Request, id string) map[string]any {
	shelf := s.of(bearer(r))
	if s.old(r) {
		return shelf.lagging(id, 500*time.Millisecond)
	}
	return shelf.get(id)
}

// lagging is what a replica shows that is so far behind.
func (s *shelf) lagging(key string, behind time.Duration) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	then := time.Now().Add(-behind)
	versions := s.rows[key]
	for i := len(versions) - 1; i >= 0; i-- {
		if !versions[i].at.After(then) {
			return maps.Clone(versions[i].value)
		}
	}
	return nil
}

func (s *odd) read(w http.ResponseWriter, r *http.Request) {
	account, id := bearer(r), r.PathValue("id")
	thing := s.seen(r, id)
	switch {
	case thing != nil:
		thing["seen"] = rand.IntN(1000)
		reply(w, 200, thing)
	case account == "tombs" && s.of(account).newest(id) == nil:
		reply(w, 200, map[string]any{"id": numeral(id), "state": "deleted"})
	case account == "denied":
		reply(w, 403, nil)
	default:
		reply(w, 404, nil)
	}
}

func numeral(id string) int { n, _ := strconv.Atoi(id); return n }

func (s *odd) list(w http.ResponseWriter, r *http.Request) {
	account := bearer(r)
	found := s.of(account).all()
	if account == "crowded" { // others come and go all the time
		for range 3 {
			found = append(found, map[string]any{"id": 1_000_000 + rand.IntN(1_000_000), "name": "somebody's", "size": 2})
		}
	}
	if account == "drifting" { // a page begins where another ended a moment ago
		found = append(found, map[string]any{"id": 1_000_000 + int(time.Now().UnixMilli()/300), "name": "new", "size": 7})
	}
	slices.Reverse(found)
	const size = 4
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	body := map[string]any{"things": found[min(page*size, len(found)):min(page*size+size, len(found))], "next": nil}
	if (page+1)*size < len(found) {
		body["next"] = map[string]any{"page": page + 1}
	}
	reply(w, 200, body)
}

func (s *odd) edit(w http.ResponseWriter, r *http.Request) {
	shelf, id := s.of(bearer(r)), r.PathValue("id")
	thing, sent := shelf.newest(id), asked(r)
	switch {
	case thing == nil:
		reply(w, 404, nil)
		return
	case fmt.Sprint(sent["size"]) == "1000":
		reply(w, 422, nil)
		return
	}
	maps.Copy(thing, sent)
	shelf.put(id, thing)
	reply(w, 200, nil)
}

func (s *odd) drop(w http.ResponseWriter, r *http.Request) {
	account, id := bearer(r), r.PathValue("id")
	if s.of(account).newest(id) == nil {
		reply(w, 404, nil)
		return
	}
	s.of(account).put(id, nil)
	if account == "reused" {
		s.mu.Lock()
		s.free[account] = append(s.free[account], numeral(id))
		s.mu.Unlock()
	}
	reply(w, 204, nil)
}

func TestOddIsKept(t *testing.T) {
	t.Parallel()
	meet(t, "odd", newOdd()).requireTruth(t, 0)
}
