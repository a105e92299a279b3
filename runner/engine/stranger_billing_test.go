package engine_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A billing API takes forms and gives JSON; an account sees only what is its own.
type billing struct {
	*http.ServeMux
	customers, charges *shelf
	lies               map[string]string
}

func newBilling(lies map[string]string) *billing {
	s := &billing{ServeMux: http.NewServeMux(), customers: newShelf(200 * time.Millisecond), charges: newShelf(0), lies: lies}
	s.HandleFunc("POST /v1/customers", s.makeCustomer)
	s.HandleFunc("POST /v1/customers/{key}", s.editCustomer)
	s.HandleFunc("DELETE /v1/customers/{key}", s.deleteCustomer)
	s.HandleFunc("GET /v1/customers/{key}", s.readCustomer)
	s.HandleFunc("GET /v1/customers", s.listed(s.customers))
	s.HandleFunc("POST /v1/charges", s.charge)
	s.HandleFunc("GET /v1/charges/{key}", s.readCharge)
	s.HandleFunc("GET /v1/charges", s.listed(s.charges))
	return s
}

func (s *billing) things() int { return s.customers.count() }

// form decodes a[b][c]=v; a level whose names are 0, 1, … is a list.
func form(r *http.Request) (map[string]any, error) {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return nil, fmt.Errorf("invalid content type %q", r.Header.Get("Content-Type"))
	}
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	root := map[string]any{}
	for name, values := range r.PostForm {
		path := strings.Split(strings.ReplaceAll(name, "]", ""), "[")
		at := root
		for _, step := range path[:len(path)-1] {
			if at[step] == nil {
				at[step] = map[string]any{}
			}
			at = at[step].(map[string]any)
		}
		at[path[len(path)-1]] = values[0]
	}
	return lists(root).(map[string]any), nil
}

func lists(value any) any {
	m, ok := value.(map[string]any)
	if !ok {
		return value
	}
	list := make([]any, len(m))
	numbered := len(m) > 0
	for name, element := range m {
		m[name] = lists(element)
		if i, err := strconv.Atoi(name); err == nil && i < len(list) {
			list[i] = m[name]
		} else {
			numbered = false
		}
	}
	if numbered {
		return list
	}
	return m
}

func blamed(w http.ResponseWriter, status int, message string) {
	reply(w, status, map[string]any{"error": map[string]any{"type": "invalid_request_error", "message": message}})
}

func (s *billing) makeCustomer(w http.ResponseWriter, r *http.Request) {
	customer, err := form(r)
	if err != nil {
		blamed(w, 400, err.Error())
		return
	}
	email, _ := customer["email"].(string)
	if email != "" && !strings.Contains(email, "@") {
		blamed(w, 400, "Invalid email address")
		return
	}
	id := fmt.Sprintf("cus_%d%s", s.customers.sole(), bearer(r))
	customer["id"], customer["object"], customer["owner"] = id, "customer", bearer(r)
	customer["created"] = time.Now().Unix()
	if balance, ok := customer["balance"].(string); ok {
		customer["balance"] = strings.TrimRight(balance, "0")
	}
	if email != "" {
		switch s.lies[bearer(r)] {
		case "mail lost":
			delete(customer, "email")
		case "elsewhere":
			customer["owner"] = "acct_9"
		case "charset":
			customer["name"] = strings.ReplaceAll(customer["name"].(string), "ä", "?")
		}
	}
	s.customers.put(id, customer)
	reply(w, 200, customer)
}

func (s *billing) own(r *http.Request) map[string]any {
	customer := s.customers.newest(r.PathValue("key"))
	if customer["owner"] != bearer(r) {
		return nil
	}
	return customer
}

func (s *billing) editCustomer(w http.ResponseWriter, r *http.Request) {
	customer := s.own(r)
	sent, err := form(r)
	if customer == nil || err != nil {
		blamed(w, 404, fmt.Sprint("No such customer ", err))
		return
	}
	old, _ := customer["metadata"].(map[string]any)
	merged := map[string]any{}
	if s.lies[bearer(r)] != "metadata replaced" {
		for name, value := range old {
			merged[name] = value
		}
	}
	added, _ := sent["metadata"].(map[string]any)
	for name, value := range added {
		merged[name] = value
	}
	customer["metadata"] = merged
	s.customers.put(r.PathValue("key"), customer)
	reply(w, 200, customer)
}

func (s *billing) deleteCustomer(w http.ResponseWriter, r *http.Request) {
	customer := s.own(r)
	if customer == nil {
		blamed(w, 404, "No such customer")
		return
	}
	s.customers.put(r.PathValue("key"), nil)
	reply(w, 200, map[string]any{"id": r.PathValue("key"), "object": "customer", "deleted": true})
}

func (s *billing) readCustomer(w http.ResponseWriter, r *http.Request) {
	key := r.PathValue("key")
	customer := s.customers.get(key)
	switch {
	case customer != nil && customer["owner"] == bearer(r):
		reply(w, 200, customer)
	case customer == nil && strings.HasSuffix(key, bearer(r)) && s.customers.deleted(key):
		reply(w, 200, map[string]any{"id": key, "object": "customer", "deleted": true})
	default:
		blamed(w, 404, "No such customer: '"+key+"'")
	}
}

func (s *billing) listed(from *shelf) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		found := []map[string]any{}
		for _, item := range from.all() {
			if item["owner"] == bearer(r) {
				found = append(found, item)
			}
		}
		slices.Reverse(found)
		after := r.URL.Query().Get("starting_after")
		start := slices.IndexFunc(found, func(item map[string]any) bool { return item["id"] == after }) + 1
		if after != "" && start == 0 {
			blamed(w, 400, "No such object: "+after)
			return
		}
		limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		page := found[start:min(start+limit, len(found))]
		reply(w, 200, map[string]any{"object": "list", "data": page, "has_more": start+limit < len(found), "url": "/v1/x"})
	}
}

func (s *billing) charge(w http.ResponseWriter, r *http.Request) {
	charge, err := form(r)
	if err != nil {
		blamed(w, 400, err.Error())
		return
	}
	times := 1
	if amount, _ := strconv.Atoi(charge["amount"].(string)); amount < 50 {
		if s.lies[bearer(r)] != "charges anyway" {
			blamed(w, 400, "Amount must be at least 50 cents")
			return
		}
	}
	if s.lies[bearer(r)] == "charges twice" {
		times = 2
	}
	var id string
	for range times {
		id = fmt.Sprintf("ch_%d", s.charges.sole())
		made := map[string]any{"id": id, "owner": bearer(r), "amount": json.Number(charge["amount"].(string)), "currency": strings.ToLower(charge["currency"].(string)), "description": charge["description"]}
		s.charges.put(id, made)
	}
	if amount := charge["amount"].(string); amount == "3" {
		blamed(w, 402, "Your card was declined")
		return
	}
	reply(w, 200, s.charges.get(id))
}

func (s *billing) readCharge(w http.ResponseWriter, r *http.Request) {
	charge := s.charges.get(r.PathValue("key"))
	if charge == nil || charge["owner"] != bearer(r) {
		blamed(w, 404, "No such charge")
		return
	}
	reply(w, 200, charge)
}

func TestBillingIsKept(t *testing.T) {
	t.Parallel()
	server := newBilling(nil)
	m := meet(t, "billing", server)
	m.requireTruth(t, 0)
	kept := 0
	for _, r := range m.results {
		kept += r.Kept
	}
	if charges := server.charges.count(); charges != 3 || kept != 3 {
		t.Errorf("%d charges were made and %d counted as kept, want 3 of each", charges, kept)
	}
}

func TestBillingLies(t *testing.T) {
	t.Parallel()
	made := "acct_2: A new customer can be read and is listed"
	for lie, want := range map[string]accused{
		"mail lost":         {made: "lied dropped-field"},
		"charset":           {made: "lied altered-value"},
		"elsewhere":         {made: "lied lost-write"},
		"metadata replaced": {"acct_2: A changed customer is changed": "lied side-effect"},
		"charges twice":     {"acct_2: A charge is charged once": "lied duplicated-write"},
		"charges anyway":    {"acct_2: A charge is charged once (too little)": "lied phantom-write"},
	} {
		t.Run(lie, func(t *testing.T) {
			t.Parallel()
			meet(t, "billing", newBilling(map[string]string{"acct_2": lie})).requireVerdicts(t, want)
		})
	}
}
