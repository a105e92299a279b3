package contracts

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const shop = `
polygraph: 1
provider: shop
resources:
  review:
    key: id
    make: {call: POST /reviews, body: {title: "Made ${unique}", stars: 4}}
    read: "GET /reviews/{key}"
    list: {call: GET /reviews, items: response.body.items}
    delete: "DELETE /reviews/{key}"
  comment:
    make: {call: "POST /reviews/{review.id}/comments", body: {text: "On ${review.id}"}}
    read: "GET /reviews/{review.id}/comments/{key}"
    delete: never
  settings: {read: GET /settings}
probes:
  product: GET /products/p-100
  page: {call: "GET /p/p-100", find: "[data-review='${review.id}']", as: nobody, lag: 2m}
webhooks:
  published: {when: event.type == 'review.published'}
`

func oneContract(t *testing.T, body string) *Contract {
	t.Helper()
	s := mustLoad(t, Options{GoProbes: []string{"inbox"}}, "provider.yaml", shop, "a.contract.yaml", "contract: one\n"+body)
	return s.Contracts[0]
}

func TestBaseIsSent(t *testing.T) {
	const edit = "given: review\ncall: PATCH /reviews/{review.id}\nupdates: review\n"
	for _, c := range []struct {
		name, body string
		want       bool
	}{
		{"bare call", "call: GET /me\n", true},
		{"an effect", "call: POST /reviews\nbody: {title: a}\ncreates: review\n", true},
		{"an effect with a body, and rejects", "call: POST /reviews\nbody: {title: a}\ncreates: review\nrejects: {x: {stars: 9}}\n", true},
		{"an edit of nothing, and rejects", edit + "rejects: {x: {stars: 9}}\n", false},
		{"an edit of nothing, and cases", edit + "cases: {x: {body: {stars: 9}, status: 422}}\n", false},
		{"an edit of nothing, keeps and rejects", edit + "keeps: [product]\nrejects: {x: {stars: 9}}\n", false},
		{"an edit of nothing, alone", edit, true},
		{"an edit with set", edit + "set: {stars: 9}\nrejects: {x: {stars: 9}}\n", true},
		{"an edit with a body", edit + "body: {stars: 2}\nrejects: {x: {stars: 9}}\n", true},
		{"an edit of nothing with a status", edit + "status: 422\nrejects: {x: {stars: 9}}\n", true},
		{"an edit of nothing with expect", edit + "expect: response.status == 200\nrejects: {x: {stars: 9}}\n", true},
		{"a creation whose cases bring the bodies", "call: POST /reviews\ncreates: review\nrejects: {x: {stars: 9}}\n", false},
		{"a creation without a body", "call: POST /reviews\ncreates: review\ncases: {x: {as: nobody, status: 401}}\n", true},
		{"no effect, only rejects", "given: review\ncall: POST /reviews\nbody: {title: a}\nrejects: {x: {stars: 9}}\n", false},
		{"keeps alone, and cases", "given: review\ncall: GET /search\nkeeps: [review]\ncases: {x: {as: nobody, status: 401}}\n", true},
		{"a deletion, and cases", "given: review\ncall: DELETE /reviews/{review.id}\ndeletes: review\ncases: {x: {as: other, status: 4xx}}\n", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := oneContract(t, c.body).Base; got != c.want {
				t.Errorf("base sent: %v, want %v", got, c.want)
			}
		})
	}
}

func TestGivenOrder(t *testing.T) {
	for _, c := range []struct {
		name, given string
		want        string
	}{
		{"a name", "given: review", "review"},
		{"a list", "given: [comment, review]", "review comment"},
		{"implied", "given: comment", "(review) comment"},
		{"given under another name", "given: {c: {make: comment}, r: {make: review}}", "r c"},
		{"two of a kind", "given: {a: {make: review}, b: {make: review}}", "a b"},
		{"by a call", "given: {token: {call: POST /tokens, body: {for: me}}}", "token"},
		{"a call that names a thing", "given: {review: {make: review}, vote: 'POST /reviews/{review.id}/votes'}", "review vote"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, g := range oneContract(t, c.given+"\ncall: GET /me\n").Given {
				name := g.Name
				if g.Implied {
					name = "(" + name + ")"
				}
				got = append(got, name)
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got %v, want %s", got, c.want)
			}
		})
	}
}

func TestGivenIsMergedOverItsMake(t *testing.T) {
	c := oneContract(t, "given: {r: {make: review, body: {stars: 1}, as: other}}\ncall: GET /me\n")
	g := c.Given[0]
	if g.Resource == nil || g.Call.Template != "/reviews" || !slices.Equal(g.Call.As, []string{"other"}) {
		t.Fatalf("%+v", g.Call)
	}
	got, err := g.Call.Body.Eval(map[string]any{"unique": "u"})
	if err != nil {
		t.Fatal(err)
	}
	if m := got.(map[string]any); m["title"] != "Made u" || fmt.Sprint(m["stars"]) != "1" {
		t.Errorf("body %v", m)
	}
}

func TestPlaces(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"creates", "call: POST /reviews\ncreates: review", "[read list]"},
		{"updates", "given: review\ncall: PATCH /x\nupdates: review", "[read]"},
		{"deletes", "given: review\ncall: DELETE /x\ndeletes: review", "[read list]"},
		{"deletes what cannot be listed", "given: comment\ncall: DELETE /x\ndeletes: comment", "[read]"},
		{"deletes, as written", "given: review\ncall: DELETE /x\ndeletes: review\nin: [page]", "[page]"},
		{"shows", "given: review\ncall: POST /x\nshows: review", "[read list]"},
		{"hides looks wherever the thing is named", "given: review\ncall: POST /x\nhides: review", "[read list page]"},
		{"a probe written in Go", "given: review\ncall: POST /x\nshows: review\nin: inbox", "[inbox]"},
		{"finds", "given: review\ncall: GET /x\nfinds: review", "[]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := fmt.Sprint(oneContract(t, c.body+"\n").Effects[0].In); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestWithoutAnEffectGivenThingsAreKept(t *testing.T) {
	c := oneContract(t, "given: comment\ncall: GET /me\n")
	if len(c.Effects) != 1 || c.Effects[0].Sentence() != "keeps: comment" || !c.Effects[0].Implied {
		t.Errorf("%+v", c.Effects)
	}
	if c := oneContract(t, "call: GET /me\n"); len(c.Effects) != 0 {
		t.Errorf("%+v", c.Effects)
	}
}

func TestCases(t *testing.T) {
	c := oneContract(t, `call: POST /reviews
query: {a: 1, b: 2}
headers: {X-One: a}
body: {title: t, stars: 4, shop: {name: n, city: c}}
creates: review
cases:
  no title: {body: {title: null}, status: 422}
  no city:  {body: {shop: {city: null}, gone: null}, query: {a: null}, headers: {x-one: b}}
  nobody:   {as: nobody, status: [401, 4xx]}
  nothing:  {body: null}
rejects:
  six stars: {stars: 6}
`)
	for i, want := range []string{
		"no title 422 recast=false rejects=false removed=[[title]] body={shop:map[city:c name:n] stars:4}",
		"no city done recast=false rejects=false removed=[[shop city]] body={shop:map[name:n] stars:4 title:t}",
		"nobody [401, 4xx] recast=true rejects=false removed=[] body={shop:map[city:c name:n] stars:4 title:t}",
		"nothing done recast=false rejects=false removed=[[]] body=none",
		"six stars refused recast=false rejects=true removed=[] body={shop:map[city:c name:n] stars:6 title:t}",
	} {
		k := c.Cases[i]
		body, err := k.Act.Body.Eval(nil)
		if err != nil {
			t.Fatal(err)
		}
		text := "none"
		if m, ok := body.(map[string]any); ok {
			text = "{" + strings.TrimSuffix(strings.TrimPrefix(fmt.Sprint(m), "map["), "]") + "}"
		}
		got := fmt.Sprintf("%s %s recast=%v rejects=%v removed=%v body=%s", k.Name, k.Status, k.Recast, k.Rejects, k.Removed, text)
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	headers, err := c.Cases[1].Act.Headers.Eval(nil)
	if err != nil || fmt.Sprint(headers) != "map[x-one:b]" {
		t.Errorf("headers %v, %v", headers, err)
	}
	query, err := c.Cases[1].Act.Query.Eval(nil)
	if err != nil || fmt.Sprint(query) != "map[b:2]" {
		t.Errorf("query %v, %v", query, err)
	}
}

func TestUpdatesOfWhatWasNotMadeHere(t *testing.T) {
	c := oneContract(t, "call: PUT /settings\nbody: {theme: dark}\nupdates: settings\ncleanup: {call: PUT /settings, body: '${before.settings}'}\n")
	if e := c.Effects[0]; e.Thing != "settings" || e.Resource == nil || len(c.Cleanup) != 1 {
		t.Errorf("%+v", e)
	}
}

func TestFormsOfPoll(t *testing.T) {
	for _, c := range []struct{ poll, thing, webhook, address string }{
		{poll: "review", thing: "review"},
		{poll: "published", webhook: "published"},
		{poll: "response.headers.location", address: "response.headers.location"},
		{poll: "'/jobs/' + response.body.job", address: "'/jobs/' + response.body.job"},
	} {
		a := oneContract(t, "call: POST /reviews\ncreates: review\naccepted: {poll: \""+c.poll+"\", done: job.ok}\n").Accepted
		switch {
		case a.Thing != c.thing, (a.Webhook != nil) != (c.webhook != ""), (a.Poll != nil) != (c.address != ""):
			t.Errorf("%s: %+v", c.poll, a)
		case a.Webhook != nil && a.Webhook.Name != c.webhook, a.Poll != nil && a.Poll.Source() != c.address:
			t.Errorf("%s: %+v", c.poll, a)
		}
	}
}

func TestProbesKnowTheirResource(t *testing.T) {
	p := mustLoad(t, Options{}, "provider.yaml", shop).Provider
	if p.Probe("page").Resource != "review" || p.Probe("product").Resource != "" {
		t.Errorf("page %q, product %q", p.Probe("page").Resource, p.Probe("product").Resource)
	}
	if !p.Resource("comment").Never || p.Resource("comment").Delete != nil {
		t.Error("comment can be deleted")
	}
}
