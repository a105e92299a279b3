package report

import (
	"crypto/sha256"
	_ "embed" // the page's style, script and frame
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"

	"github.com/polygraph-dev/polygraph/runner/diagnosis"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// The page of a run: its frame, which shows what matters without a script, its
// style, and the script that draws the rest from the data.
var (
	//go:embed html/page.html
	pageFrame string
	//go:embed html/page.css
	pageStyle string
	//go:embed html/page.js
	pageScript string
)

// HTML writes a run as one file for a browser: who is lied to, by what and why, the
// matrix, and for each cell that is not kept its evidence, while the file stays small.
// The cells are those of the run, with their exchanges; they are gone through once.
//
// The file needs no network and may use none: a policy in it allows the style and the
// script that it comes with, by their hashes, and nothing else. A provider's text gets
// in as text of HTML or of JSON, and from there into the page as text of nodes only.
func HTML(w io.Writer, run *engine.Finished, cells Results) error {
	known := diagnosis.Over(run)
	all, err := sheetOf(run, cells, known)
	if err != nil {
		return err
	}
	text, err := json.Marshal(all) // escapes <, > and &, so that no </script> is in it
	if err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	frame, err := template.New("page").Parse(pageFrame)
	if err != nil {
		return fmt.Errorf("read the page's frame: %w", err)
	}
	return frame.Execute(w, frameOf(run, known, text))
}

// frameData is what the frame is filled with.
type frameData struct {
	Policy   string
	Style    template.CSS
	Script   template.JS
	Data     template.JS
	Title    string
	Suite    string
	Target   string
	Run      string
	When     string
	Counts   []classCount
	Headline string
	Open     []statement
	Folded   []statement
	Cost     string
	Warnings []string
}

// classCount is how many cells have a verdict.
type classCount struct {
	Class verdict.Class
	Count int
}

func frameOf(run *engine.Finished, known *diagnosis.Matrix, data []byte) frameData {
	open, folded := foremost(statementsOf(run, known))
	f := frameData{
		Policy: policy(), Style: template.CSS(pageStyle), Script: template.JS(pageScript), Data: template.JS(quiet(data)),
		Suite: brief(run.Suite, 120), Target: brief(run.Target, 60), Run: run.ID,
		Counts: countsOf(run), Headline: topLine(run), Cost: cost(run), Warnings: warnings(run),
		Open: open, Folded: folded,
	}
	f.Title = f.Headline + " · " + f.Suite + " on " + f.Target
	if !run.Started.IsZero() {
		f.When = run.Started.UTC().Format("2006-01-02 15:04:05") + " UTC"
	}
	return f
}

// policy allows what stands in the file, and no request at all.
func policy() string {
	return fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", hashOf(pageStyle), hashOf(pageScript))
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// brief is a text on one line and no longer than so many columns: nothing that a
// provider says may push the page apart.
func brief(s string, limit int) string {
	return cut(Line(clip(s, 8*limit)), limit) // cut counts columns, which takes its time with a megabyte
}
