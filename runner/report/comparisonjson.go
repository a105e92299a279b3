package report

import (
	"io"

	"github.com/polygraph-dev/polygraph/runner/comparison"
)

// ComparisonJSON writes a comparison for programs, whole.
func ComparisonJSON(w io.Writer, c *comparison.Comparison) error {
	text, err := JSONText(c)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}
