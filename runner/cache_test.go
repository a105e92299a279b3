package runner

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// What go test has seen once it says again, unless it is told not to.
func TestGoTestIsNotCached(t *testing.T) {
	if testing.Short() {
		t.Skip("builds this package again")
	}
	t.Cleanup(func() { _ = os.RemoveAll(".polygraph") })
	tests := []struct {
		name    string
		example string
		cached  bool
	}{
		{"a suite", "contracts", false},
		{"no suite", "", true}, // or this test would tell nothing
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newCounter(t)
			var out string
			for range 2 {
				cmd := exec.Command("go", "test", "-run=^TestExample$", ".")
				cmd.Env = append(os.Environ(), exampleEnv+"="+test.example, serverEnv+"="+c.URL)
				text, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("%v\n%s", err, text)
				}
				out = string(text)
			}
			if cached := strings.Contains(out, "(cached)"); cached != test.cached {
				t.Errorf("cached: %v\n%s", cached, out)
			}
			if want := 24; !test.cached && c.count("act") != want {
				t.Errorf("%d acts in two runs, want %d", c.count("act"), want)
			}
		})
	}
}
