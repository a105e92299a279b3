package engine

import (
	"net/http"
	"testing"

	"github.com/polygraph-dev/polygraph/runner/wire"
)

func TestSelectAll(t *testing.T) {
	const feed = `<?xml version="1.0" encoding="ISO-8859-1"?><rss><channel><item ID="7"><link>http://a/7</link><title><![CDATA[A < B]]></title><flag/><media:Note>x</media:Note></item><item ID="8"/></channel></rss>`
	for _, test := range []struct {
		name, media, text, selector, want string
		count                             int
	}{
		{name: "an element that is void in HTML", media: "application/rss+xml", text: feed, selector: "item[id='7'] > link", want: "http://a/7", count: 1},
		{name: "CDATA", media: "text/xml; charset=utf-8", text: feed, selector: "title", want: "A < B", count: 1},
		{name: "a closed element holds nothing", media: "application/xml", text: feed, selector: "flag", want: "", count: 1},
		{name: "a prefix", media: "", text: feed, selector: `media\:note`, want: "x", count: 1},
		{name: "siblings of closed elements", media: "application/xml", text: feed, selector: "channel > item", want: "http://a/7 A < B x", count: 2},
		{name: "HTML", media: "text/html", text: "<ul><li data-id=1>one<li data-id=2>two", selector: "li[data-id='2']", want: "two", count: 1},
		{name: "XML that breaks off", media: "application/xml", text: "<a><b>one</c><b>two", selector: "b", want: "one two", count: 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := &fetched{first: &wire.Reply{Header: http.Header{"Content-Type": {test.media}}, Text: test.text}}
			found, err := f.selectAll(test.selector)
			if err != nil || len(found) != test.count {
				t.Fatalf("found %v, %v; want %d", found, err, test.count)
			}
			if got := found[0].(map[string]any)["text"]; got != test.want {
				t.Errorf("text %q, want %q", got, test.want)
			}
		})
	}
}
