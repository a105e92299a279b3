package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Encode writes a body for sending, and names the content type to send it with: the one given, or application/json. A
// nil body is none. The same body always gives the same bytes: names are sorted, numbers stay as written.
//
// JSON takes anything that encoding/json does. A form takes a map; what is nested becomes a[b]= and a[0]=, null an empty
// value, and an empty map or list nothing. NDJSON takes a list, multipart/form-data a map of parts (see encodeParts), and its
// content type comes back with the boundary. XML takes a map of one name, as ReadXML gives it, or text. Every other type takes a string or bytes, as they are.
func Encode(contentType string, body any) ([]byte, string, error) {
	if body == nil {
		return nil, contentType, nil
	}
	if contentType == "" {
		contentType = "application/json"
	}
	if form, _ := formOf(contentType); form == formParts {
		encoded, named, err := encodeParts(contentType, body)
		if err != nil {
			return nil, "", fmt.Errorf("encode body as %s: %w", contentType, err)
		}
		return encoded, named, nil
	}
	encoded, err := encodeAs(contentType, body)
	if err != nil {
		return nil, "", fmt.Errorf("encode body as %s: %w", contentType, err)
	}
	return encoded, contentType, nil
}

func encodeAs(contentType string, body any) ([]byte, error) {
	switch form, _ := formOf(contentType); form {
	case formJSON:
		return encodeJSON(body)
	case formLines:
		return encodeLines(body)
	case formPairs:
		return encodePairs(body)
	case formXML:
		return encodeXML(body)
	}
	switch text := body.(type) {
	case string:
		return []byte(text), nil
	case []byte:
		return text, nil
	}
	return nil, fmt.Errorf("a text is wanted, not %T", body)
}

func encodeJSON(body any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

func encodeLines(body any) ([]byte, error) {
	plain, err := plainValue(body)
	if err != nil {
		return nil, err
	}
	list, ok := plain.([]any)
	if !ok {
		return nil, fmt.Errorf("a list is wanted, not %T", body)
	}
	var out []byte
	for _, item := range list {
		line, err := encodeJSON(item)
		if err != nil {
			return nil, err
		}
		out = append(append(out, line...), '\n')
	}
	return out, nil
}

func encodePairs(body any) ([]byte, error) {
	if text, ok := body.(string); ok {
		return []byte(text), nil // already a form
	}
	plain, err := plainValue(body)
	if err != nil {
		return nil, err
	}
	fields, ok := plain.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("a map is wanted, not %T", body)
	}
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		pairs = appendPairs(pairs, name, fields[name])
	}
	return []byte(strings.Join(pairs, "&")), nil
}

func appendPairs(pairs []string, name string, value any) []string {
	switch v := value.(type) {
	case map[string]any:
		for _, inner := range slices.Sorted(maps.Keys(v)) {
			pairs = appendPairs(pairs, name+"["+inner+"]", v[inner])
		}
		return pairs
	case []any:
		for i, item := range v {
			pairs = appendPairs(pairs, name+"["+strconv.Itoa(i)+"]", item)
		}
		return pairs
	case nil:
		value = ""
	}
	return append(pairs, url.QueryEscape(name)+"="+url.QueryEscape(fmt.Sprint(value)))
}

// plainValue brings any value that encoding/json can write into the few types of a decoded one.
func plainValue(body any) (any, error) {
	text, err := encodeJSON(body)
	if err != nil {
		return nil, err
	}
	return parseJSON(string(text), &bounds{10_000, math.MaxInt}, &oddities{})
}
