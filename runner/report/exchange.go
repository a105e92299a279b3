package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// How much of a body is shown, unless it is wanted whole.
const (
	excerptLines   = 12
	excerptColumns = 300
)

// exchanges shows a cell's requests and replies in the order of sending.
func (p *page) exchanges(r *engine.Result) {
	chosen := r.Exchanges
	if !p.style.Whole {
		named := namedOf(r)
		chosen = slices.DeleteFunc(slices.Clone(chosen), func(x *wire.Exchange) bool { return !named[x.Number] })
	}
	if len(chosen) == 0 {
		return
	}
	p.line("%s", p.style.paint(bold, "exchanges"))
	slices.SortStableFunc(chosen, func(a, b *wire.Exchange) int { return cmp.Compare(a.Number, b.Number) })
	for _, x := range chosen {
		p.exchange(x)
	}
	if left := len(r.Exchanges) - len(chosen); left > 0 {
		p.line("%s", p.style.paint(dim, fmt.Sprintf("%s more; --all shows them, and whole bodies", plural(left, "exchange"))))
	}
}

// namedOf are the numbers of the exchanges that a time line names.
func namedOf(r *engine.Result) map[int64]bool {
	named := map[int64]bool{}
	if r.Record == nil {
		return named
	}
	for _, record := range append(slices.Clone(r.Record.Earlier), r.Record) {
		if record.Act != nil {
			named[record.Act.Exchange] = true
		}
		before, after := moments(record)
		for _, m := range append(before, after...) {
			named[m.exchange] = true
			named[m.last] = true
		}
	}
	return named
}

func (p *page) exchange(x *wire.Exchange) {
	p.line("#%d  %s %s   %s", x.Number, Line(x.Method), p.excerpt(Line(x.URL)), p.style.paint(dim, x.SentAt.Format(stamp)))
	p.headers(">", x.RequestHeader)
	p.body(">", x.RequestBody)
	if x.Status != 0 {
		p.line("  < %s   %s", strings.TrimSpace(fmt.Sprintf("%s %d", Line(x.Proto), x.Status)), p.style.paint(dim, "in "+span(x.SaidAt.Sub(x.SentAt))))
		p.headers("<", x.ReplyHeader)
		p.body("<", x.ReplyBody)
	}
	if x.Failure != nil {
		p.line("  ! %s", Line(x.Failure.Error()))
	}
	for _, fact := range x.Facts {
		p.line("  ! %s", p.excerpt(Line(fact)))
	}
	if p.style.Curl {
		p.line("%s", Curl(x))
	}
	p.line("")
}

func (p *page) headers(mark string, header wire.Head) {
	for _, field := range header {
		p.line("  %s %s: %s", mark, p.excerpt(Line(strings.ToLower(field.Name))), p.excerpt(Line(field.Value)))
	}
}

func (p *page) body(mark, body string) {
	if body == "" {
		return
	}
	p.line("  %s", mark)
	lines := strings.Split(strings.TrimRight(Text(body), "\n"), "\n")
	for i, line := range lines {
		if i == excerptLines && !p.style.Whole {
			p.line("  %s … %s more", mark, plural(len(lines)-i, "line"))
			return
		}
		p.line("  %s %s", mark, p.excerpt(line))
	}
}

// excerpt is the beginning of a long line, unless all is wanted.
func (p *page) excerpt(line string) string {
	if p.style.Whole {
		return line
	}
	return cut(line, excerptColumns)
}
