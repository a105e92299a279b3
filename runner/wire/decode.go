package wire

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
)

// form is how the text of a body is to be understood.
type form int

const (
	formJSON  form = iota // one JSON value
	formGuess             // JSON, if it is a whole object or list; else text
	formLines             // NDJSON
	formPairs             // application/x-www-form-urlencoded
	formParts             // multipart/form-data; sent, and not read
	formXML
)

// formOf reads a content type. Many a provider sends JSON as text/html or without a type, so all that is not known to be
// something else is a guess; the text stays in Reply.Text either way.
func formOf(contentType string) (f form, charset string) {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		media, _, _ = strings.Cut(strings.ToLower(contentType), ";")
		media = strings.TrimSpace(media)
	}
	switch {
	case media == "application/json", strings.HasSuffix(media, "+json"), media == "text/json":
		return formJSON, ""
	case media == "application/x-ndjson", media == "application/ndjson", media == "application/jsonl":
		return formLines, ""
	case media == "application/x-www-form-urlencoded":
		return formPairs, ""
	case media == "multipart/form-data":
		return formParts, ""
	case isXML(media):
		return formXML, params["charset"]
	}
	return formGuess, params["charset"]
}

// decode turns the text of a whole body into a value. When it cannot, the error says why.
func decode(contentType, text string, maxDepth int, odd *oddities) (any, error) {
	form, charset := formOf(contentType)
	within := &bounds{maxDepth, maxValues}
	switch form {
	case formJSON:
		return parseWhole(text, within, odd)
	case formLines:
		return parseLines(text, within, odd)
	case formPairs:
		return parsePairs(text, within, odd)
	}
	text = inUTF8(text, charset, odd)
	if form == formXML {
		return parseXML(text, charset != "", within)
	}
	if !utf8.ValidString(text) {
		odd.add("the body is not UTF-8")
	}
	if !looksLikeJSON(text) {
		return text, nil
	}
	var guessed oddities // not facts: if the guess fails, what it met is nobody's concern
	value, err := parseJSON(text, within, &guessed)
	if err != nil {
		return text, nil
	}
	odd.add("JSON with content type %q", contentType)
	odd.lines = append(odd.lines, guessed.lines...)
	return value, nil
}

// looksLikeJSON accepts objects and lists only: "true" and "12" are texts until somebody says that they are JSON.
func looksLikeJSON(text string) bool {
	start := strings.TrimLeft(text, " \t\r\n\ufeff")
	return start != "" && (start[0] == '{' || start[0] == '[')
}

func parseWhole(text string, within *bounds, odd *oddities) (any, error) {
	value, err := parseJSON(text, within, odd)
	if errors.Is(err, errTrailing) {
		odd.add("%v", err)
	}
	if err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	return value, nil
}

func parseLines(text string, within *bounds, odd *oddities) (any, error) {
	list := []any{}
	for number, line := range strings.Split(text, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		value, err := parseWhole(line, within, odd)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number+1, err)
		}
		list = append(list, value)
	}
	return list, nil
}

// parsePairs keeps names as they are written, a[b] too: one name is a text, a repeated one a list of texts.
// As in JSON, what is no UTF-8 is read as U+FFFD.
func parsePairs(text string, within *bounds, odd *oddities) (any, error) {
	if err := within.take(2 * (1 + strings.Count(text, "&"))); err != nil {
		return nil, err
	}
	read, err := url.ParseQuery(text)
	if err != nil {
		return nil, fmt.Errorf("not a form: %w", err)
	}
	values := url.Values{}
	for name, all := range read {
		for _, one := range all {
			values.Add(string([]rune(name)), string([]rune(one)))
			if !utf8.ValidString(name + one) {
				odd.add("invalid UTF-8 in the form, read as U+FFFD")
			}
		}
	}
	pairs := map[string]any{}
	for name, all := range values {
		if len(all) == 1 {
			pairs[name] = all[0]
			continue
		}
		list := []any{}
		for _, one := range all {
			list = append(list, one)
		}
		pairs[name] = list
	}
	return pairs, nil
}

// charsetReader undoes the charset that a text itself names.
func charsetReader(charset string, from io.Reader) (io.Reader, error) {
	known, err := htmlindex.Get(charset)
	if err != nil {
		return nil, fmt.Errorf("charset %q is not known", charset)
	}
	return known.NewDecoder().Reader(from), nil
}

// inUTF8 undoes the charset that a content type names. Bytes of no known charset stay as they are.
func inUTF8(text, charset string, odd *oddities) string {
	if charset == "" || strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "us-ascii") {
		return text
	}
	known, err := htmlindex.Get(charset)
	if err != nil {
		odd.add("charset %q is not known", charset)
		return text
	}
	decoded, err := known.NewDecoder().String(text)
	if err != nil {
		odd.add("the text is not in charset %q", charset)
		return text
	}
	return decoded
}
