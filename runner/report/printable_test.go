package report

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "a plain text", "a plain text"},
		{"lines stay", "a\n\tb", "a\n\tb"},
		{"letters stay", "grüße 世界 👩‍💻", "grüße 世界 👩‍💻"},
		{"colour", "\x1b[31mred", `\u001b[31mred`},
		{"carriage return", "a\rb", `a\u000db`},
		{"C1", "a\u009bb", `a\u009bb`},
		{"C1 as a byte", "a\x9bb", `a\x9bb`},
		{"delete", "a\x7f", `a\u007f`},
		{"bidi", "a\u202eb\u2066", `a\u202eb\u2066`},
		{"line separator", "a\u2028::x", `a\u2028::x`},
		{"tag", "a\U000e0041", `a\U000e0041`},
		{"command", "::error::x", `\::error::x`},
		{"command in a later line", "a\n  ::add-mask::x", "a\n  \\::add-mask::x"},
		{"colons within a line", "a::b", "a::b"},
		{"pipeline command", "x ##vso[task.setvariable]y", `x #\#vso[task.setvariable]y`},
		{"old command", "##[error]", `#\#[error]`},
		{"byte order mark", "\ufeffa", `\ufeffa`},
		{"zero width", "a\u200bb", `a\u200bb`},
		{"no character", "a\ufffeb\U0001ffff", `a\ufffeb\U0001ffff`},
		{"lone surrogate", "a\xed\xa0\x80b", `a\xed\xa0\x80b`},
		{"backslashes stay", `{"a":"\n"}`, `{"a":"\n"}`},
		{"headings stay", "## Title [1]", "## Title [1]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := Text(test.in); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{"::x", "\x1b", "###[", "\u00a0::", "\n\n::", "\xff::", "####[x]"} {
		f.Add(seed)
	}
	command := regexp.MustCompile(`(?m)^[\s\p{Z}]*::|##\pL{0,30}\[`)
	f.Fuzz(func(t *testing.T, text string) {
		got := Text(text)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, hides) {
			t.Errorf("%q still acts: %q", text, got)
		}
		if command.MatchString(got) {
			t.Errorf("%q still commands: %q", text, got)
		}
		if again := Text(got); again != got {
			t.Errorf("%q is escaped twice: %q, then %q", text, got, again)
		}
		if strings.Count(got, "\n") != strings.Count(text, "\n") {
			t.Errorf("%q has other lines: %q", text, got)
		}
		if utf8.ValidString(text) && !strings.ContainsFunc(text, hides) && !command.MatchString(text) && !strings.Contains(text, "##") && got != text {
			t.Errorf("%q was safe and became %q", text, got)
		}
	})
}
