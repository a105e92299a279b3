package wire

import "testing"

func TestOrigin(t *testing.T) {
	tests := []struct{ name, address, want, problem string }{
		{"plain", "https://API.Example.com/v1?x", "https://api.example.com:443", ""},
		{"port written", "HTTP://a.example:80", "http://a.example:80", ""},
		{"other port", "http://a.example:8080/", "http://a.example:8080", ""},
		{"IPv6", "http://[::1]:9/", "http://[::1]:9", ""},
		{"punycode", "https://bücher.example", "https://xn--bcher-kva.example:443", ""},
		{"user is no host", "https://a.example@b.example/", "https://b.example:443", ""},
		{"backslash", `https://a.example\@b.example/`, "", "read address"},
		{"file", "file:///etc/passwd", "", "only http and https"},
		{"no host", "https:///x", "", "without a host"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Origin(test.address)
			if got != test.want || (err != nil) != (test.problem != "") {
				t.Errorf("got %q %v, want %q %q", got, err, test.want, test.problem)
			}
		})
	}
}
