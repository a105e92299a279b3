package verdict

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// A Trials is what repetitions of a cell tell together. A trial that is inconclusive
// tells nothing of how often a lie is told, and is counted apart.
type Trials struct {
	Total        int          `json:"total"`
	Kept         int          `json:"kept"`
	Lied         int          `json:"lied"`
	Broken       int          `json:"broken"`
	Inconclusive int          `json:"inconclusive"`
	Known        int          `json:"known"` // told; one that was not told this time is Kept here
	Kinds        map[Kind]int `json:"kinds,omitempty"`
	// Low and High bound the rate at which a lie is told, documented ones too, with a
	// confidence of 95 %. Without a lie High is the rate that is just excluded.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Repeated puts the verdicts of a cell's trials together: which of them is the
// cell's, the worst and of several the first, and what all of them tell. There must
// be at least one.
func Repeated(list []Verdict) (worst int, t Trials) {
	t = Trials{Total: len(list), Kinds: map[Kind]int{}}
	for i := range list {
		if severer(&list[i], &list[worst]) {
			worst = i
		}
		t.count(&list[i])
	}
	t.Low, t.High = Rate(t.lies(), t.told())
	return worst, t
}

func (t *Trials) count(v *Verdict) {
	if v.Class == Kept || v.Fixed {
		t.Kept++
		return
	}
	t.Kinds[v.Kind]++
	switch v.Class {
	case Lied:
		t.Lied++
	case Broken:
		t.Broken++
	case KnownLie:
		t.Known++
	default:
		t.Inconclusive++
	}
}

func (t *Trials) lies() int { return t.Lied + t.Known }
func (t *Trials) told() int { return t.Total - t.Inconclusive }

// severer orders verdicts as findings are ordered; a documented lie that is not told
// any more is better than one that is.
func severer(a, b *Verdict) bool {
	if a.Class != b.Class {
		return slices.Index(classes, a.Class) < slices.Index(classes, b.Class)
	}
	if a.Fixed != b.Fixed {
		return b.Fixed
	}
	return a.Class != Kept && row(a.Kind).Rank < row(b.Kind).Rank
}

// z95 is the 97.5th percentile of the normal distribution: 2.5 % stay outside on
// either side of an interval of 95 %.
const z95 = 1.959963984540054

// Rate bounds the rate of what was met so many times in so many trials, with a
// confidence of 95 %: Wilson's score interval (1927), which unlike the normal one
// keeps to 0…1 and holds for few trials, too. Where nothing was met there is only
// one side to be wrong on, and the bound is the exact one: the rate at which meeting
// nothing would have had a chance of 5 %. Without a trial anything is possible.
func Rate(met, trials int) (low, high float64) {
	if trials <= 0 {
		return 0, 1
	}
	n, p := float64(trials), float64(met)/float64(trials)
	if met == 0 {
		return 0, 1 - math.Pow(0.05, 1/n)
	}
	middle := p + z95*z95/(2*n)
	half := z95 * math.Sqrt(p*(1-p)/n+z95*z95/(4*n*n))
	whole := 1 + z95*z95/n
	return max(0, (middle-half)/whole), min(1, (middle+half)/whole)
}

// ToExclude is how many trials without a lie it takes to exclude, with a confidence
// of 95 %, that one is told at this rate or more often. The rate lies between 0 and 1.
func ToExclude(rate float64) int {
	return int(math.Ceil(math.Log(0.05) / math.Log1p(-rate)))
}

// excluded is the rate for which String says what it would take to exclude it.
const excluded = 0.01

// String is "lied in 3 of 20 trials (3 lost-write), which is 15 %, and between 5.2 % and
// 36 % with a confidence of 95 %".
func (t *Trials) String() string {
	text := ""
	switch lies, told := t.lies(), t.told(); {
	case told == 0:
		return fmt.Sprintf("none of %s could be told%s", count(t.Total, "trial"), t.kinds(Inconclusive))
	case lies > 0:
		text = fmt.Sprintf("lied in %d of %s%s, which is %s, and between %s and %s with a confidence of 95 %%",
			lies, count(told, "trial"), t.kinds(Lied), percent(float64(lies)/float64(told)), percent(t.Low), percent(t.High))
	default:
		text = fmt.Sprintf("lied in none of %s; told more often than in %s is excluded with a confidence of 95 %%", count(told, "trial"), percent(t.High))
		if need := ToExclude(excluded); need > told {
			text += fmt.Sprintf(", and to exclude %s it takes %d", percent(excluded), need)
		}
	}
	if t.Broken > 0 {
		text += fmt.Sprintf("; broken in %d%s", t.Broken, t.kinds(Broken))
	}
	if t.Inconclusive > 0 {
		text += fmt.Sprintf("; %d more could not be told%s", t.Inconclusive, t.kinds(Inconclusive))
	}
	return text
}

// kinds says what was met of a class, the worst first.
func (t *Trials) kinds(class Class) string {
	var parts []string
	for _, row := range Kinds() {
		if n := t.Kinds[row.Kind]; n > 0 && row.Class == class {
			parts = append(parts, fmt.Sprintf("%d %s", n, row.Kind))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// percent writes a rate with as many digits as tell something: 36 %, 0.99 %.
func percent(rate float64) string {
	switch p := rate * 100; {
	case p >= 9.95 || p == math.Trunc(p):
		return fmt.Sprintf("%.0f %%", p)
	case p >= 0.995:
		return fmt.Sprintf("%.1f %%", p)
	default:
		return fmt.Sprintf("%.2g %%", p)
	}
}
