package inbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"testing"
)

// TestResign signs other bytes anew, in every form, with the same secret or its successor;
// what is signed with none of them stays as it was.
func TestResign(t *testing.T) {
	sum := func(secret, text string) []byte {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(text))
		return mac.Sum(nil)
	}
	for name, each := range map[string]struct {
		scheme  Scheme
		written string
	}{
		"hex":              {Scheme{Header: "x-signature", Signs: "{body}"}, "sha256=" + hex.EncodeToString(sum("one", "old"))},
		"base64":           {Scheme{Header: "x-signature", Signs: "{body}"}, base64.StdEncoding.EncodeToString(sum("one", "old"))},
		"with a time":      {Scheme{Header: "x-signature", Signs: "{t}.{body}"}, "t=17,v1=" + hex.EncodeToString(sum("one", "17.old"))},
		"beside a stale":   {Scheme{Header: "x-signature", Signs: "{body}"}, "sha256=00ff, sha256=" + hex.EncodeToString(sum("one", "old"))},
		"another's header": {Scheme{Header: "x-signature", Signs: "{x-id}.{body}"}, "v1," + base64.StdEncoding.EncodeToString(sum("one", "e1.old"))},
	} {
		header := http.Header{"X-Signature": {each.written}, "X-Id": {"e1"}}
		if each.scheme.Resign(header, []byte("old"), []byte("new"), []string{"none", "no"}, []string{"none", "no"}) || header.Get("X-Signature") != each.written {
			t.Errorf("%s: signed anew without the secret: %s", name, header.Get("X-Signature"))
		}
		if !each.scheme.Resign(header, []byte("old"), []byte("new"), []string{"none", "one"}, []string{"none", "two"}) {
			t.Errorf("%s: not signed anew", name)
		}
		if !each.scheme.Signed(header, []byte("new"), []string{"two"}) || each.scheme.Signed(header, []byte("old"), []string{"one", "two"}) {
			t.Errorf("%s: %s is not what was to come of it", name, header.Get("X-Signature"))
		}
	}
}
