package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/polygraph-dev/polygraph/runner/report"
)

// A strengthPage is what a suite is worth, as it is printed and written as JSON.
type strengthPage struct {
	Suite      string        `json:"suite"`
	Target     string        `json:"target"`
	Account    string        `json:"account"`
	Noticed    int           `json:"noticed"`     // lies about a call that a contract of it noticed
	Applicable int           `json:"applicable"`  // lies that apply to the calls of the suite
	Writes     int           `json:"writes"`      // that were sent, those included which a liar swallowed
	Unscored   int           `json:"unscored"`    // cells that were not kept without a lie
	LeftBehind []string      `json:"left_behind"` // why something of ours may be left
	Contracts  []*strengthOf `json:"contracts"`
	mu         sync.Mutex
}

// A strengthOf is what one contract is worth.
type strengthOf struct {
	Contract   string     `json:"contract"`
	Place      string     `json:"place"`
	Operation  string     `json:"operation"`
	Noticed    int        `json:"noticed"`
	Applicable int        `json:"applicable"` // those that another contract of the call notices are left out
	Unscored   []string   `json:"unscored,omitempty"`
	Lies       []*lieLine `json:"lies"`
}

// A lieLine is one lie about a contract's call.
type lieLine struct {
	Lie       string `json:"lie"`
	Does      string `json:"does"`
	Noticed   bool   `json:"noticed"`
	Untold    bool   `json:"untold,omitempty"`    // it could not be told, for which Why is the reason: not scored
	Verdict   string `json:"verdict,omitempty"`   // "" where no cell sends what the lie is about
	Why       string `json:"why,omitempty"`       // why nothing could be said, or the lie not told
	Elsewhere string `json:"elsewhere,omitempty"` // the contract of the same call that notices it
	Add       string `json:"add,omitempty"`       // the lines that would have it noticed; "" where it is
	At        string `json:"at,omitempty"`        // where they belong; "": in the contract
}

// controls enters the cells that were not kept without a lie.
func (s *strengthOf) controls(all []*controlled) {
	for _, k := range all {
		if k.kept() {
			continue
		}
		name := "the contract itself"
		if k.of != nil {
			name = "case " + k.of.Name
		} else if k.again != nil {
			name = k.again.Case()
		}
		what := "nothing came of it"
		if k.err != nil {
			what = k.err.Error()
		} else if k.result != nil {
			what = strings.TrimSpace(string(k.result.Verdict.Class) + " " + string(k.result.Verdict.Kind))
			if len(k.result.Verdict.Findings) > 0 {
				what += ": " + k.result.Verdict.Findings[0].Reason
			}
		}
		s.Unscored = append(s.Unscored, name+" is "+what)
	}
}

// left enters what a trial could not remove.
func (p *strengthPage) left(out tried) {
	if out.left == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.LeftBehind = append(p.LeftBehind, out.left.Error())
}

// sum works out the scores. A lie about a call counts once in the suite's, however many
// contracts have that call: one of them is enough to notice it.
func (p *strengthPage) sum() {
	by := map[string]string{} // call and lie → the contract that notices it
	all := map[string]bool{}
	for _, s := range p.Contracts {
		p.Unscored += len(s.Unscored)
		for _, line := range s.Lies {
			if id := s.Operation + "\n" + line.Lie; !line.Untold {
				all[id] = true
				if line.Noticed && by[id] == "" {
					by[id] = s.Contract
				}
			}
		}
	}
	p.Applicable, p.Noticed = len(all), len(by)
	for _, s := range p.Contracts {
		for _, line := range s.Lies {
			if !line.Noticed && !line.Untold {
				line.Elsewhere = by[s.Operation+"\n"+line.Lie]
			}
			if line.Noticed {
				s.Noticed++
				line.Add, line.At = "", ""
			}
			if !line.Untold && line.Elsewhere == "" {
				s.Applicable++
			}
		}
		slices.SortStableFunc(s.Lies, func(a, b *lieLine) int { return strings.Compare(a.Lie, b.Lie) })
	}
}

// code is the exit code.
func (p *strengthPage) code() int {
	switch {
	case p.Noticed < p.Applicable:
		return exitLied
	case len(p.LeftBehind) > 0:
		return exitLeft
	case p.Unscored > 0:
		return exitInconclusive
	}
	return exitKept
}

func (p *strengthPage) json(w io.Writer) error {
	text, err := report.JSONText(p)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// text prints every contract with its score, and under it what it does not notice.
func (p *strengthPage) text(w io.Writer) error {
	var lines []string
	add := func(format string, args ...any) {
		lines = append(lines, report.Line(strings.TrimRight(fmt.Sprintf(format, args...), " ")))
	}
	for _, s := range p.Contracts {
		add("%2d of %2d  %s  (%s)", s.Noticed, s.Applicable, s.Contract, s.Operation)
		for _, why := range s.Unscored {
			add("          not scored: %s", why)
		}
		for _, line := range s.Lies {
			switch {
			case line.Noticed, line.Elsewhere != "":
			case line.Untold:
				add("          not told   %s: %s", line.Lie, line.Why)
			default:
				add("          unnoticed  %s: %s%s", line.Lie, line.Does, parenthesis(line))
				for each := range strings.SplitSeq(line.Add, "\n") {
					add("            at %s add %s", cmp.Or(line.At, s.Place), each)
				}
			}
		}
	}
	add("")
	for _, why := range p.LeftBehind {
		add("left behind: %s", why)
	}
	add("%d of %s about %s noticed%s", p.Noticed, counted2(p.Applicable, "lie", "lies"), counted(p.calls(), "call"), percent(p.Noticed, p.Applicable))
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}

// parenthesis says what became of a lie that was not noticed.
func parenthesis(line *lieLine) string {
	switch {
	case line.Verdict == "":
		return " (nothing asks)"
	case line.Why != "":
		return fmt.Sprintf(" (%s: %s)", line.Verdict, line.Why)
	}
	return fmt.Sprintf(" (%s)", line.Verdict)
}

func (p *strengthPage) calls() int {
	calls := map[string]bool{}
	for _, s := range p.Contracts {
		calls[s.Operation] = true
	}
	return len(calls)
}

func counted2(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func percent(n, of int) string {
	if of == 0 {
		return ""
	}
	return fmt.Sprintf(", %d %%", 100*n/of)
}
