package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
)

// TestCrashOfFlip kills `polygraph run --flip` at moments drawn at random and at steps of its
// journals: after a sweep the account may do what it could do before, and nothing more.
func TestCrashOfFlip(t *testing.T) {
	t.Parallel()
	s := flipScene(t)
	var f figures
	for n := range whole(80, 3) {
		name := "polygraph"
		if n%2 == 1 {
			name = mortalName
		}
		cmd, _ := s.named(name, "run", "swift", "--flip", "--quiet", "--contract", "Publishing a review makes it public")
		r := round{cmd, s.at(1 + rand.Int64N(300))}
		if n%2 == 1 {
			cmd.Env = append(cmd.Env, fmt.Sprintf("%s=%d %s", deathEnv, 1+rand.IntN(60), []string{before, amid, after}[rand.IntN(3)]))
			r.moment = nil
		}
		s.play(t, &f, r)
		s.requireScopes(t)
		if t.Failed() {
			return
		}
	}
	f.log(t, "flips")
}

// TestFlipProves has the cause of the incident proved, and shows it afterwards.
func TestFlipProves(t *testing.T) {
	t.Parallel()
	s := flipScene(t)
	cmd, out := s.command("run", "swift", "--flip", "--quiet", "--contract", "Publishing a review makes it public")
	err := cmd.Run()
	const proved = `proved: once account.can has "reviews:publish" it is kept, and without that it is lied to again`
	if code := cmd.ProcessState.ExitCode(); code != exitLied || !strings.Contains(out.String(), proved) {
		t.Fatalf("%v, %d\n%s", err, code, out)
	}
	cmd, again := s.command("show", strings.TrimSpace(out.String()[strings.LastIndex(out.String(), "polygraph show ")+len("polygraph show "):]))
	if err := cmd.Run(); err != nil || !strings.Contains(again.String(), proved) {
		t.Errorf("%v\n%s", err, again)
	}
	s.requireScopes(t)
	s.requireClean(t)
	puts := 0
	for _, each := range s.hub.Requests() {
		if each.Account == "shop-oslo" && each.Pattern == "/me/scopes" {
			puts += each.N
		}
	}
	if puts != 2 {
		t.Errorf("scopes were set %d times, want once, and once back", puts)
	}
}

func flipScene(t *testing.T) *scene {
	t.Helper()
	s := newSwiftScene(t, 20)
	if err := s.hub.Tell(reviewhub.Incident()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.dir, "swift", "polygraph.yaml")
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, []byte(strings.Replace(string(text), "    accounts:", "    flip: allowed\n    accounts:", 1)), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *scene) requireScopes(t *testing.T) {
	t.Helper()
	account, _ := s.hub.Account("shop-oslo")
	if slices.Contains(account.Scopes, reviewhub.PublishReviews) || len(account.Scopes) != 3 {
		t.Errorf("shop-oslo may %v now", account.Scopes)
	}
}
