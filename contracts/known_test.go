package contracts

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestKnownUntil(t *testing.T) {
	c := oneContract(t, "call: GET /me\nknown: [{lie: leaked, until: 2027-01-31, see: somewhere}, {lie: lost-write, when: response.status == 200}]\n")
	if len(c.Known) != 2 || c.Known[0].When != nil || c.Known[1].When == nil || c.Known[0].See != "somewhere" {
		t.Fatalf("%+v", c.Known)
	}
	for _, row := range []struct {
		at   string
		over bool
	}{
		{"2027-01-31T23:59:59Z", false},
		{"2027-02-01T00:30:00+01:00", false}, // still January in UTC
		{"2027-02-01T00:00:00Z", true},
		{"2026-01-01T00:00:00Z", false},
	} {
		at, err := time.Parse(time.RFC3339, row.at)
		if err != nil {
			t.Fatal(err)
		}
		if c.Known[0].Over(at) != row.over || c.Known[1].Over(at) {
			t.Errorf("%s: over %v, without an end %v", row.at, c.Known[0].Over(at), c.Known[1].Over(at))
		}
	}
}

// TestEveryKnownLieIsRead finds the mistakes of all entries, not of the first alone.
func TestEveryKnownLieIsRead(t *testing.T) {
	_, err := LoadFS(suiteOf("provider.yaml", shop, "a.contract.yaml", "contract: one\ncall: GET /me\nknown: [leaked, {lie: lost-writ}]\n"), Options{})
	var mistakes Mistakes
	if !errors.As(err, &mistakes) || !strings.Contains(err.Error(), "is no kind of lie") {
		t.Errorf("the last entry's mistake is not among\n%v", err)
	}
}
