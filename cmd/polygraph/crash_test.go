package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/polygraph-dev/polygraph/contracts"
	"github.com/polygraph-dev/polygraph/fixtures/reviewhub"
)

// soak says whether campaigns are carried out whole. They take long, so by themselves
// only a sample is.
func soak() bool { return os.Getenv("POLYGRAPH_SOAK") == "1" }

// whole is the size of a campaign, or that of its sample.
func whole(all, sample int) int {
	if soak() {
		return all
	}
	return sample
}

// sceneries is how many scenes a campaign plays in side by side.
const sceneries = 4

// Figures are what a campaign has done. All of them are sums.
type figures struct {
	mu                                             sync.Mutex
	kills, survived, sweeps, sweepKills            int
	left, touched, again, foreign, reused, quoting int
}

func (f *figures) add(count *int, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	*count += n
}

func (f *figures) log(t *testing.T, what string) {
	t.Helper()
	t.Logf("%s: %d runs killed (%d had come to their end before), %d sweeps, %d of them killed; %d foreign reviews, %d of them quoting ours, %d under an id of ours: left of ours %d, foreign touched %d, deleted twice %d",
		what, f.kills, f.survived, f.sweeps, f.sweepKills, f.foreign, f.quoting, f.reused, f.left, f.touched, f.again)
}

// A round is one crash: which command dies, and of what.
type round struct {
	cmd    *exec.Cmd
	moment <-chan struct{} // nil: it dies by itself
}

// play has one command crash, strangers speak of what it left, some sweeps crash, too,
// and the last sweep make all good.
func (s *scene) play(t *testing.T, f *figures, r round) {
	if s.kill(t, r.cmd, r.moment) {
		f.add(&f.kills, 1)
	} else {
		f.add(&f.survived, 1)
	}
	theirs := len(s.theirs)
	s.quote(t, 2)
	f.add(&f.quoting, len(s.theirs)-theirs)
	for range rand.IntN(3) {
		cmd, _ := s.named(mortalName, "sweep")
		cmd.Env = append(cmd.Env, fmt.Sprintf("%s=%d %s", deathEnv, 1+rand.IntN(12), []string{before, amid, after}[rand.IntN(3)]))
		f.add(&f.sweeps, 1)
		if s.kill(t, cmd, nil) {
			f.add(&f.sweepKills, 1)
		}
	}
	f.add(&f.sweeps, 1)
	s.sweep(t)
	s.requireClean(t)
	f.add(&f.left, len(s.ours()))
	f.add(&f.touched, s.touched())
	f.add(&f.again, s.deletedAgain())
}

// campaign plays rounds in several scenes side by side: draw gives the n-th.
func campaign(t *testing.T, f *figures, rounds int, draw func(s *scene, n int) round) {
	for at := range min(sceneries, rounds) {
		t.Run(fmt.Sprintf("scene %d", at+1), func(t *testing.T) {
			t.Parallel()
			var s *scene
			defer func() { f.add(&f.foreign, len(s.theirs)) }()
			for n := at; n < rounds; n += sceneries {
				if s == nil || len(s.theirs) > 700 { // what strangers say adds up
					if s != nil {
						f.add(&f.foreign, len(s.theirs))
					}
					s = newSwiftScene(t, whole(500, 100))
				}
				s.play(t, f, draw(s, n))
				if t.Failed() {
					return
				}
			}
		})
	}
}

// TestCrash kills runs at moments drawn at random, through both doors.
func TestCrash(t *testing.T) {
	t.Parallel()
	var f figures
	t.Run("random moments", func(t *testing.T) {
		campaign(t, &f, whole(1060, 8), func(s *scene, n int) round {
			if n%4 == 3 {
				cmd, _ := s.users(t, s.dir, "swift")
				return round{cmd, s.someMoment()}
			}
			cmd, _ := s.command("run", "swift", "--account", []string{"shop-rome", "shop-oslo", "*"}[n%3])
			return round{cmd, s.someMoment()}
		})
	})
	f.log(t, "random moments")
}

// someMoment is when a request arrives, or any other. Some runs are over by then.
func (s *scene) someMoment() <-chan struct{} {
	if rand.IntN(2) == 0 {
		return s.at(1 + rand.Int64N(450))
	}
	return soon(2 * time.Second)
}

// TestCrashAtEveryStep kills the run of every contract of the sandbox at every step
// of its journal: before it, after it, and in the middle of writing.
func TestCrashAtEveryStep(t *testing.T) {
	t.Parallel()
	suite, err := contracts.LoadFS(reviewhub.Files(), contracts.Options{Scope: contracts.Run})
	if err != nil {
		t.Fatal(err)
	}
	type death struct {
		contract, when string
		step           int
	}
	var all []death
	counting := newSwiftScene(t, 5)
	chosen := suite.Contracts
	rand.Shuffle(len(chosen), func(i, j int) { chosen[i], chosen[j] = chosen[j], chosen[i] })
	for _, each := range chosen[:whole(len(chosen), 2)] {
		steps := counting.steps(t, each.Title)
		t.Logf("%s: %d steps", each.Title, steps)
		for step := 1; step <= steps; step++ {
			for _, when := range []string{before, amid, after} {
				all = append(all, death{each.Title, when, step})
			}
		}
	}
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	var f figures
	t.Run("steps", func(t *testing.T) {
		campaign(t, &f, whole(len(all), 8), func(s *scene, n int) round {
			cmd, _ := s.named(mortalName, "run", "swift", "--account", "shop-rome", "--contract", all[n].contract)
			cmd.Env = append(cmd.Env, fmt.Sprintf("%s=%d %s", deathEnv, all[n].step, all[n].when))
			return round{cmd, nil}
		})
	})
	f.log(t, fmt.Sprintf("every step (%d in all)", len(all)))
}

// steps counts the steps of the journal of a contract's run.
func (s *scene) steps(t *testing.T, title string) int {
	t.Helper()
	path := filepath.Join(s.dir, "steps")
	cmd, out := s.named(mortalName, "run", "swift", "--account", "shop-rome", "--contract", title)
	cmd.Env = append(cmd.Env, stepsEnv+"="+path)
	_ = cmd.Run() // on a busy machine it may be inconclusive
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	n, err := strconv.Atoi(string(text))
	if err != nil || n == 0 {
		t.Fatalf("%q steps: %v\n%s", text, err, out)
	}
	return n
}

// TestCrashAndTheIDIsUsedAgain has somebody else remove what a crash left, and others
// store reviews that get the very ids. No sweep touches them: they are left, and named,
// until the user has the journal forget.
func TestCrashAndTheIDIsUsedAgain(t *testing.T) {
	t.Parallel()
	var f figures
	for n := 0; n < whole(40, 1) || f.reused == 0 && n < 10; n++ { // chance may have nothing be taken over
		s := newSwiftScene(t, 50)
		lie, err := reviewhub.ParseLie("shop-rome=id-reuse")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.hub.Tell(lie); err != nil {
			t.Fatal(err)
		}
		cmd, _ := s.command("run", "swift", "--account", "shop-rome")
		if s.kill(t, cmd, s.at(60+rand.Int64N(150))) {
			f.add(&f.kills, 1)
		} else {
			f.add(&f.survived, 1)
		}
		s.takeOver(t, &f)
		f.add(&f.sweeps, 1)
		cmd, out := s.command("sweep")
		_ = cmd.Run() // 4 where an id is used again
		left := s.things(t)
		for _, each := range left {
			id, err := strconv.ParseInt(each.Key, 10, 64)
			if err != nil || s.theirs[id] == "" {
				t.Errorf("left, and nobody else's: %+v\n%s", each, out)
			}
		}
		if code := cmd.ProcessState.ExitCode(); code == exitLeft != (len(left) > 0) {
			t.Errorf("sweep exits with %d and leaves %d\n%s", code, len(left), out)
		}
		s.requireClean(t)
		for _, each := range left {
			run, _, _ := strings.Cut(each.Cell, "/")
			cmd, out := s.command("sweep", "--forget", run)
			if err := cmd.Run(); err != nil {
				t.Errorf("forget %s: %v\n%s", run, err, out)
			}
			break
		}
		if things := s.things(t); len(things) > 0 {
			t.Errorf("forgotten, and the journal still says %v", things)
		}
		f.add(&f.foreign, len(s.theirs))
		f.add(&f.left, len(s.ours()))
		f.add(&f.touched, s.touched())
		f.add(&f.again, s.deletedAgain())
	}
	if f.reused == 0 {
		t.Error("no id was ever used again, so this has shown nothing")
	}
	f.log(t, "ids used again")
}

// takeOver deletes some of what the journal knows by its id, as a colleague might, and
// has others store reviews under the ids.
func (s *scene) takeOver(t *testing.T, f *figures) {
	t.Helper()
	deleted := map[string]bool{}
	for _, each := range s.things(t) {
		if each.Account != "shop-rome" || each.Key == "" || rand.IntN(3) == 0 {
			continue
		}
		if status, _ := s.ask(t, "shop-rome", http.MethodDelete, "/reviews/"+each.Key, nil); status/100 == 2 {
			deleted[each.Key] = true
		}
	}
	time.Sleep(100 * time.Millisecond) // until they are gone
	for range len(deleted) {
		id := strconv.FormatInt(s.post(t, "shop-rome", "Fresh start", ""), 10)
		if deleted[id] {
			f.add(&f.reused, 1)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.again, s.granted = nil, map[string]bool{} // what the colleague deleted is none of ours
}
