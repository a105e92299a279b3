package report

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzJSONText: whatever a provider says, JSON of it moves no cursor and commands
// no build server, and reads back as what was said.
func FuzzJSONText(f *testing.F) {
	for _, seed := range []string{"", "plain", hostile, "##vso[task.setvariable]x", "\u009b31m", "\U000e0041\ufeff", "\u2028\u200d</script>", "\x9b\xff", `\u009b"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		value := map[string]any{text: []any{text, "a" + text}, "##" + text: true}
		got, err := JSONText(value)
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsFunc(string(got), hides) || Text(string(got)) != string(got) {
			t.Errorf("%q still acts: %s", text, got)
		}
		var back, want map[string]any
		if err := json.Unmarshal(got, &back); err != nil {
			t.Fatalf("%q gives what is no JSON: %v\n%s", text, err, got)
		}
		plain, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(plain, &want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(back, want) || utf8.ValidString(text) && back[text] == nil {
			t.Errorf("%q reads back as %v", text, back)
		}
	})
}
