package journal

import (
	"fmt"
	"maps"
	"slices"
)

// A Stage is how far a thing has come.
type Stage string

// The stages of what is still open. Seen is what a read-back or a search showed;
// what only a reply has named is Answered.
const (
	Intended Stage = "intended"
	Answered Stage = "answered"
	Seen     Stage = "seen"
	Removing Stage = "removing"
	gone     Stage = "gone"
)

// A Thing is what is possibly there now: all that is known of it.
type Thing struct {
	Intent        // zero but for its ID where the record of it is lost
	Key    string // identity; empty: not known, to be found by the marker
	Stage  Stage
	Reply  *Replied // nil: no reply was recorded
	// Changed is what a later request may have put into marked fields, by dotted path,
	// in the place of what it was made with.
	Changed map[string]string
	// Replaced is what stood in Changed before a second act was to replace it: where
	// that was refused, it still stands there.
	Replaced map[string]string
	Why      string // why it was left, the last time that somebody tried; empty: nobody has
	Bare     bool   // its intent is lost: nobody can tell whose it is, so it must not be deleted
}

// A State is what a journal's records come to.
type State struct {
	Ended bool     // the run came to its end
	Odd   []string // records that cannot follow those before them, and how so: the sign of lost records

	intents map[string]*intended
	order   []string // IDs, as they came
}

// intended is one intent and all that came of it.
type intended struct {
	intent Intent
	bare   bool
	reply  *Replied
	change map[string]string
	// replaced is what change held before the last request that changes the thing.
	replaced map[string]string
	whole    fate // of what has no key yet
	keys     []string
	fates    map[string]*fate // by key
}

type fate struct {
	stage Stage
	why   string
}

// Fold works out what a journal's records come to. It is pure, and total: what
// cannot follow is taken as well as it can be and named in Odd, so that a journal
// with holes is folded, too. Folding a journal again after more records were
// appended goes on where it was.
func Fold(records []Record) *State {
	s := &State{intents: map[string]*intended{}}
	for _, record := range records {
		if err := s.follows(record); err != nil {
			s.Odd = append(s.Odd, fmt.Sprintf("%s: %s", record.kind(), err))
		}
		s.take(record)
	}
	return s
}

// Things gives what is possibly there, last made first.
func (s *State) Things() []Thing {
	var things []Thing
	for _, id := range slices.Backward(s.order) {
		things = append(things, s.intents[id].things()...)
	}
	return things
}

// settled tells whether nothing is possibly there.
func (s *State) settled() bool {
	for _, of := range s.intents {
		if of.open() {
			return false
		}
	}
	return len(s.Odd) == 0
}

func (of *intended) things() []Thing {
	all := Thing{Intent: of.intent, Stage: of.whole.stage, Reply: of.reply, Changed: of.change, Replaced: of.replaced, Why: of.whole.why, Bare: of.bare}
	var things []Thing
	for _, key := range slices.Backward(of.keys) {
		if f := of.fates[key]; f.stage != gone {
			one := all
			one.Key, one.Stage, one.Why = key, f.stage, f.why
			things = append(things, one)
		}
	}
	if len(of.keys) == 0 && of.whole.stage != gone {
		things = append(things, all)
	}
	return things
}

// open tells whether something of the intent is possibly there: it is over when
// all keys that are known are gone, or, where none is, when it is gone as a whole.
func (of *intended) open() bool {
	for _, key := range of.keys {
		if of.fates[key].stage != gone {
			return true
		}
	}
	return len(of.keys) == 0 && of.whole.stage != gone
}

// fate is that of a key, or of the whole where the key is empty.
func (of *intended) fate(key string) *fate {
	if key == "" {
		return &of.whole
	}
	return of.fates[key]
}

// know adds a key, if it is new.
func (of *intended) know(key string, stage Stage) *fate {
	if key == "" {
		return &of.whole
	}
	f := of.fates[key]
	if f == nil {
		f = &fate{stage: stage}
		of.keys, of.fates[key] = append(of.keys, key), f
	}
	return f
}

func (s *State) begin(intent Intent, bare bool) *intended {
	of := &intended{intent: intent, bare: bare, whole: fate{stage: Intended}, fates: map[string]*fate{}}
	of.know(intent.KeyInRequest, Intended)
	s.intents[intent.ID], s.order = of, append(s.order, intent.ID)
	return of
}

// of gives an intent by its ID; one that is lost is stood in for.
func (s *State) of(id string) *intended {
	if of := s.intents[id]; of != nil {
		return of
	}
	return s.begin(Intent{ID: id}, true)
}

// forget takes back an intent that never came to be.
func (s *State) forget(id string) {
	delete(s.intents, id)
	s.order = slices.DeleteFunc(s.order, func(other string) bool { return other == id })
}

// take brings the state up to date. It is total: see Fold.
func (s *State) take(record Record) {
	switch r := record.(type) {
	case Intent:
		if s.intents[r.ID] == nil {
			s.begin(r, false)
		}
	case Replied:
		of := s.of(r.ID)
		of.reply = &r
		of.advance(r.Key, Answered)
	case Made:
		of := s.of(r.ID)
		f := of.know(r.Key, Seen)
		f.stage = Seen
	case Changing:
		s.of(r.ID).changing(r.Fields)
	case Deleting:
		s.of(r.ID).know(r.Key, Removing).stage = Removing
	case Removed:
		s.of(r.ID).know(r.Key, gone).stage = gone
	case Left:
		f := s.of(r.ID).know(r.Key, Intended)
		f.why = r.Why
		if r.Unsent && f.stage == Removing {
			f.stage = Answered
		}
	case Done:
		s.Ended = true
	}
}

// changing notes what may stand in fields now. A map that was given out stays as it is.
func (of *intended) changing(fields map[string]string) {
	all := maps.Clone(of.change)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, fields)
	of.change, of.replaced = all, of.change
}

// advance moves what was only intended; what is known better stays as it is.
func (of *intended) advance(key string, stage Stage) {
	if of.whole.stage == Intended {
		of.whole.stage = stage
	}
	if f := of.know(key, stage); f.stage == Intended {
		f.stage = stage
	}
}
