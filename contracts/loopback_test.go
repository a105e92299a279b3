package contracts

import "testing"

func TestLoopback(t *testing.T) {
	for _, test := range []struct {
		server string
		want   bool
		why    string
	}{
		{"http://localhost", true, ""},
		{"http://localhost:80/v1", true, ""},
		{"https://127.0.0.1:8443", true, ""},
		{"http://127.1.2.3", true, "all of 127/8"},
		{"http://[::1]:8080/v1", true, ""},
		{"http://[0:0:0:0:0:0:0:1]", true, "the same, written out"},
		{"http://[::ffff:127.0.0.1]:80", true, "IPv4 inside IPv6"},
		{"https://example.com", false, ""},
		{"http://localhost.example.com", false, "only begins alike"},
		{"http://127.0.0.1.example.com", false, "only begins alike"},
		{"http://localtest.me", false, "whatever its DNS says today"},
		{"http://127.0.0.1.nip.io", false, "whatever its DNS says today"},
		{"http://a.localhost", false, "Go asks DNS for it"},
		{"http://localhost.", false, ""},
		{"http://LOCALHOST", false, "Go's transport sends it to a proxy, whose own machine that is"},
		{"http://ｌｏｃａｌｈｏｓｔ", false, "IDNA makes it localhost, and whoever reads it does not see that"},
		{"http://１２７.0.0.1", false, "likewise"},
		{"http://127.1", false, "a name to Go, 127.0.0.1 to some resolvers"},
		{"http://2130706433", false, "likewise"},
		{"http://0x7f000001", false, "likewise"},
		{"http://0.0.0.0:8080", false, "no address to send to"},
		{"http://[::]:8080", false, "likewise"},
		{"http://10.0.0.1", false, ""},
		{"http://169.254.169.254", false, ""},
		{"http://[fe80::1%25lo0]", false, "link-local"},
		{"http://127.0.0.1@example.com", false, "a user, at another host"},
		{"http://localhost:80@example.com", false, "likewise"},
		{"http://example.com@127.0.0.1", false, "an address with a user is none of ours"},
		{"http://example.com/127.0.0.1", false, ""},
		{"http://example.com#127.0.0.1", false, ""},
		{"http://example.com\\@127.0.0.1", false, "read in two ways"},
		{"localhost:8080", false, "no scheme"},
		{"", false, ""},
	} {
		if got := (&Target{Server: test.server}).Loopback(); got != test.want {
			t.Errorf("%s: %v, want %v: %s", test.server, got, test.want, test.why)
		}
	}
	if !(&Target{Embedded: "reviewhub"}).Loopback() {
		t.Error("the sandbox is not on this machine")
	}
}
