package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// verdictsLonger is how many times as long verdicts are kept as their evidence, unless
// both are said.
const verdictsLonger = 4

// A retention is for how long runs are kept. It is a flag: 90d, or 90d,2y.
type retention struct {
	evidence time.Duration
	runs     time.Duration
	set      bool
}

// flag has a command take --keep.
func (r *retention) flag(cmd *cobra.Command) {
	cmd.Flags().Var(r, "keep", "let go of what was sent and read more than `TIME` ago (90d; h, d, w and y), and of the verdicts after four times as long; 90d,2y says both")
}

// Type is for the help.
func (r *retention) Type() string { return "time" }

// String is what was given; "" for nothing.
func (r *retention) String() string {
	if !r.set {
		return ""
	}
	return r.evidence.String() + "," + r.runs.String()
}

// Set reads the flag.
func (r *retention) Set(text string) (err error) {
	evidence, runs, both := strings.Cut(text, ",")
	if r.evidence, err = longTime(evidence); err != nil {
		return err
	}
	r.runs = r.evidence * verdictsLonger
	if both {
		if r.runs, err = longTime(runs); err != nil {
			return err
		}
	}
	if r.runs < r.evidence {
		return fmt.Errorf("verdicts would go before their evidence: %s is less than %s", runs, evidence)
	}
	r.set = true
	return nil
}

func (r *retention) evidenceBefore(now time.Time) time.Time { return now.Add(-r.evidence) }
func (r *retention) runsBefore(now time.Time) time.Time     { return now.Add(-r.runs) }

// longest is what may be said; four times as long still fits into a duration.
const longest = 70 * 365 * 24 * time.Hour

// longTime reads 90d: a whole number of hours, days, weeks or years.
func longTime(text string) (time.Duration, error) {
	units := map[string]time.Duration{"h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour, "y": 365 * 24 * time.Hour}
	if text != "" {
		unit, known := units[text[len(text)-1:]]
		n, err := strconv.Atoi(text[:len(text)-1])
		if known && err == nil && n >= 0 && n <= int(longest/unit) {
			return time.Duration(n) * unit, nil
		}
	}
	return 0, fmt.Errorf("%q is no time: a number and h, d, w or y, such as 90d", text)
}
