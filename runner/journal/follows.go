package journal

import (
	"errors"
	"fmt"
)

// follows says why a record cannot follow those before it; nil: it can. What is
// possible in the world is allowed, however odd: a thing may be seen at any time,
// after it was deleted, too; a deletion that was refused is sent again; what was
// left is tried by the next sweep.
func (s *State) follows(record Record) error {
	switch r := record.(type) {
	case Header:
		return errors.New("a journal has one header, at its beginning")
	case Intent:
		return s.followsIntent(r)
	case Replied:
		return s.followsReplied(r)
	case Made:
		_, err := s.known(r.ID)
		return err
	case Changing:
		return s.followsChanging(r)
	case Deleting:
		return s.followsDeleting(r)
	case Removed:
		return s.followsRemoved(r)
	case Left:
		return s.followsLeft(r)
	case Done:
		if s.Ended {
			return errors.New("the run has ended already")
		}
	}
	return nil
}

func (s *State) known(id string) (*intended, error) {
	if of := s.intents[id]; of != nil && !of.bare {
		return of, nil
	}
	return nil, fmt.Errorf("there is no intent %q", id)
}

func (s *State) followsIntent(r Intent) error {
	switch of := s.intents[r.ID]; {
	case s.Ended:
		return errors.New("the run has ended")
	case of != nil && of.bare:
		return fmt.Errorf("intent %q comes after what became of it", r.ID)
	case of != nil:
		return fmt.Errorf("there is an intent %q already", r.ID)
	}
	return nil
}

// A reply is read before anything is cleaned up, and once.
func (s *State) followsReplied(r Replied) error {
	of, err := s.known(r.ID)
	switch {
	case err != nil:
		return err
	case s.Ended:
		return errors.New("the run has ended")
	case of.reply != nil:
		return fmt.Errorf("intent %q was replied to already", r.ID)
	case of.cleaned():
		return fmt.Errorf("intent %q is being removed, or is gone", r.ID)
	}
	return nil
}

// What is changed is there, as far as anybody knows.
func (s *State) followsChanging(r Changing) error {
	of, err := s.known(r.ID)
	switch {
	case err != nil:
		return err
	case s.Ended:
		return errors.New("the run has ended")
	case !of.open():
		return fmt.Errorf("intent %q is over", r.ID)
	}
	return nil
}

// cleaned tells whether the clean-up of an intent has begun.
func (of *intended) cleaned() bool {
	late := of.whole.late()
	for _, f := range of.fates {
		late = late || f.late()
	}
	return late
}

func (f *fate) late() bool { return f.stage == Removing || f.stage == gone || f.why != "" }

// Nothing is deleted that was not named by the request, a reply or a read, nor
// what is known to be gone.
func (s *State) followsDeleting(r Deleting) error {
	of, err := s.known(r.ID)
	if err != nil {
		return err
	}
	return of.standing(r.ID, r.Key)
}

func (of *intended) standing(id, key string) error {
	switch f := of.fate(key); {
	case f == nil:
		return fmt.Errorf("intent %q knows no key %q", id, key)
	case f.stage == gone && key == "":
		return fmt.Errorf("intent %q is over", id)
	case f.stage == gone:
		return fmt.Errorf("key %q of intent %q is gone already", key, id)
	}
	return nil
}

func (s *State) followsRemoved(r Removed) error {
	of, err := s.known(r.ID)
	if err != nil {
		return err
	}
	if err := of.standing(r.ID, r.Key); err != nil {
		return err
	}
	if r.Key == "" {
		return of.over(r)
	}
	if stage := of.fates[r.Key].stage; r.How == NeverMade && (stage == Seen || stage == Removing) {
		return fmt.Errorf("key %q of intent %q was seen, so it was made", r.Key, r.ID)
	}
	return nil
}

// over says why an intent cannot be over as a whole.
func (of *intended) over(r Removed) error {
	if r.How == NotOursAnyMore {
		return errors.New("what is not ours any more has a key")
	}
	for _, key := range of.keys {
		if of.fates[key].stage != gone {
			return fmt.Errorf("key %q of intent %q is still open", key, r.ID)
		}
		if r.How == NeverMade {
			return fmt.Errorf("key %q of intent %q was known", key, r.ID)
		}
	}
	return nil
}

func (s *State) followsLeft(r Left) error {
	of, err := s.known(r.ID)
	if err != nil {
		return err
	}
	return of.standing(r.ID, r.Key)
}
