package engine

import (
	"strings"
	"testing"
)

func TestReachHintKnowsCertificates(t *testing.T) {
	for _, each := range []struct{ name, why, want string }{
		{"nobody listens", "dial tcp 127.0.0.1:1: connect: connection refused", "whether the server is up"},
		{"an authority of one's own", "tls: unknown authority: x509: certificate signed by unknown authority", "SSL_CERT_FILE=FILE"},
	} {
		t.Run(each.name, func(t *testing.T) {
			if got := reachHint(each.why); !strings.Contains(got, each.want) {
				t.Errorf("got %q, want %q in it", got, each.want)
			}
		})
	}
}
