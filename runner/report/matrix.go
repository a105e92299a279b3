package report

import (
	"fmt"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// many is the number of accounts from which on those that agree share a row.
const many = 24

// A matrix is accounts by contracts, each square the worst verdict of its cells.
type matrix struct {
	contracts []string // titles, in the plan's order
	accounts  []string // in alphabetical order
	square    map[[2]string]verdict.Class
	cells     map[string]int // contract → its cells on one account, at most
}

func matrixOf(run *engine.Finished) matrix {
	m := matrix{square: map[[2]string]verdict.Class{}, cells: map[string]int{}}
	count := map[[2]string]int{}
	seen := map[string]bool{}
	for _, r := range sorted(run) {
		c := r.Subject()
		at := [2]string{c.Account, c.Contract}
		if m.cells[c.Contract] == 0 {
			m.contracts = append(m.contracts, c.Contract)
		}
		if !seen[c.Account] {
			seen[c.Account] = true
			m.accounts = append(m.accounts, c.Account)
		}
		count[at]++
		m.cells[c.Contract] = max(m.cells[c.Contract], count[at])
		if worse(r.Verdict.Class, m.square[at]) {
			m.square[at] = r.Verdict.Class
		}
	}
	slices.Sort(m.accounts)
	return m
}

// rank orders verdicts, worst first; a square without a cell comes last.
func rank(c verdict.Class) int {
	order := []verdict.Class{verdict.Lied, verdict.Broken, verdict.Inconclusive, verdict.KnownLie, verdict.Kept}
	if i := slices.Index(order, c); i >= 0 {
		return i
	}
	return len(order)
}

func worse(a, b verdict.Class) bool { return rank(a) < rank(b) }

// mark is a square's text. Where the words do not fit, one letter stands for each.
func mark(c verdict.Class, short bool) string {
	words := map[verdict.Class][2]string{
		verdict.Kept:         {"·", "·"},
		verdict.Lied:         {"LIED", "L"},
		verdict.Broken:       {"broken", "B"},
		verdict.Inconclusive: {"?", "?"},
		verdict.KnownLie:     {"known", "k"},
	}
	if short {
		return words[c][1]
	}
	return words[c][0]
}

// A row is the accounts that agree on every contract.
type row struct {
	accounts []string
	classes  []verdict.Class
}

// rows gives one row for each account, or, of many accounts, one for all those
// that agree: the fewest first, because they are what one looks for.
func (m matrix) rows() []row {
	byPattern := map[string]*row{}
	var rows []*row
	for _, account := range m.accounts {
		var classes []verdict.Class
		pattern := ""
		for _, contract := range m.contracts {
			class := m.square[[2]string{account, contract}]
			classes = append(classes, class)
			pattern += string(class) + ","
		}
		if len(m.accounts) <= many {
			pattern = account
		}
		if byPattern[pattern] == nil {
			byPattern[pattern] = &row{classes: classes}
			rows = append(rows, byPattern[pattern])
		}
		byPattern[pattern].accounts = append(byPattern[pattern].accounts, account)
	}
	slices.SortStableFunc(rows, func(a, b *row) int { return len(a.accounts) - len(b.accounts) })
	out := make([]row, len(rows))
	for i, each := range rows {
		out[i] = *each
	}
	return out
}

// name is the row's first column: one account, or how many share it.
func (r row) name(limit int) string {
	name := Line(r.accounts[0])
	if len(r.accounts) > 1 {
		more := fmt.Sprintf(" and %d more", len(r.accounts)-1)
		return cut(name, limit-len(more)) + more
	}
	return cut(name, limit)
}

// cut shortens a text to so many columns. An account's name of 200 characters
// must not push the verdicts off the screen.
func cut(s string, limit int) string {
	if limit = max(limit, 4); text.StringWidth(s) > limit {
		return text.Trim(s, limit-1) + "…"
	}
	return s
}

// matrix writes the matrix and its legend. It takes words where they fit, then
// letters, then as many contracts side by side as there is room for.
func (p *page) matrix(run *engine.Finished) {
	m := matrixOf(run)
	if len(m.contracts) == 0 {
		return
	}
	rows := m.rows()
	lines := p.table(rows, 0, len(m.contracts), false)
	if widest(lines) <= p.style.width() {
		p.block(lines)
		p.legend(m, false)
		return
	}
	for from := 0; from < len(m.contracts); {
		to := len(m.contracts)
		for lines = p.table(rows, from, to, true); widest(lines) > p.style.width() && to > from+1; to-- {
			lines = p.table(rows, from, to-1, true)
		}
		p.block(lines)
		from = to
	}
	p.legend(m, true)
}

// table lays out the contracts [from, to) with their numbers as heading.
func (p *page) table(rows []row, from, to int, short bool) []string {
	t := table.NewWriter()
	box := table.StyleBoxDefault
	box.PaddingLeft, box.PaddingRight = "", "  "
	t.SetStyle(table.Style{Name: "plain", Box: box, Format: table.FormatOptions{Header: text.FormatDefault}})
	t.SuppressTrailingSpaces()
	head := table.Row{""}
	for i := from; i < to; i++ {
		head = append(head, p.style.paint(dim, fmt.Sprint(i+1)))
	}
	t.AppendHeader(head)
	for _, r := range rows {
		line := table.Row{r.name(p.style.width() / 3)}
		for i := from; i < to; i++ {
			line = append(line, p.style.class(r.classes[i], mark(r.classes[i], short)))
		}
		t.AppendRow(line)
	}
	return strings.Split(t.Render(), "\n")
}

func widest(lines []string) int {
	width := 0
	for _, line := range lines {
		width = max(width, text.StringWidthWithoutEscSequences(strings.TrimRight(line, " ")))
	}
	return width
}

func (p *page) block(lines []string) {
	for _, line := range lines {
		p.line("%s", strings.TrimRight(line, " "))
	}
	p.line("")
}

// legend names the contracts by number, and the marks that were used.
func (p *page) legend(m matrix, short bool) {
	for i, contract := range m.contracts {
		cases := ""
		if n := m.cells[contract]; n > 1 {
			cases = fmt.Sprintf("  (%d cells)", n)
		}
		p.line("%s  %s%s", p.style.paint(dim, fmt.Sprintf("%2d", i+1)), Line(contract), p.style.paint(dim, cases))
	}
	used := map[verdict.Class]bool{}
	for _, class := range m.square {
		used[class] = true
	}
	var marks []string
	for _, class := range []verdict.Class{verdict.Kept, verdict.Lied, verdict.Broken, verdict.Inconclusive, verdict.KnownLie} {
		if text := mark(class, short); used[class] && (short || text == "·" || text == "?") {
			marks = append(marks, p.style.class(class, text)+" "+string(class))
		}
	}
	if len(marks) > 0 {
		p.line("    %s", strings.Join(marks, "   "))
	}
	p.line("")
}
