package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// junit is a report as those who count tests read it.
type junit struct {
	Tests    int     `xml:"tests,attr"`
	Failures int     `xml:"failures,attr"`
	Errors   int     `xml:"errors,attr"`
	Time     float64 `xml:"time,attr"`
	Suites   []struct {
		Name    string      `xml:"name,attr"`
		Skipped int         `xml:"skipped,attr"`
		Cases   []junitCase `xml:"testcase"`
	} `xml:"testsuite"`
}

type junitCase struct {
	Name    string      `xml:"name,attr"`
	Class   string      `xml:"classname,attr"`
	Time    float64     `xml:"time,attr"`
	Failure *junitFault `xml:"failure"`
	Error   *junitFault `xml:"error"`
	Skipped *junitFault `xml:"skipped"`
	Out     string      `xml:"system-out"`
}

type junitFault struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func junitOf(t testing.TB, run *engine.Finished) (string, junit) {
	t.Helper()
	var out strings.Builder
	if err := JUnit(&out, run); err != nil {
		t.Fatal(err)
	}
	var read junit
	if err := xml.Unmarshal([]byte(out.String()), &read); err != nil {
		t.Fatalf("it is no XML: %v\n%s", err, out.String())
	}
	keepsToSchema(t, out.String())
	return out.String(), read
}

// every is a run with a cell of each standing.
func every() *engine.Finished {
	run := mixed()
	run.Interrupted = true
	stopped := verdictOf(kept(13, publishing, "shop-late", 0), verdict.Inconclusive, verdict.Interrupted, "stopped")
	stopped.Ended = stopped.Started
	left := verdictOf(kept(14, publishing, "shop-left", 0), verdict.Inconclusive, verdict.Interrupted, "stopped")
	left.Left = []engine.Leftover{{Account: "shop-left", Resource: "review", Marker: "pg-1", Why: "abandoned"}}
	twice := lied(15, publishing, "shop-twice")
	twice.Record.Earlier = []*verdict.Record{{Act: &verdict.Act{Call: "POST /reviews/8840/publish", Eyes: "shop-twice", Status: 503}}, {}}
	run.Results = append(run.Results, stopped, left, twice)
	return run
}

func TestJUnit(t *testing.T) {
	text, read := junitOf(t, every())
	golden(t, "every.junit.xml", text)
	if read.Tests != 15 || read.Failures != 3 || read.Errors != 3 || read.Suites[0].Skipped != 1 {
		t.Errorf("%d cells, %d failed, %d errors, %d skipped; want 15, 3, 3 and 1", read.Tests, read.Failures, read.Errors, read.Suites[0].Skipped)
	}
	for _, c := range read.Suites[0].Cases {
		switch c.Name {
		case publishing + " on shop-oslo":
			if c.Failure == nil || c.Failure.Type != "lost-write" || c.Time != 1 || !strings.Contains(c.Failure.Text, `still says state="draft"`) {
				t.Errorf("the lie reads as %+v", c)
			}
		case publishing + " on shop-00":
			if c.Error == nil || c.Error.Type != "left-behind" || !strings.Contains(c.Error.Text, "DELETE /reviews/91 removes it") {
				t.Errorf("what is left behind reads as %+v", c)
			}
		case "Contract number 1 keeps its word on shop-02":
			if c.Failure != nil || c.Error != nil || !strings.Contains(c.Out, "KNOWN  lost-write") {
				t.Errorf("a documented lie reads as %+v", c)
			}
		case publishing + " on shop-twice":
			if !strings.Contains(c.Out, "attempt 1: POST /reviews/8840/publish as shop-twice answered 503\nattempt 2: nothing was sent\nattempt 3 was judged") {
				t.Errorf("attempts read as %q", c.Out)
			}
		}
	}
}

// FuzzJUnit: whatever a provider or a stranger's contract says, the report is XML that keeps to
// its schema, says it in full, and holds nothing that would act in the log of a build.
func FuzzJUnit(f *testing.F) {
	for _, seed := range meaningful() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		run := saying(text)
		written, read := junitOf(t, run)
		harmless(t, text, written)
		fault := read.Suites[0].Cases[0].Failure
		if fault == nil || !strings.Contains(fault.Text, Line(text)) || !strings.Contains(fault.Message, Line(text)) || read.Suites[0].Cases[0].Class != Line(text) {
			t.Errorf("%q reads back as %+v", text, fault)
		}
	})
}

// meaningful are what means something to one of the forms in which a run is written.
func meaningful() []string {
	return []string{
		"plain", hostile, "a]]>b", "<![CDATA[x", "\x1b[31m\x00", "\ufffe\uffff\U0001ffff", "\r\n::error::x\n##vso[a]", "\u202e\u2028", "é\xff\xed\xa0\x80",
		"</failure>&amp;\"'", "{{red}} <b>", "| a | b |\n|---|---|", "@everyone, @org/team #12 GH-7 user@host", "[x](javascript:alert(1)) ![i](//evil.example/i.png)",
		"<script>alert(1)</script></details><img src=x onerror=alert(1)>", "```\n# heading\n~~~\n* item\n> quote\n---", "https://evil.example www.evil.example mail@evil.example",
		"\\|\\@\\<\\`", "`````", "&lt;b&gt; &#64;all &copy;", "$x^2$ $$y$$ :rocket: ~~no~~ __b__ *i*", "1. a\n\n    code", "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef", strings.Repeat("`", 70) + "\n",
	}
}

// saying is a run in which a text stands wherever one can.
func saying(text string) *engine.Finished {
	r := lied(1, text, text, text)
	r.Record.Cell.Case, r.Place, r.Operation = text, text+":7", text
	f := &r.Verdict.Findings[0]
	f.Said, f.Seen, f.Want, f.Got, f.Reason, f.Hint, f.Fields = text, text, text+"x", text, text+"y", text, []string{text}
	r.Verdict.Findings = append(r.Verdict.Findings, *f)
	r.Verdict.Remarks, r.Verdict.Sight = []string{text}, []string{text}
	r.Verdict.Lines[0].Text = text
	r.Record.Act.Call, r.Record.Act.Eyes, r.Record.Act.Failure = text, text, text
	r.Record.Earlier = []*verdict.Record{{Act: r.Record.Act, Cell: r.Record.Cell}}
	r.Left = []engine.Leftover{{Account: text, Resource: text, Key: text, Call: text, Why: text}}
	x := r.Exchanges[0]
	x.Method, x.URL, x.Proto, x.RequestBody, x.ReplyBody, x.Facts, x.Eyes, x.Call = text, text, text, text, text, []string{text}, text, text
	known := verdictOf(kept(2, text, text, time.Second), verdict.KnownLie, verdict.LostWrite, text)
	blind := verdictOf(kept(3, text, text+"2", time.Second), verdict.Inconclusive, verdict.BlindProbe, text)
	return &engine.Finished{ID: "7f3a", Suite: text, Target: text, Started: noon, Ended: noon, Results: []*engine.Result{r, known, blind}}
}

// harmless wants that a text of which s is a part can be seen in a terminal or in the log of a build.
func harmless(t testing.TB, s, text string) {
	t.Helper()
	if Text(text) != text {
		t.Errorf("%q still acts in\n%s", s, text)
	}
	if !utf8.ValidString(text) {
		t.Errorf("%q gives what is no UTF-8", s)
	}
}

// A xmlRule says of an element what may stand in it: the rules of junit-10.xsd as far as they allow anything.
type xmlRule struct {
	within   []string
	required []string
	allowed  []string
	text     bool
}

var junitRules = map[string]xmlRule{
	"testsuites": {within: []string{""}, allowed: []string{"name", "time", "tests", "failures", "errors"}},
	"testsuite": {within: []string{"testsuites", "testsuite"}, required: []string{"name", "tests", "failures", "errors"},
		allowed: []string{"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"}},
	"properties": {within: []string{"testsuite"}},
	"property":   {within: []string{"properties"}, required: []string{"name", "value"}},
	"testcase":   {within: []string{"testsuite"}, required: []string{"name"}, allowed: []string{"time", "classname", "group"}},
	"failure":    {within: []string{"testcase"}, allowed: []string{"type", "message"}, text: true},
	"error":      {within: []string{"testcase"}, allowed: []string{"type", "message"}, text: true},
	"skipped":    {within: []string{"testcase"}, allowed: []string{"type", "message"}, text: true},
	"system-out": {within: []string{"testcase", "testsuite"}, text: true},
	"system-err": {within: []string{"testcase", "testsuite"}, text: true},
}

var surefireTime = regexp.MustCompile(`^(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?$`)

// keepsToSchema holds a report against the rules.
func keepsToSchema(t testing.TB, text string) {
	t.Helper()
	if err := judged(text); err != nil {
		t.Errorf("it breaks the schema: %v", err)
	}
}

func judged(text string) error {
	decoder := xml.NewDecoder(strings.NewReader(text))
	within, seen := []string{""}, false
	for {
		token, err := decoder.Token()
		switch token := token.(type) {
		case nil:
			if err == io.EOF && len(within) == 1 && seen {
				return nil
			}
			return fmt.Errorf("it is no XML: %v", err)
		case xml.StartElement:
			if err := permitted(token, within[len(within)-1]); err != nil {
				return err
			}
			within, seen = append(within, token.Name.Local), true
		case xml.EndElement:
			within = within[:len(within)-1]
		case xml.CharData:
			if inner := within[len(within)-1]; strings.TrimSpace(string(token)) != "" && !junitRules[inner].text {
				return fmt.Errorf("text in %q", inner)
			}
		}
	}
}

func permitted(e xml.StartElement, within string) error {
	rule, known := junitRules[e.Name.Local]
	if !known || !slices.Contains(rule.within, within) {
		return fmt.Errorf("%s in %q", e.Name.Local, within)
	}
	missing := slices.Clone(rule.required)
	for _, a := range e.Attr {
		if !slices.Contains(rule.allowed, a.Name.Local) && !slices.Contains(rule.required, a.Name.Local) {
			return fmt.Errorf("%s has an attribute %s", e.Name.Local, a.Name.Local)
		}
		if a.Name.Local == "time" && !surefireTime.MatchString(a.Value) {
			return fmt.Errorf("%q is no time", a.Value)
		}
		missing = slices.DeleteFunc(missing, func(name string) bool { return name == a.Name.Local })
	}
	if len(missing) > 0 {
		return fmt.Errorf("%s lacks %v", e.Name.Local, missing)
	}
	return nil
}

// The rules refuse what no report may be: else to keep to them would prove nothing.
func TestJUnitRulesRefuse(t *testing.T) {
	for _, text := range []string{
		"", "<testsuites>", "<testcase name='x'/>", "<testsuites><testsuite name='a' tests='1' failures='0'/></testsuites>", "<testsuites time='1s'/>", "<testsuites>x</testsuites>",
		"<testsuites><testsuite name='a' tests='1' failures='0' errors='0' colour='red'/></testsuites>",
	} {
		if judged(text) == nil {
			t.Errorf("%s passes", text)
		}
	}
}
