package engine

import (
	"encoding/xml"
	"fmt"
	"io"
	"mime"
	"strings"

	"golang.org/x/net/html"

	"github.com/polygraph-dev/polygraph/runner/wire"
)

// parseMarkup makes of a page the tree in which CSS selects. XML is not read as
// HTML: there <link>, <br/> and CDATA mean something else, and what HTML makes of
// them would hide the text of every second feed.
//
// The error is for a page that cannot be understood: nested too deeply, or of more
// tags than anybody should hold in memory. What does not stand on it is not absent.
func parseMarkup(reply *wire.Reply) (*html.Node, error) {
	if tags := strings.Count(reply.Text, "<"); tags > mostTags {
		return nil, fmt.Errorf("the page has %d tags, more than %d", tags, mostTags)
	}
	if isXML(reply) {
		return parseXML(reply.Text), nil
	}
	return html.Parse(strings.NewReader(reply.Text))
}

// mostTags bounds what a page becomes in memory: some 200 bytes each.
const mostTags = 150_000

func isXML(reply *wire.Reply) bool {
	media, _, err := mime.ParseMediaType(reply.Header.Get("Content-Type"))
	switch {
	case err != nil || media == "text/plain":
		return strings.HasPrefix(strings.TrimSpace(reply.Text), "<?xml")
	case media == "application/xhtml+xml":
		return false
	}
	return media == "text/xml" || media == "application/xml" || strings.HasSuffix(media, "+xml")
}

// parseXML reads as much as is well-formed enough to have elements. Names are
// written as in the text, prefix included, and in lower case, since selectors
// compare them so: media\:title selects <media:Title>.
func parseXML(text string) *html.Node {
	root := &html.Node{Type: html.DocumentNode}
	decoder := xml.NewDecoder(strings.NewReader(text))
	decoder.Strict = false
	decoder.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil } // the wire undid it
	at := root
	for {
		token, err := decoder.RawToken()
		if err != nil {
			return root
		}
		switch t := token.(type) {
		case xml.StartElement:
			node := &html.Node{Type: html.ElementNode, Data: qualified(t.Name)}
			for _, a := range t.Attr {
				node.Attr = append(node.Attr, html.Attribute{Key: qualified(a.Name), Val: a.Value})
			}
			at.AppendChild(node)
			at = node
		case xml.EndElement:
			at = closed(at, qualified(t.Name))
		case xml.CharData:
			at.AppendChild(&html.Node{Type: html.TextNode, Data: string(t)})
		}
	}
}

// closed leaves the innermost element of a name; one that was never opened closes nothing.
func closed(at *html.Node, name string) *html.Node {
	for node := at; node.Parent != nil; node = node.Parent {
		if node.Data == name {
			return node.Parent
		}
	}
	return at
}

func qualified(name xml.Name) string {
	if name.Space == "" {
		return strings.ToLower(name.Local)
	}
	return strings.ToLower(name.Space + ":" + name.Local)
}
