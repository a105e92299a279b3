package wire

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"mime"
	"mime/multipart"
	"net/textproto"
	"slices"
	"strings"
)

// encodeParts writes a multipart/form-data body (RFC 7578), and names it with its boundary.
//
// It takes a map: a part for each name, in the order of names. A list is a part for each element, all of one name. A map
// with `filename` is a file: its `content` (text) or `base64` (bytes), and its `type`, application/octet-stream by default.
// Any other map is a part of JSON, as OpenAPI has it; a text, number or truth value is its text; null leaves the part out.
//
// The boundary is drawn from what it parts, so that the same body always gives the same bytes.
func encodeParts(contentType string, body any) ([]byte, string, error) {
	if text, ok := body.(string); ok && strings.Contains(contentType, "boundary=") {
		return []byte(text), contentType, nil // already a form
	}
	plain, err := plainValue(body)
	if err != nil {
		return nil, "", err
	}
	fields, ok := plain.(map[string]any)
	if !ok {
		return nil, "", fmt.Errorf("a map of parts is wanted, not %T", body)
	}
	var parts []part
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if parts, err = appendParts(parts, name, fields[name]); err != nil {
			return nil, "", fmt.Errorf("part %s: %w", name, err)
		}
	}
	boundary, err := boundaryOf(contentType, parts)
	if err != nil {
		return nil, "", err
	}
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	if err := w.SetBoundary(boundary); err != nil {
		return nil, "", err
	}
	for _, p := range parts {
		to, err := w.CreatePart(p.header())
		if err != nil {
			return nil, "", err
		}
		to.Write(p.content) // a bytes.Buffer takes everything
	}
	if err := w.Close(); err != nil {
		return nil, "", err
	}
	return out.Bytes(), mime.FormatMediaType("multipart/form-data", map[string]string{"boundary": boundary}), nil
}

// A part is one field or file of a form.
type part struct {
	name, filename, media string
	file                  bool
	content               []byte
}

func appendParts(parts []part, name string, value any) ([]part, error) {
	switch v := value.(type) {
	case nil:
		return parts, nil
	case []any:
		var err error
		for _, element := range v {
			if parts, err = appendParts(parts, name, element); err != nil {
				return nil, err
			}
		}
		return parts, nil
	case map[string]any:
		p, err := mapPart(name, v)
		return append(parts, p), err
	}
	return append(parts, part{name: name, content: []byte(fmt.Sprint(value))}), nil
}

func mapPart(name string, v map[string]any) (part, error) {
	filename, isFile := v["filename"].(string)
	if !isFile {
		content, err := encodeJSON(v)
		return part{name: name, media: "application/json", content: content}, err
	}
	p := part{name: name, filename: filename, file: true, media: "application/octet-stream"}
	if media, has := v["type"].(string); has {
		p.media = media
	}
	if strings.ContainsAny(p.media, "\r\n") {
		return p, fmt.Errorf("type %q is no content type", p.media)
	}
	encoded, isBytes := v["base64"].(string)
	if !isBytes {
		if content := v["content"]; content != nil {
			p.content = []byte(fmt.Sprint(content))
		}
		return p, nil
	}
	content, err := base64.StdEncoding.DecodeString(encoded)
	p.content = content
	return p, err
}

// inHeader writes a name as browsers do, which servers know best (RFC 7578, 4.2).
var inHeader = strings.NewReplacer("\r", "%0D", "\n", "%0A", `"`, "%22")

func (p *part) header() textproto.MIMEHeader {
	disposition := `form-data; name="` + inHeader.Replace(p.name) + `"`
	if p.file {
		disposition += `; filename="` + inHeader.Replace(p.filename) + `"`
	}
	header := textproto.MIMEHeader{"Content-Disposition": {disposition}}
	if p.media != "" {
		header.Set("Content-Type", p.media)
	}
	return header
}

// boundaryOf is the boundary that the content type names, or one that stands in none of the parts.
func boundaryOf(contentType string, parts []part) (string, error) {
	_, params, err := mime.ParseMediaType(contentType)
	written := params["boundary"]
	if err == nil && written != "" {
		if within(parts, written) {
			return "", fmt.Errorf("the boundary %q stands in a part: leave it out, and one is drawn", written)
		}
		return written, nil
	}
	sum := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(sum, "%q %q %q %d ", p.name, p.filename, p.media, len(p.content))
		sum.Write(p.content)
	}
	boundary := fmt.Sprintf("polygraph-%x", sum.Sum(nil)[:16])
	if within(parts, boundary) {
		return "", fmt.Errorf("the boundary %q stands in a part", boundary)
	}
	return boundary, nil
}

func within(parts []part, boundary string) bool {
	return slices.ContainsFunc(parts, func(p part) bool { return bytes.Contains(p.content, []byte(boundary)) })
}
