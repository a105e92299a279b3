package engine

import "testing"

func TestProgressString(t *testing.T) {
	t.Parallel()
	p := Progress{Cells: 300, Done: 212, Kept: 200, Lied: 1, Broken: 2, Inconclusive: 9, Requests: 3412}
	if got := p.String(); got != "212 of 300 cells, 1 lied, 2 broken, 9 inconclusive, 3412 requests" {
		t.Errorf("got %q", got)
	}
}
