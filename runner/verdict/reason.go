package verdict

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// took writes a time as a person would say it: 340 ms, 1.2 s, 10 s, 2 min 5 s.
func took(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", max(d, 0).Milliseconds())
	case d < 10*time.Second:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", d.Seconds()), ".0") + " s"
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d%time.Minute < time.Second:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
	return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func keys(items []*Item) int { return len(distinct(items)) }

func distinct(items []*Item) []string {
	var list []string
	seen := map[string]bool{}
	for _, i := range items {
		if !seen[i.Key] {
			seen[i.Key] = true
			list = append(list, i.Key)
		}
	}
	return list
}

func keyList(items []*Item) string { return strings.Join(distinct(items), ", ") }

func isZero(v any) bool {
	n, isNumber := v.(json.Number)
	if !isNumber || len(n) > 100 || strings.ContainsAny(string(n), "eE") {
		return false
	}
	r, ok := new(big.Rat).SetString(string(n))
	return ok && r.Sign() == 0
}

// said is the act and its answer, in one sentence.
func said(a *Act) string {
	if a == nil {
		return "nothing was sent"
	}
	if a.Status == 0 {
		return a.Call + " got no answer: " + a.Failure
	}
	if refusedByBody(a) {
		return fmt.Sprintf("%s answered %d with a body that says no", a.Call, a.Status)
	}
	return fmt.Sprintf("%s answered %d", a.Call, a.Status)
}

// who is the place and its eyes: "GET /reviews/8841 as shop-oslo".
func (p *Place) who() string {
	name := p.Call
	if name == "" || p.Look == Expression {
		name = p.Probe
	}
	if p.Look == Expression || p.Eyes == "" {
		return name
	}
	return name + " as " + p.Eyes
}
