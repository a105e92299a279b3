package report

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/polygraph-dev/polygraph/runner/diagnosis"
	"github.com/polygraph-dev/polygraph/runner/engine"
)

// A dossier is the evidence that a page holds, as JSON, while it is being filled.
type dossier struct {
	run   *engine.Finished
	known *diagnosis.Matrix
	own   map[int]*engine.Result // of the run, which the diagnosis knows them by
	rows  rows
	all   map[int]json.RawMessage
	left  int // bytes that there is room for
	short int // cells whose evidence is shortened
	none  int // cells of which there is none
}

// slim is what is kept free for each cell whose turn is still to come.
const slim = 1200

// rows are the cells of one case of a contract on all accounts, each as a run of its own:
// who asks for a cell's neighbours need not look through all cells of the run.
type rows map[[2]string]*engine.Finished

func rowsOfRun(run *engine.Finished) rows {
	all := rows{}
	for _, r := range sorted(run) {
		c := r.Subject()
		key := [2]string{c.Contract, c.Case}
		if all[key] == nil {
			row := *run
			row.Results = nil
			all[key] = &row
		}
		all[key].Results = append(all[key].Results, r)
	}
	return all
}

func (all rows) of(r *engine.Result) *engine.Finished {
	c := r.Subject()
	return all[[2]string{c.Contract, c.Case}]
}

func ownOf(run *engine.Finished) map[int]*engine.Result {
	own := map[int]*engine.Result{}
	for _, r := range run.Results {
		own[r.Number] = r
	}
	return own
}

// explain adds what sets a cell's account apart, as a sentence and as facts with their counts.
func (d *dossier) explain(e *exhibit, r *engine.Result, m measure) {
	if own := d.own[r.Number]; own != nil {
		r = own
	}
	found := d.known.Of(r)
	if found == nil {
		return
	}
	e.Cause, e.Sure = brief(found.Text(), 600), found.Sure
	if r.Proof != nil {
		e.Proof, e.Sure = brief(r.Proof.Text(), 600), r.Proof.Outcome == engine.Proved
	}
	for _, c := range found.Causes[:min(len(found.Causes), m.causes)] {
		e.Causes = append(e.Causes, shownCause{
			What: brief(c.Phrase(), 160), Score: fmt.Sprintf("%.2f", c.Score),
			Lied: fmt.Sprintf("%d of %d", c.Lied, c.OfLied), Truthful: fmt.Sprintf("%d of %d", c.Truthful, c.OfTruthful),
		})
	}
}

// read writes the evidence of the cells whose turn comes early, as they come with their
// exchanges. Those that come later have none of them.
func (d *dossier) read(cells Results, turn map[int]int) (map[int]json.RawMessage, error) {
	full := map[int]json.RawMessage{}
	for r, err := range cells {
		if err != nil {
			return nil, err
		}
		at, told := turn[r.Number]
		switch {
		case !told || at >= inShort:
		case at < inFull:
			full[r.Number] = d.within(r, 0)
		default:
			full[r.Number] = d.within(r, 1)
		}
	}
	return full, nil
}

// within is a cell's evidence in this measure, or in the next that it is not too long for; nil
// when there is none.
func (d *dossier) within(r *engine.Result, from int) json.RawMessage {
	for _, m := range measures[from:] {
		text, err := json.Marshal(d.exhibit(r, m))
		if err == nil && len(text) <= m.most {
			return text
		}
	}
	return nil
}

// add puts a cell's evidence in, shorter where it would take the room of the cells to come.
func (d *dossier) add(r *engine.Result, full json.RawMessage, toCome int) {
	if full != nil && len(full) <= d.left-min(toCome*slim, d.left*3/4) {
		d.put(r, full)
		return
	}
	if d.put(r, d.within(r, len(measures)-1)) {
		d.short++
	}
}

// put puts a text in if there is room for it, and counts it otherwise.
func (d *dossier) put(r *engine.Result, text json.RawMessage) bool {
	if text == nil || len(text)+20 > d.left {
		d.none++
		return false
	}
	d.all[r.Number] = text
	d.left -= len(text) + 20 // with its number
	return true
}

// says is what is not in the file, "" when all is.
func (d *dossier) says() string {
	var parts []string
	if d.short > 0 {
		parts = append(parts, fmt.Sprintf("the evidence of %s is shortened", plural(d.short, "cell")))
	}
	if d.none > 0 {
		parts = append(parts, fmt.Sprintf("that of %s is left out", plural(d.none, "cell")))
	}
	if len(parts) == 0 {
		return ""
	}
	text := "To keep this file small, " + strings.Join(parts, " and ")
	if d.run.ID != "" {
		text += "; polygraph show " + d.run.ID + "/NUMBER shows it"
	}
	return text + "."
}
