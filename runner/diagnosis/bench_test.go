package diagnosis

import (
	"fmt"
	"testing"
)

// BenchmarkMatrix asks about every lie of a row of so many accounts, a tenth of which are
// lied to.
func BenchmarkMatrix(b *testing.B) {
	for _, accounts := range []int{10, 100, 1000, 10_000} {
		var shops []shop
		for i := range accounts {
			s := shop{lied: i%10 == 0, can: "read publish"}
			if s.lied {
				s.can = "read"
			}
			s.own = fmt.Sprintf(`{"id":"u-%d","plan":"p%d","joined":"2024-%02d-%02d","open":%d,"settings":{"a":%t,"b":"x%d","c":1,"d":null,"e":"y%d"}}`,
				i, i%3, 1+i%12, 1+i%28, i*7919%10007, i%2 == 0, i%4, i%7)
			shops = append(shops, s)
		}
		run := runOf(shops...)
		b.Run(fmt.Sprint(accounts), func(b *testing.B) {
			for b.Loop() {
				m := Over(run)
				for _, r := range run.Results {
					if d := m.Of(r); d != nil && !d.Sure && accounts > 10 {
						b.Fatal(d)
					}
				}
			}
		})
	}
}
