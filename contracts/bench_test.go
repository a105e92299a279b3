package contracts

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkLoad loads a suite of a thousand contracts.
func BenchmarkLoad(b *testing.B) {
	var text strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&text, "contract: number %d\ngiven: {r%d: {make: review}}\ncall: PATCH /reviews/{r%d.id}\nbody: {title: \"Edited ${unique}\"}\nupdates: r%d\nexpect: response.body.id == r%d.id\n---\n", i, i%50, i%50, i%50, i%50)
	}
	files := suiteOf("provider.yaml", shop, "a.contract.yaml", text.String())
	for b.Loop() {
		if _, err := LoadFS(files, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
