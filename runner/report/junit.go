package report

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
)

// JUnit writes a run as a JUnit report: one suite, and in it a test case for each cell, with
// the time that the cell really took. A lie and a broken contract are failures, what
// could not be told is an error, so that no build says of a provider what nobody knows; a
// documented lie passes, and its case says so.
//
// It keeps to the schema that Jenkins publishes (junit-10.xsd), which is the strictest of those in use, and says what that has no
// words for, attempts and trials, in the text of the case.
func JUnit(w io.Writer, run *engine.Finished) error {
	x, o := &xmlStream{w: bufio.NewWriter(w)}, &prose{run: run}
	n := tally(run)
	counts := []string{
		"tests", fmt.Sprint(len(run.Results)), "failures", fmt.Sprint(n[failed]), "errors", fmt.Sprint(n[errored]),
		"time", seconds(took(run.Started, run.Ended)),
	}
	x.raw(xml.Header)
	x.open("testsuites", append([]string{"name", heading(run)}, counts...)...)
	x.open("testsuite", append(append([]string{"name", Line(run.Suite)}, counts...),
		"skipped", fmt.Sprint(n[skipped]), "timestamp", run.Started.UTC().Format("2006-01-02T15:04:05"), "hostname", "localhost")...)
	x.properties(run)
	for _, r := range sorted(run) {
		x.testcase(o, r)
	}
	x.close("testsuite")
	x.close("testsuites")
	if x.err != nil {
		return x.err
	}
	return x.w.Flush()
}

// seconds is how JUnit writes a time.
func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", max(0, d.Seconds())) }

// An xmlStream writes XML piece by piece. After the first error nothing more is written.
type xmlStream struct {
	w     *bufio.Writer
	depth int
	err   error
}

func (x *xmlStream) raw(text string) {
	if x.err == nil {
		_, x.err = x.w.WriteString(text)
	}
}

// tag is a start tag with attributes, name and value by turns.
func (x *xmlStream) tag(name string, attributes []string) {
	x.raw(strings.Repeat("  ", x.depth) + "<" + name)
	for i := 0; i+1 < len(attributes); i += 2 {
		x.raw(" " + attributes[i] + `="` + xmlAttribute(attributes[i+1]) + `"`)
	}
}

func (x *xmlStream) open(name string, attributes ...string) {
	x.tag(name, attributes)
	x.raw(">\n")
	x.depth++
}

func (x *xmlStream) close(name string) {
	x.depth--
	x.raw(strings.Repeat("  ", x.depth) + "</" + name + ">\n")
}

// element is one that holds nothing but text, which may be "".
func (x *xmlStream) element(name, text string, attributes ...string) {
	x.tag(name, attributes)
	if text == "" {
		x.raw("/>\n")
		return
	}
	x.raw(">" + xmlText(text) + "</" + name + ">\n")
}

// xmlText is a text as XML has it between tags. Text has written out what no XML may hold.
func xmlText(text string) string { return inXML.Replace(Text(text)) }

// xmlAttribute is a text as XML has it in quotes, on one line: readers take a bare line feed there for a space.
func xmlAttribute(text string) string { return inXML.Replace(Line(text)) }

var inXML = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")

func (x *xmlStream) properties(run *engine.Finished) {
	x.open("properties")
	for _, each := range [][2]string{
		{"run", run.ID}, {"suite", run.Suite}, {"target", run.Target}, {"requests", fmt.Sprint(run.Requests)}, {"interrupted", fmt.Sprint(run.Interrupted)}, {"unfinished", unfinished(run)},
	} {
		if each[1] == "" {
			continue
		}
		x.element("property", "", "name", each[0], "value", each[1])
	}
	x.close("properties")
}

func (x *xmlStream) testcase(o *prose, r *engine.Result) {
	run := o.run
	attributes := []string{"name", testName(r), "classname", Line(r.Subject().Contract), "time", seconds(took(r.Started, r.Ended))}
	standing := standingOf(run, r)
	out := attempts(r)
	if standing == passed && r.Verdict.Kind != "" {
		out = strings.TrimSpace(o.whole(r) + "\n" + out)
	}
	if standing == passed && out == "" {
		x.element("testcase", "", attributes...)
		return
	}
	x.open("testcase", attributes...)
	message := placeIn(run, r) + ": " + headline(r)
	text := placeIn(run, r) + "\n" + o.whole(r)
	switch standing {
	case failed:
		x.element("failure", text, "type", string(r.Verdict.Kind), "message", message)
	case errored:
		x.element("error", text, "type", either(string(r.Verdict.Kind), "left-behind"), "message", message)
	case skipped:
		x.element("skipped", "", "message", "interrupted before it could be judged, and cleaned up")
	}
	if out != "" {
		x.element("system-out", out)
	}
	x.close("testcase")
}

// attempts is what came before the attempt that was judged, a line for each; "" for a cell
// that was settled at once.
func attempts(r *engine.Result) string {
	var lines []string
	for i, text := range unjudged(r) {
		lines = append(lines, fmt.Sprintf("attempt %d: %s", i+1, text))
	}
	if n := len(lines); n > 0 {
		lines = append(lines, fmt.Sprintf("attempt %d was judged", n+1))
	}
	return strings.Join(lines, "\n")
}
