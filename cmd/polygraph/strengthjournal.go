package main

import (
	"sync"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/journal"
)

// A sceptic is the journal of a trial in which somebody lies. That what the act made is gone, or
// never was, or that there was no more of it, the engine has only seen through the liar: killed
// just then, the run would leave behind what no sweep looks for. So what the act made stays open
// until the liar has removed what it hid, when settle closes it.
type sceptic struct {
	engine.Journal
	mu   sync.Mutex
	acts map[string]bool // intents of acts, by their ids
}

func newSceptic(j engine.Journal) *sceptic { return &sceptic{Journal: j, acts: map[string]bool{}} }

// Append remembers what is an act's.
func (s *sceptic) Append(record journal.Record) error {
	if intent, ok := record.(journal.Intent); ok && intent.Phase == journal.Act {
		s.mu.Lock()
		s.acts[intent.ID] = true
		s.mu.Unlock()
	}
	return s.Journal.Append(record)
}

// Note leaves out that something of an act is gone.
func (s *sceptic) Note(record journal.Record) error {
	if r, ok := record.(journal.Removed); ok {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.acts[r.ID] {
			return nil
		}
	}
	return s.Journal.Note(record)
}
