package report

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// The limits of those who show Markdown. GitHub counts characters in a comment and bytes in a
// summary; counted in bytes, a text is within both.
const (
	CommentLimit = 65_536    // of a comment on GitHub; a note on GitLab may have 1,000,000
	SummaryLimit = 1_048_576 // of a step's summary on GitHub
	LeastLimit   = 2_000     // below it there is room for nothing
)

// Markdown writes a run for a pull request, a merge request or a job's summary, in at most
// limit bytes: what was found, worst first, then the matrix, then each finding in full, folded
// up. Where that is too long, what comes last is left out, and the last line says so.
//
// Texts of contracts and providers stand in code, where nobody looks for links,
// @names, references or HTML.
func Markdown(w io.Writer, run *engine.Finished, limit int) error {
	s := &leaflet{w: bufio.NewWriter(w), left: max(limit, LeastLimit) - len(leftOut(run, len(run.Results)))}
	s.head(run)
	groups := groupsOf(run)
	s.found(run, groups)
	s.leftBehind(run)
	s.matrix(run)
	s.details(run, groups)
	if s.full {
		s.write(leftOut(run, s.missing))
	}
	if s.err != nil {
		return s.err
	}
	return s.w.Flush()
}

// leftOut is the last line of a report that did not find room.
func leftOut(run *engine.Finished, missing int) string {
	text := "\n**Not all of it has room here**"
	if missing > 0 {
		text += fmt.Sprintf(": %s left out", plural(missing, "finding"))
	}
	if run.ID != "" {
		return text + fmt.Sprintf("; `polygraph report %s` shows everything.\n", run.ID)
	}
	return text + ".\n"
}

// A leaflet is Markdown within a limit. It takes pieces, each whole or not at all, and
// nothing more after the first that has no room.
type leaflet struct {
	w       *bufio.Writer
	left    int
	full    bool
	missing int // findings for which there was no room
	err     error
}

func (s *leaflet) write(text string) {
	if s.err == nil {
		_, s.err = s.w.WriteString(text)
	}
}

// put writes a piece if there is room for it, and says whether there was.
func (s *leaflet) put(text string) bool {
	if s.full || len(text) > s.left {
		s.full = true
		return false
	}
	s.left -= len(text)
	s.write(text)
	return true
}

func (s *leaflet) head(run *engine.Finished) {
	c := engine.Count(run.Results)
	s.put(fmt.Sprintf("## Polygraph: %s\n\n", c))
	text := inText(run.Suite) + " on " + inText(run.Target)
	if run.ID != "" {
		text = "Run `" + run.ID + "`, " + text
	}
	if !run.Started.IsZero() {
		text += ", " + run.Started.UTC().Format("2006-01-02 15:04:05 UTC")
	}
	p := &page{}
	s.put(text + ": " + p.counts(run) + ".\n\n")
	if why := unfinished(run); why != "" {
		s.put("**Not whole:** " + codeSpan(why) + "\n\n")
	}
}

// badge is a verdict as it stands in a table.
func badge(r *engine.Result) string {
	text := string(r.Verdict.Class)
	if r.Verdict.Class == verdict.Lied {
		text = "**LIED**"
	}
	if r.Verdict.Fixed {
		text += ", fixed"
	}
	return strings.TrimSpace(text + " " + string(r.Verdict.Kind))
}

// found is a table of everything that was not kept, what is alike on one line.
func (s *leaflet) found(run *engine.Finished, groups [][]*engine.Result) {
	if len(groups) == 0 {
		return
	}
	if !s.put("| verdict | contract | account | what was seen |\n|---|---|---|---|\n") {
		s.missing = len(groups)
		return
	}
	for i, group := range groups {
		r := group[0]
		account := inCell(r.Subject().Account)
		if n := len(group) - 1; n > 0 {
			account += fmt.Sprintf(" and %d more", n)
		}
		what := ""
		if len(r.Verdict.Findings) > 0 {
			f := r.Verdict.Findings[0]
			what = inCell(either(f.Seen, f.Reason))
		}
		if !s.put(fmt.Sprintf("| %s | %s | %s | %s |\n", badge(r), inCell(title(r)), account, what)) {
			s.missing = len(groups) - i
			return
		}
	}
	s.put("\n")
}

// leftBehind names what the run made and could not remove.
func (s *leaflet) leftBehind(run *engine.Finished) {
	if engine.Count(run.Results).Left == 0 {
		return
	}
	s.put("**Left behind** at the provider:\n\n")
	for _, r := range sorted(run) {
		for _, left := range r.Left {
			var text strings.Builder
			(&page{w: &text}).leftover(r, left)
			s.put("- " + codeSpan(cut(text.String(), 500)) + "\n")
		}
	}
	s.put("\n")
}

// Of a matrix so many rows and columns are shown; a reader scrolls no further.
const (
	mostColumns = 20
	mostRows    = 60
)

// matrix shows accounts by contracts. Of many contracts only those that were not kept
// everywhere have a column.
func (s *leaflet) matrix(run *engine.Finished) {
	m := matrixOf(run)
	columns := m.telling()
	if len(columns) == 0 {
		return
	}
	s.put(s.heading(m, columns))
	rows := m.rows()
	for _, r := range rows[:min(len(rows), mostRows)] {
		line := "| " + rowName(r) + " |"
		for _, i := range columns {
			text := mark(r.classes[i], false)
			if r.classes[i] == verdict.Lied {
				text = "**" + text + "**"
			}
			line += " " + text + " |"
		}
		if !s.put(line + "\n") {
			return
		}
	}
	if n := len(rows) - mostRows; n > 0 {
		s.put(fmt.Sprintf("\nand %d more rows\n", n))
	}
	s.put("\n")
	for _, i := range columns {
		// No list: a reader would count its items anew where a number is left out.
		s.put(fmt.Sprintf("**%d** %s\\\n", i+1, inText(m.contracts[i])))
	}
	s.put("`·` kept, `?` inconclusive\n\n")
	if n := len(m.contracts) - len(columns); n > 0 {
		s.put(fmt.Sprintf("%s without a column: kept everywhere, or beyond the first %d.\n\n", plural(n, "contract"), mostColumns))
	}
}

func (s *leaflet) heading(m matrix, columns []int) string {
	head, rule := "| |", "|---|"
	for _, i := range columns {
		head += fmt.Sprintf(" %d |", i+1)
		rule += ":-:|"
	}
	return head + "\n" + rule + "\n"
}

// telling are the indices of the contracts that have a column.
func (m matrix) telling() []int {
	var all, telling []int
	for i, contract := range m.contracts {
		all = append(all, i)
		if slices.ContainsFunc(m.accounts, func(account string) bool {
			class, ran := m.square[[2]string{account, contract}]
			return ran && class != verdict.Kept
		}) {
			telling = append(telling, i)
		}
	}
	if len(all) <= mostColumns {
		return all
	}
	return telling[:min(len(telling), mostColumns)]
}

func rowName(r row) string {
	name := inCell(r.accounts[0])
	if n := len(r.accounts) - 1; n > 0 {
		name += fmt.Sprintf(" and %d more", n)
	}
	return name
}

// details are the findings in full, each folded up, as the terminal has them.
func (s *leaflet) details(run *engine.Finished, groups [][]*engine.Result) {
	o := &prose{run: run}
	for i, group := range groups {
		if s.full || !s.put(o.folded(group)) {
			s.missing = max(s.missing, len(groups)-i)
			return
		}
	}
}

// folded is a finding as HTML that Markdown lets through: a summary, and behind it a block of code.
func (o *prose) folded(group []*engine.Result) string {
	r := group[0]
	name := html.EscapeString(cut(title(r), 200))
	account := html.EscapeString(cut(Line(r.Subject().Account), 100))
	return fmt.Sprintf("<details><summary>%s %s <code>%s</code> on <code>%s</code></summary>\n\n%s\n</details>\n\n",
		strings.ToUpper(string(r.Verdict.Class)), r.Verdict.Kind, name, account, codeBlock(o.group(group)))
}
