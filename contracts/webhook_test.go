package contracts

import (
	"strings"
	"testing"
)

// TestSignatureIsRead reads the hash and what is signed, and what stands for them.
func TestSignatureIsRead(t *testing.T) {
	for _, row := range []struct {
		signature string
		want      Signature
	}{
		{"{header: X-Signature}", Signature{Header: "x-signature", Signs: "{body}", Hash: "sha256"}},
		{"{header: X-Signature, hash: sha512}", Signature{Header: "x-signature", Signs: "{body}", Hash: "sha512"}},
		{`{header: x-s, hash: sha1, signs: "{t}.{body}"}`, Signature{Header: "x-s", Signs: "{t}.{body}", Hash: "sha1"}},
	} {
		provider := strings.Replace(shop, "published: {", "published: {signature: "+row.signature+", ", 1)
		got := mustLoad(t, Options{}, "provider.yaml", provider).Provider.Webhook("published").Signature
		if got == nil || got.Header != row.want.Header || got.Signs != row.want.Signs || got.Hash != row.want.Hash {
			t.Errorf("%s is read as %+v", row.signature, got)
		}
	}
}
