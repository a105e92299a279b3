package report

import (
	"strings"
	"testing"
	"time"
	"unicode"
)

func TestSpan(t *testing.T) {
	for _, each := range []struct {
		of   time.Duration
		want string
	}{
		{0, "0 ms"},
		{400 * time.Microsecond, "under 1 ms"},
		{212 * time.Millisecond, "212 ms"},
		{time.Second, "1 s"},
		{5340 * time.Millisecond, "5.3 s"},
		{245 * time.Second, "4 min 5 s"},
	} {
		if got := span(each.of); got != each.want {
			t.Errorf("%v is %q, want %q", each.of, got, each.want)
		}
	}
}

// FuzzLine: what a provider says stays on its line and moves no cursor.
func FuzzLine(f *testing.F) {
	for _, seed := range []string{"", "plain", hostile, "\r\n::set-output", "##[error]", "\u202e\u2066\u2028", "\x9b31m", "é\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := Line(text)
		if strings.ContainsFunc(got, unicode.IsControl) || strings.ContainsAny(got, "\u2028\u2029\u202e") {
			t.Errorf("%q becomes %q", text, got)
		}
		if strings.HasPrefix(strings.TrimSpace(got), "::") {
			t.Errorf("%q becomes a command: %q", text, got)
		}
		if Line(got) != got || Text(got) != got {
			t.Errorf("%q is escaped twice: %q, %q", text, got, Line(got))
		}
	})
}
