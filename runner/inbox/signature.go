package inbox

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/http"
	"strings"
)

// A Scheme is how deliveries are signed.
type Scheme struct {
	Header string
	Signs  string // {body} is the raw bytes; {name} a part name=… of the header, else another header
	Hash   string // sha256, sha1, sha512
}

// Signed tells whether a delivery carries a signature of its raw bytes that one of the
// secrets gives. Several signatures may stand in the header, and one that fits is enough:
// so a secret is replaced by another.
func (s Scheme) Signed(header http.Header, raw []byte, secrets []string) bool {
	written := strings.Join(header.Values(s.Header), ",")
	text, whole := s.signs(header, written, raw)
	if written == "" || !whole {
		return false
	}
	for _, secret := range secrets {
		for _, key := range keys(secret) {
			if among(signatures(written), s.sum(key, text)) {
				return true
			}
		}
	}
	return false
}

func (s Scheme) hash() func() hash.Hash {
	switch s.Hash {
	case "sha1":
		return sha1.New
	case "sha512":
		return sha512.New
	}
	return sha256.New
}

// signs fills in what was signed; false where it names what the delivery does not have.
func (s Scheme) signs(header http.Header, written string, raw []byte) ([]byte, bool) {
	var text []byte
	rest := s.Signs
	for {
		before, after, open := strings.Cut(rest, "{")
		text = append(text, before...)
		if !open {
			return text, true
		}
		name, after, closed := strings.Cut(after, "}")
		switch value := part(written, name); {
		case !closed:
			return nil, false
		case name == "body":
			text = append(text, raw...)
		case value != "":
			text = append(text, value...)
		case header.Get(name) != "":
			text = append(text, header.Get(name)...)
		default:
			return nil, false
		}
		rest = after
	}
}

// part gives the value of name=… in "t=1700000000,v1=5257…".
func part(written, name string) string {
	for _, word := range strings.FieldsFunc(written, parting) {
		if value, ok := strings.CutPrefix(word, name+"="); ok {
			return value
		}
	}
	return ""
}

func parting(r rune) bool { return r == ',' || r == ' ' || r == ';' }

// signatures gives everything in the header that may be one: each word, and what stands
// after its first "=" ("sha256=5257…"). A base64 text may end in "=" itself.
func signatures(written string) []string {
	var all []string
	for _, word := range strings.FieldsFunc(written, parting) {
		all = append(all, word)
		if _, value, ok := strings.Cut(word, "="); ok && value != "" {
			all = append(all, value)
		}
	}
	return all
}

// spellings are how providers write the bytes of a signature.
var spellings = []struct {
	encode func([]byte) string
	decode func(string) ([]byte, error)
}{
	{hex.EncodeToString, hex.DecodeString},
	{base64.StdEncoding.EncodeToString, base64.StdEncoding.DecodeString},
	{base64.RawStdEncoding.EncodeToString, base64.RawStdEncoding.DecodeString},
	{base64.URLEncoding.EncodeToString, base64.URLEncoding.DecodeString},
	{base64.RawURLEncoding.EncodeToString, base64.RawURLEncoding.DecodeString},
}

// among compares in constant time: a provider under test may be anybody's.
func among(words []string, sum []byte) bool {
	for _, word := range words {
		for _, spelling := range spellings {
			if got, err := spelling.decode(word); err == nil && hmac.Equal(got, sum) {
				return true
			}
		}
	}
	return false
}

// Resign puts a signature of other bytes in the place of those of old ones, in the form that
// they have. then and now are secrets, the same but that one may have been replaced: with
// the i-th of then old was signed, and with the i-th of now raw is. false where old is signed
// with none of them.
func (s Scheme) Resign(header http.Header, old, raw []byte, then, now []string) bool {
	written := strings.Join(header.Values(s.Header), ",")
	text, whole := s.signs(header, written, old)
	fresh, _ := s.signs(header, written, raw)
	for i, secret := range then {
		for n, key := range keys(secret) {
			was := s.sum(key, text)
			if !whole || !among(signatures(written), was) || n >= len(keys(now[i])) {
				continue
			}
			is := s.sum(keys(now[i])[n], fresh)
			for _, spelling := range spellings {
				written = strings.ReplaceAll(written, spelling.encode(was), spelling.encode(is))
			}
			header.Set(s.Header, written)
			return true
		}
	}
	return false
}

func (s Scheme) sum(key, text []byte) []byte {
	mac := hmac.New(s.hash(), key)
	mac.Write(text)
	return mac.Sum(nil)
}

// keys are what a secret may mean: its bytes, and after whsec_ (Standard Webhooks) those
// that it stands for in base64.
func keys(secret string) [][]byte {
	all := [][]byte{[]byte(secret)}
	if rest, ok := strings.CutPrefix(secret, "whsec_"); ok {
		if key, err := base64.StdEncoding.DecodeString(rest); err == nil {
			all = append(all, key)
		}
	}
	return all
}
