package report

import (
	"fmt"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// counted is "119 kept, 1 lied", each in the colour of its class.
func counted(c engine.Counts, s Style) string {
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
