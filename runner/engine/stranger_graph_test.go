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

// A graph is an API of one address that answers 200 whatever it did: reads are POSTs,
// and what went wrong stands under `errors`. lies maps an account to what it is told.
type graph struct {
	mu    sync.Mutex
	next  int
	nodes []map[string]any
	lies  map[string]string
}

func (g *graph) things() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.nodes)
}

func (g *graph) looks(r *http.Request) bool { return r.Header.Get("X-Reads") != "" }

func (g *graph) fail(w http.ResponseWriter, why string) {
	reply(w, 200, map[string]any{"data": nil, "errors": []any{map[string]any{"message": why, "path": []any{"it"}}}})
}

func (g *graph) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who := bearer(r)
	if who == "" {
		g.fail(w, "UNAUTHENTICATED")
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	body := asked(r)
	query, _ := body["query"].(string)
	variables, _ := body["variables"].(map[string]any)
	input, _ := variables["input"].(map[string]any)
	at := slices.IndexFunc(g.nodes, func(n map[string]any) bool { return n["id"] == variables["id"] })
	lie := g.lies[who]
	switch {
	case strings.Contains(query, "reviews("):
		g.page(w, variables)
	case strings.HasPrefix(query, "query"):
		var found any
		if at >= 0 {
			found = g.nodes[at]
		}
		reply(w, 200, map[string]any{"data": map[string]any{"review": found}})
	case strings.Contains(query, "create"):
		g.write(w, "createReview", map[string]any{}, input, lie)
	case at < 0:
		g.fail(w, "NOT_FOUND")
	case strings.Contains(query, "update"):
		g.write(w, "updateReview", g.nodes[at], input, lie)
	default:
		gone := g.nodes[at]
		g.nodes = slices.Delete(g.nodes, at, at+1)
		reply(w, 200, map[string]any{"data": map[string]any{"deleteReview": map[string]any{"id": gone["id"]}}})
	}
}

func (g *graph) page(w http.ResponseWriter, variables map[string]any) {
	from, _ := strconv.Atoi(fmt.Sprint(variables["after"]))
	from = min(from, len(g.nodes))
	to := min(from+2, len(g.nodes))
	reply(w, 200, map[string]any{"data": map[string]any{"reviews": map[string]any{
		"nodes": slices.Clone(g.nodes[from:to]), "pageInfo": map[string]any{"hasNextPage": to < len(g.nodes), "endCursor": strconv.Itoa(to)},
	}}})
}

// write makes or changes a node; the reply never shows a lie.
func (g *graph) write(w http.ResponseWriter, field string, node, input map[string]any, lie string) {
	if stars, has := input["stars"]; has {
		if n, err := strconv.Atoi(fmt.Sprint(stars)); err != nil || n < 1 || n > 5 {
			if lie == "phantom" {
				g.keep(maps.Clone(node), input)
			}
			g.fail(w, "BAD_USER_INPUT")
			return
		}
	}
	shown := maps.Clone(node)
	maps.Copy(shown, input)
	switch {
	case lie == "quiet" && node["id"] == nil: // what went wrong, beside data that looks like success
		shown["id"] = "0"
		reply(w, 200, map[string]any{"data": map[string]any{field: shown}, "errors": []any{map[string]any{"message": "INTERNAL"}}})
		return
	case lie == "lost" && node["id"] != nil:
	default:
		shown = g.keep(node, input)
	}
	reply(w, 200, map[string]any{"data": map[string]any{field: maps.Clone(shown)}})
}

func (g *graph) keep(node, input map[string]any) map[string]any {
	if node["id"] == nil {
		g.next++
		node["id"] = strconv.Itoa(g.next)
		g.nodes = append(g.nodes, node)
	}
	maps.Copy(node, input)
	return node
}

const graphSuite = `
-- provider.yaml --
polygraph: 1
provider: graph
auth: bearer
refusal: size(response.body.errors) > 0
vars: {fields: "id title stars"}
resources:
  review:
    sent: request.body.variables.input
    make:
      call: POST /graphql
      body: {query: "mutation($input: In!) { createReview(input: $input) { id title stars } }", variables: {input: {title: "Made ${unique}", stars: 4}}}
      item: response.body.data.createReview
    read:
      call: POST /graphql
      headers: {x-reads: "1"}
      body: {query: "query($id: ID!) { review(id: $id) { id title stars } }", variables: {id: "${key}"}}
      item: response.body.data.review
    list:
      call: POST /graphql
      headers: {x-reads: "1"}
      body: {query: "query($after: String) { reviews(first: 2, after: $after) { nodes { id title stars } pageInfo { hasNextPage endCursor } } }", variables: {after: ""}}
      items: response.body.data.reviews.nodes
      next: "response.body.data.reviews.pageInfo.hasNextPage ? {'variables': {'after': response.body.data.reviews.pageInfo.endCursor}} : {}"
    delete: {call: POST /graphql, body: {query: "mutation($id: ID!) { deleteReview(id: $id) { id } }", variables: {id: "${key}"}}}
defaults: {within: 300ms, patience: 500ms}
-- a.contract.yaml --
contract: Creating
call: POST /graphql
body: {query: "mutation($input: In!) { createReview(input: $input) { id title stars } }", variables: {input: {title: "New ${unique}", stars: 5}}}
creates: review
item: response.body.data.createReview
expect: response.body.data.createReview.stars == 5
cases:
  six stars: {body: {variables: {input: {stars: 6}}}, status: refused}
  not logged in: {as: nobody, status: refused}
---
contract: Updating
given: review
call: POST /graphql
body: {query: "mutation($id: ID!, $input: In!) { updateReview(id: $id, input: $input) { id title stars } }", variables: {id: "${review.id}", input: {title: "Edited ${unique}"}}}
updates: review
---
contract: Deleting
given: review
call: POST /graphql
body: {query: "mutation($id: ID!) { deleteReview(id: $id) { id } }", variables: {id: "${review.id}"}}
deletes: review
`

// TestGraph meets GraphQL, truthful and lying.
func TestGraph(t *testing.T) {
	for _, row := range []struct {
		lie  string
		want accused
	}{
		{"", accused{}},
		{"lost", accused{"bob: Updating": "lied lost-write"}},
		{"phantom", accused{"bob: Creating (six stars)": "lied phantom-write"}},
		{"quiet", accused{"bob: Creating": "lied in-band-error", "bob: Updating": "inconclusive setup-failed", "bob: Deleting": "inconclusive setup-failed"}},
	} {
		t.Run("lie "+row.lie, func(t *testing.T) {
			t.Parallel()
			g := &graph{lies: map[string]string{"bob": row.lie}, nodes: []map[string]any{{"id": "a", "title": "here before", "stars": json.Number("1")}}}
			m := say(t, g, graphSuite)
			m.requireVerdicts(t, row.want)
			m.requireOnce(t)
			if g.things() != 1 {
				t.Errorf("%d things, 1 before", g.things())
			}
		})
	}
}
