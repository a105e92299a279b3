package wire

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// IsXML tells whether a content type is one of XML. XHTML is none: it is a page, and read as one.
func IsXML(contentType string) bool {
	form, _ := formOf(contentType)
	return form == formXML
}

func isXML(media string) bool {
	return media == "text/xml" || media == "application/xml" || strings.HasSuffix(media, "+xml") && media != "application/xhtml+xml"
}

// ReadXML makes of XML the value that expressions see, of the same few types as JSON:
//
//	<review id="7"><title>Solid</title><tag>a</tag><tag>b</tag><note/></review>
//	{"review": {"@id": "7", "title": "Solid", "tag": ["a", "b"], "note": ""}}
//
// The root is a map with one name. An element with nothing but text is that text; any other is a map of its attributes
// (with @), its elements (several of one name are a list, in their order) and the text beside them (#text). Names stand as
// in the text, prefix included; what declares namespaces is left out. An element with xsi:nil is null. XML knows no
// numbers: all values are texts.
//
// What is not well-formed is an error, and so is a document type: nothing is fetched, and no entity is expanded but the
// five of XML itself.
func ReadXML(text string, maxDepth int) (any, error) {
	return parseXML(text, false, &bounds{maxDepth, maxValues})
}

// An element is one that is open.
type element struct {
	name   string
	fields map[string]any
	text   strings.Builder
	null   bool
}

// parseXML is ReadXML; decoded says that the text's charset has been undone already.
func parseXML(text string, decoded bool, within *bounds) (any, error) {
	decoder := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	decoder.CharsetReader = func(charset string, from io.Reader) (io.Reader, error) {
		if decoded {
			return from, nil
		}
		return charsetReader(charset, from)
	}
	root := &element{fields: map[string]any{}}
	open := []*element{root}
	for {
		token, err := decoder.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("not XML: %w", err)
		}
		if open, err = take(open, token, within); err != nil {
			return nil, fmt.Errorf("not XML: %w", err)
		}
	}
	switch {
	case len(open) > 1:
		return nil, fmt.Errorf("not XML: <%s> has no end", open[len(open)-1].name)
	case len(root.fields) == 0:
		return nil, errors.New("not XML: there is no element")
	}
	return root.fields, nil
}

// take adds a token to what is open, and gives what is then open.
func take(open []*element, token xml.Token, within *bounds) ([]*element, error) {
	top := open[len(open)-1]
	switch t := token.(type) {
	case xml.Directive:
		return nil, errors.New("a document type is not read")
	case xml.StartElement:
		if len(open) > within.depth {
			return nil, fmt.Errorf("nested deeper than %d", within.depth)
		}
		if len(open) == 1 && len(top.fields) > 0 {
			return nil, errors.New("more than one element stands at the top")
		}
		if err := within.take(4 + len(t.Attr)); err != nil {
			return nil, err
		}
		return append(open, begun(t)), nil
	case xml.EndElement:
		if name := written(t.Name); len(open) == 1 || name != top.name {
			return nil, fmt.Errorf("</%s> ends nothing that is open", name)
		}
		open = open[:len(open)-1]
		open[len(open)-1].add(top.name, top.value())
		return open, nil
	case xml.CharData:
		if len(open) == 1 && len(bytes.TrimSpace(t)) > 0 {
			return nil, errors.New("text stands beside the element")
		}
		top.text.Write(t)
	}
	return open, nil
}

func begun(t xml.StartElement) *element {
	e := &element{name: written(t.Name), fields: map[string]any{}}
	for _, a := range t.Attr {
		switch {
		case a.Name.Space == "xmlns", a.Name.Space == "" && a.Name.Local == "xmlns":
		case a.Name.Space == "xsi" && a.Name.Local == "nil":
			e.null = a.Value == "true" || a.Value == "1"
		default:
			e.fields["@"+written(a.Name)] = a.Value
		}
	}
	return e
}

// written is a name as it stands in the text.
func written(name xml.Name) string {
	if name.Space == "" {
		return name.Local
	}
	return name.Space + ":" + name.Local
}

// add takes in an element that has ended. The second of a name makes a list of both.
func (e *element) add(name string, value any) {
	switch had, has := e.fields[name]; list := had.(type) {
	case []any:
		e.fields[name] = append(list, value)
	default:
		if has {
			value = []any{had, value}
		}
		e.fields[name] = value
	}
}

func (e *element) value() any {
	text := e.text.String()
	switch {
	case e.null && len(e.fields) == 0:
		return nil
	case len(e.fields) == 0:
		return text
	case strings.TrimFunc(text, unicode.IsSpace) != "":
		e.fields["#text"] = text
	}
	return e.fields
}

// encodeXML writes the value that ReadXML would give: a map of one name. Elements come in the order of their names; where
// a provider wants another order, its XML is sent as text.
func encodeXML(body any) ([]byte, error) {
	if text, ok := body.(string); ok {
		return []byte(text), nil
	}
	plain, err := plainValue(body)
	if err != nil {
		return nil, err
	}
	root, ok := plain.(map[string]any)
	if !ok || len(root) != 1 {
		return nil, errors.New("a map with one name is wanted, the outermost element, or XML as text")
	}
	var out bytes.Buffer
	for name, value := range root {
		if _, several := value.([]any); several {
			return nil, errors.New("the outermost element stands once")
		}
		if err := writeXML(&out, name, value); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

func writeXML(out *bytes.Buffer, name string, value any) error {
	if list, several := value.([]any); several {
		for _, one := range list {
			if err := writeXML(out, name, one); err != nil {
				return err
			}
		}
		return nil
	}
	if !properName(name) {
		return fmt.Errorf("%q is no name of an element", name)
	}
	out.WriteString("<" + name)
	fields, _ := value.(map[string]any)
	for _, inner := range slices.Sorted(maps.Keys(fields)) {
		if attribute, is := strings.CutPrefix(inner, "@"); is {
			if !properName(attribute) {
				return fmt.Errorf("%q is no name of an attribute", attribute)
			}
			out.WriteString(" " + attribute + `="`)
			escapeXML(out, fields[inner])
			out.WriteString(`"`)
		}
	}
	out.WriteString(">")
	if fields == nil {
		escapeXML(out, value)
	}
	for _, inner := range slices.Sorted(maps.Keys(fields)) {
		switch {
		case inner == "#text":
			escapeXML(out, fields[inner])
		case !strings.HasPrefix(inner, "@"):
			if err := writeXML(out, inner, fields[inner]); err != nil {
				return err
			}
		}
	}
	out.WriteString("</" + name + ">")
	return nil
}

func escapeXML(out *bytes.Buffer, value any) {
	if value != nil {
		_ = xml.EscapeText(out, []byte(fmt.Sprint(value))) // a bytes.Buffer takes everything
	}
}

// properName is narrower than XML's own rule, and leaves nothing that could end a tag.
func properName(name string) bool {
	for i, r := range name {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || r != '-' && r != '.' && r != ':' && !unicode.IsDigit(r)) {
			return false
		}
	}
	return name != ""
}
