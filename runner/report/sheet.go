package report

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/polygraph-dev/polygraph/runner/diagnosis"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A sheet is a run as the page's script reads it. What many cells share stands once
// and is named by its place in a list. All texts in it are safe to see, and short.
type sheet struct {
	Run       string                  `json:"run"`
	Contracts *names                  `json:"contracts"` // in the plan's order
	Accounts  []sheetAccount          `json:"accounts"`  // in alphabetical order
	Cases     *names                  `json:"cases"`     // the first is "", the base
	Kinds     *names                  `json:"kinds"`     // the first is "", which is kept
	Meanings  []string                `json:"meanings"`  // of the kinds
	Calls     *names                  `json:"calls"`
	Labels    *names                  `json:"labels"`
	Cells     []sheetCell             `json:"cells"`    // in the plan's order
	Evidence  map[int]json.RawMessage `json:"evidence"` // each an exhibit, by the cell's number
	Left      string                  `json:"left"`     // what is left out, and where it is; "" for nothing
}

type sheetAccount struct {
	Name string   `json:"name"`
	Tags []string `json:"tags,omitempty"`
}

// A sheetCell has short names, because there may be thousands.
type sheetCell struct {
	Number   int           `json:"n"`
	Contract int           `json:"c"`
	Case     int           `json:"s,omitempty"`
	Account  int           `json:"a"`
	Class    verdict.Class `json:"v"`
	Kind     int           `json:"k,omitempty"`
	Call     int           `json:"o"`
	Labels   []int         `json:"l,omitempty"`
	First    float64       `json:"f,omitempty"` // milliseconds from the reply until all that was to be seen was seen
	Never    bool          `json:"x,omitempty"` // it was to be seen, and was not
}

// sheetOf gathers a run.
func sheetOf(run *engine.Finished, cells Results, known *diagnosis.Matrix) (*sheet, error) {
	s := &sheet{
		Run: run.ID, Accounts: []sheetAccount{}, Cells: []sheetCell{},
		Contracts: namesOf(200), Cases: namesOf(120, ""), Kinds: namesOf(60, ""), Calls: namesOf(100), Labels: namesOf(100),
	}
	accounts := s.accounts(run)
	for _, r := range sorted(run) {
		c := r.Subject()
		cell := sheetCell{
			Number: r.Number, Class: r.Verdict.Class, Account: accounts[c.Account], Contract: s.Contracts.at(c.Contract),
			Case: s.Cases.at(c.Case), Kind: s.Kinds.at(string(r.Verdict.Kind)), Call: s.Calls.at(r.Operation),
		}
		for _, label := range labelsOf(r) {
			cell.Labels = append(cell.Labels, s.Labels.at(label))
		}
		cell.First, cell.Never = visible(r)
		s.Cells = append(s.Cells, cell)
	}
	for _, kind := range s.Kinds.list {
		s.Meanings = append(s.Meanings, meaning(verdict.Kind(kind)))
	}
	var err error
	s.Evidence, s.Left, err = evidenceOf(run, cells, known)
	return s, err
}

// accounts lists the accounts of the run's cells with their tags, and gives their places.
func (s *sheet) accounts(run *engine.Finished) map[string]int {
	tags := map[string][]string{}
	for _, facts := range run.Accounts {
		for _, tag := range facts.Tags {
			tags[facts.Account] = append(tags[facts.Account], brief(tag, 60))
		}
	}
	at := map[string]int{}
	for _, name := range matrixOf(run).accounts {
		at[name] = len(s.Accounts)
		s.Accounts = append(s.Accounts, sheetAccount{brief(name, 80), tags[name]})
	}
	return at
}

// names are texts that are named by their place in a list. Two that begin alike and
// are cut to the same stay two.
type names struct {
	list   []string
	places map[string]int
	limit  int // columns of each
}

func namesOf(limit int, first ...string) *names {
	n := &names{list: []string{}, places: map[string]int{}, limit: limit}
	for _, text := range first {
		n.at(text)
	}
	return n
}

// at is the place of a text, which is put into the list if it is new.
func (n *names) at(text string) int {
	place, ok := n.places[text]
	if !ok {
		place = len(n.list)
		n.places[text] = place
		n.list = append(n.list, brief(text, n.limit))
	}
	return place
}

// MarshalJSON gives the list.
func (n *names) MarshalJSON() ([]byte, error) { return json.Marshal(n.list) }

// labelsOf are a cell's labels besides its account and its contract, which have
// filters of their own: what it calls, what it needs, which case it is.
func labelsOf(r *engine.Result) []string {
	labels := []string{"operation: " + r.Operation}
	if r.Record != nil {
		for _, need := range r.Record.Wanted.Needs {
			labels = append(labels, "needs: "+need)
		}
	}
	if name := r.Subject().Case; name != "" {
		labels = append(labels, "case: "+name)
	}
	return labels
}

// visible is when all that a cell's effects promise was first seen, in milliseconds
// from the reply, or that something of it never was.
func visible(r *engine.Result) (first float64, never bool) {
	var last time.Duration
	for _, line := range r.Verdict.Lines {
		last = max(last, line.First)
	}
	missing := []verdict.Kind{verdict.LostWrite, verdict.MissingEvent, verdict.AcceptedThenLost, verdict.HalfDone, verdict.IneffectiveDelete}
	if r.Verdict.Class == verdict.Lied && slices.Contains(missing, r.Verdict.Kind) {
		return 0, true
	}
	return milliseconds(last), false
}
