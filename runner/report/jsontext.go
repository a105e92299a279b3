package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// JSONText writes a value as indented JSON that is safe to see: what Text would
// write out stands in it as an escape of JSON, and so reads back as it was. Bytes
// that are no UTF-8 become U+FFFD, which is encoding/json's rule.
func JSONText(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return quiet(text.Bytes()), nil
}

// quiet escapes characters in JSON that encoding/json leaves as they are. All of
// them can stand in texts only, where an escape means the same. No line of JSON
// begins with ::, so the commands of build servers that matter are those with ##.
func quiet(text []byte) []byte {
	var out []byte
	done := 0
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRune(text[at:])
		switch {
		case hides(r):
			out = append(out, text[done:at]...)
			out = appendEscape(out, r)
			done = at + size
		case r == '#' && isCommand(string(text[at:min(len(text), at+longestCommand)])):
			out = append(append(out, text[done:at]...), `\u0023`...)
			done = at + size
		}
		at += size
	}
	if done == 0 {
		return text
	}
	return append(out, text[done:]...)
}

func appendEscape(out []byte, r rune) []byte {
	if r > 0xFFFF {
		high, low := utf16.EncodeRune(r)
		return fmt.Appendf(out, `\u%04x\u%04x`, high, low)
	}
	return fmt.Appendf(out, `\u%04x`, r)
}
