package report

import (
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/polygraph-dev/polygraph/runner/engine"
	"github.com/polygraph-dev/polygraph/runner/verdict"
	"github.com/polygraph-dev/polygraph/runner/wire"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a report with its file under testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; go test -update writes it anew\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}

func terminal(t *testing.T, run *engine.Finished, s Style) string {
	t.Helper()
	var out strings.Builder
	if err := Terminal(&out, run, s); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func mixed() *engine.Finished {
	run := incident(4, 3)
	run.Results[0] = verdictOf(run.Results[0], verdict.Broken, "refused", "the contract wants 2xx here")
	run.Results[1] = verdictOf(run.Results[1], verdict.Inconclusive, "blind-probe", "nobody saw anything through read")
	run.Results[1].Verdict.Findings[0].Hint = "one more account, or as: owner"
	run.Results[2] = verdictOf(run.Results[2], verdict.KnownLie, "lost-write", "documented")
	run.Results[4].Left = []engine.Leftover{{Account: "shop-00", Resource: "review", Key: "91", Call: "DELETE /reviews/91", Why: "answered 500"}}
	return run
}

func TestTerminal(t *testing.T) {
	for _, each := range []struct {
		name  string
		run   *engine.Finished
		style Style
	}{
		{"incident at 100 columns", incident(12, 10), Style{Width: 100}},
		{"incident at 80 columns", incident(12, 10), Style{Width: 80}},
		{"thirty contracts at 60 columns", incident(3, 30), Style{Width: 60}},
		{"a thousand accounts", incident(1000, 3), Style{Width: 100}},
		{"every verdict and a leftover", mixed(), Style{Width: 100}},
		{"in colour", incident(4, 2), Style{Width: 100, Colour: true}},
		{"no cell at all", &engine.Finished{ID: "00ff", Suite: "s", Target: "live"}, Style{}},
	} {
		t.Run(each.name, func(t *testing.T) {
			golden(t, strings.ReplaceAll(each.name, " ", "-"), terminal(t, each.run, each.style))
		})
	}
}

func TestTerminalKeepsToTheWidth(t *testing.T) {
	for _, width := range []int{40, 60, 80, 100} {
		for _, contracts := range []int{1, 10, 30} {
			for _, colour := range []bool{false, true} {
				out := terminal(t, incident(12, contracts), Style{Width: width, Colour: colour})
				table, _, _ := strings.Cut(out, "Contract number 1")
				for line := range strings.Lines(table) {
					if n := text.StringWidthWithoutEscSequences(strings.TrimSuffix(line, "\n")); n > width && strings.HasPrefix(line, "shop") {
						t.Errorf("%d contracts in %d columns: a row of %d: %q", contracts, width, n, line)
					}
				}
			}
		}
	}
}

func TestTerminalIsTheSameForEveryOrder(t *testing.T) {
	want := terminal(t, mixed(), Style{Width: 100})
	for seed := range uint64(20) {
		run := mixed()
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(run.Results), func(i, j int) {
			run.Results[i], run.Results[j] = run.Results[j], run.Results[i]
		})
		if got := terminal(t, run, Style{Width: 100}); got != want {
			t.Fatalf("seed %d:\n%s", seed, got)
		}
	}
}

// hostile is what a provider or a stranger's contract may say.
const hostile = "a\x1b[2Jb\n::error::c\u202ed\x07"

func TestHostileTextIsWrittenOut(t *testing.T) {
	r := lied(1, hostile, hostile, hostile)
	r.Record.Cell.Case, r.Place, r.Operation = hostile, hostile, hostile
	f := &r.Verdict.Findings[0]
	f.Said, f.Seen, f.Want, f.Reason, f.Hint = hostile, hostile, hostile+"x", hostile+"y", hostile
	r.Verdict.Findings = append(r.Verdict.Findings, *f)
	r.Verdict.Remarks, r.Verdict.Sight = []string{hostile}, []string{hostile}
	r.Verdict.Lines[0].Text = hostile
	r.Record.Act.Call, r.Record.Act.Eyes, r.Record.Act.Failure = hostile, hostile, hostile
	r.Record.Halt = &verdict.Halt{Kind: "interrupted", Why: hostile}
	place := &r.Record.Places[0]
	place.Probe, place.Eyes = hostile, hostile
	place.Readings[0].Value = map[string]any{hostile: hostile}
	place.Readings[1] = verdict.Reading{Known: verdict.Unsure, Why: hostile}
	x := r.Exchanges[0]
	x.Method, x.URL, x.Proto, x.RequestBody, x.ReplyBody, x.Facts = hostile, hostile, hostile, hostile, hostile, []string{hostile}
	x.ReplyHeader = wire.Head{{Name: hostile, Value: hostile}}
	r.Left = []engine.Leftover{{Account: hostile, Resource: hostile, Key: hostile, Call: hostile, Why: hostile}}
	run := &engine.Finished{ID: "1", Suite: hostile, Target: hostile, Results: []*engine.Result{r}}

	var out strings.Builder
	if err := errors.Join(Terminal(&out, run, Style{}), Cell(&out, run, r, Style{}), Cells(&out, run, Style{})); err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(out.String(), "\n") {
		if strings.ContainsAny(line, "\x1b\x07\r\u202e") || strings.HasPrefix(strings.TrimSpace(line), "::") {
			t.Errorf("line %d reaches the terminal as it is: %q", i+1, line)
		}
	}
}

// full is a writer without room.
type full struct{}

var errFull = errors.New("no space left")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestTheWritersErrorComesBack(t *testing.T) {
	run := incident(2, 2)
	for name, err := range map[string]error{
		"terminal": Terminal(full{}, run, Style{}),
		"json":     JSON(full{}, run),
		"cell":     Cell(full{}, run, run.Results[0], Style{}),
		"cells":    Cells(full{}, run, Style{}),
		"finding":  Finding(full{}, run, run.Results[0], Style{}),
	} {
		if !errors.Is(err, errFull) {
			t.Errorf("%s gives %v", name, err)
		}
	}
}
