package report

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// excerpt is how many lines of a body are shown.
const excerpt = 40

// exchanges shows a cell's requests and replies in the order of sending.
func (p *page) exchanges(r *engine.Result) {
	if len(r.Exchanges) == 0 {
		return
	}
	p.line("%s", p.style.paint(bold, "exchanges"))
	sorted := slices.SortedStableFunc(slices.Values(r.Exchanges), func(a, b *wire.Exchange) int { return int(a.Number - b.Number) })
	for _, x := range sorted {
		p.exchange(x)
	}
}

func (p *page) exchange(x *wire.Exchange) {
	p.line("#%d  %s %s   %s", x.Number, Line(x.Method), Line(x.URL), p.style.paint(dim, x.SentAt.Format(stamp)))
	p.headers(">", x.RequestHeader)
	p.body(">", x.RequestBody)
	if x.Status != 0 {
		p.line("  < %s   %s", strings.TrimSpace(fmt.Sprintf("%s %d", Line(x.Proto), x.Status)), p.style.paint(dim, "after "+span(x.SaidAt.Sub(x.SentAt))))
		p.headers("<", x.ReplyHeader)
		p.body("<", x.ReplyBody)
	}
	if x.Failure != nil {
		p.line("  ! %s", Line(x.Failure.Error()))
	}
	for _, fact := range x.Facts {
		p.line("  ! %s", Line(fact))
	}
	p.line("")
}

func (p *page) headers(mark string, header http.Header) {
	names := make([]string, 0, len(header))
	for name := range header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range header[name] {
			p.line("  %s %s: %s", mark, Line(strings.ToLower(name)), Line(value))
		}
	}
}

func (p *page) body(mark, body string) {
	if body == "" {
		return
	}
	p.line("  %s", mark)
	lines := strings.Split(strings.TrimRight(Text(body), "\n"), "\n")
	for i, line := range lines {
		if i == excerpt {
			p.line("  %s … %s more", mark, plural(len(lines)-i, "line"))
			return
		}
		p.line("  %s %s", mark, line)
	}
}
