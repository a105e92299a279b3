package engine_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A tracker keeps issues and comments. lies maps an account to what it is told.
type tracker struct {
	*http.ServeMux
	issues, comments *shelf
	lies             map[string]string
}

func newTracker(lies map[string]string) *tracker {
	s := &tracker{ServeMux: http.NewServeMux(), issues: newShelf(300 * time.Millisecond), comments: newShelf(300 * time.Millisecond), lies: lies}
	s.HandleFunc("GET /my/account.json", s.account)
	s.HandleFunc("POST /projects/{project}/issues.json", s.makeIssue)
	s.HandleFunc("GET /projects/{project}/issues.json", s.listIssues)
	s.HandleFunc("GET /issues/{key}", s.ownerOnly(s.readIssue))
	s.HandleFunc("PUT /issues/{key}", s.editIssue)
	s.HandleFunc("DELETE /issues/{key}", s.ownerOnly(s.deleteIssue))
	s.HandleFunc("POST /issues/{key}/comments.json", s.makeComment)
	s.HandleFunc("GET /issues/{key}/comments.json", s.listComments)
	s.HandleFunc("GET /comments/{key}", s.readComment)
	s.HandleFunc("DELETE /comments/{key}", s.ownerOnly(s.deleteComment))
	return s
}

func (s *tracker) things() int { return s.issues.count() + s.comments.count() }

func (s *tracker) lie(r *http.Request) string { return s.lies[bearer(r)] }

func keyOf(r *http.Request) string { return strings.TrimSuffix(r.PathValue("key"), ".json") }

func (s *tracker) ownerOnly(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if bearer(r) != "root" {
			reply(w, 403, nil)
			return
		}
		next(w, r)
	}
}

func (s *tracker) account(w http.ResponseWriter, r *http.Request) {
	reply(w, 200, map[string]any{"user": map[string]any{"login": bearer(r), "permissions": []string{"issues:edit", "comments:write"}}})
}

func named(id any) map[string]any {
	return map[string]any{"id": id, "name": fmt.Sprintf("name of %v", id)}
}

// apply lays what was sent over an issue, under the names in which it is shown.
func apply(issue, sent map[string]any) (mistake string) {
	for name, value := range sent {
		text := fmt.Sprint(value)
		switch name {
		case "subject":
			issue[name] = value
		case "tracker_id":
			if text != "1" && text != "2" {
				return "Tracker is not included in the list"
			}
			issue["tracker"] = named(value)
		case "status_id":
			if text != "1" && text != "5" {
				return "Status is not included in the list"
			}
			issue["status"] = named(value)
		case "labels":
			labels := []any{}
			for _, label := range value.([]any) {
				labels = append([]any{named(label)}, labels...) // the other way round
			}
			issue["labels"] = labels
		}
	}
	issue["updated_on"] = time.Now().Format(time.RFC3339Nano)
	if issue["subject"] == nil {
		return "Subject cannot be blank"
	}
	return ""
}

func (s *tracker) makeIssue(w http.ResponseWriter, r *http.Request) {
	if bearer(r) == "" {
		reply(w, 401, nil)
		return
	}
	sent, _ := asked(r)["issue"].(map[string]any)
	id := s.issues.sole()
	issue := map[string]any{"id": id, "project": r.PathValue("project"), "status": named(1), "tracker": named(2), "labels": []any{}}
	if mistake := apply(issue, sent); mistake != "" {
		reply(w, 422, map[string]any{"errors": []string{mistake}})
		return
	}
	echo := maps.Clone(issue)
	switch s.lie(r) {
	case "issue echoed":
		reply(w, 201, map[string]any{"issue": echo})
		return
	case "label lost":
		issue["labels"] = issue["labels"].([]any)[:1]
		s.issues.put(strconv.Itoa(id), issue)
	case "made twice":
		double := maps.Clone(issue)
		double["id"] = id + 100_000
		s.issues.putAfter(strconv.Itoa(id+100_000), double, 0)
		s.issues.putAfter(strconv.Itoa(id), issue, 0)
	default:
		s.issues.put(strconv.Itoa(id), issue)
	}
	reply(w, 201, map[string]any{"issue": echo})
}

func (s *tracker) listIssues(w http.ResponseWriter, r *http.Request) {
	offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	var found []map[string]any
	for _, issue := range s.issues.all() {
		if issue["project"] == r.PathValue("project") {
			found = append(found, issue)
		}
	}
	slices.Reverse(found)
	total := len(found)
	page := found[min(offset, total):min(offset+limit, total)]
	reply(w, 200, map[string]any{"issues": page, "offset": offset, "limit": limit, "total_count": total})
}

func (s *tracker) readIssue(w http.ResponseWriter, r *http.Request) {
	issue := s.issues.get(keyOf(r))
	if issue == nil {
		reply(w, 404, nil)
		return
	}
	issue["watchers"] = []string{}
	reply(w, 200, map[string]any{"issue": issue})
}

func (s *tracker) editIssue(w http.ResponseWriter, r *http.Request) {
	issue := s.issues.newest(keyOf(r))
	if issue == nil {
		reply(w, 404, nil)
		return
	}
	sent, _ := asked(r)["issue"].(map[string]any)
	before := maps.Clone(issue)
	if mistake := apply(issue, sent); mistake != "" {
		if s.lie(r) == "half refused" && sent["subject"] != nil {
			before["subject"] = sent["subject"]
			s.issues.put(keyOf(r), before)
		}
		reply(w, 422, map[string]any{"errors": []string{mistake}})
		return
	}
	closing := sent["status_id"] != nil
	switch lie := s.lie(r); {
	case lie == "status ignored" && closing:
		before["updated_on"] = issue["updated_on"]
		issue = before
	case lie == "subject wiped" && closing:
		issue["subject"] = "closed"
	}
	s.issues.put(keyOf(r), issue)
	if s.lie(r) == "reopened" && closing {
		s.issues.putAfter(keyOf(r), before, 700*time.Millisecond)
	}
	reply(w, 204, nil)
}

func (s *tracker) deleteIssue(w http.ResponseWriter, r *http.Request) {
	s.issues.put(keyOf(r), nil)
	reply(w, 204, nil)
}

func (s *tracker) makeComment(w http.ResponseWriter, r *http.Request) {
	sent, _ := asked(r)["comment"].(map[string]any)
	id := s.comments.sole()
	comment := map[string]any{"id": id, "issue": keyOf(r), "author": bearer(r), "notes": strings.TrimSpace(sent["notes"].(string))}
	if s.lie(r) == "comment hidden" && strings.HasPrefix(comment["notes"].(string), "Noted") {
		comment["issue"] = "0"
	}
	s.comments.put(strconv.Itoa(id), comment)
	w.Header().Set("Location", "/comments/"+strconv.Itoa(id))
	reply(w, 201, map[string]any{"comment": comment})
}

func (s *tracker) listComments(w http.ResponseWriter, r *http.Request) {
	found := []map[string]any{}
	for _, comment := range s.comments.all() {
		if comment["issue"] == keyOf(r) {
			found = append(found, comment)
		}
	}
	reply(w, 200, map[string]any{"comments": found})
}

func (s *tracker) readComment(w http.ResponseWriter, r *http.Request) {
	comment := s.comments.get(keyOf(r))
	if comment == nil {
		reply(w, 404, nil)
		return
	}
	reply(w, 200, map[string]any{"comment": comment})
}

func (s *tracker) deleteComment(w http.ResponseWriter, r *http.Request) {
	s.comments.put(keyOf(r), nil)
	reply(w, 204, nil)
}

func TestTrackerIsKept(t *testing.T) {
	t.Parallel()
	meet(t, "tracker", newTracker(nil)).requireTruth(t, 0)
}

func TestTrackerLies(t *testing.T) {
	t.Parallel()
	for lie, want := range map[string]accused{
		"status ignored": {"ben: Closing an issue closes it and no other": "lied lost-write"},
		"subject wiped":  {"ben: Closing an issue closes it and no other": "lied side-effect"},
		"reopened":       {"ben: Closing an issue closes it and no other": "lied reverted-write"},
		"half refused":   {"ben: Closing an issue closes it and no other (unknown status)": "lied error-left-a-trace"},
		"issue echoed":   {"ben: A new issue stands in its project": "lied lost-write"},
		"label lost":     {"ben: A new issue stands in its project": "lied dropped-field"},
		"made twice":     {"ben: A new issue stands in its project": "lied duplicated-write"},
		"comment hidden": {"ben: A comment stands under its issue": "lied half-done"},
	} {
		t.Run(lie, func(t *testing.T) {
			t.Parallel()
			meet(t, "tracker", newTracker(map[string]string{"ben": lie})).requireVerdicts(t, want)
		})
	}
}
