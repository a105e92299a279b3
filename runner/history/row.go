package history

import (
	"fmt"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/runner/comparison"
	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
)

// A Row is a cell without its evidence: what comparing needs of all cells before it looks
// at some of them. Times are to the microsecond, negative where there was no such moment.
type Row struct {
	Number    int
	Contract  string
	Case      string // "" for the base
	Account   string
	Operation string
	Place     string // file:line
	Class     verdict.Class
	Kind      verdict.Kind
	Claim     contracts.Claim
	Status    int // of the act; 0: none came, or nothing was sent
	Started   time.Time
	Took      time.Duration
	Reply     time.Duration // from sending the act to the last byte of its reply
	First     time.Duration // from there to the first sight of the effect that decided
	Stable    time.Duration
	Lost      time.Duration
	Reads     int // of that effect
}

// A full row is a cell as it is stored.
type full struct {
	Row
	reason    []byte // of a cell that is not merely kept
	outlines  []*comparison.Outline
	result    []byte
	exchanges []byte
}

// A reason is what is told of a cell that was not kept, when its evidence is gone.
type reason struct {
	Record  *verdict.Record   `json:"record,omitempty"` // see thin
	Verdict verdict.Verdict   `json:"verdict"`
	Left    []engine.Leftover `json:"left,omitempty"`
	Kept    int               `json:"kept,omitempty"`
	Proof   *engine.Proof     `json:"proof,omitempty"`
}

// fullRows writes cells as they are stored, several at a time: it is what a user waits
// for when all the waiting for the provider is over.
func (s *Store) fullRows(results []*engine.Result) ([]full, error) {
	rows := make([]full, len(results))
	return rows, sideBySide(len(results), func(at int) (err error) {
		if rows[at], err = fullRow(results[at], s.packer); err != nil {
			return fmt.Errorf("cell %d: %w", results[at].Number, err)
		}
		return nil
	})
}

func fullRow(r *engine.Result, p *packer) (f full, err error) {
	if r.Number < 1 || r.Number >= 1<<widest {
		return full{}, fmt.Errorf("no cell has the number %d", r.Number)
	}
	f.Row, f.outlines = rowOf(r), comparison.OutlinesOf(r)
	without := *r
	without.Exchanges = nil
	if without.Record == nil {
		without.Record = &verdict.Record{Cell: r.Subject()} // all that names a cell in history
	}
	if f.result, err = p.pack(&without); err != nil {
		return full{}, err
	}
	if len(r.Exchanges) > 0 {
		if f.exchanges, err = p.pack(r.Exchanges); err != nil {
			return full{}, err
		}
	}
	if r.Verdict.Class != verdict.Kept || len(r.Left) > 0 || r.Kept > 0 {
		f.reason, err = p.pack(reason{thin(without.Record), r.Verdict, r.Left, r.Kept, r.Proof})
	}
	return f, err
}

// thin is so much of a record as a verdict speaks of: what was claimed and when, the
// sentences of the contract, and where was looked. What was sent and read is not in it.
func thin(r *verdict.Record) *verdict.Record {
	out := &verdict.Record{Cell: r.Cell, Began: r.Began, Wanted: r.Wanted, Halt: r.Halt}
	if r.Act != nil {
		out.Act = &verdict.Act{
			Call: r.Act.Call, Operation: r.Act.Operation, Method: r.Act.Method, Eyes: r.Act.Eyes, Exchange: r.Act.Exchange, Sends: r.Act.Sends,
			SentAt: r.Act.SentAt, SaidAt: r.Act.SaidAt, Status: r.Act.Status, Failure: r.Act.Failure, Untouched: r.Act.Untouched,
			Claims: r.Act.Claims, Refusal: r.Act.Refusal, Throttled: r.Act.Throttled, Key: r.Act.Key, Read: r.Act.Read,
		}
	}
	for _, e := range r.Effects {
		out.Effects = append(out.Effects, verdict.Effect{Verb: e.Verb, Sentence: e.Sentence, At: e.At, Thing: e.Thing, Item: e.Item, Where: e.Where})
	}
	for _, p := range r.Places {
		out.Places = append(out.Places, verdict.Place{Probe: p.Probe, Look: p.Look, Eyes: p.Eyes, Thing: p.Thing, Call: p.Call})
	}
	return out
}

func rowOf(r *engine.Result) Row {
	cell := r.Subject()
	row := Row{
		Number: r.Number, Contract: cell.Contract, Case: cell.Case, Account: cell.Account,
		Operation: r.Operation, Place: r.Place, Class: r.Verdict.Class, Kind: r.Verdict.Kind, Claim: r.Verdict.Claim,
		Started: r.Started, Took: r.Ended.Sub(r.Started), Reply: -1, First: -1, Stable: -1, Lost: -1,
	}
	if r.Record != nil && r.Record.Act != nil {
		act := r.Record.Act
		row.Status, row.Reply = act.Status, act.SaidAt-act.SentAt
	}
	if len(r.Verdict.Lines) > 0 {
		line := r.Verdict.Lines[0]
		row.First, row.Stable, row.Lost, row.Reads = some(line.First), some(line.Stable), some(line.Lost), line.Reads
	}
	return row
}

// some is a duration, negative for none.
func some(d time.Duration) time.Duration {
	if d <= 0 {
		return -1
	}
	return d
}

// stored is a duration as it is stored.
func stored(d time.Duration) int64 {
	if d < 0 {
		return -1
	}
	return d.Microseconds()
}

func restored(us int64) time.Duration {
	if us < 0 {
		return -1
	}
	return time.Duration(us) * time.Microsecond
}
