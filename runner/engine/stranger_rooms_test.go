package engine_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// Rooms are booked by tenants, each of whom sees its own bookings.
type rooms struct {
	*http.ServeMux
	bookings, settings *shelf
	lies               map[string]string
}

var tenants = []string{"north", "south", "west"}

func newRooms(lies map[string]string) *rooms {
	s := &rooms{ServeMux: http.NewServeMux(), bookings: newShelf(200 * time.Millisecond), settings: newShelf(100 * time.Millisecond), lies: lies}
	for _, tenant := range tenants {
		s.settings.putAfter(tenant, map[string]any{"tenant": tenant, "welcome": "Welcome", "theme": "dark"}, 0)
	}
	for pattern, next := range map[string]func(w http.ResponseWriter, r *http.Request, tenant string){
		"GET /api/me": s.me, "POST /api/bookings": s.book, "GET /api/bookings": s.list, "GET /api/bookings/{ref}": s.read,
		"DELETE /api/bookings/{ref}": s.cancel, "POST /api/bookings/{ref}/confirm": s.confirm, "PUT /api/bookings/{ref}/room": s.move,
		"GET /api/settings": s.readSettings, "PATCH /api/settings": s.change, "GET /api/door/{ref}": s.door,
		"GET /api/calendar.ndjson": s.calendar, "POST /api/search": s.search, "POST /api/import": s.load, "POST /api/import/undo": s.undo,
	} {
		s.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			tenant := strings.TrimPrefix(r.URL.Query().Get("token"), "q-")
			if r.URL.Query().Get("v") != "2" {
				reply(w, 400, map[string]any{"error": "say which version"})
				return
			}
			if tenant == "" && !strings.HasPrefix(r.URL.Path, "/api/door/") {
				reply(w, 401, nil)
				return
			}
			next(w, r, tenant)
		})
	}
	return s
}

func (s *rooms) things() int { return s.bookings.count() }

func (s *rooms) looks(r *http.Request) bool { return r.URL.Path == "/api/search" }

func (s *rooms) me(w http.ResponseWriter, _ *http.Request, tenant string) {
	reply(w, 200, map[string]any{"tenant": tenant, "may": map[string]any{"book": true, "admin": false}})
}

func (s *rooms) own(tenant string) []map[string]any {
	return slices.DeleteFunc(s.bookings.all(), func(b map[string]any) bool { return b["tenant"] != tenant })
}

func (s *rooms) save(booking map[string]any) {
	version, _ := booking["version"].(int)
	booking["version"] = version + 1
	s.bookings.put(booking["ref"].(string), booking)
}

func (s *rooms) book(w http.ResponseWriter, r *http.Request, tenant string) {
	booking := asked(r)
	refusals := map[any]int{"pink": 404, "full": 200}
	if status := refusals[booking["room"]]; status != 0 {
		reply(w, status, map[string]any{"error": booking["room"]})
		if s.lies[tenant] == "full and booked" && status == 200 {
			s.save(s.drawn(booking, tenant))
		}
		return
	}
	if fmt.Sprint(booking["guests"]) == "99" {
		reply(w, 409, map[string]any{"error": "too many"})
		return
	}
	s.drawn(booking, tenant)
	if strings.HasPrefix(booking["title"].(string), "Ours") {
		switch s.lies[tenant] {
		case "all see it":
			booking["public"] = true
		case "door closed":
			booking["closed"] = true
		case "calendar lags":
			booking["unlisted"] = true
		}
	}
	s.save(booking)
	reply(w, 201, map[string]any{"booking": booking})
}

func (s *rooms) drawn(booking map[string]any, tenant string) map[string]any {
	booking["ref"] = fmt.Sprintf("R%d/%s", s.bookings.sole(), tenant[:1])
	booking["tenant"], booking["state"] = tenant, "held"
	return booking
}

func (s *rooms) list(w http.ResponseWriter, _ *http.Request, tenant string) {
	found := s.own(tenant)
	if s.lies[tenant] == "filtered" {
		found = slices.DeleteFunc(found, func(b map[string]any) bool { return strings.HasPrefix(b["title"].(string), "Made") })
	}
	reply(w, 200, map[string]any{"bookings": found, "rooms": []string{"blue", "red"}})
}

func (s *rooms) read(w http.ResponseWriter, r *http.Request, tenant string) {
	booking := s.bookings.get(r.PathValue("ref"))
	if booking == nil || booking["tenant"] != tenant && booking["public"] == nil {
		reply(w, 404, nil)
		return
	}
	reply(w, 200, map[string]any{"booking": booking})
}

func (s *rooms) cancel(w http.ResponseWriter, r *http.Request, tenant string) {
	ref := r.PathValue("ref")
	booking := s.bookings.newest(ref)
	if booking == nil || booking["tenant"] != tenant {
		reply(w, 404, nil)
		return
	}
	s.bookings.put(ref, nil)
	reply(w, 202, nil)
}

func (s *rooms) confirm(w http.ResponseWriter, r *http.Request, tenant string) {
	booking := s.bookings.newest(r.PathValue("ref"))
	if booking == nil || booking["tenant"] != tenant {
		reply(w, 404, nil)
		return
	}
	before := maps.Clone(booking)
	booking["state"], booking["confirmed_by"] = "confirmed", tenant
	if s.lies[tenant] == "title dropped" {
		booking["title"] = ""
	}
	s.save(booking)
	if s.lies[tenant] == "hold expires" {
		s.bookings.putAfter(r.PathValue("ref"), before, 500*time.Millisecond)
	}
	reply(w, 409, map[string]any{"note": "it is done all the same"})
}

func (s *rooms) move(w http.ResponseWriter, r *http.Request, tenant string) {
	booking := s.bookings.newest(r.PathValue("ref"))
	if fmt.Sprint(booking["version"]) != r.Header.Get("If-Match") {
		reply(w, 412, nil)
		return
	}
	maps.Copy(booking, asked(r))
	s.save(booking)
	reply(w, 200, map[string]any{"booking": booking})
}

func (s *rooms) readSettings(w http.ResponseWriter, _ *http.Request, tenant string) {
	reply(w, 200, s.settings.get(tenant))
}

func (s *rooms) change(w http.ResponseWriter, r *http.Request, tenant string) {
	settings := s.settings.newest(tenant)
	sent := asked(r)
	if s.lies[tenant] == "settings kept" {
		delete(sent, "welcome")
	}
	maps.Copy(settings, sent)
	s.settings.put(tenant, settings)
	reply(w, 200, settings)
}

func (s *rooms) door(w http.ResponseWriter, r *http.Request, _ string) {
	booking := s.bookings.get(strings.TrimSuffix(r.PathValue("ref"), ".txt"))
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	switch {
	case booking == nil:
		http.NotFound(w, r)
	case booking["closed"] != nil:
		fmt.Fprint(w, "closed")
	default:
		fmt.Fprint(w, "open for ", booking["title"])
	}
}

func (s *rooms) calendar(w http.ResponseWriter, _ *http.Request, tenant string) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	for _, b := range s.own(tenant) {
		if b["unlisted"] == nil {
			_ = json.NewEncoder(w).Encode(map[string]any{"booking": b["ref"], "title": b["title"], "day": "2030-01-01"})
		}
	}
}

func (s *rooms) search(w http.ResponseWriter, r *http.Request, tenant string) {
	q := asked(r)["q"]
	hits := slices.DeleteFunc(s.own(tenant), func(b map[string]any) bool { return b["title"] != q })
	if s.lies[tenant] == "search finds nothing" && strings.HasPrefix(q.(string), "Made") {
		hits = hits[:0]
	}
	reply(w, 200, map[string]any{"hits": hits, "took": []int{1, 2}})
}

func (s *rooms) load(w http.ResponseWriter, r *http.Request, tenant string) {
	lines := bufio.NewScanner(r.Body)
	for n := 0; lines.Scan(); n++ {
		booking := map[string]any{}
		if json.Unmarshal(lines.Bytes(), &booking) != nil {
			reply(w, 400, nil)
			return
		}
		if n == 1 && s.lies[tenant] == "half imported" {
			continue
		}
		s.save(s.drawn(booking, tenant))
	}
	reply(w, 200, map[string]any{"imported": 2})
}

func (s *rooms) undo(w http.ResponseWriter, r *http.Request, tenant string) {
	titles, _ := asked(r)["titles"].([]any)
	for _, b := range s.own(tenant) {
		if slices.Contains(titles, b["title"]) {
			s.bookings.put(b["ref"].(string), nil)
		}
	}
	reply(w, 204, nil)
}

func TestRoomsAreKept(t *testing.T) {
	t.Parallel()
	server := newRooms(nil)
	m := meet(t, "rooms", server)
	m.requireTruth(t, 0)
	for _, tenant := range tenants {
		if welcome := server.settings.newest(tenant)["welcome"]; welcome != "Welcome" {
			t.Errorf("%s is left with welcome %q", tenant, welcome)
		}
	}
	for _, r := range m.results {
		if r.Cell.Case == nil && strings.HasPrefix(r.Cell.Contract.Title, "A booking stands") && fmt.Sprint(r.Record.Act.Snapshot["version"]) != "1" {
			t.Errorf("snapshot %v", r.Record.Act.Snapshot)
		}
	}
}

func TestRoomsLie(t *testing.T) {
	t.Parallel()
	stands, confirmed := "south: A booking stands in the calendar and is nobody else's", "south: Confirming a booking confirms it and keeps its title"
	for lie, want := range map[string]accused{
		"all see it":           {stands: "lied leaked"},
		"door closed":          {stands: "lied half-done"},
		"calendar lags":        {stands: "lied half-done"},
		"full and booked":      {stands + " (a full room is told by 200)": "lied phantom-write"},
		"filtered":             {"south: A booking is found by its tenant": "lied filtered-empty"},
		"search finds nothing": {"south: A search finds a booking": "lied filtered-empty"},
		"title dropped":        {confirmed: "lied side-effect"},
		"hold expires":         {confirmed: "lied reverted-write"},
		"settings kept":        {"south: Settings are changed and put back": "lied lost-write"},
		"half imported":        {"south: An import makes two bookings": "lied lost-write"},
	} {
		t.Run(lie, func(t *testing.T) {
			t.Parallel()
			if lie == "filtered" { // what its list hides cannot be seen to leave it
				want["south: Cancelling is asked for twice"] = "inconclusive"
			}
			meet(t, "rooms", newRooms(map[string]string{"south": lie})).requireVerdicts(t, want)
		})
	}
}
