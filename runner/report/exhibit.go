package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/polygraph-dev/polygraph/runner/diagnosis"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// An exhibit is the evidence that the page shows of one cell when it is opened: what was said, seen
// and judged, the difference, and the exchanges.
type exhibit struct {
	Said      string          `json:"said,omitempty"`
	Seen      string          `json:"seen,omitempty"`
	Reason    string          `json:"reason,omitempty"`
	Hint      string          `json:"hint,omitempty"`
	Also      []string        `json:"also,omitempty"`
	Beside    string          `json:"beside,omitempty"`
	Cause     string          `json:"cause,omitempty"`
	Sure      bool            `json:"sure,omitempty"`  // it is the cause
	Proof     string          `json:"proof,omitempty"` // what came of changing it
	Causes    []shownCause    `json:"causes,omitempty"`
	Trials    string          `json:"trials,omitempty"`
	Source    string          `json:"source,omitempty"` // file:line
	Phases    []phase         `json:"phases,omitempty"`
	Judged    []string        `json:"judged,omitempty"`
	Change    *change         `json:"change,omitempty"`
	Exchanges []shownExchange `json:"exchanges,omitempty"`
	Commands  []copyable      `json:"commands,omitempty"`
	Left      string          `json:"left,omitempty"` // what of it is not in the file
}

// A shownCause is one fact that sets the account apart, with its counts.
type shownCause struct {
	What     string `json:"what"`     // account.can lacks "reviews:publish"
	Lied     string `json:"lied"`     // of those that came out alike, of how many it holds: "1 of 1"
	Truthful string `json:"truthful"` // of the truthful accounts: "0 of 11"
	Score    string `json:"score"`    // Ochiai
}

// A copyable is a line to copy into a shell.
type copyable struct {
	What string `json:"what"`
	Line string `json:"line"`
}

// A shownExchange is a request and its reply, with bodies cut.
type shownExchange struct {
	Number int64    `json:"n"`
	Head   string   `json:"head"` // "POST http://…/publish"
	Eyes   string   `json:"eyes,omitempty"`
	At     string   `json:"at,omitempty"`
	Took   string   `json:"took,omitempty"`
	Status int      `json:"status,omitempty"`
	Sent   []string `json:"sent,omitempty"`  // header lines
	Body   string   `json:"body,omitempty"`  // of the request
	Heads  []string `json:"heads,omitempty"` // of the reply
	Reply  string   `json:"reply,omitempty"`
	Facts  []string `json:"facts,omitempty"` // what was odd, and how it failed
	Named  bool     `json:"named,omitempty"` // the time line names it
	Act    bool     `json:"act,omitempty"`
}

// A measure says how much of a cell's evidence is put into the file.
type measure struct {
	most      int  // bytes in all; what is longer takes the next measure
	exchanges int  // at most; 0: none
	all       bool // also exchanges that the time line does not name
	body      int  // bytes of a body
	header    int  // header lines
	text      int  // columns of a text
	moments   int  // of a phase
	causes    int
}

// The measures, from the fullest. What is alike is told by the first of its kind,
// so the others may be shorter.
var measures = []measure{
	{most: 256 << 10, exchanges: 60, all: true, body: 4000, header: 30, text: 600, moments: 60, causes: 6},
	{most: 64 << 10, exchanges: 12, body: 800, header: 12, text: 300, moments: 12, causes: 2},
	{most: 8 << 10, text: 200, moments: 4},
}

// room is how many bytes of evidence a file holds. With the cells themselves, the
// style and the script, 2,000 cells stay under 5 MB whatever they came to.
const room = 3 << 20

// slightRoom is what is kept free for each kept cell.
const slightRoom = 160

// Of so many cells, in turn, the evidence is written in the first measure and in the second.
const (
	inFull  = 60
	inShort = 240
)

// evidenceOf takes the evidence of a run, worst first and of all that is alike one
// first, while there is room; and says what is left out.
func evidenceOf(run *engine.Finished, cells Results, known *diagnosis.Matrix) (map[int]json.RawMessage, string, error) {
	order := inTurn(run)
	turn := map[int]int{}
	for i, r := range order {
		turn[r.Number] = i
	}
	kept := len(run.Results) - len(order)
	forKept := min(kept*slightRoom, room/3)
	d := dossier{run: run, known: known, own: ownOf(run), rows: rowsOfRun(run), all: map[int]json.RawMessage{}, left: room - forKept}
	full, err := d.read(cells, turn)
	if err != nil {
		return nil, "", err
	}
	for i, r := range order {
		d.add(r, full[r.Number], len(order)-1-i)
	}
	d.left += forKept
	for _, r := range sorted(run) {
		if r.Verdict.Class == verdict.Kept {
			d.put(r, slight(r))
		}
	}
	return d.all, d.says(), nil
}

// inTurn gives the cells that are not kept: the first of each group, worst first, then the others.
func inTurn(run *engine.Finished) []*engine.Result {
	var firsts, others []*engine.Result
	for _, group := range groupsOf(run) {
		firsts = append(firsts, group[0])
		others = append(others, group[1:]...)
	}
	return append(firsts, others...)
}

// exhibit is a cell's evidence in a measure.
func (d *dossier) exhibit(r *engine.Result, m measure) *exhibit {
	r = inUTC(r)
	e := &exhibit{Source: brief(r.Place, 160), Phases: phasesOf(r, m), Change: changeOf(r, m), Commands: commandsOf(d.run, r, m)}
	for i, f := range r.Verdict.Findings {
		if f = clipped(f); i > 0 {
			e.Also = append(e.Also, brief(other(f), m.text))
			continue
		}
		e.Said, e.Seen, e.Hint = brief(said(r, f), m.text), brief(seen(r, f), m.text), brief(f.Hint, m.text)
		if !strings.Contains(f.Seen, f.Reason) && !strings.HasSuffix(f.Reason, meaning(f.Kind)) {
			e.Reason = brief(f.Reason, m.text)
		}
	}
	if rank(r.Verdict.Class) <= rank(verdict.Broken) {
		e.Beside = brief(around(d.rows.of(r), r).text(r), m.text)
	}
	d.explain(e, r, m)
	if r.Verdict.Trials != nil {
		e.Trials = brief(r.Verdict.Trials.String(), m.text)
	}
	e.Judged = judgedOf(r, m)
	e.exchanges(r, m)
	return e
}

// slight is what is told of a kept cell: what was said, and what showed that it was true.
func slight(r *engine.Result) json.RawMessage {
	e := exhibit{Said: brief(answered(r), 160), Source: brief(r.Place, 160)}
	if len(r.Verdict.Lines) > 0 {
		e.Seen = brief(r.Verdict.Lines[0].Text, 160)
	}
	text, err := json.Marshal(e)
	if err != nil {
		return nil
	}
	return text
}

// judgedOf is what led to the verdict, a line each.
func judgedOf(r *engine.Result, m measure) []string {
	var out []string
	p := &page{}
	for _, line := range r.Verdict.Lines {
		line.Text = clip(line.Text, 8*m.text)
		out = append(out, p.effect(r, line))
	}
	for _, sight := range r.Verdict.Sight {
		out = append(out, "sight: "+sight)
	}
	out = append(out, r.Verdict.Remarks...)
	out = out[:min(len(out), m.moments)]
	for i, text := range out {
		out[i] = brief(text, m.text)
	}
	return out
}

// commandsOf are commands to copy: the read that showed it, the call itself, and ours
// that says more.
func commandsOf(run *engine.Finished, r *engine.Result, m measure) []copyable {
	var out []copyable
	if m.exchanges > 0 && r.Record != nil {
		if f := firstFinding(r); f != nil && f.Place >= 0 && f.Place < len(r.Record.Places) {
			if readings := r.Record.Places[f.Place].Readings; len(readings) > 0 {
				out = append(out, curlCommand(r, "look again", readings[len(readings)-1].Exchange)...)
			}
		}
		if r.Record.Act != nil {
			out = append(out, curlCommand(r, "send the call again (it acts on the account)", r.Record.Act.Exchange)...)
		}
	}
	if run.ID != "" {
		out = append(out, copyable{"all of the evidence", fmt.Sprintf("polygraph show %s/%d --all", run.ID, r.Number)})
		if rank(r.Verdict.Class) <= rank(verdict.Broken) {
			out = append(out, copyable{"a ticket for the provider", fmt.Sprintf("polygraph ticket %s/%d", run.ID, r.Number)})
		}
	}
	return out
}

// curlCommand is an exchange as a command, with what must be filled in; none where it is too
// long to be copied, or cannot be sent.
func curlCommand(r *engine.Result, what string, number int64) []copyable {
	const longest = 8000
	for _, x := range r.Exchanges {
		if x.Number != number {
			continue
		}
		if len(x.URL)+len(x.RequestBody) > longest {
			return nil
		}
		line := Curl(x)
		if line == "" || len(line) > longest {
			return nil
		}
		var needs []string
		for _, v := range Variables(x) {
			needs = append(needs, "$"+v.Name+" is "+v.Is)
		}
		if len(needs) > 0 {
			what += "; " + strings.Join(needs, ", ")
		}
		return []copyable{{brief(what, 400), line}}
	}
	return nil
}

// clipped is a finding with the beginnings of its texts: a megabyte that a provider has sent
// need not be gone through for the two lines of it that are shown.
func clipped(f verdict.Finding) verdict.Finding {
	for _, text := range []*string{&f.Said, &f.Seen, &f.Want, &f.Got, &f.Reason, &f.Hint} {
		*text = clip(*text, 8000)
	}
	return f
}

// clip is the beginning of a text, in bytes.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

func firstFinding(r *engine.Result) *verdict.Finding {
	if len(r.Verdict.Findings) == 0 {
		return nil
	}
	return &r.Verdict.Findings[0]
}

// exchanges adds the requests and replies: those that the time line names first of all.
func (e *exhibit) exchanges(r *engine.Result, m measure) {
	named, act := namedOf(r), int64(0)
	if r.Record != nil && r.Record.Act != nil {
		act = r.Record.Act.Exchange
	}
	chosen := slices.DeleteFunc(slices.Clone(r.Exchanges), func(x *wire.Exchange) bool { return !m.all && !named[x.Number] })
	slices.SortStableFunc(chosen, func(a, b *wire.Exchange) int {
		return cmp.Or(weight(named[a.Number], a.Number == act)-weight(named[b.Number], b.Number == act), cmp.Compare(a.Number, b.Number))
	})
	chosen = chosen[:min(len(chosen), m.exchanges)]
	slices.SortStableFunc(chosen, func(a, b *wire.Exchange) int { return cmp.Compare(a.Number, b.Number) })
	for _, x := range chosen {
		shown := shownOf(x, m)
		shown.Named, shown.Act = named[x.Number], x.Number == act
		e.Exchanges = append(e.Exchanges, shown)
	}
	if n := len(r.Exchanges) - len(chosen); n > 0 {
		e.Left = isAre(n, "exchange") + " left out to keep this file small"
	}
}

// weight puts the act before what the time line names, and that before the rest.
func weight(named, act bool) int {
	switch {
	case act:
		return 0
	case named:
		return 1
	}
	return 2
}

func shownOf(x *wire.Exchange, m measure) shownExchange {
	shown := shownExchange{
		Number: x.Number, Head: brief(x.Method+" "+x.URL, m.text), Eyes: brief(x.Eyes, 80), Status: x.Status,
		Sent: headerLines(x.RequestHeader, m), Body: bodyOf(x.RequestBody, m.body),
		Heads: headerLines(x.ReplyHeader, m), Reply: bodyOf(x.ReplyBody, m.body),
	}
	if !x.SentAt.IsZero() {
		shown.At = x.SentAt.UTC().Format(stamp)
	}
	if x.Status != 0 {
		shown.Took = span(x.SaidAt.Sub(x.SentAt))
	}
	if x.Failure != nil {
		shown.Facts = append(shown.Facts, brief(x.Failure.Error(), m.text))
	}
	for _, fact := range x.Facts[:min(len(x.Facts), m.moments)] {
		shown.Facts = append(shown.Facts, brief(fact, m.text))
	}
	return shown
}

func headerLines(head wire.Head, m measure) []string {
	var out []string
	for i, field := range head {
		if i == m.header {
			return append(out, "… "+plural(len(head)-i, "more header"))
		}
		out = append(out, brief(strings.ToLower(field.Name)+": "+field.Value, m.text))
	}
	return out
}

// bodyOf is a body, indented where it is JSON, and its beginning where it is long.
func bodyOf(body string, limit int) string {
	if len(body) <= limit {
		var pretty bytes.Buffer
		if strings.HasPrefix(strings.TrimSpace(body), "{") && json.Indent(&pretty, []byte(body), "", "  ") == nil && pretty.Len() <= 2*limit {
			body = pretty.String()
		}
		return lineByLine(body)
	}
	shown := clip(body, limit)
	return lineByLine(shown) + fmt.Sprintf("\n… %d more bytes", len(body)-len(shown))
}

// lineByLine is Text, which has a fast answer for a plain line.
func lineByLine(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = Text(line)
	}
	return strings.Join(lines, "\n")
}
