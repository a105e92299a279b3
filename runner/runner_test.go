package runner

import (
	"testing"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
)

// dated is a test with go test's -timeout.
type dated struct {
	deadline time.Time
	set      bool
}

func (dated) Fail() {}

func (d dated) Deadline() (time.Time, bool) { return d.deadline, d.set }

func TestBeforeDeadline(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tests := []struct {
		name   string
		t      ginkgo.GinkgoTestingT
		wanted time.Duration
		want   time.Duration
	}{
		{"no -timeout", dated{}, time.Hour, time.Hour},
		{"nobody to ask", deaf{}, time.Hour, time.Hour},
		{"ten minutes", dated{now.Add(10 * time.Minute), true}, time.Hour, 9*time.Minute + 30*time.Second},
		{"ten seconds", dated{now.Add(10 * time.Second), true}, time.Hour, 8 * time.Second},
		{"no limit wanted", dated{now.Add(10 * time.Second), true}, 0, 8 * time.Second},
		{"a nearer limit wanted", dated{now.Add(10 * time.Minute), true}, time.Minute, time.Minute},
		{"already over", dated{now.Add(-time.Second), true}, time.Hour, time.Millisecond}, // 0 would mean none
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := beforeDeadline(test.t, test.wanted, now); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestSplit(t *testing.T) {
	reporter := types.ReporterConfig{Verbose: true}
	config, labels, rest := split([]any{ginkgo.Label("a", "b"), types.SuiteConfig{RandomSeed: 7}, reporter, ginkgo.Label("c")})
	if config.RandomSeed != 7 {
		t.Errorf("seed %d, want the given configuration", config.RandomSeed)
	}
	if len(labels) != 3 {
		t.Errorf("labels %v, want a, b and c", labels)
	}
	if len(rest) != 3 {
		t.Errorf("%v is left for Ginkgo, want two labels and the reporter's configuration", rest)
	}
}
