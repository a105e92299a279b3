package report

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

// Accuses says whether a cell has something to tell a provider: a lie, documented or
// not, or a contract that is not kept.
func Accuses(r *engine.Result) bool {
	c := r.Verdict.Class
	return (c == verdict.Lied || c == verdict.Broken || c == verdict.KnownLie) && r.Record != nil && r.Record.Act != nil && len(r.Verdict.Findings) > 0
}

// Ticket writes evidence for a provider's support as Markdown: a page that says
// what was sent, claimed and seen, how to see it again and what would prove it wrong;
// then the exchanges, and the script that plays it again. The same evidence gives
// the same text.
//
// All that a provider or a contract has said stands in it as code: nothing of it is
// markup, links anywhere, or calls anybody by name.
func Ticket(w io.Writer, e *Evidence) error {
	text, err := e.JSON()
	if err != nil {
		return err
	}
	t := &ticket{e: e, r: e.Cell, act: e.Cell.Record.Act, hash: HashOf(text)}
	t.front()
	t.evidence()
	_, err = io.WriteString(w, t.text.String())
	return err
}

// Archive writes the evidence's exchanges as an HTTP Archive.
func (e *Evidence) Archive(w io.Writer) error { return HAR(w, e.run(), ResultsOf(e.run())) }

// Script writes the script that plays the evidence's cell and its control again.
func (e *Evidence) Script(w io.Writer) error { return Script(w, e.run(), e.Cell, e.Control) }

// A ticket is the text of one while it is written.
type ticket struct {
	text strings.Builder
	e    *Evidence
	r    *engine.Result
	act  *verdict.Act
	hash string
}

func (t *ticket) line(format string, args ...any) { fmt.Fprintf(&t.text, format+"\n", args...) }

// front is the first page.
func (t *ticket) front() {
	v := t.r.Verdict
	f := v.Findings[0]
	t.line("# %s: %s\n", markdownCode(t.act.Operation), meaningOf(v.Kind))
	t.line("%s\n", t.summary(f))
	t.item("sent", markdownCode(t.act.Call)+t.as(t.act.Eyes)+", "+times(t.act.Sends)+", at "+t.utc(t.act.SentAt))
	t.item("claimed", markdownCode(firstText(f.Said, answer(t.act)))+" at "+t.utc(t.act.SaidAt)+t.claim())
	for i, each := range v.Findings {
		name := "seen"
		if i > 0 {
			name = "also seen"
		}
		t.item(name, t.sight(each))
	}
	t.item("by whom", strings.Join(t.eyes(), ", "))
	t.item("judged", markdownCode(strings.TrimSpace(string(v.Class)+" "+string(v.Kind)))+", by the contract "+markdownCode(title(t.r)))
	t.item("how often", t.trials())
	t.item("request ids", t.ids(t.r, "the call under test"))
	t.item("other accounts", t.others())
	t.item("suspected cause", markdownCode(t.e.Cause))
	t.item("tried", markdownCode(t.r.Proof.Text()))
	t.line("\n## How to see it again\n")
	t.again()
	t.line("\n## What would prove this wrong\n")
	t.line("Any one of these does:\n")
	for _, text := range falsifiers(t.r.Record, v) {
		t.line("- %s", markdownCode(text))
	}
	t.line("\n## The evidence\n")
	t.line("SHA-256 of `evidence.json`, which holds every request and reply of this cell and of its control: `%s`\n", t.hash)
	t.line("`sha256sum evidence.json` prints it; `polygraph ticket --verify evidence.json` judges it once more.")
	t.line("Secrets were masked as `%s` before anything was kept. All times are UTC, by the clock of who sent.\n", wire.Mask)
}

func (t *ticket) item(name, text string) {
	if text != "" {
		t.line("- **%s**: %s", name, text)
	}
}

// summary is the ticket in two sentences.
func (t *ticket) summary(f verdict.Finding) string {
	text := fmt.Sprintf("On %s %s was sent%s", t.at(t.act.SentAt).Format("2 January 2006"), markdownCode(t.act.Call), t.as(t.act.Eyes))
	if t.act.Status != 0 {
		text += fmt.Sprintf(", and answered **%d**", t.act.Status)
	} else {
		text += ", and not answered"
	}
	text += ". " + upper(meaningOf(f.Kind))
	if t.e.Others.Truthful > 0 {
		text += fmt.Sprintf("; %s told the truth", plural(t.e.Others.Truthful, "other account")+map[bool]string{true: " was", false: " were"}[t.e.Others.Truthful == 1])
	}
	return text + "."
}

func upper(text string) string {
	return strings.ToUpper(text[:min(1, len(text))]) + text[min(1, len(text)):]
}

func meaningOf(kind verdict.Kind) string {
	for _, row := range verdict.Kinds() {
		if row.Kind == kind {
			return row.Meaning
		}
	}
	return string(kind)
}

func (t *ticket) as(eyes string) string {
	if eyes == "" {
		return ""
	}
	return " as " + markdownCode(eyes)
}

func (t *ticket) at(at time.Duration) time.Time { return epoch(t.r).Add(at).UTC() }

func (t *ticket) utc(at time.Duration) string {
	return t.at(at).Format("2006-01-02 15:04:05.000") + " UTC"
}

func (t *ticket) claim() string {
	if t.r.Verdict.Claim == "" {
		return ""
	}
	return ", which claims: " + string(t.r.Verdict.Claim)
}

// sight is what a finding has seen, with what was wanted and the time of the last read.
func (t *ticket) sight(f verdict.Finding) string {
	text := markdownCode(firstText(f.Seen, f.Reason))
	if f.Want != "" && !strings.Contains(f.Seen, "want "+f.Want) {
		text += "; wanted was " + markdownCode(f.Want)
	}
	if f.Place >= 0 && f.Place < len(t.r.Record.Places) {
		if readings := t.r.Record.Places[f.Place].Readings; len(readings) > 0 {
			text += fmt.Sprintf("; the last read was at %s", t.utc(readings[len(readings)-1].GotAt))
		}
	}
	if f.Reason != "" && f.Seen != "" && !strings.Contains(f.Seen, f.Reason) {
		text += " (" + markdownCode(f.Reason) + ")"
	}
	return text
}

// eyes are all who looked.
func (t *ticket) eyes() []string {
	var out []string
	for _, place := range t.r.Record.Places {
		if eyes := markdownCode(place.Eyes); eyes != "" && !slices.Contains(out, eyes) {
			out = append(out, eyes)
		}
	}
	return out
}

func (t *ticket) trials() string {
	if t.r.Verdict.Trials == nil {
		return ""
	}
	return markdownCode(t.r.Verdict.Trials.String())
}

// ids are the request ids in the reply to a cell's act.
func (t *ticket) ids(r *engine.Result, of string) string {
	x := exchangeOf(r, r.Record.Act.Exchange)
	if x == nil {
		return ""
	}
	ids := requestIDs(x)
	if clock := x.ReplyHeader.Get("Date"); len(ids) == 0 && clock != "" {
		return "none came with the reply to " + of + "; by your own clock it was " + markdownCode(clock)
	} else if len(ids) == 0 {
		return "none came with the reply to " + of
	}
	return strings.Join(ids, ", ")
}

func exchangeOf(r *engine.Result, number int64) *wire.Exchange {
	for _, x := range r.Exchanges {
		if x.Number == number {
			return x
		}
	}
	return nil
}

// requestIDs are the fields of a reply by which a provider finds it in their logs.
func requestIDs(x *wire.Exchange) []string {
	var out []string
	for _, field := range x.ReplyHeader {
		if isRequestID(field.Name) && field.Value != wire.Mask {
			out = append(out, markdownCode(strings.ToLower(field.Name)+": "+cut(field.Value, 200)))
		}
	}
	return out
}

// isRequestID tells the names under which request ids come: X-Request-Id, X-Amzn-RequestId,
// X-Correlation-Id, Traceparent, Cf-Ray, X-B3-Traceid and their like.
func isRequestID(name string) bool {
	switch name = strings.ToLower(name); name {
	case "traceparent", "cf-ray", "x-amz-id-2", "x-vercel-id", "x-amz-cf-id", "x-cloud-trace-context", "x-azure-ref", "x-served-by":
		return true
	}
	name = strings.ReplaceAll(name, "-", "")
	for _, end := range []string{"requestid", "correlationid", "traceid", "transactionid", "operationid", "spanid"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

func (t *ticket) others() string {
	o := t.e.Others
	if o.Text == "" {
		return "no other account was asked"
	}
	text := markdownCode(o.Text)
	if t.e.Control != nil {
		text += fmt.Sprintf("; one of them is the control, %s", markdownCode(t.e.Control.Subject().Account))
		if ids := t.ids(t.e.Control, "its call"); ids != "" {
			text += " (" + ids + ")"
		}
	}
	return text
}

// again says how to play it.
func (t *ticket) again() {
	lie := sceneOf(t.r)
	if lie == nil {
		t.line("What was sent is not kept any more, so no script can play it.")
		return
	}
	if t.e.Control != nil {
		t.line("`reproduce.sh`, at the end of this page, does what was done here with curl: first as %s, then, as the control, as %s.", markdownCode(t.r.Subject().Account), markdownCode(t.e.Control.Subject().Account))
	} else {
		t.line("`reproduce.sh`, at the end of this page, does with curl what was done here as %s. No account was told the truth, so there is no control.", markdownCode(t.r.Subject().Account))
	}
	t.line("It makes things of its own, reads them back at once and after %d s, and removes what it has made. Secrets are variables in it:\n", lie.wait())
	for _, v := range t.e.variables() {
		t.line("- `$%s`: %s", v.Name, markdownCode(v.Is))
	}
}

// variables are what the script needs.
func (e *Evidence) variables() []Variable {
	var out []Variable
	for _, r := range []*engine.Result{e.Cell, e.Control} {
		if s := sceneOf(r); s != nil {
			s.write(&strings.Builder{}, "any")
			for _, v := range s.needs {
				if !slices.Contains(out, v) {
					out = append(out, v)
				}
			}
		}
	}
	return out
}

// evidence is what follows the first page.
func (t *ticket) evidence() {
	t.line("---\n\n## What was sent and answered\n")
	t.exchanges(t.r, "")
	if t.e.Control != nil {
		t.line("## The control: %s\n", markdownCode(t.e.Control.Subject().Account))
		t.exchanges(t.e.Control, "control: ")
	}
	var script strings.Builder
	if err := t.e.Script(&script); !errors.Is(err, ErrNoScript) {
		t.line("## reproduce.sh\n")
		t.text.WriteString(markdownBlock("sh", script.String()))
	}
}

// exchanges shows those that tell the story: the act, and of every place the last
// read before it, the first after it and the last.
func (t *ticket) exchanges(r *engine.Result, prefix string) {
	named := map[int64]string{r.Record.Act.Exchange: "the call under test"}
	for _, place := range r.Record.Places {
		note := func(readings []verdict.Reading, at int, what string) {
			if at >= 0 && at < len(readings) && readings[at].Exchange > 0 && named[readings[at].Exchange] == "" {
				named[readings[at].Exchange] = what
			}
		}
		note(place.Before, len(place.Before)-1, "before it")
		note(place.Readings, 0, "after it")
		note(place.Readings, len(place.Readings)-1, "the last read")
	}
	for _, x := range inOrder(r.Exchanges) {
		if what := named[x.Number]; what != "" {
			t.line("### %s%s, %s UTC\n", prefix, what, x.SentAt.UTC().Format("15:04:05.000"))
			t.text.WriteString(markdownBlock("http", exchangeText(x)) + "\n")
		}
	}
}

// exchangeText is a request and its reply as they went over the line.
func exchangeText(x *wire.Exchange) string {
	const longest = 1500
	var out strings.Builder
	fmt.Fprintf(&out, "%s %s\n", Line(x.Method), Line(x.URL))
	if x.Eyes != "" {
		fmt.Fprintf(&out, "# sent as %s\n", Line(x.Eyes))
	}
	write := func(head wire.Head, body string) {
		for _, field := range head {
			fmt.Fprintf(&out, "%s: %s\n", Line(field.Name), Line(field.Value))
		}
		if body != "" {
			fmt.Fprintf(&out, "\n%s\n", cut(body, longest))
		}
	}
	write(x.RequestHeader, x.RequestBody)
	switch {
	case x.Status != 0:
		fmt.Fprintf(&out, "\n%s %d\n", Line(firstText(x.Proto, "HTTP")), x.Status)
		write(x.ReplyHeader, x.ReplyBody)
	case x.Failure != nil:
		fmt.Fprintf(&out, "\n# no reply: %s\n", Line(x.Failure.Error()))
	}
	return out.String()
}
