package expr

import (
	"strings"
	"testing"
)

// What the language reference and its examples say must work, with replies as those providers write them.
func TestExpressionsOfTheReference(t *testing.T) {
	for _, c := range []struct{ source, vars, want string }{
		{"item.state == 'deleted'", `{"item": {"state": "deleted"}}`, "true"},
		{"item.state == 'deleted'", `{"item": {}}`, "false"},
		{"response.body.ok == false", `{"response": {"body": {"ok": false}}}`, "true"},
		{"response.body.ok == false", `{"response": {"body": "<html>"}}`, "false"},
		{"response.body.error == 'ratelimited'", `{"response": {"body": {"error": "ratelimited"}}}`, "true"},
		{"event.type == 'review.published'", `{"event": {"type": "review.published"}}`, "true"},
		{"response.body.data.product.id", `{"response": {"body": {"data": {"product": {"id": "gid"}}}}}`, `"gid"`},
		{"request.path.name", `{"request": {"path": {"name": "pg-1"}}}`, `"pg-1"`},
		{"response.body.offset + 25 < response.body.total ? {'offset': response.body.offset + 25} : {}", `{"response": {"body": {"offset": 0, "total": 26}}}`, `{"offset":25}`},
		{"response.body.offset + 25 < response.body.total ? {'offset': response.body.offset + 25} : {}", `{"response": {"body": {"offset": 25, "total": 26}}}`, `{}`},
		{"item.project.id", `{"item": {"project": {"id": 3}}}`, "3"},
		{"item.labels.map(l, l.id)", `{"item": {"labels": [{"id": 1}, {"id": 2}]}}`, "[1,2]"},
		{"after.product.review_count == before.product.review_count + 1", `{"before": {"product": {"review_count": 9}}, "after": {"product": {"review_count": 10}}}`, "true"},
		{"after.review.state == 'spam'", `{"after": {"review": null}}`, "false"},
		{"absent(job)", `{}`, "true"},
		{"job.metadata.annotations.stuck == 'true'", `{"job": {"metadata": {}}}`, "false"},
		{"response.body.metadata['continue'] != '' ? {'continue': response.body.metadata['continue']} : {}", `{"response": {"body": {"metadata": {"continue": "c2"}}}}`, `{"continue":"c2"}`},
		{"response.body.metadata['continue'] != '' ? {'continue': response.body.metadata['continue']} : {}", `{"response": {"body": {"metadata": {}}}}`, `{}`},
		{"response.body.deleted == true ? null : response.body", `{"response": {"body": {"deleted": true}}}`, "null"},
		{"response.body.deleted == true ? null : response.body", `{"response": {"body": {"id": "cus_1"}}}`, `{"id":"cus_1"}`},
		{"response.body.has_more ? {'starting_after': response.body.data[size(response.body.data) - 1].id} : {}", `{"response": {"body": {"has_more": true, "data": [{"id": "a"}, {"id": "b"}]}}}`, `{"starting_after":"b"}`},
		{"response.body.has_more ? {'starting_after': response.body.data[size(response.body.data) - 1].id} : {}", `{"response": {"body": {"has_more": false, "data": []}}}`, `{}`},
		{"response.headers.location.split('eq.')[1]", `{"response": {"headers": {"location": "/todos?id=eq.17"}}}`, `"17"`},
		{"response.headers.location.split('eq.')[1]", `{"response": {"headers": {}}}`, "absent"},
		{"response.body[0]", `{"response": {"body": [{"id": 1}]}}`, `{"id":1}`},
		{"response.body.ts", `{"response": {"body": {"ts": "1503435956.000247"}}}`, `"1503435956.000247"`},
		{"response.body.response_metadata.next_cursor != '' ? {'cursor': response.body.response_metadata.next_cursor} : {}", `{"response": {"body": {"response_metadata": {"next_cursor": "dXNl"}}}}`, `{"cursor":"dXNl"}`},
		{"response.body.response_metadata.next_cursor != '' ? {'cursor': response.body.response_metadata.next_cursor} : {}", `{"response": {"body": {}}}`, `{}`},
		{"response.body.routed == false", `{"response": {"body": {"routed": false}}}`, "true"},
		{"after.waiting.exists(m, m.payload == request.body.payload)", `{"after": {"waiting": [{"payload": "m 1"}]}, "request": {"body": {"payload": "m 1"}}}`, "true"},
		{"request.body.filter(l, 'title' in l)", `{"request": {"body": [{"index": {}}, {"title": "A"}, {"index": {}}, {"title": "B"}]}}`, `[{"title":"A"},{"title":"B"}]`},
		{"response.body.items[index].index", `{"response": {"body": {"items": [{"index": {"_id": "x"}}]}}, "index": 0}`, `{"_id":"x"}`},
		{"answer.status < 300", `{"answer": {"status": 201}}`, "true"},
		{"answer.status >= 400", `{"answer": {"status": 201}}`, "false"},
		{"answer._id", `{"answer": {"_id": "x"}}`, `"x"`},
		{"response.body.hits.hits.map(h, {'_id': h._id, 'title': h._source.title, 'n': h._source.n})", `{"response": {"body": {"hits": {"hits": [{"_id": "x", "_source": {"title": "A", "n": 1}}, {"_id": "y", "_source": {"title": "B"}}]}}}}`, `[{"_id":"x","n":1,"title":"A"},{"_id":"y","title":"B"}]`},
		{"!has(x)", `{}`, "refused"},
		{"!has(item.x)", `{"item": {}}`, "true"},
	} {
		names := []string{"before", "after", "request", "response", "item", "job", "event", "answer", "index"}
		p, err := Compile(c.source, names, Any)
		if err != nil {
			if c.want != "refused" {
				t.Errorf("%s: %v", c.source, err)
			}
			continue
		}
		got, err := p.Eval(decode(t, c.vars).(map[string]any))
		if err != nil || Format(got) != c.want {
			t.Errorf("%s of %s: got %s, %v, want %s", c.source, c.vars, Format(got), err, c.want)
		}
	}
}

func TestTemplatesAndAddressesOfTheReference(t *testing.T) {
	names := []string{"unique", "uuid", "todo", "key", "queue", "review", "target", "widget", "issue"}
	vars := Vars(decode(t, `{"unique": "u1", "uuid": "0-1", "todo": {"id": 7}, "key": 7, "queue": {"name": "pg-u1"}, "review": {"id": 8},
		"target": {"site": "https://shop.example", "channel": "C1"}, "widget": {"metadata": {"name": "pg"}}, "issue": {"number": 5}}`).(map[string]any))
	for source, want := range map[string]string{
		"Solid ${unique}": `"Solid u1"`, "eq.${todo.id}": `"eq.7"`, "eq.${key}": `"eq.7"`, "${uuid}": `"0-1"`, "${target.channel}": `"C1"`,
		"${queue.name}": `"pg-u1"`, "[data-review='${review.id}']": `"[data-review='8']"`, "${unique}@example.com": `"u1@example.com"`,
	} {
		template, err := ParseTemplate(source, names)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if got, err := template.Eval(vars); err != nil || Format(got) != want {
			t.Errorf("%s: got %s, %v, want %s", source, Format(got), err, want)
		}
	}
	param := func(name string) any { return strings.ToUpper(name) }
	for source, want := range map[string]string{
		"/reviews/{review.id}/publish": "/reviews/8/publish",
		"${target.site}/p/p-100":       "https://shop.example/p/p-100",
		"/projects/{project}/issues":   "/projects/PROJECT/issues",
		"/issues/{issue.number}.json":  "/issues/5.json",
		"/apis/example.com/v1/namespaces/{namespace}/widgets/{widget.metadata.name}": "/apis/example.com/v1/namespaces/NAMESPACE/widgets/pg",
		"/api/queues/{vhost}/{queue.name}/get":                                       "/api/queues/VHOST/pg-u1/get",
		"/chat.postMessage":                                                          "/chat.postMessage",
		"/notes/_bulk":                                                               "/notes/_bulk",
		"/api/exchanges/{vhost}/amq.default/publish":                                 "/api/exchanges/VHOST/amq.default/publish",
	} {
		a, err := ParseAddress(source, names)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if got, err := a.Expand(param, vars); err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", source, got, err, want)
		}
	}
}
