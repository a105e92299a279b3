package runner

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/polygraph-dev/polygraph/fixtures/hostile"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/report"
)

// A replayed engine has its results already: those of many runs, as if of one.
type replayed []*engine.Result

func (r replayed) Cells() []*engine.Cell {
	cells := make([]*engine.Cell, len(r))
	for i, result := range r {
		cells[i] = result.Cell
	}
	return cells
}

func (r replayed) Start(...*engine.Cell) {}

func (r replayed) Await(_ context.Context, c *engine.Cell) (*engine.Result, error) {
	for _, result := range r {
		if result.Cell == c {
			return result, nil
		}
	}
	return nil, errors.New("there is no such cell")
}

func (r replayed) Stop(error)                {}
func (r replayed) Abandon()                  {}
func (r replayed) Progress() engine.Progress { return engine.Progress{} }

// requirePrinted prints what was met in every form that there is, and looks for what
// must not come through.
func requirePrinted(t *testing.T, met []*encounter) {
	t.Helper()
	run := &engine.Finished{ID: "7f3a", Suite: "hostile", Target: "hostile", Started: time.Now(), Ended: time.Now()}
	for i, m := range met {
		m.result.Number, m.result.Cell.Number = i+1, i+1
		run.Results = append(run.Results, m.result)
	}
	style := report.Style{Width: 100}
	for name, form := range map[string]func(io.Writer) error{
		"terminal": func(w io.Writer) error { return report.Terminal(w, run, style) },
		"findings": func(w io.Writer) error { return report.Findings(w, run, style) },
		"cells":    func(w io.Writer) error { return report.Cells(w, run, style) },
		"CTRF":     func(w io.Writer) error { return report.CTRF(w, run) },
		"SARIF":    func(w io.Writer) error { return report.SARIF(w, run) },
		"HAR":      func(w io.Writer) error { return report.HAR(w, run, report.ResultsOf(run)) },
		"Markdown": func(w io.Writer) error { return report.Markdown(w, run, report.SummaryLimit) },
	} {
		var out bytes.Buffer
		if err := form(&out); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		requireText(t, name, out.String())
	}
	for _, result := range run.Results {
		var out bytes.Buffer
		if err := report.Cell(&out, run, result, style); err != nil {
			t.Errorf("cell: %v", err)
		}
		requireText(t, "cell "+met[result.Number-1].c.Name, out.String())
		requireText(t, "plain "+met[result.Number-1].c.Name, report.Plain(result))
	}
	requireJSON(t, run)
	requireJUnit(t, run)
	if _, err := Run(replayed(run.Results), RunOptions{Folder: "hostile"}); err != nil {
		t.Errorf("as specs: %v", err)
	}
}

// requireText looks for what acts on a terminal or in the log of a build.
func requireText(t *testing.T, name, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("%s: it is no UTF-8", name)
	}
	if at := strings.IndexFunc(text, func(r rune) bool {
		return r != '\n' && r != '\t' && r != '\u200c' && r != '\u200d' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
	}); at >= 0 {
		t.Errorf("%s: it acts on a terminal: %q", name, text[max(at-40, 0):min(at+40, len(text))])
	}
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##vso[") && !strings.Contains(line, `\##vso[`) || strings.Contains(line, "##teamcity[") && !strings.Contains(line, `\##teamcity[`) {
			t.Errorf("%s: a build would obey %.100q", name, line)
		}
	}
	requireSecret(t, name, text)
}

func requireSecret(t *testing.T, name, text string) {
	t.Helper()
	if strings.Contains(text, hostile.Token) {
		t.Errorf("%s: it has the credential", name)
	}
}

func requireJSON(t *testing.T, run *engine.Finished) {
	t.Helper()
	var out bytes.Buffer
	if err := report.JSON(&out, run); err != nil {
		t.Errorf("JSON: %v", err)
	}
	var document any
	if err := json.Unmarshal(out.Bytes(), &document); err != nil || !utf8.Valid(out.Bytes()) {
		t.Errorf("JSON: it is none: %v", err)
	}
	requireText(t, "JSON", out.String())
}

// requireJUnit reads every character of the report.
func requireJUnit(t *testing.T, run *engine.Finished) {
	t.Helper()
	var text bytes.Buffer
	if err := report.JUnit(&text, run); err != nil {
		t.Fatalf("JUnit: %v", err)
	}
	decoder, cases := xml.NewDecoder(&text), 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("JUnit: it is no XML: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Local == "testcase" {
				cases++
			}
			for _, attribute := range token.Attr {
				requireText(t, "JUnit "+token.Name.Local+" "+attribute.Name.Local, attribute.Value)
			}
		case xml.CharData:
			requireText(t, "JUnit", string(token))
		}
	}
	if cases < len(run.Results) {
		t.Errorf("JUnit: %d cases of %d cells", cases, len(run.Results))
	}
}
