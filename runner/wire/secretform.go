package wire

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"strings"
)

// forms lists the ways in which a secret may be written, at least ShortestMask bytes each. Escapes that are optional
// (%41 for A) are not here: uncode undoes them in the text.
func forms(secret string) []string {
	query := url.QueryEscape(secret)
	quoted := jsonText(secret, true)
	all := []string{
		secret,
		quoted, jsonText(secret, false), strings.ReplaceAll(quoted, "/", `\/`),
		strings.ReplaceAll(jsonText(secret, false), "/", `\/`),
		html.EscapeString(secret),
		query, strings.ReplaceAll(query, "+", "%20"), url.PathEscape(secret),
		hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))),
	}
	for _, form := range all[6:9] { // those with percent signs
		all = append(all, lowerEscapes(form))
	}
	if plain := unescaped(secret); Maskable(plain) {
		all = append(all, plain) // a secret with a % of its own, met in a text from which escapes were taken
	}
	all = append(all, strings.ReplaceAll(secret, " ", "+"))
	for offset := range 3 {
		all = append(all, aligned(base64.RawStdEncoding, secret, offset), aligned(base64.RawURLEncoding, secret, offset))
	}
	return all
}

func jsonText(text string, escapeHTML bool) string {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(escapeHTML)
	if err := encoder.Encode(text); err != nil {
		return text
	}
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSuffix(out.String(), "\n"), `"`), `"`)
}

// lowerEscapes writes %2F as %2f.
func lowerEscapes(escaped string) string {
	out := []byte(escaped)
	for i := 0; i+2 < len(out); i++ {
		if out[i] == '%' {
			copy(out[i+1:], strings.ToLower(string(out[i+1:i+3])))
		}
	}
	return string(out)
}

// aligned is the part of the base64 text that depends on the secret alone when offset bytes (modulo 3) come before it and
// anything may follow: characters that share bits with a neighbour are left out.
func aligned(encoding *base64.Encoding, secret string, offset int) string {
	text := encoding.EncodeToString([]byte(strings.Repeat("\x00", offset) + secret))
	first := (offset*8 + 5) / 6
	last := (offset + len(secret)) * 8 / 6
	return text[first:last]
}
