package verdict

import (
	"math"
	"strings"
	"testing"
)

func TestRate(t *testing.T) {
	for _, row := range []struct {
		met, trials int
		low, high   float64
		why         string
	}{
		{0, 20, 0, 0.1391, "1 - 0.05^(1/20)"},
		{0, 299, 0, 0.00997, "just below 1 %"},
		{1, 10, 0.0179, 0.4042, "Wilson, as published for 1 of 10"},
		{3, 20, 0.0524, 0.3604, ""},
		{20, 20, 0.8389, 1, "all"},
		{0, 0, 0, 1, "nothing is known"},
	} {
		low, high := Rate(row.met, row.trials)
		if math.Abs(low-row.low) > 0.0001 || math.Abs(high-row.high) > 0.0001 {
			t.Errorf("%d of %d: %.4f to %.4f, want %.4f to %.4f %s", row.met, row.trials, low, high, row.low, row.high, row.why)
		}
	}
}

// TestToExclude holds that the bound and the number of trials say the same.
func TestToExclude(t *testing.T) {
	for _, row := range []struct {
		rate float64
		need int
	}{{0.01, 299}, {0.05, 59}, {0.5, 5}, {0.001, 2995}} {
		need := ToExclude(row.rate)
		if need != row.need {
			t.Errorf("%v: %d, want %d", row.rate, need, row.need)
		}
		_, enough := Rate(0, need)
		_, fewer := Rate(0, need-1)
		if enough > row.rate || fewer <= row.rate {
			t.Errorf("%v: %d trials exclude %v, one less %v", row.rate, need, enough, fewer)
		}
	}
}

func TestRepeated(t *testing.T) {
	kept, lost := Verdict{Class: Kept}, Verdict{Class: Lied, Kind: LostWrite}
	dropped, late := Verdict{Class: Lied, Kind: DroppedField}, Verdict{Class: Broken, Kind: LateEffect}
	blind, known := Verdict{Class: Inconclusive, Kind: BlindProbe}, Verdict{Class: KnownLie, Kind: LostWrite}
	fixed := Verdict{Class: KnownLie, Kind: LostWrite, Fixed: true}
	times := func(n int, v Verdict, more ...Verdict) []Verdict {
		for range n {
			more = append(more, v)
		}
		return more
	}
	for _, row := range []struct {
		name  string
		list  []Verdict
		worst Verdict
		says  string
	}{
		{"always kept", times(20, kept), kept, "lied in none of 20 trials; told more often than in 14 % is excluded with a confidence of 95 %, and to exclude 1 % it takes 299"},
		{"often enough", times(300, kept), kept, "lied in none of 300 trials; told more often than in 0.99 % is excluded with a confidence of 95 %"},
		{"sometimes", times(17, kept, dropped, lost, lost), lost, "lied in 3 of 20 trials (2 lost-write, 1 dropped-field), which is 15 %, and between 5.2 % and 36 % with a confidence of 95 %"},
		{"not all could be told", times(9, kept, blind), blind, "lied in none of 9 trials; told more often than in 28 % is excluded with a confidence of 95 %, and to exclude 1 % it takes 299; 1 more could not be told (1 blind-probe)"},
		{"none could be told", times(2, blind), blind, "none of 2 trials could be told (2 blind-probe)"},
		{"broken is no lie", times(1, kept, late), late, "lied in none of 2 trials; told more often than in 78 % is excluded with a confidence of 95 %, and to exclude 1 % it takes 299; broken in 1 (1 late-effect)"},
		{"documented, and not always told", times(3, fixed, known), known, "lied in 1 of 4 trials (1 lost-write), which is 25 %, and between 4.6 % and 70 % with a confidence of 95 %"},
		{"a lie before what is documented", times(1, known, lost), lost, "lied in 2 of 2 trials (2 lost-write), which is 100 %, and between 34 % and 100 % with a confidence of 95 %"},
	} {
		worst, trials := Repeated(row.list)
		if got := row.list[worst]; got.Class != row.worst.Class || got.Kind != row.worst.Kind || got.Fixed != row.worst.Fixed {
			t.Errorf("%s: the worst is %s %s", row.name, got.Class, got.Kind)
		}
		if got := trials.String(); got != row.says {
			t.Errorf("%s:\ngot  %s\nwant %s", row.name, got, row.says)
		}
		if strings.Contains(trials.String(), "NaN") {
			t.Error(trials.String())
		}
	}
}
