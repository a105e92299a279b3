package report

import (
	"fmt"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// Counts are a run's cells by verdict. Each cell is in exactly one of them.
type Counts struct {
	Cells        int `json:"cells"`
	Accounts     int `json:"accounts"`
	Kept         int `json:"kept"`
	Lied         int `json:"lied"`
	Broken       int `json:"broken"`
	Inconclusive int `json:"inconclusive"`
	Known        int `json:"known"`
	Left         int `json:"left"` // things made and not removed
}

// Count counts results.
func Count(results []*engine.Result) Counts {
	c := Counts{Cells: len(results)}
	accounts := map[string]bool{}
	for _, r := range results {
		accounts[CellOf(r).Account] = true
		c.Left += len(r.Left)
		switch r.Verdict.Class {
		case verdict.Kept:
			c.Kept++
		case verdict.Lied:
			c.Lied++
		case verdict.Broken:
			c.Broken++
		case verdict.KnownLie:
			c.Known++
		default:
			c.Inconclusive++
		}
	}
	c.Accounts = len(accounts)
	return c
}

// String is "119 kept, 1 lied": kept always, the others where there are any.
func (c Counts) String() string { return c.paint(Style{}) }

func (c Counts) paint(s Style) string {
	parts := []string{fmt.Sprintf("%d kept", c.Kept)}
	for _, each := range []struct {
		class verdict.Class
		n     int
	}{
		{verdict.Lied, c.Lied},
		{verdict.Broken, c.Broken},
		{verdict.Inconclusive, c.Inconclusive},
		{verdict.KnownLie, c.Known},
	} {
		if each.n > 0 {
			parts = append(parts, s.class(each.class, fmt.Sprintf("%d %s", each.n, each.class)))
		}
	}
	return strings.Join(parts, ", ")
}
