package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// Evidence is all that a ticket says, as data: a ticket is a function of it, and
// the judge comes to the same verdict from it. It goes to JSON and back.
type Evidence struct {
	Form    string         `json:"form"` // evidenceForm
	Run     string         `json:"run"`
	Target  string         `json:"target"`
	Started time.Time      `json:"started"`
	Ended   time.Time      `json:"ended"`
	Cell    *engine.Result `json:"cell"`              // with its exchanges
	Control *engine.Result `json:"control,omitempty"` // the same on an account that was told the truth, with its exchanges; nil for none
	Others  Others         `json:"others"`
	Cause   string         `json:"cause,omitempty"` // what sets the account apart, as the diagnosis says it
}

// Others counts what the other accounts saw of the same case.
type Others struct {
	Truthful int    `json:"truthful"`
	Alike    int    `json:"alike"` // the same verdict and kind
	Rest     int    `json:"rest"`
	Text     string `json:"text,omitempty"`
}

const evidenceForm = "polygraph evidence 1"

// ErrNotEvidence says that a file holds no evidence of a ticket.
var ErrNotEvidence = errors.New("this is no evidence of a ticket")

// EvidenceOf gathers the evidence of one cell. Both cells come with their exchanges.
func EvidenceOf(run *engine.Finished, r, control *engine.Result, cause string) *Evidence {
	n := around(run, r)
	return &Evidence{
		Form: evidenceForm, Run: run.ID, Target: run.Target, Started: run.Started.UTC(), Ended: run.Ended.UTC(),
		Cell: r, Control: control, Cause: cause,
		Others: Others{Truthful: len(n.truthful), Alike: len(n.alike), Rest: n.rest, Text: n.text(r)},
	}
}

// Control is the cell of a run with which a lie is compared: the same case on an
// account that was told the truth, the first in the plan's order; nil where there
// is none.
func Control(run *engine.Finished, r *engine.Result) *engine.Result {
	if truthful := around(run, r).truthful; len(truthful) > 0 {
		return truthful[0]
	}
	return nil
}

// JSON is the evidence in the one form that its hash is taken of: members sorted
// by name, nothing between, numbers as they were written.
func (e *Evidence) JSON() ([]byte, error) {
	text, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	return canonical(text)
}

func canonical(text []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if decoder.More() {
		return nil, errors.New("something follows it")
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return quiet(out.Bytes()), nil // with the line feed, so that sha256sum of the file is the hash
}

// HashOf is the SHA-256 of evidence, as hex.
func HashOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// ReadEvidence reads what JSON wrote, however it is laid out now, and gives its hash.
func ReadEvidence(text []byte) (e *Evidence, hash string, err error) {
	whole, err := canonical(text)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrNotEvidence, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(whole))
	decoder.UseNumber()
	e = &Evidence{}
	if err := decoder.Decode(e); err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrNotEvidence, err)
	}
	if e.Form != evidenceForm || e.Cell == nil || e.Cell.Record == nil {
		return nil, "", ErrNotEvidence
	}
	return e, HashOf(whole), nil
}

// Judged is what the judge says of the evidence now. It asks nobody.
func (e *Evidence) Judged() verdict.Verdict {
	record := e.Cell.Record
	return verdict.Judge(record)
}

// run is the run of which the evidence is, as far as it is in it.
func (e *Evidence) run() *engine.Finished {
	run := &engine.Finished{ID: e.Run, Suite: "ticket", Target: e.Target, Started: e.Started, Ended: e.Ended, Results: []*engine.Result{e.Cell}}
	if e.Control != nil {
		run.Results = append(run.Results, e.Control)
	}
	return run
}
