package contracts

import (
	"slices"
	"testing"
)

// TestAtHand gives what is known of a secret without a file or a command.
func TestAtHand(t *testing.T) {
	env := func(name string) (string, bool) {
		return map[string]string{"HOOK": "sesame"}[name], name == "HOOK"
	}
	for text, want := range map[string][]string{
		"whsec_plain":          {"whsec_plain"},
		"${env.HOOK}":          {"sesame"},
		"${env.MISSING}":       nil,
		"${file./etc/nothing}": nil,
		"pre-${env.HOOK}":      {"pre-", "sesame"},
	} {
		if got := (Reference{Text: text}).AtHand(env); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
