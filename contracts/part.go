package contracts

import (
	"mime"

	"github.com/polygraph-dev/polygraph/contracts/expr"
)

// multipart is the content type of a form of parts.
const multipart = "multipart/form-data"

// filePart is a file in the body of a form of parts: a map with `filename`. It is no
// block of the language as such, since any other body may have these names.
func filePart() *block {
	return &block{name: "file part", noun: "file part", takes: "A file part", keys: []key{
		{"filename", "text", "the name that is sent with it"},
		{"content", "text", "what is in it, as text"},
		{"base64", "text", "what is in it, as bytes"},
		{"type", "text", "its content type; application/octet-stream by default"},
	}}
}

// parts looks for mistakes in the body of a form of parts.
func (l *loader) parts(c *Call, body *node) {
	if body == nil || !l.sendsParts(c) {
		return
	}
	if body.shape != mapping {
		if body.shape != text && body.shape != null {
			l.mistake(body, "write {title: …, scan: {filename: a.txt, content: …}}", "a form of parts must be a map, not %s", body.shape)
		}
		return
	}
	for _, field := range body.pairs {
		files := []*node{field.value}
		if field.value.shape == list {
			files = field.value.items
		}
		for _, file := range files {
			l.filePart(file, field.key.text)
		}
	}
}

func (l *loader) filePart(n *node, name string) {
	if n.shape != mapping || n.get("filename") == nil || l.fields(n, filePart(), name) == nil {
		return
	}
	if n.get("content") != nil && n.get("base64") != nil {
		l.mistake(n.key("base64"), "leave one of them out", "file part %s has both content and base64", quote(name))
	}
}

// sendsParts tells whether a call's body is sent as a form of parts: by its own
// content-type, the provider's, or the OpenAPI document.
func (l *loader) sendsParts(c *Call) bool {
	media := c.Media
	for _, headers := range []*expr.Data{l.provider.Headers, c.Headers} {
		if headers == nil {
			continue
		}
		if d := headers.Get("content-type"); d != nil {
			literal, _ := d.Literal()
			media, _ = literal.(string)
		}
	}
	kind, _, err := mime.ParseMediaType(media)
	return err == nil && kind == multipart
}
