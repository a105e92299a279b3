package contracts

import (
	"strings"
	"testing"
)

func TestMistakesPrint(t *testing.T) {
	for _, c := range []struct {
		name string
		m    Mistake
		want string
	}{
		{"place, line, caret, hint", Mistake{Position{"provider.yaml", 14, 5}, `unknown key "raed" in resource "review"`, "    raed: getReview", 4, `did you mean "read"?`},
			"provider.yaml:14:5: unknown key \"raed\" in resource \"review\"\n    14 |     raed: getReview\n       |     ^^^^\nhint: did you mean \"read\"?"},
		{"a file alone", Mistake{Position: Position{File: "a.yaml"}, Message: "is empty"}, "a.yaml: is empty"},
		{"a line alone", Mistake{Position: Position{"a.csv", 3, 0}, Message: "too short"}, "a.csv:3: too short"},
		{"a tab before the caret", Mistake{Position{"a", 1, 3}, "m", "\tabc", 9, ""}, "a:1:3: m\n     1 | \tabc\n       | \t ^^"},
		{"characters, not bytes", Mistake{Position{"a", 1, 3}, "m", "éé: x", 1, ""}, "a:1:3: m\n     1 | éé: x\n       |   ^"},
		{"no control characters", Mistake{Position{"a", 1, 1}, "m", "\x1b[31mx", 1, ""}, "a:1:1: m\n     1 | \ufffd[31mx\n       | ^"},
		{"a caret behind the line", Mistake{Position{"a", 1, 4}, "m", "abc", 5, ""}, "a:1:4: m\n     1 | abc\n       |    ^"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := (Mistakes{c.m}).Error(); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestLongLinesAreCut(t *testing.T) {
	m := Mistake{Position{"a", 1, 501}, "m", strings.Repeat("x", 500) + "HERE" + strings.Repeat("y", 500), 4, ""}
	lines := strings.Split(Mistakes{m}.Error(), "\n")
	at := strings.Index(lines[2], "^")
	shown, under := []rune(lines[1]), []rune(lines[2])
	if len(shown) > maxLine+10 || len(under) < at+4 || string(shown[at:at+4]) != "HERE" || !strings.HasSuffix(lines[2], " ^^^^") {
		t.Errorf("got\n%s\n%s", lines[1], lines[2])
	}
}

func TestMistakesAreSortedAndSingle(t *testing.T) {
	at := func(file string, line, column int, message string) Mistake {
		return Mistake{Position: Position{file, line, column}, Message: message}
	}
	got := Mistakes{at("b", 1, 1, "x"), at("a", 2, 1, "x"), at("a", 1, 9, "x"), at("a", 1, 2, "z"), at("a", 1, 2, "y"), at("a", 2, 1, "x")}.sorted()
	want := []string{"a:1:2: y", "a:1:2: z", "a:1:9: x", "a:2:1: x", "b:1:1: x"}
	if len(got) != len(want) {
		t.Fatalf("got %v", got)
	}
	for i := range want {
		if got[i].Error() != want[i] {
			t.Errorf("%d: %s, want %s", i, got[i].Error(), want[i])
		}
	}
}

func TestSuggest(t *testing.T) {
	names := []string{"read", "list", "delete", "writes_per_run"}
	for word, want := range map[string]string{"raed": "read", "Read": "read", "lst": "list", "delet": "delete", "writesperrun": "writes_per_run", "zebra": "", "x": "", "": ""} {
		if got := suggest(word, names); got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}
