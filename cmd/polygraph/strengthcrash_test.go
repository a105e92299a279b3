package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
)

// TestCrashOfStrength kills `polygraph strength` at moments drawn at random and at steps of
// its journals. A liar dies with it, and with that what only it knew: a sweep finds all
// the same what was done twice, stored in spite of a refusal, or hidden.
func TestCrashOfStrength(t *testing.T) {
	t.Parallel()
	var f figures
	t.Run("random moments", func(t *testing.T) {
		campaign(t, &f, whole(200, 4), func(s *scene, n int) round {
			if n%2 == 0 {
				cmd, _ := s.strength("polygraph", n)
				return round{cmd, s.at(1 + rand.Int64N(900))}
			}
			cmd, _ := s.strength(mortalName, n)
			cmd.Env = append(cmd.Env, fmt.Sprintf("%s=%d %s", deathEnv, 1+rand.IntN(400), []string{before, amid, after}[rand.IntN(3)]))
			return round{cmd, nil}
		})
	})
	f.log(t, "strength")
}

// strength is the command on the n-th part of the suite: all of it takes its time.
func (s *scene) strength(name string, n int) (*exec.Cmd, *bytes.Buffer) {
	some := [][]string{
		{"A submitted review"}, {"A draft stays hidden", "The list finds"}, {"Every review of a bulk"}, {"Editing the title"},
		{"One idempotency key"}, {"Deleting a review"}, {"An import"}, {"An edited review", "A refused edit"},
	}
	args := []string{"strength", "swift", "--account", "shop-rome", "--quiet"}
	for _, title := range some[n%len(some)] {
		args = append(args, "--contract", title)
	}
	return s.named(name, args...)
}

// TestStrengthLeavesNothing carries lies out to their end, over and over.
func TestStrengthLeavesNothing(t *testing.T) {
	t.Parallel()
	s := newSwiftScene(t, 20)
	first := rand.IntN(100)
	for n := range whole(30, 1) {
		cmd, out := s.strength("polygraph", first+n)
		_ = cmd.Run() // its score is another's business
		if strings.Contains(out.String(), "left behind") {
			t.Error(out)
		}
		s.requireClean(t)
		if things := s.things(t); len(things) > 0 {
			t.Errorf("the journal still says %v\n%s", things, out)
		}
		if t.Failed() {
			return
		}
	}
}
