package engine

import (
	"encoding/xml"
	"io"
	"mime"
	"strings"

	"golang.org/x/net/html"

	"github.com/polygraph-dev/polygraph/runner/wire"
)

// parseMarkup makes of a page the tree in which CSS selects. XML is not read as
// HTML: there <link>, <br/> and CDATA mean something else, and what HTML makes of
// them would hide the text of every second feed.
func parseMarkup(reply *wire.Reply) *html.Node {
	if isXML(reply) {
		return parseXML(reply.Text)
	}
	doc, err := html.Parse(strings.NewReader(reply.Text))
	if err != nil { // only a reader can fail
		return &html.Node{Type: html.DocumentNode}
	}
	return doc
}

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
